"""The published facts: one model for each detail-type, its JSON Schema, and the sealed envelope.

A fact says what happened; it has no sequence and no id yet. `seal` adds both and makes the text
that is stored in the outbox and sent to every publisher, byte for byte the same on each delivery.

What every detail holds: `eventId`, `schemaVersion`, `sequence`, `occurredAt`, and of
`campaignId`, `contactId`, `attemptId`, `agentId`, `contactListId` those that apply; an id that does
not apply is left out. A field of the detail-type's own is always there, null where there is nothing
to say.

Nothing here holds a phone number, an e-mail address or a name of a customer: `contactId` is the
reference, and `phoneHash` (keyed) joins across lists.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from json.encoder import encode_basestring
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)
from pydantic.alias_generators import to_camel

from campaigns.campaign import CampaignState
from compliance.abandonment_definitions import AnsweredBy, DisconnectedBy
from compliance.case import DialMode

SOURCE = "fairdial"
"""The envelope's `source`."""

EVENT_NAMESPACE = uuid.UUID("7d1f5a52-6c0e-5b0a-9a53-2f3b8f6f2c11")
"""The namespace of every event id; another value would give known events new ids."""

INSTANT_PATTERN = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$"
"""How an instant is written: RFC 3339, UTC, milliseconds, `Z`."""

TEXT_LENGTH = 500
"""What a person typed is cut to so many characters."""


class Disposition(StrEnum):
    """What one attempt came to, as the dialer saw it."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    MACHINE = "machine"
    MESSAGE_LEFT = "message_left"
    ABANDONED = "abandoned"
    CONVERSATION = "conversation"
    FAILED = "failed"
    INVALID_NUMBER = "invalid_number"
    HUNG_UP = "hung_up"
    """The customer left before an agent came."""
    UNKNOWN = "unknown"


class FinishReason(StrEnum):
    """Why a contact will not be tried again in its campaign."""

    CONVERSATION = "conversation"
    MESSAGE_LEFT = "message_left"
    HUNG_UP = "hung_up"
    UNKNOWN = "unknown"
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"
    DENIED = "denied"
    SUPPRESSED = "suppressed"
    INVALID_NUMBER = "invalid_number"
    CAMPAIGN_ENDED = "campaign_ended"
    ERASED = "erased"


class AgentState(StrEnum):
    """What an agent is doing."""

    OUT = "out"
    IDLE = "idle"
    TALK = "talk"
    WRAP = "wrap"
    BREAK = "break"


def instant_text(instant: datetime) -> str:
    """An aware instant as events write it: UTC, milliseconds (the rest is cut off), `Z`."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def _utc_milliseconds(instant: datetime) -> datetime:
    # A fact holds exactly what it publishes, so that a figure folded from facts equals a recount
    # from the published lines.
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    excess = instant.microsecond % 1000
    return instant.replace(microsecond=instant.microsecond - excess) if excess else instant


def _utc_text(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds")[:-6] + "Z"


def _milliseconds(seconds: float) -> float:
    return round(seconds, 3)


_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_BETWEEN_DIGITS = r"[ ().\-/\u2010-\u2015]*"
_PHONE = re.compile(rf"\+\d(?:{_BETWEEN_DIGITS}\d){{6,}}|\d(?:{_BETWEEN_DIGITS}\d){{9,}}")


def _publishable(text: str) -> str:
    # What a person types may hold a customer's number. Refusing it would refuse the stop or the
    # pause that it explains, so the address is taken out instead, and the rest made one short line.
    line = " ".join(text.split())
    return _PHONE.sub("[removed]", _EMAIL.sub("[removed]", line))[:TEXT_LENGTH]


Instant = Annotated[
    AwareDatetime,
    AfterValidator(_utc_milliseconds),
    PlainSerializer(_utc_text, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": INSTANT_PATTERN}),
]
"""An instant: aware in Python (naive is refused), kept in UTC and whole milliseconds."""

Seconds = Annotated[float, Field(ge=0), AfterValidator(_milliseconds)]
"""A duration in seconds, kept to three decimals."""

Id = Annotated[str, Field(min_length=1, max_length=128)]
"""A reference to something of ours; opaque to consumers."""

Code = Annotated[str, Field(min_length=1, max_length=200)]
"""A value from a list or a version, never what a person typed about a customer."""

Text = Annotated[str, AfterValidator(_publishable)]
"""What a person typed; what looks like a phone number or an e-mail address is taken out."""

Count = Annotated[int, Field(ge=0)]
"""A whole number, zero or more."""


def _is_none(value: object) -> bool:
    return value is None


class _Published(BaseModel):
    """How every published value behaves: strict, frozen, camelCase outside."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


class Fact(_Published):
    """What happened, without sequence and id. Make one of the subclasses in `CATALOGUE`."""

    detail_type: ClassVar[str]
    schema_version: ClassVar[int] = 1

    occurred_at: Annotated[Instant, Field(description="When it happened.")]
    campaign_id: Annotated[
        Id | None, Field(description="The campaign it belongs to.", exclude_if=_is_none)
    ] = None
    contact_id: Annotated[
        Id | None, Field(description="The contact it is about.", exclude_if=_is_none)
    ] = None
    attempt_id: Annotated[
        Id | None, Field(description="The attempt: one dial of one contact.", exclude_if=_is_none)
    ] = None
    agent_id: Annotated[
        Id | None, Field(description="The agent it is about.", exclude_if=_is_none)
    ] = None
    contact_list_id: Annotated[
        Id | None, Field(description="The list it is about.", exclude_if=_is_none)
    ] = None

    @property
    def subject_kind(self) -> str:
        """What `sequence` counts along: `contact`, else `agent`, `campaign`, `contact-list`."""
        if self.contact_id is not None:
            return "contact"
        if self.agent_id is not None:
            return "agent"
        return "contact-list" if self.campaign_id is None else "campaign"

    @property
    def subject(self) -> str:
        """The id that `sequence` counts along: the contact's, else agent's, campaign's, list's."""
        subject = self.contact_id or self.agent_id or self.campaign_id or self.contact_list_id
        if subject is None:
            raise NoSubjectError(self.detail_type)
        return subject


class NoSubjectError(ValueError):
    """A fact that names no contact, agent, campaign or list has nothing to be counted along."""

    def __init__(self, detail_type: str) -> None:
        super().__init__(
            f"{detail_type} needs a subject: give contact_id, agent_id, campaign_id or "
            "contact_list_id"
        )


class _SubjectFact(Fact):
    """A fact that may be about several kinds of things, but about one at least."""

    @model_validator(mode="after")
    def _has_subject(self) -> Self:
        _ = self.subject
        return self


class _CampaignFact(Fact):
    """A fact about a whole campaign: counted along the campaign, never along a contact."""

    campaign_id: Annotated[Id, Field(description="The campaign.")]
    contact_id: None = None
    attempt_id: None = None
    agent_id: None = None


class _ContactFact(Fact):
    """A fact about a contact in a campaign."""

    campaign_id: Annotated[Id, Field(description="The campaign.")]
    contact_id: Annotated[Id, Field(description="The contact.")]


class _AttemptFact(_ContactFact):
    """A fact about one attempt."""

    attempt_id: Annotated[Id, Field(description="The attempt: one dial of one contact.")]


class _CampaignStateChange(_CampaignFact):
    state: Annotated[CampaignState, Field(description="The campaign's state from now on.")]
    previous_state: Annotated[
        CampaignState | None, Field(description="Its state until now; null for a new one.")
    ]
    reason: Annotated[Text | None, Field(description="Why, if a person or the system said so.")]


class CampaignCreated(_CampaignStateChange):
    """A campaign was created, as a draft."""

    detail_type = "Campaign Created"


class CampaignScheduled(_CampaignStateChange):
    """A campaign will start by itself at its start time."""

    detail_type = "Campaign Scheduled"


class CampaignStarted(_CampaignStateChange):
    """A campaign started: its contacts may be dialed from now on."""

    detail_type = "Campaign Started"


class CampaignPaused(_CampaignStateChange):
    """A campaign was paused: no new call is placed until it is resumed."""

    detail_type = "Campaign Paused"


class CampaignResumed(_CampaignStateChange):
    """A paused campaign dials again."""

    detail_type = "Campaign Resumed"


class CampaignStopped(_CampaignStateChange):
    """A campaign was stopped by a person; only a person can reopen it."""

    detail_type = "Campaign Stopped"


class CampaignCompleted(_CampaignStateChange):
    """A campaign came to its end: every contact is finished or its end time is reached."""

    detail_type = "Campaign Completed"


class CampaignFailed(_CampaignStateChange):
    """A campaign cannot go on; the reason says why."""

    detail_type = "Campaign Failed"


class CampaignReopened(_CampaignStateChange):
    """A stopped or failed campaign was reopened; it is paused until a person resumes it."""

    detail_type = "Campaign Reopened"


class ContactListImported(Fact):
    """A contact list was imported: accepted + rejected + duplicate = read."""

    detail_type = "Contact List Imported"

    contact_id: None = None
    attempt_id: None = None
    agent_id: None = None
    contact_list_id: Annotated[Id, Field(description="The list.")]
    read: Annotated[Count, Field(description="Data rows read.")]
    accepted: Annotated[Count, Field(description="Rows that became contacts.")]
    rejected: Annotated[Count, Field(description="Rows that were refused, each with a reason.")]
    duplicate: Annotated[Count, Field(description="Rows whose number an earlier row had.")]


class _PermissionChange(_SubjectFact):
    phone_hash: Annotated[
        Code | None, Field(description="Keyed hash of the number; null if it is not about one.")
    ]
    scope: Annotated[Code, Field(description="How far it reaches: a list, campaign or account.")]
    basis: Annotated[Code, Field(description="On what ground: the kind of list or of consent.")]
    source: Annotated[Code, Field(description="Where it came from.")]


class ContactSuppressed(_PermissionChange):
    """A contact must not be reached any more within the scope."""

    detail_type = "Contact Suppressed"


class ConsentRecorded(_PermissionChange):
    """A contact consented to be reached."""

    detail_type = "Consent Recorded"


class ConsentRevoked(_PermissionChange):
    """A contact took a consent back."""

    detail_type = "Consent Revoked"


class SuppressionRemoved(_SubjectFact):
    """A suppression was wrong and was taken away; other entries may stand all the same."""

    detail_type = "Suppression Removed"

    phone_hash: Annotated[Code, Field(description="Keyed hash of the number.")]
    scope: Annotated[Code, Field(description="How far it reached: a campaign or the account.")]
    source: Annotated[Code, Field(description="The kind of list that it stood on.")]
    reason: Annotated[Text, Field(description="Why, in that person's words.")]


class _OptOutReview(_SubjectFact):
    phone_hash: Annotated[Code, Field(description="Keyed hash of the number or address.")]
    channel: Annotated[Code, Field(description="How the message came.")]


class OptOutReviewOpened(_OptOutReview):
    """A contact's message waits for a reader; until then the contact is not reached."""

    detail_type = "Opt Out Review Opened"


class OptOutReviewDecided(_OptOutReview):
    """Somebody read a contact's message; `Consent Revoked` tells what follows, if anything."""

    detail_type = "Opt Out Review Decided"

    decision: Annotated[Code, Field(description="What was made of it.")]


class _ListFact(Fact):
    """A fact about a suppression list or an area: counted along it, as along any list."""

    campaign_id: None = None
    contact_id: None = None
    attempt_id: None = None
    agent_id: None = None
    contact_list_id: Annotated[Id, Field(description="The suppression list or area.")]
    scope: Annotated[Code, Field(description="How far it reaches: a campaign or the account.")]


class _SuppressionList(_ListFact):
    kind: Annotated[Code, Field(description="What the list is.")]
    jurisdiction: Annotated[
        Code | None, Field(description="Of a registry the code of its rules; else null.")
    ]
    list_version: Annotated[int, Field(ge=1, description="1 for the first copy of that name.")]


class SuppressionListImported(_SuppressionList):
    """A suppression list was imported whole; it takes the place of an earlier copy."""

    detail_type = "Suppression List Imported"

    as_of: Annotated[Code, Field(description="The date of the copy, ISO 8601.")]
    numbers: Annotated[Count, Field(description="How many numbers it holds.")]
    sha256: Annotated[Code, Field(description="Of the file that it came from.")]


class SuppressionListRemoved(_SuppressionList):
    """A suppression list is no longer in use."""

    detail_type = "Suppression List Removed"

    reason: Annotated[Text, Field(description="Why, in that person's words.")]


class AreaSuppressed(_ListFact):
    """An area is not called any more."""

    detail_type = "Area Suppressed"

    area: Annotated[Code, Field(description="How numbers begin, or a region or country.")]
    basis: Annotated[Text, Field(description="Why, in a word or two.")]


class AreaOpened(_ListFact):
    """An area may be called again."""

    detail_type = "Area Opened"

    area: Annotated[Code, Field(description="How numbers begin, or a region or country.")]
    reason: Annotated[Text, Field(description="Why, in that person's words.")]


class Reason(_Published):
    """A rule that stands against an attempt."""

    code: Annotated[Code, Field(description="The kind of reason, as screening names it.")]
    rule: Annotated[Code, Field(description="The rule in the rulebook.")]
    citation: Annotated[str, Field(description="Where the rule comes from.")]


class AttemptReserved(_AttemptFact):
    """A contact was set aside for an agent to look at; nothing was dialed."""

    detail_type = "Attempt Reserved"

    dial_mode: Annotated[DialMode, Field(description="How the call would be placed.")]


class AttemptCancelled(_AttemptFact):
    """A reserved attempt ended before any request to dial was sent."""

    detail_type = "Attempt Cancelled"

    reason: Annotated[Code, Field(description="Why.")]


class AttemptDeferred(_ContactFact):
    """A contact may not be reached now, but may be from `notBefore` on."""

    detail_type = "Attempt Deferred"

    not_before: Annotated[Instant, Field(description="The first instant at which it may be.")]
    reasons: Annotated[
        tuple[Reason, ...], Field(min_length=1, description="Every rule that stands against it.")
    ]


class AttemptDenied(_ContactFact):
    """A contact may not be reached, and no later time makes it right."""

    detail_type = "Attempt Denied"

    not_before: None = Field(
        default=None, init=False, description="Always null: no later time makes it right."
    )
    reasons: Annotated[
        tuple[Reason, ...], Field(min_length=1, description="Every rule that stands against it.")
    ]


class CallPlaced(_AttemptFact):
    """The attempt was committed and the request to dial was sent.

    `occurredAt` is the instant at which dialing starts, the one that was screened.
    """

    detail_type = "Call Placed"

    placed_at: Annotated[Instant, Field(description="When the request was sent.")]
    dial_mode: Annotated[DialMode, Field(description="How calls and agents are brought together.")]
    carrier: Annotated[Code, Field(description="The carrier that places the call.")]
    time_zones: Annotated[
        tuple[Code, ...],
        Field(description="The IANA zones that the contact may be in, sorted."),
    ]
    rulebook: Annotated[
        Code, Field(description="Version of the rule data and zone data that allowed the call.")
    ]
    list_row: Annotated[
        int, Field(ge=1, description="The contact's row in its list; first after the header = 1.")
    ]
    phone_hash: Annotated[Code, Field(description="Keyed hash of the number.")]


class CallRinging(_AttemptFact):
    """The contact's phone rings."""

    detail_type = "Call Ringing"

    ring_seconds: Annotated[
        Seconds | None, Field(description="Seconds it has rung so far; null if not known.")
    ]


class CallAnswered(_AttemptFact):
    """The network says that the call was answered; by whom is not known yet."""

    detail_type = "Call Answered"

    ring_seconds: Annotated[
        Seconds | None, Field(description="Seconds it rang; null if no ringing was reported.")
    ]


class CallClassified(_AttemptFact):
    """It is known, or given up, who answered."""

    detail_type = "Call Classified"

    answered_by: Annotated[AnsweredBy, Field(description="Who answered.")]
    customer_greeting_start: Annotated[
        Instant | None, Field(description="When the customer began to speak, if heard.")
    ]
    customer_greeting_stop: Annotated[
        Instant | None, Field(description="When the customer's greeting ended, if heard.")
    ]
    detection: Annotated[Code | None, Field(description="What told it; null for nothing.")]


class AgentConnected(_AttemptFact):
    """Customer and agent can speak."""

    detail_type = "Agent Connected"

    agent_id: Annotated[Id, Field(description="The agent.")]
    wait_seconds: Annotated[Seconds, Field(description="Seconds since the classification.")]


class CallAbandoned(_AttemptFact):
    """A person answered and got no agent in time, by the campaign's own definition."""

    detail_type = "Call Abandoned"

    recorded_message_played: Annotated[
        bool, Field(description="Was the recorded message of the law played?")
    ]


class CallEnded(_AttemptFact):
    """A call is over; exactly one for each `Call Placed`, with every fact of the call."""

    detail_type = "Call Ended"

    agent_id: Annotated[Id | None, Field(description="The agent who had the call, or null.")]
    answered_by: Annotated[AnsweredBy, Field(description="Who answered.")]
    dial_mode: Annotated[DialMode, Field(description="How calls and agents are brought together.")]
    dialed: Annotated[Instant | None, Field(description="When dialing started.")]
    rang: Annotated[Instant | None, Field(description="When the phone began to ring.")]
    connected_to_system: Annotated[Instant | None, Field(description="The network's answer.")]
    customer_greeting_start: Annotated[
        Instant | None, Field(description="When the customer began to speak.")
    ]
    customer_greeting_stop: Annotated[
        Instant | None, Field(description="When the customer's greeting ended.")
    ]
    connected_to_agent: Annotated[
        Instant | None, Field(description="When customer and agent could speak.")
    ]
    disconnected: Annotated[Instant | None, Field(description="When an answered call ended.")]
    disconnected_by: Annotated[
        DisconnectedBy | None, Field(description="Who ended it; null when nobody answered.")
    ]
    recorded_message_played: Annotated[
        bool, Field(description="Was the recorded message of the law played?")
    ]
    abandoned: Annotated[bool, Field(description="Abandoned by the campaign's own definition?")]
    disposition: Annotated[Disposition, Field(description="What the attempt came to.")]


class DispositionRecorded(_AttemptFact):
    """What an attempt came to; exactly one for each `Call Placed`."""

    detail_type = "Disposition Recorded"

    disposition: Annotated[Disposition, Field(description="What the attempt came to.")]


class WrapUpRecorded(_ContactFact):
    """An agent said what a conversation came to."""

    detail_type = "Wrap Up Recorded"

    wrap_up_code: Annotated[Code, Field(description="What the agent said.")]
    due_at: Annotated[
        Instant | None, Field(description="When to call back; null if not asked for.")
    ]


class CallbackRequested(_ContactFact):
    """A contact asked to be called back."""

    detail_type = "Callback Requested"

    wrap_up_code: Annotated[
        Code | None, Field(description="What the agent said; null if no agent was in it.")
    ]
    due_at: Annotated[Instant, Field(description="When to call back.")]


class AgentStateChanged(Fact):
    """An agent's state changed; counted along the agent, so it names no contact."""

    detail_type = "Agent State Changed"

    contact_id: None = None
    attempt_id: None = None
    agent_id: Annotated[Id, Field(description="The agent.")]
    state: Annotated[AgentState, Field(description="The agent's state from now on.")]
    previous_state: Annotated[
        AgentState | None, Field(description="The state until now; null at the first sight.")
    ]


class _AgentMoved(Fact):
    campaign_id: Annotated[Id, Field(description="The campaign.")]
    contact_id: None = None
    attempt_id: None = None
    agent_id: Annotated[Id, Field(description="The agent.")]
    state: Annotated[AgentState, Field(description="The agent's state, which stays as it is.")]


class AgentLeft(_AgentMoved):
    """A shared agent works for another campaign from now on; the campaign is the one left."""

    detail_type = "Agent Left"


class AgentJoined(_AgentMoved):
    """A shared agent works for this campaign from now on, and did for another before."""

    detail_type = "Agent Joined"


class _AbandonmentLimit(_CampaignFact):
    definition: Annotated[Code, Field(description="Whose definition of abandonment.")]
    rate_percent: Annotated[
        float | None, Field(ge=0, description="The rate; null without a live-answered call.")
    ]
    limit_percent: Annotated[float, Field(ge=0, description="The limit.")]
    remaining: Annotated[int, Field(description="How many more may be abandoned; < 0: too many.")]


class AbandonmentLimitApproached(_AbandonmentLimit):
    """A campaign's abandonment rate is near a limit."""

    detail_type = "Abandonment Limit Approached"


class AbandonmentLimitReached(_AbandonmentLimit):
    """A campaign has no abandoned call left under a limit."""

    detail_type = "Abandonment Limit Reached"


class PacingChanged(_CampaignFact):
    """Something else holds the dialing from now on."""

    detail_type = "Pacing Changed"

    bound: Annotated[Code, Field(description="What holds the dialing now.")]


class ContactFinished(_ContactFact):
    """A contact will not be tried again in its campaign."""

    detail_type = "Contact Finished"

    reason: Annotated[FinishReason, Field(description="Why.")]


class ComplianceOverrideUsed(_SubjectFact):
    """A person lifted one of a campaign's own rules for a while, or ended that early."""

    detail_type = "Compliance Override Used"

    rule: Annotated[Code, Field(description="The campaign's own rule that is lifted.")]
    by: Annotated[Id, Field(description="The id of the user who did it.")]
    reason: Annotated[Text, Field(description="Why, in that person's words.")]
    until: Annotated[Instant | None, Field(description="Until when it is lifted; null: for good.")]


class EvidenceSealed(_SubjectFact):
    """How far a chain of evidence reaches: a tail that is cut off later on is missed by this.

    Counted along the campaign whose chain it is, else along the chain, as along any list.
    """

    detail_type = "Evidence Sealed"

    contact_id: None = None
    attempt_id: None = None
    agent_id: None = None
    chain: Annotated[Code, Field(description="The chain: `campaign/<id>` or `account/<account>`.")]
    entries: Annotated[int, Field(ge=1, description="How many entries it has.")]
    seal: Annotated[Code, Field(description="The last entry's seal, a keyed hash in hex.")]


class _WebhookFact(Fact):
    """A fact about a webhook: counted along it, as along any list. Its URL may hold a token."""

    campaign_id: None = None
    contact_id: None = None
    attempt_id: None = None
    agent_id: None = None
    contact_list_id: Annotated[Id, Field(description="The webhook.")]


class WebhookDisabled(_WebhookFact):
    """A webhook gets nothing any more, until a person enables it."""

    detail_type = "Webhook Disabled"

    reason: Annotated[Text, Field(description="Why, as the service or a person said.")]


class WebhookTested(_WebhookFact):
    """Somebody tests a webhook; this event says nothing else."""

    detail_type = "Webhook Tested"


CATALOGUE: Mapping[str, type[Fact]] = MappingProxyType(
    {
        fact.detail_type: fact
        for fact in (
            CampaignCreated,
            CampaignScheduled,
            CampaignStarted,
            CampaignPaused,
            CampaignResumed,
            CampaignStopped,
            CampaignCompleted,
            CampaignFailed,
            CampaignReopened,
            ContactListImported,
            ContactSuppressed,
            SuppressionRemoved,
            SuppressionListImported,
            SuppressionListRemoved,
            AreaSuppressed,
            AreaOpened,
            ConsentRecorded,
            ConsentRevoked,
            OptOutReviewOpened,
            OptOutReviewDecided,
            AttemptReserved,
            AttemptCancelled,
            AttemptDeferred,
            AttemptDenied,
            CallPlaced,
            CallRinging,
            CallAnswered,
            CallClassified,
            AgentConnected,
            CallAbandoned,
            CallEnded,
            DispositionRecorded,
            WrapUpRecorded,
            CallbackRequested,
            AgentStateChanged,
            AgentLeft,
            AgentJoined,
            AbandonmentLimitApproached,
            AbandonmentLimitReached,
            PacingChanged,
            ContactFinished,
            ComplianceOverrideUsed,
            EvidenceSealed,
            WebhookDisabled,
            WebhookTested,
        )
    }
)
"""Every fact that is published, by its detail-type, in the order of a campaign's life."""


@dataclass(frozen=True, slots=True)
class SealedEvent:
    """A fact with its sequence and id, and the text that every publisher sends.

    `subject` is the id that `sequence` counts along; `occurred_at` is UTC; `body` is the whole
    envelope as one line of JSON, the same bytes on every delivery.
    """

    event_id: str
    detail_type: str
    subject: str
    sequence: int
    occurred_at: datetime
    contact_id: str | None
    campaign_id: str | None
    body: str

    @property
    def detail(self) -> str:
        """The `detail` object's own text, cut out of the body unchanged."""
        return self.body[self.body.index(_DETAIL_KEY) + len(_DETAIL_KEY) : -1]

    @property
    def resources(self) -> tuple[str, ...]:
        """The envelope's `resources`."""
        start = self.body.index(_RESOURCES_KEY) + len(_RESOURCES_KEY)
        return tuple(json.loads(self.body[start : self.body.index(_DETAIL_KEY)]))


# A quote inside a JSON string is escaped, so these can only be the envelope's own keys.
_RESOURCES_KEY = ',"resources":'
_DETAIL_KEY = ',"detail":'


class SequenceError(ValueError):
    """A sequence starts at 1."""

    def __init__(self, sequence: int) -> None:
        super().__init__(f"sequence is {sequence}; the first event of a subject has 1")


def seal(fact: Fact, sequence: int, account: str, region: str) -> SealedEvent:
    """The fact as the `sequence`-th event of its subject (1, 2, 3... without gaps).

    The id is made from the account, what the event is about and the sequence, so that sealing the
    same fact again gives the same event. `resources` holds one entry, `campaign/<id>` where the
    event belongs to a campaign and else its subject, so that a subscriber can filter by it.

    Raises:
        NoSubjectError: the fact names nothing that it could be counted along.
        SequenceError: the sequence is not 1 or more.
    """
    if sequence < 1:
        raise SequenceError(sequence)
    subject = fact.subject
    kind = fact.subject_kind
    event_id = str(uuid.uuid5(EVENT_NAMESPACE, f"{account}/{kind}/{subject}/{sequence}"))
    campaign_id = fact.campaign_id
    resource = f"{kind}/{subject}" if campaign_id is None else f"campaign/{campaign_id}"
    detail_type = fact.detail_type
    own_detail = fact.model_dump_json()
    body = (
        f'{{"version":"0","id":"{event_id}","detail-type":"{detail_type}","source":"{SOURCE}",'
        f'"account":{_quoted(account)},"time":"{_utc_text(fact.occurred_at)}",'
        f'"region":{_quoted(region)}{_RESOURCES_KEY}[{_quoted(resource)}]'
        f'{_DETAIL_KEY}{{"eventId":"{event_id}","schemaVersion":{fact.schema_version},'
        f'"sequence":{sequence},{own_detail[1:]}}}'
    )
    return SealedEvent(
        event_id=event_id,
        detail_type=detail_type,
        subject=subject,
        sequence=sequence,
        occurred_at=fact.occurred_at,
        contact_id=fact.contact_id,
        campaign_id=campaign_id,
        body=body,
    )


@lru_cache(maxsize=1024)
def _quoted(text: str) -> str:
    return encode_basestring(text)


def schema_id(detail_type: str, version: int) -> str:
    """The name of a published schema, for example `urn:fairdial:event:call-placed:1`."""
    return f"urn:fairdial:event:{_slug(detail_type)}:{version}"


def schema_file(detail_type: str) -> str:
    """The file of the detail-type's present schema, for example `call-placed.v1.json`."""
    return f"{_slug(detail_type)}.v{CATALOGUE[detail_type].schema_version}.json"


def schema(detail_type: str) -> dict[str, object]:
    """The JSON Schema (2020-12) of the whole event: the envelope and its detail.

    It lets unknown fields pass, since consumers ignore what they do not know.

    Raises:
        KeyError: the detail-type is not in the catalogue.
    """
    fact = CATALOGUE[detail_type]
    own = fact.model_json_schema(mode="serialization")
    definitions = own.get("$defs", {})
    document: dict[str, object] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": schema_id(detail_type, fact.schema_version),
        "title": detail_type,
        "description": own["description"],
        "type": "object",
        "properties": {
            "version": {"description": "The envelope's version.", "const": "0"},
            "id": {
                "description": "Equals `detail.eventId` in this project's logs; EventBridge gives "
                "its own.",
                **_STRING,
            },
            "detail-type": {"description": "What happened.", "const": detail_type},
            "source": {"description": "Who says so.", "const": SOURCE},
            "account": {"description": "The tenant.", **_STRING},
            "time": {
                "description": "Equals `detail.occurredAt`; EventBridge delivers whole seconds.",
                "type": "string",
                "format": "date-time",
                "pattern": INSTANT_PATTERN.replace(r"\.\d{3}", r"(\.\d{3})?"),
            },
            "region": {"description": "Where it was published.", **_STRING},
            "resources": {
                "description": "`campaign/<id>`; without a campaign `agent/<id>`, `contact/<id>` "
                "or `contact-list/<id>`.",
                "type": "array",
                "items": _STRING,
            },
            "detail": _detail_schema(fact, own["properties"]),
        },
        "required": [
            "version",
            "id",
            "detail-type",
            "source",
            "account",
            "time",
            "region",
            "resources",
            "detail",
        ],
    }
    if definitions:
        document["$defs"] = {name: _open(value) for name, value in definitions.items()}
    return document


_STRING = {"type": "string"}


def _slug(detail_type: str) -> str:
    return detail_type.lower().replace(" ", "-")


def _detail_schema(fact: type[Fact], own: Mapping[str, Any]) -> dict[str, object]:
    """The schema of the detail: what sealing adds, then the fact's own fields."""
    properties: dict[str, object] = {
        "eventId": {
            "description": "The same on every delivery; drop what you have seen.",
            "type": "string",
            "format": "uuid",
        },
        "schemaVersion": {
            "description": "The version of this schema.",
            "const": fact.schema_version,
        },
        "sequence": {
            "description": "1, 2, 3... without gaps, along the contact, else the agent, else the "
            "campaign, else the list.",
            "type": "integer",
            "minimum": 1,
        },
    }
    required = list(properties)
    for name, field in fact.model_fields.items():
        alias = to_camel(name)
        if field.exclude_if is not None:
            properties[alias] = _never_null(own[alias])
        elif field.annotation is not type(None) or name not in Fact.model_fields:
            properties[alias] = _open(own[alias])
            required.append(alias)
    return {"type": "object", "properties": properties, "required": required}


def _open(node: Any) -> Any:
    """A generated schema without what binds only our own models: no unknown fields, defaults."""
    if isinstance(node, list):
        return [_open(item) for item in node]
    if not isinstance(node, dict):
        return node
    opened = {
        key: {name: _open(one) for name, one in value.items()}
        if key == "properties"
        else _open(value)
        for key, value in node.items()
        if key not in {"title", "default", "additionalProperties"}
    }
    return _nullable(opened) if "anyOf" in opened else opened


def _nullable(node: dict[str, Any]) -> dict[str, Any]:
    """A choice of one simple type and null, as one list of types."""
    branch, null = node["anyOf"]
    if "type" not in branch:
        return node
    rest = {key: value for key, value in node.items() if key != "anyOf"}
    return {**rest, **branch, "type": [branch["type"], null["type"]]}


def _never_null(node: Any) -> Any:
    """The schema of a field that is left out rather than null."""
    (branch,) = (branch for branch in node["anyOf"] if branch != {"type": "null"})
    return {"description": node["description"], **branch}
