"""A run's day foreseen and replayed: how close both come to what the run really did."""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.invariants import Line
from tests.journey.program import Ran, fairdial, run
from tests.make_contacts import EAST, Wanted, make

NOON = "2026-11-23T17:00:00Z"
CAMPAIGN = 'end = "2026-11-23T18:30:00Z"\n'
AGENTS = 8


@pytest.fixture(scope="module")
def contacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list that lasts for the day."""
    made = make(Wanted(2500, seed=3, area_codes=EAST))
    return made.write(tmp_path_factory.mktemp("lists") / "contacts.csv")


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, contacts: Path) -> Ran:
    """The day as it was run."""
    folder = tmp_path_factory.mktemp("run")
    return run(folder, contacts, CAMPAIGN, options=["--agents", AGENTS, "--start", NOON])


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory, ran: Ran) -> tuple[str, list[object]]:
    """The campaign's id, and the options that name its events and its settings."""
    folder = tmp_path_factory.mktemp("day")
    (folder / "events.jsonl").write_bytes(ran.files["events"])
    (folder / "campaign.toml").write_text(CAMPAIGN)
    id = next(e["detail"]["campaignId"] for e in ran.events if e["detail-type"] == "Call Placed")
    return id, ["--events", folder / "events.jsonl", "--settings", folder / "campaign.toml"]


def replayed(day: tuple[str, list[object]], *options: object) -> dict[str, Any]:
    """What the command prints as JSON."""
    id, where = day
    done = fairdial("pacing", "replay", id, "2026-11-23", *where, *options, "--json")
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def occupancy(events: list[Line], end: str) -> float:
    """Talk and wrap-up over the time signed in, before the end."""
    at_end, since = datetime.fromisoformat(end), dict[str, tuple[str, datetime]]()
    spent: Counter[str] = Counter()
    for event in events:
        if event["detail-type"] == "Agent State Changed":
            detail = event["detail"]
            at = min(datetime.fromisoformat(detail["occurredAt"]), at_end)
            state, began = since.get(detail["agentId"], ("out", at))
            spent[state] += (at - began) // timedelta(milliseconds=1)
            since[detail["agentId"]] = (detail["state"], at)
    return (spent["talk"] + spent["wrap"]) / (spent.total() - spent["out"])


def test_a_replay_comes_close_to_the_day(day: tuple[str, list[object]], ran: Ran) -> None:
    """Unchanged settings: within 5 points of occupancy and a tenth of the people and the calls."""
    found = replayed(day)
    really, again = found["really"], found["replayed"]
    assert really["calls"] == ran.report["attempts"]["total"]
    assert really["people"] == ran.report["attempts"]["byDisposition"]["conversation"]
    assert really["occupancy"] == pytest.approx(ran.report["agents"]["occupancy"], abs=0.01)
    assert again["occupancy"] == pytest.approx(really["occupancy"], abs=0.05)
    assert again["people"] == pytest.approx(really["people"], rel=0.1)
    assert again["calls"] == pytest.approx(really["calls"], rel=0.1)
    assert again["abandonment"] <= 0.03


def test_another_setting_is_played_on_the_same_people(day: tuple[str, list[object]]) -> None:
    """One to one: nobody abandoned, agents idle for longer, fewer people reached."""
    found = replayed(day, "--set", "mode=progressive")
    assert found["otherwise"]["abandoned"] == 0
    assert found["difference"]["idleMinutes"] > 1.0
    assert found["difference"]["people"] < 0


def test_another_version_of_the_pacing_is_a_program(day: tuple[str, list[object]]) -> None:
    """Our own filter as the other version: not one call differs."""
    found = replayed(day, "--pace-command", f"{sys.executable} -m app.cli pace")
    assert found["otherwise"] == found["replayed"]
    assert set(found["difference"].values()) == {0.0}


def test_a_forecast_comes_close_to_the_day(tmp_path: Path, contacts: Path, ran: Ran) -> None:
    """Before the start, on the model day's people: within 5 points of occupancy until the end."""
    settings = tmp_path / "campaign.toml"
    settings.write_text(CAMPAIGN)
    given = ["--contacts", contacts, "--settings", settings, "--start", NOON, "--agents", AGENTS]
    done = fairdial("pacing", "forecast", *given, "--json")
    assert done.returncode == 0, done.stderr.decode()
    found = json.loads(done.stdout)["settings"][0]
    until_the_end = occupancy(ran.events, "2026-11-23T18:30:00.000Z")
    assert found["occupancy"]["mean"] == pytest.approx(until_the_end, abs=0.05)
    people = ran.report["attempts"]["byDisposition"]["conversation"]
    assert found["people"]["mean"] == pytest.approx(people, rel=0.2)  # of one day, by chance 8 %


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["2026-11-22"], "the events tell of no call of campaign"),
        (["2026-11-23", "--set", "agents=9"], "agents: is no setting that can be given here"),
        (["2026-11-23", "--set", "limit=9%"], "limit: must be at most 3 %"),
        (["2026-11-23", "--pace-command", "/bin/echo x"], "its answer is no line of JSON"),
        (["2026-11-23", "--pace-command", "/nowhere/pace"], "No such file or directory"),
        (["23.11.2026"], "does not match the format"),
    ],
)
def test_bad_input_is_one_line(
    day: tuple[str, list[object]], arguments: list[object], says: str
) -> None:
    """Exit code 2, one line, no traceback."""
    id, where = day
    done = fairdial("pacing", "replay", id, *arguments, *where)
    assert (done.returncode, done.stdout) == (2, b"")
    assert says in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"no json\n", "line 1: is no JSON"),
        (b"[1]\n", "line 1: is no JSON object"),
        (b'{"detail-type": "Call Placed"}\n', "detail"),
        (b"\xff\xfe\n", "is not UTF-8"),
    ],
)
def test_events_that_cannot_be_read_are_said(tmp_path: Path, text: bytes, says: str) -> None:
    """The line, and what is wrong with it."""
    events = tmp_path / "events.jsonl"
    events.write_bytes(text)
    id = "c0ffee00-0000-5000-8000-000000000001"
    done = fairdial("pacing", "replay", id, "2026-11-23", "--events", events)
    assert done.returncode == 2
    assert says in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1
