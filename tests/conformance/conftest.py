"""Fixtures of the storage suites: the same test on dictionaries, SQLite, PostgreSQL and a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.database import Database, migrate, open_engine
from tests.conformance.storage import (
    NAMES,
    Storage,
    empty,
    fake_storage,
    migrated_file,
    noon,
    run_storage,
    sql_storage,
    sqlite_engine,
)
from tests.postgres import PostgresServer


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table, migrated once."""
    return migrated_file(tmp_path_factory.mktemp("migrated"))


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: PostgresServer) -> Iterator[Engine]:
    """An engine on a PostgreSQL database with every table, migrated once."""
    with postgres_server.database() as url:
        engine = open_engine(url)
        migrate(engine)
        yield engine
        engine.dispose()


@pytest.fixture
def postgres(migrated_postgres: Engine) -> Database:
    """Units of work on an empty PostgreSQL database; any number of threads may begin one."""
    empty(migrated_postgres)
    return Database(migrated_postgres, noon, "test", b"evidence key")


@pytest.fixture(params=NAMES)
def storage(
    request: pytest.FixtureRequest, tmp_path: Path, migrated_sqlite: Path
) -> Iterator[Storage]:
    """An empty storage of each kind: the test runs once on each."""
    if request.param == "memory":
        yield fake_storage()
    elif request.param == "postgresql":
        database: Database = request.getfixturevalue("postgres")
        yield sql_storage(database.engine)
    else:
        with sqlite_engine(migrated_sqlite, tmp_path) as engine:
            if request.param == "sqlite":
                yield sql_storage(engine)
            else:
                with run_storage(engine) as run:
                    yield run
