"""The abandonment figures that hold a campaign's dialing back, and the warnings about them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from campaigns.attempt import Attempt
from campaigns.campaign import AbandonmentTarget, Campaign
from campaigns.events import AbandonmentLimitApproached, AbandonmentLimitReached
from campaigns.ports import LiveCounts
from compliance.abandonment_definitions import AnsweredBy
from dialer.limits import FRESH_FOR, Limits, WindowCounts, watch_limits
from tests.builders import NOON, a_campaign, after, an_attempt, keep_campaign, some_settings
from tests.fakes import FakeDatabase

DAY = timedelta(days=1)


def people(count: int, abandoned: int, at: datetime = NOON, first: int = 1) -> list[Attempt]:
    """So many people who answered, the first of them abandoned."""
    return [
        an_attempt(
            first + number,
            reserved_at=at,
            placed_at=at,
            answered_at=at,
            answered_by=AnsweredBy.HUMAN,
            abandoned=number < abandoned,
        )
        for number in range(count)
    ]


class Watch:
    """A campaign with these calls, and what is remembered of its limits."""

    def __init__(self, *calls: Attempt, target: float = 0.03) -> None:
        settings = some_settings(abandonment=AbandonmentTarget(target_rate=target))
        self.campaign: Campaign = a_campaign(settings=settings)
        self.database = FakeDatabase(lambda: NOON)
        self.limits = Limits()
        with self.database() as uow:
            keep_campaign(uow, self.campaign)
            uow.attempts.add(calls)

    def add(self, *calls: Attempt) -> None:
        """More calls."""
        with self.database() as uow:
            uow.attempts.add(calls)

    def at(self, now: datetime) -> WindowCounts:
        """The window that binds now."""
        with self.database() as uow:
            return watch_limits(uow, self.campaign, self.limits, now)

    def told(self) -> list[str]:
        """Which warnings were published, in order."""
        kinds = (AbandonmentLimitApproached, AbandonmentLimitReached)
        return [type(f).__name__ for f in self.database.rows.facts.values() if isinstance(f, kinds)]


@pytest.mark.parametrize(
    ("live", "abandoned", "left", "level"),
    [
        (0, 0, 0, 0),
        (32, 0, 0, 0),
        (33, 0, 1, 0),
        (100, 1, 2, 0),
        (100, 2, 1, 0),
        (100, 3, 0, 2),
        (124, 3, 0, 1),
        (125, 3, 0, 1),
        (126, 3, 0, 0),
        (100, 4, -2, 2),
    ],
)
def test_how_many_more_may_be_abandoned(live: int, abandoned: int, left: int, level: int) -> None:
    """Each of them a live call itself; near from 80 % of the limit on."""
    window = WindowCounts("us-ftc", 0.03, LiveCounts(live, abandoned))
    assert (window.remaining, window.level) == (left, level)


def test_the_law_binds_though_the_campaign_allows_itself_more() -> None:
    """A target above 3 % is cut to it."""
    assert Watch(*people(100, 3), target=0.5).at(after(1)).limit_rate == 0.03


def test_a_stricter_target_binds_before_the_law() -> None:
    """One of a hundred, rather than three."""
    window = Watch(*people(100, 1), target=0.01).at(after(1))
    assert (window.definition, window.limit_rate, window.remaining) == ("campaign", 0.01, 0)


def test_a_bad_day_of_the_last_weeks_binds_by_the_laws_window() -> None:
    """30 days count, though the last 24 hours were good."""
    early = people(100, 6, NOON - 5 * DAY)
    window = Watch(*early, *people(100, 0, first=101)).at(after(1))
    assert window.definition == "us-ftc"
    assert window.counts == LiveCounts(200, 6)


def test_the_laws_blocks_begin_with_the_campaigns_first_call() -> None:
    """The block of 30 dates before counts no more on the 31st."""
    first = datetime(2026, 10, 24, 15, tzinfo=NOON.tzinfo)
    watch = Watch(*people(100, 6, first), *people(100, 1, first=101))
    window = watch.at(after(1))
    assert window.counts == LiveCounts(100, 1)


def test_the_figures_are_the_same_after_a_restart() -> None:
    """They are counted from attempts, not remembered (P7)."""
    watch = Watch(*people(50, 1, NOON - 2 * DAY), *people(60, 1, first=51))
    before = watch.at(after(1))
    watch.limits = Limits()
    assert watch.at(after(1)) == before


def test_the_figures_are_never_older_than_five_seconds() -> None:
    """They are read anew every few seconds (P4), and after the clock was set back."""
    watch = Watch(*people(10, 0))
    watch.at(NOON)
    watch.add(*people(10, 1, first=11))
    assert watch.at(NOON + FRESH_FOR - timedelta(milliseconds=1)).counts == LiveCounts(10, 0)
    assert watch.at(NOON + FRESH_FOR).counts == LiveCounts(20, 1)
    watch.add(*people(5, 0, first=21))
    assert watch.at(after(-1)).counts.live == 25
    assert timedelta(seconds=5) >= FRESH_FOR


def test_a_limit_that_nears_and_is_reached_is_told_once_each() -> None:
    """With the figures; told again only after it had fallen back."""
    watch = Watch(*people(100, 2))
    watch.at(NOON)
    assert watch.told() == []
    watch.add(*people(20, 1, first=101))
    watch.at(after(5))
    watch.at(after(10))
    assert watch.told() == ["AbandonmentLimitApproached"]
    watch.add(*people(10, 2, first=121))
    watch.at(after(15))
    watch.at(after(20))
    assert watch.told() == ["AbandonmentLimitApproached", "AbandonmentLimitReached"]
    (reached,) = watch.database.facts(AbandonmentLimitReached)
    assert (reached.rate_percent, reached.limit_percent, reached.remaining) == (3.85, 3.0, -2)
    watch.add(*people(900, 0, first=131))
    watch.at(after(25))
    watch.add(*people(30, 30, first=2001))
    watch.at(after(30))
    assert watch.told()[2:] == ["AbandonmentLimitReached"]
