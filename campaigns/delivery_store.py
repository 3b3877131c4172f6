"""Deliveries in the database: a short queue of what waits, and what became of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from campaigns.deliveries import DeadLetters, DeliveryRecord, DeliveryState, Sink, Try
from campaigns.events import SealedEvent
from campaigns.ports import Delivery
from campaigns.tables import delivered, delivery, delivery_try, outbox, publisher
from compliance.columns import Instant

_REGISTER = {
    "postgresql": postgresql.insert(publisher).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(publisher).on_conflict_do_nothing(),
}
_D = delivery.c
_earlier = delivery.alias("earlier")
_TAKE = (
    select(_D.id, _D.tries, outbox)
    .join(outbox, outbox.c.event_id == _D.event_id)
    .where(
        _D.account == bindparam("account"),
        _D.publisher == bindparam("publisher"),
        _D.dead_reason.is_(None),
        _D.next_try_at <= bindparam("now"),
        ~exists().where(
            _earlier.c.account == _D.account,
            _earlier.c.publisher == _D.publisher,
            _earlier.c.subject == _D.subject,
            _earlier.c.id < _D.id,
            _earlier.c.dead_reason.is_(None),
            _earlier.c.next_try_at > bindparam("now"),
        ),
        ~exists().where(
            publisher.c.account == bindparam("account"),
            publisher.c.name == bindparam("publisher"),
            publisher.c.held_until > bindparam("now"),
        ),
    )
    .order_by(_D.id)
    .limit(bindparam("at_most"))
)
_IS_TAKEN = _D.id.in_(bindparam("keys", expanding=True))
_KEEP_DELIVERED = insert(delivered).from_select(
    ["event_id", "publisher", "account", "tries", "delivered_at"],
    select(
        _D.event_id,
        _D.publisher,
        _D.account,
        _D.tries + 1,
        bindparam("at", type_=Instant),
    ).where(_IS_TAKEN),
)
_TAKE_OUT = delete(delivery).where(_IS_TAKEN)
_KEEP_TRY = insert(delivery_try).from_select(
    ["event_id", "publisher", "number", "account", "tried_at", "answer"],
    select(
        _D.event_id,
        _D.publisher,
        _D.tries,
        _D.account,
        bindparam("at", type_=Instant),
        bindparam("answer", type_=Text),
    ).where(_D.id == bindparam("key")),
)
_WAITING = _D.dead_reason.is_(None)
_EVENT = (outbox.c.event_id, outbox.c.detail_type, outbox.c.occurred_at)
_QUEUED = select(*_EVENT, _D.publisher, _D.tries, _D.next_try_at, _D.dead_reason).join(
    outbox, outbox.c.event_id == _D.event_id
)
_DELIVERED = select(
    *_EVENT, delivered.c.publisher, delivered.c.tries, delivered.c.delivered_at
).join(outbox, outbox.c.event_id == delivered.c.event_id)


class SqlDeliveries:
    """The Deliveries port on a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def register(self, account: str, name: str) -> None:
        """From now on each event of the account is due to this sink too."""
        register = _REGISTER[self._connection.dialect.name]
        self._connection.execute(register, {"account": account, "name": name})

    def unregister(self, account: str, name: str) -> None:
        """No later event is due to this sink, and nothing is kept of what it got or did not get."""
        for table, column in (
            (publisher, publisher.c.name),
            (delivery, _D.publisher),
            (delivered, delivered.c.publisher),
            (delivery_try, delivery_try.c.publisher),
        ):
            self._connection.execute(
                delete(table).where(table.c.account == account, column == name)
            )

    def registered(self, account: str) -> list[str]:
        """The names of the account's sinks, sorted."""
        names = select(publisher.c.name).where(publisher.c.account == account)
        return list(self._connection.execute(names.order_by(publisher.c.name)).scalars())

    def take(self, account: str, publisher_: str, now: datetime, limit: int) -> list[Delivery]:
        """Due deliveries, in order; none whose subject has an earlier one that still waits."""
        rows = self._connection.execute(
            _TAKE,
            {"account": account, "publisher": publisher_, "now": now, "at_most": limit},
        )
        return [_delivery(row) for row in rows]

    def done(self, deliveries: Sequence[Delivery], at: datetime) -> None:
        """The sink has these."""
        if deliveries:
            keys = [each.id for each in deliveries]
            self._connection.execute(_KEEP_DELIVERED, {"keys": keys, "at": at})
            self._connection.execute(_TAKE_OUT, {"keys": keys})

    def retry(self, delivery_: Delivery, at: datetime, answer: str, next_try_at: datetime) -> None:
        """Not now; later events of the same subject wait too."""
        self._tried(delivery_, at, answer, next_try_at=next_try_at)

    def bury(self, delivery_: Delivery, at: datetime, reason: str) -> None:
        """Never: into the dead-letter queue."""
        self._tried(delivery_, at, reason, next_try_at=at, dead_reason=reason)

    def _tried(self, delivery_: Delivery, at: datetime, answer: str, **values: object) -> None:
        changed = update(delivery).where(_D.id == delivery_.id)
        self._connection.execute(changed.values(tries=_D.tries + 1, **values))
        self._connection.execute(_KEEP_TRY, {"key": delivery_.id, "at": at, "answer": answer})

    def close(self, account: str, name: str, at: datetime, reason: str) -> None:
        """No later event is due to this sink, and what it has not got yet is a dead letter."""
        self._connection.execute(
            delete(publisher).where(publisher.c.account == account, publisher.c.name == name)
        )
        self._connection.execute(
            update(delivery)
            .where(_D.account == account, _D.publisher == name, _WAITING)
            .values(dead_reason=reason, next_try_at=at)
        )

    def hold(self, account: str, name: str, at: datetime, answer: str, until: datetime) -> None:
        """The sink cannot be reached: offer it nothing until then."""
        self._connection.execute(
            update(publisher)
            .where(publisher.c.account == account, publisher.c.name == name)
            .values(
                failures=publisher.c.failures + 1,
                failing_since=func.coalesce(publisher.c.failing_since, literal(at, Instant)),
                held_until=until,
                answer=answer,
            )
        )

    def reached(self, account: str, name: str) -> datetime | None:
        """The sink can be reached; since when it could not, if so."""
        mine = publisher.c.account == account, publisher.c.name == name
        failed_since = self._connection.execute(
            select(publisher.c.failing_since).where(*mine)
        ).scalar_one_or_none()
        if failed_since is not None:
            well = {"failures": 0, "failing_since": None, "held_until": None, "answer": None}
            self._connection.execute(update(publisher).where(*mine).values(well))
        return failed_since

    def wake(self, account: str, name: str, now: datetime) -> None:
        """What waits for another try is due now."""
        self._connection.execute(
            update(delivery)
            .where(_D.account == account, _D.publisher == name, _WAITING, _D.next_try_at > now)
            .values(next_try_at=now)
        )

    def sink(self, account: str, name: str) -> Sink | None:
        """Whether the sink can be reached, without counts; None: nobody registered it."""
        wanted = select(publisher).where(publisher.c.account == account, publisher.c.name == name)
        row = self._connection.execute(wanted).one_or_none()
        return None if row is None else _sink(row)

    def sinks(self, account: str) -> list[Sink]:
        """The account's sinks with what waits for each, by name."""
        counts = (
            select(
                _D.publisher,
                func.count().filter(_WAITING).label("waiting"),
                func.count().filter(~_WAITING).label("dead"),
                func.min(outbox.c.occurred_at).filter(_WAITING).label("oldest_at"),
            )
            .join(outbox, outbox.c.event_id == _D.event_id)
            .where(_D.account == account)
            .group_by(_D.publisher)
            .subquery()
        )
        wanted = (
            select(publisher, counts.c.waiting, counts.c.dead, counts.c.oldest_at)
            .outerjoin(counts, counts.c.publisher == publisher.c.name)
            .where(publisher.c.account == account)
            .order_by(publisher.c.name)
        )
        return [
            _sink(row, waiting=row.waiting or 0, dead=row.dead or 0, oldest_at=row.oldest_at)
            for row in self._connection.execute(wanted)
        ]

    def find(
        self, account: str, state: DeliveryState, publisher_: str | None, limit: int
    ) -> list[DeliveryRecord]:
        """Deliveries in this state, to one sink or any: delivered ones newest first."""
        if state is DeliveryState.DELIVERED:
            newest = delivered.c.delivered_at.desc(), delivered.c.event_id
            got = _DELIVERED.where(
                delivered.c.account == account, _is(delivered.c.publisher, publisher_)
            )
            return self._delivered(got.order_by(*newest).limit(limit))
        is_state = _WAITING if state is DeliveryState.WAITING else ~_WAITING
        queued = _QUEUED.where(_D.account == account, is_state, _is(_D.publisher, publisher_))
        return self._queued(queued.order_by(_D.id).limit(limit))

    def of_event(self, account: str, event_id: str) -> list[DeliveryRecord]:
        """The event's delivery to each sink, with its failed tries, by the sink's name."""
        queued = _QUEUED.where(_D.account == account, _D.event_id == event_id)
        got = _DELIVERED.where(delivered.c.account == account, delivered.c.event_id == event_id)
        tries = (
            select(delivery_try)
            .where(delivery_try.c.account == account, delivery_try.c.event_id == event_id)
            .order_by(delivery_try.c.number)
        )
        failures: dict[str, tuple[Try, ...]] = {}
        for row in self._connection.execute(tries):
            one = Try(row.number, row.tried_at, row.answer)
            failures[row.publisher] = (*failures.get(row.publisher, ()), one)
        found = self._queued(queued, failures) + self._delivered(got, failures)
        return sorted(found, key=lambda each: each.sink)

    def revive(self, account: str, which: DeadLetters, now: datetime) -> int:
        """Offer dead letters of sinks that are registered again from now on; how many."""
        registered = select(publisher.c.name).where(publisher.c.account == account)
        wanted = update(delivery).where(
            _D.account == account, ~_WAITING, _D.publisher.in_(registered)
        )
        if which.event_ids is not None:
            wanted = wanted.where(_D.event_id.in_(which.event_ids))
        if which.sink is not None:
            wanted = wanted.where(_D.publisher == which.sink)
        return self._connection.execute(wanted.values(dead_reason=None, next_try_at=now)).rowcount

    def forget_before(self, account: str, instant: datetime, most: int) -> int:
        """Delete records of what was delivered or tried before, `most` of each; how many."""
        deleted = 0
        for table, at in (
            (delivered, delivered.c.delivered_at),
            (delivery_try, delivery_try.c.tried_at),
        ):
            key = tuple(table.primary_key.columns)
            old = select(*key).where(table.c.account == account, at < instant)
            oldest = old.order_by(at).limit(most)
            found = self._connection.execute(delete(table).where(tuple_(*key).in_(oldest)))
            deleted += found.rowcount
        return deleted

    def waiting(self, account: str, publisher_: str) -> int:
        """How many events the sink has not got yet, dead letters aside."""
        return self._connection.execute(
            select(func.count())
            .select_from(delivery)
            .where(_D.account == account, _D.publisher == publisher_, _WAITING)
        ).scalar_one()

    def next_try_at(self, account: str, publisher_: str) -> datetime | None:
        """When the next delivery is due."""
        due: datetime | None = self._connection.execute(
            select(func.min(_D.next_try_at)).where(
                _D.account == account, _D.publisher == publisher_, _WAITING
            )
        ).scalar_one()
        return due

    def _queued(
        self, wanted: Select[Any], failures: dict[str, tuple[Try, ...]] | None = None
    ) -> list[DeliveryRecord]:
        return [
            DeliveryRecord(
                event_id=row.event_id,
                detail_type=row.detail_type,
                occurred_at=row.occurred_at,
                sink=row.publisher,
                state=DeliveryState.WAITING if row.dead_reason is None else DeliveryState.DEAD,
                tries=row.tries,
                at=row.next_try_at,
                reason=row.dead_reason,
                failures=(failures or {}).get(row.publisher, ()),
            )
            for row in self._connection.execute(wanted)
        ]

    def _delivered(
        self, wanted: Select[Any], failures: dict[str, tuple[Try, ...]] | None = None
    ) -> list[DeliveryRecord]:
        return [
            DeliveryRecord(
                event_id=row.event_id,
                detail_type=row.detail_type,
                occurred_at=row.occurred_at,
                sink=row.publisher,
                state=DeliveryState.DELIVERED,
                tries=row.tries,
                at=row.delivered_at,
                failures=(failures or {}).get(row.publisher, ()),
            )
            for row in self._connection.execute(wanted)
        ]


def _is(column: ColumnElement[str], name: str | None) -> ColumnElement[bool]:
    return true() if name is None else column == name


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        tries=row.tries,
        event=SealedEvent(
            event_id=row.event_id,
            detail_type=row.detail_type,
            subject=row.subject,
            sequence=row.sequence,
            occurred_at=row.occurred_at,
            contact_id=None,
            campaign_id=row.campaign_id,
            body=row.body,
        ),
    )


def _sink(
    row: Row[Any], waiting: int = 0, dead: int = 0, oldest_at: datetime | None = None
) -> Sink:
    return Sink(
        name=row.name,
        failures=row.failures,
        failing_since=row.failing_since,
        held_until=row.held_until,
        answer=row.answer,
        waiting=waiting,
        dead=dead,
        oldest_at=oldest_at,
    )
