"""Distributions and shares that are learnt one observation at a time, from a prior."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable
from itertools import pairwise


def _lognormal_share(seconds: float, mean: float, cv: float) -> float:
    """The share of a lognormal law at or below `seconds`."""
    if seconds <= 0.0:
        return 0.0
    variance = math.log(1.0 + cv * cv)
    z = (math.log(seconds / mean) + variance / 2.0) / math.sqrt(variance)
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def lognormal_steps(step: float, steps: int, mean: float, cv: float) -> list[float]:
    """The shares of a lognormal law in so many equal steps from nought."""
    edges = [_lognormal_share(step * i, mean, cv) for i in range(steps + 1)]
    return [high - low for low, high in pairwise(edges)]


class Spread:
    """A distribution of seconds: equal steps, a prior worth some observations, and fading.

    Values past the last step count in it. `settle` makes the shares current; between two calls
    of it only `add` changes anything, so that adding stays cheap.
    """

    __slots__ = ("_added", "_counts", "_memory", "_prior", "share", "step", "weight")

    def __init__(self, step: float, prior: list[float], worth: float, memory: float) -> None:
        """`prior`: shares per step; `worth`: its weight; `memory`: the most observations kept."""
        total = sum(prior)
        self.step = step
        self.weight = 0.0
        self._prior = [worth * share / total for share in prior]
        self._counts = [0.0] * len(prior)
        self._memory = memory
        self._added = 0
        self.share: list[float] = []
        """share[i]: probability of at most i steps."""
        self.settle()

    def add(self, seconds: float) -> None:
        """Count one observation."""
        self._counts[self._place(seconds)] += 1.0
        self._added += 1

    def settle(self, lasting: Iterable[float] = ()) -> None:
        """Fade what is beyond the memory and make the shares current.

        `lasting` are the seconds so far of what has not ended yet. Without them the short ones,
        which end first, would pass for all there are (the estimator of Kaplan and Meier, 1958).
        """
        self.weight += self._added
        self._added = 0
        if self.weight > self._memory:
            fade = self._memory / self.weight
            self._counts = [count * fade for count in self._counts]
            self.weight = self._memory
        going_on = [0] * len(self._counts)
        for seconds in lasting:
            going_on[self._place(seconds)] += 1
        at_risk = math.fsum(self._prior) + self.weight + sum(going_on)
        left, share = 1.0, [0.0]
        for count, prior, on in zip(self._counts, self._prior, going_on, strict=True):
            ended = count + prior
            left *= max(0.0, 1.0 - ended / at_risk) if at_risk > ended else 0.0
            share.append(1.0 - left)
            at_risk -= ended + on
        self.share = share

    def _place(self, seconds: float) -> int:
        return min(int(max(0.0, seconds) / self.step), len(self._counts) - 1)

    def below(self, seconds: float) -> float:
        """The probability of at most `seconds`."""
        if seconds <= 0.0:
            return 0.0
        position = seconds / self.step
        i = int(position)
        if i >= len(self.share) - 1:
            return 1.0
        low = self.share[i]
        return low + (self.share[i + 1] - low) * (position - i)

    def quantile(self, probability: float) -> float:
        """The seconds that so large a share does not exceed."""
        share = self.share
        low, high = 0, len(share) - 1
        while high - low > 1:
            middle = (low + high) // 2
            if share[middle] < probability:
                low = middle
            else:
                high = middle
        gap = share[high] - share[low]
        part = (probability - share[low]) / gap if gap > 0.0 else 0.0
        return (low + part) * self.step


class Share:
    """A probability learnt from yes and no, with a prior, a least memory and fading in time.

    The last `least` observations always count; beyond them observations fade with the time
    constant `seconds`, so that a large team averages over more calls without lagging behind.
    """

    __slots__ = ("_last_t", "_least", "_seconds", "_total", "_yes")

    def __init__(self, prior: float, worth: float, least: float, seconds: float) -> None:
        """`prior` and its weight `worth` fade like observations."""
        self._yes = prior * worth
        self._total = worth
        self._least = least
        self._seconds = seconds
        self._last_t = 0.0

    def add(self, t: float, yes: bool) -> None:
        """Count one observation at `t`."""
        self._yes += yes
        self._total += 1.0
        if self._total > self._least:
            fade = math.exp(-max(0.0, t - self._last_t) / self._seconds)
            fade = max(fade, self._least / self._total)
            self._yes *= fade
            self._total *= fade
        self._last_t = t

    @property
    def value(self) -> float:
        """The probability of yes."""
        return self._yes / self._total


class LiveRate:
    """The share of dials that reach a person, estimated without waiting for the last to ring out.

    Each dial counts as far as it could have reached a person by now. Counting only the calls that
    have ended would be wrong whenever the dialing changes: busy lines end first, people answer
    next, and the unanswered end last. Fading is as in `Share`.
    """

    __slots__ = (
        "_horizon",
        "_least",
        "_lives",
        "_recent",
        "_seconds",
        "_settled_t",
        "_total",
        "doubt",
        "value",
    )

    def __init__(
        self, prior: float, worth: float, least: float, seconds: float, horizon: float
    ) -> None:
        """`horizon`: seconds after which no dial reaches a person any more."""
        self._lives = prior * worth
        self._total = worth
        self._least = least
        self._seconds = seconds
        self._horizon = horizon
        self._recent: deque[list[float]] = deque()
        self._settled_t = 0.0
        self.value = prior
        self.doubt = (1.0 - prior) / (prior * worth)
        """Squared relative uncertainty of `value`."""

    def dialed(self, t: float) -> None:
        """Count a dial."""
        if self._recent and t - self._recent[-1][0] < 0.5:
            self._recent[-1][1] += 1.0
        else:
            self._recent.append([t, 1.0])

    def lived(self) -> None:
        """Count a dial that reached a person."""
        self._lives += 1.0

    def settle(self, t: float, reached_by: Callable[[float], float]) -> None:
        """Make the value current; `reached_by(age)` is the share of its lives a dial has had."""
        while self._recent and t - self._recent[0][0] > self._horizon:
            self._total += self._recent.popleft()[1]
        if self._total > self._least:
            fade = math.exp(-max(0.0, t - self._settled_t) / self._seconds)
            fade = max(fade, self._least / self._total)
            self._total *= fade
            self._lives *= fade
        self._settled_t = t
        known = self._total + math.fsum(n * reached_by(t - at) for at, n in self._recent)
        self.value = min(0.98, max(0.002, self._lives / known))
        self.doubt = (1.0 - self.value) / (self.value * known)


def ends_within(spread: Spread, age: float, horizon: float) -> float:
    """P(at most age + horizon | more than age)."""
    if horizon <= 0.0:
        return 0.0
    known = spread.below(age)
    left = 1.0 - known
    return (spread.below(age + horizon) - known) / left if left > 1e-6 else 1.0
