"""The campaign's own hours, periods and limits, at their exact boundaries."""

from __future__ import annotations

import pytest

from tests.screening_cases import (
    PREVIEW,
    call,
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


CAMPAIGN_HOURS = [
    ("within", NOON, "allow", {"campaign": {"open_hours": OPEN_DAYS}}),
    (
        "before",
        "2026-11-23T13:30:00Z",
        "defer 2026-11-23T14:00:00Z outside_open_hours",
        {"campaign": {"open_hours": OPEN_DAYS}},
    ),
    ("last start", "2026-11-23T21:59:32Z", "allow", {"campaign": {"open_hours": OPEN_DAYS}}),
    (
        "ring beyond",
        "2026-11-23T21:59:33Z",
        "defer 2026-11-24T14:00:00Z outside_open_hours",
        {"campaign": {"open_hours": OPEN_DAYS}},
    ),
    (
        "both closed",
        "2026-11-23T05:00:00Z",
        "defer 2026-11-23T14:00:00Z outside_calling_hours outside_open_hours",
        {"campaign": {"open_hours": OPEN_DAYS}},
    ),
    (
        "a day left out",
        "2026-11-28T17:00:00Z",
        "defer 2026-11-30T14:00:00Z outside_open_hours",
        {"campaign": {"open_hours": OPEN_DAYS}},
    ),
    (
        "law closes first",
        "2026-11-24T01:59:33Z",
        "defer 2026-11-25T00:00:00Z outside_calling_hours",
        {
            "campaign": hours(
                MONDAY=[{"start": "19:00", "end": "23:00"}],
                TUESDAY=[{"start": "19:00", "end": "23:00"}],
            )
        },
    ),
    (
        "no day at all",
        NOON,
        "deny no_common_window outside_open_hours",
        {"campaign": {"open_hours": {}}},
    ),
    (
        "only at night",
        NOON,
        "deny no_common_window outside_open_hours",
        {"campaign": hours(MONDAY=[{"start": "02:00", "end": "04:00"}])},
    ),
    (
        "24:00 is the end of the day",
        "2026-11-24T04:59:59Z",
        "allow",
        {
            "channel": "email",
            "email": "a@example.com",
            "campaign": hours(MONDAY=[{"start": "20:00", "end": "24:00"}]),
        },
    ),
    (
        "00:00 is too",
        "2026-11-24T05:00:00Z",
        "defer 2026-12-01T01:00:00Z outside_open_hours",
        {
            "channel": "email",
            "email": "a@example.com",
            "campaign": hours(MONDAY=[{"start": "20:00", "end": "00:00"}]),
        },
    ),
    (
        "a lunch break",
        "2026-11-23T17:15:00Z",
        "defer 2026-11-23T17:30:00Z outside_open_hours",
        {
            "campaign": hours(
                MONDAY=[{"start": "09:00", "end": "12:00"}, {"start": "12:30", "end": "17:00"}]
            )
        },
    ),
    (
        "spans that touch are one",
        "2026-11-23T16:59:50Z",
        "allow",
        {
            "campaign": hours(
                MONDAY=[{"start": "12:00", "end": "17:00"}, {"start": "09:00", "end": "12:00"}]
            )
        },
    ),
    (
        "a gap shorter than the ring",
        "2026-11-23T16:59:59Z",
        "defer 2026-11-23T17:01:00Z outside_open_hours",
        {
            "campaign": {
                **hours(
                    MONDAY=[{"start": "09:00", "end": "12:00"}, {"start": "12:01", "end": "17:00"}]
                ),
                "max_ring_seconds": 60,
            }
        },
    ),
    (
        "every zone must be in open hours",
        "2026-11-23T14:30:00Z",
        "defer 2026-11-23T15:00:00Z outside_open_hours",
        {"phone": "+18505550123", "campaign": {**PREVIEW, "open_hours": OPEN_DAYS}},
    ),
    (
        "the hour that comes twice is open twice",
        "2026-11-01T06:15:00Z",
        "allow",
        {
            "channel": "email",
            "email": "a@example.com",
            "campaign": hours(SUNDAY=[{"start": "01:00", "end": "01:30"}]),
        },
    ),
    (
        "and closed between",
        "2026-11-01T05:30:00Z",
        "defer 2026-11-01T06:00:00Z outside_open_hours",
        {
            "channel": "email",
            "email": "a@example.com",
            "campaign": hours(SUNDAY=[{"start": "01:00", "end": "01:30"}]),
        },
    ),
    (
        "the hour that is left out does not open",
        "2026-03-08T06:59:59Z",
        "defer 2026-03-15T06:10:00Z outside_open_hours",
        {
            "channel": "email",
            "email": "a@example.com",
            "campaign": hours(SUNDAY=[{"start": "02:10", "end": "02:50"}]),
        },
    ),
    (
        "first day of a restricted period",
        "2026-12-24T17:00:00Z",
        "defer 2026-12-27T13:00:00Z restricted_period",
        {
            "campaign": {
                "restricted_periods": [
                    {"name": "Holidays", "start": "2026-12-24", "end": "2026-12-26"}
                ]
            }
        },
    ),
    (
        "the evening before",
        "2026-12-24T01:00:00Z",
        "allow",
        {
            "campaign": {
                "restricted_periods": [
                    {"name": "Holidays", "start": "2026-12-24", "end": "2026-12-26"}
                ]
            }
        },
    ),
    (
        "e-mail obeys it",
        "2026-12-26T23:00:00Z",
        "defer 2026-12-27T05:00:00Z restricted_period",
        {
            "channel": "email",
            "email": "a@example.com",
            "campaign": {
                "restricted_periods": [
                    {"name": "Holidays", "start": "2026-12-24", "end": "2026-12-26"}
                ]
            },
        },
    ),
    (
        "more than a year",
        NOON,
        "deny no_common_window restricted_period",
        {
            "campaign": {
                "restricted_periods": [{"name": "Ever", "start": "2026-01-01", "end": "2028-12-26"}]
            }
        },
    ),
]

CAMPAIGN_LIMITS = [
    (
        "one left",
        NOON,
        "allow",
        {"campaign": limit(3, 1), "history": calls("2026-11-23T14:00:00Z", "2026-11-23T15:00:00Z")},
    ),
    (
        "none left",
        NOON,
        "defer 2026-11-24T14:00:00Z attempt_limit",
        {
            "campaign": limit(3, 1),
            "history": calls(
                "2026-11-23T14:00:00Z", "2026-11-23T15:00:00Z", "2026-11-23T16:00:00Z"
            ),
        },
    ),
    (
        "exactly a day old no longer counts",
        NOON,
        "allow",
        {"campaign": limit(1, 1), "history": calls("2026-11-22T17:00:00Z")},
    ),
    (
        "a second less does",
        NOON,
        "defer 2026-11-23T17:00:01Z attempt_limit",
        {"campaign": limit(1, 1), "history": calls("2026-11-22T17:00:01Z")},
    ),
    (
        "half a second is rounded up",
        NOON,
        "defer 2026-11-23T17:00:01Z attempt_limit",
        {"campaign": limit(1, 1), "history": calls("2026-11-22T17:00:00.5Z")},
    ),
    (
        "inbound does not count",
        NOON,
        "allow",
        {"campaign": limit(1, 1), "history": calls("2026-11-23T16:00:00Z", direction="inbound")},
    ),
    (
        "other channels and failures do",
        NOON,
        "defer 2026-11-24T16:00:00Z attempt_limit",
        {
            "campaign": limit(2, 1),
            "history": [
                call("2026-11-23T16:00:00Z", "failed"),
                {"at": "2026-11-23T16:30:00Z", "channel": "email"},
            ],
        },
    ),
    (
        "released into the night",
        NOON,
        "defer 2026-11-24T13:00:00Z attempt_limit",
        {"campaign": limit(1, 1), "history": calls("2026-11-23T02:30:00Z", "2026-11-23T03:00:00Z")},
    ),
    (
        "the longest of several",
        NOON,
        "defer 2026-11-29T16:00:00Z attempt_limit",
        {
            "campaign": {"attempt_limits": [{"max": 1, "days": 1}, {"max": 1, "days": 6}]},
            "history": calls("2026-11-23T16:00:00Z"),
        },
    ),
    (
        "elapsed time over a clock change",
        "2026-11-01T16:30:00Z",
        "defer 2026-11-01T17:00:00Z attempt_limit",
        {"campaign": limit(1, 1), "history": calls("2026-10-31T17:00:00Z")},
    ),
    ("none ever", NOON, "deny attempt_limit", {"campaign": limit(0, 1)}),
    (
        "two years",
        NOON,
        "deny attempt_limit no_common_window",
        {"campaign": limit(1, 730), "history": calls("2026-11-22T17:00:00Z")},
    ),
    (
        "e-mail counts too",
        NOON,
        "defer 2026-11-24T16:00:00Z attempt_limit",
        {
            "channel": "email",
            "email": "a@example.com",
            "campaign": limit(1, 1),
            "history": calls("2026-11-23T16:00:00Z"),
        },
    ),
]


@pytest.mark.parametrize(
    ("at", "expected", "fields"), [pytest.param(*row[1:], id=row[0]) for row in CAMPAIGN_HOURS]
)
def test_campaign_hours(at: str, expected: str, fields: dict[str, object]) -> None:
    """Open hours and restricted periods are local, and add to the law's hours."""
    assert decided(at, **fields) == expected


@pytest.mark.parametrize(
    ("at", "expected", "fields"), [pytest.param(*row[1:], id=row[0]) for row in CAMPAIGN_LIMITS]
)
def test_campaign_limits(at: str, expected: str, fields: dict[str, object]) -> None:
    """The campaign's limits are elapsed time, over all channels and outcomes."""
    assert decided(at, **fields) == expected
