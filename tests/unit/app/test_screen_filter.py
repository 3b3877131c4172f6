"""`fairdial screen` line by line: order, ids, errors and the exit code."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.screen_filter import run
from tests.screening_cases import rules

GOOD: dict[str, Any] = {
    "id": "good",
    "at": "2026-11-23T17:00:00Z",
    "channel": "voice",
    "contact": {"phone": "+12125550123"},
}


def answers(*lines: str | bytes) -> tuple[int, list[dict[str, Any]]]:
    """The exit code and the lines written."""
    written: list[str] = []
    code = run(lines, written.append, rules())
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in written)
    return code, [json.loads(line) for line in written]


def error_of(**changes: Any) -> str:
    """The error for the good case with some fields changed."""
    code, (answer,) = answers(json.dumps({**GOOD, **changes}))
    assert code == 2
    assert answer.keys() == {"id", "error"}
    assert answer["id"] == "good"
    return str(answer["error"])


def test_decisions_as_published() -> None:
    """Allow, defer and deny have the fields of the contract, and the same id, in order."""
    closed = {**GOOD, "id": "b", "at": "2026-11-23T03:00:00Z"}
    listed = {**GOOD, "id": "c", "suppressed": [{"list": "internal"}]}
    code, found = answers(*(json.dumps(one) + "\n" for one in (GOOD, closed, listed)))
    assert code == 0
    assert [one["id"] for one in found] == ["good", "b", "c"]
    assert found[0] == {
        "id": "good",
        "decision": "allow",
        "time_zones": ["America/New_York"],
        "rulebook": rules().version,
    }
    assert found[1]["decision"] == "defer"
    assert found[1]["not_before"] == "2026-11-23T13:00:00Z"
    assert {
        "code": "outside_calling_hours",
        "rule": "US-HOURS",
        "citation": "16 CFR 310.4(c); 47 CFR 64.1200(c)(1)",
    } in found[1]["reasons"]
    assert found[2]["decision"] == "deny"
    assert "not_before" not in found[2]
    assert [reason["code"] for reason in found[2]["reasons"]] == ["suppressed"]


def test_a_bad_line_does_not_stop_the_rest() -> None:
    """A line that is no case gets an error, the others their decision; the exit code tells."""
    code, found = answers(b"not json\n", json.dumps(GOOD).encode(), b"\xff\xfe\n", b"\n")
    assert code == 2
    assert ["error" in one for one in found] == [True, False, True, True]
    assert [one["id"] for one in found] == [None, "good", None, None]


@pytest.mark.parametrize(
    ("line", "part"),
    [
        (b"[]", "not a JSON object"),
        (b"3", "not a JSON object"),
        (b'"text"', "not a JSON object"),
        (b"{", "not JSON"),
        (b"[" * 100_000, "too deeply"),
        (b'{"a":' * 100_000, "too deeply"),
        (b"\xff", "not UTF-8"),
        (b"{}", "id: is missing"),
        (b'{"id": 7}', "id: should be a text"),
        (b'{"id": "x", "id": "x"}', "given twice"),
        (b'{"id": "x", "contact": {"phone": "1", "phone": "2"}}', "at: is missing"),
        (b'{"id": "x", "at": NaN}', "at: should be a text"),
    ],
)
def test_lines_that_are_no_case(line: bytes, part: str) -> None:
    """Every kind of bad line has one clear sentence."""
    code, (answer,) = answers(line)
    assert code == 2
    assert part in answer["error"]


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"at": "2026-11-23T17:00:00"}, "at: should be an RFC 3339 instant with offset"),
        ({"at": "2026-11-23"}, "at: should be"),
        ({"at": "1700000000"}, "at: should be"),
        ({"at": 1700000000}, "at: should be a text"),
        ({"at": "2026-02-30T17:00:00Z"}, "at: is no instant"),
        ({"at": "2026-11-23T17:00:61Z"}, "at: is no instant"),
        ({"at": "9999-12-31T23:59:59Z"}, "at: should be from 1970"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "at: "),
        ({"at": "2007-12-31T23:59:59Z"}, "at: the calendars of legal holidays reach from 2008"),
        ({"at": "2099-01-01T00:00:00Z"}, "at: the calendars of legal holidays reach from 2008"),
        ({"at": None}, "at: is missing"),
        ({"channel": "fax"}, "channel: should be one of voice, sms, email"),
        ({"channel": None}, "channel: is missing"),
        ({"contact": {}}, "contact.phone: give the number"),
        ({"contact": []}, "contact: should be an object"),
        ({"contact": {"phone": 2125550123}}, "contact.phone: should be a text"),
        ({"contact": {"phone": "2125550123"}}, "contact.phone: a number without +country"),
        ({"contact": {"phone": "+12125550123", "region": "US-ZZ"}}, "contact.region: unknown"),
        ({"contact": {"phone": "+12125550123", "region": "Florida"}}, "contact.region: unknown"),
        ({"contact": {"phone": "+12125550123", "country": "USA"}}, "contact.country: use"),
        (
            {"contact": {"phone": "+12125550123", "country": "GB", "region": "US-FL"}},
            "contact.region: it is not in",
        ),
        ({"contact": {"phone": "+12125550123", "time_zone": "EDT"}}, "contact.time_zone: unknown"),
        ({"contact": {"phone": "+12125550123", "tz": "UTC"}}, "contact.tz: unknown key"),
        ({"contact": {"phone": "+12125550123", "consent": {}}}, "consent.kind: is missing"),
        (
            {"contact": {"phone": "+12125550123", "consent": {"kind": "yes"}}},
            "contact.consent.kind: should be one of",
        ),
        ({"contact": {"phone": "+12125550123", "debts": "A"}}, "contact.debts: should be a list"),
        ({"contact": {"phone": "+12125550123", "debts": [1]}}, "contact.debts: should be a list"),
        ({"channel": "email"}, "contact.email: give the address"),
        ({"channel": "email", "contact": {"email": "no address"}}, "contact.email: give"),
        ({"campaign": {"purpose": "sale"}}, "campaign.purpose: should be one of"),
        ({"campaign": {"dial_mode": "power"}}, "campaign.dial_mode: should be one of"),
        ({"campaign": {"agent_guaranteed": "yes"}}, "agent_guaranteed: should be true or false"),
        ({"campaign": {"max_ring_seconds": "25"}}, "max_ring_seconds: should be a whole number"),
        ({"campaign": {"max_ring_seconds": True}}, "max_ring_seconds: should be a whole number"),
        ({"campaign": {"max_ring_seconds": 25.5}}, "max_ring_seconds: should be a whole number"),
        ({"campaign": {"max_ring_seconds": 10**30}}, "max_ring_seconds: should be a whole number"),
        ({"campaign": {"max_ring_seconds": -1}}, "max_ring_seconds: should be a whole number"),
        ({"campaign": {"rules": ["US-ZZ"]}}, "campaign.rules: there are no rules"),
        ({"campaign": {"rules": "US-FL"}}, "campaign.rules: should be a list"),
        ({"campaign": {"restricted_period": []}}, "campaign.restricted_period: unknown key"),
        ({"campaign": {"open_hours": {"MON": []}}}, "campaign.open_hours.MON: unknown key"),
        ({"campaign": {"open_hours": []}}, "campaign.open_hours: should be an object"),
        (
            {"campaign": {"open_hours": {"MONDAY": [{"start": "9:00", "end": "17:00"}]}}},
            "campaign.open_hours.MONDAY[0].start: should be a time",
        ),
        (
            {"campaign": {"open_hours": {"MONDAY": [{"start": "17:00", "end": "09:00"}]}}},
            "campaign.open_hours.MONDAY[0].end: an open time ends after",
        ),
        (
            {"campaign": {"open_hours": {"MONDAY": [{"start": "24:00", "end": "24:00"}]}}},
            "start: should be a time",
        ),
        (
            {
                "campaign": {
                    "restricted_periods": [
                        {"name": "x", "start": "2026-12-26", "end": "2026-12-24"}
                    ]
                }
            },
            "restricted_periods[0].end: a period does not end before",
        ),
        (
            {"campaign": {"restricted_periods": [{"name": "x", "start": "2026-12-26"}]}},
            "restricted_periods[0].end: should be a date",
        ),
        ({"campaign": {"attempt_limits": [{"max": 3}]}}, "attempt_limits[0].days: is missing"),
        ({"campaign": {"attempt_limits": [{"days": 3}]}}, "attempt_limits[0].max: is missing"),
        ({"campaign": {"attempt_limits": [{"max": 3, "days": 0}]}}, "days: should be a whole"),
        ({"history": [{"channel": "voice"}]}, "history[0].at: is missing"),
        ({"history": [{"at": "2026-11-01T00:00:00Z"}]}, "history[0].channel: is missing"),
        ({"history": {}}, "history: should be a list"),
        ({"history": ["call"]}, "history[0]: should be an object"),
        ({"suppressed": [{"list": "state"}]}, "suppressed[0].list: should be one of"),
        ({"suppressed": [{}]}, "suppressed[0].list: is missing"),
        ({"registries": [{"name": "US"}]}, "registries[0].as_of: should be a date"),
        ({"registries": [{"name": "XX", "as_of": "2026-11-01"}]}, "registries.name: there are"),
        ({"supressed": []}, "supressed: unknown key"),
    ],
)
def test_bad_fields(changes: dict[str, Any], part: str) -> None:
    """The message names the field and what it should be."""
    assert part in error_of(**changes)


def test_nothing_where_optional_is_absent() -> None:
    """Null is the same as leaving an optional field out."""
    empty = {
        **GOOD,
        "campaign": None,
        "history": None,
        "suppressed": None,
        "registries": None,
        "contact": {**GOOD["contact"], "consent": None, "debts": None, "region": None},
    }
    assert answers(json.dumps(empty))[0] == 0


def test_byte_order_mark_at_the_start() -> None:
    """A mark before the first line is no part of it."""
    line = json.dumps(GOOD)
    assert answers(b"\xef\xbb\xbf" + line.encode())[0] == 0
    assert answers("\ufeff" + line)[0] == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
PATHS = st.sampled_from(
    [
        ("id",), ("at",), ("channel",), ("contact",), ("campaign",), ("history",), ("suppressed",),
        ("registries",), ("contact", "phone"), ("contact", "country"), ("contact", "region"),
        ("contact", "time_zone"), ("contact", "consent"), ("contact", "email"),
        ("contact", "postal_code"), ("campaign", "open_hours"), ("campaign", "rules"),
        ("campaign", "attempt_limits"), ("campaign", "restricted_periods"), ("campaign", "subject"),
    ]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(PATHS, JSON)
def test_no_value_breaks_it(path: tuple[str, ...], value: object) -> None:
    """Whatever stands in a field, there is one line with a decision or an error."""
    fields: dict[str, Any] = {**GOOD, "campaign": {}, "contact": {**GOOD["contact"]}}
    target = fields if len(path) == 1 else fields[path[0]]
    target[path[-1]] = value
    code, (answer,) = answers(json.dumps(fields))
    assert code == (2 if "error" in answer else 0)
    assert ("error" in answer) != ("decision" in answer)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_break_it(line: bytes) -> None:
    """Whatever bytes come, there is one error line."""
    code, (answer,) = answers(line)
    assert code == 2
    assert "error" in answer
