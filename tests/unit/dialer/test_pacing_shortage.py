"""The chance that people outnumber agents, against the exact sum over independent events."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.pacing.shortage import LIKELY, NORMAL_FROM, Expected, counts, shortage


def exact(chances: list[float]) -> list[float]:
    """The Poisson-binomial law by adding one event after the other."""
    law = [1.0]
    for p in chances:
        law = [
            (law[k] * (1 - p) if k < len(law) else 0.0) + (law[k - 1] * p if k else 0.0)
            for k in range(len(law) + 1)
        ]
    return law


def exact_shortage(free: int, calls: list[float], freed: list[float], short_by: int) -> float:
    """The chance in question from both exact laws."""
    arriving, leaving = exact(calls), exact(freed)
    return math.fsum(
        p * q
        for n, p in enumerate(arriving)
        for r, q in enumerate(leaving)
        if n >= free + r + short_by
    )


def expected(chances: list[float]) -> Expected:
    """The many by their sums, the likely ones one by one."""
    many = [p for p in chances if p < LIKELY]
    likely = tuple(p for p in chances if p >= LIKELY)
    return Expected(sum(many), sum(p * p for p in many), likely)


def of(free: int, calls: list[float], freed: list[float], short_by: int = 0) -> float:
    """The chance as the pacing computes it."""
    return shortage(free, expected(calls), expected(freed), short_by)


def test_equal_chances_give_the_binomial_law_itself() -> None:
    """Ten events of chance 0.3."""
    law = counts(3.0, 0.9)
    for k in range(6):
        assert law[k] == pytest.approx(math.comb(10, k) * 0.3**k * 0.7 ** (10 - k))


def test_nothing_expected_means_nothing_happens() -> None:
    """No calls and no agents: short exactly when no one is free."""
    nothing = Expected(0.0, 0.0)
    assert shortage(1, nothing, nothing) == 0.0
    assert shortage(0, nothing, nothing) == pytest.approx(1.0)


chances = st.lists(st.floats(0.01, 0.99), max_size=14)


@given(free=st.integers(-2, 8), calls=chances, freed=chances, short_by=st.integers(0, 3))
def test_it_is_close_to_the_exact_sum(
    free: int, calls: list[float], freed: list[float], short_by: int
) -> None:
    """Unlikely events by mean and variance, likely ones one by one: within two points."""
    sum_of_all = exact_shortage(free, calls, freed, short_by)
    assert of(free, calls, freed, short_by) == pytest.approx(sum_of_all, abs=0.02)


def test_a_rare_shortage_is_not_taken_for_an_impossible_one() -> None:
    """One call that may be answered, one agent nearly sure to be freed, and little else.

    A law of the mean and the variance alone has no whole number of trials here, and said 0.
    """
    calls, freed = [0.5, 0.05, 0.05, 0.03, 0.03], [0.95]
    assert exact_shortage(2, calls, freed, 0) == pytest.approx(0.0083, abs=0.0001)
    assert of(2, calls, freed) == pytest.approx(exact_shortage(2, calls, freed, 0), rel=0.01)


def test_the_normal_law_takes_over_smoothly() -> None:
    """On both sides of the change of method the answer is that of the exact sum."""
    p = 0.25
    count = round(NORMAL_FROM / (p * (1 - p)))
    for calls in ([p] * (count - 1), [p] * (count + 1)):
        sum_of_all = exact_shortage(count // 4 + 5, calls, [], 0)
        assert of(count // 4 + 5, calls, []) == pytest.approx(sum_of_all, abs=0.005)


def test_doubt_about_the_rate_widens_the_law() -> None:
    """Chances that are uncertain together give more variance than independent events have."""
    certain, doubtful = counts(5.0, 1.0), counts(5.0, -5.0)
    for law, variance in ((certain, 4.0), (doubtful, 10.0)):
        mean = math.fsum(k * p for k, p in enumerate(law))
        assert mean == pytest.approx(5.0, abs=0.01)
        spread = math.fsum((k - mean) ** 2 * p for k, p in enumerate(law))
        assert spread == pytest.approx(variance, rel=0.02)


@given(free=st.integers(0, 40), calls=st.lists(st.floats(0.01, 0.9), min_size=1, max_size=40))
def test_more_free_agents_never_raise_the_chance(free: int, calls: list[float]) -> None:
    """The chance falls with every further free agent."""
    chances_by_free = [of(free + more, calls, [0.2] * 5) for more in range(4)]
    assert all(later <= earlier + 1e-12 for earlier, later in pairwise(chances_by_free))
