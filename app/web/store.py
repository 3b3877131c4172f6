"""Users, sessions, sign-in links and imports in the database; and the outbox as a page reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, case, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.web.tables import (
    import_line,
    list_import,
    sign_in_link,
    sign_in_try,
    web_session,
    web_user,
)
from campaigns.contact import ListState
from campaigns.tables import contact_list, outbox


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in; without a `password_hash` only by a one-time link."""

    id: str
    account: str
    name: str
    password_hash: str | None
    enabled: bool


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is signed in; `by_link`: the user has not shown a password in it."""

    user: User
    by_link: bool


_USER = (
    web_user.c.id,
    web_user.c.account,
    web_user.c.name,
    web_user.c.password_hash,
    web_user.c.enabled,
)


class Users:
    """Users, their sessions and their one-time links, on a connection in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        self._insert_user = dialect.insert(web_user).on_conflict_do_nothing()
        self._insert_try = dialect.insert(sign_in_try)

    def add(self, user: User, created_at: datetime) -> None:
        """Keep a new user, unless there is one of that name."""
        self._connection.execute(
            self._insert_user,
            {
                "id": user.id,
                "account": user.account,
                "name": user.name,
                "password_hash": user.password_hash,
                "enabled": user.enabled,
                "created_at": created_at,
            },
        )

    def named(self, name: str) -> User | None:
        """The user of that name."""
        row = self._connection.execute(select(*_USER).where(web_user.c.name == name)).one_or_none()
        return None if row is None else User(*row)

    def anybody_has_password(self, account: str) -> bool:
        """Whether somebody of the account can sign in with a password."""
        found = self._connection.execute(
            select(web_user.c.id)
            .where(
                web_user.c.account == account,
                web_user.c.password_hash.is_not(None),
                web_user.c.enabled,
            )
            .limit(1)
        )
        return found.first() is not None

    def set_password(self, user_id: str, password_hash: str) -> None:
        """Keep another password hash."""
        self._connection.execute(
            update(web_user).where(web_user.c.id == user_id).values(password_hash=password_hash)
        )

    def enable(self, user_id: str, enabled: bool) -> None:
        """Let the user sign in, or no longer; sessions that are open end at once."""
        self._connection.execute(
            update(web_user).where(web_user.c.id == user_id).values(enabled=enabled)
        )
        if not enabled:
            self.end_sessions(user_id)

    def begin_session(
        self, token_hash: str, user_id: str, now: datetime, expires_at: datetime, *, by_link: bool
    ) -> None:
        """A browser is signed in; sessions that are over are cleared away."""
        self._connection.execute(delete(web_session).where(web_session.c.expires_at <= now))
        self._connection.execute(
            insert(web_session),
            {
                "token_hash": token_hash,
                "user_id": user_id,
                "by_link": by_link,
                "started_at": now,
                "expires_at": expires_at,
            },
        )

    def session(self, token_hash: str, now: datetime) -> Session | None:
        """The session, if it is still open and its user enabled."""
        row = self._connection.execute(
            select(web_session.c.by_link, *_USER)
            .join(web_user, web_user.c.id == web_session.c.user_id)
            .where(
                web_session.c.token_hash == token_hash,
                web_session.c.expires_at > now,
                web_user.c.enabled,
            )
        ).one_or_none()
        return None if row is None else Session(User(*row[1:]), row.by_link)

    def end_session(self, token_hash: str) -> None:
        """Sign one browser out."""
        self._connection.execute(delete(web_session).where(web_session.c.token_hash == token_hash))

    def end_sessions(self, user_id: str) -> None:
        """Sign a user out everywhere."""
        self._connection.execute(delete(web_session).where(web_session.c.user_id == user_id))

    def add_link(self, token_hash: str, user_id: str, expires_at: datetime) -> None:
        """Keep a one-time link; the user's earlier ones are void."""
        self._connection.execute(delete(sign_in_link).where(sign_in_link.c.user_id == user_id))
        self._connection.execute(
            insert(sign_in_link),
            {"token_hash": token_hash, "user_id": user_id, "expires_at": expires_at},
        )

    def redeem_link(self, token_hash: str, now: datetime) -> User | None:
        """Use a one-time link up; None if it is not open. Of two at once only one succeeds."""
        user_id = self._connection.execute(
            delete(sign_in_link)
            .where(sign_in_link.c.token_hash == token_hash, sign_in_link.c.expires_at > now)
            .returning(sign_in_link.c.user_id)
        ).scalar_one_or_none()
        row = self._connection.execute(
            select(*_USER).where(web_user.c.id == user_id, web_user.c.enabled)
        ).one_or_none()
        return None if row is None else User(*row)

    def count_try(self, key_hash: str, now: datetime, began_after: datetime) -> int:
        """Count a sign-in that has not succeeded yet; how many there are since `began_after`."""
        self._connection.execute(delete(sign_in_try).where(sign_in_try.c.since <= began_after))
        counted = self._insert_try.values(key_hash=key_hash, tries=1, since=now)
        tries: int = self._connection.execute(
            counted.on_conflict_do_update(
                index_elements=[sign_in_try.c.key_hash], set_={"tries": sign_in_try.c.tries + 1}
            ).returning(sign_in_try.c.tries)
        ).scalar_one()
        return tries

    def forget_tries(self, key_hash: str) -> None:
        """The sign-in succeeded."""
        self._connection.execute(delete(sign_in_try).where(sign_in_try.c.key_hash == key_hash))


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
