"""The chance that people outnumber agents at a node, when more calls are started now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from dialer.forecast import NODES
from dialer.pacing.shortage import (
    NORMAL_FROM,
    Expected,
    Lead,
    counts,
    outnumbered_normally,
)


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
    """What is expected at one node: live calls of those in flight, and agents freed.

    `lead` is None where so much may happen that the normal law is near enough.
    """

    calls: Expected
    freed: Expected
    lead: Lead | None

    @classmethod
    def of(cls, calls: Expected, freed: Expected, freed_doubt: float) -> Node:
        """Weigh them against each other; where the normal law will do, nothing is likely."""
        doubtful = Expected(
            freed.mean, freed.square - freed.mean * freed.mean * freed_doubt, freed.likely
        )
        if calls.variance + doubtful.variance > NORMAL_FROM:
            return cls(_merged(calls), _merged(freed), None)
        return cls(calls, freed, Lead.of(doubtful, calls.likely))


def _merged(expected: Expected) -> Expected:
    """The same number of events, none of them told apart."""
    squares = sum(p * p for p in expected.likely)
    return Expected(expected.total, expected.square + squares)


def chance_short(
    free: int, node: Node, share: float, new_calls: int, rates: Rates, short_by: int = 0
) -> float:
    """P(live calls >= agents free and freed + `short_by`) at a node, with `new_calls` started now.

    `free` are the agents idle now, less the calls that wait for one; `share` is how many of the
    calls started now that reach a person have done so by the node.
    """
    chance = rates.live_rate * share
    mean = node.calls.mean + new_calls * chance
    square = node.calls.square + new_calls * chance * chance - mean * mean * rates.live_doubt
    need = free + short_by
    if node.lead is not None:
        return node.lead.outnumbered(counts(mean, square), need)
    freed = node.freed
    variance = mean - square + freed.variance + freed.mean * freed.mean * rates.freed_doubt
    return outnumbered_normally(need, mean - freed.mean, variance)


def chance_nobody(free: int, nodes: Sequence[Node], new_calls: int, rates: Rates) -> float:
    """P(a person who answers finds nobody), with `new_calls` more calls in flight.

    Nobody knows when that person will answer: the nodes stand for equal parts of the calls.
    """
    chances = [
        chance_short(free, node, share, new_calls, rates)
        for node, share in zip(nodes, NODES, strict=True)
    ]
    return sum(chances) / len(chances)


def chance_of_loss(
    free: int, nodes: Sequence[Node], new_calls: int, rates: Rates, short_by: int
) -> float:
    """P(`short_by` people or more find nobody), at the node where it is largest."""
    return max(
        chance_short(free, node, share, new_calls, rates, short_by)
        for node, share in zip(nodes, NODES, strict=True)
    )
