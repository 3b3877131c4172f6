"""What pacing learns from attempts and agents that changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from campaigns.attempt import Attempt
from campaigns.events import AgentStateChanged, Disposition
from compliance.abandonment_definitions import AnsweredBy
from dialer.forecast import (
    Abandoned,
    AgentChanged,
    Answered,
    CallOutcome,
    Connected,
    Dialed,
    GuestChanged,
    HungUp,
    InboundArrived,
    Live,
    Observation,
    Party,
    Result,
    TalkEnded,
)
from dialer.inbound_load import InboundLoad, arrivals

_RESULTS = {
    Disposition.NO_ANSWER: CallOutcome.NO_ANSWER,
    Disposition.BUSY: CallOutcome.BUSY,
    Disposition.INVALID_NUMBER: CallOutcome.INVALID,
    Disposition.FAILED: CallOutcome.INVALID,
    Disposition.UNKNOWN: CallOutcome.NO_ANSWER,
    Disposition.MACHINE: CallOutcome.MACHINE,
}


def of_dialed(attempts: Sequence[Attempt], start: datetime) -> list[Observation]:
    """Calls that were just placed."""
    return [Dialed(_seconds(attempt.reserved_at, start), attempt.id) for attempt in attempts]


def of_agents(facts: Sequence[AgentStateChanged], start: datetime) -> list[Observation]:
    """Agents' changes of state."""
    return [
        AgentChanged(_seconds(fact.occurred_at, start), fact.agent_id, fact.state) for fact in facts
    ]


def of_guests(facts: Sequence[AgentStateChanged], start: datetime) -> list[Observation]:
    """Changes of agents who serve another campaign now, and the learning one next."""
    return [
        GuestChanged(_seconds(fact.occurred_at, start), fact.agent_id, fact.state) for fact in facts
    ]


def of_inbound(
    reports: Sequence[tuple[InboundLoad, InboundLoad]], start: datetime
) -> list[Observation]:
    """What two reports of inbound calls, one after the other, tell of how often they arrive."""
    return [
        InboundArrived(_seconds(after.reported_at, start), *arrivals(before, after))
        for before, after in reports
    ]


def of_changes(changes: Sequence[tuple[Attempt, Attempt]], start: datetime) -> list[Observation]:
    """What attempts that changed tell, in the order of a call's life."""
    return [seen for before, after in changes for seen in _of_change(before, after, start)]


def _of_change(before: Attempt, after: Attempt, start: datetime) -> list[Observation]:
    seen: list[Observation] = []
    dialed_at = after.placed_at or after.reserved_at
    answered = after.answered_at
    if answered is not None and before.answered_at is None:
        seen.append(Answered(_seconds(answered, start), after.id, _seconds(answered, dialed_at)))
    if after.connect_by is not None and before.connect_by is None and answered is not None:
        at = after.classified_at or answered
        seen.append(Live(_seconds(at, start), after.id, _seconds(answered, dialed_at)))
    if after.connected_at is not None and before.connected_at is None:
        since = after.classified_at or answered or after.connected_at
        seen.append(
            Connected(
                _seconds(after.connected_at, start),
                after.id,
                after.agent_id or "",
                max(0.0, _seconds(after.connected_at, since)),
            )
        )
    if after.abandoned_at is not None and before.abandoned_at is None:
        seen.append(Abandoned(_seconds(after.abandoned_at, start), after.id))
    if before.ended_at is None and after.ended_at is not None:
        seen.extend(_of_end(after, after.ended_at, dialed_at, start))
    return seen


def _of_end(
    attempt: Attempt, ended_at: datetime, dialed_at: datetime, start: datetime
) -> list[Observation]:
    t = _seconds(ended_at, start)
    if attempt.connected_at is not None:
        machine = attempt.answered_by is AnsweredBy.MACHINE
        return [
            TalkEnded(
                t,
                attempt.id,
                attempt.agent_id or "",
                max(0.0, _seconds(ended_at, attempt.connected_at)),
                Party.MACHINE if machine else Party.HUMAN,
            )
        ]
    if attempt.disposition is Disposition.HUNG_UP:
        return [HungUp(t, attempt.id)]
    outcome = _RESULTS.get(attempt.disposition) if attempt.disposition else None
    if outcome is None:
        return []
    return [Result(t, attempt.id, outcome, max(0.0, _seconds(ended_at, dialed_at)))]


def _seconds(instant: datetime, since: datetime) -> float:
    return (instant - since).total_seconds()
