"""Uploading contact lists: reports, refusals, hostile files (invariants I1, I2, S7)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.web import imports
from app.web.background import Background
from app.web.imports import CUT_OFF, ListImporter, Upload, settle_cut_off
from app.web.store import ImportLine, ImportState, ListImport, ListImports
from campaigns.campaign import CampaignAction
from campaigns.contact import ContactList, ListState
from campaigns.importing import ColumnMapping, unescape_cell
from tests.web.site import ACCOUNT, TestClock, Visitor, bodies, make_parts, seed_campaign

GOOD = b"phone,first_name\n+12125550101,Ada\n+13055550102,Ben\n"
MIXED = (
    b"phone,first_name,region\n"
    b"+12125550101,Ada,US-NY\n"
    b"12,Ben,US-FL\n"
    b"+13055550102,Cleo,US-ZZ\n"
    b"+12125550101,Ada again,US-NY\n"
)


@pytest.fixture
def visitor(tmp_path: Path) -> Iterator[Visitor]:
    """Somebody who is signed in."""
    visitor = Visitor(make_parts(tmp_path, TestClock()))
    yield visitor
    visitor.web.background.stop()


def lists(visitor: Visitor) -> list[ContactList]:
    """The account's lists."""
    with visitor.parts.database.reading() as uow:
        return uow.contact_lists.of_account(ACCOUNT)


def test_upload_becomes_a_list_with_a_report(visitor: Visitor) -> None:
    """Counts, reasons and lines are those of the file, and contacts can be dialed."""
    answer = visitor.upload(MIXED)
    page = visitor.get(answer.headers["Location"]).text
    (made,) = lists(visitor)
    assert (made.name, made.read, made.accepted, made.rejected, made.duplicate) == (
        "panel",
        4,
        1,
        2,
        1,
    )
    assert "4 rows read" in page
    assert "Too few digits" in page
    assert "A region that is not known" in page
    assert "An earlier row has this number" in page
    campaign = seed_campaign(visitor.parts, made, actions=(CampaignAction.START,))
    with visitor.parts.database.reading() as uow:
        assert uow.queue.remaining(campaign.id) == 1


def test_report_survives_a_restart(visitor: Visitor) -> None:
    """Another process shows the same report."""
    where = visitor.upload(MIXED).headers["Location"]
    page = Visitor(visitor.parts).get(where).text
    assert "A region that is not known" in page


def test_report_as_a_file_holds_no_formulas(visitor: Visitor) -> None:
    """A column that is called like a formula is harmless in the download, and reads back."""
    column = '=HYPERLINK("http://evil")'
    content = f'phone,"{column.replace(chr(34), chr(34) * 2)}"\n12,x\n+12125550101,a\x00b\n'
    visitor.upload(content.encode() + b"+12125550102,fine\n")
    (made,) = lists(visitor)
    answer = visitor.get(f"/lists/{made.id}/rejected.csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert [row[:3] for row in rows[1:]] == [
        ["2", "rejected", "phone_too_short"],
        ["3", "rejected", "control_character"],
    ]
    assert rows[2][3] == f"'{column}"
    assert unescape_cell(rows[2][3]) == column
    assert all(cell[:1] not in set("=+-@\t\r") for row in rows for cell in row)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\n", "the header is blank"),
        (b"name\nAda\n", "there is no such column"),
        (b"phone,phone\n+12125550101,2\n", "have the same name"),
        (b"PK\x03\x04 a workbook", "workbook or archive"),
        ("phone\n+12125550101\n".encode("utf-16"), "UTF-16"),
        (b"\x1f\x8b\x08 packed", "compressed"),
        (b"phone;name\n+12125550101;Ada\n", "use commas"),
        (b"ph\0one\n", "NUL"),
        (b"a" * 200_000, "longer than"),
        (b'"phone\n', "quotes do not match"),
    ],
)
def test_files_that_are_no_use_are_refused_at_once(
    visitor: Visitor, content: bytes, message: str
) -> None:
    """What the header tells is said on the form, in one line, and nothing is kept."""
    answer = visitor.upload(content)
    assert answer.status_code == 422
    assert message in answer.text
    assert "Nothing was kept." in answer.text
    assert lists(visitor) == []


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (b"", "there is no row below the header"),
        (b"12\n13\n", "no row is acceptable"),
        (b"+12125550101\n\xff\xfe\n", "not UTF-8"),
        (b'+12125550101\n"open\n+12125550102\n', "no matching closing quote"),
    ],
)
def test_files_that_turn_out_bad_keep_nothing(visitor: Visitor, rows: bytes, message: str) -> None:
    """What is found on the way undoes the import, and the page says why."""
    answer = visitor.upload(b"phone\n" + rows, name="oops.csv")
    page = visitor.get(answer.headers["Location"]).text
    assert "nothing was kept" in page
    assert message in page
    assert lists(visitor) == []
    assert not [event for event in bodies(visitor.parts) if "List" in str(event["detail-type"])]
    with visitor.parts.database.reading() as uow:
        assert uow.connection.exec_driver_sql("SELECT count(*) FROM contact").scalar_one() == 0
        assert uow.connection.exec_driver_sql("SELECT count(*) FROM import_line").scalar_one() == 0
    assert message in visitor.get("/lists").text
    assert visitor.post(f"{answer.headers['Location']}/forget").status_code == 302
    assert message not in visitor.get("/lists").text
    assert visitor.get(answer.headers["Location"]).status_code == 404


def test_missing_phone_column_can_be_chosen(visitor: Visitor) -> None:
    """A file with another name for the column is refused with the choice, then taken."""
    content = b"Name,Mobile No.\nAda,+12125550101\n"
    answer = visitor.upload(content)
    assert answer.status_code == 422
    assert '<option value="Mobile No.">' in answer.text
    visitor.upload(content, phone_column="mobile no.")
    (made,) = lists(visitor)
    assert made.accepted == 1


def test_names_of_files_and_columns_are_escaped(visitor: Visitor) -> None:
    """A file name and a header that are markup are shown as text."""
    evil = "<img src=x onerror=alert(1)>"
    answer = visitor.upload(
        f'phone,"{evil}"\n12,x\n+12125550101,y\x00\n+12125550102,z\n'.encode(),
        name=f"../../{evil}.csv",
    )
    pages = [visitor.get(answer.headers["Location"]).text, visitor.get("/lists").text]
    pages.append(visitor.upload(f"{evil}\n1\n".encode()).text)
    for page in pages:
        assert "<img src=x" not in page
    assert "&lt;img src=x" in pages[0]
    (made,) = lists(visitor)
    assert "/" not in made.name


def test_upload_without_a_file_is_refused(visitor: Visitor) -> None:
    """The form says what is missing."""
    answer = visitor.post("/lists/new")
    assert answer.status_code == 422
    assert "Choose a file." in answer.text


def test_national_numbers_and_regions_follow_the_rulebook(visitor: Visitor) -> None:
    """What screening could not place is refused at the door."""
    visitor.upload(b"phone,country,region\n020 7946 0018,GB,\n+12125550101,US,US-QQ\n")
    (made,) = lists(visitor)
    assert (made.accepted, made.rejected) == (1, 1)


def test_only_the_first_rejected_rows_are_kept(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report is bounded and says so; the counts are of all rows."""
    monkeypatch.setattr(imports, "KEPT_LINES", 3)
    visitor.upload(b"phone\n+12125550101\n" + b"12\n" * 10)
    (made,) = lists(visitor)
    assert made.rejected == 10
    with visitor.parts.database.reading() as uow:
        begun = ListImports(uow.connection).get(ACCOUNT, made.id)
        kept = ListImports(uow.connection).lines(made.id, 0, 100)
    assert begun is not None
    assert begun.reasons == {"phone_too_short": 10}
    assert [line.line for line in kept] == [3, 4, 5]


def test_long_reports_have_pages(visitor: Visitor) -> None:
    """Two hundred rows a page, then the next ones."""
    visitor.upload(b"phone\n+12125550101\n" + b"12\n" * 250)
    (made,) = lists(visitor)
    first = visitor.get(f"/lists/{made.id}").text
    assert first.count("<td>Rejected</td>") == 200
    assert f"/lists/{made.id}?after=202" in first
    assert visitor.get(f"/lists/{made.id}?after=202").text.count("<td>Rejected</td>") == 50
    assert visitor.get(f"/lists/{made.id}?after=x").status_code == 200


def test_large_files_are_taken(visitor: Visitor) -> None:
    """What is far beyond the limit of ordinary forms is read to the end."""
    rows = b"".join(b"+1212%07d,%s\n" % (number, b"x" * 500) for number in range(2000000, 2000800))
    visitor.upload(b"phone,note\n" + rows)
    (made,) = lists(visitor)
    assert made.accepted == 800


def test_two_uploads_are_imported_one_after_the_other(visitor: Visitor) -> None:
    """Both arrive, each as its own list."""
    visitor.upload(GOOD, name="first.csv")
    visitor.upload(GOOD, name="second.csv", name_="x")
    assert {made.name for made in lists(visitor)} == {"first", "second"}


def test_stopping_cuts_an_import_off(visitor: Visitor) -> None:
    """At shutdown nothing half done stays, and the page says what happened."""
    background = Background()
    background.stop()
    stopped = ListImporter(visitor.parts, background)
    upload = Upload(io.BytesIO(GOOD), len(GOOD), "late.csv", "late", ColumnMapping())
    list_id = "00000000-0000-4000-8000-000000000001"
    stopped.start(ACCOUNT, list_id, upload, "admin")
    assert background.wait(30)
    assert lists(visitor) == []
    assert CUT_OFF in visitor.get(f"/lists/{list_id}").text


def test_imports_of_a_killed_process_are_settled(visitor: Visitor) -> None:
    """After a kill, what was under way is said to be cut off; what had ended is done."""
    visitor.upload(MIXED)
    (made,) = lists(visitor)
    now = visitor.parts.clock.now()
    lost = "00000000-0000-4000-8000-000000000002"
    with visitor.parts.database() as uow:
        found = ListImports(uow.connection)
        begun = found.get(ACCOUNT, made.id)
        assert begun is not None
        found.progress(made.id, now, ImportState.IMPORTING, 10, 2)
        found.add(replace(begun, list_id=lost, state=ImportState.IMPORTING))
    assert settle_cut_off(visitor.parts.database, now) == 2
    assert CUT_OFF in visitor.get(f"/lists/{lost}").text
    assert "4 rows read" in visitor.get(f"/lists/{made.id}").text


def test_progress_is_shown_while_importing(visitor: Visitor) -> None:
    """The page of an import under way shows a bar and asks for news."""
    now = visitor.parts.clock.now()
    list_id = "00000000-0000-4000-8000-000000000003"
    begun = ListImport(
        list_id,
        ACCOUNT,
        "Big",
        "big.csv",
        ImportState.IMPORTING,
        1000,
        250,
        12,
        None,
        {},
        "admin",
        now,
        now,
    )
    with visitor.parts.database() as uow:
        uow.contact_lists.add(ContactList(list_id, ACCOUNT, "Big", ListState.IMPORTING), now)
        ListImports(uow.connection).add(begun)
        ListImports(uow.connection).add_lines(list_id, [ImportLine(2, "duplicate", None, None)])
    page = visitor.get(f"/lists/{list_id}").text
    assert '<progress value="250" max="1000"' in page
    assert f'data-url="/lists/{list_id}/progress"' in page
    answer = visitor.get(f"/lists/{list_id}/progress").json
    assert answer is not None
    assert answer["done"] is False
    assert "12 rows read" in answer["figures"]
    assert "Big" in visitor.get("/lists").text
    assert visitor.get(f"/lists/{list_id}/rejected.csv").status_code == 404
