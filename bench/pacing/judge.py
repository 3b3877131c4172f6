"""What a day, and several, came to: the judge's figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from bench.pacing.days import Day
from bench.pacing.world import Score
from dialer.laboratory.judging import judged_rate, quantile

__all__ = [
    "LIMIT_RATE",
    "SIZES",
    "Row",
    "Verdict",
    "judged_rate",
    "quantile",
    "row",
    "rows",
    "size_of",
    "verdict",
]

LIMIT_RATE = 0.03

SIZES = ((5, "3-5"), (15, "10"), (100, "25-50"), (math.inf, "200-1,000"))
"""Size classes of teams, each by its largest team."""


def size_of(agents: int) -> str:
    """The size class of a team."""
    return next(name for most, name in SIZES if agents <= most)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One day of one policy.

    Attributes:
        occupancy: talk and wrap-up with people, over time logged in.
        talk_minutes: talk with people per agent hour.
        rate: the judged abandonment.
        wait_mean, wait_p95: seconds from live to an agent, of those connected.
        idle: share of the time logged in that agents were idle, by what bound the dialing.
        machines: share of the time logged in that went to machines.
        inbound: share that went to inbound calls. caller_wait: their mean seconds to an agent.
    """

    day: str
    policy: str
    seed: int
    agents: int
    occupancy: float
    talk_minutes: float
    rate: float
    wait_mean: float
    wait_p95: float
    machines: float = 0.0
    inbound: float = 0.0
    caller_wait: float = 0.0
    idle: Mapping[str, float] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Whether the day is over the limit."""
        return self.rate > LIMIT_RATE


def verdict(
    name: str, day: Day, policy: str, seed: int, score: Score, idle: Mapping[str, float]
) -> Verdict:
    """Judge one day; `idle` are idle seconds by what bound the dialing."""
    whole = score.logged_in_seconds or 1.0
    return Verdict(
        day=name,
        policy=policy,
        seed=seed,
        agents=day.agents,
        occupancy=score.occupancy,
        talk_minutes=60.0 * score.talk_seconds / whole,
        rate=judged_rate(day, score),
        wait_mean=fmean(score.waits) if score.waits else 0.0,
        wait_p95=quantile(score.waits, 0.95),
        machines=score.machine_seconds / whole,
        inbound=score.inbound_seconds / whole,
        caller_wait=fmean(score.caller_waits) if score.caller_waits else 0.0,
        idle={bound: seconds / whole for bound, seconds in idle.items()},
    )


@dataclass(frozen=True, slots=True)
class Row:
    """Several days of one policy, each counting alike; rates are the mean and the worst."""

    group: str
    policy: str
    days: int
    occupancy: float
    talk_minutes: float
    rate_mean: float
    rate_worst: float
    over: float
    wait_mean: float
    wait_p95: float
    machines: float
    inbound: float
    caller_wait: float
    idle: Mapping[str, float]


def row(group: str, policy: str, verdicts: Sequence[Verdict]) -> Row:
    """Sum up."""
    bounds = sorted({bound for v in verdicts for bound in v.idle})
    return Row(
        group=group,
        policy=policy,
        days=len(verdicts),
        occupancy=fmean(v.occupancy for v in verdicts),
        talk_minutes=fmean(v.talk_minutes for v in verdicts),
        rate_mean=fmean(v.rate for v in verdicts),
        rate_worst=max(v.rate for v in verdicts),
        over=fmean(v.over for v in verdicts),
        wait_mean=fmean(v.wait_mean for v in verdicts),
        wait_p95=fmean(v.wait_p95 for v in verdicts),
        machines=fmean(v.machines for v in verdicts),
        inbound=fmean(v.inbound for v in verdicts),
        caller_wait=fmean(v.caller_wait for v in verdicts),
        idle={b: fmean(v.idle.get(b, 0.0) for v in verdicts) for b in bounds},
    )


def rows(verdicts: Sequence[Verdict], group: Callable[[Verdict], str]) -> list[Row]:
    """A row for each group and policy, in the order in which they first appear."""
    groups: dict[tuple[str, str], list[Verdict]] = {}
    for one in verdicts:
        groups.setdefault((group(one), one.policy), []).append(one)
    order = {name: None for name, _ in groups}
    return [row(g, p, of) for name in order for (g, p), of in groups.items() if g == name]
