"""The dial queue in the database: enroll, wake, claim, put back, finish."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from campaigns.campaign import Campaign
from campaigns.contact import Contact
from campaigns.events import FinishReason
from campaigns.ports import Claimed, QueueEntry
from campaigns.selection import READY_ORDER, WAKE_ORDER
from campaigns.store import contact_from_row
from campaigns.tables import attempt, campaign, contact, contact_outcome, dial_queue

_Q = dial_queue.c


def _order(by: Iterable[tuple[str, str]]) -> list[ColumnElement[object]]:
    return [_Q[name].desc() if way == "descending" else _Q[name].asc() for name, way in by]


def _next(
    by: Iterable[tuple[str, str]], *where: ColumnElement[bool], step_over: bool = True
) -> ScalarSelect[str]:
    """The ids of a campaign's next entries; rows that another worker holds are stepped over.

    As a CTE, which is worked out once: a plain subquery with a LIMIT may be run again for each
    row that it is compared with, and then gives more rows than its limit.
    """
    found = (
        select(_Q.contact_id)
        .where(_Q.campaign_id == bindparam("in_campaign"), *where)
        .order_by(*_order(by))
        .limit(bindparam("at_most"))
    )
    if step_over:
        found = found.with_for_update(skip_locked=True)
    return select(found.cte("next_entries").c.contact_id).scalar_subquery()


_IN_CAMPAIGN = _Q.campaign_id == bindparam("in_campaign")
_IS_READY = _Q.ready == literal(True)
_IS_DUE = (_Q.ready == literal(False)) & (_Q.next_attempt_at <= bindparam("now"))

_WAKE = (
    update(dial_queue)
    .where(_IN_CAMPAIGN, _Q.contact_id.in_(_next(WAKE_ORDER, _IS_DUE)))
    .values(ready=True)
    # SQLite's driver does not count the rows of a statement that begins with its CTE.
    .returning(_Q.contact_id)
)
_WAKE_DEFERRED = (
    update(dial_queue)
    .where(_IN_CAMPAIGN, _Q.ready == literal(False), _Q.deferred == literal(True))
    .values(next_attempt_at=bindparam("now"))
)
_CLAIM = (
    delete(dial_queue)
    .where(_IN_CAMPAIGN, _Q.contact_id.in_(_next(READY_ORDER, _IS_READY)))
    .returning(_Q.contact_id, _Q.priority, _Q.row, _Q.next_attempt_at, _Q.phone_index)
)
_LIST_ORDER = (("row", "ascending"), ("contact_id", "ascending"))
_REMOVE = (
    delete(dial_queue)
    .where(_IN_CAMPAIGN, _Q.contact_id.in_(_next(_LIST_ORDER, step_over=False)))
    .returning(_Q.row, _Q.contact_id)
)
_CONTACTS = select(contact).where(contact.c.id.in_(bindparam("ids", expanding=True)))
_READY_COUNT = select(func.count()).select_from(
    select(_Q.contact_id)
    .where(_Q.campaign_id == bindparam("in_campaign"), _Q.ready == literal(True))
    .limit(bindparam("at_most"))
    .subquery()
)
_NEXT_DUE = (
    select(_Q.next_attempt_at)
    .where(_Q.campaign_id == bindparam("in_campaign"), _Q.ready == literal(False))
    .order_by(*_order(WAKE_ORDER))
    .limit(1)
)

# A callback may be promised while the contact is being tried again: the contact then stands in the
# queue once, for the callback, and is finished as it ended last.
_PUT_BACK = {
    name: dialect.insert(dial_queue).on_conflict_do_nothing()
    for name, dialect in (("postgresql", postgresql), ("sqlite", sqlite))
}
_FINISH = {
    name: upsert.on_conflict_do_update(
        index_elements=[contact_outcome.c.campaign_id, contact_outcome.c.contact_id],
        set_={"reason": upsert.excluded.reason, "finished_at": upsert.excluded.finished_at},
    )
    for name, upsert in (
        ("postgresql", postgresql.insert(contact_outcome)),
        ("sqlite", sqlite.insert(contact_outcome)),
    )
}


class SqlDialQueue:
    """The DialQueue port on a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def enroll(self, campaign_: Campaign, at: datetime) -> int:
        """Queue the list's contacts that the campaign does not have yet; how many."""
        known = [
            exists().where(table.c.campaign_id == campaign_.id, table.c.contact_id == contact.c.id)
            for table in (dial_queue, contact_outcome, attempt)
        ]
        fresh = select(
            literal(campaign_.id, _Q.campaign_id.type),
            contact.c.id,
            literal(False),
            contact.c.priority,
            literal(at, _Q.next_attempt_at.type),
            contact.c.row,
            literal(0),
            literal(False),
        ).where(
            contact.c.contact_list_id == campaign_.contact_list_id, *[~there for there in known]
        )
        result = self._connection.execute(
            # Without the option an INSERT's count of rows is unknown on PostgreSQL.
            insert(dial_queue)
            .execution_options(preserve_rowcount=True)
            .from_select(
                [
                    "campaign_id",
                    "contact_id",
                    "ready",
                    "priority",
                    "next_attempt_at",
                    "row",
                    "phone_index",
                    "deferred",
                ],
                fresh,
            )
        )
        self._connection.execute(
            update(campaign).where(campaign.c.id == campaign_.id).values(enrolled_at=at)
        )
        return result.rowcount

    def wake(self, campaign_id: str, now: datetime, limit: int) -> int:
        """Make contacts ready whose time has come, at most `limit`; how many."""
        woken = self._connection.execute(
            _WAKE, {"in_campaign": campaign_id, "now": now, "at_most": limit}
        )
        return len(woken.all())

    def wake_deferred(self, campaign_id: str, now: datetime) -> int:
        """Let contacts that screening deferred be screened again now; how many."""
        woken = {"in_campaign": campaign_id, "now": now}
        return self._connection.execute(_WAKE_DEFERRED, woken).rowcount

    def claim(self, campaign_id: str, limit: int) -> list[Claimed]:
        """Take the next ready contacts out of the queue, in order."""
        rows = self._connection.execute(_CLAIM, {"in_campaign": campaign_id, "at_most": limit})
        entries = [
            QueueEntry(
                contact_id=row.contact_id,
                priority=row.priority,
                row=row.row,
                next_attempt_at=row.next_attempt_at,
                phone_index=row.phone_index,
            )
            for row in rows
        ]
        contacts = self._contacts([entry.contact_id for entry in entries])
        entries.sort(key=lambda e: (-e.priority, e.next_attempt_at, e.row, e.contact_id))
        return [Claimed(entry, contacts[entry.contact_id]) for entry in entries]

    def _contacts(self, ids: Sequence[str]) -> dict[str, Contact]:
        if not ids:
            return {}
        rows = self._connection.execute(_CONTACTS, {"ids": list(ids)})
        return {row.id: contact_from_row(row) for row in rows}

    def put_back(self, campaign_id: str, entries: Sequence[QueueEntry]) -> None:
        """Queue contacts again for their `next_attempt_at`; who is queued already stays so."""
        if not entries:
            return
        self._connection.execute(
            _PUT_BACK[self._connection.dialect.name],
            [
                {
                    "campaign_id": campaign_id,
                    "contact_id": entry.contact_id,
                    "ready": False,
                    "priority": entry.priority,
                    "next_attempt_at": entry.next_attempt_at,
                    "row": entry.row,
                    "phone_index": entry.phone_index,
                    "deferred": entry.deferred,
                }
                for entry in entries
            ],
        )

    def reopen(self, campaign_id: str, entry: QueueEntry) -> None:
        """Queue a finished contact again, as after a promised callback.

        A contact that waits for a retry waits for the callback instead.
        """
        for table in (contact_outcome, dial_queue):
            self._connection.execute(
                delete(table).where(
                    table.c.campaign_id == campaign_id, table.c.contact_id == entry.contact_id
                )
            )
        self.put_back(campaign_id, [entry])

    def ready_count(self, campaign_id: str, at_most: int) -> int:
        """How many contacts are ready, counted up to `at_most`."""
        found = self._connection.execute(
            _READY_COUNT, {"in_campaign": campaign_id, "at_most": at_most}
        )
        return found.scalar_one()

    def next_due_at(self, campaign_id: str) -> datetime | None:
        """When the next contact that waits becomes ready; None when none waits."""
        return self._connection.execute(
            _NEXT_DUE, {"in_campaign": campaign_id}
        ).scalar_one_or_none()

    def remaining(self, campaign_id: str) -> int:
        """How many contacts are in the queue."""
        return self._connection.execute(
            select(func.count()).select_from(dial_queue).where(_Q.campaign_id == campaign_id)
        ).scalar_one()

    def remove(self, campaign_id: str, limit: int) -> list[str]:
        """Take contacts out of the queue for good, in order of the list; their ids."""
        rows = self._connection.execute(_REMOVE, {"in_campaign": campaign_id, "at_most": limit})
        return [contact_id for _, contact_id in sorted((row.row, row.contact_id) for row in rows)]

    def finish(
        self, campaign_id: str, contacts: Sequence[tuple[str, FinishReason]], at: datetime
    ) -> None:
        """Record that the campaign is done with these contacts."""
        if not contacts:
            return
        self._connection.execute(
            _FINISH[self._connection.dialect.name],
            [
                {
                    "campaign_id": campaign_id,
                    "contact_id": contact_id,
                    "reason": reason,
                    "finished_at": at,
                }
                for contact_id, reason in contacts
            ],
        )
