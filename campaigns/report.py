"""REPORT.json: what one campaign came to, assembled from its figures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from campaigns.campaign import CampaignState
from campaigns.metrics import Durations, Figures
from compliance.abandonment_definitions import DefinitionName
from compliance.abandonment_rates import AbandonmentRate
from compliance.ended_call import format_instant

REPORTED_DEFINITIONS = frozenset({DefinitionName.US_FTC, DefinitionName.UK_OFCOM})
"""Whose abandonment figures are in the report."""


@dataclass(frozen=True, slots=True)
class ReportedCampaign:
    """Which campaign the report is about, how it stands, and from when to when it ran (UTC)."""

    id: str
    name: str
    state: CampaignState
    start_at: datetime
    end_at: datetime


def report(campaign: ReportedCampaign, figures: Figures) -> dict[str, object]:
    """The report's content in its published order; seconds are to 3 decimals.

    Every figure comes from the campaign's events alone, so a recount gives the same.
    """
    return {
        "campaign": {
            "id": campaign.id,
            "name": campaign.name,
            "state": campaign.state.value,
            "start": format_instant(campaign.start_at),
            "end": format_instant(campaign.end_at),
        },
        "import": {
            "read": figures.imported.read,
            "accepted": figures.imported.accepted,
            "rejected": figures.imported.rejected,
            "duplicate": figures.imported.duplicate,
        },
        "contacts": {
            "finished": figures.contacts_finished,
            "remaining": figures.contacts_remaining,
        },
        "attempts": {
            "total": figures.attempts,
            "byDisposition": figures.attempts_by_disposition,
        },
        "abandonment": _abandonment(figures.abandonment),
        "agents": {
            "count": figures.agents.count,
            "loggedInSeconds": figures.agents.logged_in_seconds,
            "occupancy": figures.agents.occupancy,
            "talkMinutesPerHour": figures.agents.talk_minutes_per_hour,
        },
        "timeToAgentSeconds": _durations(figures.time_to_agent),
        "contactDurationSeconds": _durations(figures.contact_duration),
    }


def _abandonment(rates: Iterable[AbandonmentRate]) -> list[dict[str, object]]:
    return [rate.line() for rate in rates if rate.definition.name in REPORTED_DEFINITIONS]


def _durations(durations: Durations) -> dict[str, object]:
    return {"mean": durations.mean, "p95": durations.p95}
