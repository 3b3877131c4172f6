"""What holds in a place can be asked by any code of a place, and by no other."""

from __future__ import annotations

import json

import pytest

from compliance.place_rules import UnknownPlaceError, place_rules
from compliance.rulebook import build
from tests.screening_cases import rules


@pytest.mark.parametrize(
    ("code", "chain", "zones"),
    [
        ("US-FL", ["US-FL", "US"], ("America/Chicago", "America/New_York")),
        ("US-NYC", ["US-NYC", "US-DEBT"], ("America/New_York",)),
        ("GB", ["GB"], ("Europe/London",)),
        ("US-OH", ["US"], ("America/New_York",)),
        ("US-HI", ["US"], ("Pacific/Honolulu",)),
        ("PR", ["US"], ("America/Puerto_Rico",)),
        ("US-PR", ["US"], ("America/Puerto_Rico",)),
        ("CA-NS", ["CA"], ("America/Halifax",)),
        ("FR-75", ["FR"], ("Europe/Paris",)),
    ],
)
def test_whose_rules_hold(code: str, chain: list[str], zones: tuple[str, ...]) -> None:
    """A place has its own rules and those that they extend, or its country's; and its own zones."""
    found = place_rules(code, rules())
    assert [one.code for one in found.chain] == chain
    assert found.time_zones == zones
    assert found.has_own_entry is (chain[0] == code)
    assert list(dict.fromkeys(rule.jurisdiction for rule in found.rules)) == chain
    assert found.emergency_bans == ()


@pytest.mark.parametrize(
    ("code", "near"),
    [
        ("us-fl", ("US-FL",)),
        ("Florida", ("US-FL",)),
        ("FL", ("US-FL",)),
        ("US-FLA", ("US-FL", "US-LA")),
        ("zzzzzz", ()),
        ("", ()),
        ("PL", ()),
    ],
)
def test_codes_of_no_place(code: str, near: tuple[str, ...]) -> None:
    """A code that means no place is refused, with those that may be meant."""
    with pytest.raises(UnknownPlaceError) as caught:
        place_rules(code, rules())
    assert set(near) <= set(caught.value.near)
    assert len(caught.value.near) <= 3


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("US-LA", ["A", "B"]),
        ("US", ["B"]),
        ("US-OH", ["B", "C"]),
        ("PR", ["B", "D"]),
        ("US-PR", ["B", "D"]),
        ("GB", []),
    ],
)
def test_bans_of_a_place(code: str, expected: list[str]) -> None:
    """A place has the bans that name it, or the country that it is part of."""
    bans = [
        {"id": name, "places": [place], "from": "2026-11-01", "reason": "storm", "cite": "law"}
        for name, place in (("A", "US-LA"), ("B", "US"), ("C", "US-OH"), ("D", "PR"))
    ]
    rulebook = build({**json.loads(rules().content), "emergency_bans": bans}, "2026f")
    assert [ban.rule.id for ban in place_rules(code, rulebook).emergency_bans] == expected
