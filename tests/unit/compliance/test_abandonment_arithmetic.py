"""Limits, rates and what remains: exact, whatever the numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.abandonment import Counts, half_up, remaining, within_limit


@pytest.mark.parametrize(
    ("abandoned", "rate_of", "percent", "within"),
    [
        (0, 1, 0.0, True),
        (0, 0, None, True),
        (3, 100, 3.0, True),  # exactly 3.00 % passes
        (1, 20, 5.0, False),  # small numbers get no mercy
        (751, 25_000, 3.0, False),  # 3.004 % shows as 3.0 and does not pass
        (750, 25_000, 3.0, True),
        (30_001, 1_000_000, 3.0, False),
        (1, 33, 3.03, False),
        (1, 34, 2.94, True),
        (2, 3, 66.67, False),
        (1, 3, 33.33, False),
        (1, 1, 100.0, False),
        (601, 20_000, 3.01, False),  # 3.005 % rounds half up
        (201, 20_000, 1.01, True),  # 1.005 %, which a binary float rounds down
        (535, 20_000, 2.68, True),  # 2.675 %, likewise
        (3, 20_000, 0.02, True),  # 0.015 %
        (1, 20_000, 0.01, True),  # 0.005 %
        (1, 20_001, 0.0, True),  # just below the half
        (10**15 * 3 + 1, 10**17, 3.0, False),  # one too many of a hundred quadrillion
    ],
)
def test_rate_and_limit(abandoned: int, rate_of: int, percent: float | None, within: bool) -> None:
    """The display rounds half up; the comparison does not round at all."""
    counts = Counts(rate_of=rate_of, live_answered=rate_of, abandoned=abandoned)
    shown = half_up(100 * abandoned, rate_of, 2) if rate_of else None
    assert (shown, within_limit(counts, 30_000)) == (percent, within)


@pytest.mark.parametrize(
    ("live", "abandoned", "left"),
    [
        (0, 0, 0),  # the first live call must not be abandoned: 1 of 1 is 100 %
        (32, 0, 0),  # 1 of 33 is 3.03 %
        (33, 0, 1),  # 1 of 34 is 2.94 %
        (97, 0, 3),  # 3 of 100
        (96, 0, 2),
        (100, 3, 0),
        (100, 2, 1),  # 3 of 101
        (97, 4, -2),  # 2 of 95 would pass, 3 of 96 not
    ],
)
def test_remaining(live: int, abandoned: int, left: int) -> None:
    """How many more may be abandoned, each being live-answered too."""
    assert remaining(Counts(live, live, abandoned), 30_000) == left


@given(
    live=st.integers(0, 5_000),
    share=st.floats(0, 0.1),
    limit=st.integers(0, 999_999),
)
def test_remaining_is_the_last_that_passes(live: int, share: float, limit: int) -> None:
    """So many more pass, and one more does not."""
    abandoned = int(live * share)
    left = remaining(Counts(live, live, abandoned), limit)
    more = Counts(live + left, live + left, abandoned + left)
    one_too_many = Counts(live + left + 1, live + left + 1, abandoned + left + 1)
    if more.rate_of >= 0:
        assert within_limit(more, limit)
    assert not within_limit(one_too_many, limit)


@given(numerator=st.integers(0, 10**9), denominator=st.integers(1, 10**9))
def test_half_up_is_within_half_a_unit(numerator: int, denominator: int) -> None:
    """The shown hundredths are the nearest, and the upper of two equally near."""
    hundredths = round(half_up(numerator, denominator, 2) * 100)
    assert 2 * hundredths * denominator - denominator <= 200 * numerator
    assert 200 * numerator < 2 * hundredths * denominator + denominator
