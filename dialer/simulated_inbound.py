"""Inbound calls made of seeded chance: they arrive, wait for free agents, and are reported."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from campaigns.campaign import Campaign
from dialer.agent import is_free
from dialer.inbound import give_back, report, take
from dialer.outcomes import Outcome
from dialer.ports import DialerUnitOfWorkFactory

REPORTS_EVERY = timedelta(seconds=2)
TALK_MEAN = 120.0
"""Seconds of an inbound conversation, on average."""


class SimulatedInbound:
    """The inbound calls of one campaign's agents, so many an hour, until its end."""

    def __init__(
        self,
        campaign: Campaign,
        calls_per_hour: float,
        seed: int | str,
        unit_of_work: DialerUnitOfWorkFactory,
    ) -> None:
        self.waits: list[float] = []
        self._campaign = campaign
        self._gap_seconds = 3600.0 / calls_per_hour if calls_per_hour else math.inf
        self._random = Random(f"{seed}:inbound:{campaign.id}")
        self._unit_of_work = unit_of_work
        self._waiting: list[datetime] = []
        self._talks: list[tuple[datetime, str]] = []
        self._arrived = 0
        self._arrives_at = self._after_gap(campaign.settings.start_at)
        self._reports_at = campaign.settings.start_at

    def next_at(self) -> datetime | None:
        """When the next thing happens; None once nothing does."""
        ends = [at for at, _ in self._talks[:1]]
        if self._gap_seconds == math.inf or self._is_over(self._reports_at):
            return min(ends, default=None)
        return min([*ends, self._arrives_at, self._reports_at])

    def act(self, now: datetime) -> Iterator[Outcome]:
        """What is due: calls end and arrive, agents who are free are taken, a report is sent."""
        while self._talks and self._talks[0][0] <= now:
            _, agent_id = self._talks.pop(0)
            with self._unit_of_work() as uow:
                outcome = give_back(uow, self._campaign.account, agent_id, now)
            yield outcome
        while self._arrives_at <= now and not self._is_over(self._arrives_at):
            self._waiting.append(self._arrives_at)
            self._arrived += 1
            self._arrives_at = self._after_gap(self._arrives_at)
        if self._is_over(now):
            self._waiting.clear()
        yield from self._take(now)
        if self._reports_at <= now and self._gap_seconds != math.inf:
            self._reports_at = now + REPORTS_EVERY
            with self._unit_of_work() as uow:
                waiting, arrived = len(self._waiting), self._arrived
                report(uow, self._campaign.account, self._campaign.id, waiting, arrived, now)

    def _take(self, now: datetime) -> Iterator[Outcome]:
        if not self._waiting:
            return
        with self._unit_of_work() as uow:
            agents = uow.agents.of_campaign(self._campaign.id)
        free = [a for a in agents if is_free(a) and a.campaign_id == self._campaign.id]
        free.sort(key=lambda agent: (agent.state_since, agent.id))
        for agent in free[: len(self._waiting)]:
            with self._unit_of_work() as uow:
                outcome = take(uow, self._campaign.account, agent.id, now)
            self.waits.append((now - self._waiting.pop(0)).total_seconds())
            ends_at = now + _seconds(self._random.expovariate(1.0 / TALK_MEAN))
            self._talks.append((ends_at, agent.id))
            yield outcome
        self._talks.sort()

    def _after_gap(self, at: datetime) -> datetime:
        if self._gap_seconds == math.inf:
            return datetime.max.replace(tzinfo=at.tzinfo)
        return at + _seconds(self._random.expovariate(1.0 / self._gap_seconds))

    def _is_over(self, at: datetime) -> bool:
        return at >= self._campaign.settings.end_at


def _seconds(seconds: float) -> timedelta:
    return timedelta(milliseconds=math.ceil(seconds * 1000))
