"""Each webhook on its own: a slow one holds up no other, and a gone or dead one is disabled."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from app.bus.pinned import Timeouts
from app.bus.webhooks import Webhook
from app.jobs import webhook_jobs
from app.webhook_relay import WebhookRelay
from campaigns import webhook_service
from campaigns.deliveries import DeliveryState
from campaigns.webhooks import DISABLE_AFTER, Endpoint, new_secret
from tests.builders import a_contact_fact, ident
from tests.conformance.webhook_endpoint import (
    LOOPBACK,
    WebhookEndpoint,
    silence,
    status,
    webhook_endpoint,
)
from tests.web.site import ACCOUNT, TestClock, make_parts

SECRET = new_secret(b"s" * 32)
PATIENT = Timeouts(read=timedelta(seconds=2))


class Hooks:
    """Two webhooks of an account, and the relay."""

    def __init__(self, folder: Path, endpoints: list[WebhookEndpoint]) -> None:
        self.clock = TestClock()
        self.parts = make_parts(folder, self.clock)
        self.ends = endpoints
        self.records = [
            Endpoint(ident("webhook", n), ACCOUNT, end.url, SECRET, self.clock.now())
            for n, end in enumerate(endpoints)
        ]
        with self.parts.database() as uow:
            for record in self.records:
                webhook_service.add(uow, record)
        self.relay = WebhookRelay(
            self.parts,
            Random(1),
            lambda record: Webhook(record, self.clock.now, LOOPBACK, PATIENT),
        )

    def happen(self, *rows: int) -> None:
        """Something about these contacts."""
        with self.parts.database() as uow:
            uow.outbox.append(ACCOUNT, *[a_contact_fact(row) for row in rows])

    def record(self, number: int) -> Endpoint:
        """A webhook as it is kept now."""
        with self.parts.database.reading() as uow:
            return uow.webhooks.get(ACCOUNT, self.records[number].id)

    def waiting(self, number: int) -> int:
        """What it has not got yet."""
        with self.parts.database.reading() as uow:
            return uow.deliveries.waiting(ACCOUNT, self.records[number].sink)


@pytest.fixture
def hooks(tmp_path: Path) -> Iterator[Hooks]:
    """Both answer."""
    with ExitStack() as stack:
        ends = [stack.enter_context(webhook_endpoint()) for _ in range(2)]
        made = Hooks(tmp_path, ends)
        stack.callback(made.relay.close)
        yield made


def settle(condition: Callable[[], bool]) -> None:
    """Wait until it is so."""
    pause = threading.Event()
    for _ in range(500):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it did not come to be")


def test_every_webhook_gets_every_event(hooks: Hooks) -> None:
    """The same bytes to each."""
    hooks.happen(1, 2, 1)
    hooks.relay.look()
    settle(lambda: hooks.waiting(0) + hooks.waiting(1) == 0)
    first, second = ([message.body for message in end.accepted] for end in hooks.ends)
    assert first == second
    assert len(first) == 3
    assert [job.name for job in webhook_jobs(hooks.relay)] == ["relay webhooks"]


def test_one_that_does_not_answer_holds_up_no_other(hooks: Hooks) -> None:
    """Nor is it asked twice at a time (E6)."""
    hooks.ends[0].judge = lambda message: silence
    hooks.happen(1)
    for row in range(2, 6):
        hooks.relay.look()
        settle(lambda: hooks.waiting(1) == 0)
        hooks.happen(row)
    assert len(hooks.ends[0].messages) == 1
    assert len(hooks.ends[1].accepted) == 4


def test_one_that_is_gone_is_disabled_and_the_others_are_told(hooks: Hooks) -> None:
    """HTTP 410."""
    hooks.ends[0].judge = lambda message: status(410)
    hooks.happen(1)
    hooks.relay.relay_once(hooks.records[0])
    assert hooks.record(0).disabled_reason == "it answered HTTP 410: it wants no more events"
    hooks.happen(2)
    hooks.relay.relay_once(hooks.records[1])
    told = [json.loads(message.body) for message in hooks.ends[1].accepted]
    (disabled,) = [event for event in told if event["detail-type"] == "Webhook Disabled"]
    assert disabled["detail"]["contactListId"] == hooks.records[0].id
    assert hooks.ends[0].url not in json.dumps(told)
    hooks.relay.look()
    hooks.relay.close()
    assert len(hooks.ends[0].messages) == 1


def test_one_that_fails_for_days_is_disabled(hooks: Hooks) -> None:
    """Not a second earlier, and not after a success in between."""
    hooks.ends[0].judge = lambda message: status(503)
    hooks.happen(1)

    def ask_after(wait: timedelta) -> str | None:
        hooks.clock.move(wait)
        hooks.relay.relay_once(hooks.records[0])
        return hooks.record(0).disabled_reason

    second = timedelta(seconds=1)
    assert ask_after(0 * second) is None
    assert ask_after(DISABLE_AFTER - second) is None
    hooks.ends[0].judge = lambda message: None
    assert ask_after(timedelta(hours=1)) is None
    assert hooks.waiting(0) == 0
    hooks.ends[0].judge = lambda message: status(503)
    hooks.happen(2)
    assert ask_after(0 * second) is None
    assert ask_after(DISABLE_AFTER - second) is None
    assert ask_after(timedelta(hours=1)) == "it could not be reached for 5 days: HTTP 503"
    with hooks.parts.database.reading() as uow:
        dead = uow.deliveries.find(ACCOUNT, DeliveryState.DEAD, hooks.records[0].sink, 9)
    assert [each.detail_type for each in dead] == ["Contact Finished"]
    assert dead[0].reason == "webhook disabled: it could not be reached for 5 days: HTTP 503"


def test_an_event_that_no_try_helps_is_given_up(hooks: Hooks) -> None:
    """After the schedule's last wait; its contact's later events follow then."""
    bad = []

    hooks.ends[0].judge = lambda message: status(500) if message.body in bad else None
    hooks.happen(1, 1, 2)
    with hooks.parts.database.reading() as uow:
        first = uow.deliveries.take(ACCOUNT, hooks.records[0].sink, hooks.clock.now(), 1)
    bad.append(first[0].event.body.encode())
    for _ in range(12):
        hooks.relay.relay_once(hooks.records[0])
        hooks.clock.move(timedelta(hours=27))
    assert [message.body in bad for message in hooks.ends[0].messages].count(True) == 10
    assert [json.loads(m.body)["detail"]["sequence"] for m in hooks.ends[0].accepted] == [1, 2]
    with hooks.parts.database.reading() as uow:
        (dead,) = uow.deliveries.find(ACCOUNT, DeliveryState.DEAD, None, 9)
    assert dead.reason == "given up after 10 tries: HTTP 500"
