"""Contact import: rows in, contacts and rejected rows with line, column and reason out.

Nothing here opens a file. A cell is read as an export writes it: one leading apostrophe that
keeps a spreadsheet from taking the cell for a formula is dropped (`unescape_cell`), and blanks
around a known column's value are dropped. Attributes keep their blanks.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from campaigns.contact import Contact
from compliance import phone_number
from compliance.number_set import NumberSet
from compliance.phone_number import InvalidPhoneNumberError, PhoneNumber
from compliance.time_zone import known_zones

DEFAULT_COUNTRY = "US"
"""The country of a row that names none."""


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


COUNTRIES = _codes(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR
    BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ
    EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW
    GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY
    KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV
    MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY
    QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG
    TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM
    ZW
    """
)
"""ISO 3166-1 alpha-2."""

_US_TERRITORIES = _codes("AS GU MP PR UM VI")
_US_REGIONS = _US_TERRITORIES | _codes(
    """
    AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ
    NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY
    """
)

MAX_PRIORITY = 1_000_000_000
"""Priorities run from minus this to this; a database integer holds them."""

MAX_NAME = 200
"""Longest column name or person's name, in characters."""

MAX_ATTRIBUTE = 32_767
"""Longest attribute, in characters: what a spreadsheet's cell can hold."""

_MAX_PHONE = 64
_MAX_EMAIL = 254  # RFC 5321, 4.5.3.1.3: a path of 256 octets, less its brackets.
_MAX_CODE = 64

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_BUT_LAYOUT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_REGION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
_FORMULA = r"(?:\s*[=+\-@＝＋－＠]|[\t\r\n])"  # noqa: RUF001 (full-width signs act in some locales)
_ACTS_AS_FORMULA = re.compile(rf"'*{_FORMULA}")
_ESCAPED_FORMULA = re.compile(rf"'+{_FORMULA}")


class Field(StrEnum):
    """What a column can hold besides attributes; the values are the default column names."""

    PHONE = "phone"
    COUNTRY = "country"
    REGION = "region"
    TIME_ZONE = "time_zone"
    POSTAL_CODE = "postal_code"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    EMAIL = "email"
    PRIORITY = "priority"


class RejectReason(StrEnum):
    """Why a row is no contact. Published in the import report."""

    BAD_QUOTING = "bad_quoting"
    TOO_FEW_CELLS = "too_few_cells"
    TOO_MANY_CELLS = "too_many_cells"
    CONTROL_CHARACTER = "control_character"
    VALUE_TOO_LONG = "value_too_long"
    PHONE_MISSING = "phone_missing"
    PHONE_NOT_A_NUMBER = "phone_not_a_number"
    PHONE_HAS_EXTENSION = "phone_has_extension"
    PHONE_TOO_SHORT = "phone_too_short"
    PHONE_TOO_LONG = "phone_too_long"
    PHONE_WRONG_LENGTH = "phone_wrong_length"
    PHONE_NOT_ASSIGNED = "phone_not_assigned"
    PHONE_COUNTRY_UNKNOWN = "phone_country_unknown"
    PHONE_INVALID = "phone_invalid"
    UNKNOWN_COUNTRY = "unknown_country"
    MALFORMED_REGION = "malformed_region"
    UNKNOWN_REGION = "unknown_region"
    REGION_OF_OTHER_COUNTRY = "region_of_other_country"
    UNKNOWN_TIME_ZONE = "unknown_time_zone"
    MALFORMED_EMAIL = "malformed_email"
    PRIORITY_NOT_INTEGER = "priority_not_integer"
    PRIORITY_OUT_OF_RANGE = "priority_out_of_range"


@dataclass(frozen=True, slots=True)
class Row:
    """One data row; `line` is the physical line on which it starts (the header's is 1).

    `fault` says why a reader could not split the row into cells. Blank lines are no rows.
    """

    line: int
    cells: Sequence[str] = ()
    fault: RejectReason | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The row became a contact."""

    line: int
    contact: Contact


@dataclass(frozen=True, slots=True)
class Rejected:
    """The row is no contact; `column`, as the header spells it, is the one at fault."""

    line: int
    reason: RejectReason
    column: str | None


@dataclass(frozen=True, slots=True)
class Duplicate:
    """An acceptable row whose number an earlier accepted row, `contact_id`, has already."""

    line: int
    contact_id: str


Result = Accepted | Rejected | Duplicate


@dataclass(slots=True)
class ImportCounts:
    """How many rows came to what; accepted + rejected + duplicate = read (invariant I2)."""

    accepted: int = 0
    rejected: int = 0
    duplicate: int = 0

    @property
    def read(self) -> int:
        """All data rows."""
        return self.accepted + self.rejected + self.duplicate

    def add(self, result: Result) -> None:
        """Count one row's result."""
        match result:
            case Accepted():
                self.accepted += 1
            case Rejected():
                self.rejected += 1
            case Duplicate():
                self.duplicate += 1


class BadHeaderError(ValueError):
    """The header does not say where the fields are; `column` is the name at fault."""

    def __init__(self, column: str, problem: str) -> None:
        super().__init__(f"{column}: {problem}")
        self.column = column
        self.problem = problem


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Which column feeds which field; every other column is an attribute.

    Names are compared without surrounding blanks and without regard to case, and otherwise
    exactly. A field that is left out, or mapped to its own default name, may be missing from the
    header, `phone` excepted; every other name must be there. `other_phones` are the columns of a
    contact's further numbers, in the order in which they are to be tried.
    """

    fields: Mapping[Field, str] = field(default_factory=lambda: {f: f.value for f in Field})
    other_phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Columns:
    """A header, resolved: `names` in order, and the places of fields, numbers and attributes."""

    names: tuple[str, ...]
    fields: Mapping[Field, int]
    other_phones: tuple[int, ...]
    attributes: tuple[int, ...]


def _normal(name: str) -> str:
    return name.strip().casefold()


def resolve_columns(header: Sequence[str], mapping: ColumnMapping | None = None) -> Columns:
    """Find the mapped columns in a header.

    A column without a name is called `column N`, by its place, so that its values are kept.

    Raises:
        BadHeaderError: no column for the phone, a mapped column is missing, two columns of one
            name, or a name that cannot be kept.
    """
    mapping = mapping or ColumnMapping()
    names = tuple(name.strip() or f"column {n}" for n, name in enumerate(header, start=1))
    places = {_normal(name): place for place, name in enumerate(names)}
    fields = dict(_places_of_fields(mapping, places))
    _check_names(names)
    for name in mapping.other_phones:
        if _normal(name) not in places:
            raise BadHeaderError(name, "there is no such column")
    other_phones = tuple(places[_normal(name)] for name in mapping.other_phones)
    known = {*fields.values(), *other_phones}
    attributes = tuple(place for place in range(len(names)) if place not in known)
    return Columns(names, fields, other_phones, attributes)


def _places_of_fields(
    mapping: ColumnMapping, places: Mapping[str, int]
) -> Iterator[tuple[Field, int]]:
    names = {Field.PHONE: Field.PHONE.value, **mapping.fields}
    for which, name in names.items():
        place = places.get(_normal(name))
        if place is not None:
            yield which, place
        elif which is Field.PHONE or _normal(name) != which.value:
            raise BadHeaderError(name, "there is no such column")


def _check_names(names: Sequence[str]) -> None:
    seen: dict[str, int] = {}
    for place, name in enumerate(names, start=1):
        if len(name) > MAX_NAME:
            raise BadHeaderError(
                f"column {place}", f"its name is longer than {MAX_NAME} characters"
            )
        if _CONTROL.search(name):
            raise BadHeaderError(
                f"column {place}", "its name has a line break or control character"
            )
        first = seen.setdefault(_normal(name), place)
        if first != place:
            raise BadHeaderError(name, f"columns {first} and {place} have the same name")


def escape_cell(value: str) -> str:
    """The cell to export for a value, so that no spreadsheet takes it for a formula (S7)."""
    return f"'{value}" if _ACTS_AS_FORMULA.match(value) else value


def unescape_cell(cell: str) -> str:
    """The value that `escape_cell` made the cell from."""
    return cell[1:] if cell.startswith("'") and _ESCAPED_FORMULA.match(cell) else cell


def contact_id(key: bytes, list_id: str, e164: str) -> str:
    """The id of the number's contact on the list: always the same, and not to be guessed.

    A UUID of version 8 (RFC 9562, 5.8) made of HMAC-SHA256 under the installation's key.
    """
    digest = bytearray(hmac.digest(key, f"{list_id}|{e164}".encode(), hashlib.sha256)[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(digest)))


def phone_hash(key: bytes, e164: str) -> str:
    """A number's stand-in in events, the same across lists: 32 hexadecimal digits."""
    # The NUL keeps this apart from the text of every contact id, whatever the list's id is.
    return hmac.digest(key, f"\0phone|{e164}".encode(), hashlib.sha256).hex()[:32]


def may_be_region(region: str) -> bool:
    """Whether a code in ISO 3166-2's form can be a region: only the United States' are known."""
    return not region.startswith("US-") or region[3:] in _US_REGIONS


class _BadRowError(Exception):
    def __init__(self, reason: RejectReason, place: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place


@dataclass(frozen=True, slots=True)
class Importer:
    """Turns the rows of one list into contacts.

    `key` is the installation's secret from which ids are made. `parse` reads a number that is
    E.164 or national to a country. `knows_region` is asked about codes in ISO 3166-2's form; give
    it the rulebook's knowledge, so that no region is accepted that screening cannot read. A
    contact without a zone is accepted: screening decides on it.
    """

    columns: Columns
    list_id: str
    key: bytes
    parse: Callable[[str, str | None], PhoneNumber] = phone_number.parse
    default_country: str = DEFAULT_COUNTRY
    time_zones: frozenset[str] = field(default_factory=known_zones)
    knows_region: Callable[[str], bool] = may_be_region

    def results(self, rows: Iterable[Row]) -> Iterator[Result]:
        """One result a row, in order, in memory that does not grow with the rows' size.

        The first acceptable row of a number counts, later acceptable ones are duplicates. Only
        `phone` is compared: a further number may also be another contact's. Each number seen
        takes some 2 bytes (a compressed bitmap).
        """
        seen = NumberSet()
        for number, row in enumerate(rows, start=1):
            try:
                contact = self._contact(number, row)
            except _BadRowError as bad:
                yield Rejected(row.line, bad.reason, self._name(bad.place))
                continue
            if seen.add(contact.phone):
                yield Accepted(row.line, contact)
            else:
                yield Duplicate(row.line, contact.id)

    def _name(self, place: int | None) -> str | None:
        return None if place is None else self.columns.names[place]

    def _contact(self, number: int, row: Row) -> Contact:
        if row.fault is not None:
            raise _BadRowError(row.fault)
        cells = row.cells
        self._check_width(cells)
        country = self._country(cells)
        phone = self._phone(cells, country)
        return Contact(
            id=contact_id(self.key, self.list_id, phone),
            contact_list_id=self.list_id,
            row=number,
            phone=phone,
            other_phones=self._other_phones(cells, country, phone),
            first_name=self._text(cells, Field.FIRST_NAME, MAX_NAME),
            last_name=self._text(cells, Field.LAST_NAME, MAX_NAME),
            email=self._email(cells),
            country=country,
            region=self._region(cells, country),
            postal_code=self._text(cells, Field.POSTAL_CODE, _MAX_CODE),
            time_zone=self._time_zone(cells),
            priority=self._priority(cells),
            attributes=self._attributes(cells),
        )

    def _check_width(self, cells: Sequence[str]) -> None:
        width = len(self.columns.names)
        if len(cells) > width:
            raise _BadRowError(RejectReason.TOO_MANY_CELLS)
        if len(cells) < width:
            raise _BadRowError(RejectReason.TOO_FEW_CELLS, len(cells))

    def _text(self, cells: Sequence[str], which: Field, limit: int) -> str:
        place = self.columns.fields.get(which)
        return "" if place is None else _value(cells, place, limit)

    def _fault(self, reason: RejectReason, which: Field) -> _BadRowError:
        return _BadRowError(reason, self.columns.fields.get(which))

    def _country(self, cells: Sequence[str]) -> str:
        country = _code(self._text(cells, Field.COUNTRY, _MAX_CODE)) or self.default_country
        if country not in COUNTRIES:
            raise self._fault(RejectReason.UNKNOWN_COUNTRY, Field.COUNTRY)
        return country

    def _phone(self, cells: Sequence[str], country: str) -> str:
        place = self.columns.fields[Field.PHONE]
        raw = _value(cells, place, _MAX_PHONE)
        if not raw:
            raise _BadRowError(RejectReason.PHONE_MISSING, place)
        return self._e164(raw, country, place)

    def _other_phones(self, cells: Sequence[str], country: str, phone: str) -> tuple[str, ...]:
        phones = {phone: None}
        for place in self.columns.other_phones:
            raw = _value(cells, place, _MAX_PHONE)
            if raw:
                phones[self._e164(raw, country, place)] = None
        return tuple(phones)[1:]

    def _e164(self, raw: str, country: str, place: int) -> str:
        try:
            return self.parse(raw, country).e164
        except InvalidPhoneNumberError as error:
            raise _BadRowError(_phone_fault(error), place) from None

    def _email(self, cells: Sequence[str]) -> str:
        email = self._text(cells, Field.EMAIL, _MAX_EMAIL)
        if email and not _EMAIL.fullmatch(email):
            raise self._fault(RejectReason.MALFORMED_EMAIL, Field.EMAIL)
        return email

    def _region(self, cells: Sequence[str], country: str) -> str:
        region = _code(self._text(cells, Field.REGION, _MAX_CODE))
        if not region:
            return ""
        if not _REGION.fullmatch(region):
            raise self._fault(RejectReason.MALFORMED_REGION, Field.REGION)
        of_country, part = region.split("-")
        # A territory has two codes: it is a country, and a part of the United States.
        is_territory = of_country == "US" and part == country and part in _US_TERRITORIES
        if of_country != country and not is_territory:
            raise self._fault(RejectReason.REGION_OF_OTHER_COUNTRY, Field.REGION)
        if not self.knows_region(region):
            raise self._fault(RejectReason.UNKNOWN_REGION, Field.REGION)
        return region

    def _time_zone(self, cells: Sequence[str]) -> str:
        time_zone = self._text(cells, Field.TIME_ZONE, _MAX_CODE)
        if time_zone and time_zone not in self.time_zones:
            raise self._fault(RejectReason.UNKNOWN_TIME_ZONE, Field.TIME_ZONE)
        return time_zone

    def _priority(self, cells: Sequence[str]) -> int:
        text = self._text(cells, Field.PRIORITY, _MAX_CODE) or "0"
        if not _INTEGER.fullmatch(text):
            raise self._fault(RejectReason.PRIORITY_NOT_INTEGER, Field.PRIORITY)
        priority = int(text)
        if abs(priority) > MAX_PRIORITY:
            raise self._fault(RejectReason.PRIORITY_OUT_OF_RANGE, Field.PRIORITY)
        return priority

    def _attributes(self, cells: Sequence[str]) -> dict[str, str]:
        names = self.columns.names
        return {names[place]: _attribute(cells, place) for place in self.columns.attributes}


def _phone_fault(error: InvalidPhoneNumberError) -> RejectReason:
    try:
        return RejectReason(f"phone_{error.reason}")
    except ValueError:
        return RejectReason.PHONE_INVALID


def _code(text: str) -> str:
    # Only ASCII: the capital of a sharp s is the code of South Sudan.
    return text.upper() if text.isascii() else text


def _value(cells: Sequence[str], place: int, limit: int) -> str:
    cell = cells[place]
    if not cell:
        return ""
    value = unescape_cell(cell).strip()
    if len(value) > limit:
        raise _BadRowError(RejectReason.VALUE_TOO_LONG, place)
    if not value.isprintable() and _CONTROL.search(value):
        raise _BadRowError(RejectReason.CONTROL_CHARACTER, place)
    return value


def _attribute(cells: Sequence[str], place: int) -> str:
    value = unescape_cell(cells[place])
    if len(value) > MAX_ATTRIBUTE:
        raise _BadRowError(RejectReason.VALUE_TOO_LONG, place)
    if not value.isprintable() and _CONTROL_BUT_LAYOUT.search(value):
        raise _BadRowError(RejectReason.CONTROL_CHARACTER, place)
    return value
