"""What campaigns ask of the agents that they share, as it stands in storage."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from campaigns.campaign import Campaign, CampaignState
from compliance.case import DialMode
from dialer.agent import Agent
from dialer.ports import DialerUnitOfWork
from dialer.sharing import Claim, count_contact, next_campaign


def claims_of(
    uow: DialerUnitOfWork, account: str, campaign_ids: Collection[str], now: datetime
) -> dict[str, Claim]:
    """Each campaign's claim. No row is locked: what has changed since is made up for later."""
    return {key: _claim(uow, uow.campaigns.get(account, key), now) for key in sorted(campaign_ids)}


def _claim(uow: DialerUnitOfWork, campaign: Campaign, now: datetime) -> Claim:
    settings = campaign.settings
    is_open = (
        campaign.state is CampaignState.RUNNING
        and settings.dial_mode is not DialMode.AGENTLESS
        and now < settings.end_at
        and uow.queue.ready_count(campaign.id, 1) > 0
    )
    return Claim(settings.weight, is_open)


def follow_on(
    uow: DialerUnitOfWork, campaign: Campaign, agents: Sequence[Agent], now: datetime
) -> dict[str, str]:
    """The campaign that each shared one of these agents serves next, by agent.

    A contact of `campaign` begins for each of them now, and is counted.
    """
    if not agents:
        return {}
    shares = uow.agents.shares([agent.id for agent in agents])
    theirs = {share.campaign_id for own in shares.values() for share in own}
    claims = claims_of(uow, campaign.account, theirs | {campaign.id}, now) if shares else {}
    following: dict[str, str] = {}
    for agent_id, own in shares.items():
        counted = count_contact(own, campaign.id, claims)
        uow.agents.save_shares([share for share in counted if share not in own])
        following[agent_id] = next_campaign(counted, claims) or campaign.id
    return following
