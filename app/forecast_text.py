"""A forecast as JSON for a program and as text for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from app import pacing_values
from app.kept_forecast import Column, Foreseen
from campaigns.events import instant_text
from compliance.time_zone import zone
from dialer.laboratory.forecasting import Forecast, Range, difference
from dialer.laboratory.habits import Habits

_WIDTH = 30


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: the figure's name in `OneDay`, in words, and its value as text."""

    name: str
    says: str
    text: Callable[[float], str]


def _points(value: float) -> str:
    return f"{100.0 * value:.1f}"


def _hundredths(value: float) -> str:
    return f"{100.0 * value:.2f}"


FIGURES = (
    Figure("occupancy", "occupancy, % of time signed in", _points),
    Figure("idle_minutes", "idle minutes an agent hour", lambda v: f"{v:.1f}"),
    Figure("abandonment", "abandoned, % of people", _hundredths),
    Figure("people", "people reached", lambda v: f"{v:,.0f}"),
    Figure("calls", "calls", lambda v: f"{v:,.0f}"),
    Figure("left", "contacts left at the end", lambda v: f"{v:,.0f}"),
)


def ranged(figure: Figure, value: Range) -> str:
    """The mean and, where the days differ, the least and the most."""
    mean, least, most = (figure.text(v) for v in (value.mean, value.least, value.most))
    return mean if least == most else f"{mean} ({least} to {most})"


def differing(figure: Figure, value: Range) -> str:
    """How much more the second setting has."""
    told = figure.text(value.mean)
    if not told.strip("-0.,"):
        return told.removeprefix("-")
    return f"+{told}" if value.mean > 0 else told


def finish_text(found: Foreseen, one: Forecast) -> str:
    """When the list is finished, by the campaign's clock."""
    if one.finish is None:
        ended = sum(day.finish_seconds is not None for day in one.days)
        return (
            f"before the end on {ended} of {len(one.days)} days" if ended else "not before the end"
        )
    times = [local(found, s) for s in (one.finish.mean, one.finish.least, one.finish.most)]
    return times[0] if times[1] == times[2] else f"{times[0]} ({times[1]} to {times[2]})"


def local(found: Foreseen, seconds: float) -> str:
    """A second of the forecast by the campaign's clock, without the date where one day is all."""
    here = zone(found.time_zone)
    at = (found.start + timedelta(seconds=seconds)).astimezone(here)
    one_day = found.start.astimezone(here).date() == found.end.astimezone(here).date()
    return f"{at:%H:%M}" if one_day else f"{at:%m-%d %H:%M}"


def assumptions(found: Foreseen) -> Iterator[str]:
    """On what the forecast stands, line by line."""
    habits, held = found.habits, found.held
    if habits.calls:
        yield f"learnt from the campaign's last {habits.calls:,} calls: {_habits(habits)}"
    else:
        yield f"no call was made yet; assumed as on the model day: {_habits(habits)}"
    whom = f"{found.contacts:,} contacts are left"
    if found.screened < found.contacts:
        whom += f" ({found.screened:,} of them were screened and stand for all)"
    yield whom
    if held[0]:
        yield f"the abandonment window holds {held[0]:,} people and {held[1]:,} abandoned"


def _habits(habits: Habits) -> str:
    return (
        f"{100.0 * habits.people:.1f} % answered by people, {100.0 * habits.machines:.1f} % by "
        f"machines, talk {habits.talk.mean:.0f} s, wrap-up {habits.wrap.mean:.0f} s"
    )


def effort(one: Forecast) -> str:
    """How much was played, and what was not."""
    days = f"{len(one.days)} days were played"
    if one.whole:
        return f"{days} second by second, to the end"
    hours = one.played_seconds / 3600.0
    return (
        f"of {len(one.days)} days {hours:.1f} h of work were played second by second: occupancy, "
        "idle time and abandonment are of these; the rest of the list follows at their pace"
    )


def heading(column: Column) -> str:
    """What sets a column apart."""
    told = pacing_values.told(column.assumed)
    return (
        told
        if column.assumed.agents is not None
        else f"{column.agents} agents at work, {told}".rstrip(", ")
    )


def lines(found: Foreseen) -> Iterator[str]:
    """What a manager looks for first: each figure, of both settings where there are two."""
    here = zone(found.time_zone)
    start, end = (f"{at.astimezone(here):%Y-%m-%d %H:%M}" for at in (found.start, found.end))
    yield f"Forecast of {found.name!r} from {start} to {end} ({found.time_zone})"
    for line in assumptions(found):
        yield f"  {line}"
    yield f"  {effort(found.columns[0].forecast)}"
    yield ""
    rows = [[""] + [heading(column) for column in found.columns]]
    one = found.columns[0].forecast
    other = found.columns[1].forecast if len(found.columns) > 1 else None
    if other is not None:
        rows[0].append("difference")
    for figure in FIGURES:
        row = [figure.says] + [ranged(figure, c.forecast.range(figure.name)) for c in found.columns]
        if other is not None:
            row.append(differing(figure, difference(one, other, figure.name)))
        rows.append(row)
    finish = ["list finished"] + [finish_text(found, c.forecast) for c in found.columns]
    rows.append([*finish, finish_difference(one, other)] if other is not None else finish)
    yield from _aligned(rows)


def finish_difference(one: Forecast, other: Forecast) -> str:
    """How much later the second setting finishes the list."""
    if one.finish is None or other.finish is None:
        return ""
    minutes = (other.finish.mean - one.finish.mean) / 60.0
    return f"{minutes:+,.0f} min"


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def as_json(found: Foreseen) -> dict[str, object]:
    """The fields that docs/pacing-forecast.md describes; rates are shares."""
    fields: dict[str, object] = {
        "campaign": found.name,
        "campaignId": found.campaign_id,
        "start": instant_text(found.start),
        "end": instant_text(found.end),
        "contacts": found.contacts,
        "screened": found.screened,
        "callsLearntFrom": found.habits.calls,
        "settings": [_column(found, column) for column in found.columns],
    }
    if len(found.columns) > 1:
        one, other = (column.forecast for column in found.columns[:2])
        fields["difference"] = {
            _camel(figure.name): _range(difference(one, other, figure.name)) for figure in FIGURES
        }
    return fields


def _column(found: Foreseen, column: Column) -> dict[str, object]:
    one = column.forecast
    finish = one.finish
    return {
        "assumed": pacing_values.told(column.assumed),
        "agents": column.agents,
        "days": len(one.days),
        "whole": one.whole,
        "playedSeconds": one.played_seconds,
        **{_camel(figure.name): _range(one.range(figure.name)) for figure in FIGURES},
        "finish": None
        if finish is None
        else {
            key: instant_text(found.start + timedelta(seconds=value))
            for key, value in (
                ("mean", finish.mean),
                ("least", finish.least),
                ("most", finish.most),
            )
        },
        "occupancyByHour": [
            {"hour": hour, "occupancy": round(share, 4)} for hour, share in one.by_hour
        ],
        "idleByBound": {bound: round(share, 4) for bound, share in one.idle_by_bound.items()},
    }


def _range(value: Range) -> dict[str, float]:
    return {
        "mean": round(value.mean, 4),
        "least": round(value.least, 4),
        "most": round(value.most, 4),
    }


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.title() for other in others)
