"""What agents do at their desks, on the fake unit of work."""

from __future__ import annotations

from dataclasses import replace

import pytest

from campaigns.attempt import AttemptState
from campaigns.events import AgentState, CallbackRequested, FinishReason
from dialer import desk
from dialer.agent import Agent, WrongAgentStateError
from dialer.desk import CallbackTooLateError
from tests.builders import a_campaign, a_contact, after, an_agent, an_attempt, keep_campaign
from tests.fakes import FakeDatabase

CAMPAIGN = a_campaign()


def a_database(agent: Agent) -> FakeDatabase:
    """One campaign, one contact, one agent."""
    database = FakeDatabase(lambda: after(0))
    with database() as uow:
        keep_campaign(uow, CAMPAIGN, [a_contact()])
        uow.agents.add(agent)
    return database


def state_of(database: FakeDatabase, agent: Agent) -> Agent:
    """The agent as kept."""
    with database() as uow:
        return uow.agents.lock([agent.id])[agent.id]


def wrapping_up() -> tuple[FakeDatabase, Agent]:
    """An agent whose conversation is over."""
    done = an_attempt(state=AttemptState.ENDED, ended_at=after(60))
    agent = an_agent(state=AgentState.WRAP, attempt_id=done.id)
    database = a_database(agent)
    with database() as uow:
        uow.attempts.add([done])
        uow.queue.finish(CAMPAIGN.id, [(done.contact_id, FinishReason.CONVERSATION)], after(60))
    return database, agent


def test_who_is_out_goes_on_break_at_once() -> None:
    """And is not sent there later, right after signing in."""
    agent = an_agent(state=AgentState.OUT)
    database = a_database(agent)
    with database() as uow:
        desk.leave(uow, agent.id, AgentState.BREAK, after(1))
    kept = state_of(database, agent)
    assert (kept.state, kept.leaving) == (AgentState.BREAK, None)


def test_who_is_idle_leaves_once_no_call_counts_on_them() -> None:
    """The wish is kept; the loop grants it."""
    agent = an_agent()
    database = a_database(agent)
    with database() as uow:
        desk.leave(uow, agent.id, AgentState.BREAK, after(1))
    kept = state_of(database, agent)
    assert (kept.state, kept.leaving) == (AgentState.IDLE, AgentState.BREAK)


def test_a_callback_puts_the_contact_back_for_its_time() -> None:
    """Before the others, and the event says when."""
    database, agent = wrapping_up()
    with database() as uow:
        desk.wrap_up(uow, agent.id, "call later", after(80), after(3600))
    with database() as uow:
        assert uow.queue.next_due_at(CAMPAIGN.id) == after(3600)
    assert [fact.due_at for fact in database.facts(CallbackRequested)] == [after(3600)]
    assert state_of(database, agent).state is AgentState.IDLE


def test_a_callback_after_the_end_is_refused() -> None:
    """Nobody would ever dial it; nothing is changed."""
    database, agent = wrapping_up()
    too_late = CAMPAIGN.settings.end_at
    with pytest.raises(CallbackTooLateError, match="choose an earlier time"), database() as uow:
        desk.wrap_up(uow, agent.id, "call later", after(80), too_late)
    assert state_of(database, agent).state is AgentState.WRAP


def test_only_who_wraps_up_can_say_what_came_of_it() -> None:
    """Any other state is refused."""
    agent = an_agent()
    database = a_database(agent)
    with pytest.raises(WrongAgentStateError), database() as uow:
        desk.wrap_up(uow, agent.id, "sale", after(1))


def test_a_second_break_request_changes_nothing() -> None:
    """Who is on break stays there."""
    agent = replace(an_agent(), state=AgentState.BREAK)
    database = a_database(agent)
    with database() as uow:
        assert desk.leave(uow, agent.id, AgentState.BREAK, after(1)).agent_facts == []


def test_a_refusal_stays_with_the_attempt() -> None:
    """Screening takes it from there: France asks to wait for 60 days."""
    database, agent = wrapping_up()
    with database() as uow:
        desk.wrap_up(uow, agent.id, desk.REFUSED, after(70))
    (attempt,) = database.rows.attempts.values()
    assert attempt.refused
    assert attempt.ended_at == after(60)


def test_another_code_is_no_refusal() -> None:
    """Only the one word is."""
    database, agent = wrapping_up()
    with database() as uow:
        desk.wrap_up(uow, agent.id, "sale", after(70))
    (attempt,) = database.rows.attempts.values()
    assert not attempt.refused
