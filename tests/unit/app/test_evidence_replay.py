"""Decisions made again from their entries, for any case."""

from __future__ import annotations

import functools
from dataclasses import replace

import pytest
from hypothesis import given, settings

from app.evidence.document import Facts, Replayed
from app.evidence.replay import case_again, entry_facts, replay
from compliance.case import Case
from compliance.evidence import body_text
from compliance.rulebook import Rulebook, rebuilt
from compliance.screening import Decision, InvalidCaseError, no_case, screen
from compliance.time_zone import zone_data_version
from dialer.decision_evidence import Screened, of_decision
from tests.random_cases import cases
from tests.screening_cases import case, rules


def kept(asked: Case, rulebook: Rulebook) -> Facts:
    """What an entry about the case says."""
    entry = of_decision(
        Screened(asked, decided(asked, rulebook)),
        account="acme",
        campaign_id="c",
        contact_id="k",
        phone_hash="h",
        attempt_id=None,
    )
    facts = entry_facts(entry.body)
    assert facts is not None
    return facts


def decided(asked: Case, rulebook: Rulebook) -> Decision:
    """As the dialer decides."""
    try:
        return screen(asked, rulebook)
    except InvalidCaseError as error:
        return no_case(error, rulebook)


@functools.cache
def archive() -> dict[str, str]:
    """The bundled rulebook as it is kept."""
    return {rules().version: rules().content}


@settings(max_examples=100)
@given(cases())
def test_every_decision_is_made_again_to_the_same_end(asked: Case) -> None:
    """With what looked at it."""
    found = replay(kept(asked, rules()), asked.contact.phone, archive())
    assert found.status is Replayed.SAME
    assert found.zone_data_then == found.zone_data_now == zone_data_version()
    assert found.explanation is not None
    assert found.explanation["number"]["e164"] == asked.contact.phone


def test_a_contact_that_makes_no_case_was_denied_and_is_again() -> None:
    """What screening refuses to decide on is never dialed; there is nothing to explain."""
    asked = case("2026-11-23T15:00:00Z", region="US-XX", campaign={"rules": ["XX-NONE"]})
    with pytest.raises(InvalidCaseError):
        screen(asked, rules())
    found = replay(kept(asked, rules()), asked.contact.phone, archive())
    assert found.status is Replayed.SAME
    assert found.explanation is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("decision", "deny"),
        ("timeZones", ["America/Chicago"]),
        ("notBefore", "2026-11-23T15:00:00.000Z"),
        ("reasons", []),
    ],
)
def test_another_decision_is_noticed(field: str, value: object) -> None:
    """Whichever part of it is another one."""
    facts = kept(case("2026-11-23T15:00:00Z"), rules()) | {field: value}
    found = replay(facts, "+12125550123", archive())
    assert found.status is Replayed.DIFFERENT
    assert "another one: allow" in found.sentence


def test_another_number_than_the_one_decided_on_is_noticed() -> None:
    """A number elsewhere has other zones."""
    found = replay(kept(case("2026-11-23T15:00:00Z"), rules()), "+14155550123", archive())
    assert found.status is Replayed.DIFFERENT


def test_other_zone_data_is_said() -> None:
    """The rulebook names the zone data of then; that of today is what there is."""
    old = rebuilt(rules().content, "2019c")
    facts = kept(case("2026-11-23T15:00:00Z"), old)
    found = replay(facts, "+12125550123", {old.version: old.content})
    assert found.status is Replayed.SAME
    assert (found.zone_data_then, found.zone_data_now) == ("2019c", zone_data_version())
    assert "is another version than that of then (2019c)" in found.sentence


def test_a_rulebook_must_be_the_one_that_its_version_names() -> None:
    """Kept under another's name it would make another decision."""
    facts = kept(case("2026-11-23T15:00:00Z"), rules())
    other = rules().content.replace("21:00", "20:00")
    for contents in ({}, {rules().version: other}, {rules().version: "{"}):
        assert replay(facts, "+12125550123", contents).status is Replayed.RULES_NOT_KEPT


def test_without_its_number_nothing_is_decided() -> None:
    """Who is gone is gone."""
    found = replay(kept(case("2026-11-23T15:00:00Z"), rules()), None, archive())
    assert found.status is Replayed.NUMBER_NOT_KNOWN


def test_the_case_is_one_that_can_be_screened() -> None:
    """Put to `fairdial screen` it gives the same decision."""
    asked = case("2026-11-23T15:00:00Z", region="US-NY")
    assert case_again(kept(asked, rules()), "+12125550123") == {
        "id": "from evidence",
        "at": "2026-11-23T15:00:00.000000Z",
        "channel": "voice",
        "contact": {"phone": "+12125550123", "region": "US-NY"},
        "campaign": {"purpose": "telemarketing", "dial_mode": "predictive", "max_ring_seconds": 25},
    }


def test_what_is_no_object_is_no_entry() -> None:
    """A spoilt body is told apart from an empty one."""
    assert entry_facts(body_text({"a": 1})) == {"a": 1}
    assert entry_facts("[1]") is None
    assert entry_facts("{") is None
    assert replay(None, None, {}).status is Replayed.UNREADABLE
    facts = kept(replace(case("2026-11-23T15:00:00Z")), rules()) | {"case": {"at": "soon"}}
    assert replay(facts, "+12125550123", archive()).status is Replayed.UNREADABLE
