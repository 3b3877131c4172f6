"""What the Leases port promises, on every storage; and P1 with two owners on PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from app.database import Database
from dialer.ports import Lease
from tests.builders import NOON, a_campaign, after, keep_campaign
from tests.conformance.storage import Storage

CAMPAIGN = a_campaign().id


def test_a_free_lease_is_taken_with_the_first_epoch(storage: Storage) -> None:
    """Nobody else gets it while it lasts."""
    with storage() as uow:
        keep_campaign(uow)
        lease = uow.leases.acquire(CAMPAIGN, "a", NOON, after(10))
    assert lease == Lease(CAMPAIGN, "a", 1, after(10))
    with storage() as uow:
        assert uow.leases.acquire(CAMPAIGN, "b", after(9.999), after(20)) is None
        assert uow.leases.holds(lease)


def test_renewing_keeps_the_epoch(storage: Storage) -> None:
    """And moves the end."""
    with storage() as uow:
        keep_campaign(uow)
        first = uow.leases.acquire(CAMPAIGN, "a", NOON, after(10))
    with storage() as uow:
        second = uow.leases.acquire(CAMPAIGN, "a", after(7), after(17))
        assert second == Lease(CAMPAIGN, "a", 1, after(17))
        assert first is not None
        assert uow.leases.holds(first)
    with storage() as uow:
        assert uow.leases.acquire(CAMPAIGN, "b", after(12), after(22)) is None


def test_a_new_owner_raises_the_epoch(storage: Storage) -> None:
    """Whoever held it before holds it no more, even back at its own name."""
    with storage() as uow:
        keep_campaign(uow)
        old = uow.leases.acquire(CAMPAIGN, "a", NOON, after(10))
    with storage() as uow:
        new = uow.leases.acquire(CAMPAIGN, "b", after(10), after(20))
    assert old is not None
    assert new == Lease(CAMPAIGN, "b", 2, after(20))
    with storage() as uow:
        assert not uow.leases.holds(old)
        assert uow.leases.holds(new)
        again = uow.leases.acquire(CAMPAIGN, "a", after(20), after(30))
        assert again == Lease(CAMPAIGN, "a", 3, after(30))
        assert not uow.leases.holds(old)


def test_a_lease_that_ran_out_is_taken_anew_by_its_owner(storage: Storage) -> None:
    """With a new epoch: somebody may have held it in between."""
    with storage() as uow:
        keep_campaign(uow)
        uow.leases.acquire(CAMPAIGN, "a", NOON, after(10))
    with storage() as uow:
        again = uow.leases.acquire(CAMPAIGN, "a", after(10), after(20))
    assert again == Lease(CAMPAIGN, "a", 2, after(20))


def test_a_lease_that_was_given_back_is_free(storage: Storage) -> None:
    """Before its end; giving back one that another took does nothing."""
    with storage() as uow:
        keep_campaign(uow)
        old = uow.leases.acquire(CAMPAIGN, "a", NOON, after(10))
        assert old is not None
        uow.leases.release(old)
    with storage() as uow:
        new = uow.leases.acquire(CAMPAIGN, "b", after(1), after(11))
        assert new == Lease(CAMPAIGN, "b", 2, after(11))
        uow.leases.release(old)
    with storage() as uow:
        assert uow.leases.holds(new)
        assert uow.leases.acquire(CAMPAIGN, "a", after(2), after(12)) is None


def test_a_server_of_its_own_tells_its_clock(storage: Storage) -> None:
    """An aware instant, or None where the database lives in this process (P5)."""
    with storage() as uow:
        clock = uow.leases.clock()
    if storage.name == "postgresql":
        assert clock is not None
        assert clock.utcoffset() is not None
    else:
        assert clock is None


def test_campaigns_have_leases_of_their_own(storage: Storage) -> None:
    """Two workers pace two campaigns."""
    with storage() as uow:
        keep_campaign(uow)
        second = keep_campaign(uow, a_campaign("second"))
        assert uow.leases.acquire(CAMPAIGN, "a", NOON, after(10)) is not None
        assert uow.leases.acquire(second.id, "b", NOON, after(10)) is not None


# ------------------------------------------------------------------------ two owners at once (P1)
@pytest.mark.parametrize("held_before", [False, True])
def test_of_many_owners_one_gets_the_lease(postgres: Database, held_before: bool) -> None:
    """All ask at the same moment, for a new lease or for one that ran out."""
    with postgres() as uow:
        keep_campaign(uow)
        if held_before:
            uow.leases.acquire(CAMPAIGN, "gone", NOON, after(10))
    start = Barrier(6)

    def ask(owner: str) -> Lease | None:
        start.wait(timeout=60)
        with postgres() as uow:
            return uow.leases.acquire(CAMPAIGN, owner, after(10), after(20))

    with ThreadPoolExecutor(6) as pool:
        leases = [lease for lease in pool.map(ask, "abcdef") if lease is not None]
    assert [lease.epoch for lease in leases] == [2 if held_before else 1]
    with postgres() as uow:
        assert uow.leases.holds(leases[0])


def test_nobody_takes_over_while_the_epoch_is_being_checked(postgres: Database) -> None:
    """`holds` keeps the row until what was reserved under the lease is kept too."""
    with postgres() as uow:
        keep_campaign(uow)
        lease = uow.leases.acquire(CAMPAIGN, "a", NOON, after(10))
    assert lease is not None
    asking = Event()

    def take_over() -> Lease | None:
        with postgres() as uow:
            asking.set()
            return uow.leases.acquire(CAMPAIGN, "b", after(10), after(20))

    with ThreadPoolExecutor(1) as pool:
        with postgres() as uow:
            assert uow.leases.holds(lease)
            waiting = pool.submit(take_over)
            assert asking.wait(60)
            assert not waiting.done()
        assert waiting.result(60) == Lease(CAMPAIGN, "b", 2, after(20))
