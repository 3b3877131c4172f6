"""The page of evidence: whom it finds, what it hands out, and to whom."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.web import accounts
from campaigns.role import Role
from tests.archives import ADA, FAY, KAI, Kept, campaign_day, open_kept, parts_of
from tests.builders import NOON, ident
from tests.web.site import TestClock, Visitor, make_parts

SEARCH, PACKET, REPORT = "/evidence/search", "/evidence/packet", "/evidence/report"


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One campaign's database; to be copied."""
    return campaign_day(tmp_path_factory.mktemp("day"))


@pytest.fixture
def kept(day: Path, tmp_path: Path) -> Iterator[Kept]:
    """A copy of it for this test alone."""
    kept = open_kept(Path(shutil.copy(day, tmp_path)))
    yield kept
    kept.engine.dispose()


def visitor_of(kept: Kept, account: str | None = None, role: Role | None = None) -> Visitor:
    """Somebody who is signed in to an account, by default to the one with the evidence."""
    parts = parts_of(kept, account)
    visitor = Visitor(parts, signed_in=False)
    if role is None:
        token = accounts.new_one_time_token(parts.database, parts.settings.account, NOON)
    else:
        token = accounts.add_user(parts.database, parts.settings.account, "olga", role, NOON)
    visitor.post(f"/sign-in/{token}")
    return visitor


@pytest.fixture
def visitor(kept: Kept) -> Visitor:
    """An administrator of the account."""
    return visitor_of(kept)


def test_a_number_is_found_in_any_spelling(visitor: Visitor) -> None:
    """With the answer first, then each step in a sentence."""
    for key, country in ((KAI, "US"), ("(808) 555-0103", "us"), ("00 1 808 555 0103", "GB")):
        answer = visitor.post(SEARCH, key=key, country=country)
        assert answer.status_code == 200
        assert "4 decisions are kept: 3 to call and 1 to wait" in answer.text
        assert "The law allows no calls at that local time." in answer.text
        assert answer.text.count("The call was placed at") == 3
        assert "Download the packet" in answer.text


def test_a_contact_and_a_call_are_found_by_their_ids(visitor: Visitor, kept: Kept) -> None:
    """One field for both; in capitals too."""
    by_contact = visitor.post(SEARCH, key=kept.contact_id(FAY))
    assert "Fla. Stat. 501.059(8)(a)" in by_contact.text
    attempt = kept.attempts(ADA)[-1]
    by_call = visitor.post(SEARCH, key=f" {attempt.id.upper()} ")
    assert "There was a conversation with an agent." in by_call.text
    assert f'/campaigns/{attempt.campaign_id}"' in by_call.text


def test_the_packet_is_a_file_without_a_number_in_its_name(visitor: Visitor) -> None:
    """Checked, and whole."""
    answer = visitor.post(PACKET, key=ADA)
    assert answer.mimetype == "application/zip"
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="evidence-number-20261123-170000.zip"'
    )
    assert answer.headers["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        document = json.loads(archive.read("packet.json"))
    assert document["question"] == {"kind": "number", "key": ADA}
    assert document["integrity"]["whole"] is True


def test_the_report_keeps_to_the_pages_policy(visitor: Visitor) -> None:
    """Its style is a file of ours."""
    answer = visitor.post(REPORT, key=ADA)
    assert answer.status_code == 200
    assert "<style" not in answer.text
    assert 'href="/evidence/report.css"' in answer.text
    sheet = visitor.get("/evidence/report.css")
    assert sheet.mimetype == "text/css"
    assert "@media print" in sheet.text


def test_a_flaw_is_shown(visitor: Visitor, kept: Kept) -> None:
    """Nobody is handed a packet that hides it."""
    kept.sql("UPDATE evidence SET body = '{}' WHERE number = 1")
    assert "The chains are not as they were written." in visitor.post(REPORT, key=ADA).text


@pytest.mark.parametrize(
    "key", [ident("nobody's"), "+12125559999", "00000000-0000-0000-0000-000000000000"]
)
def test_what_is_not_kept_is_said_and_not_handed_out(visitor: Visitor, key: str) -> None:
    """The page says what to do next; there is no packet of nothing."""
    answer = visitor.post(SEARCH, key=key)
    assert answer.status_code == 200
    assert "Nothing is kept about this." in answer.text
    assert "Download" not in answer.text
    for path in (PACKET, REPORT):
        assert visitor.post(path, key=key).status_code == 404


def test_another_accounts_people_look_missing(kept: Kept) -> None:
    """By number, by contact and by call, on every way (S1)."""
    stranger = visitor_of(kept, "default")
    keys = (ADA, kept.contact_id(ADA), kept.attempts(ADA)[0].id)
    missing = stranger.post(SEARCH, key=ident("nobody's")).text
    assert "Nothing is kept yet" in missing
    for key in keys:
        text = stranger.post(SEARCH, key=key).text
        assert "Nothing is kept about this." in text
        assert "Lovelace" not in text
        for path in (PACKET, REPORT):
            assert stranger.post(path, key=key).status_code == 404


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", "Give a number or an id."),
        ("Ada", "This is neither an id nor a number"),
        ("12", "This is neither an id nor a number"),
        ("x" * 65, "64 characters"),
        ("two\nlines", "one line"),
    ],
)
def test_what_is_no_question_is_said(visitor: Visitor, key: str, message: str) -> None:
    """At its field."""
    answer = visitor.post(SEARCH, key=key)
    assert answer.status_code == 422
    assert message in answer.text
    for path in (PACKET, REPORT):
        assert visitor.post(path, key=key).status_code == 404


@pytest.mark.parametrize("role", Role)
def test_who_answers_for_calls_may_read(kept: Kept, role: Role) -> None:
    """An agent may not."""
    somebody = visitor_of(kept, role=role)
    expected = 403 if role is Role.AGENT else 200
    assert somebody.get("/evidence").status_code == expected
    for path in (SEARCH, PACKET, REPORT):
        answer = somebody.post(path, key=ADA)
        assert answer.status_code == expected
        assert (b"Lovelace" in answer.data) is (expected == 200 and path == REPORT)
    campaign = f"/campaigns/{kept.attempts(ADA)[0].campaign_id}"
    for path in ("/campaigns", campaign):
        assert ('href="/evidence"' in somebody.get(path).text) is (expected == 200)


def test_a_number_that_was_looked_up_leads_here(visitor: Visitor) -> None:
    """From the page of suppressions, by one button."""
    fields = {"search-address": ADA, "search-country": "US"}
    found = visitor.post("/suppressions/search", **fields).text
    assert f'name="key" value="{ADA}"' in found
    assert "Why was this number called, or not?" in found


def test_a_new_installation_says_what_comes(tmp_path: Path) -> None:
    """There is a next step."""
    visitor = Visitor(make_parts(tmp_path, TestClock()))
    assert "Nothing is kept yet" in visitor.get("/evidence").text


def test_the_page_says_how_much_is_kept(visitor: Visitor) -> None:
    """And how to check it."""
    page = visitor.get("/evidence").text
    assert re.search(r"\b\d\d entries in 1 chain are kept", page)
    assert "fairdial evidence verify" in page


def test_names_are_text(visitor: Visitor) -> None:
    """Whatever a list or a campaign calls itself."""
    page = visitor.post(REPORT, key=ADA).text
    assert "&lt;b&gt;Lovelace&lt;/b&gt;" in page
