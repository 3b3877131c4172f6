"""Impact Dialing's simulated factor (pacing baselines 2.6)."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from bench.pacing.policies.counts import Rolling, Totals
from bench.pacing.policies.policy import Figures
from dialer.forecast import Abandoned, Connected, Dialed, Live, Observation, Result
from dialer.pacing import Snapshot


@dataclass(frozen=True, slots=True)
class Attempt:
    """An observed attempt: seconds until its end or its answer, and whether it was answered."""

    seconds: int
    live: bool


class Impact:
    """Every minute the best of six factors is sought in a 240-s simulation of observed attempts."""

    MINUTE, SIMULATED, OBSERVED, FACTORS = 60, 240, 100, 6
    AGENTS_LEAST, ATTEMPTS_LEAST, TARGET, OVER = 5, 50, 0.03, 0.75

    def __init__(self) -> None:
        self.bound = ""
        self.factor = 1.0
        self._totals = Totals()
        self._recent = Rolling(600.0)
        self._half_hour = Rolling(1800.0)
        self._dialed: dict[int | str, float] = {}
        self._attempts: deque[Attempt] = deque(maxlen=self.OBSERVED)

    def pace(self, snapshot: Snapshot, seen: Sequence[Observation]) -> int:
        """`factor * available - ringing - presented`."""
        self._observe(snapshot.t, seen)
        now = Figures.of(snapshot)
        if int(snapshot.t) % self.MINUTE == 0:
            self.factor = self._best(len(snapshot.agents), int(snapshot.t))
        factor = self.factor
        totals = self._totals.count
        if totals[Abandoned] > self.TARGET * (totals[Connected] + totals[Abandoned]):
            factor = max(1.0, self.OVER * factor)
        if not self._recent[Dialed]:
            factor = 1.0
        return max(0, int(factor * now.idle) - now.in_flight)

    def _observe(self, t: float, seen: Sequence[Observation]) -> None:
        self._totals.observe(seen)
        self._recent.observe(t, seen)
        self._half_hour.observe(t, seen)
        for one in seen:
            match one:
                case Dialed():
                    self._dialed[one.call] = one.t
                case Live() | Result():
                    seconds = one.t - self._dialed.pop(one.call, one.t)
                    self._attempts.append(Attempt(round(seconds), isinstance(one, Live)))
                case _:
                    pass

    def _best(self, agents: int, seed: int) -> float:
        """The factor with the best simulated utilisation among those within the target."""
        answers = sum(attempt.live for attempt in self._attempts)
        few = self._half_hour[Dialed] < self.ATTEMPTS_LEAST
        if agents < self.AGENTS_LEAST or few or not answers:
            return 1.0
        handled = round(self._totals.talk.value), round(self._totals.wrap.value)
        attempts, best, factor = list(self._attempts), -1.0, 1.0
        for k in range(1, self.FACTORS + 1):
            tried = max(1.0, len(attempts) / answers * k / self.FACTORS)
            used, abandoned = simulated(tried, agents, attempts, handled, Random(seed))
            if abandoned < self.TARGET and used > best:
                best, factor = used, tried
        return factor


def simulated(
    factor: float, agents: int, attempts: list[Attempt], handled: tuple[int, int], rng: Random
) -> tuple[float, float]:
    """Utilisation and abandonment of 240 s that start idle; an answer without an agent is dropped.

    Conversations and wrap-ups are drawn exponential about their means.
    """
    seconds = Impact.SIMULATED
    free = agents
    freed, answers, ends = [0] * seconds, [0] * seconds, [0] * seconds
    flying = live = dropped = busy = 0
    for t in range(seconds):
        free += freed[t]
        flying -= ends[t]
        for _ in range(answers[t]):
            live += 1
            if not free:
                dropped += 1
                continue
            free -= 1
            end = t + 1 + round(sum(rng.expovariate(1.0 / max(1, mean)) for mean in handled))
            busy += min(end, seconds) - t
            if end < seconds:
                freed[end] += 1
        calls = max(0, int(factor * free) - flying)
        flying += calls
        for _ in range(calls):
            attempt = attempts[int(rng.random() * len(attempts))]
            end = t + 1 + attempt.seconds
            if end < seconds:
                ends[end] += 1
                answers[end] += attempt.live
    return busy / (agents * seconds), dropped / live if live else 0.0
