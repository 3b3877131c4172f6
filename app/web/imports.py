"""Imports of contact lists that pages start, with progress and a report kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import BinaryIO

import structlog

from app.bootstrap import Parts
from app.contact_file import BadContactFileError, read_results, read_rows
from app.database import Database
from app.web.background import Background, CutOffError
from app.web.store import ImportLine, ImportState, ListImport, ListImports, PermissionImports
from campaigns.contact import ContactList, ListState
from campaigns.importing import Accepted, ColumnMapping, Importer, Rejected, Result
from campaigns.service import import_list
from compliance.location import knows_region

KEPT_LINES = 10_000
"""So many rows of a file that became no contact are kept for its report."""

CUT_OFF = "the import was cut off when the service stopped; upload the file again"
_FAULT = "the import failed on our side and nothing was kept; the log says why"
_LINES_AT_ONCE = 1000
_SECONDS_BETWEEN = 0.5

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was uploaded: an open stream that nobody else can open, gone once closed."""

    stream: BinaryIO
    size: int
    file_name: str
    list_name: str
    mapping: ColumnMapping


@dataclass(slots=True)
class _Job:
    list_id: str
    account: str
    upload: Upload
    read_bytes: int = 0
    read_rows: int = 0
    shown_at: float = 0.0
    reasons: Counter[str] = field(default_factory=Counter)
    kept: int = 0
    lines: list[ImportLine] = field(default_factory=list)


class ListImporter:
    """Imports uploads in the background, one at a time."""

    def __init__(self, parts: Parts, background: Background) -> None:
        self._parts = parts
        self._background = background

    def start(self, account: str, list_id: str, upload: Upload, started_by: str) -> None:
        """Queue an upload; the import's row tells how it goes on."""
        now = self._parts.clock.now()
        begun = ListImport(
            list_id=list_id,
            account=account,
            list_name=upload.list_name,
            file_name=upload.file_name,
            state=ImportState.WAITING,
            size_bytes=upload.size,
            read_bytes=0,
            read_rows=0,
            problem=None,
            reasons={},
            started_by=started_by,
            started_at=now,
            updated_at=now,
        )
        with self._parts.database() as uow:
            ListImports(uow.connection).add(begun)
        job = _Job(list_id, account, upload)
        self._background.start(lambda: self._run(job))

    def _run(self, job: _Job) -> None:
        try:
            with job.upload.stream:
                self._import(job)
        except BadContactFileError as error:
            self._fail(job, str(error))
        except CutOffError:
            self._fail(job, CUT_OFF)
        except Exception as error:
            # Not the message: a database error's holds the rows.
            log.error("import failed", list_id=job.list_id, error=type(error).__name__)
            self._fail(job, _FAULT)

    def _fail(self, job: _Job, problem: str) -> None:
        with self._parts.database() as uow:
            ListImports(uow.connection).fail(job.list_id, self._parts.clock.now(), problem)

    def _import(self, job: _Job) -> None:
        upload = job.upload

        def on_bytes(read: int) -> None:
            job.read_bytes = read
            self._show(job)

        self._background.check_stopped()
        rows = read_rows(upload.stream, upload.file_name, upload.mapping, on_bytes)
        importer = Importer(
            rows.columns,
            job.list_id,
            self._parts.phone_key,
            knows_region=partial(knows_region, rulebook=self._parts.rulebook),
        )
        contact_list = ContactList(
            job.list_id, job.account, upload.list_name, state=ListState.IMPORTING
        )
        results = self._kept(job, read_results(rows, importer))
        now = self._parts.clock.now
        import_list(self._parts.database, contact_list, results, now, lambda _: None)
        with self._parts.database() as uow:
            ListImports(uow.connection).finish(job.list_id, now(), job.read_rows, dict(job.reasons))

    def _kept(self, job: _Job, results: Iterator[Result]) -> Iterator[Result]:
        """The results; rows that became no contact are noted for the report on the way."""
        for result in results:
            job.read_rows += 1
            if not isinstance(result, Accepted):
                self._note(job, result)
            yield result
        self._keep_lines(job)

    def _note(self, job: _Job, result: Result) -> None:
        if isinstance(result, Rejected):
            job.reasons[result.reason.value] += 1
            line = ImportLine(result.line, "rejected", result.reason.value, result.column)
        else:
            line = ImportLine(result.line, "duplicate", None, None)
        if job.kept < KEPT_LINES:
            job.kept += 1
            job.lines.append(line)
        if len(job.lines) >= _LINES_AT_ONCE:
            self._keep_lines(job)

    def _keep_lines(self, job: _Job) -> None:
        lines, job.lines = job.lines, []
        with self._parts.database() as uow:
            ListImports(uow.connection).add_lines(job.list_id, lines)

    def _show(self, job: _Job) -> None:
        """Keep how far the import is; runs between two units of work, never inside one."""
        self._background.check_stopped()
        at = self._parts.clock.monotonic()
        if job.read_bytes and at < job.shown_at + _SECONDS_BETWEEN:
            return
        job.shown_at = at
        with self._parts.database() as uow:
            ListImports(uow.connection).progress(
                job.list_id,
                self._parts.clock.now(),
                ImportState.IMPORTING,
                job.read_bytes,
                job.read_rows,
            )


def settle_cut_off(database: Database, now: datetime) -> int:
    """Say of imports that never ended that they were cut off; how many.

    To be called where no import can be under way, after `campaigns.service.remove_unfinished`.
    """
    with database() as uow:
        permissions = PermissionImports(uow.connection).settle(now, CUT_OFF)
        return permissions + ListImports(uow.connection).settle(now, CUT_OFF)
