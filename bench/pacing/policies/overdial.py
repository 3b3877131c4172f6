"""CrestApps Contact Center's OverDial calculator (pacing baselines 2.4b)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from bench.pacing.policies.counts import Rolling, Totals
from bench.pacing.policies.policy import Figures
from dialer.forecast import Abandoned, AgentState, Dialed, Live, Observation
from dialer.pacing import Snapshot


class OverDial:
    """The largest number of calls whose expected excess over the free agents stays in the target.

    It falls back to one call an agent before 50 live calls, and while the last half hour or the
    whole run is over the cap. `lines` and `credit` are its settings; the defaults are 2 and 0.
    """

    TARGET, CAP, SETTLED_LEAST, RATE_LEAST = 0.02, 0.03, 50, 0.05

    def __init__(self, lines: float = 2.0, credit: float = 0.0) -> None:
        self.bound = ""
        self._lines, self._credit = lines, credit
        self._totals = Totals()
        self._half_hour = Rolling(1800.0)

    def pace(self, snapshot: Snapshot, seen: Sequence[Observation]) -> int:
        """What is missing to the number that may be in flight."""
        self._totals.observe(seen)
        self._half_hour.observe(snapshot.t, seen)
        now = Figures.of(snapshot)
        live, dialed = self._half_hour[Live], self._half_hour[Dialed]
        if live < self.SETTLED_LEAST:
            return now.one_to_one
        recent = self._half_hour[Abandoned] / live
        if max(recent, self._totals.abandoned_rate) >= self.CAP:
            return now.one_to_one
        free = now.idle + self._credit * self._free_soon(snapshot)
        if free < 1.0:
            return 0
        rate = round(max(self.RATE_LEAST, live / dialed), 3)
        most = math.floor(self._lines * now.idle) + math.floor(free - now.idle)
        wanted = most_calls(round(free, 1), rate, round(self.TARGET * self._throttle(recent), 4))
        return max(0, min(wanted, most) - now.in_flight)

    def _throttle(self, recent: float) -> float:
        """1 up to half of the target, falling to 0 at the cap."""
        half = self.TARGET / 2.0
        return 1.0 - max(0.0, recent - half) / (self.CAP - half)

    def _free_soon(self, snapshot: Snapshot) -> int:
        """Busy agents whose mean remaining time fits in the ring; none once past the mean."""
        talk, wrap = self._totals.talk.value, self._totals.wrap.value
        count = 0
        for agent in snapshot.agents:
            if agent.state is AgentState.TALK and agent.seconds_in_state < talk:
                count += talk - agent.seconds_in_state + wrap <= self._totals.ring.value
            elif agent.state is AgentState.WRAP and agent.seconds_in_state < wrap:
                count += wrap - agent.seconds_in_state <= self._totals.ring.value
        return count


@lru_cache(maxsize=100_000)
def most_calls(free: float, rate: float, target: float) -> int:
    """The largest N of at least `floor(free)` with E[(X - free)+] / (N rate) within `target`.

    X is binomial (N, rate): all N are taken to answer at one instant.
    """
    calls = math.floor(free)
    step = max(1, calls)
    while step:
        if excess_share(calls + step, free, rate) <= target:
            calls += step
        else:
            step //= 2
    return calls


def excess_share(calls: int, free: float, rate: float) -> float:
    """Expected answers beyond the free agents, over the answers expected."""
    if rate >= 1.0:
        return max(0.0, calls - free) / calls
    log_odds, k = math.log(rate / (1.0 - rate)), math.floor(free) + 1
    if k > calls:
        return 0.0
    log_chance = (
        math.lgamma(calls + 1)
        - math.lgamma(k + 1)
        - math.lgamma(calls - k + 1)
        + k * math.log(rate)
        + (calls - k) * math.log1p(-rate)
    )
    total = 0.0
    while k <= calls:
        total += (k - free) * math.exp(log_chance)
        if k < calls:
            log_chance += math.log((calls - k) / (k + 1)) + log_odds
        k += 1
    return total / (calls * rate)
