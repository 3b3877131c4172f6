"""Sinks that are down for two virtual hours: dialing and the other sink go on, nothing is lost."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from app.bus.eventbridge import EventBridge, EventBridgeTarget
from app.bus.webhooks import Webhook
from app.webhook_relay import PLAN
from campaigns.deliveries import LONGEST_WAIT
from campaigns.ports import EventPublisher
from campaigns.relay import ORDINARY, RelayPlan, relay
from campaigns.webhooks import Endpoint, new_secret
from compliance.case import AttemptLimit
from tests import invariants
from tests.builders import ACCOUNT, NOON, a_campaign, after, ident, some_settings
from tests.conformance.fake_publisher import FakePublisher
from tests.conformance.faulty_bus import FaultyBus, error, faulty_bus
from tests.conformance.webhook_endpoint import (
    LOOPBACK,
    WebhookEndpoint,
    hang_up,
    webhook_endpoint,
)
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
def hook() -> Iterator[WebhookEndpoint]:
    """A webhook's other end, which can break down."""
    with webhook_endpoint() as endpoint:
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
    """Hands events to a log that is always there, and to two that are down for two hours."""

    def __init__(self, floor: Several, bus: FaultyBus, hook: WebhookEndpoint) -> None:
        self.log = FakePublisher("log")
        target = EventBridgeTarget("fairdial", "eu-west-1", bus.url)
        secret = new_secret(b"s" * 32)
        webhook = Endpoint(ident("webhook"), ACCOUNT, hook.url, secret, NOON)
        self._sinks: list[tuple[EventPublisher, RelayPlan]] = [
            (self.log, ORDINARY),
            (EventBridge(target), ORDINARY),
            (Webhook(webhook, floor.clock.now, LOOPBACK), PLAN),
        ]
        self._floor, self._bus, self._hook = floor, bus, hook
        self._random, self._last = Random(7), NOON
        with floor.database() as uow:
            for sink, _ in self._sinks:
                uow.deliveries.register(ACCOUNT, sink.name)

    def __call__(self, now: datetime) -> None:
        """What a relay does every few seconds."""
        if now - self._last < RELAY_EVERY:
            return
        self._last = now
        down = after(DOWN_AT) <= now < after(UP_AT)
        self._bus.refuse = lambda _: error(503, "ServiceUnavailable") if down else None
        self._hook.judge = lambda _: hang_up if down else None
        self._floor.database.keep()
        for sink, plan in self._sinks:
            while relay(self._floor.database, ACCOUNT, sink, now, self._random, plan):
                self._floor.database.keep()


def placed(floor: Several) -> int:
    """How many calls were placed so far."""
    return sum(1 for event in floor.events() if event["detail-type"] == "Call Placed")


def check_sequences(details: Sequence[Line]) -> None:
    """Each subject's came as 1, 2, 3... in this order, and none twice (E3)."""
    last: Counter[str] = Counter()
    for detail in details:
        subject = invariants.subject_of(detail)
        assert detail["sequence"] == last[subject] + 1
        last[subject] += 1


def test_everything_arrives_when_the_sinks_are_back(
    floor: Several, bus: FaultyBus, hook: WebhookEndpoint
) -> None:
    """In order for each contact, with the ids and the bytes that the log got (E2, E3, E6)."""
    relays = Relays(floor, bus, hook)
    floor.run(DOWN_AT, relays)
    calls, asked = placed(floor), len(bus.requests) + len(hook.messages)

    floor.run(UP_AT, relays)
    assert placed(floor) - calls > 100, "dialing goes on"
    asked = len(bus.requests) + len(hook.messages) - asked
    assert asked < 100, "each is asked every few minutes, not for each event"
    with floor.database() as uow:
        *down, log = sorted(uow.deliveries.sinks(ACCOUNT), key=lambda sink: sink.waiting)[::-1]
    assert len(down) == 2
    for sink in down:
        assert (sink.waiting > 500, sink.dead) == (True, 0)
        assert sink.failing_since is not None
        assert after(DOWN_AT) <= sink.failing_since < after(DOWN_AT) + LONGEST_WAIT
    assert log.oldest_at is None or log.oldest_at > after(UP_AT) - 2 * RELAY_EVERY

    floor.run(END_AT, relays)
    relays(after(END_AT) + LONGEST_WAIT)
    sent = {event.event_id: event for event in relays.log.published}
    assert sent.keys() == {event["id"] for event in floor.events()}
    details = {json.loads(one["Detail"])["eventId"]: one["Detail"] for one in bus.accepted}
    assert details == {key: event.detail for key, event in sent.items()}
    bodies = {one.headers["webhook-id"]: one.body.decode() for one in hook.accepted}
    assert bodies == {key: event.body for key, event in sent.items()}
    check_sequences(bus.details())
    check_sequences([json.loads(message.body)["detail"] for message in hook.accepted])
    with floor.database() as uow:
        assert {sink.waiting + sink.dead for sink in uow.deliveries.sinks(ACCOUNT)} == {0}
