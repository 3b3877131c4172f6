"""Short simulated days: the limit holds at every moment, and predictive beats one to one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.pacing.days import DAYS, Day
from bench.pacing.judge import judged_rate
from bench.pacing.policies.ours import Ours
from bench.pacing.running import play
from bench.pacing.world import Score
from compliance.case import DialMode


def shortened(name: str, hours: float) -> Day:
    """So many hours of a named day; too short for breaks."""
    return replace(DAYS[name], hours=hours, breaks=0)


def score(day: Day, seed: int, mode: DialMode = DialMode.PREDICTIVE) -> Score:
    """What the day comes to with our decision."""
    return play(day, seed, lambda _: Ours(replace(day.settings, dial_mode=mode))).score


@pytest.mark.parametrize(("name", "hours"), [("5", 2.0), ("25", 1.0), ("25-uk", 1.0), ("200", 0.1)])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_window_never_goes_over_its_limit(name: str, hours: float, seed: int) -> None:
    """Not at the day's end and not on the way to it (invariant P6)."""
    day = shortened(name, hours)
    came_to = score(day, seed)
    assert came_to.window_over == 0
    assert judged_rate(day, came_to) <= 0.03


def test_predictive_keeps_agents_busier_than_one_to_one() -> None:
    """The same morning, dialed both ways."""
    day = shortened("25", 1.5)
    predictive = score(day, 3)
    progressive = score(day, 3, DialMode.PROGRESSIVE)
    assert progressive.abandoned == 0
    assert predictive.occupancy > progressive.occupancy + 0.1


def test_a_day_can_be_repeated() -> None:
    """The same seed gives the same day."""
    assert score(shortened("10", 0.5), 4) == score(shortened("10", 0.5), 4)
