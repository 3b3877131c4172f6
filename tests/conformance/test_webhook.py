"""The webhook publisher: what is posted, where it may connect, and what each answer leads to."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import time_machine
from standardwebhooks import Webhook as Verifier

from app.bus.addresses import Network
from app.bus.pinned import Timeouts
from app.bus.webhooks import MOST_FAILURES, Webhook, WebhookUrlError, read_url
from campaigns.events import seal
from campaigns.publishing import OutgoingEvent, Published, PublishResult, Rejected, Retry
from campaigns.webhooks import Endpoint, new_secret
from tests.builders import ACCOUNT, NOON, a_contact_fact
from tests.conformance.webhook_endpoint import (
    LOOPBACK,
    Answer,
    Message,
    WebhookEndpoint,
    accept_and_hang_up,
    hang_up,
    self_signed,
    silence,
    status,
    trickle,
    webhook_endpoint,
)

SECRET = new_secret(b"s" * 32)
SHORT = Timeouts(
    timedelta(milliseconds=300), timedelta(milliseconds=300), timedelta(milliseconds=600)
)


@pytest.fixture
def endpoint() -> Iterator[WebhookEndpoint]:
    """The other end."""
    with webhook_endpoint() as made:
        yield made


def publisher(
    url: str, own: tuple[Network, ...] = LOOPBACK, timeouts: Timeouts | None = None
) -> Webhook:
    """Posts there, at NOON."""
    return Webhook(Endpoint("w", ACCOUNT, url, SECRET, NOON), lambda: NOON, own, timeouts)


def event(contact: int, sequence: int = 1) -> OutgoingEvent:
    """The `sequence`-th event of a contact."""
    return seal(a_contact_fact(contact), sequence, ACCOUNT, "test")


def kinds(results: list[PublishResult]) -> list[type[PublishResult]]:
    """Which results these are."""
    return [type(result) for result in results]


# -------------------------------------------------------------------------------- what is posted
def test_a_message_is_the_event_and_is_genuine(endpoint: WebhookEndpoint) -> None:
    """The very bytes of the outbox, and the specification's library verifies them (S6)."""
    one = event(1)
    assert publisher(endpoint.url).publish([one]) == [Published()]
    (message,) = endpoint.messages
    assert message.path == "/in?token=t"
    assert message.body == one.body.encode()
    assert message.headers["Content-Type"] == "application/json"
    assert message.headers["webhook-id"] == one.event_id
    with time_machine.travel(NOON, tick=False):
        assert Verifier(SECRET).verify(message.body, dict(message.headers))["id"] == one.event_id


def test_events_share_a_connection(endpoint: WebhookEndpoint) -> None:
    """A connection for each would cost more than the message."""
    publisher(endpoint.url).publish([event(n) for n in range(5)])
    assert len({message.connection for message in endpoint.messages}) == 1


def test_a_connection_that_was_closed_meanwhile_is_opened_anew(endpoint: WebhookEndpoint) -> None:
    """That an endpoint keeps no connection open is no failure."""
    endpoint.script.extend([accept_and_hang_up] * 2)
    assert publisher(endpoint.url).publish([event(n) for n in range(3)]) == [Published()] * 3


def test_a_long_answer_is_not_read_to_its_end(endpoint: WebhookEndpoint) -> None:
    """It counts by its status, and the next event is sent all the same."""
    endpoint.script.append(status(200, body=b"x" * 1_000_000))
    assert publisher(endpoint.url).publish([event(1), event(2)]) == [Published()] * 2


# ------------------------------------------------------------------------- what an answer means
@pytest.mark.parametrize("code", [200, 201, 202, 204, 299])
def test_2xx_is_success(endpoint: WebhookEndpoint, code: int) -> None:
    """Any of them."""
    endpoint.script.append(status(code, body=b""))
    assert publisher(endpoint.url).publish([event(1)]) == [Published()]


@pytest.mark.parametrize("code", [301, 302, 307, 400, 401, 404, 409, 413, 500, 501])
def test_anything_else_is_a_failure_of_the_event(endpoint: WebhookEndpoint, code: int) -> None:
    """It is tried again; other contacts' events are sent, its own contact's wait. No redirect."""
    endpoint.script.append(status(code, {"Location": endpoint.url + "/elsewhere"}, b"+12125550001"))
    results = publisher(endpoint.url).publish([event(1), event(2), event(1, 2)])
    assert kinds(results) == [Retry, Published, Retry]
    assert results[0] == Retry(f"HTTP {code}")
    assert len(endpoint.messages) == 2


@pytest.mark.parametrize("code", [429, 502, 503, 504])
def test_an_endpoint_that_asks_for_a_pause_is_left_alone(
    endpoint: WebhookEndpoint, code: int
) -> None:
    """One request, and the rest waits."""
    endpoint.script.append(status(code))
    results = publisher(endpoint.url).publish([event(1), event(2)])
    paused = Retry(f"HTTP {code}", of_sink=True)
    assert results == [replace(paused, suspect=True), paused]
    assert len(endpoint.messages) == 1


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("120", timedelta(seconds=120)),
        ("0", timedelta()),
        (format_datetime(NOON + timedelta(minutes=5), usegmt=True), timedelta(minutes=5)),
        (format_datetime(NOON - timedelta(minutes=5), usegmt=True), timedelta()),
        ("99999999999", timedelta(days=1)),
        ("soon", None),
        ("-5", None),
    ],
)
def test_retry_after_is_respected(
    endpoint: WebhookEndpoint, said: str, wait: timedelta | None
) -> None:
    """Seconds or a date, a day at most."""
    endpoint.script.append(status(503, {"Retry-After": said}))
    (result,) = publisher(endpoint.url).publish([event(1)])
    assert result == Retry("HTTP 503", of_sink=True, suspect=True, wait=wait)


def test_gone_asks_us_to_stop(endpoint: WebhookEndpoint) -> None:
    """HTTP 410: nothing more is sent."""
    endpoint.script.append(status(410))
    sender = publisher(endpoint.url)
    assert kinds(sender.publish([event(1), event(2)])) == [Retry] * 2
    assert sender.gone
    assert len(endpoint.messages) == 1


def test_an_endpoint_that_fails_event_after_event_is_left_alone(
    endpoint: WebhookEndpoint,
) -> None:
    """So many different contacts' events in a row say that it is not the events."""
    endpoint.judge = lambda message: status(500)
    results = publisher(endpoint.url).publish([event(n) for n in range(10)])
    assert len(endpoint.messages) == MOST_FAILURES
    assert [isinstance(one, Retry) and one.of_sink for one in results] == [False] * 3 + [True] * 7


def test_a_success_between_failures_says_that_it_is_the_events(
    endpoint: WebhookEndpoint,
) -> None:
    """Every contact whose events pass gets them (E3)."""
    bad = {event(n).event_id for n in range(0, 20, 2)}

    def judge(message: Message) -> Answer | None:
        return status(500) if message.headers["webhook-id"] in bad else None

    endpoint.judge = judge
    results = publisher(endpoint.url).publish([event(n) for n in range(20)])
    assert kinds(results) == [Retry, Published] * 10


# -------------------------------------------------------------------------------- no answer
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (silence, "TimeoutError: timed out"),
        (hang_up, "RemoteDisconnected"),
        (trickle, "TimeoutError: no whole answer in time"),
    ],
)
def test_an_endpoint_that_gives_no_answer(
    endpoint: WebhookEndpoint, answer: Answer, reason: str
) -> None:
    """The wait is ours to choose, for the whole answer, and one wait is enough for all."""
    endpoint.script.append(answer)
    results = publisher(endpoint.url, timeouts=SHORT).publish([event(1), event(2)])
    assert kinds(results) == [Retry] * 2
    assert len(endpoint.messages) == 1
    assert all(isinstance(one, Retry) and one.of_sink for one in results)
    assert isinstance(results[0], Retry)
    assert results[0].reason.startswith(reason)


def test_an_endpoint_that_is_not_there() -> None:
    """A refused connection is a reason to try again."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    (result,) = publisher(f"http://127.0.0.1:{port}/").publish([event(1)])
    reason = "ConnectionRefusedError: Connection refused"
    assert result == Retry(reason, of_sink=True, suspect=True)


def test_a_host_that_has_no_address() -> None:
    """A name that nobody knows may be known tomorrow."""
    (result,) = publisher("https://nobody.invalid/").publish([event(1)])
    assert isinstance(result, Retry)
    assert result.of_sink


# ------------------------------------------------------------------------ where it may connect
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "2130706433"]
)
def test_an_address_that_is_not_allowed_is_not_connected_to(
    endpoint: WebhookEndpoint, host: str
) -> None:
    """However it is written; the endpoint sees nothing (S5)."""
    port = endpoint.url.split(":")[2].split("/")[0]
    (result,) = publisher(f"https://{host}:{port}/", own=()).publish([event(1)])
    assert isinstance(result, Retry)
    assert "at no address to which webhooks may connect" in result.reason
    assert endpoint.messages == []


def test_a_name_is_resolved_once_and_each_address_checked(
    endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that points inside by its second look-up has no second look-up (DNS rebinding)."""
    asked: list[str] = []
    port = int(endpoint.url.split(":")[2].split("/")[0])

    def resolve(host: str, *_: object, **__: object) -> list[object]:
        asked.append(host)
        inside = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", port))
        free = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))
        return [inside, free]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    sender = publisher(f"http://hooks.example:{port}/in")
    assert sender.publish([event(1), event(2)]) == [Published()] * 2
    assert asked == ["hooks.example"]
    assert endpoint.messages[0].headers["Host"] == f"hooks.example:{port}"


def test_the_connected_peer_is_checked(
    endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A way that leads elsewhere than it says, as by translation, ends before a word is said."""
    monkeypatch.setattr(socket.socket, "getpeername", lambda self: ("10.0.0.1", 80))
    (result,) = publisher(endpoint.url).publish([event(1)])
    assert isinstance(result, Retry)
    assert result.reason.startswith("ForbiddenAddressError")
    assert endpoint.messages == []


def test_proxies_of_the_environment_are_not_used(
    endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address that is checked is the one that is spoken to."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9/")
    assert publisher(endpoint.url).publish([event(1)]) == [Published()]


def test_over_tls_the_certificate_is_checked(tmp_path: Path) -> None:
    """One that nobody vouches for is refused, and the event waits."""
    server, trusting = self_signed(tmp_path)
    with webhook_endpoint(server) as endpoint:
        record = Endpoint("w", ACCOUNT, endpoint.url, SECRET, NOON)
        (refused,) = Webhook(record, lambda: NOON, LOOPBACK).publish([event(1)])
        assert isinstance(refused, Retry)
        assert refused.reason.startswith("the certificate is not valid: ")
        assert endpoint.messages == []
        sender = Webhook(record, lambda: NOON, LOOPBACK, tls=trusting)
        assert sender.publish([event(1), event(2)]) == [Published()] * 2


# ------------------------------------------------------------------------------- the URL
@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://example.com/", "must begin with https://"),
        ("ftp://example.com/", "must begin with https://"),
        ("//example.com/", "must begin with https://"),
        ("https:///in", "names no host"),
        ("https://example.com:0/", "names no host or no possible port"),
        ("https://example.com:99999/", "is not a URL"),
        ("https://[::1/", "is not a URL"),
        ("https://user:secret@example.com/", "must hold no user name"),
        ("https://user@example.com/", "must hold no user name"),
        ("https://example.com/#top", "must hold no fragment"),
        ("https://example.com/a b", "must be ASCII without blanks"),
        ("https://example.com/a\r\nHost: b", "must be ASCII without blanks"),
        ("https://exämple.com/", "must be ASCII without blanks"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused(url: str, problem: str) -> None:
    """In one line that does not repeat it."""
    with pytest.raises(WebhookUrlError, match=problem) as refused:
        read_url(url, ())
    assert "example" not in str(refused.value)
    assert "secret" not in str(refused.value)


def test_plain_http_leads_only_into_networks_that_were_set_free() -> None:
    """Elsewhere anybody on the way could read along."""
    (result,) = publisher("http://8.8.8.8/").publish([event(1)])
    assert isinstance(result, Retry)
    assert result.reason.startswith("ForbiddenAddressError")


def test_nothing_is_rejected_by_a_webhook_itself(endpoint: WebhookEndpoint) -> None:
    """An event is given up by the schedule alone, after days."""
    endpoint.judge = lambda message: status(400)
    results = publisher(endpoint.url).publish([event(n) for n in range(3)])
    assert Rejected not in kinds(results)


def test_the_instant_is_read_for_each_message(endpoint: WebhookEndpoint) -> None:
    """A batch that takes long does not make its last messages too old to be believed."""
    instants = iter([NOON + timedelta(seconds=n) for n in range(10)])

    def now() -> datetime:
        return next(instants)

    record = Endpoint("w", ACCOUNT, endpoint.url, SECRET, NOON)
    Webhook(record, now, LOOPBACK).publish([event(1), event(2)])
    first, second = (int(each.headers["webhook-timestamp"]) for each in endpoint.messages)
    assert second > first
