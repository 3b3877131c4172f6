"""The outbox in the database: facts in, and a delivery of each to every sink.

Sequences are given out under a lock on the subject's row, so that each subject's events are
1, 2, 3... without gaps and are inserted in that order, whoever writes them.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from campaigns.events import Fact, SealedEvent, seal
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
_INSERT_OUTBOX = insert(outbox)
_INSERT_DELIVERY = insert(delivery)
_PUBLISHERS = (
    select(publisher.c.name)
    .where(publisher.c.account == bindparam("account"))
    .order_by(publisher.c.name)
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
