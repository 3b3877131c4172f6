"""What holds in one place: its entry or its country's, its zones, and the bans switched on."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from compliance.location import knows_region, region_zones
from compliance.rule_listing import ListedRule, rules_of
from compliance.rules import EmergencyBan, Jurisdiction, Rulebook

_MOST_SUGGESTIONS = 3


class UnknownPlaceError(KeyError):
    """A code of no entry and of no place; `near` are those that resemble it."""

    def __init__(self, code: str, near: tuple[str, ...]) -> None:
        """Name the code and what may be meant."""
        super().__init__(code)
        self.near = near


@dataclass(frozen=True, slots=True)
class PlaceRules:
    """All that holds in a place.

    Attributes:
        code: The code that was asked for.
        chain: The entry whose rules hold there, and those that it extends, nearest first. A place
            without an entry of its own has that of its country.
        time_zones: The zones of the place itself.
        rules: Every rule, nearest first.
        emergency_bans: The bans that name the place or what it is part of.
    """

    code: str
    chain: tuple[Jurisdiction, ...]
    time_zones: tuple[str, ...]
    rules: tuple[ListedRule, ...]
    emergency_bans: tuple[EmergencyBan, ...]

    @property
    def has_own_entry(self) -> bool:
        """Whether the place has rules of its own."""
        return self.chain[0].code == self.code


def place_rules(code: str, rulebook: Rulebook) -> PlaceRules:
    """What holds in a place, given its code: of an entry, a country, a region or a territory.

    Raises:
        UnknownPlaceError: there is no such place.
    """
    part, zones = _part(code, rulebook)
    entry = part if part in rulebook.jurisdictions else part.partition("-")[0]
    if not zones or entry not in rulebook.jurisdictions:
        raise UnknownPlaceError(code, _near(code, rulebook))
    chain = rulebook.chain(entry)
    places = {part, *(one.code for one in chain)}
    return PlaceRules(
        code=code,
        chain=chain,
        time_zones=zones,
        rules=tuple(rules_of(entry, rulebook)),
        emergency_bans=tuple(ban for ban in rulebook.emergency_bans if ban.places & places),
    )


def _part(code: str, rulebook: Rulebook) -> tuple[str, tuple[str, ...]]:
    """The place as a part of its country, and its zones; none if there is no such place."""
    if code in rulebook.jurisdictions:
        return code, rulebook.jurisdictions[code].time_zones
    if code in rulebook.territories:
        territory = rulebook.territories[code]
        return f"{territory.under}-{code}", territory.time_zones
    return code, region_zones(code, rulebook) if knows_region(code, rulebook) else ()


def _near(code: str, rulebook: Rulebook) -> tuple[str, ...]:
    known = {*rulebook.jurisdictions, *rulebook.regions, *rulebook.territories}
    names = {one.name.upper(): one.code for one in rulebook.jurisdictions.values()}
    meant = code.upper()
    if meant in known:
        return (meant,)
    named = difflib.get_close_matches(meant, names, _MOST_SUGGESTIONS, 0.8)
    alike = difflib.get_close_matches(meant, sorted(known), _MOST_SUGGESTIONS, 0.5)
    return tuple(dict.fromkeys([*(names[name] for name in named), *alike]))[:_MOST_SUGGESTIONS]
