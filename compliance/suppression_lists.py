"""Suppression lists: copies of registries, litigator lists, lists of our own, and whole areas."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from compliance.area_codes import REGIONS
from compliance.case import RegistryCopy, SuppressionEntry, SuppressionSource
from compliance.consent_records import EVERYWHERE
from compliance.location import knows_region
from compliance.phone_number import InvalidPhoneNumberError, parse
from compliance.rules import Rulebook

_START = re.compile(r"\+[1-9][0-9]{0,13}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
# ISO 3166-1 has them as countries, ISO 3166-2 as regions of the United States too.
_US_TERRITORIES = frozenset({"AS", "GU", "MP", "PR", "UM", "VI"})


class ListKind(StrEnum):
    """What a suppression list is.

    NATIONAL is a copy of a national or state do-not-call registry, which consent may lift where its
    law says so. LITIGATOR and INTERNAL ones nothing lifts.
    """

    INTERNAL = "internal"
    NATIONAL = "national"
    LITIGATOR = "litigator"


@dataclass(frozen=True, slots=True)
class SuppressionList:
    """A list of numbers that was imported whole; a later copy of that name takes its place.

    Attributes:
        id: A UUID.
        account: Whose it is.
        name: Its name, one of its kind in the account.
        kind: What it is.
        jurisdiction: Of a registry the code of its rules, such as US or US-TX; else None.
        scope: EVERYWHERE or one campaign's id.
        as_of: The date of the copy: its age at each call counts from here.
        numbers: How many numbers it holds.
        sha256: Of the file that it came from.
        version: 1 for the first copy, 1 more for each later one.
        recorded_by: Who imported it.
        recorded_at: When.
    """

    id: str
    account: str
    name: str
    kind: ListKind
    jurisdiction: str | None
    scope: str
    as_of: date
    numbers: int
    sha256: str
    version: int
    recorded_by: str
    recorded_at: datetime

    @property
    def entry(self) -> SuppressionEntry:
        """What stands against a number that is on the list."""
        is_national = self.kind is ListKind.NATIONAL
        source = SuppressionSource.NATIONAL if is_national else SuppressionSource.INTERNAL
        return SuppressionEntry(source, self.recorded_at, self.name)


def copies_in_use(lists: Iterable[SuppressionList]) -> tuple[RegistryCopy, ...]:
    """The registries' copies, for screening to tell whether one is too old."""
    return tuple(
        RegistryCopy(each.jurisdiction, each.as_of)
        for each in lists
        if each.kind is ListKind.NATIONAL and each.jurisdiction is not None
    )


@dataclass(frozen=True, slots=True)
class SuppressedArea:
    """A place that is not called: numbers that begin so, or a region or country.

    Attributes:
        account: Whose it is.
        area: The beginning of E.164 numbers (+1305), an ISO 3166-2 region (US-FL) or an ISO 3166-1
            country (FR).
        scope: EVERYWHERE or one campaign's id.
        basis: Why, in a word or two.
        recorded_by: Who wrote it down.
        recorded_at: When.
    """

    account: str
    area: str
    scope: str
    basis: str
    recorded_by: str
    recorded_at: datetime

    @property
    def entry(self) -> SuppressionEntry:
        """What stands against a number in it."""
        return SuppressionEntry(SuppressionSource.INTERNAL, self.recorded_at, f"area {self.area}")

    def covers(self, phone: str, places: Iterable[str]) -> bool:
        """Whether a number is in it; `places` are the contact's countries and regions."""
        return phone.startswith(self.area) if self.area.startswith("+") else self.area in places


def is_area(area: str, rulebook: Rulebook) -> bool:
    """Whether this is how numbers begin, or a region or country that the rules know."""
    if _START.fullmatch(area):
        return True
    if _COUNTRY.fullmatch(area):
        entry = rulebook.jurisdictions.get(area)
        return area in rulebook.territories or (entry is not None and entry.level == "country")
    return "-" in area and knows_region(area, rulebook)


def of_scope(scope: str, campaign_id: str) -> bool:
    """Whether something of that scope stands for the campaign."""
    return scope in (EVERYWHERE, campaign_id)


def places_of(phone: str, country: str, region: str) -> frozenset[str]:
    """The countries and regions that a number and an address (empty if not known) point to."""
    places = {country, region, *_places_of_number(phone)}
    countries = {place.partition("-")[0] for place in places}
    territories = {each for each in _US_TERRITORIES if {each, f"US-{each}"} & places}
    both_ways = {code for each in territories for code in (each, f"US-{each}", "US")}
    return frozenset((places | countries | both_ways) - {""})


def _places_of_number(phone: str) -> set[str]:
    try:
        number = parse(phone)
    except InvalidPhoneNumberError:
        return set()
    return {number.country or "", REGIONS.get(number.area_code or "", "")}
