"""The chance that people outnumber agents at a node, when more calls are started now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from dialer.pacing.shortage import shortage


class Rates(Protocol):
    """What is learnt of all calls and agents together; `Learnt` has it."""

    @property
    def live_rate(self) -> float:
        """Share of dials that reach a person."""

    @property
    def live_doubt(self) -> float:
        """Squared relative uncertainty of the live calls expected."""

    @property
    def freed_doubt(self) -> float:
        """Squared relative uncertainty of the agents freed."""


@dataclass(frozen=True, slots=True)
class Node:
    """What is expected at one node: live calls and freed agents (means, sums of squares)."""

    calls_mean: float
    calls_square: float
    freed_mean: float
    freed_square: float


def chance_short(
    free: int, node: Node, share: float, new_calls: int, rates: Rates, short_by: int = 0
) -> float:
    """P(live calls >= agents free and freed + `short_by`) at a node, with `new_calls` started now.

    `free` are the agents idle now, less the calls that wait for one; `share` is how many of the
    calls started now that reach a person have done so by the node.
    """
    chance = rates.live_rate * share
    mean = node.calls_mean + new_calls * chance
    square = node.calls_square + new_calls * chance * chance
    freed = node.freed_mean
    return shortage(
        free,
        mean,
        square - mean * mean * rates.live_doubt,
        freed,
        node.freed_square - freed * freed * rates.freed_doubt,
        short_by,
    )
