"""The laboratory's two pictures as plain SVG: occupancy against abandonment, and a day's course."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from bench.pacing.judge import LIMIT_RATE, Row
from bench.pacing.running import Moment

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 860, 420, 60, 190, 40, 50

COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#666666")
"""Okabe and Ito's, which people with colour blindness can tell apart."""

SHAPES = ("circle", "square", "diamond")


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: its title, its range, the pixels of its ends, into how many steps it is divided."""

    title: str
    low: float
    high: float
    start: float
    end: float
    steps: int

    def at(self, value: float) -> float:
        """The pixel of a value; what is outside lies on the edge."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Values at equal distances."""
        span = self.high - self.low
        return [self.low + span * i / self.steps for i in range(self.steps + 1)]


def occupancy_by_abandonment(rows: Sequence[Row], title: str) -> str:
    """A point for each row; the line is the limit."""
    most = 12.0 if any(row.rate_mean > 0.04 for row in rows) else 4.0
    x = Axis("abandoned, % (mean of the days)", 0.0, most, LEFT, WIDTH - RIGHT, 4)
    y = Axis("occupancy", 0.4, 1.0, HEIGHT - BOTTOM, TOP, 6)
    limit = x.at(100.0 * LIMIT_RATE)
    parts = [*_frame(title, x, y), _line([(limit, TOP), (limit, HEIGHT - BOTTOM)], "#999", "4 3")]
    for i, row in enumerate(rows):
        color, shape = COLORS[i % len(COLORS)], SHAPES[i // len(COLORS) % len(SHAPES)]
        parts.append(_mark(x.at(100.0 * row.rate_mean), y.at(row.occupancy), shape, color))
        parts += _legend(i, row.policy, shape, color)
    return _svg(parts)


def course(title: str, courses: Mapping[str, Sequence[Moment]], close_hour: float) -> str:
    """Over one day: busy agents as full lines, abandoned as dotted ones; grey: who answers."""
    x = Axis("hour", 0.0, close_hour, LEFT, WIDTH - RIGHT, max(2, int(close_hour)))
    y = Axis("share of agents not idle", 0.0, 1.0, HEIGHT - BOTTOM, TOP, 5)
    rate = Axis("abandoned so far", 0.0, 0.06, HEIGHT - BOTTOM, TOP, 6)
    limit = rate.at(LIMIT_RATE)
    parts = [*_frame(title, x, y), _line([(LEFT, limit), (WIDTH - RIGHT, limit)], "#999", "4 3")]
    people = next(iter(courses.values()))
    parts.append(_line([(x.at(m.hour), y.at(m.people)) for m in people], "#bbb"))
    for i, (policy, moments) in enumerate(courses.items()):
        color = COLORS[i % len(COLORS)]
        parts.append(_line([(x.at(m.hour), y.at(1.0 - m.idle)) for m in moments], color))
        parts.append(_line([(x.at(m.hour), rate.at(m.rate)) for m in moments], color, "2 3"))
        parts += _legend(i, policy, SHAPES[0], color)
    notes = ("full: agents not idle", "dotted: abandoned so far,", "3 % at the dashed line")
    for i, note in enumerate((*notes, "grey: share of people")):
        parts.append(_text(WIDTH - RIGHT + 12, HEIGHT - BOTTOM - 54 + 18 * i, note, "start"))
    return _svg(parts)


def _svg(parts: Iterable[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        ' font-family="sans-serif" font-size="12">'
    )
    ground = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
    return "\n".join([head, ground, *parts, "</svg>", ""])


def _frame(title: str, x: Axis, y: Axis) -> list[str]:
    parts = [
        f"<title>{escape(title)}</title>",
        _text((LEFT + WIDTH - RIGHT) / 2, 22, title, "middle"),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, x.title, "middle"),
        _text(LEFT - 44, TOP - 12, y.title, "start"),
    ]
    for value in x.ticks():
        parts.append(_line([(x.at(value), TOP), (x.at(value), HEIGHT - BOTTOM)], "#eee"))
        parts.append(_text(x.at(value), HEIGHT - BOTTOM + 18, f"{value:.3g}", "middle"))
    for value in y.ticks():
        parts.append(_line([(LEFT, y.at(value)), (WIDTH - RIGHT, y.at(value))], "#eee"))
        parts.append(_text(LEFT - 8, y.at(value) + 4, f"{value:.2f}", "end"))
    return parts


def _legend(i: int, name: str, shape: str, color: str) -> list[str]:
    y = TOP + 8 + 17 * i
    return [_mark(WIDTH - RIGHT + 18, y, shape, color), _text(WIDTH - RIGHT + 30, y + 4, name)]


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _line(points: Iterable[tuple[float, float]], color: str, dashes: str = "") -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="1.5"{dashed}/>'


def _mark(x: float, y: float, shape: str, color: str) -> str:
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{color}"/>'
    turn = f' transform="rotate(45 {x:.1f} {y:.1f})"' if shape == "diamond" else ""
    return f'<rect x="{x - 4.5:.1f}" y="{y - 4.5:.1f}" width="9" height="9" fill="{color}"{turn}/>'
