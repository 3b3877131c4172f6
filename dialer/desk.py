"""What agents do at their desks: sign in, take a break, wrap up, sign out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from campaigns.attempt import Attempt
from campaigns.campaign import Campaign
from campaigns.events import AgentState, CallbackRequested, WrapUpRecorded
from campaigns.ports import NotFoundError, QueueEntry
from dialer.agent import Agent, WrongAgentStateError, request_leave
from dialer.outcomes import Outcome, change_agent
from dialer.ports import DialerUnitOfWork

CALLBACK_PRIORITY = 1_000_000
"""Added to a contact's priority, so that a callback that was promised goes before the others."""


REFUSED = "refused"
"""The wrap-up code of a person who wants no more such calls: some laws then ask to wait for weeks
or for good, and screening takes it from the attempt."""


class CallbackTooLateError(Exception):
    """A callback was promised for a time at which the campaign is over."""

    def __init__(self, campaign: Campaign) -> None:
        super().__init__(
            f"campaign {campaign.settings.name!r} ends at "
            f"{campaign.settings.end_at:%Y-%m-%d %H:%M}Z; choose an earlier time for the callback"
        )


def sign_in(uow: DialerUnitOfWork, agent_id: str, campaign: Campaign, now: datetime) -> Outcome:
    """Begin to work, ready for a call of a campaign; a shared agent serves their own ones."""
    agent = replace(_lock(uow, agent_id), seen_at=now)
    theirs = {share.campaign_id for share in uow.agents.shares([agent_id]).get(agent_id, ())}
    if agent.campaign_id not in theirs:
        agent = replace(agent, campaign_id=campaign.id)
    return change_agent(uow, agent, AgentState.IDLE, now)


def be_ready(uow: DialerUnitOfWork, agent_id: str, now: datetime) -> Outcome:
    """Back from a break, or no break after all."""
    agent = _lock(uow, agent_id)
    if agent.state is not AgentState.IDLE:
        stays = replace(agent, leaving=None, leaving_since=None)
        return change_agent(uow, stays, AgentState.IDLE, now)
    uow.agents.save([replace(agent, leaving=None, leaving_since=None)])
    freed = {} if agent.campaign_id is None else {agent.campaign_id: now}
    return Outcome(freed=freed)


def leave(uow: DialerUnitOfWork, agent_id: str, state: AgentState, now: datetime) -> Outcome:
    """Go on break or sign out: at once if the agent is away already, else once no call counts
    on them: after the call in hand and its wrap-up, or when calls that ring are settled."""
    if state not in {AgentState.BREAK, AgentState.OUT}:
        raise WrongAgentStateError(_lock(uow, agent_id), state)
    agent = _lock(uow, agent_id)
    if agent.state is state:
        return Outcome()
    if agent.state in {AgentState.BREAK, AgentState.OUT}:
        return change_agent(uow, agent, state, now)
    uow.agents.save([request_leave(agent, state, now)])
    return Outcome()


def wrap_up(
    uow: DialerUnitOfWork,
    agent_id: str,
    code: str,
    now: datetime,
    callback_at: datetime | None = None,
) -> Outcome:
    """Say what the conversation came to, and be free again or leave as asked."""
    # The attempt before its agent, as reports are taken in: in the other order the two could
    # deadlock.
    attempts = uow.attempts.lock(_contact_at_hand(uow, agent_id))
    agent = _lock(uow, agent_id)
    has_changed = agent.attempt_id is not None and agent.attempt_id not in attempts
    if agent.state is not AgentState.WRAP or has_changed:
        raise WrongAgentStateError(agent, AgentState.IDLE)
    if agent.attempt_id is None:
        # After an inbound call, of which only the ACD knows what it came to.
        return change_agent(uow, agent, agent.leaving or AgentState.IDLE, now)
    attempt = attempts[agent.attempt_id]
    campaign = uow.campaigns.get(agent.account, attempt.campaign_id)
    if callback_at is not None and callback_at >= campaign.settings.end_at:
        raise CallbackTooLateError(campaign)
    about = {
        "campaign_id": attempt.campaign_id,
        "contact_id": attempt.contact_id,
        "attempt_id": attempt.id,
        "agent_id": agent.id,
    }
    if code == REFUSED:
        uow.attempts.save([replace(attempt, refused=True)])
    recorded = WrapUpRecorded(occurred_at=now, wrap_up_code=code, due_at=callback_at, **about)
    uow.outbox.append(agent.account, recorded)
    if callback_at is not None:
        asked = CallbackRequested(occurred_at=now, wrap_up_code=code, due_at=callback_at, **about)
        uow.outbox.append(agent.account, asked)
        uow.queue.reopen(campaign.id, _callback(attempt, callback_at))
    return change_agent(uow, agent, agent.leaving or AgentState.IDLE, now)


def be_seen(uow: DialerUnitOfWork, agent_id: str, now: datetime, every: timedelta) -> None:
    """Record a sign of life from the agent's desktop, at most once in `every`."""
    agent = _lock(uow, agent_id)
    if now - agent.seen_at >= every:
        uow.agents.save([replace(agent, seen_at=now)])


def _callback(attempt: Attempt, at: datetime) -> QueueEntry:
    return QueueEntry(
        contact_id=attempt.contact_id,
        priority=attempt.priority + CALLBACK_PRIORITY,
        row=attempt.list_row,
        next_attempt_at=at,
        phone_index=attempt.phone_index,
    )


def _contact_at_hand(uow: DialerUnitOfWork, agent_id: str) -> list[str]:
    agent = uow.agents.find([agent_id]).get(agent_id)
    return [] if agent is None or agent.attempt_id is None else [agent.attempt_id]


def _lock(uow: DialerUnitOfWork, agent_id: str) -> Agent:
    agent = uow.agents.lock([agent_id]).get(agent_id)
    if agent is None:
        raise NotFoundError("agent", agent_id)
    return agent
