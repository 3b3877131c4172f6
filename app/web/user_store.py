"""Users, sessions and sign-in links in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.web.tables import sign_in_link, sign_in_try, web_session, web_user
from campaigns.role import Role


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in; without a `password_hash` only by a one-time link."""

    id: str
    account: str
    name: str
    password_hash: str | None
    enabled: bool
    role: Role


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
    web_user.c.role,
)


def _user(row: Row[*tuple[Any, ...]]) -> User:
    return User(
        row.id, row.account, row.name, row.password_hash, enabled=row.enabled, role=Role(row.role)
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
                "role": user.role,
                "created_at": created_at,
            },
        )

    def named(self, name: str) -> User | None:
        """The user of that name, of any account."""
        row = self._connection.execute(select(*_USER).where(web_user.c.name == name)).one_or_none()
        return None if row is None else _user(row)

    def of_account(self, account: str) -> list[User]:
        """All users, by name."""
        rows = self._connection.execute(
            select(*_USER).where(web_user.c.account == account).order_by(web_user.c.name)
        )
        return [_user(row) for row in rows]

    def lock_administrators(self, account: str) -> list[User]:
        """Those who may sign in and do everything, their rows locked until the transaction ends."""
        rows = self._connection.execute(
            select(*_USER)
            .where(
                web_user.c.account == account,
                web_user.c.role == Role.ADMINISTRATOR,
                web_user.c.enabled,
            )
            .order_by(web_user.c.id)
            .with_for_update()
        )
        return [_user(row) for row in rows]

    def set_role(self, user_id: str, role: Role) -> None:
        """Give the user another role; it counts from the next request on."""
        self._connection.execute(update(web_user).where(web_user.c.id == user_id).values(role=role))

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
        return None if row is None else Session(_user(row), row.by_link)

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
        return None if row is None else _user(row)

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
