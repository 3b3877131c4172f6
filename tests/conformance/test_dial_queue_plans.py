"""Claiming, waking and looking for the next due contact walk along an index on SQLite.

A sort of everybody who is ready, each second, is what makes a dial queue slow with a long list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from app.database import Database
from campaigns.ports import DialQueue
from tests.builders import NOON, a_campaign, a_contact, after, keep_campaign
from tests.conformance.storage import noon, sqlite_engine

ROWS = 20_000
Seen = list[tuple[str, Any]]


@pytest.fixture(scope="module")
def long_queue(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """20,000 contacts of several priorities in the queue, half of them ready, analyzed."""
    folder = tmp_path_factory.mktemp("long_queue")
    with sqlite_engine(migrated_sqlite, folder) as engine:
        with Database(engine, noon, "test", b"evidence key")() as uow:
            contacts = [a_contact(row, priority=row % 5) for row in range(1, ROWS + 1)]
            campaign = keep_campaign(uow, contacts=contacts)
            uow.queue.enroll(campaign, NOON)
            uow.queue.wake(campaign.id, NOON, ROWS // 2)
            uow.connection.execute(text("ANALYZE"))
        yield engine


@contextmanager
def watched(engine: Engine) -> Iterator[Seen]:
    """The statements that are sent meanwhile, with their parameters."""
    seen: Seen = []

    def note(_c: object, _u: object, statement: str, parameters: Any, *_: object) -> None:
        seen.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def plan_of(engine: Engine, ask: Callable[[DialQueue], object]) -> list[str]:
    """How SQLite goes about the first statement on the queue that `ask` sends."""
    with Database(engine, noon, "test", b"evidence key")() as uow:
        with watched(engine) as seen:
            ask(uow.queue)
        statement, parameters = next(each for each in seen if "dial_queue" in each[0])
        rows = uow.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return [str(row[3]) for row in rows]


ID = a_campaign().id
ASKED: dict[str, tuple[Callable[[DialQueue], object], str]] = {
    "claim": (lambda queue: queue.claim(ID, 30), "ix_dial_queue_claim"),
    "wake": (lambda queue: queue.wake(ID, after(60), 2000), "ix_dial_queue_due"),
    "next due": (lambda queue: queue.next_due_at(ID), "ix_dial_queue_due"),
    "ready count": (lambda queue: queue.ready_count(ID, 60), "ready=?"),
}


@pytest.mark.parametrize("what", ASKED)
def test_it_walks_along_an_index(long_queue: Engine, what: str) -> None:
    """The index gives the order: nothing is sorted, and no table is read from end to end."""
    ask, index = ASKED[what]
    plan = plan_of(long_queue, ask)
    assert not [step for step in plan if "B-TREE" in step], plan
    assert not [step for step in plan if step.startswith("SCAN dial_queue")], plan
    assert [step for step in plan if index in step], plan


def test_the_suite_would_see_a_sort(long_queue: Engine) -> None:
    """Another order than the index's does show as a temporary tree."""
    with Database(long_queue, noon, "test", b"evidence key")() as uow:
        rows = uow.connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT contact_id FROM dial_queue ORDER BY phone_index, row LIMIT 5"
        )
        assert [row for row in rows if "B-TREE" in str(row[3])]
