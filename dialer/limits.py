"""The abandonment figures that hold a campaign's dialing back, and the warnings about them.

Two windows bind at once: the campaign's own target over its rolling window, and the law's 3 % over
30-day blocks from the campaign's first call (16 CFR 310.4(b)(4)(i)). Both are counts over attempts,
so that they are the same after a restart (invariant P7).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns.campaign import Campaign
from campaigns.events import AbandonmentLimitApproached, AbandonmentLimitReached
from campaigns.ports import LiveCounts
from compliance.abandonment import (
    Counts,
    half_up,
    remaining,
)
from compliance.abandonment_definitions import DEFINITIONS, DefinitionName
from compliance.abandonment_rates import window_at
from dialer.ports import DialerUnitOfWork

FRESH_FOR = timedelta(seconds=3)
"""How old the figures may be; older than 5 s nothing may be dialed (invariant P4)."""

NEAR = 0.8
"""From this share of the limit on it is said to be near."""

_LAW = DEFINITIONS[DefinitionName.US_FTC]
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class WindowCounts:
    """One window's counts against its limit."""

    definition: str
    limit_rate: float
    counts: LiveCounts

    @property
    def remaining(self) -> int:
        """How many more may be abandoned, if nothing else happens; below 0: too many already."""
        counts = Counts(self.counts.live, self.counts.live, self.counts.abandoned)
        return remaining(counts, round(self.limit_rate * _MILLION))

    @property
    def level(self) -> int:
        """0: well below the limit; 1: near it; 2: at it or above."""
        used = self.counts.abandoned
        allowed = self.limit_rate * self.counts.live
        if not used or used < NEAR * allowed:
            return 0
        return 1 if used < allowed else 2


@dataclass(slots=True)
class Limits:
    """What was last read for one campaign, and what was last said about it."""

    read_at: datetime | None = None
    tightest: WindowCounts | None = None
    first_placed_at: datetime | None = None
    said: int = 0


def watch_limits(
    uow: DialerUnitOfWork, campaign: Campaign, limits: Limits, now: datetime
) -> WindowCounts:
    """The window that binds now, read anew every few seconds; publishes when a limit nears."""
    fresh = limits.read_at is not None and limits.read_at <= now < limits.read_at + FRESH_FOR
    if not fresh or limits.tightest is None:
        limits.tightest = _tightest(uow, campaign, limits, now)
        limits.read_at = now
        _say(uow, campaign, limits, limits.tightest, now)
    return limits.tightest


def _tightest(
    uow: DialerUnitOfWork, campaign: Campaign, limits: Limits, now: datetime
) -> WindowCounts:
    target = campaign.settings.abandonment
    if limits.first_placed_at is None:
        limits.first_placed_at = uow.attempts.first_placed_at(campaign.id)
    block_start = window_at(_LAW, now, limits.first_placed_at or now).start
    own_start = now - target.evaluation_window
    law_rate = _LAW.limit_percent / 100
    own = uow.attempts.live_counts(campaign.id, own_start)
    began_after = limits.first_placed_at is None or limits.first_placed_at >= max(
        own_start, block_start
    )
    law = own if began_after else uow.attempts.live_counts(campaign.id, block_start)
    windows = [
        WindowCounts("campaign", min(target.target_rate, law_rate), own),
        WindowCounts(_LAW.name.value, law_rate, law),
    ]
    return min(windows, key=lambda window: window.remaining)


def _say(
    uow: DialerUnitOfWork, campaign: Campaign, limits: Limits, window: WindowCounts, now: datetime
) -> None:
    """Publish when the level rises; falling back is told by the figures alone."""
    if window.level > limits.said:
        told = AbandonmentLimitReached if window.level == 2 else AbandonmentLimitApproached
        uow.outbox.append(
            campaign.account,
            told(
                occurred_at=now,
                campaign_id=campaign.id,
                definition=window.definition,
                rate_percent=half_up(100 * window.counts.abandoned, window.counts.live, 2),
                limit_percent=window.limit_rate * 100,
                remaining=window.remaining,
            ),
        )
    limits.said = window.level
