"""Every route: who may, with which token, and whose things (invariants S1 and S2)."""

from __future__ import annotations

from pathlib import Path

import pytest
from werkzeug.routing import Rule

from app.web.application import PUBLIC
from app.web.store import (
    ImportedThing,
    ImportState,
    ListImport,
    ListImports,
    PermissionImport,
    PermissionImports,
)
from campaigns.campaign import CampaignAction
from compliance.case import Channel
from compliance.number_set import NumberSet
from compliance.opt_out import OptOutReview
from tests.builders import a_suppression_list
from tests.web.site import TestClock, Visitor, bodies, make_parts, seed_campaign, seed_list


@pytest.fixture
def visitor(tmp_path: Path) -> Visitor:
    """Somebody who is signed in."""
    return Visitor(make_parts(tmp_path, TestClock()))


@pytest.fixture
def foreign(visitor: Visitor) -> dict[str, str]:
    """Values for the parts of addresses: another account's things."""
    contact_list = seed_list(visitor.parts, account="somebody else")
    campaign = seed_campaign(visitor.parts, contact_list, actions=(CampaignAction.START,))
    now = visitor.parts.clock.now()
    begun = ListImport(
        list_id=contact_list.id,
        account=contact_list.account,
        list_name="Renewals",
        file_name="renewals.csv",
        state=ImportState.DONE,
        size_bytes=1,
        read_bytes=1,
        read_rows=1,
        problem=None,
        reasons={},
        started_by="somebody",
        started_at=now,
        updated_at=now,
    )
    foreign = contact_list.account
    review = OptOutReview(campaign.id, foreign, "+12125550101", Channel.SMS, "Renewals?", now)
    suppression_list = a_suppression_list("Renewals", id=contact_list.id, account=foreign)
    permissions = PermissionImport(
        id=contact_list.id,
        account=foreign,
        what=ImportedThing.NUMBERS,
        name="Renewals",
        file_name="renewals.csv",
        state=ImportState.FAILED,
        to_read=1,
        read_bytes=1,
        problem="Renewals",
        report={},
        started_by="somebody",
        started_at=now,
        updated_at=now,
    )
    with visitor.parts.database() as uow:
        ListImports(uow.connection).add(begun)
        PermissionImports(uow.connection).add(permissions)
        uow.suppression_lists.put(suppression_list, NumberSet())
        uow.consents.hold(review)
    return {
        "review_id": review.id,
        "override_id": campaign.id,
        "import_id": permissions.id,
        "campaign_id": campaign.id,
        "list_id": contact_list.id,
        "action": "pause",
        "token": "no-such-token",
        "filename": "fairdial.css",
    }


def routes(visitor: Visitor, method: str, known: dict[str, str]) -> list[tuple[Rule, str]]:
    """Every route that takes the method, with its address."""
    adapter = visitor.app.url_map.bind("")
    return [
        (rule, adapter.build(rule.endpoint, {n: known[n] for n in rule.arguments}, method=method))
        for rule in visitor.app.url_map.iter_rules()
        if method in (rule.methods or ())
    ]


def test_pages_need_a_sign_in(visitor: Visitor, foreign: dict[str, str]) -> None:
    """A stranger gets the sign-in for every page but the public ones."""
    stranger = visitor.app.test_client()
    for rule, path in routes(visitor, "GET", foreign):
        answer = stranger.get(path, buffered=True)
        if rule.endpoint in PUBLIC:
            assert answer.status_code == 200, rule
        else:
            assert answer.status_code == 302, rule
            assert answer.headers["Location"].startswith("/sign-in")


def test_pages_that_are_not_there_look_the_same_to_a_stranger(visitor: Visitor) -> None:
    """A stranger cannot tell which pages exist."""
    assert visitor.app.test_client().get("/no-such-page").status_code == 302
    assert visitor.get("/no-such-page").status_code == 404


def test_forms_need_a_sign_in(visitor: Visitor, foreign: dict[str, str]) -> None:
    """A stranger's forms are refused, with a token or without."""
    stranger = Visitor(visitor.parts, signed_in=False)
    for rule, path in routes(visitor, "POST", foreign):
        if rule.endpoint not in PUBLIC:
            assert stranger.post(path).status_code == 401, rule


def test_figures_of_a_signed_out_page_say_so(visitor: Visitor) -> None:
    """A live page whose session is over learns it, instead of reading a sign-in page."""
    answer = visitor.app.test_client().get("/campaigns", headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.json == {"error": "Sign in first."}


def test_forms_need_a_token(visitor: Visitor, foreign: dict[str, str]) -> None:
    """No form is taken without its CSRF token, the sign-in's own included; nothing changes."""
    before = bodies(visitor.parts)
    for rule, path in routes(visitor, "POST", foreign):
        for data in ({}, {"csrf_token": "made up"}):
            answer = visitor.client.post(path, data=data)
            assert answer.status_code == 400, rule
            assert "Load the page again" in answer.text
    assert bodies(visitor.parts) == before


def test_other_accounts_things_look_missing(visitor: Visitor, foreign: dict[str, str]) -> None:
    """A foreign id answers like one that nobody has, on every route that takes one."""
    for method in ("GET", "POST"):
        for rule, path in routes(visitor, method, foreign):
            if rule.arguments & {"campaign_id", "import_id", "list_id", "review_id"}:
                answer = visitor.get(path) if method == "GET" else visitor.post(path)
                assert answer.status_code == 404, rule
                assert "Renewals" not in answer.text


def test_nothing_changes_by_get(visitor: Visitor, foreign: dict[str, str]) -> None:
    """Looking at every page leaves no event and no state behind."""
    addresses = routes(visitor, "GET", foreign)
    before = bodies(visitor.parts)
    for _, path in addresses:
        visitor.get(path)
    assert bodies(visitor.parts) == before


def test_wrong_method_is_refused(visitor: Visitor) -> None:
    """A page that only shows takes no form."""
    assert visitor.post("/healthz").status_code == 405


def test_headers_on_every_answer(visitor: Visitor) -> None:
    """Pages, errors and files forbid foreign scripts, frames and sniffing."""
    for path in ("/campaigns", "/no-such-page", "/static/fairdial.css", "/healthz"):
        headers = visitor.get(path).headers
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
    assert visitor.get("/campaigns").headers["Cache-Control"] == "no-store"


def test_no_inline_code(visitor: Visitor) -> None:
    """Templates hold neither scripts nor styles of their own, which the policy would forbid."""
    folder = Path(visitor.app.root_path) / "templates"
    for template in folder.glob("*.html"):
        text = template.read_text()
        for forbidden in ("<style", " style=", " onclick=", " onsubmit=", "javascript:"):
            assert forbidden not in text, template
        assert text.count("<script") == text.count("<script src="), template
        assert "|safe" not in text, template


def test_large_forms_are_refused(visitor: Visitor) -> None:
    """Only an upload may be large."""
    answer = visitor.post("/suppressions", **{"add-address": "1" * 70_000})
    assert answer.status_code == 413
    assert "too large" in answer.text


def test_a_fault_tells_no_values(visitor: Visitor, capsys: pytest.CaptureFixture[str]) -> None:
    """Our own faults answer with a page, and the log holds no values of statements (S4)."""
    with visitor.parts.database() as uow:
        uow.connection.exec_driver_sql("DROP TABLE suppression")
    answer = visitor.post("/suppressions/search", **{"search-address": "+12125550100"})
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    printed = capsys.readouterr()
    assert "page failed" in printed.out + printed.err
    assert "2125550100" not in printed.out + printed.err


def test_a_database_that_fails_still_gives_a_page(visitor: Visitor) -> None:
    """Where not even the session can be read, the answer is a page that says so."""
    with visitor.parts.database() as uow:
        uow.connection.exec_driver_sql("DROP TABLE web_session")
    answer = visitor.get("/campaigns")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert visitor.get("/healthz").status_code == 200
