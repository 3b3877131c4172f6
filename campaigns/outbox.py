"""The outbox in the database: facts in, deliveries out.

Sequences are given out under a lock on the subject's row, so that each subject's events are
1, 2, 3... without gaps and are inserted in that order, whoever writes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    Connection,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from campaigns.events import Fact, SealedEvent, seal
from campaigns.ports import Delivery
from campaigns.tables import delivery, event_sequence, outbox, publisher

_LAST = (
    select(event_sequence.c.subject, event_sequence.c.last)
    .where(event_sequence.c.subject.in_(bindparam("subjects", expanding=True)))
    .order_by(event_sequence.c.subject)
    .with_for_update()
)
_PG_SEQUENCE = postgresql.insert(event_sequence)
_SQLITE_SEQUENCE = sqlite.insert(event_sequence)
_KEEP_LAST = {
    "postgresql": _PG_SEQUENCE.on_conflict_do_update(
        index_elements=[event_sequence.c.subject], set_={"last": _PG_SEQUENCE.excluded.last}
    ),
    "sqlite": _SQLITE_SEQUENCE.on_conflict_do_update(
        index_elements=[event_sequence.c.subject], set_={"last": _SQLITE_SEQUENCE.excluded.last}
    ),
}
_MAKE_SEQUENCE = _PG_SEQUENCE.on_conflict_do_nothing()
_REGISTER = {
    "postgresql": postgresql.insert(publisher).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(publisher).on_conflict_do_nothing(),
}
_INSERT_OUTBOX = insert(outbox)
_INSERT_DELIVERY = insert(delivery)
_PUBLISHERS = (
    select(publisher.c.name)
    .where(publisher.c.account == bindparam("account"))
    .order_by(publisher.c.name)
)

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
    )
    .order_by(_D.id)
    .limit(bindparam("at_most"))
)


class SqlOutbox:
    """The Outbox port: collects facts, and writes them when the unit of work asks it to."""

    def __init__(self, connection: Connection, region: str, now: datetime) -> None:
        self._connection = connection
        self._region = region
        self._now = now
        self._facts: list[tuple[str, Fact]] = []

    def append(self, account: str, *facts: Fact) -> None:
        """Publish these when the unit of work commits, each subject's in this order."""
        self._facts.extend((account, fact) for fact in facts)

    def flush(self) -> None:
        """Seal and write what was appended; called by the unit of work just before its commit."""
        if not self._facts:
            return
        facts, self._facts = self._facts, []
        last = self._lock_sequences(sorted({fact.subject for _, fact in facts}))
        rows = []
        for account, fact in facts:
            last[fact.subject] += 1
            sealed = seal(fact, last[fact.subject], account, self._region)
            rows.append(_outbox_row(account, sealed))
        self._connection.execute(
            _KEEP_LAST[self._connection.dialect.name],
            [{"subject": key, "last": value} for key, value in last.items()],
        )
        self._connection.execute(_INSERT_OUTBOX, rows)
        self._make_deliveries(rows)

    def _lock_sequences(self, subjects: list[str]) -> Counter[str]:
        rows = self._connection.execute(_LAST, {"subjects": subjects}).all()
        last = Counter({row.subject: row.last for row in rows})
        unseen = [{"subject": key, "last": 0} for key in subjects if key not in last]
        if unseen and self._connection.dialect.name == "postgresql":
            # A row that does not exist cannot be locked: make it, then lock and read again, so
            # that two first events of one subject do not both become number 1.
            self._connection.execute(_MAKE_SEQUENCE, unseen)
            rows = self._connection.execute(_LAST, {"subjects": subjects}).all()
            last = Counter({row.subject: row.last for row in rows})
        return last

    def _make_deliveries(self, rows: list[dict[str, object]]) -> None:
        names = {
            account: self._connection.execute(_PUBLISHERS, {"account": account}).scalars().all()
            for account in {row["account"] for row in rows}
        }
        due = [
            {
                "account": row["account"],
                "publisher": name,
                "event_id": row["event_id"],
                "subject": row["subject"],
                "tries": 0,
                "next_try_at": self._now,
            }
            for row in rows
            for name in names[row["account"]]
        ]
        if due:
            self._connection.execute(_INSERT_DELIVERY, due)


def _outbox_row(account: str, sealed: SealedEvent) -> dict[str, object]:
    return {
        "event_id": sealed.event_id,
        "account": account,
        "campaign_id": sealed.campaign_id,
        "detail_type": sealed.detail_type,
        "subject": sealed.subject,
        "sequence": sealed.sequence,
        "occurred_at": sealed.occurred_at,
        "body": sealed.body,
    }


class SqlDeliveries:
    """The Deliveries port on a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def register(self, account: str, name: str) -> None:
        """From now on each event of the account is due to this publisher too."""
        register = _REGISTER[self._connection.dialect.name]
        self._connection.execute(register, {"account": account, "name": name})

    def unregister(self, account: str, name: str) -> None:
        """No later event is due to this publisher, and none that it has not got yet."""
        for table, column in ((publisher, publisher.c.name), (delivery, _D.publisher)):
            self._connection.execute(
                delete(table).where(table.c.account == account, column == name)
            )

    def registered(self, account: str) -> list[str]:
        """The names of the account's publishers, sorted."""
        return list(self._connection.execute(_PUBLISHERS, {"account": account}).scalars())

    def take(self, account: str, publisher_: str, now: datetime, limit: int) -> list[Delivery]:
        """Due deliveries, in order; none whose subject has an earlier one that still waits."""
        rows = self._connection.execute(
            _TAKE,
            {"account": account, "publisher": publisher_, "now": now, "at_most": limit},
        )
        return [
            Delivery(
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
            for row in rows
        ]

    def done(self, deliveries: Sequence[Delivery]) -> None:
        """The publisher has these."""
        if deliveries:
            self._connection.execute(
                delete(delivery).where(_D.id == bindparam("key")),
                [{"key": d.id} for d in deliveries],
            )

    def retry(self, delivery_: Delivery, next_try_at: datetime) -> None:
        """Not now; later events of the same subject wait too."""
        self._connection.execute(
            update(delivery)
            .where(_D.id == delivery_.id)
            .values(tries=delivery_.tries + 1, next_try_at=next_try_at)
        )

    def bury(self, delivery_: Delivery, reason: str) -> None:
        """Never: into the dead-letter queue."""
        self._connection.execute(
            update(delivery)
            .where(_D.id == delivery_.id)
            .values(tries=delivery_.tries + 1, dead_reason=reason)
        )

    def waiting(self, account: str, publisher_: str) -> int:
        """How many events the publisher has not got yet."""
        return self._connection.execute(
            select(func.count())
            .select_from(delivery)
            .where(_D.account == account, _D.publisher == publisher_, _D.dead_reason.is_(None))
        ).scalar_one()

    def next_try_at(self, account: str, publisher_: str) -> datetime | None:
        """When the next delivery is due."""
        due: datetime | None = self._connection.execute(
            select(func.min(_D.next_try_at)).where(
                _D.account == account, _D.publisher == publisher_, _D.dead_reason.is_(None)
            )
        ).scalar_one()
        return due
