"""A replayed day as JSON for a program and as text for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict

from pydantic.alias_generators import to_camel

from app import pacing_values
from app.replay_command import Replayed
from campaigns.events import instant_text
from dialer.laboratory.past import Figures

_TEXTS: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("occupancy", "occupancy, % of time signed in", lambda v: f"{100.0 * v:.1f}"),
    ("idle_minutes", "idle minutes an agent hour", lambda v: f"{v:.1f}"),
    ("abandonment", "abandoned, % of people", lambda v: f"{100.0 * v:.2f}"),
    ("abandoned", "people abandoned", lambda v: f"{v:,.0f}"),
    ("people", "people reached", lambda v: f"{v:,.0f}"),
    ("calls", "calls", lambda v: f"{v:,.0f}"),
    ("wait_mean", "wait for an agent, s, mean", lambda v: f"{v:.2f}"),
    ("wait_p95", "wait for an agent, s, 95 %", lambda v: f"{v:.2f}"),
)


def other_name(found: Replayed) -> str:
    """What the other column is called."""
    told = pacing_values.told(found.changed)
    if found.paced_by is None:
        return told
    return f"other pacing, {told}" if told else "other pacing"


def lines(found: Replayed) -> Iterator[str]:
    """The three columns; each difference is to the replay as it was set."""
    past = found.past
    yield f"Replay of {found.day} ({found.time_zone}): {len(past.calls):,} calls, " + (
        f"{len(past.shifts)} agents, {past.seconds / 3600.0:.1f} h from {instant_text(found.start)}"
    )
    if past.prior_live:
        yield (
            f"  before it the window held {past.prior_live:,} people and {past.prior_abandoned:,} "
            "abandoned"
        )
    if past.dry:
        yield "  the list ran dry: there are no other contacts than those that were called"
    beyond = max(f.calls for f in (found.as_it_was, found.otherwise or found.as_it_was))
    if beyond > len(past.calls):
        yield f"  {beyond - len(past.calls):,} calls beyond the recorded ones were drawn from them"
    yield ""
    rows = [["", "really", "replayed", "error"]]
    if found.otherwise is not None:
        rows[0] += [other_name(found), "difference"]
    for name, says, text in _TEXTS:
        really, as_it_was = getattr(past.figures, name), getattr(found.as_it_was, name)
        row = [says, text(really), text(as_it_was), _signed(text, as_it_was - really)]
        if found.otherwise is not None:
            other = getattr(found.otherwise, name)
            row += [text(other), _signed(text, other - as_it_was)]
        rows.append(row)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield "  ".join(cells).rstrip()


def _signed(text: Callable[[float], str], value: float) -> str:
    told = text(value)
    if not told.strip("-0.,"):
        return told.removeprefix("-")
    return f"+{told}" if value > 0 else told


def as_json(found: Replayed) -> dict[str, object]:
    """The fields that docs/pacing-replay.md describes; rates are shares."""
    past = found.past
    fields: dict[str, object] = {
        "campaignId": found.campaign_id,
        "day": found.day.isoformat(),
        "timeZone": found.time_zone,
        "start": instant_text(found.start),
        "seconds": past.seconds,
        "agents": len(past.shifts),
        "recordedCalls": len(past.calls),
        "ranDry": bool(past.dry),
        "really": _figures(past.figures),
        "replayed": _figures(found.as_it_was),
        "error": _difference(found.as_it_was, past.figures),
    }
    if found.otherwise is not None:
        fields["changed"] = pacing_values.told(found.changed)
        fields["pacedBy"] = found.paced_by
        fields["otherwise"] = _figures(found.otherwise)
        fields["difference"] = _difference(found.otherwise, found.as_it_was)
    return fields


def _figures(figures: Figures) -> dict[str, float]:
    return {to_camel(name): round(value, 4) for name, value in asdict(figures).items()}


def _difference(one: Figures, other: Figures) -> dict[str, float]:
    before = asdict(other)
    return {to_camel(name): round(value - before[name], 4) for name, value in asdict(one).items()}
