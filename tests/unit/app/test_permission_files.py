"""Files of numbers and of consents: what is read, counted, refused, and in how much memory."""

from __future__ import annotations

import hashlib
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from app.contact_file import BadInputFileError
from app.permission_files import (
    BadRow,
    Column,
    ConsentTerms,
    NumbersRead,
    each_batch,
    read_consents,
    read_numbers,
)
from compliance.case import Channel, ConsentKind
from compliance.consent_records import ConsentAction, ConsentRecord, ConsentSource
from tests.builders import NOON, a_campaign, a_consent

CAMPAIGN = a_campaign().id
TERMS = ConsentTerms("acme", "user-1", NOON, "US", {CAMPAIGN})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file to write to."""
    return tmp_path / "file.txt"


def numbers(file: Path, content: str | bytes, country: str | None = "US") -> NumbersRead:
    """What a file of that content holds."""
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_numbers(file, country)


# --------------------------------------------------------------------------------------- numbers
@pytest.mark.parametrize(
    "content",
    [
        "2125550101\n2125550102\n",
        "+12125550101\r\n+12125550102",
        "(212) 555-0101\n\n  \n1-212-555-0102\n",
        "212,5550101\n212,5550102\n",
        "\ufeff2125550101\n12125550102\n",
        "phone\n2125550101\n2125550102\n",
        'Name, Phone \nAnn,212-555-0101\n\nBen,"(212) 555-0102"\n',
        '\ufeff"phone","note"\n2125550101,"two\nlines"\n2125550102,\n',
    ],
)
def test_one_number_a_line_or_a_column_of_them(file: Path, content: str) -> None:
    """In any spelling that a contact list may have, too."""
    found = numbers(file, content)
    assert (found.accepted, found.invalid, found.duplicate) == (2, 0, 0)
    assert "+12125550101" in found.numbers
    assert "+12125550102" in found.numbers


def test_what_is_read_is_accepted_invalid_or_duplicate(file: Path) -> None:
    """However a number is spelt, it is one; the first that is none is told by its line."""
    found = numbers(file, "2125550101\nx\n+1 212 555 0101\n\n99\n+12125550102\n2125550101\n")
    assert (found.accepted, found.invalid, found.duplicate) == (2, 2, 2)
    assert found.first_invalid == (2, "this is not a telephone number")


def test_a_registrys_numbers_need_not_be_in_our_tables(file: Path) -> None:
    """A new area code is listed before the tables know it; what has no form of a number is none."""
    found = numbers(file, "2115550101\n+19995550101\n1115550101\n2121550101\n")
    assert (found.accepted, found.invalid) == (2, 2)


@pytest.mark.parametrize(("country", "phone"), [("GB", "+442079460123"), ("FR", "+33142685300")])
def test_national_spelling_is_that_of_the_country(file: Path, country: str, phone: str) -> None:
    """With a country given; E.164 needs none, and a trunk zero in it is dropped."""
    local = {"GB": "020 7946 0123", "FR": "01 42 68 53 00"}[country]
    assert phone in numbers(file, local, country).numbers
    assert phone in numbers(file, phone, None).numbers
    assert phone in numbers(file, f"{phone[:3]} (0){phone[3:]}", None).numbers


def test_without_a_country_only_e164_will_do(file: Path) -> None:
    """And a file that holds none is refused, with the first line and why."""
    assert numbers(file, "+12125550101\n2125550102\n", None).invalid == 1
    with pytest.raises(BadInputFileError, match="line 1: no number can be used") as refused:
        numbers(file, "2125550101\n", None)
    assert "needs the contact's country" in str(refused.value)
    assert "5550101" not in str(refused.value)


def test_the_hash_is_of_the_files_bytes(file: Path) -> None:
    """Also of a file that is larger than one read."""
    content = b"".join(b"212555%04d\r\n" % number for number in range(10_000))
    assert numbers(file, content).sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "holds no number"),
        (b"\n\n", "holds no number"),
        (b"phone\n", "holds no number"),
        (b"number,name\n1,2\n", "line 1: phone: the header names no such column"),
        (b"2125550101\n\xff\n", "not UTF-8"),
        ("2125550101".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04\x14", "workbook"),
        (b"\x1f\x8b\x08", "compressed"),
        (b'phone,note\n2125550101,"x\n', "quotes do not match"),
        (b"x" * 200_000, "longer than"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(file: Path, content: bytes, problem: str) -> None:
    """With what is wrong with it."""
    with pytest.raises(BadInputFileError, match=problem):
        numbers(file, content)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """And so is a folder."""
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(BadInputFileError, match="cannot be read"):
            read_numbers(path)
        with pytest.raises(BadInputFileError, match="cannot be read"):
            list(read_consents(path, TERMS))


def test_progress_ends_at_the_files_size(file: Path) -> None:
    """And only grows."""
    told: list[int] = []
    file.write_text("2125550101\n" * 50_000)
    read_numbers(file, "US", told.append)
    assert told == sorted(told)
    assert told[-1] == file.stat().st_size


def test_memory_does_not_grow_with_the_file(file: Path) -> None:
    """A file of ten times the size takes as much, but for the numbers themselves."""
    chance = Random(7)

    def peak(lines: int) -> int:
        with file.open("w") as output:
            for _ in range(lines):
                output.write(f"212555{chance.randrange(10**4):04d}\n")
        tracemalloc.start()
        read_numbers(file, "US")
        taken = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return taken

    peak(1_000)
    assert peak(50_000) < peak(5_000) + 200_000


# -------------------------------------------------------------------------------------- consents
HEADER = "phone,email,kind,at,channel,source,basis,evidence,scope\n"
GOOD = "2125550101,,express,2026-11-01T10:00:00-05:00,sms,paper,form 3,scan 12,"


def consents(file: Path, content: str) -> list[ConsentRecord | BadRow]:
    """The rows of a file of that content."""
    file.write_text(content)
    return list(read_consents(file, TERMS))


def test_each_row_is_a_consent_given(file: Path) -> None:
    """With all that it says, and who wrote it down and when."""
    rows = (
        f'{HEADER}{GOOD}\n\n,Ann@Example.com,express_written,2026-11-02T10:00:00Z,,web_form,"a,b",,'
    )
    number, mail = consents(file, f"{rows}{CAMPAIGN}\n")
    assert number == ConsentRecord(
        account="acme",
        address="+12125550101",
        action=ConsentAction.GIVEN,
        kind=ConsentKind.EXPRESS,
        channel=Channel.SMS,
        scope="account",
        at=datetime(2026, 11, 1, 15, tzinfo=UTC),
        source=ConsentSource.PAPER,
        basis="form 3",
        evidence="scan 12",
        recorded_by="user-1",
        recorded_at=NOON,
    )
    assert isinstance(mail, ConsentRecord)
    assert (mail.address, mail.channel, mail.scope) == ("ann@example.com", None, CAMPAIGN)
    assert (mail.basis, mail.evidence) == ("a,b", "")


def test_columns_may_be_left_out_and_stand_in_any_order(file: Path) -> None:
    """But for those without which it is no consent."""
    content = "Basis, AT ,source,kind,phone\nform,2026-11-01T10:00:00Z,list,express,+12125550101\n"
    (record,) = consents(file, content)
    assert isinstance(record, ConsentRecord)
    assert (record.evidence, record.channel, record.scope) == ("", None, "account")


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (GOOD.replace("2125550101", "212555"), Column.PHONE, "too few digits"),
        (GOOD.replace("2125550101", ""), Column.PHONE, "either a number or an e-mail"),
        (GOOD.replace("0101,", "0101,a@b.c"), Column.PHONE, "either a number or an e-mail"),
        (GOOD.replace("2125550101,", ",ann@"), Column.EMAIL, "not an e-mail address"),
        (GOOD.replace("2125550101,", ",ann"), Column.EMAIL, "not an e-mail address"),
        (GOOD.replace("express", "none"), Column.KIND, "is none of express_written"),
        (GOOD.replace("express", ""), Column.KIND, "is none of express_written"),
        (GOOD.replace("-05:00", ""), Column.AT, "an instant with an offset"),
        (GOOD.replace("2026-11-01", "2026-11-31"), Column.AT, "is no instant"),
        (GOOD.replace("2026", "2027"), Column.AT, "is still to come"),
        (GOOD.replace("sms", "fax"), Column.CHANNEL, "is none of voice, sms, email"),
        (GOOD.replace("paper", "rumour"), Column.SOURCE, "is none of web_form"),
        (GOOD.replace("form 3", " "), Column.BASIS, "is empty"),
        (GOOD.replace("form 3", "form\0003"), Column.BASIS, "has a control character"),
        (GOOD.replace("form 3", '"form\x1b3"'), Column.BASIS, "has a control character"),
        (GOOD.replace("2125550101,", ",ann\0@b.c"), Column.EMAIL, "has a control character"),
        (GOOD + "autumn", Column.SCOPE, "neither 'account' nor the id of a campaign"),
        (GOOD + ",", None, "has 10 cells, the header 9"),
        ("2125550101", None, "has 1 cells, the header 9"),
    ],
)
def test_a_bad_row_is_told_by_line_column_and_reason(
    file: Path, row: str, column: Column | None, reason: str
) -> None:
    """The rows around it are read all the same; no number is repeated."""
    before, bad, behind = consents(file, f"{HEADER}{GOOD}\n{row}\n{GOOD}\n")
    assert isinstance(before, ConsentRecord)
    assert isinstance(behind, ConsentRecord)
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.column) == (3, column)
    assert reason in bad.reason
    assert "212555" not in bad.reason


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "line 1: kind: the header names no such column"),
        ("kind,at,source,basis\n", "neither phone nor email"),
        (HEADER.replace("basis", "base"), "line 1: basis: the header names no such column"),
        (HEADER.replace("scope", "colour"), "line 1: colour: is no column of consents"),
        (HEADER.replace("scope", "email"), "line 1: email: is no column of consents, or stands"),
        (f'{HEADER}{GOOD}\n"x', "line 3: the row's quotes do not match"),
    ],
)
def test_a_file_of_no_consents_is_refused(file: Path, content: str, problem: str) -> None:
    """Before anything is kept of it."""
    with pytest.raises(BadInputFileError, match=problem):
        consents(file, content)


@pytest.mark.parametrize(("count", "sizes"), [(0, [0]), (3, [3]), (4, [4, 0]), (9, [4, 4, 1])])
def test_records_are_kept_some_at_a_time(count: int, sizes: list[int]) -> None:
    """All of them, in order."""
    kept: list[list[ConsentRecord]] = []

    def keep(batch: list[ConsentRecord]) -> int:
        kept.append(batch)
        return len(batch)

    records = [a_consent(f"+1212555{row:04d}") for row in range(count)]
    assert each_batch(iter(records), 4, keep) == count
    assert [len(batch) for batch in kept] == sizes
    assert [record for batch in kept for record in batch] == records
