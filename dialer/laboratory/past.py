"""A past day that can be played again.

Kept as they were: who of the agents was there when, each agent's conversations in their order, and
what came of each call in the order of dialing. What nobody can know is drawn on a seed: how much
longer somebody would have waited who got an agent, and every call and conversation beyond the
recorded ones, each of which is one of those.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from campaigns.events import Disposition
from dialer.laboratory.judging import quantile
from dialer.laboratory.people import CONNECT_SECONDS
from dialer.laboratory.source import Fate, Shift
from dialer.laboratory.world import World

_ENOUGH = 1_000_000
"""Calls that are there to be drawn while the list did not run dry."""

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a day came to; rates are shares, waits seconds from the classification to the agent."""

    occupancy: float
    abandonment: float
    people: int
    calls: int
    abandoned: int
    idle_minutes: float
    wait_mean: float
    wait_p95: float


@dataclass(frozen=True, slots=True)
class PastCall:
    """A call of the day: the second it was dialed at, and what came of it."""

    dialed: float
    fate: Fate


@dataclass(frozen=True, slots=True)
class PastDay:
    """A day as its events tell it. Seconds count from `start`.

    Attributes:
        start: the whole second of its first call or agent.
        seconds: until its last event.
        shifts: of each agent. talks: each agent's (talk, wrap-up) seconds in order.
        calls: in the order of dialing.
        dry: spans in which nobody was callable. halted: spans without dialing for another reason.
        figures: what really happened.
        prior_live, prior_abandoned: what the events before it put into the abandonment window.
    """

    start: datetime
    seconds: float
    shifts: tuple[Shift, ...]
    talks: tuple[tuple[tuple[float, float], ...], ...]
    calls: tuple[PastCall, ...]
    dry: tuple[Span, ...]
    halted: tuple[Span, ...]
    figures: Figures
    prior_live: int = 0
    prior_abandoned: int = 0


class Past:
    """A past day as a source; what it does not know is drawn on the seed."""

    def __init__(self, day: PastDay, seed: int) -> None:
        self._day, self._seed = day, seed
        self._all_talks = [talk for talks in day.talks for talk in talks] or [(120.0, 20.0)]

    def shift(self, agent: int) -> Shift:
        """The agent's shift, as it was."""
        return self._day.shifts[agent]

    def conversations(self, agent: int) -> _Talks:
        """The agent's conversations, as they were; then any of the day's."""
        rng = Random(f"{self._seed} talks {agent}")
        return _Talks(list(self._day.talks[agent]), self._all_talks, rng)

    def fate(self, number: int, dialed_at: float) -> Fate:
        """What came of the day's `number`-th call; beyond them, of any."""
        calls = self._day.calls
        if number <= len(calls):
            return calls[number - 1].fate
        return Random(f"{self._seed} call {number}").choice(calls).fate


class _Talks:
    def __init__(
        self, known: list[tuple[float, float]], others: Sequence[tuple[float, float]], rng: Random
    ) -> None:
        self._known, self._others, self._rng = known, others, rng

    def __getitem__(self, number: int) -> tuple[float, float]:
        while len(self._known) <= number:
            self._known.append(self._rng.choice(self._others))
        return self._known[number]


class PastContacts:
    """The day's contacts: a call that was dialed while nobody else was callable was so from then.

    If the list ran dry at any time, there are no others than the recorded ones.
    """

    finished = False

    def __init__(self, day: PastDay) -> None:
        self._halted = day.halted
        self._ready_at = sorted(
            call.dialed if any(a <= call.dialed < b for a, b in day.dry) else 0.0
            for call in day.calls
        )
        self._more = 0 if day.dry else _ENOUGH
        self._taken = 0

    def ready(self, t: float) -> int:
        """How many can be called at `t`."""
        if any(first <= t < last for first, last in self._halted):
            return 0
        return bisect_right(self._ready_at, t) + self._more - self._taken

    def take(self, t: float, number: int) -> None:
        """One fewer."""
        self._taken += 1

    def ended(self, t: float, number: int, disposition: Disposition) -> None:
        """Whether somebody was tried again, the recorded calls tell."""


def came_to(world: World) -> Figures:
    """A played day's figures, counted as the real day's."""
    score = world.score
    return made(
        busy=score.talk_seconds
        + score.wrap_seconds
        + score.machine_seconds
        + CONNECT_SECONDS * score.connected,
        idle=score.idle_seconds,
        signed_in=score.logged_in_seconds + score.break_seconds,
        live=score.connected + score.hung_up + score.abandoned,
        abandoned=score.abandoned,
        people=score.connected,
        calls=score.dialed,
        waits=[wait + CONNECT_SECONDS for wait in score.waits],
    )


def made(
    busy: float,
    idle: float,
    signed_in: float,
    live: int,
    abandoned: int,
    people: int,
    calls: int,
    waits: Sequence[float],
) -> Figures:
    """The figures from seconds and counts."""
    return Figures(
        occupancy=busy / signed_in if signed_in else 0.0,
        abandonment=abandoned / live if live else 0.0,
        people=people,
        calls=calls,
        abandoned=abandoned,
        idle_minutes=60.0 * idle / signed_in if signed_in else 0.0,
        wait_mean=math.fsum(waits) / len(waits) if waits else 0.0,
        wait_p95=quantile(waits, 0.95),
    )
