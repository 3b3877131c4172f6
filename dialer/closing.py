"""The end of a campaign: its last contacts are finished, then it is completed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from campaigns.campaign import Campaign, CampaignAction, CampaignState, change_state
from campaigns.events import AgentState, CampaignCompleted, FinishReason
from dialer.outcomes import finish_contacts
from dialer.ports import DialerUnitOfWork
from dialer.snapshot import Floor

FINISHED_AT_ONCE = 500
"""How many contacts one unit of work finishes when the end is reached."""


def close_if_done(
    uow: DialerUnitOfWork, campaign: Campaign, floor: Floor, now: datetime
) -> CampaignState:
    """Complete the campaign if nothing is left to do or its end is reached; its state after that.

    Live calls end first, and every contact that waits is finished as `campaign_ended`.
    """
    ended = now >= campaign.settings.end_at
    closes = campaign.state is CampaignState.RUNNING or (
        ended and campaign.state is CampaignState.PAUSED
    )
    # Who wraps up may still promise a callback.
    wrapping_up = any(
        agent.state is AgentState.WRAP and agent.works_for == campaign.id for agent in floor.agents
    )
    if floor.open or not closes or (wrapping_up and not ended):
        return campaign.state
    if ended:
        left = uow.queue.remove(campaign.id, FINISHED_AT_ONCE)
        finish_contacts(
            uow, campaign, [(contact_id, FinishReason.CAMPAIGN_ENDED) for contact_id in left], now
        )
    if uow.queue.ready_count(campaign.id, 1) or uow.queue.next_due_at(campaign.id) is not None:
        return campaign.state
    state = change_state(campaign.state, CampaignAction.COMPLETE)
    uow.campaigns.save(replace(campaign, state=state))
    uow.outbox.append(
        campaign.account,
        CampaignCompleted(
            occurred_at=now,
            campaign_id=campaign.id,
            state=state,
            previous_state=campaign.state,
            reason="end reached" if ended else "every contact is finished",
        ),
    )
    return state
