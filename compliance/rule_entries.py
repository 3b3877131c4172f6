"""Makes the rules of one jurisdiction out of its entry in the rule file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from compliance.case import ConsentKind, PastOutcome
from compliance.holiday_calendar import KNOWN_DAY_RULE, has_calendar
from compliance.rule_format import (
    RawCalendar,
    RawCap,
    RawEntry,
    RawExemption,
    RawHolidays,
    RawHours,
    RawWindow,
    RulebookError,
)
from compliance.rules import (
    DAY_SECONDS,
    AddedDay,
    AttemptCap,
    ChannelBan,
    ConsentDuty,
    Cooldown,
    DoNotCallList,
    Exemption,
    HolidayCalendar,
    HolidayRule,
    Jurisdiction,
    LegalPurpose,
    LocalSpan,
    Period,
    ReducedHours,
    Rule,
    Source,
    Window,
)
from compliance.time_zone import known_zones

_HOURS = re.compile(r"PT(\d{1,4})H", re.ASCII)
_DAYS = re.compile(r"P(\d{1,5})D", re.ASCII)
_FIXED = "fixed:"
_NO_CITATION = "no source named"

# A request is not one of the kinds that can be on file: the strictest of them stands for it.
_KINDS: dict[str, ConsentKind | None] = {
    "none": None,
    "unknown": None,
    "prior_consent": ConsentKind.EXPRESS,
    "prior_express_consent": ConsentKind.EXPRESS,
    "prior_express_written_consent": ConsentKind.EXPRESS_WRITTEN,
    "express_request": ConsentKind.EXPRESS_WRITTEN,
}


def jurisdiction(entry: RawEntry, entries: Mapping[str, RawEntry]) -> Jurisdiction:
    """The rules of an entry; `entries` are all of the file, by code.

    Raises:
        RulebookError: a field's value means nothing, or what decides is missing.
    """
    ancestry = _ancestry(entry, entries)
    if entry.consent is not None and entry.consent_required is None:
        raise RulebookError(
            entry.code, "consent_required", "say which consent decides ([] for none)"
        )
    main = Rule(entry.code, entry.sources[0].cite if entry.sources else _NO_CITATION)
    return Jurisdiction(
        code=entry.code,
        name=entry.name,
        level=entry.level,
        parent=entry.extends,
        time_zones=tuple(sorted(entry.timezones)),
        purposes=_purposes(ancestry),
        rule=main,
        as_of=entry.as_of,
        confidence=entry.confidence,
        windows=tuple(_window(entry, row) for row in entry.windows),
        hours_zones=_hours_zones(entry, ancestry),
        holidays=_holidays(entry, main),
        caps=tuple(_cap(entry.code, cap, main) for cap in entry.attempt_caps),
        consents=_duties(entry),
        banned_channels=_channel_bans(entry, main),
        banned_modes=frozenset(entry.prohibited_modes),
        cooldowns=_cooldowns(entry, main),
        do_not_call=_list(entry, main),
        sources=tuple(Source(source.cite, source.url) for source in entry.sources),
        emergency_law=entry.emergency_ban or "",
        notes=entry.notes if isinstance(entry.notes, str) else "",
    )


def _ancestry(entry: RawEntry, entries: Mapping[str, RawEntry]) -> list[RawEntry]:
    ancestry = [entry]
    while (code := ancestry[-1].extends) is not None:
        check_known(entry.code, "extends", code, entries)
        if entries[code] in ancestry:
            raise RulebookError(entry.code, "extends", "the entry extends itself")
        ancestry.append(entries[code])
    return ancestry


def check_known(entry: str, field: str, code: str, known: Mapping[str, object]) -> None:
    """Refuse a code that is none of `known`.

    Raises:
        RulebookError: there is no such entry.
    """
    if code not in known:
        raise RulebookError(entry, field, f"there is no entry {code!r}")


def _purposes(ancestry: Sequence[RawEntry]) -> frozenset[LegalPurpose]:
    for entry in ancestry:
        if entry.scope is not None:
            return frozenset(entry.scope.purposes)
    return frozenset(LegalPurpose)


def _hours_zones(entry: RawEntry, ancestry: Sequence[RawEntry]) -> tuple[str, ...] | None:
    basis = next((one.hours_basis for one in ancestry if one.hours_basis), "called_party_local")
    if basis == "called_party_local":
        return None
    if basis == "state_time":
        return tuple(sorted(entry.timezones))
    zone = basis.removeprefix(_FIXED)
    if not basis.startswith(_FIXED) or zone not in known_zones():
        raise RulebookError(
            entry.code, "hours_basis", "use called_party_local, state_time or fixed:ZONE"
        )
    return (zone,)


def _span(entry: str, field: str, hours: RawHours) -> LocalSpan:
    span = LocalSpan(_seconds(hours.open), _seconds(hours.close))
    if span.start >= span.end:
        raise RulebookError(entry, field, "a window opens before it closes, within one day")
    return span


def _seconds(clock_time: str) -> int:
    hour, minute = clock_time.split(":")
    return min(int(hour) * 3600 + int(minute) * 60, DAY_SECONDS)


def _window(entry: RawEntry, row: RawWindow) -> Window:
    citation = row.cite or (entry.sources[0].cite if entry.sources else _NO_CITATION)
    return Window(
        rule=Rule(row.id, citation),
        channels=frozenset(row.channels),
        days=frozenset(row.days),
        span=_span(entry.code, f"windows {row.id}", row),
    )


def _exemptions(entry: str, field: str, rows: Sequence[RawExemption]) -> tuple[Exemption, ...]:
    return tuple(_exemption(entry, field, row) for row in rows)


def _exemption(entry: str, field: str, row: RawExemption) -> Exemption:
    if row.kind != "existing_relationship":
        kind = _KINDS[row.kind]
        return Exemption(kind or ConsentKind.EXPRESS_WRITTEN, row.within_months)
    if row.within_months is None:
        raise RulebookError(entry, field, "an existing relationship needs within_months")
    return Exemption(ConsentKind.EXISTING_RELATIONSHIP, row.within_months)


def _holidays(entry: RawEntry, main: Rule) -> HolidayRule | None:
    raw = entry.holidays
    if raw is None or raw.policy == "allowed":
        return None
    if raw.calendar is None:
        if raw.policy == "unknown":
            return None
        raise RulebookError(entry.code, "holidays.calendar", "name the calendar of the holidays")
    if (raw.policy == "reduced_window") != (raw.reduced is not None):
        raise RulebookError(entry.code, "holidays.reduced", "goes with policy reduced_window")
    override = _KINDS[raw.override]
    lifted_by = _exemptions(entry.code, "holidays.lifted_by", raw.lifted_by)
    return HolidayRule(
        rule=Rule(f"{entry.code}-HOLIDAYS", main.citation),
        calendar=_calendar(entry.code, raw, raw.calendar),
        banned=raw.policy != "reduced_window",
        lifted_by=(Exemption(override), *lifted_by) if override else lifted_by,
        reduced=_reduced(entry.code, raw),
        eve=_span(entry.code, "holidays.eve_window", raw.eve_window) if raw.eve_window else None,
    )


def _calendar(entry: str, raw: RawHolidays, source: RawCalendar) -> HolidayCalendar:
    for added in raw.add:
        if not KNOWN_DAY_RULE.fullmatch(added.rule):
            raise RulebookError(entry, "holidays.add.rule", f"unknown rule {added.rule!r}")
    calendar = HolidayCalendar(
        country=source.country,
        subdivision=source.subdiv,
        observed=raw.observed,
        substitutes_of_subdivisions=raw.substitutes_of_subdivisions,
        also_of_subdivision=raw.also_of_subdivision,
        added=tuple(
            AddedDay(tuple(part.strip() for part in added.name.split(",")), added.rule)
            for added in raw.add
        ),
        removed=frozenset(removed.name for removed in raw.remove),
    )
    if not has_calendar(calendar):
        raise RulebookError(entry, "holidays.calendar", "there is no such calendar")
    return calendar


def _reduced(entry: str, raw: RawHolidays) -> ReducedHours | None:
    if raw.reduced is None:
        return None
    span = _span(entry, "holidays.reduced", raw.reduced)
    return ReducedHours(frozenset(raw.reduced.channels), span)


def _cap(entry: str, raw: RawCap, main: Rule) -> AttemptCap:
    if (raw.count == 0) != (raw.after is not None):
        raise RulebookError(
            entry, f"attempt_caps {raw.id}", "`after` names the outcome, with count 0 and only then"
        )
    return AttemptCap(
        rule=Rule(raw.id, raw.cite or main.citation),
        maximum=raw.count,
        period=_period(entry, raw),
        key=raw.key,
        media=frozenset(raw.media),
        channels=None if raw.channels is None else frozenset(raw.channels),
        purposes=None if raw.purposes is None else frozenset(raw.purposes),
        after=raw.after,
        not_counted=frozenset(raw.outcomes_not_counted),
        lifted_by=_exemptions(entry, f"attempt_caps {raw.id}", raw.lifted_by),
    )


def _period(entry: str, raw: RawCap) -> Period:
    if raw.period == "calendar_day":
        return Period(days=1)
    if raw.period == "calendar_month":
        return Period(calendar_month=True)
    if match := _HOURS.fullmatch(raw.period):
        return Period(hours=int(match[1]))
    if match := _DAYS.fullmatch(raw.period):
        return Period(days=int(match[1]))
    raise RulebookError(
        entry, f"attempt_caps {raw.id}.period", "use PT..H, P..D, calendar_day or calendar_month"
    )


def _duties(entry: RawEntry) -> tuple[ConsentDuty, ...]:
    return tuple(
        ConsentDuty(
            rule=Rule(raw.id, raw.cite),
            channels=frozenset(raw.channels),
            kind=_KINDS[raw.kind] or ConsentKind.EXPRESS_WRITTEN,
            except_modes=frozenset(raw.except_modes),
        )
        for raw in entry.consent_required or ()
    )


def _channel_bans(entry: RawEntry, main: Rule) -> tuple[ChannelBan, ...]:
    return tuple(
        ChannelBan(
            rule=Rule(f"{entry.code}-NO-{raw.channel.value.upper()}", main.citation),
            channel=raw.channel,
            unless=_KINDS[raw.unless],
        )
        for raw in entry.prohibited_channels
    )


def _cooldowns(entry: RawEntry, main: Rule) -> tuple[Cooldown, ...]:
    rows = (
        (PastOutcome.ABANDONED, entry.cooldown_after_abandoned),
        (PastOutcome.MACHINE, entry.cooldown_after_machine),
    )
    return tuple(
        Cooldown(
            rule=Rule(f"{entry.code}-AFTER-{outcome.value.upper()}", raw.cite or main.citation),
            outcome=outcome,
            hours=raw.hours,
            lifted_by_guaranteed_agent=raw.lifted_by_guaranteed_agent,
        )
        for outcome, raw in rows
        if raw is not None and raw.hours
    )


def _list(entry: RawEntry, main: Rule) -> DoNotCallList | None:
    if entry.dnc is None:
        return None
    ages = [
        registry.scrub_interval_days
        for registry in entry.dnc.registries
        if registry.scrub_interval_days is not None
    ]
    exceptions = entry.dnc.exceptions
    return DoNotCallList(
        rule=Rule(f"{entry.code}-DNC", main.citation),
        max_age_days=min(ages, default=None),
        exceptions=None
        if exceptions is None
        else _exemptions(entry.code, "dnc.exceptions", exceptions),
    )
