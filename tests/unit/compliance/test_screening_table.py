"""Hard cases of screening with the answers worked out by hand, from the rules and a calendar alone.

Each line of a `table_*.jsonl` beside this file has a `case` as `fairdial screen` reads it, what is
`expected` of the answer, and `why`. A line that is no valid case expects `{"error": true}`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.screen_filter import run
from tests.screening_cases import rules

TABLES = {path.stem: path for path in sorted(Path(__file__).parent.glob("table_*.jsonl"))}
ROWS = {
    name: [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for name, path in TABLES.items()
}


def screened(cases: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """The answers of the filter to some cases, and its exit code."""
    written: list[str] = []
    exit_code = run((json.dumps(case) for case in cases), written.append, rules())
    return [json.loads(line) for line in written], exit_code


def essence(answer: dict[str, Any]) -> dict[str, Any]:
    """What the tables tell of an answer: the decision, until when, every code once, the zones."""
    if "error" in answer:
        return {"error": True}
    return {
        "decision": answer["decision"],
        "not_before": answer.get("not_before"),
        "codes": sorted({reason["code"] for reason in answer.get("reasons", [])}),
        "time_zones": answer["time_zones"],
    }


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, id=f"{name}: {row['case']['id']} {row['why']}")
        for name, rows in ROWS.items()
        for row in rows
    ],
)
def test_answer(row: dict[str, Any]) -> None:
    """The decision, its first right instant, all its codes and zones are those worked out."""
    (answer,), _ = screened([row["case"]])
    assert essence(answer) == row["expected"]


@pytest.mark.parametrize("name", TABLES)
def test_a_whole_table(name: str) -> None:
    """Answers come in order under their ids, and lines that are no case make the exit code 2."""
    rows = ROWS[name]
    answers, exit_code = screened([row["case"] for row in rows])
    assert [answer["id"] for answer in answers] == [row["case"]["id"] for row in rows]
    assert exit_code == (2 if any("error" in row["expected"] for row in rows) else 0)
