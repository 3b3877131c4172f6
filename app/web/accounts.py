"""Who may sign in: passwords, one-time links, sessions. There is no default password."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.database import Database
from app.errors import BadInputError
from app.web.user_store import Session, User, Users
from campaigns.role import Role

FIRST_ADMINISTRATOR = "admin"
LINK_FOR = timedelta(hours=24)
SESSION_FOR = timedelta(hours=12)
TRIES = 5
TRIES_WITHIN = timedelta(minutes=15)
MAX_NAME = 100
MIN_PASSWORD = 12
MAX_PASSWORD = 256
"""Longer ones would only cost time."""

_HASHER = PasswordHasher()  # argon2id, RFC 9106's second choice: 64 MiB
_NOBODYS_HASH = _HASHER.hash(secrets.token_urlsafe(16))
_HASHING = threading.BoundedSemaphore(2)
"""Each check takes 64 MiB: no crowd of callers may take the machine's memory."""


class SignInRefusedError(Exception):
    """The name or the password is wrong, or the user disabled: the message tells not which."""

    def __init__(self) -> None:
        super().__init__("This name and password do not match.")


class TooManyTriesError(Exception):
    """Too many failed sign-ins of this name from this address."""

    def __init__(self) -> None:
        minutes = TRIES_WITHIN // timedelta(minutes=1)
        super().__init__(
            f"Too many failed sign-ins. Wait {minutes} minutes, or sign in by a new one-time link."
        )


class BadPasswordError(Exception):
    """A new password that cannot be taken; the message says why."""


class UserChangeError(BadInputError):
    """A user cannot be added or changed; the message says why and what to do."""


class UserExistsError(UserChangeError):
    """There is a user of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is a user {name!r} already; take another name")


class UnknownUserError(UserChangeError):
    """There is no user of that name in the account."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no user {name!r}; `fairdial users list` names them all")


class LastAdministratorError(UserChangeError):
    """Somebody has to be left who may do everything."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name!r} is the last administrator; make somebody else an administrator first"
        )


@dataclass(frozen=True, slots=True)
class Begun:
    """A session that has begun: the browser keeps `token`, the database its hash."""

    token: str
    user: User


def one_time_token(database: Database, account: str, now: datetime) -> str | None:
    """A one-time token for the first administrator; None if somebody has a password already."""
    with database.reading() as uow:
        if Users(uow.connection).anybody_has_password(account):
            return None
    return new_one_time_token(database, account, now)


def new_one_time_token(database: Database, account: str, now: datetime) -> str:
    """A one-time token for the administrator, who may have lost the password.

    It signs in once, within 24 hours, at `/sign-in/<token>`; earlier ones are void.
    """
    with database() as uow:
        users = Users(uow.connection)
        role = Role.ADMINISTRATOR
        users.add(User(new_id(), account, FIRST_ADMINISTRATOR, None, enabled=True, role=role), now)
        user = users.named(FIRST_ADMINISTRATOR)
        assert user is not None
        return _new_link(users, user, now)


def add_user(database: Database, account: str, name: str, role: Role, now: datetime) -> str:
    """Add a user; a one-time token by which they sign in and set a password.

    Raises:
        UserChangeError: the name cannot be taken, or is somebody's.
    """
    if not name.isprintable() or not 0 < len(name.strip()) <= MAX_NAME:
        raise UserChangeError(f"give a name of 1 to {MAX_NAME} printable characters")
    with database() as uow:
        users = Users(uow.connection)
        user = User(new_id(), account, name.strip(), None, enabled=True, role=role)
        users.add(user, now)
        if users.named(user.name) != user:
            raise UserExistsError(user.name)
        return _new_link(users, user, now)


def new_link(database: Database, account: str, name: str, now: datetime) -> str:
    """A new one-time token for a user who has lost the password or the link."""
    with database() as uow:
        users = Users(uow.connection)
        return _new_link(users, _found(users, account, name), now)


def set_role(database: Database, account: str, name: str, role: Role) -> None:
    """Give a user another role; it counts from their next request on.

    Raises:
        UserChangeError: there is no such user, or nobody would be left who may do everything.
    """
    with database() as uow:
        users = Users(uow.connection)
        user = _found(users, account, name)
        if role is not Role.ADMINISTRATOR:
            _check_somebody_is_left(users, user)
        users.set_role(user.id, role)


def enable(database: Database, account: str, name: str, *, enabled: bool) -> None:
    """Let a user sign in, or no longer; open sessions then end at once.

    Raises:
        UserChangeError: there is no such user, or nobody would be left who may do everything.
    """
    with database() as uow:
        users = Users(uow.connection)
        user = _found(users, account, name)
        if not enabled:
            _check_somebody_is_left(users, user)
        users.enable(user.id, enabled)


def _found(users: Users, account: str, name: str) -> User:
    user = users.named(name)
    if user is None or user.account != account:
        raise UnknownUserError(name)
    return user


def _check_somebody_is_left(users: Users, user: User) -> None:
    if [each.id for each in users.lock_administrators(user.account)] == [user.id]:
        raise LastAdministratorError(user.name)


def _new_link(users: Users, user: User, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    users.add_link(token_hash(token), user.id, now + LINK_FOR)
    return token


def sign_in(
    database: Database, name: str, password: str, address: str, key: bytes, now: datetime
) -> Begun:
    """Begin a session by name and password.

    Every try is counted before the password is looked at, so that tries at once count too.

    Raises:
        TooManyTriesError: the name and address have failed too often of late.
        SignInRefusedError: they do not match.
    """
    tries_key = hmac.digest(key, f"sign-in|{name}|{address}".encode(), hashlib.sha256).hex()
    with database() as uow:
        users = Users(uow.connection)
        if users.count_try(tries_key, now, now - TRIES_WITHIN) > TRIES:
            raise TooManyTriesError
        user = users.named(name)
    if not _matches(user, password) or user is None or not user.enabled:
        raise SignInRefusedError
    with database() as uow:
        users = Users(uow.connection)
        users.forget_tries(tries_key)
        return _begin(users, user, now, by_link=False)


def redeem(database: Database, token: str, now: datetime) -> Begun:
    """Begin a session by a one-time token, and use the token up; else SignInRefusedError."""
    with database() as uow:
        users = Users(uow.connection)
        user = users.redeem_link(token_hash(token), now)
        if user is None:
            raise SignInRefusedError
        return _begin(users, user, now, by_link=True)


def change_password(
    database: Database, session: Session, current: str, password: str, now: datetime
) -> Begun:
    """Set another password; all the user's sessions end, and a new one begins.

    A session that was begun by a one-time link need not know the present password.

    Raises:
        SignInRefusedError: the present password is wrong.
        BadPasswordError: the new one cannot be taken.
    """
    user = session.user
    if not session.by_link and not _matches(user, current):
        raise SignInRefusedError
    check_password(user.name, password)
    with _HASHING:
        hashed = _HASHER.hash(password)
    with database() as uow:
        users = Users(uow.connection)
        users.set_password(user.id, hashed)
        users.end_sessions(user.id)
        return _begin(users, user, now, by_link=False)


def check_password(name: str, password: str) -> None:
    """Take a new password, or raise BadPasswordError. Length decides (NIST SP 800-63B, 3.1.1.2)."""
    if len(password) < MIN_PASSWORD:
        raise BadPasswordError(f"Use at least {MIN_PASSWORD} characters; a few words are fine.")
    if len(password) > MAX_PASSWORD:
        raise BadPasswordError(f"Use at most {MAX_PASSWORD} characters.")
    if password.casefold().strip() in {name.casefold() * n for n in range(1, 6)} or (
        len(set(password)) < 4
    ):
        raise BadPasswordError("This password is too easy to guess.")


def find_session(database: Database, token: str, now: datetime) -> Session | None:
    """The open session of a browser's token."""
    with database.reading() as uow:
        return Users(uow.connection).session(token_hash(token), now)


def sign_out(database: Database, token: str) -> None:
    """End a browser's session: a copy of its cookie is worth nothing any more."""
    with database() as uow:
        Users(uow.connection).end_session(token_hash(token))


def token_hash(token: str) -> str:
    """What the database keeps of a token. Tokens are random: a plain hash cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_id() -> str:
    """A random public id."""
    return str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))


def _begin(users: Users, user: User, now: datetime, *, by_link: bool) -> Begun:
    token = secrets.token_urlsafe(32)
    users.begin_session(token_hash(token), user.id, now, now + SESSION_FOR, by_link=by_link)
    return Begun(token, user)


def _matches(user: User | None, password: str) -> bool:
    """Whether the password is the user's; takes as long for a user who does not exist."""
    known = user.password_hash if user is not None else None
    with _HASHING:
        try:
            _HASHER.verify(known or _NOBODYS_HASH, password[: MAX_PASSWORD + 1])
        except (VerificationError, InvalidHashError):
            return False
    return known is not None
