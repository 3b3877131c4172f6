"""A campaign with contacts, agents, a simulated carrier and a worker, on the fake unit of work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from campaigns.attempt import Attempt, AttemptState
from campaigns.campaign import Campaign, CampaignAction
from campaigns.contact import Contact
from campaigns.events import FinishReason
from campaigns.service import act
from compliance.case import DialMode
from compliance.rulebook import Rulebook
from dialer.carriers.simulated import Population, SimulatedCarrier, TruthLine
from dialer.loop import Dialer, Ticked
from dialer.ports import LoggedDecision
from dialer.reserving import Reservation, Reserving, reserve
from dialer.simulation import VirtualClock
from tests.builders import (
    ACCOUNT,
    NOON,
    a_campaign,
    a_contact,
    an_agent,
    keep_campaign,
    some_settings,
)
from tests.fakes import FakeDatabase, FakeUnitOfWork

RINGS_OUT = Population(0.0, 0.0, 0.0, 0.0)
PEOPLE = Population(1.0, 0.0, 0.0, 0.0, silent_person_rate=0.0, patience_scale=60.0)


class Carrier(SimulatedCarrier):
    """Can be down."""

    up = True

    def is_up(self, now: datetime) -> bool:
        """As told."""
        return self.up


class Room:
    """A running progressive campaign with contacts and idle agents, and one worker."""

    def __init__(
        self,
        rulebook: Rulebook,
        population: Population = RINGS_OUT,
        contacts: int = 20,
        agents: int = 3,
        trunk_lines: int = 100,
        **settings: Any,
    ) -> None:
        self.rulebook = rulebook
        self.clock = VirtualClock(NOON)
        self.skew = 0.0
        self.truth: list[TruthLine] = []
        self.fails = False
        settings = {"dial_mode": DialMode.PROGRESSIVE} | settings
        self.campaign = a_campaign(settings=some_settings(**settings))
        self.database = FakeDatabase(self.clock.now)
        with self.database() as uow:
            keep_campaign(uow, self.campaign, [a_contact(n) for n in range(1, contacts + 1)])
            uow.queue.enroll(self.campaign, NOON)
            for number in range(1, agents + 1):
                uow.agents.add(an_agent(number))
        self.carrier = Carrier(7, self.clock.now, self.truth.append, population, trunk_lines)
        self.dialer = self.a_worker("first")

    def a_worker(self, owner: str, monotonic: Callable[[], float] | None = None) -> Dialer:
        """A dialer process."""
        return Dialer(
            self.begin,
            self.carrier,
            self.rulebook,
            owner,
            b"key",
            monotonic or (lambda: self.clock.monotonic() + self.skew),
            lambda facts: None,
        )

    @contextmanager
    def begin(self) -> Iterator[FakeUnitOfWork]:
        """A unit of work whose commit may fail."""
        with self.database() as uow:
            yield uow
            if self.fails:
                raise ConnectionError("the database is gone")

    def tick(self, seconds: float = 1, dialer: Dialer | None = None) -> Ticked:
        """Let time pass, then take in, expire and tick."""
        dialer = dialer or self.dialer
        now = self.clock.now() + timedelta(seconds=seconds)
        self.clock.move_to(now)
        dialer.intake.take_in(now)
        dialer.intake.expire(now)
        return dialer.tick(self.campaign.id, now)

    def act(self, action: CampaignAction) -> None:
        """A person does something to the campaign."""
        with self.database() as uow:
            act(uow, ACCOUNT, self.campaign.id, action, self.clock.now())

    def attempts(self, *states: AttemptState) -> list[Attempt]:
        """Those in these states, or all."""
        return [a for a in self.database.rows.attempts.values() if not states or a.state in states]

    def last(self) -> LoggedDecision:
        """The decision of the last tick that made one."""
        with self.database() as uow:
            return uow.decisions.latest(self.campaign.id, 1)[0]

    def dialed(self) -> list[str]:
        """Which attempts really rang, once for each call."""
        return [line.attempt_id for line in self.truth if line.ended is None]


class Queue:
    """A campaign over these contacts, all ready."""

    def __init__(
        self, rulebook: Rulebook, contacts: Sequence[Contact], campaign: Campaign | None = None
    ) -> None:
        self.campaign = campaign or a_campaign()
        self.rulebook = rulebook
        self.database = FakeDatabase(lambda: NOON)
        with self.database() as uow:
            keep_campaign(uow, self.campaign, contacts)
            uow.queue.enroll(self.campaign, NOON)
            uow.queue.wake(self.campaign.id, NOON, len(contacts))

    def have(self, *attempts: Attempt) -> None:
        """Attempts from before."""
        with self.database() as uow:
            uow.attempts.add(attempts)

    def terms(self, now: datetime = NOON) -> Reserving:
        """What reserving needs to know."""
        return Reserving(self.campaign, self.rulebook, 4, "simulated", b"key", now)

    def reserve(self, calls: int = 9, now: datetime = NOON) -> list[Reservation]:
        """In a unit of work of its own."""
        with self.database() as uow:
            return reserve(uow, calls, self.terms(now))

    def waits(self, row: int = 1) -> datetime | None:
        """Until when the contact waits in the queue, if it does."""
        held = self.database.rows.queue.get((self.campaign.id, a_contact(row).id))
        return None if held is None else held[0].next_attempt_at

    def finished(self) -> dict[int, FinishReason]:
        """Which rows are finished, and why."""
        rows = {a_contact(row).id: row for row in range(1, 10)}
        return {rows[key]: reason for (_, key), reason in self.database.rows.outcomes.items()}
