"""Attempts in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    func,
    insert,
    select,
    type_coerce,
    update,
)

from campaigns.attempt import Attempt, AttemptState
from campaigns.events import Disposition
from campaigns.ports import LiveCounts
from campaigns.tables import ANSWERED_BY_PERSON, attempt
from compliance.abandonment import Counts
from compliance.abandonment_definitions import (
    DEFINITIONS,
    SILENT_GREETING,
    AnsweredBy,
    ConnectionStartPoint,
    Definition,
    DisconnectedBy,
)
from compliance.case import DialMode
from compliance.columns import MILLISECOND
from compliance.phone_number import START_LENGTH

_FIELDS = tuple(field.name for field in fields(Attempt))
ATTEMPT_COLUMNS = [attempt.c[name] for name in _FIELDS]
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
    select(*ATTEMPT_COLUMNS)
    .where(_A.id.in_(bindparam("ids", expanding=True)))
    .order_by(_A.id)
    .with_for_update()
)
_OPEN = (
    select(*ATTEMPT_COLUMNS)
    .where(_A.campaign_id == bindparam("campaign_id"), _A.ended_at.is_(None))
    .order_by(_A.reserved_at, _A.list_row, _A.id)
)
_TO_NUMBER = (
    select(*ATTEMPT_COLUMNS)
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


def _milliseconds(column: ColumnElement[Any]) -> ColumnElement[int]:
    """An instant as it is stored, to reckon with."""
    return type_coerce(column, BigInteger)


def _deadline(definition: Definition) -> ColumnElement[int]:
    """The last instant at which an agent is in time: `compliance.abandonment.deadline` in SQL."""
    answered = _milliseconds(_A.answered_at)
    starts = {
        ConnectionStartPoint.CONNECTED_TO_SYSTEM: answered,
        ConnectionStartPoint.GREETING_START: func.coalesce(
            _milliseconds(_A.greeting_start_at), answered
        ),
        ConnectionStartPoint.GREETING_END: func.coalesce(
            _milliseconds(_A.greeting_stop_at), answered + SILENT_GREETING // MILLISECOND
        ),
    }
    return starts[definition.start_point] + definition.threshold // MILLISECOND


def _counts_under(definition: Definition) -> Select[int, int]:
    """`Attempt.live_counts` in SQL, summed; the conformance suite holds the two together."""
    deadline = _deadline(definition)
    in_time = _milliseconds(_A.connected_at) <= deadline
    left_early = and_(
        _A.disconnected_by == DisconnectedBy.CUSTOMER,
        _milliseconds(_A.disconnected_at) <= deadline,
    )
    waits = and_(_A.ended_at.is_(None), _A.connected_at.is_(None), _A.abandoned_at.is_(None))
    early = 1 if definition.early_hang_up_is_live else 0
    # A comparison with a fact that is null is not true: the next line then decides.
    live = case((in_time, 1), (left_early, early), else_=1)
    abandoned = case((in_time, 0), (left_early, 0), (waits, 0), else_=1)
    return select(func.coalesce(func.sum(live), 0), func.coalesce(func.sum(abandoned), 0)).where(
        _A.campaign_id == bindparam("campaign_id"),
        ANSWERED_BY_PERSON,
        _A.answered_at >= bindparam("since"),
        _A.answered_at < bindparam("before"),
        _A.dial_mode.in_(sorted(definition.dial_modes)),
    )


_COUNTS_UNDER = {name: _counts_under(definition) for name, definition in DEFINITIONS.items()}
_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)
_STARTS = (
    select(func.substr(_A.phone, 1, START_LENGTH))
    .distinct()
    .where(
        _A.campaign_id == bindparam("campaign_id"),
        ANSWERED_BY_PERSON,
        _A.answered_at >= bindparam("since"),
    )
)
_MADE = select(func.count()).where(_A.campaign_id == bindparam("campaign_id"))
_MADE_BEFORE = _MADE.where(_A.reserved_at < bindparam("before"))


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


def attempt_from_row(row: Row[Any]) -> Attempt:
    """An attempt from a row that holds ATTEMPT_COLUMNS."""
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
        return {row.id: attempt_from_row(row) for row in rows}

    def campaigns_with_open(self) -> set[str]:
        """The campaigns of all accounts that have attempts which have not ended."""
        rows = self._connection.execute(
            select(_A.campaign_id).where(_A.ended_at.is_(None)).distinct()
        )
        return set(rows.scalars())

    def open_of(self, campaign_id: str) -> list[Attempt]:
        """Attempts that have not ended, in order of reservation."""
        rows = self._connection.execute(_OPEN, {"campaign_id": campaign_id})
        return [attempt_from_row(row) for row in rows]

    def to_number(
        self, account: str, phones: Sequence[str], since: datetime
    ) -> dict[str, list[Attempt]]:
        """Attempts on these numbers in any campaign of the account, by number, oldest first."""
        rows = self._connection.execute(
            _TO_NUMBER, {"account": account, "phones": list(phones), "since": since}
        )
        found: dict[str, list[Attempt]] = defaultdict(list)
        for row in rows:
            found[row.phone].append(attempt_from_row(row))
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

    def counts_under(
        self,
        campaign_id: str,
        definition: Definition,
        since: datetime,
        before: datetime | None = None,
    ) -> Counts:
        """People who answered since then, and the abandoned among them, as a regulator counts."""
        live, abandoned = self._connection.execute(
            _COUNTS_UNDER[definition.name],
            {"campaign_id": campaign_id, "since": since, "before": before or _END_OF_TIME},
        ).one()
        return Counts(int(live), int(live), int(abandoned))

    def answered_starts(self, campaign_id: str, since: datetime) -> set[str]:
        """How the numbers begin of people who answered since then."""
        rows = self._connection.execute(_STARTS, {"campaign_id": campaign_id, "since": since})
        return set(rows.scalars())

    def made(self, campaign_id: str, before: datetime | None = None) -> int:
        """How many attempts the campaign has made, or had made before."""
        query = _MADE if before is None else _MADE_BEFORE
        given = {"campaign_id": campaign_id} | ({} if before is None else {"before": before})
        return int(self._connection.execute(query, given).scalar_one())

    def first_placed_at(self, campaign_id: str) -> datetime | None:
        """When the campaign's first call was placed."""
        first: datetime | None = self._connection.execute(
            select(func.min(_A.placed_at)).where(_A.campaign_id == campaign_id)
        ).scalar_one()
        return first
