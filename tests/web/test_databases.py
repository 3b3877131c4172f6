"""The pages on both databases: what they keep, and how they read it back."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.bootstrap import Parts
from app.web import accounts
from campaigns.campaign import CampaignAction
from campaigns.role import Role
from tests.web.planning_site import seed_planned
from tests.web.site import ACCOUNT, TestClock, Visitor, make_parts, seed_campaign, seed_floor

PASSWORD = "correct horse battery"


@pytest.fixture
def parts(tmp_path: Path, database_url: str) -> Iterator[Parts]:
    """A new installation on each database."""
    made = make_parts(tmp_path, TestClock(), database_url)
    yield made
    made.database.engine.dispose()


def test_from_sign_in_to_live_figures(parts: Parts) -> None:
    """Sign-in, upload, report, campaign, figures, suppression: the same on each database."""
    visitor = Visitor(parts)
    visitor.post("/account/password", password=PASSWORD, again=PASSWORD)
    for password in ("wrong password", PASSWORD):
        other = Visitor(parts, signed_in=False)
        other.post("/sign-in", name="admin", password=password)
    assert other.get("/campaigns").status_code == 200
    rows = b"".join(b"+1212555%04d\n" % number for number in range(100, 160))
    answer = visitor.upload(b"phone\n" + rows + b"12\n+12125550100\n")
    page = visitor.get(answer.headers["Location"]).text
    assert "62 rows read" in page
    assert "Too few digits" in page
    with parts.database.reading() as uow:
        (contact_list,) = uow.contact_lists.of_account(ACCOUNT)
    campaign = seed_campaign(parts, contact_list, actions=(CampaignAction.START,))
    seed_floor(parts, campaign, calls=30, agents=4)
    for _ in range(2):
        figures = visitor.get(f"/campaigns/{campaign.id}/live").json
        assert figures is not None
        assert sum(figures["chart"][3]) == 30
        assert "2 of 4 agents talking" in figures["sentence"]
    assert visitor.post(f"/campaigns/{campaign.id}/pause").status_code == 302
    assert visitor.post(f"/campaigns/{campaign.id}/pause").status_code == 409
    visitor.post("/suppressions", **{"add-address": "+12125550100", "add-basis": "other"})
    assert "+12125550100" in visitor.get("/suppressions").text
    visitor.web.background.stop()


def test_from_a_list_to_a_decision(parts: Parts) -> None:
    """Lists, areas, consents and messages: the same on each database."""
    visitor = Visitor(parts)
    phone, other = "+12125550100", "+12125550101"
    registry = {"name": "Registry", "kind": "national", "jurisdiction": "US", "scope": "account"}
    for as_of, numbers in (("2026-11-20", other), ("2026-11-21", phone)):
        file = (io.BytesIO(numbers.encode()), "numbers.txt")
        visitor.post("/suppressions/lists/new", file=file, as_of=as_of, **registry)
        assert visitor.web.background.wait(30)
    rows = f"phone,kind,at,source,basis\n{phone},express,2026-11-01T00:00:00Z,call,form\n"
    file = (io.BytesIO(rows.encode()), "consents.csv")
    visitor.post("/suppressions/consents/import", file=file)
    assert visitor.web.background.wait(30)
    visitor.post("/suppressions/areas", area="+1212", scope="account", basis="storm")
    message = {"address": phone, "channel": "sms", "at": "2026-11-23T10:00", "text": "Why me?"}
    visitor.post("/suppressions/messages", **message)
    found = visitor.post("/suppressions/search", **{"search-address": phone}).text
    assert "its area +1212 is closed and a message of it waits for a reader." in found
    assert "copy of 2026-11-21" in found
    assert "<dd>Express, since 2026-11-01 00:00 UTC</dd>" in found
    assert '<span class="count">1<span' in found
    with parts.database.reading() as uow:
        (review,) = uow.consents.reviews(ACCOUNT, 10)
        (kept,) = uow.suppression_lists.of_account(ACCOUNT)
    assert kept.version == 2
    visitor.post(f"/suppressions/messages/{review.id}/asks-to-stop")
    visitor.post("/suppressions/areas/open", area="+1212", scope="account", reason="over")
    visitor.post(f"/suppressions/lists/{kept.id}/remove", reason="wrong")
    found = visitor.post("/suppressions/search", **{"search-address": phone}).text
    assert "because consent was taken back." in found
    visitor.web.background.stop()


def test_planning(parts: Parts) -> None:
    """A dry run, a lifted rule and its end, and users with roles: the same on each database."""
    planned = seed_planned(parts, contacts=90)
    visitor = Visitor(parts)
    visitor.post(f"/campaigns/{planned.id}/dry-run")
    page = visitor.get(f"/campaigns/{planned.id}/dry-run").text
    assert "Of 90 contacts" in page
    assert "2026-11-23 16:00 UTC" in page
    visitor.post(f"/campaigns/{planned.id}/dry-run", start="now")
    assert "As if started now" in visitor.get(f"/campaigns/{planned.id}/dry-run").text
    visitor.post(f"/campaigns/{planned.id}/start")
    form = {"rule": "open_hours", "hours": "2", "reason": "Recall of a product"}
    path = f"/campaigns/{planned.id}/overrides"
    assert visitor.post(f"{path}/new", **form).status_code == 302
    with parts.database.reading() as uow:
        (lifted,) = uow.overrides.of_campaign(planned.id)
    assert visitor.post(f"{path}/{lifted.id}/end").status_code == 302
    assert "Earlier ones" in visitor.get(f"/campaigns/{planned.id}").text
    token = accounts.add_user(parts.database, ACCOUNT, "Ola", Role.AGENT, parts.clock.now())
    agent = Visitor(parts, signed_in=False)
    agent.post(f"/sign-in/{token}")
    assert agent.post(f"{path}/new", **form).status_code == 403
    with pytest.raises(accounts.LastAdministratorError):
        accounts.set_role(parts.database, ACCOUNT, "admin", Role.MANAGER)
    accounts.set_role(parts.database, ACCOUNT, "Ola", Role.ADMINISTRATOR)
    accounts.set_role(parts.database, ACCOUNT, "admin", Role.MANAGER)
    assert agent.get(f"{path}/new").status_code == 200
    assert visitor.get(f"{path}/new").status_code == 403
    visitor.web.dry_runs.stop()


def test_dry_runs_at_once(parts: Parts) -> None:
    """Two people start one in the same moment: the last one stands, and neither meets a fault."""
    planned = seed_planned(parts, contacts=90)
    visitors = [Visitor(parts), Visitor(parts)]
    tokens = [visitor.token() for visitor in visitors]

    def start(number: int) -> int:
        answers = [
            visitors[number].client.post(
                f"/campaigns/{planned.id}/dry-run", data={"csrf_token": tokens[number]}
            )
            for _ in range(5)
        ]
        return max(answer.status_code for answer in answers)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(start, range(2))) == [302, 302]
    assert all(visitor.web.dry_runs.wait(30) for visitor in visitors)
    assert "Of 90 contacts" in visitors[0].get(f"/campaigns/{planned.id}/dry-run").text
