"""The judge's rows as text, Markdown and CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from io import StringIO

from bench.pacing.judge import Row, Verdict

Column = tuple[str, Callable[[Row], str]]

COLUMNS: tuple[Column, ...] = (
    ("policy", lambda r: r.policy),
    ("days", lambda r: str(r.days)),
    ("occupancy", lambda r: f"{r.occupancy:.3f}"),
    ("talk min/h", lambda r: f"{r.talk_minutes:.1f}"),
    ("abandoned %", lambda r: f"{100.0 * r.rate_mean:.2f}"),
    ("worst %", lambda r: f"{100.0 * r.rate_worst:.2f}"),
    ("days over %", lambda r: f"{100.0 * r.over:.0f}"),
    ("wait s", lambda r: f"{r.wait_mean:.2f}"),
    ("p95 s", lambda r: f"{r.wait_p95:.2f}"),
)


def _idle(row: Row) -> str:
    parts = sorted(row.idle.items(), key=lambda part: -part[1])
    return ", ".join(f"{bound or 'unsaid'} {100.0 * s:.1f}" for bound, s in parts if s >= 0.0005)


LOSSES: tuple[Column, ...] = (
    ("policy", lambda r: r.policy),
    ("idle %", lambda r: f"{100.0 * sum(r.idle.values()):.1f}"),
    ("idle by what bound the dialing", _idle),
    ("machines %", lambda r: f"{100.0 * r.machines:.1f}"),
    ("inbound %", lambda r: f"{100.0 * r.inbound:.1f}"),
    ("inbound wait s", lambda r: f"{r.caller_wait:.1f}"),
    ("allowance unspent %", lambda r: f"{3.0 - 100.0 * r.rate_mean:.2f}"),
)
"""Where the agents' time went that people did not have; the policy must name what bound it."""


def _cells(group: str, rows: Iterable[Row], columns: Sequence[Column]) -> list[list[str]]:
    """The titles, then a line for each row; a group is named once."""
    lines = [[group, *(title for title, _ in columns)]]
    last = ""
    for row in rows:
        lines.append(["" if row.group == last else row.group, *(of(row) for _, of in columns)])
        last = row.group
    return lines


def text(group: str, rows: Iterable[Row], columns: Sequence[Column] = COLUMNS) -> str:
    """Aligned columns, words to the left and figures to the right."""
    lines = _cells(group, rows, columns)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i < 2 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def markdown(group: str, rows: Iterable[Row], columns: Sequence[Column] = COLUMNS) -> str:
    """A Markdown table."""
    titles, *lines = _cells(group, rows, columns)
    return "\n".join(
        "| " + " | ".join(line) + " |" for line in (titles, ["---"] * len(titles), *lines)
    )


FIGURES: tuple[tuple[str, Callable[[Verdict], object]], ...] = (
    ("day", lambda v: v.day),
    ("agents", lambda v: v.agents),
    ("policy", lambda v: v.policy),
    ("seed", lambda v: v.seed),
    ("occupancy", lambda v: round(v.occupancy, 6)),
    ("talk_minutes", lambda v: round(v.talk_minutes, 4)),
    ("rate", lambda v: round(v.rate, 6)),
    ("over", lambda v: int(v.over)),
    ("wait_mean", lambda v: round(v.wait_mean, 4)),
    ("wait_p95", lambda v: round(v.wait_p95, 4)),
    ("machines", lambda v: round(v.machines, 6)),
    ("idle", lambda v: round(sum(v.idle.values()), 6)),
)


def days_csv(verdicts: Iterable[Verdict]) -> str:
    """A line for each day that was run."""
    out = StringIO()
    write = csv.writer(out, lineterminator="\n").writerow
    write(title for title, _ in FIGURES)
    for one in verdicts:
        write(of(one) for _, of in FIGURES)
    return out.getvalue()
