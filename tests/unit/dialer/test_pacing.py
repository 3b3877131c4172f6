"""The pacing decision: its modes, its bounds, and the guard before the abandonment limit."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.case import DialMode
from dialer.forecast import (
    Abandoned,
    AgentState,
    CallOutcome,
    Decided,
    Dialed,
    Learnt,
    Live,
    Party,
    Result,
    TalkEnded,
)
from dialer.pacing import (
    AgentView,
    Bound,
    CallStage,
    CallView,
    PacingSettings,
    Snapshot,
    decide,
    learnt_for,
)
from dialer.pacing.law import GUARD

SETTINGS = PacingSettings(close_at=28800.0)
ONE_TO_ONE_MODES = (DialMode.PREVIEW, DialMode.PROGRESSIVE)


def agents(state: AgentState, count: int, seconds: float = 60.0) -> tuple[AgentView, ...]:
    """So many agents in a state."""
    return tuple(AgentView(f"{state}-{i}", state, seconds) for i in range(count))


def calls(stage: CallStage, count: int, seconds: float = 6.0) -> tuple[CallView, ...]:
    """So many calls at a stage."""
    return tuple(CallView(f"{stage}-{i}", stage, seconds, seconds) for i in range(count))


def seen_by(
    who: tuple[AgentView, ...],
    flying: tuple[CallView, ...] = (),
    live: int = 0,
    abandoned: int = 0,
    most: int = 1000,
) -> Snapshot:
    """A tick's view in the middle of a day."""
    return Snapshot(
        t=600.0,
        max_calls=most,
        max_bound=Bound.TRUNK,
        list_left=100_000,
        agents=who,
        calls=flying,
        window_live=live,
        window_abandoned=abandoned,
    )


def taught(live: int, abandoned: int = 0) -> Learnt:
    """A run that has seen so many live calls, of which some were abandoned."""
    learnt = learnt_for(SETTINGS)
    for i in range(live):
        for _ in range(4):
            learnt.observe(Dialed(float(i), i))
        learnt.observe(Live(float(i), i, 12.0))
    for i in range(abandoned):
        learnt.observe(Abandoned(float(i), i))
    return learnt


FLOOR = agents(AgentState.IDLE, 4) + agents(AgentState.TALK, 14) + agents(AgentState.WRAP, 2)


@pytest.mark.parametrize("mode", ONE_TO_ONE_MODES)
@pytest.mark.parametrize(("flying", "expected"), [(0, 4), (3, 1), (4, 0), (9, 0)])
def test_preview_and_progressive_start_one_call_per_free_agent(
    mode: DialMode, flying: int, expected: int
) -> None:
    """A call in flight speaks for an idle agent, whatever its stage."""
    snapshot = seen_by(FLOOR, calls(CallStage.RINGING, flying))
    decision = decide(snapshot, replace(SETTINGS, dial_mode=mode), learnt_for(SETTINGS))
    assert (decision.calls, decision.bound) == (expected, Bound.NO_FREE_AGENT)


def test_agentless_fills_what_the_lines_permit() -> None:
    """Without agents only lines, calls a second and the list count."""
    settings = replace(SETTINGS, dial_mode=DialMode.AGENTLESS)
    decision = decide(seen_by((), most=17), settings, learnt_for(settings))
    assert (decision.calls, decision.bound) == (17, Bound.TRUNK)


@pytest.mark.parametrize("mode", list(DialMode))
@pytest.mark.parametrize("late", [0.0, 1.0, 3600.0])
def test_nothing_is_dialed_at_or_after_close(mode: DialMode, late: float) -> None:
    """The closing second itself is closed."""
    settings = replace(SETTINGS, dial_mode=mode, close_at=600.0 - late)
    decision = decide(seen_by(FLOOR, live=5000), settings, taught(5000))
    assert (decision.calls, decision.bound) == (0, Bound.CLOSED)


def test_a_finished_list_is_named() -> None:
    """Nobody is left to call, and the decision says so."""
    snapshot = replace(seen_by(FLOOR), list_left=0, max_calls=0)
    assert decide(snapshot, SETTINGS, learnt_for(SETTINGS)).bound is Bound.LIST_FINISHED


@pytest.mark.parametrize("state", [AgentState.BREAK, AgentState.OUT])
def test_nothing_is_dialed_when_nobody_can_become_free(state: AgentState) -> None:
    """Agents on a break, out, or about to leave are no agents."""
    leaving = tuple(replace(a, leaving=True) for a in agents(AgentState.TALK, 5))
    decision = decide(seen_by(agents(state, 5) + leaving, live=5000), SETTINGS, taught(5000))
    assert (decision.calls, decision.bound) == (0, Bound.NO_AGENTS)


def test_an_idle_agent_who_is_leaving_is_not_free() -> None:
    """Leaving agents get no call of their own."""
    floor = (*agents(AgentState.IDLE, 2), AgentView("x", AgentState.IDLE, 1.0, leaving=True))
    assert decide(seen_by(floor), SETTINGS, learnt_for(SETTINGS)).calls == 2


def test_lines_cut_the_number_and_are_named() -> None:
    """More than the lines permit is cut, and the bound is theirs."""
    decision = decide(seen_by(FLOOR, most=2), SETTINGS, learnt_for(SETTINGS))
    assert (decision.calls, decision.bound) == (2, Bound.TRUNK)


@pytest.mark.parametrize(("live", "abandoned"), [(33, 1), (100, 4), (1000, 31), (500, 400)])
def test_over_the_limit_dialing_is_one_to_one(live: int, abandoned: int) -> None:
    """Each call in flight has its idle agent."""
    learnt = taught(live, abandoned)
    decision = decide(seen_by(FLOOR, live=live, abandoned=abandoned), SETTINGS, learnt)
    assert (decision.calls, decision.bound) == (4, Bound.ABANDONMENT_BUDGET)
    flying = calls(CallStage.RINGING, 3)
    assert decide(seen_by(FLOOR, flying, live, abandoned), SETTINGS, learnt).calls == 1


def test_over_the_limit_dialing_is_one_to_one_whoever_the_abandoned_were() -> None:
    """Every talk so far was with a machine: the abandoned calls may all have been machines too."""
    learnt = taught(2000)
    for call in range(50):
        learnt.observe(TalkEnded(500.0 + call, call, "a", 5.0, Party.MACHINE))
    decision = decide(seen_by(FLOOR, live=10_000, abandoned=400), SETTINGS, learnt)
    assert (decision.calls, decision.bound) == (4, Bound.ABANDONMENT_BUDGET)
    assert "threshold" not in decision.inputs  # no chance is taken


def test_without_detection_a_long_ring_timeout_is_learnt_for() -> None:
    """Nobody, person or machine, is expected to answer after so long: nothing to divide by."""
    settings = replace(SETTINGS, detection=False, max_ring_seconds=600.0)
    assert decide(seen_by(FLOOR), settings, learnt_for(settings)).calls == 4


@pytest.mark.parametrize(("live", "abandoned"), [(33, 0), (66, 1), (100, 3), (1000, 30)])
def test_without_room_for_one_more_abandon_hardly_any_chance_is_taken(
    live: int, abandoned: int
) -> None:
    """Fewer than 34 live calls per abandon: one that finds nobody would be one too many."""
    learnt = taught(live, abandoned)
    decision = decide(seen_by(FLOOR, live=live, abandoned=abandoned), SETTINGS, learnt)
    assert decision.bound is Bound.ABANDONMENT_BUDGET
    assert 4 <= decision.calls < decide(seen_by(FLOOR, live=5000), SETTINGS, taught(5000)).calls
    assert decision.risk <= 2 * GUARD


def test_a_good_past_is_not_spent_in_a_day() -> None:
    """A window full of live calls does not let a fresh day start with a burst."""
    decision = decide(seen_by(FLOOR, live=100_000), SETTINGS, learnt_for(SETTINGS))
    assert (decision.calls, decision.bound) == (4, Bound.ABANDONMENT_BUDGET)


def test_a_bad_past_holds_a_good_day_back() -> None:
    """The window binds even when the day itself has seen no abandon."""
    snapshot = seen_by(FLOOR, live=10_000, abandoned=300)
    assert decide(snapshot, SETTINGS, taught(2000)).risk <= 2 * GUARD


def test_with_room_more_calls_than_free_agents_are_started() -> None:
    """A window with room is used: that is what predictive dialing is for."""
    decision = decide(seen_by(FLOOR, live=2000, abandoned=20), SETTINGS, taught(2000, 20))
    assert 4 < decision.calls < 60
    assert decision.bound is Bound.NO_FREE_AGENT


def test_the_forecast_weighs_the_age_of_calls() -> None:
    """Calls just answered leave less room than calls that have rung for long in vain."""
    learnt = taught(2000, 20)
    for i in range(6000):
        learnt.observe(Result(2000.0, i, CallOutcome.NO_ANSWER, 27.0))
    answered = tuple(CallView(i, CallStage.ANSWERED, 13.0, 1.0) for i in range(8))
    fresh = seen_by(FLOOR, answered, 2000, 20)
    stale = seen_by(FLOOR, calls(CallStage.RINGING, 8, 24.0), 2000, 20)
    assert decide(fresh, SETTINGS, learnt).calls < decide(stale, SETTINGS, learnt).calls


def test_people_taken_for_machines_use_up_the_limit() -> None:
    """With an estimated loss at the limit itself nothing is left to over-dial with."""
    settings = replace(SETTINGS, false_positive_rate=0.03)
    assert decide(seen_by(FLOOR, live=5000), settings, taught(5000)).calls == 4


def test_agents_and_calls_known_by_number_alone_count_too() -> None:
    """Without lists the decision works from the counts."""
    bare = replace(
        seen_by((), live=2000, abandoned=20),
        more_agents={AgentState.IDLE: 4, AgentState.TALK: 14, AgentState.WRAP: 2},
        more_calls={CallStage.RINGING: 3},
    )
    progressive = replace(SETTINGS, dial_mode=DialMode.PROGRESSIVE)
    assert decide(bare, progressive, learnt_for(SETTINGS)).calls == 1
    assert 1 < decide(bare, SETTINGS, taught(2000, 20)).calls < 60


def test_the_decision_shows_what_decided() -> None:
    """Its inputs are plain numbers for the decision log."""
    decision = decide(seen_by(FLOOR, live=2000, abandoned=20), SETTINGS, taught(2000, 20))
    assert {"idle", "busy", "in_flight", "spare", "threshold"} <= decision.inputs.keys()
    assert all(isinstance(value, int | float) for value in decision.inputs.values())
    assert 0.0 < decision.risk < 0.1


def test_the_first_calls_ring_out_before_any_over_dialing() -> None:
    """However many people answered at once: nothing is known yet of those who answer late."""
    learnt = learnt_for(SETTINGS)
    for i in range(500):
        learnt.observe(Dialed(0.0, i))
        learnt.observe(Live(12.0, i, 9.0))
    assert decide(seen_by(FLOOR, live=500), SETTINGS, learnt).calls == 4


def test_the_last_of_a_days_budget_is_spent_before_the_close() -> None:
    """With an hour to go the same window permits more than in the morning."""
    learnt = taught(2000, 20)
    seen = seen_by(FLOOR, live=2000, abandoned=20)
    late = replace(seen, t=SETTINGS.close_at - 300.0)
    assert decide(late, SETTINGS, learnt).risk > decide(seen, SETTINGS, learnt).risk


def test_what_came_of_the_risks_corrects_the_next_ones() -> None:
    """If fewer calls are abandoned than the decisions accepted, the threshold rises."""
    plain, careful = learnt_for(SETTINGS), learnt_for(SETTINGS)
    for learnt in (plain, careful):
        for i in range(3000):
            learnt.observe(Dialed(float(i), i))
            if learnt is careful:
                learnt.observe(Decided(float(i), 1, 0.05))
            learnt.observe(Live(float(i), i, 12.0))
    assert careful.calibration < plain.calibration
    seen = seen_by(FLOOR, live=3000, abandoned=60)
    assert decide(seen, SETTINGS, careful).risk > decide(seen, SETTINGS, plain).risk


states = st.sampled_from(list(AgentState))
ages = st.floats(0.0, 1e6, allow_nan=False)
floors = st.lists(st.builds(AgentView, st.integers(), states, ages, st.booleans()), max_size=30)
flights = st.lists(
    st.builds(CallView, st.integers(), st.sampled_from(list(CallStage)), ages, ages), max_size=60
)
TAUGHT = taught(3000, 30)


@given(
    floor=floors,
    flight=flights,
    live=st.integers(0, 10**6),
    abandoned=st.integers(0, 10**5),
    most=st.integers(0, 10**9),
    mode=st.sampled_from(list(DialMode)),
)
def test_the_number_is_always_within_its_bounds(
    floor: list[AgentView],
    flight: list[CallView],
    live: int,
    abandoned: int,
    most: int,
    mode: DialMode,
) -> None:
    """Never negative, never above the most, one to one over the limit, the same each time."""
    snapshot = seen_by(tuple(floor), tuple(flight), live, abandoned, most)
    settings = replace(SETTINGS, dial_mode=mode)
    decision = decide(snapshot, settings, TAUGHT)
    assert 0 <= decision.calls <= most
    assert decision == decide(snapshot, settings, TAUGHT)
    idle = sum(a.state is AgentState.IDLE and not a.leaving for a in floor)
    over = 100 * abandoned > 3 * live
    if mode in ONE_TO_ONE_MODES or (over and mode is DialMode.PREDICTIVE):
        assert decision.calls <= max(0, idle - len(flight))
