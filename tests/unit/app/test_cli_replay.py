"""`fairdial pacing replay`: what it says to days, files and settings that cannot be replayed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import build
from app.cli import main
from app.settings import Settings
from dialer.laboratory.day import Day, steady
from dialer.laboratory.playing import Ours
from tests.day_events import CAMPAIGN, played
from tests.web.planning_site import seed_planned

PACE = f"{sys.executable} -m app.cli pace"

Replay = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def events() -> list[dict[str, Any]]:
    """Some minutes of four agents."""
    day = Day(4, steady(0.3), hours=0.2, breaks=0)
    return played(day, 1, Ours(day.settings))[1]


@pytest.fixture
def replay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Replay:
    """Exit code, output and errors of the command on the data folder."""

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main(["pacing", "replay", *map(str, arguments), "--data", str(tmp_path)])
        printed = capsys.readouterr()
        return int(stopped.value.code or 0), printed.out, printed.err

    return run


@pytest.fixture
def told(tmp_path: Path, events: list[dict[str, Any]]) -> Path:
    """The day's events in a file, with empty lines between them."""
    path = tmp_path / "events.jsonl"
    path.write_text("\n\n".join(map(json.dumps, events)) + "\n")
    return path


@pytest.fixture
def settings(tmp_path: Path) -> Callable[[str], Path]:
    """A campaign's file with such lines."""

    def write(lines: str) -> Path:
        path = tmp_path / "campaign.toml"
        path.write_text(lines)
        return path

    return write


def test_empty_lines_are_passed_over_and_counted(replay: Replay, told: Path) -> None:
    """The day is played; what is wrong is said with the line that an editor shows."""
    code, out, _ = replay(CAMPAIGN, "2026-11-23", "--events", told)
    assert code == 0
    assert "occupancy" in out
    lines = told.read_text().count("\n")
    told.write_text(told.read_text() + '\n{"cut": "in the mid')
    code, _, err = replay(CAMPAIGN, "2026-11-23", "--events", told)
    assert (code, err.count("\n")) == (2, 1)
    assert f"line {lines + 2}: is no JSON" in err


@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "2200-01-01", "9999-12-31"])
def test_a_day_out_of_reach_is_said(replay: Replay, tmp_path: Path, day: str) -> None:
    """Before any window, and after any calendar: one line, as for an instant."""
    campaign = seed_planned(build(Settings(data=tmp_path)))
    code, _, err = replay(campaign.id, day)
    assert (code, err.count("\n")) == (2, 1)
    assert "the year must be 2000 to 2199" in err


@pytest.mark.parametrize("mode", ["preview", "agentless"])
def test_there_is_no_replay_without_a_forecast(
    replay: Replay, told: Path, settings: Callable[[str], Path], mode: str
) -> None:
    """What cannot be foreseen cannot be played again: when an agent would look, nobody knows."""
    file = settings(f'dial_mode = "{mode}"\n')
    code, _, err = replay(CAMPAIGN, "2026-11-23", "--events", told, "--settings", file)
    assert (code, err.count("\n")) == (2, 1)
    assert f"there is no replay of {mode} dialing" in err


def test_a_setting_that_is_given_twice_is_said(replay: Replay, told: Path) -> None:
    """In one option or in two."""
    for twice in (["limit=1%,limit=2%"], ["limit=1%", "--set", "limit=2%"]):
        code, _, err = replay(CAMPAIGN, "2026-11-23", "--events", told, "--set", *twice)
        assert (code, err) == (2, "fairdial: limit: is given twice\n")


def test_a_campaign_that_ended_before_the_day_dials_nothing(
    replay: Replay, told: Path, settings: Callable[[str], Path]
) -> None:
    """Also by the other program, whose lines stay lines of the contract."""
    file = settings('start = "2026-11-23T00:00:00Z"\nend = "2026-11-23T01:00:00Z"\n')
    where = ("--events", told, "--settings", file, "--json")
    code, out, err = replay(CAMPAIGN, "2026-11-23", *where, "--pace-command", PACE)
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert (found["replayed"]["calls"], found["otherwise"]["calls"]) == (0, 0)
