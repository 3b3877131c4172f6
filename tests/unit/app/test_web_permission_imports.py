"""Files of consents, and imports that are under way or cut off: what the pages report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.web import permission_imports
from app.web.imports import CUT_OFF, settle_cut_off
from app.web.store import ImportedThing, ImportState, PermissionImport, PermissionImports
from compliance.consent_records import ConsentRecord
from tests.web.permission_site import described, report, send
from tests.web.site import ACCOUNT, START, TestClock, Visitor, bodies, make_parts

LISTS = "/suppressions/lists"
CONSENTS = "/suppressions/consents/import"
NUMBERS = b"+12125550101\n212-555-0102\n"
GOOD = b"phone,email,kind,at,source,basis\n+12125550101,,express,2026-11-20T10:00:00Z,call,form\n"


@pytest.fixture
def visitor(tmp_path: Path) -> Iterator[Visitor]:
    """Somebody who is signed in."""
    visitor = Visitor(make_parts(tmp_path, TestClock()))
    yield visitor
    visitor.web.background.stop()


def consents(visitor: Visitor, *addresses: str) -> list[ConsentRecord]:
    """The records of these addresses."""
    with visitor.parts.database.reading() as uow:
        found = uow.consents.of(ACCOUNT, addresses)
    return [record for records in found.values() for record in records]


# ------------------------------------------------------------------------------- files of consents
def test_a_file_of_consents(visitor: Visitor) -> None:
    """All rows are kept, once however often the file comes."""
    rows = GOOD + b",Ada@Example.org,express,2026-11-20T10:00:00Z,web_form,form\n"
    page = report(visitor, send(visitor, CONSENTS, rows))
    assert "The consents are on file." in page
    assert "<span>Consents recorded</span> <b>2</b>" in page
    kept = consents(visitor, "+12125550101", "ada@example.org")
    assert [record.recorded_by for record in kept] == ["admin", "admin"]
    page = report(visitor, send(visitor, CONSENTS, rows))
    assert "<span>Consents recorded</span> <b>0</b>" in page
    assert "<span>On file already</span> <b>2</b>" in page


def test_one_bad_row_keeps_none(visitor: Visitor) -> None:
    """Each bad row is reported with its line and reason, and its values are not shown."""
    rows = GOOD + b"12,,express,2026-11-20T10:00:00Z,call,form\n+12125550103,,much,x,call,form\n"
    page = report(visitor, send(visitor, CONSENTS, rows, "secret.csv"))
    assert "so none is kept" in page
    assert "<span>Bad rows</span> <b>2</b>" in page
    assert '<td class="right">3</td><td><code>phone</code></td>' in page
    assert '<td class="right">4</td><td><code>kind</code></td>' in page
    assert "5550103" not in page
    assert consents(visitor, "+12125550101") == []
    assert bodies(visitor.parts) == []
    assert "secret.csv" in visitor.get(CONSENTS).text


def test_only_the_first_bad_rows_are_kept(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report is bounded; the count is of all."""
    monkeypatch.setattr(permission_imports, "KEPT_ROWS", 3)
    bad = b"12,,express,2026-11-20T10:00:00Z,call,form\n" * 10
    page = report(visitor, send(visitor, CONSENTS, GOOD + bad))
    assert "<span>Bad rows</span> <b>10</b>" in page
    assert page.count("<code>phone</code>") == 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "names no such column"),
        (GOOD.splitlines()[0], "holds no consent"),
        (b"phone,kind\n", "names no such column"),
        (GOOD + b'"', "quotes do not match"),
        (b"\xff" + GOOD, "not UTF-8"),
    ],
)
def test_files_of_consents_that_are_no_use(visitor: Visitor, content: bytes, message: str) -> None:
    """The page says why, and nothing is kept."""
    page = report(visitor, send(visitor, CONSENTS, content))
    assert message in page
    assert consents(visitor, "+12125550101") == []


def test_consents_need_a_file(visitor: Visitor) -> None:
    """The form says what is missing."""
    answer = visitor.post(CONSENTS)
    assert answer.status_code == 422
    assert "Choose a file." in answer.text


# ---------------------------------------------------------------------------------- on the way
def begun(visitor: Visitor, **changes: object) -> PermissionImport:
    """An import that is under way."""
    made = PermissionImport(
        id="00000000-0000-4000-8000-000000000001",
        account=ACCOUNT,
        what=ImportedThing.NUMBERS,
        name="Big registry",
        file_name="big.csv",
        state=ImportState.IMPORTING,
        to_read=1000,
        read_bytes=250,
        problem=None,
        report={},
        started_by="admin",
        started_at=START,
        updated_at=START,
    )
    made = replace(made, **changes)  # type: ignore[arg-type]
    with visitor.parts.database() as uow:
        PermissionImports(uow.connection).add(made)
    return made


def test_progress_is_shown_while_importing(visitor: Visitor) -> None:
    """The page of an import under way shows a bar and asks for news; it cannot be dismissed."""
    path = f"/suppressions/imports/{begun(visitor).id}"
    page = visitor.get(path).text
    assert '<progress value="250" max="1000"' in page
    assert f'data-url="{path}/progress"' in page
    answer = visitor.get(f"{path}/progress").json
    assert answer is not None
    assert answer["done"] is False
    assert "Big registry" in visitor.get(LISTS).text
    assert "Big registry" not in visitor.get(CONSENTS).text
    visitor.post(f"{path}/forget")
    assert visitor.get(path).status_code == 200


def test_imports_of_a_killed_process_are_settled(visitor: Visitor) -> None:
    """After a kill, what was under way is said to be cut off."""
    made = begun(visitor)
    assert settle_cut_off(visitor.parts.database, START) == 1
    assert CUT_OFF in visitor.get(f"/suppressions/imports/{made.id}").text


@pytest.mark.parametrize("path", [f"{LISTS}/new", CONSENTS])
def test_stopping_cuts_an_import_off(visitor: Visitor, path: str) -> None:
    """At shutdown nothing half done stays, and the page says what happened."""
    visitor.web.background.stop()
    content = NUMBERS if path.endswith("new") else GOOD
    page = report(visitor, send(visitor, path, content, **described()))
    assert CUT_OFF in page
    assert bodies(visitor.parts) == []


def test_a_fault_on_the_way_tells_no_values(
    visitor: Visitor, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither the page nor the log holds a number (S4)."""
    with visitor.parts.database() as uow:
        uow.connection.exec_driver_sql("DROP TABLE consent_record")
    page = report(visitor, send(visitor, CONSENTS, GOOD))
    assert "failed on our side" in page
    printed = capsys.readouterr()
    assert "import failed" in printed.out + printed.err
    assert "5550101" not in page + printed.out + printed.err
