"""`fairdial abandonment`: events in, one line for each campaign, definition and window out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from fractions import Fraction

from app.errors import BadInputError
from compliance.abandonment_definitions import DefinitionName
from compliance.abandonment_rates import rates
from compliance.ended_call import EndedCall, EventFieldError, ended_call

_CALL_ENDED = "Call Ended"


class BadEventError(BadInputError):
    """A line that is no event; the message names the line and the field."""


def run(
    lines: Iterable[str | bytes],
    write: Callable[[str], object],
    definition: str | None = None,
    at: datetime | None = None,
    complain: Callable[[str], object] | None = None,
    false_positive_rate: Fraction | None = None,
) -> int:
    """Read event envelopes, write the figures, return the exit code: 0, or 2 for bad input.

    `write` gets whole lines, and only once every event is read: with bad input nothing is
    written, and `complain` (standard error) gets one line. `definition` None stands for all
    four; with `at` (an aware instant) only the windows that contain it are written, else every
    window. Lines may be bytes, so that bad UTF-8 is named by its line too. With
    `false_positive_rate` the reasoned estimate is made where the definition asks for one.
    """
    try:
        names = _names(definition)
        found = rates(_ended_calls(lines), names, at, false_positive_rate)
    except BadEventError as error:
        (complain or sys.stderr.write)(f"fairdial abandonment: {error}\n")
        return 2
    for rate in found:
        write(json.dumps(rate.line()) + "\n")
    return 0


def _names(definition: str | None) -> tuple[DefinitionName, ...]:
    if definition is None:
        return tuple(DefinitionName)
    try:
        return (DefinitionName(definition),)
    except ValueError:
        known = ", ".join(DefinitionName)
        raise BadEventError(f"--definition: must be one of {known}") from None


def _ended_calls(lines: Iterable[str | bytes]) -> Iterator[EndedCall]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            envelope = _envelope(line)
            if envelope["detail-type"] == _CALL_ENDED:
                yield ended_call(envelope)
        except EventFieldError as error:
            raise BadEventError(f"line {number}: {error}") from None


def _envelope(line: str | bytes) -> dict[str, object]:
    try:
        envelope = json.loads(line)
    except (ValueError, RecursionError):
        raise EventFieldError("the line", "must be one event as JSON in UTF-8") from None
    if not isinstance(envelope, dict):
        raise EventFieldError("the line", "must be one event, a JSON object")
    if not isinstance(envelope.get("detail-type"), str):
        raise EventFieldError("detail-type", "must be text")
    return envelope
