"""The carriers that the Carrier suite runs on, each with a far end that does as it is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Protocol

from compliance.screening import Allow
from dialer.call import CallReport
from dialer.carriers.simulated import Population, SimulatedCarrier, TruthLine
from dialer.ports import CallRequest, Carrier
from tests.builders import NOON, RULEBOOK, ident

RING = 25.0


class FarEnd(Enum):
    """Who is called."""

    PERSON = auto()
    SILENT_PERSON = auto()
    MACHINE = auto()
    NOBODY = auto()
    BUSY = auto()
    INVALID = auto()


class Rig(Protocol):
    """A carrier under test: its clock, and what really rang at the other end."""

    @property
    def carrier(self) -> Carrier:
        """The carrier."""

    def now(self) -> datetime:
        """The carrier's instant."""

    def advance(self, seconds: float) -> None:
        """Let time pass, and the far end do what it does in it."""

    def rang(self, attempt_id: str) -> int:
        """How many calls with this id reached the network."""


MakeRig = Callable[[FarEnd], Rig]

_POPULATIONS = {
    FarEnd.PERSON: Population(1.0, 0.0, 0.0, 0.0, silent_person_rate=0.0),
    FarEnd.SILENT_PERSON: Population(1.0, 0.0, 0.0, 0.0, silent_person_rate=1.0),
    FarEnd.MACHINE: Population(0.0, 1.0, 0.0, 0.0, missed_machine_rate=0.0),
    FarEnd.NOBODY: Population(0.0, 0.0, 0.0, 0.0),
    FarEnd.BUSY: Population(0.0, 0.0, 1.0, 0.0),
    FarEnd.INVALID: Population(0.0, 0.0, 0.0, 1.0),
}


class SimulatedRig:
    """The simulated carrier on a clock of its own."""

    def __init__(self, far_end: FarEnd, lines: int = 100, seed: int = 7) -> None:
        self._now = NOON
        self.truth: list[TruthLine] = []
        self.carrier = SimulatedCarrier(
            seed, self.now, self.truth.append, _POPULATIONS[far_end], lines
        )

    def now(self) -> datetime:
        """The virtual instant."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the clock."""
        self._now += timedelta(seconds=seconds)

    def rang(self, attempt_id: str) -> int:
        """From the carrier's log of what really rang: a line when dialed, a line when ended."""
        mine = [line for line in self.truth if line.attempt_id == attempt_id]
        return len([line for line in mine if line.ended is None]) if mine else 0


RIGS: dict[str, MakeRig] = {"simulated": SimulatedRig}
"""Add an adapter here and it is held to the same suite."""


def an_allow(number: int = 1) -> Allow:
    """What screening said of this number."""
    return Allow(("America/New_York",), RULEBOOK, NOON, f"+1212555{number:04d}")


def a_request(
    number: int = 1,
    *,
    dial_by: datetime = NOON + timedelta(hours=9),
    detects_machines: bool = True,
    plays_message: bool = False,
) -> CallRequest:
    """The request of one attempt."""
    return CallRequest(
        attempt_id=ident("attempt", number),
        campaign_id=ident("campaign"),
        contact_id=ident("contact", number),
        dial_by=dial_by,
        max_ring_seconds=RING,
        detects_machines=detects_machines,
        plays_message=plays_message,
    )


def place(rig: Rig, request: CallRequest) -> str:
    """Dial; the attempt's id."""
    rig.carrier.place(an_allow(), request)
    return request.attempt_id


def wait_for(rig: Rig, attempt_id: str, is_so: Callable[[CallReport], object]) -> CallReport:
    """Let time pass in small steps until the call is so; what is known of it then."""
    for _ in range(40_000):
        rig.carrier.reports(rig.now())
        report = rig.carrier.find(attempt_id)
        assert report is not None
        if is_so(report):
            return report
        rig.advance(0.1)
    raise AssertionError(f"this never came: {report}")
