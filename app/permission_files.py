"""Files of numbers and of consents: read line by line, in memory that does not grow with them.

A file of numbers has one number a line, or is a CSV file with a column `phone`. A file of consents
is a CSV file with a header. Both are read as contact files are: UTF-8, RFC 4180.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, TypeVar

from app.campaign_file import parse_instant
from app.contact_file import BadInputFileError, Lines, Progress, unreadable
from compliance.address import InvalidEmailError, read_address
from compliance.case import Channel, ConsentKind
from compliance.consent_records import EVERYWHERE, ConsentAction, ConsentRecord, ConsentSource
from compliance.number_set import NumberSet
from compliance.phone_number import InvalidPhoneNumberError, parse

_PHONE = "phone"
_AREA_AND_NUMBER = re.compile(r"([0-9]{3}),([0-9]{7})")
_TEN_DIGITS = re.compile(r"(?:\+?1)?([2-9][0-9]{2}[2-9][0-9]{6})", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_NORTH_AMERICAN = frozenset({"US", "CA"})

_Value = TypeVar("_Value", bound=StrEnum)


class _Hashed:
    """A stream that hashes what is read of it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()

    def read(self, size: int, /) -> bytes:
        """The next bytes."""
        chunk = self._stream.read(size)
        self._hash.update(chunk)
        return chunk

    @property
    def sha256(self) -> str:
        """Of what has been read so far."""
        return self._hash.hexdigest()


# --------------------------------------------------------------------------------------- numbers
@dataclass(slots=True)
class NumbersRead:
    """What a file of numbers holds: read = accepted + invalid + duplicate; blank lines are none.

    `first_invalid` is the line of the first number that is none, and why.
    """

    numbers: NumberSet = field(default_factory=NumberSet)
    invalid: int = 0
    duplicate: int = 0
    first_invalid: tuple[int, str] | None = None
    sha256: str = ""

    @property
    def accepted(self) -> int:
        """How many different numbers there are."""
        return len(self.numbers)

    def take(self, line: int, text: str, country: str | None) -> None:
        """Count one number."""
        try:
            phone = _canonical(text, country)
        except InvalidPhoneNumberError as error:
            self.invalid += 1
            self.first_invalid = self.first_invalid or (line, str(error))
            return
        if not self.numbers.add(phone):
            self.duplicate += 1


def read_numbers(
    path: Path, country: str | None = None, progress: Progress | None = None
) -> NumbersRead:
    """All numbers of a file; `country` is that of numbers without +country code.

    Raises:
        BadInputFileError: it cannot be read or split into rows, or holds no number.
    """
    try:
        with path.open("rb") as stream:
            return numbers_in(stream, str(path), country, progress)
    except OSError as error:
        raise unreadable(str(path), error) from None


def numbers_in(
    stream: BinaryIO, file: str, country: str | None = None, progress: Progress | None = None
) -> NumbersRead:
    """All numbers of a file that is open, and stays open; `file` is its name, for errors.

    Raises:
        BadInputFileError: it cannot be split into rows, or holds no number.
    """
    found = NumbersRead()
    hashed = _Hashed(stream)
    for line, text in _cells(Lines(hashed, file, progress)):
        found.take(line, text, country)
    found.sha256 = hashed.sha256
    if not found.accepted:
        raise _nothing_accepted(file, found.first_invalid)
    return found


def _nothing_accepted(file: str, first: tuple[int, str] | None) -> BadInputFileError:
    if first is None:
        return BadInputFileError(file, None, None, "the file holds no number")
    return BadInputFileError(
        file, first[0], None, f"no number can be used; of this one: {first[1]}"
    )


def _cells(lines: Lines) -> Iterator[tuple[int, str]]:
    """The line and text of each number."""
    lines.begin_row()
    first = next(lines, "")
    header = [name.strip().lower() for name in next(csv.reader([first]), [])]
    if _PHONE in header:
        yield from _column(lines, header.index(_PHONE))
        return
    if len(header) > 1 and not _AREA_AND_NUMBER.fullmatch(first.strip()):
        raise BadInputFileError(
            lines.file, 1, _PHONE, "the header names no such column; or give one number a line"
        )
    text = first
    while text:
        stripped = text.strip()
        if stripped:
            yield lines.number, _AREA_AND_NUMBER.sub(r"\1\2", stripped)
        lines.begin_row()
        text = next(lines, "")


def _column(lines: Lines, place: int) -> Iterator[tuple[int, str]]:
    for line, cells in _rows(lines):
        yield line, cells[place].strip() if place < len(cells) else ""


def _rows(lines: Lines) -> Iterator[tuple[int, list[str]]]:
    """The line and cells of each row below the header."""
    reader = csv.reader(lines, strict=True)
    while True:
        line = lines.begin_row()
        try:
            cells = next(reader, None)
        except csv.Error:
            raise lines.error("the row's quotes do not match") from None
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield line, cells


def _canonical(text: str, country: str | None) -> str:
    """The number in E.164.

    Ten digits of the North American plan need no look into its tables: a registry may list a number
    whose area code they do not know yet, and ten million of them are to be read.
    """
    if country in _NORTH_AMERICAN or text.startswith("+1"):
        plain = _TEN_DIGITS.fullmatch(text)
        if plain is not None:
            return f"+1{plain[1]}"
    return parse(text, country).e164


# -------------------------------------------------------------------------------------- consents
class Column(StrEnum):
    """The columns of a file of consents; `phone` or `email`, KIND, AT, SOURCE, BASIS are needed."""

    PHONE = "phone"
    EMAIL = "email"
    KIND = "kind"
    AT = "at"
    CHANNEL = "channel"
    SOURCE = "source"
    BASIS = "basis"
    EVIDENCE = "evidence"
    SCOPE = "scope"


_NEEDED = (Column.KIND, Column.AT, Column.SOURCE, Column.BASIS)
_KINDS = tuple(kind for kind in ConsentKind if kind is not ConsentKind.NONE)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is no consent: its line, the column at fault and why."""

    line: int
    column: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class ConsentTerms:
    """What holds for every consent of a file.

    `country` is that of numbers without +country code; `campaigns` are the ids of those there are.
    """

    account: str
    by: str
    now: datetime
    country: str | None
    campaigns: Collection[str]


class _BadCellError(Exception):
    def __init__(self, column: Column, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


def read_consents(
    path: Path, terms: ConsentTerms, progress: Progress | None = None
) -> Iterator[ConsentRecord | BadRow]:
    """The consents of a file, and the rows that are none, in order.

    Raises:
        BadInputFileError: it cannot be read or split into rows, or its header is no use.
    """
    try:
        with path.open("rb") as stream:
            yield from consents_in(stream, str(path), terms, progress)
    except OSError as error:
        raise unreadable(str(path), error) from None


def consents_in(
    stream: BinaryIO, file: str, terms: ConsentTerms, progress: Progress | None = None
) -> Iterator[ConsentRecord | BadRow]:
    """The same of a file that is open, and stays open; `file` is its name, for errors."""
    lines = Lines(stream, file, progress)
    header = _header(lines)
    for line, cells in _rows(lines):
        if len(cells) != len(header):
            yield BadRow(line, None, f"has {len(cells)} cells, the header {len(header)}")
            continue
        row = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
        try:
            _check_text(row)
            yield _consent(row, terms)
        except _BadCellError as error:
            yield BadRow(line, error.column, error.reason)


def _header(lines: Lines) -> list[str]:
    _, cells = next(_rows(lines), (1, []))
    header = [cell.strip().lower() for cell in cells]
    for column in _NEEDED:
        if column not in header:
            raise BadInputFileError(lines.file, 1, column, "the header names no such column")
    if not {Column.PHONE, Column.EMAIL} & set(header):
        raise BadInputFileError(lines.file, 1, None, "the header names neither phone nor email")
    for name in header:
        if name not in [*Column] or header.count(name) > 1:
            problem = f"is no column of consents, or stands twice; they are {', '.join(Column)}"
            raise BadInputFileError(lines.file, 1, name[:40], problem)
    return header


def _check_text(row: dict[str, str]) -> None:
    for name, cell in row.items():
        if _CONTROL.search(cell):  # PostgreSQL's texts hold no NUL
            raise _BadCellError(Column(name), "has a control character or line break; leave it out")


def _consent(row: dict[str, str], terms: ConsentTerms) -> ConsentRecord:
    return ConsentRecord(
        account=terms.account,
        address=_address(row, terms.country),
        action=ConsentAction.GIVEN,
        kind=_one_of(row, Column.KIND, _KINDS),
        channel=_one_of(row, Column.CHANNEL, tuple(Channel)) if row.get(Column.CHANNEL) else None,
        scope=_scope(row, terms.campaigns),
        at=_at(row, terms.now),
        source=_one_of(row, Column.SOURCE, tuple(ConsentSource)),
        basis=_basis(row),
        evidence=row.get(Column.EVIDENCE, ""),
        recorded_by=terms.by,
        recorded_at=terms.now,
    )


def _address(row: dict[str, str], country: str | None) -> str:
    phone, email = row.get(Column.PHONE, ""), row.get(Column.EMAIL, "")
    if bool(phone) == bool(email):
        raise _BadCellError(Column.PHONE, "give either a number or an e-mail address")
    if email and "@" not in email:
        raise _BadCellError(Column.EMAIL, str(InvalidEmailError()))
    try:
        return read_address(phone or email, country)
    except (InvalidPhoneNumberError, InvalidEmailError) as error:
        raise _BadCellError(Column.PHONE if phone else Column.EMAIL, str(error)) from None


def _one_of(row: dict[str, str], column: Column, values: tuple[_Value, ...]) -> _Value:
    for value in values:
        if value == row[column]:
            return value
    raise _BadCellError(column, f"is none of {', '.join(values)}")


def _scope(row: dict[str, str], campaigns: Collection[str]) -> str:
    scope = row.get(Column.SCOPE) or EVERYWHERE
    if scope != EVERYWHERE and scope not in campaigns:
        raise _BadCellError(Column.SCOPE, "is neither 'account' nor the id of a campaign")
    return scope


def _at(row: dict[str, str], now: datetime) -> datetime:
    try:
        at = parse_instant(row[Column.AT])
    except ValueError as error:
        raise _BadCellError(Column.AT, str(error)) from None
    if at > now:
        raise _BadCellError(Column.AT, "is still to come; give the instant when it was said")
    return at


def _basis(row: dict[str, str]) -> str:
    if not row[Column.BASIS]:
        raise _BadCellError(Column.BASIS, "is empty; say what was agreed to: a form, a contract")
    return row[Column.BASIS]


def each_batch(
    records: Iterator[ConsentRecord], size: int, keep: Callable[[list[ConsentRecord]], int]
) -> int:
    """Keep records `size` at a time; how many of them were new."""
    fresh, batch = 0, []
    for record in records:
        batch.append(record)
        if len(batch) >= size:
            fresh += keep(batch)
            batch = []
    return fresh + keep(batch)
