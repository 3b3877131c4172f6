"""One dial of one contact: its facts, its states, and which state may follow which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from campaigns.events import Disposition
from compliance.abandonment import NO_CALLS, Counts, count
from compliance.abandonment_definitions import PERSONS, AnsweredBy, Definition, DisconnectedBy
from compliance.case import DialMode
from compliance.ended_call import EndedCall


class AttemptState(StrEnum):
    """How far an attempt has come."""

    RESERVED = "reserved"
    REQUESTED = "requested"
    RINGING = "ringing"
    ANSWERED = "answered"
    CONNECTED = "connected"
    ABANDONED = "abandoned"
    MACHINE = "machine"
    ENDED = "ended"
    CANCELLED = "cancelled"
    FAILED = "failed"
    UNKNOWN = "unknown"


FINAL_STATES = frozenset(
    {AttemptState.ENDED, AttemptState.CANCELLED, AttemptState.FAILED, AttemptState.UNKNOWN}
)
"""States that never change again."""

_S = AttemptState
STATE_CHANGES: dict[AttemptState, frozenset[AttemptState]] = {
    _S.RESERVED: frozenset({_S.REQUESTED, _S.CANCELLED}),
    _S.REQUESTED: frozenset({_S.RINGING, _S.ANSWERED, _S.ENDED, _S.FAILED, _S.UNKNOWN}),
    _S.RINGING: frozenset({_S.ANSWERED, _S.ENDED, _S.FAILED, _S.UNKNOWN}),
    _S.ANSWERED: frozenset({_S.CONNECTED, _S.ABANDONED, _S.MACHINE, _S.ENDED, _S.UNKNOWN}),
    _S.CONNECTED: frozenset({_S.ENDED, _S.UNKNOWN}),
    _S.ABANDONED: frozenset({_S.ENDED, _S.UNKNOWN}),
    _S.MACHINE: frozenset({_S.ENDED, _S.UNKNOWN}),
} | {final: frozenset() for final in FINAL_STATES}
"""Each permitted step. A report may carry a call several steps at once."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One dial of one contact, and everything that is known of its call.

    `number` counts the attempts on the contact in the campaign from 1. `dial_by` is the instant
    past which the reservation must not be dialed. `connect_by` is the instant by which an agent
    must be on the line; it is set once a person is there. `hang_up_asked_at` is set when the number
    was suppressed meanwhile: the dialer ends the call unless an agent is on the line. `refused`:
    the person refused in the conversation, as the agent said in wrap-up.
    """

    id: str
    account: str
    campaign_id: str
    contact_id: str
    number: int
    list_row: int
    priority: int
    phone: str
    phone_index: int
    phone_count: int
    subject: str | None
    dial_mode: DialMode
    state: AttemptState
    reserved_at: datetime
    dial_by: datetime
    epoch: int
    time_zones: tuple[str, ...]
    rulebook: str
    placed_at: datetime | None = None
    dialed_at: datetime | None = None
    rang_at: datetime | None = None
    answered_at: datetime | None = None
    greeting_start_at: datetime | None = None
    greeting_stop_at: datetime | None = None
    classified_at: datetime | None = None
    answered_by: AnsweredBy | None = None
    connect_by: datetime | None = None
    agent_id: str | None = None
    assigned_at: datetime | None = None
    connected_at: datetime | None = None
    abandoned_at: datetime | None = None
    hang_up_asked_at: datetime | None = None
    message_played: bool = False
    abandoned: bool = False
    disconnected_at: datetime | None = None
    disconnected_by: DisconnectedBy | None = None
    ended_at: datetime | None = None
    disposition: Disposition | None = None
    refused: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the attempt still occupies a line or waits to."""
        return self.ended_at is None

    @property
    def is_waiting(self) -> bool:
        """Whether a person is on the line and neither an agent nor the message is."""
        return (
            self.connect_by is not None
            and self.assigned_at is None
            and self.abandoned_at is None
            and self.ended_at is None
        )

    @property
    def call(self) -> EndedCall:
        """The call's facts as far as they are known, as its `Call Ended` event will have them."""
        return EndedCall(
            campaign_id=self.campaign_id,
            attempt_id=self.id,
            time=self.ended_at or self.reserved_at,
            answered_by=self.answered_by or AnsweredBy.NOBODY,
            dial_mode=self.dial_mode,
            connected_to_system=self.answered_at,
            greeting_start=self.greeting_start_at,
            greeting_stop=self.greeting_stop_at,
            connected_to_agent=self.connected_at,
            disconnected=self.disconnected_at,
            disconnected_by=self.disconnected_by,
            recorded_message_played=self.message_played,
        )

    def live_counts(self, definition: Definition) -> Counts:
        """What it adds to the calls that a person answered, and to the abandoned among them.

        A person who still waits is live and not abandoned yet.
        """
        if self.answered_by not in PERSONS or self.answered_at is None:
            return NO_CALLS
        waits = self.is_open and self.connected_at is None and self.abandoned_at is None
        if waits and self.dial_mode in definition.dial_modes:
            return Counts(rate_of=1, live_answered=1)
        return count(self.call, definition)
