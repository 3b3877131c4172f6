"""Relays events to webhooks, each endpoint on its own: a slow one holds up no other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random

import structlog

from app.bootstrap import Parts
from app.bus.addresses import read_networks
from app.bus.webhooks import Webhook
from campaigns.relay import RelayPlan, relay
from campaigns.webhook_service import disable
from campaigns.webhooks import DISABLE_AFTER, Endpoint, wait_after

log = structlog.get_logger()

PLAN = RelayPlan(batch=50, of_event=wait_after)
AT_ONCE = 16
"""So many endpoints are spoken to at a time; one that cannot be reached is seldom spoken to."""

Open = Callable[[Endpoint], Webhook]


class WebhookRelay:
    """Call `look` every now and then; it returns at once. Close it when done."""

    def __init__(self, parts: Parts, random: Random, open_webhook: Open | None = None) -> None:
        self._parts = parts
        self._random = random
        self._open = open_webhook or self._default
        self._pool = ThreadPoolExecutor(AT_ONCE, "webhook")
        self._lock = threading.Lock()
        self._busy: set[str] = set()
        self._closing = threading.Event()

    def _default(self, endpoint: Endpoint) -> Webhook:
        own = read_networks(self._parts.settings.webhook_networks)
        return Webhook(endpoint, self._parts.clock.now, own)

    def look(self) -> None:
        """Begin to relay to each enabled endpoint that is not being spoken to."""
        with self._parts.database.reading() as uow:
            endpoints = uow.webhooks.of_account(self._parts.settings.account)
        for endpoint in endpoints:
            with self._lock:
                if endpoint.disabled_at is not None or endpoint.id in self._busy:
                    continue
                self._busy.add(endpoint.id)
            self._pool.submit(self._drain, endpoint)

    def close(self) -> None:
        """Wait for the batches that are under way."""
        self._closing.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _drain(self, endpoint: Endpoint) -> None:
        try:
            while self.relay_once(endpoint) == PLAN.batch and not self._closing.is_set():
                with self._parts.database.reading() as uow:
                    endpoint = uow.webhooks.get(endpoint.account, endpoint.id)
        except Exception:
            log.exception("webhook failed", webhook=endpoint.id)
        finally:
            with self._lock:
                self._busy.discard(endpoint.id)

    def relay_once(self, endpoint: Endpoint) -> int:
        """Post a batch of what is due, and disable an endpoint that is gone or fails for too long.

        How many were due; none to an endpoint that is disabled.
        """
        parts, now = self._parts, self._parts.clock.now()
        webhook = self._open(endpoint)
        count = relay(parts.database, endpoint.account, webhook, now, self._random, PLAN)
        reason = self._why_disable(webhook) if count else None
        if reason is not None:
            with parts.database() as uow:
                disable(uow, endpoint.account, endpoint.id, reason, now)
            log.warning("webhook disabled", webhook=endpoint.id, reason=reason)
        return count

    def _why_disable(self, webhook: Webhook) -> str | None:
        if webhook.gone:
            return "it answered HTTP 410: it wants no more events"
        parts = self._parts
        with parts.database.reading() as uow:
            sink = uow.deliveries.sink(parts.settings.account, webhook.name)
        since = None if sink is None else sink.failing_since
        if sink is None or since is None or parts.clock.now() - since < DISABLE_AFTER:
            return None
        return f"it could not be reached for {DISABLE_AFTER.days} days: {sink.answer}"
