"""A compliance officer can read the rules of a place."""

from __future__ import annotations

import pytest

from compliance.rule_listing import rules_of
from tests.screening_cases import rules


def says(code: str) -> dict[str, str]:
    """What each rule says, by its id."""
    return {listed.rule: listed.says for listed in rules_of(code, rules())}


@pytest.mark.parametrize(
    ("code", "rule", "words"),
    [
        (
            "US",
            "US-HOURS",
            "sms, voice_live, voice_prerecorded: daily 08:00-21:00 in the contact's",
        ),
        ("US-AL", "US-AL-HOURS", "Mon, Tue, Wed, Thu, Fri, Sat 08:00-20:00"),
        ("US-AL", "US-HOURS", "daily 08:00-21:00"),
        ("US-MS", "US-MS-HOURS", "in America/Chicago time"),
        ("US-FL", "US-FL-3IN24", "at most 3 attempts within 24 h per subject, counting voice"),
        ("US-FL", "US-FL-AUTOMATED", "(not in preview) for telemarketing: consent express_written"),
        ("US-OR", "US-OR-3IN24", "lifted by consent existing_relationship of 18 months"),
        ("US-NYC", "US-REGF-CONV", "no attempt within 7 local dates after conversation per debt"),
        ("US-PA", "US-PA-HOLIDAYS", "no calls on holidays (US-PA); lifted by consent"),
        ("US-NE", "US-NE-HOLIDAYS", "holidays (US-NE), voice_prerecorded: only 13:00-21:00"),
        ("IT", "IT-HOLIDAYS", "on their eve only 10:00-19:00"),
        ("US-WA", "US-WA-NO-VOICE_PRERECORDED", "voice_prerecorded is barred"),
        ("GB", "GB-AFTER-ABANDONED", "no call for 72 h after abandoned unless an agent"),
        ("GB", "GB-DNC", "a copy of at most 28 days"),
    ],
)
def test_what_a_place_says(code: str, rule: str, words: str) -> None:
    """Each rule that decides is there in words, the parents' too."""
    assert words in says(code)[rule]


def test_every_entry_can_be_listed_with_its_sources() -> None:
    """Each rule has its citation, its date and how sure it is."""
    for code in rules().jurisdictions:
        for listed in rules_of(code, rules()):
            assert listed.citation
            assert listed.as_of == "2026-11-23"
            assert listed.confidence in ("verified", "recalled")


def test_unknown_code() -> None:
    """A code without rules is none."""
    with pytest.raises(KeyError):
        list(rules_of("XX", rules()))
