"""Permissions at the moment of dialing: lists, areas, consents and messages, through reserving."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from campaigns.attempt import AttemptState
from campaigns.audit import Change
from campaigns.campaign import Campaign
from campaigns.contact import Contact
from campaigns.events import AttemptCancelled, AttemptDeferred, AttemptDenied, FinishReason
from campaigns.messages import decide_review, take_in_message
from campaigns.permissions import record_consent, revoke_consent, suppress
from campaigns.ports import UnitOfWork
from campaigns.restrictions import (
    import_suppression_list,
    open_area,
    remove_suppression_list,
    suppress_area,
)
from compliance.case import ConsentKind, DialMode, Purpose
from compliance.opt_out import ReviewDecision
from compliance.rulebook import Rulebook
from compliance.rulebook_file import load
from compliance.suppression_lists import ListKind
from dialer.reserving import WAIT_FOR_COPY
from tests.builders import (
    ACCOUNT,
    NOON,
    a_campaign,
    a_consent,
    a_contact,
    a_copy,
    a_message,
    a_revocation,
    a_suppression,
    after,
    an_area,
    some_settings,
)
from tests.dialing import Queue, Room

KEY = b"key"
ADA, BEN = a_contact(1), a_contact(2)
ANN_CT = a_contact(1, phone="+12035550101", region="US-CT")
ZOE_FR = a_contact(
    1, phone="+33142685300", country="FR", region="", postal_code="75001", time_zone=""
)
CHANGE = Change("user-2", NOON, "read it")
LITIGATORS: dict[str, Any] = {"kind": ListKind.LITIGATOR, "jurisdiction": None, "name": "sue"}


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    """The bundled rules."""
    return load()


def calling(purpose: Purpose) -> Campaign:
    """A campaign of that purpose, with an agent for each call."""
    settings = some_settings(purpose=purpose, dial_mode=DialMode.PROGRESSIVE)
    return a_campaign(settings=settings)


def reasons(queue: Queue) -> set[str]:
    """Why anybody was denied, or is to wait."""
    facts: list[AttemptDenied | AttemptDeferred] = [*queue.database.facts(AttemptDenied)]
    facts += queue.database.facts(AttemptDeferred)
    return {reason.code for fact in facts for reason in fact.reasons}


def do(queue: Queue, use: Callable[[UnitOfWork], object]) -> None:
    """A use case, kept."""
    with queue.database() as uow:
        assert use(uow)


# ----------------------------------------------------------------------------- registries' copies
TOO_OLD = date(2026, 10, 22)
"""32 days before NOON; 31 are permitted (16 CFR 310.4(b)(3)(iv))."""


@pytest.mark.parametrize("as_of", [TOO_OLD, TOO_OLD + timedelta(days=1)])
def test_a_registrys_copy_serves_for_31_days(rulebook: Rulebook, as_of: date) -> None:
    """Counted at the call; nobody is called by an older one, on the list or not (D5)."""
    queue = Queue(rulebook, [ADA, BEN])
    do(queue, lambda uow: import_suppression_list(uow, a_copy(as_of=as_of), rulebook))
    is_old = as_of == TOO_OLD
    assert len(queue.reserve()) == (0 if is_old else 2)
    assert reasons(queue) == ({"registry_out_of_date"} if is_old else set())


def test_an_old_copy_finishes_nobody(rulebook: Rulebook) -> None:
    """They wait; a newer copy has them called at once, whoever is on no list."""
    queue = Queue(rulebook, [ADA, BEN])
    do(queue, lambda uow: import_suppression_list(uow, a_copy(as_of=TOO_OLD), rulebook))
    assert not queue.reserve()
    assert (queue.finished(), queue.waits()) == ({}, NOON + WAIT_FOR_COPY)
    do(queue, lambda uow: import_suppression_list(uow, a_copy(), rulebook))
    with queue.database() as uow:
        uow.queue.wake(queue.campaign.id, NOON, 9)
    assert len(queue.reserve()) == 2


def test_who_is_denied_for_more_than_an_old_copy_is_finished(rulebook: Rulebook) -> None:
    """Their own wish stands however new the copy is."""
    queue = Queue(rulebook, [ADA])
    do(queue, lambda uow: import_suppression_list(uow, a_copy(as_of=TOO_OLD), rulebook))
    do(queue, lambda uow: suppress(uow, a_suppression(ADA.phone), b"key"))
    assert not queue.reserve()
    assert queue.finished() == {1: FinishReason.SUPPRESSED}


@pytest.mark.parametrize(
    ("purpose", "is_bound"),
    [
        (Purpose.TELEMARKETING, True),
        (Purpose.INFORMATIONAL, False),
        (Purpose.HEALTHCARE, False),
        (Purpose.DEBT_COLLECTION, False),
    ],
)
def test_an_old_copy_holds_up_only_who_must_use_the_registry(
    rulebook: Rulebook, purpose: Purpose, is_bound: bool
) -> None:
    """A collector's call needs none; neither does a number elsewhere."""
    queue = Queue(rulebook, [ADA], calling(purpose))
    do(queue, lambda uow: import_suppression_list(uow, a_copy(as_of=TOO_OLD), rulebook))
    assert bool(queue.reserve()) is not is_bound
    assert reasons(queue) == ({"registry_out_of_date"} if is_bound else set())


@pytest.mark.parametrize(("name", "called"), [("registry", 2), ("another name", 0)])
def test_the_age_is_that_of_the_copy_in_use(rulebook: Rulebook, name: str, called: int) -> None:
    """A fresh one takes the place of the old one of its name; under another name both count."""
    queue = Queue(rulebook, [ADA, BEN])
    do(queue, lambda uow: import_suppression_list(uow, a_copy(as_of=TOO_OLD), rulebook))
    do(queue, lambda uow: import_suppression_list(uow, a_copy(name=name), rulebook))
    assert len(queue.reserve()) == called


# ------------------------------------------------------------------------------------------ lists
@pytest.mark.parametrize("consent", [None, *ConsentKind])
def test_a_listed_number_is_called_only_with_the_consent_that_the_law_names(
    rulebook: Rulebook, consent: ConsentKind | None
) -> None:
    """Agreement in writing, or a relationship of less than 18 months (16 CFR 310.4(b)(1)(iii))."""
    queue = Queue(rulebook, [ADA, BEN])
    do(queue, lambda uow: import_suppression_list(uow, a_copy(ADA.phone), rulebook))
    if consent is not None:
        given = a_consent(ADA.phone, kind=consent)
        do(queue, lambda uow: record_consent(uow, given, KEY))
    called = {reservation.attempt.list_row for reservation in queue.reserve()}
    lifts = consent in {ConsentKind.EXPRESS_WRITTEN, ConsentKind.EXISTING_RELATIONSHIP}
    assert called == ({1, 2} if lifts else {2})
    assert reasons(queue) == (set() if lifts else {"national_do_not_call"})
    assert queue.finished() == ({} if lifts else {1: FinishReason.SUPPRESSED})


@pytest.mark.parametrize("kind", [ListKind.LITIGATOR, ListKind.INTERNAL])
def test_no_consent_lifts_another_list(rulebook: Rulebook, kind: ListKind) -> None:
    """Not even one in writing."""
    queue = Queue(rulebook, [ADA, BEN])
    copy = a_copy(ADA.phone, **(LITIGATORS | {"kind": kind}))
    do(queue, lambda uow: import_suppression_list(uow, copy, rulebook))
    do(queue, lambda uow: record_consent(uow, a_consent(ADA.phone), KEY))
    assert [reservation.attempt.list_row for reservation in queue.reserve()] == [2]
    assert reasons(queue) == {"suppressed"}


def test_a_list_that_was_removed_stands_against_nobody(rulebook: Rulebook) -> None:
    """From the next round on."""
    queue = Queue(rulebook, [ADA])
    with queue.database() as uow:
        kept = import_suppression_list(uow, a_copy(ADA.phone, **LITIGATORS), rulebook)
    do(queue, lambda uow: remove_suppression_list(uow, ACCOUNT, kept.id, CHANGE))
    assert len(queue.reserve()) == 1


# ------------------------------------------------------------------------------------------ areas
@pytest.mark.parametrize(
    ("area", "row"), [("+1203", 2), ("US-CT", 2), ("US-NY", 1), ("+1", None), ("US", None)]
)
def test_nobody_in_a_closed_area_is_called(rulebook: Rulebook, area: str, row: int | None) -> None:
    """By number or by address; `row` is whom it leaves."""
    there = a_contact(1, phone="+12035550101", region="US-CT")
    queue = Queue(rulebook, [there, a_contact(2)], calling(Purpose.INFORMATIONAL))
    do(queue, lambda uow: suppress_area(uow, an_area(area), rulebook))
    assert {each.attempt.list_row for each in queue.reserve()} == ({row} - {None})
    assert reasons(queue) == {"suppressed"}


def test_an_area_that_is_open_again_is_called(rulebook: Rulebook) -> None:
    """Whoever was not finished meanwhile."""
    queue = Queue(rulebook, [ADA])
    do(queue, lambda uow: suppress_area(uow, an_area("US-NY"), rulebook))
    do(queue, lambda uow: open_area(uow, an_area("US-NY"), CHANGE))
    assert len(queue.reserve()) == 1


# --------------------------------------------------------------------------------------- consents
@pytest.mark.parametrize("contact", [ANN_CT, ZOE_FR], ids=["Connecticut", "France"])
def test_where_calls_need_consent_a_record_of_it_opens_and_its_revocation_closes(
    rulebook: Rulebook, contact: Contact
) -> None:
    """Conn. Gen. Stat. 42-288a; Code de la consommation L223-1 since 11 August 2026."""
    without = Queue(rulebook, [contact], calling(Purpose.TELEMARKETING))
    assert without.reserve() == []
    assert "no_consent" in reasons(without)
    queue = Queue(rulebook, [contact], calling(Purpose.TELEMARKETING))
    do(queue, lambda uow: record_consent(uow, a_consent(contact.phone), KEY))
    assert len(queue.reserve()) == 1
    revoked = Queue(rulebook, [contact], calling(Purpose.TELEMARKETING))
    do(revoked, lambda uow: record_consent(uow, a_consent(contact.phone), KEY))
    do(revoked, lambda uow: revoke_consent(uow, a_revocation(contact.phone), KEY))
    assert revoked.reserve() == []
    assert {"no_consent", "consent_revoked"} <= reasons(revoked)


def test_who_took_consent_back_is_not_called_though_none_is_needed(rulebook: Rulebook) -> None:
    """Nor who texted STOP."""
    queue = Queue(rulebook, [ADA, BEN, a_contact(3)], calling(Purpose.INFORMATIONAL))
    do(queue, lambda uow: revoke_consent(uow, a_revocation(ADA.phone), KEY))
    do(queue, lambda uow: take_in_message(uow, a_message("Stop!", BEN.phone), KEY))
    assert [reservation.attempt.list_row for reservation in queue.reserve()] == [3]
    assert reasons(queue) == {"consent_revoked"}


# --------------------------------------------------------------------------------------- messages
@pytest.mark.parametrize("decision", list(ReviewDecision))
def test_while_a_message_waits_for_a_reader_nobody_calls(
    rulebook: Rulebook, decision: ReviewDecision
) -> None:
    """It is looked at again after 15 minutes, and then as the reader has decided."""
    queue = Queue(rulebook, [ADA, BEN])
    do(queue, lambda uow: take_in_message(uow, a_message("wrong person", ADA.phone), KEY))
    assert [reservation.attempt.list_row for reservation in queue.reserve()] == [2]
    assert queue.waits(1) == after(15 * 60)
    with queue.database() as uow:
        (review,) = uow.consents.reviews(ACCOUNT, 9)
        decide_review(uow, ACCOUNT, review.id, decision, CHANGE, KEY)
        uow.queue.wake(queue.campaign.id, after(15 * 60), 9)
    called = queue.reserve(9, after(15 * 60))
    revokes = decision is ReviewDecision.REVOKES
    assert len(called) == (0 if revokes else 1)
    assert reasons(queue) == ({"consent_revoked"} if revokes else set())


# ------------------------------------------------------------------------------- calls in flight
@pytest.fixture(params=["suppression", "revocation", "message", "list", "area"])
def forbid(request: pytest.FixtureRequest, rulebook: Rulebook) -> Callable[[UnitOfWork, str], Any]:
    """Each way in which the permission to call a number ends."""
    ways: dict[str, Callable[[UnitOfWork, str], Any]] = {
        "suppression": lambda uow, phone: suppress(uow, a_suppression(phone), KEY),
        "revocation": lambda uow, phone: revoke_consent(uow, a_revocation(phone), KEY),
        "message": lambda uow, phone: take_in_message(uow, a_message("no", phone), KEY),
        "list": lambda uow, phone: import_suppression_list(uow, a_copy(phone), rulebook),
        "area": lambda uow, phone: suppress_area(uow, an_area(phone), rulebook),
    }
    return ways[request.param]


def test_a_call_that_rings_is_hung_up(
    rulebook: Rulebook, forbid: Callable[[UnitOfWork, str], Any]
) -> None:
    """At the next tick, within a second (D7)."""
    room = Room(rulebook, agents=1)
    room.tick()
    (call,) = room.attempts()
    with room.database() as uow:
        assert forbid(uow, call.phone)
    room.tick(0.9)
    room.tick(0.1)
    ended_at = room.database.rows.attempts[call.id].ended_at
    assert ended_at is not None
    assert ended_at <= after(2)


def test_a_contact_that_an_agent_looks_at_is_taken_back(
    rulebook: Rulebook, forbid: Callable[[UnitOfWork, str], Any]
) -> None:
    """Cancelled, and never dialed (D7)."""
    room = Room(rulebook, agents=1, dial_mode=DialMode.PREVIEW)
    room.tick()
    (shown,) = room.attempts()
    assert shown.state is AttemptState.RESERVED
    with room.database() as uow:
        assert forbid(uow, shown.phone)
    room.tick()
    assert room.database.rows.attempts[shown.id].state is AttemptState.CANCELLED
    assert len(room.database.facts(AttemptCancelled)) == 1
    assert room.dialed() == []
