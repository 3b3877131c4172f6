"""Agents are assigned to campaigns, and go where they are wanted, on the fake unit of work."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from campaigns.attempt import Attempt
from campaigns.campaign import Campaign, CampaignState
from campaigns.events import AgentJoined, AgentLeft, AgentState, AgentStateChanged
from campaigns.ports import NotFoundError
from compliance.case import DialMode
from dialer.agent import Agent
from dialer.assigning import STAYS_FOR, AssignmentRefusedError, assign, let_go
from dialer.inbound import report
from dialer.outcomes import apply_reports, change_agent, serve_waiting
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
from tests.fakes import FakeDatabase
from tests.unit.dialer.test_outcomes import answered, over

ONE = a_campaign("campaign")
TWO = a_campaign("second", settings=some_settings(name="Second"))
LATER = NOON + STAYS_FOR


class Floor:
    """Two campaigns with somebody to call in each, and these agents and attempts of the first."""

    def __init__(self, *have: Agent | Attempt, one: Campaign = ONE, two: Campaign = TWO) -> None:
        self.database = FakeDatabase(lambda: NOON)
        self.campaigns = {one.id: one, two.id: two}
        with self.database() as uow:
            keep_campaign(uow, one, [a_contact(row) for row in range(1, 5)])
            keep_campaign(uow, two)
            for campaign in (one, two):
                uow.queue.enroll(campaign, NOON)
                uow.queue.wake(campaign.id, NOON, 2)
            uow.attempts.add([each for each in have if isinstance(each, Attempt)])
            for each in have:
                if isinstance(each, Agent):
                    uow.agents.add(each)

    def assign(self, *agents: Agent, to: tuple[Campaign, ...] = (ONE, TWO)) -> None:
        """Let these work on both."""
        with self.database() as uow:
            assign(uow, ACCOUNT, [a.id for a in agents], [each.id for each in to], NOON)

    def agent(self, number: int = 1) -> Agent:
        """As they are now."""
        return self.database.rows.agents[an_agent(number).id]

    def let_go(self, at: Any = LATER) -> int:
        """How many campaigns got somebody from the first."""
        with self.database() as uow:
            return len(let_go(uow, ONE.id, at).freed)


# ----------------------------------------------------------------------------------------- assign
@pytest.mark.parametrize("state", [AgentState.OUT, AgentState.BREAK])
def test_who_is_away_comes_back_to_one_of_theirs(state: AgentState) -> None:
    """Not to a campaign that they no longer work on."""
    floor = Floor(an_agent(state=state))
    floor.assign(an_agent(), to=(TWO,))
    assert floor.agent().campaign_id == TWO.id
    assert [s.campaign_id for s in floor.database.rows.shares.values()] == [TWO.id]


@pytest.mark.parametrize("state", [AgentState.IDLE, AgentState.TALK, AgentState.WRAP])
def test_who_is_at_work_finishes_first(state: AgentState) -> None:
    """Calls in flight may count on them."""
    floor = Floor(an_agent(state=state, attempt_id=an_attempt().id))
    floor.assign(an_agent(), to=(TWO,))
    assert floor.agent().campaign_id == ONE.id


@pytest.mark.parametrize(
    ("campaign", "problem"),
    [
        (a_campaign("second", settings=some_settings(dial_mode=DialMode.AGENTLESS)), "no agents"),
        (a_campaign("second", state=CampaignState.COMPLETED), "completed"),
    ],
)
def test_campaigns_that_can_have_no_agents_are_refused(campaign: Campaign, problem: str) -> None:
    """And nothing is changed."""
    floor = Floor(an_agent(), two=campaign)
    with pytest.raises(AssignmentRefusedError, match=problem):
        floor.assign(an_agent(), to=(campaign,))
    assert floor.database.rows.shares == {}


def test_somebody_must_be_chosen() -> None:
    """No campaign, no agent, an unknown agent, another account's agent or campaign: refused."""
    foreign = an_agent(2, account="other")
    floor = Floor(an_agent(), foreign, two=replace(TWO, account="other"))
    with pytest.raises(AssignmentRefusedError, match="at least one"):
        floor.assign(an_agent(), to=())
    with pytest.raises(AssignmentRefusedError, match="no agent"):
        floor.assign()
    for agents, campaigns in (
        ((an_agent(9),), (ONE,)),
        ((foreign,), (ONE,)),
        ((an_agent(),), (TWO,)),
    ):
        with pytest.raises(NotFoundError):
            floor.assign(*agents, to=campaigns)
    assert floor.database.rows.shares == {}


# ----------------------------------------------------------------------------------------- let go
def test_an_idle_agent_goes_where_there_is_work() -> None:
    """And both campaigns hear of it, with the state that stays."""
    floor = Floor(an_agent())
    floor.assign(an_agent())
    assert floor.let_go() == 1
    assert (floor.agent().campaign_id, floor.agent().state) == (TWO.id, AgentState.IDLE)
    (left,), (joined,) = floor.database.facts(AgentLeft), floor.database.facts(AgentJoined)
    assert (left.campaign_id, joined.campaign_id) == (ONE.id, TWO.id)
    assert left.state is joined.state is AgentState.IDLE


def test_a_call_in_flight_keeps_an_agent() -> None:
    """It was dialed counting on somebody; the second agent may go."""
    floor = Floor(an_agent(1), an_agent(2), an_attempt(1))
    floor.assign(an_agent(1), an_agent(2))
    assert floor.let_go() == 1
    assert {floor.agent(1).campaign_id, floor.agent(2).campaign_id} == {ONE.id, TWO.id}
    assert floor.let_go() == 0


def test_who_is_silent_keeps_nobody_and_goes_nowhere() -> None:
    """A call in flight counts on the agent who is there, since the other one is not free."""
    silent = an_agent(2, simulated=False, seen_at=NOON)
    floor = Floor(an_agent(1), silent, an_attempt(1))
    floor.assign(an_agent(1), silent)
    assert floor.let_go() == 0
    assert {floor.agent(1).campaign_id, floor.agent(2).campaign_id} == {ONE.id}


def test_the_reserve_for_inbound_calls_stays() -> None:
    """So do agents for those that wait, while the campaign runs; the rest goes."""
    agents = [an_agent(number) for number in range(1, 6)]
    one = replace(ONE, settings=some_settings(inbound_reserve=2))
    calls = [an_attempt(row, campaign="second") for row in range(1, 6)]
    for state, stay in ((CampaignState.RUNNING, 3), (CampaignState.PAUSED, 0)):
        floor = Floor(*agents, *calls, one=replace(one, state=state))
        floor.assign(*agents)
        with floor.database() as uow:
            report(uow, ACCOUNT, ONE.id, 1, 0, LATER)
        for _ in agents:
            floor.let_go()
        campaigns = [floor.agent(number).campaign_id for number in range(1, 6)]
        assert campaigns.count(ONE.id) == stay


def test_nobody_is_kept_for_inbound_calls_who_is_not_theirs_any_more() -> None:
    """Who was given other campaigns goes before those who stay."""
    stays, goes = an_agent(1), an_agent(2, state_since=NOON)
    floor = Floor(stays, goes, one=replace(ONE, settings=some_settings(inbound_reserve=1)))
    floor.assign(stays)
    floor.assign(goes, to=(TWO,))
    assert floor.let_go() == 1
    assert (floor.agent(1).campaign_id, floor.agent(2).campaign_id) == (ONE.id, TWO.id)
    assert floor.let_go() == 0


@pytest.mark.parametrize("state", [CampaignState.PAUSED, CampaignState.STOPPED])
def test_they_go_at_once_where_nobody_is_dialed(state: CampaignState) -> None:
    """Where the campaign dials they stay for some seconds, so that none goes back and forth."""
    just_free = an_agent(state_since=NOON)
    dialing = Floor(just_free)
    dialing.assign(just_free)
    assert dialing.let_go(after(1)) == 0
    halted = Floor(just_free, one=replace(ONE, state=state))
    halted.assign(just_free)
    assert halted.let_go(after(1)) == 1


def test_they_stay_where_the_other_has_agents_to_spare() -> None:
    """Else two campaigns that cannot use all of theirs would pass them to and fro for ever."""
    agents = [an_agent(1), an_agent(2), an_agent(3), an_agent(4, "second")]
    floor = Floor(*agents)
    floor.assign(*agents)
    assert floor.let_go() == 0
    halted = Floor(*agents, one=replace(ONE, state=CampaignState.PAUSED))
    halted.assign(*agents)
    assert halted.let_go() == 1
    assert {halted.agent(number).campaign_id for number in range(1, 5)} == {TWO.id}


def test_they_go_one_by_one_where_both_dial() -> None:
    """Until the other one has dialed for who came, or has one to spare."""
    agents = [an_agent(number) for number in range(1, 5)]
    floor = Floor(*agents)
    floor.assign(*agents)
    assert (floor.let_go(), floor.let_go()) == (1, 0)
    campaigns = [floor.agent(number).campaign_id for number in range(1, 5)]
    assert campaigns.count(TWO.id) == 1
    with floor.database() as uow:
        uow.attempts.add([an_attempt(1, campaign="second")])
    assert floor.let_go() == 1


def test_they_stay_where_the_others_have_nobody_to_call() -> None:
    """Nothing would be gained."""
    floor = Floor(an_agent(), two=replace(TWO, state=CampaignState.PAUSED))
    floor.assign(an_agent())
    assert floor.let_go() == 0


def test_an_agent_without_campaigns_of_their_own_stays() -> None:
    """Most work on one campaign, and nobody has given them any."""
    floor = Floor(an_agent(), one=replace(ONE, state=CampaignState.PAUSED))
    assert floor.let_go() == 0


# -------------------------------------------------------------------------------- a contact's life
def test_a_contact_of_one_leads_to_the_other() -> None:
    """In talk and wrap-up the time is the first campaign's, the agent already the second's."""
    call = an_attempt(1)
    floor = Floor(an_agent(), call)
    with floor.database() as uow:
        assign(uow, ACCOUNT, [an_agent().id], [ONE.id, TWO.id], NOON)
        for share in uow.agents.shares([an_agent().id])[an_agent().id]:
            uow.agents.save_shares([replace(share, served=0)])

    def hear(*reports: Any, at: float) -> Any:
        with floor.database() as uow:
            return apply_reports(uow, reports, floor.campaigns.__getitem__, after(at))

    told = answered()
    talking = hear(told, at=11.5)
    agent = floor.agent()
    assert (agent.campaign_id, agent.works_for, agent.state) == (TWO.id, ONE.id, AgentState.TALK)
    assert [key for key, _ in talking.guest_facts] == [TWO.id]
    joined = replace(told, agent_joined_at=after(11.7))
    hear(over(joined, 70), at=70)
    assert (floor.agent().works_for, floor.agent().state) == (ONE.id, AgentState.WRAP)
    with floor.database() as uow:
        outcome = change_agent(uow, floor.agent(), AgentState.IDLE, after(90))
    assert floor.agent().works_for == TWO.id
    assert outcome.freed == {TWO.id: after(90)}
    states = [(f.campaign_id, f.state) for f in floor.database.facts(AgentStateChanged)]
    assert states == [(ONE.id, s) for s in (AgentState.TALK, AgentState.WRAP, AgentState.IDLE)]
    assert [fact.campaign_id for fact in floor.database.facts(AgentJoined)] == [TWO.id]


def test_nobody_is_served_by_another_campaigns_agent() -> None:
    """Who waits for the first gets no agent who waits for the second."""
    floor = Floor(an_agent(campaign="second"), an_attempt(1))
    with floor.database() as uow:
        apply_reports(uow, [answered()], floor.campaigns.__getitem__, after(11.5))
    with floor.database() as uow:
        assert serve_waiting(uow, ONE, after(12)).commands == []
    assert floor.agent().state is AgentState.IDLE
