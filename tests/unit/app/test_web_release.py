"""Who may take away what protects people: roles on the pages of suppressions (invariant S1)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from app.web import accounts
from campaigns.permissions import suppress
from campaigns.restrictions import import_suppression_list, suppress_area
from campaigns.role import Role
from compliance.consent_records import EVERYWHERE
from tests.builders import a_copy, a_suppression, an_area
from tests.web.site import ACCOUNT, START, TestClock, Visitor, make_parts

PHONE = "+12125550101"
ENTRY = {"address": PHONE, "scope": EVERYWHERE, "source": "internal", "reason": "x"}
AREA = {"area": "+1212", "scope": EVERYWHERE, "reason": "x"}
LIST = "00000000-0000-4000-8000-000000000000"
RELEASING = [
    ("POST", "/suppressions/remove/ask", ENTRY),
    ("POST", "/suppressions/remove", ENTRY),
    ("POST", "/suppressions/areas/open/ask", AREA),
    ("POST", "/suppressions/areas/open", AREA),
    ("GET", "/suppressions/lists/new", {}),
    ("POST", "/suppressions/lists/new", {}),
    ("GET", f"/suppressions/lists/{LIST}/replace", {}),
    ("POST", f"/suppressions/lists/{LIST}/replace", {}),
    ("GET", f"/suppressions/lists/{LIST}/remove", {}),
    ("POST", f"/suppressions/lists/{LIST}/remove", {"reason": "x"}),
    ("GET", "/suppressions/consents/import", {}),
    ("POST", "/suppressions/consents/import", {}),
    ("POST", f"/suppressions/messages/{LIST}/does-not", {}),
]


def visitor_as(folder: Path, role: Role) -> Visitor:
    """Somebody of a role, where an entry, an area and a list stand."""
    parts = make_parts(folder, TestClock())
    with parts.database() as uow:
        entry = a_suppression(PHONE, account=ACCOUNT, recorded_at=START)
        suppress(uow, entry, parts.phone_key)
        suppress_area(uow, an_area(account=ACCOUNT, recorded_at=START), parts.rulebook)
        copy = a_copy(PHONE, account=ACCOUNT, now=START, as_of=date(2026, 11, 20))
        import_suppression_list(uow, copy, parts.rulebook)
    token = accounts.add_user(parts.database, ACCOUNT, "Ola", role, START)
    visitor = Visitor(parts, signed_in=False)
    visitor.post(f"/sign-in/{token}")
    return visitor


@pytest.mark.parametrize(("method", "path", "form"), RELEASING)
def test_an_agent_takes_no_protection_away(
    tmp_path: Path, method: str, path: str, form: dict[str, str]
) -> None:
    """Every such route answers 403, and what stood stands."""
    agent = visitor_as(tmp_path, Role.AGENT)
    answer = agent.get(path) if method == "GET" else agent.post(path, **form)
    assert answer.status_code == 403
    with agent.parts.database.reading() as uow:
        assert len(uow.suppressions.of_account(ACCOUNT, 10)) == 1
        assert len(uow.suppression_lists.areas(ACCOUNT)) == 1


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        (Role.AGENT, False),
        (Role.MANAGER, True),
        (Role.COMPLIANCE_OFFICER, True),
        (Role.ADMINISTRATOR, True),
    ],
)
def test_only_what_is_allowed_is_offered(tmp_path: Path, role: Role, offered: bool) -> None:
    """The buttons are there for those who may press them."""
    visitor = visitor_as(tmp_path, role)
    for path, words in (
        ("/suppressions", "Remove…"),
        ("/suppressions/lists", "Newer copy"),
        ("/suppressions/areas", "Open…"),
        ("/suppressions/consents", "Import a file"),
    ):
        assert (words in visitor.get(path).text) is offered, path


@pytest.mark.parametrize("role", [Role.MANAGER, Role.COMPLIANCE_OFFICER])
def test_others_may(tmp_path: Path, role: Role) -> None:
    """Whoever answers for the calls takes a wrong entry away, under their own name."""
    visitor = visitor_as(tmp_path, role)
    assert visitor.post("/suppressions/remove", **ENTRY).status_code == 302
    assert visitor.post("/suppressions/areas/open", **AREA).status_code == 302
    with visitor.parts.database.reading() as uow:
        assert uow.suppressions.of_account(ACCOUNT, 10) == []
        assert uow.suppression_lists.areas(ACCOUNT) == []


def test_an_agent_protects(tmp_path: Path) -> None:
    """Whom an agent talks to need not wait for somebody else."""
    agent = visitor_as(tmp_path, Role.AGENT)
    form = {"add-address": "+12125550102", "add-basis": "asked_in_call"}
    assert agent.post("/suppressions", **form).status_code == 302
    message = {
        "address": PHONE,
        "channel": "voice",
        "at": "2026-11-23T14:00",
        "text": "Enough of this",
    }
    assert agent.post("/suppressions/messages", **message).status_code == 302
    with agent.parts.database.reading() as uow:
        entries = uow.suppressions.of_account(ACCOUNT, 10)
        (review,) = uow.consents.reviews(ACCOUNT, 10)
    assert [one.recorded_by for one in entries if one.address != PHONE] == ["Ola"]
    page = agent.get("/suppressions/messages").text
    assert "It asks to stop" in page
    assert "It does not" not in page
    assert agent.post(f"/suppressions/messages/{review.id}/asks-to-stop").status_code == 302
