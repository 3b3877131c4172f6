"""Packets and the check of chains are the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.evidence.bundle import text_of
from app.evidence.document import QuestionKind
from app.evidence.verifying import verify
from campaigns.sealing import publish_heads
from tests.archives import ADA, BEN, FAY, KAI, Kept, campaign_day, open_kept
from tests.builders import NOON

EVERYBODY = (ADA, FAY, KAI, BEN)


@pytest.fixture
def both(tmp_path: Path, postgres_url: str) -> Iterator[tuple[Kept, Kept]]:
    """The same day on each."""
    path = campaign_day(tmp_path)
    campaign_day(tmp_path, postgres_url)
    first, second = open_kept(path), open_kept(path, postgres_url)
    yield first, second
    first.engine.dispose()
    second.engine.dispose()


def test_every_question_has_the_same_answer(both: tuple[Kept, Kept]) -> None:
    """To the byte: by number, by contact and by call."""
    first, second = both
    for kept in both:
        publish_heads(kept.archive.database, kept.archive.account, NOON)
    questions = [
        *((QuestionKind.NUMBER, phone) for phone in EVERYBODY),
        *((QuestionKind.CONTACT, first.contact_id(phone)) for phone in EVERYBODY),
        *((QuestionKind.CALL, call.id) for phone in EVERYBODY for call in first.attempts(phone)),
    ]
    for kind, key in questions:
        assert text_of(first.packet(kind, key)) == text_of(second.packet(kind, key)), kind


def test_the_same_flaws_are_found(both: tuple[Kept, Kept]) -> None:
    """Edits, gaps, and rows without entries."""
    shares: list[float] = []
    for kept in both:
        assert verify(kept.archive, (), shares.append).findings == []
        kept.sql(
            "UPDATE evidence SET body = '{}' WHERE number = 5",
            "DELETE FROM evidence WHERE number IN (1, 9)",
        )
    first, second = (verify(kept.archive, (), shares.append) for kept in both)
    assert first == second
    assert len(first.findings) > 3
    assert shares[-1] == 1.0
