"""What one decision costs at 10, 100 and 1,000 agents.

The three sizes are run side by side, tick by tick, over the same minutes of a simulated day, so
that whatever else the machine does falls on all of them. Only the decision is timed: folding what
was seen, and deciding; and beside it what it takes to keep the decision for its explanation.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from time import process_time_ns

from bench.pacing.days import Day, steady
from bench.pacing.judge import quantile
from bench.pacing.policies.ours import Ours
from bench.pacing.world import World
from dialer.pacing.figures import kept

AGENTS = (10, 100, 1000)
WARM_UP_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds of each tick, the means of what the ticks saw, and what keeping each took."""

    agents: int
    seconds: tuple[float, ...]
    calls: float
    events: float
    kept_seconds: tuple[float, ...]
    kept_bytes: tuple[int, ...]

    @property
    def median(self) -> float:
        """Half of the ticks took at most so long."""
        return median(self.seconds)


def costs(
    ticks: int, seed: int, sizes: Sequence[int] = AGENTS, warm_up: int = WARM_UP_SECONDS
) -> list[Cost]:
    """Run all sizes for so many ticks after the warm-up."""
    runs = [_Run(size, warm_up + ticks, seed) for size in sizes]
    for tick in range(warm_up + ticks):
        if tick == warm_up:
            gc.collect()
        for run in runs:
            run.step(timed=tick >= warm_up)
    return [run.cost() for run in runs]


class _Run:
    """One size's day, a tick at a time."""

    def __init__(self, agents: int, seconds: int, seed: int) -> None:
        self._world = World(Day(agents, steady(0.22), hours=seconds / 3600.0 + 0.1, breaks=0), seed)
        self._policy = Ours(self._world.day.settings)
        self._ticks = self._world.ticks()
        self._seconds: list[float] = []
        self._calls = self._events = 0
        self._kept_seconds: list[float] = []
        self._kept_bytes: list[int] = []

    def step(self, timed: bool) -> None:
        """One tick."""
        snapshot, seen = next(self._ticks)
        began = process_time_ns()
        calls = self._policy.pace(snapshot, seen)
        took = (process_time_ns() - began) / 1e9
        self._world.dial(min(calls, snapshot.max_calls))
        if timed:
            self._seconds.append(took)
            self._calls += len(snapshot.calls)
            self._events += len(seen)
            self._keep()

    def _keep(self) -> None:
        """What the decision log adds to the tick: the rounded figures, as compact JSON."""
        began = process_time_ns()
        text = json.dumps(kept(self._policy.inputs), separators=(",", ":"))
        self._kept_seconds.append((process_time_ns() - began) / 1e9)
        self._kept_bytes.append(len(text))

    def cost(self) -> Cost:
        """What the timed ticks came to."""
        ticks = len(self._seconds)
        agents = self._world.day.agents
        return Cost(
            agents,
            tuple(self._seconds),
            self._calls / ticks,
            self._events / ticks,
            tuple(self._kept_seconds),
            tuple(self._kept_bytes),
        )


def report(found: Sequence[Cost]) -> str:
    """A line for each size, and how the median grows with the agents."""
    lines = [
        f"{cost.agents:5} agents, {cost.calls:6.1f} calls in flight, {cost.events:5.1f} events:"
        f" least {1e3 * min(cost.seconds):6.3f} ms, median {1e3 * cost.median:6.3f} ms,"
        f" p99 {1e3 * quantile(cost.seconds, 0.99):6.3f} ms, most {1e3 * max(cost.seconds):6.3f} ms"
        for cost in found
    ]
    lines += [
        f"{cost.agents:5} agents: a decision is kept in {median(cost.kept_bytes):.0f} bytes, most"
        f" {max(cost.kept_bytes)}, made in {1e3 * median(cost.kept_seconds):.3f} ms (median)"
        for cost in found
    ]
    for small, large in pairwise(found):
        times = large.agents / small.agents
        growth = large.median / small.median
        lines.append(
            f"{small.agents} to {large.agents} agents: {growth:.1f} times the CPU for {times:.0f}"
            f" times the agents, {growth / times:.2f} an agent"
        )
    return "\n".join(lines)
