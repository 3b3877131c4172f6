"""The form of a rule file: which fields and values an entry may have.

A field or value that is not known is an error and never ignored: a misspelt rule would not bind.
calling_rules.yaml explains each field at its top.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator

from compliance.case import Channel, DialMode, PastOutcome
from compliance.rules import CapKey, LegalChannel, LegalPurpose
from compliance.time_zone import known_zones


class RulebookError(ValueError):
    """Rule data that cannot be applied. The message names the entry, the field and the cure."""

    def __init__(self, entry: str, field: str, problem: str) -> None:
        """Say where the data is wrong."""
        super().__init__(f"rules, entry {entry}, field {field}: {problem}")
        self.entry = entry
        self.field = field


def _zone_name(name: str) -> str:
    if name not in known_zones():
        raise ValueError(f"unknown time zone {name!r}")
    return name


def _clock_time(text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d|24:00", text, re.ASCII):
        raise ValueError(f"{text!r} is no time of day; write it in quotes as HH:MM")
    return text


def _pattern(text: str) -> str:
    re.compile(text)
    return text


def _moment(value: object) -> date | datetime:
    """A local date, or an instant in UTC: as YAML reads it, or as a text."""
    found = value
    try:
        if isinstance(value, str):
            plain = _DATE.fullmatch(value)
            found = date.fromisoformat(value) if plain else datetime.fromisoformat(value)
    except ValueError:
        found = None
    if isinstance(found, datetime):
        found = found.astimezone(UTC) if found.tzinfo is not None else None
    if not isinstance(found, date) or not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise ValueError(
            "write a local date such as 2026-12-01, or an instant with its offset from UTC such as"
            f" 2026-12-01T15:00:00Z; years {_FIRST_YEAR} to {_LAST_YEAR}"
        )
    return found


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_Moment = Annotated[date | datetime, PlainValidator(_moment)]
_ZoneName = Annotated[str, AfterValidator(_zone_name)]
_ClockTime = Annotated[str, AfterValidator(_clock_time)]
_Consent = Literal[
    "none",
    "unknown",
    "prior_consent",
    "prior_express_consent",
    "prior_express_written_consent",
    "express_request",
]
_Count = Annotated[int, Field(ge=0, le=1_000_000)]


class _Part(BaseModel):
    # Not strict: enums and lists come as YAML writes them. Numbers and texts are never converted.
    model_config = ConfigDict(frozen=True, extra="forbid")


_Text = Annotated[str, Field(strict=True)]
_Flag = Annotated[bool, Field(strict=True)]


class RawHours(_Part):
    """Opening and closing time."""

    open: Annotated[_ClockTime, Field(strict=True)]
    close: Annotated[_ClockTime, Field(strict=True)]


class RawWindow(RawHours):
    """Hours in which channels are allowed."""

    id: _Text
    channels: Annotated[list[LegalChannel], Field(min_length=1)]
    days: list[Annotated[int, Field(strict=True, ge=1, le=7)]]
    kind: Literal[
        "statute", "regulation", "regulator_guidance", "industry_code", "recommended_default"
    ]
    cite: _Text | None = None


class RawExemption(_Part):
    """Consent that lifts a rule."""

    kind: Literal[
        "existing_relationship",
        "prior_consent",
        "prior_express_consent",
        "prior_express_written_consent",
    ]
    within_months: Annotated[int, Field(strict=True, ge=1, le=1200)] | None = None


class RawCalendar(_Part):
    """A calendar of the `holidays` package."""

    country: _Text
    subdiv: _Text | None = None


class RawAddedDay(_Part):
    """Days that the calendar lacks."""

    name: _Text
    rule: _Text
    note: _Text | None = None


class RawRemovedDay(_Part):
    """A day that the calendar has too many."""

    name: _Text


class RawReducedHours(RawHours):
    """Hours that replace the normal ones on holidays."""

    channels: list[LegalChannel]


class RawHolidays(_Part):
    """What holidays change."""

    policy: Literal["banned", "allowed", "reduced_window", "unknown"]
    calendar: RawCalendar | None = None
    add: list[RawAddedDay] = []
    remove: list[RawRemovedDay] = []
    eve_window: RawHours | None = None
    reduced: RawReducedHours | None = None
    observed: _Flag = False
    substitutes_of_subdivisions: _Flag = False
    also_of_subdivision: _Flag = False
    override: _Consent = "none"
    lifted_by: list[RawExemption] = []
    note: _Text | None = None


class RawCap(_Part):
    """A legal cap on attempts."""

    id: _Text
    count: Annotated[_Count, Field(strict=True)]
    period: _Text
    window: Literal["rolling", "calendar"]
    scope: _Text
    counts: Literal["attempts", "completed_solicitations", "conversations"]
    effect: Literal["deny", "presumption"]
    purposes: list[LegalPurpose] | None = None
    channels: list[LegalChannel] | None = None
    key: CapKey = CapKey.CONTACT
    media: list[Channel] = [Channel.VOICE]
    after: Literal[PastOutcome.CONVERSATION, PastOutcome.REFUSED] | None = None
    outcomes_not_counted: list[PastOutcome] = []
    lifted_by: list[RawExemption] = []
    exceptions: list[_Text] = []
    cite: _Text | None = None
    note: _Text | None = None


class RawDuty(_Part):
    """Consent that must be on file."""

    id: _Text
    channels: Annotated[list[LegalChannel], Field(min_length=1)]
    kind: Literal["prior_consent", "prior_express_consent", "prior_express_written_consent"]
    except_modes: list[DialMode] = []
    cite: _Text


class RawBan(_Part):
    """A barred channel."""

    channel: LegalChannel
    unless: _Consent


class RawCooldown(_Part):
    """Hours without a call after an outcome."""

    hours: Annotated[_Count, Field(strict=True)] | None
    lifted_by_guaranteed_agent: _Flag = False
    cite: _Text | None = None
    exception: _Text | None = None
    note: _Text | None = None


class RawRegistry(_Part):
    """A do-not-call list."""

    name: _Text
    scrub_interval_days: Annotated[_Count, Field(strict=True)] | None
    grace_days: Annotated[_Count, Field(strict=True)] | None = None


class RawLists(_Part):
    """The do-not-call lists of a place."""

    registries: list[RawRegistry] = []
    internal: object = None
    exceptions: list[RawExemption] | None = None
    exceptions_note: _Text | None = None
    note: _Text | None = None


class RawScope(_Part):
    """Whom and what an entry covers."""

    purposes: list[LegalPurpose]
    called_party: Literal["consumer", "business", "any"]
    exempt: list[_Text] = []


class RawSource(_Part):
    """Where an entry comes from."""

    cite: _Text
    url: _Text | None = None
    seen: Literal["text", "official", "summary", "none"]


class RawEntry(_Part):
    """A jurisdiction or overlay; fields typed `object` are notes that decide nothing."""

    code: Annotated[str, Field(strict=True, pattern=r"^[A-Z]{2}(-[A-Z0-9][A-Z0-9-]{0,19})?$")]
    name: _Text
    level: Literal["country", "subdivision", "overlay", "city"]
    extends: _Text | None = None
    timezones: Annotated[list[_ZoneName], Field(min_length=1)]
    scope: RawScope | None = None
    windows: list[RawWindow] = []
    hours_basis: _Text | None = None
    hours_event: Literal["initiated", "received", "unspecified"] | None = None
    hours_override: _Consent | None = None
    holidays: RawHolidays | None = None
    attempt_caps: list[RawCap] = []
    consent: object = None
    consent_required: list[RawDuty] | None = None
    prohibited_channels: list[RawBan] = []
    prohibited_modes: list[DialMode] = []
    cooldown_after_abandoned: RawCooldown | None = None
    cooldown_after_machine: RawCooldown | None = None
    dnc: RawLists | None = None
    abandonment: object = None
    amd_rule: object = None
    caller_id_rule: object = None
    recorded_message_rule: object = None
    disclosure: object = None
    opt_out: object = None
    records: object = None
    emergency_ban: _Text | None = None
    sources: list[RawSource]
    effective_from: object = None
    as_of: _Text = ""
    confidence: _Text = ""
    field_confidence: object = None
    notes: object = None


class RawRegion(_Part):
    """Regions without an entry of their own."""

    country: Annotated[str, Field(strict=True, pattern=r"^[A-Z]{2}$")]
    codes: _Text = ""
    pattern: Annotated[str, AfterValidator(_pattern)] | None = None
    timezones: Annotated[list[_ZoneName], Field(min_length=1)]


class RawTerritory(_Part):
    """A country code under the rules of another."""

    code: Annotated[str, Field(strict=True, pattern=r"^[A-Z]{2}$")]
    under: _Text
    timezones: Annotated[list[_ZoneName], Field(min_length=1)]


class RawPostalCodes(_Part):
    """Postal codes, by their first digits, that lie in some of a region's zones only."""

    region: _Text
    prefixes: _Text
    timezones: Annotated[list[_ZoneName], Field(min_length=1)]


class RawEmergencyBan(_Part):
    """A ban that the operator has switched on."""

    id: Annotated[str, Field(strict=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$")]
    places: Annotated[list[_Text], Field(min_length=1)]
    start: Annotated[_Moment, Field(alias="from")]
    until: _Moment | None = None
    channels: Annotated[
        list[Literal[LegalChannel.VOICE_LIVE, LegalChannel.VOICE_PRERECORDED, LegalChannel.SMS]],
        Field(min_length=1),
    ] = [LegalChannel.VOICE_LIVE, LegalChannel.VOICE_PRERECORDED, LegalChannel.SMS]
    purposes: Annotated[list[LegalPurpose], Field(min_length=1)] = list(LegalPurpose)
    reason: _Text
    cite: _Text


class RawMeta(BaseModel):
    """What is said of the whole file."""

    as_of: str


class RawAdditions(_Part):
    """The lists of a rule file to which an operator may add."""

    regions: list[RawRegion] = []
    territories: list[RawTerritory] = []
    postal_codes: list[RawPostalCodes] = []
    emergency_bans: list[dict[str, object]] = []


class RawDocument(RawAdditions):
    """A whole rule file."""

    schema_version: Literal[1]
    meta: RawMeta
    jurisdictions: list[dict[str, object]]
