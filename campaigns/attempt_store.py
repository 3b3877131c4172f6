"""Attempts in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, func, insert, select, update

from campaigns.attempt import Attempt, AttemptState
from campaigns.events import Disposition
from campaigns.ports import LiveCounts
from campaigns.tables import ANSWERED_BY_PERSON, attempt
from compliance.abandonment_definitions import AnsweredBy, DisconnectedBy
from compliance.case import DialMode

_FIELDS = tuple(field.name for field in fields(Attempt))
_COLUMNS = [attempt.c[name] for name in _FIELDS]
_A = attempt.c

_INSERT = insert(attempt)
# `ask_hang_up` alone sets hang_up_asked_at, while the dialer may hold an older copy of the row.
_SAVED = tuple(name for name in _FIELDS if name not in {"id", "hang_up_asked_at"})
_SAVE = (
    update(attempt)
    .where(_A.id == bindparam("key"))
    .values({name: bindparam(name) for name in _SAVED})
)
_LOCK = (
    select(*_COLUMNS)
    .where(_A.id.in_(bindparam("ids", expanding=True)))
    .order_by(_A.id)
    .with_for_update()
)
_OPEN = (
    select(*_COLUMNS)
    .where(_A.campaign_id == bindparam("campaign_id"), _A.ended_at.is_(None))
    .order_by(_A.reserved_at, _A.list_row, _A.id)
)
_TO_NUMBER = (
    select(*_COLUMNS)
    .where(
        _A.account == bindparam("account"),
        _A.phone.in_(bindparam("phones", expanding=True)),
        _A.reserved_at > bindparam("since"),
    )
    .order_by(_A.reserved_at, _A.id)
)
_COUNT_OF = (
    select(_A.contact_id, func.count())
    .where(
        _A.campaign_id == bindparam("campaign_id"),
        _A.contact_id.in_(bindparam("ids", expanding=True)),
    )
    .group_by(_A.contact_id)
)
_ENDINGS = (
    select(_A.contact_id, _A.disposition, func.count())
    .where(
        _A.campaign_id == bindparam("campaign_id"),
        _A.contact_id.in_(bindparam("ids", expanding=True)),
        _A.disposition.is_not(None),
    )
    .group_by(_A.contact_id, _A.disposition)
)
_LIVE = select(func.count(), func.coalesce(func.sum(case((_A.abandoned, 1), else_=0)), 0)).where(
    _A.campaign_id == bindparam("campaign_id"),
    ANSWERED_BY_PERSON,
    _A.answered_at >= bindparam("since"),
)


_READ_AS: list[tuple[int, Callable[[Any], object]]] = [
    (_FIELDS.index(name), kind)
    for name, kind in (
        ("dial_mode", DialMode),
        ("state", AttemptState),
        ("time_zones", tuple),
        ("answered_by", AnsweredBy),
        ("disconnected_by", DisconnectedBy),
        ("disposition", Disposition),
    )
]


def _from_row(row: Row[Any]) -> Attempt:
    values = list(row)
    for place, kind in _READ_AS:
        if values[place] is not None:
            values[place] = kind(values[place])
    return Attempt(*values)


def _values(attempt_: Attempt) -> dict[str, object]:
    return {name: getattr(attempt_, name) for name in _FIELDS}


class SqlAttempts:
    """The Attempts port on a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, attempts: Sequence[Attempt]) -> None:
        """Keep new attempts."""
        if attempts:
            self._connection.execute(_INSERT, [_values(a) for a in attempts])

    def save(self, attempts: Sequence[Attempt]) -> None:
        """Keep changed attempts."""
        if attempts:
            rows = [{"key": a.id} | {name: getattr(a, name) for name in _SAVED} for a in attempts]
            self._connection.execute(_SAVE, rows)

    def ask_hang_up(
        self, account: str, phone: str, at: datetime, campaign_id: str | None = None
    ) -> int:
        """Ask the dialer to end calls to a number on which no agent is yet; how many."""
        of_scope = [] if campaign_id is None else [_A.campaign_id == campaign_id]
        return self._connection.execute(
            update(attempt)
            .where(
                _A.account == account,
                _A.phone == phone,
                _A.ended_at.is_(None),
                _A.assigned_at.is_(None),
                _A.hang_up_asked_at.is_(None),
                *of_scope,
            )
            .values(hang_up_asked_at=at)
        ).rowcount

    def lock(self, attempt_ids: Sequence[str]) -> dict[str, Attempt]:
        """The attempts that exist, by id, their rows locked."""
        rows = self._connection.execute(_LOCK, {"ids": list(attempt_ids)})
        return {row.id: _from_row(row) for row in rows}

    def campaigns_with_open(self) -> set[str]:
        """The campaigns of all accounts that have attempts which have not ended."""
        rows = self._connection.execute(
            select(_A.campaign_id).where(_A.ended_at.is_(None)).distinct()
        )
        return set(rows.scalars())

    def open_of(self, campaign_id: str) -> list[Attempt]:
        """Attempts that have not ended, in order of reservation."""
        rows = self._connection.execute(_OPEN, {"campaign_id": campaign_id})
        return [_from_row(row) for row in rows]

    def to_number(
        self, account: str, phones: Sequence[str], since: datetime
    ) -> dict[str, list[Attempt]]:
        """Attempts on these numbers in any campaign of the account, by number, oldest first."""
        rows = self._connection.execute(
            _TO_NUMBER, {"account": account, "phones": list(phones), "since": since}
        )
        found: dict[str, list[Attempt]] = defaultdict(list)
        for row in rows:
            found[row.phone].append(_from_row(row))
        return dict(found)

    def count_of(self, campaign_id: str, contact_ids: Sequence[str]) -> dict[str, int]:
        """How many attempts the campaign has made on each of these contacts."""
        rows = self._connection.execute(
            _COUNT_OF, {"campaign_id": campaign_id, "ids": list(contact_ids)}
        )
        return dict(rows.all())

    def endings(
        self, campaign_id: str, contact_ids: Sequence[str]
    ) -> Mapping[tuple[str, Disposition], int]:
        """How often attempts on these contacts ended in each disposition."""
        rows = self._connection.execute(
            _ENDINGS, {"campaign_id": campaign_id, "ids": list(contact_ids)}
        )
        return {(contact_id, Disposition(ended)): count for contact_id, ended, count in rows}

    def live_counts(self, campaign_id: str, since: datetime) -> LiveCounts:
        """People who answered since then, and how many of them were abandoned."""
        live, abandoned = self._connection.execute(
            _LIVE, {"campaign_id": campaign_id, "since": since}
        ).one()
        return LiveCounts(live, int(abandoned))

    def first_placed_at(self, campaign_id: str) -> datetime | None:
        """When the campaign's first call was placed."""
        first: datetime | None = self._connection.execute(
            select(func.min(_A.placed_at)).where(_A.campaign_id == campaign_id)
        ).scalar_one()
        return first
