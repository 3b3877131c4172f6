"""When a contact may be reached: legal hours and holidays, open hours, restricted periods.

Every constraint is a strand of local days in one zone; an attempt is allowed where all strands are
open from its start to the end of its longest ring. A strand is open at an instant when the clock on
the contact's wall shows an open time, so no clock change ever opens a closed hour.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from compliance.case import CampaignTerms, OpenHours, RestrictedPeriod, Weekday
from compliance.holiday_calendar import days_off
from compliance.location import Location
from compliance.reasons import ReasonCode
from compliance.rules import (
    DAY_SECONDS,
    WHOLE_DAY,
    HolidayRule,
    Jurisdiction,
    LegalChannel,
    LocalSpan,
    Rule,
    Window,
)
from compliance.time_zone import local_day, zone

_DAY = timedelta(days=1)
OPEN_HOURS_RULE = Rule("campaign.open_hours", "The campaign's own open hours")


class Strand(Protocol):
    """One constraint on local time in one zone."""

    @property
    def zone_name(self) -> str:
        """The IANA zone whose clocks count."""

    @property
    def reason(self) -> ReasonCode:
        """Why it is closed where it is."""

    def open_spans(self, day: date) -> tuple[LocalSpan, ...]:
        """The open hours of a local date: sorted, apart from each other."""

    def closing_rules(self, day: date) -> tuple[Rule, ...]:
        """The rules that close hours of a local date."""


@dataclass(frozen=True, slots=True, eq=False)
class LegalHours:
    """The windows of one jurisdiction for one channel; `weekly` holds Monday's spans first."""

    zone_name: str
    windows: tuple[Window, ...]
    weekly: tuple[tuple[LocalSpan, ...], ...]
    holidays: HolidayRule | None
    subdivisions: tuple[str, ...] | None
    reduced_on_holidays: bool
    reason: ReasonCode = ReasonCode.OUTSIDE_CALLING_HOURS

    def open_spans(self, day: date) -> tuple[LocalSpan, ...]:
        """The windows of the weekday, narrowed on holidays and their eves where the law does."""
        spans = self.weekly[day.weekday()]
        if self.holidays is None:
            return spans
        if self.reduced_on_holidays and self.holidays.reduced and self._is_holiday(day):
            return (self.holidays.reduced.span,)
        if self.holidays.eve and self._is_holiday(day + _DAY):
            return tuple(intersection(spans, self.holidays.eve))
        return spans

    def closing_rules(self, day: date) -> tuple[Rule, ...]:
        """The windows of the weekday, or all when it has none."""
        if self.holidays is not None and self.open_spans(day) != self.weekly[day.weekday()]:
            return (self.holidays.rule,)
        weekday = day.isoweekday()
        of_day = tuple(window.rule for window in self.windows if weekday in window.days)
        return of_day or tuple(window.rule for window in self.windows)

    def _is_holiday(self, day: date) -> bool:
        return self.holidays is not None and _is_day_off(self.holidays, self.subdivisions, day)


@dataclass(frozen=True, slots=True, eq=False)
class LegalHolidays:
    """The days on which one jurisdiction allows no call."""

    zone_name: str
    holidays: HolidayRule
    subdivisions: tuple[str, ...] | None
    reason: ReasonCode = ReasonCode.HOLIDAY

    def open_spans(self, day: date) -> tuple[LocalSpan, ...]:
        """Nothing on a holiday, else the whole day."""
        return () if _is_day_off(self.holidays, self.subdivisions, day) else (WHOLE_DAY,)

    def closing_rules(self, day: date) -> tuple[Rule, ...]:
        """The jurisdiction's holidays."""
        return (self.holidays.rule,)


@dataclass(frozen=True, slots=True, eq=False)
class CampaignHours:
    """The campaign's own hours; `weekly` holds Monday's spans first, a day left out is closed."""

    zone_name: str
    weekly: tuple[tuple[LocalSpan, ...], ...]
    reason: ReasonCode = ReasonCode.OUTSIDE_OPEN_HOURS

    def open_spans(self, day: date) -> tuple[LocalSpan, ...]:
        """The open hours of the weekday."""
        return self.weekly[day.weekday()]

    def closing_rules(self, day: date) -> tuple[Rule, ...]:
        """The campaign's term."""
        return (OPEN_HOURS_RULE,)


@dataclass(frozen=True, slots=True, eq=False)
class RestrictedDays:
    """Local dates on which the campaign reaches nobody."""

    zone_name: str
    periods: tuple[RestrictedPeriod, ...]
    reason: ReasonCode = ReasonCode.RESTRICTED_PERIOD

    def open_spans(self, day: date) -> tuple[LocalSpan, ...]:
        """Nothing within a period, else the whole day."""
        return () if any(self._periods_with(day)) else (WHOLE_DAY,)

    def closing_rules(self, day: date) -> tuple[Rule, ...]:
        """The periods by their names."""
        return tuple(period_rule(period) for period in self._periods_with(day))

    def _periods_with(self, day: date) -> Iterator[RestrictedPeriod]:
        return (period for period in self.periods if period.start <= day <= period.end)


# ---------------------------------------------------------------------------------------- strands


@functools.lru_cache(maxsize=16384)
def legal_hours(location: Location, channel: LegalChannel) -> tuple[LegalHours, ...]:
    """The legal hours of every jurisdiction in every zone that the contact may be in."""
    return tuple(
        strand
        for jurisdiction in location.jurisdictions
        for strand in _hours_of(jurisdiction, location, channel)
    )


@functools.lru_cache(maxsize=16384)
def legal_holidays(location: Location) -> tuple[LegalHolidays, ...]:
    """The banned holidays of every jurisdiction in every zone that the contact may be in."""
    return tuple(
        LegalHolidays(name, rule, location.subdivisions(rule.calendar.country))
        for jurisdiction in location.jurisdictions
        if (rule := jurisdiction.holidays) is not None and rule.banned
        for name in location.time_zones
    )


def period_rule(period: RestrictedPeriod) -> Rule:
    """A restricted period of the campaign's own as a rule."""
    return Rule(period.name, "The campaign's own restricted period")


def campaign_hours(campaign: CampaignTerms, location: Location) -> list[Strand]:
    """The campaign's own hours and restricted periods in every zone."""
    strands: list[Strand] = []
    if campaign.open_hours is not None:
        weekly = _weekly(campaign.open_hours)
        strands += [CampaignHours(name, weekly) for name in location.time_zones]
    if campaign.restricted_periods:
        periods = campaign.restricted_periods
        strands += [RestrictedDays(name, periods) for name in location.time_zones]
    return strands


def has_window(chain: Sequence[Jurisdiction], channel: LegalChannel) -> bool:
    """Whether a jurisdiction or one that it extends has any window for a channel."""
    return any(channel in window.channels for one in chain for window in one.windows)


def _hours_of(
    jurisdiction: Jurisdiction, location: Location, channel: LegalChannel
) -> Iterator[LegalHours]:
    windows = tuple(window for window in jurisdiction.windows if channel in window.channels)
    if not windows:
        return
    weekly = tuple(
        merged(window.span for window in windows if weekday in window.days)
        for weekday in range(1, 8)
    )
    rule = jurisdiction.holidays
    reduced = rule is not None and rule.reduced is not None and channel in rule.reduced.channels
    narrows = rule if rule is not None and (reduced or rule.eve) else None
    subdivisions = location.subdivisions(rule.calendar.country) if rule is not None else None
    for name in jurisdiction.hours_zones or location.time_zones:
        yield LegalHours(name, windows, weekly, narrows, subdivisions, reduced)


def _weekly(open_hours: OpenHours) -> tuple[tuple[LocalSpan, ...], ...]:
    return tuple(
        merged(
            LocalSpan(_seconds_of(span.start), _seconds_of(span.end) or DAY_SECONDS)
            for span in open_hours.get(day, ())
        )
        for day in Weekday
    )


def _seconds_of(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second


def _is_day_off(rule: HolidayRule, subdivisions: tuple[str, ...] | None, day: date) -> bool:
    return day in days_off(rule.calendar, subdivisions, day.year)


def merged(spans: Iterable[LocalSpan]) -> tuple[LocalSpan, ...]:
    """The spans in order, those that touch or overlap as one."""
    found: list[LocalSpan] = []
    for span in sorted(spans, key=lambda span: span.start):
        if found and span.start <= found[-1].end:
            found[-1] = LocalSpan(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return tuple(found)


def intersection(spans: Iterable[LocalSpan], narrow: LocalSpan) -> Iterator[LocalSpan]:
    """What of the spans lies within another."""
    for span in spans:
        start, end = max(span.start, narrow.start), min(span.end, narrow.end)
        if start < end:
            yield LocalSpan(start, end)


# ------------------------------------------------------------------------------------ open or not


def is_open(strand: Strand, start: datetime, length: timedelta) -> bool:
    """Whether a strand is open from `start` to `start + length`, both included."""
    info = zone(strand.zone_name)
    first = start.astimezone(info)
    last = (start + length).astimezone(info) if length else first
    if first.date() == last.date() and first.utcoffset() == last.utcoffset():
        begin, end = _seconds(first), _seconds(last)
        spans = strand.open_spans(first.date())
        return any(span.start <= begin and end < span.end for span in spans)
    return next_open(strand, start, length, start + _DAY) == start


def next_open(
    strand: Strand, start: datetime, length: timedelta, latest: datetime
) -> datetime | None:
    """The first instant from `start` to `latest` at which the strand is open for `length`."""
    opened = closes = start - _DAY
    for begin, end in _intervals(strand, start, latest + length):
        if begin > closes:
            opened = begin
        closes = end
        candidate = max(start, opened)
        if candidate > latest:
            return None
        if candidate + length < closes:
            return candidate
    return None


@dataclass(slots=True)
class _Searched:
    """From `closed_from` until just before `closed_until` the strands are known to share no hour.

    It only remembers what a search has found, so that the next contact of the same place need not
    search again: most of a year, where the zones share no hour at all.
    """

    closed_from: datetime
    closed_until: datetime


@functools.lru_cache(maxsize=4096)
def _searched(_strands: tuple[Strand, ...], _length: timedelta) -> _Searched:
    never = datetime.min.replace(tzinfo=UTC)
    return _Searched(never, never)


def next_common_open(
    strands: tuple[Strand, ...], start: datetime, length: timedelta, latest: datetime
) -> datetime | None:
    """The first whole second from `start` to `latest` at which every strand is open."""
    searched = _searched(strands, length)
    known = searched.closed_from <= start < searched.closed_until
    found = _search_common(strands, searched.closed_until if known else start, length, latest)
    if not known:
        searched.closed_from = start
    searched.closed_until = latest if found is None else found
    return found


def _search_common(
    strands: tuple[Strand, ...], start: datetime, length: timedelta, latest: datetime
) -> datetime | None:
    instant = whole_second(start)
    while instant <= latest:
        begun = instant
        for strand in strands:
            opening = next_open(strand, instant, length, latest)
            if opening is None:
                return None
            instant = whole_second(opening)
        if instant == begun:
            return instant
    return None


def whole_second(instant: datetime) -> datetime:
    """The instant itself in UTC, or the next whole second."""
    whole = instant.astimezone(UTC).replace(microsecond=0)
    return whole + timedelta(seconds=1) if instant.microsecond else whole


def closing_rules(strand: Strand, start: datetime, length: timedelta) -> tuple[Rule, ...]:
    """The rules that close a strand at `start`, or if they do not, at `start + length`."""
    info = zone(strand.zone_name)
    if is_open(strand, start, timedelta()):
        start += length
    return strand.closing_rules(start.astimezone(info).date())


def _intervals(
    strand: Strand, start: datetime, latest: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The open intervals, in UTC and in order, of the local dates from `start` to `latest`."""
    info = zone(strand.zone_name)
    day = start.astimezone(info).date() - _DAY
    last = latest.astimezone(info).date() + _DAY
    while day <= last:
        yield from _open_intervals(strand.zone_name, day, strand.open_spans(day))
        day += _DAY


@functools.lru_cache(maxsize=1 << 16)
def _open_intervals(
    name: str, day: date, spans: tuple[LocalSpan, ...]
) -> tuple[tuple[datetime, datetime], ...]:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    intervals = []
    for segment in local_day(name, day):
        zero = midnight - segment.offset
        for span in spans:
            begin = max(segment.start, zero + timedelta(seconds=span.start))
            end = min(segment.end, zero + timedelta(seconds=span.end))
            if begin < end:
                intervals.append((begin, end))
    return tuple(intervals)


def _seconds(local: datetime) -> float:
    return local.hour * 3600 + local.minute * 60 + local.second + local.microsecond / 1e6
