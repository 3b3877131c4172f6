"""Suppression lists: uploaded, reported on, aging, replaced and removed by pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from app.web.registry_age import AgeLevel, age_of, registries
from campaigns.restrictions import import_suppression_list
from compliance.consent_records import EVERYWHERE
from compliance.suppression_lists import ListKind, SuppressionList
from tests.builders import a_copy, a_suppression_list
from tests.web.permission_site import described, report, send
from tests.web.site import (
    ACCOUNT,
    START,
    TestClock,
    Visitor,
    bodies,
    make_parts,
    seed_campaign,
    seed_list,
)

LISTS = "/suppressions/lists"
EVIL = "<img src=x onerror=alert(1)>"
NUMBERS = b"+12125550101\n212-555-0102\n\n12\n+12125550101\n"


@pytest.fixture
def clock() -> TestClock:
    """A clock that the test moves."""
    return TestClock()


@pytest.fixture
def visitor(tmp_path: Path, clock: TestClock) -> Iterator[Visitor]:
    """Somebody who is signed in."""
    visitor = Visitor(make_parts(tmp_path, clock))
    yield visitor
    visitor.web.background.stop()


def lists(visitor: Visitor, account: str = ACCOUNT) -> list[SuppressionList]:
    """The lists in use."""
    with visitor.parts.database.reading() as uow:
        return uow.suppression_lists.of_account(account)


def listed(visitor: Visitor, phone: str) -> set[str]:
    """The lists of the whole account that hold a number."""
    with visitor.parts.database.reading() as uow:
        found = uow.suppression_lists.entries(ACCOUNT, EVERYWHERE, [phone])
    return {entry.list_name for entry in found.get(phone, ())}


def keep_list(visitor: Visitor, **changes: object) -> SuppressionList:
    """A list in use, by default a copy of the US registry."""
    values = {"account": ACCOUNT, "now": START, "as_of": date(2026, 11, 20), **changes}
    with visitor.parts.database() as uow:
        copy = a_copy("+12125550101", **values)
        return import_suppression_list(uow, copy, visitor.parts.rulebook)


# ------------------------------------------------------------------------------------ a new list
def test_a_file_becomes_a_list(visitor: Visitor) -> None:
    """What was said of it is kept, its numbers stand in any spelling, and the report counts."""
    page = report(visitor, send(visitor, f"{LISTS}/new", NUMBERS, **described()))
    (made,) = lists(visitor)
    assert (made.name, made.kind, made.jurisdiction) == ("National registry", "national", "US")
    assert (made.numbers, made.as_of.isoformat(), made.version) == (2, "2026-11-20", 1)
    assert (made.scope, made.recorded_by) == (EVERYWHERE, "admin")
    assert listed(visitor, "+12125550102") == {"National registry"}
    assert "The list is in use" in page
    assert "<span>Numbers in use</span> <b>2</b>" in page
    assert "<span>Numbers that stood there twice</span> <b>1</b>" in page
    assert "<span>Lines that are no number, left out</span> <b>1</b>" in page
    assert '<td class="right">4</td>' in page
    (event,) = bodies(visitor.parts)
    assert event["detail-type"] == "Suppression List Imported"
    assert "2125550101" not in str(event)


def test_a_list_of_one_campaign(visitor: Visitor) -> None:
    """The scope that was chosen is kept; a list that is no registry has no jurisdiction."""
    campaign = seed_campaign(visitor.parts, seed_list(visitor.parts, contacts=1))
    form = described(kind="litigator", jurisdiction="", scope=campaign.id)
    send(visitor, f"{LISTS}/new", b"phone,x\n+12125550101,1\n", **form)
    (made,) = lists(visitor)
    assert (made.kind, made.jurisdiction, made.scope) == ("litigator", None, campaign.id)
    assert "Autumn renewals" in visitor.get(LISTS).text


@pytest.mark.parametrize(
    ("jurisdiction", "country", "kept"),
    [("GB", "", "+442079460018"), ("US-TX", "", "+12079460018"), ("GB", "us", "+12079460018")],
)
def test_numbers_without_a_country_code(
    visitor: Visitor, jurisdiction: str, country: str, kept: str
) -> None:
    """They are of the registry's own country, unless another one is named."""
    form = described(jurisdiction=jurisdiction, country=country)
    send(visitor, f"{LISTS}/new", b"2079460018\n", **form)
    assert listed(visitor, kept) == {"National registry"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", "x" * 201),
        ("name", "two\nlines"),
        ("kind", "federal"),
        ("jurisdiction", ""),
        ("jurisdiction", "DE"),
        ("jurisdiction", "ZZ"),
        ("scope", "nowhere"),
        ("as_of", ""),
        ("as_of", "last week"),
        ("as_of", "2026-11-30"),
        ("country", "USA"),
    ],
)
def test_lists_that_cannot_be_described_so(visitor: Visitor, field: str, value: str) -> None:
    """The field at fault is named, and no file is read."""
    answer = send(visitor, f"{LISTS}/new", NUMBERS, **described(**{field: value}))
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert lists(visitor) == []


def test_a_list_that_is_no_registry_has_no_jurisdiction(visitor: Visitor) -> None:
    """The contradiction is said at its field."""
    answer = send(visitor, f"{LISTS}/new", NUMBERS, **described(kind="internal"))
    assert answer.status_code == 422
    assert 'href="#jurisdiction"' in answer.text


def test_a_list_needs_a_file(visitor: Visitor) -> None:
    """The form says what is missing."""
    answer = visitor.post(f"{LISTS}/new", **described())
    assert answer.status_code == 422
    assert "Choose a file." in answer.text


def test_a_name_that_another_kind_of_list_has(visitor: Visitor) -> None:
    """It is said at once, at the name."""
    keep_list(visitor, name="National registry", kind=ListKind.INTERNAL, jurisdiction=None)
    answer = send(visitor, f"{LISTS}/new", NUMBERS, **described())
    assert answer.status_code == 422
    assert 'href="#name"' in answer.text
    assert "of another kind" in answer.text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no number"),
        (b"12\nnobody\n", "no number can be used"),
        (b"name,city\nAda,Rome\n", "names no such column"),
        (b"PK\x03\x04 a workbook", "workbook or archive"),
        (b"+12125550101\n\xff\n", "not UTF-8"),
        (b'phone\n"+12125550101\n', "quotes do not match"),
        (b"1" * 200_000, "longer than"),
    ],
)
def test_files_that_are_no_use(visitor: Visitor, content: bytes, message: str) -> None:
    """The page says why, without a value or a path of ours, and the list is as it was."""
    keep_list(visitor, name="National registry")
    answer = send(visitor, f"{LISTS}/new", content, f"../{EVIL}.csv", **described())
    page = report(visitor, answer)
    assert "Not imported: what was in use before is in use still" in page
    assert message in page
    assert "/tmp" not in page
    assert "<img" not in page.replace('<img src="/static', "")
    assert [one.version for one in lists(visitor)] == [1]
    assert message in visitor.get(LISTS).text
    assert visitor.post(f"{answer.headers['Location']}/forget").headers["Location"] == LISTS
    assert message not in visitor.get(LISTS).text
    assert visitor.get(answer.headers["Location"]).status_code == 404


def test_large_files_are_taken(visitor: Visitor) -> None:
    """What is far beyond the limit of ordinary forms is read to the end."""
    content = b"".join(b"+1212%07d,%s\n" % (n, b"x" * 500) for n in range(2000000, 2000800))
    send(visitor, f"{LISTS}/new", b"phone,note\n" + content, **described())
    assert [one.numbers for one in lists(visitor)] == [800]


# ---------------------------------------------------------------------------------- a newer copy
def test_a_newer_copy_takes_the_place(visitor: Visitor) -> None:
    """Name, kind and scope stay; what is not in the newer copy is free again."""
    about = keep_list(visitor, name="National registry")
    form = visitor.get(f"{LISTS}/{about.id}/replace").text
    assert "The copy in use is of 2026-11-20 and has 1 number" in form
    answer = send(visitor, f"{LISTS}/{about.id}/replace", b"2125550102\n", as_of="2026-11-22")
    assert "The list is in use" in report(visitor, answer)
    (made,) = lists(visitor)
    assert (made.id, made.version, made.as_of.isoformat()) == (about.id, 2, "2026-11-22")
    assert listed(visitor, "+12125550101") == set()
    assert listed(visitor, "+12125550102") == {"National registry"}


def test_an_older_copy_is_used_only_expressly(visitor: Visitor) -> None:
    """The date is refused, and the form then offers to use the copy all the same."""
    about = keep_list(visitor)
    path = f"{LISTS}/{about.id}/replace"
    assert "even_if_older" not in visitor.get(path).text
    refused = send(visitor, path, NUMBERS, as_of="2026-11-19")
    assert refused.status_code == 422
    assert 'href="#as_of"' in refused.text
    assert 'name="even_if_older"' in refused.text
    send(visitor, path, NUMBERS, as_of="2026-11-19", even_if_older="y")
    assert [one.as_of.isoformat() for one in lists(visitor)] == ["2026-11-19"]


@pytest.mark.parametrize("as_of", ["", "2027-01-01", "soon"])
def test_dates_that_a_newer_copy_cannot_have(visitor: Visitor, as_of: str) -> None:
    """The field is named."""
    about = keep_list(visitor)
    answer = send(visitor, f"{LISTS}/{about.id}/replace", NUMBERS, as_of=as_of)
    assert answer.status_code == 422
    assert 'href="#as_of"' in answer.text


# ---------------------------------------------------------------------------------------- removal
def test_removing_a_list_asks_for_a_reason(visitor: Visitor) -> None:
    """First a question, then only with a reason."""
    about = keep_list(visitor, name=f"Ours {EVIL}", kind=ListKind.INTERNAL, jurisdiction=None)
    asked = visitor.get(f"{LISTS}/{about.id}/remove").text
    assert "no longer?" in asked
    assert EVIL not in asked
    refused = visitor.post(f"{LISTS}/{about.id}/remove", reason="")
    assert refused.status_code == 422
    assert 'href="#reason"' in refused.text
    done = visitor.post(f"{LISTS}/{about.id}/remove", reason="bought by mistake")
    assert done.headers["Location"] == LISTS
    assert lists(visitor) == []
    page = visitor.get(LISTS).text
    assert "No list yet" in page
    assert EVIL not in page
    assert bodies(visitor.parts)[-1]["detail-type"] == "Suppression List Removed"


def test_other_accounts_lists_are_not_shown(visitor: Visitor) -> None:
    """Neither in the table nor by their id."""
    about = keep_list(visitor, account="somebody else", name="Theirs")
    assert "Theirs" not in visitor.get(LISTS).text
    for path in (f"{LISTS}/{about.id}/remove", f"{LISTS}/{about.id}/replace"):
        assert visitor.get(path).status_code == 404
        assert visitor.post(path, reason="x").status_code == 404
    assert len(lists(visitor, "somebody else")) == 1


# -------------------------------------------------------------------------------------- their age
@pytest.mark.parametrize(
    ("days", "level", "said"),
    [
        (24, AgeLevel.FRESH, ""),
        (25, AgeLevel.NEAR, "Import a newer copy soon."),
        (31, AgeLevel.NEAR, "Import a newer copy soon."),
        (32, AgeLevel.OVER, "Too old: nobody whom it binds is called."),
    ],
)
def test_the_age_of_a_registry(
    visitor: Visitor, clock: TestClock, days: int, level: AgeLevel, said: str
) -> None:
    """The US registry's copy may be 31 days old (16 CFR 310.4(b)(3)(iv)); a warning is before."""
    keep_list(visitor)
    clock.at = START.replace(day=20, hour=3) + timedelta(days=days)  # one date from Guam to Maine
    visitor.sign_in_by_link()
    page = visitor.get(LISTS).text
    assert f'<span class="badge {level}">{days} of 31 days</span>' in page
    assert said in page
    assert ("Import a newer copy" in page) is bool(said)


def test_age_goes_by_the_latest_date_in_the_place(visitor: Visitor) -> None:
    """Late in the evening in UTC it is the next day in Australia already, and screening says so."""
    about = a_suppression_list(jurisdiction="AU", as_of=date(2026, 10, 24))
    at = START.replace(hour=20)
    found = age_of(about, visitor.parts.rulebook, at)
    assert (found.days, found.max_days, found.level) == (31, 30, AgeLevel.OVER)


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": ListKind.INTERNAL, "jurisdiction": None},
        {"jurisdiction": "DE"},
        {"jurisdiction": "US-GONE"},
    ],
)
def test_lists_that_may_grow_old(visitor: Visitor, changes: dict[str, str | None]) -> None:
    """Where the rules know no most, none is shown."""
    about = replace(a_suppression_list(as_of=date(2020, 1, 1)), **changes)  # type: ignore[arg-type]
    found = age_of(about, visitor.parts.rulebook, START)
    assert (found.max_days, found.level) == (None, AgeLevel.FRESH)


def test_registries_that_are_offered(visitor: Visitor) -> None:
    """Those of which the rules say something; a country is before its states."""
    codes = list(registries(visitor.parts.rulebook))
    assert codes.index("US") < codes.index("US-TX")
    assert {"GB", "CA", "US-FL"} <= set(codes)
    assert not {"DE", "US-DEBT", "US-GA"} & set(codes)
