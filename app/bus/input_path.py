"""Paths into an event, as EventBridge's InputPath: `$`, names with dots, places in arrays.

Which of JSON path EventBridge follows: dot notation, names of letters, digits, dashes, underscores
and slashes, places in arrays, and `[*]` for all of them (user guide, "Input transformation").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.bus.patterns.errors import TemplateError

MAX_LENGTH = 256
"""Characters in a path, at most (API reference, Target)."""

MISSING: Final = object()
"""What a path finds where the event has nothing."""

_STEP = re.compile(r"\.([A-Za-z0-9_/-]+)|\[(\d{1,9}|\*)\]", re.ASCII)
_Step = str | int | None


@dataclass(frozen=True, slots=True)
class InputPath:
    """A path that was read; its steps are names, places, and None for every place."""

    steps: tuple[_Step, ...]

    def find(self, event: Mapping[str, Any]) -> object:
        """What is there, or `MISSING`; of a path with `[*]` the list of all that is there."""
        found: list[object] = [event]
        for step in self.steps:
            found = [inner for value in found for inner in _inner(value, step)]
        if None in self.steps:
            return found
        return found[0] if found else MISSING


def parse(text: str, place: str = "path") -> InputPath:
    """Read a path; `place` is where it stands, for the error.

    Raises:
        TemplateError: no path, or one of a kind that EventBridge does not follow.
    """
    steps = list(_STEP.finditer(text, 1))
    if text != "$" + "".join(step[0] for step in steps) or len(text) > MAX_LENGTH:
        raise TemplateError(place, "must be a path such as $.detail.state or $.resources[0]")
    return InputPath(tuple(_step(step[1], step[2]) for step in steps))


def _step(name: str | None, at: str) -> _Step:
    if name is not None:
        return name
    return None if at == "*" else int(at)


def _inner(value: object, step: _Step) -> Iterator[object]:
    if isinstance(step, str):
        if isinstance(value, dict) and step in value:
            yield value[step]
    elif isinstance(value, list):
        yield from value if step is None else value[step : step + 1]
