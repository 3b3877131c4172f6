"""`fairdial screen`: one case a line in, one decision a line out, in order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from app.case_reader import parse_line, read_case
from compliance.rules import Rulebook
from compliance.screening import InvalidCaseError, published, screen

_BYTE_ORDER_MARK = "\ufeff"


def run(lines: Iterable[str | bytes], write: Callable[[str], object], rulebook: Rulebook) -> int:
    """Screen every case, write a line for each, return the exit code.

    A line that is no valid case gets `{"id": ..., "error": ...}` and the rest goes on; the code is
    2 if there was any, else 0. Lines may be bytes, so that bad UTF-8 is one bad line only.
    """
    exit_code = 0
    for number, line in enumerate(lines):
        answer = _answer(_without_mark(line) if number == 0 else line, rulebook)
        if "error" in answer:
            exit_code = 2
        write(json.dumps(answer) + "\n")
    return exit_code


def _answer(line: str | bytes, rulebook: Rulebook) -> dict[str, object]:
    case_id: object = None
    try:
        fields = parse_line(line)
        case_id = fields.get("id") if isinstance(fields.get("id"), str) else None
        return {"id": case_id, **published(screen(read_case(fields), rulebook))}
    except InvalidCaseError as error:
        return {"id": case_id, "error": str(error)}


def _without_mark(line: str | bytes) -> str | bytes:
    if isinstance(line, bytes):
        return line.removeprefix(_BYTE_ORDER_MARK.encode())
    return line.removeprefix(_BYTE_ORDER_MARK)
