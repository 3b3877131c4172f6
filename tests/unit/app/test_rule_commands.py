"""`fairdial rules`: what a compliance officer reads, and what a program gets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.errors import BadInputError
from app.rule_commands import (
    entries_json,
    entries_lines,
    explained,
    place_json,
    place_lines,
    rules_at,
)
from app.rule_page import rule_page
from compliance.explaining import as_json
from compliance.rulebook import Rulebook, build
from compliance.rules import DoNotCallList
from tests.screening_cases import rules

PAGE = Path(__file__).parents[3] / "docs" / "rules.md"
CASE = b"""\xef\xbb\xbf{
  "id": "1", "at": "2026-11-23T14:30:00Z", "channel": "voice",
  "contact": {"phone": "+14155550123"}
}
"""


def banned() -> Rulebook:
    """The bundled rules and a ban on Louisiana."""
    ban = {
        "id": "STORM",
        "places": ["US-LA"],
        "from": "2026-11-20",
        "reason": "state of emergency",
        "cite": "La. R.S. 45:844.31",
    }
    return build({**json.loads(rules().content), "emergency_bans": [ban]}, "2026f")


def test_list() -> None:
    """A line for each entry and each ban, for a person to search; the same for a program."""
    lines = list(entries_lines(banned()))
    assert len(lines) == 79
    assert (
        "US-FL\tFlorida\tsubdivision\tUS\tverified\t2026-11-23\tAmerica/Chicago America/New_York"
        in lines
    )
    assert lines[-1].startswith("STORM\temergency ban\tUS-LA: no sms, voice_live")
    found = json.loads(json.dumps(entries_json(banned())))
    assert found["rulebook"] == banned().version
    assert [one["code"] for one in found["jurisdictions"]] == list(rules().jurisdictions)
    assert found["emergency_bans"][0]["places"] == ["US-LA"]


def test_show_a_place() -> None:
    """Rules in words with their sources, nearest first; bans; what is uncertain."""
    lines = list(place_lines(rules_at("US-LA", banned())))
    assert lines[:2] == ["US-LA: Louisiana", "Time zones: America/Chicago"]
    assert "US-LA Louisiana (recalled, as of 2026-11-23):" in lines
    hours = next(line for line in lines if line.startswith("  US-HOURS: "))
    assert hours.endswith("[16 CFR 310.4(c); 47 CFR 64.1200(c)(1)]")
    assert lines.index(hours) > lines.index("US-LA Louisiana (recalled, as of 2026-11-23):")
    assert any(line.startswith("  In an emergency: No telephonic solicitation") for line in lines)
    assert lines[-2] == "Emergency bans switched on:"
    assert lines[-1].startswith("  STORM: US-LA: no sms, voice_live, voice_prerecorded for every")
    found = json.loads(json.dumps(place_json(rules_at("US-LA", banned()))))
    assert [one["code"] for one in found["entries"]] == ["US-LA", "US"]
    assert found["rules"][0]["rule"] == "US-LA-HOURS"
    assert found["emergency_bans"][0]["citation"] == "La. R.S. 45:844.31"
    assert found["own_entry"] is True


def test_show_a_place_without_an_entry() -> None:
    """A state of which nothing is said is under its country's rules, and that is said."""
    lines = list(place_lines(rules_at("US-OH", rules())))
    assert lines[:2] == [
        "US-OH: no entry of its own; the rules of US hold",
        "Time zones: America/New_York",
    ]
    assert lines[-1] == "No emergency ban is on."
    assert place_json(rules_at("US-OH", rules()))["own_entry"] is False


def test_show_no_place() -> None:
    """Another code is one clear error, with those that may be meant."""
    with pytest.raises(BadInputError, match=r"'us-fl'; did you mean US-FL\?"):
        rules_at("us-fl", rules())
    with pytest.raises(BadInputError, match="see `rules list`"):
        rules_at("zzzzzz", rules())


def test_explain() -> None:
    """A case as for `screen`, on as many lines as it likes."""
    found = as_json(explained(CASE, rules()))
    assert found["decision"] == {
        "decision": "defer",
        "not_before": "2026-11-23T16:00:00Z",
        "time_zones": ["America/Los_Angeles"],
        "reasons": [
            {
                "code": "outside_calling_hours",
                "rule": "US-HOURS",
                "citation": "16 CFR 310.4(c); 47 CFR 64.1200(c)(1)",
            }
        ],
        "rulebook": rules().version,
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"\xff", "not UTF-8"),
        (b'{"id": "1"}', "at: is missing"),
        (CASE.replace(b"+14155550123", b"4155550123"), "contact.phone"),
        (CASE.replace(b'"voice"', b'"fax"'), "channel"),
    ],
)
def test_explain_no_case(text: bytes, problem: str) -> None:
    """What is no case is one clear error."""
    with pytest.raises(BadInputError, match=problem):
        explained(text, rules())


def test_the_page_is_made_from_the_rules() -> None:
    """docs/rules.md is what `fairdial rules docs` prints: run `make rules` when rules change."""
    assert PAGE.read_text(encoding="utf-8") == rule_page(rules())


def test_the_page_has_every_rule_and_source() -> None:
    """No entry, rule, citation or source is left out, and no text acts as markup."""
    page = rule_page(rules())
    for entry in rules().jurisdictions.values():
        assert f"({'rules-' + entry.code.lower()})=\n## {entry.code}: " in page
        assert page.count(f"](#rules-{entry.code.lower()})") >= 1
        listed = [window.rule.id for window in entry.windows]
        listed += [cap.rule.id for cap in entry.caps]
        listed += [duty.rule.id for duty in entry.consents]
        register = entry.do_not_call
        if register is not None and register != DoNotCallList(register.rule, None, None):
            listed.append(register.rule.id)
        assert all(f"| {rule} | " in page for rule in listed)
        assert all(source.url in page for source in entry.sources if source.url)
    rows = [line for line in page.splitlines() if line.startswith("| [")]
    assert len(rows) == 78
    assert {line.replace("\\|", "").count("|") for line in rows} == {10}
