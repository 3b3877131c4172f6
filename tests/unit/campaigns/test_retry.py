"""What becomes of a contact after an attempt."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.campaign import DEFAULT_RETRY, RetryReason, RetryRule
from campaigns.events import Disposition, FinishReason
from campaigns.retry import Finished, TryAgain, after_attempt
from tests.builders import NOON, after

D = Disposition
PLAN = {
    RetryReason.NO_ANSWER: RetryRule(timedelta(minutes=60), 3),
    RetryReason.BUSY: RetryRule(timedelta(minutes=15), 2, next_number=False),
    RetryReason.FAILED: RetryRule(timedelta(minutes=5), 2),
}


def step(
    disposition: Disposition, endings: dict[Disposition, int], phone: int = 0, phones: int = 1
) -> TryAgain | Finished:
    """What follows under PLAN, at NOON."""
    return after_attempt(disposition, endings, PLAN, phone, phones, NOON)


@pytest.mark.parametrize(
    ("disposition", "reason"),
    [
        (D.CONVERSATION, FinishReason.CONVERSATION),
        (D.MESSAGE_LEFT, FinishReason.MESSAGE_LEFT),
        (D.HUNG_UP, FinishReason.HUNG_UP),
    ],
)
def test_some_dispositions_finish_a_contact(disposition: Disposition, reason: FinishReason) -> None:
    """At once, whatever the plan."""
    assert step(disposition, {disposition: 1}, phones=3) == Finished(reason)


def test_a_contact_is_tried_until_its_tries_are_used_up() -> None:
    """`tries` attempts end so, the last of them finishes the contact."""
    again = TryAgain(after(3600), 0)
    steps = [step(D.NO_ANSWER, {D.NO_ANSWER: count}) for count in (1, 2, 3)]
    assert steps == [again, again, Finished(FinishReason.ATTEMPTS_EXHAUSTED)]


def test_other_endings_do_not_use_up_a_reasons_tries() -> None:
    """Each reason counts its own."""
    assert step(D.BUSY, {D.BUSY: 1, D.NO_ANSWER: 2}) == TryAgain(after(900), 0)


def test_an_unknown_end_counts_as_a_failed_one() -> None:
    """It may have rung (D3)."""
    assert step(D.UNKNOWN, {D.UNKNOWN: 1}) == TryAgain(after(300), 0)
    finished = Finished(FinishReason.ATTEMPTS_EXHAUSTED)
    assert step(D.UNKNOWN, {D.UNKNOWN: 1, D.FAILED: 1}) == finished
    assert step(D.FAILED, {D.UNKNOWN: 1, D.FAILED: 1}) == finished


def test_a_reason_without_a_rule_is_not_tried_again() -> None:
    """The plan names all that is retried."""
    assert step(D.MACHINE, {D.MACHINE: 1}) == Finished(FinishReason.ATTEMPTS_EXHAUSTED)


def test_the_next_number_is_tried_unless_the_rule_says_otherwise() -> None:
    """After the last number the first again."""
    assert step(D.NO_ANSWER, {D.NO_ANSWER: 1}, 0, 2) == TryAgain(after(3600), 1)
    assert step(D.NO_ANSWER, {D.NO_ANSWER: 2}, 1, 2) == TryAgain(after(3600), 0)
    assert step(D.BUSY, {D.BUSY: 1}, 1, 2) == TryAgain(after(900), 1)


def test_an_invalid_number_leads_to_the_next_at_once() -> None:
    """Until every number has proved invalid."""
    assert step(D.INVALID_NUMBER, {D.INVALID_NUMBER: 1}, 0, 2) == TryAgain(NOON, 1)
    finished = Finished(FinishReason.INVALID_NUMBER)
    assert step(D.INVALID_NUMBER, {D.INVALID_NUMBER: 2}, 1, 2) == finished
    assert step(D.INVALID_NUMBER, {D.INVALID_NUMBER: 1}) == finished


def test_an_abandoned_person_is_left_in_peace_for_three_days() -> None:
    """72 h by default (Ofcom)."""
    found = after_attempt(D.ABANDONED, {D.ABANDONED: 1}, DEFAULT_RETRY, 0, 1, NOON)
    assert found == TryAgain(NOON + timedelta(hours=72), 0)


@given(
    st.sampled_from(D),
    st.dictionaries(st.sampled_from(D), st.integers(0, 9)),
    st.integers(1, 5),
    st.data(),
)
def test_every_ending_has_an_answer(
    disposition: Disposition, endings: dict[Disposition, int], phones: int, data: st.DataObject
) -> None:
    """Never earlier than now, and always a number that the contact has."""
    phone = data.draw(st.integers(0, phones - 1))
    found = after_attempt(disposition, endings, DEFAULT_RETRY, phone, phones, NOON)
    if isinstance(found, TryAgain):
        assert found.at >= NOON
        assert 0 <= found.phone_index < phones
