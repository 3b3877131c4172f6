"""Evidence in words: every value has some, and each sentence says what it should."""

from __future__ import annotations

from typing import Any

import pytest

from app.evidence import sentences
from app.evidence.document import LocalTime, Reason
from app.evidence.verifying import CheckedChain
from campaigns.attempt import AttemptState
from campaigns.campaign import CampaignState
from campaigns.events import Disposition, FinishReason
from campaigns.record_store import Place
from compliance.abandonment_definitions import AnsweredBy
from compliance.evidence import CUT_OFF, Flaw
from tests.builders import NOON, a_campaign, after, an_attempt, ident

CAMPAIGN = a_campaign()
KNOWN = {CAMPAIGN.id: CAMPAIGN}
TALKED: dict[str, Any] = {
    "state": AttemptState.ENDED,
    "answered_at": after(9),
    "answered_by": AnsweredBy.HUMAN,
    "greeting_stop_at": after(11),
    "connected_at": after(12.25),
    "ended_at": after(99),
    "disposition": Disposition.CONVERSATION,
}


@pytest.mark.parametrize("disposition", Disposition)
def test_every_end_has_words(disposition: Disposition) -> None:
    """None of them a code."""
    said = sentences.call(an_attempt(ended_at=after(9), disposition=disposition))
    assert "_" not in said
    assert said.endswith("The attempt ended at Mon 23 Nov 2026, 17:00:09 UTC.")


@pytest.mark.parametrize("answered_by", AnsweredBy)
def test_whoever_answered_has_words(answered_by: AnsweredBy) -> None:
    """None of them a code."""
    assert "_" not in sentences.call(an_attempt(answered_at=after(9), answered_by=answered_by))


def test_a_conversation_is_told_in_full() -> None:
    """With how long the person waited."""
    assert sentences.call(an_attempt(**TALKED)) == (
        "The call was placed at Mon 23 Nov 2026, 17:00:00 UTC. It was answered at Mon 23 Nov 2026, "
        "17:00:09 UTC by a person. An agent was on the line at Mon 23 Nov 2026, 17:00:12 UTC, "
        "1.2 s after the person's greeting ended. There was a conversation with an agent. "
        "The attempt ended at Mon 23 Nov 2026, 17:01:39 UTC."
    )


def test_an_agent_before_the_greetings_end_is_not_late() -> None:
    """No time before nothing."""
    early = an_attempt(**TALKED | {"connected_at": after(10)})
    assert ", 0.0 s after" in sentences.call(early)
    unheard = an_attempt(**TALKED | {"greeting_stop_at": None})
    assert "greeting" not in sentences.call(unheard)


def test_an_abandoned_call_says_whether_the_message_was_played() -> None:
    """The law asks for one."""
    abandoned = {**TALKED, "connected_at": None, "disposition": Disposition.ABANDONED}
    with_message = an_attempt(**abandoned, abandoned=True, message_played=True)
    assert "recorded message that the law asks for was played" in sentences.call(with_message)
    assert "message" not in sentences.call(an_attempt(**abandoned, abandoned=True))


def test_calls_that_have_not_ended_or_never_began() -> None:
    """Each says so."""
    assert "It has not ended." in sentences.call(an_attempt())
    reserved = an_attempt(state=AttemptState.RESERVED, placed_at=None)
    assert "Nothing has been dialed" in sentences.call(reserved)
    cancelled = an_attempt(state=AttemptState.CANCELLED, placed_at=None, ended_at=after(9))
    assert "cancelled before anything was dialed" in sentences.call(cancelled)


REASON = Reason(code="holiday", rule="US-AL-HOL", citation="Ala. Code", sentence="It is one.")


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("allow", "Yes: no rule stood against it."),
        ("defer", "Not yet: not before Mon 23 Nov 2026, 17:01:00 UTC. It is one. (Ala. Code)"),
        ("deny", "No, and no later time makes it right. It is one. (Ala. Code)"),
    ],
)
def test_decisions_are_told_with_their_reasons(what: str, expected: str) -> None:
    """Two rules with the same source are told once."""
    not_before = after(60) if what == "defer" else None
    said = sentences.decision(what, NOON, not_before, [REASON, REASON])
    assert said.startswith("At Mon 23 Nov 2026, 17:00:00 UTC it was checked whether")
    assert said.endswith(expected)


@pytest.mark.parametrize(("what", "not_before"), [("unreadable", None), ("defer", None)])
def test_a_decision_that_makes_no_sense_is_not_told(what: str, not_before: None) -> None:
    """Better nothing than a guess."""
    assert "cannot be read" in sentences.decision(what, NOON, not_before, [])


def test_local_times_are_told_in_every_zone() -> None:
    """Or that none is known."""
    east = LocalTime(time_zone="America/New_York", time="2026-11-23T12:00:00-05:00")
    west = LocalTime(time_zone="Pacific/Honolulu", time="2026-11-23T07:00:00-10:00")
    assert sentences.local_times([east, west]) == (
        "Where the person may have been it was 12:00:00 on Mon 23 Nov in America/New_York and "
        "07:00:00 on Mon 23 Nov in Pacific/Honolulu."
    )
    assert "not known" in sentences.local_times([])


@pytest.mark.parametrize("reason", FinishReason)
def test_every_way_to_be_finished_has_words(reason: FinishReason) -> None:
    """None of them a code."""
    said = sentences.standing(Place(CAMPAIGN.id, ident("k"), NOON, reason), KNOWN)
    assert said.startswith("In the campaign “Autumn” the contact is finished since Mon 23 Nov")
    assert "_" not in said


@pytest.mark.parametrize("state", CampaignState)
def test_who_waits_learns_what_the_campaign_does(state: CampaignState) -> None:
    """Every state has words; a running one needs none."""
    campaign = a_campaign(state=state)
    said = sentences.standing(Place(campaign.id, ident("k"), NOON), {campaign.id: campaign})
    assert "waits in the queue, not before Mon 23 Nov 2026, 17:00:00 UTC" in said
    assert ("the campaign " in said.partition(";")[2]) is (state is not CampaignState.RUNNING)


def test_a_campaign_that_is_gone_is_named_by_its_id() -> None:
    """There is nothing better."""
    assert sentences.named(CAMPAIGN.id, {}) == f"campaign {CAMPAIGN.id}"


def test_changes_are_told_with_who_and_how_far() -> None:
    """Hashes and ids are left to the document."""
    facts = {
        "action": "number suppressed",
        "by": "olga",
        "scope": "account",
        "basis": "asked_in_call",
        "source": "internal",
        "phoneHash": "f00",
    }
    assert sentences.change(facts, KNOWN) == (
        "Number suppressed, by user olga, in every campaign; basis: asked in call, "
        "source: internal."
    )
    narrow = {"action": "consent given", "scope": CAMPAIGN.id}
    assert sentences.change(narrow, KNOWN) == "Consent given, in the campaign “Autumn”."
    assert "cannot be read" in sentences.change(None, KNOWN)
    assert "cannot be read" in sentences.change({"action": 1}, KNOWN)


def test_the_end_of_a_call_that_is_not_there() -> None:
    """The entry alone tells of it."""
    assert "how it ended: no answer." in sentences.end_alone({"disposition": "no_answer"})
    assert "cannot be read" in sentences.end_alone({})


def test_proof_is_put_into_one_sentence() -> None:
    """What was checked, against what, and what was found."""
    good = CheckedChain("campaign/c", 3, None, 0, [])
    said = sentences.integrity([good])
    assert said.startswith("All 3 entries of 1 chain are as they were written")
    assert said.endswith("which has not been published yet.")
    told = CheckedChain("account/a", 1, None, 2, [])
    assert "by the 2 heads that were published." in sentences.integrity([good, told])
    bad = CheckedChain("campaign/c", 3, None, 0, [Flaw("campaign/c", 4, 5, CUT_OFF)])
    assert f"campaign/c: entries 4 to 5: {CUT_OFF}" in sentences.integrity([good, bad])
    assert "no chain to check" in sentences.integrity([])


@pytest.mark.parametrize(
    ("parts", "expected"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (list("abc"), "a, b and c")],
)
def test_lists_in_words(parts: list[str], expected: str) -> None:
    """As they are spoken."""
    assert sentences.and_list(parts) == expected
