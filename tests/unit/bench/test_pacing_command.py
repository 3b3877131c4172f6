"""The laboratory's command on days of minutes: every policy runs, and what is written is whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.pacing import cost
from bench.pacing.__main__ import main, usual_seeds
from bench.pacing.days import DAYS, PUBLIC
from bench.pacing.judge import judged_rate
from bench.pacing.policies.catalogue import POLICIES
from bench.pacing.running import play


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_plays_a_short_day(policy: str) -> None:
    """It dials, and agents talk with people."""
    score = play(replace(DAYS["5-jumps"], hours=0.25), 1, POLICIES[policy]).score
    assert score.connected > 5


@pytest.mark.parametrize("name", DAYS)
def test_every_day_can_be_played(name: str) -> None:
    """A few minutes of each."""
    day = replace(DAYS[name], hours=0.02)
    assert play(day, 1, POLICIES["one to one"]).score.dialed >= 1


def test_the_clairvoyant_is_above_all() -> None:
    """Next to no idle time, next to nobody abandoned; one to one is far below it."""
    day = replace(DAYS["10"], hours=1.0, breaks=0)
    bound = play(day, 1, POLICIES["clairvoyant"]).score
    one_to_one = play(day, 1, POLICIES["one to one"]).score
    ours = play(day, 1, POLICIES["fairdial"]).score
    assert bound.occupancy > 0.95
    assert judged_rate(day, bound) < 0.01
    assert bound.occupancy > ours.occupancy > one_to_one.occupancy


def test_the_command_prints_and_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables by day and size, and pictures that are XML."""
    for_pool = ["--days", "3", "--policies", "fairdial", "one to one", "--seeds", "1"]
    main([*for_pool, "--processes", "1", "--losses", "--out", str(tmp_path)])
    printed = capsys.readouterr().out
    assert "one to one" in printed
    assert "3-5" in printed
    assert "no_free_agent" in printed
    assert len((tmp_path / "days.csv").read_text().splitlines()) == 3
    assert "| 3 | fairdial | 1 |" in (tmp_path / "tables.md").read_text()
    pictures = sorted(path.name for path in tmp_path.glob("*.svg"))
    assert pictures == ["course-3.svg", "occupancy-3-5.svg"]
    for picture in pictures:
        assert ElementTree.parse(tmp_path / picture).getroot().tag.endswith("svg")


def test_what_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown day, and no seeds at all: one line, exit 2."""
    for given in (["--days", "26"], ["--seeds", "0"]):
        with pytest.raises(SystemExit) as stopped:
            main(given)
        assert stopped.value.code == 2
        assert "error:" in capsys.readouterr().err


def test_small_teams_get_more_days() -> None:
    """Their days differ more."""
    assert [usual_seeds(day.agents) for day in PUBLIC.values()] == [10, 10, 6, 6, 6, 6, 6, 6]


def test_cost_is_told_by_size() -> None:
    """Each size's ticks, and how they grow."""
    found = cost.costs(20, 1, sizes=(5, 50), warm_up=30)
    assert [len(one.seconds) for one in found] == [20, 20]
    report = cost.report(found)
    assert "5 to 50 agents" in report
    assert report.count("p99") == 2
    assert report.count("a decision is kept in") == 2
    assert all(0 < size < 2000 for one in found for size in one.kept_bytes)
