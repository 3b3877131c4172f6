"""What became of each event at each sink: values of the Deliveries port, and when to try again.

A sink is whoever is to get an account's events: the local log, a bus, a webhook. Each has its own
deliveries, so that one that is down holds up no other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=5)


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"
    """In the dead-letter queue: never tried again unless a person asks for it."""


@dataclass(frozen=True, slots=True)
class Try:
    """One try that failed: when, and what the sink answered."""

    number: int
    tried_at: datetime
    answer: str


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """One event's delivery to one sink.

    `at`: when it was delivered or given up, or when it is due while it waits. `reason`: of a dead
    one. `failures`: its failed tries, oldest first, where they were asked for.
    """

    event_id: str
    detail_type: str
    occurred_at: datetime
    sink: str
    state: DeliveryState
    tries: int
    at: datetime
    reason: str | None = None
    failures: tuple[Try, ...] = ()


@dataclass(frozen=True, slots=True)
class Sink:
    """Who gets an account's events, and whether it can be reached.

    `failures`: how often in a row it could not be reached, `failing_since` when that began,
    `held_until` when it is tried again, `answer` what it said last. `oldest_at`: when the oldest
    event that it has not got yet happened.
    """

    name: str
    failures: int = 0
    failing_since: datetime | None = None
    held_until: datetime | None = None
    answer: str | None = None
    waiting: int = 0
    dead: int = 0
    oldest_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Which dead letters: of these events and this sink; None: of any."""

    event_ids: Sequence[str] | None = None
    sink: str | None = None


Schedule = Callable[[int, Random], timedelta | None]
"""How long to wait after so many earlier failures; None: give up."""


def back_off(tries: int, random: Random) -> timedelta:
    """How long to wait after `tries` earlier failures: doubled each time, and spread."""
    doubled = FIRST_WAIT * 2 ** min(tries, 20)
    wait: timedelta = min(doubled, LONGEST_WAIT)
    return wait * random.uniform(0.5, 1.0)
