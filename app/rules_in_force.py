"""The rules in force: the bundled ones with the operator's file, read again when it changes.

An operator switches an emergency ban on by saving the file; no process has to start anew.
"""

from __future__ import annotations

from pathlib import Path

import structlog

from compliance.rulebook import Rulebook, RulebookError
from compliance.rulebook_file import load

log = structlog.get_logger()

_Mark = tuple[int, int, int] | None


class RulesInForce:
    """The rulebook of now. Looking costs one look at the file's date and size."""

    def __init__(self, path: Path | None) -> None:
        """Read the rules.

        Raises:
            RulebookError: a file cannot be read, or its data cannot be applied.
        """
        self._path = path
        self._mark = _mark(path)
        self._readable = True
        self._latest = load(path)

    @property
    def latest(self) -> Rulebook:
        """The rules that were last read whole."""
        self.now()
        return self._latest

    def now(self) -> Rulebook | None:
        """The rules as the file has them now; None while they cannot be read.

        A file that is wrong is said once in the log, with its entry and field; nobody may be
        dialed by the rules of before, since what it was to forbid is not known.
        """
        mark = _mark(self._path)
        if mark != self._mark:
            self._mark = mark
            try:
                self._latest = load(self._path)
                self._readable = True
                log.info("rules read", rulebook=self._latest.version)
            except RulebookError as error:
                self._readable = False
                log.error("rules cannot be read; nothing is dialed", problem=str(error))
        return self._latest if self._readable else None


def _mark(path: Path | None) -> _Mark:
    if path is None:
        return None
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
