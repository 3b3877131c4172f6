"""The last minutes of a campaign second by second, folded from its events in any order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from campaigns.events import AgentState
from compliance.ended_call import event_detail, parse_instant

KEPT = timedelta(minutes=30)
"""What is older than this, seen from the last event, is kept as a sum only."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Sample:
    """How it stood at `at` (whole seconds of the epoch); `placed` counts calls since the last."""

    at: int
    lines: int
    talking: int
    placed: int

    @property
    def clock(self) -> str:
        """The time of day, UTC."""
        return f"{_EPOCH + timedelta(seconds=self.at):%H:%M:%S}"


@dataclass(slots=True)
class _Step:
    """What changed within one second."""

    lines: int = 0
    talking: int = 0
    placed: int = 0


class Timeline:
    """Lines in use, agents talking and calls placed. Give each event once, in any order."""

    def __init__(self) -> None:
        self._steps: dict[int, _Step] = {}
        self._before = _Step()
        self._horizon = 0
        self.last_at: datetime | None = None

    def add(self, envelope: Mapping[str, object]) -> None:
        """Take in one event."""
        detail = event_detail(envelope)
        occurred_at = parse_instant(detail.get("occurredAt"), "detail.occurredAt")
        if self.last_at is None or occurred_at > self.last_at:
            self.last_at = occurred_at
        second = _second(occurred_at)
        match envelope.get("detail-type"):
            case "Call Placed":
                step = self._step(second)
                step.lines += 1
                step.placed += 1
            case "Call Ended":
                self._step(second).lines -= 1
            case "Agent State Changed":
                talks = detail.get("state") == AgentState.TALK
                talked = detail.get("previousState") == AgentState.TALK
                if talks is not talked:
                    self._step(second).talking += 1 if talks else -1

    def samples(self, end: datetime, span: timedelta, every: timedelta) -> list[Sample]:
        """How it stood at each `every` within the `span` up to `end`, oldest first."""
        step_seconds = every // _SECOND
        last = _second(end) // step_seconds * step_seconds
        first = last - span // _SECOND
        lines, talking = self._before.lines, self._before.talking
        seconds = sorted(self._steps)
        place = 0
        samples = []
        for at in range(first, last + 1, step_seconds):
            placed = 0
            while place < len(seconds) and seconds[place] <= at:
                step = self._steps[seconds[place]]
                lines += step.lines
                talking += step.talking
                if seconds[place] > at - step_seconds:
                    placed += step.placed
                place += 1
            samples.append(Sample(at, max(0, lines), max(0, talking), placed))
        return samples

    def forget_old(self) -> None:
        """Sum up what is too old to be shown."""
        if self.last_at is None:
            return
        self._horizon = max(self._horizon, _second(self.last_at - KEPT))
        for second in [second for second in self._steps if second <= self._horizon]:
            old = self._steps.pop(second)
            self._before.lines += old.lines
            self._before.talking += old.talking

    def _step(self, second: int) -> _Step:
        if second <= self._horizon:
            return self._before
        return self._steps.setdefault(second, _Step())


def _second(instant: datetime) -> int:
    return (instant - _EPOCH) // _SECOND
