"""An agent: state, what they have in hand, and how one state follows another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from campaigns.events import AgentJoined, AgentLeft, AgentState, AgentStateChanged

__all__ = [
    "STATE_CHANGES",
    "Agent",
    "AgentState",
    "WrongAgentStateError",
    "bound_for",
    "enter",
    "is_free",
    "may_leave",
    "request_leave",
    "told_of_move",
]


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent of an account, at work on at most one campaign.

    `campaign_id` is the campaign that they wait for, or, while they have a contact, the one that
    they serve next; `serving_campaign_id` is the one whose contact they have, if it is another.
    `attempt_id` is the call, or the reserved contact in preview, that they have in hand;
    `leaving` is the state they have asked for and get once no call counts on them.
    """

    id: str
    account: str
    name: str
    campaign_id: str | None
    state: AgentState
    state_since: datetime
    seen_at: datetime
    attempt_id: str | None = None
    leaving: AgentState | None = None
    leaving_since: datetime | None = None
    simulated: bool = False
    serving_campaign_id: str | None = None

    @property
    def works_for(self) -> str | None:
        """The campaign that their time is spent on now."""
        return self.serving_campaign_id or self.campaign_id


class WrongAgentStateError(Exception):
    """The agent's state does not permit what was asked."""

    def __init__(self, agent: Agent, wanted: AgentState) -> None:
        super().__init__(
            f"agent {agent.name} is in state {agent.state} and cannot become {wanted} from there"
        )


_S = AgentState
STATE_CHANGES: dict[AgentState, frozenset[AgentState]] = {
    _S.OUT: frozenset({_S.IDLE, _S.BREAK}),
    _S.IDLE: frozenset({_S.TALK, _S.BREAK, _S.OUT}),
    # Idle again without a talk: the customer was gone before the agent was on the line.
    _S.TALK: frozenset({_S.WRAP, _S.IDLE, _S.OUT}),
    _S.WRAP: frozenset({_S.IDLE, _S.BREAK, _S.OUT}),
    _S.BREAK: frozenset({_S.IDLE, _S.OUT}),
}
"""Each permitted change."""


def enter(
    agent: Agent, state: AgentState, at: datetime, attempt_id: str | None = None
) -> tuple[Agent, AgentStateChanged]:
    """The agent in another state, and the fact that tells of it."""
    if state not in STATE_CHANGES[agent.state]:
        raise WrongAgentStateError(agent, state)
    fact = AgentStateChanged(
        occurred_at=at,
        agent_id=agent.id,
        campaign_id=agent.works_for,
        state=state,
        previous_state=agent.state,
    )
    has_contact = state in {AgentState.TALK, AgentState.WRAP}
    arrived = agent.leaving is state or state is AgentState.OUT
    changed = replace(
        agent,
        state=state,
        state_since=at,
        attempt_id=attempt_id,
        leaving=None if arrived else agent.leaving,
        leaving_since=None if arrived else agent.leaving_since,
        serving_campaign_id=agent.serving_campaign_id if has_contact else None,
    )
    return changed, fact


def bound_for(agent: Agent, campaign_id: str) -> Agent:
    """The agent, whose contact begins, with the campaign that they serve after it."""
    serving = None if campaign_id == agent.works_for else agent.works_for
    return replace(agent, campaign_id=campaign_id, serving_campaign_id=serving)


def told_of_move(
    agent: Agent, left: str | None, at: datetime
) -> tuple[()] | tuple[AgentLeft, AgentJoined]:
    """What tells that the agent works for another campaign than the one left; nothing if not so.

    Who has signed out is of no campaign.
    """
    joined = agent.works_for
    if left is None or joined is None or joined == left or agent.state is AgentState.OUT:
        return ()
    gone = AgentLeft(occurred_at=at, campaign_id=left, agent_id=agent.id, state=agent.state)
    come = AgentJoined(occurred_at=at, campaign_id=joined, agent_id=agent.id, state=agent.state)
    return gone, come


def is_free(agent: Agent) -> bool:
    """Whether a call may be given to the agent now."""
    return agent.state is AgentState.IDLE and agent.attempt_id is None and agent.leaving is None


def request_leave(agent: Agent, state: AgentState, at: datetime) -> Agent:
    """The agent, to go on break or sign out once no call counts on them."""
    return replace(agent, leaving=state, leaving_since=at)


def may_leave(agents: Iterable[Agent], reserved_at: Sequence[datetime]) -> list[Agent]:
    """Who of the idle agents that asked to leave may go now.

    `reserved_at` are the calls in flight that may still need an agent. Pacing placed those from
    before the request counting on the agent: who leaves while more of them are open than other
    agents are free makes somebody be abandoned. Later calls do not count on the agent any more,
    so that nobody waits longer than a call may ring.
    """
    everyone = list(agents)
    free = sum(1 for agent in everyone if is_free(agent))
    return [
        agent
        for agent in everyone
        if agent.leaving is not None
        and agent.leaving_since is not None
        and agent.state is AgentState.IDLE
        and agent.attempt_id is None
        and sum(1 for at in reserved_at if at <= agent.leaving_since) <= free
    ]
