"""Agents made of seeded chance: they sign in, wrap up, take breaks and go home by themselves."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from campaigns.campaign import Campaign
from campaigns.events import AgentState, AgentStateChanged
from campaigns.identity import derive_id
from compliance.case import DialMode
from dialer import desk
from dialer.agent import Agent
from dialer.outcomes import Outcome
from dialer.ports import DialerUnitOfWork, DialerUnitOfWorkFactory

WRAP_UP_MEAN = 20.0
WRAP_UP_VARIATION = 0.6
BREAKS = 3
"""In a shift of eight hours; fewer in a shorter one."""
LOOKS_FOR = (2.0, 12.0)
"""Shortest and longest look at a contact in preview, seconds."""
WRAP_UP_CODES = ("sale", "no interest", "call later", "wrong person")

Act = Callable[[DialerUnitOfWork, Agent, datetime], Outcome]


@dataclass(order=True, slots=True)
class _Due:
    at: datetime
    number: int
    agent_id: str = field(compare=False)
    act: Act = field(compare=False)


class SimulatedAgents:
    """The agents of one campaign. What they do is drawn from the seed and their own ids."""

    def __init__(
        self, campaign: Campaign, count: int, seed: int | str, unit_of_work: DialerUnitOfWorkFactory
    ) -> None:
        self._campaign = campaign
        self._unit_of_work = unit_of_work
        self._ids = [derive_id("agent", campaign.id, number) for number in range(1, count + 1)]
        self._random = {agent_id: Random(f"{seed}:{agent_id}") for agent_id in self._ids}
        self._due: list[_Due] = []
        self._number = 0
        self._going_home = False
        self._at_work: set[str] = set()
        self._shown: dict[str, str] = {}
        self._wanted: list[tuple[datetime, str]] = []

    def arrive(self, now: datetime) -> None:
        """Let the agents sign in over the first seconds, and plan their breaks.

        Agents who are there already, from before a restart, go on from where they stand.
        """
        with self._unit_of_work() as uow:
            known = uow.agents.find(self._ids)
            for number, agent_id in enumerate(self._ids, start=1):
                if agent_id not in known:
                    uow.agents.add(self._new(number, agent_id, now))
        shift = (self._campaign.settings.end_at - now).total_seconds()
        for agent_id in self._ids:
            random = self._random[agent_id]
            self._resume(known.get(agent_id), agent_id, now)
            for _ in range(math.floor(BREAKS * shift / 28_800 + 0.5)):
                self._at(now, random.uniform(600.0, max(601.0, shift)), agent_id, self._take_break)

    def _new(self, number: int, agent_id: str, now: datetime) -> Agent:
        return Agent(
            id=agent_id,
            account=self._campaign.account,
            name=f"Agent {number}",
            campaign_id=self._campaign.id,
            state=AgentState.OUT,
            state_since=now,
            seen_at=now,
            simulated=True,
        )

    def _resume(self, agent: Agent | None, agent_id: str, now: datetime) -> None:
        if agent is None or agent.state is AgentState.OUT:
            arrives = self._random[agent_id].uniform(0.0, 10.0)
            self._at(now, arrives, agent_id, self._sign_in)
            return
        self._at_work.add(agent_id)
        if agent.state is AgentState.WRAP:
            self._at(now, 5.0, agent_id, self._wrap_up)
        elif agent.state is AgentState.BREAK:
            self._at(now, 60.0, agent_id, self._come_back)

    def next_at(self) -> datetime | None:
        """When the next of them does something."""
        return min(
            [due.at for due in self._due[:1]] + [at for at, _ in self._wanted[:1]], default=None
        )

    def go_home(self, now: datetime) -> None:
        """The campaign is over: everyone signs out, after wrap-up where they are in it."""
        if self._going_home:
            return
        self._going_home = True
        for agent_id in self._ids:
            self._at(now, 0.0, agent_id, self._sign_out)

    @property
    def all_gone(self) -> bool:
        """Whether every agent has signed out, or never came."""
        return self._going_home and not self._at_work and not self._due

    def act(self, now: datetime) -> Iterator[Outcome]:
        """Do what is due; the outcomes, each already kept. What cannot be kept stays due."""
        while self._due and self._due[0].at <= now:
            due = self._due[0]
            with self._unit_of_work() as uow:
                # Unlocked: what they do takes its locks in its own order.
                agent = uow.agents.find([due.agent_id])[due.agent_id]
                outcome = due.act(uow, agent, now)
            heapq.heappop(self._due)
            yield outcome

    def works_on_any(self, campaign_ids: Collection[str]) -> bool:
        """Whether one of them has been given one of these campaigns to work on."""
        with self._unit_of_work() as uow:
            shares = uow.agents.shares(self._ids)
        return any(share.campaign_id in campaign_ids for own in shares.values() for share in own)

    def waits_for(self) -> set[str]:
        """The campaigns that get those of them next who are at work."""
        with self._unit_of_work() as uow:
            agents = uow.agents.find(self._ids).values()
        return {a.campaign_id for a in agents if a.campaign_id and a.state is not AgentState.OUT}

    def look(self, now: datetime, campaigns: Iterable[Campaign] = ()) -> None:
        """Preview: see who is shown a contact, and plan when they have it called.

        `campaigns` are those that they may work on besides their own.
        """
        previewed = {
            campaign.id
            for campaign in (self._campaign, *campaigns)
            if campaign.settings.dial_mode is DialMode.PREVIEW
        }
        for campaign_id in sorted(previewed):
            self._look_at(campaign_id, now)

    def _look_at(self, campaign_id: str, now: datetime) -> None:
        with self._unit_of_work() as uow:
            agents = uow.agents.of_campaign(campaign_id)
        for agent in agents:
            shown = agent.attempt_id if agent.state is AgentState.IDLE else None
            random = self._random.get(agent.id)
            if shown is None or random is None or self._shown.get(agent.id) == shown:
                continue
            self._shown[agent.id] = shown
            at = now + timedelta(milliseconds=math.ceil(random.uniform(*LOOKS_FOR) * 1000))
            heapq.heappush(self._wanted, (at, shown))

    def wanted(self, now: datetime) -> Iterator[str]:
        """Preview: the attempts that agents want called by now."""
        while self._wanted and self._wanted[0][0] <= now:
            yield heapq.heappop(self._wanted)[1]

    def notice(self, facts: Iterable[AgentStateChanged]) -> None:
        """See what has become of the agents, and plan what each does next."""
        for fact in facts:
            if fact.agent_id not in self._random:
                continue
            random = self._random[fact.agent_id]
            match fact.state:
                case AgentState.WRAP:
                    self._at(fact.occurred_at, _wrap_up(random), fact.agent_id, self._wrap_up)
                case AgentState.BREAK:
                    length = random.uniform(300.0, 900.0)
                    self._at(fact.occurred_at, length, fact.agent_id, self._come_back)
                case AgentState.OUT:
                    self._at_work.discard(fact.agent_id)
                case _:
                    self._at_work.add(fact.agent_id)

    def _at(self, now: datetime, seconds: float, agent_id: str, act: Act) -> None:
        self._number += 1
        at = now + timedelta(milliseconds=math.ceil(seconds * 1000))
        heapq.heappush(self._due, _Due(at, self._number, agent_id, act))

    def _sign_in(self, uow: DialerUnitOfWork, agent: Agent, now: datetime) -> Outcome:
        if self._going_home:
            return Outcome()
        return desk.sign_in(uow, agent.id, self._campaign, now)

    def _take_break(self, uow: DialerUnitOfWork, agent: Agent, now: datetime) -> Outcome:
        if self._going_home or agent.state in {AgentState.OUT, AgentState.BREAK}:
            return Outcome()
        return desk.leave(uow, agent.id, AgentState.BREAK, now)

    def _come_back(self, uow: DialerUnitOfWork, agent: Agent, now: datetime) -> Outcome:
        if agent.state is not AgentState.BREAK:
            return Outcome()
        if self._going_home:
            return desk.leave(uow, agent.id, AgentState.OUT, now)
        return desk.be_ready(uow, agent.id, now)

    def _sign_out(self, uow: DialerUnitOfWork, agent: Agent, now: datetime) -> Outcome:
        if agent.state is AgentState.OUT:
            return Outcome()
        return desk.leave(uow, agent.id, AgentState.OUT, now)

    def _wrap_up(self, uow: DialerUnitOfWork, agent: Agent, now: datetime) -> Outcome:
        if agent.state is not AgentState.WRAP:
            return Outcome()
        code = self._random[agent.id].choice(WRAP_UP_CODES)
        return desk.wrap_up(uow, agent.id, code, now)


def _wrap_up(random: Random) -> float:
    variance = math.log(1.0 + WRAP_UP_VARIATION**2)
    return random.lognormvariate(math.log(WRAP_UP_MEAN) - variance / 2.0, math.sqrt(variance))
