"""Imports in the database; and the outbox as a page reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, case, delete, func, insert, select, update

from app.web.tables import import_line, list_import, permission_import
from campaigns.contact import ListState
from campaigns.tables import contact, contact_list, outbox
from compliance.phone_number import START_LENGTH
from compliance.tables import opt_out_review


class ImportState(StrEnum):
    """Where an import that a page started stands."""

    WAITING = "waiting"
    IMPORTING = "importing"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ListImport:
    """An import that a page started, and how far it has come."""

    list_id: str
    account: str
    list_name: str
    file_name: str
    state: ImportState
    size_bytes: int
    read_bytes: int
    read_rows: int
    problem: str | None
    reasons: dict[str, int]
    started_by: str
    started_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ImportLine:
    """A row of a file that became no contact."""

    line: int
    status: str
    reason: str | None
    column: str | None


_IMPORT = (
    list_import.c.list_id,
    list_import.c.account,
    list_import.c.list_name,
    list_import.c.file_name,
    list_import.c.state,
    list_import.c.size_bytes,
    list_import.c.read_bytes,
    list_import.c.read_rows,
    list_import.c.problem,
    list_import.c.reasons,
    list_import.c.started_by,
    list_import.c.started_at,
    list_import.c.updated_at,
)
_UNDER_WAY = (ImportState.WAITING, ImportState.IMPORTING)


class ListImports:
    """Imports and their reports, on a connection in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, begun: ListImport) -> None:
        """Keep a new import."""
        values = {column.name: getattr(begun, column.name) for column in _IMPORT}
        self._connection.execute(insert(list_import), values)

    def get(self, account: str, list_id: str) -> ListImport | None:
        """The import of a list; None for a list that no page imported."""
        row = self._connection.execute(
            select(*_IMPORT).where(
                list_import.c.list_id == list_id, list_import.c.account == account
            )
        ).one_or_none()
        return None if row is None else _import_from(tuple(row))

    def unfinished(self, account: str) -> list[ListImport]:
        """Imports that wait, run or have failed, newest first."""
        rows = self._connection.execute(
            select(*_IMPORT)
            .where(list_import.c.account == account, list_import.c.state != ImportState.DONE)
            .order_by(list_import.c.started_at.desc(), list_import.c.list_id)
            .limit(20)
        )
        return [_import_from(tuple(row)) for row in rows]

    def progress(
        self, list_id: str, now: datetime, state: ImportState, read_bytes: int, read_rows: int
    ) -> None:
        """How far it has come."""
        self._connection.execute(
            update(list_import)
            .where(list_import.c.list_id == list_id)
            .values(state=state, read_bytes=read_bytes, read_rows=read_rows, updated_at=now)
        )

    def finish(self, list_id: str, now: datetime, read_rows: int, reasons: dict[str, int]) -> None:
        """It ended well."""
        self._connection.execute(
            update(list_import)
            .where(list_import.c.list_id == list_id)
            .values(
                state=ImportState.DONE,
                read_bytes=list_import.c.size_bytes,
                read_rows=read_rows,
                reasons=reasons,
                updated_at=now,
            )
        )

    def fail(self, list_id: str, now: datetime, problem: str) -> None:
        """It failed, and nothing of the file was kept."""
        self._connection.execute(
            update(list_import)
            .where(list_import.c.list_id == list_id)
            .values(state=ImportState.FAILED, problem=problem, updated_at=now)
        )

    def settle(self, now: datetime, problem: str) -> int:
        """Say of every import that never ended that it was cut off; how many."""
        done = select(contact_list.c.id).where(contact_list.c.state == ListState.READY)
        ready = list_import.c.list_id.in_(done)
        return self._connection.execute(
            update(list_import)
            .where(list_import.c.state.in_(_UNDER_WAY))
            .values(
                state=case((ready, ImportState.DONE), else_=ImportState.FAILED),
                problem=case((ready, None), else_=problem),
                updated_at=now,
            )
        ).rowcount

    def forget(self, account: str, list_id: str) -> None:
        """Drop the note of an import that failed."""
        self._connection.execute(
            delete(list_import).where(
                list_import.c.list_id == list_id,
                list_import.c.account == account,
                list_import.c.state == ImportState.FAILED,
            )
        )

    def add_lines(self, list_id: str, lines: Sequence[ImportLine]) -> None:
        """Keep rows that became no contact."""
        if lines:
            self._connection.execute(
                insert(import_line),
                [
                    {
                        "list_id": list_id,
                        "line": line.line,
                        "status": line.status,
                        "reason": line.reason,
                        "column_name": line.column,
                    }
                    for line in lines
                ],
            )

    def lines(self, list_id: str, after: int, limit: int) -> list[ImportLine]:
        """Kept rows with a later line than `after`, in order."""
        rows = self._connection.execute(
            select(
                import_line.c.line,
                import_line.c.status,
                import_line.c.reason,
                import_line.c.column_name,
            )
            .where(import_line.c.list_id == list_id, import_line.c.line > after)
            .order_by(import_line.c.line)
            .limit(limit)
        )
        return [ImportLine(*row) for row in rows]


def _import_from(row: Sequence[object]) -> ListImport:
    values = dict(zip((column.name for column in _IMPORT), row, strict=True))
    values["state"] = ImportState(str(values["state"]))
    return ListImport(**values)  # type: ignore[arg-type]  # the columns have the fields' types


class ImportedThing(StrEnum):
    """What a file holds that a page took in, if no contacts."""

    NUMBERS = "numbers"
    CONSENTS = "consents"


@dataclass(frozen=True, slots=True)
class PermissionImport:
    """A file of numbers or of consents that a page took in, and how far its import has come.

    `to_read` are the file's bytes, as often as they are read; `report` holds counts and bad rows.
    """

    id: str
    account: str
    what: ImportedThing
    name: str
    file_name: str
    state: ImportState
    to_read: int
    read_bytes: int
    problem: str | None
    report: dict[str, Any]
    started_by: str
    started_at: datetime
    updated_at: datetime


_P = permission_import.c


class PermissionImports:
    """Imports of numbers and consents, on a connection in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, begun: PermissionImport) -> None:
        """Keep a new import."""
        values = {column.name: getattr(begun, column.name) for column in _P}
        self._connection.execute(insert(permission_import), values)

    def get(self, account: str, import_id: str) -> PermissionImport | None:
        """One import; None if the account has no such one."""
        rows = select(permission_import).where(_P.account == account, _P.id == import_id)
        row = self._connection.execute(rows).one_or_none()
        return None if row is None else _permission_import_from(row)

    def unfinished(self, account: str, what: ImportedThing) -> list[PermissionImport]:
        """Imports that wait, run or have failed, newest first."""
        rows = self._connection.execute(
            select(permission_import)
            .where(_P.account == account, _P.what == what, _P.state != ImportState.DONE)
            .order_by(_P.started_at.desc(), _P.id)
            .limit(20)
        )
        return [_permission_import_from(row) for row in rows]

    def change(self, import_id: str, **values: object) -> None:
        """Keep how far an import is, or how it ended."""
        self._connection.execute(
            update(permission_import).where(_P.id == import_id).values(**values)
        )

    def settle(self, now: datetime, problem: str) -> int:
        """Say of every import that never ended that it was cut off; how many."""
        return self._connection.execute(
            update(permission_import)
            .where(_P.state.in_(_UNDER_WAY))
            .values(state=ImportState.FAILED, problem=problem, updated_at=now)
        ).rowcount

    def forget(self, account: str, import_id: str) -> None:
        """Drop the note of an import that has ended."""
        self._connection.execute(
            delete(permission_import).where(
                _P.account == account, _P.id == import_id, _P.state.not_in(_UNDER_WAY)
            )
        )


def _permission_import_from(row: Row[tuple[object, ...]]) -> PermissionImport:
    values = dict(row._mapping)
    return PermissionImport(
        **{**values, "what": ImportedThing(row.what), "state": ImportState(row.state)}
    )


class CampaignEvents:
    """A campaign's events in the outbox, for figures that are folded from them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ids_after(self, campaign_id: str, after: int, limit: int) -> list[int]:
        """The row ids above `after`, in order."""
        rows = self._connection.execute(
            select(outbox.c.id)
            .where(outbox.c.campaign_id == campaign_id, outbox.c.id > after)
            .order_by(outbox.c.id)
            .limit(limit)
        )
        return list(rows.scalars())

    def between(self, campaign_id: str, first: int, last: int) -> list[tuple[int, str]]:
        """The rows from `first` to `last`, in order: id and envelope."""
        rows = self._connection.execute(
            select(outbox.c.id, outbox.c.body)
            .where(outbox.c.campaign_id == campaign_id, outbox.c.id >= first, outbox.c.id <= last)
            .order_by(outbox.c.id)
        )
        return [(row.id, row.body) for row in rows]

    def count_after(self, campaign_id: str, after: int) -> int:
        """How many rows there are above `after`."""
        return self._connection.execute(
            select(func.count())
            .select_from(outbox)
            .where(outbox.c.campaign_id == campaign_id, outbox.c.id > after)
        ).scalar_one()


_FIRST_CONTACTS = 1_000


def first_starts(connection: Connection, list_id: str) -> set[str]:
    """How the numbers of the list's first contacts begin."""
    first = (
        select(contact.c.phone)
        .where(contact.c.contact_list_id == list_id)
        .order_by(contact.c.row)
        .limit(_FIRST_CONTACTS)
        .subquery()
    )
    starts = select(func.substr(first.c.phone, 1, START_LENGTH)).distinct()
    return set(connection.execute(starts).scalars())


def messages_waiting(connection: Connection, account: str, at_most: int) -> int:
    """How many of the account's messages wait for a reader, counted up to `at_most`."""
    waiting = (
        select(opt_out_review.c.id)
        .where(opt_out_review.c.account == account, opt_out_review.c.decision.is_(None))
        .limit(at_most)
        .subquery()
    )
    return connection.execute(select(func.count()).select_from(waiting)).scalar_one()
