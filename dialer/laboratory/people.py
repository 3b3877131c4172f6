"""Whom each call meets and how each agent works: common random numbers.

Every draw is keyed by the seed and by what it is (the n-th call, an agent's n-th contact), never by
when or by whom it is asked for. Two policies on one seed therefore dial the same people in the same
order, and their agents' n-th conversations last as long: a difference between them is theirs.
"""

from __future__ import annotations

import math
from random import Random

from dialer.forecast import AgentState, CallOutcome
from dialer.laboratory.day import Day
from dialer.laboratory.source import Absence, Caller, Fate, Shift

CONNECT_SECONDS, GRACE_SECONDS, RING_MOST = 0.2, 2.0, 25.0
BUSY, INVALID = 0.05, 0.05

_DETECTION_LAG = 0.7
"""What an unnoticed machine's grace is counted from: so long before detection decided."""


def lognormal(rng: Random, mean: float, cv: float) -> float:
    """One draw of a lognormal law."""
    variance = math.log(1.0 + cv * cv)
    return rng.lognormvariate(math.log(mean) - variance / 2.0, math.sqrt(variance))


def fate_of(day: Day, seed: int, number: int, dialed_at: float) -> Fate:
    """What comes of the day's `number`-th call; of its time only the answer rate depends.

    Everything is drawn whether it is needed or not, so that a call that is dialed a little later
    differs in nothing but, perhaps, in who answers.
    """
    rng = Random(f"{seed} call {number}")
    draw = rng.random
    rings, who, mistake = lognormal(rng, 2.0, 0.4), draw(), draw()
    at_once, soon, late = draw(), 0.5 * draw(), rng.gauss(19.0, 1.5)
    greeting = 0.2 + 1.2 * draw()
    speaks, thinks = lognormal(rng, 1.1, 0.5), 0.5 + 0.4 * draw()
    patience, machine_talk = rng.weibullvariate(4.5, 2.0), 4.0 + 4.0 * draw()
    if who < BUSY + INVALID:
        outcome = CallOutcome.BUSY if who < BUSY else CallOutcome.INVALID
        return Fate(rings, math.inf, rings, outcome)
    people = day.people(dialed_at)
    person = who < BUSY + INVALID + people
    if not person and who >= BUSY + INVALID + people + day.machines:
        return Fate(rings, math.inf, rings + RING_MOST, CallOutcome.NO_ANSWER)
    ring = soon if at_once < 0.25 else min(24.9, late)
    while person:
        ring = 2.0 + rng.gammavariate(2.5, 11.0 / 2.5)
        if ring <= RING_MOST:
            break
    answered = rings + ring
    greeting_start = answered + greeting
    greeting_end = greeting_start + (speaks if person else 10.0)
    decided = min(greeting_end + thinks, answered + 3.0) if day.detection else answered
    wrong = mistake < (day.lost_people if person else day.missed_machines)
    if day.detection and person is wrong:
        return Fate(rings, answered, decided, CallOutcome.MACHINE, person)
    heard = greeting_start if day.uk else greeting_end
    if not person:  # nobody knows that it is one: the grace runs from what was heard
        heard = decided - _DETECTION_LAG if day.detection else greeting_start
    due = max(decided, heard + GRACE_SECONDS - CONNECT_SECONDS)
    leaves = max(decided, greeting_end + patience) if person else math.inf
    return Fate(rings, answered, decided, None, person, due, leaves, machine_talk)


def shift_of(day: Day, seed: int, agent: int) -> Shift:
    """The agent's shift."""
    rng = Random(f"{seed} shift {agent}")
    begins = rng.uniform(0.0, 7200.0) if rng.random() < day.late else 0.0
    absences = []
    for k in range(day.breaks):
        at = day.close_at * (k + 0.5 + rng.random()) / (day.breaks + 1.0)
        absences.append(Absence(at, rng.uniform(*day.break_seconds), AgentState.BREAK))
    for away in day.away:
        if rng.random() < away.share:
            at = rng.uniform(away.first, away.last)
            absences.append(Absence(at, away.seconds, AgentState.BREAK))
    for _ in range(day.log_offs):
        at = rng.uniform(0.0, day.close_at)
        absences.append(Absence(at, rng.uniform(120.0, 1200.0), AgentState.OUT))
    return Shift(begins, tuple(a for a in absences if a.at > begins))


def callers_of(day: Day, seed: int) -> tuple[Caller, ...]:
    """The inbound calls that arrive before the close, in order."""
    if day.inbound is None:
        return ()
    rng = Random(f"{seed} inbound")
    callers: list[Caller] = []
    at = rng.expovariate(day.inbound.per_hour / 3600.0)
    while at < day.close_at:
        talk, wrap = lognormal(rng, *day.inbound.talk), lognormal(rng, *day.inbound.wrap)
        callers.append(Caller(at, talk, wrap))
        at += rng.expovariate(day.inbound.per_hour / 3600.0)
    return tuple(callers)


class Contacts:
    """An agent's conversations in their order: (talk, wrap-up) seconds of the n-th."""

    def __init__(self, day: Day, seed: int, agent: int) -> None:
        self._day = day
        self._rng = Random(f"{seed} contacts {agent}")
        self._pace = max(0.5, self._rng.gauss(1.0, 0.15))
        self._drawn: list[tuple[float, float]] = []

    def __getitem__(self, number: int) -> tuple[float, float]:
        """The `number`-th, from nought."""
        while len(self._drawn) <= number:
            talk, wrap = (
                lognormal(self._rng, *self._day.talk),
                lognormal(self._rng, *self._day.wrap),
            )
            self._drawn.append((talk * self._pace, wrap * self._pace))
        return self._drawn[number]


class People:
    """A day's model as a source of it."""

    def __init__(self, day: Day, seed: int) -> None:
        self._day, self._seed = day, seed

    def shift(self, agent: int) -> Shift:
        """The agent's shift."""
        return shift_of(self._day, self._seed, agent)

    def conversations(self, agent: int) -> Contacts:
        """The agent's conversations."""
        return Contacts(self._day, self._seed, agent)

    def fate(self, number: int, dialed_at: float) -> Fate:
        """What comes of the call."""
        return fate_of(self._day, self._seed, number, dialed_at)
