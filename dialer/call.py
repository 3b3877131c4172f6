"""One call, from the request to its end: how reports change an attempt, and the facts they make.

A carrier's report holds everything that the carrier knows of a call so far. Merging keeps what is
known and fills in what is not, so that reports may come in any order and any number of copies and
lead to the same end (invariant E5). The state follows from the facts, never from the order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from campaigns.attempt import FINAL_STATES, STATE_CHANGES, Attempt, AttemptState
from campaigns.campaign import AbandonmentTarget
from campaigns.events import (
    AgentConnected,
    CallAbandoned,
    CallAnswered,
    CallClassified,
    CallEnded,
    CallRinging,
    Disposition,
    DispositionRecorded,
    Fact,
)
from compliance.abandonment import deadline, is_abandoned
from compliance.abandonment_definitions import AnsweredBy, DisconnectedBy
from compliance.case import DialMode

__all__ = ["AttemptState", "CallReport", "EndCause", "apply", "facts_of_change"]


class EndCause(StrEnum):
    """Why a call ended, as the network says."""

    NORMAL = "normal"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    INVALID_NUMBER = "invalid_number"
    FAILED = "failed"
    LOST = "lost"
    """The carrier does not know the call, or cannot say what became of it."""


@dataclass(frozen=True, slots=True)
class CallReport:
    """All that a carrier knows of a call so far; None is not known, or has not happened.

    `detected_by` is the detection's verdict, `found_by_agent` what an agent on the line heard; the
    agent's word stands above the machine's.
    """

    attempt_id: str
    dialed_at: datetime | None = None
    rang_at: datetime | None = None
    answered_at: datetime | None = None
    greeting_start_at: datetime | None = None
    greeting_stop_at: datetime | None = None
    detected_at: datetime | None = None
    detected_by: AnsweredBy | None = None
    found_by_agent: AnsweredBy | None = None
    agent_joined_at: datetime | None = None
    message_started_at: datetime | None = None
    ended_at: datetime | None = None
    end_cause: EndCause | None = None
    ended_by: DisconnectedBy | None = None


_PEOPLE = frozenset({AnsweredBy.HUMAN, AnsweredBy.UNKNOWN})


def apply(attempt: Attempt, report: CallReport, target: AbandonmentTarget) -> Attempt:
    """The attempt with what the report adds; a final attempt stays as it is."""
    if attempt.state in FINAL_STATES:
        return attempt
    merged = replace(
        attempt,
        dialed_at=attempt.dialed_at or report.dialed_at,
        rang_at=attempt.rang_at or report.rang_at,
        answered_at=attempt.answered_at or report.answered_at,
        greeting_start_at=attempt.greeting_start_at or report.greeting_start_at,
        greeting_stop_at=attempt.greeting_stop_at or report.greeting_stop_at,
        classified_at=attempt.classified_at or report.detected_at,
        answered_by=report.found_by_agent or attempt.answered_by or report.detected_by,
        connected_at=attempt.connected_at or report.agent_joined_at,
        message_played=attempt.message_played or report.message_started_at is not None,
    )
    # Worked out anew from what is known, so that it depends on the facts and never on their order:
    # it moves when the greeting's end is heard after the verdict.
    merged = replace(merged, connect_by=_connect_by(merged, target))
    if report.ended_at is None:
        return replace(merged, state=_state(merged), abandoned=_is_abandoned_already(merged))
    return _ended(merged, report, target)


def _is_abandoned_already(attempt: Attempt) -> bool:
    """Whether the figures must count the open call as abandoned, however it ends (P4, P7)."""
    if attempt.abandoned_at is not None:
        return True
    owed, came = attempt.connect_by, attempt.connected_at
    return owed is not None and came is not None and came > owed


def _connect_by(attempt: Attempt, target: AbandonmentTarget) -> datetime | None:
    """The instant by which an agent must be on the line, if a person is there.

    Agentless calls owe nobody an agent.
    """
    if attempt.answered_by not in _PEOPLE or attempt.dial_mode is DialMode.AGENTLESS:
        return None
    return deadline(
        target.connection_start_point,
        target.connection_threshold,
        connected_to_system=attempt.answered_at,
        greeting_start=attempt.greeting_start_at,
        greeting_stop=attempt.greeting_stop_at,
    )


def _state(attempt: Attempt) -> AttemptState:
    """What the facts of an open attempt say."""
    if attempt.connected_at is not None:
        return AttemptState.CONNECTED
    if attempt.abandoned_at is not None:
        return AttemptState.ABANDONED
    if attempt.answered_by is AnsweredBy.MACHINE:
        return AttemptState.MACHINE
    if attempt.answered_at is not None:
        return AttemptState.ANSWERED
    if attempt.rang_at is not None:
        return AttemptState.RINGING
    return AttemptState.REQUESTED


def _ended(attempt: Attempt, report: CallReport, target: AbandonmentTarget) -> Attempt:
    if attempt.answered_at is not None and attempt.answered_by is None:
        # It ended before anybody could tell who it was: a person, until shown otherwise.
        attempt = replace(attempt, answered_by=AnsweredBy.UNKNOWN)
    answered = attempt.answered_at is not None
    done = replace(
        attempt,
        ended_at=report.ended_at,
        disconnected_at=report.ended_at if answered else None,
        disconnected_by=report.ended_by if answered else None,
        answered_by=attempt.answered_by or AnsweredBy.NOBODY,
    )
    abandoned = attempt.abandoned_at is not None or _was_abandoned(done, target)
    done = replace(done, abandoned=abandoned)
    disposition = _disposition(done, report.end_cause)
    return replace(done, disposition=disposition, state=_final_state(disposition))


def _was_abandoned(attempt: Attempt, target: AbandonmentTarget) -> bool:
    return is_abandoned(attempt.call, target.connection_start_point, target.connection_threshold)


def _disposition(attempt: Attempt, cause: EndCause | None) -> Disposition:
    if attempt.answered_at is None:
        return _UNANSWERED.get(cause or EndCause.FAILED, Disposition.NO_ANSWER)
    if attempt.dial_mode is DialMode.AGENTLESS:
        return Disposition.MESSAGE_LEFT if attempt.message_played else Disposition.HUNG_UP
    if attempt.answered_by is AnsweredBy.MACHINE:
        return Disposition.MESSAGE_LEFT if attempt.message_played else Disposition.MACHINE
    if attempt.connected_at is not None:
        return Disposition.CONVERSATION
    if attempt.abandoned:
        return Disposition.ABANDONED
    if cause is EndCause.LOST:
        return Disposition.UNKNOWN
    return Disposition.HUNG_UP


_UNANSWERED = {
    EndCause.NORMAL: Disposition.NO_ANSWER,
    EndCause.NO_ANSWER: Disposition.NO_ANSWER,
    EndCause.BUSY: Disposition.BUSY,
    EndCause.INVALID_NUMBER: Disposition.INVALID_NUMBER,
    EndCause.FAILED: Disposition.FAILED,
    EndCause.LOST: Disposition.UNKNOWN,
}


def _final_state(disposition: Disposition) -> AttemptState:
    if disposition is Disposition.FAILED:
        return AttemptState.FAILED
    if disposition is Disposition.UNKNOWN:
        return AttemptState.UNKNOWN
    return AttemptState.ENDED


def is_permitted(before: AttemptState, after: AttemptState) -> bool:
    """Whether the table of state changes leads from one state to the other, in any steps."""
    if before is after:
        return True
    return any(is_permitted(step, after) for step in STATE_CHANGES[before])


def facts_of_change(before: Attempt, after: Attempt) -> list[Fact]:
    """The facts that the change from `before` to `after` publishes, in the order of a call's life.

    A step that was never reported on its own is published too, so that every call tells its whole
    story once.
    """
    facts: list[Fact] = []
    about = {
        "campaign_id": after.campaign_id,
        "contact_id": after.contact_id,
        "attempt_id": after.id,
    }
    if before.rang_at is None and after.rang_at is not None:
        facts.append(CallRinging(occurred_at=after.rang_at, ring_seconds=0.0, **about))
    if before.answered_at is None and after.answered_at is not None:
        facts.append(_answered(after, about))
    if before.classified_at is None and after.classified_at is not None:
        facts.append(_classified(after, about))
    if before.connected_at is None and after.connected_at is not None:
        facts.append(_connected(after, about))
    if _is_told_abandoned(after) and not _is_told_abandoned(before):
        facts.append(_abandoned(after, about))
    if before.ended_at is None and after.ended_at is not None:
        facts.append(_call_ended(after, about))
        facts.append(
            DispositionRecorded(
                occurred_at=after.ended_at, disposition=_known(after.disposition), **about
            )
        )
    return facts


def _is_told_abandoned(attempt: Attempt) -> bool:
    """Abandoned, and known whether the recorded message was played."""
    if attempt.ended_at is not None:
        return attempt.abandoned
    return attempt.abandoned_at is not None and attempt.message_played


def _known(disposition: Disposition | None) -> Disposition:
    assert disposition is not None
    return disposition


def _answered(attempt: Attempt, about: dict[str, str]) -> CallAnswered:
    assert attempt.answered_at is not None
    ring = None if attempt.rang_at is None else (attempt.answered_at - attempt.rang_at)
    return CallAnswered(
        occurred_at=attempt.answered_at,
        ring_seconds=None if ring is None else ring.total_seconds(),
        **about,
    )


def _classified(attempt: Attempt, about: dict[str, str]) -> CallClassified:
    assert attempt.classified_at is not None
    return CallClassified(
        occurred_at=attempt.classified_at,
        answered_by=attempt.answered_by or AnsweredBy.UNKNOWN,
        customer_greeting_start=attempt.greeting_start_at,
        customer_greeting_stop=attempt.greeting_stop_at,
        detection="carrier",
        **about,
    )


def _connected(attempt: Attempt, about: dict[str, str]) -> AgentConnected:
    assert attempt.connected_at is not None
    assert attempt.agent_id is not None
    since = attempt.classified_at or attempt.answered_at or attempt.connected_at
    return AgentConnected(
        occurred_at=attempt.connected_at,
        agent_id=attempt.agent_id,
        wait_seconds=max(0.0, (attempt.connected_at - since).total_seconds()),
        **about,
    )


def _abandoned(attempt: Attempt, about: dict[str, str]) -> CallAbandoned:
    at = attempt.abandoned_at or attempt.ended_at
    assert at is not None
    return CallAbandoned(occurred_at=at, recorded_message_played=attempt.message_played, **about)


def _call_ended(attempt: Attempt, about: dict[str, str]) -> CallEnded:
    assert attempt.ended_at is not None
    return CallEnded(
        occurred_at=attempt.ended_at,
        agent_id=attempt.agent_id if attempt.connected_at is not None else None,
        answered_by=attempt.answered_by or AnsweredBy.NOBODY,
        dial_mode=attempt.dial_mode,
        dialed=attempt.dialed_at,
        rang=attempt.rang_at,
        connected_to_system=attempt.answered_at,
        customer_greeting_start=attempt.greeting_start_at,
        customer_greeting_stop=attempt.greeting_stop_at,
        connected_to_agent=attempt.connected_at,
        disconnected=attempt.disconnected_at,
        disconnected_by=attempt.disconnected_by,
        recorded_message_played=attempt.message_played,
        abandoned=attempt.abandoned,
        disposition=_known(attempt.disposition),
        **about,
    )
