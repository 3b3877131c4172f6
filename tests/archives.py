"""An account with evidence: one real campaign day, kept in a database that tests may spoil."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, text

from app.bootstrap import Parts
from app.database import open_engine
from app.evidence.archive import Archive, open_archive
from app.evidence.document import Packet, Question, QuestionKind
from app.evidence.finding import find
from app.evidence.packet import make_packet
from app.rules_in_force import RulesInForce
from app.run_command import RunOptions, run
from app.settings import Settings
from campaigns.attempt import Attempt
from campaigns.record_store import SqlRecords
from dialer.simulation import VirtualClock
from tests.builders import NOON

ADA, FAY, KAI, BEN = "+12125550101", "+13055550102", "+18085550103", "+13125550104"
"""A New Yorker; a Floridian without consent; a Hawaiian, for whom it is night; somebody more."""

_ROWS = (
    ("phone", "first_name", "last_name", "country", "region", "postal_code", "company"),
    (ADA, "Ada", "<b>Lovelace</b>", "US", "US-NY", "10001", "Engines"),
    (FAY, "Fay", "Ortiz", "US", "US-FL", "33101", ""),
    (KAI, "Kai", "Kealoha", "US", "US-HI", "96801", ""),
    (BEN, "Ben", "Novak", "US", "US-IL", "60601", ""),
)


def campaign_day(folder: Path, url: str | None = None) -> Path:
    """A database after one campaign over four people; `url`: that one instead of a file."""
    contacts = folder / "people.csv"
    with contacts.open("w", newline="") as file:
        csv.writer(file).writerows(_ROWS)
    path = folder / "day.db"
    options = RunOptions(
        contacts,
        None,
        agents=4,
        seed=7,
        start=NOON.replace(hour=14),
        database_url=url or f"sqlite:///{path}",
    )
    run(options, lambda share: None, lambda share: None)
    return path


@dataclass(frozen=True)
class Kept:
    """The archive of that day."""

    path: Path
    archive: Archive

    @property
    def engine(self) -> Engine:
        """For whoever has the database's password."""
        return self.archive.database.engine

    def sql(self, *statements: str, **values: object) -> None:
        """Do something to the rows."""
        with self.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement), values)

    def one(self, statement: str, **values: object) -> str:
        """One value of the rows."""
        with self.engine.begin() as connection:
            return str(connection.execute(text(statement), values).scalar_one())

    def contact_id(self, phone: str) -> str:
        """The contact of a number."""
        return self.one("SELECT id FROM contact WHERE phone = :phone", phone=phone)

    def attempts(self, phone: str) -> list[Attempt]:
        """The attempts on a number, in order."""
        with self.archive.reading() as uow:
            return SqlRecords(uow.connection).attempts_of(
                self.archive.account, [self.contact_id(phone)]
            )

    def packet(self, kind: QuestionKind, key: str, *, checked: bool = True) -> Packet:
        """The packet of a question."""
        with self.archive.reading() as uow:
            subject = find(uow, self.archive, Question(kind=kind, key=key))
            tell = (lambda share: None) if checked else None
            return make_packet(uow, self.archive, subject, NOON, tell)


def parts_of(kept: Kept, account: str | None = None) -> Parts:
    """The service over that database, for its own account or another one."""
    settings = Settings(data=kept.path.parent, account=account or kept.archive.account)
    return Parts(
        settings=settings,
        clock=VirtualClock(NOON),
        database=kept.archive.database,
        rules=RulesInForce(None),
        phone_key=kept.archive.phone_key,
        session_key=b"s" * 32,
        worker="test",
    )


def open_kept(path: Path, url: str | None = None) -> Kept:
    """The archive of a database after that day."""
    url = url or f"sqlite:///{path}"
    engine = open_engine(url)
    with engine.connect() as connection:
        account = connection.execute(text("SELECT account FROM campaign")).scalar_one()
    engine.dispose()
    settings = Settings(data=path.parent, database_url=url, account=account)
    return Kept(path, open_archive(settings, lambda: NOON))
