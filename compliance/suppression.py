"""Which list entries stand against a number or address, and whether a list's copy is too old."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from compliance.case import Case, RegistryCopy, SuppressionSource
from compliance.location import InvalidCaseError, Location
from compliance.reasons import ReasonCode
from compliance.rules import Exemption, Jurisdiction, Rule, Rulebook, legal_purpose
from compliance.time_zone import zone

INTERNAL = Rule("internal list", "The contact's own wish (47 CFR 64.1200(d) and its like)")
_COUNTRY = "country"


@dataclass(frozen=True, slots=True)
class Listing:
    """A list entry that stands, unless consent lifts it."""

    reason: ReasonCode
    rule: Rule
    lifted_by: tuple[Exemption, ...] = ()


@dataclass(frozen=True, slots=True)
class AgingCopy:
    """A registry's copy that may be used up to a number of days after its date."""

    rule: Rule
    as_of: date
    max_age_days: int

    def is_too_old(self, instant: datetime, zones: Iterable[str]) -> bool:
        """Too many days have passed by the local date in any of the zones."""
        return any(
            (instant.astimezone(zone(name)).date() - self.as_of).days > self.max_age_days
            for name in zones
        )


def listings(case: Case, location: Location) -> Iterator[Listing]:
    """The list entries of a case that stand under the rules of its place."""
    sources = {entry.source for entry in case.suppressed}
    if SuppressionSource.INTERNAL in sources:
        yield Listing(ReasonCode.SUPPRESSED, INTERNAL)
    if SuppressionSource.NATIONAL in sources:
        for jurisdiction in _bound(case, location):
            yield from _national(jurisdiction)


def aging_copies(case: Case, location: Location, rulebook: Rulebook) -> Iterator[AgingCopy]:
    """The copies in use of registries that bind this case.

    Raises:
        InvalidCaseError: a copy names a jurisdiction that has no rules.
    """
    if not case.registries:
        return
    oldest = _oldest_by_name(case.registries, rulebook)
    for jurisdiction in _bound(case, location):
        register = jurisdiction.do_not_call
        as_of = oldest.get(jurisdiction.code)
        if register is not None and register.max_age_days is not None and as_of is not None:
            yield AgingCopy(register.rule, as_of, register.max_age_days)


def _bound(case: Case, location: Location) -> Iterator[Jurisdiction]:
    purpose = legal_purpose(case.campaign.purpose)
    for jurisdiction in location.jurisdictions:
        if purpose in jurisdiction.purposes:
            yield jurisdiction


def _national(jurisdiction: Jurisdiction) -> Iterator[Listing]:
    """A listing binds in its country, and in a state whose law names exceptions of its own."""
    register = jurisdiction.do_not_call
    exceptions = register.exceptions if register is not None else None
    if jurisdiction.level != _COUNTRY and exceptions is None:
        return
    rule = register.rule if register is not None else jurisdiction.rule
    yield Listing(ReasonCode.NATIONAL_DO_NOT_CALL, rule, exceptions or ())


def _oldest_by_name(copies: Iterable[RegistryCopy], rulebook: Rulebook) -> dict[str, date]:
    oldest: dict[str, date] = {}
    for copy in copies:
        if copy.name not in rulebook.jurisdictions:
            raise InvalidCaseError(
                f"registries.name: there are no rules of the code {copy.name[:40]!r}"
            )
        oldest[copy.name] = min(copy.as_of, oldest.get(copy.name, copy.as_of))
    return oldest
