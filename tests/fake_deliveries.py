"""The fakes of the Deliveries and Webhooks ports, in dictionaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from campaigns.deliveries import DeadLetters, DeliveryRecord, DeliveryState, Sink, Try
from campaigns.ports import Delivery, NotFoundError
from campaigns.webhooks import Endpoint
from tests.fake_rows import Due, Port


class FakeDeliveries(Port):
    """The Deliveries port."""

    def register(self, account: str, publisher: str) -> None:
        """From now on each event of the account is due to this sink too."""
        self._rows.publishers.setdefault((account, publisher), Sink(publisher))

    def unregister(self, account: str, publisher: str) -> None:
        """No later event is due to this sink, and nothing is kept of what it got."""
        self._rows.publishers.pop((account, publisher), None)
        for number, _ in self._of(account, publisher):
            del self._rows.deliveries[number]

    def registered(self, account: str) -> list[str]:
        """The names of the account's sinks, sorted."""
        return sorted(name for owner, name in self._rows.publishers if owner == account)

    def _of(self, account: str, publisher: str) -> list[tuple[int, Due]]:
        items = self._rows.deliveries.items()
        return sorted(
            ((n, d) for n, d in items if (d.account, d.publisher) == (account, publisher)),
            key=lambda item: item[0],
        )

    def _waiting(self, account: str, publisher: str) -> list[tuple[int, Due]]:
        return [
            (n, d) for n, d in self._of(account, publisher) if _state(d) is DeliveryState.WAITING
        ]

    def take(self, account: str, publisher: str, now: datetime, limit: int) -> list[Delivery]:
        """Due deliveries, in order; none whose subject has an earlier one that still waits."""
        sink = self.sink(account, publisher)
        if sink is not None and sink.held_until is not None and sink.held_until > now:
            return []
        held: set[str] = set()
        taken = []
        for number, due in self._waiting(account, publisher):
            if due.next_try_at > now:
                held.add(due.event.subject)
            elif due.event.subject not in held:
                taken.append(Delivery(number, due.tries, due.event))
        return taken[:limit]

    def done(self, deliveries: Sequence[Delivery], at: datetime) -> None:
        """The sink has these."""
        for delivery in deliveries:
            due = self._rows.deliveries[delivery.id]
            self._rows.deliveries[delivery.id] = replace(due, tries=due.tries + 1, delivered_at=at)

    def retry(self, delivery: Delivery, at: datetime, answer: str, next_try_at: datetime) -> None:
        """Not now; later events of the same subject wait too."""
        self._tried(delivery, at, answer, next_try_at, None)

    def bury(self, delivery: Delivery, at: datetime, reason: str) -> None:
        """Never: into the dead-letter queue."""
        self._tried(delivery, at, reason, at, reason)

    def _tried(
        self, delivery: Delivery, at: datetime, answer: str, then: datetime, reason: str | None
    ) -> None:
        due = self._rows.deliveries[delivery.id]
        tries = due.tries + 1
        self._rows.deliveries[delivery.id] = replace(
            due,
            tries=tries,
            next_try_at=then,
            dead_reason=reason,
            failures=(*due.failures, Try(tries, at, answer)),
        )

    def close(self, account: str, publisher: str, at: datetime, reason: str) -> None:
        """No later event is due to this sink, and what it has not got yet is a dead letter."""
        self._rows.publishers.pop((account, publisher), None)
        for number, due in self._waiting(account, publisher):
            dead = replace(due, dead_reason=reason, next_try_at=at)
            self._rows.deliveries[number] = dead

    def hold(
        self, account: str, publisher: str, at: datetime, answer: str, until: datetime
    ) -> None:
        """The sink cannot be reached: offer it nothing until then."""
        sink = self._rows.publishers[account, publisher]
        self._rows.publishers[account, publisher] = replace(
            sink,
            failures=sink.failures + 1,
            failing_since=sink.failing_since or at,
            held_until=until,
            answer=answer,
        )

    def reached(self, account: str, publisher: str) -> datetime | None:
        """The sink can be reached; since when it could not, if so."""
        before = self._rows.publishers.get((account, publisher))
        if before is None:
            return None
        self._rows.publishers[account, publisher] = Sink(publisher)
        return before.failing_since

    def wake(self, account: str, publisher: str, now: datetime) -> None:
        """What waits for another try is due now."""
        for number, due in self._waiting(account, publisher):
            woken = replace(due, next_try_at=min(due.next_try_at, now))
            self._rows.deliveries[number] = woken

    def sink(self, account: str, publisher: str) -> Sink | None:
        """Whether the sink can be reached, without counts; None: nobody registered it."""
        return self._rows.publishers.get((account, publisher))

    def sinks(self, account: str) -> list[Sink]:
        """The account's sinks with what waits for each, by name."""
        found = []
        for name in self.registered(account):
            states = [_state(due) for _, due in self._of(account, name)]
            waiting = [due.event.occurred_at for _, due in self._waiting(account, name)]
            found.append(
                replace(
                    self._rows.publishers[account, name],
                    waiting=len(waiting),
                    dead=states.count(DeliveryState.DEAD),
                    oldest_at=min(waiting, default=None),
                )
            )
        return found

    def find(
        self, account: str, state: DeliveryState, publisher: str | None, limit: int
    ) -> list[DeliveryRecord]:
        """Deliveries in this state, to one sink or any: delivered ones newest first."""
        found = [
            _record(due)
            for _, due in sorted(self._rows.deliveries.items())
            if due.account == account
            and _state(due) is state
            and publisher in {None, due.publisher}
        ]
        if state is DeliveryState.DELIVERED:
            found.sort(key=lambda each: (-each.at.timestamp(), each.event_id))
        return found[:limit]

    def of_event(self, account: str, event_id: str) -> list[DeliveryRecord]:
        """The event's delivery to each sink, with its failed tries, by the sink's name."""
        found = [
            replace(_record(due), failures=due.failures)
            for due in self._rows.deliveries.values()
            if (due.account, due.event.event_id) == (account, event_id)
        ]
        return sorted(found, key=lambda each: each.sink)

    def revive(self, account: str, which: DeadLetters, now: datetime) -> int:
        """Offer dead letters of sinks that are registered again from now on; how many."""
        dead = [
            number
            for number, due in self._rows.deliveries.items()
            if due.account == account
            and due.dead_reason is not None
            and (account, due.publisher) in self._rows.publishers
            and (which.event_ids is None or due.event.event_id in which.event_ids)
            and which.sink in {None, due.publisher}
        ]
        for number in dead:
            due = self._rows.deliveries[number]
            self._rows.deliveries[number] = replace(due, dead_reason=None, next_try_at=now)
        return len(dead)

    def forget_before(self, account: str, instant: datetime, most: int) -> int:
        """Delete records of what was delivered or tried before, `most` of each; how many."""
        mine = {n: d for n, d in self._rows.deliveries.items() if d.account == account}
        old = [n for n, d in mine.items() if d.delivered_at and d.delivered_at < instant]
        old.sort(key=lambda number: (mine[number].delivered_at, number))
        tries = [
            (one.tried_at, number, one)
            for number, due in mine.items()
            for one in due.failures
            if one.tried_at < instant
        ]
        forgotten = sorted(tries, key=lambda each: each[:2])[:most]
        for _, number, one in forgotten:
            due = self._rows.deliveries[number]
            kept = tuple(each for each in due.failures if each != one)
            self._rows.deliveries[number] = replace(due, failures=kept)
        for number in old[:most]:
            del self._rows.deliveries[number]
        return len(old[:most]) + len(forgotten)

    def waiting(self, account: str, publisher: str) -> int:
        """How many events the sink has not got yet, dead letters aside."""
        return len(self._waiting(account, publisher))

    def next_try_at(self, account: str, publisher: str) -> datetime | None:
        """When the next delivery is due."""
        waiting = self._waiting(account, publisher)
        return min((due.next_try_at for _, due in waiting), default=None)


class FakeWebhooks(Port):
    """The Webhooks port."""

    def add(self, endpoint: Endpoint) -> None:
        """Keep a new endpoint."""
        self._rows.webhooks[endpoint.id] = endpoint

    def lock(self, account: str, webhook_id: str) -> Endpoint:
        """The endpoint, or NotFoundError."""
        return self.get(account, webhook_id)

    def get(self, account: str, webhook_id: str) -> Endpoint:
        """The endpoint, or NotFoundError."""
        found = self._rows.webhooks.get(webhook_id)
        if found is None or found.account != account:
            raise NotFoundError("webhook", webhook_id)
        return found

    def of_account(self, account: str) -> list[Endpoint]:
        """All endpoints, oldest first."""
        mine = [each for each in self._rows.webhooks.values() if each.account == account]
        return sorted(mine, key=lambda each: (each.created_at, each.id))

    def save(self, endpoint: Endpoint) -> None:
        """Keep a changed endpoint."""
        self._rows.webhooks[endpoint.id] = endpoint


def _state(due: Due) -> DeliveryState:
    if due.delivered_at is not None:
        return DeliveryState.DELIVERED
    return DeliveryState.WAITING if due.dead_reason is None else DeliveryState.DEAD


def _record(due: Due) -> DeliveryRecord:
    return DeliveryRecord(
        event_id=due.event.event_id,
        detail_type=due.event.detail_type,
        occurred_at=due.event.occurred_at,
        sink=due.publisher,
        state=_state(due),
        tries=due.tries,
        at=due.delivered_at or due.next_try_at,
        reason=due.dead_reason,
    )
