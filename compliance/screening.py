"""May this contact be reached now? One case and the rules in, one decision out.

Allow: every zone that the contact may be in is open and nothing else stands against it. Defer: not
now, but from a known instant on if nothing else changes. Deny: no later time makes it right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from compliance.case import Case, Channel
from compliance.location import InvalidCaseError, Location, locate
from compliance.objections import Objection, QuietTime, against
from compliance.phone_number import InvalidPhoneNumberError, PhoneNumber, parse
from compliance.quiet_time import Strand, next_common_open, whole_second
from compliance.reasons import Reason, ReasonCode
from compliance.rules import Rulebook

__all__ = [
    "Allow",
    "Decision",
    "Defer",
    "Deny",
    "Examination",
    "InvalidCaseError",
    "Reason",
    "ReasonCode",
    "decide",
    "examine",
    "first_free",
    "lacks_only_a_copy",
    "no_case",
    "published",
    "screen",
]

SEARCHED = timedelta(days=366)
"""How far ahead an allowed instant is looked for."""

_MAILBOX = re.compile(r"[^@\s]+@[^@\s]+")
# Before, and a year of searching after, some calendars have no holidays: those days would be open.
_FIRST_YEAR, _LAST_YEAR = 2008, 2098
_NO_COMMON_WINDOW = Reason(
    ReasonCode.NO_COMMON_WINDOW,
    "no allowed instant within 366 days",
    "12 CFR 1006.6(b) comment 6(b)(1)(i)-2, as the safe reading for all purposes",
)


@dataclass(frozen=True, slots=True)
class Allow:
    """The attempt may start at `case_at`; `phone` is its E.164 number, empty for e-mail."""

    time_zones: tuple[str, ...]
    rulebook: str
    case_at: datetime
    phone: str


@dataclass(frozen=True, slots=True)
class Defer:
    """Not now; `not_before` (UTC, whole seconds) is the first instant at which nothing stands."""

    time_zones: tuple[str, ...]
    rulebook: str
    not_before: datetime
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Deny:
    """No later time makes it right."""

    time_zones: tuple[str, ...]
    rulebook: str
    reasons: tuple[Reason, ...]


Decision = Allow | Defer | Deny


class Examination(NamedTuple):
    """A case, where its contact may be, and all that stands or may come to stand against it.

    `number_fault` says why the contact's number is none that can be dialled; empty: it is one.
    """

    case: Case
    number: PhoneNumber | None
    number_fault: str
    location: Location
    objections: list[Objection]


def screen(case: Case, rulebook: Rulebook) -> Decision:
    """Decide on one case.

    Raises:
        InvalidCaseError: the case is none: the message names the field and what is wrong.
    """
    return decide(examine(case, rulebook), rulebook)


def examine(case: Case, rulebook: Rulebook) -> Examination:
    """Find all that bears on one case.

    Raises:
        InvalidCaseError: the case is none: the message names the field and what is wrong.
    """
    _check_instant(case.at)
    number, fault = _address(case)
    location = locate(case, number, rulebook)
    has_valid_address = not fault or case.channel is Channel.EMAIL
    objections = against(case, location, rulebook, has_valid_address=has_valid_address)
    return Examination(case, number, fault, location, objections)


def decide(found: Examination, rulebook: Rulebook) -> Decision:
    """The decision that follows from all that was found."""
    at, location, number = found.case.at, found.location, found.number
    reasons = _reasons_at(at, found.objections)
    if not reasons:
        by_phone = number is not None and found.case.channel is not Channel.EMAIL
        phone = number.e164 if number is not None and by_phone else ""
        return Allow(location.time_zones, rulebook.version, at, phone)
    if any(objection.is_final(at) for objection in found.objections):
        return Deny(location.time_zones, rulebook.version, reasons)
    not_before, left = first_free(at, found.objections)
    if not_before is None:
        reasons = _distinct((*reasons, *left, _NO_COMMON_WINDOW))
        return Deny(location.time_zones, rulebook.version, reasons)
    return Defer(location.time_zones, rulebook.version, not_before, reasons)


def no_case(error: InvalidCaseError, rulebook: Rulebook) -> Deny:
    """The decision on a contact whose facts make no valid case: never dialed (D5)."""
    reason = Reason(ReasonCode.UNKNOWN_JURISDICTION, str(error), "fail closed")
    return Deny((), rulebook.version, (reason,))


def lacks_only_a_copy(case: Case, decision: Deny, rulebook: Rulebook) -> bool:
    """Whether a contact is denied for nothing but a registry's copy that is too old."""
    codes = {reason.code for reason in decision.reasons}
    if ReasonCode.REGISTRY_OUT_OF_DATE not in codes:
        return False
    return not isinstance(screen(replace(case, registries=()), rulebook), Deny)


def published(decision: Decision) -> dict[str, object]:
    """The fields of a decision as the screening contract names them."""
    time_zones = list(decision.time_zones)
    if isinstance(decision, Allow):
        return {"decision": "allow", "time_zones": time_zones, "rulebook": decision.rulebook}
    reasons = [
        {"code": reason.code.value, "rule": reason.rule, "citation": reason.citation}
        for reason in decision.reasons
    ]
    rest = {"time_zones": time_zones, "reasons": reasons, "rulebook": decision.rulebook}
    if isinstance(decision, Defer):
        not_before = decision.not_before.strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"decision": "defer", "not_before": not_before, **rest}
    return {"decision": "deny", **rest}


def _check_instant(at: datetime) -> None:
    if at.utcoffset() is None:
        raise InvalidCaseError("at: give an instant with its offset from UTC")
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise InvalidCaseError(
            f"at: the calendars of legal holidays reach from {_FIRST_YEAR} to {_LAST_YEAR}"
        )


def _address(case: Case) -> tuple[PhoneNumber | None, str]:
    """The contact's number, and why there is none if the one that was given cannot be dialled."""
    contact = case.contact
    if case.channel is Channel.EMAIL and not _MAILBOX.fullmatch(contact.email or ""):
        raise InvalidCaseError("contact.email: give the address for the channel, as name@host")
    if contact.phone is None:
        if case.channel is Channel.EMAIL:
            return None, ""
        raise InvalidCaseError("contact.phone: give the number for the channel")
    try:
        return parse(contact.phone, contact.country), ""
    except InvalidPhoneNumberError as error:
        if error.reason == "country_missing":
            raise InvalidCaseError(f"contact.phone: {error}") from None
        return None, str(error)


def first_free(
    start: datetime, objections: Sequence[Objection]
) -> tuple[datetime | None, tuple[Reason, ...]]:
    """The first whole second without objection, or else what by then has become final."""
    latest = start + SEARCHED
    hours, others = _apart(objections)
    instant = whole_second(start)
    while True:
        begun = instant
        for strands, length in hours:
            opening = next_common_open(strands, instant, length, latest)
            if opening is None:
                return None, ()
            instant = opening
        for objection in others:
            free = objection.next_free(instant, latest)
            if free is None or free > latest:
                return None, objection.reasons_at(instant) if objection.is_final(instant) else ()
            instant = whole_second(free)
        if instant == begun:
            return instant, ()


def _apart(
    objections: Sequence[Objection],
) -> tuple[list[tuple[tuple[Strand, ...], timedelta]], list[Objection]]:
    """Quiet times that nothing lifts, by their length, and every other objection."""
    strands: dict[timedelta, list[Strand]] = {}
    others: list[Objection] = []
    for objection in objections:
        if isinstance(objection, QuietTime) and objection.consent is None:
            strands.setdefault(objection.length, []).append(objection.strand)
        else:
            others.append(objection)
    return [(tuple(found), length) for length, found in strands.items()], others


def _reasons_at(instant: datetime, objections: Iterable[Objection]) -> tuple[Reason, ...]:
    return _distinct(reason for one in objections for reason in one.reasons_at(instant))


def _distinct(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(reasons))
