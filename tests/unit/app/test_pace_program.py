"""Another program that paces: asked line by line, and ended; what it does wrong is one line."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from time import sleep

import pytest

from app import pace_filter, pace_program
from app.pace_lines import Ticks, init_line
from app.pace_program import PaceProgram, PaceProgramError
from compliance.case import DialMode
from dialer.laboratory.day import Day, steady
from dialer.laboratory.people import People
from dialer.laboratory.playing import Ours
from dialer.laboratory.world import World
from dialer.pacing import PacingSettings

DAY = Day(4, steady(0.3), hours=0.1, breaks=0)
INIT = init_line(PacingSettings(close_at=360.0), 4, 360.0, (10, 0), 12, None)
LONGER = Day(8, steady(0.3), hours=0.4, breaks=0)
VIEW = World(DAY, People(DAY, 1)).snapshot()


def python(tmp_path: Path, text: str) -> str:
    """The command line of a program of this text."""
    program = tmp_path / "program.py"
    program.write_text(text)
    return shlex.join([sys.executable, str(program)])


ECHO = """
import json, sys
for line in sys.stdin:
    kind = json.loads(line)["type"]
    if kind == "end":
        break
    print(json.dumps({} if kind == "init" else {"dial": 3, "bound": "mine"}), flush=True)
open(sys.argv[1], "w").write("ended")
"""


def test_it_is_asked_at_each_tick_and_ended(tmp_path: Path) -> None:
    """Its number, its bound, and `end` at the end."""
    mark = tmp_path / "mark"
    with PaceProgram(f"{python(tmp_path, ECHO)} {mark}", INIT) as program:
        assert program.pace(VIEW, []) == 3
        assert program.bound == "mine"
    assert mark.read_text() == "ended"


def test_our_own_filter_answers_as_we_decide() -> None:
    """A day's lines, read by `fairdial pace`, give the very calls of the service's decision."""
    world = World(DAY, People(DAY, 2))
    ours, ticks = Ours(DAY.settings), Ticks()
    lines = [json.dumps(init_line(DAY.settings, 4, 360.0, (0, 0), None, None))]
    decided: list[int] = []
    for snapshot, seen in world.ticks():
        lines.append(json.dumps(ticks.line(snapshot, seen)))
        calls = ours.pace(snapshot, seen)
        decided.append(calls)
        world.dial(min(calls, snapshot.max_calls))
    answers: list[dict[str, object]] = []
    pace_filter.run(lines, lambda text: answers.append(json.loads(text)))
    assert answers[0] == {}
    assert [answer["dial"] for answer in answers[1:]] == decided
    assert sum(decided) > 10


def test_more_than_may_be_is_cut(tmp_path: Path) -> None:
    """The list has two contacts left."""
    view = World(Day(4, steady(0.3), hours=0.1, contacts=2), People(DAY, 1)).snapshot()
    with PaceProgram(f"{python(tmp_path, ECHO)} {tmp_path / 'mark'}", INIT) as program:
        assert program.pace(view, []) == 2


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("ready", "its answer is no line of JSON"),
        ("[1]", "its answer is no JSON object"),
        ('{"error": "v: this program speaks version 2"}', "it refused the line: v: this program"),
    ],
)
def test_a_first_answer_of_no_use_is_said(tmp_path: Path, answer: str, says: str) -> None:
    """What it is, and when."""
    text = f"import sys\nsys.stdin.readline()\nprint({answer!r}, flush=True)\nsys.stdin.read()\n"
    with pytest.raises(PaceProgramError, match=says) as told:
        PaceProgram(python(tmp_path, text), INIT)
    assert str(told.value).endswith("(at its first line)")


@pytest.mark.parametrize("dial", ["-1", "2.5", "true", "null", '"4"'])
def test_no_number_of_calls_is_said(tmp_path: Path, dial: str) -> None:
    """A whole number of at least 0 is needed; the second of the day is named."""
    answers = f"""
import sys
for answer in ("{{}}", '{{"dial": {dial}}}'):
    sys.stdin.readline()
    print(answer, flush=True)
sys.stdin.read()
"""
    with (
        PaceProgram(python(tmp_path, answers), INIT) as program,
        pytest.raises(PaceProgramError, match=r"dial: a whole number .* \(at second 0 "),
    ):
        program.pace(VIEW, [])


def test_a_program_that_ends_too_soon_is_said(tmp_path: Path) -> None:
    """It answers the first line only."""
    text = "import sys\nsys.stdin.readline()\nprint('{}', flush=True)\n"
    with (
        PaceProgram(python(tmp_path, text), INIT) as program,
        pytest.raises(PaceProgramError, match="it ended before it was asked to"),
    ):
        program.pace(VIEW, [])


def test_a_silent_program_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It neither answers nor ends; it is ended."""
    monkeypatch.setattr(pace_program, "ANSWER_WITHIN", 0.2)
    monkeypatch.setattr(pace_program, "ENDS_WITHIN", 0.2)
    with pytest.raises(PaceProgramError, match=r"no answer within 0\.2 s"):
        PaceProgram(python(tmp_path, "import time\ntime.sleep(60)\n"), INIT)


@pytest.mark.parametrize(
    ("command", "says"),
    [("", "is empty"), ('"', "No closing quotation"), ("/nowhere/pace x", "No such file")],
)
def test_a_command_that_cannot_be_started_is_said(command: str, says: str) -> None:
    """No traceback, and no shell that would read it otherwise."""
    with pytest.raises(PaceProgramError, match=says):
        PaceProgram(command, INIT)


def test_no_shell_reads_the_command(tmp_path: Path) -> None:
    """What a shell would run is only words."""
    mark = tmp_path / "mark"
    with pytest.raises(PaceProgramError):
        PaceProgram(f"/bin/echo {{}} ; touch {mark}", INIT)
    assert not mark.exists()


FLOOD = """
import sys
sys.stdin.readline()
print("{}", flush=True)
told = 0
try:
    while True:
        print('{"dial": 0}' * 4, flush=True)
        told += 1
finally:
    open(sys.argv[1], "w").write(str(told))
"""


def test_a_program_that_answers_unasked_is_said(tmp_path: Path) -> None:
    """It is not listened to without end, and its stale answers are not taken for new ones."""
    mark = tmp_path / "mark"
    with PaceProgram(f"{python(tmp_path, FLOOD)} {mark}", INIT) as program:
        for _ in range(200):
            if mark.exists() and mark.read_text():
                break
            sleep(0.05)
        assert int(mark.read_text()) < 5_000
        with pytest.raises(PaceProgramError, match="it answers without being asked"):
            program.pace(VIEW, [])


def test_two_answers_for_one_line_are_said(tmp_path: Path) -> None:
    """The second would be taken for the next tick's."""
    answers = """
import sys
sys.stdin.readline()
print("{}", flush=True)
sys.stdin.readline()
print('{"dial": 1}\\n{"dial": 2}', flush=True)
sys.stdin.read()
"""
    with PaceProgram(python(tmp_path, answers), INIT) as program:
        assert program.pace(VIEW, []) == 1
        sleep(0.3)
        with pytest.raises(PaceProgramError, match="it answers without being asked"):
            program.pace(VIEW, [])


@pytest.mark.parametrize(("mode", "ratio"), [("progressive", None), ("predictive", 1.5)])
def test_our_own_filter_is_told_the_way_of_dialing(mode: str, ratio: float | None) -> None:
    """One to one, or a fixed ratio: again the very calls of the service's decision."""
    settings = replace(LONGER.settings, dial_mode=DialMode(mode), calls_per_agent=ratio)
    world = World(LONGER, People(LONGER, 2))
    ours, ticks = Ours(settings), Ticks()
    lines = [json.dumps(init_line(settings, 8, LONGER.close_at, (0, 0), None, None))]
    decided: list[int] = []
    for snapshot, seen in world.ticks():
        lines.append(json.dumps(ticks.line(snapshot, seen)))
        decided.append(ours.pace(snapshot, seen))
        world.dial(min(decided[-1], snapshot.max_calls))
    answers: list[dict[str, object]] = []
    pace_filter.run(lines, lambda text: answers.append(json.loads(text)))
    assert [answer["dial"] for answer in answers[1:]] == decided
