"""What every EventPublisher does, whatever it publishes to."""

from __future__ import annotations

import json
import resource
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest

from app.bus.eventbridge import EventBridge, EventBridgeTarget
from app.bus.local_log import LocalLog
from app.bus.webhooks import Webhook
from campaigns.campaign import CampaignState
from campaigns.events import (
    AttemptDeferred,
    CampaignPaused,
    Disposition,
    DispositionRecorded,
    Reason,
    seal,
)
from campaigns.ports import EventPublisher
from campaigns.publishing import OutgoingEvent, Published, Retry
from campaigns.webhooks import Endpoint, new_secret
from tests.conformance.fake_publisher import FakePublisher
from tests.conformance.faulty_bus import FaultyBus, error, faulty_bus
from tests.conformance.moto_server import BUS, REGION, MotoBus, moto_server
from tests.conformance.webhook_endpoint import (
    LOOPBACK,
    WebhookEndpoint,
    status,
    webhook_endpoint,
)

AT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


class Sink(Protocol):
    """A publisher, and what can be seen from its other end."""

    @property
    def publisher(self) -> EventPublisher:
        """The publisher under test."""

    def arrived(self) -> list[dict[str, Any]]:
        """The details of all events that arrived, in order, repeated ones repeated."""

    def out_of_order(self) -> AbstractContextManager[None]:
        """While entered, nothing can be published."""


# ----------------------------------------------------------------------------------- the sinks
class FakeSink:
    """The fake that other tests use."""

    def __init__(self) -> None:
        self.publisher = FakePublisher()

    def arrived(self) -> list[dict[str, Any]]:
        """What the fake kept."""
        return [json.loads(event.detail) for event in self.publisher.published]

    @contextmanager
    def out_of_order(self) -> Iterator[None]:
        """The fake says no."""
        self.publisher.down_because = "down"
        yield
        self.publisher.down_because = None


class LogSink:
    """A local log on a real disk."""

    def __init__(self, log: LocalLog, path: Path) -> None:
        self.publisher = log
        self._path = path

    def arrived(self) -> list[dict[str, Any]]:
        """What a reader of the file reads."""
        with self._path.open(encoding="utf-8", newline="\n") as lines:
            return [json.loads(line)["detail"] for line in lines]

    @contextmanager
    def out_of_order(self) -> Iterator[None]:
        """The file may grow by 100 bytes only, less than a line: a write is cut short."""
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        room = self._path.stat().st_size + 100
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)


class MotoSink:
    """EventBridge as moto plays it."""

    def __init__(self, bus: MotoBus) -> None:
        self.publisher = EventBridge(EventBridgeTarget(BUS, REGION, endpoint_url=bus.url))
        self._bus = bus
        self._seen: list[dict[str, Any]] = []

    def arrived(self) -> list[dict[str, Any]]:
        """What a rule let through to a queue."""
        self._seen += [event["detail"] for event in self._bus.take()]
        return self._seen

    @contextmanager
    def out_of_order(self) -> Iterator[None]:
        """The bus is not there."""
        self._bus.delete()
        yield
        self._bus.create()


class WebhookSink:
    """A webhook's endpoint that records."""

    def __init__(self, endpoint: WebhookEndpoint) -> None:
        record = Endpoint("w", "acme", endpoint.url, new_secret(b"s" * 32), AT)
        self.publisher = Webhook(record, lambda: AT, LOOPBACK)
        self._endpoint = endpoint

    def arrived(self) -> list[dict[str, Any]]:
        """What the endpoint accepted."""
        return [json.loads(message.body)["detail"] for message in self._endpoint.accepted]

    @contextmanager
    def out_of_order(self) -> Iterator[None]:
        """Every message is refused for now."""
        self._endpoint.judge = lambda message: status(503)
        yield
        self._endpoint.judge = lambda message: None


class RecordedSink:
    """A PutEvents endpoint that records."""

    def __init__(self, bus: FaultyBus) -> None:
        self.publisher = EventBridge(EventBridgeTarget(BUS, REGION, endpoint_url=bus.url))
        self._bus = bus

    def arrived(self) -> list[dict[str, Any]]:
        """What the endpoint accepted."""
        return self._bus.details()

    @contextmanager
    def out_of_order(self) -> Iterator[None]:
        """Every request fails."""
        self._bus.refuse = lambda entries: error(503, "ServiceUnavailable")
        yield
        self._bus.refuse = lambda entries: None


@pytest.fixture(scope="module")
def moto_url() -> Iterator[str]:
    """One server for all tests: it takes seconds to start."""
    with moto_server() as url:
        yield url


@pytest.fixture(params=["fake", "local_log", "webhook", "eventbridge_moto", "eventbridge_recorded"])
def sink(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sink]:
    """Each publisher in turn, with nothing published yet."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with ExitStack() as stack:
        match request.param:
            case "fake":
                yield FakeSink()
            case "local_log":
                path = tmp_path / "events.jsonl"
                yield LogSink(stack.enter_context(LocalLog(path)), path)
            case "webhook":
                yield WebhookSink(stack.enter_context(webhook_endpoint()))
            case "eventbridge_moto":
                bus = MotoBus(request.getfixturevalue("moto_url"))
                stack.callback(bus.close)
                yield MotoSink(bus)
            case _:
                yield RecordedSink(stack.enter_context(faulty_bus()))


# ---------------------------------------------------------------------------------- the events
def call(contact: str, sequence: int) -> OutgoingEvent:
    """The `sequence`-th event of a contact."""
    fact = DispositionRecorded(
        occurred_at=AT + timedelta(seconds=sequence),
        campaign_id="autumn",
        contact_id=contact,
        attempt_id=f"{contact}-{sequence}",
        disposition=Disposition.BUSY,
    )
    return seal(fact, sequence, "acme", "local")


def mixed(contacts: int, each: int) -> list[OutgoingEvent]:
    """Events of several contacts, taking turns."""
    return [
        call(f"c{contact}", sequence)
        for sequence in range(1, each + 1)
        for contact in range(contacts)
    ]


def sequences(details: Sequence[dict[str, Any]]) -> dict[str, list[int]]:
    """The sequences that came, by contact, in order."""
    by_contact: dict[str, list[int]] = defaultdict(list)
    for detail in details:
        by_contact[detail["contactId"]].append(detail["sequence"])
    return dict(by_contact)


# ------------------------------------------------------------------------------ what all of them do
def test_it_has_a_name(sink: Sink) -> None:
    """Deliveries are kept by publisher, so each has a name that stays."""
    assert sink.publisher.name


def test_nothing_to_publish(sink: Sink) -> None:
    """No event, no result, nothing arrives."""
    assert sink.publisher.publish([]) == []
    assert sink.arrived() == []


def test_each_event_arrives_and_has_a_result(sink: Sink) -> None:
    """One result for each event, and each event at the other end."""
    events = mixed(contacts=7, each=2)
    assert sink.publisher.publish(events) == [Published()] * len(events)
    assert {one["eventId"] for one in sink.arrived()} == {event.event_id for event in events}
    assert len(sink.arrived()) == len(events)


def test_events_of_a_contact_arrive_in_sequence(sink: Sink) -> None:
    """Within a call and over several calls (E3)."""
    events = mixed(contacts=3, each=5)
    for start in range(0, len(events), 6):
        sink.publisher.publish(events[start : start + 6])
    assert sequences(sink.arrived()) == {f"c{contact}": [1, 2, 3, 4, 5] for contact in range(3)}


def test_many_events_of_one_contact(sink: Sink) -> None:
    """A busy contact is not lost or shuffled."""
    events = [call("busy", sequence) for sequence in range(1, 13)]
    assert sink.publisher.publish(events) == [Published()] * 12
    assert sequences(sink.arrived()) == {"busy": list(range(1, 13))}


def test_every_kind_of_subject_and_text_arrives_unchanged(sink: Sink) -> None:
    """Letters of any script, quotes and line breaks pass; a campaign's own events too."""
    paused = CampaignPaused(
        occurred_at=AT,
        campaign_id="Früh\u2028jahr",
        state=CampaignState.PAUSED,
        previous_state=CampaignState.RUNNING,
        reason='Pause "jetzt":\n午後\t🙂 \\ ,"detail":{}',
    )
    deferred = AttemptDeferred(
        occurred_at=AT,
        campaign_id="autumn",
        contact_id="c",
        not_before=AT + timedelta(hours=3),
        reasons=(Reason(code="holiday", rule="US-AL", citation="Ala. Code § 8-19A"),),
    )
    events = [seal(paused, 1, 'a"b', "local"), seal(deferred, 1, "acme", "local")]
    sink.publisher.publish(events)
    assert sink.arrived() == [json.loads(event.detail) for event in events]


def test_an_event_offered_again_is_the_same_event(sink: Sink) -> None:
    """At least once: a second copy may arrive, with the same id and content (E2)."""
    event = call("c", 1)
    assert sink.publisher.publish([event]) == [Published()]
    assert sink.publisher.publish([event]) == [Published()]
    first, *others = sink.arrived()
    assert first["eventId"] == event.event_id
    assert all(other == first for other in others)


def test_when_it_cannot_publish_nothing_is_lost(sink: Sink) -> None:
    """A failure is no exception and no verdict on an event: try again (E6)."""
    before, after = mixed(contacts=2, each=2)[:2], mixed(contacts=2, each=2)[2:]
    sink.publisher.publish(before)
    with sink.out_of_order():
        results = sink.publisher.publish(after)
    assert [type(result) for result in results] == [Retry, Retry]
    assert all(result.reason for result in results if isinstance(result, Retry))
    assert sequences(sink.arrived()) == {"c0": [1], "c1": [1]}
    assert sink.publisher.publish(after) == [Published()] * 2
    assert sequences(sink.arrived()) == {"c0": [1, 2], "c1": [1, 2]}
