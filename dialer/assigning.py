"""Who works on which campaigns: agents are assigned, and go where they are wanted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from campaigns.campaign import Campaign, CampaignState
from campaigns.events import AgentState
from campaigns.ports import NotFoundError
from compliance.case import DialMode
from dialer.agent import Agent, is_free, told_of_move
from dialer.claims import claims_of
from dialer.inbound_load import waiting_at
from dialer.outcomes import Outcome, may_need_agent
from dialer.ports import DialerUnitOfWork
from dialer.routing import is_present
from dialer.sharing import Claim, Share, begin, next_campaign

STAYS_FOR = timedelta(seconds=5)
"""How long an agent waits for a campaign that still dials before another one may have them."""


class AssignmentRefusedError(Exception):
    """Agents cannot be given these campaigns; the message says why and what to do."""


def assign(
    uow: DialerUnitOfWork,
    account: str,
    agent_ids: Collection[str],
    campaign_ids: Collection[str],
    now: datetime,
) -> None:
    """Let these agents work on these campaigns and on no others.

    Who is away begins with one of them. Who is at work finishes what is at hand, and goes on to
    one of them as soon as no call in flight counts on them.

    Raises:
        NotFoundError: an agent or a campaign is not there, or another account's.
        AssignmentRefusedError: there is no agent or no campaign, or a campaign can have no agents.
    """
    if not agent_ids:
        raise AssignmentRefusedError(
            "there is no agent to assign; agents are known once they have signed in"
        )
    if not campaign_ids:
        raise AssignmentRefusedError("choose at least one campaign for the agents to work on")
    campaigns = [uow.campaigns.get(account, key) for key in sorted(set(campaign_ids))]
    for campaign in campaigns:
        _check_takes_agents(campaign)
    weights = {campaign.id: campaign.settings.weight for campaign in campaigns}
    agents = uow.agents.lock_for([], sorted(set(agent_ids)))
    missing = set(agent_ids) - {agent.id for agent in agents if agent.account == account}
    if missing:
        raise NotFoundError("agent", min(missing))
    known = uow.agents.shares([agent.id for agent in agents])
    claims = claims_of(uow, account, weights, now)
    for agent in agents:
        shares = begin(agent.id, weights, known.get(agent.id, ()))
        uow.agents.share(agent.id, shares)
        is_away = agent.state in {AgentState.OUT, AgentState.BREAK}
        if is_away and agent.campaign_id not in weights:
            first = next_campaign(shares, claims) or shares[0].campaign_id
            _move(uow, agent, first, now)


def takes_agents(campaign: Campaign) -> bool:
    """Whether agents can be given the campaign."""
    is_over = campaign.state is CampaignState.COMPLETED
    return not is_over and campaign.settings.dial_mode is not DialMode.AGENTLESS


def _check_takes_agents(campaign: Campaign) -> None:
    if takes_agents(campaign):
        return
    is_over = campaign.state is CampaignState.COMPLETED
    problem = "is completed" if is_over else "plays a message and has no agents"
    name = campaign.settings.name
    raise AssignmentRefusedError(f"campaign {name!r} {problem}; choose another campaign")


def let_go(uow: DialerUnitOfWork, campaign_id: str, now: datetime) -> Outcome:
    """Move agents who wait for a campaign that does not need them to one that does.

    A campaign keeps an idle agent for each of its calls that may still need one: those were
    dialed counting on them. While it runs it also keeps those of its own who are left to inbound
    calls. Who is beyond that goes to another open campaign of theirs, at once where this one
    cannot dial or is theirs no longer, else after a few seconds and where none waits for nothing.
    """
    outcome = Outcome()
    # As a tick does: none reserves calls for these agents meanwhile.
    campaign = uow.campaigns.lock(campaign_id)
    waiting = _waiting(uow, campaign_id, now)
    shares = uow.agents.shares([agent.id for agent in waiting])
    needed = _counted_on(uow, campaign_id)
    own = sum(_is_given(shares.get(agent.id, ()), campaign_id) for agent in waiting)
    needed += min(own, _left_to_inbound(uow, campaign, now))
    if len(waiting) <= needed:
        return outcome
    theirs = {share.campaign_id for own in shares.values() for share in own}
    claims = claims_of(uow, campaign.account, theirs | {campaign_id}, now)
    going = _going(uow, waiting, shares, claims, campaign_id, now)
    going = dict(list(going.items())[: len(waiting) - needed])
    for agent in uow.agents.lock_for([], sorted(going)):
        if agent.campaign_id == campaign_id and is_free(agent):
            _move(uow, agent, going[agent.id], now)
            outcome.freed[going[agent.id]] = now
    return outcome


def _going(
    uow: DialerUnitOfWork,
    waiting: Sequence[Agent],
    shares: dict[str, tuple[Share, ...]],
    claims: dict[str, Claim],
    campaign_id: str,
    now: datetime,
) -> dict[str, str]:
    """Who may go and where to: first whom the campaign is taken from, then who waited longest."""
    dials = claims[campaign_id].is_open
    homes = {a.id for a in waiting if _is_given(shares.get(a.id, ()), campaign_id)}
    may_go = [
        agent
        for agent in waiting
        if agent.id not in homes or not dials or now - agent.state_since >= STAYS_FOR
    ]
    may_go.sort(key=lambda agent: (agent.id in homes, agent.state_since, agent.id))
    others = {key for key, claim in claims.items() if claim.is_open and key != campaign_id}
    spare = {key: _spare(uow, key, now) for key in sorted(others)} if may_go else {}
    going: dict[str, str] = {}
    for agent in may_go:
        wanted = [share for share in shares.get(agent.id, ()) if share.campaign_id in others]
        if dials and agent.id in homes:
            wanted = [share for share in wanted if spare[share.campaign_id] <= 0]
        to = next_campaign(wanted, claims)
        if to is not None:
            spare[to] += 1
            going[agent.id] = to
    return going


def _waiting(uow: DialerUnitOfWork, campaign_id: str, now: datetime) -> list[Agent]:
    return [
        agent
        for agent in uow.agents.of_campaign(campaign_id)
        if agent.campaign_id == campaign_id and is_free(agent) and is_present(agent, now)
    ]


def _counted_on(uow: DialerUnitOfWork, campaign_id: str) -> int:
    """How many calls of a campaign may still need an agent."""
    return sum(may_need_agent(attempt) for attempt in uow.attempts.open_of(campaign_id))


def _spare(uow: DialerUnitOfWork, campaign_id: str, now: datetime) -> int:
    """How many agents wait for a campaign beyond its calls in flight; below 0: fewer than those."""
    return len(_waiting(uow, campaign_id, now)) - _counted_on(uow, campaign_id)


def _is_given(shares: Sequence[Share], campaign_id: str) -> bool:
    return any(share.campaign_id == campaign_id for share in shares)


def _left_to_inbound(uow: DialerUnitOfWork, campaign: Campaign, now: datetime) -> int:
    """How many idle agents of a campaign are not dialed for, as its pacing sees it."""
    if campaign.state is not CampaignState.RUNNING:
        return 0
    waiting = waiting_at(uow.inbound.of(campaign.id), now)
    return (waiting or 0) + campaign.settings.inbound_reserve


def _move(uow: DialerUnitOfWork, agent: Agent, campaign_id: str, now: datetime) -> None:
    """From now on the agent is the other campaign's."""
    moved = replace(agent, campaign_id=campaign_id, state_since=now)
    uow.agents.save([moved])
    uow.outbox.append(agent.account, *told_of_move(moved, agent.campaign_id, now))
