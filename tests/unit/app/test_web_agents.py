"""The agents' page: what it shows, and who works on what after it was sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from campaigns.campaign import Campaign, CampaignAction
from campaigns.role import Role
from dialer.agent import Agent
from tests.web.site import (
    ACCOUNT,
    TestClock,
    Visitor,
    make_parts,
    seed_campaign,
    seed_floor,
    seed_list,
)


@pytest.fixture
def visitor(tmp_path: Path) -> Visitor:
    """Somebody who is signed in."""
    return Visitor(make_parts(tmp_path, TestClock()))


@pytest.fixture
def campaigns(visitor: Visitor) -> tuple[Campaign, Campaign]:
    """A running one with agents, and a draft."""
    contact_list = seed_list(visitor.parts)
    first = seed_campaign(visitor.parts, contact_list, "First", actions=(CampaignAction.START,))
    seed_floor(visitor.parts, first, agents=4)
    return first, seed_campaign(visitor.parts, contact_list, "Second")


def agents(visitor: Visitor) -> list[Agent]:
    """All of the account, by id."""
    with visitor.parts.database.reading() as uow:
        return uow.agents.of_account(ACCOUNT)


def work_of(visitor: Visitor, agent: Agent) -> set[str]:
    """The campaigns that they have been given."""
    with visitor.parts.database.reading() as uow:
        return {share.campaign_id for share in uow.agents.shares([agent.id]).get(agent.id, ())}


def test_an_empty_page_says_how_agents_come(visitor: Visitor) -> None:
    """Nobody has signed in."""
    assert "No agent yet" in visitor.get("/agents").text


def test_agents_are_listed_with_what_they_do(
    visitor: Visitor, campaigns: tuple[Campaign, Campaign]
) -> None:
    """Names, states, and the campaign of now."""
    page = visitor.get("/agents").text
    for agent in agents(visitor):
        assert agent.name in page
    assert "Talking" in page
    assert f"/campaigns/{campaigns[0].id}" in page


def test_chosen_agents_work_on_the_chosen_campaigns(
    visitor: Visitor, campaigns: tuple[Campaign, Campaign]
) -> None:
    """On both, later on one again; the others are left alone."""
    one, other, *_ = agents(visitor)
    both = [campaign.id for campaign in campaigns]
    assert visitor.post("/agents", agents=[one.id], campaigns=both).status_code == 302
    assert work_of(visitor, one) == set(both)
    assert work_of(visitor, other) == set()
    assert "Second</a>" in visitor.get("/agents").text
    visitor.post("/agents", agents=[one.id, other.id], campaigns=both[:1])
    assert work_of(visitor, one) == work_of(visitor, other) == set(both[:1])


def test_nothing_chosen_is_said(visitor: Visitor, campaigns: tuple[Campaign, Campaign]) -> None:
    """At its field, and nothing is kept."""
    one = agents(visitor)[0]
    for given, problem in (
        ({"campaigns": [campaigns[0].id]}, "Choose at least one agent"),
        ({"agents": [one.id]}, "Choose at least one campaign"),
        ({"agents": ["somebody"], "campaigns": [campaigns[0].id]}, "valid choice"),
    ):
        answer = visitor.post("/agents", **given)
        assert answer.status_code == 422
        assert problem in answer.text
    assert work_of(visitor, one) == set()


def test_who_may_not_assign_sees_no_form(
    visitor: Visitor, campaigns: tuple[Campaign, Campaign]
) -> None:
    """An agent's own user looks on."""
    one = agents(visitor)[0]
    with visitor.parts.database() as uow:
        uow.connection.exec_driver_sql(f"UPDATE web_user SET role = '{Role.AGENT}'")
    page = visitor.get("/agents").text
    assert one.name in page
    assert "Assign" not in page
    answer = visitor.post("/agents", agents=[one.id], campaigns=[campaigns[0].id])
    assert answer.status_code == 403
    assert work_of(visitor, one) == set()
