"""Webhook endpoints: whose events go where, signed with what, and when to try again.

Signatures, headers and the schedule of tries are those of the Standard Webhooks specification
(https://www.standardwebhooks.com, version 1.0.0).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

SECRET_BYTES = 32
"""The specification asks for 24 to 64."""

OLD_SECRET_FOR = timedelta(hours=24)
"""After a rotation, messages are signed with the secret before as well for so long."""

DISABLE_AFTER = timedelta(days=5)
"""An endpoint that could not be reached for so long is disabled; the schedule spans four days."""

SCHEDULE = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""How long to wait after an event's first, second... failure; after one more it is dead."""

_PREFIX = "whsec_"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an account's events are posted. The secrets are no part of what is printed of it.

    `old_secret` signs too until `old_secret_until`. `disabled_at` and `disabled_reason`: set
    together, and nothing is sent.
    """

    id: str
    account: str
    url: str = field(repr=False)
    secret: str = field(repr=False)
    created_at: datetime
    old_secret: str | None = field(default=None, repr=False)
    old_secret_until: datetime | None = None
    disabled_at: datetime | None = None
    disabled_reason: str | None = None

    @property
    def sink(self) -> str:
        """Under which name its deliveries are kept."""
        return f"webhook:{self.id}"


def new_secret(chance: bytes) -> str:
    """A secret as consumers are given it, from `SECRET_BYTES` bytes that nobody can guess."""
    return _PREFIX + base64.b64encode(chance).decode()


def rotate(endpoint: Endpoint, secret: str, now: datetime) -> Endpoint:
    """The endpoint with a new secret; the one before stays valid for a while."""
    return replace(
        endpoint,
        secret=secret,
        old_secret=endpoint.secret,
        old_secret_until=now + OLD_SECRET_FOR,
    )


def headers(endpoint: Endpoint, event_id: str, body: bytes, now: datetime) -> Mapping[str, str]:
    """What makes a message genuine: its id, the instant of this try, and the signatures."""
    timestamp = int(now.timestamp())
    signed = [sign(secret, event_id, timestamp, body) for secret in _secrets(endpoint, now)]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signed),
    }


def _secrets(endpoint: Endpoint, now: datetime) -> Sequence[str]:
    until = endpoint.old_secret_until
    if endpoint.old_secret is None or until is None or until <= now:
        return [endpoint.secret]
    return [endpoint.secret, endpoint.old_secret]


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """A symmetric signature (v1): HMAC-SHA256 over id, timestamp and body, joined by full stops."""
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    content = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()


def wait_after(tries: int, random: Random) -> timedelta | None:
    """How long to wait after `tries` earlier failures, up to a tenth longer; None: give up."""
    if tries >= len(SCHEDULE):
        return None
    return SCHEDULE[tries] * random.uniform(1.0, 1.1)
