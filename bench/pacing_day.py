"""One campaign day in a small discrete-event simulator, to measure the pacing decision.

The world is the one that the pacing scenarios describe: set-up, ringing, machines, greetings,
detection, patience, talk and wrap-up as seeded random draws. It is not the product's carrier: it
exists so that a policy can be tried on many days in little time, and so that the day can be seen
line by line as the pacing filter would see it.

    python -m bench.pacing_day --agents 25 --people 0.25 --hours 8 --seeds 1 2 3
"""

from __future__ import annotations

import argparse
import heapq
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from random import Random

from dialer.forecast import (
    Abandoned,
    AgentChanged,
    AgentState,
    Answered,
    CallOutcome,
    Connected,
    Decided,
    Dialed,
    HungUp,
    Learnt,
    Live,
    Observation,
    Party,
    Result,
    TalkEnded,
)
from dialer.pacing import (
    AgentView,
    Bound,
    CallStage,
    CallView,
    GraceFrom,
    PacingSettings,
    Snapshot,
    decide,
    learnt_for,
)

Rate = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Day:
    """What is true of one campaign day; the policy sees none of it.

    `people` is the share of dials that a person answers, as a function of the second; `away`
    lists (first second, last second, share of agents, seconds away) for walk-outs.
    """

    agents: int
    people: Rate
    hours: float = 8.0
    machines: float = 0.25
    uk: bool = False
    detection: bool = True
    missed_machines: float = 0.03
    lost_people: float = 0.0
    breaks: int = 3
    break_seconds: tuple[float, float] = (600.0, 900.0)
    away: tuple[tuple[float, float, float, float], ...] = ()
    lines: int | None = None
    calls_per_second: float | None = None
    talk: tuple[float, float] = (120.0, 0.9)
    wrap: tuple[float, float] = (20.0, 0.6)
    prior_live: int = 0
    prior_abandoned: int = 0

    @property
    def close_at(self) -> float:
        """The second at which dialing ends."""
        return self.hours * 3600.0


@dataclass(slots=True)
class Score:
    """What the day came to, counted from the truth."""

    people: int = 0
    connected: int = 0
    abandoned: int = 0
    lost: int = 0
    hung_up: int = 0
    dialed: int = 0
    busy_seconds: float = 0.0
    logged_in_seconds: float = 0.0
    worst_rate: float = 0.0
    window_over: int = 0

    @property
    def occupancy(self) -> float:
        """Talk and wrap-up with people, over time logged in."""
        return self.busy_seconds / self.logged_in_seconds if self.logged_in_seconds else 0.0

    def rate(self, uk: bool) -> float:
        """The judged share of abandoned calls."""
        whole = self.connected + self.abandoned if uk else self.people
        return (self.abandoned + (0 if uk else self.lost)) / whole if whole else 0.0


@dataclass(slots=True)
class _Agent:
    id: int
    pace: float
    state: AgentState = AgentState.OUT
    since: float = 0.0
    leaving: bool = False
    away_for: float = 0.0


@dataclass(slots=True)
class _Call:
    id: int
    dialed: float
    stage: CallStage = CallStage.SETUP
    since: float = 0.0
    person: bool = False
    greeting_start: float = 0.0
    greeting_end: float = 0.0
    live_at: float = 0.0
    ring: float = 0.0
    talk: float = 0.0
    wrap: float = 0.0


def _lognormal(rng: Random, mean: float, cv: float) -> float:
    variance = math.log(1.0 + cv * cv)
    return rng.lognormvariate(math.log(mean) - variance / 2.0, math.sqrt(variance))


@dataclass(slots=True)
class World:
    """The day as it unfolds. `run` asks the policy once a second and applies what it says."""

    day: Day
    seed: int
    t: float = 0.0
    score: Score = field(default_factory=Score)
    agents: list[_Agent] = field(default_factory=list)
    calls: dict[int, _Call] = field(default_factory=dict)
    waiting: list[_Call] = field(default_factory=list)
    seen: list[Observation] = field(default_factory=list)
    live: int = 0
    abandoned: int = 0
    _queue: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _order: int = 0
    _credit: float = 0.0
    _ids: int = 0
    talking: int = 0

    def __post_init__(self) -> None:
        """Let the agents log in and plan their breaks."""
        rng = Random(f"{self.seed} agents")
        self.live, self.abandoned = self.day.prior_live, self.day.prior_abandoned
        for number in range(self.day.agents):
            agent = _Agent(number, max(0.5, rng.gauss(1.0, 0.15)))
            self.agents.append(agent)
            self._become(agent, AgentState.IDLE)
            for k in range(self.day.breaks):
                at = self.day.close_at * (k + 0.5 + rng.random()) / (self.day.breaks + 1.0)
                self._at(at, self._asks_to_leave, agent, rng.uniform(*self.day.break_seconds))
            for first, last, share, seconds in self.day.away:
                if rng.random() < share:
                    self._at(rng.uniform(first, last), self._asks_to_leave, agent, seconds)

    # ------------------------------------------------------------------ time
    def _at(self, t: float, do: Callable[..., None], *args: object) -> None:
        self._order += 1
        heapq.heappush(self._queue, (t, self._order, lambda: do(*args)))

    def advance(self, t: float) -> None:
        """Let everything happen up to and including `t`."""
        while self._queue and self._queue[0][0] <= t:
            self.t, _, do = heapq.heappop(self._queue)
            do()
        self.t = t

    # ---------------------------------------------------------------- agents
    def _become(self, agent: _Agent, state: AgentState) -> None:
        if agent.state in (AgentState.IDLE, AgentState.TALK, AgentState.WRAP):
            span = max(0.0, min(self.t, self.day.close_at) - agent.since)
            self.score.logged_in_seconds += span
        agent.state, agent.since = state, self.t
        self.seen.append(AgentChanged(self.t, agent.id, state))

    def _asks_to_leave(self, agent: _Agent, seconds: float) -> None:
        agent.away_for = seconds
        if agent.state is AgentState.IDLE:
            self._leave(agent)
        elif agent.state is not AgentState.BREAK:
            agent.leaving = True

    def _leave(self, agent: _Agent) -> None:
        agent.leaving = False
        self._become(agent, AgentState.BREAK)
        self._at(self.t + agent.away_for, self._free, agent)

    def _free(self, agent: _Agent) -> None:
        if agent.leaving:
            self._leave(agent)
            return
        self._become(agent, AgentState.IDLE)
        if self.waiting:
            self._connect(self.waiting.pop(0), agent)

    def _connect(self, call: _Call, agent: _Agent) -> None:
        self._become(agent, AgentState.TALK)
        del self.calls[call.id]
        self.talking += 1
        self.seen.append(Connected(self.t, call.id, agent.id, self.t - call.live_at))
        if call.person:
            self.score.connected += 1
        talk = call.talk * agent.pace if call.person else call.talk
        self._at(self.t + self.connect_seconds + talk, self._talk_ends, agent, call, talk)

    def _talk_ends(self, agent: _Agent, call: _Call, talk: float) -> None:
        party = Party.HUMAN if call.person else Party.MACHINE
        self.talking -= 1
        self.seen.append(TalkEnded(self.t, call.id, agent.id, talk, party))
        if not call.person:
            self._free(agent)
            return
        wrap = call.wrap * agent.pace
        started = self.t - talk
        self.score.busy_seconds += max(0.0, min(self.t + wrap, self.day.close_at) - started)
        self._become(agent, AgentState.WRAP)
        self._at(self.t + wrap, self._free, agent)

    # ----------------------------------------------------------------- calls
    connect_seconds: float = 0.2

    def dial(self, count: int) -> None:
        """Start that many calls now."""
        for _ in range(count):
            self._ids += 1
            call = _Call(self._ids, self.t, since=self.t)
            self.calls[call.id] = call
            self.score.dialed += 1
            self.seen.append(Dialed(self.t, call.id))
            self._draw(call, Random(f"{self.seed} call {call.id}"))

    def _draw(self, call: _Call, rng: Random) -> None:
        setup, fate = _lognormal(rng, 2.0, 0.4), rng.random()
        rings_at = self.t + setup
        people = self.day.people(self.t)
        call.talk, call.wrap = _lognormal(rng, *self.day.talk), _lognormal(rng, *self.day.wrap)
        if fate < 0.10:
            outcome = CallOutcome.BUSY if fate < 0.05 else CallOutcome.INVALID
            self._at(rings_at, self._ends, call, outcome)
            return
        self._at(rings_at, self._rings, call)
        ring = 26.0
        if fate < 0.10 + people:
            call.person = True
            while ring > 25.0:
                ring = 2.0 + rng.gammavariate(2.5, 11.0 / 2.5)
        elif fate < 0.10 + people + self.day.machines:
            ring = rng.uniform(0.0, 0.5) if rng.random() < 0.25 else min(24.9, rng.gauss(19.0, 1.5))
        if ring > 25.0:
            self._at(rings_at + 25.0, self._ends, call, CallOutcome.NO_ANSWER)
            return
        call.greeting_start = rings_at + ring + rng.uniform(0.2, 1.4)
        call.greeting_end = call.greeting_start + _lognormal(rng, 1.1, 0.5)
        if not call.person:
            call.talk = rng.uniform(4.0, 8.0)
            call.greeting_end = call.greeting_start + 10.0
        self._at(rings_at + ring, self._answers, call, rng)

    def _rings(self, call: _Call) -> None:
        call.stage, call.since = CallStage.RINGING, self.t

    def _ends(self, call: _Call, outcome: CallOutcome) -> None:
        del self.calls[call.id]
        self.seen.append(Result(self.t, call.id, outcome, self.t - call.dialed))

    def _answers(self, call: _Call, rng: Random) -> None:
        call.stage, call.since, call.ring = CallStage.ANSWERED, self.t, self.t - call.dialed
        self.seen.append(Answered(self.t, call.id, call.ring))
        self.score.people += call.person
        if not self.day.detection:
            self._is_live(call, rng)
            return
        decided = min(call.greeting_end + rng.uniform(0.5, 0.9), self.t + 3.0)
        wrong = rng.random() < (self.day.lost_people if call.person else self.day.missed_machines)
        if call.person is wrong:
            self.score.lost += call.person
            self._at(decided, self._ends, call, CallOutcome.MACHINE)
        else:
            self._at(decided, self._is_live, call, rng)

    def _is_live(self, call: _Call, rng: Random) -> None:
        call.stage, call.since, call.live_at = CallStage.WAITING, self.t, self.t
        self.live += 1
        self.seen.append(Live(self.t, call.id, call.ring))
        heard = call.greeting_start if self.day.uk else call.greeting_end
        if not call.person:  # nobody knows that it is one: the clock runs from what was heard
            heard = call.live_at - 0.7 if self.day.detection else call.greeting_start
        latest = max(self.t, heard + 2.0 - self.connect_seconds)
        idle = [a for a in self.agents if a.state is AgentState.IDLE]
        if idle:
            self._connect(call, min(idle, key=lambda a: (a.since, a.id)))
            return
        self.waiting.append(call)
        self._at(latest, self._gives_up, call)
        if call.person:
            patience = call.greeting_end + rng.weibullvariate(4.5, 2.0)
            self._at(max(self.t, patience), self._hangs_up, call)

    def _gives_up(self, call: _Call) -> None:
        if call not in self.waiting:
            return
        self.waiting.remove(call)
        del self.calls[call.id]
        self.abandoned += 1
        self.score.abandoned += call.person
        self.seen.append(Abandoned(self.t, call.id))
        rate = self.abandoned / self.live
        self.score.window_over += rate > 0.03
        if self.live >= 34:
            self.score.worst_rate = max(self.score.worst_rate, rate)

    def _hangs_up(self, call: _Call) -> None:
        if call not in self.waiting:
            return
        self.waiting.remove(call)
        del self.calls[call.id]
        self.score.hung_up += 1
        self.seen.append(HungUp(self.t, call.id))

    # ------------------------------------------------------------------ view
    def room(self) -> tuple[int, Bound]:
        """How many calls lines and calls a second permit now, and which of them it is."""
        most, bound = 10_000, Bound.TRUNK
        if self.day.lines is not None:
            most = max(0, self.day.lines - len(self.calls) - self.talking)
        if self.day.calls_per_second is not None:
            self._credit = min(self._credit + self.day.calls_per_second, self.day.calls_per_second)
            if int(self._credit) < most:
                most, bound = int(self._credit), Bound.CALLS_PER_SECOND
        return most, bound

    def snapshot(self) -> Snapshot:
        """What a dialer sees now."""
        most, bound = self.room()
        return Snapshot(
            t=self.t,
            max_calls=most,
            max_bound=bound,
            list_left=1_000_000,
            agents=tuple(
                AgentView(a.id, a.state, self.t - a.since, a.leaving)
                for a in self.agents
                if a.state not in (AgentState.OUT, AgentState.BREAK)
            ),
            calls=tuple(
                CallView(c.id, c.stage, self.t - c.dialed, self.t - c.since)
                for c in self.calls.values()
            ),
            window_live=self.live,
            window_abandoned=self.abandoned,
        )

    def ticks(self) -> Iterator[tuple[Snapshot, list[Observation]]]:
        """Each second's view and what has happened since; the caller may `dial` in between."""
        for second in range(int(self.day.close_at)):
            self.advance(float(second))
            seen, self.seen = self.seen, []
            yield self.snapshot(), seen
        self.advance(self.day.close_at + 60.0)  # the calls on their way still find their agents
        for agent in self.agents:
            self._become(agent, AgentState.OUT)


Policy = Callable[[Snapshot, Iterable[Observation]], int]


def settings_of(day: Day) -> PacingSettings:
    """What a campaign on this day would be set to."""
    return PacingSettings(
        close_at=day.close_at,
        detection=day.detection,
        grace_from=GraceFrom.GREETING_START if day.uk else GraceFrom.GREETING_END,
        false_positive_rate=day.lost_people,
    )


def decided(settings: PacingSettings) -> Policy:
    """The project's own decision as a policy."""
    learnt: Learnt = learnt_for(settings)

    def policy(snapshot: Snapshot, seen: Iterable[Observation]) -> int:
        for observation in seen:
            learnt.observe(observation)
        decision = decide(snapshot, settings, learnt)
        learnt.observe(Decided(snapshot.t, decision.calls, decision.risk))
        return decision.calls

    return policy


def run(day: Day, seed: int, policy: Policy) -> Score:
    """Run the day and count what it came to."""
    world = World(day, seed)
    for snapshot, seen in world.ticks():
        world.dial(min(snapshot.max_calls, policy(snapshot, seen)))
    return world.score


def steady(rate: float) -> Rate:
    """The same share of answers all day."""
    return lambda _: rate


def through(points: list[tuple[float, float]]) -> Rate:
    """Straight lines between (hour, share) points."""

    def rate(t: float) -> float:
        hour = t / 3600.0
        for (h0, r0), (h1, r1) in pairwise(points):
            if hour <= h1:
                return r0 + (r1 - r0) * (hour - h0) / (h1 - h0)
        return points[-1][1]

    return rate


DAYS: dict[str, Day] = {
    "3": Day(3, steady(0.25)),
    "5": Day(5, steady(0.25)),
    "10": Day(10, steady(0.20)),
    "25": Day(25, steady(0.25), breaks=0),
    "25-drift": Day(25, through([(0, 0.15), (2, 0.38), (4, 0.20), (5.5, 0.33), (8, 0.12)])),
    "25-uk": Day(
        25,
        steady(0.28),
        machines=0.12,
        uk=True,
        detection=False,
        breaks=8,
        break_seconds=(300.0, 1200.0),
    ),
    "50-walkout": Day(50, steady(0.22), away=((14400.0, 14580.0, 0.6, 1800.0),)),
    "50-lines": Day(50, steady(0.18), lines=110, calls_per_second=4.0),
    "200": Day(200, steady(0.22), hours=6.0),
    "1000": Day(1000, steady(0.22), hours=1.0),
}


def main() -> None:
    """Run the named days and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", nargs="*", default=list(DAYS), choices=list(DAYS))
    parser.add_argument("--seeds", nargs="*", type=int, default=[1, 2, 3])
    parser.add_argument("--hours", type=float)
    arguments = parser.parse_args()
    for name in arguments.days:
        day = DAYS[name] if arguments.hours is None else replace(DAYS[name], hours=arguments.hours)
        scores = [run(day, seed, decided(settings_of(day))) for seed in arguments.seeds]
        rates = [100.0 * score.rate(day.uk) for score in scores]
        print(
            f"{name:12} occupancy {sum(s.occupancy for s in scores) / len(scores):.3f}"
            f"  abandoned % {sum(rates) / len(rates):.2f}  worst {max(rates):.2f}"
            f"  window's worst % {100.0 * max(s.worst_rate for s in scores):.2f}"
            f"  days over 3 %: {sum(r > 3.0 for r in rates)} of {len(rates)}"
        )


if __name__ == "__main__":
    main()
