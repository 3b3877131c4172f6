"""Files of numbers and of consents that pages took in: read in the background, with progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import structlog

from app.bootstrap import Parts
from app.contact_file import BadInputFileError
from app.permission_files import (
    BadRow,
    ConsentTerms,
    consents_in,
    each_batch,
    numbers_in,
)
from app.web.background import Background, CutOffError
from app.web.imports import CUT_OFF
from app.web.store import ImportState, PermissionImport, PermissionImports
from campaigns.permissions import PermissionRefusedError, record_consents
from campaigns.restrictions import ListCopy, import_suppression_list
from compliance.consent_records import ConsentRecord

KEPT_ROWS = 200
"""So many bad rows of a file are kept for its report."""

_FAULT = (
    "the import failed on our side; the log says why. Upload the file again: nothing is kept twice"
)
_CONSENTS_AT_ONCE = 500
_SECONDS_BETWEEN = 0.5

log = structlog.get_logger()


class _BadRowsError(Exception):
    """Some rows are no consents, so none is kept; `report` tells which."""

    def __init__(self, report: dict[str, Any]) -> None:
        super().__init__(
            "some rows are no consents, so none is kept; correct them and upload the file again"
        )
        self.report = report


@dataclass(frozen=True, slots=True)
class NumbersOrder:
    """What a file of numbers is to become.

    `copy` says all of it but the numbers and the file's hash; `country` is that of numbers without
    +country code.
    """

    copy: ListCopy
    country: str
    even_if_older: bool


class PermissionImporter:
    """Imports files in the background, one at a time."""

    def __init__(self, parts: Parts, background: Background) -> None:
        self._parts = parts
        self._background = background

    def start_numbers(self, begun: PermissionImport, stream: BinaryIO, order: NumbersOrder) -> None:
        """Queue a file of numbers that is to become a suppression list."""
        self._start(begun, stream, lambda progress: self._numbers(begun, stream, order, progress))

    def start_consents(
        self, begun: PermissionImport, stream: BinaryIO, terms: ConsentTerms
    ) -> None:
        """Queue a file of consents; it is read twice: nothing is kept of it if one row is bad."""
        begun = replace(begun, to_read=2 * begun.to_read)
        self._start(begun, stream, lambda progress: self._consents(begun, stream, terms, progress))

    def _start(
        self, begun: PermissionImport, stream: BinaryIO, work: Callable[[_Progress], None]
    ) -> None:
        with self._parts.database() as uow:
            PermissionImports(uow.connection).add(begun)
        progress = _Progress(self._parts, self._background, begun.id)
        self._background.start(lambda: self._run(begun, stream, lambda: work(progress)))

    def _run(self, begun: PermissionImport, stream: BinaryIO, work: Callable[[], None]) -> None:
        try:
            with stream:
                work()
        except (BadInputFileError, PermissionRefusedError) as error:
            self._fail(begun, str(error), {})
        except _BadRowsError as error:
            self._fail(begun, str(error), error.report)
        except CutOffError:
            self._fail(begun, CUT_OFF, {})
        except Exception as error:
            # Not the message: a database error's holds the rows.
            log.error("import failed", import_id=begun.id, error=type(error).__name__)
            self._fail(begun, _FAULT, {})

    def _fail(self, begun: PermissionImport, problem: str, report: dict[str, Any]) -> None:
        with self._parts.database() as uow:
            PermissionImports(uow.connection).change(
                begun.id,
                state=ImportState.FAILED,
                problem=problem,
                report=report,
                updated_at=self._parts.clock.now(),
            )

    # ------------------------------------------------------------------------------- numbers
    def _numbers(
        self, begun: PermissionImport, stream: BinaryIO, order: NumbersOrder, progress: _Progress
    ) -> None:
        read = numbers_in(stream, begun.file_name, order.country, progress.read)
        now = self._parts.clock.now()
        copy = replace(order.copy, numbers=read.numbers, sha256=read.sha256, now=now)
        line, reason = read.first_invalid or (None, None)
        report = {
            "accepted": read.accepted,
            "duplicate": read.duplicate,
            "invalid": read.invalid,
            "rows": [] if line is None else [[line, None, reason]],
        }
        # In one unit with the list: whoever sees the one sees the other.
        with self._parts.database() as uow:
            import_suppression_list(
                uow, copy, self._parts.rulebook, even_if_older=order.even_if_older
            )
            PermissionImports(uow.connection).change(
                begun.id, state=ImportState.DONE, report=report, updated_at=now
            )

    # ------------------------------------------------------------------------------ consents
    def _consents(
        self, begun: PermissionImport, stream: BinaryIO, terms: ConsentTerms, progress: _Progress
    ) -> None:
        good = _check(consents_in(stream, begun.file_name, terms, progress.read))
        if not good:
            raise BadInputFileError(begun.file_name, None, None, "the file holds no consent")
        stream.seek(0)
        progress.begin_again()
        rows = consents_in(stream, begun.file_name, terms, progress.read)
        records = (row for row in rows if isinstance(row, ConsentRecord))
        fresh = each_batch(records, _CONSENTS_AT_ONCE, self._keep)
        report = {"accepted": fresh, "duplicate": good - fresh, "invalid": 0, "rows": []}
        with self._parts.database() as uow:
            PermissionImports(uow.connection).change(
                begun.id,
                state=ImportState.DONE,
                report=report,
                updated_at=self._parts.clock.now(),
            )

    def _keep(self, records: list[ConsentRecord]) -> int:
        """Keep some of the consents, so that dialing goes on meanwhile.

        An import that is cut off is done again: what is there already is kept once.
        """
        with self._parts.database() as uow:
            return record_consents(uow, records, self._parts.phone_key)


def _check(rows: Iterator[ConsentRecord | BadRow]) -> int:
    """How many consents there are.

    Raises:
        _BadRowsError: some rows are none.
    """
    good, invalid = 0, 0
    kept: list[BadRow] = []
    for row in rows:
        if isinstance(row, ConsentRecord):
            good += 1
            continue
        invalid += 1
        if len(kept) < KEPT_ROWS:
            kept.append(row)
    if invalid:
        told = [[row.line, row.column, row.reason] for row in kept]
        raise _BadRowsError({"accepted": 0, "duplicate": 0, "invalid": invalid, "rows": told})
    return good


class _Progress:
    """Keeps how far an import is, now and then."""

    def __init__(self, parts: Parts, background: Background, import_id: str) -> None:
        self._parts = parts
        self._background = background
        self._import_id = import_id
        self._before = 0
        self._read = 0
        self._shown_at: float | None = None

    def begin_again(self) -> None:
        """The file is read once more."""
        self._before += self._read

    def read(self, read: int) -> None:
        """So many bytes were read this time; runs between two units of work, never inside one.

        Raises:
            CutOffError: the service stops.
        """
        self._background.check_stopped()
        self._read = read
        at = self._parts.clock.monotonic()
        if self._shown_at is not None and at < self._shown_at + _SECONDS_BETWEEN:
            return
        self._shown_at = at
        with self._parts.database() as uow:
            PermissionImports(uow.connection).change(
                self._import_id,
                state=ImportState.IMPORTING,
                read_bytes=self._before + read,
                updated_at=self._parts.clock.now(),
            )
