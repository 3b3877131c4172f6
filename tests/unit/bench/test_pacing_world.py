"""The simulated day: its seconds add up, its limits hold, agents come and go as planned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from bench.pacing.days import DAYS, Away, Day, Inbound, WrapBurst, steady, through
from bench.pacing.judge import verdict
from bench.pacing.people import callers_of
from bench.pacing.policies.catalogue import POLICIES
from bench.pacing.running import play
from bench.pacing.world import World
from dialer.forecast import AgentState, Connected, InboundArrived, Observation
from dialer.pacing import Bound, Snapshot


def run(day: Day, calls: Callable[[Snapshot], int], seed: int = 1) -> tuple[World, list[Snapshot]]:
    """The day, dialed by a function of the view, and all its views."""
    world, views = World(day, seed), []
    for snapshot, _ in world.ticks():
        views.append(snapshot)
        world.dial(min(snapshot.max_calls, calls(snapshot)))
    return world, views


def two_each(snapshot: Snapshot) -> int:
    """Two calls in flight for each idle agent."""
    idle = sum(agent.state is AgentState.IDLE for agent in snapshot.agents)
    return max(0, 2 * idle - len(snapshot.calls))


def test_the_agents_seconds_add_up() -> None:
    """Talk, wrap-up, machines, idle and 0.2 s a connection are the time logged in."""
    day = Day(10, steady(0.3), hours=2.0, missed_machines=0.3)
    world, connected = World(day, 1), 0
    for snapshot, seen in world.ticks():
        connected += sum(isinstance(one, Connected) for one in seen)
        world.dial(two_each(snapshot))
    score = world.score
    parts = score.talk_seconds + score.wrap_seconds + score.machine_seconds + score.idle_seconds
    assert score.machine_seconds > 0
    assert score.logged_in_seconds - parts == pytest.approx(0.2 * connected, abs=0.5)
    assert score.occupancy == pytest.approx(
        (score.talk_seconds + score.wrap_seconds) / score.logged_in_seconds
    )


def test_every_person_is_accounted_for() -> None:
    """Who answered was connected, abandoned, lost to detection, or left."""
    day = Day(5, steady(0.4), hours=1.0, lost_people=0.05)
    score = run(day, lambda view: 2 * two_each(view))[0].score
    assert min(score.connected, score.abandoned, score.lost) > 0
    assert score.people == score.connected + score.abandoned + score.lost + score.hung_up


def test_lines_and_calls_a_second_hold() -> None:
    """Never more lines than there are, nor more dials in a second; and it is said which."""
    day = Day(20, steady(0.2), hours=0.3, lines=25, calls_per_second=2.0)
    world, views = run(day, lambda view: view.max_calls)
    busy = [len(v.calls) + sum(agent.state is AgentState.TALK for agent in v.agents) for v in views]
    assert max(busy) == 25
    assert max(v.max_calls for v in views) == 2
    assert {v.max_bound for v in views} >= {Bound.TRUNK, Bound.CALLS_PER_SECOND}
    assert world.score.dialed <= 2 * 0.3 * 3600


def test_half_a_call_a_second_is_one_every_other_second() -> None:
    """Credit is kept between ticks."""
    world, _ = run(
        Day(5, steady(0.2), hours=0.1, calls_per_second=0.5), lambda view: view.max_calls
    )
    assert world.score.dialed == pytest.approx(180, abs=1)


def test_the_list_ends() -> None:
    """No more dials than contacts."""
    world, views = run(Day(5, steady(0.2), hours=0.2, contacts=30), lambda view: view.max_calls)
    assert world.score.dialed == 30
    assert (views[-1].max_calls, views[-1].max_bound) == (0, Bound.LIST_FINISHED)


def test_agents_leave_after_the_contact_at_hand_and_come_back() -> None:
    """A walk-out of all: by its end nobody is there, half an hour later everybody is."""
    day = Day(8, steady(0.3), hours=2.0, breaks=0, away=(Away(1800.0, 1860.0, 1.0, 1800.0),))
    _, views = run(day, two_each)
    logged_in = [len(v.agents) for v in views]
    assert logged_in[1799] == 8
    assert any(agent.leaving for agent in views[1859].agents)
    assert min(logged_in[1860:3600]) == 0
    assert logged_in[-1] == 8


def test_late_and_churning_agents_are_out_meanwhile() -> None:
    """They are not logged in, and their time away is no one's."""
    world, views = run(Day(12, steady(0.2), hours=3.0, breaks=0, late=0.5, log_offs=4), two_each)
    logged_in = [len(v.agents) for v in views]
    assert logged_in[0] < 12
    assert max(logged_in) > logged_in[0]
    assert world.score.logged_in_seconds < 12 * 3 * 3600 * 0.95
    assert world.score.logged_in_seconds == pytest.approx(sum(logged_in), rel=0.01)


def test_wrap_up_bursts_make_wrap_up_longer() -> None:
    """By the factor, and only then."""
    calm = run(Day(10, steady(0.3), hours=1.0, breaks=0), two_each)[0].score
    bursts = (WrapBurst(0.0, 3600.0, 5.0),)
    burst = run(Day(10, steady(0.3), hours=1.0, breaks=0, wrap_bursts=bursts), two_each)[0].score
    assert burst.wrap_seconds / burst.connected > 4.0 * calm.wrap_seconds / calm.connected


def test_a_rate_may_jump() -> None:
    """Two points of one hour are a jump, and the last share stays."""
    rate = through((0, 0.2), (1, 0.2), (1, 0.4), (2, 0.3))
    assert rate(3599.0) == pytest.approx(0.2)
    assert rate(3600.0) == pytest.approx(0.4)
    assert rate(5400.0) == pytest.approx(0.35)
    assert rate(9999.0) == pytest.approx(0.3)


def test_idle_time_is_told_by_what_bound_the_dialing() -> None:
    """Sampled each second, so it comes close to the seconds that the world counted."""
    day = Day(5, steady(0.25), hours=1.0, breaks=0)
    played = play(day, 1, POLICIES["fairdial"])
    assert "" not in played.idle
    assert sum(played.idle.values()) == pytest.approx(played.score.idle_seconds, rel=0.05)
    assert len(played.course) == 11
    assert all(0.0 <= moment.idle <= 1.0 for moment in played.course)


def test_the_window_starts_with_what_it_held() -> None:
    """A policy sees the live and abandoned calls of the days before."""

    class Looks:
        bound = ""

        def pace(self, snapshot: Snapshot, seen: Sequence[Observation]) -> int:
            looked.append((snapshot.window_live, snapshot.window_abandoned))
            return 0

    looked: list[tuple[int, int]] = []
    day = Day(3, steady(0.2), hours=0.01, prior_live=500, prior_abandoned=14)
    play(day, 1, lambda _: Looks())
    assert set(looked) == {(500, 14)}


CALLED = Day(6, steady(0.25), hours=2.0, breaks=0, inbound=Inbound(60.0))
"""A small team that gets an inbound call a minute."""


def test_inbound_calls_find_agents() -> None:
    """The day's own, each once: they wait for a free agent, whose time they take."""
    world, views, arrived = World(CALLED, 1), [], 0
    for snapshot, seen in world.ticks():
        views.append(snapshot)
        arrived += sum(one.calls for one in seen if isinstance(one, InboundArrived))
        world.dial(min(snapshot.max_calls, two_each(snapshot)))
    callers = callers_of(CALLED, 1)
    assert 90 < len(callers) < 150
    assert arrived == sum(caller.at <= views[-1].t for caller in callers)
    assert len(callers) - 5 <= len(world.score.caller_waits) <= len(callers)
    assert max(view.inbound_waiting or 0 for view in views) > 0
    assert not any(
        view.inbound_waiting and any(agent.state is AgentState.IDLE for agent in view.agents)
        for view in views
    )
    spent = sum(caller.talk + caller.wrap for caller in callers)
    assert world.score.inbound_seconds == pytest.approx(spent, rel=0.1)


def test_the_agents_seconds_add_up_with_inbound_calls() -> None:
    """Those are part of the occupancy; no campaign's conversation is."""
    score = run(CALLED, two_each)[0].score
    busy = score.talk_seconds + score.wrap_seconds + score.inbound_seconds
    parts = busy + score.machine_seconds + score.idle_seconds
    assert score.logged_in_seconds - parts == pytest.approx(0.2 * score.connected, abs=3.0)
    assert score.occupancy == pytest.approx(busy / score.logged_in_seconds)


def test_without_inbound_calls_nothing_is_known_of_any() -> None:
    """A day as it was before there were some."""
    world, views = run(Day(5, steady(0.25), hours=0.2), two_each)
    assert {view.inbound_waiting for view in views} == {None}
    assert (world.score.inbound_seconds, world.score.caller_waits) == (0.0, [])


def test_inbound_calls_cost_occupancy_and_no_abandonment() -> None:
    """Our decision reckons with them; they are told apart from the campaign's own talk."""
    seen = {}
    for per_hour in (None, 60.0):
        inbound = None if per_hour is None else Inbound(per_hour, reserve=1)
        day = replace(DAYS["10-inbound"], hours=2.0, inbound=inbound)
        played = play(day, 1, POLICIES["fairdial"])
        seen[per_hour] = verdict("", day, "", 1, played.score, played.idle)
    without, with_calls = seen[None], seen[60.0]
    assert without.inbound == without.caller_wait == 0.0
    assert with_calls.inbound > 0.15
    assert with_calls.talk_minutes < without.talk_minutes
    assert with_calls.occupancy < without.occupancy
    assert with_calls.rate <= 0.03
    assert with_calls.idle["inbound"] > 0.01
