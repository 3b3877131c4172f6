"""What other dialers count of their calls: totals, rolling windows and means."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence

from dialer.forecast import (
    Abandoned,
    AgentChanged,
    AgentState,
    Answered,
    Dialed,
    Id,
    Live,
    Observation,
    Result,
    TalkEnded,
)


class Mean:
    """A mean of what was added."""

    def __init__(self, before_any: float) -> None:
        self.value = before_any
        self.count = 0

    def add(self, value: float) -> None:
        """Count one value."""
        self.count += 1
        self.value += (value - self.value) / self.count


class Rolling:
    """How often each kind of observation was seen in the last so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: deque[tuple[float, type[Observation]]] = deque()
        self._counts: Counter[type[Observation]] = Counter()

    def observe(self, t: float, seen: Sequence[Observation]) -> None:
        """Count, and forget what is too old at `t`."""
        for one in seen:
            self._seen.append((one.t, type(one)))
            self._counts[type(one)] += 1
        while self._seen and self._seen[0][0] <= t - self._seconds:
            self._counts[self._seen.popleft()[1]] -= 1

    def __getitem__(self, kind: type[Observation]) -> int:
        return self._counts[kind]


class Totals:
    """Totals and means since the start; means begin at what the scenarios name usual."""

    def __init__(self) -> None:
        self.count: Counter[type[Observation]] = Counter()
        self.talk, self.wrap = Mean(120.0), Mean(20.0)
        self.ring, self.to_live = Mean(15.0), Mean(15.0)
        self.away = 0
        self._states: dict[Id, AgentState] = {}
        self._wraps: dict[Id, float] = {}
        self._dialed: dict[Id, float] = {}

    def observe(self, seen: Sequence[Observation]) -> None:
        """Count."""
        for one in seen:
            self.count[type(one)] += 1
            match one:
                case Dialed():
                    self._dialed[one.call] = one.t
                case Answered():
                    self.ring.add(one.seconds_since_dial)
                case Live():
                    self.to_live.add(one.t - self._dialed.pop(one.call, one.t))
                case Result():
                    self._dialed.pop(one.call, None)
                case TalkEnded():
                    self.talk.add(one.talk_seconds)
                    self._wraps[one.agent] = one.t
                case AgentChanged():
                    self._agent_changed(one)
                case _:
                    pass

    def _agent_changed(self, one: AgentChanged) -> None:
        was = self._states.get(one.agent)
        self._states[one.agent] = one.state
        self.away += (one.state is AgentState.BREAK) - (was is AgentState.BREAK)
        if one.state is not AgentState.WRAP and one.agent in self._wraps:
            self.wrap.add(one.t - self._wraps.pop(one.agent))

    @property
    def abandoned_rate(self) -> float:
        """Abandoned calls over live ones, 0 before any."""
        live = self.count[Live]
        return self.count[Abandoned] / live if live else 0.0
