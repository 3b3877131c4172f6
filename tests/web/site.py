"""A site for tests: the web application over a database of its own, and rows to show."""

from __future__ import annotations

import html
import io
import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from werkzeug.test import TestResponse

import dialer.tables  # noqa: F401  (fills the MetaData)
from app.bootstrap import Parts
from app.database import Database, SqlUnitOfWork, open_engine
from app.rules_in_force import RulesInForce
from app.settings import Settings
from app.web import accounts
from app.web.application import create_app
from app.web.context import EXTENSION, Web
from campaigns.attempt import Attempt, AttemptState
from campaigns.campaign import Campaign, CampaignAction, CampaignSettings, CampaignState
from campaigns.contact import Contact, ContactList, ListState
from campaigns.events import (
    AgentState,
    AgentStateChanged,
    CallEnded,
    CallPlaced,
    ContactFinished,
    Disposition,
    FinishReason,
)
from campaigns.identity import attempt_id, derive_id
from campaigns.service import act, create_campaign
from compliance.abandonment_definitions import AnsweredBy, DisconnectedBy
from compliance.case import DialMode
from compliance.columns import metadata
from dialer.agent import Agent
from dialer.pacing import Bound
from dialer.ports import LoggedDecision

ACCOUNT = "default"
START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


class TestClock:
    """A clock that stands still until it is moved."""

    __test__ = False

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        """The instant."""
        return self.at

    def monotonic(self) -> float:
        """Seconds since the start."""
        return (self.at - START).total_seconds()

    def move(self, by: timedelta) -> None:
        """Go on."""
        self.at += by


@cache
def _rules() -> RulesInForce:
    return RulesInForce(None)


def make_parts(
    folder: Path, clock: TestClock, url: str | None = None, rules: RulesInForce | None = None
) -> Parts:
    """The service's parts over a new database in the folder, with the bundled rules."""
    engine = open_engine(url or f"sqlite:///{folder / 'site.db'}", disposable=True)
    metadata.create_all(engine)
    return Parts(
        settings=Settings(data=folder),
        clock=clock,
        database=Database(engine, clock.now, "local", b"evidence key"),
        rules=rules or _rules(),
        phone_key=b"k" * 32,
        session_key=b"s" * 32,
        worker="test",
    )


def seed_list(
    parts: Parts, name: str = "Renewals", contacts: int = 200, account: str = ACCOUNT
) -> ContactList:
    """A list that is ready."""
    list_id = derive_id("test-list", account, name)
    made = ContactList(list_id, account, name, ListState.READY, contacts, contacts)
    with parts.database() as uow:
        uow.contact_lists.add(made, parts.clock.now())
        uow.contact_lists.add_contacts([_contact(list_id, row) for row in range(1, contacts + 1)])
    return made


def _contact(list_id: str, row: int) -> Contact:
    return Contact(
        id=derive_id("test-contact", list_id, row),
        contact_list_id=list_id,
        row=row,
        phone=f"+1212555{row:04d}",
        country="US",
    )


def seed_campaign(
    parts: Parts,
    contact_list: ContactList,
    name: str = "Autumn renewals",
    actions: tuple[CampaignAction, ...] = (),
) -> Campaign:
    """A campaign over the list, and what was done to it."""
    now = parts.clock.now()
    campaign = Campaign(
        id=derive_id("test-campaign", contact_list.account, name),
        account=contact_list.account,
        contact_list_id=contact_list.id,
        state=CampaignState.DRAFT,
        settings=CampaignSettings(
            name=name,
            start_at=now - timedelta(hours=1),
            end_at=now + timedelta(hours=7),
            lines=60,
        ),
    )
    with parts.database() as uow:
        create_campaign(uow, campaign, now)
    for action in actions:
        with parts.database() as uow:
            campaign = act(uow, campaign.account, campaign.id, action, now)
    return campaign


@dataclass
class Floor:
    """A running campaign's calls and agents, written through the ports second by second."""

    parts: Parts
    campaign: Campaign
    agents: list[Agent] = field(default_factory=list)
    row: int = 0

    def seat(self, agents: int, now: datetime) -> None:
        """Agents who are free from then on."""
        with self.parts.database() as uow:
            for number in range(1, agents + 1):
                agent = Agent(
                    id=derive_id("test-agent", self.campaign.id, number),
                    account=self.campaign.account,
                    name=f"Agent {number:02d}",
                    campaign_id=self.campaign.id,
                    state=AgentState.IDLE,
                    state_since=now,
                    seen_at=now,
                    simulated=True,
                )
                uow.agents.add(agent)
                self._tell(uow, agent, AgentState.OUT, now)
                self.agents.append(agent)

    def _tell(self, uow: SqlUnitOfWork, agent: Agent, previous: AgentState, at: datetime) -> None:
        uow.outbox.append(
            agent.account,
            AgentStateChanged(
                occurred_at=at,
                agent_id=agent.id,
                campaign_id=agent.campaign_id,
                state=agent.state,
                previous_state=previous,
            ),
        )

    def enter(self, number: int, state: AgentState, at: datetime) -> None:
        """One agent in another state."""
        before = self.agents[number]
        agent = replace(before, state=state, state_since=at)
        with self.parts.database() as uow:
            uow.agents.save([agent])
            self._tell(uow, agent, before.state, at)
        self.agents[number] = agent

    def call(self, at: datetime, **facts: object) -> Attempt:
        """A call that was placed; `facts` are the attempt's."""
        self.row += 1
        contact_id = derive_id("test-contact", self.campaign.contact_list_id, self.row)
        attempt = Attempt(
            id=attempt_id(self.campaign.id, contact_id, 1),
            account=self.campaign.account,
            campaign_id=self.campaign.id,
            contact_id=contact_id,
            number=1,
            list_row=self.row,
            priority=0,
            phone=f"+1212555{self.row:04d}",
            phone_index=0,
            phone_count=1,
            subject=None,
            dial_mode=DialMode.PREDICTIVE,
            state=AttemptState.RINGING,
            reserved_at=at,
            dial_by=at + timedelta(seconds=3),
            epoch=1,
            time_zones=("America/New_York",),
            rulebook="test",
            placed_at=at,
        )
        attempt = replace(attempt, **facts)  # type: ignore[arg-type]
        with self.parts.database() as uow:
            uow.queue.claim(self.campaign.id, 1)
            uow.attempts.add([attempt])
            uow.outbox.append(
                attempt.account,
                CallPlaced(
                    occurred_at=at,
                    campaign_id=attempt.campaign_id,
                    contact_id=contact_id,
                    attempt_id=attempt.id,
                    placed_at=at,
                    dial_mode=attempt.dial_mode,
                    carrier="simulated",
                    time_zones=attempt.time_zones,
                    rulebook="test",
                    list_row=attempt.list_row,
                    phone_hash="0" * 32,
                ),
            )
        return attempt

    def end(self, attempt: Attempt, at: datetime, disposition: Disposition) -> None:
        """The call is over."""
        live = disposition in {Disposition.CONVERSATION, Disposition.ABANDONED}
        talked = disposition is Disposition.CONVERSATION
        answered_at = attempt.reserved_at + timedelta(seconds=9) if live else None
        joined_at = answered_at + timedelta(seconds=1) if answered_at and talked else None
        answered_by = AnsweredBy.HUMAN if live else AnsweredBy.NOBODY
        ended = replace(
            attempt,
            state=AttemptState.ENDED,
            answered_at=answered_at,
            answered_by=answered_by,
            connected_at=joined_at,
            abandoned=disposition is Disposition.ABANDONED,
            ended_at=at,
            disposition=disposition,
        )
        with self.parts.database() as uow:
            uow.attempts.save([ended])
            uow.outbox.append(
                attempt.account,
                CallEnded(
                    occurred_at=at,
                    campaign_id=attempt.campaign_id,
                    contact_id=attempt.contact_id,
                    attempt_id=attempt.id,
                    agent_id=None,
                    answered_by=answered_by,
                    dial_mode=attempt.dial_mode,
                    dialed=attempt.reserved_at,
                    rang=attempt.reserved_at,
                    connected_to_system=answered_at,
                    customer_greeting_start=answered_at,
                    customer_greeting_stop=answered_at,
                    connected_to_agent=joined_at,
                    disconnected=at if live else None,
                    disconnected_by=DisconnectedBy.CUSTOMER if live else None,
                    recorded_message_played=not talked and live,
                    abandoned=ended.abandoned,
                    disposition=disposition,
                ),
            )
            if talked:
                uow.queue.finish(
                    attempt.campaign_id, [(attempt.contact_id, FinishReason.CONVERSATION)], at
                )
                uow.outbox.append(
                    attempt.account,
                    ContactFinished(
                        occurred_at=at,
                        campaign_id=attempt.campaign_id,
                        contact_id=attempt.contact_id,
                        reason=FinishReason.CONVERSATION,
                    ),
                )

    def decide(self, bound: Bound, placed: int = 0, until_at: datetime | None = None) -> None:
        """What the dialer decided last."""
        with self.parts.database() as uow:
            uow.decisions.add(
                LoggedDecision(
                    self.campaign.id, self.parts.clock.now(), placed, placed, bound, until_at, {}
                )
            )


def seed_floor(parts: Parts, campaign: Campaign, calls: int = 60, agents: int = 12) -> Floor:
    """Nine minutes of calls up to now, some of them still going on."""
    floor = Floor(parts, campaign)
    now = parts.clock.now()
    floor.seat(agents, now - timedelta(minutes=9))
    for number in range(calls):
        at = now - timedelta(seconds=540 - number * 540 // calls)
        disposition = (
            Disposition.ABANDONED
            if number == 21
            else Disposition.CONVERSATION
            if number % 3 == 0
            else Disposition.NO_ANSWER
        )
        talk = timedelta(seconds=70 if disposition is Disposition.CONVERSATION else 24)
        if at + talk < now:
            floor.end(floor.call(at), at + talk, disposition)
        elif disposition is Disposition.CONVERSATION and number % 2:
            floor.call(at, state=AttemptState.CONNECTED, answered_at=at, connected_at=at)
        else:
            floor.call(at)
    for number in range(agents):
        state = (AgentState.TALK, AgentState.WRAP, AgentState.TALK, AgentState.IDLE)[number % 4]
        if state is AgentState.IDLE:
            continue
        began = now - timedelta(seconds=400 - 17 * number)
        floor.enter(number, AgentState.TALK, began)
        if state is AgentState.WRAP:
            floor.enter(number, state, now - timedelta(seconds=5 + number))
    floor.decide(Bound.NO_FREE_AGENT, placed=3)
    return floor


def bodies(parts: Parts) -> list[dict[str, object]]:
    """Every event in the outbox."""
    with parts.database.reading() as uow:
        rows = uow.connection.exec_driver_sql("SELECT body FROM outbox ORDER BY id")
        return [json.loads(row[0]) for row in rows]


class Visitor:
    """Somebody at a browser without a screen: sends forms with the token that the page gave."""

    def __init__(self, parts: Parts, *, signed_in: bool = True) -> None:
        self.parts = parts
        self.app = create_app(parts)
        self.client = self.app.test_client()
        if signed_in:
            self.sign_in_by_link()

    @property
    def web(self) -> Web:
        """What the application holds."""
        found = self.app.extensions[EXTENSION]
        assert isinstance(found, Web)
        return found

    def sign_in_by_link(self) -> TestResponse:
        """Redeem a new one-time link."""
        now = self.parts.clock.now()
        token = accounts.new_one_time_token(self.parts.database, ACCOUNT, now)
        return self.post(f"/sign-in/{token}")

    def token(self) -> str:
        """A CSRF token of this browser's session."""
        page = self.client.get("/account/password", follow_redirects=True).text
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found is not None
        return html.unescape(found[1])

    def get(self, path: str) -> TestResponse:
        """Look at a page."""
        return self.client.get(path, buffered=True)

    def post(self, path: str, **values: object) -> TestResponse:
        """Send a form."""
        return self.client.post(path, data={"csrf_token": self.token(), **values})

    def upload(self, content: bytes, name: str = "panel.csv", **values: object) -> TestResponse:
        """Upload a file, and wait for its import."""
        answer = self.post("/lists/new", file=(io.BytesIO(content), name), **values)
        assert self.web.background.wait(30)
        return answer
