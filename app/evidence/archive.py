"""What is read when somebody asks for evidence: an account of a database, and its keys."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from app.database import (
    Database,
    SqlUnitOfWork,
    find_value,
    migrate,
    open_existing,
    run_key_name,
)
from app.errors import BadInputError
from app.settings import Settings
from campaigns.record_store import SqlRecords


class NoSuchArchiveError(BadInputError):
    """There is no such account in the database."""


@dataclass(frozen=True, slots=True)
class Archive:
    """One account's evidence. `phone_key` keys the hashes of numbers, `evidence_key` the seals."""

    account: str
    database: Database
    phone_key: bytes
    evidence_key: bytes

    def reading(self) -> AbstractContextManager[SqlUnitOfWork]:
        """One consistent view of everything, which blocks nobody."""
        return self.database.reading()


def open_archive(settings: Settings, now: Callable[[], datetime]) -> Archive:
    """The archive of the settings' account in the settings' database.

    Raises:
        UnusableDatabaseError: there is no such database.
        NoSuchArchiveError: there is no such account in it.
    """
    engine = open_existing(settings.url)
    migrate(engine)
    account = settings.account
    run_key = find_value(engine, run_key_name(account))
    phone_key = bytes.fromhex(run_key or find_value(engine, "phone_key") or "")
    evidence_key = bytes.fromhex(run_key or find_value(engine, "evidence_key") or "")
    if run_key is None and settings.evidence_key is not None:
        evidence_key = settings.evidence_key.get_secret_value().encode()
    database = Database(engine, now, settings.region, evidence_key)
    with database.reading() as uow:
        accounts = SqlRecords(uow.connection).accounts()
        if account not in accounts and not uow.evidence.chains(account):
            known = f"it has {', '.join(accounts)}" if accounts else "it has none"
            raise NoSuchArchiveError(f"there is no account {account!r} in this database; {known}")
    return Archive(account, database, phone_key, evidence_key)
