"""Lists and areas: what is refused, kept, published, ended and put into evidence."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from campaigns.audit import Change, text_hash
from campaigns.events import (
    AreaOpened,
    AreaSuppressed,
    SuppressionListImported,
    SuppressionListRemoved,
)
from campaigns.permissions import NoReasonError
from campaigns.ports import NotFoundError
from campaigns.restrictions import (
    BadListError,
    OlderCopyError,
    UnknownAreaError,
    import_suppression_list,
    open_area,
    remove_suppression_list,
    suppress_area,
)
from compliance.evidence import Evidence, account_chain
from compliance.rulebook import Rulebook
from compliance.rulebook_file import load
from compliance.suppression_lists import ListKind
from tests.builders import (
    ACCOUNT,
    NOON,
    a_campaign,
    a_contact,
    a_copy,
    after,
    an_area,
    an_attempt,
    ident,
    keep_campaign,
)
from tests.fakes import FakeDatabase

PHONE, OTHER = a_contact(1).phone, a_contact(2).phone
CAMPAIGN, SECOND = a_campaign().id, ident("campaign", "second")
CHANGE = Change("user-2", after(60), "the storm is over")


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    """The bundled rules."""
    return load()


@pytest.fixture
def database() -> FakeDatabase:
    """Two campaigns, each calling PHONE and OTHER; an agent is on a call to OTHER."""
    database = FakeDatabase(lambda: NOON)
    with database() as uow:
        for name in ("campaign", "second"):
            keep_campaign(uow, a_campaign(name), [a_contact(1), a_contact(2)])
            on_line: dict[str, Any] = {"agent_id": ident("agent", 1), "assigned_at": NOON}
            uow.attempts.add(
                [an_attempt(1, campaign=name), an_attempt(2, campaign=name, **on_line)]
            )
    return database


def asked(database: FakeDatabase) -> set[tuple[str, int]]:
    """Which calls were asked to end: campaign and row."""
    names = {CAMPAIGN: "first", SECOND: "second"}
    calls = database.rows.attempts.values()
    return {(names[a.campaign_id], a.list_row) for a in calls if a.hang_up_asked_at is not None}


def audit(database: FakeDatabase) -> list[Evidence]:
    """The account's chain."""
    with database() as uow:
        return [entry.evidence for entry in uow.evidence.chain(account_chain(ACCOUNT))]


# ----------------------------------------------------------------------------------------- lists
def test_a_list_that_is_imported_is_in_use(database: FakeDatabase, rulebook: Rulebook) -> None:
    """Its calls end but where an agent is on the line (D7), with one fact and one entry."""
    copy = a_copy(PHONE, OTHER, now=after(5))
    with database() as uow:
        kept = import_suppression_list(uow, copy, rulebook)
    assert (kept.numbers, kept.version, kept.recorded_at) == (2, 1, after(5))
    with database() as uow:
        assert uow.suppression_lists.of_account(ACCOUNT) == [kept]
        found = uow.suppression_lists.entries(ACCOUNT, CAMPAIGN, [PHONE, "+12125550199"])
    assert found == {PHONE: (kept.entry,)}
    assert asked(database) == {("first", 1), ("second", 1)}
    (fact,) = database.facts(SuppressionListImported)
    assert (fact.subject, fact.numbers, fact.as_of) == (kept.id, 2, "2026-11-22")
    (entry,) = audit(database)
    assert json.loads(entry.body)["sha256"] == copy.sha256
    assert copy.name not in entry.body


def test_a_list_of_one_campaign_binds_that_one(database: FakeDatabase, rulebook: Rulebook) -> None:
    """The other's calls go on."""
    with database() as uow:
        import_suppression_list(uow, a_copy(PHONE, scope=CAMPAIGN), rulebook)
        assert uow.suppression_lists.entries(ACCOUNT, SECOND, [PHONE]) == {}
    assert asked(database) == {("first", 1)}
    assert audit(database)[0].campaign_id == CAMPAIGN


def test_a_later_copy_takes_the_place_of_the_earlier(
    database: FakeDatabase, rulebook: Rulebook
) -> None:
    """Counted along the same list; numbers that left the registry may be called again."""
    with database() as uow:
        first = import_suppression_list(uow, a_copy(PHONE), rulebook)
    with database() as uow:
        second = import_suppression_list(uow, a_copy(OTHER, as_of=date(2026, 11, 23)), rulebook)
        assert uow.suppression_lists.entries(ACCOUNT, CAMPAIGN, [PHONE, OTHER]).keys() == {OTHER}
    assert (second.id, second.version) == (first.id, 2)
    assert [fact.list_version for fact in database.facts(SuppressionListImported)] == [1, 2]


def test_an_older_copy_is_used_only_expressly(database: FakeDatabase, rulebook: Rulebook) -> None:
    """A wrong file would otherwise make numbers callable that are listed by now."""
    older = a_copy(PHONE, as_of=date(2026, 11, 1))
    with database() as uow:
        import_suppression_list(uow, a_copy(PHONE, OTHER), rulebook)
    with pytest.raises(OlderCopyError, match="2026-11-22, which is newer"), database() as uow:
        import_suppression_list(uow, older, rulebook)
    with database() as uow:
        assert import_suppression_list(uow, a_copy(PHONE), rulebook).version == 2
        kept = import_suppression_list(uow, older, rulebook, even_if_older=True)
    assert (kept.version, kept.as_of) == (3, older.as_of)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"jurisdiction": None}, "needs the code of its rules"),
        ({"jurisdiction": "XX"}, "no rules of the code 'XX'"),
        ({"kind": ListKind.LITIGATOR}, "only a registry has a jurisdiction"),
        ({"kind": ListKind.INTERNAL}, "only a registry has a jurisdiction"),
        ({"as_of": date(2026, 11, 25)}, "2026-11-25, is still to come"),
        ({"name": " "}, "give the list a name"),
        ({"name": "x" * 201}, "give the list a name"),
        ({"name": "two\nlines"}, "give the list a name"),
    ],
)
def test_a_list_that_does_not_fit_together_is_refused(
    database: FakeDatabase, rulebook: Rulebook, changes: dict[str, Any], problem: str
) -> None:
    """With what is wrong; nothing is kept."""
    with pytest.raises(BadListError, match=problem), database() as uow:
        import_suppression_list(uow, a_copy(PHONE, **changes), rulebook)
    assert (database.rows.suppression_lists, database.rows.facts) == ({}, {})


def test_a_copy_may_be_of_the_day_that_begins_in_the_east(
    database: FakeDatabase, rulebook: Rulebook
) -> None:
    """At NOON it is Tuesday in Auckland already."""
    with database() as uow:
        import_suppression_list(uow, a_copy(PHONE, as_of=date(2026, 11, 24)), rulebook)


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": ListKind.LITIGATOR, "jurisdiction": None},
        {"jurisdiction": "US-TX"},
        {"scope": CAMPAIGN},
    ],
)
def test_another_kind_of_list_does_not_take_a_name(
    database: FakeDatabase, rulebook: Rulebook, changes: dict[str, Any]
) -> None:
    """A registry's copy would silently stop to count."""
    with database() as uow:
        import_suppression_list(uow, a_copy(PHONE), rulebook)
    with pytest.raises(BadListError, match="is in use as a list of another"), database() as uow:
        import_suppression_list(uow, a_copy(PHONE, **changes), rulebook)


def test_a_list_of_no_campaign_is_refused(database: FakeDatabase, rulebook: Rulebook) -> None:
    """Its scope is the account or a campaign that there is."""
    with pytest.raises(NotFoundError), database() as uow:
        import_suppression_list(uow, a_copy(PHONE, scope=ident("no", "campaign")), rulebook)


def test_a_list_is_removed_for_a_reason(database: FakeDatabase, rulebook: Rulebook) -> None:
    """By its own account; a later import begins anew."""
    litigators: dict[str, Any] = {"kind": ListKind.LITIGATOR, "jurisdiction": None}
    with database() as uow:
        kept = import_suppression_list(uow, a_copy(PHONE, **litigators), rulebook)
    with pytest.raises(NoReasonError), database() as uow:
        remove_suppression_list(uow, ACCOUNT, kept.id, Change("user-2", NOON))
    with pytest.raises(NotFoundError), database() as uow:
        remove_suppression_list(uow, "other", kept.id, CHANGE)
    with database() as uow:
        assert remove_suppression_list(uow, ACCOUNT, kept.id, CHANGE) == kept
        assert uow.suppression_lists.entries(ACCOUNT, CAMPAIGN, [PHONE]) == {}
    (fact,) = database.facts(SuppressionListRemoved)
    assert (fact.subject, fact.reason) == (kept.id, CHANGE.reason)
    assert text_hash(CHANGE.reason) in audit(database)[1].body


# ----------------------------------------------------------------------------------------- areas
@pytest.mark.parametrize("area", ["+1212", "+1", "US-NY", "US"])
def test_an_area_is_closed_at_once(database: FakeDatabase, rulebook: Rulebook, area: str) -> None:
    """Its calls end but where an agent is on the line (D7), with one fact and one entry."""
    closed = an_area(area)
    with database() as uow:
        assert suppress_area(uow, closed, rulebook)
        assert not suppress_area(uow, closed, rulebook)
        assert uow.suppression_lists.areas(ACCOUNT) == [closed]
    assert asked(database) == {("first", 1), ("second", 1)}
    (fact,) = database.facts(AreaSuppressed)
    assert (fact.area, fact.scope, fact.basis) == (area, "account", "storm")
    assert len(audit(database)) == 1


@pytest.mark.parametrize(
    ("area", "scope", "ended"),
    [("+1305", "account", set()), ("FR", "account", set()), ("US-NY", CAMPAIGN, {("first", 1)})],
)
def test_calls_elsewhere_go_on(
    database: FakeDatabase,
    rulebook: Rulebook,
    area: str,
    scope: str,
    ended: set[tuple[str, int]],
) -> None:
    """Other places and other campaigns."""
    with database() as uow:
        assert suppress_area(uow, an_area(area, scope=scope), rulebook)
    assert asked(database) == ended


@pytest.mark.parametrize(
    "area",
    ["", "+", "1305", "+0", "+1 305", "+1305-", "US-XX", "XX", "us-fl", "fr", "EU", "US-DEBT", "*"],
)
def test_what_is_no_place_is_refused(database: FakeDatabase, rulebook: Rulebook, area: str) -> None:
    """Closing it would close nothing, and nobody would notice."""
    with pytest.raises(UnknownAreaError), database() as uow:
        suppress_area(uow, an_area(area), rulebook)
    assert database.rows.areas == {}


def test_an_area_of_no_campaign_is_refused(database: FakeDatabase, rulebook: Rulebook) -> None:
    """Its scope is the account or a campaign that there is."""
    with pytest.raises(NotFoundError), database() as uow:
        suppress_area(uow, an_area(scope=ident("no", "campaign")), rulebook)


def test_an_area_is_opened_for_a_reason(database: FakeDatabase, rulebook: Rulebook) -> None:
    """Counted along the same area; there must be one."""
    with database() as uow:
        suppress_area(uow, an_area(), rulebook)
        assert not open_area(uow, an_area(scope=CAMPAIGN), CHANGE)
        with pytest.raises(NoReasonError):
            open_area(uow, an_area(), Change("user-2", NOON))
        assert open_area(uow, an_area(), CHANGE)
        assert uow.suppression_lists.areas(ACCOUNT) == []
    (closed,), (opened,) = database.facts(AreaSuppressed), database.facts(AreaOpened)
    assert closed.subject == opened.subject
    assert opened.reason == CHANGE.reason
    assert len(audit(database)) == 2
