"""A fixed ratio: so many calls for each free agent, and the abandonment limit all the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.forecast import AgentState
from dialer.pacing import Bound, CallStage, decide, learnt_for
from tests.unit.dialer.test_pacing import SETTINGS, agents, calls, seen_by, taught

FLOOR = agents(AgentState.IDLE, 4) + agents(AgentState.TALK, 14) + agents(AgentState.WRAP, 2)
PAST = 8000
"""Live calls in the window, none abandoned: much can be borne."""


@pytest.mark.parametrize(
    ("ratio", "flying", "expected"), [(1.0, 0, 4), (1.5, 0, 6), (1.6, 1, 5), (2.0, 8, 0)]
)
def test_each_idle_agent_has_so_many_calls(ratio: float, flying: int, expected: int) -> None:
    """Those in flight are counted, and a broken number is rounded down."""
    settings = replace(SETTINGS, calls_per_agent=ratio)
    snapshot = seen_by(FLOOR, calls(CallStage.RINGING, flying), live=PAST)
    decision = decide(snapshot, settings, taught(600))
    assert (decision.calls, decision.bound) == (expected, Bound.CALLS_PER_AGENT)


def test_a_ratio_whose_product_rounds_down_misses_no_call() -> None:
    """1.1 times 10 is 11, whatever binary fractions make of it."""
    ten = agents(AgentState.IDLE, 10)
    settings = replace(SETTINGS, calls_per_agent=1.1)
    assert decide(seen_by(ten, live=PAST), settings, taught(600)).calls == 11


def test_without_an_idle_agent_nobody_is_called() -> None:
    """The forecast has no say: who talks is not free."""
    settings = replace(SETTINGS, calls_per_agent=3.0)
    busy = agents(AgentState.TALK, 20)
    decision = decide(seen_by(busy, live=PAST), settings, taught(600))
    assert (decision.calls, decision.bound) == (0, Bound.CALLS_PER_AGENT)


def test_a_new_run_and_a_spent_window_are_dialed_one_to_one() -> None:
    """Before the first calls have rung out, and while the limit is overrun."""
    settings = replace(SETTINGS, calls_per_agent=3.0)
    new = decide(seen_by(FLOOR, live=PAST), settings, learnt_for(SETTINGS))
    spent = decide(seen_by(FLOOR, live=1000, abandoned=31), settings, taught(600))
    for decision in (new, spent):
        assert (decision.calls, decision.bound) == (4, Bound.ABANDONMENT_BUDGET)


def test_the_guard_stands_before_the_ratio() -> None:
    """With little to spare ten calls for each agent are cut, and the budget is named."""
    settings = replace(SETTINGS, calls_per_agent=10.0)
    many = agents(AgentState.IDLE, 20)
    decision = decide(seen_by(many, live=PAST), settings, taught(60))
    assert decision.bound is Bound.ABANDONMENT_BUDGET
    assert 20 <= decision.calls < 200


def test_lines_bind_a_ratio_too() -> None:
    """And are named."""
    settings = replace(SETTINGS, calls_per_agent=2.0)
    decision = decide(seen_by(FLOOR, live=PAST, most=5), settings, taught(600))
    assert (decision.calls, decision.bound) == (5, Bound.TRUNK)


@given(
    idle=st.integers(0, 30),
    talking=st.integers(0, 30),
    ringing=st.integers(0, 60),
    abandoned=st.integers(0, 300),
    ratio=st.floats(1.0, 10.0),
)
def test_a_ratio_is_never_exceeded_nor_fallen_below_one_to_one(
    idle: int, talking: int, ringing: int, abandoned: int, ratio: float
) -> None:
    """Whatever the window says: between one call and `ratio` calls for each idle agent."""
    floor = agents(AgentState.IDLE, idle) + agents(AgentState.TALK, talking)
    snapshot = seen_by(floor, calls(CallStage.RINGING, ringing), PAST, abandoned)
    decision = decide(snapshot, replace(SETTINGS, calls_per_agent=ratio), TAUGHT)
    assert max(0, idle - ringing) <= decision.calls
    assert decision.calls <= max(0.0, ratio * idle - ringing + 1e-6)


TAUGHT = taught(600)
