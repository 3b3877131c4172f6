"""What the DialQueue port promises, on every storage."""

from __future__ import annotations

from dataclasses import replace

from campaigns.campaign import Campaign
from campaigns.contact import Contact
from campaigns.events import FinishReason
from campaigns.ports import QueueEntry
from tests.builders import (
    NOON,
    a_campaign,
    a_contact,
    after,
    an_attempt,
    an_entry,
    keep_campaign,
)
from tests.conformance.storage import Storage


def enrolled(storage: Storage, *contacts: Contact) -> Campaign:
    """A campaign over these contacts, all waiting for NOON."""
    with storage() as uow:
        campaign = keep_campaign(uow, contacts=contacts)
        assert uow.queue.enroll(campaign, NOON) == len(contacts)
    return campaign


def ready(storage: Storage, *contacts: Contact) -> Campaign:
    """The same, all ready."""
    campaign = enrolled(storage, *contacts)
    with storage() as uow:
        assert uow.queue.wake(campaign.id, NOON, len(contacts)) == len(contacts)
    return campaign


def people(count: int) -> list[Contact]:
    """So many contacts, in rows 1, 2, 3..."""
    return [a_contact(row) for row in range(1, count + 1)]


def test_enrolling_again_adds_only_new_contacts(storage: Storage) -> None:
    """Who waits, was tried, or is finished is not queued a second time."""
    campaign = ready(storage, *people(3))
    with storage() as uow:
        first, second = (claimed.contact for claimed in uow.queue.claim(campaign.id, 2))
        uow.attempts.add([an_attempt(first.row, ended_at=after(9))])
        uow.queue.finish(campaign.id, [(second.id, FinishReason.DENIED)], NOON)
        uow.contact_lists.add_contacts([a_contact(4)])
    with storage() as uow:
        assert uow.queue.enroll(campaign, after(60)) == 1
        assert uow.queue.remaining(campaign.id) == 2
        assert uow.queue.enroll(campaign, after(61)) == 0


def test_campaigns_over_one_list_have_queues_of_their_own(storage: Storage) -> None:
    """What one claims is still there for the other."""
    first = ready(storage, *people(2))
    with storage() as uow:
        second = keep_campaign(uow, a_campaign("second"))
        assert uow.queue.enroll(second, NOON) == 2
        assert uow.queue.wake(second.id, NOON, 9) == 2
        assert len(uow.queue.claim(first.id, 9)) == 2
    with storage() as uow:
        assert uow.queue.remaining(first.id) == 0
        assert [each.contact for each in uow.queue.claim(second.id, 9)] == people(2)


def test_nobody_is_claimed_before_their_time(storage: Storage) -> None:
    """Waiting contacts become ready when woken at their time, not before."""
    campaign = enrolled(storage, a_contact())
    with storage() as uow:
        assert uow.queue.claim(campaign.id, 9) == []
        assert uow.queue.wake(campaign.id, after(-0.001), 9) == 0
        assert uow.queue.claim(campaign.id, 9) == []
        assert uow.queue.wake(campaign.id, NOON, 9) == 1
        assert [each.contact for each in uow.queue.claim(campaign.id, 9)] == [a_contact()]


def test_waking_takes_the_longest_waiting_first_up_to_its_limit(storage: Storage) -> None:
    """A limit bounds the work of one tick; the others are woken by the next."""
    campaign = enrolled(storage)
    entries = [an_entry(row, after(-row)) for row in range(1, 6)]
    with storage() as uow:
        uow.contact_lists.add_contacts(people(5))
        uow.queue.put_back(campaign.id, entries)
    with storage() as uow:
        assert uow.queue.wake(campaign.id, NOON, 2) == 2
        assert uow.queue.ready_count(campaign.id, 9) == 2
        assert {each.entry.row for each in uow.queue.claim(campaign.id, 9)} == {5, 4}
    with storage() as uow:
        assert uow.queue.wake(campaign.id, NOON, 9) == 3
        assert uow.queue.wake(campaign.id, NOON, 9) == 0


def test_of_those_that_wait_alike_the_larger_priority_is_woken_first(storage: Storage) -> None:
    """Then the row: all of a list that was just read wait alike."""
    contacts = [a_contact(1), a_contact(2), a_contact(3, priority=5), a_contact(4, priority=-1)]
    campaign = enrolled(storage, *contacts)
    woken = []
    for _ in range(4):
        with storage() as uow:
            assert uow.queue.wake(campaign.id, NOON, 1) == 1
            woken += [each.entry.row for each in uow.queue.claim(campaign.id, 9)]
    assert woken == [3, 1, 2, 4]


def test_claims_go_by_priority_then_wait_then_row(storage: Storage) -> None:
    """The order that campaigns/selection.py states, over one claim and over several."""
    campaign = enrolled(storage)
    in_order = [
        an_entry(4, after(-1), priority=5),
        an_entry(2, after(-9), priority=0),
        an_entry(1, after(-5), priority=0),
        an_entry(3, after(-5), priority=0),
        an_entry(5, after(-99), priority=-1),
    ]
    with storage() as uow:
        uow.contact_lists.add_contacts(people(5))
        uow.queue.put_back(campaign.id, in_order[::-1])
        assert uow.queue.wake(campaign.id, NOON, 9) == 5
    with storage() as uow:
        first = uow.queue.claim(campaign.id, 2)
    with storage() as uow:
        rest = uow.queue.claim(campaign.id, 9)
    assert [each.entry for each in first + rest] == in_order


def test_a_claim_takes_no_more_than_asked_and_nobody_twice(storage: Storage) -> None:
    """However the claims are cut, everybody is claimed once."""
    campaign = ready(storage, *people(25))
    seen: list[str] = []
    for limit in (1, 7, 3, 100):
        with storage() as uow:
            claimed = uow.queue.claim(campaign.id, limit)
        assert len(claimed) == min(limit, 25 - len(seen))
        seen += [each.entry.contact_id for each in claimed]
    assert seen == [contact.id for contact in people(25)]


def test_what_was_put_back_waits_for_its_own_time(storage: Storage) -> None:
    """With its priority, row and number, as it was given."""
    campaign = ready(storage, a_contact(other_phones=("+12125550188",)))
    later = QueueEntry(a_contact().id, 7, 1, after(3600), phone_index=1)
    with storage() as uow:
        uow.queue.claim(campaign.id, 1)
        uow.queue.put_back(campaign.id, [later])
        uow.queue.put_back(campaign.id, [])
    with storage() as uow:
        assert uow.queue.wake(campaign.id, after(3599), 9) == 0
        assert uow.queue.next_due_at(campaign.id) == after(3600)
        assert uow.queue.wake(campaign.id, after(3600), 9) == 1
        assert [each.entry for each in uow.queue.claim(campaign.id, 9)] == [later]


def test_waking_the_deferred_lets_them_be_screened_again_and_nobody_else(storage: Storage) -> None:
    """Who waits for a retry goes on waiting; so do the contacts of another campaign."""
    campaign = ready(storage, *people(3))
    with storage() as uow:
        other = keep_campaign(uow, a_campaign("other"))
        uow.queue.claim(campaign.id, 2)
        uow.queue.put_back(
            campaign.id, [replace(an_entry(1, after(7200)), deferred=True), an_entry(2, after(900))]
        )
        uow.queue.put_back(other.id, [replace(an_entry(1, after(7200)), deferred=True)])
    with storage() as uow:
        assert uow.queue.wake_deferred(campaign.id, after(60)) == 1
        assert uow.queue.next_due_at(campaign.id) == after(60)
        assert uow.queue.next_due_at(other.id) == after(7200)
    with storage() as uow:
        assert uow.queue.wake(campaign.id, after(60), 9) == 1
        claimed = uow.queue.claim(campaign.id, 9)
        # What a claim gives is screened again anyway: whether it was deferred is of no matter.
        assert {(each.entry.row, each.entry.next_attempt_at) for each in claimed} == {
            (1, after(60)),
            (3, NOON),
        }
        assert uow.queue.next_due_at(campaign.id) == after(900)
        assert uow.queue.wake_deferred(campaign.id, after(61)) == 0


def test_the_next_due_is_the_first_of_those_that_wait(storage: Storage) -> None:
    """Ready ones have no time any more; None when nobody waits."""
    campaign = ready(storage, *people(2))
    with storage() as uow:
        assert uow.queue.next_due_at(campaign.id) is None
        first, second = uow.queue.claim(campaign.id, 2)
        late = an_entry(first.entry.row, after(90))
        soon = an_entry(second.entry.row, after(30))
        uow.queue.put_back(campaign.id, [late, soon])
        assert uow.queue.next_due_at(campaign.id) == after(30)
        uow.queue.wake(campaign.id, after(30), 9)
        assert uow.queue.next_due_at(campaign.id) == after(90)


def test_ready_contacts_are_counted_up_to_a_number(storage: Storage) -> None:
    """Asked again with another number, the answer follows."""
    campaign = ready(storage, *people(5))
    with storage() as uow:
        counts = [uow.queue.ready_count(campaign.id, most) for most in (0, 3, 9, 4)]
        assert counts == [0, 3, 5, 4]
        uow.queue.claim(campaign.id, 2)
        assert uow.queue.ready_count(campaign.id, 9) == 3
        assert uow.queue.remaining(campaign.id) == 3


def test_removing_takes_ready_and_waiting_ones_in_the_lists_order(storage: Storage) -> None:
    """As at the end of a campaign, some at a time."""
    campaign = ready(storage, *people(3))
    with storage() as uow:
        claimed = uow.queue.claim(campaign.id, 2)
        uow.queue.put_back(campaign.id, [each.entry for each in claimed])
    with storage() as uow:
        gone = uow.queue.remove(campaign.id, 2)
        gone += uow.queue.remove(campaign.id, 2)
        assert uow.queue.remove(campaign.id, 2) == []
        assert uow.queue.remaining(campaign.id) == 0
    assert gone == [contact.id for contact in people(3)]


def test_a_finished_contact_can_be_reopened(storage: Storage) -> None:
    """A promised callback queues them again, and they can be finished once more."""
    campaign = ready(storage, a_contact())
    with storage() as uow:
        uow.queue.claim(campaign.id, 1)
        uow.queue.finish(campaign.id, [(a_contact().id, FinishReason.CONVERSATION)], NOON)
        uow.queue.finish(campaign.id, [], NOON)
    with storage() as uow:
        uow.queue.reopen(campaign.id, an_entry(1, after(60), priority=1_000_000))
        assert uow.queue.next_due_at(campaign.id) == after(60)
    with storage() as uow:
        uow.queue.wake(campaign.id, after(60), 1)
        assert [each.entry.priority for each in uow.queue.claim(campaign.id, 1)] == [1_000_000]
        uow.queue.finish(campaign.id, [(a_contact().id, FinishReason.CONVERSATION)], after(61))
        assert uow.queue.enroll(campaign, after(62)) == 0


def test_a_callback_takes_the_place_of_a_retry(storage: Storage) -> None:
    """The agent met a machine, which is tried again by itself, and promises a callback as well."""
    campaign = enrolled(storage, a_contact())
    callback = an_entry(1, after(60), priority=1_000_000)
    with storage() as uow:
        uow.queue.reopen(campaign.id, callback)
    with storage() as uow:
        assert uow.queue.remaining(campaign.id) == 1
        uow.queue.wake(campaign.id, after(60), 9)
        assert [each.entry for each in uow.queue.claim(campaign.id, 9)] == [callback]


def test_a_callback_promised_during_a_call_survives_it(storage: Storage) -> None:
    """The call that is on its way ends in a retry or finishes the contact: no error, one place."""
    campaign = ready(storage, a_contact())
    callback = an_entry(1, after(60), priority=1_000_000)
    with storage() as uow:
        uow.queue.claim(campaign.id, 1)
        uow.queue.reopen(campaign.id, callback)
    with storage() as uow:
        uow.queue.put_back(campaign.id, [an_entry(1, after(30))])
        uow.queue.finish(campaign.id, [(a_contact().id, FinishReason.HUNG_UP)], after(30))
    with storage() as uow:
        assert uow.queue.wake(campaign.id, after(59), 9) == 0
        assert uow.queue.wake(campaign.id, after(60), 9) == 1
        assert [each.entry for each in uow.queue.claim(campaign.id, 9)] == [callback]
        uow.queue.finish(campaign.id, [(a_contact().id, FinishReason.CONVERSATION)], after(90))
        assert uow.queue.enroll(campaign, after(99)) == 0
