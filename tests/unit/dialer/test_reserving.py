"""From the queue to reserved attempts: claim, screen, keep."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from campaigns.attempt import AttemptState
from campaigns.contact import Contact
from campaigns.events import (
    AttemptCancelled,
    AttemptDeferred,
    AttemptDenied,
    AttemptReserved,
    CallPlaced,
    ContactFinished,
    Disposition,
    FinishReason,
)
from compliance.case import AttemptLimit, DialMode
from compliance.rulebook import Rulebook
from compliance.rulebook_file import load
from dialer.agent import Agent
from dialer.reserving import accept, cancel
from tests.builders import (
    NOON,
    a_campaign,
    a_contact,
    a_suppression,
    after,
    an_agent,
    an_attempt,
    an_entry,
    some_settings,
)
from tests.dialing import Queue

NIGHT = NOON + timedelta(hours=12)
MORNING = NOON + timedelta(hours=20)


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    """The bundled rules."""
    return load()


def people(count: int, **changes: Any) -> list[Contact]:
    """So many New Yorkers."""
    return [a_contact(row, **changes) for row in range(1, count + 1)]


# ------------------------------------------------------------------------------------------ allowed
def test_an_attempt_is_kept_with_its_permission_and_its_fact(rulebook: Rulebook) -> None:
    """Requested from the commit on, to be dialed within three seconds (D1, P2)."""
    queue = Queue(rulebook, people(1))
    (reservation,) = queue.reserve()
    attempt = reservation.attempt
    assert queue.database.rows.attempts == {attempt.id: attempt}
    assert (attempt.state, attempt.number, attempt.epoch) == (AttemptState.REQUESTED, 1, 4)
    assert (attempt.reserved_at, attempt.dial_by) == (NOON, after(3))
    assert attempt.time_zones == reservation.allow.time_zones == ("America/New_York",)
    assert reservation.allow.phone == attempt.phone == a_contact(1).phone
    (fact,) = queue.database.facts(CallPlaced)
    assert (fact.attempt_id, fact.placed_at, fact.list_row) == (attempt.id, NOON, 1)
    assert fact.rulebook == rulebook.version
    assert attempt.phone not in fact.phone_hash


def test_no_more_than_asked_are_reserved_in_the_queues_order(rulebook: Rulebook) -> None:
    """The others stay ready."""
    queue = Queue(rulebook, people(5))
    assert [each.attempt.list_row for each in queue.reserve(2)] == [1, 2]
    assert [each.attempt.list_row for each in queue.reserve(9)] == [3, 4, 5]
    assert queue.reserve() == []


def test_a_callback_goes_before_the_others(rulebook: Rulebook) -> None:
    """Its priority is above that of every contact."""
    queue = Queue(rulebook, people(3))
    with queue.database() as uow:
        uow.queue.claim(queue.campaign.id, 3)
        entries = [an_entry(1), an_entry(2), an_entry(3, after(60), priority=1_000_000)]
        uow.queue.put_back(queue.campaign.id, entries)
        uow.queue.wake(queue.campaign.id, after(60), 9)
    assert [each.attempt.list_row for each in queue.reserve(2, after(60))] == [3, 1]


def test_the_next_attempt_has_the_next_number(rulebook: Rulebook) -> None:
    """And an id of its own, on the number that the queue's entry names."""
    queue = Queue(rulebook, people(1, other_phones=("+12125550188",)))
    yesterday = NOON - timedelta(days=2)
    queue.have(an_attempt(1, reserved_at=yesterday, placed_at=yesterday, ended_at=yesterday))
    with queue.database() as uow:
        uow.queue.claim(queue.campaign.id, 1)
        uow.queue.put_back(queue.campaign.id, [an_entry(1, phone=1)])
        uow.queue.wake(queue.campaign.id, NOON, 1)
    (reservation,) = queue.reserve()
    assert (reservation.attempt.number, reservation.attempt.phone) == (2, "+12125550188")
    assert reservation.attempt.id != an_attempt(1).id
    assert (reservation.attempt.phone_index, reservation.attempt.phone_count) == (1, 2)


# ------------------------------------------------------------------------------ deferred and denied
def test_who_may_not_be_called_now_waits_until_they_may(rulebook: Rulebook) -> None:
    """Without an attempt, and with the reasons in a fact."""
    queue = Queue(rulebook, people(2))
    assert queue.reserve(9, NIGHT) == []
    told = queue.database.facts(AttemptDeferred)
    assert [fact.not_before for fact in told] == [queue.waits(1), queue.waits(2)]
    assert {reason.code for fact in told for reason in fact.reasons} == {"outside_calling_hours"}
    assert queue.waits() == datetime(2026, 11, 24, 13, 0, tzinfo=NOON.tzinfo)
    assert queue.database.rows.attempts == {}


def test_a_suppressed_number_finishes_its_contact(rulebook: Rulebook) -> None:
    """The others are reserved all the same."""
    queue = Queue(rulebook, people(2))
    with queue.database() as uow:
        uow.suppressions.add(a_suppression(a_contact(1).phone))
    assert [each.attempt.list_row for each in queue.reserve()] == [2]
    assert queue.finished() == {1: FinishReason.SUPPRESSED}
    (denied,) = queue.database.facts(AttemptDenied)
    assert [reason.code for reason in denied.reasons] == ["suppressed"]
    assert [fact.reason for fact in queue.database.facts(ContactFinished)] == [
        FinishReason.SUPPRESSED
    ]


@pytest.mark.parametrize(
    ("contact", "reason"),
    [
        (a_contact(1, phone="+1212555000"), FinishReason.INVALID_NUMBER),
        (a_contact(1, region="US-XX"), FinishReason.DENIED),
        (a_contact(1, time_zone="Mars/Olympus"), FinishReason.DENIED),
        (a_contact(1, phone="+99912345678", country="", region=""), FinishReason.INVALID_NUMBER),
    ],
)
def test_facts_that_make_no_valid_case_are_never_dialed(
    rulebook: Rulebook, contact: Contact, reason: FinishReason
) -> None:
    """Listed with the reason, and nobody else is held up by it (D5)."""
    queue = Queue(rulebook, [contact, a_contact(2)])
    assert [each.attempt.list_row for each in queue.reserve()] == [2]
    assert queue.finished() == {1: reason}
    assert len(queue.database.facts(AttemptDenied)) == 1


def test_many_who_may_not_be_called_do_not_use_up_the_calls(rulebook: Rulebook) -> None:
    """The next ones in the queue are screened in their place."""
    asleep = [a_contact(row, region="US-HI", time_zone="Pacific/Honolulu") for row in range(1, 8)]
    queue = Queue(rulebook, [*asleep, a_contact(8), a_contact(9)])
    assert [each.attempt.list_row for each in queue.reserve(2)] == [8, 9]
    assert len(queue.database.facts(AttemptDeferred)) == 7


# ------------------------------------------------------------------------------ one number, limits
def test_a_number_that_is_being_called_elsewhere_waits(rulebook: Rulebook) -> None:
    """Whatever list or campaign; it is screened again soon."""
    queue = Queue(rulebook, people(1))
    queue.have(an_attempt(9, campaign="second", phone=a_contact(1).phone))
    assert queue.reserve() == []
    assert queue.waits() == after(120)


def test_two_contacts_with_one_number_are_not_called_at_once(rulebook: Rulebook) -> None:
    """One contact's second number may be another's first (D3)."""
    shared = a_contact(1).phone
    queue = Queue(rulebook, [a_contact(1), a_contact(2, phone=shared), a_contact(3)])
    assert [each.attempt.list_row for each in queue.reserve()] == [1, 3]
    assert queue.waits(2) == after(120)


def test_attempts_count_per_number_over_all_campaigns(rulebook: Rulebook) -> None:
    """At most two a day: those of the other list are counted, a cancelled one is not (D3)."""
    limit = (AttemptLimit(max=2, days=1),)
    campaign = a_campaign(settings=some_settings(attempt_limits=limit))
    phone = a_contact(1).phone
    at = NOON - timedelta(hours=3)
    done: dict[str, Any] = {"phone": phone, "reserved_at": at, "placed_at": at, "ended_at": at}
    first = an_attempt(8, campaign="second", disposition=Disposition.NO_ANSWER, **done)
    cancelled = an_attempt(7, campaign="third", state=AttemptState.CANCELLED, **done)
    unknown = an_attempt(9, campaign="third", disposition=Disposition.UNKNOWN, **done)
    for history, allowed in (([first, cancelled], True), ([first, unknown], False)):
        queue = Queue(rulebook, people(1), campaign)
        queue.have(*history)
        assert bool(queue.reserve()) is allowed
        if not allowed:
            assert queue.waits() == at + timedelta(days=1)


# ------------------------------------------------------------------------------------------ preview
PREVIEW = a_campaign(settings=some_settings(dial_mode=DialMode.PREVIEW))


def previewing(rulebook: Rulebook, *agents: Agent, contacts: int = 3) -> Queue:
    """A preview campaign with these agents."""
    queue = Queue(rulebook, people(contacts), PREVIEW)
    with queue.database() as uow:
        for agent in agents:
            uow.agents.add(agent)
    return queue


def test_preview_shows_each_contact_to_a_free_agent(rulebook: Rulebook) -> None:
    """Who is idle longest first; nothing is dialed, and what nobody can look at goes back."""
    queue = previewing(rulebook, an_agent(1), an_agent(2, state_since=after(-999)))
    shown = queue.reserve(3)
    assert [each.attempt.agent_id for each in shown] == [an_agent(2).id, an_agent(1).id]
    assert {each.attempt.state for each in shown} == {AttemptState.RESERVED}
    assert queue.database.rows.agents[an_agent(2).id].attempt_id == shown[0].attempt.id
    assert queue.waits(3) == NOON
    assert len(queue.database.facts(AttemptReserved)) == 2
    assert queue.database.facts(CallPlaced) == []


def test_an_accepted_contact_is_screened_again(rulebook: Rulebook) -> None:
    """Time has passed: a suppression since then keeps it from being dialed (D6)."""
    queue = previewing(rulebook, an_agent(1), an_agent(2))
    first, second = queue.reserve(2)
    with queue.database() as uow:
        uow.suppressions.add(a_suppression(second.attempt.phone))
    with queue.database() as uow:
        accepted = accept(uow, first.attempt, queue.terms(after(20)))
        refused = accept(uow, second.attempt, queue.terms(after(20)))
    assert accepted is not None
    assert accepted.attempt.state is AttemptState.REQUESTED
    assert (accepted.attempt.placed_at, accepted.attempt.dial_by) == (after(20), after(23))
    assert accepted.allow.case_at == after(20)
    assert refused is None
    assert [fact.attempt_id for fact in queue.database.facts(CallPlaced)] == [first.attempt.id]
    kept = queue.database.rows.attempts[second.attempt.id]
    assert (kept.state, kept.ended_at) == (AttemptState.CANCELLED, after(20))


def test_a_cancelled_contact_goes_back_and_frees_its_agent(rulebook: Rulebook) -> None:
    """And is shown again after half an hour."""
    queue = previewing(rulebook, an_agent(1))
    (shown,) = queue.reserve(1)
    with queue.database() as uow:
        cancel(uow, queue.campaign, shown.attempt, "not accepted", after(60))
    assert queue.database.rows.agents[an_agent(1).id] == replace(an_agent(1), attempt_id=None)
    assert queue.waits(1) == after(60 + 1800)
    (fact,) = queue.database.facts(AttemptCancelled)
    assert (fact.reason, fact.agent_id) == ("not accepted", an_agent(1).id)
