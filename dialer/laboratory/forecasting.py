"""What a campaign will come to with these agents and this list: simulated days, summed up.

Days on several seeds are played second by second with the service's own pacing decision. What is
too long for that is cut: a stretch is played, and the rest of the list is gone through minute by
minute at the pace that the stretch reached. Equal seeds meet equal people, so that two forecasts
differ by their settings only.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

from campaigns.campaign import RetryReason, RetryRule
from campaigns.events import AgentState, Disposition
from compliance.case import AttemptLimit
from dialer.laboratory.day import Day, Inbound
from dialer.laboratory.floor import Score, disposition_of
from dialer.laboratory.habits import Expected, Habits, Roster
from dialer.laboratory.people import callers_of
from dialer.laboratory.playing import Ours
from dialer.laboratory.pool import Group, Pool
from dialer.laboratory.source import Caller
from dialer.laboratory.world import World
from dialer.pacing import PacingSettings

SEEDS_LEAST, SEEDS_MOST = 3, 8

WORK = 6_000_000
"""How much is played in all, in seconds played times (30 + agents): 10 to 20 seconds of CPU."""

STRETCH_LEAST = 600.0
"""No day is cut shorter, in seconds of work."""

_TICK_WORK = 30
"""What a second costs without agents, in agents."""

_MINUTE = 60.0
_CALLS_MOST = 60_000
"""Calls drawn for the rest of a list; of a longer one each call stands for several."""

Progress = Callable[[float], None]
"""Is told how far the forecast has come: shares from 0.0 to 1.0; may raise to cut it off."""


@dataclass(frozen=True, slots=True)
class Outset:
    """All that a forecast starts from. Seconds count from its start.

    Attributes:
        settings: of the pacing; `close_at` is the campaign's end.
        agents: how many there are. roster: when they are there.
        habits: of people and agents.
        groups: who is to be called and when. retry, limits: how often.
        lines, calls_per_second: at most, or no limit.
        prior_live, prior_abandoned: what the abandonment window holds already.
        hour_at_start: the hour of the day at second 0.
        inbound: calls that the agents take besides while they are there, if any.
    """

    settings: PacingSettings
    agents: int
    roster: Roster
    habits: Habits
    groups: tuple[Group, ...]
    retry: Mapping[RetryReason, RetryRule]
    limits: tuple[AttemptLimit, ...] = ()
    lines: int | None = None
    calls_per_second: float | None = None
    prior_live: int = 0
    prior_abandoned: int = 0
    hour_at_start: float = 0.0
    inbound: Inbound | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """A figure over the days played: the mean, the least and the most."""

    mean: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Range:
        """Of one value at least."""
        return cls(math.fsum(values) / len(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class OneDay:
    """What one seed came to. Rates are shares; `finish_seconds` None: not before the end."""

    occupancy: float
    abandonment: float
    calls: float
    people: float
    idle_minutes: float
    left: float
    finish_seconds: float | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is to be expected.

    Attributes:
        days: each seed's figures, in the order of the seeds.
        played_seconds: seconds of work of the agents that were played of each day.
        whole: whether that was the whole campaign.
        by_hour: (hour from the start, share of the agents' time in talk and wrap-up).
        idle_by_bound: share of the time logged in that agents were idle, by what held the dialing.
    """

    days: tuple[OneDay, ...]
    played_seconds: float
    whole: bool
    by_hour: tuple[tuple[int, float], ...]
    idle_by_bound: Mapping[str, float]

    def range(self, name: str) -> Range:
        """One of the figures of `OneDay` that every day has."""
        return Range.of([getattr(day, name) for day in self.days])

    @property
    def finish(self) -> Range | None:
        """When the list is finished; None unless it is on every day played."""
        found = [day.finish_seconds for day in self.days if day.finish_seconds is not None]
        return Range.of(found) if len(found) == len(self.days) else None


def difference(one: Forecast, other: Forecast, name: str) -> Range:
    """How much more of a figure `other` has, day by day on the same seeds."""
    pairs = zip(one.days, other.days, strict=False)
    return Range.of([getattr(b, name) - getattr(a, name) for a, b in pairs])


@dataclass(frozen=True, slots=True)
class Effort:
    """How many days are played, and how many seconds of work of each."""

    seeds: int
    seconds: float

    @classmethod
    def of(cls, agents: int, work_seconds: float) -> Effort:
        """As many days as cost no more than `WORK`; if three are too many, a part of each."""
        a_second = _TICK_WORK + agents
        seeds = int(WORK / (a_second * max(1.0, work_seconds)))
        if seeds >= SEEDS_LEAST:
            return cls(min(SEEDS_MOST, seeds), work_seconds)
        return cls(SEEDS_LEAST, max(STRETCH_LEAST, WORK / (a_second * SEEDS_LEAST)))


def forecast(outset: Outset, effort: Effort, progress: Progress = lambda _: None) -> Forecast:
    """Play the days and sum them up."""
    cut = _cut(outset, effort.seconds)
    runs = []
    for seed in range(1, effort.seeds + 1):
        done = (seed - 1) / effort.seeds
        run = _Run(outset, seed, cut)
        run.play(partial(_tell, progress, done, effort.seeds))
        runs.append(run)
    return Forecast(
        days=tuple(run.came_to() for run in runs),
        played_seconds=effort.seconds,
        whole=cut >= outset.settings.close_at or all(run.finished for run in runs),
        by_hour=_by_hour(runs),
        idle_by_bound=_idle_by_bound(runs),
    )


def _tell(progress: Progress, done: float, seeds: int, share: float) -> None:
    progress(done + share / seeds)


def work_seconds(outset: Outset) -> float:
    """Seconds in which the agents are there."""
    return math.fsum(last - first for first, last in outset.roster.stretches)


def _cut(outset: Outset, seconds: float) -> float:
    """The second by which the agents have worked so long; the campaign's end if they do not."""
    left = seconds
    for first, last in outset.roster.stretches:
        if left <= last - first:
            at = first + left
            return at if left < work_seconds(outset) and at < outset.settings.close_at else math.inf
        left -= last - first
    return math.inf


def callers(outset: Outset, day: Day, seed: int) -> tuple[Caller, ...]:
    """The day's inbound calls: while nobody is there they go elsewhere, and do not wait."""
    return tuple(call for call in callers_of(day, seed) if outset.roster.at_work(call.at))


class _Run:
    """One day on one seed."""

    def __init__(self, outset: Outset, seed: int, cut: float) -> None:
        self._outset = outset
        self._until = min(cut, outset.settings.close_at)
        self._source = Expected(
            outset.habits, outset.roster, outset.settings, seed, outset.hour_at_start
        )
        self._pool = Pool(outset.groups, outset.retry, outset.limits, outset.settings.close_at)
        day = Day(
            agents=outset.agents,
            people=self._source.people_rate,
            hours=self._until / 3600.0,
            lines=outset.lines,
            calls_per_second=outset.calls_per_second,
            prior_live=outset.prior_live,
            prior_abandoned=outset.prior_abandoned,
            inbound=outset.inbound,
        )
        inbound = callers(outset, day, seed)
        self.world = World(day, self._source, self._pool, inbound)
        self.busy: defaultdict[int, int] = defaultdict(int)
        self.staffed: defaultdict[int, int] = defaultdict(int)
        self.idle: defaultdict[str, float] = defaultdict(float)
        self._callable_seconds = 0
        self._rest = Random(f"{seed} rest")
        self._abandoned_rate = 0.0
        self._finish: float | None = None
        self.finished = False
        self._calls = self._people = self._left = 0.0

    def play(self, progress: Progress) -> None:
        """Play the stretch, and go through the rest."""
        world, policy = self.world, Ours(self._outset.settings)
        for snapshot, seen in world.ticks(skipping=True):
            world.dial(min(snapshot.max_calls, policy.pace(snapshot, seen)))
            staffed, idle = len(snapshot.agents), world.idle
            hour = int(snapshot.t // 3600.0)
            self.staffed[hour] += staffed
            self.busy[hour] += sum(
                agent.state in (AgentState.TALK, AgentState.WRAP) for agent in snapshot.agents
            )
            self.idle[policy.bound] += idle
            self._callable_seconds += staffed if snapshot.list_left else 0
            if snapshot.t % _MINUTE == 0.0:
                progress(snapshot.t / self._until)
        self._calls, self._people = world.score.dialed, world.score.connected
        if self._pool.finished and not world.calls:
            self._finish, self.finished = world.t, True
        elif self._until < self._outset.settings.close_at:
            self._go_through_the_rest()
        self._left = self._left or self._pool.left
        progress(1.0)

    def _go_through_the_rest(self) -> None:
        """Minute by minute: so many people an agent's second as in the stretch."""
        outset, pool, source = self._outset, self._pool, self._source
        pool.give_up(self._until)
        score = self.world.score
        self._abandoned_rate = abandonment(score)
        reached = score.connected + score.abandoned + score.hung_up
        if not self._callable_seconds or not reached:
            self._left = pool.left
            return
        pace = reached / self._callable_seconds * self._presence()
        factor = max(1, math.ceil(2 * pool.left / _CALLS_MOST))
        pool.thin(factor)
        people, number, credit = pool.people, score.dialed, 0.0
        t = math.ceil(self._until / _MINUTE) * _MINUTE
        while t < outset.settings.close_at and not pool.finished:
            if outset.roster.at_work(t):
                rate = max(0.005, source.people_rate(t))
                credit += pace * outset.agents * _MINUTE / rate / factor
                calls = min(int(credit), pool.ready(t))
                credit = min(credit - calls, 1.0)
                for _ in range(calls):
                    number += 1
                    self._call(t, number)
            t += _MINUTE
        self._calls += (number - score.dialed) * factor
        self._people += (pool.people - people) * factor
        self._left = pool.left * factor
        self._finish = t if pool.finished else None

    def _presence(self) -> float:
        """The share of the agents who are logged in while they are on the roster."""
        planned = math.fsum(
            max(0.0, min(last, self._until) - first)
            for first, last in self._outset.roster.stretches
        )
        staffed = sum(self.staffed.values())
        return min(1.0, staffed / (planned * self._outset.agents)) if planned else 1.0

    def _call(self, t: float, number: int) -> None:
        came_to = disposition_of(self._source.fate(number, t))
        if came_to is Disposition.CONVERSATION and self._rest.random() < self._abandoned_rate:
            came_to = Disposition.ABANDONED
        self._pool.take(t, number)
        self._pool.ended(t, number, came_to)

    def came_to(self) -> OneDay:
        """The day's figures."""
        score = self.world.score
        signed_in = score.logged_in_seconds + score.break_seconds
        busy = score.talk_seconds + score.wrap_seconds + score.inbound_seconds
        busy += score.machine_seconds
        return OneDay(
            occupancy=busy / signed_in if signed_in else 0.0,
            abandonment=abandonment(score),
            calls=self._calls,
            people=self._people,
            idle_minutes=60.0 * score.idle_seconds / signed_in if signed_in else 0.0,
            left=self._left,
            finish_seconds=self._finish,
        )


def abandonment(score: Score) -> float:
    """People who found no agent in time, over all whom the dialer took for people."""
    live = score.connected + score.hung_up + score.abandoned
    return score.abandoned / live if live else 0.0


def _by_hour(runs: Iterable[_Run]) -> tuple[tuple[int, float], ...]:
    busy: defaultdict[int, int] = defaultdict(int)
    staffed: defaultdict[int, int] = defaultdict(int)
    for run in runs:
        for hour, seconds in run.staffed.items():
            staffed[hour] += seconds
            busy[hour] += run.busy[hour]
    return tuple((hour, busy[hour] / staffed[hour]) for hour in sorted(staffed) if staffed[hour])


def _idle_by_bound(runs: Sequence[_Run]) -> dict[str, float]:
    whole = math.fsum(run.world.score.logged_in_seconds for run in runs)
    bounds = sorted({bound for run in runs for bound in run.idle})
    if not whole:
        return {}
    return {b: math.fsum(run.idle.get(b, 0.0) for run in runs) / whole for b in bounds}
