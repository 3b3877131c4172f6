"""Webhook endpoints in the database."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from campaigns.ports import NotFoundError
from campaigns.tables import webhook
from campaigns.webhooks import Endpoint


class SqlWebhooks:
    """The Webhooks port on a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, endpoint: Endpoint) -> None:
        """Keep a new endpoint."""
        self._connection.execute(insert(webhook), asdict(endpoint))

    def lock(self, account: str, webhook_id: str) -> Endpoint:
        """The endpoint, its row locked, or NotFoundError."""
        return self._one(account, webhook_id, select(webhook).with_for_update())

    def get(self, account: str, webhook_id: str) -> Endpoint:
        """The endpoint, or NotFoundError."""
        return self._one(account, webhook_id, select(webhook))

    def _one(self, account: str, webhook_id: str, wanted: Select[Any]) -> Endpoint:
        mine = wanted.where(webhook.c.account == account, webhook.c.id == webhook_id)
        row = self._connection.execute(mine).one_or_none()
        if row is None:
            raise NotFoundError("webhook", webhook_id)
        return _endpoint(row)

    def of_account(self, account: str) -> list[Endpoint]:
        """All endpoints, oldest first."""
        mine = select(webhook).where(webhook.c.account == account)
        rows = self._connection.execute(mine.order_by(webhook.c.created_at, webhook.c.id))
        return [_endpoint(row) for row in rows]

    def save(self, endpoint: Endpoint) -> None:
        """Keep a changed endpoint."""
        changed = update(webhook).where(webhook.c.id == endpoint.id)
        self._connection.execute(changed.values(**asdict(endpoint)))


def _endpoint(row: Row[Any]) -> Endpoint:
    return Endpoint(**row._mapping)
