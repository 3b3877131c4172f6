"""Dry runs that pages start: in a thread of their own, with progress; the last one is kept."""

from __future__ import annotations

from datetime import datetime

import structlog

from app.bootstrap import Parts
from app.database import Database
from app.kept_rehearsal import Prepared, prepare, rehearse_kept
from app.web.background import Background, CutOffError
from app.web.dry_run_store import DryRunRecord, DryRunRecords, DryRunState

AT_ONCE_SECONDS = 2.0
"""So long the page waits for a dry run to end: that of a small list is shown at once."""

CUT_OFF = "it was cut off when the service stopped; start it again"
FAULT = "it failed on our side; the log says why"
_SECONDS_BETWEEN = 0.5

log = structlog.get_logger()


class _ReplacedError(Exception):
    """A later dry run of the campaign has begun."""


class DryRuns:
    """Runs them one at a time, apart from imports, which may take long."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._background = Background()

    def start(
        self, account: str, campaign_id: str, run_id: str, start: datetime | None, by: str
    ) -> None:
        """Begin a dry run of a campaign, and wait a moment for its end.

        Raises:
            NotFoundError: there is no such campaign in the account.
            AlreadyStartedError: it has started.
            CampaignOverError: its end is past.
        """
        parts, now = self._parts, self._parts.clock.now()
        prepared = prepare(parts.database, account, campaign_id, start, now)
        record = DryRunRecord(
            campaign_id=campaign_id,
            id=run_id,
            account=account,
            state=DryRunState.UNDER_WAY,
            start_at=prepared.start,
            contacts=prepared.contacts,
            looked_at=0,
            problem=None,
            outlook=None,
            started_by=by,
            started_at=now,
        )
        with parts.database() as uow:
            uow.campaigns.lock(campaign_id)  # of two at once, the later takes the earlier's place
            DryRunRecords(uow.connection).put(record)
        self._background.start(lambda: self._run(run_id, prepared))
        self._background.wait(AT_ONCE_SECONDS)

    def wait(self, timeout: float) -> bool:
        """Wait until none is under way; False if it takes longer, in seconds."""
        return self._background.wait(timeout)

    def stop(self) -> None:
        """Cut off what is under way."""
        self._background.stop()

    def _run(self, run_id: str, prepared: Prepared) -> None:
        try:
            self._rehearse(run_id, prepared)
        except _ReplacedError:
            pass  # the later one tells
        except CutOffError:
            self._fail(run_id, CUT_OFF)
        except Exception as error:
            # Not the message: a database error's holds the rows.
            log.error("dry run failed", dry_run_id=run_id, error=type(error).__name__)
            self._fail(run_id, FAULT)

    def _rehearse(self, run_id: str, prepared: Prepared) -> None:
        parts = self._parts
        shown_at = parts.clock.monotonic()

        def on_contacts(looked_at: int) -> None:
            nonlocal shown_at
            self._background.check_stopped()
            at = parts.clock.monotonic()
            if at >= shown_at + _SECONDS_BETWEEN:
                shown_at = at
                self._show(run_id, looked_at)

        outlook = rehearse_kept(parts.database, parts.rulebook, prepared, on_contacts)
        with parts.database() as uow:
            DryRunRecords(uow.connection).finish(run_id, outlook)

    def _show(self, run_id: str, looked_at: int) -> None:
        with self._parts.database() as uow:
            if not DryRunRecords(uow.connection).progress(run_id, looked_at):
                raise _ReplacedError

    def _fail(self, run_id: str, problem: str) -> None:
        with self._parts.database() as uow:
            DryRunRecords(uow.connection).fail(run_id, problem)


def settle_dry_runs(database: Database) -> int:
    """Say of dry runs that never ended that they were cut off; how many.

    To be called where none can be under way.
    """
    with database() as uow:
        return DryRunRecords(uow.connection).settle(CUT_OFF)
