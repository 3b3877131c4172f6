"""Amazon EventBridge: events go to a bus by PutEvents.

What one request may hold (at most 10 entries, a size counted in a way of its own) and which errors
are worth another try are those of the PutEvents documentation. Each request is tried once, with
short timeouts: whether and when to offer an event again is the relay's decision.

The order of each subject's events is kept (invariant E3): one request never holds two events of one
subject, since any entry of a request may fail alone, and after an event that has to be tried again
no later one of its subject is sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from app.errors import BadInputError
from campaigns.events import SOURCE
from campaigns.publishing import OutgoingEvent, Published, PublishResult, Rejected, Retry

MAX_ENTRIES = 10
"""Entries in one PutEvents request, at most."""

MAX_REQUEST_BYTES = 256 * 1024 - 1
"""All entries of a request together are "less than 256 KB" (API reference; the service itself takes
1 MB since January 2026, so an operator may raise it)."""

TIME_BYTES = 14
"""What an entry's `Time` counts, however it is written."""

_RETRY_CODES = frozenset({"InternalFailure", "InternalException", "ThrottlingException"})
"""Error codes of an entry that may be gone at another try."""

_SETTING_CODES = frozenset(
    {"AccessDeniedException", "InvalidAccountIdException", "ResourceNotFoundException"}
)
"""Error codes of an entry that lie in no event: permissions and addresses are settings, which an
operator mends, and no event is lost for it. A bus policy that bars one source or detail-type
(NotAuthorizedFor...) is a decision about that event, which is rejected as with any other code."""

_ENDPOINT_ID = re.compile(r"[A-Za-z0-9\-]+\.[A-Za-z0-9\-]+")
_BUS = re.compile(
    r"(arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus/)?[.\-_A-Za-z0-9]{1,256}"
)
_TOO_LARGE = 413
_REASON_LENGTH = 200


class BusNameError(BadInputError):
    """EventBridge has no bus of such a name."""

    def __init__(self, bus: str) -> None:
        super().__init__(
            f"{bus!r} is not the name or ARN of an event bus: use letters, digits, . - _, "
            "or arn:aws:events:REGION:ACCOUNT:event-bus/NAME"
        )


class EndpointIdError(BadInputError):
    """There is no global endpoint of such an id."""

    def __init__(self, endpoint_id: str) -> None:
        super().__init__(
            f"{endpoint_id!r} is not the id of a global endpoint: it is the part of its URL before "
            "`.endpoints`, such as abcde.veo"
        )


class NoMultiRegionSignerError(BadInputError):
    """A global endpoint takes requests that are signed for several regions at once."""

    def __init__(self) -> None:
        super().__init__(
            "a global endpoint of EventBridge needs the AWS Common Runtime: "
            "install fairdial[global-endpoint]"
        )


@dataclass(frozen=True, slots=True)
class EventBridgeTarget:
    """Which bus, and how to reach it. Credentials are found as boto3 finds them.

    `endpoint_id`: a global endpoint, which leads to the bus of this name in one of two regions.
    `endpoint_url`: instead of the region's own endpoint. `request_bytes`: the most that the entries
    of one request may be together, by EventBridge's own count.
    """

    bus: str
    region: str
    endpoint_url: str | None = None
    endpoint_id: str | None = None
    request_bytes: int = MAX_REQUEST_BYTES
    connect_timeout: timedelta = timedelta(seconds=2)
    read_timeout: timedelta = timedelta(seconds=5)

    def __post_init__(self) -> None:
        if not _BUS.fullmatch(self.bus):
            raise BusNameError(self.bus)
        if self.endpoint_id is not None and not _ENDPOINT_ID.fullmatch(self.endpoint_id):
            raise EndpointIdError(self.endpoint_id)


class EventBridge:
    """An EventPublisher that puts events on an EventBridge bus."""

    name = "eventbridge"

    def __init__(self, target: EventBridgeTarget) -> None:
        if target.endpoint_id is not None and find_spec("awscrt") is None:
            raise NoMultiRegionSignerError
        self._target = target
        self._where = {} if target.endpoint_id is None else {"EndpointId": target.endpoint_id}
        # The library's own defaults try again by themselves and wait a minute for an answer.
        self._client = boto3.Session(region_name=target.region).client(
            "events",
            endpoint_url=target.endpoint_url,
            config=Config(
                connect_timeout=target.connect_timeout.total_seconds(),
                read_timeout=target.read_timeout.total_seconds(),
                retries={"mode": "standard", "total_max_attempts": 1},
                parameter_validation=False,
            ),
        )

    def publish(self, events: Sequence[OutgoingEvent]) -> list[PublishResult]:
        """Put the events on the bus; one result for each, in the same order.

        A request that fails as a whole ends the call: the rest is to be tried again, so that a bus
        that is down costs one timeout and not one for each request.
        """
        limit = self._target.request_bytes
        entries = [_entry(index, event, self._target.bus) for index, event in enumerate(events)]
        waiting = [entry for entry in entries if entry.size <= limit]
        results: dict[int, PublishResult] = {
            entry.index: Rejected(f"{entry.size} bytes; one request to the bus may hold {limit}")
            for entry in entries
            if entry.size > limit
        }
        try:
            while waiting:
                batch = _next_batch(waiting, limit)
                results.update(self._put(batch))
                results.update(_behind_a_retry(batch, waiting, results))
                results.update(_without_settings(waiting, results))
                waiting = [entry for entry in waiting if entry.index not in results]
        except _BusUnavailableError as failure:
            down = Retry(failure.reason, of_sink=True)
            results.update((entry.index, down) for entry in waiting)
        return [results[index] for index in range(len(events))]

    def _put(self, batch: Sequence[_Entry]) -> dict[int, PublishResult]:
        """Send one request; what became of each entry, by index."""
        try:
            entries = [entry.request for entry in batch]
            answer = self._client.put_events(Entries=entries, **self._where)
        except ClientError as error:
            if not _lies_in_an_entry(error):
                raise _BusUnavailableError(_client_reason(error)) from error
            if len(batch) > 1:
                # One entry spoils the request: each alone shows which.
                return {index: r for one in batch for index, r in self._put([one]).items()}
            return {batch[0].index: Rejected(_client_reason(error))}
        except Exception as error:
            # No connection, no credentials, no answer in time, or one in which the library finds
            # something else than it expects: none of it lies in an event.
            raise _BusUnavailableError(_short(f"{type(error).__name__}: {error}")) from error
        outcomes = answer.get("Entries", ())
        if len(outcomes) != len(batch) or not all(outcomes):
            raise _BusUnavailableError("the bus's answer does not cover every entry")
        return {
            entry.index: _result(outcome) for entry, outcome in zip(batch, outcomes, strict=True)
        }


class _BusUnavailableError(Exception):
    """A whole request failed, for a reason that lies in no event."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Entry:
    """One event of a call to `publish`, with its place in it and its size as EventBridge counts."""

    index: int
    subject: str
    size: int
    request: dict[str, Any]


def _entry(index: int, event: OutgoingEvent, bus: str) -> _Entry:
    detail, resources = event.detail, event.resources
    request = {
        "Time": event.occurred_at,
        "Source": SOURCE,
        "Resources": list(resources),
        "DetailType": event.detail_type,
        "Detail": detail,
        "EventBusName": bus,
    }
    counted = (SOURCE, event.detail_type, detail, *resources)
    size = TIME_BYTES + sum(len(text.encode()) for text in counted)
    return _Entry(index=index, subject=event.subject, size=size, request=request)


def _next_batch(waiting: Sequence[_Entry], limit: int) -> list[_Entry]:
    """The first entry of each subject, in order, as many as one request may hold."""
    batch: list[_Entry] = []
    subjects: set[str] = set()
    room = limit
    for entry in waiting:
        if len(batch) == MAX_ENTRIES or entry.size > room:
            break
        if entry.subject not in subjects:
            batch.append(entry)
            subjects.add(entry.subject)
            room -= entry.size
    return batch


def _behind_a_retry(
    batch: Sequence[_Entry], waiting: Sequence[_Entry], results: Mapping[int, PublishResult]
) -> dict[int, PublishResult]:
    """Entries that may not be sent, since an earlier one of their subject has to be tried again."""
    held = {entry.subject for entry in batch if isinstance(results[entry.index], Retry)}
    return {
        entry.index: Retry("an earlier event of the same subject has to be tried again")
        for entry in waiting
        if entry.subject in held and entry.index not in results
    }


def _without_settings(
    waiting: Sequence[_Entry], results: Mapping[int, PublishResult]
) -> dict[int, PublishResult]:
    """Entries that need not be sent, since a setting is wrong that is the same for all."""
    wrong = next((one for one in results.values() if isinstance(one, Retry) and one.of_sink), None)
    if wrong is None:
        return {}
    return {entry.index: wrong for entry in waiting if entry.index not in results}


def _result(outcome: Mapping[str, str]) -> PublishResult:
    code = outcome.get("ErrorCode")
    if code is None:
        return Published()
    reason = _short(f"{code}: {outcome.get('ErrorMessage', '')}")
    if code in _RETRY_CODES | _SETTING_CODES:
        return Retry(reason, of_sink=code in _SETTING_CODES)
    return Rejected(reason)


def _lies_in_an_entry(error: ClientError) -> bool:
    """Is it what was sent that the service refuses, rather than who sent it or when?"""
    code: str = error.response["Error"]["Code"]
    status: int = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return code == "ValidationException" or status == _TOO_LARGE


def _client_reason(error: ClientError) -> str:
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    details = error.response["Error"]
    return _short(f"{details['Code']} (HTTP {status}): {details.get('Message', '')}")


def _short(reason: str) -> str:
    # The first line only: after it, signature errors repeat the request's headers with the token.
    return reason.split("\n", 1)[0][:_REASON_LENGTH]
