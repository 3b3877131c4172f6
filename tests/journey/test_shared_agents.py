"""Agents shared by two campaigns, recounted from the events and from what really rang."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from campaigns.campaign import Campaign, CampaignAction
from campaigns.metrics import CampaignMetrics
from compliance.case import AttemptLimit
from dialer.assigning import assign
from tests import invariants
from tests.builders import ACCOUNT, a_campaign, after, some_settings
from tests.invariants import Line, Violation
from tests.several import Several, of_campaign

HOUR = 3600.0
AGENTS = 8


def campaign(name: str, **settings: Any) -> Campaign:
    """A running campaign over a list of its name."""
    limits = (AttemptLimit(max=3, days=1),)
    made = some_settings(name=name, lines=40, attempt_limits=limits, **settings)
    return a_campaign(name, name, settings=made)


HEAVY, LIGHT = campaign("heavy", weight=3), campaign("light")


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Several]:
    """Eight agents who work on both campaigns, one of which weighs three times the other."""
    several = Several(tmp_path, [(HEAVY, 2500), (LIGHT, 1500)], AGENTS)
    with several.database() as uow:
        assign(uow, ACCOUNT, several.agent_ids, [HEAVY.id, LIGHT.id], after(0))
    yield several
    several.close()


def violations(several: Several, events: list[Line]) -> list[Violation]:
    """What must never be, over both campaigns and in each by itself."""
    found = [
        *invariants.check_dialed_once(several.truth),
        *invariants.check_committed_before_dialing(several.truth, events, None),
        *invariants.check_agents(events),
        *invariants.check_sequences(events),
        *invariants.check_call_stories(events, finished=False),
        *invariants.check_truth_told(events, several.truth),
    ]
    for each in several.campaigns:
        found += invariants.check_abandonment(of_campaign(events, each))
        found += invariants.check_stopped_means_stopped(of_campaign(events, each))
    return found


def connected(events: list[Line]) -> Counter[str]:
    """How many conversations each campaign had, counted over calls that really were answered."""
    return Counter(
        event["detail"]["campaignId"]
        for event in events
        if event["detail-type"] == "Agent Connected"
    )


def test_contacts_are_shared_by_weight(floor: Several) -> None:
    """Three to one, within a few; the limit holds in each campaign by itself."""
    floor.run(HOUR)
    events = floor.events()
    assert violations(floor, events) == []
    counts = connected(events)
    answered = {call["attemptId"] for call in floor.truth if call["answered"]}
    ended = {e["detail"]["attemptId"] for e in events if e["detail-type"] == "Call Ended"}
    talks = {e["detail"]["attemptId"] for e in events if e["detail-type"] == "Agent Connected"}
    assert talks & ended <= answered
    assert sum(counts.values()) > 100
    assert abs(counts[HEAVY.id] / sum(counts.values()) - 0.75) < 0.06, counts
    schemas = {"Agent Left", "Agent Joined"}
    assert schemas <= {event["detail-type"] for event in events}


def test_each_agents_time_counts_once(floor: Several) -> None:
    """The two campaigns' logged-in times add up to the agents', and so do talks and wrap-ups."""
    floor.run(HOUR / 2)
    events = floor.events()
    closed = floor.clock.now()
    whole = CampaignMetrics("")
    figures = []
    for each in floor.campaigns:
        fold = CampaignMetrics(each.id)
        for event in events:
            fold.add(event)
        figures.append(fold.figures(closed).agents)
    for event in events:
        if event["detail-type"] == "Agent State Changed":
            whole.add({**event, "detail": {**event["detail"], "campaignId": ""}})
    agents = whole.figures(closed).agents
    for name in ("logged_in_seconds", "talk_seconds", "wrap_seconds"):
        assert sum(getattr(one, name) for one in figures) == pytest.approx(getattr(agents, name))
    assert agents.logged_in_seconds > 0.95 * AGENTS * HOUR / 2
    assert agents.occupancy is not None
    assert agents.occupancy > 0.5


def test_a_paused_campaign_gives_its_agents_to_the_other(floor: Several) -> None:
    """After its last call nobody waits for it; back again, it gets its share."""
    floor.run(600)
    floor.act(HEAVY, CampaignAction.PAUSE)
    floor.run(900)
    before = connected(floor.events())
    floor.run(1800)
    waiting = [agent for agent in floor.agents_now() if agent.works_for == HEAVY.id]
    assert waiting == []
    during = connected(floor.events())
    assert during[HEAVY.id] == before[HEAVY.id]
    assert during[LIGHT.id] - before[LIGHT.id] > 20
    floor.act(HEAVY, CampaignAction.RESUME)
    floor.run(3600)
    later = connected(floor.events())
    again = {key: later[key] - during[key] for key in later}
    assert abs(again[HEAVY.id] / sum(again.values()) - 0.75) < 0.12, again
    assert violations(floor, floor.events()) == []


def test_who_has_nobody_left_to_call_keeps_no_agent(tmp_path: Path) -> None:
    """A short list ends, its campaign is completed, and all agents go on with the other."""
    short, long = campaign("short", weight=50), campaign("long")
    several = Several(tmp_path, [(short, 60), (long, 2000)], AGENTS)
    with several.database() as uow:
        assign(uow, ACCOUNT, several.agent_ids, [short.id, long.id], after(0))
    several.run(1800)
    events = several.events()
    assert violations(several, events) == []
    assert {agent.works_for for agent in several.agents_now()} == {long.id}
    assert connected(events)[long.id] > 40
    several.close()
