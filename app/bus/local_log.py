"""The local log: every event as one line of a file (JSON Lines, UTF-8, LF).

One process writes at a time. A line counts as published once it is on the disk, so that a crash
leaves at most one torn line at the end; it is cut off when the log is opened again, and its event,
which was never reported as published, is written anew. An event may stand twice in the file;
readers drop what they have seen by `eventId`.
"""

from __future__ import annotations

import fcntl
import io
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from app.errors import BadInputError
from campaigns.publishing import OutgoingEvent, Published, PublishResult, Retry

_BLOCK_BYTES = 65_536


class LogInUseError(BadInputError):
    """Another writer holds the log."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is being written by another process; stop that one first")


class LocalLog:
    """An EventPublisher that appends to a file; close it when done.

    `durable`: each batch is on the disk before it counts as published. Without it a batch survives
    the end of the process, but not a power failure.
    """

    name = "local_log"

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        """Open the log, make it if it is not there, and cut a torn last line.

        Raises:
            LogInUseError: another writer has it open.
            OSError: the file cannot be opened.
        """
        self._path = path
        self._durable = durable
        self._file = path.open("ab+", buffering=0)
        try:
            self._lock()
            self.torn_bytes = _cut_torn_line(self._file)
            """How many bytes of a torn last line were cut off on opening."""
            if durable:
                _sync_directory(path.parent)
        except BaseException:
            self._file.close()
            raise
        self._end = self._file.tell()

    def publish(self, events: Sequence[OutgoingEvent]) -> list[PublishResult]:
        """Append all events; if that fails none is published, and none stays in the file."""
        lines = b"".join(event.body.encode() + b"\n" for event in events)
        try:
            self._append(lines)
        except OSError as error:
            with suppress(OSError):
                self._cut_unpublished()
            reason = f"cannot write {self._path}: {error.strerror}"
            return [Retry(reason, of_sink=True)] * len(events)
        return [Published()] * len(events)

    def close(self) -> None:
        """Let another writer have the log."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LogInUseError(self._path) from None

    def _append(self, lines: bytes) -> None:
        self._cut_unpublished()
        rest = memoryview(lines)
        while rest:
            rest = rest[self._file.write(rest) :]
        if self._durable:
            os.fsync(self._file.fileno())
        self._end += len(lines)

    def _cut_unpublished(self) -> None:
        """Cut what a failed write left after the last published line."""
        size = self._file.seek(0, os.SEEK_END)
        # A file that is shorter than we left it was emptied by a log rotation.
        self._end = min(self._end, size)
        if size > self._end:
            self._file.truncate(self._end)


def _cut_torn_line(file: io.FileIO) -> int:
    """Cut what stands after the last line's end; how many bytes that was."""
    size = file.seek(0, os.SEEK_END)
    whole = _end_of_last_line(file, size)
    if whole < size:
        file.truncate(whole)
    file.seek(whole)
    return size - whole


def _end_of_last_line(file: io.FileIO, size: int) -> int:
    end = size
    while end > 0:
        start = max(0, end - _BLOCK_BYTES)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _sync_directory(directory: Path) -> None:
    # A new file's name is on the disk only once its directory is.
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
