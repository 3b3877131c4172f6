"""Short simulated days: the limit holds at every moment, and predictive beats one to one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.pacing_day import DAYS, Score, decided, run, settings_of
from compliance.case import DialMode


def day(name: str, seed: int, hours: float, mode: DialMode = DialMode.PREDICTIVE) -> Score:
    """So many hours of a named day; too short for breaks."""
    shortened = replace(DAYS[name], hours=hours, breaks=0)
    return run(shortened, seed, decided(replace(settings_of(shortened), dial_mode=mode)))


@pytest.mark.parametrize(("name", "hours"), [("5", 2.0), ("25", 1.0), ("25-uk", 1.0), ("200", 0.1)])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_window_never_goes_over_its_limit(name: str, hours: float, seed: int) -> None:
    """Not at the day's end and not on the way to it (invariant P6)."""
    score = day(name, seed, hours)
    assert score.window_over == 0
    assert score.rate(DAYS[name].uk) <= 0.03


def test_predictive_keeps_agents_busier_than_one_to_one() -> None:
    """The same morning, dialed both ways."""
    predictive = day("25", 3, 1.5)
    progressive = day("25", 3, 1.5, DialMode.PROGRESSIVE)
    assert progressive.abandoned == 0
    assert predictive.occupancy > progressive.occupancy + 0.1


def test_a_day_can_be_repeated() -> None:
    """The same seed gives the same day."""
    assert day("10", 4, 0.5) == day("10", 4, 0.5)
