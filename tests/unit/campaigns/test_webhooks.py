"""Signatures after the Standard Webhooks specification, by its own library; tries and rotation."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
import time_machine
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from campaigns.webhooks import (
    OLD_SECRET_FOR,
    SCHEDULE,
    Endpoint,
    headers,
    new_secret,
    rotate,
    sign,
    wait_after,
)
from tests.builders import ACCOUNT, NOON

FIRST, SECOND = new_secret(b"1" * 32), new_secret(b"2" * 32)
BODY = '{"name":"ü 午後"}'.encode()


def an_endpoint() -> Endpoint:
    """One with a secret."""
    return Endpoint("w", ACCOUNT, "https://example.com/in?token=t", FIRST, NOON)


def is_valid(secret: str, endpoint: Endpoint, at: datetime, body: bytes = BODY) -> bool:
    """What the specification's library says of a message of then, looking at it at once."""
    made = dict(headers(endpoint, "event-1", BODY, at))
    with time_machine.travel(at, tick=False):
        try:
            Verifier(secret).verify(body, made)
        except WebhookVerificationError:
            return False
    return True


def test_the_specifications_vector() -> None:
    """Known id, timestamp, body and secret give the known signature."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    made = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_specifications_library_verifies() -> None:
    """The right secret, and no other; the body as it is, and no other."""
    assert is_valid(FIRST, an_endpoint(), NOON)
    assert not is_valid(SECOND, an_endpoint(), NOON)
    assert not is_valid(FIRST, an_endpoint(), NOON, BODY + b" ")


def test_a_message_carries_its_id_and_the_instant_of_the_try() -> None:
    """The id stays with the event, the instant is each try's own."""
    made = headers(an_endpoint(), "event-1", BODY, NOON + timedelta(milliseconds=999))
    assert made["webhook-id"] == "event-1"
    assert made["webhook-timestamp"] == str(int(NOON.timestamp()))


def test_after_a_rotation_both_secrets_verify_for_a_while() -> None:
    """Then the new one alone; a consumer has a day to change."""
    rotated = rotate(an_endpoint(), SECOND, NOON)
    last = NOON + OLD_SECRET_FOR - timedelta(milliseconds=1)
    for at in (NOON, last):
        assert is_valid(FIRST, rotated, at)
        assert is_valid(SECOND, rotated, at)
    assert not is_valid(FIRST, rotated, NOON + OLD_SECRET_FOR)
    assert is_valid(SECOND, rotated, NOON + OLD_SECRET_FOR)


def test_a_second_rotation_forgets_the_first_secret() -> None:
    """Two at most are valid at a time."""
    third = new_secret(b"3" * 32)
    rotated = rotate(rotate(an_endpoint(), SECOND, NOON), third, NOON)
    assert [is_valid(s, rotated, NOON) for s in (FIRST, SECOND, third)] == [False, True, True]


def test_a_secret_is_as_the_specification_asks() -> None:
    """Prefix, base64, and no less than 24 bytes."""
    assert FIRST.startswith("whsec_")
    assert len(Verifier(FIRST)._whsecret) == 32


def test_what_is_printed_of_an_endpoint_shows_no_secret() -> None:
    """Nor its URL, which may hold a token (S4)."""
    printed = repr(replace(rotate(an_endpoint(), SECOND, NOON)))
    assert FIRST not in printed
    assert SECOND not in printed
    assert "token" not in printed


def test_tries_follow_the_schedule_and_end() -> None:
    """Each a little later by chance, so that failures do not come back all at once."""
    low, high = [
        [wait_after(tries, chance) for tries in range(len(SCHEDULE) + 1)]
        for chance in (Fixed(0.0), Fixed(1.0))
    ]
    assert low == [*SCHEDULE, None]
    assert high == [*(wait * 1.1 for wait in SCHEDULE), None]
    assert timedelta(days=3) < sum(SCHEDULE, timedelta()) < timedelta(days=4)


class Fixed(Random):
    """Always the same share."""

    def __init__(self, share: float) -> None:
        super().__init__(0)
        self._share = share

    def random(self) -> float:
        """The share."""
        return self._share


@pytest.mark.parametrize("tries", range(len(SCHEDULE)))
def test_no_wait_is_shorter_than_the_schedule(tries: int) -> None:
    """Whatever chance says."""
    waits = [wait_after(tries, Random(seed)) for seed in range(50)]
    assert all(wait is not None and SCHEDULE[tries] <= wait for wait in waits)
    assert len(set(waits)) > 1
