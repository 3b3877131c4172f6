"""Where a contact may be: the zones and the jurisdictions that a number and an address point to.

What is not known is a set of possibilities and never a guess (screening contract, readings 8, 9,
14, 18 and 22).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from compliance.area_codes import REGIONS
from compliance.case import Case
from compliance.clues import Clue, Clues, Pointer, clues_of
from compliance.phone_number import NumberKind, PhoneNumber
from compliance.rules import EmergencyBan, Jurisdiction, Rulebook
from compliance.time_zone import known_zones

_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
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
        emergency_bans: Those that the operator has switched on for a place where they may be.
    """

    time_zones: tuple[str, ...]
    jurisdictions: tuple[Jurisdiction, ...]
    regions: frozenset[str]
    has_unknown_place: bool
    emergency_bans: tuple[EmergencyBan, ...] = ()

    def subdivisions(self, country: str) -> tuple[str, ...] | None:
        """The contact's own states in a country, as codes without the country; None: unknown."""
        prefix = f"{country}-"
        own = sorted(
            region.removeprefix(prefix) for region in self.regions if region.startswith(prefix)
        )
        return tuple(own) or None


@dataclass(frozen=True, slots=True)
class Pointers:
    """All that points to each zone and to each jurisdiction of a location."""

    time_zones: Mapping[str, tuple[Pointer, ...]]
    jurisdictions: Mapping[str, tuple[Pointer, ...]]


def locate(case: Case, number: PhoneNumber | None, rulebook: Rulebook) -> Location:
    """Where the contact of a case may be, given its number if it has a valid one.

    Raises:
        InvalidCaseError: a region, zone or rule code of the case is not known.
    """
    return _located(clues_of(case, number, rulebook), rulebook)


def pointers(case: Case, number: PhoneNumber | None, rulebook: Rulebook) -> Pointers:
    """What points to each zone and each jurisdiction of the location of a case.

    Raises:
        InvalidCaseError: a region, zone or rule code of the case is not known.
    """
    clues = clues_of(case, number, rulebook)
    _check(clues, rulebook)
    applied = [
        pair
        for code, pointer in _applied(clues, rulebook)
        for pair in ((code, pointer), *_extended(code, rulebook))
    ]
    return Pointers(_by_first(_zones(clues, rulebook)), _by_first(applied))


def _by_first(pairs: Iterable[tuple[str, Pointer]]) -> dict[str, tuple[Pointer, ...]]:
    found: dict[str, tuple[Pointer, ...]] = {}
    for name, pointer in pairs:
        before = found.get(name, ())
        found[name] = before if pointer in before else (*before, pointer)
    return found


@functools.lru_cache(maxsize=16384)
def _located(clues: Clues, rulebook: Rulebook) -> Location:
    _check(clues, rulebook)
    codes = [code for code, _ in _codes(clues, rulebook)]
    jurisdictions = _with_parents((code for code, _ in _applied(clues, rulebook)), rulebook)
    return Location(
        time_zones=tuple(sorted({zone for zone, _ in _zones(clues, rulebook)})),
        jurisdictions=jurisdictions,
        regions=frozenset(_regions(clues)),
        has_unknown_place=not codes or any(one not in rulebook.jurisdictions for one in codes),
        emergency_bans=tuple(_bans(clues, jurisdictions, rulebook)),
    )


# --------------------------------------------------------------------------------------- checking


def _check(clues: Clues, rulebook: Rulebook) -> None:
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


def _codes(clues: Clues, rulebook: Rulebook) -> Iterator[tuple[str, Pointer]]:
    """The entries that the number and the address point to; a code without rules is unknown."""
    if clues.number_country is not None:
        pointer = Pointer(Clue.NUMBER_COUNTRY, clues.number_country)
        if clues.area_code is not None and clues.number_kind in _GEOGRAPHIC:
            pointer = Pointer(Clue.AREA_CODE, clues.area_code)
        yield _number_code(clues, clues.number_country, rulebook), pointer
    if clues.region is not None:
        country = clues.region.partition("-")[0]
        code = clues.region if clues.region in rulebook.jurisdictions else country
        yield code, Pointer(Clue.REGION, clues.region)
    elif clues.country is not None:
        yield _country_code(clues.country, rulebook), Pointer(Clue.COUNTRY, clues.country)


def _applied(clues: Clues, rulebook: Rulebook) -> list[tuple[str, Pointer]]:
    """The entries that apply by themselves; those that they extend apply with them."""
    found = [pair for pair in _codes(clues, rulebook) if pair[0] in rulebook.jurisdictions]
    countries = {rulebook.chain(code)[-1].code for code, _ in found}
    found += [(_rules_of(code, rulebook), Pointer(Clue.CAMPAIGN, code)) for code in clues.rules]
    if clues.collects_debt and _DEBT_COUNTRY in countries:
        found.append((_DEBT_OVERLAY, Pointer(Clue.DEBT_COLLECTION, _DEBT_COUNTRY)))
    return found


def _extended(code: str, rulebook: Rulebook) -> Iterator[tuple[str, Pointer]]:
    for one in rulebook.chain(code):
        if one.parent is not None:
            yield one.parent, Pointer(Clue.EXTENDED, one.code)


def _number_code(clues: Clues, country: str, rulebook: Rulebook) -> str:
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


def _regions(clues: Clues) -> Iterator[str]:
    if clues.region is not None:
        yield clues.region
    if clues.area_code is not None and clues.area_code in REGIONS:
        yield REGIONS[clues.area_code]


def _with_parents(codes: Iterable[str], rulebook: Rulebook) -> tuple[Jurisdiction, ...]:
    found = {one.code: one for code in codes for one in rulebook.chain(code)}
    return tuple(found.values())


def _bans(
    clues: Clues, jurisdictions: Iterable[Jurisdiction], rulebook: Rulebook
) -> Iterator[EmergencyBan]:
    """The bans on a place that the contact may be in; a part of an unknown part may be any."""
    codes = {one.code for one in jurisdictions}
    parts = set(_parts(clues, rulebook))
    located = {part.partition("-")[0] for part in parts}
    for ban in rulebook.emergency_bans:
        anywhere = {place for place in ban.places if place.partition("-")[0] not in located}
        may_be = {place for place in anywhere if place.partition("-")[0] in codes}
        if may_be or ban.places & (codes | parts):
            yield ban


def _parts(clues: Clues, rulebook: Rulebook) -> Iterator[str]:
    """The parts of countries that the number and the address point to, territories among them."""
    yield from _regions(clues)
    for country in (clues.number_country, clues.country):
        if country is not None and country in rulebook.territories:
            yield f"{rulebook.territories[country].under}-{country}"


# ------------------------------------------------------------------------------------------ zones


def _zones(clues: Clues, rulebook: Rulebook) -> Iterator[tuple[str, Pointer]]:
    """The zones that the contact may be in, each with what points to it."""
    if clues.declared_zone is not None:
        yield clues.declared_zone, Pointer(Clue.DECLARED, clues.declared_zone)
        return
    yield from _zones_of_number(clues, rulebook)
    yield from _zones_of_address(clues, rulebook)


def _zones_of_number(clues: Clues, rulebook: Rulebook) -> Iterator[tuple[str, Pointer]]:
    if clues.area_code is not None:
        yield from _each(clues.number_zones, Clue.AREA_CODE, clues.area_code)
        return
    yield from _each(_shown_zones(clues, rulebook), Clue.NUMBER, clues.number_country or "")
    has_address = clues.region is not None or clues.country is not None
    if clues.number_country and clues.number_kind in _MAY_MOVE and not has_address:
        zones = _country_zones(clues.number_country, rulebook)
        yield from _each(zones, Clue.NUMBER_COUNTRY, clues.number_country)


def _shown_zones(clues: Clues, rulebook: Rulebook) -> tuple[str, ...]:
    """The zones that a number outside +1 shows: in a country of one zone that one, by its name.

    The metadata of numbers gives old names (Asia/Calcutta), and London for Dublin.
    """
    zones = _country_zones(clues.number_country or "", rulebook)
    return zones if clues.number_zones and len(zones) == 1 else clues.number_zones


def _zones_of_address(clues: Clues, rulebook: Rulebook) -> Iterator[tuple[str, Pointer]]:
    if clues.region is not None:
        zones = rulebook.postal_zones.get((clues.region, clues.postal_prefix or ""))
        if zones is not None and clues.postal_prefix is not None:
            yield from _each(zones, Clue.POSTAL_CODE, clues.postal_prefix)
        else:
            yield from _each(region_zones(clues.region, rulebook), Clue.REGION, clues.region)
    elif clues.country is not None and not _number_says_more(clues, clues.country, rulebook):
        yield from _each(_country_zones(clues.country, rulebook), Clue.COUNTRY, clues.country)


def _each(zones: Iterable[str], clue: Clue, value: str) -> Iterator[tuple[str, Pointer]]:
    return ((zone, Pointer(clue, value)) for zone in zones)


def _number_says_more(clues: Clues, country: str, rulebook: Rulebook) -> bool:
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
