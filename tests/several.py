"""Several campaigns of one account on virtual time, over the simulated carrier and a database."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from app.database import migrate, open_engine
from app.run_database import RunDatabase
from app.truth import truth_text
from campaigns.campaign import Campaign, CampaignAction, CampaignState
from campaigns.service import act
from compliance.rulebook_file import load
from dialer.agent import Agent
from dialer.carriers.simulated import SimulatedCarrier, TruthLine
from dialer.loop import TICK, Dialer
from dialer.simulated_agents import SimulatedAgents
from dialer.simulation import VirtualClock
from tests.builders import ACCOUNT, NOON, a_contact, after, keep_campaign
from tests.invariants import Line

STEP = timedelta(milliseconds=200)


class Several:
    """Running campaigns, each with so many contacts, and one worker that paces them all.

    `agents` simulated agents come to the first campaign; a test may assign them to others.
    """

    def __init__(
        self, folder: Path, campaigns: Sequence[tuple[Campaign, int]], agents: int
    ) -> None:
        self.clock = VirtualClock(NOON)
        self.campaigns = [campaign for campaign, _ in campaigns]
        self.truth: list[Line] = []
        self._engine = open_engine(f"sqlite:///{folder}/several.db", disposable=True)
        migrate(self._engine)
        self.database = RunDatabase(self._engine, self.clock.now, "test", b"evidence key")
        rulebook = load()
        first_row = 1
        with self.database() as uow:
            uow.rulebooks.keep(rulebook.version, rulebook.content, NOON)
            for campaign, contacts in campaigns:
                rows = range(first_row, first_row + contacts)
                list_name = campaign.settings.name
                draft = replace(campaign, state=CampaignState.DRAFT)
                keep_campaign(uow, draft, [a_contact(row, list_name) for row in rows])
                act(uow, ACCOUNT, campaign.id, CampaignAction.START, NOON)
                first_row += contacts
        self.agents = SimulatedAgents(self.campaigns[0], agents, 7, self.database)
        self.dialer = Dialer(
            self.database,
            SimulatedCarrier(7, self.clock.now, self._note),
            rulebook,
            owner="test",
            phone_key=b"key",
            monotonic=self.clock.monotonic,
            on_agent_facts=self.agents.notice,
        )
        self.agents.arrive(NOON)
        self.agent_ids = [agent.id for agent in self.agents_now()]

    def _note(self, line: TruthLine) -> None:
        if line.ended is not None:
            self.truth.append(json.loads(truth_text(line)))

    def agents_now(self) -> list[Agent]:
        """Every agent, as they are now."""
        with self.database() as uow:
            return uow.agents.of_account(ACCOUNT)

    def run(self, until: float, each_tick: Callable[[datetime], None] | None = None) -> None:
        """Let so many seconds since NOON pass."""
        next_tick = self.clock.now()
        while self.clock.now() < after(until):
            self.clock.move_to(self.clock.now() + STEP)
            now = self.clock.now()
            self.dialer.intake.take_in(now)
            for outcome in self.agents.act(now):
                self.dialer.intake.follow(outcome)
            self.dialer.intake.expire(now)
            if now < next_tick:
                continue
            next_tick = now + TICK
            for campaign in self.campaigns:
                self.dialer.tick(campaign.id, now)
            self.dialer.share(now)
            if each_tick is not None:
                each_tick(now)

    def act(self, campaign: Campaign, action: CampaignAction) -> None:
        """A person does something to a campaign."""
        with self.database() as uow:
            act(uow, ACCOUNT, campaign.id, action, self.clock.now())

    def events(self) -> list[Line]:
        """Every event so far, in order."""
        self.database.keep()
        with self.database() as uow:
            bodies = uow.connection.execute(text("SELECT body FROM outbox ORDER BY id")).scalars()
            return [json.loads(body) for body in bodies]

    def close(self) -> None:
        """Give the database back."""
        self.database.close()
        self._engine.dispose()


def of_campaign(events: Sequence[Line], campaign: Campaign) -> list[Line]:
    """Its events."""
    return [event for event in events if event["detail"].get("campaignId") == campaign.id]
