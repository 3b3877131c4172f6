"""The simulated day, which the product shares (`dialer/laboratory/world.py`), on a seed."""

from __future__ import annotations

from dialer.laboratory.day import Day
from dialer.laboratory.floor import Agent, Call, Score
from dialer.laboratory.people import People, callers_of
from dialer.laboratory.world import NO_LIMIT
from dialer.laboratory.world import World as SimulatedDay

__all__ = ["NO_LIMIT", "Agent", "Call", "Score", "World"]


class World(SimulatedDay):
    """A day whose people and agents are drawn by the model."""

    def __init__(self, day: Day, seed: int) -> None:
        super().__init__(day, People(day, seed), callers=callers_of(day, seed))
