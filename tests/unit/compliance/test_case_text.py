"""A case as an entry of evidence keeps it: it reads back, and it names no person."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.case_reader import read_case
from compliance.case import (
    AttemptLimit,
    CampaignTerms,
    Case,
    Channel,
    Consent,
    ConsentKind,
    ContactFacts,
    DialMode,
    OpenSpan,
    PastAttempt,
    PastOutcome,
    Purpose,
    RegistryCopy,
    RestrictedPeriod,
    SuppressionEntry,
    SuppressionSource,
    Weekday,
)
from compliance.case_text import case_fields
from compliance.screening import InvalidCaseError, screen
from tests.random_cases import cases
from tests.screening_cases import rules

AT = datetime(2026, 11, 23, 14, 30, 0, 123_456, tzinfo=UTC)

FULL = Case(
    at=AT,
    channel=Channel.VOICE,
    contact=ContactFacts(
        phone="+12125550123",
        email="ada@example.com",
        country="US",
        region="US-NY",
        postal_code="10001-1234",
        time_zone="America/New_York",
        consent=Consent(ConsentKind.EXPRESS, AT - timedelta(days=9), AT - timedelta(days=3)),
        debts=("d1", "d2"),
    ),
    campaign=CampaignTerms(
        purpose=Purpose.DEBT_COLLECTION,
        subject="loan",
        dial_mode=DialMode.PREVIEW,
        agent_guaranteed=False,
        max_ring=timedelta(seconds=28),
        open_hours={Weekday.MONDAY: (OpenSpan(time(9), time(12, 30)), OpenSpan(time(18), time()))},
        restricted_periods=(RestrictedPeriod("fair", date(2026, 12, 1), date(2026, 12, 3)),),
        attempt_limits=(AttemptLimit(0, 7),),
        rules=("US-DEBT",),
    ),
    history=(
        PastAttempt(AT - timedelta(days=1), Channel.SMS, PastOutcome.BUSY, subject="loan"),
        PastAttempt(AT - timedelta(days=2), Channel.VOICE, debts=("d2",)),
    ),
    suppressed=(
        SuppressionEntry(SuppressionSource.NATIONAL, AT - timedelta(days=4), "the registry"),
        SuppressionEntry(SuppressionSource.INTERNAL),
    ),
    registries=(RegistryCopy("US", date(2026, 11, 1)),),
)


def kept_and_read(case: Case) -> Case:
    """The case after it was written down, read again, and its number put back in."""
    fields = json.loads(json.dumps(case_fields(case)))
    fields["contact"]["phone"] = case.contact.phone
    return read_case({"id": "again", **fields})


def test_every_field_but_the_person_reads_back() -> None:
    """Of the postal code the part that screening looks at; of a list its name stands elsewhere."""
    expected = replace(
        FULL,
        contact=replace(FULL.contact, email=None, postal_code="10000"),
        suppressed=tuple(replace(entry, list_name="") for entry in FULL.suppressed),
    )
    assert kept_and_read(FULL) == expected


def test_a_case_that_says_nothing_reads_back() -> None:
    """What was not given is not there."""
    bare = Case(at=AT, channel=Channel.VOICE, contact=ContactFacts(phone="+12125550123"))
    assert kept_and_read(bare) == bare
    assert set(case_fields(bare)) == {"at", "channel", "contact", "campaign"}


def test_no_open_hours_at_all_are_not_no_rule_about_them() -> None:
    """A campaign that is never open stays so."""
    closed = replace(FULL, campaign=replace(FULL.campaign, open_hours={}))
    assert kept_and_read(closed).campaign.open_hours == {}


def test_it_names_no_person() -> None:
    """Neither number nor e-mail address, nor the house's part of the postal code (S4)."""
    text = json.dumps(case_fields(FULL))
    for secret in ("2125550123", "ada@", "10001", "-1234"):
        assert secret not in text


@pytest.mark.parametrize(
    ("postal_code", "kept"),
    [
        ("10001", "10000"),
        ("10001-1234", "10000"),
        ("V6B 4Y8", "V6B 0A0"),
        ("v6b4y8", "V6B 0A0"),
        ("SW1A 1AA", None),
        ("somewhere", None),
        ("", None),
        (None, None),
    ],
)
def test_of_a_postal_code_the_beginning_is_kept(postal_code: str | None, kept: str | None) -> None:
    """Three digits of a ZIP code cover a whole region; of other codes nothing is looked at."""
    contact = replace(FULL.contact, postal_code=postal_code)
    fields = case_fields(replace(FULL, contact=contact))["contact"]
    assert isinstance(fields, dict)
    assert fields.get("postal_code") == kept


POSTAL_CODES = st.sampled_from(
    [None, "10001", "89883", "59901-1234", "V0B 1A0", "v1n3x9", "T9M 1A1", "SW1A 1AA", "x"]
)
ADDRESSES = st.sampled_from(
    [(None, None), ("US", None), ("US", "US-NV"), ("US", "US-ID"), ("CA", "CA-BC"), ("GB", None)]
)
ENTRIES = st.lists(
    st.builds(
        SuppressionEntry,
        st.sampled_from(SuppressionSource),
        st.one_of(st.none(), st.just(AT)),
        st.sampled_from(["", "a list"]),
    ),
    max_size=2,
).map(tuple)


@settings(max_examples=400)
@given(cases(), POSTAL_CODES, ADDRESSES, ENTRIES, st.integers(0, 999_999))
def test_the_decision_is_the_same_after_the_round_trip(
    case: Case,
    postal_code: str | None,
    address: tuple[str | None, str | None],
    suppressed: tuple[SuppressionEntry, ...],
    microsecond: int,
) -> None:
    """Whatever was asked can be asked again from the entry, to the same answer."""
    country, region = address
    contact = replace(
        case.contact,
        postal_code=postal_code,
        country=country,
        region=region or case.contact.region,
    )
    case = replace(
        case, at=case.at.replace(microsecond=microsecond), contact=contact, suppressed=suppressed
    )
    assert answered(kept_and_read(case)) == answered(case)


def answered(case: Case) -> object:
    """The decision, or why the case is none."""
    try:
        return screen(case, rules())
    except InvalidCaseError as error:
        return str(error)
