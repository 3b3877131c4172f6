"""The chance that people outnumber the agents who are free for them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

NORMAL_FROM = 16.0
"""Variance above which the normal law stands in for the exact sum."""

LIKELY = 0.4
"""Events of at least this chance are summed one by one: few of them shape the law of the whole."""

_ENOUGH = 0.999999
"""Terms of a distribution are summed up to this share."""

_ALMOST_SURE = 0.999
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class Expected:
    """A number of independent events.

    Attributes:
        mean: sum of the chances of those that are not likely.
        square: sum of the squared chances of these, less what doubt about them adds to the
            variance: mean - square is their variance.
        likely: the chances of the others, one by one.
    """

    mean: float
    square: float
    likely: tuple[float, ...] = ()

    @property
    def total(self) -> float:
        """How many are expected, all together."""
        return self.mean + math.fsum(self.likely)

    @property
    def variance(self) -> float:
        """The variance of the number."""
        return self.mean - self.square + math.fsum(p - p * p for p in self.likely)

    def law(self) -> list[float]:
        """Chances of 0, 1, 2... events."""
        law = counts(self.mean, self.square)
        for chance in self.likely:
            law = with_one_more(law, chance)
        return law


def counts(mean: float, square: float) -> list[float]:
    """Chances of 0, 1, 2... events, from their mean and `square`, which is mean - variance.

    For independent events of unequal chance `square` is the sum of the squared chances, and the
    law is the binomial with the same mean and variance, whose number of trials need not be whole.
    A negative `square` (more variance than independent events have, because their chances are
    uncertain together) gives the negative binomial: both follow one recursion (Panjer, 1981).
    Where the number of trials is not whole the terms do not add up to one by themselves.
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
    return [term / total for term in terms]


def with_one_more(law: Sequence[float], chance: float) -> list[float]:
    """The law of one event more."""
    other = 1.0 - chance
    grown = [other * law[0]]
    grown += [other * law[k] + chance * law[k - 1] for k in range(1, len(law))]
    grown.append(chance * law[-1])
    return grown


@dataclass(frozen=True, slots=True)
class Lead:
    """By how many the agents freed outnumber the likely calls: chances[i] is that of least + i.

    It does not depend on the calls that are started now, so that it is worked out once a tick.
    """

    least: int
    chances: tuple[float, ...]

    @classmethod
    def of(cls, freed: Expected, likely_calls: Sequence[float]) -> Lead:
        """A likely call that stays away is an agent more than if it comes."""
        law = freed.law()
        for chance in likely_calls:
            law = with_one_more(law, 1.0 - chance)
        return cls(-len(likely_calls), tuple(law))

    def outnumbered(self, calls: Sequence[float], need: int) -> float:
        """P(calls >= need + the lead), for a law of further calls."""
        known, k = len(calls), need + self.least
        below = math.fsum(calls[: max(0, k)])
        chance = 0.0
        for term in self.chances:
            chance += term * (1.0 - below)
            if 0 <= k < known:
                below += calls[k]
            k += 1
        return max(0.0, chance)


def outnumbered_normally(need: int, mean: float, variance: float) -> float:
    """P(a normal number >= need - 1/2): the sum of many events is nearly normal."""
    return 0.5 * math.erfc((need - 0.5 - mean) / math.sqrt(2.0 * variance))


def shortage(free: int, calls: Expected, freed: Expected, short_by: int = 0) -> float:
    """P(live calls >= agents free + agents freed + short_by).

    With `short_by` 0: the chance that one more live call finds nobody. With k: the chance that k
    calls or more find nobody. `free` may be negative, when calls wait already.
    """
    need = free + short_by
    variance = calls.variance + freed.variance
    if variance > NORMAL_FROM:
        return outnumbered_normally(need, calls.total - freed.total, variance)
    lead = Lead.of(freed, calls.likely)
    return lead.outnumbered(counts(calls.mean, calls.square), need)
