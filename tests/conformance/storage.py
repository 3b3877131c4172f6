"""The storages that every port's suite runs on, each a factory of units of work."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, text

import app.web.tables  # noqa: F401 - the metadata lacks its tables otherwise
from app.database import Database, migrate, open_engine
from app.run_database import RunDatabase
from compliance.columns import metadata
from dialer.ports import DialerUnitOfWork, DialerUnitOfWorkFactory
from tests.builders import NOON
from tests.fakes import FakeDatabase

NAMES = ("memory", "sqlite", "postgresql", "run")


def noon() -> datetime:
    """The instant of every unit of work here."""
    return NOON


@dataclass(frozen=True, slots=True)
class Storage:
    """One storage: call it for a unit of work."""

    name: str
    begin: DialerUnitOfWorkFactory

    def __call__(self) -> AbstractContextManager[DialerUnitOfWork]:
        """Enter to begin, leave to commit."""
        return self.begin()


class Kept:
    """A run's database, each unit of work kept by itself."""

    def __init__(self, database: RunDatabase) -> None:
        self._database = database

    @contextmanager
    def __call__(self) -> Iterator[DialerUnitOfWork]:
        """A unit of work that is committed on leaving."""
        with self._database() as uow:
            yield uow
        self._database.keep()


def fake_storage() -> Storage:
    """Dictionaries."""
    return Storage("memory", FakeDatabase(noon))


def migrated_file(folder: Path) -> Path:
    """An empty SQLite database with every table; to be copied."""
    path = folder / "template.db"
    engine = open_engine(f"sqlite:///{path}", disposable=True)
    migrate(engine)
    # Closing the last connection moves the write-ahead log into the file.
    engine.dispose()
    return path


@contextmanager
def sqlite_engine(template: Path, folder: Path) -> Iterator[Engine]:
    """An engine on a fresh copy."""
    path = folder / "storage.db"
    shutil.copyfile(template, path)
    engine = open_engine(f"sqlite:///{path}", disposable=True)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def run_storage(engine: Engine) -> Iterator[Storage]:
    """The unit of work of `fairdial run`, each one kept."""
    database = RunDatabase(engine, noon, "test", b"evidence key")
    try:
        yield Storage("run", Kept(database))
    finally:
        database.close()


def sql_storage(engine: Engine) -> Storage:
    """The service's own unit of work."""
    return Storage(engine.dialect.name, Database(engine, noon, "test", b"evidence key"))


def empty(engine: Engine) -> None:
    """Forget every row on PostgreSQL, cheaper than a new database."""
    tables = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
