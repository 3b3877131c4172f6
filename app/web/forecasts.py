"""Forecasts that pages start: in a thread of their own, with progress; the last one is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog

from app.bootstrap import Parts
from app.database import Database
from app.kept_forecast import NoAgentsError, Prepared, check_agents, foresee_kept, prepare
from app.web.background import Background, CutOffError
from app.web.dry_runs import CUT_OFF, FAULT
from app.web.forecast_store import ForecastRecord, ForecastRecords, ForecastState
from dialer.assumptions import Assumptions, NoForecastError, check_mode

AT_ONCE_SECONDS = 1.0
"""So long the page waits for a forecast to end: a small one is shown at once."""

WAITING_MOST = 10
"""So many are under way or wait at most: each holds what its campaign has taught."""

_SECONDS_BETWEEN = 0.5

log = structlog.get_logger()


class TooManyForecastsError(Exception):
    """Too many are waiting for their turn."""

    def __init__(self) -> None:
        super().__init__("other forecasts are waiting for their turn; try again in a minute")


class _ReplacedError(Exception):
    """A later forecast of the campaign has begun."""


class Forecasts:
    """Plays them one at a time, apart from imports and dry runs."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._background = Background()

    def start(
        self,
        account: str,
        campaign_id: str,
        forecast_id: str,
        settings: Sequence[Assumptions],
        asked: Mapping[str, str],
        by: str,
    ) -> None:
        """Begin a forecast of a campaign, and wait a moment for its end.

        Raises:
            NotFoundError: there is no such campaign in the account.
            NothingAheadError: it is over.
            ListNotReadyError: its list is still being imported.
            NoAgentsError, NoForecastError: nothing can be foreseen for these settings.
            TooManyForecastsError: too many are waiting already.
        """
        if self._background.open >= WAITING_MOST:
            raise TooManyForecastsError
        parts, now = self._parts, self._parts.clock.now()
        with parts.database.reading() as uow:
            campaign = uow.campaigns.get(account, campaign_id)
        prepared = prepare(parts.database, campaign, now)
        check_agents(prepared, settings)
        for one in settings:
            check_mode(campaign, one)
        record = ForecastRecord(
            campaign_id=campaign_id,
            id=forecast_id,
            account=account,
            state=ForecastState.UNDER_WAY,
            asked=asked,
            done_percent=0,
            problem=None,
            foreseen=None,
            started_by=by,
            started_at=now,
        )
        with parts.database() as uow:
            uow.campaigns.lock(campaign_id)  # of two at once, the later takes the earlier's place
            ForecastRecords(uow.connection).put(record)
        self._background.start(lambda: self._run(forecast_id, prepared, settings))
        self._background.wait(AT_ONCE_SECONDS)

    def wait(self, timeout: float) -> bool:
        """Wait until none is under way; False if it takes longer, in seconds."""
        return self._background.wait(timeout)

    def stop(self) -> None:
        """Cut off what is under way."""
        self._background.stop()

    def _run(self, forecast_id: str, prepared: Prepared, settings: Sequence[Assumptions]) -> None:
        try:
            self._foresee(forecast_id, prepared, settings)
        except _ReplacedError:
            pass  # the later one tells
        except CutOffError:
            self._fail(forecast_id, CUT_OFF)
        except (NoAgentsError, NoForecastError) as error:
            self._fail(forecast_id, str(error))
        except Exception as error:
            # Not the message: a database error's holds the rows.
            log.error("forecast failed", forecast_id=forecast_id, error=type(error).__name__)
            self._fail(forecast_id, FAULT)

    def _foresee(
        self, forecast_id: str, prepared: Prepared, settings: Sequence[Assumptions]
    ) -> None:
        parts = self._parts
        self._show(forecast_id, 0.0)  # a later one may have come while it waited for its turn
        shown_at = parts.clock.monotonic()

        def on_share(share: float) -> None:
            nonlocal shown_at
            self._background.check_stopped()
            at = parts.clock.monotonic()
            if at >= shown_at + _SECONDS_BETWEEN:
                shown_at = at
                self._show(forecast_id, share)

        found = foresee_kept(parts.database, parts.rulebook, prepared, settings, on_share)
        with parts.database() as uow:
            ForecastRecords(uow.connection).finish(forecast_id, found)

    def _show(self, forecast_id: str, share: float) -> None:
        with self._parts.database() as uow:
            if not ForecastRecords(uow.connection).progress(forecast_id, int(100.0 * share)):
                raise _ReplacedError

    def _fail(self, forecast_id: str, problem: str) -> None:
        with self._parts.database() as uow:
            ForecastRecords(uow.connection).fail(forecast_id, problem)


def settle_forecasts(database: Database) -> int:
    """Say of forecasts that never ended that they were cut off; how many.

    To be called where none can be under way.
    """
    with database() as uow:
        return ForecastRecords(uow.connection).settle(CUT_OFF)
