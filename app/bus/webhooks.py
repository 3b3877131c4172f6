"""Webhooks: each event is posted to an endpoint, signed after the Standard Webhooks specification.

One event after another, so that each contact's arrive in order. What an answer means is what the
specification suggests: 2xx is success; 410 asks us to stop; 429, 502, 503 and 504 ask for a pause
of all; anything else is a failure of the event. A pause, or no answer at all, may lie in the event
that was sent all the same: the next time another one goes first. After several failures without a
success between them the endpoint counts as failing as a whole. Answers' bodies are not kept: they
may repeat what was sent to others.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, urlsplit

from app.bus.addresses import Address, Network, is_allowed, is_within
from app.bus.pinned import PinnedConnection, Timeouts
from app.errors import BadInputError
from campaigns.publishing import OutgoingEvent, Published, PublishResult, Retry
from campaigns.webhooks import Endpoint, headers

MOST_FAILURES = 3
"""Failures of events without a success between them, after which the endpoint is left alone."""

LONGEST_PAUSE = timedelta(days=1)
"""What an endpoint may ask for by Retry-After."""

_PAUSE = frozenset({429, 502, 503, 504})
_GONE = 410
_ANSWER_BYTES = 65_536
_HELD = "an earlier event of the same subject has to be tried again"


class WebhookUrlError(BadInputError):
    """Events cannot be posted to such an address."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"the webhook's URL {problem}")


def read_url(url: str, own: Collection[Network]) -> SplitResult:
    """The parts of a URL to which events may be posted; plain HTTP only into networks set free.

    Raises:
        WebhookUrlError: it is none. The message does not repeat the URL, which may hold a token.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise WebhookUrlError("is not a URL") from None
    if not url.isascii() or not url.isprintable() or " " in url:
        raise WebhookUrlError("must be ASCII without blanks; encode what is not")
    if parts.scheme not in ({"https", "http"} if own else {"https"}):
        raise WebhookUrlError("must begin with https://")
    if not parts.hostname or port == 0:
        raise WebhookUrlError("names no host or no possible port")
    if parts.username is not None or parts.password is not None:
        raise WebhookUrlError("must hold no user name or password; messages are signed")
    if parts.fragment:
        raise WebhookUrlError("must hold no fragment (#...)")
    return parts


class Webhook:
    """An EventPublisher that posts to one endpoint. `gone`: the endpoint wants nothing more."""

    def __init__(
        self,
        endpoint: Endpoint,
        now: Callable[[], datetime],
        own: Collection[Network] = (),
        timeouts: Timeouts | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.name = endpoint.sink
        self.gone = False
        self._endpoint = endpoint
        self._now = now
        self._own = own
        self._timeouts = timeouts or Timeouts()
        self._tls = tls
        self._url = read_url(endpoint.url, own)
        self._path = (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else "")

    def publish(self, events: Sequence[OutgoingEvent]) -> list[PublishResult]:
        """Post each event; a failure that lies in the endpoint ends the call."""
        results: list[PublishResult] = []
        held: set[str] = set()
        failures = 0
        connection = self._connection()
        try:
            for event in events:
                result = Retry(_HELD) if event.subject in held else self._post(connection, event)
                results.append(result)
                if isinstance(result, Published):
                    failures = 0
                    continue
                failures += event.subject not in held
                held.add(event.subject)
                if result.of_sink or failures >= MOST_FAILURES:
                    rest = Retry(result.reason, of_sink=True, wait=result.wait)
                    return results + [rest] * (len(events) - len(results))
        finally:
            connection.close()
        return results

    def _connection(self) -> PinnedConnection:
        url = self._url
        secure = url.scheme == "https"
        tls = (self._tls or ssl.create_default_context()) if secure else None

        def allows(address: Address) -> bool:
            return is_allowed(address, self._own) if secure else is_within(address, self._own)

        port = url.port or (443 if secure else 80)
        return PinnedConnection(url.hostname or "", port, tls, allows, self._timeouts)

    def _post(self, connection: PinnedConnection, event: OutgoingEvent) -> Published | Retry:
        try:
            return self._result(*self._exchange(connection, event))
        except (OSError, http.client.HTTPException, ValueError) as error:
            # Nothing of the answer's own text: it may hold anything.
            connection.close()
            return Retry(_reason(error), of_sink=True, suspect=True)

    def _exchange(self, connection: PinnedConnection, event: OutgoingEvent) -> tuple[int, str]:
        """The answer's status and its Retry-After."""
        reused = connection.sock is not None
        try:
            return self._exchange_once(connection, event)
        except ConnectionError:
            if not reused:
                raise
            # The endpoint closed a connection that it had kept open: that is no failure.
            connection.close()
            return self._exchange_once(connection, event)

    def _exchange_once(self, connection: PinnedConnection, event: OutgoingEvent) -> tuple[int, str]:
        with connection.cut_off():
            connection.request("POST", self._path, event.body.encode(), self._headers(event))
            answer = connection.getresponse()
            answer.read(_ANSWER_BYTES)
        if not answer.isclosed():
            connection.close()
        return answer.status, answer.headers.get("Retry-After", "")

    def _headers(self, event: OutgoingEvent) -> dict[str, str]:
        body = event.body.encode()
        return {
            "Content-Type": "application/json",
            "User-Agent": "fairdial",
            **headers(self._endpoint, event.event_id, body, self._now()),
        }

    def _result(self, status: int, retry_after: str) -> Published | Retry:
        if 200 <= status < 300:
            return Published()
        self.gone = self.gone or status == _GONE
        wait = _pause(retry_after, self._now())
        of_sink = status in _PAUSE or status == _GONE or wait is not None
        return Retry(f"HTTP {status}", of_sink=of_sink, suspect=of_sink, wait=wait)


def _pause(retry_after: str, now: datetime) -> timedelta | None:
    """What Retry-After asks for: seconds, or an HTTP date."""
    if retry_after.isascii() and retry_after.isdigit():
        return min(timedelta(seconds=int(retry_after[:9])), LONGEST_PAUSE)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    wait = until.astimezone(UTC) - now
    return max(timedelta(), min(wait, LONGEST_PAUSE))


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not valid: {error.verify_message}"
    text = error.strerror if isinstance(error, OSError) and error.strerror else ""
    if isinstance(error, OSError) and not text:
        text = str(error)
    return f"{type(error).__name__}: {text}"[:200].rstrip(": ")
