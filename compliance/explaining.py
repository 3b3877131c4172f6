"""How a decision came about: for a lawyer to read, and for a program.

The decision is that of `screening.screen`; here stands beside it what was read from the number and
the address, which clocks and rules count because of it, and each rule that was looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from compliance.case import Case
from compliance.clues import Clue, Pointer
from compliance.location import pointers
from compliance.objections import Objection, attempt_length
from compliance.phone_number import PhoneNumber
from compliance.reasons import Reason
from compliance.rule_checks import Check, Verdict, checks
from compliance.rules import Jurisdiction, Rulebook
from compliance.screening import (
    Allow,
    Decision,
    Defer,
    Examination,
    decide,
    examine,
    first_free,
    published,
)
from compliance.time_zone import zone

_WORDS = {
    Clue.AREA_CODE: "the number's area code {}",
    Clue.NUMBER: "the number's place in {}",
    Clue.NUMBER_COUNTRY: "the number's country {}",
    Clue.REGION: "the address, in {}",
    Clue.POSTAL_CODE: "the address's postal code, from {}",
    Clue.COUNTRY: "the address, in {}",
    Clue.DECLARED: "declared as {}",
    Clue.CAMPAIGN: "named by the campaign as {}",
    Clue.DEBT_COLLECTION: "debt collection in {}",
    Clue.EXTENDED: "{} adds to it",
}
_HEADINGS = {
    Verdict.STANDS: "Stands against it",
    Verdict.DOES_NOT_STAND: "Looked at, does not stand against it",
    Verdict.NOT_CONCERNED: "About other channels, purposes or dial modes",
}


@dataclass(frozen=True, slots=True)
class LocalTime:
    """The clock in a zone where the contact may be, when dialling starts and at the latest end."""

    zone: str
    because: tuple[Pointer, ...]
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class AppliedRules:
    """A jurisdiction or overlay whose rules apply, and what points to it."""

    jurisdiction: Jurisdiction
    because: tuple[Pointer, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """A reason to wait: first met at `since`, gone for good at `until` if nothing else changes."""

    reason: Reason
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision and how it came about.

    Attributes:
        case: What was asked.
        decision: What `screen` decides.
        number: The contact's number as it was read; None: there is none that can be dialled.
        number_fault: Why the number that was given cannot be dialled; empty: it can.
        local_times: The clocks that count, by zone.
        applied: The jurisdictions whose rules apply.
        checks: Every rule that was looked at.
        waits: With a deferral, when each reason is gone, in the order in which they are met.
    """

    case: Case
    decision: Decision
    number: PhoneNumber | None
    number_fault: str
    local_times: tuple[LocalTime, ...]
    applied: tuple[AppliedRules, ...]
    checks: tuple[Check, ...]
    waits: tuple[Wait, ...]


def explain(case: Case, rulebook: Rulebook) -> Explanation:
    """Decide on one case, and say how the decision came about.

    Raises:
        InvalidCaseError: the case is none: the message names the field and what is wrong.
    """
    found = examine(case, rulebook)
    decision = decide(found, rulebook)
    because = pointers(case, found.number, rulebook)
    end = case.at + attempt_length(case)
    reasons = () if isinstance(decision, Allow) else decision.reasons
    return Explanation(
        case=case,
        decision=decision,
        number=found.number,
        number_fault=found.number_fault,
        local_times=tuple(
            LocalTime(
                name,
                because.time_zones[name],
                case.at.astimezone(zone(name)),
                end.astimezone(zone(name)),
            )
            for name in found.location.time_zones
        ),
        applied=tuple(
            AppliedRules(one, because.jurisdictions[one.code])
            for one in found.location.jurisdictions
        ),
        checks=tuple(checks(found, reasons)),
        waits=tuple(_waits(found, decision)),
    )


def _waits(found: Examination, decision: Decision) -> Iterable[Wait]:
    """Each reason that is met on the way to the first allowed instant, until it is last gone."""
    if not isinstance(decision, Defer):
        return ()
    waits: dict[Reason, Wait] = {}
    instant = found.case.at
    while instant < decision.not_before:
        standing = _standing(found.objections, instant)
        ends = {reason: _gone(instant, group) for reason, group in standing.items()}
        for reason, end in ends.items():
            since = waits[reason].since if reason in waits else instant
            waits[reason] = Wait(reason, since, end)
        instant = max(ends.values())
    return waits.values()


def _standing(objections: Iterable[Objection], instant: datetime) -> dict[Reason, list[Objection]]:
    standing: dict[Reason, list[Objection]] = {}
    for objection in objections:
        for reason in objection.reasons_at(instant):
            standing.setdefault(reason, []).append(objection)
    return standing


def _gone(instant: datetime, group: list[Objection]) -> datetime:
    """When none of the objections stands: of a case that can be deferred, each ends some time."""
    end, _ = first_free(instant, group)
    assert end is not None
    return end


# ---------------------------------------------------------------------------------- for a program


def as_json(explanation: Explanation) -> dict[str, object]:
    """An explanation as JSON values; the decision as the screening contract publishes it."""
    case, number = explanation.case, explanation.number
    return {
        "at": _instant(case.at),
        "channel": case.channel.value,
        "purpose": case.campaign.purpose.value,
        "dial_mode": case.campaign.dial_mode.value,
        "decision": published(explanation.decision),
        "number": None
        if number is None
        else {
            "e164": number.e164,
            "kind": number.kind.value,
            "country": number.country,
            "time_zones": list(number.time_zones),
        },
        "number_fault": explanation.number_fault or None,
        "local_times": [
            {
                "time_zone": local.zone,
                "start": local.start.isoformat(),
                "end": local.end.isoformat(),
                "because": _pointers(local.because),
            }
            for local in explanation.local_times
        ],
        "jurisdictions": [
            {
                "code": one.jurisdiction.code,
                "name": one.jurisdiction.name,
                "as_of": one.jurisdiction.as_of,
                "confidence": one.jurisdiction.confidence,
                "because": _pointers(one.because),
            }
            for one in explanation.applied
        ],
        "rules": [_rule(check) for check in explanation.checks],
        "waits": [
            {
                "code": wait.reason.code.value,
                "rule": wait.reason.rule,
                "since": _instant(wait.since),
                "until": _instant(wait.until),
            }
            for wait in explanation.waits
        ],
    }


def _rule(check: Check) -> dict[str, object]:
    listed = check.rule
    return {
        "jurisdiction": listed.jurisdiction,
        "rule": listed.rule,
        "says": listed.says,
        "citation": listed.citation,
        "as_of": listed.as_of,
        "confidence": listed.confidence,
        "verdict": check.verdict.value,
        "codes": [reason.code.value for reason in check.reasons],
    }


def _pointers(because: Iterable[Pointer]) -> list[dict[str, str]]:
    return [{"clue": one.clue.value, "value": one.value} for one in because]


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


# ----------------------------------------------------------------------------------- for a person


def as_lines(explanation: Explanation) -> list[str]:
    """An explanation as plain text, line by line."""
    case = explanation.case
    return [
        _decided(explanation.decision),
        f"Asked: {case.channel.value} at {_instant(case.at)},"
        f" for {case.campaign.purpose.value.replace('_', ' ')},"
        f" dial mode {case.campaign.dial_mode.value}",
        f"Rulebook: {explanation.decision.rulebook}",
        _number(explanation),
        *_section("The contact's clock", map(_clock, explanation.local_times)),
        *_section("Rules that apply", map(_applied, explanation.applied)),
        *_section("What has to pass", map(_wait, explanation.waits)),
        *(
            line
            for verdict, heading in _HEADINGS.items()
            for line in _section(
                heading,
                (_checked(check) for check in explanation.checks if check.verdict is verdict),
            )
        ),
    ]


def _decided(decision: Decision) -> str:
    if isinstance(decision, Allow):
        return "Decision: allowed"
    if not isinstance(decision, Defer):
        return "Decision: denied; no later time makes it right"
    clocks = ", ".join(_local(decision.not_before, name) for name in decision.time_zones)
    where = f" ({clocks})" if clocks else ""
    return f"Decision: not now, but from {_instant(decision.not_before)}{where}"


def _number(explanation: Explanation) -> str:
    number = explanation.number
    if number is None:
        return f"Number: none; {explanation.number_fault or 'the case names none'}"
    kind = number.kind.value.replace("_", " ")
    return f"Number: {number.e164}, {kind}, {number.country or 'of no country'}"


def _section(heading: str, lines: Iterable[str]) -> list[str]:
    found = [f"  {line}" for line in lines]
    return ["", f"{heading}:", *found] if found else []


def _clock(local: LocalTime) -> str:
    end = f" to {local.end:%H:%M:%S}" if local.end != local.start else ""
    return f"{_local(local.start, local.zone)}{end}: {_because(local.because)}"


def _local(at: datetime, name: str) -> str:
    return f"{at.astimezone(zone(name)):%a %Y-%m-%d %H:%M:%S %z} {name}"


def _applied(one: AppliedRules) -> str:
    entry = one.jurisdiction
    reviewed = _reviewed(entry.confidence, entry.as_of)
    return f"{entry.code} {entry.name}: {_because(one.because)}{reviewed}"


def _wait(wait: Wait) -> str:
    since, until = _instant(wait.since), _instant(wait.until)
    return f"{wait.reason.code.value} {wait.reason.rule}: from {since} until {until}"


def _checked(check: Check) -> str:
    listed = check.rule
    codes = "".join(f"{reason.code.value} " for reason in check.reasons)
    reviewed = _reviewed(listed.confidence, listed.as_of)
    return f"{codes}{listed.rule}: {listed.says} [{listed.citation}]{reviewed}"


def _reviewed(confidence: str, as_of: str) -> str:
    return f" ({confidence}, {as_of})" if confidence and as_of else ""


def _because(because: Iterable[Pointer]) -> str:
    return "; ".join(_WORDS[one.clue].format(one.value) for one in because)
