"""Hours, holidays and bans beyond the US and Europe, worked out by hand from the rules.

2026-11-23 is a Monday; European clocks went back on 2026-10-25.
"""

from __future__ import annotations

from typing import Any

import pytest

from compliance.screening import screen
from tests.screening_cases import AGENTLESS, EXPRESS, call, case, decided, rules

HOURS = "outside_calling_hours"
LONDON, TORONTO, VANCOUVER, NEWFOUNDLAND = (
    "+442079460958",
    "+14165550123",
    "+16045550123",
    "+17095550123",
)
PARIS, FRENCH_MOBILE, BERLIN, ROME = "+33140205050", "+33612345678", "+49303456789", "+390612345678"
MADRID, AMSTERDAM, VIENNA, DUBLIN = "+34912345678", "+31201234567", "+4315123456", "+35316711234"
AUSTRALIAN_MOBILE, SYDNEY, DELHI, TOKYO = (
    "+61412345678",
    "+61293744000",
    "+911123456789",
    "+81312345678",
)
JOHANNESBURG, SAO_PAULO, WELLINGTON, SINGAPORE = (
    "+27112345678",
    "+551133334444",
    "+6444729000",
    "+6562345678",
)
ABANDONED = [call("2026-11-20T10:00:00Z", "abandoned")]
MACHINE = [call("2026-11-23T09:00:00Z", "machine")]
GUARANTEED = {"agent_guaranteed": True}

ELSEWHERE = [
    ("CA weekday, last start", "2026-11-24T02:29:32Z", "allow", {"phone": TORONTO}),
    (
        "CA weekday, too late",
        "2026-11-24T02:29:33Z",
        f"defer 2026-11-24T14:00:00Z {HOURS}",
        {"phone": TORONTO},
    ),
    (
        "CA weekend 10-18",
        "2026-11-28T14:59:59Z",
        f"defer 2026-11-28T15:00:00Z {HOURS}",
        {"phone": TORONTO},
    ),
    (
        "CA text",
        "2026-11-23T15:00:00Z",
        "deny channel_prohibited",
        {"phone": TORONTO, "channel": "sms"},
    ),
    (
        "CA recorded voice needs consent",
        "2026-11-23T15:00:00Z",
        "deny no_consent",
        {"phone": TORONTO, "campaign": AGENTLESS},
    ),
    (
        "BC holiday",
        "2026-08-03T18:00:00Z",
        "defer 2026-08-04T16:00:00Z holiday",
        {"phone": VANCOUVER},
    ),
    ("Ontario on the same day", "2026-08-03T18:00:00Z", "allow", {"phone": TORONTO}),
    ("BC keeps UTC-7 in winter", "2026-12-01T16:00:00Z", "allow", {"phone": VANCOUVER}),
    (
        "a half hour in Newfoundland",
        "2026-11-23T12:45:00Z",
        f"defer 2026-11-23T13:00:00Z {HOURS}",
        {"phone": NEWFOUNDLAND},
    ),
    (
        "Newfoundland's evening comes first",
        "2026-11-24T00:59:33Z",
        f"defer 2026-11-24T13:00:00Z {HOURS}",
        {"phone": NEWFOUNDLAND},
    ),
    (
        "AU mobile waits for Perth",
        "2026-11-23T00:59:59Z",
        f"defer 2026-11-23T01:00:00Z {HOURS}",
        {"phone": AUSTRALIAN_MOBILE},
    ),
    (
        "AU mobile stops with Sydney",
        "2026-11-23T08:59:33Z",
        f"defer 2026-11-24T01:00:00Z {HOURS}",
        {"phone": AUSTRALIAN_MOBILE},
    ),
    (
        "AU mobile in Perth",
        "2026-11-23T08:59:33Z",
        "allow",
        {"phone": AUSTRALIAN_MOBILE, "region": "AU-WA"},
    ),
    (
        "AU mobile in Perth ends by Eucla",
        "2026-11-23T11:14:33Z",
        f"defer 2026-11-24T01:00:00Z {HOURS}",
        {"phone": AUSTRALIAN_MOBILE, "region": "AU-WA"},
    ),
    (
        "AU Sunday",
        "2026-11-29T03:00:00Z",
        f"defer 2026-11-29T22:00:00Z {HOURS}",
        {"phone": SYDNEY, "region": "AU-VIC"},
    ),
    (
        "AU Anzac Monday in NSW",
        "2026-04-27T02:00:00Z",
        "defer 2026-04-27T23:30:00Z holiday",
        {"phone": SYDNEY, "region": "AU-NSW"},
    ),
    (
        "AU no Anzac Monday in Victoria",
        "2026-04-27T02:00:00Z",
        "allow",
        {"phone": AUSTRALIAN_MOBILE, "region": "AU-VIC"},
    ),
    (
        "AU Anzac Monday, state unknown",
        "2026-04-27T02:00:00Z",
        "defer 2026-04-28T01:00:00Z holiday",
        {"phone": AUSTRALIAN_MOBILE},
    ),
    (
        "AU Boxing Day's substitute in Tasmania, which the calendar does not call one",
        "2026-12-28T02:00:00Z",
        "defer 2026-12-28T22:00:00Z holiday",
        {"phone": AUSTRALIAN_MOBILE, "region": "AU-TAS"},
    ),
    (
        "AU Boxing Day is Proclamation Day in South Australia, its substitute too",
        "2026-12-28T02:00:00Z",
        "defer 2026-12-28T22:30:00Z holiday",
        {"phone": AUSTRALIAN_MOBILE, "region": "AU-SA"},
    ),
    (
        "AU Anzac Day 2027 is moved to Monday in the Territory",
        "2027-04-26T02:00:00Z",
        "defer 2027-04-26T23:30:00Z holiday",
        {"phone": AUSTRALIAN_MOBILE, "region": "AU-NT"},
    ),
    (
        "AU King's Birthday is a state's",
        "2026-06-08T02:00:00Z",
        "allow",
        {"phone": AUSTRALIAN_MOBILE, "region": "AU-VIC"},
    ),
    (
        "AU consent lifts the holiday",
        "2026-04-27T02:00:00Z",
        "allow",
        {"phone": SYDNEY, "region": "AU-NSW", "consent": EXPRESS},
    ),
    (
        "AU text",
        "2026-11-23T02:00:00Z",
        "deny channel_prohibited no_consent",
        {"phone": SYDNEY, "channel": "sms"},
    ),
    (
        "AU research overlay adds, it does not relax",
        "2026-11-29T02:00:00Z",
        f"defer 2026-11-29T22:30:00Z {HOURS}",
        {
            "phone": SYDNEY,
            "region": "AU-NSW",
            "campaign": {"purpose": "survey", "rules": ["AU-RESEARCH"]},
        },
    ),
    (
        "NZ Waitangi Day",
        "2026-02-06T00:00:00Z",
        "defer 2026-02-06T20:00:00Z holiday",
        {"phone": WELLINGTON},
    ),
    (
        "IN half past",
        "2026-11-23T04:29:59Z",
        f"defer 2026-11-23T04:30:00Z {HOURS}",
        {"phone": DELHI},
    ),
    ("JP no holiday ban", "2026-11-23T03:00:00Z", "allow", {"phone": TOKYO}),
    (
        "JP a refusal lasts a year",
        "2026-11-23T03:00:00Z",
        "defer 2027-11-19T23:00:00Z cooldown_after_conversation",
        {"phone": TOKYO, "history": [call("2026-11-20T03:00:00Z", "refused")]},
    ),
    (
        "ZA substitute Monday",
        "2026-08-10T10:00:00Z",
        "defer 2026-08-11T06:00:00Z holiday",
        {"phone": JOHANNESBURG},
    ),
    (
        "ZA election day",
        "2026-11-04T10:00:00Z",
        "defer 2026-11-05T06:00:00Z holiday",
        {"phone": JOHANNESBURG},
    ),
    (
        "ZA Saturday 9-13",
        "2026-11-28T10:59:33Z",
        f"defer 2026-11-30T06:00:00Z {HOURS}",
        {"phone": JOHANNESBURG},
    ),
    (
        "BR Black Awareness Day",
        "2026-11-20T15:00:00Z",
        "defer 2026-11-21T13:00:00Z holiday",
        {"phone": SAO_PAULO},
    ),
    (
        "SG Sunday",
        "2026-11-29T03:00:00Z",
        f"defer 2026-11-30T01:00:00Z {HOURS}",
        {"phone": SINGAPORE},
    ),
]


@pytest.mark.parametrize(
    ("at", "expected", "fields"), [pytest.param(*row[1:], id=row[0]) for row in ELSEWHERE]
)
def test_elsewhere(at: str, expected: str, fields: dict[str, object]) -> None:
    """Canada, Australia and the rest."""
    assert decided(at, **fields) == expected


@pytest.mark.parametrize(
    ("fields", "zones"),
    [
        ({"phone": LONDON}, ["Europe/London"]),
        ({"phone": AUSTRALIAN_MOBILE, "region": "AU-WA"}, ["Australia/Eucla", "Australia/Perth"]),
        ({"phone": FRENCH_MOBILE, "country": "GB"}, ["Europe/London"]),
        ({"phone": PARIS, "country": "GB"}, ["Europe/London", "Europe/Paris"]),
        ({"phone": VANCOUVER}, ["America/Vancouver"]),
        ({"phone": "+12505550123"}, ["America/Edmonton", "America/Vancouver"]),
        ({"phone": "+351912345678"}, ["Atlantic/Azores", "Europe/Lisbon"]),
        ({"phone": "+351912345678", "region": "PT-30"}, ["Atlantic/Madeira"]),
        ({"phone": "+48501234567"}, []),
    ],
)
def test_zones_are_named(fields: dict[str, Any], zones: list[str]) -> None:
    """A mobile number abroad may be anywhere in its country, unless there is an address."""
    decision = screen(case("2026-11-23T15:00:00Z", **fields), rules())
    assert list(decision.time_zones) == zones
