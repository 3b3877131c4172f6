"""The rules in force follow the operator's file."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from app.bootstrap import Parts, build
from app.dialer_worker import DialerWorker
from app.errors import BadInputError
from app.rules_in_force import RulesInForce
from app.settings import Settings
from campaigns.campaign import Campaign, CampaignAction
from compliance.rulebook import RulebookError
from dialer.carriers.simulated import Population
from tests.web.site import TestClock, make_parts, seed_campaign, seed_list

_SECOND = timedelta(seconds=1)
BAN = """
emergency_bans:
- id: STORM
  places: [US-NY]
  from: 2026-01-01
  until: 2026-12-31
  reason: state of emergency
  cite: an order of the governor
"""


def test_without_a_file_the_bundled_rules_hold() -> None:
    """And are read once."""
    rules = RulesInForce(None)
    assert rules.now() is rules.latest is rules.now()


def test_a_file_that_cannot_be_read_at_the_start_is_an_error(tmp_path: Path) -> None:
    """Nothing starts without rules."""
    with pytest.raises(RulebookError, match="cannot be read"):
        RulesInForce(tmp_path / "missing.yaml")


def test_a_service_does_not_start_with_a_wrong_file(tmp_path: Path) -> None:
    """It is bad input, said in one line; nothing is made before."""
    file = tmp_path / "rules.yaml"
    file.write_text("emergency_bans: oops\n")
    with pytest.raises(BadInputError, match="emergency_bans"):
        build(Settings(data=tmp_path / "data", rules_file=file))
    assert not (tmp_path / "data").exists()


def test_a_change_is_followed(tmp_path: Path) -> None:
    """A ban that is saved is in force at the next look; the version tells of it."""
    file = tmp_path / "rules.yaml"
    file.write_text("jurisdictions: []\n")
    rules = RulesInForce(file)
    before = rules.now()
    assert before is not None
    file.write_text(BAN)
    after = rules.now()
    assert after is not None
    assert after.version != before.version
    assert rules.latest is after


def test_while_the_file_is_wrong_there_are_no_rules(tmp_path: Path) -> None:
    """Neither when it is gone; the last good ones are still there to look things up in."""
    file = tmp_path / "rules.yaml"
    file.write_text("jurisdictions: []\n")
    rules = RulesInForce(file)
    good = rules.latest
    file.write_text("emergency_bans: [{places: [US-XX]}]\n")
    assert rules.now() is None
    assert rules.latest is good
    file.unlink()
    assert rules.now() is None
    file.write_text(BAN)
    assert rules.now() is not None


def _running(parts: Parts) -> Campaign:
    return seed_campaign(parts, seed_list(parts), actions=(CampaignAction.START,))


def _bound(parts: Parts, campaign: Campaign) -> str | None:
    with parts.database.reading() as uow:
        decisions = uow.decisions.latest(campaign.id, 1)
    return decisions[0].bound if decisions else None


def test_a_running_dialer_follows_the_file(tmp_path: Path) -> None:
    """It screens by the new rules, and places nothing while they cannot be read."""
    file = tmp_path / "rules.yaml"
    file.write_text("jurisdictions: []\n")
    clock = TestClock()
    parts = make_parts(tmp_path, clock, rules=RulesInForce(file))
    campaign = _running(parts)
    worker = DialerWorker(parts, 7, 2, Population())
    try:
        worker.tick()
        assert _bound(parts, campaign) not in {"rules_unreadable", None}
        file.write_text("emergency_bans: oops\n")
        clock.move(_SECOND)
        worker.tick()
        assert _bound(parts, campaign) == "rules_unreadable"
        file.write_text(BAN)
        for _ in range(3):
            clock.move(_SECOND)
            worker.pump()
            worker.tick()
        with parts.database.reading() as uow:
            kept = uow.rulebooks.contents([parts.rulebook.version])
            waiting = uow.queue.remaining(campaign.id)
        assert "STORM" in kept[parts.rulebook.version]
        assert waiting > 0
        assert _bound(parts, campaign) != "rules_unreadable"
    finally:
        worker.close()
