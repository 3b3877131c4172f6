"""Pacing decisions as their page draws them: strips over time, and a curve of bars."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.web.words import bound_words, percent
from compliance.columns import EPOCH
from dialer.pacing import Bound
from dialer.pacing.curve import Curve
from dialer.ports import LoggedDecision

BUCKETS = 120
"""A strip has so many steps: as fine as a phone shows."""
ROWS = 10
"""The table of a span has so many rows."""
LABELS = 5
"""So many times stand under a span, about."""
BARS = 48
"""A curve has so many bars, about."""
TOP_LEAST = 0.001
"""A curve's full height is so much at the least, so that next to nothing looks like it."""

_MINUTE = timedelta(minutes=1)

_KINDS = {
    Bound.NO_FREE_AGENT: "talk",
    Bound.CALLS_PER_AGENT: "talk",
    Bound.INBOUND: "talk",
    Bound.ABANDONMENT_BUDGET: "wrap",
    Bound.TRUNK: "idle",
    Bound.CALLS_PER_SECOND: "break",
    Bound.NOBODY_CALLABLE: "out",
    Bound.LIST_FINISHED: "out",
    Bound.NO_AGENTS: "out",
    Bound.CLOSED: "out",
    Bound.NOT_RUNNING: "out",
}
"""The colour of what binds in the ordinary course; of what should not be, it is red."""


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a strip, in percent of its width and height."""

    x: float
    width: float
    height: float = 100.0
    says: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """One thing that bound: its words, its colour, its share of the ticks, and when it did."""

    says: str
    kind: str
    share: float
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class SpanRow:
    """A tenth of the span in figures; `at` is its first decision."""

    at: datetime
    ticks: int
    placed: int
    idle: float | None
    says: str


@dataclass(frozen=True, slots=True)
class Strips:
    """A span of decisions. `mark` is where the chosen one is, in percent; `labels` are times."""

    start: datetime
    end: datetime
    placed: tuple[Step, ...]
    most_placed: int
    idle: tuple[Step, ...]
    most_idle: float
    lanes: tuple[Lane, ...]
    rows: tuple[SpanRow, ...]
    labels: tuple[tuple[float, str], ...]
    mark: float


@dataclass(frozen=True, slots=True)
class Bar:
    """What so many calls would risk; places and heights in percent of the chart."""

    calls: int
    nobody: float
    loss: float
    x: float
    width: float
    height: float
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class CurveView:
    """The curve: its bars, and the height of the threshold where there is one."""

    bars: tuple[Bar, ...]
    top: float
    threshold: float | None
    threshold_height: float | None


def strips(
    decisions: Sequence[LoggedDecision], start: datetime, end: datetime, at: datetime
) -> Strips:
    """The span from `start` to `end`; `at` is when the chosen decision was made."""
    buckets = _in_parts(decisions, start, end, BUCKETS)
    placed = [sum(one.placed for one in bucket) for bucket in buckets]
    idle = [_idle(bucket) for bucket in buckets]
    most_placed, most_idle = max(placed), max((each or 0.0 for each in idle), default=0.0)
    width = 100.0 / BUCKETS
    return Strips(
        start=start,
        end=end,
        placed=tuple(
            Step(i * width, width, 100.0 * calls / most_placed)
            for i, calls in enumerate(placed)
            if calls
        ),
        most_placed=most_placed,
        idle=tuple(
            Step(i * width, width, 100.0 * agents / most_idle)
            for i, agents in enumerate(idle)
            if agents
        ),
        most_idle=most_idle,
        lanes=_lanes(decisions, buckets),
        rows=_rows(_in_parts(decisions, start, end, ROWS)),
        labels=_labels(start, end),
        mark=100.0 * ((at - start) / (end - start)),
    )


def _in_parts(
    decisions: Sequence[LoggedDecision], start: datetime, end: datetime, parts: int
) -> list[list[LoggedDecision]]:
    buckets: list[list[LoggedDecision]] = [[] for _ in range(parts)]
    step = (end - start) / parts
    for one in decisions:
        buckets[min(parts - 1, int((one.decided_at - start) / step))].append(one)
    return buckets


def _idle(bucket: Sequence[LoggedDecision]) -> float | None:
    """Free agents on average; None where no decision says."""
    known = [one.inputs["idle"] for one in bucket if "idle" in one.inputs]
    return sum(known) / len(known) if known else None


def _lanes(
    decisions: Sequence[LoggedDecision], buckets: Sequence[Sequence[LoggedDecision]]
) -> tuple[Lane, ...]:
    """A lane for each thing that bound, that of the most ticks first."""
    ticks = Counter(one.bound for one in decisions)
    return tuple(
        Lane(
            says=bound_words(bound),
            kind=_KINDS.get(Bound(bound), "over") if bound in set(Bound) else "over",
            share=count / len(decisions),
            steps=_runs([any(one.bound == bound for one in bucket) for bucket in buckets]),
        )
        for bound, count in ticks.most_common()
    )


def _runs(bound: Sequence[bool]) -> tuple[Step, ...]:
    """Neighbouring buckets as one step."""
    width = 100.0 / len(bound)
    steps: list[Step] = []
    began = None
    for i, binds in enumerate([*bound, False]):
        if binds and began is None:
            began = i
        elif not binds and began is not None:
            steps.append(Step(began * width, (i - began) * width))
            began = None
    return tuple(steps)


def _rows(parts: Sequence[Sequence[LoggedDecision]]) -> tuple[SpanRow, ...]:
    return tuple(
        SpanRow(
            at=part[0].decided_at,
            ticks=len(part),
            placed=sum(one.placed for one in part),
            idle=_idle(part),
            says=bound_words(Counter(one.bound for one in part).most_common(1)[0][0]),
        )
        for part in parts
        if part
    )


def _labels(start: datetime, end: datetime) -> tuple[tuple[float, str], ...]:
    """Whole minutes, some five of them; one at the right edge would be cut off."""
    each = max(_MINUTE, (end - start) / LABELS // _MINUTE * _MINUTE)
    first = EPOCH + -((EPOCH - start) // each) * each
    found = []
    at = first
    while at < end:
        x = 100.0 * ((at - start) / (end - start))
        if x <= 90.0:
            found.append((x, f"{at:%H:%M}"))
        at += each
    return tuple(found)


def curve_view(curve: Curve) -> CurveView:
    """The curve as bars: those of the calls that were decided, and those beyond."""
    most = len(curve.nobody)
    step = -(-most // BARS)
    beyond = curve.nobody[min(curve.calls, most - 1)]
    top = max(TOP_LEAST, 3.0 * (curve.threshold or 0.0), 1.2 * beyond)
    top = min(top, max(TOP_LEAST, *curve.nobody, curve.threshold or 0.0))
    # Counted from the decision's own number, so that it has a bar whatever the step.
    shown = range((curve.calls - 1) % step + 1, most + 1, step)
    width = 100.0 / len(shown)
    label_each = -(-len(shown) // 8)
    return CurveView(
        bars=tuple(
            Bar(
                calls=calls,
                nobody=curve.nobody[calls - 1],
                loss=curve.loss[calls - 1],
                x=i * width,
                width=width,
                height=100.0 * min(1.0, curve.nobody[calls - 1] / top),
                kind="talk" if calls <= curve.calls else "out",
                label=f"{calls:,}" if i % label_each == 0 and i <= 0.92 * len(shown) else "",
            )
            for i, calls in enumerate(shown)
        ),
        top=top,
        threshold=curve.threshold,
        threshold_height=None if curve.threshold is None else 100.0 * curve.threshold / top,
    )


def chance(share: float) -> str:
    """A chance in percent, small ones too."""
    return percent(share, 1 if share >= 0.1 else 3)
