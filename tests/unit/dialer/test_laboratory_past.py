"""A past day from its events: the same pacing plays the same day again."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.case import DialMode
from compliance.ended_call import EventFieldError
from dialer.laboratory.day import Away, Day, steady
from dialer.laboratory.past import Figures, PastContacts, PastDay, came_to
from dialer.laboratory.playing import Ours
from dialer.laboratory.recording import NothingRecordedError, past_day
from dialer.laboratory.replaying import Lines, replay
from dialer.pacing import PacingSettings
from tests.day_events import CAMPAIGN, START, played

DAY = Day(6, steady(0.25), hours=2.0, breaks=0)
"""Dialing ends after half an hour; within the rest every conversation comes to its end."""

DIALED_SECONDS = 1800.0
SETTINGS = replace(DAY.settings, close_at=DIALED_SECONDS)


def rebuilt(events: list[dict[str, Any]], seed: int = 1) -> PastDay:
    """The day of these events."""
    last = START + timedelta(hours=10)
    return past_day(events, CAMPAIGN, START, last, SETTINGS, seed)


def again(past: PastDay, pacing: PacingSettings = SETTINGS, seed: int = 1) -> Figures:
    """What the past day comes to with the service's own pacing."""
    return replay(past, Ours(pacing), Lines(), seed, lambda _: None)


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(1, 10_000),
    agents=st.integers(1, 12),
    people=st.sampled_from([0.1, 0.25, 0.4]),
    detection=st.booleans(),
)
def test_the_same_pacing_meets_the_same_day(
    seed: int, agents: int, people: float, detection: bool
) -> None:
    """A day of the laboratory, told as events in any order, is played again to the same figures."""
    day = replace(DAY, agents=agents, people=steady(people), detection=detection)
    pacing = replace(SETTINGS, detection=detection)
    world, events = played(day, seed, Ours(pacing))
    random.Random(seed).shuffle(events)
    last = START + timedelta(hours=10)
    past = past_day(events, CAMPAIGN, START, last, pacing, seed)
    past = replace(past, seconds=day.close_at)
    figures, was = again(past, pacing, seed), came_to(world)
    # Events keep microseconds: now and then a call that was just permitted is not, or the reverse.
    assert figures.calls == pytest.approx(was.calls, abs=3)
    assert figures.people == pytest.approx(was.people, abs=3)
    # Nobody knows which of the abandoned calls were machines.
    assert figures.abandoned == pytest.approx(world.abandoned, abs=1)
    assert figures.occupancy == pytest.approx(was.occupancy, abs=0.002)
    assert figures.wait_mean == pytest.approx(was.wait_mean, abs=0.01)


def test_agents_who_come_and_go_are_there_when_they_were() -> None:
    """Breaks and a walkout: the replay comes close, though who was about to leave is not told."""
    day = replace(DAY, agents=12, hours=3.0, breaks=3, away=(Away(1800.0, 1900.0, 0.5, 600.0),))
    pacing = replace(SETTINGS, close_at=7200.0)
    world, events = played(day, 3, Ours(pacing))
    figures = again(replace(rebuilt(events), seconds=day.close_at), pacing)
    was = came_to(world)
    assert figures.occupancy == pytest.approx(was.occupancy, abs=0.03)
    assert figures.people == pytest.approx(was.people, rel=0.08)


def test_what_really_happened_is_counted_from_the_events() -> None:
    """The figures beside the replay are those of the day itself."""
    world, events = played(DAY, 5, Ours(SETTINGS))
    past = rebuilt(events)
    real, was = past.figures, came_to(world)
    assert real.calls == was.calls
    assert real.people == was.people
    assert real.abandoned == was.abandoned
    assert real.wait_mean == pytest.approx(was.wait_mean, abs=1e-6)
    worked = real.occupancy * past.seconds
    assert worked == pytest.approx(was.occupancy * DAY.close_at, rel=0.02)


def test_other_settings_give_another_day() -> None:
    """One to one abandons nobody and leaves agents idle."""
    pacing = replace(SETTINGS, close_at=5400.0)
    _, events = played(replace(DAY, agents=10), 2, Ours(pacing))
    past = rebuilt(events)
    one_to_one = again(past, replace(pacing, dial_mode=DialMode.PROGRESSIVE))
    ours = again(past, pacing)
    assert one_to_one.abandoned == 0
    assert one_to_one.idle_minutes > ours.idle_minutes + 3.0


def test_beyond_the_recorded_calls_they_are_drawn_on_a_seed() -> None:
    """More calls than there were: the same seed draws the same."""
    one_to_one = replace(SETTINGS, dial_mode=DialMode.PROGRESSIVE)
    _, events = played(DAY, 2, Ours(one_to_one))
    past = rebuilt(events)
    first, second = again(past, seed=4), again(past, seed=4)
    assert first == second
    assert first.calls > past.figures.calls


def _bound(bound: str, t: float, sequence: int) -> dict[str, Any]:
    at = (START + timedelta(seconds=t)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    detail = {"occurredAt": at, "campaignId": CAMPAIGN, "sequence": sequence, "bound": bound}
    return {"detail-type": "Pacing Changed", "time": at, "detail": detail}


def test_a_list_that_ran_dry_has_no_other_contacts() -> None:
    """While it was dry, each call is there from when it was dialed; drawn ones are none."""
    _, events = played(DAY, 1, Ours(SETTINGS))
    events += [_bound("no_free_agent", 0.0, 1), _bound("nobody_callable", 900.0, 2)]
    past = rebuilt(events)
    contacts = PastContacts(past)
    before = sum(call.dialed < 900.0 for call in past.calls)
    assert past.dry == ((900.0, past.seconds),)
    assert contacts.ready(0.0) == before
    assert contacts.ready(past.seconds) == len(past.calls)


def test_nothing_is_dialed_while_the_campaign_was_halted() -> None:
    """A pause is one, whatever bound is told."""
    _, events = played(DAY, 1, Ours(SETTINGS))
    pause, resume = _bound("", 300.0, 1), _bound("", 600.0, 2)
    pause["detail-type"], resume["detail-type"] = "Campaign Paused", "Campaign Resumed"
    past = rebuilt([*events, pause, resume])
    contacts = PastContacts(past)
    assert past.halted == ((300.0, 600.0),)
    assert [contacts.ready(t) > 0 for t in (299.0, 300.0, 599.0, 600.0)] == [
        True,
        False,
        False,
        True,
    ]


def test_the_day_may_go_on_when_everybody_has_left() -> None:
    """A bound told an hour after the last agent signed out: there is nothing to dial for."""
    _, events = played(DAY, 1, Ours(SETTINGS))
    late = DAY.close_at + 3600.0
    past = rebuilt([*events, _bound("no_agents", late, 1)])
    assert past.seconds == late
    assert again(past).calls > 50


def _of_agent(kind: str, t: float, sequence: int, state: str, campaign: str) -> dict[str, Any]:
    told = _bound("", t, sequence)
    moved = {"agentId": "agent-shared", "state": state, "campaignId": campaign}
    return {**told, "detail-type": kind, "detail": {**told["detail"], **moved}}


def test_an_agent_works_elsewhere_in_between() -> None:
    """Shared with another campaign: there for the first and the last five minutes only."""
    _, events = played(DAY, 1, Ours(SETTINGS))
    alone = rebuilt(events)
    past = rebuilt(
        [
            *events,
            _of_agent("Agent State Changed", 0.0, 1, "idle", CAMPAIGN),
            _of_agent("Agent Left", 300.0, 2, "idle", CAMPAIGN),
            _of_agent("Agent Joined", 300.0, 3, "idle", "another"),
            _of_agent("Agent State Changed", 310.0, 4, "talk", "another"),
            _of_agent("Agent State Changed", 390.0, 5, "wrap", "another"),
            _of_agent("Agent Left", 400.0, 6, "wrap", "another"),
            _of_agent("Agent Joined", 400.0, 7, "idle", CAMPAIGN),
            _of_agent("Agent State Changed", 700.0, 8, "out", CAMPAIGN),
        ]
    )
    (shift,) = [one for one in past.shifts if one not in alone.shifts]
    assert (shift.absences[0].at, shift.absences[0].seconds) == (300.0, 100.0)
    assert shift.absences[1].at == 700.0
    signed_in = 6 * past.seconds
    assert past.figures.idle_minutes == pytest.approx(
        (alone.figures.idle_minutes * signed_in + 60.0 * 600.0) / (signed_in + 600.0), rel=1e-3
    )


def test_agents_of_another_campaign_are_none_of_the_day() -> None:
    """Who was never there is no agent of the replay."""
    _, events = played(DAY, 1, Ours(SETTINGS))
    other = _of_agent("Agent State Changed", 10.0, 1, "idle", "another")
    assert rebuilt([*events, other]) == rebuilt(events)


def test_events_before_the_day_fill_its_window() -> None:
    """People who answered the day before, and who of them was abandoned."""
    _, events = played(DAY, 1, Ours(SETTINGS))
    last = START + timedelta(hours=10)
    later = START + timedelta(seconds=900)
    past = past_day(events, CAMPAIGN, later, last, SETTINGS, 1)
    whole = rebuilt(events)
    assert 0 < past.prior_live < whole.figures.people + whole.figures.abandoned
    assert past.prior_abandoned <= whole.figures.abandoned


def test_a_day_without_calls_is_refused() -> None:
    """Another day, another campaign, no events."""
    _, events = played(DAY, 1, Ours(SETTINGS))
    attempts: list[Callable[[], PastDay]] = [
        lambda: rebuilt([]),
        lambda: past_day(events, "other", START, START + timedelta(days=1), SETTINGS, 1),
        lambda: past_day(events, CAMPAIGN, START - timedelta(days=1), START, SETTINGS, 1),
    ]
    for attempt in attempts:
        with pytest.raises(NothingRecordedError):
            attempt()


def test_a_wrong_field_is_named() -> None:
    """An instant that is none."""
    _, events = played(DAY, 1, Ours(SETTINGS))
    events[0]["detail"]["occurredAt"] = "yesterday"
    with pytest.raises(EventFieldError, match="occurredAt"):
        rebuilt(events)


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("Agent State Changed", "sequence", None),
        ("Agent State Changed", "sequence", "one"),
        ("Agent State Changed", "sequence", True),
        ("Agent State Changed", "state", "asleep"),
        ("Call Ended", "disposition", "vanished"),
        ("Agent Connected", "waitSeconds", float("nan")),
        ("Agent Connected", "waitSeconds", -1.0),
        ("Agent Connected", "waitSeconds", "soon"),
        ("Agent Connected", "waitSeconds", 10**400),
        ("Call Placed", "attemptId", 7),
    ],
)
def test_a_field_that_is_not_as_published_is_named(kind: str, field: str, value: object) -> None:
    """Missing, of another kind, or none of the catalogue's words: the field is said."""
    _, events = played(DAY, 1, Ours(SETTINGS))
    detail = next(e["detail"] for e in events if e["detail-type"] == kind)
    detail[field] = value
    with pytest.raises(EventFieldError, match=field):
        rebuilt(events)


def test_copies_change_nothing() -> None:
    """Each event twice, and all of them shuffled: the very same day."""
    _, events = played(DAY, 1, Ours(SETTINGS))
    twice = [*events, *events]
    random.Random(1).shuffle(twice)
    assert rebuilt(twice) == rebuilt(events)


def test_calls_of_which_no_end_is_told_make_no_day() -> None:
    """Events that are cut before the first call ends."""
    _, events = played(DAY, 1, Ours(SETTINGS))
    ends = next(i for i, e in enumerate(events) if e["detail-type"] == "Call Ended")
    with pytest.raises(NothingRecordedError):
        rebuilt(events[:ends])


@cache
def short_day() -> list[dict[str, Any]]:
    """Half an hour of dialing."""
    return played(replace(DAY, hours=0.6), 1, Ours(SETTINGS))[1]


@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_a_cut_day_is_played_as_far_as_it_goes(data: st.DataObject) -> None:
    """Wherever the events stop, and whichever of them are lost: figures that are numbers."""
    events = short_day()
    first_end = next(i for i, e in enumerate(events) if e["detail-type"] == "Call Ended")
    cut = events[: data.draw(st.integers(first_end + 1, len(events)))]
    lost = data.draw(st.sets(st.integers(0, len(cut) - 1), max_size=len(cut) // 3))
    try:
        past = rebuilt([one for i, one in enumerate(cut) if i not in lost])
    except NothingRecordedError:
        return
    figures = again(past)
    assert 0.0 <= figures.abandonment <= 1.0
    assert 0.0 <= figures.occupancy <= 1.0
    assert figures.idle_minutes >= 0.0


def test_a_month_before_the_day_takes_little_memory() -> None:
    """Of the days before only who answered is kept, not each state of each agent and call."""
    _, events = played(DAY, 1, Ours(SETTINGS))
    agent = next(e for e in events if e["detail-type"] == "Agent State Changed")
    before = (START - timedelta(days=3)).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def month() -> Iterator[dict[str, Any]]:
        for i in range(20_000):
            told = {**agent["detail"], "sequence": i, "occurredAt": before}
            yield {**agent, "detail": told}
            called = {**told, "attemptId": f"attempt of long ago {i}"}
            yield {**agent, "detail-type": "Call Ringing", "detail": called}
        yield from events

    tracemalloc.start()
    past_day(month(), CAMPAIGN, START, START + timedelta(hours=10), SETTINGS, 1)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4_000_000
