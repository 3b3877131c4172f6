"""The abandonment rate of each campaign, under each definition, in each window.

Decided here, where neither the law nor the contract's readings say:

- An agentless call is in no figure, yet it can be the campaign's first call: the 30-day periods
  run with the campaign (16 CFR 310.4(b)(4)(i)), not with how it dials.
- Copies of one call that differ, which no correct sender makes: the one with the earliest event
  time counts, whatever the order of arrival.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from fractions import Fraction

from compliance.abandonment import NO_CALLS, Counts, count, half_up, remaining, within_limit
from compliance.abandonment_definitions import (
    DEFINITIONS,
    Definition,
    DefinitionName,
    WindowKind,
)
from compliance.detection_estimate import (
    NO_MACHINES,
    Estimate,
    MachineCounts,
    count_machines,
)
from compliance.ended_call import EndedCall, format_instant
from compliance.time_zone import zone

_BLOCK_DAYS = 30
_LONDON = "Europe/London"


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time, `end` not included."""

    start: datetime
    end: datetime

    def __contains__(self, instant: datetime) -> bool:
        """Does the instant lie in it?"""
        return self.start <= instant < self.end


def window_at(definition: Definition, instant: datetime, first_call_at: datetime) -> Window:
    """The window that holds the instant, for a campaign whose first call was at `first_call_at`."""
    return _window(definition.window, _day(definition.window, instant), _utc_day(first_call_at))


def _window(kind: WindowKind, day: date, first_day: date) -> Window:
    match kind:
        case WindowKind.THIRTY_DAY_BLOCK:
            block = (day - first_day).days // _BLOCK_DAYS
            start = first_day + timedelta(days=_BLOCK_DAYS * block)
            return _span(start, start + timedelta(days=_BLOCK_DAYS), UTC)
        case WindowKind.UTC_MONTH:
            start = day.replace(day=1)
            return _span(start, (start + timedelta(days=31)).replace(day=1), UTC)
        case WindowKind.LONDON_DAY:
            return _span(day, day + timedelta(days=1), zone(_LONDON))


def _span(start: date, end: date, where: tzinfo) -> Window:
    return Window(_midnight(start, where), _midnight(end, where))


def _midnight(day: date, where: tzinfo) -> datetime:
    return datetime.combine(day, time.min, where).astimezone(UTC)


def _day(kind: WindowKind, instant: datetime) -> date:
    if kind is WindowKind.LONDON_DAY:
        return instant.astimezone(zone(_LONDON)).date()
    return _utc_day(instant)


def _utc_day(instant: datetime) -> date:
    return instant.astimezone(UTC).date()


@dataclass(frozen=True, slots=True)
class AbandonmentRate:
    """One campaign under one definition in one window.

    With an `estimate`, the rate, what is left of it and whether it is within the limit include it;
    `counts` never do.
    """

    campaign_id: str
    definition: Definition
    window: Window
    counts: Counts
    estimate: Estimate | None = None

    @property
    def _estimated(self) -> Fraction:
        return Fraction(0) if self.estimate is None else self.estimate.change

    @property
    def is_counted(self) -> bool:
        """Whether a call is in the figures, or is estimated to belong there."""
        return self.counts.rate_of > 0 or self._estimated > 0

    @property
    def rate_percent(self) -> float | None:
        """Percent, rounded half up to 2 places for display; None when nobody answered live."""
        estimated = self._estimated
        rate_of = self.counts.rate_of + estimated
        if self.counts.live_answered + estimated <= 0 or rate_of <= 0:
            return None
        share = 100 * (self.counts.abandoned + estimated) / rate_of
        return half_up(share.numerator, share.denominator, 2)

    @property
    def within_limit(self) -> bool:
        """By the exact share, not by the rounded one."""
        return within_limit(self.counts, self.definition.limit_millionths, self._estimated)

    @property
    def remaining(self) -> int:
        """How many more abandoned calls the window permits; below 0: so many are too many."""
        return remaining(self.counts, self.definition.limit_millionths, self._estimated)

    def line(self) -> dict[str, object]:
        """As it is published."""
        estimate = {} if self.estimate is None else {"estimate": self.estimate.line()}
        return {
            "campaignId": self.campaign_id,
            "definition": self.definition.name.value,
            "window": {
                "start": format_instant(self.window.start),
                "end": format_instant(self.window.end),
            },
            "liveAnswered": self.counts.live_answered,
            "abandoned": self.counts.abandoned,
            "ratePercent": self.rate_percent,
            "limitPercent": self.definition.limit_percent,
            "withinLimit": self.within_limit,
            "status": self.definition.status.value,
            **estimate,
        }


@dataclass(frozen=True, slots=True)
class _Told:
    """What calls come to under one definition."""

    counts: Counts
    machines: MachineCounts

    def plus(self, other: _Told) -> _Told:
        return _Told(self.counts.plus(other.counts), self.machines.plus(other.machines))

    def minus(self, other: _Told) -> _Told:
        return _Told(self.counts.minus(other.counts), self.machines.minus(other.machines))


_NOTHING = _Told(NO_CALLS, NO_MACHINES)


class AbandonmentTally:
    """Counts by campaign, definition and day, kept up call by call.

    Days, not windows: the first call, which moves every block, may be told of last. Each call
    is to be added once; `distinct` sees to that for a list with copies.
    """

    def __init__(self) -> None:
        self._calls: dict[str, dict[date, int]] = {}
        self._told: dict[tuple[str, DefinitionName], dict[date, _Told]] = {}

    def add(self, call: EndedCall) -> None:
        """Count a call."""
        days = self._calls.setdefault(call.campaign_id, {})
        day = _utc_day(call.counts_at)
        days[day] = days.get(day, 0) + 1
        for definition in DEFINITIONS.values():
            told, day = self._place(call, definition)
            told[day] = told.get(day, _NOTHING).plus(_tell(call, definition))

    def remove(self, call: EndedCall) -> None:
        """Take back a call that was added."""
        days = self._calls[call.campaign_id]
        day = _utc_day(call.counts_at)
        days[day] -= 1
        if days[day] == 0:
            del days[day]
        for definition in DEFINITIONS.values():
            told, day = self._place(call, definition)
            told[day] = told[day].minus(_tell(call, definition))

    def _place(self, call: EndedCall, definition: Definition) -> tuple[dict[date, _Told], date]:
        told = self._told.setdefault((call.campaign_id, definition.name), {})
        return told, _day(definition.window, call.counts_at)

    def rates(
        self,
        definitions: Iterable[DefinitionName] = tuple(DefinitionName),
        at: datetime | None = None,
        false_positive_rate: Fraction | None = None,
    ) -> list[AbandonmentRate]:
        """Every window with a counted call, sorted by campaign, definition and start.

        With `at` only the windows that contain it. With `false_positive_rate` (of the calls that
        detection called machines, the share that were people) where the definition asks for it,
        the reasoned estimate is made; without it none is.
        """
        wanted = sorted(definitions)
        return [
            rate
            for campaign_id in sorted(self._calls)
            for name in wanted
            for rate in self._windows(campaign_id, DEFINITIONS[name], false_positive_rate)
            if rate.is_counted and (at is None or at in rate.window)
        ]

    def rate_at(
        self,
        campaign_id: str,
        name: DefinitionName,
        now: datetime,
        false_positive_rate: Fraction | None = None,
    ) -> AbandonmentRate:
        """The window that holds `now`, counted calls or not; the estimate as in `rates`."""
        definition = DEFINITIONS[name]
        for rate in self._windows(campaign_id, definition, false_positive_rate):
            if now in rate.window:
                return rate
        first_day = self._first_day(campaign_id) or _utc_day(now)
        window = _window(definition.window, _day(definition.window, now), first_day)
        return _rate(campaign_id, definition, window, _NOTHING, false_positive_rate)

    def _windows(
        self, campaign_id: str, definition: Definition, false_positive_rate: Fraction | None
    ) -> list[AbandonmentRate]:
        first_day = self._first_day(campaign_id)
        if first_day is None:
            return []
        windows: dict[Window, _Told] = {}
        for day, told in sorted(self._told[campaign_id, definition.name].items()):
            window = _window(definition.window, day, first_day)
            windows[window] = windows.get(window, _NOTHING).plus(told)
        return [
            _rate(campaign_id, definition, window, told, false_positive_rate)
            for window, told in windows.items()
        ]

    def _first_day(self, campaign_id: str) -> date | None:
        return min(self._calls.get(campaign_id, ()), default=None)


def _tell(call: EndedCall, definition: Definition) -> _Told:
    return _Told(count(call, definition), count_machines(call, definition))


def _rate(
    campaign_id: str,
    definition: Definition,
    window: Window,
    told: _Told,
    false_positive_rate: Fraction | None,
) -> AbandonmentRate:
    estimate = None
    if definition.estimates_detection and false_positive_rate is not None:
        estimate = Estimate(false_positive_rate, told.machines)
    return AbandonmentRate(campaign_id, definition, window, told.counts, estimate)


def distinct(calls: Iterable[EndedCall]) -> Iterable[EndedCall]:
    """Each attempt's call once, whatever the number and the order of its copies."""
    kept: dict[tuple[str, str], EndedCall] = {}
    for call in calls:
        key = (call.campaign_id, call.attempt_id)
        kept[key] = first_copy(kept.get(key), call)
    return kept.values()


def first_copy(kept: EndedCall | None, call: EndedCall) -> EndedCall:
    """Of two copies of one call the one that counts: the earlier event; equal ones are the same."""
    if kept is None or (call.time, repr(call)) < (kept.time, repr(kept)):
        return call
    return kept


def rates(
    calls: Iterable[EndedCall],
    definitions: Iterable[DefinitionName] = tuple(DefinitionName),
    at: datetime | None = None,
    false_positive_rate: Fraction | None = None,
) -> list[AbandonmentRate]:
    """The rates of these calls; copies count once. See `AbandonmentTally.rates`."""
    tally = AbandonmentTally()
    for call in distinct(calls):
        tally.add(call)
    return tally.rates(definitions, at, false_positive_rate)
