"""Forecasts over seeds: what was learnt, when agents are there, and two settings compared."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random
from statistics import fmean

import pytest

from campaigns.campaign import DEFAULT_RETRY
from dialer.forecast import AgentState, CallOutcome
from dialer.laboratory.day import Day, Inbound, steady
from dialer.laboratory.forecasting import (
    SEEDS_LEAST,
    SEEDS_MOST,
    Effort,
    Outset,
    Range,
    callers,
    difference,
    forecast,
    work_seconds,
)
from dialer.laboratory.habits import Expected, Habits, Roster, Seconds, Seen, learnt
from dialer.laboratory.pool import Group
from dialer.pacing import GraceFrom, PacingSettings

HOUR = 3600.0


def outset(agents: int = 6, contacts: int = 5_000, hours: float = 0.5) -> Outset:
    """A list that is callable from the start to the end."""
    close = hours * HOUR
    return Outset(
        settings=PacingSettings(close_at=close),
        agents=agents,
        roster=Roster(((0.0, close),), breaks=0.0),
        habits=Habits(),
        groups=(Group(((0.0, close),), ((0.0, (), contacts),)),),
        retry=DEFAULT_RETRY,
    )


# ----------------------------------------------------------------------------------- habits
def test_a_share_moves_from_its_prior_as_calls_are_seen() -> None:
    """A hundred calls weigh as much as the prior."""
    found = learnt(Seen(calls=100, people=5, machines=45, busy=0, invalid=5))
    assert found.people == pytest.approx((5 + 25) / 200)
    assert found.machines == pytest.approx((45 + 25) / 200)
    assert found.busy == pytest.approx(5 / 200)
    assert found.calls == 100


def test_an_hour_is_believed_after_many_calls() -> None:
    """Few calls of an hour say little; the whole day's share stands in."""
    seen = Seen(calls=1000, people=250, by_hour={9: (10, 10), 15: (900, 90)})
    by_hour = learnt(seen).people_by_hour
    assert by_hour[9] == pytest.approx((10 + 0.25 * 150) / 160)
    assert by_hour[15] == pytest.approx((90 + 0.25 * 150) / 1050)


def test_seconds_are_drawn_from_those_seen_once_there_are_enough() -> None:
    """Below forty the law stays; from then on each is one that was seen."""
    law = Seconds(120.0, 0.9)
    assert law.learnt([30.0] * 39) is law
    seen = law.learnt([30.0, 50.0] * 20)
    assert seen.mean == 40.0
    assert {seen.drawn(Random(n)) for n in range(50)} == {30.0, 50.0}
    assert {seen.times(2.0).drawn(Random(n)) for n in range(50)} == {60.0, 100.0}


def test_a_call_is_the_same_at_any_time_unless_the_hour_differs() -> None:
    """Common random numbers: a call dialed later differs at most in who answers."""
    habits = Habits(people=0.3, people_by_hour={1: 0.0})
    source = Expected(habits, Roster(((0.0, HOUR),)), PacingSettings(), 1)
    early = [source.fate(n, 10.0) for n in range(500)]
    assert early == [source.fate(n, 3000.0) for n in range(500)]
    assert not any(source.fate(n, HOUR + 1.0).person for n in range(500))
    assert fmean(f.person or f.left for f in early) == pytest.approx(0.3, abs=0.05)


def test_shares_are_the_habits() -> None:
    """Busy, invalid, machines noticed and not."""
    habits = Habits(people=0.2, machines=0.4, busy=0.1, invalid=0.05, missed=0.25)
    source = Expected(habits, Roster(((0.0, HOUR),)), PacingSettings(), 3)
    fates = [source.fate(n, 0.0) for n in range(6000)]

    def share(outcome: CallOutcome) -> float:
        return fmean(f.outcome is outcome and not f.left for f in fates)

    assert share(CallOutcome.BUSY) == pytest.approx(0.1, abs=0.015)
    assert share(CallOutcome.INVALID) == pytest.approx(0.05, abs=0.01)
    assert share(CallOutcome.MACHINE) == pytest.approx(0.3, abs=0.02)
    missed = fmean(f.outcome is None and not f.person for f in fates)
    assert missed == pytest.approx(0.1, abs=0.015)


def test_the_grace_runs_from_where_the_campaign_says() -> None:
    """From the answer it ends soonest, from the greeting's end last."""

    def due(grace_from: GraceFrom) -> list[float]:
        settings = PacingSettings(grace_from=grace_from, detection=False)
        source = Expected(Habits(people=0.9), Roster(((0.0, HOUR),)), settings, 1)
        found = [source.fate(n, 0.0) for n in range(300)]
        return [f.due - f.answered for f in found if f.person]

    answer, start, end = (fmean(due(one)) for one in reversed(GraceFrom))
    assert answer == pytest.approx(1.8)
    assert answer < start < end


def test_agents_come_for_each_stretch_and_go_after_it() -> None:
    """Two days with a night between; breaks lie within the stretches."""
    roster = Roster(((0.0, 8 * HOUR), (24 * HOUR, 32 * HOUR)))
    for seed in range(20):
        shift = roster.shift(Random(seed))
        assert 0.0 <= shift.begins <= 10.0
        nights = [a for a in shift.absences if a.state is AgentState.OUT]
        assert [(a.at, a.seconds) for a in nights] == [
            (8 * HOUR, 16 * HOUR),
            (32 * HOUR, math.inf),
        ]
        for one in shift.absences:
            if one.state is AgentState.BREAK:
                assert roster.at_work(one.at)
                assert roster.at_work(one.at + one.seconds)


# -------------------------------------------------------------------------------- forecasts
def test_work_is_bounded() -> None:
    """Short days are played often, long ones thrice, and of the longest a part."""
    assert Effort.of(5, 600.0) == Effort(SEEDS_MOST, 600.0)
    assert Effort.of(25, 8 * HOUR).seeds == SEEDS_LEAST
    large = Effort.of(1000, 8 * HOUR)
    assert large.seeds == SEEDS_LEAST
    assert large.seconds < HOUR


def test_a_forecast_is_the_same_each_time() -> None:
    """Equal outsets, equal figures."""
    effort = Effort(2, 0.5 * HOUR)
    assert forecast(outset(), effort) == forecast(outset(), effort)


def test_more_agents_reach_more_people_on_the_same_seeds() -> None:
    """The difference is the settings': of each seed's day the larger team reaches more."""
    effort = Effort(3, 0.5 * HOUR)
    few, many = forecast(outset(6), effort), forecast(outset(12), effort)
    more = difference(few, many, "people")
    assert more.least > 0
    assert more.mean == pytest.approx(many.range("people").mean - few.range("people").mean)


def test_no_allowance_means_idle_agents() -> None:
    """Half a percent instead of three: fewer abandoned, more idle time."""
    effort = Effort(2, HOUR)
    free = forecast(outset(12, hours=1.0), effort)
    base = outset(12, hours=1.0)
    held = forecast(replace(base, settings=replace(base.settings, limit_rate=0.005)), effort)
    assert difference(free, held, "abandonment").mean < 0
    assert difference(free, held, "idle_minutes").mean > 0


def test_a_short_list_is_finished_and_the_agents_go_home() -> None:
    """Everybody is called once or twice within the hours; nobody idles until the end."""
    base = outset(6, contacts=30, hours=8.0)
    found = forecast(base, Effort(2, 8 * HOUR))
    assert found.whole
    assert found.finish is not None
    assert found.finish.most < 6 * HOUR
    assert found.range("people").most <= 30


def test_a_list_that_lasts_is_not_finished() -> None:
    """Contacts are left at the end, and no time is told."""
    found = forecast(outset(), Effort(2, 0.5 * HOUR))
    assert found.finish is None
    assert found.range("left").least > 4_000


def test_agents_may_go_home_long_before_the_end() -> None:
    """They work for a part of the campaign's hours: what is left then stays, to the end."""
    short = replace(outset(agents=2), roster=Roster(((0.0, 600.0),), breaks=0.0))
    found = forecast(short, Effort(1, 600.0))
    assert found.range("left").mean > 4_000
    assert found.finish is None


def test_what_is_cut_off_comes_close_to_the_whole() -> None:
    """Forty minutes of five hours, and the rest at their pace: the same people, the same finish."""
    base = outset(8, contacts=900, hours=6.0)
    whole = forecast(base, Effort(2, work_seconds(base)))
    cut = forecast(base, Effort(2, 2400.0))
    assert not cut.whole
    assert cut.range("people").mean == pytest.approx(whole.range("people").mean, rel=0.1)
    assert whole.finish is not None
    assert cut.finish is not None
    assert cut.finish.mean == pytest.approx(whole.finish.mean, rel=0.15)


def test_progress_grows_to_the_end() -> None:
    """Shares from 0 to 1, never less than before."""
    told: list[float] = []
    forecast(outset(hours=0.1), Effort(2, 360.0), told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_range_is_mean_least_and_most() -> None:
    """Of three values."""
    assert Range.of([1.0, 2.0, 6.0]) == Range(3.0, 1.0, 6.0)


# ----------------------------------------------------------------------------------- inbound
def test_inbound_calls_take_time_from_the_campaign() -> None:
    """Fewer people are reached, and agents are not idler for it; a reserve costs more of them."""
    usual = outset(8)
    effort = Effort(2, HOUR / 2)
    alone = forecast(usual, effort)
    called = forecast(replace(usual, inbound=Inbound(60.0)), effort)
    reserve = replace(usual.settings, inbound_reserve=2)
    kept = forecast(replace(usual, inbound=Inbound(60.0), settings=reserve), effort)
    assert difference(alone, called, "people").most < 0
    assert called.range("occupancy").mean == pytest.approx(alone.range("occupancy").mean, abs=0.1)
    assert difference(called, kept, "people").mean < 0
    assert difference(called, kept, "idle_minutes").mean > 0


def test_nobody_calls_in_while_no_agent_is_there() -> None:
    """Or a night's calls would wait for them in the morning."""
    shifts = ((0.0, HOUR), (2 * HOUR, 3 * HOUR))
    roster = Roster(shifts, breaks=0.0)
    asked = replace(outset(4, hours=3.0), roster=roster, inbound=Inbound(60.0))
    day = Day(4, steady(0.25), hours=3.0, inbound=asked.inbound)
    arrivals = [caller.at for caller in callers(asked, day, 1)]
    assert 70 < len(arrivals) < 170
    assert all(roster.at_work(at) for at in arrivals)
    assert callers(outset(), replace(day, inbound=None), 1) == ()
