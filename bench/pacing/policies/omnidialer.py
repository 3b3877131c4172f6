"""OMniDialer, the engine of OMniLeads (pacing baselines 2.4)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bench.pacing.policies.counts import Totals
from bench.pacing.policies.policy import Figures
from dialer.forecast import Abandoned, AgentState, Answered, Connected, Observation, Result
from dialer.pacing import Snapshot


class OmniDialer:
    """Expected free agents over the answer rate, times a factor that an average of drops steers.

    Two channels an agent and a tenth of a call a second an agent at most; 50 calls of warm-up.
    """

    ALPHA, RATE_LEAST = 0.1, 0.05
    DROPS_MOST, GAMMA_LEAST, LATCH_TICKS, UNLATCH = 0.03, 0.2, 5, 0.8
    WARM_UP, CHANNELS, CALLS_PER_SECOND = 50, 2.0, 0.1

    def __init__(self, agents: int) -> None:
        self.bound = ""
        self.rate, self.drops = 0.25, 0.0
        self._channels = self.CHANNELS * agents
        self._per_tick = max(1.0, self.CALLS_PER_SECOND * agents)
        self._totals = Totals()
        self._ticks_over, self._latched = 0, False

    def pace(self, snapshot: Snapshot, seen: Sequence[Observation]) -> int:
        """`(free + expected free - ringing * rate) / rate * gamma`, within the caps."""
        self._observe(seen)
        now = Figures.of(snapshot)
        if self._totals.count[Connected] < self.WARM_UP or self._latch():
            calls = now.idle - now.ringing - now.answered - now.waiting
        else:
            free = now.idle + self._expected(snapshot)
            calls = math.floor((free - now.ringing * self.rate) / self.rate * self.gamma)
        room = self._channels - now.in_flight - now.talking
        return int(max(0.0, min(calls, room, self._per_tick)))

    def _observe(self, seen: Sequence[Observation]) -> None:
        self._totals.observe(seen)
        for one in seen:
            if isinstance(one, Answered | Result):
                hit = isinstance(one, Answered)
                self.rate += self.ALPHA * (hit - self.rate)
                self.rate = max(self.rate, self.RATE_LEAST)
            if isinstance(one, Answered | Abandoned):
                self.drops += self.ALPHA * (isinstance(one, Abandoned) - self.drops)

    @property
    def gamma(self) -> float:
        """1 up to half of the drops that are allowed, then falling to 0.2."""
        part = self.drops / self.DROPS_MOST
        return max(self.GAMMA_LEAST, min(1.0, 1.0 - (1.0 - self.GAMMA_LEAST) * (2.0 * part - 1.0)))

    def _latch(self) -> bool:
        """Progressive after five ticks over the limit, until well below it."""
        over = self.drops > self.DROPS_MOST
        self._ticks_over = self._ticks_over + 1 if over else 0
        if self._ticks_over >= self.LATCH_TICKS:
            self._latched = True
        elif self.drops < self.UNLATCH * self.DROPS_MOST:
            self._latched = False
        return self._latched

    def _expected(self, snapshot: Snapshot) -> float:
        """Agents expected to be free by the time a call is answered and recognised."""
        seconds = self._totals.to_live.value
        means = {AgentState.TALK: self._totals.talk.value, AgentState.WRAP: self._totals.wrap.value}
        return sum(
            1.0 - math.exp(-seconds / max(1.0, means[agent.state] - agent.seconds_in_state))
            for agent in snapshot.agents
            if agent.state in means
        )
