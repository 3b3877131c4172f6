"""The dialer role: ticks each second, takes in reports ten times a second, drains when stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

import structlog

from app.bootstrap import Parts
from app.truth import TruthFile
from campaigns.campaign import Campaign
from campaigns.events import AgentStateChanged
from campaigns.schedule import PACED
from dialer.carriers.simulated import Population, SimulatedCarrier
from dialer.loop import Dialer
from dialer.simulated_agents import SimulatedAgents

log = structlog.get_logger()


class DialerWorker:
    """One dialer over the simulated carrier. `tick` and `pump` may be called by any thread.

    `agents`: how many simulated agents each running campaign gets that has no others.
    """

    def __init__(self, parts: Parts, seed: int | str, agents: int, population: Population) -> None:
        self._parts = parts
        self._seed = seed
        self._agent_count = agents
        self._lock = threading.Lock()
        self._agents: dict[str, SimulatedAgents] = {}
        self._truth = TruthFile(parts.settings.data / "truth.jsonl")
        self._carrier = SimulatedCarrier(
            seed, parts.clock.now, self._truth.write, population=population
        )
        self._dialer = Dialer(
            parts.database,
            self._carrier,
            parts.rules.now(),
            owner=parts.worker,
            phone_key=parts.phone_key,
            monotonic=parts.clock.monotonic,
            on_agent_facts=self._notice,
        )

    def tick(self) -> None:
        """Pace every campaign that is to be paced."""
        with self._lock:
            with self._parts.database.reading() as uow:
                campaigns = uow.campaigns.in_states(PACED)
                unsettled = uow.attempts.campaigns_with_open()
            self._follow_rules(campaigns)
            for campaign in campaigns:
                self._simulate_agents(campaign)
                self._dialer.tick(campaign.id, self._parts.clock.now())
            self._dialer.share(self._parts.clock.now())
            for agents in self._agents.values():
                agents.look(self._parts.clock.now(), campaigns)
            paced = {campaign.id for campaign in campaigns}
            going = self._send_home(paced)
            # A stopped campaign is not dialed, but its calls are looked after to their end.
            for campaign_id in sorted((unsettled | going) - paced):
                self._dialer.tick(campaign_id, self._parts.clock.now())

    def _follow_rules(self, campaigns: Sequence[Campaign]) -> None:
        """Go by the rules of now; whom the ones before deferred is screened again."""
        rules = self._parts.rules.now()
        if rules is not None and rules is not self._dialer.rulebook:
            now = self._parts.clock.now()
            with self._parts.database() as uow:
                uow.rulebooks.keep(rules.version, rules.content, now)
            for campaign in campaigns:
                with self._parts.database() as uow:
                    uow.campaigns.lock(campaign.id)
                    uow.queue.wake_deferred(campaign.id, now)
        self._dialer.rulebook = rules

    def pump(self) -> None:
        """Take in what has happened since the last time."""
        with self._lock:
            now = self._parts.clock.now()
            self._dialer.intake.take_in(now)
            for agents in self._agents.values():
                for outcome in agents.act(now):
                    self._dialer.intake.follow(outcome)
                for attempt_id in agents.wanted(now):
                    self._dialer.accept(attempt_id, now)
            self._dialer.intake.expire(now)

    def drain(self, wait: Callable[[float], bool], at_most: timedelta) -> None:
        """Place no more calls, and let those in flight end.

        `wait` sleeps so many seconds and says whether to stop at once.
        """
        self._dialer.draining = True
        give_up_at = self._parts.clock.now() + at_most
        while self._parts.clock.now() < give_up_at and self._calls_in_flight():
            self.pump()
            if wait(0.1):
                break

    def close(self) -> None:
        """Give the leases back; nothing may call `tick` or `pump` after this."""
        with self._lock:
            self._dialer.release()
            self._truth.close()

    def _calls_in_flight(self) -> bool:
        """Whether a campaign that this worker paces has calls; others look after theirs."""
        with self._parts.database.reading() as uow:
            return bool(uow.attempts.campaigns_with_open() & self._dialer.paced())

    def _simulate_agents(self, campaign: Campaign) -> None:
        if self._agent_count and campaign.id not in self._agents:
            agents = SimulatedAgents(campaign, self._agent_count, self._seed, self._parts.database)
            agents.arrive(self._parts.clock.now())
            self._agents[campaign.id] = agents

    def _send_home(self, paced: set[str]) -> set[str]:
        """Send agents home who have no work any more; a tick of these campaigns lets them go."""
        now = self._parts.clock.now()
        going: set[str] = set()
        for campaign_id, agents in list(self._agents.items()):
            if campaign_id in paced or agents.works_on_any(paced):
                continue
            agents.go_home(now)
            going |= {campaign_id} | agents.waits_for()
            if agents.all_gone:
                del self._agents[campaign_id]
        return going

    def _notice(self, facts: Sequence[AgentStateChanged]) -> None:
        for agents in self._agents.values():
            agents.notice(facts)
