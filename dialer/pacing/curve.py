"""What each number of new calls would have risked, made again from what is kept of a tick.

The chances come from the functions that decided, and from nothing but the kept figures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

from dialer.forecast import NODES
from dialer.pacing.chances import Node, chance_nobody, chance_of_loss
from dialer.pacing.figures import VERSION, expected
from dialer.pacing.shortage import Expected

MEDIAN = len(NODES) // 2
"""The node by which half of the calls started now that reach a person have done so."""

CURVE_LEAST, CURVE_MOST = 8, 400
"""A curve has so many calls at the least, and at the most beyond those that were decided."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What was expected so many seconds ahead, each with its standard deviation."""

    seconds: float
    calls: float
    calls_spread: float
    freed: float
    freed_spread: float


@dataclass(frozen=True, slots=True)
class Curve:
    """What each number of new calls would have risked.

    Attributes:
        nobody: nobody[i] is the chance that a person who answers call i + 1 finds nobody.
        threshold: the most that was accepted of it; None where none was set, as one to one.
        loss: loss[i] is the chance that i + 1 calls cost more abandoned calls at once than can be
            borne; at most GUARD is accepted of it.
        calls: how many were decided.
    """

    nobody: tuple[float, ...]
    threshold: float | None
    loss: tuple[float, ...]
    calls: int


@dataclass(frozen=True, slots=True)
class _Rates:
    live_rate: float
    live_doubt: float
    freed_doubt: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a tick expected, rebuilt from the figures that are kept of it."""

    free: int
    spare: float
    seconds: tuple[float, ...]
    nodes: tuple[Node, ...]
    rates: _Rates

    @classmethod
    def of(cls, figures: Mapping[str, float]) -> Forecast | None:
        """None: there was none, or another version of the pacing made it."""
        if figures.get("v") != VERSION or "s0" not in figures:
            return None
        places = range(len(NODES))
        rates = _Rates(
            figures.get("live_rate", 0.0),
            figures.get("live_doubt", 0.0),
            figures.get("freed_doubt", 0.0),
        )
        return cls(
            free=int(figures.get("idle", 0) - figures.get("held", 0) - figures.get("waiting", 0)),
            spare=figures.get("spare", 0.0),
            seconds=tuple(figures.get(f"s{i}", 0.0) for i in places),
            nodes=tuple(
                Node.of(expected(figures, "c", i), expected(figures, "f", i), rates.freed_doubt)
                for i in places
            ),
            rates=rates,
        )

    def nobody(self, calls: int) -> float:
        """The chance that a person who answers the last of so many calls finds nobody."""
        return chance_nobody(self.free, self.nodes, calls - 1, self.rates)

    def loss(self, calls: int) -> float:
        """The chance that so many calls cost more abandoned calls at once than can be borne."""
        return chance_of_loss(self.free, self.nodes, calls, self.rates, int(self.spare) + 1)

    def ahead(self) -> tuple[Ahead, ...]:
        """A row for each node; none where no call is under way and nobody busy."""
        if not any(node.calls.total or node.freed.total for node in self.nodes):
            return ()
        return tuple(
            Ahead(
                seconds,
                node.calls.total,
                _spread(node.calls, self.rates.live_doubt),
                node.freed.total,
                _spread(node.freed, self.rates.freed_doubt),
            )
            for seconds, node in zip(self.seconds, self.nodes, strict=True)
        )


def _spread(expected: Expected, doubt: float) -> float:
    return math.sqrt(max(0.0, expected.variance + expected.mean * expected.mean * doubt))


def curve(forecast: Forecast, calls: int, threshold: float | None) -> Curve:
    """From one call to half as many again as were decided, and to where it is too much."""
    least = max(CURVE_LEAST, calls + calls // 2 + 3)
    enough = 1.5 * (threshold or 0.0)
    nobody: list[float] = []
    for more in count(1):
        nobody.append(forecast.nobody(more))
        if more >= least and (nobody[-1] >= enough or more >= calls + CURVE_MOST):
            break
    loss = tuple(forecast.loss(more) for more in range(1, len(nobody) + 1))
    return Curve(tuple(nobody), threshold, loss, calls)
