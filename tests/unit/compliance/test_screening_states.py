"""State law of the United States, case by case, worked out by hand from the rules.

2026-11-23 is a Monday; clocks went back on 2026-11-01 and forward on 2026-03-08.
"""

from __future__ import annotations

import pytest

from tests.screening_cases import (
    AGENTLESS,
    EXPRESS,
    PREVIEW,
    WRITTEN,
    consent,
    decided,
)

HOURS = "outside_calling_hours"
FLORIDA, PANHANDLE, ALABAMA, RHODE_ISLAND = (
    "+13055550123",
    "+18505550123",
    "+12055550123",
    "+14015550123",
)
PENNSYLVANIA, UTAH, NEBRASKA, TEXAS = "+12155550123", "+18015550123", "+14025550123", "+12145550123"
EL_PASO, LOS_ANGELES, NAVAJO, PHOENIX = (
    "+19155550123",
    "+12135550123",
    "+19285550123",
    "+16025550123",
)
MISSISSIPPI, MAINE, CONNECTICUT = "+16015550123", "+12075550123", "+18605550123"
TOLL_FREE = "+18005550199"

STATES = [
    (
        "Florida closes at 20",
        "2026-11-24T00:59:33Z",
        f"defer 2026-11-24T13:00:00Z {HOURS}",
        {"phone": FLORIDA},
    ),
    (
        "a Florida law follows the number",
        "2026-11-24T01:30:00Z",
        f"defer 2026-11-24T13:00:00Z {HOURS}",
        {"phone": FLORIDA, "region": "US-NY"},
    ),
    (
        "Alabama Sunday",
        "2026-11-29T18:00:00Z",
        f"defer 2026-11-30T14:00:00Z {HOURS}",
        {"phone": ALABAMA},
    ),
    (
        "Alabama, Confederate Memorial Day",
        "2026-04-27T15:00:00Z",
        "defer 2026-04-28T13:00:00Z holiday",
        {"phone": ALABAMA},
    ),
    (
        "Alabama, Mardi Gras by Easter",
        "2027-02-09T15:00:00Z",
        "defer 2027-02-10T14:00:00Z holiday",
        {"phone": ALABAMA},
    ),
    (
        "Alabama, 4 July observed on Friday",
        "2026-07-03T15:00:00Z",
        "defer 2026-07-06T13:00:00Z holiday",
        {"phone": ALABAMA},
    ),
    (
        "Alabama, no relationship helps",
        "2026-04-27T15:00:00Z",
        "defer 2026-04-28T13:00:00Z holiday",
        {"phone": ALABAMA, "consent": consent("existing_relationship", "2026-04-01T00:00:00Z")},
    ),
    (
        "Alabama, consent neither",
        "2026-04-27T15:00:00Z",
        "defer 2026-04-28T13:00:00Z holiday",
        {"phone": ALABAMA, "consent": WRITTEN},
    ),
    (
        "a survey has holidays too",
        "2026-04-27T15:00:00Z",
        "defer 2026-04-28T13:00:00Z holiday",
        {"phone": ALABAMA, "campaign": {"purpose": "survey"}},
    ),
    (
        "Louisiana, Good Friday, consent lifts",
        "2026-04-03T15:00:00Z",
        "allow",
        {"phone": "+15045550123", "consent": EXPRESS},
    ),
    (
        "Louisiana, Good Friday",
        "2026-04-03T15:00:00Z",
        "defer 2026-04-04T13:00:00Z holiday",
        {"phone": "+15045550123"},
    ),
    (
        "Rhode Island, last start on Friday",
        "2026-11-27T22:59:32Z",
        "allow",
        {"phone": RHODE_ISLAND},
    ),
    (
        "Rhode Island, then Saturday at 10",
        "2026-11-27T22:59:33Z",
        f"defer 2026-11-28T15:00:00Z {HOURS}",
        {"phone": RHODE_ISLAND},
    ),
    (
        "Rhode Island, 4 July on a Saturday",
        "2026-07-03T14:00:00Z",
        "defer 2026-07-07T13:00:00Z holiday",
        {"phone": RHODE_ISLAND},
    ),
    (
        "Rhode Island, Victory Day",
        "2026-08-10T15:00:00Z",
        "defer 2026-08-11T13:00:00Z holiday",
        {"phone": RHODE_ISLAND},
    ),
    (
        "Rhode Island, Juneteenth on a Saturday bans no Monday",
        "2027-06-21T15:00:00Z",
        "allow",
        {"phone": RHODE_ISLAND},
    ),
    (
        "Rhode Island, lifted by a request",
        "2026-08-10T15:00:00Z",
        "allow",
        {"phone": RHODE_ISLAND, "consent": WRITTEN},
    ),
    (
        "Pennsylvania, Good Friday is added",
        "2026-04-03T15:00:00Z",
        "defer 2026-04-04T12:00:00Z holiday",
        {"phone": PENNSYLVANIA},
    ),
    (
        "Pennsylvania, Flag Day",
        "2026-06-14T15:00:00Z",
        "defer 2026-06-15T12:00:00Z holiday",
        {"phone": PENNSYLVANIA},
    ),
    (
        "Pennsylvania, Election Day",
        "2026-11-03T15:00:00Z",
        "defer 2026-11-04T13:00:00Z holiday",
        {"phone": PENNSYLVANIA},
    ),
    (
        "Pennsylvania, relationship of a year",
        "2026-11-03T15:00:00Z",
        "allow",
        {
            "phone": PENNSYLVANIA,
            "consent": consent("existing_relationship", "2025-11-03T15:00:01Z"),
        },
    ),
    (
        "Pennsylvania, a second too old",
        "2026-11-03T15:00:00Z",
        "defer 2026-11-04T13:00:00Z holiday",
        {
            "phone": PENNSYLVANIA,
            "consent": consent("existing_relationship", "2025-11-03T15:00:00Z"),
        },
    ),
    (
        "Utah, Pioneer Day",
        "2026-07-24T15:00:00Z",
        "defer 2026-07-25T14:00:00Z holiday",
        {"phone": UTAH},
    ),
    ("Utah, consent lifts", "2026-07-24T15:00:00Z", "allow", {"phone": UTAH, "consent": EXPRESS}),
    (
        "Utah, a relationship does not",
        "2026-07-24T15:00:00Z",
        "defer 2026-07-25T14:00:00Z holiday",
        {"phone": UTAH, "consent": consent("existing_relationship", "2026-07-01T00:00:00Z")},
    ),
    ("Nebraska, live on Thanksgiving", "2026-11-26T18:00:00Z", "allow", {"phone": NEBRASKA}),
    (
        "Nebraska, recorded on Thanksgiving",
        "2026-11-26T18:00:00Z",
        f"defer 2026-11-26T19:00:00Z {HOURS}",
        {"phone": NEBRASKA, "campaign": AGENTLESS, "consent": WRITTEN},
    ),
    (
        "Nebraska, recorded on Sunday",
        "2026-11-29T18:00:00Z",
        f"defer 2026-11-29T19:00:00Z {HOURS}",
        {"phone": NEBRASKA, "campaign": AGENTLESS, "consent": WRITTEN},
    ),
    (
        "Texas, Sunday from noon",
        "2026-11-29T17:59:59Z",
        f"defer 2026-11-29T18:00:00Z {HOURS}",
        {"phone": TEXAS},
    ),
    (
        "Kentucky from 10",
        "2026-11-23T14:30:00Z",
        f"defer 2026-11-23T15:00:00Z {HOURS}",
        {"phone": "+15025550123"},
    ),
    (
        "Washington to 20",
        "2026-11-24T03:59:33Z",
        f"defer 2026-11-24T16:00:00Z {HOURS}",
        {"phone": "+12065550123"},
    ),
    (
        "Mississippi is on Chicago's clock",
        "2026-11-24T02:30:00Z",
        f"defer 2026-11-24T16:00:00Z {HOURS}",
        {"phone": MISSISSIPPI, "time_zone": "America/Los_Angeles"},
    ),
    (
        "Mississippi Sunday",
        "2026-11-29T18:00:00Z",
        f"defer 2026-11-30T14:00:00Z {HOURS}",
        {"phone": MISSISSIPPI},
    ),
    (
        "California, recorded, on its own clock",
        "2026-11-23T13:00:00Z",
        f"defer 2026-11-23T17:00:00Z {HOURS}",
        {
            "phone": LOS_ANGELES,
            "time_zone": "America/New_York",
            "campaign": AGENTLESS,
            "consent": WRITTEN,
        },
    ),
    (
        "California, live, on the contact's",
        "2026-11-23T13:00:00Z",
        "allow",
        {"phone": LOS_ANGELES, "time_zone": "America/New_York"},
    ),
    (
        "Maine, recorded, by the state's time",
        "2026-11-23T15:00:00Z",
        f"defer 2026-11-23T18:00:00Z {HOURS}",
        {
            "phone": MAINE,
            "time_zone": "Pacific/Honolulu",
            "campaign": AGENTLESS,
            "consent": WRITTEN,
        },
    ),
    (
        "Maine, recorded, no weekend",
        "2026-11-28T16:00:00Z",
        f"defer 2026-11-30T14:00:00Z {HOURS}",
        {"phone": MAINE, "campaign": AGENTLESS, "consent": WRITTEN},
    ),
    (
        "Washington bars recorded voice",
        "2026-11-23T18:00:00Z",
        "deny channel_prohibited",
        {"phone": "+12065550123", "campaign": AGENTLESS, "consent": WRITTEN},
    ),
    (
        "Massachusetts, unless asked for",
        "2026-11-23T15:00:00Z",
        "deny channel_prohibited no_consent",
        {"phone": "+16175550123", "campaign": AGENTLESS},
    ),
    (
        "Massachusetts, asked for",
        "2026-11-23T15:00:00Z",
        "allow",
        {"phone": "+16175550123", "campaign": AGENTLESS, "consent": WRITTEN},
    ),
    (
        "an overlay named adds its hours",
        "2026-11-24T00:59:33Z",
        f"defer 2026-11-24T14:00:00Z {HOURS}",
        {
            "campaign": {"rules": ["US-CT", "US-RI"], "purpose": "survey"},
            "time_zone": "America/New_York",
        },
    ),
]


@pytest.mark.parametrize(
    ("at", "expected", "fields"),
    [pytest.param(*row[1:], id=row[0]) for row in STATES],
)
def test_state_law_adds(at: str, expected: str, fields: dict[str, object]) -> None:
    """State windows, holidays and bans add to federal law."""
    fields = {"campaign": PREVIEW, **fields}
    assert decided(at, **fields) == expected
