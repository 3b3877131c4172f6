"""The chance that people outnumber the agents who are free for them."""

from __future__ import annotations

import math

NORMAL_FROM = 16.0
"""Variance above which the normal law stands in for the exact sum."""

_ENOUGH = 0.999999
"""Terms of a distribution are summed up to this share."""

_ALMOST_SURE = 0.999
_NOTHING = 1e-9
_ROOT_2 = math.sqrt(2.0)


def counts(mean: float, square: float) -> list[float]:
    """Chances of 0, 1, 2... events, from their mean and `square`, which is mean - variance.

    For independent events of unequal chance `square` is the sum of the squared chances, and the
    law is the binomial with the same mean and variance, whose number of trials need not be whole.
    A negative `square` (more variance than independent events have, because their chances are
    uncertain together) gives the negative binomial: both follow one recursion (Panjer, 1981).
    """
    if mean < _NOTHING:
        return [1.0]
    slope = min(_ALMOST_SURE, square / mean)
    spread = math.log1p(-slope) / slope if abs(slope) > _NOTHING else -1.0
    term = math.exp(mean * spread)
    a, b = -slope / (1.0 - slope), (mean + slope) / (1.0 - slope)
    terms, total, k = [term], term, 0
    while total < _ENOUGH:
        k += 1
        term *= a + b / k
        if term <= 0.0:
            break
        terms.append(term)
        total += term
    return terms


def shortage(
    free: int,
    calls_mean: float,
    calls_square: float,
    freed_mean: float,
    freed_square: float,
    short_by: int = 0,
) -> float:
    """P(live calls >= agents free + agents freed + short_by).

    With `short_by` 0: the chance that one more live call finds nobody. With k: the chance that k
    calls or more find nobody. `free` may be negative, when calls wait already.
    """
    need = free + short_by
    variance = calls_mean - calls_square + freed_mean - freed_square
    if variance > NORMAL_FROM:
        z = (need - 0.5 + freed_mean - calls_mean) / math.sqrt(variance)
        return 0.5 * math.erfc(z / _ROOT_2)
    calls = counts(calls_mean, calls_square)
    known = len(calls)
    below = math.fsum(calls[: max(0, need)])
    chance = 0.0
    for freed, term in enumerate(counts(freed_mean, freed_square)):
        chance += term * (1.0 - below)
        k = need + freed
        if 0 <= k < known:
            below += calls[k]
    return max(0.0, chance)
