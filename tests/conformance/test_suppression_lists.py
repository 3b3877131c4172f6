"""What the SuppressionLists port promises, on every storage."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from threading import Event

import pytest

from app.database import Database
from compliance.number_set import NumberSet
from compliance.ports import SuppressionLists
from compliance.suppression_lists import ListKind, SuppressionList
from tests.builders import (
    ACCOUNT,
    a_campaign,
    a_contact,
    a_suppression_list,
    after,
    an_area,
    ident,
)
from tests.conformance.storage import Storage

PHONE, OTHER = a_contact(1).phone, a_contact(2).phone
CAMPAIGN, SECOND = a_campaign().id, ident("campaign", "second")
SHORT, LONG = 0.3, 30.0
"""Seconds in which nothing must happen, and in which something must."""


def put(storage: Storage, about: SuppressionList, *phones: str) -> SuppressionList:
    """A copy in use."""
    with storage() as uow:
        uow.suppression_lists.put(about, NumberSet(phones))
    return about


def listed(lists: SuppressionLists, *phones: str, campaign: str = CAMPAIGN) -> dict[str, set[str]]:
    """On which lists each number stands."""
    found = lists.entries(ACCOUNT, campaign, phones)
    return {phone: {entry.list_name for entry in entries} for phone, entries in found.items()}


# ----------------------------------------------------------------------------------------- lists
def test_a_number_stands_on_its_lists_and_no_other(storage: Storage) -> None:
    """With what each list's entry says."""
    registry = put(storage, a_suppression_list(), PHONE)
    litigators = a_suppression_list("sue", kind=ListKind.LITIGATOR, jurisdiction=None)
    put(storage, litigators, PHONE, OTHER)
    with storage() as uow:
        found = uow.suppression_lists.entries(ACCOUNT, CAMPAIGN, {PHONE, OTHER, "+12125550199"})
        assert uow.suppression_lists.entries(ACCOUNT, CAMPAIGN, []) == {}
        assert uow.suppression_lists.entries("other", CAMPAIGN, [PHONE]) == {}
    assert set(found) == {PHONE, OTHER}
    assert set(found[PHONE]) == {registry.entry, litigators.entry}
    assert found[OTHER] == (litigators.entry,)


def test_a_list_of_one_campaign_binds_that_one_alone(storage: Storage) -> None:
    """Its scope is the campaign's id."""
    put(storage, a_suppression_list(scope=CAMPAIGN), PHONE)
    with storage() as uow:
        assert listed(uow.suppression_lists, PHONE) == {PHONE: {"registry"}}
        assert listed(uow.suppression_lists, PHONE, campaign=SECOND) == {}


def test_a_later_copy_takes_the_place_of_the_earlier_one(storage: Storage) -> None:
    """Also for who has read the earlier copy before."""
    first = put(storage, a_suppression_list(), PHONE)
    with storage() as uow:
        assert listed(uow.suppression_lists, PHONE, OTHER) == {PHONE: {"registry"}}
    later = put(storage, replace(first, version=2, as_of=date(2026, 11, 23)), OTHER)
    with storage() as uow:
        assert uow.suppression_lists.of_account(ACCOUNT) == [later]
        assert listed(uow.suppression_lists, PHONE, OTHER) == {OTHER: {"registry"}}


def test_a_list_that_was_removed_and_imported_anew_is_read_anew(storage: Storage) -> None:
    """Of the same file, whose numbers were read with another country."""
    first = put(storage, a_suppression_list(), PHONE)
    with storage() as uow:
        assert listed(uow.suppression_lists, PHONE, OTHER) == {PHONE: {"registry"}}
        assert uow.suppression_lists.remove(ACCOUNT, first.id)
        assert not uow.suppression_lists.remove(ACCOUNT, first.id)
        assert listed(uow.suppression_lists, PHONE, OTHER) == {}
    put(storage, replace(first, recorded_at=after(60)), OTHER)
    with storage() as uow:
        assert listed(uow.suppression_lists, PHONE, OTHER) == {OTHER: {"registry"}}


def test_lists_are_told_by_name_with_all_that_is_known(storage: Storage) -> None:
    """Of the account, not of others; one of another account is not removed."""
    texas = put(storage, a_suppression_list("texas", jurisdiction="US-TX", numbers=10_000_000))
    internal = put(
        storage,
        a_suppression_list("own", kind=ListKind.INTERNAL, jurisdiction=None, scope=CAMPAIGN),
    )
    theirs = put(storage, a_suppression_list("theirs", account="other"), PHONE)
    with storage() as uow:
        assert uow.suppression_lists.of_account(ACCOUNT) == [internal, texas]
        assert uow.suppression_lists.of_account("nobody") == []
        assert not uow.suppression_lists.remove(ACCOUNT, theirs.id)
        assert uow.suppression_lists.of_account("other") == [theirs]


@pytest.mark.parametrize("storage", ["memory", "sqlite", "postgresql"], indirect=True)
def test_a_copy_that_was_not_kept_is_not_in_use(storage: Storage) -> None:
    """Though its numbers were looked up before. Not a run's: it is forgotten whole."""
    first = put(storage, a_suppression_list(), PHONE)

    def fail() -> None:
        with storage() as uow:
            uow.suppression_lists.put(replace(first, version=2), NumberSet([OTHER]))
            assert listed(uow.suppression_lists, PHONE, OTHER) == {OTHER: {"registry"}}
            raise ConnectionError

    with pytest.raises(ConnectionError):
        fail()
    with storage() as uow:
        assert listed(uow.suppression_lists, PHONE, OTHER) == {PHONE: {"registry"}}
    put(storage, replace(first, version=2, recorded_at=after(1)), PHONE, OTHER)
    with storage() as uow:
        assert listed(uow.suppression_lists, PHONE, OTHER).keys() == {PHONE, OTHER}


# ----------------------------------------------------------------------------------------- areas
def test_areas_are_kept_once_and_told_in_order(storage: Storage) -> None:
    """By area and scope; of the account, not of others."""
    areas = [an_area("+1305"), an_area("+1305", scope=CAMPAIGN), an_area("FR"), an_area("US-FL")]
    with storage() as uow:
        for area in reversed(areas):
            assert uow.suppression_lists.add_area(area)
        assert uow.suppression_lists.add_area(an_area("+1", account="other"))
        assert not uow.suppression_lists.add_area(an_area("FR", basis="again"))
    with storage() as uow:
        found = uow.suppression_lists.areas(ACCOUNT)
        assert [each.area for each in found] == ["+1305", "+1305", "FR", "US-FL"]
        assert {*found} == {*areas}
        assert uow.suppression_lists.areas("nobody") == []


def test_an_area_that_is_opened_is_gone(storage: Storage) -> None:
    """In its scope alone."""
    closed = an_area("FR", scope=CAMPAIGN)
    with storage() as uow:
        uow.suppression_lists.add_area(closed)
        uow.suppression_lists.add_area(an_area("FR"))
        assert uow.suppression_lists.remove_area(ACCOUNT, "FR", "account")
        assert not uow.suppression_lists.remove_area(ACCOUNT, "FR", "account")
        assert not uow.suppression_lists.remove_area("other", "FR", CAMPAIGN)
    with storage() as uow:
        assert uow.suppression_lists.areas(ACCOUNT) == [closed]


# ----------------------------------------------------------------------------------------- locks
def test_locking_is_harmless_alone(storage: Storage) -> None:
    """Both ways, twice, and again in the next unit of work."""
    for _ in range(2):
        with storage() as uow:
            uow.suppression_lists.lock(ACCOUNT)
            uow.suppression_lists.lock_for_change(ACCOUNT)
            uow.suppression_lists.lock(ACCOUNT)


def test_who_reserves_shares_the_lock_and_who_changes_waits(postgres: Database) -> None:
    """Two may reserve at once; a change waits for both."""
    changed = Event()

    def change() -> None:
        with postgres() as uow:
            uow.suppression_lists.lock_for_change(ACCOUNT)
            uow.suppression_lists.add_area(an_area())
            changed.set()

    def reserve() -> int:
        with postgres() as uow:
            uow.suppression_lists.lock(ACCOUNT)
            return len(uow.suppression_lists.areas(ACCOUNT))

    with ThreadPoolExecutor(2) as pool:
        with postgres() as uow:
            uow.suppression_lists.lock(ACCOUNT)
            assert pool.submit(reserve).result(LONG) == 0
            changing = pool.submit(change)
            assert not changed.wait(SHORT)
        changing.result(LONG)
        assert pool.submit(reserve).result(LONG) == 1


def test_a_change_is_not_starved_by_those_who_share(postgres: Database) -> None:
    """Who comes later waits for it, though they could share the lock with who has it now."""

    def change() -> None:
        with postgres() as uow:
            uow.suppression_lists.lock_for_change(ACCOUNT)
            uow.suppression_lists.add_area(an_area())

    def reserve() -> int:
        with postgres() as uow:
            uow.suppression_lists.lock(ACCOUNT)
            return len(uow.suppression_lists.areas(ACCOUNT))

    with ThreadPoolExecutor(2) as pool:
        with postgres() as uow:
            uow.suppression_lists.lock(ACCOUNT)
            changing = pool.submit(change)
            with pytest.raises(TimeoutError):
                changing.result(SHORT)
            later = pool.submit(reserve)
            with pytest.raises(TimeoutError):
                later.result(SHORT)
            # Who has the lock may ask for it again: a tick does, and then each round of it.
            uow.suppression_lists.lock(ACCOUNT)
        changing.result(LONG)
        assert later.result(LONG) == 1


def test_a_change_holds_up_who_reserves(postgres: Database) -> None:
    """Of this account; other accounts go on."""

    def reserve(account: str) -> int:
        with postgres() as uow:
            uow.suppression_lists.lock(account)
            return len(uow.suppression_lists.areas(account))

    with ThreadPoolExecutor(2) as pool:
        with postgres() as uow:
            uow.suppression_lists.lock_for_change(ACCOUNT)
            waiting = pool.submit(reserve, ACCOUNT)
            assert pool.submit(reserve, "other").result(LONG) == 0
            uow.suppression_lists.add_area(an_area())
            with pytest.raises(TimeoutError):
                waiting.result(SHORT)
        assert waiting.result(LONG) == 1
