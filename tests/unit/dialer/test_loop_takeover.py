"""Leases, crashes and take-overs of the dial loop: nothing is dialed twice, nobody is forgotten."""

from __future__ import annotations

from dataclasses import replace

import pytest

from campaigns.attempt import AttemptState
from campaigns.events import (
    CallAbandoned,
    Disposition,
)
from compliance.abandonment_definitions import AnsweredBy
from compliance.rulebook import Rulebook
from compliance.rulebook_file import load
from dialer.loop import LEASE_FOR
from dialer.settling import SETTLE_AFTER
from tests.builders import (
    NOON,
    a_contact,
    after,
    an_attempt,
)
from tests.dialing import Room


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    """The bundled rules."""
    return load()


# --------------------------------------------------------------------------- leases and take-overs
def test_two_workers_never_pace_one_campaign(rulebook: Rulebook) -> None:
    """The second one stands by until the first has gone (P1)."""
    room = Room(rulebook)
    second = room.a_worker("second")
    room.tick()
    assert not room.tick(0.5, second).paced
    room.dialer.release()
    assert room.tick(0.1, second).paced


def test_a_worker_whose_lease_was_taken_reserves_nothing(rulebook: Rulebook) -> None:
    """Though it still believes in it: the epoch is checked where it reserves (P1)."""
    room = Room(rulebook)
    room.carrier.up = False
    room.tick()
    room.carrier.up = True
    with room.database() as uow:
        uow.leases.acquire(room.campaign.id, "thief", after(3600), after(7200))
    room.tick()
    assert room.dialed() == []
    assert not room.tick().paced


def test_a_crash_after_the_commit_is_never_dialed_again(rulebook: Rulebook) -> None:
    """The successor asks the carrier; a call that it never heard of is lost (D2)."""
    room = Room(rulebook, agents=2)
    heard, unheard = an_attempt(1), an_attempt(2)
    with room.database() as uow:
        uow.queue.wake(room.campaign.id, NOON, 2)
        uow.queue.claim(room.campaign.id, 2)
        uow.attempts.add([heard, unheard])
        uow.leases.acquire(room.campaign.id, "dead", after(-60), after(-50))
    room.tick()
    lost = room.database.rows.attempts[unheard.id]
    assert (lost.state, lost.disposition) == (AttemptState.UNKNOWN, Disposition.UNKNOWN)
    assert heard.id not in room.dialed()
    assert unheard.id not in room.dialed()


def test_a_successor_counts_and_settles_its_predecessors_calls(rulebook: Rulebook) -> None:
    """They are live lines until they end (P3), and the carrier that knows them is believed."""
    room = Room(rulebook, agents=3)
    room.tick()
    successor = room.a_worker("second")
    room.tick(LEASE_FOR.total_seconds() + 1, successor)
    assert len(room.dialed()) == 3
    for _ in range(60):
        room.tick(dialer=successor)
    assert len(room.dialed()) > 3
    assert {each.disposition for each in room.attempts() if not each.is_open} == {
        Disposition.NO_ANSWER
    }


def test_a_waiting_person_whose_worker_died_counts_as_abandoned(rulebook: Rulebook) -> None:
    """At the first tick of the successor (P8)."""
    room = Room(rulebook)
    waiting = an_attempt(
        1,
        state=AttemptState.ANSWERED,
        answered_at=after(-4),
        classified_at=after(-2),
        answered_by=AnsweredBy.HUMAN,
        connect_by=after(-1),
    )
    with room.database() as uow:
        uow.queue.wake(room.campaign.id, NOON, 1)
        uow.queue.claim(room.campaign.id, 1)
        uow.attempts.add([waiting])
    room.tick()
    assert room.database.rows.attempts[waiting.id].abandoned
    assert len(room.database.facts(CallAbandoned)) == 1


def test_a_take_over_whose_commit_failed_is_made_again(rulebook: Rulebook) -> None:
    """Otherwise the predecessor's calls would never be asked for (P4, P8)."""
    room = Room(rulebook, agents=0)
    with room.database() as uow:
        uow.attempts.add([replace(an_attempt(1), contact_id=a_contact(99).id)])
    room.fails = True
    with pytest.raises(ConnectionError):
        room.tick()
    room.fails = False
    room.tick()
    assert [each.disposition for each in room.attempts()] == [Disposition.UNKNOWN]


def test_a_call_without_an_end_is_asked_for(rulebook: Rulebook) -> None:
    """When it should long have been over (D9)."""
    room = Room(rulebook, agents=1)
    room.tick()
    (call,) = room.attempts()
    room.carrier._calls.clear()
    settle_at = (room.campaign.settings.max_ring + SETTLE_AFTER).total_seconds()
    for _ in range(round(settle_at)):
        room.tick()
    assert room.database.rows.attempts[call.id].is_open
    room.tick()
    assert room.database.rows.attempts[call.id].disposition is Disposition.UNKNOWN
