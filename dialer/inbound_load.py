"""Inbound calls for the agents of a campaign, as a call distributor (ACD) reports them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FRESH_FOR = timedelta(seconds=10)
"""A report is believed for so long."""

IGNORED_AFTER = timedelta(minutes=2)
"""After so long nothing is known of inbound calls any more. In between, the worst that was reported
within this time is assumed: who reports late is more often in trouble than out of work."""


@dataclass(frozen=True, slots=True)
class InboundLoad:
    """The last report, and the worst one of late.

    Attributes:
        reported_at: when it came.
        waiting: inbound calls that wait for an agent.
        arrived: inbound calls that have arrived since the ACD began to count.
        worst: the most that waited in a report of late.
        worst_at: when.
    """

    reported_at: datetime
    waiting: int
    arrived: int
    worst: int
    worst_at: datetime


def take_in(before: InboundLoad | None, waiting: int, arrived: int, now: datetime) -> InboundLoad:
    """The load once a report has come."""
    fresh = InboundLoad(now, waiting, arrived, waiting, now)
    if before is None or now - before.worst_at > IGNORED_AFTER or before.worst <= waiting:
        return fresh
    return replace(fresh, worst=before.worst, worst_at=before.worst_at)


def waiting_at(load: InboundLoad | None, now: datetime) -> int | None:
    """Inbound calls that are taken to wait; None: nothing is known."""
    if load is None or now - load.reported_at > IGNORED_AFTER:
        return None
    return load.waiting if now - load.reported_at <= FRESH_FOR else load.worst


def arrivals(before: InboundLoad, after: InboundLoad) -> tuple[int, float]:
    """How many calls arrived between two reports, and in how many seconds.

    An ACD that counts from nought again has had at least so many as it counts now.
    """
    calls = after.arrived - before.arrived
    seconds = (after.reported_at - before.reported_at).total_seconds()
    return (calls if calls >= 0 else after.arrived), seconds
