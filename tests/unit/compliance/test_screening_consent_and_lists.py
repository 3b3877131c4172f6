"""Consent, its withdrawal, do-not-call lists and the age of their copies."""

from __future__ import annotations

import pytest

from compliance.screening import InvalidCaseError
from tests.screening_cases import AGENTLESS, EXPRESS, PREVIEW, WRITTEN, consent, decided

NOON = "2026-11-23T17:00:00Z"  # in New York
FLORIDA, CONNECTICUT, INDIANA = "+13055550123", "+18605550123", "+13175550123"
MARYLAND, OKLAHOMA, LONDON, TORONTO = (
    "+14105550123",
    "+14055550123",
    "+442079460958",
    "+14165550123",
)
SURVEY = {"purpose": "survey"}
INTERNAL = [{"list": "internal", "at": "2026-11-01T00:00:00Z"}]
NATIONAL = [{"list": "national"}]
EMAIL = {"channel": "email", "email": "ann@example.com"}


def copy(name: str, as_of: str) -> dict[str, object]:
    """A registry's copy in use."""
    return {"registries": [{"name": name, "as_of": as_of}]}


def relationship(at: str) -> dict[str, object]:
    """An existing relationship on file."""
    return {"consent": consent("existing_relationship", at)}


CONSENT = [
    ("federal law asks none of a live call", {}, "allow"),
    ("recorded voice", {"campaign": AGENTLESS}, "deny no_consent"),
    (
        "recorded voice, only express",
        {"campaign": AGENTLESS, "consent": EXPRESS},
        "deny no_consent",
    ),
    ("recorded voice, in writing", {"campaign": AGENTLESS, "consent": WRITTEN}, "allow"),
    ("recorded survey", {"campaign": {**AGENTLESS, **SURVEY}}, "allow"),
    (
        "recorded charity is telemarketing",
        {"campaign": {**AGENTLESS, "purpose": "charity"}},
        "deny no_consent",
    ),
    (
        "recorded healthcare is a service",
        {"campaign": {**AGENTLESS, "purpose": "healthcare"}},
        "allow",
    ),
    ("text", {"channel": "sms"}, "deny no_consent"),
    ("text in writing", {"channel": "sms", "consent": WRITTEN}, "allow"),
    ("text of a survey", {"channel": "sms", "campaign": SURVEY}, "allow"),
    ("FL automated selection", {"phone": FLORIDA}, "deny no_consent"),
    (
        "FL progressive too",
        {"phone": FLORIDA, "campaign": {"dial_mode": "progressive"}},
        "deny no_consent",
    ),
    ("FL preview", {"phone": FLORIDA, "campaign": PREVIEW}, "allow"),
    ("FL only express", {"phone": FLORIDA, "consent": EXPRESS}, "deny no_consent"),
    ("FL in writing", {"phone": FLORIDA, "consent": WRITTEN}, "allow"),
    ("FL survey", {"phone": FLORIDA, "campaign": SURVEY}, "allow"),
    ("FL follows the number", {"phone": FLORIDA, "region": "US-NY"}, "deny no_consent"),
    ("FL follows the address", {"region": "US-FL"}, "deny no_consent"),
    ("MD", {"phone": MARYLAND}, "deny no_consent"),
    (
        "OK relationship is no consent",
        {"phone": OKLAHOMA, **relationship("2026-11-01T00:00:00Z")},
        "deny no_consent",
    ),
    ("CT every sales call", {"phone": CONNECTICUT, "campaign": PREVIEW}, "deny no_consent"),
    ("CT in writing", {"phone": CONNECTICUT, "consent": WRITTEN}, "allow"),
    (
        "CT political is telemarketing",
        {"phone": CONNECTICUT, "campaign": {"purpose": "political"}},
        "deny no_consent",
    ),
    (
        "CT debt is not in scope",
        {"phone": CONNECTICUT, "campaign": {"purpose": "debt_collection"}},
        "allow",
    ),
    (
        "given at this very second",
        {"phone": CONNECTICUT, "consent": consent("express_written", NOON)},
        "allow",
    ),
    (
        "given an hour later is none",
        {"phone": CONNECTICUT, "consent": consent("express_written", "2026-11-23T18:00:00Z")},
        "deny no_consent",
    ),
    (
        "given without date",
        {"phone": CONNECTICUT, "consent": consent("express_written", None)},
        "allow",
    ),
    ("kind none", {"phone": CONNECTICUT, "consent": consent("none")}, "deny no_consent"),
    (
        "taken back, not even needed",
        {"consent": consent("express", revoked_at="2026-11-01T00:00:00Z")},
        "deny consent_revoked",
    ),
    (
        "taken back at this second",
        {"consent": consent("express", revoked_at=NOON)},
        "deny consent_revoked",
    ),
    (
        "taken back later",
        {"consent": consent("express", revoked_at="2026-11-23T17:00:01Z")},
        "allow",
    ),
    (
        "taken back on e-mail too",
        {**EMAIL, "consent": consent("express", revoked_at="2026-11-01T00:00:00Z")},
        "deny consent_revoked",
    ),
    (
        "taken back by a survey's contact",
        {"campaign": SURVEY, "consent": consent("express", revoked_at="2026-11-01T00:00:00Z")},
        "deny consent_revoked",
    ),
    (
        "given again",
        {"consent": consent("express", "2026-11-02T00:00:00Z", revoked_at="2026-11-01T00:00:00Z")},
        "allow",
    ),
    (
        "given and taken back at once",
        {"consent": consent("express", "2026-11-01T00:00:00Z", revoked_at="2026-11-01T00:00:00Z")},
        "deny consent_revoked",
    ),
    (
        "a later nothing gives nothing",
        {"consent": consent("none", "2026-11-02T00:00:00Z", revoked_at="2026-11-01T00:00:00Z")},
        "deny consent_revoked",
    ),
    (
        "given again in an hour is not given",
        {"consent": consent("express", "2026-11-23T18:00:00Z", revoked_at="2026-11-01T00:00:00Z")},
        "deny consent_revoked",
    ),
    (
        "taken back where needed",
        {
            "phone": CONNECTICUT,
            "consent": consent("express_written", revoked_at="2026-11-01T00:00:00Z"),
        },
        "deny consent_revoked no_consent",
    ),
]

LISTS = [
    ("internal", {"suppressed": INTERNAL}, "deny suppressed"),
    ("internal binds surveys", {"suppressed": INTERNAL, "campaign": SURVEY}, "deny suppressed"),
    ("internal binds e-mail", {"suppressed": INTERNAL, **EMAIL}, "deny suppressed"),
    (
        "internal, consent does not lift",
        {"suppressed": INTERNAL, "consent": WRITTEN},
        "deny suppressed",
    ),
    ("national", {"suppressed": NATIONAL}, "deny national_do_not_call"),
    ("both", {"suppressed": [*INTERNAL, *NATIONAL]}, "deny national_do_not_call suppressed"),
    (
        "national counts at once",
        {"suppressed": [{"list": "national", "at": NOON}]},
        "deny national_do_not_call",
    ),
    ("national, in writing", {"suppressed": NATIONAL, "consent": WRITTEN}, "allow"),
    (
        "national, only express",
        {"suppressed": NATIONAL, "consent": EXPRESS},
        "deny national_do_not_call",
    ),
    ("national, survey", {"suppressed": NATIONAL, "campaign": SURVEY}, "allow"),
    (
        "national, debt",
        {"suppressed": NATIONAL, "campaign": {"purpose": "debt_collection"}},
        "allow",
    ),
    (
        "national, charity",
        {"suppressed": NATIONAL, "campaign": {"purpose": "charity"}},
        "deny national_do_not_call",
    ),
    (
        "national, relationship of 3 months",
        {"suppressed": NATIONAL, **relationship("2026-08-23T17:00:01Z")},
        "allow",
    ),
    (
        "national, relationship too old",
        {"suppressed": NATIONAL, **relationship("2026-08-23T17:00:00Z")},
        "deny national_do_not_call",
    ),
    (
        "IN knows no relationship",
        {"phone": INDIANA, "suppressed": NATIONAL, **relationship("2026-11-01T00:00:00Z")},
        "deny national_do_not_call",
    ),
    ("IN in writing", {"phone": INDIANA, "suppressed": NATIONAL, "consent": WRITTEN}, "allow"),
    ("GB", {"phone": LONDON, "suppressed": NATIONAL}, "deny national_do_not_call"),
    ("CA express consent", {"phone": TORONTO, "suppressed": NATIONAL, "consent": EXPRESS}, "allow"),
    (
        "CA relationship",
        {"phone": TORONTO, "suppressed": NATIONAL, **relationship("2026-11-20T00:00:00Z")},
        "deny national_do_not_call",
    ),
    ("copy of 31 days", copy("US", "2026-10-23"), "allow"),
    ("copy of 32 days", copy("US", "2026-10-22"), "deny registry_out_of_date"),
    ("copy for a survey", {"campaign": SURVEY, **copy("US", "2026-01-01")}, "allow"),
    ("copy of elsewhere", copy("CA", "2026-01-01"), "allow"),
    (
        "the older of two copies",
        {
            "registries": [
                {"name": "US", "as_of": "2026-11-20"},
                {"name": "US", "as_of": "2026-10-01"},
            ]
        },
        "deny registry_out_of_date",
    ),
    ("FL 90 days", {"phone": FLORIDA, "campaign": PREVIEW, **copy("US-FL", "2026-08-25")}, "allow"),
    (
        "FL 91 days",
        {"phone": FLORIDA, "campaign": PREVIEW, **copy("US-FL", "2026-08-24")},
        "deny registry_out_of_date",
    ),
    ("GB 28 days", {"phone": LONDON, **copy("GB", "2026-10-26")}, "allow"),
    ("GB 29 days", {"phone": LONDON, **copy("GB", "2026-10-25")}, "deny registry_out_of_date"),
]


@pytest.mark.parametrize(
    ("fields", "expected"), [pytest.param(*row[1:], id=row[0]) for row in CONSENT]
)
def test_consent(fields: dict[str, object], expected: str) -> None:
    """Consent is asked for where the rules name it; taken back, it stands against everything."""
    assert decided(NOON, **fields) == expected


@pytest.mark.parametrize(
    ("fields", "expected"), [pytest.param(*row[1:], id=row[0]) for row in LISTS]
)
def test_lists(fields: dict[str, object], expected: str) -> None:
    """Internal lists bind always, national ones the purposes in scope and what lifts them."""
    assert decided(NOON, **fields) == expected


def test_copy_ages_by_the_contacts_date() -> None:
    """At 20:00 in New York it is already tomorrow in UTC, but the copy is 31 days old."""
    assert decided("2026-11-24T01:00:00Z", **copy("US", "2026-10-23")) == "allow"


def test_copy_too_old_by_the_next_opening() -> None:
    """A copy that is good today is too old when the next window opens: no later time is right."""
    answer = decided("2026-11-24T02:30:00Z", **copy("US", "2026-10-23"))
    assert answer == "deny no_common_window outside_calling_hours registry_out_of_date"


def test_registry_of_an_unknown_place() -> None:
    """A registry that no rule knows is a mistake in the case."""
    with pytest.raises(InvalidCaseError, match=r"registries\.name"):
        decided(NOON, **copy("XX", "2026-11-01"))


EMAIL_CASES = [
    ("no calling hours", "2026-11-23T06:00:00Z", {}, "allow"),
    ("no holidays", "2026-04-27T15:00:00Z", {"region": "US-AL"}, "allow"),
    ("nothing known of the place", NOON, {"phone": None}, "deny unknown_jurisdiction"),
    (
        "nothing known, with open hours",
        NOON,
        {"phone": None, "campaign": {"open_hours": {"MONDAY": []}}},
        "deny unknown_jurisdiction unknown_time_zone",
    ),
    ("an address is enough", NOON, {"phone": None, "country": "US"}, "allow"),
    ("DE asks consent", NOON, {"phone": None, "country": "DE"}, "deny no_consent"),
    ("a bad number does not matter", NOON, {"phone": "+1212555", "region": "US-NY"}, "allow"),
]


@pytest.mark.parametrize(
    ("at", "fields", "expected"), [pytest.param(*row[1:], id=row[0]) for row in EMAIL_CASES]
)
def test_email(at: str, fields: dict[str, object], expected: str) -> None:
    """E-mail knows no calling hours and no legal holidays, but consent and lists."""
    assert decided(at, **{**EMAIL, **fields}) == expected
