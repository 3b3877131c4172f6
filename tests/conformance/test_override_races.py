"""Lifting a rule on PostgreSQL while a dialer reserves: neither crosses the other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest

from app.database import Database
from campaigns.campaign import Campaign
from campaigns.overriding import Wanted, end_override, override
from campaigns.role import Role
from compliance.overrides import OwnRule
from tests.builders import ACCOUNT, NOON, a_contact, an_entry, keep_campaign

WANTED = Wanted(
    OwnRule.ATTEMPT_LIMITS,
    "user-1",
    Role.ADMINISTRATOR,
    "Recall of a product",
    NOON + timedelta(hours=1),
)
SHORT, LONG = 0.3, 30.0
"""Seconds in which nothing must happen, and in which something must."""


@pytest.fixture
def campaign(postgres: Database) -> Campaign:
    """Two contacts that were deferred and are due."""
    with postgres() as uow:
        made = keep_campaign(uow, contacts=[a_contact(1), a_contact(2)])
        entries = [
            replace(an_entry(1), deferred=True),
            replace(an_entry(2), deferred=True),
        ]
        uow.queue.put_back(made.id, entries)
    return made


def tick(database: Database, campaign: Campaign, locked: Event, leave: Event) -> int:
    """What a tick locks, in its order; how many overrides it sees."""
    with database() as uow:
        uow.campaigns.lock(campaign.id)
        uow.suppression_lists.lock(campaign.account)
        uow.queue.wake(campaign.id, NOON, 9)
        uow.suppressions.lock_numbers(campaign.account, [a_contact(1).phone])
        found = uow.overrides.of_campaign(campaign.id)
        locked.set()
        assert leave.wait(LONG)
        return sum(each.is_in_force(NOON) for each in found)


@pytest.mark.parametrize("ends", [False, True])
def test_a_change_waits_for_a_tick_and_a_tick_for_it(
    postgres: Database, campaign: Campaign, ends: bool
) -> None:
    """What a tick has read stays true until it is kept; the next one sees the change."""

    def lift() -> str:
        with postgres() as uow:
            return override(uow, ACCOUNT, campaign.id, WANTED, NOON).id

    change: Callable[[], object] = lift
    if ends:
        made = lift()

        def end() -> None:
            with postgres() as uow:
                role = Role.ADMINISTRATOR
                end_override(uow, ACCOUNT, campaign.id, made, "user-1", role, NOON)

        change = end
    locked, leave = Event(), Event()
    with ThreadPoolExecutor(2) as pool:
        ticking: Future[int] = pool.submit(tick, postgres, campaign, locked, leave)
        assert locked.wait(LONG)
        changing = pool.submit(change)
        with pytest.raises(TimeoutError):
            changing.result(SHORT)
        leave.set()
        changing.result(LONG)
        assert ticking.result(LONG) == (1 if ends else 0)
        again = pool.submit(tick, postgres, campaign, Event(), leave)
        assert again.result(LONG) == (0 if ends else 1)
