"""How long pacing decisions are kept, and how much room they take."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from app.jobs import forget_decisions, scheduler_jobs
from campaigns.campaign import Campaign
from tests.builders import a_decision
from tests.web.pacing_site import SECONDS, SILENT, seed_decisions
from tests.web.site import TestClock, make_parts, seed_campaign, seed_list


def test_decisions_are_deleted_after_their_time(tmp_path: Path) -> None:
    """Those of the account's campaigns; what is younger stays, to the second."""
    parts = make_parts(tmp_path, TestClock())
    campaign = seed_campaign(parts, seed_list(parts))
    other = seed_campaign(parts, seed_list(parts, "Another list"), "Another")
    oldest = parts.clock.now() - timedelta(days=parts.settings.decisions_kept_days)

    def kept(of: Campaign) -> list[int]:
        with parts.database.reading() as uow:
            return [one.calls for one in uow.decisions.latest(of.id, 9)]

    with parts.database() as uow:
        for second, of in ((-1, campaign), (0, campaign), (60, campaign), (-1, other)):
            at = oldest + timedelta(seconds=second)
            made = replace(a_decision(at, calls=abs(second)), campaign_id=of.id)
            uow.decisions.add(made)
    forget_decisions(parts)
    assert (kept(campaign), kept(other)) == ([60, 0], [])
    assert "forget decisions" in {job.name for job in scheduler_jobs(parts)}


def test_a_decision_takes_few_bytes_on_disk(tmp_path: Path) -> None:
    """Under a kilobyte each, key and index included: an eight-hour day is some 20 megabytes."""
    parts = make_parts(tmp_path, TestClock())
    campaign = seed_campaign(parts, seed_list(parts))
    before = _pages(tmp_path)
    seed_decisions(parts, campaign)
    assert (_pages(tmp_path) - before) / (SECONDS - len(SILENT)) < 800


def _pages(folder: Path) -> int:
    """Bytes of the database that are in use."""
    with sqlite3.connect(folder / "fairdial.db") as database:
        (count,) = database.execute("PRAGMA page_count").fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    database.close()
    return int(count) * int(size)
