"""Call logs with the abandonment figures worked out apart from the code, from the contract alone.

Each line of `abandonment_table.jsonl` has `events`, the command's `arguments`, the lines `expected`
(null: bad input) and `why`. An event with `copies` stands for so many calls that differ in their
`attemptId` only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from app.abandonment_filter import run

TABLE = Path(__file__).with_name("abandonment_table.jsonl")
ROWS = [json.loads(line) for line in TABLE.read_text(encoding="utf-8").splitlines()]


def calls(event: dict[str, Any]) -> Iterator[str]:
    """The lines that an event of the table stands for."""
    attempt = event.get("detail", {}).get("attemptId")
    for copy in range(event.pop("copies", 1)):
        if copy:
            event["detail"]["attemptId"] = f"{attempt} {copy}"
        yield json.dumps(event)


@pytest.mark.parametrize("row", [pytest.param(row, id=row["why"]) for row in ROWS])
def test_figures(row: dict[str, Any]) -> None:
    """Every line, with every field, is the one worked out; bad input has none."""
    given = dict(zip(row["arguments"][::2], row["arguments"][1::2], strict=True))
    at = datetime.fromisoformat(given["--at"]) if "--at" in given else None
    lines = [line for event in json.loads(json.dumps(row["events"])) for line in calls(event)]
    written: list[str] = []
    complaints: list[str] = []
    code = run(lines, written.append, given.get("--definition"), at, complaints.append)
    assert [json.loads(line) for line in written] == (row["expected"] or [])
    assert (code, len(complaints)) == ((2, 1) if row["expected"] is None else (0, 0))
