"""Inbound calls as a call distributor tells of them, on the fake unit of work."""

from __future__ import annotations

from typing import Any

import pytest

from campaigns.events import AgentState, AgentStateChanged
from campaigns.ports import NotFoundError
from compliance.rulebook_file import load
from dialer import desk, inbound
from dialer.agent import WrongAgentStateError
from dialer.inbound_load import FRESH_FOR, IGNORED_AFTER, arrivals, take_in, waiting_at
from tests.builders import ACCOUNT, NOON, a_campaign, after, an_agent, ident, keep_campaign
from tests.dialing import Room
from tests.fakes import FakeDatabase

CAMPAIGN = a_campaign()


# ------------------------------------------------------------------------------------- the reports
def test_a_fresh_report_is_believed() -> None:
    """Up to its last second; without any, nothing is known."""
    load = take_in(None, 3, 10, NOON)
    assert waiting_at(load, NOON + FRESH_FOR) == 3
    assert waiting_at(None, NOON) is None


def test_a_late_report_is_taken_at_its_worst_and_then_forgotten() -> None:
    """Seven waited a minute ago, one now, and then the reports stay away."""
    load = take_in(take_in(None, 7, 10, NOON), 1, 20, after(60))
    assert waiting_at(load, after(60)) == 1
    assert waiting_at(load, after(71)) == 7
    assert waiting_at(load, after(60) + IGNORED_AFTER) == 7
    assert waiting_at(load, after(61) + IGNORED_AFTER) is None


def test_the_worst_is_of_late() -> None:
    """What was worse two minutes ago is over; what is worse now takes its place."""
    old = take_in(None, 7, 10, NOON)
    assert take_in(old, 1, 20, after(121)).worst == 1
    assert take_in(old, 9, 20, after(5)).worst == 9


def test_arrivals_are_counted_between_reports() -> None:
    """A distributor that starts anew counts from nought."""
    first = take_in(None, 0, 40, NOON)
    assert arrivals(first, take_in(first, 0, 43, after(6))) == (3, 6.0)
    assert arrivals(first, take_in(first, 0, 2, after(6))) == (2, 6.0)


# ------------------------------------------------------------------------------------- the agents
def a_database(**changes: Any) -> FakeDatabase:
    """One campaign and one agent."""
    database = FakeDatabase(lambda: NOON)
    with database() as uow:
        keep_campaign(uow, CAMPAIGN)
        uow.agents.add(an_agent(**changes))
    return database


def test_an_agent_is_taken_wraps_up_and_is_free_again() -> None:
    """The campaign learns how long it was, as from a guest."""
    database, agent = a_database(), an_agent()
    with database() as uow:
        taken = inbound.take(uow, ACCOUNT, agent.id, after(1))
    with database() as uow:
        given = inbound.give_back(uow, ACCOUNT, agent.id, after(61))
    with database() as uow:
        free = inbound.make_free(uow, ACCOUNT, agent.id, after(71))
    told = [fact for _, fact in (*taken.guest_facts, *given.guest_facts)]
    assert [fact.state for fact in told] == [AgentState.TALK, AgentState.WRAP]
    assert free.freed == {CAMPAIGN.id: after(71)}
    states = [fact.state for fact in database.facts(AgentStateChanged)]
    assert states == [AgentState.TALK, AgentState.WRAP, AgentState.IDLE]


def test_at_the_desk_the_wrap_up_ends_too() -> None:
    """No code is recorded: only the distributor knows what it came to."""
    database, agent = a_database(state=AgentState.WRAP), an_agent()
    with database() as uow:
        desk.wrap_up(uow, agent.id, "sale", after(5))
    assert database.rows.agents[agent.id].state is AgentState.IDLE
    assert len(database.rows.facts) == 1


FITS: list[tuple[inbound.Step, AgentState]] = [
    (inbound.take, AgentState.IDLE),
    (inbound.give_back, AgentState.TALK),
    (inbound.make_free, AgentState.WRAP),
]


@pytest.mark.parametrize("do", [inbound.take, inbound.give_back, inbound.make_free])
@pytest.mark.parametrize("attempt", [None, ident("call")])
def test_only_what_the_state_permits(do: inbound.Step, attempt: str | None) -> None:
    """Who is on a break, and who has one of our own calls, is left alone."""
    for state in (AgentState.BREAK, AgentState.TALK, AgentState.WRAP, AgentState.IDLE):
        if (do, state) in FITS and attempt is None:
            continue
        database = a_database(state=state, attempt_id=attempt)
        with pytest.raises(WrongAgentStateError), database() as uow:
            do(uow, ACCOUNT, an_agent().id, after(1))


def test_strangers_are_not_there() -> None:
    """Another account's agents and campaigns look like missing ones."""
    database = a_database()
    for account, agent in (("other", an_agent().id), (ACCOUNT, ident("nobody"))):
        with pytest.raises(NotFoundError), database() as uow:
            inbound.take(uow, account, agent, NOON)
    with pytest.raises(NotFoundError), database() as uow:
        inbound.report(uow, "other", CAMPAIGN.id, 1, 1, NOON)


# --------------------------------------------------------------------------------------- the loop
def test_the_loop_dials_less_while_inbound_calls_wait() -> None:
    """And learns from two reports how often they come."""
    room = Room(load(), agents=5)
    with room.database() as uow:
        inbound.report(uow, ACCOUNT, room.campaign.id, 2, 10, after(0))
    room.tick()
    assert (len(room.dialed()), room.last().bound) == (3, "inbound")
    with room.database() as uow:
        inbound.report(uow, ACCOUNT, room.campaign.id, 0, 12, after(1))
    room.tick()
    assert room.last().inputs["inbound"] > 20
