"""The published facts: what they accept, the text they become, and their schemas."""

from __future__ import annotations

import json
import re
import types
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import AwareDatetime, BaseModel, ValidationError

from campaigns import events
from campaigns.campaign import CampaignState
from compliance.abandonment_definitions import AnsweredBy
from compliance.case import DialMode

AT = datetime(2026, 11, 23, 14, 0, 1, 250_000, tzinfo=UTC)
CALL: dict[str, Any] = {
    "occurred_at": AT,
    "campaign_id": "autumn",
    "contact_id": "c-1",
    "attempt_id": "a-1",
}

CONTRACT = {
    *(f"Campaign {change}" for change in ("Created", "Scheduled", "Started", "Paused", "Resumed")),
    *(f"Campaign {change}" for change in ("Stopped", "Completed", "Failed", "Reopened")),
    "Contact List Imported",
    "Contact Suppressed",
    "Suppression Removed",
    "Suppression List Imported",
    "Suppression List Removed",
    "Area Suppressed",
    "Area Opened",
    "Consent Recorded",
    "Consent Revoked",
    "Opt Out Review Opened",
    "Opt Out Review Decided",
    "Attempt Reserved",
    "Attempt Cancelled",
    "Attempt Deferred",
    "Attempt Denied",
    "Call Placed",
    "Call Ringing",
    "Call Answered",
    "Call Classified",
    "Agent Connected",
    "Call Abandoned",
    "Call Ended",
    "Disposition Recorded",
    "Wrap Up Recorded",
    "Callback Requested",
    "Agent State Changed",
    "Agent Left",
    "Agent Joined",
    "Abandonment Limit Approached",
    "Abandonment Limit Reached",
    "Pacing Changed",
    "Contact Finished",
    "Compliance Override Used",
    "Evidence Sealed",
    "Webhook Disabled",
    "Webhook Tested",
}


# ------------------------------------------------------------------------ any fact there can be
INSTANTS = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001 - hypothesis adds the zone itself
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5)), timezone(timedelta(hours=9))]),
)
SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(min_size=1, max_size=20),
    int: st.integers(min_value=1, max_value=10**9),
    float: st.floats(min_value=0, max_value=1e6),
    bool: st.booleans(),
    AwareDatetime: INSTANTS,
    type(None): st.none(),
}


def values(annotation: Any) -> st.SearchStrategy[Any]:
    """Values of a field with this annotation."""
    if get_origin(annotation) is Annotated:
        return values(get_args(annotation)[0])
    if get_origin(annotation) in {Union, types.UnionType}:
        return st.one_of([values(branch) for branch in get_args(annotation)])
    if get_origin(annotation) is tuple:
        return st.lists(values(get_args(annotation)[0]), min_size=1, max_size=3).map(tuple)
    if issubclass(annotation, StrEnum):
        return st.sampled_from(annotation)
    if issubclass(annotation, BaseModel):
        return models(annotation)
    return SIMPLE[annotation]


def models(model: type[BaseModel]) -> st.SearchStrategy[Any]:
    """Instances of a model."""
    fields = {name: values(field.annotation) for name, field in model.model_fields.items()}
    return st.fixed_dictionaries(fields).map(lambda given: make(model, given))


def make(model: type[BaseModel], given: dict[str, Any]) -> BaseModel:
    """The model, unless it is about nothing."""
    ids = ("contact_id", "agent_id", "campaign_id", "contact_list_id")
    assume(not issubclass(model, events.Fact) or any(given[name] for name in ids))
    return model(**given)


FACTS: st.SearchStrategy[events.Fact] = st.sampled_from(list(events.CATALOGUE.values())).flatmap(
    models
)


def subclasses(fact: type[events.Fact]) -> Iterator[type[events.Fact]]:
    """Every class below, however deep."""
    for below in fact.__subclasses__():
        yield below
        yield from subclasses(below)


# ---------------------------------------------------------------------------------- the catalogue
def test_the_catalogue_is_the_contract() -> None:
    """Every detail-type of the contract is there, and nothing else."""
    assert set(events.CATALOGUE) == CONTRACT


def test_every_published_fact_is_in_the_catalogue() -> None:
    """A fact that has a detail-type cannot be forgotten in the catalogue."""
    published = {one for one in subclasses(events.Fact) if not one.__name__.startswith("_")}
    assert published == set(events.CATALOGUE.values())


def test_no_fact_has_room_for_personal_data() -> None:
    """No field is made for a number, an address or a name of a customer."""
    personal = {
        "phone",
        "number",
        "email",
        "name",
        "firstName",
        "lastName",
        "address",
        "postalCode",
    }
    for fact in events.CATALOGUE.values():
        assert personal.isdisjoint(fact.model_json_schema()["properties"])


# ------------------------------------------------------------------------------- what is accepted
def test_a_naive_instant_is_refused() -> None:
    """An instant without a zone could be any instant."""
    with pytest.raises(ValidationError):
        events.CallRinging(**{**CALL, "occurred_at": AT.replace(tzinfo=None)}, ring_seconds=0.0)


def test_an_instant_is_kept_in_utc_and_whole_milliseconds() -> None:
    """A fact holds exactly what it publishes, so that figures from either agree."""
    there = AT.astimezone(timezone(timedelta(hours=-5))) + timedelta(microseconds=999)
    fact = events.CallRinging(**{**CALL, "occurred_at": there}, ring_seconds=1.23456)
    assert fact.occurred_at == AT
    assert fact.occurred_at.tzinfo is UTC
    assert fact.ring_seconds == 1.235


@pytest.mark.parametrize(
    "wrong",
    [
        {"ring_seconds": "1"},
        {"ring_seconds": -0.1},
        {"ring_seconds": float("nan")},
        {"ring_seconds": 1.0, "phone": "x"},
        {"ring_seconds": 1.0, "contact_id": ""},
        {"ring_seconds": 1.0, "campaign_id": None},
        {},
    ],
)
def test_what_is_not_as_described_is_refused(wrong: dict[str, Any]) -> None:
    """No coercion, no negative duration, no unknown field, no missing field."""
    with pytest.raises(ValidationError):
        events.CallRinging(**{**CALL, **wrong})


def test_a_fact_never_changes() -> None:
    """What happened has happened."""
    fact = events.CallRinging(**CALL, ring_seconds=0.0)
    with pytest.raises(ValidationError):
        fact.ring_seconds = 1.0  # type: ignore[misc]  # that it is refused is the test


@pytest.mark.parametrize(
    ("typed", "published"),
    [
        ("asked by +1 212-555-0100 to stop", "asked by [removed] to stop"),
        ("2125550100", "[removed]"),
        ("212\u2013555\u20130100", "[removed]"),
        ("(212) 555 0100 complained", "([removed] complained"),
        ("mail from ann@example.com.", "mail from [removed]"),
        ("ticket 123456, see 47 CFR 64.1200(a)(7)", "ticket 123456, see 47 CFR 64.1200(a)(7)"),
        ("closed until 2026-11-30", "closed until 2026-11-30"),
        ("two\u2028lines,\r\n three", "two lines, three"),
        ("", ""),
        ("x" * 600, "x" * 500),
    ],
)
def test_what_a_person_typed_loses_addresses_and_never_fails(typed: str, published: str) -> None:
    """A reason may not carry a customer's number, and may not block the stop that it explains."""
    fact = events.CampaignStopped(
        occurred_at=AT,
        campaign_id="autumn",
        state=CampaignState.STOPPED,
        previous_state=CampaignState.RUNNING,
        reason=typed,
    )
    assert fact.reason == published


# -------------------------------------------------------------------------------------- subjects
@pytest.mark.parametrize(
    ("ids", "kind", "subject"),
    [
        ({"contact_id": "c", "agent_id": "a", "campaign_id": "k"}, "contact", "c"),
        ({"agent_id": "a", "campaign_id": "k", "contact_list_id": "l"}, "agent", "a"),
        ({"campaign_id": "k", "contact_list_id": "l"}, "campaign", "k"),
        ({"contact_list_id": "l"}, "contact-list", "l"),
    ],
)
def test_sequence_counts_along_the_narrowest_thing(
    ids: dict[str, str], kind: str, subject: str
) -> None:
    """The contact, else the agent, else the campaign, else the list."""
    fact = events.ContactSuppressed(
        occurred_at=AT, **ids, phone_hash=None, scope="account", basis="internal", source="api"
    )
    assert (fact.subject_kind, fact.subject) == (kind, subject)


def test_a_fact_about_nothing_is_refused() -> None:
    """Without a subject there is no sequence to stand in."""
    with pytest.raises(ValidationError, match="needs a subject"):
        events.ContactSuppressed(
            occurred_at=AT, phone_hash="h", scope="account", basis="internal", source="api"
        )


# --------------------------------------------------------------------------------------- sealing
def test_a_sealed_event_is_this_text() -> None:
    """The envelope of the contract, byte for byte."""
    fact = events.CallPlaced(
        **CALL,
        placed_at=AT + timedelta(milliseconds=3),
        dial_mode=DialMode.PREDICTIVE,
        carrier="simulated",
        time_zones=("America/Chicago", "America/New_York"),
        rulebook="2026-11-01+tz2026.6",
        list_row=7,
        phone_hash="k1:9f2c",
    )
    sealed = events.seal(fact, 2, "acme", "local")
    assert sealed.body == (
        '{"version":"0","id":"7be5ed54-c59f-5404-a91e-9c911b500b63","detail-type":"Call Placed",'
        '"source":"fairdial","account":"acme","time":"2026-11-23T14:00:01.250Z","region":"local",'
        '"resources":["campaign/autumn"],"detail":{"eventId":"7be5ed54-c59f-5404-a91e-9c911b500b63",'
        '"schemaVersion":1,"sequence":2,"occurredAt":"2026-11-23T14:00:01.250Z",'
        '"campaignId":"autumn","contactId":"c-1","attemptId":"a-1",'
        '"placedAt":"2026-11-23T14:00:01.253Z","dialMode":"predictive","carrier":"simulated",'
        '"timeZones":["America/Chicago","America/New_York"],"rulebook":"2026-11-01+tz2026.6",'
        '"listRow":7,"phoneHash":"k1:9f2c"}}'
    )
    assert (sealed.subject, sealed.sequence) == ("c-1", 2)
    assert (sealed.contact_id, sealed.campaign_id) == ("c-1", "autumn")
    assert sealed.occurred_at == AT


def test_every_fact_of_a_call_stands_in_call_ended() -> None:
    """What did not happen is null, not absent."""
    unanswered = events.CallEnded(
        **CALL,
        agent_id=None,
        answered_by=AnsweredBy.NOBODY,
        dial_mode=DialMode.PROGRESSIVE,
        dialed=AT,
        rang=None,
        connected_to_system=None,
        customer_greeting_start=None,
        customer_greeting_stop=None,
        connected_to_agent=None,
        disconnected=None,
        disconnected_by=None,
        recorded_message_played=False,
        abandoned=False,
        disposition=events.Disposition.NO_ANSWER,
    )
    detail = json.loads(events.seal(unanswered, 1, "acme", "local").detail)
    assert {name for name, value in detail.items() if value is None} == {
        "agentId",
        "rang",
        "connectedToSystem",
        "customerGreetingStart",
        "customerGreetingStop",
        "connectedToAgent",
        "disconnected",
        "disconnectedBy",
    }
    assert "contactListId" not in detail


@given(FACTS, st.integers(min_value=1), st.text(min_size=1), st.text(min_size=1))
def test_a_sealed_event_is_valid_and_reads_back(
    fact: events.Fact, sequence: int, account: str, region: str
) -> None:
    """Whatever happened: one line of JSON, true to the published schema and to the fact."""
    sealed = events.seal(fact, sequence, account, region)
    envelope = json.loads(sealed.body)
    Draft202012Validator(
        events.schema(fact.detail_type), format_checker=Draft202012Validator.FORMAT_CHECKER
    ).validate(envelope)
    assert "\n" not in sealed.body
    assert re.fullmatch(events.INSTANT_PATTERN, envelope["time"])
    assert envelope["id"] == envelope["detail"]["eventId"] == sealed.event_id
    assert (envelope["account"], envelope["region"]) == (account, region)
    assert json.loads(sealed.detail) == envelope["detail"]
    assert list(sealed.resources) == envelope["resources"]
    assert type(fact).model_validate_json(sealed.detail, extra="ignore") == fact


@given(FACTS, st.integers(min_value=1))
def test_sealing_again_gives_the_same_event(fact: events.Fact, sequence: int) -> None:
    """Every delivery, replay and replica carries the same id and bytes."""
    again = type(fact).model_validate_json(fact.model_dump_json())
    assert events.seal(again, sequence, "acme", "local") == events.seal(
        fact, sequence, "acme", "local"
    )


def test_an_id_is_made_from_account_subject_and_sequence() -> None:
    """Two events share an id only if they are the same event."""

    def event_id(account: str, sequence: int, **ids: str) -> str:
        fact = events.ContactSuppressed(
            occurred_at=AT, **ids, phone_hash=None, scope="list", basis="internal", source="api"
        )
        return events.seal(fact, sequence, account, "local").event_id

    assert event_id("acme", 3, contact_id="7") == str(
        uuid.uuid5(events.EVENT_NAMESPACE, "acme/contact/7/3")
    )
    ids = {
        event_id("acme", 3, contact_id="7"),
        event_id("acme", 4, contact_id="7"),
        event_id("other", 3, contact_id="7"),
        event_id("acme", 3, contact_id="8"),
        event_id("acme", 3, agent_id="7"),
        event_id("acme", 3, campaign_id="7"),
        event_id("acme", 3, contact_list_id="7"),
    }
    assert len(ids) == 7


def test_a_sequence_starts_at_one() -> None:
    """Zero would be a gap before the first event."""
    with pytest.raises(events.SequenceError):
        events.seal(events.CallRinging(**CALL, ring_seconds=0.0), 0, "acme", "local")


# --------------------------------------------------------------------------------------- schemas
@pytest.mark.parametrize("detail_type", list(events.CATALOGUE))
def test_a_schema_is_one_and_lets_unknown_fields_pass(detail_type: str) -> None:
    """Consumers ignore what they do not know, so a new field breaks nobody's check."""
    document = events.schema(detail_type)
    Draft202012Validator.check_schema(document)
    assert "additionalProperties" not in json.dumps(document)
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert document["$id"] == events.schema_id(detail_type, 1)


@pytest.mark.parametrize("detail_type", list(events.CATALOGUE))
def test_a_schema_explains_each_field(detail_type: str) -> None:
    """Someone who has only the schema can tell what a field means."""
    document: dict[str, Any] = events.schema(detail_type)
    detail = document["properties"]["detail"]
    fields = [*document["properties"].items(), *detail["properties"].items()]
    assert document["description"]
    for name, field in fields:
        explained = field.get("description") or "$ref" in field or name == "detail"
        assert explained, f"{detail_type}: {name} has no description"


def test_a_schema_refuses_what_the_contract_forbids() -> None:
    """The published check is as sharp as our own."""
    fact = events.DispositionRecorded(**CALL, disposition=events.Disposition.BUSY)
    checker = Draft202012Validator(
        events.schema("Disposition Recorded"), format_checker=Draft202012Validator.FORMAT_CHECKER
    )

    def accepts(**changes: object) -> bool:
        envelope = json.loads(events.seal(fact, 1, "acme", "local").body)
        envelope["detail"] |= changes
        return bool(checker.is_valid(envelope))

    assert accepts(newField=1)
    assert not accepts(disposition="answered")
    assert not accepts(sequence=0)
    assert not accepts(schemaVersion=2)
    assert not accepts(occurredAt="2026-11-23T14:00:01Z")
    assert not accepts(occurredAt="2026-13-23T14:00:01.000Z")
    assert not accepts(contactId=None)
