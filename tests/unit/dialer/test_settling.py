"""Calls that need looking after."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from campaigns.attempt import Attempt, AttemptState
from compliance.abandonment_definitions import AnsweredBy
from dialer.commands import Connect, HangUp, PlayMessage
from dialer.settling import LONGEST_TALK, SETTLE_AFTER, commands_due, to_ask_for
from tests.builders import NOON, after, an_attempt, ident

RING = timedelta(seconds=25)
LATE = NOON + RING + SETTLE_AFTER + timedelta(seconds=1)


def requested(**changes: Any) -> Attempt:
    """A call whose request was sent at noon."""
    return an_attempt(**changes)


def test_a_call_is_asked_for_when_it_should_have_ended() -> None:
    """Unanswered past its longest ring, and not before."""
    assert to_ask_for([requested()], RING, after(30), taken_over=False) == []
    assert to_ask_for([requested()], RING, LATE, taken_over=False) == [requested()]


def test_after_a_take_over_every_requested_call_is_asked_for() -> None:
    """Not a reservation: nothing of it was ever sent."""
    reserved = an_attempt(2, state=AttemptState.RESERVED)
    assert to_ask_for([requested(), reserved], RING, NOON, taken_over=True) == [requested()]


def test_no_talk_goes_on_for_ever() -> None:
    """It is ended, and asked for until its end is known (D9)."""
    talk = requested(answered_at=NOON, connected_at=after(3), state=AttemptState.CONNECTED)
    in_time, too_long = NOON + LONGEST_TALK, NOON + LONGEST_TALK + timedelta(seconds=1)
    assert commands_due([talk], in_time, taken_over=False) == []
    assert commands_due([talk], too_long, taken_over=False) == [HangUp(talk.id)]
    assert to_ask_for([talk], RING, too_long, taken_over=False) == [talk]


def test_a_suppressed_number_is_hung_up_unless_an_agent_has_it() -> None:
    """Invariant D7."""
    ringing = requested(hang_up_asked_at=after(1))
    taken = requested(hang_up_asked_at=after(1), assigned_at=NOON, agent_id=ident("agent", 1))
    assert commands_due([ringing, taken], after(2), taken_over=False) == [HangUp(ringing.id)]


def test_a_successor_says_again_what_was_decided() -> None:
    """A worker may die between keeping a decision and telling the carrier (P8)."""
    agent = ident("agent", 1)
    assigned = requested(answered_at=NOON, assigned_at=after(1), agent_id=agent)
    abandoned = requested(answered_at=NOON, abandoned_at=after(2), state=AttemptState.ABANDONED)
    machine = requested(answered_at=NOON, answered_by=AnsweredBy.MACHINE)
    waiting = requested(answered_at=NOON, answered_by=AnsweredBy.HUMAN, connect_by=after(4))
    calls = [assigned, abandoned, machine, waiting]
    assert commands_due(calls, after(3), taken_over=False) == []
    assert commands_due(calls, after(3), taken_over=True) == [
        Connect(assigned.id, agent),
        PlayMessage(abandoned.id),
        HangUp(machine.id),
    ]
