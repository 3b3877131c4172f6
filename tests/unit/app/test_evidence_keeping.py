"""What the service keeps so that its decisions can be made again and its chains be checked."""

from __future__ import annotations

from pathlib import Path

from app import jobs
from app.bootstrap import build
from app.settings import Settings
from campaigns.events import EvidenceSealed
from compliance.rulebook import rebuilt
from compliance.screening import screen
from compliance.time_zone import zone_data_version
from tests.chains import CHAIN, an_entry
from tests.screening_cases import case
from tests.web.site import TestClock, bodies

OWN_RULES = """
emergency_bans:
  - {id: STORM, places: [US-NY], from: "2026-11-20", reason: a storm, cite: an order}
"""


def test_each_start_keeps_its_rulebook(tmp_path: Path) -> None:
    """With the operator's own rules; an earlier one stays."""
    own = tmp_path / "own.yaml"
    own.write_text(OWN_RULES)
    first = build(Settings(data=tmp_path), TestClock())
    second = build(Settings(data=tmp_path, rules_file=own), TestClock())
    third = build(Settings(data=tmp_path), TestClock())
    versions = {first.rulebook.version, second.rulebook.version}
    assert len(versions) == 2
    with third.database.reading() as uow:
        contents = uow.rulebooks.contents(versions)
    asked = case("2026-11-23T15:00:00Z")
    for parts in (first, second):
        again = rebuilt(contents[parts.rulebook.version], zone_data_version())
        assert again.version == parts.rulebook.version
        assert screen(asked, again) == screen(asked, parts.rulebook)
    assert screen(asked, first.rulebook) != screen(asked, second.rulebook)


def test_the_scheduler_publishes_the_heads(tmp_path: Path) -> None:
    """Every ten minutes, by one process."""
    parts = build(Settings(data=tmp_path), TestClock())
    (job,) = (job for job in jobs.scheduler_jobs(parts) if job.name == "seal evidence")
    assert job.shared
    assert job.every.total_seconds() == 600
    with parts.database() as uow:
        uow.evidence.add([an_entry(1, account=parts.settings.account)])
    job.run()
    job.run()
    sealed = [e for e in bodies(parts) if e["detail-type"] == EvidenceSealed.detail_type]
    assert len(sealed) == 1
    detail = sealed[0]["detail"]
    assert isinstance(detail, dict)
    assert (detail["chain"], detail["entries"], detail["sequence"]) == (CHAIN, 1, 1)
