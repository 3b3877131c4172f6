"""Laws that forecast: expected answers, the window of US 5,640,445, and a tail bound."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bench.pacing.policies.policy import Figures
from dialer.forecast import AgentState, Learnt, Observation
from dialer.pacing import CallStage, PacingSettings, Snapshot, learnt_for
from dialer.pacing.shortage import Expected, shortage

SOON, MEDIAN = 0, 1
"""Places in `NODES`."""


class Forecast:
    """What the next calls will meet, from what `Learnt` learns of ages: shared by three laws."""

    def __init__(self, settings: PacingSettings) -> None:
        self._learnt: Learnt = learnt_for(settings)

    def observe(self, seen: Sequence[Observation]) -> None:
        """Fold what was seen."""
        for one in seen:
            self._learnt.observe(one)

    @property
    def ready(self) -> bool:
        """Whether the first calls have rung out; until then the laws here dial one to one."""
        return self._learnt.rung_out

    @property
    def live_rate(self) -> float:
        """Share of dials that go live."""
        return self._learnt.live_rate

    def freed(self, snapshot: Snapshot, node: int) -> tuple[float, float]:
        """Agents freed by one of `NODES`: their mean, and the sum of the squared chances."""
        mean = square = 0.0
        for agent in snapshot.agents:
            if agent.leaving or agent.state is AgentState.IDLE:
                continue
            talks = agent.state is AgentState.TALK
            row = self._learnt.talking_row if talks else self._learnt.wrapping_row
            chance = row(agent.seconds_in_state)[node]
            mean, square = mean + chance, square + chance * chance
        return mean, square

    def lives(self, snapshot: Snapshot) -> tuple[float, float]:
        """Calls in flight that go live: mean, and the sum of the squared chances."""
        mean = square = 0.0
        for call in snapshot.calls:
            if call.stage is CallStage.WAITING:
                chance = 1.0
            elif call.stage is CallStage.ANSWERED:
                rung = call.seconds_since_dial - call.seconds_in_stage
                chance = self._learnt.answered_row(rung)[2]
            else:
                chance = self._learnt.calling_row(call.seconds_since_dial)[2]
            mean, square = mean + chance, square + chance * chance
        return mean, square


class ExpectedAnswers:
    """As many calls as are expected to find an idle agent; one to one while over the limit.

    Each call in flight is worth the share of dials that go live, whatever its age. It looks at
    means alone: small teams suffer from the variance, large ones from the releases it ignores.
    """

    def __init__(self, settings: PacingSettings) -> None:
        self.bound = ""
        self._limit_rate = settings.limit_rate
        self._forecast = Forecast(settings)

    def pace(self, snapshot: Snapshot, seen: Sequence[Observation]) -> int:
        """`(idle - answers in flight) / answer rate`."""
        self._forecast.observe(seen)
        now = Figures.of(snapshot)
        over = snapshot.window_abandoned >= self._limit_rate * max(1, snapshot.window_live)
        if over or not self._forecast.ready:
            return now.one_to_one
        rate = self._forecast.live_rate
        coming = now.waiting + 0.5 * now.answered + rate * now.ringing
        return max(0, math.floor((now.idle - coming) / rate))


class Window:
    """US 5,640,445: calls are matched to the agents expected to be free in a window of seconds.

    The window is that of `Learnt`'s first node. No feedback from abandoned calls.
    """

    def __init__(self, settings: PacingSettings) -> None:
        self.bound = ""
        self._forecast = Forecast(settings)

    def pace(self, snapshot: Snapshot, seen: Sequence[Observation]) -> int:
        """`(idle + freed - live calls on their way) / answer rate`."""
        self._forecast.observe(seen)
        now = Figures.of(snapshot)
        if not self._forecast.ready:
            return now.one_to_one
        spare = now.idle + self._forecast.freed(snapshot, SOON)[0]
        spare -= self._forecast.lives(snapshot)[0]
        return max(0, math.floor(spare / self._forecast.live_rate))


class TailBound:
    """As many calls as keep P(more live calls than agents) at most `CHANCE`, up to the limit.

    It dials one to one while one abandoned call more would take the window over its limit.
    """

    CHANCE = 0.05

    def __init__(self, settings: PacingSettings) -> None:
        self.bound = ""
        self._limit_rate = settings.limit_rate
        self._forecast = Forecast(settings)

    def pace(self, snapshot: Snapshot, seen: Sequence[Observation]) -> int:
        """The largest number that keeps the bound, at least one to one."""
        self._forecast.observe(seen)
        now = Figures.of(snapshot)
        spent = snapshot.window_abandoned + 1 > self._limit_rate * snapshot.window_live
        if spent or not self._forecast.ready:
            return now.one_to_one
        freed, lives = self._forecast.freed(snapshot, MEDIAN), self._forecast.lives(snapshot)
        rate = self._forecast.live_rate
        calls = now.one_to_one
        while calls < snapshot.max_calls:
            more = calls + 1
            expected = Expected(lives[0] + more * rate, lives[1] + more * rate * rate)
            if shortage(now.idle, expected, Expected(*freed), 1) > self.CHANCE:
                break
            calls = more
        return calls
