"""The abandonment figures that hold a campaign's dialing back, and the warnings about them.

Pacing obeys the tightest window of all that hold for the campaign: its own target over its rolling
window; its own count over the law's 30-day blocks from its first call (16 CFR 310.4(b)(4)(i)); the
American definitions; and those of the countries in which somebody has answered. Warnings are
published for each of them.

All are counts over attempts, so that they are the same after a restart (invariant P7). What the
regulators count is read anew for the last hours only, each few seconds; older calls are read again
once an hour, since they have ended and change no more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from campaigns.campaign import AbandonmentTarget, Campaign
from campaigns.events import AbandonmentLimitApproached, AbandonmentLimitReached
from campaigns.ports import Attempts, LiveCounts
from compliance.abandonment import (
    Counts,
    applying,
    half_up,
    remaining,
)
from compliance.abandonment_definitions import (
    DEFINITIONS,
    Definition,
    DefinitionName,
    RateOf,
)
from compliance.abandonment_rates import window_at
from compliance.phone_number import country_of_start
from dialer.pacing import OWN_WINDOW
from dialer.ports import DialerUnitOfWork

FRESH_FOR = timedelta(seconds=3)
"""How old the figures may be; older than 5 s nothing may be dialed (invariant P4)."""

SETTLED_AFTER = timedelta(hours=1)
"""A call that was answered so long ago has ended, or at least its agent has come or not."""

_NEAR = (4, 5)
"""From four fifths of the limit on it is said to be near."""

_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_LAW = DEFINITIONS[DefinitionName.US_FTC]
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class WindowCounts:
    """One window's counts against its limit."""

    definition: str
    limit_millionths: int
    counts: Counts

    @property
    def limit_rate(self) -> float:
        """The share that may be abandoned."""
        return self.limit_millionths / _MILLION

    @property
    def remaining(self) -> int:
        """How many more may be abandoned, if nothing else happens; below 0: too many already."""
        return remaining(self.counts, self.limit_millionths)

    @property
    def level(self) -> int:
        """0: well below the limit; 1: near it; 2: at it or above."""
        used = self.counts.abandoned * _MILLION
        allowed = self.limit_millionths * self.counts.rate_of
        part, whole = _NEAR
        if not used or whole * used < part * allowed:
            return 0
        return 1 if used < allowed else 2


@dataclass(slots=True)
class AnsweredCountries:
    """The countries in which somebody has answered a campaign's calls, as far as was read."""

    found: set[str] = field(default_factory=set)
    read_to: datetime | None = None

    def read(self, attempts: Attempts, campaign_id: str, now: datetime) -> set[str]:
        """All of them; only calls since the last time are looked at."""
        since = _EVER if self.read_to is None else _hour_of(self.read_to) - SETTLED_AFTER
        starts = attempts.answered_starts(campaign_id, since)
        self.found |= {country for start in starts if (country := country_of_start(start))}
        self.read_to = now
        return self.found


@dataclass(slots=True)
class Limits:
    """What was last read for one campaign, and what was last said about it, by definition."""

    read_at: datetime | None = None
    tightest: WindowCounts | None = None
    first_placed_at: datetime | None = None
    countries: AnsweredCountries = field(default_factory=AnsweredCountries)
    settled: dict[DefinitionName, _Settled] = field(default_factory=dict)
    said: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Settled:
    """What the calls answered from `start` to before `end` came to, and the attempts before."""

    start: datetime
    end: datetime
    counts: Counts
    made_before: int


def watch_limits(
    uow: DialerUnitOfWork, campaign: Campaign, limits: Limits, now: datetime
) -> WindowCounts:
    """The window that binds now, read anew every few seconds; publishes when a limit nears."""
    fresh = limits.read_at is not None and limits.read_at <= now < limits.read_at + FRESH_FOR
    if not fresh or limits.tightest is None:
        limits.tightest = _read(uow, campaign, limits, now)
        limits.read_at = now
    return limits.tightest


def _read(uow: DialerUnitOfWork, campaign: Campaign, limits: Limits, now: datetime) -> WindowCounts:
    if limits.first_placed_at is None:
        limits.first_placed_at = uow.attempts.first_placed_at(campaign.id)
    own, own_by_law = _own_windows(uow, campaign, limits, now)
    countries = limits.countries.read(uow.attempts, campaign.id, now)
    regulators = [
        _regulators_window(uow, campaign, limits, definition, now)
        for definition in applying(countries)
        if campaign.settings.dial_mode in definition.dial_modes
    ]
    for window in (own, *regulators):
        _say(uow, campaign, limits, window, now)
    return min((own, own_by_law, *regulators), key=lambda window: window.remaining)


def own_limit(target: AbandonmentTarget) -> int:
    """The campaign's own limit in millionths: never more than the law's."""
    return min(round(target.target_rate * _MILLION), _LAW.limit_millionths)


def _own_windows(
    uow: DialerUnitOfWork, campaign: Campaign, limits: Limits, now: datetime
) -> tuple[WindowCounts, WindowCounts]:
    """Calls that are abandoned as the campaign counts: over its own window, over the law's."""
    target = campaign.settings.abandonment
    block_start = window_at(_LAW, now, limits.first_placed_at or now).start
    own_start = now - target.evaluation_window
    own = uow.attempts.live_counts(campaign.id, own_start)
    began_after = limits.first_placed_at is None or limits.first_placed_at >= max(
        own_start, block_start
    )
    law = own if began_after else uow.attempts.live_counts(campaign.id, block_start)
    return (
        WindowCounts(OWN_WINDOW, own_limit(target), _of_live(own)),
        WindowCounts(_LAW.name.value, _LAW.limit_millionths, _of_live(law)),
    )


def _of_live(counted: LiveCounts) -> Counts:
    return Counts(counted.live, counted.live, counted.abandoned)


def _regulators_window(
    uow: DialerUnitOfWork,
    campaign: Campaign,
    limits: Limits,
    definition: Definition,
    now: datetime,
) -> WindowCounts:
    """The window that is open now, counted as the regulator does."""
    start = window_at(definition, now, limits.first_placed_at or now).start
    end = max(start, _hour_of(now) - SETTLED_AFTER)
    known = limits.settled.get(definition.name)
    if known is None or (known.start, known.end) != (start, end):
        known = _settle(uow, campaign, limits, definition, start, end)
        limits.settled[definition.name] = known
    counts = known.counts.plus(uow.attempts.counts_under(campaign.id, definition, end))
    if definition.rate_of is RateOf.PLACED:
        placed = uow.attempts.made(campaign.id) - known.made_before
        counts = Counts(placed, counts.live_answered, counts.abandoned)
    return WindowCounts(definition.name.value, definition.limit_millionths, counts)


def _settle(
    uow: DialerUnitOfWork,
    campaign: Campaign,
    limits: Limits,
    definition: Definition,
    start: datetime,
    end: datetime,
) -> _Settled:
    counts = uow.attempts.counts_under(campaign.id, definition, start, end)
    began_in_it = limits.first_placed_at is None or limits.first_placed_at >= start
    counts_placed = definition.rate_of is RateOf.PLACED and not began_in_it
    made_before = uow.attempts.made(campaign.id, start) if counts_placed else 0
    return _Settled(start, end, counts, made_before)


def _hour_of(instant: datetime) -> datetime:
    return instant.replace(minute=0, second=0, microsecond=0)


def _say(
    uow: DialerUnitOfWork, campaign: Campaign, limits: Limits, window: WindowCounts, now: datetime
) -> None:
    """Publish when the level rises; falling back is told by the figures alone."""
    if window.level > limits.said.get(window.definition, 0):
        told = AbandonmentLimitReached if window.level == 2 else AbandonmentLimitApproached
        uow.outbox.append(
            campaign.account,
            told(
                occurred_at=now,
                campaign_id=campaign.id,
                definition=window.definition,
                rate_percent=half_up(100 * window.counts.abandoned, window.counts.rate_of, 2),
                limit_percent=window.limit_millionths / 10_000,
                remaining=window.remaining,
            ),
        )
    limits.said[window.definition] = window.level
