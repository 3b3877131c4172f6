"""The rules of a jurisdiction as values: what calling_rules.yaml says, ready to be applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from compliance.case import (
    CampaignTerms,
    Channel,
    ConsentKind,
    DialMode,
    PastOutcome,
    Purpose,
)

DAY_SECONDS = 24 * 60 * 60


class LegalChannel(StrEnum):
    """How rules name the ways to reach someone; a recorded voice is a channel of its own."""

    VOICE_LIVE = "voice_live"
    VOICE_PRERECORDED = "voice_prerecorded"
    SMS = "sms"
    EMAIL = "email"


class LegalPurpose(StrEnum):
    """How rules name why someone is reached."""

    TELEMARKETING = "telemarketing"
    DEBT_COLLECTION = "debt_collection"
    RESEARCH = "research"
    SERVICE = "service"


_LEGAL_PURPOSES = {
    Purpose.TELEMARKETING: LegalPurpose.TELEMARKETING,
    Purpose.CHARITY: LegalPurpose.TELEMARKETING,
    Purpose.POLITICAL: LegalPurpose.TELEMARKETING,
    Purpose.DEBT_COLLECTION: LegalPurpose.DEBT_COLLECTION,
    Purpose.SURVEY: LegalPurpose.RESEARCH,
    Purpose.INFORMATIONAL: LegalPurpose.SERVICE,
    Purpose.HEALTHCARE: LegalPurpose.SERVICE,
}


def legal_purpose(purpose: Purpose) -> LegalPurpose:
    """The word that rules use for a campaign's purpose (screening contract, reading 7)."""
    return _LEGAL_PURPOSES[purpose]


def legal_channel(channel: Channel, dial_mode: DialMode) -> LegalChannel:
    """The word that rules use for a channel, given how calls and agents are brought together."""
    if channel is Channel.VOICE:
        recorded = dial_mode is DialMode.AGENTLESS
        return LegalChannel.VOICE_PRERECORDED if recorded else LegalChannel.VOICE_LIVE
    return LegalChannel.SMS if channel is Channel.SMS else LegalChannel.EMAIL


def agent_is_guaranteed(campaign: CampaignTerms) -> bool:
    """An agent is reserved before dialling; never so for a recorded voice."""
    if campaign.dial_mode is DialMode.AGENTLESS:
        return False
    if campaign.agent_guaranteed is None:
        return campaign.dial_mode is DialMode.PREVIEW
    return campaign.agent_guaranteed


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that can stand against an attempt: its id for the audit log, and its legal source."""

    id: str
    citation: str


@dataclass(frozen=True, slots=True)
class LocalSpan:
    """A half-open span [start, end) of local time, in seconds from midnight on the clock."""

    start: int
    end: int


WHOLE_DAY = LocalSpan(0, DAY_SECONDS)


@dataclass(frozen=True, slots=True)
class Window:
    """Hours in which a channel is allowed on some ISO weekdays (1 = Monday)."""

    rule: Rule
    channels: frozenset[LegalChannel]
    days: frozenset[int]
    span: LocalSpan


@dataclass(frozen=True, slots=True)
class Exemption:
    """Consent that lifts a rule: of this kind or stronger, or this kind for some months."""

    kind: ConsentKind
    within_months: int | None = None


@dataclass(frozen=True, slots=True)
class AddedDay:
    """Days that the law names and the calendar lacks; `rule` as calling_rules.yaml describes."""

    names: tuple[str, ...]
    rule: str


@dataclass(frozen=True, slots=True)
class HolidayCalendar:
    """Which local dates are legal holidays of a jurisdiction."""

    country: str
    subdivision: str | None = None
    observed: bool = False
    substitutes_of_subdivisions: bool = False
    also_of_subdivision: bool = False
    added: tuple[AddedDay, ...] = ()
    removed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ReducedHours:
    """Hours that replace the normal ones of some channels on holidays."""

    channels: frozenset[LegalChannel]
    span: LocalSpan


@dataclass(frozen=True, slots=True)
class HolidayRule:
    """What holidays change: a ban, other hours on them, or narrower hours on their eve."""

    rule: Rule
    calendar: HolidayCalendar
    banned: bool
    lifted_by: tuple[Exemption, ...] = ()
    reduced: ReducedHours | None = None
    eve: LocalSpan | None = None


class CapKey(StrEnum):
    """What attempts are counted for."""

    CONTACT = "contact"
    SUBJECT = "subject"
    DEBT = "debt"


@dataclass(frozen=True, slots=True)
class Period:
    """A legal period: elapsed hours, local dates, or the calendar month. One of them is set."""

    hours: int = 0
    days: int = 0
    calendar_month: bool = False


@dataclass(frozen=True, slots=True)
class AttemptCap:
    """At most `maximum` attempts in a period; `after`: none in the period after that outcome."""

    rule: Rule
    maximum: int
    period: Period
    key: CapKey = CapKey.CONTACT
    media: frozenset[Channel] = frozenset({Channel.VOICE})
    channels: frozenset[LegalChannel] | None = None
    purposes: frozenset[LegalPurpose] | None = None
    after: PastOutcome | None = None
    not_counted: frozenset[PastOutcome] = frozenset()
    lifted_by: tuple[Exemption, ...] = ()


@dataclass(frozen=True, slots=True)
class ConsentDuty:
    """Consent that must be on file to use a channel."""

    rule: Rule
    channels: frozenset[LegalChannel]
    kind: ConsentKind
    except_modes: frozenset[DialMode] = frozenset()


@dataclass(frozen=True, slots=True)
class ChannelBan:
    """A channel that is barred, unless consent of some kind or stronger is on file."""

    rule: Rule
    channel: LegalChannel
    unless: ConsentKind | None


@dataclass(frozen=True, slots=True)
class Cooldown:
    """Hours after an attempt's outcome in which the number is not called again."""

    rule: Rule
    outcome: PastOutcome
    hours: int
    lifted_by_guaranteed_agent: bool


@dataclass(frozen=True, slots=True)
class DoNotCallList:
    """A national or state list: how old the copy in use may be, and what lifts a listing."""

    rule: Rule
    max_age_days: int | None
    exceptions: tuple[Exemption, ...] | None


@dataclass(frozen=True, slots=True)
class Source:
    """Where an entry comes from: its citation, and the page where it can be read, if any."""

    citation: str
    url: str | None


@dataclass(frozen=True, slots=True)
class EmergencyBan:
    """A ban that the operator has switched on, as a governor's state of emergency asks for.

    It stands from `start` to `end`: both local dates of the contact, whole and included, or both
    instants, the last one excluded. Without an `end` nobody knows when it is lifted. `places` are
    codes of countries and of ISO 3166-2 regions; `why` is the operator's own word for it.
    """

    rule: Rule
    places: frozenset[str]
    start: date | datetime
    end: date | datetime | None
    channels: frozenset[LegalChannel]
    purposes: frozenset[LegalPurpose]
    why: str


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """The rules of one place, or of one purpose (an overlay).

    `hours_zones` are the zones in which the windows are read, wherever the contact is; None: the
    contact's own. `purposes` are those that consent and lists bind. `as_of` and `confidence` say
    when the entry was last reviewed and how sure it is. `emergency_law` tells of bans in an
    emergency, which bind only once the operator has switched one on; `notes` of what is uncertain.
    """

    code: str
    name: str
    level: str
    parent: str | None
    time_zones: tuple[str, ...]
    purposes: frozenset[LegalPurpose]
    rule: Rule
    as_of: str = ""
    confidence: str = ""
    windows: tuple[Window, ...] = ()
    hours_zones: tuple[str, ...] | None = None
    holidays: HolidayRule | None = None
    caps: tuple[AttemptCap, ...] = ()
    consents: tuple[ConsentDuty, ...] = ()
    banned_channels: tuple[ChannelBan, ...] = ()
    banned_modes: frozenset[DialMode] = frozenset()
    cooldowns: tuple[Cooldown, ...] = ()
    do_not_call: DoNotCallList | None = None
    sources: tuple[Source, ...] = ()
    emergency_law: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Territory:
    """A country code whose people are under the rules of another."""

    under: str
    time_zones: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Rulebook:
    """All rules in force. `version` names the rule data and the zone data that decide.

    `content` is the rule data itself, as JSON: `rulebook.rebuilt` makes the same rules of it.
    `regions` are the ISO 3166-2 codes that are known, with their zones; `region_patterns` the
    countries whose regions are told by their form alone; `postal_zones` the zones to which the
    first characters of a postal code narrow a region.
    """

    version: str
    content: str
    jurisdictions: Mapping[str, Jurisdiction]
    regions: Mapping[str, tuple[str, ...]]
    region_patterns: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]
    territories: Mapping[str, Territory]
    postal_zones: Mapping[tuple[str, str], tuple[str, ...]]
    emergency_bans: tuple[EmergencyBan, ...] = ()

    def chain(self, code: str) -> tuple[Jurisdiction, ...]:
        """A jurisdiction and those whose rules it extends, nearest first.

        Raises:
            KeyError: there are no rules of that code.
        """
        chain = []
        following: str | None = code
        while following is not None:
            chain.append(self.jurisdictions[following])
            following = chain[-1].parent
        return tuple(chain)
