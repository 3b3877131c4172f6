"""A forecast as its page draws it: a table of two settings, and bars in shares of a chart."""

from __future__ import annotations

from dataclasses import dataclass

from app import forecast_text
from app.kept_forecast import Foreseen
from dialer.laboratory.forecasting import difference

LABELS = 6
"""So many bars have a time under them, at most: more do not fit on a phone."""


@dataclass(frozen=True, slots=True)
class Row:
    """A figure: each setting's mean and range, and how much more the second has."""

    says: str
    means: tuple[str, ...]
    ranges: tuple[str, ...]
    difference: str


@dataclass(frozen=True, slots=True)
class HourBar:
    """An hour from the start: its place and each setting's height in percent of the chart."""

    label: str
    x: float
    width: float
    heights: tuple[float | None, ...]


def rows(found: Foreseen) -> list[Row]:
    """The table."""
    forecasts = [column.forecast for column in found.columns]
    one, other = forecasts[0], forecasts[-1]
    has_two = len(forecasts) > 1
    lines = []
    for figure in forecast_text.FIGURES:
        values = [each.range(figure.name) for each in forecasts]
        more = ""
        if has_two:
            more = forecast_text.differing(figure, difference(one, other, figure.name))
        lines.append(
            Row(
                says=figure.says,
                means=tuple(figure.text(value.mean) for value in values),
                ranges=tuple(
                    f"{figure.text(value.least)} to {figure.text(value.most)}" for value in values
                ),
                difference=more,
            )
        )
    finishes = [forecast_text.finish_text(found, each) for each in forecasts]
    more = forecast_text.finish_difference(one, other) if has_two else ""
    means = tuple(text.partition(" (")[0] for text in finishes)
    ranges = tuple(text.partition(" (")[2].removesuffix(")") for text in finishes)
    lines.append(Row(f"list finished ({found.time_zone})", means, ranges, more))
    return lines


def bars(found: Foreseen) -> list[HourBar]:
    """The share of the agents' time in talk and wrap-up, hour by hour."""
    by_hour = [dict(column.forecast.by_hour) for column in found.columns]
    hours = sorted({hour for one in by_hour for hour in one})
    step = -(-len(hours) // LABELS) or 1
    return [
        HourBar(
            label=forecast_text.local(found, 3600.0 * hour) if number % step == 0 else "",
            x=100.0 * number / len(hours),
            width=100.0 / len(hours),
            heights=tuple(
                None if hour not in one else round(100.0 * one[hour], 1) for one in by_hour
            ),
        )
        for number, hour in enumerate(hours)
    ]
