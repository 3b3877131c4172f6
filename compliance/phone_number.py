"""Telephone numbers: canonical E.164, kind, country and the time zones that a number shows.

The one door of `phonenumbers`. Its geocoder is never loaded: it needs 100 MB and is not asked for.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import phonenumbers
from phonenumbers.timezone import time_zones_for_geographical_number
from phonenumbers.tzdata import TIMEZONE_DATA

from compliance.area_codes import CANADIAN, SPLIT_ZONES

_PLAIN_NANP = re.compile(r"\+1[2-9][0-9]{9}", re.ASCII)
_NO_ZONE = "Etc/Unknown"
_NON_GEOGRAPHIC_REGION = "001"
_ANY_LINE = "2345"


class NumberKind(StrEnum):
    """What a number is used for, as its country's numbering plan says."""

    FIXED_LINE = "fixed_line"
    MOBILE = "mobile"
    FIXED_LINE_OR_MOBILE = "fixed_line_or_mobile"
    TOLL_FREE = "toll_free"
    PREMIUM_RATE = "premium_rate"
    SHARED_COST = "shared_cost"
    VOIP = "voip"
    PERSONAL = "personal"
    PAGER = "pager"
    COMPANY = "company"
    VOICEMAIL = "voicemail"


_KINDS = {
    phonenumbers.PhoneNumberType.FIXED_LINE: NumberKind.FIXED_LINE,
    phonenumbers.PhoneNumberType.MOBILE: NumberKind.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE: NumberKind.FIXED_LINE_OR_MOBILE,
    phonenumbers.PhoneNumberType.TOLL_FREE: NumberKind.TOLL_FREE,
    phonenumbers.PhoneNumberType.PREMIUM_RATE: NumberKind.PREMIUM_RATE,
    phonenumbers.PhoneNumberType.SHARED_COST: NumberKind.SHARED_COST,
    phonenumbers.PhoneNumberType.VOIP: NumberKind.VOIP,
    phonenumbers.PhoneNumberType.PERSONAL_NUMBER: NumberKind.PERSONAL,
    phonenumbers.PhoneNumberType.PAGER: NumberKind.PAGER,
    phonenumbers.PhoneNumberType.UAN: NumberKind.COMPANY,
    phonenumbers.PhoneNumberType.VOICEMAIL: NumberKind.VOICEMAIL,
}

_WITH_PLACE = frozenset({NumberKind.FIXED_LINE, NumberKind.FIXED_LINE_OR_MOBILE})
_WITH_PLACE_IN_NANP = _WITH_PLACE | {NumberKind.MOBILE}

_PARSE_REASONS = {
    phonenumbers.NumberParseException.INVALID_COUNTRY_CODE: "country_unknown",
    phonenumbers.NumberParseException.NOT_A_NUMBER: "not_a_number",
    phonenumbers.NumberParseException.TOO_SHORT_AFTER_IDD: "too_short",
    phonenumbers.NumberParseException.TOO_SHORT_NSN: "too_short",
    phonenumbers.NumberParseException.TOO_LONG: "too_long",
}

_IMPOSSIBLE_REASONS = {
    phonenumbers.ValidationResult.TOO_SHORT: "too_short",
    phonenumbers.ValidationResult.TOO_LONG: "too_long",
    phonenumbers.ValidationResult.INVALID_LENGTH: "wrong_length",
    phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "too_short",
}

_EXPLANATIONS = {
    "country_missing": "a number without +country code needs the contact's country",
    "country_unknown": "no numbering plan is known for its country",
    "not_a_number": "this is not a telephone number",
    "has_extension": "numbers with an extension cannot be dialled; give the number alone",
    "too_short": "the number has too few digits",
    "too_long": "the number has too many digits",
    "wrong_length": "the number has a wrong count of digits",
    "not_assigned": "no such number exists in its country's numbering plan",
}


class InvalidPhoneNumberError(ValueError):
    """Text that is no telephone number that can be dialled; `reason` is a short code for programs.

    The message does not repeat the number: messages reach logs.
    """

    def __init__(self, reason: str) -> None:
        """Say why, by one of the codes of this module."""
        super().__init__(_EXPLANATIONS[reason])
        self.reason = reason


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number that can be dialled.

    Attributes:
        e164: The canonical spelling, the only key under which a number is kept.
        country: ISO 3166-1 code of the number, None for numbers of no country.
        kind: What the numbering plan uses the number for.
        time_zones: IANA zones that the number itself shows, sorted. In +1 all zones of the area
            code. Empty for non-geographic numbers and, outside +1, for mobile numbers.
    """

    e164: str
    country: str | None
    kind: NumberKind
    time_zones: tuple[str, ...]

    @property
    def area_code(self) -> str | None:
        """The three-digit area code of a number in +1."""
        return self.e164[2:5] if self.e164.startswith("+1") else None


START_LENGTH = 5
"""So many characters of an E.164 number tell its country, for whom `country_of_start` knows."""


def country_of_start(start: str) -> str | None:
    """The country of an E.164 number that begins so: `GB`, `CA` or `US`, else None.

    Only whom a regulator of abandonment looks after is told apart. The Crown dependencies, which
    share +44, count as British; all of +1 that is not Canadian as American.
    """
    if start.startswith("+44"):
        return "GB"
    if start.startswith("+1"):
        return "CA" if start[2:5] in CANADIAN else "US"
    return None


class _Prefix(NamedTuple):
    country: str | None
    kind: NumberKind
    time_zones: tuple[str, ...]


def parse(raw: str, country: str | None = None) -> PhoneNumber:
    """Read a number in E.164, or in national spelling with its ISO 3166-1 country.

    Raises:
        InvalidPhoneNumberError: the text is no number that can be dialled.
    """
    if _PLAIN_NANP.fullmatch(raw):
        return _in_nanp(raw)
    number = _read(raw, country)
    if number.extension:
        raise InvalidPhoneNumberError("has_extension")
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if _PLAIN_NANP.fullmatch(e164):
        return _in_nanp(e164)
    kind = _kind(number)
    if kind is None:
        possible = phonenumbers.is_possible_number_with_reason(number)
        raise InvalidPhoneNumberError(_IMPOSSIBLE_REASONS.get(possible, "not_assigned"))
    return PhoneNumber(e164, _country(number), kind, _zones_abroad(number, kind))


def _read(raw: str, country: str | None) -> phonenumbers.PhoneNumber:
    if country is None and "+" not in raw and "\uff0b" not in raw:
        has_digit = any(character.isdigit() for character in raw)
        raise InvalidPhoneNumberError("country_missing" if has_digit else "not_a_number")
    try:
        return phonenumbers.parse(raw, country)
    except phonenumbers.NumberParseException as error:
        raise InvalidPhoneNumberError(_PARSE_REASONS[error.error_type]) from None


def _in_nanp(e164: str) -> PhoneNumber:
    prefix = _nanp_prefix(e164[2:8])
    if prefix is None:
        raise InvalidPhoneNumberError("not_assigned")
    return PhoneNumber(e164, prefix.country, prefix.kind, prefix.time_zones)


@functools.lru_cache(maxsize=1 << 16)
def _nanp_prefix(area_and_exchange: str) -> _Prefix | None:
    """What the numbering plan says of a +1 number: it depends on the first six digits only."""
    number = phonenumbers.PhoneNumber(
        country_code=1, national_number=int(area_and_exchange + _ANY_LINE)
    )
    kind = _kind(number)
    if kind is None:
        return None
    zones = _area_code_zones(area_and_exchange[:3]) if kind in _WITH_PLACE_IN_NANP else ()
    return _Prefix(_country(number), kind, zones)


def _area_code_zones(area_code: str) -> tuple[str, ...]:
    if area_code in SPLIT_ZONES:
        return SPLIT_ZONES[area_code]
    prefix = f"1{area_code}"
    if prefix in TIMEZONE_DATA:
        return tuple(sorted(TIMEZONE_DATA[prefix]))
    finer = (zones for key, zones in TIMEZONE_DATA.items() if key.startswith(prefix))
    return tuple(sorted({zone for zones in finer for zone in zones}))


def _zones_abroad(number: phonenumbers.PhoneNumber, kind: NumberKind) -> tuple[str, ...]:
    if kind not in _WITH_PLACE:
        return ()
    return tuple(sorted(set(time_zones_for_geographical_number(number)) - {_NO_ZONE}))


def _kind(number: phonenumbers.PhoneNumber) -> NumberKind | None:
    """What the number is used for; None if its plan has no such number.

    The library calls a number valid exactly if it knows its type, and works the type out anew for
    each question: it is asked once.
    """
    return _KINDS.get(phonenumbers.number_type(number))


def _country(number: phonenumbers.PhoneNumber) -> str | None:
    region = phonenumbers.region_code_for_number(number)
    return None if region == _NON_GEOGRAPHIC_REGION else region
