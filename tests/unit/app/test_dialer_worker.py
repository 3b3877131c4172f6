"""The dialer role over several campaigns whose simulated agents are shared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.bootstrap import Parts
from app.dialer_worker import DialerWorker
from campaigns.attempt import AttemptState
from campaigns.campaign import Campaign, CampaignAction
from campaigns.events import AgentState
from campaigns.service import act, change_settings
from compliance.case import DialMode
from dialer.agent import Agent
from dialer.assigning import assign
from dialer.carriers.simulated import Population
from tests.web.site import ACCOUNT, START, TestClock, make_parts, seed_campaign, seed_list

NOON = START + timedelta(hours=2)
"""Noon in New York: every contact may be called."""


class Service:
    """A dialer with three simulated agents for each campaign that runs."""

    def __init__(self, folder: Path) -> None:
        self.clock = TestClock(NOON)
        self.parts: Parts = make_parts(folder, self.clock)
        self.worker = DialerWorker(self.parts, 7, 3, Population())

    def start(self, name: str, dial_mode: DialMode = DialMode.PREDICTIVE) -> Campaign:
        """A running campaign over a list of its own."""
        draft = seed_campaign(self.parts, seed_list(self.parts, name, 300), name)
        with self.parts.database() as uow:
            settings = replace(draft.settings, dial_mode=dial_mode)
            change_settings(uow, ACCOUNT, draft.id, settings)
        self.act(draft, CampaignAction.START)
        return replace(draft, settings=settings)

    def act(self, campaign: Campaign, action: CampaignAction) -> None:
        """A person does something to a campaign."""
        with self.parts.database() as uow:
            act(uow, ACCOUNT, campaign.id, action, self.clock.now())

    def pass_time(self, seconds: int) -> None:
        """Second by second."""
        for _ in range(seconds):
            self.clock.move(timedelta(seconds=1))
            self.worker.pump()
            self.worker.tick()

    def agents(self) -> list[Agent]:
        """All of the account."""
        with self.parts.database.reading() as uow:
            return uow.agents.of_account(ACCOUNT)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """Nothing runs yet."""
    made = Service(tmp_path)
    yield made
    made.worker.close()


def test_shared_agents_stay_while_one_of_their_campaigns_runs(service: Service) -> None:
    """A pause sends them to the other campaign, a stop nobody home; the last stop does."""
    first = service.start("First")
    service.pass_time(15)
    mine = [agent.id for agent in service.agents()]
    second = service.start("Second")
    with service.parts.database() as uow:
        assign(uow, ACCOUNT, mine, [first.id, second.id], service.clock.now())
    service.act(first, CampaignAction.PAUSE)
    service.pass_time(400)
    assert len(mine) == 3
    assert {a.works_for for a in service.agents() if a.id in mine} == {second.id}

    service.act(first, CampaignAction.STOP)
    service.pass_time(30)
    assert any(a.state is not AgentState.OUT for a in service.agents() if a.id in mine)

    service.act(second, CampaignAction.STOP)
    service.pass_time(900)
    assert {agent.state for agent in service.agents()} == {AgentState.OUT}


def test_a_stopped_campaigns_calls_are_looked_after(service: Service) -> None:
    """Also while its agents stay for another one: whoever was shown a contact is free again."""
    first = service.start("First", DialMode.PREVIEW)
    service.pass_time(11)
    mine = [agent.id for agent in service.agents()]
    second = service.start("Second")
    with service.parts.database() as uow:
        assign(uow, ACCOUNT, mine, [first.id, second.id], service.clock.now())
    assert any(agent.state is AgentState.IDLE and agent.attempt_id for agent in service.agents())
    service.act(first, CampaignAction.STOP)
    service.pass_time(3)
    with service.parts.database.reading() as uow:
        reserved = [
            attempt
            for attempt in uow.attempts.open_of(first.id)
            if attempt.state is AttemptState.RESERVED
        ]
    assert reserved == []
