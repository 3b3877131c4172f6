"""The CSV door: reads a contact file row by row, in bounded memory, and writes import reports.

The format is RFC 4180 in UTF-8 with a header on line 1: commas between cells, double quotes
around a cell that holds commas, quotes (doubled) or line breaks. Lines end in LF, CRLF or CR.
Lines that are empty or hold only blanks are no rows and are not counted.

What makes one row unusable is a rejected row. What leaves it open where rows begin and end, or
what the bytes mean, makes the whole file unusable: `BadContactFileError`, which names no value.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from app.errors import BadInputError, one_line
from campaigns.importing import (
    Accepted,
    BadHeaderError,
    ColumnMapping,
    Columns,
    Duplicate,
    Field,
    Importer,
    Rejected,
    RejectReason,
    Result,
    Row,
    resolve_columns,
)

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_ROW = 131_072
"""Longest row in characters, over all its lines; no cell is longer than the csv module takes."""

Progress = Callable[[int], None]
"""Is told how many bytes have been read so far."""

_CHUNK = 65_536
_SIGNATURES = (
    ("\udcff\udcfe", "the file is UTF-16; save it as UTF-8"),
    ("\udcfe\udcff", "the file is UTF-16; save it as UTF-8"),
    ("PK\x03\x04", "the file is a workbook or archive; export it as CSV in UTF-8"),
    ("\x1f\udc8b", "the file is compressed; unpack it first"),
)
_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


class BadInputFileError(BadInputError):
    """A file that the program was given cannot be used; the message is one line.

    `line` is None where no line is at fault, `field` where no column or key is.
    """

    def __init__(self, file: str, line: int | None, field: str | None, problem: str) -> None:
        place = [file, None if line is None else f"line {line}", field, problem]
        super().__init__(one_line(": ".join(part for part in place if part is not None)))
        self.file = file
        self.line = line
        self.field = field
        self.problem = problem


class BadContactFileError(BadInputFileError):
    """The contact file cannot be used at all."""


class ContactRows:
    """The rows of a contact file that is being read. Iterate once; `columns` is its header."""

    def __init__(self, lines: Lines, columns: Columns) -> None:
        """Use `read_rows` or `open_rows`."""
        self._lines = lines
        self.columns = columns

    @property
    def file(self) -> str:
        """The file's name, as errors give it."""
        return self._lines.file

    def __iter__(self) -> Iterator[Row]:
        """The data rows, in order.

        Raises:
            BadContactFileError: the rest of the file cannot be split into rows, is not UTF-8,
                or cannot be read.
        """
        reader = csv.reader(self._lines, strict=True)
        while True:
            line = self._lines.begin_row()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield self._misquoted(line)
                continue
            if not _is_blank(cells, self._lines.last):
                yield Row(line, cells)

    def _misquoted(self, line: int) -> Row:
        # On one line only that line's cells are in doubt. Once a quoted cell has run over a line's
        # end, rows may have been taken for its text, and no later line is sure to begin a row.
        if self._lines.at_end or self._lines.number != line:
            raise self._lines.error("a cell's opening quote has no matching closing quote")
        return Row(line, fault=RejectReason.BAD_QUOTING)


@contextmanager
def open_rows(
    path: Path, mapping: ColumnMapping | None = None, progress: Progress | None = None
) -> Iterator[ContactRows]:
    """Open a contact file and read its header.

    Raises:
        BadContactFileError: it cannot be read, or its header is no use.
    """
    try:
        stream = path.open("rb")
    except OSError as error:
        raise unreadable(str(path), error) from None
    with stream:
        yield read_rows(stream, str(path), mapping, progress)


def read_rows(
    stream: BinaryIO,
    file: str,
    mapping: ColumnMapping | None = None,
    progress: Progress | None = None,
) -> ContactRows:
    """Read the header of a contact file; the rows follow on iteration. The stream stays open.

    Args:
        stream: the file's bytes.
        file: its name, for errors.
        mapping: which column feeds which field, by default the column names of the format.
        progress: is called as the file is read.

    Raises:
        BadContactFileError: the file is empty or its header is no use.
    """
    lines = Lines(stream, file, progress)
    lines.begin_row()
    try:
        header = next(csv.reader(lines, strict=True))
    except StopIteration:
        raise BadContactFileError(file, 1, Field.PHONE, "the file is empty") from None
    except csv.Error:
        raise lines.error("the header's quotes do not match") from None
    if _is_blank(header, lines.last):
        raise lines.error("the header is blank; the column names belong here")
    if any("\0" in name for name in header):
        raise lines.error("the header has NUL bytes; save the file as text in UTF-8")
    try:
        return ContactRows(lines, resolve_columns(header, mapping))
    except BadHeaderError as error:
        problem = error.problem + _delimiter_hint(header)
        raise BadContactFileError(file, 1, error.column, problem) from None


def read_results(rows: ContactRows, importer: Importer) -> Iterator[Result]:
    """The result of each row, in order.

    Raises:
        BadContactFileError: as from the rows; and, after the last, if none was accepted.
    """
    first_rejected: Rejected | None = None
    accepted = False
    for result in importer.results(rows):
        accepted = accepted or isinstance(result, Accepted)
        if first_rejected is None and isinstance(result, Rejected):
            first_rejected = result
        yield result
    if not accepted:
        raise _nothing_accepted(rows.file, first_rejected)


def import_report_line(result: Result) -> str:
    """One line of the import report, without its line break; it holds no value of the row."""
    contact_id = reason = column = None
    match result:
        case Accepted():
            status, contact_id = "accepted", result.contact.id
        case Duplicate():
            status, contact_id = "duplicate", result.contact_id
        case Rejected():
            status, reason, column = "rejected", result.reason.value, result.column
    return json.dumps(
        {
            "line": result.line,
            "status": status,
            "contactId": contact_id,
            "reason": reason,
            "column": column,
        }
    )


class Readable(Protocol):
    """All that is asked of a stream."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most so many; none at the end."""


class _CountedBytes(io.RawIOBase):
    """A stream that tells how much of it has been read."""

    def __init__(self, stream: Readable, progress: Progress | None) -> None:
        self._stream = stream
        self._progress = progress
        self._total = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        chunk = self._stream.read(len(view))
        view[: len(chunk)] = chunk
        self._total += len(chunk)
        if self._progress is not None:
            self._progress(self._total)
        return len(chunk)


class Lines:
    """The physical lines of a file, counted from 1; refuses a row that grows too long.

    `number` and `last` are the last line's, `at_end` is true once there is none left.
    """

    def __init__(self, stream: Readable, file: str, progress: Progress | None) -> None:
        # surrogateescape: a bad byte is found on its line, not in the chunk read ahead of it.
        self._text = io.TextIOWrapper(
            io.BufferedReader(_CountedBytes(stream, progress), _CHUNK),
            encoding="utf-8-sig",
            errors="surrogateescape",
            newline="",
        )
        self.file = file
        self.number = 0
        self.last = ""
        self.at_end = False
        self._row_line = 1
        self._row_size = 0

    def begin_row(self) -> int:
        """The next line begins a row; its number."""
        self._row_line = self.number + 1
        self._row_size = 0
        return self._row_line

    def error(self, problem: str) -> BadContactFileError:
        """What is wrong with the row that was begun last."""
        return BadContactFileError(self.file, self._row_line, None, problem)

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        line = self._read(MAX_ROW - self._row_size + 1)
        if not line:
            self.at_end = True
            raise StopIteration
        self.number += 1
        self.last = line
        self._check_encoding(line)
        self._row_size += len(line)
        if self._row_size > MAX_ROW:
            raise self.error(
                f"the row is longer than {MAX_ROW} characters; is a closing quote missing?"
            )
        return line

    def _read(self, limit: int) -> str:
        try:
            return self._text.readline(limit)
        except OSError as error:
            raise unreadable(self.file, error) from None

    def _check_encoding(self, line: str) -> None:
        if self.number == 1:
            for start, problem in _SIGNATURES:
                if line.startswith(start):
                    raise BadContactFileError(self.file, 1, None, problem)
        if line.isascii():
            return
        try:
            line.encode()
        except UnicodeEncodeError:
            raise BadContactFileError(
                self.file, self.number, None, "not UTF-8; save the file as UTF-8"
            ) from None


def _is_blank(cells: list[str], last_line: str) -> bool:
    # A quoted empty cell, alone on its line, is a row of a file with one column.
    return not cells or (len(cells) == 1 and not last_line.strip())


def _delimiter_hint(header: list[str]) -> str:
    for delimiter, name in _OTHER_DELIMITERS.items():
        if len(header) == 1 and delimiter in header[0]:
            return f"; the columns seem to be separated by {name}, use commas"
    return ""


def _nothing_accepted(file: str, first: Rejected | None) -> BadContactFileError:
    if first is None:
        return BadContactFileError(file, 2, Field.PHONE, "there is no row below the header")
    problem = f"no row is acceptable; this one is rejected as {first.reason}"
    return BadContactFileError(file, first.line, first.column or Field.PHONE, problem)


def unreadable(file: str, error: OSError) -> BadContactFileError:
    """What to say of a file that cannot be opened or read on."""
    return BadContactFileError(file, None, None, f"cannot be read: {error.strerror or error}")
