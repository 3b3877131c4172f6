"""A bus that is down for two virtual hours: dialing and the other sink go on, nothing is lost."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from app.bus.eventbridge import EventBridge, EventBridgeTarget
from campaigns.deliveries import LONGEST_WAIT
from campaigns.ports import EventPublisher
from campaigns.relay import relay
from compliance.case import AttemptLimit
from tests import invariants
from tests.builders import ACCOUNT, NOON, a_campaign, after, some_settings
from tests.conformance.fake_publisher import FakePublisher
from tests.conformance.faulty_bus import FaultyBus, error, faulty_bus
from tests.invariants import Line
from tests.several import Several

DOWN_AT, UP_AT, END_AT = 300.0, 7500.0, 7900.0
RELAY_EVERY = timedelta(seconds=20)


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyBus]:
    """A PutEvents endpoint that can break down."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with faulty_bus() as endpoint:
        yield endpoint


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Several]:
    """Two agents who have more to do than two hours take."""
    limits = (AttemptLimit(max=3, days=1),)
    settings = some_settings(name="k", lines=10, attempt_limits=limits)
    campaign = a_campaign("k", "k", settings=settings)
    several = Several(tmp_path, [(campaign, 600)], agents=2)
    yield several
    several.close()


class Relays:
    """Hands events to a log that is always there and to a bus that is down for two hours."""

    def __init__(self, floor: Several, bus: FaultyBus) -> None:
        self.log = FakePublisher("log")
        target = EventBridgeTarget("fairdial", "eu-west-1", bus.url)
        self._sinks: list[EventPublisher] = [self.log, EventBridge(target)]
        self._floor, self._bus, self._random, self._last = floor, bus, Random(7), NOON
        with floor.database() as uow:
            for sink in self._sinks:
                uow.deliveries.register(ACCOUNT, sink.name)

    def __call__(self, now: datetime) -> None:
        """What a relay does every few seconds."""
        if now - self._last < RELAY_EVERY:
            return
        self._last = now
        down = after(DOWN_AT) <= now < after(UP_AT)
        self._bus.refuse = lambda _: error(503, "ServiceUnavailable") if down else None
        self._floor.database.keep()
        for sink in self._sinks:
            while relay(self._floor.database, ACCOUNT, sink, now, self._random):
                self._floor.database.keep()


def placed(floor: Several) -> int:
    """How many calls were placed so far."""
    return sum(1 for event in floor.events() if event["detail-type"] == "Call Placed")


def sequences(details: Sequence[Line]) -> dict[str, list[int]]:
    """The sequences that came, by subject, in the order of their coming."""
    found: dict[str, list[int]] = defaultdict(list)
    for detail in details:
        found[invariants.subject_of(detail)].append(detail["sequence"])
    return found


def test_everything_arrives_when_the_bus_is_back(floor: Several, bus: FaultyBus) -> None:
    """In order for each contact, with the ids and the bytes that the log got (E2, E3, E6)."""
    relays = Relays(floor, bus)
    floor.run(DOWN_AT, relays)
    calls, requests = placed(floor), len(bus.requests)

    floor.run(UP_AT, relays)
    assert placed(floor) - calls > 100, "dialing goes on"
    assert len(bus.requests) - requests < 50, "asked every few minutes, not for each event"
    with floor.database() as uow:
        down, log = uow.deliveries.sinks(ACCOUNT)
    assert down.waiting > 500
    assert down.failing_since is not None
    assert after(DOWN_AT) <= down.failing_since < after(DOWN_AT) + LONGEST_WAIT
    assert log.oldest_at is None or log.oldest_at > after(UP_AT) - 2 * RELAY_EVERY

    floor.run(END_AT, relays)
    relays(after(END_AT) + LONGEST_WAIT)
    sent = {event.event_id: event.detail for event in relays.log.published}
    arrived = {json.loads(entry["Detail"])["eventId"]: entry["Detail"] for entry in bus.accepted}
    assert arrived == sent
    assert sent.keys() == {event["id"] for event in floor.events()}
    for numbers in sequences(bus.details()).values():
        assert numbers == list(range(1, len(numbers) + 1))
    with floor.database() as uow:
        assert [sink.waiting + sink.dead for sink in uow.deliveries.sinks(ACCOUNT)] == [0, 0]
