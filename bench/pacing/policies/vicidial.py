"""VICIdial's adaptive methods (pacing baselines 2.1, read in its own code)."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from enum import StrEnum

from bench.pacing.policies.counts import Rolling, Totals
from bench.pacing.policies.policy import Figures
from dialer.forecast import Abandoned, Dialed, Live, Observation
from dialer.pacing import Snapshot


class Method(StrEnum):
    """What happens to the dial level while the day is over its limit."""

    HARD = "hard"
    TAPERED = "tapered"
    AVERAGE = "average"


class Vicidial:
    """A dial level that is multiplied every 15 s, and lines asked for by it every 2.5 s.

    Left at their defaults: level at most 3, intensity 0, target difference 0, limit 3 %. The day
    ends at the hour that `latest_server_time` names, 21:00.
    """

    LEVEL_MOST, LIMIT_PERCENT, CALLS_LEAST = 3.0, 3.0, 50
    LEVEL_SECONDS, STATISTICS_SECONDS, LINES_SECONDS, SAMPLES = 15, 60, 2.5, 15
    LATEST_HOUR = 21

    def __init__(self, method: Method, close_at: float) -> None:
        self.bound = ""
        self.level = 1.0
        self._method, self._close_at = method, close_at
        self._totals = Totals()
        self._minute = Rolling(60.0)
        self._spare: deque[int] = deque(maxlen=self.SAMPLES)
        self._staff: deque[int] = deque(maxlen=self.SAMPLES)
        self._dropped_percent = 0.0
        self._rounds = -1

    def pace(self, snapshot: Snapshot, seen: Sequence[Observation]) -> int:
        """Sample each second, adapt each 15 s, ask for `round(level * agents)` lines each 2.5 s."""
        self._totals.observe(seen)
        self._minute.observe(snapshot.t, seen)
        now = Figures.of(snapshot)
        self._spare.append(now.idle - now.waiting)
        self._staff.append(len(snapshot.agents) + self._totals.away)
        second = int(snapshot.t)
        if second % self.STATISTICS_SECONDS == 0:
            self._dropped_percent = 100.0 * self._totals.abandoned_rate
        if second and second % self.LEVEL_SECONDS == 0:
            self.level = self._adapted(snapshot.t)
        rounds = int(snapshot.t / self.LINES_SECONDS)
        if rounds == self._rounds:
            return 0
        self._rounds = rounds
        goal = round(self.level * (now.idle + now.talking))
        return max(0, goal - now.in_flight - now.talking)

    def _adapted(self, t: float) -> float:
        """The next level."""
        staff = sum(self._staff)
        level = self.level * (1.0 + (sum(self._spare) / staff if staff else 0.0))
        level = max(1.0, min(level, self.LEVEL_MOST))
        calls, drops = self._minute[Dialed], self._minute[Abandoned]
        if calls > 20 and drops > 0.5 * calls:
            level /= 2.0
        over = self._dropped_percent > self.LIMIT_PERCENT
        if over and self._totals.count[Live] > self.CALLS_LEAST:
            level *= self._cut(t)
        return max(1.0, level)

    def _cut(self, t: float) -> float:
        """The factor on the level while the day is over its limit; 0 is cut to level 1."""
        if self._method is Method.HARD:
            return 0.0
        if self._method is Method.AVERAGE:
            return 0.5
        minutes = int(self.LATEST_HOUR * 60 - (self._close_at - t) / 60.0)
        clock = 100 * (minutes // 60) + minutes % 60
        left = 100 * self.LATEST_HOUR - clock  # as its code subtracts: 2100 - 2050 is 50
        return min(1.0, max(0, left) / 1000.0)
