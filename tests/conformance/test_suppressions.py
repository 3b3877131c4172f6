"""What the Suppressions port promises, on every storage; and D6 on PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from app.database import Database
from campaigns.permissions import suppress
from compliance.case import SuppressionEntry, SuppressionSource
from tests.builders import (
    ACCOUNT,
    NOON,
    a_campaign,
    a_contact,
    a_suppression,
    after,
    an_attempt,
    ident,
    keep_campaign,
)
from tests.conformance.storage import Storage

PHONE, OTHER = a_contact(1).phone, a_contact(2).phone
CAMPAIGN = a_campaign().id
INTERNAL = SuppressionEntry(SuppressionSource.INTERNAL, NOON)
NATIONAL = SuppressionEntry(SuppressionSource.NATIONAL, NOON)


def test_an_entry_stands_against_its_number_in_every_campaign(storage: Storage) -> None:
    """Of the account, not of others."""
    with storage() as uow:
        assert uow.suppressions.add(a_suppression(PHONE))
    with storage() as uow:
        for campaign in (CAMPAIGN, ident("campaign", "second")):
            found = uow.suppressions.entries(ACCOUNT, campaign, [PHONE, OTHER])
            assert found == {PHONE: (INTERNAL,)}
        assert uow.suppressions.entries("other", CAMPAIGN, [PHONE]) == {}
        assert uow.suppressions.entries(ACCOUNT, CAMPAIGN, []) == {}


def test_an_entry_of_one_campaign_binds_that_one_alone(storage: Storage) -> None:
    """Its scope is the campaign's id."""
    with storage() as uow:
        assert uow.suppressions.add(a_suppression(PHONE, scope=CAMPAIGN))
    with storage() as uow:
        assert uow.suppressions.entries(ACCOUNT, CAMPAIGN, [PHONE]) == {PHONE: (INTERNAL,)}
        second = ident("campaign", "second")
        assert uow.suppressions.entries(ACCOUNT, second, [PHONE]) == {}


def test_the_same_entry_is_kept_once(storage: Storage) -> None:
    """Adding it again says so; another scope or kind of list is another entry."""
    with storage() as uow:
        assert uow.suppressions.add(a_suppression(PHONE))
        assert not uow.suppressions.add(a_suppression(PHONE, basis="again"))
    with storage() as uow:
        assert not uow.suppressions.add(a_suppression(PHONE))
        assert uow.suppressions.add(a_suppression(PHONE, source=SuppressionSource.NATIONAL))
        assert uow.suppressions.add(a_suppression(PHONE, scope=CAMPAIGN))
    with storage() as uow:
        found = uow.suppressions.entries(ACCOUNT, CAMPAIGN, [PHONE])[PHONE]
        assert sorted(found, key=str) == sorted([INTERNAL, INTERNAL, NATIONAL], key=str)
        assert len(uow.suppressions.of_account(ACCOUNT, 9)) == 3


def test_the_newest_entries_come_first(storage: Storage) -> None:
    """As many as asked for, with all that is known of them."""
    entries = [a_suppression(a_contact(row).phone, recorded_at=after(row)) for row in range(1, 5)]
    with storage() as uow:
        for entry in entries:
            uow.suppressions.add(entry)
        uow.suppressions.add(a_suppression(OTHER, account="other", recorded_at=after(99)))
    with storage() as uow:
        assert uow.suppressions.of_account(ACCOUNT, 2) == [entries[3], entries[2]]
        assert uow.suppressions.of_account(ACCOUNT, 9) == entries[::-1]


def test_an_email_address_can_be_suppressed(storage: Storage) -> None:
    """It is longer than any number."""
    address = f"{'x' * 60}@{'example.' * 20}com"
    with storage() as uow:
        assert uow.suppressions.add(a_suppression(address))
        assert uow.suppressions.entries(ACCOUNT, CAMPAIGN, [address]) == {address: (INTERNAL,)}


def test_locking_numbers_is_harmless_alone(storage: Storage) -> None:
    """Twice the same, none, and again in the next unit of work."""
    for _ in range(2):
        with storage() as uow:
            uow.suppressions.lock_numbers(ACCOUNT, [PHONE, OTHER, PHONE])
            uow.suppressions.lock_numbers(ACCOUNT, [])


# --------------------------------------------------------------------------- D6, with two writers
@pytest.mark.parametrize("known", [True, False], ids=["number known", "number new"])
def test_reserving_waits_for_a_suppression_and_sees_it(postgres: Database, known: bool) -> None:
    """Once the suppression is kept, whoever waited for its number finds it suppressed."""
    if known:
        with postgres() as uow:
            uow.suppressions.lock_numbers(ACCOUNT, [PHONE])
    reserving = Event()

    def reserve() -> bool:
        with postgres() as uow:
            reserving.set()
            uow.suppressions.lock_numbers(ACCOUNT, [OTHER, PHONE])
            return PHONE in uow.suppressions.entries(ACCOUNT, CAMPAIGN, [PHONE])

    with ThreadPoolExecutor(1) as pool:
        with postgres() as uow:
            uow.suppressions.lock_numbers(ACCOUNT, [PHONE])
            waiting = pool.submit(reserve)
            assert reserving.wait(60)
            uow.suppressions.add(a_suppression(PHONE))
            assert not waiting.done()
        assert waiting.result(60) is True


def test_suppressing_waits_for_a_reservation_and_hangs_it_up(postgres: Database) -> None:
    """The other way round: the attempt that was reserved first is asked to end (D7)."""
    with postgres() as uow:
        keep_campaign(uow)
    suppressing = Event()

    def stop() -> bool:
        with postgres() as uow:
            suppressing.set()
            return suppress(uow, a_suppression(PHONE), b"key")

    with ThreadPoolExecutor(1) as pool:
        with postgres() as uow:
            uow.suppressions.lock_numbers(ACCOUNT, [PHONE])
            waiting = pool.submit(stop)
            assert suppressing.wait(60)
            uow.attempts.add([an_attempt()])
            assert not waiting.done()
        assert waiting.result(60) is True
    with postgres() as uow:
        assert [each.hang_up_asked_at for each in uow.attempts.open_of(CAMPAIGN)] == [NOON]


def test_two_callers_with_crossing_numbers_do_not_deadlock(postgres: Database) -> None:
    """Numbers are locked in one order, whatever order they are given in."""

    def lock(phones: list[str]) -> int:
        for _ in range(30):
            with postgres() as uow:
                uow.suppressions.lock_numbers(ACCOUNT, phones)
        return len(phones)

    phones = [a_contact(row).phone for row in range(1, 20)]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lock, [phones, phones[::-1]])) == [19, 19]
