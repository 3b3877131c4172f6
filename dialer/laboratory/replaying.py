"""A past day played again: as it was set, and as it might have been."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dialer.laboratory.day import Day, steady
from dialer.laboratory.past import Figures, Past, PastContacts, PastDay, came_to
from dialer.laboratory.playing import Policy
from dialer.laboratory.world import World

_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Lines:
    """Calls at once and calls a second, at most; None for no limit."""

    calls: int | None = None
    a_second: float | None = None


def replay(
    day: PastDay, policy: Policy, lines: Lines, seed: int, progress: Callable[[float], None]
) -> Figures:
    """What the day comes to with this policy; `progress` is told shares from 0.0 to 1.0."""
    world = World(
        Day(
            agents=len(day.shifts),
            people=steady(0.0),
            hours=day.seconds / 3600.0,
            lines=lines.calls,
            calls_per_second=lines.a_second,
            prior_live=day.prior_live,
            prior_abandoned=day.prior_abandoned,
        ),
        Past(day, seed),
        PastContacts(day),
    )
    for snapshot, seen in world.ticks(skipping=True):
        world.dial(min(snapshot.max_calls, policy.pace(snapshot, seen)))
        if snapshot.t % _MINUTE == 0.0:
            progress(snapshot.t / day.seconds)
    progress(1.0)
    return came_to(world)
