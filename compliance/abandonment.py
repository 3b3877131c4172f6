"""Abandonment: did the person who answered get an agent in time, and how many more may not?

One way of counting for every regulator (`abandonment_definitions.py`) and for a campaign's own
target. Decided here, where neither the law nor the contract's readings say:

- What cannot be shown to be in time counts as late: a person whose call has no instant to count
  from is abandoned.
- A machine is believed to be a machine, unless an estimate of false detections is asked for
  (`detection_estimate.py`).

All arithmetic is exact, in whole numbers and fractions; nothing is rounded before it is compared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from fractions import Fraction

from compliance.abandonment_definitions import (
    AGENT_MODES,
    DEFINITIONS,
    PERSONS,
    SILENT_GREETING,
    ConnectionStartPoint,
    Definition,
    DisconnectedBy,
    RateOf,
)
from compliance.ended_call import EndedCall

_MILLION = 1_000_000


class PersonOutcome(Enum):
    """What became of the person who answered."""

    NO_PERSON = auto()
    """Nobody or a machine answered, or the call was agentless."""
    IN_TIME = auto()
    LEFT_EARLY = auto()
    """The customer hung up before an agent was owed."""
    ABANDONED = auto()
    """No agent in time: late, never, or the customer gave up waiting."""


def deadline(
    start_point: ConnectionStartPoint,
    threshold: timedelta,
    *,
    connected_to_system: datetime | None,
    greeting_start: datetime | None = None,
    greeting_stop: datetime | None = None,
) -> datetime | None:
    """The last instant at which an agent is in time, as far as is known; None: no clock started.

    While the call is live it may move later, when the greeting's end is heard after all.
    """
    starts: dict[ConnectionStartPoint, datetime | None] = {
        ConnectionStartPoint.CONNECTED_TO_SYSTEM: connected_to_system,
        ConnectionStartPoint.GREETING_START: greeting_start or connected_to_system,
        ConnectionStartPoint.GREETING_END: greeting_stop
        or (connected_to_system and connected_to_system + SILENT_GREETING),
    }
    start = starts[start_point]
    return start and start + threshold


def person_outcome(
    call: EndedCall, start_point: ConnectionStartPoint, threshold: timedelta
) -> PersonOutcome:
    """What became of the person, if one answered; the threshold is inclusive."""
    if call.answered_by not in PERSONS or call.dial_mode not in AGENT_MODES:
        return PersonOutcome.NO_PERSON
    last = deadline(
        start_point,
        threshold,
        connected_to_system=call.connected_to_system,
        greeting_start=call.greeting_start,
        greeting_stop=call.greeting_stop,
    )
    if _by(call.connected_to_agent, last):
        return PersonOutcome.IN_TIME
    if call.disconnected_by == DisconnectedBy.CUSTOMER and _by(call.disconnected, last):
        return PersonOutcome.LEFT_EARLY
    return PersonOutcome.ABANDONED


def is_abandoned(call: EndedCall, start_point: ConnectionStartPoint, threshold: timedelta) -> bool:
    """Did a person get no agent in time, by this start point and threshold?"""
    return person_outcome(call, start_point, threshold) is PersonOutcome.ABANDONED


def _by(instant: datetime | None, last: datetime | None) -> bool:
    return instant is not None and last is not None and instant <= last


@dataclass(frozen=True, slots=True)
class Counts:
    """Calls in a window: `rate_of` is what the abandoned are a share of."""

    rate_of: int = 0
    live_answered: int = 0
    abandoned: int = 0

    def plus(self, other: Counts) -> Counts:
        """Both together."""
        return Counts(
            self.rate_of + other.rate_of,
            self.live_answered + other.live_answered,
            self.abandoned + other.abandoned,
        )

    def minus(self, other: Counts) -> Counts:
        """These without the others."""
        return Counts(
            self.rate_of - other.rate_of,
            self.live_answered - other.live_answered,
            self.abandoned - other.abandoned,
        )


NO_CALLS = Counts()
_LIVE = Counts(rate_of=1, live_answered=1)
_ABANDONED = Counts(rate_of=1, live_answered=1, abandoned=1)
_PLACED_ONLY = Counts(rate_of=1)


def count(call: EndedCall, definition: Definition) -> Counts:
    """What one call adds to a definition's figures."""
    if call.dial_mode not in definition.dial_modes:
        return NO_CALLS
    match person_outcome(call, definition.start_point, definition.threshold):
        case PersonOutcome.ABANDONED:
            return _ABANDONED
        case PersonOutcome.IN_TIME:
            return _LIVE
        case PersonOutcome.LEFT_EARLY if definition.early_hang_up_is_live:
            return _LIVE
        case _:
            return _PLACED_ONLY if definition.rate_of is RateOf.PLACED else NO_CALLS


def applying(countries: Collection[str]) -> list[Definition]:
    """The definitions that hold for a campaign which dials these countries (ISO 3166-1).

    The American ones hold for every campaign: here the 3 % are kept to wherever it dials.
    """
    return [d for d in DEFINITIONS.values() if d.country == "US" or d.country in countries]


def within_limit(counts: Counts, limit_millionths: int, estimated: Fraction | int = 0) -> bool:
    """Exactly the limit passes; no call at all does too.

    `estimated` people more were abandoned than were counted; below 0: fewer.
    """
    abandoned, rate_of = counts.abandoned + estimated, counts.rate_of + estimated
    return abandoned * _MILLION <= limit_millionths * rate_of


def remaining(counts: Counts, limit_millionths: int, estimated: Fraction | int = 0) -> int:
    """How many more calls may be abandoned, each live-answered itself, with nothing else happening.

    0: one more would break the limit; below 0: so many are too many. The limit is below 100 %.
    """
    abandoned, rate_of = counts.abandoned + estimated, counts.rate_of + estimated
    spare = limit_millionths * rate_of - _MILLION * abandoned
    return spare // (_MILLION - limit_millionths)


def half_up(numerator: int, denominator: int, places: int) -> float:
    """The quotient of whole numbers, rounded half up to so many decimal places, exactly."""
    scale: int = 10**places
    return (2 * scale * numerator + denominator) // (2 * denominator) / scale


@dataclass(frozen=True, slots=True)
class CampaignDefinition:
    """A campaign's own target, besides the law's: a rolling window over live-answered calls.

    `target_rate` is a share from 0.0 to below 1.0, kept to the millionth.
    """

    target_rate: float
    start_point: ConnectionStartPoint
    threshold: timedelta
    evaluation_window: timedelta

    def __post_init__(self) -> None:
        """Refuse a target that could never be missed: `remaining` would have no answer."""
        if not 0 <= self.target_rate < 1:
            raise ValueError("the abandonment target must be 0 percent or more and below 100")

    @property
    def limit_millionths(self) -> int:
        """The target, as `within_limit` and `remaining` take it."""
        return round(self.target_rate * _MILLION)

    def count(self, call: EndedCall) -> Counts:
        """What one call adds; a customer who left early is live and not abandoned."""
        match person_outcome(call, self.start_point, self.threshold):
            case PersonOutcome.NO_PERSON:
                return NO_CALLS
            case PersonOutcome.ABANDONED:
                return _ABANDONED
            case _:
                return _LIVE

    def counts(self, calls: Iterable[EndedCall], now: datetime) -> Counts:
        """The window that ends at `now`; a call exactly as old as the window no longer counts."""
        total = NO_CALLS
        for call in calls:
            if now - self.evaluation_window < call.counts_at <= now:
                total = total.plus(self.count(call))
        return total
