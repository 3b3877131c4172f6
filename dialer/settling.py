"""Calls that need looking after: to be ended, asked for, or told again what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from campaigns.attempt import Attempt, AttemptState
from compliance.abandonment_definitions import AnsweredBy
from dialer.commands import Command, Connect, HangUp, PlayMessage

SETTLE_AFTER = timedelta(seconds=30)
"""A call still unanswered so long after its longest ring is asked for."""

LONGEST_TALK = timedelta(hours=2)
"""A call is ended after so long, and asked for until its end is known (invariant D9)."""


def to_ask_for(
    open_attempts: Sequence[Attempt], max_ring: timedelta, now: datetime, *, taken_over: bool
) -> list[Attempt]:
    """Whose end should be known by now; after a take-over, all that were requested."""
    return [
        attempt
        for attempt in open_attempts
        if attempt.state is not AttemptState.RESERVED
        and (taken_over or _is_overdue(attempt, max_ring, now))
    ]


def _is_overdue(attempt: Attempt, max_ring: timedelta, now: datetime) -> bool:
    if attempt.answered_at is None:
        return attempt.reserved_at + max_ring + SETTLE_AFTER < now
    return attempt.answered_at + LONGEST_TALK < now


def commands_due(
    open_attempts: Sequence[Attempt], now: datetime, *, taken_over: bool
) -> list[Command]:
    """What the carrier is to be told: calls to end, and after a take-over what a predecessor
    decided and may not have sent. A carrier that was told already does nothing."""
    commands: list[Command] = []
    for attempt in open_attempts:
        if _must_end(attempt, now):
            commands.append(HangUp(attempt.id))
        elif taken_over:
            commands += _decided(attempt)
    return commands


def _must_end(attempt: Attempt, now: datetime) -> bool:
    if attempt.hang_up_asked_at is not None and attempt.assigned_at is None:
        return True
    return attempt.answered_at is not None and attempt.answered_at + LONGEST_TALK < now


def _decided(attempt: Attempt) -> list[Command]:
    """What was decided about a live call, from its facts."""
    if attempt.assigned_at is not None and attempt.agent_id is not None:
        return [] if attempt.connected_at else [Connect(attempt.id, attempt.agent_id)]
    if attempt.abandoned_at is not None:
        return [] if attempt.message_played else [PlayMessage(attempt.id)]
    if attempt.answered_by is AnsweredBy.MACHINE:
        return [HangUp(attempt.id)]
    return []
