"""The abandonment figures that hold a campaign's dialing back, and the warnings about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.attempt import Attempt
from campaigns.campaign import AbandonmentTarget, Campaign
from campaigns.events import AbandonmentLimitApproached, AbandonmentLimitReached
from compliance.abandonment import Counts
from compliance.abandonment_definitions import (
    AnsweredBy,
    ConnectionStartPoint,
    DisconnectedBy,
)
from compliance.case import DialMode
from dialer.limits import FRESH_FOR, Limits, WindowCounts, watch_limits
from tests.builders import NOON, a_campaign, after, an_attempt, keep_campaign, some_settings
from tests.fakes import FakeDatabase

DAY = timedelta(days=1)
DEFAULT_TARGET = AbandonmentTarget()


def of(live: int, abandoned: int) -> Counts:
    """So many people who answered, and the abandoned among them."""
    return Counts(live, live, abandoned)


def people(
    count: int,
    abandoned: int,
    at: datetime = NOON,
    first: int = 1,
    phone: str = "+12125550100",
    agent_after: float = 1.0,
) -> list[Attempt]:
    """So many people who answered, greeted from 0.5 to 1.5 s, the first of them abandoned."""
    return [
        an_attempt(
            first + number,
            phone=phone,
            reserved_at=at,
            placed_at=at,
            answered_at=at,
            answered_by=AnsweredBy.HUMAN,
            greeting_start_at=after(0.5, at),
            greeting_stop_at=after(1.5, at),
            connected_at=None if number < abandoned else after(agent_after, at),
            abandoned_at=after(3.5, at) if number < abandoned else None,
            abandoned=number < abandoned,
            disconnected_at=after(30, at),
            disconnected_by=DisconnectedBy.SYSTEM,
            ended_at=after(30, at),
        )
        for number in range(count)
    ]


def unanswered(count: int, at: datetime = NOON, first: int = 5_001) -> list[Attempt]:
    """So many calls that nobody took."""
    return [
        an_attempt(first + n, reserved_at=at, placed_at=at, ended_at=after(25, at))
        for n in range(count)
    ]


class Watch:
    """A campaign with these calls, and what is remembered of its limits."""

    def __init__(
        self,
        *calls: Attempt,
        target: AbandonmentTarget = DEFAULT_TARGET,
        dial_mode: DialMode = DialMode.PREDICTIVE,
    ) -> None:
        settings = some_settings(abandonment=target, dial_mode=dial_mode)
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
        """The warnings that were published, in order: whose, and which."""
        return [
            f"{fact.definition} {'near' if type(fact) is AbandonmentLimitApproached else 'reached'}"
            for fact in self.database.rows.facts.values()
            if isinstance(fact, AbandonmentLimitApproached | AbandonmentLimitReached)
        ]


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
    window = WindowCounts("us-ftc", 30_000, of(live, abandoned))
    assert (window.remaining, window.level) == (left, level)


def test_the_law_binds_though_the_campaign_allows_itself_more() -> None:
    """A target above 3 % is cut to it."""
    assert Watch(*people(100, 3), target=AbandonmentTarget(0.5)).at(after(1)).limit_rate == 0.03


def test_a_stricter_target_binds_before_the_law() -> None:
    """One of a hundred, rather than three."""
    window = Watch(*people(100, 1), target=AbandonmentTarget(0.01)).at(after(1))
    assert (window.definition, window.limit_rate, window.remaining) == ("campaign", 0.01, 0)


def test_a_bad_day_of_the_last_weeks_binds_by_the_laws_window() -> None:
    """30 days count, though the last 24 hours were good."""
    early = people(100, 6, NOON - 5 * DAY)
    window = Watch(*early, *people(100, 0, first=101)).at(after(1))
    assert window.definition == "us-ftc"
    assert window.counts == of(200, 6)


def test_the_laws_blocks_begin_with_the_campaigns_first_call() -> None:
    """The block of 30 dates before counts no more on the 31st."""
    first = datetime(2026, 10, 24, 15, tzinfo=NOON.tzinfo)
    watch = Watch(*people(100, 6, first), *people(100, 1, first=101))
    window = watch.at(after(1))
    assert window.counts == of(100, 1)


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
    assert watch.at(NOON + FRESH_FOR - timedelta(milliseconds=1)).counts == of(10, 0)
    assert watch.at(NOON + FRESH_FOR).counts == of(20, 1)
    watch.add(*people(5, 0, first=21))
    assert watch.at(after(-1)).counts.live_answered == 25
    assert timedelta(seconds=5) >= FRESH_FOR


def test_a_limit_that_nears_and_is_reached_is_told_once_each() -> None:
    """For each definition that holds, with its figures; again only after it had fallen back."""
    watch = Watch(*people(100, 2))
    watch.at(NOON)
    assert watch.told() == []
    watch.add(*people(20, 1, first=101))
    watch.at(after(5))
    watch.at(after(10))
    assert watch.told() == ["campaign near", "us-ftc near", "us-fcc near"]
    watch.add(*people(10, 2, first=121))
    watch.at(after(15))
    watch.at(after(20))
    assert watch.told()[3:] == ["campaign reached", "us-ftc reached", "us-fcc reached"]
    for reached in watch.database.facts(AbandonmentLimitReached):
        assert (reached.rate_percent, reached.limit_percent, reached.remaining) == (3.85, 3.0, -2)
    watch.add(*people(900, 0, first=131))
    watch.at(after(25))
    watch.add(*people(30, 30, first=2001))
    watch.at(after(30))
    assert watch.told()[6:] == ["campaign reached", "us-ftc reached", "us-fcc reached"]


def test_a_stricter_target_is_told_before_the_law() -> None:
    """Each definition has a limit of its own."""
    watch = Watch(*people(100, 1), target=AbandonmentTarget(0.01))
    watch.at(NOON)
    assert watch.told() == ["campaign reached"]
    (reached,) = watch.database.facts(AbandonmentLimitReached)
    assert reached.limit_percent == 1.0


def test_ofcom_is_told_of_once_somebody_british_has_answered() -> None:
    """An agent 2 s after the greeting's end is 3 s after its start: late there, in time here."""
    late = people(100, 0, agent_after=3.5)
    watch = Watch(*late)
    watch.at(NOON)
    assert watch.told() == []
    watch.add(*people(1, 0, first=201, phone="+442075550100"))
    watch.at(after(5))
    assert watch.told() == ["uk-ofcom reached"]
    (reached,) = watch.database.facts(AbandonmentLimitReached)
    # All calls of the campaign count, as `fairdial abandonment` counts them: 100 of 101.
    assert (reached.definition, reached.rate_percent) == ("uk-ofcom", 99.01)


def test_ofcom_binds_once_somebody_british_has_answered() -> None:
    """Yesterday's good calls still count for the campaign, and not for London's day."""
    past = people(1000, 0, NOON - timedelta(hours=20))
    today = people(50, 3, first=2001, phone="+442075550100")
    window = Watch(*past, *today).at(after(30))
    assert (window.definition, window.counts.abandoned, window.remaining) == ("uk-ofcom", 3, -2)


def test_ofcoms_day_is_londons() -> None:
    """What was late yesterday is not told today."""
    yesterday = NOON - DAY
    watch = Watch(*people(100, 0, yesterday, phone="+442075550100", agent_after=3.5))
    watch.at(NOON)
    assert watch.told() == []


def test_the_crtc_counts_all_calls_placed() -> None:
    """5 late of 20 answered and 100 placed are 5 %, the limit; 120 placed are near it."""
    canadian = people(5, 0, phone="+14165550100", agent_after=2.5)
    watch = Watch(*canadian, *people(15, 0, first=101), *unanswered(105))
    watch.at(NOON)
    assert watch.told() == ["ca-crtc near"]
    (near,) = watch.database.facts(AbandonmentLimitApproached)
    assert (near.rate_percent, near.limit_percent, near.remaining) == (4.0, 5.0, 1)
    reached = Watch(*canadian, *people(15, 0, first=101), *unanswered(80))
    reached.at(NOON)
    assert reached.told() == ["ca-crtc reached"]


def test_the_crtcs_month_leaves_out_what_was_placed_before() -> None:
    """Calls of October are no part of November's."""
    october = datetime(2026, 10, 31, 23, tzinfo=NOON.tzinfo)
    canadian = people(5, 0, phone="+14165550100", agent_after=2.5)
    watch = Watch(*canadian, *unanswered(95), *unanswered(900, october, first=9_001))
    watch.at(NOON)
    (reached,) = watch.database.facts(AbandonmentLimitReached)
    assert (reached.definition, reached.rate_percent) == ("ca-crtc", 5.0)


@pytest.mark.parametrize("mode", [DialMode.PROGRESSIVE, DialMode.PREVIEW])
def test_the_crtc_looks_at_predictive_dialing_only(mode: DialMode) -> None:
    """Other modes place no call ahead of an agent."""
    late = [
        replace(attempt, dial_mode=mode)
        for attempt in people(20, 0, phone="+14165550100", agent_after=2.5)
    ]
    watch = Watch(*late, dial_mode=mode)
    watch.at(NOON)
    assert watch.told() == []


def test_a_lenient_campaign_is_held_by_the_laws_own_count() -> None:
    """It gives itself ten seconds; the law gives two, and calls the later ones abandoned."""
    lenient = AbandonmentTarget(connection_threshold=timedelta(seconds=10))
    watch = Watch(*people(100, 0, agent_after=8.0), target=lenient)
    window = watch.at(NOON)
    assert (window.definition, window.counts, window.remaining) == ("us-ftc", of(100, 100), -100)
    assert watch.told() == ["us-ftc reached", "us-fcc reached"]


def test_a_strict_campaign_is_held_by_its_own_count_over_the_laws_window() -> None:
    """From the greeting's start, last week's calls hold it back though the law would not."""
    strict = AbandonmentTarget(connection_start_point=ConnectionStartPoint.GREETING_START)
    flagged = [
        replace(attempt, abandoned=number < 10)
        for number, attempt in enumerate(people(100, 0, NOON - 5 * DAY, agent_after=3.5))
    ]
    window = Watch(*flagged, *people(1, 0, first=200), target=strict).at(NOON)
    assert (window.definition, window.counts) == ("us-ftc", of(101, 10))


def test_agentless_campaigns_abandon_nobody() -> None:
    """No definition holds for a call that owes nobody an agent."""
    calls = [replace(call, dial_mode=DialMode.AGENTLESS) for call in unanswered(10)]
    watch = Watch(*calls, dial_mode=DialMode.AGENTLESS)
    assert watch.at(NOON).counts == of(0, 0)
    assert watch.told() == []


@given(
    steps=st.lists(
        st.tuples(
            st.integers(0, 30 * 3600),
            st.integers(0, 5),
            st.sampled_from(["+12125550100", "+442075550100", "+14165550100"]),
            st.sampled_from([1.0, 2.2, 3.0, 9.0]),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_what_is_remembered_changes_no_figure(
    steps: list[tuple[int, int, str, float]],
) -> None:
    """Read all along or for the first time: the same window binds, the same is said (P7)."""
    watch, now = Watch(), NOON
    for number, (wait, abandoned, phone, agent_after) in enumerate(steps):
        now += timedelta(seconds=wait)
        watch.add(*people(5, abandoned, now, 100 * number + 1, phone, agent_after))
        watch.add(*unanswered(3, now, 100 * number + 50))
        now += FRESH_FOR
        bound, said = watch.at(now), dict(watch.limits.said)
        kept, watch.limits = watch.limits, Limits()
        assert watch.at(now) == bound
        assert watch.limits.said == said
        watch.limits = kept
