"""Europe's hours, holidays, consent and bans, worked out by hand from the rules.

2026-11-23 is a Monday; European clocks went back on 2026-10-25.
"""

from __future__ import annotations

import pytest

from tests.screening_cases import AGENTLESS, EXPRESS, PREVIEW, call, consent, decided

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

EUROPE = [
    (
        "GB weekday",
        "2026-11-23T07:59:59Z",
        f"defer 2026-11-23T08:00:00Z {HOURS}",
        {"phone": LONDON},
    ),
    (
        "GB Sunday from 9",
        "2026-11-29T08:30:00Z",
        f"defer 2026-11-29T09:00:00Z {HOURS}",
        {"phone": LONDON},
    ),
    (
        "GB 72 h, not over",
        "2026-11-23T09:59:59Z",
        "defer 2026-11-23T10:00:00Z cooldown_after_abandoned",
        {"phone": LONDON, "history": ABANDONED},
    ),
    ("GB 72 h, over", "2026-11-23T10:00:00Z", "allow", {"phone": LONDON, "history": ABANDONED}),
    (
        "GB 72 h from the latest",
        "2026-11-23T10:00:00Z",
        "defer 2026-11-24T10:00:00Z cooldown_after_abandoned",
        {"phone": LONDON, "history": [*ABANDONED, call("2026-11-21T10:00:00Z", "abandoned")]},
    ),
    (
        "GB preview reserves an agent",
        "2026-11-23T09:00:00Z",
        "allow",
        {"phone": LONDON, "history": ABANDONED, "campaign": PREVIEW},
    ),
    (
        "GB agent guaranteed",
        "2026-11-23T09:00:00Z",
        "allow",
        {"phone": LONDON, "history": ABANDONED, "campaign": GUARANTEED},
    ),
    (
        "GB recorded voice has no agent",
        "2026-11-23T09:00:00Z",
        "defer 2026-11-23T10:00:00Z cooldown_after_abandoned",
        {
            "phone": LONDON,
            "history": ABANDONED,
            "campaign": {**AGENTLESS, **GUARANTEED},
            "consent": EXPRESS,
        },
    ),
    (
        "GB 72 h bind calls only",
        "2026-11-23T09:00:00Z",
        "allow",
        {"phone": LONDON, "history": ABANDONED, "channel": "sms", "consent": EXPRESS},
    ),
    (
        "GB 24 h after a machine",
        "2026-11-24T08:59:59Z",
        "defer 2026-11-24T09:00:00Z cooldown_after_machine",
        {"phone": LONDON, "history": MACHINE},
    ),
    ("GB 24 h over", "2026-11-24T09:00:00Z", "allow", {"phone": LONDON, "history": MACHINE}),
    (
        "GB machine, agent guaranteed",
        "2026-11-23T09:30:00Z",
        "allow",
        {"phone": LONDON, "history": MACHINE, "campaign": GUARANTEED},
    ),
    (
        "GB recorded voice needs consent",
        "2026-11-23T09:00:00Z",
        "deny no_consent",
        {"phone": LONDON, "campaign": AGENTLESS},
    ),
    (
        "no cool-down in the US",
        "2026-11-23T15:00:00Z",
        "allow",
        {"phone": "+12125550123", "history": [call("2026-11-23T14:00:00Z", "abandoned")]},
    ),
    (
        "IT 120 h, even in preview",
        "2026-11-24T09:59:59Z",
        "defer 2026-11-24T10:00:00Z cooldown_after_abandoned",
        {
            "phone": ROME,
            "campaign": PREVIEW,
            "history": [call("2026-11-19T10:00:00Z", "abandoned")],
        },
    ),
    (
        "IT 120 h over",
        "2026-11-24T10:00:00Z",
        "allow",
        {"phone": ROME, "history": [call("2026-11-19T10:00:00Z", "abandoned")]},
    ),
    (
        "IT eve of a holiday opens late",
        "2026-12-07T08:30:00Z",
        f"defer 2026-12-07T09:00:00Z {HOURS}",
        {"phone": ROME},
    ),
    (
        "IT eve closes early, then the holiday",
        "2026-12-07T18:30:00Z",
        f"defer 2026-12-09T08:00:00Z {HOURS}",
        {"phone": ROME},
    ),
    (
        "IT Immaculate Conception",
        "2026-12-08T10:00:00Z",
        "defer 2026-12-09T08:00:00Z holiday",
        {"phone": ROME},
    ),
    ("IT ordinary Monday", "2026-11-23T18:30:00Z", "allow", {"phone": ROME}),
    ("FR needs consent", "2026-11-23T10:00:00Z", "deny no_consent", {"phone": PARIS}),
    (
        "FR needs it in preview",
        "2026-11-23T10:00:00Z",
        "deny no_consent",
        {"phone": PARIS, "campaign": PREVIEW},
    ),
    (
        "FR relationship is no consent",
        "2026-11-23T10:00:00Z",
        "deny no_consent",
        {"phone": PARIS, "consent": consent("existing_relationship")},
    ),
    ("FR before lunch", "2026-11-23T11:59:32Z", "allow", {"phone": PARIS, "consent": EXPRESS}),
    (
        "FR ring into lunch",
        "2026-11-23T11:59:33Z",
        f"defer 2026-11-23T13:00:00Z {HOURS}",
        {"phone": PARIS, "consent": EXPRESS},
    ),
    (
        "FR at lunch",
        "2026-11-23T12:30:00Z",
        f"defer 2026-11-23T13:00:00Z {HOURS}",
        {"phone": PARIS, "consent": EXPRESS},
    ),
    (
        "FR weekend",
        "2026-11-28T10:00:00Z",
        f"defer 2026-11-30T09:00:00Z {HOURS}",
        {"phone": PARIS, "consent": EXPRESS},
    ),
    (
        "FR holiday lifted by consent",
        "2026-11-11T10:00:00Z",
        "allow",
        {"phone": PARIS, "consent": EXPRESS},
    ),
    (
        "FR holiday for a survey",
        "2026-11-11T10:00:00Z",
        "defer 2026-11-12T09:00:00Z holiday",
        {"phone": PARIS, "campaign": {"purpose": "survey"}},
    ),
    (
        "FR mobile may be overseas",
        "2026-11-23T10:00:00Z",
        f"deny no_common_window {HOURS}",
        {"phone": FRENCH_MOBILE, "consent": EXPRESS},
    ),
    (
        "FR mobile with a home",
        "2026-11-23T10:00:00Z",
        "allow",
        {"phone": FRENCH_MOBILE, "region": "FR-IDF", "consent": EXPRESS},
    ),
    (
        "FR mobile in Reunion",
        "2026-11-23T10:30:00Z",
        "allow",
        {"phone": FRENCH_MOBILE, "region": "FR-974", "consent": EXPRESS},
    ),
    (
        "FR a fourth call was made",
        "2026-11-23T10:00:00Z",
        "defer 2026-12-01T09:00:00Z legal_attempt_limit",
        {
            "phone": PARIS,
            "consent": EXPRESS,
            "history": [call(f"2026-11-0{day}T10:00:00Z") for day in (1, 2, 3, 4)],
        },
    ),
    (
        "FR a third call was made",
        "2026-11-23T10:00:00Z",
        "allow",
        {
            "phone": PARIS,
            "consent": EXPRESS,
            "history": [call(f"2026-11-0{day}T10:00:00Z") for day in (1, 2, 3)],
        },
    ),
    (
        "FR 60 days after a refusal",
        "2026-11-23T10:00:00Z",
        "defer 2026-12-03T09:00:00Z cooldown_after_conversation",
        {"phone": PARIS, "consent": EXPRESS, "history": [call("2026-10-04T10:00:00Z", "refused")]},
    ),
    (
        "FR recorded voice has no window",
        "2026-11-23T10:00:00Z",
        "deny channel_prohibited",
        {"phone": PARIS, "campaign": AGENTLESS, "consent": EXPRESS},
    ),
    ("DE needs consent", "2026-11-23T10:00:00Z", "deny no_consent", {"phone": BERLIN}),
    (
        "DE Saturday is a working day",
        "2026-11-28T10:00:00Z",
        "allow",
        {"phone": BERLIN, "consent": EXPRESS},
    ),
    (
        "DE Sunday",
        "2026-11-29T10:00:00Z",
        f"defer 2026-11-30T07:00:00Z {HOURS}",
        {"phone": BERLIN, "consent": EXPRESS},
    ),
    (
        "DE Unity Day, no consent lifts",
        "2026-10-03T10:00:00Z",
        "defer 2026-10-05T06:00:00Z holiday",
        {"phone": BERLIN, "consent": EXPRESS},
    ),
    (
        "DE Corpus Christi is of some Laender",
        "2026-06-04T10:00:00Z",
        "allow",
        {"phone": BERLIN, "consent": EXPRESS, "region": "DE-BY"},
    ),
    (
        "DE recorded voice",
        "2026-11-23T10:00:00Z",
        "deny channel_prohibited",
        {"phone": BERLIN, "campaign": AGENTLESS, "consent": EXPRESS},
    ),
    (
        "DE text",
        "2026-11-23T10:00:00Z",
        "deny channel_prohibited",
        {"phone": BERLIN, "channel": "sms", "consent": EXPRESS},
    ),
    (
        "DE three a day",
        "2026-11-23T10:00:00Z",
        "defer 2026-11-24T07:00:00Z legal_attempt_limit",
        {
            "phone": BERLIN,
            "consent": EXPRESS,
            "history": [call(f"2026-11-23T0{hour}:30:00Z") for hour in (7, 8, 9)],
        },
    ),
    (
        "DE yesterday's do not count",
        "2026-11-24T10:00:00Z",
        "allow",
        {
            "phone": BERLIN,
            "consent": EXPRESS,
            "history": [call(f"2026-11-23T{hour}:30:00Z") for hour in (16, 17, 18)],
        },
    ),
    (
        "AT unknown policy is a ban",
        "2026-10-26T10:00:00Z",
        "defer 2026-10-27T07:00:00Z holiday",
        {"phone": VIENNA, "consent": EXPRESS},
    ),
    ("NL needs consent", "2026-11-23T10:00:00Z", "deny no_consent", {"phone": AMSTERDAM}),
    (
        "NL Saturday 10-16",
        "2026-11-28T08:30:00Z",
        f"defer 2026-11-28T09:00:00Z {HOURS}",
        {"phone": AMSTERDAM, "consent": EXPRESS},
    ),
    ("IE live needs none", "2026-11-23T10:00:00Z", "allow", {"phone": DUBLIN}),
    (
        "IE text does",
        "2026-11-23T10:00:00Z",
        "deny no_consent",
        {"phone": DUBLIN, "channel": "sms"},
    ),
    (
        "IE St Stephen's, a Saturday",
        "2026-12-26T10:00:00Z",
        "defer 2026-12-28T09:00:00Z holiday",
        {"phone": DUBLIN},
    ),
    (
        "ES weekend",
        "2026-11-28T10:00:00Z",
        f"defer 2026-11-30T08:00:00Z {HOURS}",
        {"phone": MADRID},
    ),
    (
        "ES holiday, consent does not lift",
        "2026-12-08T10:00:00Z",
        "defer 2026-12-09T08:00:00Z holiday",
        {"phone": MADRID, "consent": EXPRESS},
    ),
    (
        "ES the community's own day",
        "2026-09-11T10:00:00Z",
        "defer 2026-09-14T07:00:00Z holiday",
        {"phone": MADRID, "region": "ES-CT"},
    ),
    (
        "PL has no rules here",
        "2026-11-23T10:00:00Z",
        "deny unknown_jurisdiction",
        {"phone": "+48221234567"},
    ),
    (
        "an address without rules",
        "2026-11-23T15:00:00Z",
        "deny unknown_jurisdiction",
        {"phone": "+12125550123", "country": "PL"},
    ),
]


@pytest.mark.parametrize(
    ("at", "expected", "fields"), [pytest.param(*row[1:], id=row[0]) for row in EUROPE]
)
def test_europe(at: str, expected: str, fields: dict[str, object]) -> None:
    """Europe's windows, opt-in consent, cool-downs and holidays."""
    assert decided(at, **fields) == expected
