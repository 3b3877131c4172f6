"""An EventPublisher that keeps what it gets, for tests that need a bus and no more."""

from __future__ import annotations

from collections.abc import Sequence

from campaigns.publishing import OutgoingEvent, Published, PublishResult, Retry


class FakePublisher:
    """Takes every event, unless `down_because` says why not."""

    def __init__(self, name: str = "fake") -> None:
        self.name = name
        self.published: list[OutgoingEvent] = []
        self.down_because: str | None = None

    def publish(self, events: Sequence[OutgoingEvent]) -> list[PublishResult]:
        """Keep the events, or refuse them all for now."""
        if self.down_because is not None:
            return [Retry(self.down_because, of_sink=True)] * len(events)
        self.published.extend(events)
        return [Published()] * len(events)
