"""How long pacing decisions are kept, and how much room they take."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app import jobs
from app.jobs import forget_decisions, scheduler_jobs
from campaigns.campaign import Campaign
from tests.builders import a_decision
from tests.web.pacing_site import seed_decisions
from tests.web.site import TestClock, make_parts, seed_campaign, seed_list


def test_decisions_are_deleted_after_their_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the account's campaigns, in parts; what is younger stays, to the second."""
    monkeypatch.setattr(jobs, "DECISIONS_AT_ONCE", 2)
    parts = make_parts(tmp_path, TestClock())
    campaign = seed_campaign(parts, seed_list(parts))
    other = seed_campaign(parts, seed_list(parts, "Another list"), "Another")
    oldest = parts.clock.now() - timedelta(days=parts.settings.decisions_kept_days)

    def kept(of: Campaign) -> list[int]:
        with parts.database.reading() as uow:
            return [one.calls for one in uow.decisions.latest(of.id, 9)]

    with parts.database() as uow:
        for second, of in (
            *((-i, campaign) for i in range(1, 6)),
            (0, campaign),
            (60, campaign),
            (-1, other),
        ):
            at = oldest + timedelta(seconds=second)
            made = replace(a_decision(at, calls=abs(second)), campaign_id=of.id)
            uow.decisions.add(made)
    forget_decisions(parts)
    assert (kept(campaign), kept(other)) == ([60, 0], [])
    assert "forget decisions" in {job.name for job in scheduler_jobs(parts)}


def test_a_decision_takes_few_bytes_on_disk(tmp_path: Path) -> None:
    """Key and index included, as docs/pacing-explained.md says: an eight-hour day is some 25 MB."""
    parts = make_parts(tmp_path, TestClock())
    campaign = seed_campaign(parts, seed_list(parts))

    def used() -> int:
        with parts.database.reading() as uow:
            pages = uow.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            size = uow.connection.exec_driver_sql("PRAGMA page_size").scalar_one()
        return int(pages) * int(size)

    before = used()
    made = seed_decisions(parts, campaign)
    assert 300 < (used() - before) / len(made) < 950
