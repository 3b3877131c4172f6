"""The question that screening answers: one contact, one channel, one instant.

Field meanings and defaults are those of the screening contract (docs/screening.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum


class Channel(StrEnum):
    """How the contact would be reached."""

    VOICE = "voice"
    SMS = "sms"
    EMAIL = "email"


class Purpose(StrEnum):
    """Why the contact would be reached; many rules bind only some purposes."""

    TELEMARKETING = "telemarketing"
    DEBT_COLLECTION = "debt_collection"
    INFORMATIONAL = "informational"
    SURVEY = "survey"
    CHARITY = "charity"
    POLITICAL = "political"
    HEALTHCARE = "healthcare"


class DialMode(StrEnum):
    """How calls and agents are brought together."""

    PREVIEW = "preview"
    PROGRESSIVE = "progressive"
    PREDICTIVE = "predictive"
    AGENTLESS = "agentless"


class Weekday(StrEnum):
    """Days as the contracts spell them, in ISO order."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


class Direction(StrEnum):
    """Who reached out."""

    OUTBOUND = "outbound"
    INBOUND = "inbound"


class PastOutcome(StrEnum):
    """What an earlier attempt came to."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    MACHINE = "machine"
    ABANDONED = "abandoned"
    CONVERSATION = "conversation"
    REFUSED = "refused"
    FAILED = "failed"
    MESSAGE_LEFT = "message_left"


class ConsentKind(StrEnum):
    """What the contact agreed to, strongest first."""

    EXPRESS_WRITTEN = "express_written"
    EXPRESS = "express"
    EXISTING_RELATIONSHIP = "existing_relationship"
    NONE = "none"


class SuppressionSource(StrEnum):
    """Which kind of list holds a number or address."""

    INTERNAL = "internal"
    NATIONAL = "national"


@dataclass(frozen=True, slots=True)
class OpenSpan:
    """A half-open span [start, end) of local time; an `end` of 00:00 is the day's end."""

    start: time
    end: time


OpenHours = Mapping[Weekday, tuple[OpenSpan, ...]]


@dataclass(frozen=True, slots=True)
class RestrictedPeriod:
    """Local dates, both included, on which the campaign does not reach out."""

    name: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class AttemptLimit:
    """At most `max` attempts on one contact in any `days` x 24 h."""

    max: int
    days: int


@dataclass(frozen=True, slots=True)
class CampaignTerms:
    """What of a campaign bears on whether a contact may be reached."""

    purpose: Purpose = Purpose.TELEMARKETING
    subject: str | None = None
    dial_mode: DialMode = DialMode.PREDICTIVE
    agent_guaranteed: bool | None = None
    max_ring: timedelta = timedelta(seconds=25)
    open_hours: OpenHours | None = None
    restricted_periods: tuple[RestrictedPeriod, ...] = ()
    attempt_limits: tuple[AttemptLimit, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Consent:
    """What the contact agreed to and since when."""

    kind: ConsentKind
    at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """What is known of the contact; `phone` as given, E.164 or national with `country`."""

    phone: str | None = None
    email: str | None = None
    country: str | None = None
    region: str | None = None
    postal_code: str | None = None
    time_zone: str | None = None
    consent: Consent | None = None
    debts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PastAttempt:
    """An earlier attempt on this contact, in either direction."""

    at: datetime
    channel: Channel
    outcome: PastOutcome | None = None
    direction: Direction = Direction.OUTBOUND
    subject: str | None = None
    debts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SuppressionEntry:
    """A list entry that stands against the number or address; `list_name` tells of which list."""

    source: SuppressionSource
    at: datetime | None = None
    list_name: str = ""


@dataclass(frozen=True, slots=True)
class RegistryCopy:
    """How old the copy in use of a registry is; `name` is the jurisdiction's code."""

    name: str
    as_of: date


@dataclass(frozen=True, slots=True)
class Case:
    """One question: may this contact be reached at `at` (an aware instant) on `channel`?"""

    at: datetime
    channel: Channel
    contact: ContactFacts
    campaign: CampaignTerms = field(default_factory=CampaignTerms)
    history: tuple[PastAttempt, ...] = ()
    suppressed: tuple[SuppressionEntry, ...] = ()
    registries: tuple[RegistryCopy, ...] = ()
