"""The packet as a document: what a program reads, and what the report is printed from.

Each class is one object of the JSON; its fields and their meaning are its schema, which
`fairdial evidence schema` prints and docs/evidence/ keeps.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from campaigns.campaign import CampaignState
from campaigns.events import FinishReason, Instant
from compliance.case import SuppressionSource
from compliance.consent_records import ConsentAction
from compliance.evidence import EvidenceKind
from compliance.suppression_lists import ListKind

SCHEMA_VERSION = 1
SCHEMA_ID = f"urn:fairdial:evidence-packet:{SCHEMA_VERSION}"

Facts = dict[str, Any]


class QuestionKind(StrEnum):
    """What was asked for."""

    CALL = "call"
    CONTACT = "contact"
    NUMBER = "number"


class Replayed(StrEnum):
    """What came of making a decision again."""

    SAME = "same"
    DIFFERENT = "different"
    NUMBER_NOT_KNOWN = "number_not_known"
    RULES_NOT_KEPT = "rules_not_kept"
    UNREADABLE = "unreadable"


class Part(BaseModel):
    """How every object of the document behaves: frozen, camelCase outside."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


class Question(Part):
    """What was asked for."""

    kind: QuestionKind
    key: Annotated[str, Field(description="The attempt's or contact's id, or the number (E.164).")]


class KnownContact(Part):
    """A contact as its list gave it; texts that are not known are empty."""

    contact_id: str
    list_id: str
    list_name: str
    row: Annotated[int, Field(description="Its row in the list; the first after the header is 1.")]
    name: str
    phones: list[str]
    country: str
    region: str
    postal_code: str
    time_zone: str


class Person(Part):
    """Who it is about. Ids stay when the person's data is erased; the rest goes."""

    contact_ids: list[str]
    phones: Annotated[list[str], Field(description="E.164; empty once erased.")]
    phone_hashes: Annotated[list[str], Field(description="Keyed hashes, by which entries name it.")]
    contacts: list[KnownContact]
    is_erased: Annotated[bool, Field(description="Is there evidence of a number that is gone?")]


class Reason(Part):
    """A rule that stood against an attempt."""

    code: str
    rule: str
    citation: str
    sentence: str


class Replay(Part):
    """The decision made again today, from the entry and the rulebook of then."""

    status: Replayed
    sentence: str
    zone_data_then: str | None
    zone_data_now: str
    explanation: Annotated[
        Facts | None, Field(description="As `fairdial rules explain --json` prints it.")
    ]


class LocalTime(Part):
    """The clock in a zone where the person may have been, by the zone data in use today."""

    time_zone: str
    time: Annotated[str, Field(description="ISO 8601 with the offset.")]


class Decision(Part):
    """One screening of the person: what was decided, from what, and is it so again?"""

    chain: str
    entry: Annotated[int, Field(description="The entry's number in the chain.")]
    at: Instant
    campaign_id: str | None
    contact_id: str | None
    attempt_id: Annotated[str | None, Field(description="The attempt that it allowed.")]
    phone: Annotated[str | None, Field(description="The number; null: not known any more.")]
    decision: Annotated[str, Field(description="allow, defer, deny; unreadable.")]
    not_before: Instant | None
    reasons: list[Reason]
    local_times: list[LocalTime]
    rulebook: str
    lists: Annotated[list[str], Field(description="The lists and areas that held the number.")]
    consents: Annotated[list[str], Field(description="Ids of the consent records on file then.")]
    overrides: Annotated[list[Facts], Field(description="The own rules that were lifted.")]
    case: Annotated[
        Facts, Field(description="The question, as `fairdial screen` takes it; the number put in.")
    ]
    replay: Replay
    sentence: str


class Call(Part):
    """One attempt: its row, and whether it has its entries."""

    attempt_id: str
    campaign_id: str
    contact_id: str
    phone: str | None
    facts: Annotated[Facts, Field(description="The attempt's row, field by field.")]
    outcome: Annotated[Facts | None, Field(description="What the entry about its end says.")]
    has_decision_entry: bool
    has_outcome_entry: bool
    sentence: str


class Change(Part):
    """What a person of the organisation changed about the number."""

    chain: str
    entry: int
    at: Instant
    facts: Facts
    sentence: str


class Step(Part):
    """One line of the story."""

    at: Instant
    kind: EvidenceKind
    campaign_id: str | None
    attempt_id: str | None
    sentence: str


class Standing(Part):
    """Where a contact stands in a campaign now."""

    campaign_id: str
    contact_id: str
    waits_until: Instant | None
    finished_at: Instant | None
    reason: FinishReason | None
    sentence: str


class Consent(Part):
    """A consent record: given or taken back once, somewhere."""

    id: str
    address: str
    action: ConsentAction
    kind: str
    channel: str | None
    scope: str
    at: Instant
    source: str
    basis: str
    evidence: str
    recorded_by: str
    recorded_at: Instant


class Suppressed(Part):
    """An entry that says that the number must not be reached."""

    address: str
    scope: str
    source: SuppressionSource
    basis: str
    recorded_by: str
    recorded_at: Instant


class ListInUse(Part):
    """A suppression list in use now, and whether it holds one of the numbers."""

    name: str
    kind: ListKind
    jurisdiction: str | None
    scope: str
    as_of: str
    numbers: int
    sha256: str
    version: int
    recorded_by: str
    recorded_at: Instant
    holds: bool


class Message(Part):
    """A message from the person that waits for a reader; meanwhile nobody calls."""

    received_at: Instant
    channel: str


class Override(Part):
    """An own rule of a campaign that a person lifted for a while."""

    id: str
    campaign_id: str
    rule: str
    by: str
    role: str
    reason: str
    starts_at: Instant
    ends_at: Instant


class CampaignTerms(Part):
    """A campaign as it is now; what counted for a decision stands in its case."""

    id: str
    name: str
    state: CampaignState
    starts_at: Instant
    ends_at: Instant
    settings: Facts


class Rulebook(Part):
    """The rules of a version that decided, as they were kept; null: they were not."""

    version: str
    content: Facts | None


class Entry(Part):
    """An entry of a chain, as it is kept; `body` is text, since the seal is of the text."""

    chain: str
    number: int
    account: str
    at: Instant
    kind: EvidenceKind
    campaign_id: str | None
    contact_id: str | None
    attempt_id: str | None
    phone_hash: str | None
    body: str
    seal: str


class Chain(Part):
    """A chain that entries of this packet stand in, after its check."""

    chain: str
    entries: int
    seal: Annotated[str | None, Field(description="The seal of its head.")]
    published: Annotated[int, Field(description="How often its head was published.")]
    flaws: list[str]


class Integrity(Part):
    """The check of those chains."""

    whole: bool
    chains: list[Chain]
    sentence: str


class Packet(Part):
    """Everything that is kept about a call or a person."""

    schema_version: int = SCHEMA_VERSION
    made_at: Instant
    program: Annotated[str, Field(description="The program and its version.")]
    account: str
    question: Question
    summary: Annotated[list[str], Field(description="The answer, in sentences.")]
    person: Person
    timeline: list[Step]
    standing: list[Standing]
    decisions: list[Decision]
    calls: list[Call]
    changes: list[Change]
    consents: list[Consent]
    suppressions: list[Suppressed]
    lists: list[ListInUse]
    areas: Annotated[list[Facts], Field(description="The areas that are not called now.")]
    messages: list[Message]
    overrides: list[Override]
    campaigns: list[CampaignTerms]
    not_known: Annotated[list[str], Field(description="What this packet cannot tell.")]
    integrity: Integrity | None
    entries: list[Entry]
    events: Annotated[list[Facts], Field(description="The events about it, as published.")]
    rulebooks: list[Rulebook]


def schema() -> Facts:
    """The JSON Schema (2020-12) of the document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **Packet.model_json_schema(mode="serialization"),
    }
