"""Use cases of webhooks: add, rotate, disable, enable, test.

A disabled webhook gets nothing; what it had not got yet is in the dead-letter queue, from which it
can be offered again once the webhook is enabled.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from campaigns.events import WebhookDisabled, WebhookTested
from campaigns.ports import UnitOfWork
from campaigns.webhooks import Endpoint, new_secret, rotate


class WebhookDisabledError(ValueError):
    """A disabled webhook gets nothing."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(f"webhook {endpoint.id} is disabled; enable it first")


def add(uow: UnitOfWork, endpoint: Endpoint) -> None:
    """From now on each event of the account is posted there too."""
    uow.webhooks.add(endpoint)
    uow.deliveries.register(endpoint.account, endpoint.sink)


def rotate_secret(
    uow: UnitOfWork, account: str, webhook_id: str, chance: bytes, now: datetime
) -> Endpoint:
    """Sign with a new secret, and for a while with the one before as well.

    Raises:
        NotFoundError: there is no such webhook.
    """
    rotated = rotate(uow.webhooks.lock(account, webhook_id), new_secret(chance), now)
    uow.webhooks.save(rotated)
    return rotated


def disable(uow: UnitOfWork, account: str, webhook_id: str, reason: str, now: datetime) -> bool:
    """Send it nothing any more, and tell so; False if it is disabled already.

    Raises:
        NotFoundError: there is no such webhook.
    """
    endpoint = uow.webhooks.lock(account, webhook_id)
    if endpoint.disabled_at is not None:
        return False
    uow.webhooks.save(replace(endpoint, disabled_at=now, disabled_reason=reason))
    uow.deliveries.close(account, endpoint.sink, now, f"webhook disabled: {reason}")
    fact = WebhookDisabled(occurred_at=now, contact_list_id=endpoint.id, reason=reason)
    uow.outbox.append(account, fact)
    return True


def enable(uow: UnitOfWork, account: str, webhook_id: str) -> bool:
    """Send it the events from now on; False if it is enabled already.

    Raises:
        NotFoundError: there is no such webhook.
    """
    endpoint = uow.webhooks.lock(account, webhook_id)
    if endpoint.disabled_at is None:
        return False
    uow.webhooks.save(replace(endpoint, disabled_at=None, disabled_reason=None))
    uow.deliveries.register(account, endpoint.sink)
    return True


def test(uow: UnitOfWork, account: str, webhook_id: str, now: datetime) -> str:
    """Publish an event that says that somebody tests this webhook; the sink's name.

    Raises:
        NotFoundError: there is no such webhook.
        WebhookDisabledError: it would not get the event.
    """
    endpoint = uow.webhooks.lock(account, webhook_id)
    if endpoint.disabled_at is not None:
        raise WebhookDisabledError(endpoint)
    uow.outbox.append(account, WebhookTested(occurred_at=now, contact_list_id=endpoint.id))
    return endpoint.sink
