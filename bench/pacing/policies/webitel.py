"""Webitel's ratio (pacing baselines 2.7)."""

from __future__ import annotations

from collections.abc import Sequence

from bench.pacing.policies.counts import Rolling
from bench.pacing.policies.policy import Figures
from dialer.forecast import Abandoned, Dialed, Live, Observation
from dialer.pacing import Snapshot

TARGET, MOST, STEP = 3.0, 3.0, 10.0
"""Its defaults, in percent."""


class Webitel:
    """Attempts per answer, scaled by how far the hour's abandonment is from its target, every 30 s.

    Below 50 attempts it dials one to one.
    """

    SECONDS, ATTEMPTS_LEAST = 30, 50

    def __init__(self) -> None:
        self.bound = ""
        self.ratio = 1.0
        self._hour = Rolling(3600.0)

    def pace(self, snapshot: Snapshot, seen: Sequence[Observation]) -> int:
        """`ratio * idle - in flight`."""
        self._hour.observe(snapshot.t, seen)
        if int(snapshot.t) % self.SECONDS == 0:
            attempts, answers = self._hour[Dialed], self._hour[Live]
            enough = attempts >= self.ATTEMPTS_LEAST and answers
            self.ratio = lines(attempts, answers, self._hour[Abandoned]) if enough else 1.0
        now = Figures.of(snapshot)
        return max(0, int(self.ratio * now.idle) - now.in_flight)


def lines(attempts: int, answers: int, abandoned: int, target: float = TARGET) -> float:
    """Calls in flight for each idle agent."""
    over, now = attempts / answers, 100.0 * abandoned / answers
    if now >= MOST:
        return 1.0
    if now < target:
        return over * (1.0 + (target - now) * STEP / 100.0)
    return over * ((MOST - now) * (100.0 + STEP) / MOST) / 100.0
