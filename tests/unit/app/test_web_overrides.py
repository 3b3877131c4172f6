"""The pages of overrides: who may lift a rule, what is shown of it, and what is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path

import pytest

from app.web import accounts
from app.web.user_store import Users
from campaigns.campaign import Campaign, CampaignAction
from campaigns.overriding import MAY_OVERRIDE
from campaigns.role import Role
from compliance.case import OpenSpan, Weekday
from compliance.overrides import Override
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

REASON = "Recall of a product"
MORNINGS = {day: (OpenSpan(time(9), time(11)),) for day in Weekday}


@pytest.fixture
def clock() -> TestClock:
    """A clock that the test moves."""
    return TestClock()


@pytest.fixture
def visitor(tmp_path: Path, clock: TestClock) -> Visitor:
    """An administrator who is signed in."""
    return Visitor(make_parts(tmp_path, clock))


@pytest.fixture
def campaign(visitor: Visitor) -> Campaign:
    """A running campaign with open hours."""
    made = seed_campaign(visitor.parts, seed_list(visitor.parts), actions=(CampaignAction.START,))
    changed = replace(made, settings=replace(made.settings, open_hours=MORNINGS))
    with visitor.parts.database() as uow:
        uow.campaigns.save(changed)
    return changed


def a_colleague(visitor: Visitor, role: Role) -> Visitor:
    """Another browser, of a user with this role."""
    parts = visitor.parts
    token = accounts.add_user(parts.database, ACCOUNT, f"Ola {role}", role, parts.clock.now())
    other = Visitor(parts, signed_in=False)
    other.post(f"/sign-in/{token}")
    return other


def lift(visitor: Visitor, campaign: Campaign, **changes: object) -> int:
    """Send the form; the answer's status."""
    given = {"rule": "open_hours", "hours": "2", "reason": REASON} | changes
    return visitor.post(f"/campaigns/{campaign.id}/overrides/new", **given).status_code


def kept(visitor: Visitor, campaign: Campaign) -> list[Override]:
    """All of the campaign."""
    with visitor.parts.database.reading() as uow:
        return uow.overrides.of_campaign(campaign.id)


def text(page: str) -> str:
    """What a page says, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_a_rule_is_lifted_shown_and_put_back(
    visitor: Visitor, campaign: Campaign, clock: TestClock
) -> None:
    """The campaign's page says which, until when, who and why; an early end is one click."""
    page = visitor.get(f"/campaigns/{campaign.id}").text
    assert "All of the campaign's own rules stand." in text(page)
    assert f"/campaigns/{campaign.id}/overrides/new" in page
    assert lift(visitor, campaign) == 302
    said = text(visitor.get(f"/campaigns/{campaign.id}").text)
    assert f"Open hours: lifted until 2026-11-23 17:00 UTC . {REASON}" in said
    assert "By admin (administrator), 2026-11-23 15:00 UTC" in said
    (made,) = kept(visitor, campaign)
    assert (made.starts_at, made.ends_at) == (START, START + timedelta(hours=2))
    with visitor.parts.database.reading() as uow:
        admin = Users(uow.connection).named("admin")
    assert admin is not None
    # Names stay out of events: the id tells who it was.
    assert made.by == admin.id
    (told,) = [e for e in bodies(visitor.parts) if e["detail-type"] == "Compliance Override Used"]
    assert "admin" not in str(told["detail"])
    clock.move(timedelta(minutes=30))
    path = f"/campaigns/{campaign.id}/overrides/{made.id}/end"
    assert visitor.post(path).status_code == 302
    said = text(visitor.get(f"/campaigns/{campaign.id}").text)
    assert "The rule stands again." in said
    assert "Earlier ones" in said
    assert "Open hours 2026-11-23 15:00 UTC 2026-11-23 15:30 UTC admin (administrator)" in said
    visitor.post(path)
    assert "That had ended already." in visitor.get(f"/campaigns/{campaign.id}").text
    assert len(bodies(visitor.parts)) == len({str(each["id"]) for each in bodies(visitor.parts)})


def test_an_override_that_has_ended_by_itself_is_past(
    visitor: Visitor, campaign: Campaign, clock: TestClock
) -> None:
    """Nobody has to end it."""
    lift(visitor, campaign)
    clock.move(timedelta(hours=2))
    said = text(visitor.get(f"/campaigns/{campaign.id}").text)
    assert "All of the campaign's own rules stand." in said
    assert "Earlier ones" in said


@pytest.mark.parametrize("role", list(Role))
def test_only_two_roles_see_the_form(visitor: Visitor, campaign: Campaign, role: Role) -> None:
    """The others see what is lifted, and whom to ask; what they send is refused, plainly."""
    lift(visitor, campaign, rule="attempt_limits")
    (standing,) = kept(visitor, campaign)
    other = a_colleague(visitor, role)
    may = role in MAY_OVERRIDE
    page = other.get(f"/campaigns/{campaign.id}").text
    assert ("Lift a rule…" in page) is may
    assert ("End it now" in page) is may
    assert "Attempt limits: lifted until" in page
    form = other.get(f"/campaigns/{campaign.id}/overrides/new")
    sent = lift(other, campaign)
    ended = other.post(f"/campaigns/{campaign.id}/overrides/{standing.id}/end")
    if may:
        assert (form.status_code, sent, ended.status_code) == (200, 302, 302)
        assert [each.role for each in kept(visitor, campaign)].count(role) >= 1
    else:
        assert (form.status_code, sent, ended.status_code) == (403, 403, 403)
        assert "You may not do this." in ended.text
        assert kept(visitor, campaign) == [standing]


def test_a_role_counts_from_the_next_click_on(visitor: Visitor, campaign: Campaign) -> None:
    """Who is made a manager meanwhile may lift nothing more."""
    officer = a_colleague(visitor, Role.COMPLIANCE_OFFICER)
    assert officer.get(f"/campaigns/{campaign.id}/overrides/new").status_code == 200
    accounts.set_role(visitor.parts.database, ACCOUNT, "Ola compliance_officer", Role.MANAGER)
    assert lift(officer, campaign) == 403


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"reason": ""}, "Say why."),
        ({"reason": "urgent"}, "Give the reason in 3 words at least."),
        ({"reason": "a b " + "c" * 500}, "500"),
        ({"hours": "0"}, "between 1 and 168"),
        ({"hours": "169"}, "between 1 and 168"),
        ({"hours": "many"}, "Not a valid integer value"),
        ({"rule": "restricted_periods"}, "Not a valid choice"),
        ({"rule": "outside_calling_hours"}, "Not a valid choice"),
        ({"rule": "US-HOURS"}, "Not a valid choice"),
    ],
)
def test_what_is_refused_is_said_at_its_field(
    visitor: Visitor, campaign: Campaign, changes: dict[str, str], says: str
) -> None:
    """And nothing is lifted: neither what the campaign does not have nor what is the law's."""
    given = {"rule": "open_hours", "hours": "2", "reason": REASON} | changes
    answer = visitor.post(f"/campaigns/{campaign.id}/overrides/new", **given)
    assert answer.status_code == 422
    assert says in answer.text
    assert kept(visitor, campaign) == []


def test_only_what_stands_is_offered(visitor: Visitor, campaign: Campaign) -> None:
    """A rule that is lifted is offered no more; once all are, the page says so."""
    path = f"/campaigns/{campaign.id}/overrides/new"
    page = visitor.get(path).text
    assert '<option value="open_hours">' in page.replace(" selected", "")
    assert "restricted_periods" not in page
    lift(visitor, campaign)
    assert "open_hours" not in visitor.get(path).text
    lift(visitor, campaign, rule="attempt_limits")
    assert "There is nothing to lift" in visitor.get(path).text
    assert "Lift a rule…" not in visitor.get(f"/campaigns/{campaign.id}").text


def test_a_campaign_that_is_over_is_refused(
    visitor: Visitor, campaign: Campaign, clock: TestClock
) -> None:
    """Its end is past: there is nothing to lift for."""
    clock.move(timedelta(hours=8))
    assert lift(visitor, campaign) == 409


def test_what_people_wrote_is_escaped(visitor: Visitor, campaign: Campaign) -> None:
    """A reason that is markup is shown as text."""
    lift(visitor, campaign, reason="<script>alert(1)</script> for a reason")
    page = visitor.get(f"/campaigns/{campaign.id}").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
