"""Dry runs in the database: the last one of each campaign, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, delete, insert, select, update

from app.web.tables import dry_run
from dialer.outlook import Outlook

_OUTLOOK = TypeAdapter(Outlook)
_R = dry_run.c


class DryRunState(StrEnum):
    """Where a dry run stands."""

    UNDER_WAY = "under_way"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DryRunRecord:
    """A campaign's last dry run.

    Attributes:
        campaign_id: The campaign.
        id: Of this run: a later one of the campaign takes its place.
        account: Whose it is.
        state: Where it stands.
        start_at: The start that is rehearsed.
        contacts: How many contacts the list has.
        looked_at: At how many of them it has looked.
        problem: Why it failed, in one line.
        outlook: What it found, once it is done.
        started_by: Who asked for it.
        started_at: When.
    """

    campaign_id: str
    id: str
    account: str
    state: DryRunState
    start_at: datetime
    contacts: int
    looked_at: int
    problem: str | None
    outlook: Outlook | None
    started_by: str
    started_at: datetime


class DryRunRecords:
    """Dry runs on a connection in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, record: DryRunRecord) -> None:
        """Keep a dry run that begins; it takes the place of the campaign's last one."""
        self._connection.execute(delete(dry_run).where(_R.campaign_id == record.campaign_id))
        values = {column.name: getattr(record, column.name) for column in _R}
        self._connection.execute(insert(dry_run), values | {"outlook": _text(record.outlook)})

    def get(self, account: str, campaign_id: str) -> DryRunRecord | None:
        """The campaign's last one; None if there is none that can be read."""
        row = self._connection.execute(
            select(dry_run).where(_R.campaign_id == campaign_id, _R.account == account)
        ).one_or_none()
        if row is None:
            return None
        fields = dict(row._mapping)
        try:
            outlook = None if row.outlook is None else _OUTLOOK.validate_json(row.outlook)
        except ValidationError:
            return None  # of an earlier version, which looked for other things
        return DryRunRecord(**{**fields, "state": DryRunState(row.state), "outlook": outlook})

    def progress(self, run_id: str, looked_at: int) -> bool:
        """Keep how far it has come; False if a later one has taken its place."""
        kept = update(dry_run).where(_R.id == run_id).values(looked_at=looked_at)
        return self._connection.execute(kept).rowcount == 1

    def finish(self, run_id: str, outlook: Outlook) -> None:
        """Keep what it found."""
        self._connection.execute(
            update(dry_run)
            .where(_R.id == run_id)
            .values(state=DryRunState.DONE, looked_at=_R.contacts, outlook=_text(outlook))
        )

    def fail(self, run_id: str, problem: str) -> None:
        """It came to nothing."""
        self._connection.execute(
            update(dry_run).where(_R.id == run_id).values(state=DryRunState.FAILED, problem=problem)
        )

    def settle(self, problem: str) -> int:
        """Say of those that never ended that they were cut off; how many."""
        return self._connection.execute(
            update(dry_run)
            .where(_R.state == DryRunState.UNDER_WAY)
            .values(state=DryRunState.FAILED, problem=problem)
        ).rowcount


def _text(outlook: Outlook | None) -> str | None:
    return None if outlook is None else _OUTLOOK.dump_json(outlook).decode()
