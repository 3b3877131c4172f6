"""What is expected of the people called and of the agents: priors, and what was seen since.

The priors are those of the pacing scenarios' model day (`people.py`). What was seen takes their
place by degrees: a share counts as its prior does until `SHARE_WORTH` calls were seen, and seconds
are drawn from those seen once there are `ENOUGH_SEEN`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from dialer.forecast import AgentState, CallOutcome
from dialer.laboratory.people import lognormal
from dialer.laboratory.source import Absence, Fate, Shift
from dialer.pacing import GraceFrom, PacingSettings

SHARE_WORTH = 100.0
"""Calls that the prior of a share is worth."""

HOUR_WORTH = 150.0
"""Calls that the whole day's share is worth where one hour's is asked for."""

ENOUGH_SEEN = 40
"""Seconds are drawn from those seen once there are so many of them."""

DETECTION_LAG = 0.7
"""What an unnoticed machine's grace is counted from: so long before detection decided."""


@dataclass(frozen=True, slots=True)
class Seconds:
    """How long something takes: as often as each of `seen`, or a lognormal law without any.

    Attributes:
        mean, variation: of the law, variation being the standard deviation over the mean.
        seen: what was seen, in the order in which it was.
    """

    mean: float
    variation: float
    seen: tuple[float, ...] = ()

    def drawn(self, rng: Random) -> float:
        """One of them."""
        place, law = rng.random(), lognormal(rng, self.mean, self.variation)
        return self.seen[int(place * len(self.seen))] if self.seen else law

    def learnt(self, seen: Sequence[float]) -> Seconds:
        """These from now on, if there are enough of them."""
        if len(seen) < ENOUGH_SEEN:
            return self
        mean = math.fsum(seen) / len(seen)
        return Seconds(mean, self.variation, tuple(seen))

    def times(self, factor: float) -> Seconds:
        """All of them so many times as long."""
        return Seconds(self.mean * factor, self.variation, tuple(s * factor for s in self.seen))


@dataclass(frozen=True, slots=True)
class Habits:
    """What is expected. Shares are of dials; `missed` of the machines.

    Attributes:
        people: share of dials that a person answers.
        people_by_hour: the same by the hour of the day on the forecast's clock, where known.
        machines: share that a machine answers. busy, invalid: shares that end so.
        missed: share of the machines that detection takes for people.
        rings, answer: seconds until it rings, and from then until a person answers.
        talk, wrap: seconds of a conversation, and of the wrap-up after it.
        calls: how many calls these were learnt from.
    """

    people: float = 0.25
    people_by_hour: Mapping[int, float] = field(default_factory=dict)
    machines: float = 0.25
    busy: float = 0.05
    invalid: float = 0.05
    missed: float = 0.03
    rings: Seconds = Seconds(2.0, 0.4)
    answer: Seconds = Seconds(13.0, 0.5)
    talk: Seconds = Seconds(120.0, 0.9)
    wrap: Seconds = Seconds(20.0, 0.6)
    calls: int = 0

    def brief(self) -> Habits:
        """Their shares and means, without the seconds that were seen one by one."""
        rings, answer, talk, wrap = (
            replace(one, seen=()) for one in (self.rings, self.answer, self.talk, self.wrap)
        )
        return replace(self, rings=rings, answer=answer, talk=talk, wrap=wrap)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a campaign's calls and agents have done so far.

    Attributes:
        calls: those that ended. people, machines, busy, invalid: those that came to it.
        missed: machines that an agent found.
        by_hour: (calls, people) by the hour of the day.
        rings, answer, talk, wrap: seconds of each that was seen.
    """

    calls: int = 0
    people: int = 0
    machines: int = 0
    busy: int = 0
    invalid: int = 0
    missed: int = 0
    by_hour: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    rings: Sequence[float] = ()
    answer: Sequence[float] = ()
    talk: Sequence[float] = ()
    wrap: Sequence[float] = ()


def learnt(seen: Seen, prior: Habits = Habits()) -> Habits:
    """The prior with what was seen."""

    def share(count: int, before: float, of: int = seen.calls, worth: float = SHARE_WORTH) -> float:
        return (count + before * worth) / (of + worth)

    people = share(seen.people, prior.people)
    return Habits(
        people=people,
        people_by_hour={
            hour: share(answered, people, calls, HOUR_WORTH)
            for hour, (calls, answered) in sorted(seen.by_hour.items())
        },
        machines=share(seen.machines, prior.machines),
        busy=share(seen.busy, prior.busy),
        invalid=share(seen.invalid, prior.invalid),
        missed=share(seen.missed, prior.missed, seen.machines),
        rings=prior.rings.learnt(seen.rings),
        answer=prior.answer.learnt(seen.answer),
        talk=prior.talk.learnt(seen.talk),
        wrap=prior.wrap.learnt(seen.wrap),
        calls=seen.calls,
    )


@dataclass(frozen=True, slots=True)
class Roster:
    """When the agents are there: seconds of each stretch of work, `breaks` in eight hours."""

    stretches: tuple[tuple[float, float], ...]
    breaks: float = 3.0
    break_seconds: tuple[float, float] = (300.0, 900.0)

    def shift(self, rng: Random) -> Shift:
        """One agent's."""
        begins = self.stretches[0][0] + rng.uniform(0.0, 10.0)
        absences: list[Absence] = []
        for number, (first, last) in enumerate(self.stretches):
            absences += self._breaks(rng, first, last)
            later = self.stretches[number + 1 :]
            away = later[0][0] - last if later else math.inf
            absences.append(Absence(last, away, AgentState.OUT))
        return Shift(begins, tuple(absences))

    def _breaks(self, rng: Random, first: float, last: float) -> list[Absence]:
        length = last - first
        found = []
        for _ in range(math.floor(self.breaks * min(length, 28_800.0) / 28_800.0 + 0.5)):
            at = rng.uniform(min(first + 600.0, last), last)
            seconds = rng.uniform(*self.break_seconds)
            if at + seconds < last:  # else the agent goes home instead
                found.append(Absence(at, seconds, AgentState.BREAK))
        return found

    def at_work(self, t: float) -> bool:
        """Whether the agents are there."""
        return any(first <= t < last for first, last in self.stretches)


class Expected:
    """The habits as a source of a day, on a seed."""

    def __init__(
        self,
        habits: Habits,
        roster: Roster,
        settings: PacingSettings,
        seed: int | str,
        hour_at_start: float = 0.0,
    ) -> None:
        """`hour_at_start`: the hour of the day at second 0, such as 9.5 for half past nine."""
        self._habits, self._roster, self._settings = habits, roster, settings
        self._seed = seed
        self._hour_at_start = hour_at_start

    def shift(self, agent: int) -> Shift:
        """The agent's shift."""
        return self._roster.shift(Random(f"{self._seed} shift {agent}"))

    def conversations(self, agent: int) -> Talks:
        """The agent's conversations."""
        return Talks(self._habits, Random(f"{self._seed} talks {agent}"))

    def people_rate(self, t: float) -> float:
        """The share of the dials at `t` that a person answers."""
        hour = int(self._hour_at_start + t / 3600.0) % 24
        return self._habits.people_by_hour.get(hour, self._habits.people)

    def fate(self, number: int, dialed_at: float) -> Fate:
        """What comes of the call; everything is drawn, needed or not, as in `people.fate_of`."""
        rng = Random(f"{self._seed} call {number}")
        draw, habits = rng.random, self._habits
        rings, who, missed = habits.rings.drawn(rng), draw(), draw() < habits.missed
        at_once, soon, late = draw(), 0.5 + draw(), max(2.0, rng.gauss(19.0, 1.5))
        answer = habits.answer.drawn(rng)
        greeting, speaks, thinks = 0.2 + 1.2 * draw(), lognormal(rng, 1.1, 0.5), 0.5 + 0.4 * draw()
        patience, machine_talk = rng.weibullvariate(4.5, 2.0), 4.0 + 4.0 * draw()
        if who < habits.busy + habits.invalid:
            outcome = CallOutcome.BUSY if who < habits.busy else CallOutcome.INVALID
            return Fate(rings, math.inf, rings, outcome)
        who -= habits.busy + habits.invalid
        # The rest is divided anew, so that no share of people leaves less than nothing.
        people = min(self.people_rate(dialed_at), 1.0 - habits.busy - habits.invalid)
        person = who < people
        machine = not person and who < people + habits.machines
        ring = answer if person else soon if at_once < 0.25 else late
        if not (person or machine) or ring >= self._settings.max_ring_seconds:
            rung_out = rings + self._settings.max_ring_seconds
            return Fate(rings, math.inf, rung_out, CallOutcome.NO_ANSWER)
        heard = Heard(rings + ring, greeting, speaks if person else 10.0, thinks)
        return answered(heard, rings, person, missed, self._settings, patience, machine_talk)


class Talks:
    """An agent's conversations in their order, drawn: (talk, wrap-up) seconds of the n-th."""

    def __init__(self, habits: Habits, rng: Random) -> None:
        self._habits, self._rng = habits, rng
        self._drawn: list[tuple[float, float]] = []

    def __getitem__(self, number: int) -> tuple[float, float]:
        """The `number`-th, from nought."""
        while len(self._drawn) <= number:
            rng = self._rng
            self._drawn.append((self._habits.talk.drawn(rng), self._habits.wrap.drawn(rng)))
        return self._drawn[number]


@dataclass(frozen=True, slots=True)
class Heard:
    """What is heard on an answered call: seconds since the dial of the answer, then how long."""

    answered: float
    silence: float
    greeting: float
    detection: float


def answered(
    heard: Heard,
    rings: float,
    person: bool,
    missed: bool,
    settings: PacingSettings,
    patience: float,
    machine_talk: float,
) -> Fate:
    """The fate of a call that somebody or something answers, under the campaign's settings.

    `missed`: a machine that detection takes for a person. Detection says nothing before it has
    heard the greeting, and no later than 3 s after the answer.
    """
    begins = heard.answered + heard.silence
    ends = begins + heard.greeting
    decided = heard.answered
    if settings.detection:
        decided = min(ends + heard.detection, heard.answered + 3.0)
        if not person and not missed:
            return Fate(rings, heard.answered, decided, CallOutcome.MACHINE)
    if person and ends + patience < decided + settings.connect_seconds:
        leaves = ends + patience
        return Fate(rings, heard.answered, leaves, CallOutcome.NO_ANSWER, left=True)
    if settings.grace_from is GraceFrom.CONNECTED:
        grace = heard.answered
    elif person:
        grace = ends if settings.grace_from is GraceFrom.GREETING_END else begins
    else:  # nobody knows that it is one: the grace runs from what was heard
        grace = decided - DETECTION_LAG if settings.detection else begins
    due = max(decided, grace + settings.grace_seconds - settings.connect_seconds)
    leaves = ends + patience if person else math.inf
    return Fate(rings, heard.answered, decided, None, person, due, leaves, machine_talk)
