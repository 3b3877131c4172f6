"""Caps on attempts and cool-downs after them, worked out from a contact's history.

Each limit that binds becomes a hold: it stands until an instant that is known, because what the
history holds only grows older. An attempt that is dated in the future counts as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from compliance.case import AttemptLimit, Case, Channel, Direction, PastAttempt, PastOutcome
from compliance.location import Location
from compliance.reasons import ReasonCode
from compliance.rules import (
    AttemptCap,
    CapKey,
    Cooldown,
    Exemption,
    LegalChannel,
    Period,
    Rule,
    agent_is_guaranteed,
    legal_purpose,
)
from compliance.time_zone import start_of_day, zone

_COOLDOWN_REASONS = {
    PastOutcome.ABANDONED: ReasonCode.COOLDOWN_AFTER_ABANDONED,
    PastOutcome.MACHINE: ReasonCode.COOLDOWN_AFTER_MACHINE,
}

# A person who refuses does so in a conversation.
_OUTCOMES_AFTER = {
    PastOutcome.CONVERSATION: frozenset({PastOutcome.CONVERSATION, PastOutcome.REFUSED}),
    PastOutcome.REFUSED: frozenset({PastOutcome.REFUSED}),
}


@dataclass(frozen=True, slots=True)
class Hold:
    """A limit that stands against every instant before `until`; None: against all."""

    reason: ReasonCode
    rule: Rule
    until: datetime | None
    lifted_by: tuple[Exemption, ...] = ()


def holds(case: Case, location: Location, channel: LegalChannel) -> list[Hold]:
    """All limits to which the history of a case gives reason, those already over among them."""
    found = list(_campaign_holds(case))
    if not case.history:
        return found
    for jurisdiction in location.jurisdictions:
        for cap in jurisdiction.caps:
            found += _legal_holds(cap, case, location, channel)
        for cooldown in jurisdiction.cooldowns:
            found += _cooldown_holds(cooldown, case)
    return found


def limit_rule(limit: AttemptLimit) -> Rule:
    """A limit of the campaign's own as a rule."""
    return Rule(
        f"campaign.attempt_limits: {limit.max} in {limit.days} x 24 h",
        "The campaign's own attempt limit",
    )


def cap_binds(cap: AttemptCap, case: Case, channel: LegalChannel) -> bool:
    """Whether a legal cap is about attempts such as this one."""
    if case.channel not in cap.media:
        return False
    if cap.channels is not None and channel not in cap.channels:
        return False
    return cap.purposes is None or legal_purpose(case.campaign.purpose) in cap.purposes


def cooldown_binds(cooldown: Cooldown, case: Case) -> bool:
    """Whether a cool-down is about attempts such as this one."""
    if case.channel is not Channel.VOICE:
        return False
    return not (cooldown.lifted_by_guaranteed_agent and agent_is_guaranteed(case.campaign))


def _campaign_holds(case: Case) -> Iterator[Hold]:
    """The campaign's own limits: all outbound attempts of every channel and outcome count."""
    times = _times(entry for entry in case.history if entry.direction is Direction.OUTBOUND)
    for limit in case.campaign.attempt_limits:
        rule = limit_rule(limit)
        if limit.max <= 0:
            yield Hold(ReasonCode.ATTEMPT_LIMIT, rule, None)
        elif len(times) >= limit.max:
            until = times[limit.max - 1] + timedelta(days=limit.days)
            yield Hold(ReasonCode.ATTEMPT_LIMIT, rule, until)


def _legal_holds(
    cap: AttemptCap, case: Case, location: Location, channel: LegalChannel
) -> Iterator[Hold]:
    if not cap_binds(cap, case, channel):
        return
    reason = ReasonCode.LEGAL_ATTEMPT_LIMIT
    if cap.after is not None:
        reason = ReasonCode.COOLDOWN_AFTER_CONVERSATION
    nth = max(cap.maximum, 1) - 1
    for group in _groups(cap, case):
        times = _times(entry for entry in group if _counts(cap, entry))
        if len(times) > nth:
            until = _end(cap.period, times[nth], location.time_zones)
            yield Hold(reason, cap.rule, until, cap.lifted_by)


def _cooldown_holds(cooldown: Cooldown, case: Case) -> Iterator[Hold]:
    if not cooldown_binds(cooldown, case):
        return
    times = _times(
        entry
        for entry in case.history
        if _is_outbound_voice(entry) and entry.outcome is cooldown.outcome
    )
    if times:
        until = times[0] + timedelta(hours=cooldown.hours)
        yield Hold(_COOLDOWN_REASONS[cooldown.outcome], cooldown.rule, until)


def _counts(cap: AttemptCap, entry: PastAttempt) -> bool:
    if entry.channel not in cap.media:
        return False
    if cap.after is not None:
        return entry.outcome in _OUTCOMES_AFTER[cap.after]
    return entry.direction is Direction.OUTBOUND and entry.outcome not in cap.not_counted


def _groups(cap: AttemptCap, case: Case) -> Iterator[Sequence[PastAttempt]]:
    """The history split by what the cap counts for; entries that do not say count for all."""
    subject, debts = case.campaign.subject, case.contact.debts
    if cap.key is CapKey.SUBJECT and subject is not None:
        yield [entry for entry in case.history if entry.subject in (None, subject)]
    elif cap.key is CapKey.DEBT and debts:
        for debt in debts:
            yield [entry for entry in case.history if not entry.debts or debt in entry.debts]
    else:
        yield case.history


def _times(entries: Iterable[PastAttempt]) -> list[datetime]:
    """The instants of the entries, latest first."""
    return sorted((entry.at for entry in entries), reverse=True)


def _is_outbound_voice(entry: PastAttempt) -> bool:
    return entry.channel is Channel.VOICE and entry.direction is Direction.OUTBOUND


def _end(period: Period, began: datetime, zones: Iterable[str]) -> datetime:
    """When a period that began at an attempt is over, in every zone for one of local dates."""
    if period.hours:
        return began + timedelta(hours=period.hours)
    return max((_end_of_dates(period, began, name) for name in zones), default=began)


def _end_of_dates(period: Period, began: datetime, name: str) -> datetime:
    first = began.astimezone(zone(name)).date()
    if period.calendar_month:
        return start_of_day(name, date(first.year + first.month // 12, first.month % 12 + 1, 1))
    return start_of_day(name, first + timedelta(days=period.days))
