"""`fairdial pace` judged from outside: a process of its own, asked over simulated days.

The lines are written from the contract and from what the day knows, not with the product's own
writer. Each reply is timed, checked against the contract's sentences, and the day must come to the
very figures that it comes to with the decision made in this process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from statistics import median
from time import perf_counter
from types import TracebackType
from typing import Self

from bench.pacing.days import DAYS, Day, steady
from bench.pacing.judge import LIMIT_RATE, judged_rate, quantile
from bench.pacing.policies.ours import Ours
from bench.pacing.world import Score, World
from dialer.forecast import (
    Abandoned,
    AgentChanged,
    AgentState,
    Answered,
    CallOutcome,
    Connected,
    Dialed,
    HungUp,
    Live,
    Observation,
    Party,
    Result,
    TalkEnded,
)
from dialer.laboratory.playing import play
from dialer.pacing import CallStage, Snapshot

COMMAND = (sys.executable, "-m", "app.cli", "pace")
"""What is judged, unless said."""

JUDGED = ("5", "10-prior", "25-uk", "50-lines")
"""Days that are played to their end: small, with a spent window, British, short of lines."""

AGENTS = (10, 100, 1000)
WARM_UP_SECONDS = 600

_STATES = (AgentState.IDLE, AgentState.TALK, AgentState.WRAP)
_KINDS: Mapping[type, tuple[str, str]] = {
    Dialed: ("dial", "dialed"),
    Answered: ("answered", "answered"),
    Live: ("live", "live"),
    Result: ("result", ""),
    Connected: ("connect", "connected"),
    Abandoned: ("abandon", "abandoned"),
    HungUp: ("hangup", "hangup"),
    TalkEnded: ("talk_end", ""),
    AgentChanged: ("agent", ""),
}
"""What an event is called, and the total that counts it, where that is always the same one."""

_TALKS = {Party.HUMAN: "human_talks", Party.MACHINE: "machine_talks"}
_COUNTED = ("dialed", "answered", *CallOutcome, "live", "connected", "abandoned", "hangup")


class Filter:
    """A policy that the process answers; `problems` are replies that the contract forbids.

    `lists`: whether ticks list agents and calls. `seconds`: what each reply took, in time passed.
    """

    bound = ""

    def __init__(self, world: World, lists: bool = True, command: Sequence[str] = COMMAND) -> None:
        self.seconds: list[float] = []
        self.problems: list[str] = []
        self._world, self._lists = world, lists
        self._counts: Counter[str] = Counter()
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        answer = self._asked(_init(world.day))
        if answer != {}:
            self.problems.append(f"init: {answer}")
        self.seconds.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        """End it as the contract says; it ends with 0."""
        self._process.communicate(b'{"type":"end"}\n', timeout=30.0)
        if self._process.returncode:
            self.problems.append(f"end: exit code {self._process.returncode}")

    def pace(self, snapshot: Snapshot, seen: Sequence[Observation]) -> int:
        """How many calls the process starts now, cut to what may be."""
        world = self._world
        for one in seen:
            self._counts.update(_counted(one))
        most, _ = world.room()
        answer = self._asked(self._tick(seen, most))
        calls = answer.get("dial")
        if type(calls) is not int or calls < 0:
            self.problems.append(f"second {world.t:g}: {answer}")
            return 0
        dialed = min(calls, most)
        flying = len(world.calls)
        over = world.abandoned > LIMIT_RATE * world.live
        if dialed and over and flying + dialed > world.idle:
            self.problems.append(f"second {world.t:g}: over the limit, and more than one to one")
        return dialed

    def after_close(self) -> None:
        """One more tick, at the close, at which everything but the time would permit calls."""
        line = {**self._tick([], 100), "t": self._world.day.close_at, "list_left": 1000}
        answer = self._asked(line)
        if answer.get("dial") != 0:
            self.problems.append(f"at the close: {answer}")

    def _tick(self, seen: Sequence[Observation], most: int) -> dict[str, object]:
        world, t = self._world, self._world.t
        states = Counter(agent.state for agent in world.agents)
        stages = Counter(call.stage for call in world.calls.values())
        line: dict[str, object] = {
            "type": "tick",
            "t": t,
            "max": most,
            "list_left": world.contacts.ready(t),
            "n": {key: states[key] for key in _STATES} | {key: stages[key] for key in CallStage},
            "c": {key: self._counts[key] for key in (*_COUNTED, *_TALKS.values())},
            "win": {"live": world.live, "abandoned": world.abandoned},
            "ev": [_told(one) for one in seen],
        }
        if self._lists:
            line["agents"] = [
                [a.id, a.state, t - a.since, a.leaving] for a in world.agents if a.state in _STATES
            ]
            line["calls"] = [
                [c.id, c.stage, t - c.dialed, t - c.since] for c in world.calls.values()
            ]
        return line

    def _asked(self, line: Mapping[str, object]) -> dict[str, object]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        text = json.dumps(line).encode() + b"\n"
        began = perf_counter()
        stdin.write(text)
        stdin.flush()
        reply = stdout.readline()
        self.seconds.append(perf_counter() - began)
        answer = json.loads(reply) if reply.endswith(b"\n") else None
        return answer if isinstance(answer, dict) else {"not an answer": repr(reply[:200])}


def _init(day: Day) -> dict[str, object]:
    return {
        "type": "init",
        "v": 1,
        "cfg": {
            "rule": "UK" if day.uk else "US",
            "limit": LIMIT_RATE,
            "grace": 2.0,
            "grace_from": "greeting_start" if day.uk else "greeting_end",
            "window": "24h" if day.uk else "30d",
            "prior_live": day.prior_live,
            "prior_abandoned": day.prior_abandoned,
            "agents": day.agents,
            "tick": 1.0,
            "close": day.close_at,
            "timeout": 25.0,
            "amd": day.detection,
            "amd_fp_est": day.lost_people,
            "trunks": day.lines,
            "cps": day.calls_per_second,
            "connect": 0.2,
        },
    }


def _counted(one: Observation) -> list[str]:
    """Which of the tick's totals an event adds to."""
    if isinstance(one, Result):
        return [one.outcome]
    if isinstance(one, TalkEnded):
        return [_TALKS[one.party]]
    return [name for name in (_KINDS[type(one)][1],) if name]


def _told(one: Observation) -> list[object]:
    """The event as the contract writes it: the fields of an observation are in its order."""
    t, *fields = astuple(one)
    return [t, _KINDS[type(one)][0], *fields]


@dataclass(frozen=True, slots=True)
class Judged:
    """A day from outside: what it came to; whether it is the same from inside; what was wrong."""

    name: str
    score: Score
    same: bool
    rate: float
    problems: tuple[str, ...]


def judged(name: str, day: Day, seed: int, lists: bool = True) -> Judged:
    """Play a day with the process, and again without it."""
    world = World(day, seed)
    with Filter(world, lists) as outside:
        score = play(world, outside).score
        outside.after_close()
    own = World(day, seed)
    same = play(own, Ours(day.settings)).score == score
    return Judged(name, score, same, judged_rate(day, score), tuple(outside.problems))


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds that each reply took, and a unit of work right after it, on the same machine."""

    replies: tuple[float, ...]
    units: tuple[float, ...]


def taken(agents: int, ticks: int, seed: int, warm_up: int = WARM_UP_SECONDS) -> Taken:
    """What so many replies took with a team of this size, after the warm-up."""
    seconds = warm_up + ticks
    world = World(Day(agents, steady(0.22), hours=seconds / 3600.0 + 0.1, breaks=0), seed)
    units = []
    with Filter(world) as outside:
        for _, (snapshot, seen) in zip(range(seconds), world.ticks(), strict=False):
            world.dial(outside.pace(snapshot, seen))
            units.append(_unit_seconds())
    return Taken(tuple(outside.seconds[warm_up:]), tuple(units[warm_up:]))


def _unit_seconds() -> float:
    """What the unit takes: the squares of 10,000 numbers added up in Python."""
    began = perf_counter()
    sum(number * number for number in range(10_000))
    return perf_counter() - began


def report(ticks: int, seed: int) -> str:
    """A line for each day, and one for each size of team."""
    lines = []
    for name in JUDGED:
        found = judged(name, DAYS[name], seed)
        lines.append(
            f"day {name}: {found.score.dialed:,} calls, occupancy {found.score.occupancy:.4f},"
            f" judged {100.0 * found.rate:.2f} %,"
            f" {'as' if found.same else 'NOT as'} in this process,"
            f" {len(found.problems)} replies against the contract"
        )
        lines += [f"  {problem}" for problem in found.problems[:5]]
    lines.append("milliseconds: median, p99, most; and as multiples of the unit's own")
    for agents in AGENTS:
        found_seconds = taken(agents, ticks, seed)
        replies, units = _summed_up(found_seconds.replies), _summed_up(found_seconds.units)
        lines.append(
            f"{agents:5} agents: a reply {_told_ms(replies)}; the unit {_told_ms(units)};"
            f" {', '.join(f'{r / u:.1f}' for r, u in zip(replies, units, strict=True))} times"
        )
    return "\n".join(lines)


def _summed_up(seconds: Sequence[float]) -> tuple[float, float, float]:
    return median(seconds), quantile(seconds, 0.99), max(seconds)


def _told_ms(seconds: Sequence[float]) -> str:
    return ", ".join(f"{1e3 * value:.2f}" for value in seconds)
