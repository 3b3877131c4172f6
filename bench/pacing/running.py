"""Running policies over days: one day, and many of them on all cores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context

from bench.pacing.days import DAYS, Day
from bench.pacing.judge import Verdict, verdict
from bench.pacing.policies.catalogue import POLICIES
from bench.pacing.policies.policy import Policy
from bench.pacing.world import Score, World

COURSE_SECONDS = 300


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


def play(day: Day, seed: int, make: Callable[[World], Policy]) -> Played:
    """Run the day: the policy answers each second, within what lines and the list permit."""
    world = World(day, seed)
    policy = make(world)
    played = Played(world.score)
    idle = staffed = 0
    for snapshot, seen in world.ticks():
        world.dial(min(snapshot.max_calls, policy.pace(snapshot, seen)))
        played.idle[policy.bound] += world.idle
        idle += world.idle
        staffed += len(snapshot.agents)
        if snapshot.t and snapshot.t % COURSE_SECONDS == 0:
            rate = world.score.abandoned / max(1, world.score.people)
            share = idle / max(1, staffed)
            played.course.append(Moment(snapshot.t / 3600.0, share, day.people(snapshot.t), rate))
            idle = staffed = 0
    return played


@dataclass(frozen=True, slots=True)
class Job:
    """A named day to be run by a named policy on one seed."""

    day: str
    policy: str
    seed: int


def judged(job: Job) -> Verdict:
    """Run the day and judge it."""
    day = DAYS[job.day]
    played = play(day, job.seed, POLICIES[job.policy])
    return verdict(job.day, day, job.policy, job.seed, played.score, played.idle)


def all_judged(jobs: Sequence[Job], processes: int) -> Iterator[tuple[int, Verdict]]:
    """Each job's place and verdict as they come, the longest days first."""

    def length(place: int) -> float:
        return DAYS[jobs[place].day].agents * DAYS[jobs[place].day].hours

    places = sorted(range(len(jobs)), key=length, reverse=True)
    with get_context("spawn").Pool(processes, maxtasksperchild=50) as pool:
        yield from pool.imap_unordered(_placed, [(place, jobs[place]) for place in places])


def _placed(job: tuple[int, Job]) -> tuple[int, Verdict]:
    return job[0], judged(job[1])
