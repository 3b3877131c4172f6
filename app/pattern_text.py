"""What `fairdial events match` prints: which part of a pattern an event matches, and which not."""

from __future__ import annotations

import json
from collections.abc import Iterator

from app.bus.patterns.pattern import Explanation, Part


def lines(told: Explanation) -> Iterator[str]:
    """The answer, then a line for each part of the pattern."""
    yield "match" if told.matches else "no match"
    for part in told.parts:
        yield f"  {'yes' if part.matched else 'no ':3}  {part.place}: {part.reason}"
    if told.note:
        yield f"  {told.note}"


def as_json(told: Explanation) -> dict[str, object]:
    """The same for a program; `wanted` and `found` are JSON values."""
    return {
        "matches": told.matches,
        "parts": [_part(part) for part in told.parts],
        "note": told.note,
    }


def _part(part: Part) -> dict[str, object]:
    return {
        "place": part.place,
        "path": part.path,
        "matches": part.matched,
        "wanted": [json.loads(text) for text in part.wanted],
        "found": [json.loads(text) for text in part.found],
        "reason": part.reason,
    }
