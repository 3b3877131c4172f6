"""The rules of a place in words, for a compliance officer to read and check."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from compliance.case import DialMode
from compliance.rules import (
    AttemptCap,
    ChannelBan,
    ConsentDuty,
    Cooldown,
    DoNotCallList,
    EmergencyBan,
    Exemption,
    HolidayRule,
    Jurisdiction,
    LegalPurpose,
    LocalSpan,
    Period,
    Rule,
    Rulebook,
    Window,
)

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class ListedRule:
    """One rule: whose it is, what it says, where it comes from, and how sure that is."""

    jurisdiction: str
    rule: str
    says: str
    citation: str
    as_of: str
    confidence: str


AnyRule = (
    Window
    | HolidayRule
    | AttemptCap
    | Cooldown
    | ConsentDuty
    | ChannelBan
    | frozenset[DialMode]
    | DoNotCallList
)
"""A rule of a jurisdiction as a value; a set of dial modes is those that it bars."""


def rules_of(code: str, rulebook: Rulebook) -> Iterator[ListedRule]:
    """Every rule of a jurisdiction or overlay and of those that it extends, nearest first.

    Raises:
        KeyError: there are no rules of that code.
    """
    for jurisdiction in rulebook.chain(code):
        for _, listed in own_rules(jurisdiction):
            yield listed


def own_rules(jurisdiction: Jurisdiction) -> Iterator[tuple[AnyRule, ListedRule]]:
    """Every rule of a jurisdiction itself, and beside it its words."""
    for value, rule, says in _rules(jurisdiction):
        yield (
            value,
            ListedRule(
                jurisdiction.code,
                rule.id,
                says,
                rule.citation,
                jurisdiction.as_of,
                jurisdiction.confidence,
            ),
        )


def ban_says(ban: EmergencyBan) -> str:
    """What an emergency ban says."""
    end = "until it is lifted" if ban.end is None else f"until {_moment(ban.end)}"
    if ban.end is not None and not isinstance(ban.end, datetime):
        end += ", both included, in the contact's local time"
    purposes = "every purpose" if len(ban.purposes) == len(LegalPurpose) else words(ban.purposes)
    return (
        f"{words(ban.places)}: no {words(ban.channels)} for {purposes}"
        f" from {_moment(ban.start)} {end}; {ban.why}"
    )


def _moment(moment: date | datetime) -> str:
    if isinstance(moment, datetime):
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return moment.isoformat()


def _rules(jurisdiction: Jurisdiction) -> Iterator[tuple[AnyRule, Rule, str]]:
    zones = jurisdiction.hours_zones
    where = "the contact's local time" if zones is None else f"{', '.join(zones)} time"
    for window in jurisdiction.windows:
        yield window, window.rule, f"{words(window.channels)}: {_days(window)} in {where}"
    if jurisdiction.holidays is not None:
        yield jurisdiction.holidays, jurisdiction.holidays.rule, _holidays(jurisdiction.holidays)
    for cap in jurisdiction.caps:
        yield cap, cap.rule, _cap(cap)
    for cooldown in jurisdiction.cooldowns:
        unless = " unless an agent is guaranteed" if cooldown.lifted_by_guaranteed_agent else ""
        says = f"no call for {cooldown.hours} h after {cooldown.outcome.value}{unless}"
        yield cooldown, cooldown.rule, says
    for duty in jurisdiction.consents:
        but = f" (not in {words(duty.except_modes)})" if duty.except_modes else ""
        says = f"{words(duty.channels)}{but} for {words(jurisdiction.purposes)}"
        yield duty, duty.rule, f"{says}: consent {duty.kind.value} or stronger"
    for ban in jurisdiction.banned_channels:
        unless = f" unless consent {ban.unless.value} is on file" if ban.unless else ""
        yield ban, ban.rule, f"{ban.channel.value} is barred{unless}"
    if jurisdiction.banned_modes:
        says = f"dial modes barred: {words(jurisdiction.banned_modes)}"
        yield jurisdiction.banned_modes, jurisdiction.rule, says
    register = jurisdiction.do_not_call
    if register is not None and register != DoNotCallList(register.rule, None, None):
        yield register, register.rule, _register(register, jurisdiction)


def _days(window: Window) -> str:
    days = (
        "daily" if len(window.days) == 7 else words(_DAYS[day - 1] for day in sorted(window.days))
    )
    return f"{days} {span_words(window.span)}"


def span_words(span: LocalSpan) -> str:
    """Hours as a reader writes them: 08:00-21:00."""
    return "-".join(
        f"{second // 3600:02d}:{second % 3600 // 60:02d}" for second in (span.start, span.end)
    )


def _holidays(rule: HolidayRule) -> str:
    place = "-".join(part for part in (rule.calendar.country, rule.calendar.subdivision) if part)
    parts = []
    if rule.banned:
        parts.append(f"no calls on holidays ({place})")
    if rule.reduced is not None:
        channels = words(rule.reduced.channels)
        parts.append(f"holidays ({place}), {channels}: only {span_words(rule.reduced.span)}")
    if rule.eve is not None:
        parts.append(f"on their eve only {span_words(rule.eve)}")
    return "; ".join(parts) + _lifted(rule.lifted_by)


def _cap(cap: AttemptCap) -> str:
    per = f"per {cap.key.value}, counting {words(cap.media)}"
    if cap.after is not None:
        says = f"no attempt {_within(cap.period)} after {cap.after.value} {per}"
    else:
        says = f"at most {count(cap.maximum, 'attempt')} {_within(cap.period)} {per}"
    if cap.purposes is not None:
        says += f", for {words(cap.purposes)}"
    if cap.channels is not None:
        says += f", by {words(cap.channels)}"
    return says + _lifted(cap.lifted_by)


def _register(register: DoNotCallList, jurisdiction: Jurisdiction) -> str:
    says = f"do-not-call list for {words(jurisdiction.purposes)}"
    if register.max_age_days is not None:
        says += f": a copy of at most {register.max_age_days} days"
    return says + _lifted(register.exceptions)


def _within(period: Period) -> str:
    if period.calendar_month:
        return "in a calendar month"
    return (
        f"within {period.hours} h" if period.hours else f"within {count(period.days, 'local date')}"
    )


def count(number: int, noun: str) -> str:
    """A number of things: 1 day, 2 days."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _lifted(exemptions: Collection[Exemption] | None) -> str:
    if not exemptions:
        return ""
    kinds = (
        one.kind.value + (f" of {one.within_months} months" if one.within_months else "")
        for one in exemptions
    )
    return f"; lifted by consent {' or '.join(kinds)}"


def words(values: Iterable[str]) -> str:
    """Values apart by commas; those of a set in order."""
    return ", ".join(sorted(values)) if isinstance(values, frozenset) else ", ".join(values)
