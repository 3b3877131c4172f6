"""Federal and state law of the United States, case by case, worked out by hand from the rules.

2026-11-23 is a Monday; clocks went back on 2026-11-01 and forward on 2026-03-08.
"""

from __future__ import annotations

from typing import Any

import pytest

from compliance.screening import screen
from tests.screening_cases import (
    PREVIEW,
    WRITTEN,
    case,
    decided,
    rules,
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

FEDERAL = [
    ("opening", "2026-11-23T13:00:00Z", "allow", {}),
    ("a second before", "2026-11-23T12:59:59Z", f"defer 2026-11-23T13:00:00Z {HOURS}", {}),
    ("half a second before", "2026-11-23T12:59:59.5Z", f"defer 2026-11-23T13:00:00Z {HOURS}", {}),
    ("last start, longest ring in", "2026-11-24T01:59:32Z", "allow", {}),
    (
        "ring would cross the close",
        "2026-11-24T01:59:33Z",
        f"defer 2026-11-24T13:00:00Z {HOURS}",
        {},
    ),
    ("60 s of ring fit", "2026-11-24T01:58:57Z", "allow", {"campaign": {"max_ring_seconds": 60}}),
    (
        "60 s of ring do not",
        "2026-11-24T01:58:58Z",
        f"defer 2026-11-24T13:00:00Z {HOURS}",
        {"campaign": {"max_ring_seconds": 60}},
    ),
    (
        "a text needs no ring",
        "2026-11-24T01:59:59Z",
        "allow",
        {"channel": "sms", "consent": WRITTEN},
    ),
    (
        "a text at the close",
        "2026-11-24T02:00:00Z",
        f"defer 2026-11-24T13:00:00Z {HOURS}",
        {"channel": "sms", "consent": WRITTEN},
    ),
    (
        "every purpose has hours",
        "2026-11-23T12:00:00Z",
        f"defer 2026-11-23T13:00:00Z {HOURS}",
        {"campaign": {"purpose": "survey"}},
    ),
    (
        "consent does not widen hours",
        "2026-11-23T12:00:00Z",
        f"defer 2026-11-23T13:00:00Z {HOURS}",
        {"consent": WRITTEN},
    ),
    ("Thanksgiving is no federal ban", "2026-11-26T15:00:00Z", "allow", {}),
    ("Sunday too", "2026-11-29T15:00:00Z", "allow", {}),
    (
        "Pacific",
        "2026-11-23T15:59:59Z",
        f"defer 2026-11-23T16:00:00Z {HOURS}",
        {"phone": LOS_ANGELES},
    ),
    ("an offset in `at`", "2026-11-23T08:00:00-05:00", "allow", {}),
    ("clocks go forward: 8 EDT", "2026-03-08T12:00:00Z", "allow", {}),
    (
        "clocks go forward: before",
        "2026-03-08T11:59:59Z",
        f"defer 2026-03-08T12:00:00Z {HOURS}",
        {},
    ),
    ("clocks go back: 7:30 EST", "2026-11-01T12:30:00Z", f"defer 2026-11-01T13:00:00Z {HOURS}", {}),
    ("clocks go back: last EST start", "2026-11-02T01:59:32Z", "allow", {}),
    (
        "night before clocks go back",
        "2026-11-01T01:00:00Z",
        f"defer 2026-11-01T13:00:00Z {HOURS}",
        {},
    ),
    ("Puerto Rico", "2026-11-23T12:00:00Z", "allow", {"phone": "+17875550123"}),
    (
        "Guam, a day ahead",
        "2026-11-22T21:59:59Z",
        f"defer 2026-11-22T22:00:00Z {HOURS}",
        {"phone": "+16715550123"},
    ),
    (
        "Alaska and the Aleutians",
        "2026-11-23T17:30:00Z",
        f"defer 2026-11-23T18:00:00Z {HOURS}",
        {"phone": "+19075550123"},
    ),
    (
        "toll-free shows no zone",
        "2026-11-23T15:00:00Z",
        "deny unknown_time_zone",
        {"phone": TOLL_FREE},
    ),
    (
        "personal numbers neither",
        "2026-11-23T15:00:00Z",
        "deny unknown_time_zone",
        {"phone": "+15005550006"},
    ),
    (
        "toll-free with an address",
        "2026-11-23T14:00:00Z",
        "allow",
        {"phone": TOLL_FREE, "region": "US-OH"},
    ),
    (
        "toll-free in Hawaii",
        "2026-11-23T17:59:59Z",
        f"defer 2026-11-23T18:00:00Z {HOURS}",
        {"phone": TOLL_FREE, "region": "US-HI"},
    ),
    (
        "toll-free somewhere in the US",
        "2026-11-23T21:59:59Z",
        f"defer 2026-11-23T22:00:00Z {HOURS}",
        {"phone": TOLL_FREE, "country": "US"},
    ),
    (
        "toll-free, declared zone",
        "2026-11-23T14:00:00Z",
        "allow",
        {"phone": TOLL_FREE, "time_zone": "America/Chicago"},
    ),
    (
        "national spelling",
        "2026-11-23T13:00:00Z",
        "allow",
        {"phone": "(212) 555-0123", "country": "US"},
    ),
    ("no such area code", "2026-11-23T15:00:00Z", "deny invalid_number", {"phone": "+15555550123"}),
    ("extension", "2026-11-23T15:00:00Z", "deny invalid_number", {"phone": "+12125550123 ext. 4"}),
    (
        "bad number, closed hour",
        "2026-11-23T05:00:00Z",
        f"deny invalid_number {HOURS}",
        {"phone": "+1212555", "region": "US-NY"},
    ),
    ("full-width digits", "2026-11-23T15:00:00Z", "allow", {"phone": "\uff0b12125550123"}),
]

ZONES = [
    (
        "split area code",
        "2026-11-23T13:30:00Z",
        f"defer 2026-11-23T14:00:00Z {HOURS}",
        {"phone": PANHANDLE},
    ),
    ("split, both open", "2026-11-24T00:30:00Z", "allow", {"phone": PANHANDLE}),
    (
        "split, east closed",
        "2026-11-24T01:00:00Z",
        f"defer 2026-11-24T14:00:00Z {HOURS}",
        {"phone": PANHANDLE},
    ),
    (
        "state has both zones",
        "2026-11-23T13:30:00Z",
        f"defer 2026-11-23T14:00:00Z {HOURS}",
        {"phone": FLORIDA, "region": "US-FL"},
    ),
    (
        "Navajo and Phoenix in summer",
        "2026-07-20T14:30:00Z",
        f"defer 2026-07-20T15:00:00Z {HOURS}",
        {"phone": NAVAJO},
    ),
    (
        "Navajo evening",
        "2026-07-21T02:59:33Z",
        f"defer 2026-07-21T15:00:00Z {HOURS}",
        {"phone": NAVAJO},
    ),
    ("the same in winter", "2026-01-20T15:00:00Z", "allow", {"phone": NAVAJO}),
    ("Phoenix has no summer time", "2026-07-20T15:00:00Z", "allow", {"phone": PHOENIX}),
    ("Phoenix evening", "2026-07-21T03:59:32Z", "allow", {"phone": PHOENIX}),
    (
        "Arizona address: both",
        "2026-07-21T03:30:00Z",
        f"defer 2026-07-21T15:00:00Z {HOURS}",
        {"phone": PHOENIX, "region": "US-AZ"},
    ),
    (
        "declared zone alone counts",
        "2026-11-23T14:00:00Z",
        f"defer 2026-11-23T18:00:00Z {HOURS}",
        {"time_zone": "Pacific/Honolulu"},
    ),
    (
        "declared zone, split area code",
        "2026-11-23T13:30:00Z",
        "allow",
        {"phone": PANHANDLE, "time_zone": "America/New_York"},
    ),
    (
        "number and address apart",
        "2026-11-23T15:59:59Z",
        f"defer 2026-11-23T16:00:00Z {HOURS}",
        {"region": "US-CA"},
    ),
    (
        "New York and Hawaii",
        "2026-11-24T01:59:33Z",
        f"defer 2026-11-24T18:00:00Z {HOURS}",
        {"region": "US-HI"},
    ),
    (
        "Rhode Island and Tokyo never meet",
        "2026-11-23T15:00:00Z",
        f"deny no_common_window {HOURS}",
        {"phone": RHODE_ISLAND, "country": "JP"},
    ),
    (
        "South Dakota waits for Mountain",
        "2026-11-23T15:30:00Z",
        f"defer 2026-11-23T16:00:00Z {HOURS}",
        {"phone": "+16055550123"},
    ),
    (
        "El Paso is Mountain",
        "2026-11-23T15:59:59Z",
        f"defer 2026-11-23T16:00:00Z {HOURS}",
        {"phone": EL_PASO},
    ),
    (
        "Texas address: both zones",
        "2026-11-23T15:30:00Z",
        f"defer 2026-11-23T16:00:00Z {HOURS}",
        {"phone": TEXAS, "region": "US-TX"},
    ),
]


@pytest.mark.parametrize(
    ("at", "expected", "fields"),
    [pytest.param(*row[1:], id=row[0]) for row in FEDERAL],
)
def test_federal_law(at: str, expected: str, fields: dict[str, object]) -> None:
    """Hours, numbers and addresses under federal law."""
    assert decided(at, **fields) == expected


@pytest.mark.parametrize(
    ("at", "expected", "fields"),
    [pytest.param(*row[1:], id=row[0]) for row in ZONES],
)
def test_every_possible_zone_must_be_open(
    at: str, expected: str, fields: dict[str, object]
) -> None:
    """A contact is reached only when every zone that it may be in is open."""
    fields = {"campaign": PREVIEW, **fields}
    assert decided(at, **fields) == expected


@pytest.mark.parametrize(
    ("fields", "zones"),
    [
        ({}, ["America/New_York"]),
        ({"phone": PANHANDLE}, ["America/Chicago", "America/New_York"]),
        ({"phone": FLORIDA}, ["America/New_York"]),
        ({"phone": FLORIDA, "region": "US-FL"}, ["America/Chicago", "America/New_York"]),
        ({"phone": NAVAJO}, ["America/Denver", "America/Phoenix"]),
        ({"time_zone": "Pacific/Honolulu", "region": "US-FL"}, ["Pacific/Honolulu"]),
        ({"phone": TOLL_FREE}, []),
        ({"phone": TOLL_FREE, "region": "US-IA"}, ["America/Chicago"]),
        ({"phone": TOLL_FREE, "country": "PR"}, ["America/Puerto_Rico"]),
        ({"phone": TOLL_FREE, "region": "US-GU"}, ["Pacific/Guam"]),
        ({"country": "US"}, ["America/New_York"]),
        ({"country": "GB"}, ["America/New_York", "Europe/London"]),
    ],
)
def test_zones_are_named(fields: dict[str, Any], zones: list[str]) -> None:
    """The decision names every zone that the contact may be in, sorted."""
    decision = screen(case("2026-11-23T15:00:00Z", **fields), rules())
    assert list(decision.time_zones) == zones
