"""Shared agents on PostgreSQL with two workers at once: nobody waits for the other in a ring."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Event, current_thread
from typing import Any

import pytest
from sqlalchemy import event

from app.database import Database
from campaigns.attempt import AttemptState
from campaigns.campaign import Campaign
from campaigns.events import AgentState
from compliance.abandonment_definitions import AnsweredBy
from compliance.case import DialMode
from dialer import desk
from dialer.agent import Agent
from dialer.assigning import assign, let_go
from dialer.carriers.simulated import SimulatedCarrier
from dialer.loop import PREVIEW_FOR, Dialer
from dialer.outcomes import apply_reports, serve_waiting
from tests.builders import (
    ACCOUNT,
    NOON,
    a_campaign,
    a_contact,
    after,
    an_agent,
    an_attempt,
    keep_campaign,
    some_settings,
)
from tests.unit.dialer.test_outcomes import answered, over

ONE, TWO = a_campaign("one", "one"), a_campaign("two", "two")
AGENTS = 12
ROUNDS = 40


def shared(postgres: Database) -> None:
    """Two campaigns with contacts, and agents who work on both, half of them with either."""
    with postgres() as uow:
        for campaign, list_name in ((ONE, "one"), (TWO, "two")):
            keep_campaign(uow, campaign, [a_contact(row, list_name) for row in range(1, 6)])
            uow.queue.enroll(campaign, NOON)
            uow.queue.wake(campaign.id, NOON, 9)
        for number in range(AGENTS):
            uow.agents.add(an_agent(number, "one" if number % 2 else "two"))
        ids = [an_agent(number).id for number in range(AGENTS)]
        assign(uow, ACCOUNT, ids, [ONE.id, TWO.id], NOON)


def test_agents_go_both_ways_at_once(postgres: Database) -> None:
    """Each campaign's agents are given to the other, and let go to it, again and again."""
    shared(postgres)

    together = Barrier(2)

    def work(campaign: Campaign) -> int:
        moved = 0
        other = TWO if campaign is ONE else ONE
        for number in range(ROUNDS):
            with postgres() as uow:
                mine = [a.id for a in uow.agents.of_campaign(campaign.id)]
            together.wait(30)
            now = after(10 * number) + timedelta(hours=1)
            if mine:
                with postgres() as uow:
                    assign(uow, ACCOUNT, mine, [other.id], now)
            with postgres() as uow:
                moved += len(let_go(uow, campaign.id, now).freed)
        return moved

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(work, (ONE, TWO))) > ROUNDS / 2
    with postgres() as uow:
        agents = uow.agents.of_account(ACCOUNT)
    assert {agent.campaign_id for agent in agents} <= {ONE.id, TWO.id}


def test_agents_are_locked_in_one_order(postgres: Database) -> None:
    """Each worker takes its own campaign's agents and some who have the other's contact."""
    shared(postgres)

    def work(campaign: Campaign) -> None:
        others = [an_agent(n).id for n in range(AGENTS) if (n % 2 == 1) is (campaign is TWO)]
        for _ in range(ROUNDS):
            with postgres() as uow:
                found = uow.agents.lock_for([campaign.id], others)
                uow.agents.save(found)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, (ONE, TWO)))


def test_a_campaigns_lock_lets_agents_come(postgres: Database) -> None:
    """Who is moved to a campaign does not wait for its tick, which may wait for agents."""
    shared(postgres)
    with postgres() as ticking, postgres() as moving:
        ticking.campaigns.lock(ONE.id)
        moving.campaigns.lock(TWO.id)
        (agent,) = moving.agents.lock_for([], [an_agent(0).id])
        assert agent.campaign_id == TWO.id
        assign(moving, ACCOUNT, [agent.id], [ONE.id], NOON)
        assert len(ticking.agents.lock_for([ONE.id])) == AGENTS / 2


def test_a_wrap_up_and_reports_lock_in_one_order(postgres: Database) -> None:
    """A second copy of a call's end comes with another call's answer, while its agent wraps up."""
    campaign = a_campaign()
    done = an_attempt(1, state=AttemptState.ENDED, ended_at=after(60))
    ringing = an_attempt(2)
    agent = an_agent(state=AgentState.WRAP, attempt_id=done.id)
    with postgres() as uow:
        keep_campaign(uow, campaign, [a_contact(1), a_contact(2)])
        uow.attempts.add([done, ringing])
        uow.agents.add(agent)
    attempts_locked, leave_time = Event(), Event()

    def campaign_of(campaign_id: str) -> Campaign:
        attempts_locked.set()
        leave_time.wait(0.5)  # for the wrap-up to lock what it can
        return campaign

    def hear() -> None:
        with postgres() as uow:
            reports = [over(answered(done), 60), answered(ringing)]
            apply_reports(uow, reports, campaign_of, after(70))

    def wrap_up() -> None:
        assert attempts_locked.wait(30)
        with postgres() as uow:
            desk.wrap_up(uow, agent.id, desk.REFUSED, after(70))

    with ThreadPoolExecutor(2) as pool:
        for work in [pool.submit(hear), pool.submit(wrap_up)]:
            work.result()
    assert kept_agent(postgres, agent).state is AgentState.IDLE


@pytest.mark.parametrize("frees", [False, True])
def test_who_waits_is_served_in_the_order_of_reports(postgres: Database, frees: bool) -> None:
    """One who waits hangs up, as another worker has an agent for them."""
    campaign = a_campaign()
    told = answered(an_attempt(1), 1)
    known: dict[str, Any] = {
        "answered_at": after(1),
        "answered_by": AnsweredBy.HUMAN,
        "connect_by": after(60.5),
    }
    waiting = an_attempt(1, state=AttemptState.ANSWERED, **known)
    given = an_attempt(2, state=AttemptState.ANSWERED, agent_id=an_agent().id, **known)
    agent = an_agent(state=AgentState.TALK, attempt_id=given.id) if frees else an_agent()
    with postgres() as uow:
        keep_campaign(uow, campaign, [a_contact(row) for row in range(1, 5)])
        assigned = replace(given, assigned_at=after(50)) if frees else an_attempt(2)
        uow.attempts.add([waiting, assigned, an_attempt(3), an_attempt(4)])
        uow.agents.add(agent)
    attempts_locked, leave_time = Event(), Event()

    def campaign_of(campaign_id: str) -> Campaign:
        attempts_locked.set()
        leave_time.wait(0.5)  # for the other worker to lock what it can
        return campaign

    def hear() -> None:
        with postgres() as uow:
            apply_reports(
                uow, [over(told, 60), answered(an_attempt(3), 58)], campaign_of, after(60)
            )

    def serve() -> None:
        assert attempts_locked.wait(30)
        with postgres() as uow:
            if frees:
                reports = [over(answered(given, 1), 59), answered(an_attempt(4), 58)]
                apply_reports(uow, reports, lambda _: campaign, after(60))
            else:
                serve_waiting(uow, campaign, after(60))

    with ThreadPoolExecutor(2) as pool:
        for work in [pool.submit(hear), pool.submit(serve)]:
            work.result()
    with postgres() as uow:
        (left,) = uow.attempts.lock([waiting.id]).values()
    assert (left.ended_at, left.agent_id) == (after(60), None)


def test_a_tick_in_preview_locks_its_agents_at_once(postgres: Database) -> None:
    """One goes on break, another has looked at a contact for too long, and all are assigned."""
    first, last = sorted((an_agent(1), an_agent(2)), key=lambda agent: agent.id)
    shown = an_attempt(1, state=AttemptState.RESERVED, placed_at=None, agent_id=first.id)
    now = NOON + PREVIEW_FOR
    preview = a_campaign(settings=some_settings(dial_mode=DialMode.PREVIEW))
    with postgres() as uow:
        keep_campaign(uow, preview, [a_contact(1)])
        uow.attempts.add([shown])
        uow.agents.add(replace(first, attempt_id=shown.id))
        uow.agents.add(replace(last, leaving=AgentState.BREAK, leaving_since=NOON - PREVIEW_FOR))
    carrier = SimulatedCarrier(7, lambda: now, lambda line: None)
    dialer = Dialer(postgres, carrier, None, "one", b"key", lambda: 0.0, lambda facts: None)
    agents_locked = Event()
    ticking = current_thread()

    def after_a_lock(*about: object) -> None:
        statement = str(about[2])
        is_lock = "FROM agent" in statement and "FOR UPDATE" in statement
        if current_thread() is ticking and is_lock and not agents_locked.is_set():
            agents_locked.set()
            Event().wait(0.5)  # for the other one to lock what it can

    def assign_all() -> None:
        assert agents_locked.wait(30)
        with postgres() as uow:
            assign(uow, ACCOUNT, [first.id, last.id], [preview.id], now)

    event.listen(postgres.engine, "after_cursor_execute", after_a_lock)
    try:
        with ThreadPoolExecutor(1) as pool:
            assigning = pool.submit(assign_all)
            dialer.tick(preview.id, now)
            assigning.result()
    finally:
        event.remove(postgres.engine, "after_cursor_execute", after_a_lock)
    assert kept_agent(postgres, first).attempt_id is None
    assert kept_agent(postgres, last).state is AgentState.BREAK


def kept_agent(postgres: Database, agent: Agent) -> Agent:
    """The agent as kept."""
    with postgres() as uow:
        return uow.agents.lock([agent.id])[agent.id]
