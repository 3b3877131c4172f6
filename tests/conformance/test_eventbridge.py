"""EventBridge: what a request holds, and what every way to fail leads to."""

from __future__ import annotations

import json
import socket
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.bus import eventbridge
from app.bus.eventbridge import (
    MAX_REQUEST_BYTES,
    BusNameError,
    EndpointIdError,
    EventBridge,
    EventBridgeTarget,
    NoMultiRegionSignerError,
)
from campaigns.campaign import CampaignState
from campaigns.events import CampaignStopped, ContactSuppressed, seal
from campaigns.publishing import OutgoingEvent, Published, PublishResult, Rejected, Retry
from tests.conformance.faulty_bus import (
    Failure,
    FaultyBus,
    entry_bytes,
    error,
    faulty_bus,
    half_answer,
    no_answer,
    plain,
    silence,
)

AT = datetime(2026, 11, 23, 14, 0, 0, 250_000, tzinfo=UTC)


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some; the endpoint does not look at them."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


@pytest.fixture
def bus() -> Iterator[FaultyBus]:
    """The endpoint."""
    with faulty_bus() as endpoint:
        yield endpoint


def publisher(bus: FaultyBus, request_bytes: int = MAX_REQUEST_BYTES) -> EventBridge:
    """EventBridge on the endpoint."""
    return EventBridge(
        EventBridgeTarget("fairdial", "eu-west-1", bus.url, request_bytes=request_bytes)
    )


def event(contact: str, sequence: int = 1, basis: str = "internal") -> OutgoingEvent:
    """The `sequence`-th event of a contact; `basis` makes it larger."""
    fact = ContactSuppressed(
        occurred_at=AT,
        campaign_id="k",
        contact_id=contact,
        phone_hash=None,
        scope="account",
        basis=basis,
        source="api",
    )
    return seal(fact, sequence, "acme", "local")


def kinds(results: list[PublishResult]) -> list[type[PublishResult]]:
    """Which results these are."""
    return [type(result) for result in results]


# --------------------------------------------------------------------------------- the requests
def test_an_entry_holds_the_event(bus: FaultyBus) -> None:
    """Detail is the very text that was sealed; the rest comes from the envelope."""
    one = event("c")
    assert publisher(bus).publish([one]) == [Published()]
    assert bus.requests == [
        [
            {
                "Time": AT.timestamp(),
                "Source": "fairdial",
                "Resources": ["campaign/k"],
                "DetailType": "Contact Suppressed",
                "Detail": one.detail,
                "EventBusName": "fairdial",
            }
        ]
    ]


def test_every_try_sends_the_same_detail(bus: FaultyBus) -> None:
    """A consumer that compares copies finds no difference (E2)."""
    bus.script.extend([error(500, "InternalException"), {0: "ThrottlingException"}])
    sender = publisher(bus)
    for _ in range(3):
        sender.publish([event("ü")])
    assert len({request[0]["Detail"] for request in bus.requests}) == 1
    assert bus.requests[0][0]["Detail"] == event("ü").detail


def test_a_request_holds_ten_entries_at_most(bus: FaultyBus) -> None:
    """23 events of 23 contacts are three requests."""
    events = [event(f"c{n}") for n in range(23)]
    assert publisher(bus).publish(events) == [Published()] * 23
    assert [len(request) for request in bus.requests] == [10, 10, 3]


def test_a_request_never_holds_two_events_of_a_subject(bus: FaultyBus) -> None:
    """Any entry of a request may fail alone, so the second could overtake the first (E3)."""
    events = [event(contact, sequence) for sequence in (1, 2) for contact in ("a", "b", "a2")]
    publisher(bus).publish(events)
    for request in bus.requests:
        contacts = [json.loads(entry["Detail"])["contactId"] for entry in request]
        assert len(set(contacts)) == len(contacts)


def test_a_request_holds_so_many_bytes_at_most(bus: FaultyBus) -> None:
    """By EventBridge's count: 14 for the time, and the UTF-8 of source, type, detail, resources."""
    events = [event(f"c{n}", basis="ü" * (10 + n)) for n in range(7)]
    publisher(bus).publish(events)
    sizes = [entry_bytes(entry) for entry in bus.requests[0]]
    bus.requests.clear()
    publisher(bus, request_bytes=sum(sizes[:3])).publish(events)
    assert len(bus.requests[0]) == 3
    bus.requests.clear()
    publisher(bus, request_bytes=sum(sizes[:3]) - 1).publish(events)
    assert len(bus.requests[0]) == 2
    assert all(sum(map(entry_bytes, one)) <= sum(sizes[:3]) - 1 for one in bus.requests)


def test_an_event_too_large_for_a_request_is_rejected(bus: FaultyBus) -> None:
    """It is not sent; the contact's other events and everybody else's are."""
    large = event("c", 2, basis="x" * 200)
    events = [event("c", 1), large, event("c", 3), event("d", 1)]
    limit = 14 + len("fairdial" + "Contact Suppressed" + "campaign/k") + len(large.detail)
    results = publisher(bus, request_bytes=limit - 1).publish(events)
    assert kinds(results) == [Published, Rejected, Published, Published]
    assert results[1] == Rejected(f"{limit} bytes; one request to the bus may hold {limit - 1}")
    assert publisher(bus, request_bytes=limit).publish([large]) == [Published()]


@pytest.mark.parametrize("name", ["", "two words", "arn:aws:sqs:eu-west-1:1:x", "a" * 257])
def test_a_bus_of_no_possible_name_is_refused(name: str) -> None:
    """The service would refuse every event for it, and each would be taken for a bad one."""
    with pytest.raises(BusNameError):
        EventBridgeTarget(name, "eu-west-1")


@pytest.mark.parametrize("endpoint_id", ["", "abcde", "abcde.veo.x", "abcde.veo\n", "a b.c"])
def test_a_global_endpoint_of_no_possible_id_is_refused(endpoint_id: str) -> None:
    """boto3 would make a host name of it."""
    with pytest.raises(EndpointIdError):
        EventBridgeTarget("fairdial", "eu-west-1", endpoint_id=endpoint_id)


def test_a_global_endpoint_is_named_and_signed_for(bus: FaultyBus) -> None:
    """Its requests are signed for every region; others as ever."""
    target = EventBridgeTarget("fairdial", "eu-west-1", bus.url, endpoint_id="abcde.veo")
    assert EventBridge(target).publish([event("c")]) == [Published()]
    publisher(bus).publish([event("d")])
    assert bus.endpoint_ids == ["abcde.veo", None]
    assert bus.signatures == ["AWS4-ECDSA-P256-SHA256", "AWS4-HMAC-SHA256"]


def test_without_the_signer_a_global_endpoint_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In one line, when the service starts, and not event by event."""
    monkeypatch.setattr(eventbridge, "find_spec", lambda name: None)
    target = EventBridgeTarget("fairdial", "eu-west-1", endpoint_id="abcde.veo")
    with pytest.raises(NoMultiRegionSignerError, match=r"install fairdial\[global-endpoint\]"):
        EventBridge(target)


def test_a_bus_may_be_named_by_its_arn() -> None:
    """Another account's bus has no other name."""
    EventBridgeTarget("arn:aws:events:eu-west-1:111122223333:event-bus/fairdial", "eu-west-1")


# ------------------------------------------------------------------------ entries that fail alone
@pytest.mark.parametrize(
    "code",
    ["ThrottlingException", "InternalFailure", "InternalException"],
)
def test_an_entry_is_tried_again(bus: FaultyBus, code: str) -> None:
    """What passes by itself costs no event."""
    bus.script.append({1: code})
    results = publisher(bus).publish([event("a"), event("b"), event("c")])
    assert results == [Published(), Retry(f"{code}: told to fail"), Published()]


@pytest.mark.parametrize(
    "code",
    ["AccessDeniedException", "InvalidAccountIdException", "ResourceNotFoundException"],
)
def test_a_wrong_setting_holds_the_bus(bus: FaultyBus, code: str) -> None:
    """An operator mends it: no event is lost, none counts as tried, and no more are sent."""
    bus.script.append({1: code})
    results = publisher(bus).publish([event(f"c{n}") for n in range(12)])
    wrong = Retry(f"{code}: told to fail", of_sink=True)
    assert results == [Published(), wrong, *[Published()] * 8, wrong, wrong]
    assert len(bus.requests) == 1


@pytest.mark.parametrize(
    "code",
    [
        "MalformedDetail",
        "InvalidArgument",
        "ValidationException",
        "RedactionFailure",
        "NotAuthorizedForSourceException",
        "NotAuthorizedForDetailTypeException",
        "SomethingNew",
    ],
)
def test_an_entry_is_rejected(bus: FaultyBus, code: str) -> None:
    """What lies in the event stays; the reason goes with it."""
    bus.script.append({0: code})
    results = publisher(bus).publish([event("a"), event("b")])
    assert results == [Rejected(f"{code}: told to fail"), Published()]


def test_later_events_wait_for_one_that_is_tried_again(bus: FaultyBus) -> None:
    """They are not sent; other contacts' events are (E3)."""
    bus.script.append({0: "ThrottlingException"})
    events = [event("a", 1), event("b", 1), event("a", 2), event("b", 2), event("a", 3)]
    results = publisher(bus).publish(events)
    assert kinds(results) == [Retry, Published, Retry, Published, Retry]
    assert [(d["contactId"], d["sequence"]) for d in bus.details()] == [("b", 1), ("b", 2)]


def test_later_events_do_not_wait_for_a_rejected_one(bus: FaultyBus) -> None:
    """One that will never be taken holds up nobody."""
    bus.script.append({0: "MalformedDetail"})
    results = publisher(bus).publish([event("a", 1), event("a", 2)])
    assert kinds(results) == [Rejected, Published]


# ------------------------------------------------------------------- requests that fail as a whole
@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (error(400, "ThrottlingException"), "ThrottlingException (HTTP 400): told to fail"),
        (error(500, "InternalException"), "InternalException (HTTP 500): told to fail"),
        (error(503, "ServiceUnavailable"), "ServiceUnavailable (HTTP 503): told to fail"),
        (error(400, "ResourceNotFoundException"), "ResourceNotFoundException (HTTP 400)"),
        (error(400, "UnrecognizedClientException"), "UnrecognizedClientException (HTTP 400)"),
        (error(400, "ExpiredTokenException"), "ExpiredTokenException (HTTP 400)"),
        (error(400, "AccessDeniedException"), "AccessDeniedException (HTTP 400)"),
        (plain(b"<html>Bad gateway</html>", 502), "502 (HTTP 502)"),
        (plain(b"<html>Sign in to the network</html>"), "the bus's answer"),
        (plain(b""), "the bus's answer"),
        (plain(b'{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}'), "the bus's answer"),
        (plain(json.dumps({"Entries": [{}] * 10}).encode()), "the bus's answer"),
        (plain(b'{"FailedEntryCount":0,"Entries":7}'), "TypeError"),
        (plain(b"[1]"), "AttributeError"),
        (half_answer, "the bus's answer"),
        (no_answer, "ConnectionClosedError"),
    ],
)
def test_a_failed_request_is_tried_again_and_ends_the_call(
    bus: FaultyBus, failure: Failure, reason: str
) -> None:
    """One request was sent, once; nothing is given up, and it lies in the bus, not in an event."""
    bus.script.append(failure)
    results = publisher(bus).publish([event(f"c{n}") for n in range(15)])
    assert len(bus.requests) == 1
    assert kinds(results) == [Retry] * 15
    assert all(isinstance(one, Retry) and one.reason.startswith(reason) for one in results)
    assert all(isinstance(one, Retry) and one.of_sink for one in results)


def test_what_was_published_before_a_failed_request_stays_published(bus: FaultyBus) -> None:
    """Only the rest is tried again."""
    bus.script.extend([{}, error(500, "InternalException")])
    results = publisher(bus).publish([event(f"c{n}") for n in range(25)])
    assert kinds(results) == [Published] * 10 + [Retry] * 15


def test_a_bus_that_never_answers(bus: FaultyBus) -> None:
    """The wait is ours to choose, and one wait is enough for all events."""
    bus.script.append(silence)
    target = EventBridgeTarget(
        "fairdial", "eu-west-1", bus.url, read_timeout=timedelta(milliseconds=200)
    )
    results = EventBridge(target).publish([event(f"c{n}") for n in range(15)])
    assert kinds(results) == [Retry] * 15
    assert len(bus.requests) == 1


def test_a_bus_that_is_not_there() -> None:
    """A refused connection is a reason to try again."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    target = EventBridgeTarget("fairdial", "eu-west-1", f"http://127.0.0.1:{port}")
    (result,) = EventBridge(target).publish([event("c")])
    assert isinstance(result, Retry)
    assert result.reason.startswith("EndpointConnectionError")


def test_no_credentials(bus: FaultyBus, monkeypatch: pytest.MonkeyPatch) -> None:
    """A forgotten setting loses nothing."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    (result,) = publisher(bus).publish([event("c")])
    assert isinstance(result, Retry)
    assert result.reason.startswith("NoCredentialsError")


def test_one_bad_entry_does_not_spoil_the_others(bus: FaultyBus) -> None:
    """If the service refuses a request for what is in it, each event is offered alone."""

    def refuse(entries: list[dict[str, str]]) -> Failure | None:
        bad = any('"contactId":"bad"' in entry["Detail"] for entry in entries)
        return error(400, "ValidationException") if bad else None

    bus.refuse = refuse
    results = publisher(bus).publish([event("a"), event("bad"), event("c"), event("bad", 2)])
    assert kinds(results) == [Published, Rejected, Published, Rejected]
    assert results[1] == Rejected("ValidationException (HTTP 400): told to fail")


def test_a_request_that_the_service_finds_too_large(bus: FaultyBus) -> None:
    """A limit set too high costs only the event that is too large by itself."""
    bus.refuse = lambda entries: (
        error(413, "RequestEntityTooLarge") if sum(map(entry_bytes, entries)) > 400 else None
    )
    results = publisher(bus).publish([event("a"), event("b"), event("c", basis="x" * 200)])
    assert kinds(results) == [Published, Published, Rejected]


def test_a_reason_does_not_repeat_the_request(bus: FaultyBus) -> None:
    """A signature error lists the signed headers, the session's token among them (S4)."""
    message = "The signature does not match.\n\nThe Canonical String\nx-amz-security-token:SECRET"
    bus.script.append(error(403, "SignatureDoesNotMatch", message))
    (result,) = publisher(bus).publish([event("c")])
    reason = "SignatureDoesNotMatch (HTTP 403): The signature does not match."
    assert result == Retry(reason, of_sink=True)


# -------------------------------------------------------------------------- any mix of all of these
FAULTS: st.SearchStrategy[Failure | dict[int, str]] = st.one_of(
    st.dictionaries(
        st.integers(min_value=0, max_value=9),
        st.sampled_from(["ThrottlingException", "InternalFailure", "MalformedDetail"]),
        max_size=4,
    ),
    st.sampled_from([error(500, "InternalException"), half_answer, no_answer]),
)


@settings(max_examples=30, deadline=None)
@given(
    events=st.lists(st.sampled_from("abcdefghijklmn"), min_size=1, max_size=30),
    faults=st.lists(FAULTS, max_size=12),
)
def test_any_mix_of_failures_keeps_every_event_and_its_order(
    events: list[str], faults: list[Failure | dict[int, str]]
) -> None:
    """Offered until settled, each event arrives or is rejected, each contact's in sequence."""
    numbers: Counter[str] = Counter()
    waiting = []
    for contact in events:
        numbers[contact] += 1
        waiting.append(event(contact, numbers[contact]))
    offered, rejected = {one.event_id for one in waiting}, set()
    with faulty_bus() as bus:
        bus.script.extend(faults)
        sender = publisher(bus)
        while waiting:
            results = sender.publish(waiting)
            pairs = list(zip(waiting, results, strict=True))
            rejected |= {one.event_id for one, result in pairs if isinstance(result, Rejected)}
            waiting = [one for one, result in pairs if isinstance(result, Retry)]
    arrived = bus.details()
    assert {one["eventId"] for one in arrived} | rejected == offered
    by_contact = defaultdict(list)
    for one in arrived:
        by_contact[one["contactId"]].append(one["sequence"])
    for sequences in by_contact.values():
        assert sequences == sorted(set(sequences))


def test_a_campaigns_own_events_are_a_subject_too(bus: FaultyBus) -> None:
    """Order is kept along whatever the sequence counts along."""
    stopped = [
        seal(
            CampaignStopped(
                occurred_at=AT,
                campaign_id="k",
                state=CampaignState.STOPPED,
                previous_state=None,
                reason=None,
            ),
            sequence,
            "acme",
            "local",
        )
        for sequence in (1, 2)
    ]
    bus.script.append({0: "InternalFailure"})
    assert kinds(publisher(bus).publish(stopped)) == [Retry, Retry]
    assert bus.accepted == []
