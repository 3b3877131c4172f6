"""Forecasts in the database: the last one of each campaign, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, delete, insert, select, update

from app.kept_forecast import Foreseen
from app.web.tables import pacing_forecast

_FORESEEN = TypeAdapter(Foreseen)
_F = pacing_forecast.c


class ForecastState(StrEnum):
    """Where a forecast stands."""

    UNDER_WAY = "under_way"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ForecastRecord:
    """A campaign's last forecast.

    Attributes:
        campaign_id: The campaign.
        id: Of this forecast: a later one of the campaign takes its place.
        account: Whose it is.
        state: Where it stands.
        asked: What the form said, by the field's name.
        done_percent: How far it has come.
        problem: Why it failed, in one line.
        foreseen: What it found, once it is done.
        started_by: Who asked for it.
        started_at: When.
    """

    campaign_id: str
    id: str
    account: str
    state: ForecastState
    asked: Mapping[str, str]
    done_percent: int
    problem: str | None
    foreseen: Foreseen | None
    started_by: str
    started_at: datetime


class ForecastRecords:
    """Forecasts on a connection in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, record: ForecastRecord) -> None:
        """Keep a forecast that begins; it takes the place of the campaign's last one."""
        self._connection.execute(
            delete(pacing_forecast).where(_F.campaign_id == record.campaign_id)
        )
        values = {column.name: getattr(record, column.name) for column in _F}
        values |= {"asked": dict(record.asked), "foreseen": _text(record.foreseen)}
        self._connection.execute(insert(pacing_forecast), values)

    def get(self, account: str, campaign_id: str) -> ForecastRecord | None:
        """The campaign's last one; None if there is none that can be read."""
        row = self._connection.execute(
            select(pacing_forecast).where(_F.campaign_id == campaign_id, _F.account == account)
        ).one_or_none()
        if row is None:
            return None
        fields = dict(row._mapping)
        try:
            found = None if row.foreseen is None else _FORESEEN.validate_json(row.foreseen)
        except ValidationError:
            return None  # of an earlier version, which looked for other things
        return ForecastRecord(**{**fields, "state": ForecastState(row.state), "foreseen": found})

    def progress(self, forecast_id: str, done_percent: int) -> bool:
        """Keep how far it has come; False if a later one has taken its place."""
        kept = update(pacing_forecast).where(_F.id == forecast_id)
        return self._connection.execute(kept.values(done_percent=done_percent)).rowcount == 1

    def finish(self, forecast_id: str, foreseen: Foreseen) -> None:
        """Keep what it found."""
        self._connection.execute(
            update(pacing_forecast)
            .where(_F.id == forecast_id)
            .values(state=ForecastState.DONE, done_percent=100, foreseen=_text(foreseen))
        )

    def fail(self, forecast_id: str, problem: str) -> None:
        """It came to nothing."""
        self._connection.execute(
            update(pacing_forecast)
            .where(_F.id == forecast_id)
            .values(state=ForecastState.FAILED, problem=problem)
        )

    def settle(self, problem: str) -> int:
        """Say of those that never ended that they were cut off; how many."""
        return self._connection.execute(
            update(pacing_forecast)
            .where(_F.state == ForecastState.UNDER_WAY)
            .values(state=ForecastState.FAILED, problem=problem)
        ).rowcount


def _text(foreseen: Foreseen | None) -> str | None:
    return None if foreseen is None else _FORESEEN.dump_json(foreseen).decode()
