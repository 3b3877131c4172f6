"""The use cases, on the fake unit of work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from campaigns.campaign import CampaignAction, CampaignState, WrongStateError
from campaigns.contact import ContactList, ListState
from campaigns.events import (
    CampaignCreated,
    CampaignPaused,
    CampaignReopened,
    CampaignStarted,
    ContactListImported,
)
from campaigns.importing import Accepted, Duplicate, Rejected, RejectReason, Result
from campaigns.ports import NotFoundError
from campaigns.service import (
    ROWS_AT_ONCE,
    CampaignOverError,
    ListNotReadyError,
    act,
    change_settings,
    create_campaign,
    import_list,
    remove_unfinished,
)
from tests.builders import (
    ACCOUNT,
    NOON,
    a_campaign,
    a_contact,
    a_list,
    after,
    keep_campaign,
    some_settings,
)
from tests.fakes import FakeDatabase

EMPTY = a_list(state=ListState.IMPORTING, read=0, accepted=0)


@pytest.fixture
def database() -> FakeDatabase:
    """Nothing yet."""
    return FakeDatabase(lambda: NOON)


def run_import(
    database: FakeDatabase, results: Iterator[Result], seen: list[Result]
) -> ContactList:
    """Import EMPTY from these rows."""
    return import_list(database, EMPTY, results, lambda: NOON, seen.append)


# ------------------------------------------------------------------------------- importing lists
def test_an_import_keeps_its_contacts_and_counts(database: FakeDatabase) -> None:
    """Each row is told, and the list is ready with one fact (I2)."""
    rows: list[Result] = [
        Accepted(2, a_contact(1)),
        Rejected(3, next(iter(RejectReason)), "phone"),
        Duplicate(4, a_contact(1).id),
        Accepted(5, a_contact(4)),
    ]
    seen: list[Result] = []
    done = run_import(database, iter(rows), seen)
    assert seen == rows
    assert done == a_list(read=4, accepted=2, rejected=1, duplicate=1)
    assert database.rows.lists[done.id][0] == done
    assert set(database.rows.contacts) == {a_contact(1).id, a_contact(4).id}
    (fact,) = database.facts(ContactListImported)
    assert (fact.read, fact.accepted, fact.rejected, fact.duplicate) == (4, 2, 1, 1)


def test_an_import_that_fails_leaves_nothing(database: FakeDatabase) -> None:
    """Though thousands of its rows had been kept already (I1)."""

    def rows() -> Iterator[Result]:
        for row in range(1, ROWS_AT_ONCE + 2):
            yield Accepted(row, a_contact(row))
        assert len(database.rows.contacts) == ROWS_AT_ONCE
        raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "not UTF-8")

    with pytest.raises(UnicodeDecodeError):
        run_import(database, rows(), [])
    assert (database.rows.lists, database.rows.contacts, database.rows.facts) == ({}, {}, {})


def test_no_campaign_dials_from_an_unfinished_list(database: FakeDatabase) -> None:
    """Neither a new one nor one that starts (I1)."""

    def rows() -> Iterator[Result]:
        yield Accepted(1, a_contact(1))
        with database() as uow, pytest.raises(ListNotReadyError, match="importing"):
            create_campaign(uow, a_campaign(state=CampaignState.DRAFT), NOON)

    run_import(database, rows(), [])
    with database() as uow:
        create_campaign(uow, a_campaign(state=CampaignState.DRAFT), NOON)
        uow.contact_lists.save(EMPTY)
    with pytest.raises(ListNotReadyError), database() as uow:
        act(uow, ACCOUNT, a_campaign().id, CampaignAction.START, NOON)
    assert database.rows.campaigns[a_campaign().id][0].state is CampaignState.DRAFT


def test_an_import_that_was_cut_off_is_removed(database: FakeDatabase) -> None:
    """At the next start; finished ones stay."""
    with database() as uow:
        uow.contact_lists.add(EMPTY, NOON)
        uow.contact_lists.add(a_list("done"), NOON)
        uow.contact_lists.add_contacts([a_contact(1), a_contact(1, "done")])
    with database() as uow:
        assert remove_unfinished(uow) == [EMPTY]
    assert set(database.rows.lists) == {a_list("done").id}
    assert set(database.rows.contacts) == {a_contact(1, "done").id}


# ------------------------------------------------------------------------------------- campaigns
def test_a_campaign_is_created_as_it_is_with_its_fact(database: FakeDatabase) -> None:
    """Over a list of its own account."""
    draft = a_campaign(state=CampaignState.DRAFT)
    with database() as uow:
        uow.contact_lists.add(a_list(), NOON)
        create_campaign(uow, draft, NOON)
        with pytest.raises(NotFoundError):
            create_campaign(uow, replace(draft, account="other"), NOON)
    (fact,) = database.facts(CampaignCreated)
    assert (fact.campaign_id, fact.state, fact.previous_state) == (draft.id, draft.state, None)


def test_starting_reads_the_list(database: FakeDatabase) -> None:
    """Everybody waits for now."""
    with database() as uow:
        draft = a_campaign(state=CampaignState.DRAFT)
        keep_campaign(uow, draft, [a_contact(1), a_contact(2)])
        act(uow, ACCOUNT, draft.id, CampaignAction.START, NOON)
        assert uow.queue.remaining(draft.id) == 2
        assert uow.queue.next_due_at(draft.id) == NOON
    (fact,) = database.facts(CampaignStarted)
    assert (fact.previous_state, fact.state) == (CampaignState.DRAFT, CampaignState.RUNNING)


def test_each_action_changes_the_state_and_says_why(database: FakeDatabase) -> None:
    """In one fact, with the person's words."""
    with database() as uow:
        keep_campaign(uow)
        paused = act(uow, ACCOUNT, a_campaign().id, CampaignAction.PAUSE, NOON, "lunch")
    assert paused.state is CampaignState.PAUSED
    assert database.rows.campaigns[paused.id][0] == paused
    (fact,) = database.facts(CampaignPaused)
    assert (fact.previous_state, fact.reason) == (CampaignState.RUNNING, "lunch")


def test_what_was_stopped_waits_for_a_person_twice(database: FakeDatabase) -> None:
    """Reopened it is paused; only then it can be resumed (D8)."""
    with database() as uow:
        keep_campaign(uow, a_campaign(state=CampaignState.STOPPED))
    with pytest.raises(WrongStateError), database() as uow:
        act(uow, ACCOUNT, a_campaign().id, CampaignAction.RESUME, NOON)
    with database() as uow:
        reopened = act(uow, ACCOUNT, a_campaign().id, CampaignAction.REOPEN, NOON)
        assert reopened.state is CampaignState.PAUSED
        act(uow, ACCOUNT, a_campaign().id, CampaignAction.RESUME, NOON)
    assert len(database.facts(CampaignReopened)) == 1


@pytest.mark.parametrize(
    ("state", "action"),
    [
        (CampaignState.DRAFT, CampaignAction.START),
        (CampaignState.DRAFT, CampaignAction.SCHEDULE),
        (CampaignState.PAUSED, CampaignAction.RESUME),
    ],
)
def test_nothing_starts_after_the_end(
    database: FakeDatabase, state: CampaignState, action: CampaignAction
) -> None:
    """It says what to do; with a later end it works."""
    settings = some_settings(end_at=after(60))
    with database() as uow:
        keep_campaign(uow, a_campaign(state=state, settings=settings))
    with pytest.raises(CampaignOverError, match="later end"), database() as uow:
        act(uow, ACCOUNT, a_campaign().id, action, after(60))
    with database() as uow:
        change_settings(uow, ACCOUNT, a_campaign().id, some_settings())
        act(uow, ACCOUNT, a_campaign().id, action, after(60))


def test_nobody_acts_on_another_accounts_campaign(database: FakeDatabase) -> None:
    """It looks as if it were not there (S1)."""
    with database() as uow:
        keep_campaign(uow)
    with pytest.raises(NotFoundError), database() as uow:
        act(uow, "other", a_campaign().id, CampaignAction.STOP, NOON)
    with pytest.raises(NotFoundError), database() as uow:
        change_settings(uow, "other", a_campaign().id, some_settings())
    assert database.rows.campaigns[a_campaign().id][0] == a_campaign()
