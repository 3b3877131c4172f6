"""The fold reads the events as they are published."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from campaigns.events import (
    AgentState,
    AgentStateChanged,
    CallEnded,
    CallPlaced,
    ContactFinished,
    ContactListImported,
    Disposition,
    DispositionRecorded,
    Fact,
    FinishReason,
    seal,
)
from campaigns.metrics import CampaignMetrics, Durations, Imported
from compliance.abandonment_definitions import AnsweredBy, DisconnectedBy
from compliance.case import DialMode

START = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


def test_the_published_events_are_understood() -> None:
    """Sealed as the outbox holds them, every event that the fold reads says what it asks for."""
    at, contact = START, {"campaign_id": "c", "contact_id": "x", "attempt_id": "1"}
    facts: list[Fact] = [
        ContactListImported(
            occurred_at=at, contact_list_id="l", read=2, accepted=1, rejected=1, duplicate=0
        ),
        CallPlaced(
            occurred_at=at,
            placed_at=at,
            dial_mode=DialMode.PREDICTIVE,
            carrier="simulated",
            time_zones=("America/New_York",),
            rulebook="1",
            list_row=1,
            phone_hash="h",
            **contact,
        ),
        AgentStateChanged(occurred_at=at, agent_id="a", state=AgentState.TALK, previous_state=None),
        CallEnded(
            occurred_at=START + timedelta(seconds=60),
            agent_id="a",
            answered_by=AnsweredBy.HUMAN,
            dial_mode=DialMode.PREDICTIVE,
            dialed=at,
            rang=at,
            connected_to_system=at,
            customer_greeting_start=None,
            customer_greeting_stop=None,
            connected_to_agent=START + timedelta(seconds=1),
            disconnected=START + timedelta(seconds=60),
            disconnected_by=DisconnectedBy.AGENT,
            recorded_message_played=False,
            abandoned=False,
            disposition=Disposition.CONVERSATION,
            **contact,
        ),
        DispositionRecorded(occurred_at=at, disposition=Disposition.CONVERSATION, **contact),
        ContactFinished(
            occurred_at=at, campaign_id="c", contact_id="x", reason=FinishReason.CONVERSATION
        ),
    ]
    metrics = CampaignMetrics("c")
    for fact in facts:
        metrics.add(json.loads(seal(fact, 1, account="t", region="local").body))
    figures = metrics.figures()
    assert figures.imported == Imported(2, 1, 1, 0)
    assert (figures.attempts, figures.calls_ended, figures.live_answered) == (1, 1, 1)
    assert figures.contacts_remaining == 0
    assert figures.attempts_by_disposition == {"conversation": 1}
    assert figures.time_to_agent == Durations(1, 1.0, 1.0)
    assert figures.agents.talk_seconds == 60.0
