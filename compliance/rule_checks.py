"""Every rule that was looked at for one case, in words, and whether it stands against it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from compliance.attempt_limits import cap_binds, cooldown_binds, limit_rule
from compliance.case import CampaignTerms, Case, Channel
from compliance.consent import duties
from compliance.objections import BAD_NUMBER, NO_PLACE, NO_ZONE, REVOKED
from compliance.quiet_time import OPEN_HOURS_RULE, period_rule
from compliance.reasons import Reason, ReasonCode
from compliance.rule_listing import AnyRule, ListedRule, ban_says, own_rules
from compliance.rules import (
    AttemptCap,
    ChannelBan,
    ConsentDuty,
    Cooldown,
    DoNotCallList,
    EmergencyBan,
    HolidayRule,
    Jurisdiction,
    LegalChannel,
    Rule,
    Window,
    legal_channel,
    legal_purpose,
)
from compliance.screening import Examination
from compliance.suppression import INTERNAL


class Verdict(StrEnum):
    """What a rule means for an attempt."""

    STANDS = "stands"
    """It stands against the attempt."""
    DOES_NOT_STAND = "does_not_stand"
    """It is about such attempts, and does not stand against this one."""
    NOT_CONCERNED = "not_concerned"
    """It is about other channels, purposes or dial modes."""


@dataclass(frozen=True, slots=True)
class Check:
    """One rule that was looked at; `reasons` are those that it gave against the attempt."""

    rule: ListedRule
    verdict: Verdict
    reasons: tuple[Reason, ...]


_CODES = {
    Window: {ReasonCode.OUTSIDE_CALLING_HOURS},
    HolidayRule: {ReasonCode.HOLIDAY, ReasonCode.OUTSIDE_CALLING_HOURS},
    AttemptCap: {ReasonCode.LEGAL_ATTEMPT_LIMIT, ReasonCode.COOLDOWN_AFTER_CONVERSATION},
    Cooldown: {ReasonCode.COOLDOWN_AFTER_ABANDONED, ReasonCode.COOLDOWN_AFTER_MACHINE},
    ConsentDuty: {ReasonCode.NO_CONSENT},
    ChannelBan: {ReasonCode.CHANNEL_PROHIBITED},
    frozenset: {ReasonCode.MODE_NOT_PERMITTED},
    DoNotCallList: {ReasonCode.NATIONAL_DO_NOT_CALL, ReasonCode.REGISTRY_OUT_OF_DATE},
}
_OF_EVERY_CASE = (
    (ReasonCode.INVALID_NUMBER, BAD_NUMBER, "the contact's number must be one that can be dialled"),
    (ReasonCode.UNKNOWN_TIME_ZONE, NO_ZONE, "the contact's time zone must be known"),
    (ReasonCode.UNKNOWN_JURISDICTION, NO_PLACE, "the rules of every possible place must be known"),
    (ReasonCode.CONSENT_REVOKED, REVOKED, "consent must not have been taken back"),
    (ReasonCode.SUPPRESSED, INTERNAL, "the contact must not be on your own do-not-call list"),
)
_SAYS = {
    ReasonCode.CHANNEL_PROHIBITED: "no hours are known in which this channel is allowed",
    ReasonCode.NATIONAL_DO_NOT_CALL: "the contact is on the national do-not-call list",
    ReasonCode.NO_COMMON_WINDOW: "there must be an instant at which nothing stands against it",
}
_CAMPAIGN, _ANYWHERE, _OPERATOR = "campaign", "any", "operator"


def checks(found: Examination, reasons: Collection[Reason]) -> list[Check]:
    """Every rule that was looked at, given the reasons of the decision; those appear in it once."""
    seen = [
        *_of_places(found, reasons),
        *_of_emergencies(found, reasons),
        *_of_campaign(found.case.campaign, reasons),
        *(
            _check(_listed(_ANYWHERE, rule, says), {code}, reasons)
            for code, rule, says in _OF_EVERY_CASE
        ),
    ]
    told = {reason for check in seen for reason in check.reasons}
    return [*seen, *(_left(reason) for reason in reasons if reason not in told)]


def _of_places(found: Examination, reasons: Collection[Reason]) -> Iterator[Check]:
    case = found.case
    for jurisdiction in found.location.jurisdictions:
        for value, listed in own_rules(jurisdiction):
            concerns = _concerns(value, jurisdiction, case)
            yield _check(listed, _CODES[type(value)], reasons, concerns=concerns)


def _concerns(value: AnyRule, jurisdiction: Jurisdiction, case: Case) -> bool:
    """Whether a rule is about attempts such as this one."""
    channel = legal_channel(case.channel, case.campaign.dial_mode)
    match value:
        case Window():
            return channel in value.channels
        case HolidayRule():
            return _changes_hours(value, channel)
        case AttemptCap():
            return cap_binds(value, case, channel)
        case Cooldown():
            return cooldown_binds(value, case)
        case ConsentDuty():
            return value in duties((jurisdiction,), case.campaign, channel)
        case ChannelBan():
            return value.channel is channel
        case DoNotCallList():
            return legal_purpose(case.campaign.purpose) in jurisdiction.purposes
        case _:
            return case.channel is Channel.VOICE


def _changes_hours(rule: HolidayRule, channel: LegalChannel) -> bool:
    if channel is LegalChannel.EMAIL:
        return False
    reduced = rule.reduced is not None and channel in rule.reduced.channels
    return rule.banned or reduced or rule.eve is not None


def _of_emergencies(found: Examination, reasons: Collection[Reason]) -> Iterator[Check]:
    case = found.case
    for ban in found.location.emergency_bans:
        listed = _listed(_OPERATOR, ban.rule, ban_says(ban))
        codes = {ReasonCode.RESTRICTED_PERIOD}
        yield _check(listed, codes, reasons, concerns=_is_about(ban, case))


def _is_about(ban: EmergencyBan, case: Case) -> bool:
    channel = legal_channel(case.channel, case.campaign.dial_mode)
    return channel in ban.channels and legal_purpose(case.campaign.purpose) in ban.purposes


def _of_campaign(terms: CampaignTerms, reasons: Collection[Reason]) -> Iterator[Check]:
    if terms.open_hours is not None:
        spans = [
            f"{day.value.title()} {span.start:%H:%M}-{span.end:%H:%M}"
            for day, hours in terms.open_hours.items()
            for span in hours
        ]
        says = f"open {', '.join(spans) or 'at no time'}, in the contact's local time"
        listed = _listed(_CAMPAIGN, OPEN_HOURS_RULE, says)
        yield _check(listed, {ReasonCode.OUTSIDE_OPEN_HOURS}, reasons)
    for period in terms.restricted_periods:
        rule = period_rule(period)
        says = f"nobody is reached from {period.start} to {period.end}, both included"
        codes = {ReasonCode.RESTRICTED_PERIOD}
        yield _check(_listed(_CAMPAIGN, rule, says), codes, reasons)
    for limit in terms.attempt_limits:
        rule = limit_rule(limit)
        says = f"at most {limit.max} attempts in any {limit.days} x 24 h"
        yield _check(_listed(_CAMPAIGN, rule, says), {ReasonCode.ATTEMPT_LIMIT}, reasons)


def _left(reason: Reason) -> Check:
    says = _SAYS.get(reason.code, reason.code.value.replace("_", " "))
    listed = _listed(_ANYWHERE, Rule(reason.rule, reason.citation), says)
    return Check(listed, Verdict.STANDS, (reason,))


def _listed(whose: str, rule: Rule, says: str) -> ListedRule:
    return ListedRule(whose, rule.id, says, rule.citation, as_of="", confidence="")


def _check(
    listed: ListedRule,
    codes: Collection[ReasonCode],
    reasons: Collection[Reason],
    *,
    concerns: bool = True,
) -> Check:
    given = tuple(
        reason
        for reason in reasons
        if reason.code in codes and (reason.rule, reason.citation) == (listed.rule, listed.citation)
    )
    if given:
        return Check(listed, Verdict.STANDS, given)
    return Check(listed, Verdict.DOES_NOT_STAND if concerns else Verdict.NOT_CONCERNED, ())
