"""What goes to a publisher and what it answers: the values of the EventPublisher port."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from campaigns.events import SealedEvent

OutgoingEvent = SealedEvent
"""An event on its way to a publisher: as it was sealed, body and all."""


@dataclass(frozen=True, slots=True)
class Published:
    """The publisher has the event for good."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now: offer the event again later. It may have arrived all the same.

    `of_sink`: nothing else will be taken either, as when a connection is refused. `suspect`: it may
    lie in this event all the same, so that the next time others go first.
    `wait`: for how long the publisher asked to be left alone, if it did.
    """

    reason: str
    of_sink: bool = False
    suspect: bool = False
    wait: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Never: the publisher will not take this event however often it is offered."""

    reason: str


PublishResult = Published | Retry | Rejected
"""What became of one event."""
