"""The law's caps on attempts, at their exact boundaries."""

from __future__ import annotations

import pytest

from tests.screening_cases import (
    AGENTLESS,
    EXPRESS,
    PREVIEW,
    WRITTEN,
    call,
    consent,
    decided,
)

FLORIDA, MARYLAND, OREGON, OKLAHOMA = "+13055550123", "+14105550123", "+15035550123", "+14055550123"
WASHINGTON, MASSACHUSETTS, MAINE, NEVADA = (
    "+12065550123",
    "+16175550123",
    "+12075550123",
    "+17025550123",
)
DEBT = {"purpose": "debt_collection"}
NOON = "2026-11-23T17:00:00Z"  # in New York
WORKING_DAY = [{"start": "09:00", "end": "17:00"}]
OPEN_DAYS = dict.fromkeys(("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"), WORKING_DAY)


def hours(**days: object) -> dict[str, object]:
    """A campaign with open hours."""
    return {"open_hours": days}


def limit(most: int, days: int) -> dict[str, object]:
    """A campaign with one attempt limit."""
    return {"attempt_limits": [{"max": most, "days": days}]}


def calls(*instants: str, outcome: str = "no_answer", **more: object) -> list[object]:
    """Earlier calls with one outcome."""
    return [call(instant, outcome, **more) for instant in instants]


THREE = ("2026-11-23T14:00:00Z", "2026-11-23T15:00:00Z", "2026-11-23T16:00:00Z")
SEVEN = tuple(f"2026-11-{day}T17:00:00Z" for day in range(16, 23))
TEXTS = [{"at": instant, "channel": "sms"} for instant in THREE]

LEGAL_CAPS = [
    (
        "FL third in 24 h was made",
        NOON,
        "defer 2026-11-24T14:00:00Z legal_attempt_limit",
        {"phone": FLORIDA, "campaign": PREVIEW, "history": calls(*THREE)},
    ),
    (
        "FL two were made",
        NOON,
        "allow",
        {"phone": FLORIDA, "campaign": PREVIEW, "history": calls(*THREE[:2])},
    ),
    (
        "FL inbound calls do not count",
        NOON,
        "allow",
        {"phone": FLORIDA, "campaign": PREVIEW, "history": calls(*THREE, direction="inbound")},
    ),
    (
        "FL another subject",
        NOON,
        "allow",
        {
            "phone": FLORIDA,
            "campaign": {**PREVIEW, "subject": "renewal"},
            "history": calls(*THREE, subject="survey"),
        },
    ),
    (
        "FL the same subject",
        NOON,
        "defer 2026-11-24T14:00:00Z legal_attempt_limit",
        {
            "phone": FLORIDA,
            "campaign": {**PREVIEW, "subject": "renewal"},
            "history": calls(*THREE, subject="renewal"),
        },
    ),
    (
        "FL without subject counts for all",
        NOON,
        "defer 2026-11-24T14:00:00Z legal_attempt_limit",
        {"phone": FLORIDA, "campaign": {**PREVIEW, "subject": "renewal"}, "history": calls(*THREE)},
    ),
    (
        "FL campaign without subject",
        NOON,
        "defer 2026-11-24T14:00:00Z legal_attempt_limit",
        {"phone": FLORIDA, "campaign": PREVIEW, "history": calls(*THREE, subject="survey")},
    ),
    (
        "FL binds surveys",
        NOON,
        "defer 2026-11-24T14:00:00Z legal_attempt_limit",
        {"phone": FLORIDA, "campaign": {**PREVIEW, "purpose": "survey"}, "history": calls(*THREE)},
    ),
    (
        "FL busy and failed count",
        NOON,
        "defer 2026-11-24T14:00:00Z legal_attempt_limit",
        {"phone": FLORIDA, "campaign": PREVIEW, "history": calls(*THREE, outcome="busy")},
    ),
    (
        "FL texts do not count",
        NOON,
        "allow",
        {"phone": FLORIDA, "campaign": PREVIEW, "history": TEXTS},
    ),
    (
        "MD texts count",
        NOON,
        "defer 2026-11-24T14:00:00Z legal_attempt_limit",
        {"phone": MARYLAND, "campaign": PREVIEW, "history": TEXTS},
    ),
    (
        "MD a text is bound",
        NOON,
        "defer 2026-11-24T14:00:00Z legal_attempt_limit",
        {"phone": MARYLAND, "channel": "sms", "consent": WRITTEN, "history": calls(*THREE)},
    ),
    (
        "OK 24 h exactly",
        "2026-11-24T14:00:00Z",
        "allow",
        {"phone": OKLAHOMA, "campaign": PREVIEW, "history": calls(*THREE)},
    ),
    (
        "OR",
        "2026-11-23T18:00:00Z",
        "defer 2026-11-24T16:00:00Z legal_attempt_limit",
        {"phone": OREGON, "history": calls(*THREE)},
    ),
    (
        "OR relationship of 18 months",
        "2026-11-23T18:00:00Z",
        "allow",
        {
            "phone": OREGON,
            "history": calls(*THREE),
            "consent": consent("existing_relationship", "2025-05-23T18:00:01Z"),
        },
    ),
    (
        "OR relationship too old",
        "2026-11-23T18:00:00Z",
        "defer 2026-11-24T16:00:00Z legal_attempt_limit",
        {
            "phone": OREGON,
            "history": calls(*THREE),
            "consent": consent("existing_relationship", "2025-05-23T18:00:00Z"),
        },
    ),
    (
        "Reg F eighth in seven dates",
        "2026-11-22T18:00:00Z",
        "defer 2026-11-23T13:00:00Z legal_attempt_limit",
        {"campaign": DEBT, "history": calls(*SEVEN)},
    ),
    ("Reg F the eighth date", NOON, "allow", {"campaign": DEBT, "history": calls(*SEVEN)}),
    (
        "Reg F busy does not count",
        "2026-11-22T18:00:00Z",
        "allow",
        {"campaign": DEBT, "history": [*calls(*SEVEN[:6]), *calls(SEVEN[6], outcome="busy")]},
    ),
    ("Reg F is not for telemarketing", "2026-11-22T18:00:00Z", "allow", {"history": calls(*SEVEN)}),
    (
        "Reg F another debt",
        "2026-11-22T18:00:00Z",
        "allow",
        {"campaign": DEBT, "debts": ["A"], "history": calls(*SEVEN, debts=["B"])},
    ),
    (
        "Reg F one call, two debts",
        "2026-11-22T18:00:00Z",
        "defer 2026-11-23T13:00:00Z legal_attempt_limit",
        {"campaign": DEBT, "debts": ["A", "B"], "history": calls(*SEVEN, debts=["B", "C"])},
    ),
    (
        "Reg F talk on Monday frees Monday",
        "2026-11-22T18:00:00Z",
        "defer 2026-11-23T13:00:00Z cooldown_after_conversation",
        {"campaign": DEBT, "history": calls("2026-11-16T22:00:00Z", outcome="conversation")},
    ),
    (
        "Reg F by the local date",
        "2026-11-23T13:00:00Z",
        "allow",
        {"campaign": DEBT, "history": calls("2026-11-17T01:00:00Z", outcome="conversation")},
    ),
    (
        "Reg F by the later of two local dates",
        "2026-11-23T18:00:00Z",
        "defer 2026-11-24T14:00:00Z cooldown_after_conversation",
        {
            "phone": FLORIDA,
            "region": "US-FL",
            "campaign": DEBT,
            "history": calls("2026-11-17T05:30:00Z", outcome="conversation"),
        },
    ),
    (
        "Reg F a refusal is a conversation",
        "2026-11-22T18:00:00Z",
        "defer 2026-11-23T13:00:00Z cooldown_after_conversation",
        {"campaign": DEBT, "history": calls("2026-11-16T22:00:00Z", outcome="refused")},
    ),
    (
        "Reg F inbound talk counts",
        "2026-11-22T18:00:00Z",
        "defer 2026-11-23T13:00:00Z cooldown_after_conversation",
        {
            "campaign": DEBT,
            "history": calls("2026-11-16T22:00:00Z", outcome="conversation", direction="inbound"),
        },
    ),
    (
        "Reg F talk about another debt",
        "2026-11-22T18:00:00Z",
        "allow",
        {
            "campaign": DEBT,
            "debts": ["A"],
            "history": calls("2026-11-16T22:00:00Z", outcome="conversation", debts=["B"]),
        },
    ),
    (
        "Reg F a text is no call",
        "2026-11-22T18:00:00Z",
        "allow",
        {"channel": "sms", "campaign": DEBT, "history": calls(*SEVEN)},
    ),
    (
        "NYC by name: three in seven dates",
        "2026-11-22T18:00:00Z",
        "defer 2026-11-27T13:00:00Z legal_attempt_limit",
        {"campaign": {**DEBT, "rules": ["US-NYC"]}, "history": calls(*SEVEN[4:], outcome="busy")},
    ),
    (
        "WA three in seven dates",
        "2026-11-22T18:00:00Z",
        "defer 2026-11-27T16:00:00Z legal_attempt_limit",
        {"phone": WASHINGTON, "campaign": DEBT, "history": calls(*SEVEN[4:])},
    ),
    (
        "WA only for debts",
        "2026-11-22T18:00:00Z",
        "allow",
        {"phone": WASHINGTON, "history": calls(*SEVEN[4:])},
    ),
    (
        "MA two in seven dates",
        "2026-11-22T18:00:00Z",
        "defer 2026-11-28T13:00:00Z legal_attempt_limit",
        {"phone": MASSACHUSETTS, "campaign": DEBT, "history": calls(*SEVEN[5:])},
    ),
    (
        "ME recorded, 8 h",
        "2026-11-23T21:00:00Z",
        "defer 2026-11-24T14:00:00Z legal_attempt_limit",
        {
            "phone": MAINE,
            "campaign": AGENTLESS,
            "consent": WRITTEN,
            "history": calls("2026-11-23T14:30:00Z"),
        },
    ),
    (
        "ME recorded, 8 h are over",
        "2026-11-23T21:00:00Z",
        "allow",
        {
            "phone": MAINE,
            "campaign": AGENTLESS,
            "consent": WRITTEN,
            "history": calls("2026-11-23T13:00:00Z"),
        },
    ),
    (
        "ME live is not bound",
        "2026-11-23T21:00:00Z",
        "allow",
        {"phone": MAINE, "history": calls("2026-11-23T20:00:00Z")},
    ),
    (
        "NV never again recorded",
        "2026-11-23T18:00:00Z",
        "deny cooldown_after_conversation no_common_window",
        {
            "phone": NEVADA,
            "campaign": AGENTLESS,
            "consent": WRITTEN,
            "history": calls("2020-11-23T18:00:00Z", outcome="refused"),
        },
    ),
    (
        "US exempt recorded, three in 30 dates",
        NOON,
        "defer 2026-12-17T13:00:00Z legal_attempt_limit",
        {"campaign": {**AGENTLESS, "purpose": "survey"}, "history": calls(*SEVEN[1:4])},
    ),
    (
        "US exempt recorded, with consent",
        NOON,
        "allow",
        {
            "campaign": {**AGENTLESS, "purpose": "survey"},
            "history": calls(*SEVEN[1:4]),
            "consent": EXPRESS,
        },
    ),
    (
        "a cap and closed hours together",
        "2026-11-24T04:00:00Z",
        "defer 2026-11-24T14:00:00Z legal_attempt_limit outside_calling_hours",
        {"phone": FLORIDA, "campaign": PREVIEW, "history": calls(*THREE)},
    ),
]


@pytest.mark.parametrize(
    ("at", "expected", "fields"), [pytest.param(*row[1:], id=row[0]) for row in LEGAL_CAPS]
)
def test_legal_caps(at: str, expected: str, fields: dict[str, object]) -> None:
    """Legal caps count what their words say, in elapsed hours or local dates."""
    assert decided(at, **fields) == expected
