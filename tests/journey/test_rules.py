"""`fairdial rules` as a compliance officer types it, over the operator's own file of rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.journey.program import ROOT, fairdial

CASE = (
    b'{"id": "1", "at": "2026-11-23T18:00:00Z", "channel": "voice",'
    b' "contact": {"phone": "+15045550123"}}'
)
EXAMPLE = ROOT / "docs" / "examples" / "rules.yaml"


def test_the_operators_file_by_option_and_by_setting(tmp_path: Path) -> None:
    """The file given with --rules, or else that of the settings, decides in every command."""
    by_option = fairdial("screen", "--rules", EXAMPLE, given=CASE)
    (tmp_path / ".env").write_text(f"FAIRDIAL_RULES_FILE={EXAMPLE}\n")
    by_setting = fairdial("screen", cwd=tmp_path, given=CASE)
    assert by_option.stdout == by_setting.stdout
    decision = json.loads(by_option.stdout)
    assert decision["reasons"] == [
        {
            "code": "restricted_period",
            "rule": "HURRICANE-2026",
            "citation": "La. R.S. 45:844.31",
        }
    ]
    explained = fairdial("rules", "explain", "-", "--json", cwd=tmp_path, given=CASE)
    assert json.loads(explained.stdout)["decision"] == {
        key: value for key, value in decision.items() if key != "id"
    }
    listed = fairdial("rules", "list", "--json", cwd=tmp_path)
    assert len(json.loads(listed.stdout)["jurisdictions"]) == 79
    assert b"Poland" in fairdial("rules", "docs", cwd=tmp_path).stdout


def test_a_case_from_a_file(tmp_path: Path) -> None:
    """CASE is a file as well as standard input; the text comes first, JSON on demand."""
    path = tmp_path / "case.json"
    path.write_bytes(CASE)
    result = fairdial("rules", "explain", path)
    assert result.returncode == 0
    assert result.stdout.startswith(b"Decision: allowed\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["rules", "show", "us-fl"], "there are no rules of the code 'us-fl'; did you mean US-FL?"),
        (["rules", "show", "US\n\x1b[31m"], "there are no rules of the code"),
        (["rules", "explain", "missing.json"], "missing.json: No such file or directory"),
        (["rules", "explain", "-"], "this is no valid case: the line is not JSON"),
        (["rules", "list", "--rules", "missing.yaml"], "rules, entry missing.yaml"),
        (["screen", "--rules", "bad.yaml"], "rules, entry STORM, field from"),
        (["rules", "docs", "--rules", "bad.yaml"], "rules, entry STORM, field from"),
    ],
)
def test_what_cannot_be_used(tmp_path: Path, arguments: list[str], says: str) -> None:
    """One clear line and exit 2, and nothing on standard output."""
    (tmp_path / "bad.yaml").write_text(
        "emergency_bans: [{id: STORM, places: [US-LA], from: soon, reason: a, cite: b}]"
    )
    result = fairdial(*arguments, cwd=tmp_path)
    assert result.returncode == 2
    assert result.stdout == b""
    (line,) = result.stderr.decode().splitlines()
    assert line.startswith(f"fairdial: {says}")
    assert line.isprintable()


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    """A setting that cannot be used stops a filter too, by the name of its variable."""
    (tmp_path / ".env").write_text("FAIRDIAL_PORT=lots\n")
    result = fairdial("rules", "list", cwd=tmp_path)
    assert result.returncode == 2
    assert result.stderr.startswith(b"fairdial: setting FAIRDIAL_PORT: ")
