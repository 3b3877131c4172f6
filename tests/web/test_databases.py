"""The pages on both databases: what they keep, and how they read it back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.bootstrap import Parts
from campaigns.campaign import CampaignAction
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
