"""The dial queue on PostgreSQL with several workers at once, whatever plan the server chooses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from app.database import Database
from campaigns.campaign import Campaign
from tests.builders import NOON, a_contact, keep_campaign


def ready(postgres: Database, count: int) -> Campaign:
    """A campaign with so many ready contacts."""
    contacts = [a_contact(row) for row in range(1, count + 1)]
    with postgres() as uow:
        campaign = keep_campaign(uow, contacts=contacts)
        uow.queue.enroll(campaign, NOON)
        uow.queue.wake(campaign.id, NOON, count)
    return campaign


def test_two_open_transactions_never_claim_the_same_contact(postgres: Database) -> None:
    """The second steps over the rows that the first holds, and does not wait for it."""
    campaign = ready(postgres, 6)
    with postgres() as first, postgres() as second:
        one = first.queue.claim(campaign.id, 3)
        two = second.queue.claim(campaign.id, 9)
    assert [each.entry.row for each in one] == [1, 2, 3]
    assert [each.entry.row for each in two] == [4, 5, 6]


def test_a_claim_that_is_rolled_back_can_be_made_by_another(postgres: Database) -> None:
    """A worker that dies in its transaction takes nobody with it."""
    campaign = ready(postgres, 2)

    def die() -> None:
        with postgres() as uow:
            assert len(uow.queue.claim(campaign.id, 2)) == 2
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        die()
    with postgres() as uow:
        assert [each.entry.row for each in uow.queue.claim(campaign.id, 9)] == [1, 2]


def test_many_workers_claim_everybody_once(postgres: Database) -> None:
    """Four threads, each in a transaction of its own after the other."""
    campaign = ready(postgres, 120)

    def work(_: int) -> list[int]:
        rows: list[int] = []
        while True:
            with postgres() as uow:
                claimed = uow.queue.claim(campaign.id, 7)
            if not claimed:
                return rows
            rows += [each.entry.row for each in claimed]

    with ThreadPoolExecutor(4) as pool:
        found = [row for rows in pool.map(work, range(4)) for row in rows]
    assert sorted(found) == list(range(1, 121))


@pytest.mark.parametrize("plan", ["hashjoin", "mergejoin", "nestloop"])
@pytest.mark.parametrize("analyzed", [True, False])
def test_limits_hold_under_every_plan(postgres: Database, plan: str, analyzed: bool) -> None:
    """A subquery with LIMIT that the server runs again for each row would take too many."""
    campaign = ready(postgres, 40)
    others = {"hashjoin", "mergejoin", "nestloop"} - {plan}
    with postgres() as uow:
        entries = [each.entry for each in uow.queue.claim(campaign.id, 20)]
        uow.queue.put_back(campaign.id, entries)
        if analyzed:
            uow.connection.execute(text("ANALYZE dial_queue"))
    with postgres() as uow:
        for other in others:
            uow.connection.execute(text(f"SET LOCAL enable_{other} = off"))
        uow.connection.execute(text("SET LOCAL enable_hashagg = off"))
        uow.connection.execute(text("SET LOCAL enable_material = off"))
        assert len(uow.queue.claim(campaign.id, 5)) == 5
        assert uow.queue.wake(campaign.id, NOON, 5) == 5
        assert len(uow.queue.remove(campaign.id, 5)) == 5
        assert uow.queue.remaining(campaign.id) == 30


def test_waking_and_claiming_do_not_wait_for_each_other(postgres: Database) -> None:
    """One worker wakes while another's claim is still open."""
    campaign = ready(postgres, 4)
    with postgres() as uow:
        entries = [each.entry for each in uow.queue.claim(campaign.id, 2)]
        uow.queue.put_back(campaign.id, entries)
    with postgres() as claiming, postgres() as waking:
        assert len(claiming.queue.claim(campaign.id, 9)) == 2
        assert waking.queue.wake(campaign.id, NOON, 9) == 2
