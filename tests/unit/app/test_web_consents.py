"""Consents by number or address: looked up, recorded and taken back by pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from campaigns.messages import take_in_message
from campaigns.permissions import record_consents
from compliance.case import Channel, ConsentKind
from compliance.consent_records import EVERYWHERE, ConsentAction, ConsentRecord, ConsentSource
from tests.builders import a_consent, a_message
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

PHONE = "+12125550101"
EVIL = "<script>alert(1)</script>"
PATH = "/suppressions/consents"


@pytest.fixture
def visitor(tmp_path: Path) -> Visitor:
    """Somebody who is signed in."""
    return Visitor(make_parts(tmp_path, TestClock()))


def kept(visitor: Visitor, address: str = PHONE, account: str = ACCOUNT) -> list[ConsentRecord]:
    """The records of an address."""
    with visitor.parts.database.reading() as uow:
        return list(uow.consents.of(account, [address]).get(address, ()))


def given(**changes: str) -> dict[str, str]:
    """The form of a consent, filled in."""
    form = {
        "give-address": "(212) 555-0101",
        "give-country": "us",
        "give-kind": "express_written",
        "give-channel": "voice",
        "give-scope": EVERYWHERE,
        "give-source": "web_form",
        "give-at": "2026-11-20T10:30",
        "give-basis": "newsletter form",
        "give-evidence": "page 7",
    }
    return {**form, **changes}


def taken_back(**changes: str) -> dict[str, str]:
    """The form of a revocation, filled in."""
    form = {
        "end-address": PHONE,
        "end-source": "call",
        "end-at": "2026-11-22T09:00",
        "end-basis": "asked not to be called",
        "end-evidence": "",
    }
    return {**form, **changes}


def look(visitor: Visitor, address: str = PHONE) -> str:
    """The page after a search."""
    answer = visitor.post(f"{PATH}/search", **{"search-address": address})
    assert answer.status_code == 200
    return answer.text


def test_a_consent_is_recorded_as_it_was_said(visitor: Visitor) -> None:
    """Every field of the form reaches the record, and the fact holds no number."""
    assert visitor.post(PATH, **given()).headers["Location"] == PATH
    (record,) = kept(visitor)
    assert replace(record, id="") == ConsentRecord(
        account=ACCOUNT,
        address=PHONE,
        action=ConsentAction.GIVEN,
        kind=ConsentKind.EXPRESS_WRITTEN,
        channel=Channel.VOICE,
        scope=EVERYWHERE,
        at=START.replace(day=20, hour=10, minute=30),
        source=ConsentSource.WEB_FORM,
        basis="newsletter form",
        evidence="page 7",
        recorded_by="admin",
        recorded_at=START,
    )
    (event,) = bodies(visitor.parts)
    assert event["detail-type"] == "Consent Recorded"
    assert "2125550101" not in str(event)


def test_what_stands_is_told_by_channel(visitor: Visitor) -> None:
    """A consent to calls is none to messages; taken back, it stands for nothing."""
    visitor.post(PATH, **given())
    page = look(visitor)
    assert "<dt>Calls</dt><dd>Express, in writing, since 2026-11-20 10:30 UTC</dd>" in page
    assert page.count("<dd>None on file</dd>") == 2
    assert "Given: express, in writing" in page
    visitor.post(f"{PATH}/revoke", **taken_back())
    page = look(visitor)
    assert page.count("<dd>Taken back on 2026-11-22 09:00 UTC</dd>") == 3
    assert page.index("newsletter form") < page.index("asked not to be called")


def test_a_consent_to_one_campaign(visitor: Visitor) -> None:
    """It is shown beside what holds for all of them."""
    campaign = seed_campaign(visitor.parts, seed_list(visitor.parts, contacts=1))
    visitor.post(PATH, **given(**{"give-scope": campaign.id, "give-channel": ""}))
    page = look(visitor)
    every, only = page.index("<h4>Every campaign</h4>"), page.index("<h4>Autumn renewals</h4>")
    assert page[every:only].count("<dd>None on file</dd>") == 3
    assert page[only:].count("<dd>Express, in writing") == 3


def test_consents_of_an_email_address(visitor: Visitor) -> None:
    """Capital letters make no other address."""
    visitor.post(PATH, **given(**{"give-address": "Ada.L@Example.org", "give-channel": "email"}))
    assert [record.channel for record in kept(visitor, "ada.l@example.org")] == [Channel.EMAIL]
    assert "1 record" in look(visitor, "ADA.L@example.ORG")


def test_an_address_without_records(visitor: Visitor) -> None:
    """The page says so, and fills the address in for a first record."""
    page = look(visitor)
    assert "no consent is on file, and none was taken back" in page
    assert page.count(f'value="{PHONE}"') == 3  # in the search and in both forms


def test_a_message_that_waits_is_told(visitor: Visitor) -> None:
    """What is not decided yet may be a revocation."""
    with visitor.parts.database() as uow:
        message = a_message("Who is this?", PHONE, account=ACCOUNT)
        take_in_message(uow, message, visitor.parts.phone_key)
    assert "waits for a reader" in look(visitor)


def test_the_same_record_twice_is_kept_once(visitor: Visitor) -> None:
    """The page says that it was there."""
    for said in ("The consent is on file.", "This was on file already."):
        visitor.post(PATH, **given())
        assert said in visitor.get(PATH).text
    assert len(kept(visitor)) == 1


def test_what_was_typed_is_escaped(visitor: Visitor) -> None:
    """Basis and proof are shown as text."""
    visitor.post(PATH, **given(**{"give-basis": EVIL, "give-evidence": EVIL}))
    pages = [look(visitor), visitor.post("/suppressions/search", **{"search-address": PHONE}).text]
    for page in pages:
        assert EVIL not in page
        assert page.count("&lt;script&gt;alert(1)") == 2


def test_other_accounts_records_are_not_found(visitor: Visitor) -> None:
    """The same number in another account is another matter."""
    with visitor.parts.database() as uow:
        record_consents(uow, [a_consent(PHONE, account="else")], visitor.parts.phone_key)
    assert "no consent is on file" in look(visitor)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("give-address", ""),
        ("give-address", "12"),
        ("give-address", "ada@"),
        ("give-address", "ada@example.org\x00"),
        ("give-address", f"{'a' * 60}@{'b.' * 120}org"),
        ("give-kind", "none"),
        ("give-kind", "any"),
        ("give-channel", "fax"),
        ("give-scope", "nowhere"),
        ("give-source", "hearsay"),
        ("give-at", ""),
        ("give-at", "yesterday"),
        ("give-at", "2026-11-23T15:01"),
        ("give-basis", " "),
        ("give-basis", "x" * 501),
        ("give-basis", "a\x00b"),
        ("give-evidence", ""),
        ("give-evidence", "a\x1bb"),
    ],
)
def test_consents_that_cannot_be_recorded(visitor: Visitor, field: str, value: str) -> None:
    """The field at fault is named, nothing is kept, and what was typed is still there."""
    answer = visitor.post(PATH, **given(**{field: value}))
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert "page 7" in answer.text or field == "give-evidence"
    assert bodies(visitor.parts) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("end-address", "nobody"),
        ("end-at", ""),
        ("end-at", "2099-01-01T00:00"),
        ("end-source", ""),
        ("end-basis", ""),
    ],
)
def test_revocations_that_cannot_be_recorded(visitor: Visitor, field: str, value: str) -> None:
    """The field at fault is named, and nothing is kept."""
    answer = visitor.post(f"{PATH}/revoke", **taken_back(**{field: value}))
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert bodies(visitor.parts) == []


def test_a_revocation_is_for_every_channel_and_campaign(visitor: Visitor) -> None:
    """Whatever was agreed to before ends; what is agreed to later stands again."""
    visitor.post(PATH, **given(**{"give-channel": ""}))
    assert visitor.post(f"{PATH}/revoke", **taken_back()).headers["Location"] == PATH
    revoked = (
        kept(visitor)[1] if kept(visitor)[1].action is ConsentAction.REVOKED else kept(visitor)[0]
    )
    assert (revoked.channel, revoked.scope, revoked.recorded_by) == (None, EVERYWHERE, "admin")
    visitor.parts.clock.move(timedelta(hours=1))  # type: ignore[attr-defined]
    visitor.post(PATH, **given(**{"give-channel": "sms", "give-at": "2026-11-23T15:30"}))
    page = look(visitor)
    assert page.count("<dd>Taken back on 2026-11-22 09:00 UTC</dd>") == 2
    assert "<dt>Text messages</dt><dd>Express, in writing, since 2026-11-23 15:30 UTC</dd>" in page


@pytest.mark.parametrize("address", ["", "nobody", "ada@"])
def test_searching_for_no_address(visitor: Visitor, address: str) -> None:
    """The field says what is wrong."""
    answer = visitor.post(f"{PATH}/search", **{"search-address": address})
    assert answer.status_code == 422
    assert 'href="#search-address"' in answer.text
