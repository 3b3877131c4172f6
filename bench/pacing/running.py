"""Running policies over days: one day, and many of them on all cores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context

from bench.pacing.days import DAYS, Day
from bench.pacing.judge import Verdict, verdict
from bench.pacing.policies.catalogue import POLICIES
from bench.pacing.policies.policy import Policy
from bench.pacing.world import World
from dialer.laboratory.playing import Moment, Played
from dialer.laboratory.playing import play as played

__all__ = ["Job", "Moment", "Played", "all_judged", "judged", "play"]


def play(day: Day, seed: int, make: Callable[[World], Policy]) -> Played:
    """Run the day on a seed with the policy that is made for it."""
    world = World(day, seed)
    return played(world, make(world))


@dataclass(frozen=True, slots=True)
class Job:
    """A named day to be run by a named policy on one seed."""

    day: str
    policy: str
    seed: int


def judged(job: Job) -> Verdict:
    """Run the day and judge it."""
    day = DAYS[job.day]
    came_to = play(day, job.seed, POLICIES[job.policy])
    return verdict(job.day, day, job.policy, job.seed, came_to.score, came_to.idle)


def all_judged(jobs: Sequence[Job], processes: int) -> Iterator[tuple[int, Verdict]]:
    """Each job's place and verdict as they come, the longest days first."""

    def length(place: int) -> float:
        return DAYS[jobs[place].day].agents * DAYS[jobs[place].day].hours

    places = sorted(range(len(jobs)), key=length, reverse=True)
    with get_context("spawn").Pool(processes, maxtasksperchild=50) as pool:
        yield from pool.imap_unordered(_placed, [(place, jobs[place]) for place in places])


def _placed(job: tuple[int, Job]) -> tuple[int, Verdict]:
    return job[0], judged(job[1])
