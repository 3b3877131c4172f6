"""What stands against a number, entries and areas: shown, added and taken away by pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from campaigns.campaign import Campaign
from campaigns.messages import take_in_message
from campaigns.permissions import record_consents, suppress
from campaigns.restrictions import import_suppression_list, suppress_area
from compliance.consent_records import EVERYWHERE
from compliance.ports import Suppression
from compliance.suppression_lists import ListKind, SuppressedArea
from tests.builders import (
    a_consent,
    a_copy,
    a_message,
    a_revocation,
    a_suppression,
    an_area,
)
from tests.web.site import ACCOUNT, START, TestClock, Visitor, bodies, make_parts, seed_campaign
from tests.web.site import seed_list as seed_contacts

PHONE = "+12125550101"
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def visitor(tmp_path: Path) -> Visitor:
    """Somebody who is signed in."""
    return Visitor(make_parts(tmp_path, TestClock()))


@pytest.fixture
def campaign(visitor: Visitor) -> Campaign:
    """A campaign of the account."""
    return seed_campaign(visitor.parts, seed_contacts(visitor.parts, contacts=2))


def look(visitor: Visitor, phone: str = PHONE) -> str:
    """The page after a search."""
    answer = visitor.post("/suppressions/search", **{"search-address": phone})
    assert answer.status_code == 200
    return answer.text


def keep(visitor: Visitor, **changes: object) -> None:
    """An entry against a number."""
    entry = a_suppression(PHONE, account=ACCOUNT, basis="complaint", recorded_at=START)
    with visitor.parts.database() as uow:
        assert suppress(uow, replace(entry, **changes), visitor.parts.phone_key)  # type: ignore[arg-type]


def kept_entries(visitor: Visitor, account: str = ACCOUNT) -> list[Suppression]:
    """The account's entries."""
    with visitor.parts.database.reading() as uow:
        return uow.suppressions.of_account(account, 10)


def keep_area(visitor: Visitor, area: str = "+1212", **changes: object) -> None:
    """A closed area."""
    closed = an_area(area, account=ACCOUNT, recorded_at=START, **changes)
    with visitor.parts.database() as uow:
        assert suppress_area(uow, closed, visitor.parts.rulebook)


def kept_areas(visitor: Visitor, account: str = ACCOUNT) -> list[SuppressedArea]:
    """The account's closed areas."""
    with visitor.parts.database.reading() as uow:
        return uow.suppression_lists.areas(account)


def keep_list(visitor: Visitor, name: str, *phones: str, **changes: object) -> None:
    """A list in use, by default a copy of the US registry."""
    values = {"account": ACCOUNT, "now": START, "as_of": date(2026, 11, 20), **changes}
    with visitor.parts.database() as uow:
        copy = a_copy(*phones, name=name, **values)
        import_suppression_list(uow, copy, visitor.parts.rulebook)


def only_for(campaign: Campaign) -> dict[str, object]:
    """The scope of one campaign."""
    return {"scope": campaign.id}


# ------------------------------------------------------------------------------------ the search
def test_a_number_without_records(visitor: Visitor) -> None:
    """Nothing stands against it, and the page says what that means."""
    page = look(visitor)
    assert "is not suppressed: nothing that is kept here stands against it" in page
    assert "No consent of it is on file" in page


def test_all_that_stands_against_a_number(visitor: Visitor) -> None:
    """Entry, list, area, message and revocation are all shown, and summed up in a sentence."""
    keep(visitor)
    keep_list(visitor, "Known litigators", PHONE, kind=ListKind.LITIGATOR, jurisdiction=None)
    keep_list(visitor, "Not this one", "+12125550199")
    keep_area(visitor)
    keep_area(visitor, "US-FL")
    key = visitor.parts.phone_key
    with visitor.parts.database() as uow:
        record_consents(uow, [a_revocation(PHONE, account=ACCOUNT, at=START)], key)
        take_in_message(uow, a_message("Who is this?", PHONE, account=ACCOUNT), key)
    page = look(visitor, "+1 212 555-0101")
    assert (
        "is suppressed: no campaign reaches it, because it has an entry of its own, it is on the "
        "list “Known litigators”, its area +1212 is closed, a message of it waits for a reader "
        "and consent was taken back."
    ) in page
    assert "copy of 2026-11-20" in page
    assert "complained" in page
    assert "Taken back on 2026-11-23 15:00 UTC" in page
    assert "Not this one" not in page
    assert "US-FL" not in page


def test_a_number_on_a_registry(visitor: Visitor) -> None:
    """A registry binds some campaigns: the page does not say that nobody may call."""
    keep_list(visitor, "National registry", PHONE)
    page = look(visitor)
    assert "is not suppressed for every campaign. It is on a do-not-call registry" in page
    assert "do-not-call registry of US" in page


def test_what_holds_for_one_campaign(visitor: Visitor, campaign: Campaign) -> None:
    """The campaign is named, and the others are not held back."""
    keep(visitor, **only_for(campaign))
    keep_list(
        visitor, "Its list", PHONE, kind=ListKind.INTERNAL, jurisdiction=None, **only_for(campaign)
    )
    page = look(visitor)
    assert "It is not called by “Autumn renewals”." in page
    assert "no campaign reaches it" not in page
    assert "Its list" in page


def test_consent_taken_back_and_given_again_to_one_campaign(
    visitor: Visitor, campaign: Campaign
) -> None:
    """Only that campaign may call; the sentence names it."""
    again = a_consent(PHONE, account=ACCOUNT, at=START + timedelta(hours=3), **only_for(campaign))
    records = [a_revocation(PHONE, account=ACCOUNT), replace(again, recorded_at=again.at)]
    visitor.parts.clock.move(timedelta(hours=4))  # type: ignore[attr-defined]
    with visitor.parts.database() as uow:
        record_consents(uow, records, visitor.parts.phone_key)
    page = look(visitor)
    assert "only campaigns that got it again since may call it, “Autumn renewals”." in page
    assert "Express, in writing, since 2026-11-23 18:00 UTC" in page


def test_other_accounts_records_are_not_found(visitor: Visitor) -> None:
    """The same number in another account is another matter."""
    keep(visitor, account="somebody else")
    keep_list(visitor, "Theirs", PHONE, account="somebody else")
    page = look(visitor)
    assert "nothing that is kept here stands against it" in page
    assert "Theirs" not in page


@pytest.mark.parametrize("phone", ["", "12", "nobody", "+1 212 555 0101 ext 5"])
def test_searching_for_no_number(visitor: Visitor, phone: str) -> None:
    """The field says what is wrong."""
    answer = visitor.post("/suppressions/search", **{"search-address": phone})
    assert answer.status_code == 422
    assert 'href="#search-address"' in answer.text


# ----------------------------------------------------------------------------------- the entries
def test_suppressing_a_number(visitor: Visitor) -> None:
    """Any spelling of a number finds its entry; the number stands in no address."""
    searched = visitor.post("/suppressions/search", **{"search-address": "(212) 555-0101"})
    assert "not suppressed" in searched.text
    form = {"add-address": "+1 212 555 0101", "add-country": "", "add-basis": "complaint"}
    assert visitor.post("/suppressions", **form).headers["Location"] == "/suppressions"
    assert (
        "suppressed already"
        in visitor.client.post(
            "/suppressions",
            data={**form, "csrf_token": visitor.token()},
            follow_redirects=True,
        ).text
    )
    found = visitor.post(
        "/suppressions/search", **{"search-address": "212.555.0101", "search-country": "US"}
    )
    assert "is suppressed" in found.text
    (event,) = [e for e in bodies(visitor.parts) if e["detail-type"] == "Contact Suppressed"]
    assert "2125550101" not in str(event)


@pytest.mark.parametrize("phone", ["", "12", "+1 212 555 0101 ext 5", "nobody", "1" * 65])
def test_numbers_that_are_none_are_refused(visitor: Visitor, phone: str) -> None:
    """What cannot be dialed cannot be suppressed either, and the field says why."""
    answer = visitor.post("/suppressions", **{"add-address": phone, "add-basis": "other"})
    assert answer.status_code == 422
    assert 'href="#add-address"' in answer.text


def test_suppressing_for_one_campaign(visitor: Visitor, campaign: Campaign) -> None:
    """The entry reaches as far as was chosen, and says who made it."""
    form = {"add-address": PHONE, "add-basis": "complaint", "add-scope": campaign.id}
    assert visitor.post("/suppressions", **form).status_code == 302
    (entry,) = kept_entries(visitor)
    assert (entry.scope, entry.recorded_by) == (campaign.id, "admin")
    assert "Autumn renewals" in visitor.get("/suppressions").text


@pytest.mark.parametrize(
    ("field", "value"), [("add-scope", "no such campaign"), ("add-basis", "because")]
)
def test_suppressing_by_values_that_are_not_offered(
    visitor: Visitor, field: str, value: str
) -> None:
    """What the form does not offer is refused at its field."""
    form = {"add-address": PHONE, "add-basis": "other", "add-scope": EVERYWHERE, field: value}
    answer = visitor.post("/suppressions", **form)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert kept_entries(visitor) == []


def test_suppressing_for_a_foreign_campaign(visitor: Visitor) -> None:
    """Another account's campaign is offered no more than one that nobody has."""
    foreign = seed_campaign(
        visitor.parts, seed_contacts(visitor.parts, contacts=1, account="somebody else"), "Theirs"
    )
    form = {"add-address": PHONE, "add-basis": "other", "add-scope": foreign.id}
    assert visitor.post("/suppressions", **form).status_code == 422
    assert "Theirs" not in visitor.get("/suppressions").text


def its_form(**changes: str) -> dict[str, str]:
    """What finds the entry against the number."""
    return {"address": PHONE, "scope": EVERYWHERE, "source": "internal", **changes}


def test_removing_an_entry_asks_for_a_reason(visitor: Visitor) -> None:
    """First a question, then only with a reason; the fact names the reason and not the number."""
    keep(visitor)
    asked = visitor.post("/suppressions/remove/ask", **its_form())
    assert asked.status_code == 200
    assert "Remove this entry?" in asked.text
    assert "complained" in asked.text
    refused = visitor.post("/suppressions/remove", **its_form(reason="  "))
    assert refused.status_code == 422
    assert 'href="#reason"' in refused.text
    assert len(kept_entries(visitor)) == 1
    done = visitor.post("/suppressions/remove", **its_form(reason="a wrong digit"))
    assert done.headers["Location"] == "/suppressions"
    assert kept_entries(visitor) == []
    (event,) = [e for e in bodies(visitor.parts) if e["detail-type"] == "Suppression Removed"]
    assert "a wrong digit" in str(event)
    assert "2125550101" not in str(event)


@pytest.mark.parametrize("path", ["/suppressions/remove", "/suppressions/remove/ask"])
@pytest.mark.parametrize(
    "form",
    [
        {},
        its_form(reason="x"),
        its_form(reason="x", scope="elsewhere"),
        its_form(reason="x", source="national"),
        its_form(reason="x", address="\0"),
    ],
)
def test_removing_what_is_not_there(visitor: Visitor, path: str, form: dict[str, str]) -> None:
    """Another account's entry looks missing, as does one of another scope or source."""
    keep(visitor, account="somebody else")
    assert visitor.post(path, **form).status_code == 404
    assert len(kept_entries(visitor, "somebody else")) == 1


# ------------------------------------------------------------------------------------- the areas
def test_an_area_is_closed_and_opened(visitor: Visitor) -> None:
    """The page shows what is closed; opening it asks for a reason first."""
    assert "No area is closed" in visitor.get("/suppressions/areas").text
    form = {"area": " us-fl ", "scope": EVERYWHERE, "basis": f"hurricane {EVIL}"}
    for said in ("The area is closed from now on", "The area was closed already"):
        assert visitor.post("/suppressions/areas", **form).status_code == 302
        page = visitor.get("/suppressions/areas").text
        assert said in page
    assert "US-FL" in page
    assert EVIL not in page
    asked = visitor.post("/suppressions/areas/open/ask", area="US-FL", scope=EVERYWHERE)
    assert "Let US-FL be called again?" in asked.text
    assert EVIL not in asked.text
    refused = visitor.post("/suppressions/areas/open", area="US-FL", scope=EVERYWHERE)
    assert refused.status_code == 422
    assert 'href="#reason"' in refused.text
    opened = visitor.post(
        "/suppressions/areas/open", area="US-FL", scope=EVERYWHERE, reason="it is over"
    )
    assert opened.headers["Location"] == "/suppressions/areas"
    assert kept_areas(visitor) == []
    facts = [event["detail-type"] for event in bodies(visitor.parts)]
    assert facts == ["Area Suppressed", "Area Opened"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("area", ""),
        ("area", "Florida"),
        ("area", "US-QQ"),
        ("area", "ZZ"),
        ("area", "+0"),
        ("area", "+1" * 20),
        ("basis", " "),
        ("basis", "x" * 101),
        ("scope", "nowhere"),
    ],
)
def test_areas_that_cannot_be_closed(visitor: Visitor, field: str, value: str) -> None:
    """The field at fault is named, and nothing is closed."""
    form = {"area": "+1305", "scope": EVERYWHERE, "basis": "storm", field: value}
    answer = visitor.post("/suppressions/areas", **form)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert kept_areas(visitor) == []


@pytest.mark.parametrize("path", ["/suppressions/areas/open", "/suppressions/areas/open/ask"])
def test_opening_what_is_not_closed(visitor: Visitor, path: str) -> None:
    """Another account's area looks missing."""
    with visitor.parts.database() as uow:
        suppress_area(uow, an_area(account="somebody else"), visitor.parts.rulebook)
    form = {"area": "+1212", "scope": EVERYWHERE, "reason": "x"}
    assert visitor.post(path, **form).status_code == 404
    assert len(kept_areas(visitor, "somebody else")) == 1
    assert "+1212" not in visitor.get("/suppressions/areas").text
