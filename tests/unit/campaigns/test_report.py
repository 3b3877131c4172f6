"""REPORT.json: its form to the letter, and that every figure is the events' own."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from campaigns.campaign import CampaignState
from campaigns.metrics import CampaignMetrics
from campaigns.report import ReportedCampaign, report

CAMPAIGN = ReportedCampaign(
    id="c",
    name="Autumn renewals",
    state=CampaignState.COMPLETED,
    start_at=datetime(2026, 11, 23, 14, 0, tzinfo=UTC),
    end_at=datetime(2026, 11, 23, 22, 0, tzinfo=UTC),
)


def event(detail_type: str, at: str, sequence: int = 1, **detail: object) -> dict[str, object]:
    """An event of the campaign at a time of day."""
    occurred_at = f"2026-11-23T{at}Z"
    own = {"eventId": f"{detail_type}/{sequence}", "sequence": sequence, "occurredAt": occurred_at}
    return {
        "detail-type": detail_type,
        "time": occurred_at,
        "detail": {**own, "campaignId": "c", **detail},
    }


EVENTS = [
    event(
        "Contact List Imported",
        "13:59:00.000",
        contactListId="l",
        read=5,
        accepted=3,
        rejected=1,
        duplicate=1,
    ),
    event("Agent State Changed", "14:00:00.000", 1, agentId="a", state="idle"),
    event("Call Placed", "14:00:01.000", 1, attemptId="1", contactId="x"),
    event("Agent State Changed", "14:00:11.000", 2, agentId="a", state="talk"),
    event(
        "Call Ended",
        "14:03:10.000",
        4,
        attemptId="1",
        contactId="x",
        answeredBy="human",
        dialMode="predictive",
        connectedToSystem="2026-11-23T14:00:10.000Z",
        customerGreetingStart="2026-11-23T14:00:10.200Z",
        customerGreetingStop="2026-11-23T14:00:10.900Z",
        connectedToAgent="2026-11-23T14:00:11.000Z",
        disconnected="2026-11-23T14:03:10.000Z",
        disconnectedBy="customer",
        recordedMessagePlayed=False,
    ),
    event(
        "Disposition Recorded",
        "14:03:10.000",
        5,
        attemptId="1",
        contactId="x",
        disposition="conversation",
    ),
    event("Contact Finished", "14:03:10.000", 6, contactId="x", reason="conversation"),
    event("Agent State Changed", "14:03:11.000", 3, agentId="a", state="wrap"),
    event("Agent State Changed", "14:03:21.000", 4, agentId="a", state="out"),
]


def made() -> dict[str, object]:
    """The report of EVENTS."""
    metrics = CampaignMetrics("c")
    for each in EVENTS:
        metrics.add(each)
    return report(CAMPAIGN, metrics.figures(CAMPAIGN.end_at))


EXPECTED = """{
  "campaign": {
    "id": "c",
    "name": "Autumn renewals",
    "state": "completed",
    "start": "2026-11-23T14:00:00Z",
    "end": "2026-11-23T22:00:00Z"
  },
  "import": {
    "read": 5,
    "accepted": 3,
    "rejected": 1,
    "duplicate": 1
  },
  "contacts": {
    "finished": {
      "conversation": 1
    },
    "remaining": 2
  },
  "attempts": {
    "total": 1,
    "byDisposition": {
      "conversation": 1
    }
  },
  "abandonment": [
    {
      "campaignId": "c",
      "definition": "uk-ofcom",
      "window": {
        "start": "2026-11-23T00:00:00Z",
        "end": "2026-11-24T00:00:00Z"
      },
      "liveAnswered": 1,
      "abandoned": 0,
      "ratePercent": 0.0,
      "limitPercent": 3.0,
      "withinLimit": true,
      "status": "own_ceiling"
    },
    {
      "campaignId": "c",
      "definition": "us-ftc",
      "window": {
        "start": "2026-11-23T00:00:00Z",
        "end": "2026-12-23T00:00:00Z"
      },
      "liveAnswered": 1,
      "abandoned": 0,
      "ratePercent": 0.0,
      "limitPercent": 3.0,
      "withinLimit": true,
      "status": "safe_harbor"
    }
  ],
  "agents": {
    "count": 1,
    "loggedInSeconds": 201.0,
    "occupancy": 0.9453,
    "talkMinutesPerHour": 53.731
  },
  "timeToAgentSeconds": {
    "mean": 1.0,
    "p95": 1.0
  },
  "contactDurationSeconds": {
    "mean": 180.0,
    "p95": 180.0
  }
}"""


def test_the_report_to_the_letter() -> None:
    """Keys, their order and every value; 190 and 180 s of 201 s logged in."""
    assert json.dumps(made(), indent=2) == EXPECTED


def test_a_campaign_without_a_call() -> None:
    """Counts are zero, and what cannot be known is null."""
    empty = report(CAMPAIGN, CampaignMetrics("c").figures())
    assert list(empty) == list(made())
    assert empty["abandonment"] == []
    assert empty["timeToAgentSeconds"] == {"mean": None, "p95": None}
    assert empty["agents"] == {
        "count": 0,
        "loggedInSeconds": 0.0,
        "occupancy": None,
        "talkMinutesPerHour": None,
    }
