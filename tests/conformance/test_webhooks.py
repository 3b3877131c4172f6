"""What the Webhooks port promises, on every storage, and its use cases over it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from campaigns import webhook_service
from campaigns.deliveries import DeadLetters
from campaigns.events import WebhookDisabled, WebhookTested
from campaigns.ports import NotFoundError
from campaigns.webhook_service import WebhookDisabledError
from campaigns.webhooks import OLD_SECRET_FOR, Endpoint, new_secret
from tests.builders import ACCOUNT, NOON, a_contact_fact, after, ident
from tests.conformance.storage import Storage

SECRET = new_secret(b"s" * 32)


def an_endpoint(name: str = "w", seconds: float = 0, account: str = ACCOUNT) -> Endpoint:
    """An enabled one."""
    url = f"https://example.com/{name}"
    return Endpoint(ident("webhook", account, name), account, url, SECRET, after(seconds))


WEBHOOK = an_endpoint()


def add(storage: Storage, *endpoints: Endpoint) -> None:
    """By the use case."""
    with storage() as uow:
        for endpoint in endpoints:
            webhook_service.add(uow, endpoint)


def due(storage: Storage, seconds: float = 0) -> list[str]:
    """The detail-types that wait for the webhook."""
    with storage() as uow:
        taken = uow.deliveries.take(ACCOUNT, WEBHOOK.sink, after(seconds), 99)
        return [each.event.detail_type for each in taken]


def test_an_endpoint_is_kept_as_it_is(storage: Storage) -> None:
    """Every field, also after a change; the account's own, oldest first."""
    other = an_endpoint("other", account="other")
    add(storage, an_endpoint("second", 1), WEBHOOK, other)
    changed = replace(
        WEBHOOK,
        secret=new_secret(b"t" * 32),
        old_secret=SECRET,
        old_secret_until=after(1),
        disabled_at=after(2),
        disabled_reason="why",
    )
    with storage() as uow:
        uow.webhooks.save(changed)
    with storage() as uow:
        assert uow.webhooks.get(ACCOUNT, WEBHOOK.id) == changed
        assert uow.webhooks.lock(ACCOUNT, WEBHOOK.id) == changed
        assert uow.webhooks.of_account(ACCOUNT) == [changed, an_endpoint("second", 1)]
        assert uow.webhooks.of_account("other") == [other]


def test_a_foreign_endpoint_looks_like_a_missing_one(storage: Storage) -> None:
    """S1."""
    add(storage, WEBHOOK)
    with storage() as uow:
        for account, key in (("other", WEBHOOK.id), (ACCOUNT, ident("nobody"))):
            with pytest.raises(NotFoundError):
                uow.webhooks.get(account, key)
            with pytest.raises(NotFoundError):
                uow.webhooks.lock(account, key)


def test_events_are_due_to_a_webhook_from_its_adding_on(storage: Storage) -> None:
    """Not those before."""
    with storage() as uow:
        uow.outbox.append(ACCOUNT, a_contact_fact(1))
    add(storage, WEBHOOK)
    with storage() as uow:
        uow.outbox.append(ACCOUNT, a_contact_fact(2))
    assert due(storage) == ["Contact Finished"]


def test_a_rotation_is_kept(storage: Storage) -> None:
    """With the secret before and its end."""
    add(storage, WEBHOOK)
    with storage() as uow:
        rotated = webhook_service.rotate_secret(uow, ACCOUNT, WEBHOOK.id, b"t" * 32, NOON)
    with storage() as uow:
        assert uow.webhooks.get(ACCOUNT, WEBHOOK.id) == rotated
    assert rotated.secret == new_secret(b"t" * 32)
    assert (rotated.old_secret, rotated.old_secret_until) == (SECRET, NOON + OLD_SECRET_FOR)


def test_a_disabled_webhook_gets_nothing_and_everybody_is_told(storage: Storage) -> None:
    """What it had not got is dead, and can be offered again once it is enabled."""
    add(storage, WEBHOOK, an_endpoint("second"))
    with storage() as uow:
        uow.outbox.append(ACCOUNT, a_contact_fact(1))
    with storage() as uow:
        assert webhook_service.disable(uow, ACCOUNT, WEBHOOK.id, "HTTP 410", after(1))
        assert not webhook_service.disable(uow, ACCOUNT, WEBHOOK.id, "again", after(2))
        kept = uow.webhooks.get(ACCOUNT, WEBHOOK.id)
        assert (kept.disabled_at, kept.disabled_reason) == (after(1), "HTTP 410")
    assert due(storage, 9) == []
    with storage() as uow:
        told = uow.deliveries.take(ACCOUNT, an_endpoint("second").sink, after(9), 9)
        assert [each.event.detail_type for each in told][1:] == [WebhookDisabled.detail_type]
        assert webhook_service.enable(uow, ACCOUNT, WEBHOOK.id)
        assert not webhook_service.enable(uow, ACCOUNT, WEBHOOK.id)
        assert uow.deliveries.revive(ACCOUNT, DeadLetters(sink=WEBHOOK.sink), after(3)) == 1
        assert uow.webhooks.get(ACCOUNT, WEBHOOK.id) == WEBHOOK
    assert due(storage, 9) == ["Contact Finished"]


def test_a_test_event_is_an_event_like_any_other(storage: Storage) -> None:
    """A disabled webhook would not get it."""
    add(storage, WEBHOOK)
    with storage() as uow:
        assert webhook_service.test(uow, ACCOUNT, WEBHOOK.id, NOON) == WEBHOOK.sink
    assert due(storage) == [WebhookTested.detail_type]
    with storage() as uow:
        webhook_service.disable(uow, ACCOUNT, WEBHOOK.id, "why", NOON)
        with pytest.raises(WebhookDisabledError):
            webhook_service.test(uow, ACCOUNT, WEBHOOK.id, NOON)
