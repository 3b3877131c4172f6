"""How old the copies of registries are, and how old the law lets them grow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from compliance.rules import DoNotCallList, Rulebook
from compliance.suppression_lists import SuppressionList
from compliance.time_zone import zone


class AgeLevel(StrEnum):
    """How near a copy is to its end."""

    FRESH = "fresh"
    NEAR = "near"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class CopyAge:
    """A list in use and its age in days; `max_days` None: the rules know no most."""

    about: SuppressionList
    days: int
    max_days: int | None
    level: AgeLevel


def age_of(about: SuppressionList, rulebook: Rulebook, now: datetime) -> CopyAge:
    """The age of a copy by the local date, where it is latest in the registry's own place.

    A copy whose age is the most that is allowed may be used that day; near is its last fifth.
    """
    jurisdiction = rulebook.jurisdictions.get(about.jurisdiction or "")
    zones = ("UTC",) if jurisdiction is None else jurisdiction.time_zones or ("UTC",)
    days = max((now.astimezone(zone(name)).date() - about.as_of).days for name in zones)
    register = None if jurisdiction is None else jurisdiction.do_not_call
    most = None if register is None else register.max_age_days
    return CopyAge(about, max(days, 0), most, _level(days, most))


def _level(days: int, most: int | None) -> AgeLevel:
    if most is None:
        return AgeLevel.FRESH
    if days > most:
        return AgeLevel.OVER
    return AgeLevel.NEAR if 5 * days >= 4 * most else AgeLevel.FRESH


def registries(rulebook: Rulebook) -> dict[str, str]:
    """The names of the places that have a registry of which the rules say something, by code."""
    found = {
        code: one.name
        for code, one in rulebook.jurisdictions.items()
        if one.do_not_call is not None
        and one.do_not_call != DoNotCallList(one.do_not_call.rule, None, None)
    }
    return dict(sorted(found.items(), key=lambda pair: (pair[0].partition("-")[0], pair[0])))
