"""What a call distributor (ACD) tells of inbound calls for a campaign's agents.

Agents are blended: the ACD takes those who are free, and gives them back. Who has an inbound call
talks, as far as this program can see, and nobody counts on them meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from campaigns.events import AgentState
from campaigns.ports import NotFoundError
from dialer.agent import Agent, WrongAgentStateError, is_free
from dialer.inbound_load import InboundLoad, take_in
from dialer.outcomes import Outcome, change_agent
from dialer.ports import DialerUnitOfWork

Step = Callable[[DialerUnitOfWork, str, str, datetime], Outcome]
"""What may be told of an agent: unit of work, account, agent, now."""


def report(
    uow: DialerUnitOfWork,
    account: str,
    campaign_id: str,
    waiting: int,
    arrived: int,
    now: datetime,
) -> InboundLoad:
    """Keep how many inbound calls wait for the campaign's agents, and have arrived so far.

    Raises:
        NotFoundError: there is no such campaign.
    """
    uow.campaigns.get(account, campaign_id)
    load = take_in(uow.inbound.lock(campaign_id), waiting, arrived, now)
    uow.inbound.put(campaign_id, load)
    return load


def take(uow: DialerUnitOfWork, account: str, agent_id: str, now: datetime) -> Outcome:
    """A free agent gets an inbound call.

    Raises:
        NotFoundError: there is no such agent.
        WrongAgentStateError: the agent is not free.
    """
    agent = _lock(uow, account, agent_id)
    if not is_free(agent):
        raise WrongAgentStateError(agent, AgentState.TALK)
    return _as_guest(change_agent(uow, agent, AgentState.TALK, now), agent)


def give_back(uow: DialerUnitOfWork, account: str, agent_id: str, now: datetime) -> Outcome:
    """The inbound call is over; the agent wraps up, and says themselves when they are free.

    Raises:
        NotFoundError: there is no such agent.
        WrongAgentStateError: the agent has no inbound call.
    """
    agent = _lock(uow, account, agent_id)
    if agent.state is not AgentState.TALK or agent.attempt_id is not None:
        raise WrongAgentStateError(agent, AgentState.WRAP)
    return _as_guest(change_agent(uow, agent, AgentState.WRAP, now), agent)


def make_free(uow: DialerUnitOfWork, account: str, agent_id: str, now: datetime) -> Outcome:
    """The wrap-up of an inbound call is over: free again, or away as the agent asked.

    Raises:
        NotFoundError: there is no such agent.
        WrongAgentStateError: the agent does not wrap up an inbound call.
    """
    agent = _lock(uow, account, agent_id)
    if agent.state is not AgentState.WRAP or agent.attempt_id is not None:
        raise WrongAgentStateError(agent, AgentState.IDLE)
    return change_agent(uow, agent, agent.leaving or AgentState.IDLE, now)


def _as_guest(outcome: Outcome, agent: Agent) -> Outcome:
    """The campaign learns from it how long its agents are away, as from another campaign's call."""
    if agent.campaign_id is not None:
        outcome.guest_facts += [(agent.campaign_id, fact) for fact in outcome.agent_facts]
    return outcome


def _lock(uow: DialerUnitOfWork, account: str, agent_id: str) -> Agent:
    agent = uow.agents.lock([agent_id]).get(agent_id)
    if agent is None or agent.account != account:
        raise NotFoundError("agent", agent_id)
    return agent
