"""An operator switches a ban on for a place, and nobody who may be there is reached."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import pytest

from compliance.case import Case
from compliance.rulebook import Rulebook, RulebookError, build
from compliance.screening import Allow, screen
from tests.screening_cases import AGENTLESS, WRITTEN, answer, case, rules

NOON = "2026-11-23T18:00:00Z"  # in New Orleans
LOUISIANA = "+15045550123"
BAN = {
    "id": "HURRICANE",
    "places": ["US-LA"],
    "from": "2026-11-20",
    "reason": "state of emergency",
    "cite": "La. R.S. 45:844.31",
}


def with_bans(*bans: dict[str, Any]) -> Rulebook:
    """The bundled rules and some bans."""
    return build({**json.loads(rules().content), "emergency_bans": list(bans)}, "2026f")


def under(changes: dict[str, Any], asked: Case) -> str:
    """The answer to a case under one ban, the usual one with some fields changed."""
    return answer(screen(asked, with_bans({**BAN, **changes})))


def test_an_end_that_is_not_known() -> None:
    """Nobody can say when to try again: deny, with the operator's id and citation."""
    decision = screen(case(NOON, LOUISIANA), with_bans(BAN))
    assert answer(decision) == "deny restricted_period"
    assert not isinstance(decision, Allow)
    (reason,) = decision.reasons
    assert (reason.rule, reason.citation) == ("HURRICANE", "La. R.S. 45:844.31")


def test_a_known_end_is_the_end_of_its_last_local_day() -> None:
    """Both dates are included, each in the contact's local time."""
    ban = {"until": "2026-11-24"}
    assert under(ban, case(NOON, LOUISIANA)) == "defer 2026-11-25T14:00:00Z restricted_period"
    assert under(ban, case("2026-11-25T14:00:00Z", LOUISIANA)) == "allow"
    eve = "2026-11-20T01:00:00Z"  # 19:00 on the 19th
    assert under(ban, case(eve, LOUISIANA)) == "allow"


def test_dates_are_read_in_every_zone() -> None:
    """A contact who may be in two zones is left alone from the first midnight to the last."""
    both: dict[str, Any] = {"region": "US-FL", "channel": "sms", "consent": WRITTEN}
    ban = {"places": ["US-FL"], "from": "2026-11-24", "until": "2026-11-24"}
    rulebook = with_bans({**BAN, **ban})
    found = screen(case(NOON, "+18505550123", **both), rulebook).time_zones
    assert found == ("America/Chicago", "America/New_York")
    for at, expected in [
        ("2026-11-24T04:59:59Z", False),  # the 23rd in New York
        ("2026-11-24T05:00:00Z", True),
        ("2026-11-25T05:59:59Z", True),  # the 24th in Chicago
        ("2026-11-25T06:00:00Z", False),
    ]:
        answered = answer(screen(case(at, "+18505550123", **both), rulebook))
        assert ("restricted_period" in answered) is expected, at


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-23T17:59:32Z", "allow"),
        ("2026-11-23T17:59:33Z", "defer 2026-11-23T20:30:00Z restricted_period"),
        ("2026-11-23T20:29:59Z", "defer 2026-11-23T20:30:00Z restricted_period"),
        ("2026-11-23T20:30:00Z", "allow"),
    ],
)
def test_instants(at: str, expected: str) -> None:
    """Two instants bound a ban alike everywhere; the longest ring ends before it begins."""
    ban = {"from": "2026-11-23T18:00:00Z", "until": "2026-11-23T14:30:00-06:00"}
    assert under(ban, case(at, LOUISIANA)) == expected


def test_a_ban_that_begins_before_the_next_opening() -> None:
    """What is closed now and banned without end by then can only be denied."""
    night = case("2026-11-23T04:00:00Z", LOUISIANA)
    assert under({"from": "2026-11-23"}, night) == (
        "deny no_common_window outside_calling_hours restricted_period"
    )


@pytest.mark.parametrize(
    ("places", "fields", "banned"),
    [
        (["US-LA"], {"phone": LOUISIANA}, True),
        (["US-LA"], {"phone": "+12125550123", "region": "US-LA"}, True),
        (["US-LA"], {"phone": LOUISIANA, "region": "US-NY"}, True),
        (["US-LA"], {"phone": LOUISIANA, "time_zone": "America/New_York"}, True),
        (["US-LA"], {"phone": "+12125550123"}, False),
        (["US-LA"], {"phone": "+17875550123"}, False),
        (["US-LA"], {"phone": "+18005550199", "time_zone": "America/Chicago"}, True),
        (["US-LA"], {"phone": "+18005550199", "region": "US-TX"}, False),
        (["US-LA"], {"phone": "+12125550123", "campaign": {"rules": ["US-LA"]}}, True),
        (["US-NY", "US-LA"], {"phone": LOUISIANA}, True),
        (["US"], {"phone": LOUISIANA}, True),
        (["US"], {"phone": "+17875550123"}, True),
        (["US"], {"phone": "+442079460958"}, False),
        (["US-OH"], {"phone": "+12165550123"}, True),
        (["US-OH"], {"phone": "+12125550123", "region": "US-OH"}, True),
        (["US-OH"], {"phone": "+12125550123"}, False),
        (["PR"], {"phone": "+17875550123"}, True),
        (["US-PR"], {"phone": "+17875550123"}, True),
        (["PR"], {"phone": "+12125550123", "country": "PR"}, True),
        (["PR"], {"phone": "+12125550123"}, False),
        (["CA-NS"], {"phone": "+19025550123"}, True),  # this area code has two provinces
        (["CA-NS"], {"phone": "+14165550123"}, False),
        (["CA-NS"], {"phone": "+19025550123", "campaign": {"rules": ["CA-ON"]}}, True),
        (["GB-SCT"], {"phone": "+447400123456"}, True),  # nobody knows where in the country
        (["GB-SCT"], {"phone": "+447400123456", "region": "GB-WLS"}, False),
        (["AU-NSW"], {"phone": "+61412345678", "region": "AU-NSW"}, True),
    ],
)
def test_places(places: list[str], fields: dict[str, Any], banned: bool) -> None:
    """A ban binds whoever may be in a place that it names."""
    decision = screen(case(NOON, **fields), with_bans({**BAN, "places": places}))
    found = () if isinstance(decision, Allow) else decision.reasons
    assert ("HURRICANE" in {reason.rule for reason in found}) is banned


@pytest.mark.parametrize(
    ("changes", "fields", "banned"),
    [
        ({}, {"channel": "sms", "consent": WRITTEN}, True),
        ({}, {"channel": "email", "email": "a@example.org"}, False),
        ({}, {"campaign": {"purpose": "survey"}}, True),
        ({"purposes": ["telemarketing"]}, {"campaign": {"purpose": "survey"}}, False),
        ({"purposes": ["telemarketing"]}, {"campaign": {"purpose": "charity"}}, True),
        ({"channels": ["voice_prerecorded"]}, {}, False),
        ({"channels": ["voice_prerecorded"]}, {"campaign": AGENTLESS, "consent": WRITTEN}, True),
    ],
)
def test_what_a_ban_is_about(changes: dict[str, Any], fields: dict[str, Any], banned: bool) -> None:
    """Calls and texts for every purpose, unless the entry says which."""
    found = under(changes, case(NOON, LOUISIANA, **fields))
    assert ("restricted_period" in found) is banned


def test_yaml_writes_dates_and_instants_by_itself() -> None:
    """A date or instant without quotes is read by the YAML library, and decides alike."""
    instant = datetime.fromisoformat("2026-11-24T12:00:00+00:00")
    plain = with_bans({**BAN, "from": date(2026, 11, 20), "until": date(2026, 11, 24)})
    quoted = with_bans({**BAN, "until": "2026-11-24"})
    assert plain.emergency_bans == quoted.emergency_bans
    assert plain.version == quoted.version
    assert with_bans({**BAN, "from": instant}).emergency_bans[0].start == instant


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": ""}, "id"),
        ({"id": None}, "id"),
        ({"places": []}, "places"),
        ({"places": "US-LA"}, "places"),
        ({"places": ["US-ZZ"]}, "places"),
        ({"places": ["PL"]}, "places"),
        ({"places": ["us-la"]}, "places"),
        ({"places": ["US-DEBT"]}, "places"),
        ({"places": ["US-NYC"]}, "places"),
        ({"from": None}, "from"),
        ({"from": "today"}, "from"),
        ({"from": "2026-02-30"}, "from"),
        ({"from": "2026-11-20T08:00:00"}, "from"),
        ({"from": datetime(2026, 11, 20, 8)}, "from"),  # noqa: DTZ001
        ({"from": 20261120}, "from"),
        ({"from": "0026-11-20"}, "from"),
        ({"until": "9999-12-31"}, "until"),
        ({"until": "2026-11-19"}, "until"),
        ({"until": "2026-11-24T00:00:00Z"}, "until"),
        ({"from": "2026-11-24T00:00:00Z", "until": "2026-11-24T00:00:00Z"}, "until"),
        ({"channels": []}, "channels"),
        ({"channels": ["email"]}, "channels.0"),
        ({"purposes": ["charity"]}, "purposes.0"),
        ({"reason": None}, "reason"),
        ({"cite": None}, "cite"),
        ({"untill": "2026-12-01"}, "untill"),
    ],
)
def test_refused_bans(changes: dict[str, Any], field: str) -> None:
    """A ban that is not understood is refused by its id and field."""
    given_ = {key: value for key, value in {**BAN, **changes}.items() if value is not None}
    with pytest.raises(RulebookError) as caught:
        with_bans(given_)
    assert caught.value.entry == given_.get("id", "emergency ban 1")
    assert caught.value.field.startswith(field)


def test_two_bans_of_one_id() -> None:
    """An id in a decision means one ban."""
    with pytest.raises(RulebookError, match="two emergency bans"):
        with_bans(BAN, {**BAN, "places": ["US-TX"]})
