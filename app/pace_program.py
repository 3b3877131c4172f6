"""Another program that paces: it is sent the contract's lines, and asked how many calls to start.

It is started without a shell, with no more than its own words, and ended with `end`; it has
`ANSWER_WITHIN` for each answer. Whatever it does wrong is one clear line.
"""

from __future__ import annotations

import json
import queue
import shlex
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from app.errors import BadInputError
from app.pace_lines import Ticks
from dialer.forecast import Observation
from dialer.pacing import Snapshot

ANSWER_WITHIN = 10.0
"""Seconds for one answer; the first one includes the program's start."""

ENDS_WITHIN = 2.0
"""Seconds that it has to end by itself."""

_LINE_MOST = 65_536

_ENDED = "it ended before it was asked to"

_UNASKED_MOST = 100
"""So many answers are taken in that nobody asked for; a program that goes on is not heard."""


class PaceProgramError(BadInputError):
    """The program could not be started, or answered something else than the contract says."""


class PaceProgram:
    """A policy of the laboratory that another program answers."""

    def __init__(self, command: str, init: Mapping[str, object]) -> None:
        """Start it and send it the first line.

        Raises:
            PaceProgramError: it cannot be started, or answers nothing of use.
        """
        self.bound = ""
        self._ticks = Ticks()
        try:
            words = shlex.split(command)
        except ValueError as error:
            raise PaceProgramError(f"--pace-command: {error}") from None
        if not words:
            raise PaceProgramError("--pace-command: is empty; give a program and its arguments")
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the operator's own command, no shell
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            problem = error.strerror or type(error).__name__
            raise PaceProgramError(f"--pace-command: {words[0]}: {problem}") from None
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        # In threads of their own: a program that neither reads nor answers must not hold us up.
        self._threads = [
            threading.Thread(target=work, name="pace-program", daemon=True)
            for work in (self._read, self._write)
        ]
        for thread in self._threads:
            thread.start()
        self._name = words[0]
        try:
            self._asked(init)
        except PaceProgramError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        self.close()

    def pace(self, snapshot: Snapshot, seen: Sequence[Observation]) -> int:
        """How many calls the program starts now, cut to what may be.

        Raises:
            PaceProgramError: it answered nothing in time, or something else than the contract says.
        """
        answer = self._asked(self._ticks.line(snapshot, seen))
        calls = answer.get("dial")
        if not isinstance(calls, int) or isinstance(calls, bool) or calls < 0:
            raise self._wrong("dial: a whole number of at least 0 is needed", snapshot.t)
        bound = answer.get("bound")
        self.bound = bound if isinstance(bound, str) else ""
        return min(calls, max(0, snapshot.max_calls))

    def close(self) -> None:
        """Send `end`; what does not end by itself is ended."""
        self._lines.put('{"type":"end"}\n')
        self._lines.put("")
        try:
            self._process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for thread in self._threads:
            thread.join(ENDS_WITHIN)

    def _read(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        with stdout:
            while self._answers.qsize() < _UNASKED_MOST and (line := stdout.readline(_LINE_MOST)):
                self._answers.put(line)
        self._answers.put("")

    def _write(self) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        # Of a program that has ended the end of its answers tells.
        with suppress(OSError), stdin:
            while line := self._lines.get():
                stdin.write(line)
                stdin.flush()

    def _asked(self, line: Mapping[str, object]) -> Mapping[str, object]:
        at = line.get("t")
        if at is not None:
            self._check_nothing_came(at)
        self._lines.put(json.dumps(line) + "\n")
        try:
            answer = self._answers.get(timeout=ANSWER_WITHIN)
        except queue.Empty:
            raise self._wrong(f"no answer within {ANSWER_WITHIN:g} s", at) from None
        if not answer:
            raise self._wrong(_ENDED, at)
        try:
            found = json.loads(answer)
        except (ValueError, RecursionError):
            raise self._wrong("its answer is no line of JSON", at) from None
        if not isinstance(found, dict):
            raise self._wrong("its answer is no JSON object", at)
        if "error" in found:
            raise self._wrong(f"it refused the line: {str(found['error'])[:200]}", at)
        return found

    def _check_nothing_came(self, at: object) -> None:
        """What came since the last answer would be taken for the next one."""
        with suppress(queue.Empty):
            early = self._answers.get_nowait()
            raise self._wrong("it answers without being asked" if early else _ENDED, at)

    def _wrong(self, problem: str, at: object) -> PaceProgramError:
        when = "at its first line" if at is None else f"at second {at:g} of the day"
        return PaceProgramError(f"--pace-command: {self._name}: {problem} ({when})")
