"""One row tells what holds for live calls when all that applies is taken together."""

from __future__ import annotations

import pytest

from compliance.rule_overview import Overview, overview
from compliance.rulebook import build
from tests.screening_cases import rules


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            "US-FL",
            Overview(
                weekdays="08:00-20:00",
                saturday="08:00-20:00",
                sunday="08:00-20:00",
                holidays="-",
                caps="3 in 24 h per subject",
                consent="express written, not in preview",
                list_age="31 days",
            ),
        ),
        (
            "US-RI",
            Overview(
                weekdays="09:00-18:00",
                saturday="10:00-17:00",
                sunday="closed",
                holidays="no calls",
                caps="-",
                consent="-",
                list_age="31 days",
            ),
        ),
        (
            "US-NYC",
            Overview(
                weekdays="08:00-21:00",
                saturday="08:00-21:00",
                sunday="08:00-21:00",
                holidays="-",
                caps=(
                    "3 in 7 days per debt; 7 in 7 days per debt;"
                    " none for 7 days after conversation, per debt"
                ),
                consent="-",
                list_age="-",
            ),
        ),
    ],
)
def test_rows(code: str, expected: Overview) -> None:
    """The parents' rules are counted in, and the strictest wins."""
    assert overview(code, rules()) == expected


def test_hours_of_other_shapes() -> None:
    """Breaks, days that differ, a fixed zone, and a place without hours are told as they are."""
    assert overview("US-MS", rules()).weekdays == "08:00-20:00 (America/Chicago time)"
    assert overview("US-MS", rules()).sunday == "closed"
    assert overview("FR", rules()).weekdays == "10:00-13:00, 14:00-20:00"
    window = {"channels": ["voice_live"], "kind": "statute", "open": "09:00"}
    entry = {"level": "country", "timezones": ["Europe/Warsaw"], "sources": []}
    entries = [
        {
            **entry,
            "code": "PL",
            "name": "Poland",
            "windows": [
                {**window, "id": "A", "days": [1, 2, 3, 4], "close": "18:00"},
                {**window, "id": "B", "days": [5], "close": "12:00"},
            ],
        },
        {**entry, "code": "CZ", "name": "Czechia"},
    ]
    book = build(
        {"schema_version": 1, "meta": {"as_of": "2026-11-23"}, "jurisdictions": entries}, "2026f"
    )
    assert overview("PL", book).weekdays == (
        "Mon 09:00-18:00; Tue 09:00-18:00; Wed 09:00-18:00; Thu 09:00-18:00; Fri 09:00-12:00"
    )
    assert overview("CZ", book).weekdays == "no hours known"
    assert overview("CZ", book).sunday == "no hours known"


def test_every_entry_has_a_row() -> None:
    """No cell of any entry is empty."""
    for code in rules().jurisdictions:
        row = overview(code, rules())
        assert all(getattr(row, name) for name in Overview.__slots__)
