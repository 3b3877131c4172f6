"""The database: engine, migrations, and the unit of work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, delete, event, make_url, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

import migrations
from app.errors import BadInputError
from campaigns import tables
from campaigns.attempt_store import SqlAttempts
from campaigns.delivery_store import SqlDeliveries
from campaigns.outbox import SqlOutbox
from campaigns.queue_store import SqlDialQueue
from campaigns.store import SqlCampaigns, SqlContactLists, SqlJobRuns
from campaigns.webhook_store import SqlWebhooks
from compliance.evidence_store import SqlEvidenceLog
from compliance.permission_store import (
    HeldNumbers,
    SqlConsents,
    SqlOverrides,
    SqlRulebooks,
    SqlSuppressionLists,
)
from compliance.store import SqlSuppressions
from compliance.tables import (
    consent_record,
    evidence,
    evidence_head,
    number_lock,
    opt_out_review,
    override,
    suppressed_area,
    suppression,
    suppression_list,
)
from dialer.store import SqlAgents, SqlDecisionLog, SqlInbound, SqlLeases
from dialer.tables import agent

_BUSY_MILLISECONDS = 10_000


class UnusableDatabaseError(BadInputError):
    """The database cannot be opened or brought up to date; the message is one line."""

    def __init__(self, url: URL | str, error: Exception) -> None:
        where = url.render_as_string(hide_password=True) if isinstance(url, URL) else "its URL"
        lines = str(getattr(error, "orig", None) or error).strip().splitlines()
        super().__init__(f"the database at {where} cannot be used: {lines[0] if lines else error}")


def open_engine(url: str | URL, *, disposable: bool = False) -> Engine:
    """An engine for SQLite or PostgreSQL, set up for what the service does.

    `disposable`: the database is thrown away or can be made again from the same input, so that it
    need not outlive a power cut; commits then do not wait for the disk. Errors of either engine
    name no values, which may be numbers and names (invariant S4).
    """
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except SQLAlchemyError as error:
        raise UnusableDatabaseError("", error) from None
    if backend == "sqlite":
        return _sqlite_engine(parsed, disposable=disposable)
    if backend != "postgresql":
        raise UnusableDatabaseError(parsed, ValueError("use sqlite:///... or postgresql://..."))
    options = "-c synchronous_commit=off" if disposable else ""
    return create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        pool_pre_ping=not disposable,
        connect_args={"connect_timeout": 5, "options": options},
    )


def open_existing(url: str | URL) -> Engine:
    """An engine on a database that is there; a file that is not would be made, empty."""
    engine = open_engine(url)
    file = engine.url.database or ""
    if engine.dialect.name == "sqlite" and not Path(file).is_file():
        raise UnusableDatabaseError(engine.url, FileNotFoundError("there is no such file"))
    return engine


def _sqlite_engine(url: URL, *, disposable: bool) -> Engine:
    engine = create_engine(
        url, hide_parameters=True, connect_args={"timeout": _BUSY_MILLISECONDS / 1000}
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:
        # The driver must not begin transactions on its own; see _begin.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'OFF' if disposable else 'FULL'}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
        connection.execute("PRAGMA cache_size = -65536")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes later would fail as busy where another one
        # wrote in between: take the write lock at once, unless nothing will be written.
        reads_only = connection.get_execution_options().get("reads_only", False)
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")

    return engine


def migrate(engine: Engine) -> None:
    """Bring the database's tables up to this version's."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except (SQLAlchemyError, CommandError) as error:
        raise UnusableDatabaseError(engine.url, error) from None


def kept_value(engine: Engine, key: str, make: Callable[[], str]) -> str:
    """What this installation keeps under the key; made by whoever asks for it first."""
    with engine.begin() as connection:
        value = {"key": key, "value": make()}
        connection.execute(_KEEP_FIRST[connection.dialect.name], value)
        kept = connection.execute(
            select(tables.instance.c.value).where(tables.instance.c.key == key)
        )
        return str(kept.scalar_one())


def find_value(engine: Engine, key: str) -> str | None:
    """What this installation keeps under the key, if anything."""
    wanted = select(tables.instance.c.value).where(tables.instance.c.key == key)
    with engine.execution_options(reads_only=True).connect() as connection:
        return connection.execute(wanted).scalar_one_or_none()


def run_key_name(account: str) -> str:
    """Under which name a database keeps the key of a run's hashes and seals (`kept_value`)."""
    return f"run_key {account}"


_KEEP_FIRST = {
    "postgresql": postgresql.insert(tables.instance).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(tables.instance).on_conflict_do_nothing(),
}


def forget_account(engine: Engine, account: str) -> None:
    """Delete everything of one account."""
    campaigns = select(tables.campaign.c.id).where(tables.campaign.c.account == account)
    lists = select(tables.contact_list.c.id).where(tables.contact_list.c.account == account)
    subjects = select(tables.outbox.c.subject).where(tables.outbox.c.account == account)
    with engine.begin() as connection:
        for table, condition in (
            (tables.event_sequence, tables.event_sequence.c.subject.in_(subjects)),
            (tables.attempt, tables.attempt.c.account == account),
            (agent, agent.c.account == account),
            (tables.campaign, tables.campaign.c.id.in_(campaigns)),
            (tables.contact, tables.contact.c.contact_list_id.in_(lists)),
            *((table, table.c.account == account) for table in _OF_ACCOUNT),
        ):
            connection.execute(delete(table).where(condition))


_OF_ACCOUNT = (
    tables.contact_list,
    tables.outbox,
    tables.delivery,
    tables.delivered,
    tables.delivery_try,
    tables.webhook,
    tables.publisher,
    suppression,
    suppression_list,
    suppressed_area,
    consent_record,
    opt_out_review,
    override,
    evidence,
    evidence_head,
    number_lock,
)


class SqlUnitOfWork:
    """One transaction on one connection, with every port that lives in the database."""

    def __init__(
        self,
        connection: Connection,
        region: str,
        now: datetime,
        evidence_key: bytes,
        numbers: HeldNumbers,
    ) -> None:
        self.connection = connection
        self._region = region
        self._now = now
        self._evidence_key = evidence_key
        self._numbers = numbers

    @cached_property
    def contact_lists(self) -> SqlContactLists:
        """Contact lists and their contacts."""
        return SqlContactLists(self.connection)

    @cached_property
    def campaigns(self) -> SqlCampaigns:
        """Campaigns and their states."""
        return SqlCampaigns(self.connection)

    @cached_property
    def queue(self) -> SqlDialQueue:
        """Who is next."""
        return SqlDialQueue(self.connection)

    @cached_property
    def attempts(self) -> SqlAttempts:
        """Attempts, open and final."""
        return SqlAttempts(self.connection)

    @cached_property
    def suppressions(self) -> SqlSuppressions:
        """Numbers and addresses that must not be reached."""
        return SqlSuppressions(self.connection)

    @cached_property
    def suppression_lists(self) -> SqlSuppressionLists:
        """Lists and areas that must not be reached."""
        return SqlSuppressionLists(self.connection, self._numbers)

    @cached_property
    def consents(self) -> SqlConsents:
        """Consent records, and messages that wait for a reader."""
        return SqlConsents(self.connection)

    @cached_property
    def overrides(self) -> SqlOverrides:
        """Campaigns' own rules that a person lifted."""
        return SqlOverrides(self.connection)

    @cached_property
    def evidence(self) -> SqlEvidenceLog:
        """The chains of evidence, sealed when the unit of work commits."""
        return SqlEvidenceLog(self.connection, self._evidence_key)

    @cached_property
    def rulebooks(self) -> SqlRulebooks:
        """Every rulebook that decided."""
        return SqlRulebooks(self.connection)

    @cached_property
    def outbox(self) -> SqlOutbox:
        """Facts, written when the unit of work commits."""
        return SqlOutbox(self.connection, self._region, self._now)

    @cached_property
    def deliveries(self) -> SqlDeliveries:
        """Which publisher still has to get which event."""
        return SqlDeliveries(self.connection)

    @cached_property
    def webhooks(self) -> SqlWebhooks:
        """Where events are posted."""
        return SqlWebhooks(self.connection)

    @cached_property
    def job_runs(self) -> SqlJobRuns:
        """Who runs a scheduled job."""
        return SqlJobRuns(self.connection)

    @cached_property
    def agents(self) -> SqlAgents:
        """Agents and their states."""
        return SqlAgents(self.connection)

    @cached_property
    def inbound(self) -> SqlInbound:
        """What is known of inbound calls."""
        return SqlInbound(self.connection)

    @cached_property
    def leases(self) -> SqlLeases:
        """Who paces which campaign."""
        return SqlLeases(self.connection)

    @cached_property
    def decisions(self) -> SqlDecisionLog:
        """Every tick's decision."""
        return SqlDecisionLog(self.connection)


class Database:
    """Begins units of work on one engine; `now` is read once for each."""

    def __init__(
        self, engine: Engine, now: Callable[[], datetime], region: str, evidence_key: bytes
    ) -> None:
        self.engine = engine
        self._now = now
        self._region = region
        self.evidence_key = evidence_key
        self._numbers = HeldNumbers()

    def _unit(self, connection: Connection) -> SqlUnitOfWork:
        return SqlUnitOfWork(
            connection, self._region, self._now(), self.evidence_key, self._numbers
        )

    @contextmanager
    def __call__(self) -> Iterator[SqlUnitOfWork]:
        """A unit of work: committed on leaving, or rolled back if an exception leaves."""
        with self.engine.begin() as connection:
            unit = self._unit(connection)
            yield unit
            if "outbox" in unit.__dict__:
                unit.outbox.flush()
            if "evidence" in unit.__dict__:
                unit.evidence.flush()

    @contextmanager
    def reading(self) -> Iterator[SqlUnitOfWork]:
        """A unit of work that only reads: one consistent view, and it blocks nobody."""
        options: dict[str, object] = {"reads_only": True, "postgresql_readonly": True}
        if self.engine.dialect.name == "postgresql":
            options["isolation_level"] = "REPEATABLE READ"
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield self._unit(connection)
