"""EventBridge as moto's server plays it: paused, killed, and refusing single entries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from app.bus.eventbridge import EventBridge, EventBridgeTarget
from campaigns.deliveries import DeliveryState
from campaigns.events import seal
from campaigns.publishing import Published, Rejected
from campaigns.relay import relay
from tests.builders import ACCOUNT, NOON, a_contact, a_contact_fact, after
from tests.conformance.moto_process import MotoProcess, moto_process
from tests.conformance.moto_server import BUS, REGION, MotoBus
from tests.fakes import FakeDatabase

ROWS = [1, 2, 3, 1, 2, 1]


@pytest.fixture(scope="module")
def server() -> Iterator[MotoProcess]:
    """One process for all tests: it takes seconds to start."""
    with moto_process() as process:
        yield process


@pytest.fixture
def bus(server: MotoProcess, monkeypatch: pytest.MonkeyPatch) -> Iterator[MotoBus]:
    """A bus with nothing on it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    made = server.bus()
    yield made
    made.close()


def publisher(url: str) -> EventBridge:
    """Waits half a second for an answer."""
    target = EventBridgeTarget(BUS, REGION, url, read_timeout=timedelta(milliseconds=500))
    return EventBridge(target)


def database() -> FakeDatabase:
    """Events of three contacts, due to the bus."""
    made = FakeDatabase(lambda: NOON)
    with made() as uow:
        uow.deliveries.register(ACCOUNT, EventBridge.name)
        uow.outbox.append(ACCOUNT, *[a_contact_fact(row) for row in ROWS])
    return made


def first_copies(seen: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """Contact and sequence of each event, when it came for the first time."""
    came = [(one["detail"]["contactId"], one["detail"]["sequence"]) for one in seen]
    return list(dict.fromkeys(came))


def in_order(came: list[tuple[str, int]]) -> bool:
    """All came, and each contact's as 1, 2, 3..."""
    wanted = {a_contact(row).id: ROWS.count(row) for row in (1, 2, 3)}
    return {c: [n for contact, n in came if contact == c] for c in wanted} == {
        contact: list(range(1, count + 1)) for contact, count in wanted.items()
    }


def test_a_paused_bus_gets_everything_once_it_goes_on(server: MotoProcess, bus: MotoBus) -> None:
    """One wait holds the sink; nothing counts as tried; the first copies come in sequence."""
    made, sender = database(), publisher(server.url)
    with server.paused():
        relay(made, ACCOUNT, sender, NOON, Random(1))
        with made() as uow:
            sink = uow.deliveries.sink(ACCOUNT, EventBridge.name)
            waiting = uow.deliveries.find(ACCOUNT, DeliveryState.WAITING, None, 99)
        assert sink is not None
        assert (sink.failures, sink.failing_since) == (1, NOON)
        assert str(sink.answer).startswith("ReadTimeoutError")
        assert [each.tries for each in waiting] == [0] * len(ROWS)
    while relay(made, ACCOUNT, sender, after(60), Random(1)):
        pass
    seen = bus.take()
    assert in_order(first_copies(seen))
    assert len({one["detail"]["eventId"] for one in seen}) == len(ROWS)


def test_a_killed_bus_gets_everything_once_it_is_back(server: MotoProcess, bus: MotoBus) -> None:
    """Refused connections, then a bus that is not there yet: both are waited out."""
    made, sender = database(), publisher(server.url)
    server.kill()
    relay(made, ACCOUNT, sender, NOON, Random(1))
    server.start_again()
    relay(made, ACCOUNT, sender, after(60), Random(1))
    with made() as uow:
        sink = uow.deliveries.sink(ACCOUNT, EventBridge.name)
        assert uow.deliveries.waiting(ACCOUNT, EventBridge.name) == len(ROWS)
    assert sink is not None
    assert (sink.failures, sink.failing_since) == (2, NOON)
    again = server.bus()
    while relay(made, ACCOUNT, sender, after(120), Random(1)):
        pass
    assert in_order(first_copies(again.take()))
    with made() as uow:
        assert uow.deliveries.find(ACCOUNT, DeliveryState.DEAD, None, 1) == []


def test_an_entry_that_the_bus_refuses_is_dead_and_the_others_arrive(
    server: MotoProcess, bus: MotoBus
) -> None:
    """The answer is per entry; the reason is kept, and tells no content."""
    events = [seal(a_contact_fact(row), 1, ACCOUNT, "test") for row in (1, 2, 3)]
    body = events[1].body
    events[1] = replace(events[1], body=body[:-1].replace('"detail":{', '"detail":{broken,') + "}")
    first, second, third = publisher(server.url).publish(events)
    assert (first, third) == (Published(), Published())
    assert isinstance(second, Rejected)
    assert second.reason.startswith("MalformedDetail")
    assert "broken" not in second.reason
    assert len(bus.take()) == 2
