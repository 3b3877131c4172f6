"""An agent's states, and who may leave while calls may still need them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.agent import (
    STATE_CHANGES,
    Agent,
    AgentState,
    WrongAgentStateError,
    enter,
    is_free,
    may_leave,
    request_leave,
)
from tests.builders import NOON, after, an_agent, an_attempt

S = AgentState


@pytest.mark.parametrize("before", S)
@pytest.mark.parametrize("to", S)
def test_every_pair_of_states(before: AgentState, to: AgentState) -> None:
    """Permitted ones make a fact that names both; others are refused by name."""
    agent = an_agent(state=before)
    if to not in STATE_CHANGES[before]:
        with pytest.raises(WrongAgentStateError, match=f"is in state {before}"):
            enter(agent, to, after(5))
        return
    changed, fact = enter(agent, to, after(5), an_attempt().id)
    assert (changed.state, changed.state_since) == (to, after(5))
    assert changed.attempt_id == an_attempt().id
    assert (fact.previous_state, fact.state) == (before, to)
    assert (fact.agent_id, fact.campaign_id) == (agent.id, agent.campaign_id)
    assert fact.occurred_at == after(5)


def test_a_wish_to_leave_lasts_until_it_is_fulfilled() -> None:
    """Through talk and wrap-up; signing out fulfils a wish for a break too."""
    agent = request_leave(an_agent(state=S.TALK), S.BREAK, NOON)
    agent, _ = enter(agent, S.WRAP, after(1))
    assert (agent.leaving, agent.leaving_since) == (S.BREAK, NOON)
    rested, _ = enter(agent, S.BREAK, after(2))
    assert (rested.leaving, rested.leaving_since) == (None, None)
    gone, _ = enter(agent, S.OUT, after(2))
    assert (gone.leaving, gone.leaving_since) == (None, None)


@pytest.mark.parametrize(
    ("agent", "free"),
    [
        (an_agent(), True),
        (an_agent(attempt_id=an_attempt().id), False),
        (an_agent(leaving=S.BREAK, leaving_since=NOON), False),
        *[(an_agent(state=state), False) for state in S if state is not S.IDLE],
    ],
)
def test_only_an_idle_agent_with_nothing_in_hand_is_free(agent: Agent, free: bool) -> None:
    """And one who does not want to leave."""
    assert is_free(agent) is free


LEAVING = an_agent(1, leaving=S.BREAK, leaving_since=NOON)


def test_nobody_leaves_while_more_calls_count_on_them_than_others_are_free() -> None:
    """Calls that were placed after the wish do not count."""
    two_calls = [after(-2), NOON]
    assert may_leave([LEAVING], two_calls) == []
    assert may_leave([LEAVING, an_agent(2)], two_calls) == []
    assert may_leave([LEAVING, an_agent(2), an_agent(3)], two_calls) == [LEAVING]
    assert may_leave([LEAVING], [after(0.001)]) == [LEAVING]
    assert may_leave([LEAVING], []) == [LEAVING]


@pytest.mark.parametrize(
    "busy",
    [
        replace(LEAVING, state=S.TALK),
        replace(LEAVING, state=S.WRAP),
        replace(LEAVING, attempt_id=an_attempt().id),
        replace(LEAVING, leaving=None, leaving_since=None),
    ],
)
def test_who_is_busy_or_did_not_ask_stays(busy: Agent) -> None:
    """Their turn comes after the call in hand."""
    assert may_leave([busy], []) == []


@given(st.lists(st.booleans(), max_size=12), st.lists(st.integers(-60, 60), max_size=12))
def test_leaving_makes_nobody_wait_who_could_have_been_served(
    wishes: list[bool], reserved: list[int]
) -> None:
    """Those who stay free are as many as the calls placed before the wish, or nobody leaves."""
    agents = [
        an_agent(n, leaving=S.BREAK, leaving_since=NOON) if wish else an_agent(n)
        for n, wish in enumerate(wishes)
    ]
    calls = [after(second) for second in reserved]
    gone = may_leave(agents, calls)
    free = wishes.count(False)
    counted = sum(1 for second in reserved if second <= 0)
    assert len(gone) == (wishes.count(True) if counted <= free else 0)
