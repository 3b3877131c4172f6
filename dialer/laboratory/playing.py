"""Playing a day: a policy answers each second, and what came of it is counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from dialer.forecast import Decided, Observation
from dialer.laboratory.floor import Score
from dialer.laboratory.world import World
from dialer.pacing import PacingSettings, Snapshot, decide, learnt_for

COURSE_SECONDS = 300


class Policy(Protocol):
    """Says at each tick how many calls to start; keeps what it learns.

    `bound` is what held the last answer back, in a word, if the policy says so.
    """

    bound: str

    def pace(self, snapshot: Snapshot, seen: Sequence[Observation]) -> int:
        """How many calls to start now; `seen` is what has happened since the last tick."""
        ...


class Ours:
    """The project's own decision, exactly as the service makes it."""

    def __init__(self, settings: PacingSettings) -> None:
        self.bound = ""
        self.inputs: Mapping[str, float] = {}
        self._settings = settings
        self._learnt = learnt_for(settings)

    def pace(self, snapshot: Snapshot, seen: Sequence[Observation]) -> int:
        """Fold what was seen, and decide."""
        for one in seen:
            self._learnt.observe(one)
        decision = decide(snapshot, self._settings, self._learnt)
        self._learnt.observe(Decided(snapshot.t, decision.calls, decision.risk))
        self.bound, self.inputs = decision.bound, decision.inputs
        return decision.calls


@dataclass(frozen=True, slots=True)
class Moment:
    """Five minutes: the agents' idle share, the share of people, the abandonment so far."""

    hour: float
    idle: float
    people: float
    rate: float


@dataclass(slots=True)
class Played:
    """A day that was run: its score, idle seconds by what bound the dialing, and its course."""

    score: Score
    idle: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    course: list[Moment] = field(default_factory=list)


def play(world: World, policy: Policy, skipping: bool = False) -> Played:
    """Play the day: the policy answers each second, within what lines and the list permit.

    `skipping` is that of `World.ticks`.
    """
    played = Played(world.score)
    idle = staffed = 0
    for snapshot, seen in world.ticks(skipping):
        world.dial(min(snapshot.max_calls, policy.pace(snapshot, seen)))
        played.idle[policy.bound] += world.idle
        idle += world.idle
        staffed += len(snapshot.agents)
        if snapshot.t and snapshot.t % COURSE_SECONDS == 0:
            rate = world.score.abandoned / max(1, world.score.people)
            share = idle / max(1, staffed)
            played.course.append(
                Moment(snapshot.t / 3600.0, share, world.day.people(snapshot.t), rate)
            )
            idle = staffed = 0
    return played
