"""Laws that count the agents who are free now: one to one, a ratio, WombatDialer, Issabel."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bench.pacing.policies.counts import Rolling, Totals
from bench.pacing.policies.policy import Figures
from dialer.forecast import AgentState, Answered, Dialed, Observation
from dialer.pacing import Snapshot


class Ratio:
    """So many calls in flight for each idle agent; 1 is one to one."""

    def __init__(self, ratio: float) -> None:
        self.bound = ""
        self._ratio = ratio

    def pace(self, snapshot: Snapshot, seen: Sequence[Observation]) -> int:
        """`ceil(ratio * idle) - in flight`."""
        now = Figures.of(snapshot)
        return max(0, math.ceil(self._ratio * now.idle) - now.in_flight)


class Wombat:
    """WombatDialer (pacing baselines 2.3): `floor(available * boost)` channels, none in a queue."""

    MOST_WAITING = 2

    def __init__(self, boost: float) -> None:
        self.bound = ""
        self._boost = boost

    def pace(self, snapshot: Snapshot, seen: Sequence[Observation]) -> int:
        """What is missing to `floor(available * boost)`; nothing while more than two wait."""
        now = Figures.of(snapshot)
        if now.waiting > self.MOST_WAITING:
            return 0
        return max(0, math.floor(now.idle * self._boost) - now.in_flight)


class Issabel:
    """Issabel's predictor with overcommit (pacing baselines 2.2), every 3 s.

    A busy agent counts as free soon when an exponential law with the mean conversation puts the
    chance of having ended by the mean answer at 0.97, and the calls are divided by the share that
    was answered in the last half hour. Without feedback from abandoned calls.
    """

    SECONDS, SURE, SAMPLES, RATE_LEAST, CALLS_LEAST = 3, 0.97, 10, 0.20, 10

    def __init__(self) -> None:
        self.bound = ""
        self._totals = Totals()
        self._half_hour = Rolling(1800.0)

    def pace(self, snapshot: Snapshot, seen: Sequence[Observation]) -> int:
        """`(ready + soon - waiting - pending) / answered share`."""
        self._totals.observe(seen)
        self._half_hour.observe(snapshot.t, seen)
        if int(snapshot.t) % self.SECONDS:
            return 0
        now = Figures.of(snapshot)
        wanted = now.idle + self._soon(snapshot) - now.waiting - now.ringing - now.answered
        if wanted <= 0:
            return 0
        dialed = self._half_hour[Dialed]
        if dialed < self.CALLS_LEAST:
            return wanted
        return int(wanted / max(self._half_hour[Answered] / dialed, self.RATE_LEAST))

    def _soon(self, snapshot: Snapshot) -> int:
        """Agents in conversation who count as free by the time a call is answered."""
        if self._totals.talk.count < self.SAMPLES:
            return 0
        least = -self._totals.talk.value * math.log(1.0 - self.SURE) - self._totals.ring.value
        return sum(
            agent.state is AgentState.TALK and agent.seconds_in_state >= least
            for agent in snapshot.agents
        )
