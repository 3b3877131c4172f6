"""What the ContactLists port promises, on every storage."""

from __future__ import annotations

import pytest

from campaigns.contact import ListState
from campaigns.ports import NotFoundError
from tests.builders import ACCOUNT, NOON, a_contact, a_list, after, ident
from tests.conformance.storage import Storage


def test_a_list_comes_back_as_it_was_kept(storage: Storage) -> None:
    """Every field survives."""
    kept = a_list(read=7, accepted=4, rejected=2, duplicate=1)
    with storage() as uow:
        uow.contact_lists.add(kept, NOON)
    with storage() as uow:
        assert uow.contact_lists.get(ACCOUNT, kept.id) == kept


def test_a_foreign_list_looks_like_a_missing_one(storage: Storage) -> None:
    """Another account's list and no list at all give the same error."""
    with storage() as uow:
        uow.contact_lists.add(a_list(), NOON)
    with storage() as uow:
        with pytest.raises(NotFoundError, match="contact list") as foreign:
            uow.contact_lists.get("other", a_list().id)
        with pytest.raises(NotFoundError) as missing:
            uow.contact_lists.get(ACCOUNT, ident("nothing"))
    assert (foreign.value.noun, foreign.value.key) == (missing.value.noun, a_list().id)


def test_lists_of_an_account_come_newest_first(storage: Storage) -> None:
    """Others' lists are not among them."""
    with storage() as uow:
        for age, name in enumerate(("newest", "middle", "oldest")):
            uow.contact_lists.add(a_list(name), after(-age))
        uow.contact_lists.add(a_list("foreign", account="other"), NOON)
    with storage() as uow:
        names = [each.name for each in uow.contact_lists.of_account(ACCOUNT)]
    assert names == ["newest", "middle", "oldest"]


def test_a_contact_comes_back_as_it_was_kept(storage: Storage) -> None:
    """Text of any script, further numbers and attributes survive."""
    full = a_contact(
        first_name="Zoë",
        last_name="Ó Súilleabháin 李",
        email="zoe@example.com",
        other_phones=("+12125550188", "+12125550199"),
        postal_code="10001",
        priority=-3,
        attributes={"plan": "gold", "note": 'a "quoted" word'},
    )
    bare = a_contact(2, country="", region="", time_zone="")
    with storage() as uow:
        uow.contact_lists.add(a_list(), NOON)
        uow.contact_lists.add_contacts([full, bare])
        uow.contact_lists.add_contacts([])
    with storage() as uow:
        assert uow.contact_lists.contact(full.id) == full
        assert uow.contact_lists.contact(bare.id) == bare
        with pytest.raises(NotFoundError, match="contact"):
            uow.contact_lists.contact(ident("nobody"))


def test_contacts_are_read_some_at_a_time_in_order_of_their_rows(storage: Storage) -> None:
    """Each once, none of another list, whatever the order in which they were kept."""
    rows = (3, 1, 7, 2, 9)
    with storage() as uow:
        uow.contact_lists.add(a_list(), NOON)
        uow.contact_lists.add(a_list("other"), NOON)
        uow.contact_lists.add_contacts([a_contact(row, other_phones=("+12",)) for row in rows])
        uow.contact_lists.add_contacts([a_contact(row, "other") for row in (4, 8)])
    read: list[list[int]] = []
    with storage() as uow:
        row = 0
        while batch := uow.contact_lists.contacts_after(a_list().id, row, 2):
            read.append([each.row for each in batch])
            row = batch[-1].row
        assert uow.contact_lists.contacts_after(a_list().id, 8, 9) == [
            a_contact(9, other_phones=("+12",))
        ]
        assert uow.contact_lists.contacts_after(ident("no list"), 0, 9) == []
    assert read == [[1, 2], [3, 7], [9]]


def test_saving_keeps_state_and_counts(storage: Storage) -> None:
    """An import that ends turns `importing` into `ready`; then no list is unfinished."""
    importing = a_list(state=ListState.IMPORTING, read=0, accepted=0)
    with storage() as uow:
        uow.contact_lists.add(importing, NOON)
        uow.contact_lists.add(a_list("done"), NOON)
    with storage() as uow:
        assert uow.contact_lists.unfinished() == [importing]
        uow.contact_lists.save(a_list(read=5, accepted=3, rejected=1, duplicate=1))
    with storage() as uow:
        assert uow.contact_lists.unfinished() == []
        found = uow.contact_lists.get(ACCOUNT, importing.id)
    assert found == a_list(read=5, accepted=3, rejected=1, duplicate=1)


def test_removing_forgets_a_list_and_its_contacts_alone(storage: Storage) -> None:
    """The other list's contacts stay."""
    other = a_contact(1, "other")
    with storage() as uow:
        uow.contact_lists.add(a_list(), NOON)
        uow.contact_lists.add(a_list("other"), NOON)
        uow.contact_lists.add_contacts([a_contact(), other])
    with storage() as uow:
        uow.contact_lists.remove(a_list().id)
    with storage() as uow:
        assert [each.name for each in uow.contact_lists.of_account(ACCOUNT)] == ["other"]
        assert uow.contact_lists.contact(other.id) == other
        with pytest.raises(NotFoundError):
            uow.contact_lists.contact(a_contact().id)
