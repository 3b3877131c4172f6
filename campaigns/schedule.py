"""What is due: which campaigns to start, and which lists to read again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from campaigns.campaign import Campaign, CampaignState

PACED = (CampaignState.RUNNING, CampaignState.PAUSED)
"""States in which the dialer still looks after a campaign: paused ones have calls that end."""


def due_to_start(campaigns: Iterable[Campaign], now: datetime) -> list[Campaign]:
    """Scheduled campaigns whose start has come."""
    return [
        campaign
        for campaign in campaigns
        if campaign.state is CampaignState.SCHEDULED and campaign.settings.start_at <= now
    ]


def is_refresh_due(campaign: Campaign, enrolled_at: datetime | None, now: datetime) -> bool:
    """Whether a running campaign's list is to be read again for new contacts."""
    every = campaign.settings.refresh_every
    if campaign.state is not CampaignState.RUNNING or every is None:
        return False
    return enrolled_at is None or enrolled_at + every <= now
