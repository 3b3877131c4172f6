"""Where a contact may be: the zones and the jurisdictions that a number and an address point to.

What is not known is a set of possibilities and never a guess (screening contract, readings 8, 9,
14, 18 and 22).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from compliance.area_codes import REGIONS
from compliance.case import Case, ContactFacts, Purpose
from compliance.phone_number import NumberKind, PhoneNumber
from compliance.rules import Jurisdiction, Rulebook
from compliance.time_zone import known_zones

_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_US_POSTAL_CODE = re.compile(r"[0-9]{5}(-?[0-9]{4})?", re.ASCII)
_DEBT_COUNTRY, _DEBT_OVERLAY = "US", "US-DEBT"
_WITHOUT_ONE_REGION = frozenset({"782", "867", "902"})
_GEOGRAPHIC = frozenset({NumberKind.FIXED_LINE, NumberKind.MOBILE, NumberKind.FIXED_LINE_OR_MOBILE})
_MAY_MOVE = frozenset({NumberKind.MOBILE, NumberKind.FIXED_LINE_OR_MOBILE})


class InvalidCaseError(ValueError):
    """A case that is none: it names something that does not exist, or lacks what it needs."""


@dataclass(frozen=True, eq=False)
class Location:
    """Where a contact may be.

    Attributes:
        time_zones: IANA zones that the contact may be in, sorted; empty when nothing shows one.
        jurisdictions: All whose rules apply, those that they extend among them.
        regions: ISO 3166-2 codes that the number and the address point to.
        has_unknown_place: No country is known, or one of them has no rules.
    """

    time_zones: tuple[str, ...]
    jurisdictions: tuple[Jurisdiction, ...]
    regions: frozenset[str]
    has_unknown_place: bool

    def subdivisions(self, country: str) -> tuple[str, ...] | None:
        """The contact's own states in a country, as codes without the country; None: unknown."""
        prefix = f"{country}-"
        own = sorted(
            region.removeprefix(prefix) for region in self.regions if region.startswith(prefix)
        )
        return tuple(own) or None


@dataclass(frozen=True, slots=True)
class _Clues:
    """All that tells where a contact is; many contacts share the same clues."""

    number_country: str | None
    number_kind: NumberKind | None
    number_zones: tuple[str, ...]
    area_code: str | None
    country: str | None
    region: str | None
    postal_prefix: str | None
    declared_zone: str | None
    rules: tuple[str, ...]
    collects_debt: bool


def locate(case: Case, number: PhoneNumber | None, rulebook: Rulebook) -> Location:
    """Where the contact of a case may be, given its number if it has a valid one.

    Raises:
        InvalidCaseError: a region, zone or rule code of the case is not known.
    """
    contact = case.contact
    clues = _Clues(
        number_country=number.country if number else None,
        number_kind=number.kind if number else None,
        number_zones=number.time_zones if number else (),
        area_code=number.area_code if number else None,
        country=contact.country,
        region=contact.region,
        postal_prefix=_postal_prefix(contact, rulebook),
        declared_zone=contact.time_zone,
        rules=case.campaign.rules,
        collects_debt=case.campaign.purpose is Purpose.DEBT_COLLECTION,
    )
    return _located(clues, rulebook)


def _postal_prefix(contact: ContactFacts, rulebook: Rulebook) -> str | None:
    """The first digits of a US postal code, if they narrow the zones of the contact's region."""
    if contact.region is None or contact.postal_code is None:
        return None
    if not _US_POSTAL_CODE.fullmatch(contact.postal_code.strip()):
        return None
    prefix = contact.postal_code.strip()[:3]
    return prefix if (contact.region, prefix) in rulebook.postal_zones else None


@functools.lru_cache(maxsize=16384)
def _located(clues: _Clues, rulebook: Rulebook) -> Location:
    _check(clues, rulebook)
    codes = tuple(_codes(clues, rulebook))
    known = [code for code in codes if code in rulebook.jurisdictions]
    countries = {rulebook.chain(code)[-1].code for code in known}
    added = [_rules_of(code, rulebook) for code in clues.rules]
    if clues.collects_debt and _DEBT_COUNTRY in countries:
        added.append(_DEBT_OVERLAY)
    return Location(
        time_zones=_zones(clues, rulebook),
        jurisdictions=_with_parents((*known, *added), rulebook),
        regions=frozenset(_regions(clues)),
        has_unknown_place=not codes or len(known) < len(codes),
    )


# --------------------------------------------------------------------------------------- checking


def _check(clues: _Clues, rulebook: Rulebook) -> None:
    if clues.country is not None and not _COUNTRY.fullmatch(clues.country):
        raise InvalidCaseError("contact.country: use an ISO 3166-1 code of two letters, as US")
    if clues.region is not None:
        _check_region(clues.region, clues.country, rulebook)
    if clues.declared_zone is not None and clues.declared_zone not in known_zones():
        raise InvalidCaseError(
            "contact.time_zone: unknown; use an IANA name such as America/New_York"
        )
    for code in clues.rules:
        _rules_of(code, rulebook)


def _check_region(region: str, country: str | None, rulebook: Rulebook) -> None:
    region_zones(region, rulebook)
    owner, _, part = region.partition("-")
    if country is not None and country not in (owner, part):
        raise InvalidCaseError("contact.region: it is not in contact.country")
    if country is not None and country == part and country not in rulebook.territories:
        raise InvalidCaseError("contact.region: it is not in contact.country")


def region_zones(region: str, rulebook: Rulebook) -> tuple[str, ...]:
    """All zones of an ISO 3166-2 region.

    Raises:
        InvalidCaseError: there is no such region.
    """
    if region in rulebook.regions:
        return rulebook.regions[region]
    country, _, part = region.partition("-")
    for pattern, zones in rulebook.region_patterns.get(country, ()):
        if re.fullmatch(pattern, part, re.ASCII):
            return zones
    raise InvalidCaseError("contact.region: unknown; use an ISO 3166-2 code such as US-FL")


def _rules_of(code: str, rulebook: Rulebook) -> str:
    """The entry that a rule code means: its own, or that of the country it is part of."""
    if code in rulebook.jurisdictions:
        return code
    if code in rulebook.territories:
        return rulebook.territories[code].under
    if code in rulebook.regions:
        return code.partition("-")[0]
    raise InvalidCaseError(f"campaign.rules: there are no rules of the code {code[:40]!r}")


# ---------------------------------------------------------------------------------- jurisdictions


def _codes(clues: _Clues, rulebook: Rulebook) -> Iterator[str]:
    """The entries that the number and the address point to; a code without rules is unknown."""
    if clues.number_country is not None:
        yield _number_code(clues, clues.number_country, rulebook)
    if clues.region is not None:
        country = clues.region.partition("-")[0]
        yield clues.region if clues.region in rulebook.jurisdictions else country
    elif clues.country is not None:
        yield _country_code(clues.country, rulebook)


def _number_code(clues: _Clues, country: str, rulebook: Rulebook) -> str:
    code = _country_code(country, rulebook)
    if clues.area_code is None or country not in ("US", "CA"):
        return code
    if clues.number_kind not in _GEOGRAPHIC or clues.area_code in _WITHOUT_ONE_REGION:
        return code
    region = REGIONS.get(clues.area_code)
    if region is None:
        return f"{country}-{clues.area_code}"  # a new area code of we know not which state
    return region if region in rulebook.jurisdictions else code


def _country_code(country: str, rulebook: Rulebook) -> str:
    territory = rulebook.territories.get(country)
    return country if territory is None else territory.under


def _regions(clues: _Clues) -> Iterator[str]:
    if clues.region is not None:
        yield clues.region
    if clues.area_code is not None and clues.area_code in REGIONS:
        yield REGIONS[clues.area_code]


def _with_parents(codes: Iterable[str], rulebook: Rulebook) -> tuple[Jurisdiction, ...]:
    found = {one.code: one for code in codes for one in rulebook.chain(code)}
    return tuple(found.values())


# ------------------------------------------------------------------------------------------ zones


def _zones(clues: _Clues, rulebook: Rulebook) -> tuple[str, ...]:
    if clues.declared_zone is not None:
        return (clues.declared_zone,)
    zones = {*_zones_of_number(clues, rulebook), *_zones_of_address(clues, rulebook)}
    return tuple(sorted(zones))


def _zones_of_number(clues: _Clues, rulebook: Rulebook) -> Iterator[str]:
    yield from clues.number_zones
    if clues.number_country is None or clues.area_code is not None:
        return
    has_address = clues.region is not None or clues.country is not None
    if clues.number_kind in _MAY_MOVE and not has_address:
        yield from _country_zones(clues.number_country, rulebook)


def _zones_of_address(clues: _Clues, rulebook: Rulebook) -> Iterator[str]:
    if clues.region is not None:
        key = (clues.region, clues.postal_prefix or "")
        yield from rulebook.postal_zones.get(key) or region_zones(clues.region, rulebook)
    elif clues.country is not None and not _number_says_more(clues, clues.country, rulebook):
        yield from _country_zones(clues.country, rulebook)


def _number_says_more(clues: _Clues, country: str, rulebook: Rulebook) -> bool:
    """A number of the country named shows where in it the contact is: the country adds no zone."""
    if not clues.number_zones or clues.number_country is None:
        return False
    if clues.area_code is None and clues.number_kind in _MAY_MOVE:
        return False
    return country in (clues.number_country, _country_code(clues.number_country, rulebook))


def _country_zones(country: str, rulebook: Rulebook) -> tuple[str, ...]:
    if country in rulebook.territories:
        return rulebook.territories[country].time_zones
    entry = rulebook.jurisdictions.get(country)
    return () if entry is None else entry.time_zones


def knows_region(region: str, rulebook: Rulebook) -> bool:
    """Whether there is such a region, so that a contact in it can be screened."""
    try:
        region_zones(region, rulebook)
    except InvalidCaseError:
        return False
    return True
