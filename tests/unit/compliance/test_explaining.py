"""How a decision came about can be read by a lawyer and by a program, and is that decision."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.case import Case
from compliance.explaining import Explanation, as_json, as_lines, explain
from compliance.rule_checks import Verdict
from compliance.rulebook import build
from compliance.screening import Allow, Defer, published, screen
from tests.random_cases import cases
from tests.screening_cases import AGENTLESS, WRITTEN, call, case, rules

NOON = "2026-11-23T17:00:00Z"  # in New York
NIGHT = "2026-11-23T04:00:00Z"


def explained(at: str = NOON, phone: str | None = "+12125550123", **fields: Any) -> Explanation:
    """The explanation of a case under the bundled rules."""
    return explain(case(at, phone, **fields), rules())


def because(found: Explanation) -> dict[str, list[str]]:
    """What points to each zone and each jurisdiction."""
    pointers = {one.zone: one.because for one in found.local_times}
    pointers |= {one.jurisdiction.code: one.because for one in found.applied}
    return {
        name: [f"{pointer.clue.value} {pointer.value}" for pointer in each]
        for name, each in pointers.items()
    }


def verdicts(found: Explanation) -> dict[str, Verdict]:
    """The verdict of each rule that was looked at."""
    return {check.rule.rule: check.verdict for check in found.checks}


@settings(max_examples=250, deadline=None)
@given(cases(), st.sampled_from([(), ("US-NYC",), ("GB", "US-OH")]))
def test_it_explains_the_decision_of_screening(asked: Case, more: tuple[str, ...]) -> None:
    """The decision is that of `screen`, each reason comes from one rule, and the wait adds up."""
    found = explain(asked, rules())
    decision = screen(asked, rules())
    assert found.decision == decision
    reasons = () if isinstance(decision, Allow) else decision.reasons
    told = [reason for check in found.checks for reason in check.reasons]
    assert sorted(told, key=str) == sorted(reasons, key=str)
    for check in found.checks:
        assert (check.verdict is Verdict.STANDS) is bool(check.reasons)
    assert [one.zone for one in found.local_times] == list(decision.time_zones)
    if isinstance(decision, Defer):
        assert {wait.reason for wait in found.waits} >= set(reasons)
        assert max(wait.until for wait in found.waits) == decision.not_before
        assert all(asked.at <= wait.since < wait.until for wait in found.waits)
    else:
        assert not found.waits
    assert all(because(found).values())
    assert as_lines(found)
    assert json.loads(json.dumps(as_json(found)))["decision"] == published(decision)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"region": "US-FL"},
            {
                "America/Chicago": ["region US-FL"],
                "America/New_York": ["area_code 212", "region US-FL"],
                "US-NY": ["area_code 212"],
                "US": ["extended US-NY", "extended US-FL"],
                "US-FL": ["region US-FL"],
            },
        ),
        (
            {"phone": "+18005550199", "region": "US-FL", "postal_code": "33101"},
            {
                "America/New_York": ["postal_code 331"],
                "US": ["number_country US", "extended US-FL"],
                "US-FL": ["region US-FL"],
            },
        ),
        (
            {"time_zone": "Europe/Paris", "campaign": {"purpose": "debt_collection"}},
            {
                "Europe/Paris": ["declared Europe/Paris"],
                "US-NY": ["area_code 212"],
                "US": ["extended US-NY"],
                "US-DEBT": ["debt_collection US"],
            },
        ),
        (
            {"phone": "+12165550123", "campaign": {"rules": ["PR"]}},
            {
                "America/New_York": ["area_code 216"],
                "US": ["area_code 216", "campaign PR"],
            },
        ),
        (
            {"phone": "+447400123456"},
            {"Europe/London": ["number_country GB"], "GB": ["number_country GB"]},
        ),
        (
            {"phone": "+442079460958", "country": "GB"},
            {"Europe/London": ["number GB"], "GB": ["number_country GB", "country GB"]},
        ),
    ],
)
def test_what_points_where(fields: dict[str, Any], expected: dict[str, list[str]]) -> None:
    """Each zone and each jurisdiction has what points to it."""
    assert because(explained(**fields)) == expected


def test_verdicts() -> None:
    """A rule stands, does not stand, or is about something else."""
    history = [call(f"2026-11-23T{hour}:00:00Z") for hour in (14, 15, 16)]
    found = verdicts(explained(phone="+13055550123", history=history, campaign=AGENTLESS))
    assert found["US-FL-3IN24"] is Verdict.STANDS
    assert found["US-FL-AUTOMATED"] is Verdict.STANDS
    assert found["US-HOURS"] is Verdict.DOES_NOT_STAND
    assert found["US-FCC-HIPAA"] is Verdict.NOT_CONCERNED
    assert found["US-TCPA-SMS"] is Verdict.NOT_CONCERNED
    assert found["valid number"] is Verdict.DOES_NOT_STAND


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"phone": "+1212555"}, "valid number"),
        ({"phone": "+18005550199"}, "local time"),
        ({"phone": "+48221234567"}, "jurisdiction"),
        ({"suppressed": [{"list": "internal"}]}, "internal list"),
        ({"suppressed": [{"list": "national"}]}, "US-DNC"),
        ({"registries": [{"name": "US", "as_of": "2026-01-01"}]}, "US-DNC"),
        ({"consent": {**WRITTEN, "revoked_at": "2026-02-01T00:00:00Z"}}, "consent"),
        ({"phone": "+14165550123", "channel": "sms"}, "CA"),
        ({"phone": "+12155550123", "at": "2026-11-26T17:00:00Z"}, "US-PA-HOLIDAYS"),
        ({"campaign": {"open_hours": {}}}, "campaign.open_hours"),
        (
            {"campaign": {"attempt_limits": [{"max": 0, "days": 1}]}},
            "campaign.attempt_limits: 0 in 1 x 24 h",
        ),
        (
            {
                "campaign": {
                    "restricted_periods": [
                        {"name": "inventory", "start": "2026-11-23", "end": "2026-11-23"}
                    ]
                }
            },
            "inventory",
        ),
    ],
)
def test_rules_that_stand(fields: dict[str, Any], rule: str) -> None:
    """Whatever kind of rule stands, it is named, with its words and its source."""
    found = explained(**{"at": NOON, **fields})
    (check,) = [
        one for one in found.checks if one.verdict is Verdict.STANDS and one.rule.rule == rule
    ]
    assert check.rule.says
    assert check.rule.citation == check.reasons[0].citation


def test_an_emergency_ban_is_explained() -> None:
    """A ban that the operator has switched on is among the rules, with the operator's reason."""
    ban = {
        "id": "STORM",
        "places": ["US-NY"],
        "from": "2026-11-20",
        "until": "2026-11-30",
        "channels": ["voice_live"],
        "purposes": ["telemarketing"],
        "reason": "flood",
        "cite": "order 12",
    }
    rulebook = build({**json.loads(rules().content), "emergency_bans": [ban]}, "2026f")
    (check,) = [one for one in explain(case(NOON), rulebook).checks if one.rule.rule == "STORM"]
    assert check.verdict is Verdict.STANDS
    assert check.rule.says == (
        "US-NY: no voice_live for telemarketing from 2026-11-20 until 2026-11-30, both included,"
        " in the contact's local time; flood"
    )
    survey = explain(case(NOON, campaign={"purpose": "survey"}), rulebook)
    assert verdicts(survey)["STORM"] is Verdict.NOT_CONCERNED


def test_a_reason_that_comes_later_is_waited_for() -> None:
    """What does not stand yet, but will when the first reasons are gone, is told too."""
    eve = explained("2026-11-26T02:30:00Z", "+12155550123")  # 21:30 before Thanksgiving
    assert [
        (one.reason.rule, f"{one.since:%d %H:%M}", f"{one.until:%d %H:%M}") for one in eve.waits
    ] == [
        ("US-HOURS", "26 02:30", "28 13:00"),
        ("US-PA-HOLIDAYS", "26 13:00", "28 05:00"),
    ]


def test_in_words() -> None:
    """A lawyer reads the decision first, then the clock, the rules, and each rule's source."""
    lines = as_lines(explained(NIGHT, region="US-FL", consent=WRITTEN))
    assert lines[0] == (
        "Decision: not now, but from 2026-11-23T14:00:00Z (Mon 2026-11-23 08:00:00 -0600"
        " America/Chicago, Mon 2026-11-23 09:00:00 -0500 America/New_York)"
    )
    assert (
        lines[1] == "Asked: voice at 2026-11-23T04:00:00Z, for telemarketing, dial mode predictive"
    )
    text = "\n".join(lines)
    assert (
        "Sun 2026-11-22 22:00:00 -0600 America/Chicago to 22:00:27: the address, in US-FL" in text
    )
    assert "US-NY New York: the number's area code 212 (" in text
    assert (
        "outside_calling_hours US-HOURS: from 2026-11-23T04:00:00Z until 2026-11-23T14:00:00Z"
        in text
    )
    assert "[16 CFR 310.4(c); 47 CFR 64.1200(c)(1)] (verified, 2026-11-23)" in text


@pytest.mark.parametrize(
    ("fields", "start", "number"),
    [
        ({}, "Decision: allowed", "Number: +12125550123, fixed line or mobile, US"),
        (
            {"phone": "+12125550123;ext=5"},
            "Decision: denied",
            "Number: none; numbers with an extension cannot be dialled; give the number alone",
        ),
        (
            {"phone": None, "channel": "email", "email": "a@example.org", "country": "US"},
            "Decision: allowed",
            "Number: none; the case names none",
        ),
    ],
)
def test_the_first_lines(fields: dict[str, Any], start: str, number: str) -> None:
    """An allowed and a denied case, and one without a number, say so."""
    lines = as_lines(explained(**fields))
    assert lines[0].startswith(start)
    assert lines[3] == number
