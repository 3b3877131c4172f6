"""`fairdial events match`: answers, exit codes, and what is said to bad input."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from app.cli import main

ENDED = {
    "detail-type": "Call Ended",
    "source": "fairdial",
    "detail": {"answeredBy": "machine", "ringSeconds": 12.50, "agentId": None},
}
PEOPLE = {"detail-type": ["Call Ended"], "detail": {"answeredBy": ["human", "unknown"]}}
LONG_RINGS = {"detail": {"ringSeconds": [{"numeric": [">", 10]}], "agentId": [None]}}


class Command:
    """`fairdial events match` on files of a folder."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self._folder = folder
        self._capture = capture

    def file(self, name: str, content: object) -> Path:
        """A file of JSON, or of a text as it is."""
        file = self._folder / name
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        return file

    def __call__(self, *arguments: object) -> tuple[int, str, str]:
        """Exit code, output and errors."""
        with pytest.raises(SystemExit) as stopped:
            main(["events", "match", *map(str, arguments)])
        printed = self._capture.readouterr()
        return int(stopped.value.code or 0), printed.out, printed.err


@pytest.fixture
def match(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """A folder without files."""
    return Command(tmp_path, capsys)


def test_a_match(match: Command) -> None:
    """Exit code 0, and what each part is."""
    code, output, errors = match(match.file("p", LONG_RINGS), match.file("e", ENDED))
    assert (code, errors) == (0, "")
    assert output.splitlines() == [
        "match",
        "  yes  detail.ringSeconds: is 12.5",
        "  yes  detail.agentId: is null",
    ]


def test_no_match(match: Command) -> None:
    """Exit code 1, and which part is at fault."""
    code, output, errors = match(match.file("p", PEOPLE), match.file("e", ENDED))
    assert (code, errors) == (1, "")
    assert output.splitlines() == [
        "no match",
        '  yes  detail-type: is "Call Ended"',
        '  no   detail.answeredBy: is "machine"; wanted "human" or "unknown"',
    ]


def test_no_match_in_one_element(match: Command) -> None:
    """The note stands last."""
    pattern = match.file("p", {"v": {"a": [1], "b": [2]}})
    code, output, _ = match(pattern, match.file("e", {"v": [{"a": 1}, {"b": 2}]}))
    assert code == 1
    assert output.splitlines()[-1] == "  each part matches, but in different elements of an array"


def test_json(match: Command) -> None:
    """The same as values."""
    code, output, _ = match(match.file("p", PEOPLE), match.file("e", ENDED), "--json")
    assert code == 1
    told: dict[str, Any] = json.loads(output)
    assert told["matches"] is False
    assert told["note"] is None
    assert told["parts"][1] == {
        "place": "detail.answeredBy",
        "path": "detail.answeredBy",
        "matches": False,
        "wanted": ["human", "unknown"],
        "found": ["machine"],
        "reason": 'is "machine"; wanted "human" or "unknown"',
    }


@pytest.mark.parametrize("dashed", [0, 1])
def test_standard_input(match: Command, monkeypatch: pytest.MonkeyPatch, dashed: int) -> None:
    """Either of the two."""
    contents = [LONG_RINGS, ENDED]
    files: list[object] = [match.file("p", LONG_RINGS), match.file("e", ENDED)]
    files[dashed] = "-"
    given = io.BytesIO(json.dumps(contents[dashed]).encode())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(given))
    assert match(*files)[0] == 0


@pytest.mark.parametrize(
    ("pattern", "event", "problem"),
    [
        ("{", ENDED, "p: line 1, column 2: not JSON"),
        ({"detail": {"v": [{"prefix": 1}]}}, ENDED, "p: detail.v[0].prefix: must be a string"),
        (PEOPLE, [ENDED], "e: event: must be a JSON object"),
        (PEOPLE, '{"a": 1}\n{"a": 2}', "e: line 2, column 1: not JSON"),
        (PEOPLE, "", "e: line 1, column 1: not JSON"),
        (PEOPLE, '{"a": NaN}', "e: event: not JSON"),
    ],
)
def test_bad_input_is_one_line(
    match: Command, pattern: object, event: object, problem: str
) -> None:
    """The file, the place in it, what is wrong."""
    code, output, errors = match(match.file("p", pattern), match.file("e", event))
    assert (code, output) == (2, "")
    assert errors.count("\n") == 1
    assert problem in errors


def test_bad_files(match: Command, tmp_path: Path) -> None:
    """A file that is not there or no text, and standard input for both."""
    there = match.file("there", PEOPLE)
    strange = tmp_path / "strange"
    strange.write_bytes(b"\xff\xfe{")
    for arguments, problem in (
        ((tmp_path / "gone", there), "gone: cannot be read: No such file"),
        ((there, tmp_path), "cannot be read: Is a directory"),
        ((there, strange), "strange: is not UTF-8 text"),
        (("-", "-"), "cannot both be read from standard input"),
    ):
        code, output, errors = match(*arguments)
        assert (code, output) == (2, "")
        assert problem in errors
