"""A whole campaign from the contact file to the last event, checked from outside."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import pytest

from tests import invariants
from tests.invariants import Hours, Line
from tests.journey.program import Rules, run, schemas, violations
from tests.make_contacts import EAST, SPLIT, Wanted, make

NOON = "2026-11-23T17:00:00Z"
"""A Monday: noon in New York, 9:00 in Los Angeles, 7:00 in Honolulu."""

HOUR = 'end = "2026-11-23T18:00:00Z"\n'


def test_two_runs_are_the_same_byte_for_byte(tmp_path: Path, postgres_url: str) -> None:
    """The same file, options and seed give the same four files: again, and on PostgreSQL."""
    made = make(Wanted(600, duplicates=20, bad=18, foreign=12, multi_line=20, with_region=20))
    contacts = made.write(tmp_path / "contacts.csv", mark=True)
    options = ["--agents", 4, "--start", NOON]
    campaign = 'end = "2026-11-23T17:15:00Z"\n'

    first = run(tmp_path, contacts, campaign, name="first", options=options)
    kept = [*options, "--database-url", f"sqlite:///{tmp_path / 'kept.db'}"]
    second = run(tmp_path, contacts, campaign, name="second", options=kept)
    third = run(
        tmp_path,
        contacts,
        campaign,
        name="third",
        options=[*options, "--database-url", postgres_url],
    )
    other = run(tmp_path, contacts, campaign, name="other", options=[*options, "--seed", 8])

    assert first.files == second.files == third.files
    assert first.files["truth"] != other.files["truth"]
    assert len(first.truth) > 25
    assert violations(first, Rules(lines=12), made.canaries) == []
    assert invariants.check_schemas(first.events, schemas(first.events)) == []
    for url in (f"sqlite:///{tmp_path / 'kept.db'}", postgres_url):
        database = invariants.read_database(url)
        log = first.files["events"].decode().splitlines()
        assert (
            invariants.check_committed_before_dialing(first.truth, first.events, database.attempts)
            == []
        )
        assert invariants.check_attempts_told(first.events, database.attempts) == []
        assert invariants.check_abandonment_from_attempts(first.events, database.attempts) == []
        assert invariants.check_contacts_kept(database, first.events) == []
        assert invariants.check_outbox(database, log) == []
        assert database.deliveries == []


def test_a_run_replaces_its_like_and_spares_others(tmp_path: Path) -> None:
    """In a named database the same run takes the place of the earlier; another run stays whole."""
    contacts = make(Wanted(40, area_codes=EAST)).write(tmp_path / "contacts.csv")
    url = f"sqlite:///{tmp_path / 'kept.db'}"
    options = ["--agents", 2, "--start", NOON, "--database-url", url]
    campaign = 'end = "2026-11-23T17:10:00Z"\n'
    one = run(tmp_path, contacts, campaign, name="one", options=options)
    other = run(tmp_path, contacts, campaign, name="other", options=[*options, "--seed", 9])
    before = invariants.count_rows(url)

    again = run(tmp_path, contacts, campaign, name="again", options=options)

    assert again.files == one.files
    assert invariants.count_rows(url) == before
    bodies = {row["body"] for row in invariants.read_database(url).outbox}
    assert bodies == {
        line for ran in (one, other) for line in ran.files["events"].decode().splitlines()
    }


@pytest.mark.parametrize("mode", ["preview", "progressive", "predictive", "agentless"])
def test_every_dial_mode_reaches_people(tmp_path: Path, mode: str) -> None:
    """Each way of dialing places calls, talks or plays its message, and breaks nothing."""
    made = make(Wanted(200, seed=2, area_codes=EAST))
    contacts = made.write(tmp_path / "contacts.csv")
    purpose = "informational" if mode == "agentless" else "telemarketing"
    campaign = f'dial_mode = "{mode}"\npurpose = "{purpose}"\nend = "2026-11-23T17:20:00Z"\n'

    ran = run(tmp_path, contacts, campaign, options=["--agents", 3, "--start", NOON])

    assert violations(ran, Rules(lines=9), made.canaries) == []
    came_to = ran.report["attempts"]["byDisposition"]
    assert came_to["message_left" if mode == "agentless" else "conversation"] > 5
    if mode in ("preview", "progressive"):
        assert "abandoned" not in came_to


def test_a_fixed_ratio_dials_more_than_one_to_one_within_the_limit(tmp_path: Path) -> None:
    """Four calls for each free agent, while the window can bear it: never over the limit."""
    made = make(Wanted(500, seed=4, area_codes=EAST))
    contacts = made.write(tmp_path / "contacts.csv")
    options = ["--agents", 6, "--start", NOON]

    one = run(tmp_path, contacts, 'dial_mode = "progressive"\n' + HOUR, name="1", options=options)
    four = run(tmp_path, contacts, "calls_per_agent = 4.0\n" + HOUR, name="4", options=options)

    assert violations(four, Rules(lines=18), made.canaries) == []
    bounds = {event["detail"]["bound"] for event in four.events if "bound" in event["detail"]}
    assert {"calls_per_agent", "abandonment_budget"} & bounds
    assert four.report["agents"]["occupancy"] > one.report["agents"]["occupancy"] + 0.03


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("agents", [1, 2, 3, 5])
def test_small_teams_stay_within_the_limit(tmp_path: Path, agents: int, seed: int) -> None:
    """Few agents are hard to pace: still no more than 3 % abandoned, at the end and on the way."""
    made = make(Wanted(50 * agents + 50, seed=seed, area_codes=EAST))
    contacts = made.write(tmp_path / "contacts.csv")

    ran = run(
        tmp_path, contacts, HOUR, options=["--agents", agents, "--seed", seed, "--start", NOON]
    )

    assert violations(ran, Rules(lines=3 * agents), made.canaries) == []
    assert ran.report["agents"]["talkMinutesPerHour"] > 10


def test_hours_periods_limits_and_rates_are_kept(tmp_path: Path) -> None:
    """Open hours, a restricted period, attempt limits, retries, lines and call rate, over days."""
    made = make(Wanted(60, seed=3, area_codes=(*EAST, *SPLIT)))
    contacts = made.write(tmp_path / "contacts.csv")
    campaign = """
end = "2026-11-27T17:00:00Z"
lines = 5
calls_per_second = 2
max_ring_seconds = 20
attempt_limits = [{ max = 1, days = 1 }, { max = 2, days = 3 }]
restricted_periods = [{ name = "Day off", start = "2026-11-25", end = "2026-11-25" }]
[open_hours]
MONDAY = [{ start = "12:30", end = "13:30" }]
TUESDAY = [{ start = "12:30", end = "13:30" }]
WEDNESDAY = [{ start = "12:30", end = "13:30" }]
THURSDAY = [{ start = "12:30", end = "13:30" }]
[retry.no_answer]
wait_minutes = 90
tries = 2
[retry.busy]
wait_minutes = 30
tries = 2
"""
    hours = Hours(
        open={day: (time(12, 30), time(13, 30)) for day in range(4)},
        closed=frozenset({date(2026, 11, 25)}),
    )
    rules = Rules(
        lines=5,
        max_ring=timedelta(seconds=20),
        limits=((1, 1), (2, 3)),
        hours=hours,
        calls_per_second=2,
    )

    ran = run(tmp_path, contacts, campaign, options=["--agents", 8, "--start", NOON])

    assert violations(ran, rules, made.canaries) == []
    days = {call["dialed"][:10] for call in ran.truth}
    assert {"2026-11-23", "2026-11-24"} <= days
    assert "2026-11-25" not in days
    waits = {"no_answer": timedelta(minutes=90), "busy": timedelta(minutes=30)}
    again = waits | {"machine": timedelta(hours=2), "abandoned": timedelta(hours=72)}
    again |= {"failed": timedelta(minutes=15)}
    assert invariants.check_retry_waits(ran.events, again, {"no_answer": 2, "busy": 2}) == []


def test_a_campaign_that_starts_at_night_waits_for_the_morning(tmp_path: Path) -> None:
    """At 3:00 everybody is deferred; the first call is dialed at 8:00:00 of the contact's time."""
    made = make(Wanted(80, seed=4, area_codes=EAST))
    contacts = made.write(tmp_path / "contacts.csv")
    campaign = 'end = "2026-11-24T14:00:00Z"\n'

    ran = run(
        tmp_path, contacts, campaign, options=["--agents", 5, "--start", "2026-11-24T08:00:00Z"]
    )

    assert violations(ran, Rules(lines=15), made.canaries) == []
    assert min(call["dialed"] for call in ran.truth) == "2026-11-24T13:00:00.000Z"
    deferred = {
        event["detail"]["contactId"]
        for event in ran.events
        if event["detail-type"] == "Attempt Deferred"
    }
    assert len(deferred) == 80


def test_a_campaign_over_midnight_goes_on(tmp_path: Path) -> None:
    """From the evening into the next morning: nothing at night, and both days are used."""
    made = make(Wanted(120, seed=5, area_codes=("212", "213")))
    contacts = made.write(tmp_path / "contacts.csv")
    campaign = 'end = "2026-11-24T15:00:00Z"\n'

    ran = run(
        tmp_path, contacts, campaign, options=["--agents", 3, "--start", "2026-11-24T01:00:00Z"]
    )

    assert violations(ran, Rules(lines=9), made.canaries) == []
    hours = {int(call["dialed"][11:13]) for call in ran.truth}
    assert hours <= {1, 2, 3, 4, 13, 14}
    assert {1, 13} <= hours


@pytest.mark.parametrize(
    ("start", "end", "opens"),
    [
        ("2026-11-01T11:00:00Z", "2026-11-01T14:00:00Z", "2026-11-01T13:00:00.000Z"),
        ("2027-03-14T10:00:00Z", "2027-03-14T13:00:00Z", "2027-03-14T12:00:00.000Z"),
    ],
)
def test_days_on_which_clocks_change(tmp_path: Path, start: str, end: str, opens: str) -> None:
    """On the day of the change 8:00 is the new wall clock's, in autumn and in spring."""
    made = make(Wanted(60, seed=6, area_codes=("212", "404", "614")))
    contacts = made.write(tmp_path / "contacts.csv")

    ran = run(tmp_path, contacts, f'end = "{end}"\n', options=["--agents", 3, "--start", start])

    assert violations(ran, Rules(lines=9), made.canaries) == []
    assert min(call["dialed"] for call in ran.truth) == opens


def test_the_end_comes_with_contacts_left(tmp_path: Path) -> None:
    """At the end calls in flight end, who was not reached is finished, and nobody is dialed."""
    made = make(Wanted(600, seed=7, area_codes=EAST))
    contacts = made.write(tmp_path / "contacts.csv")
    end = "2026-11-23T17:06:00"

    ran = run(tmp_path, contacts, f'end = "{end}Z"\n', options=["--agents", 2, "--start", NOON])

    assert violations(ran, Rules(lines=6), made.canaries) == []
    assert ran.report["campaign"]["state"] == "completed"
    assert ran.report["contacts"]["remaining"] == 0
    assert ran.report["contacts"]["finished"]["campaign_ended"] > 400
    assert max(call["dialed"] for call in ran.truth) < end


def test_states_with_their_own_hours(tmp_path: Path) -> None:
    """Where a state is stricter than the law of the land, the state's hours hold."""
    made = make(Wanted(90, seed=8, area_codes=("502", "617", "214", "206", "702", "504")))
    contacts = made.write(tmp_path / "contacts.csv")
    campaign = 'end = "2026-11-24T05:00:00Z"\n[retry.no_answer]\nwait_minutes = 200\ntries = 3\n'

    ran = run(
        tmp_path, contacts, campaign, options=["--agents", 1, "--start", "2026-11-23T12:30:00Z"]
    )

    assert violations(ran, Rules(lines=3), made.canaries) == []
    assert len(ran.truth) > 60


def test_inbound_calls_are_respected(tmp_path: Path) -> None:
    """Agents who take inbound calls too: the limit holds, they wait little, and two runs agree."""
    made = make(Wanted(600, seed=9, area_codes=EAST))
    contacts = made.write(tmp_path / "contacts.csv")
    options = ["--agents", 8, "--start", NOON, "--inbound-per-hour", 60]
    campaign = "inbound_reserve = 1\n" + HOUR

    ran = run(tmp_path, contacts, campaign, options=options)
    again = run(tmp_path, contacts, campaign, name="again", options=options)
    alone = run(tmp_path, contacts, HOUR, name="alone", options=options[:4])

    assert ran.files == again.files
    assert violations(ran, Rules(lines=24), made.canaries) == []
    assert _talks(ran.events) - _conversations(ran.events) > 30
    assert _conversations(ran.events) < _conversations(alone.events)
    bounds = {event["detail"]["bound"] for event in ran.events if "bound" in event["detail"]}
    assert "inbound" in bounds


def _talks(events: list[Line]) -> int:
    """How often an agent began to talk."""
    return sum(
        event["detail-type"] == "Agent State Changed" and event["detail"]["state"] == "talk"
        for event in events
    )


def _conversations(events: list[Line]) -> int:
    """How many calls of ours an agent was given."""
    return sum(event["detail-type"] == "Agent Connected" for event in events)
