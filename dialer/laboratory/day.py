"""One campaign day as data: what is true of it, and what is set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from dialer.pacing import GraceFrom, PacingSettings

Rate = Callable[[float], float]
"""A share as a function of the second of the day."""


@dataclass(frozen=True, slots=True)
class Away:
    """Between two seconds of the day so large a share of the agents leave for so many seconds."""

    first: float
    last: float
    share: float
    seconds: float


@dataclass(frozen=True, slots=True)
class WrapBurst:
    """Wrap-ups that begin between two seconds of the day take so many times as long."""

    first: float
    last: float
    factor: float


@dataclass(frozen=True, slots=True)
class Inbound:
    """Calls that arrive at random for the same agents, so many an hour; nobody hangs up waiting.

    `reserve` is how many idle agents the campaign leaves to them.
    """

    per_hour: float
    talk: tuple[float, float] = (120.0, 0.9)
    wrap: tuple[float, float] = (20.0, 0.6)
    reserve: int = 0


@dataclass(frozen=True, slots=True)
class Day:
    """One campaign day. Shares are of dials; durations are seconds; pairs are (mean, cv).

    Attributes:
        agents: places, all of them taken from the start but for `late`.
        people: share of dials that a person answers.
        machines: share of dials that a machine answers.
        uk: judged by Ofcom's rule, else by the FTC's.
        detection: whether machines are told from people.
        missed_machines: share of the machines taken for people.
        lost_people: share of the people taken for machines; the policy is told it.
        breaks: breaks an agent takes in the day, each of `break_seconds`.
        away: times at which many leave at once.
        log_offs: times a day that an agent logs off and comes back 2 to 20 minutes later.
        late: share of the agents that come within the first two hours instead of at once.
        wrap_bursts: times at which wrap-up takes longer.
        lines: calls and conversations at once, or no limit.
        calls_per_second: dials a second, or no limit.
        contacts: length of the list.
        prior_live, prior_abandoned: what the window held before this day.
        inbound: calls that the agents take besides, if any.
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
    away: tuple[Away, ...] = ()
    log_offs: int = 0
    late: float = 0.0
    wrap_bursts: tuple[WrapBurst, ...] = ()
    lines: int | None = None
    calls_per_second: float | None = None
    contacts: int = 1_000_000
    talk: tuple[float, float] = (120.0, 0.9)
    wrap: tuple[float, float] = (20.0, 0.6)
    prior_live: int = 0
    prior_abandoned: int = 0
    inbound: Inbound | None = None

    @property
    def close_at(self) -> float:
        """The second at which dialing ends."""
        return self.hours * 3600.0

    @property
    def settings(self) -> PacingSettings:
        """What a campaign on this day would be set to."""
        return PacingSettings(
            close_at=self.close_at,
            detection=self.detection,
            grace_from=GraceFrom.GREETING_START if self.uk else GraceFrom.GREETING_END,
            false_positive_rate=self.lost_people,
            inbound_reserve=self.inbound.reserve if self.inbound else 0,
        )

    def wrap_factor(self, t: float) -> float:
        """How many times as long a wrap-up takes that begins at `t`."""
        return next((b.factor for b in self.wrap_bursts if b.first <= t < b.last), 1.0)


def steady(rate: float) -> Rate:
    """The same share all day."""
    return lambda _: rate


def through(*points: tuple[float, float]) -> Rate:
    """Straight lines between (hour, share) points; a jump is two points of one hour."""

    def rate(t: float) -> float:
        hour = t / 3600.0
        for (h0, r0), (h1, r1) in pairwise(points):
            if h0 <= hour < h1:
                return r0 + (r1 - r0) * (hour - h0) / (h1 - h0)
        return points[-1][1]

    return rate
