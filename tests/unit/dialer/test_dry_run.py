"""What a dry run says of lists that can be counted by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from campaigns.campaign import CampaignState
from campaigns.contact import Contact
from campaigns.events import Disposition
from campaigns.service import CampaignOverError
from compliance.case import Channel, ConsentKind, OpenSpan, Purpose, Weekday
from compliance.consent_records import EVERYWHERE, ConsentAction, ConsentRecord, ConsentSource
from compliance.number_set import NumberSet
from compliance.opt_out import OptOutReview
from compliance.overrides import Override, OwnRule
from compliance.reasons import ReasonCode
from compliance.rulebook import Rulebook
from compliance.rulebook_file import load
from compliance.suppression_lists import SuppressionList
from dialer.outlook import Held, Outlook, bounds
from dialer.rehearsing import NOTHING, AlreadyStartedError, Batch, rehearse, start_of
from tests.builders import (
    ACCOUNT,
    NOON,
    a_campaign,
    a_contact,
    a_suppression,
    a_suppression_list,
    an_attempt,
    ident,
    some_settings,
)
from tests.rehearsals import Rehearsal, hours

MORNING = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
"""A Monday, 7:30 in New York, 2:30 in Honolulu; calls to New York begin at 8, to Hawaii at 8."""
NEW_YORK: dict[str, Any] = {"region": "US-NY", "time_zone": "America/New_York"}
HAWAII: dict[str, Any] = {"region": "US-HI", "time_zone": "Pacific/Honolulu"}


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    """The bundled rules."""
    return load()


def people(count: int, first: int = 1, **changes: Any) -> list[Contact]:
    """So many New Yorkers, unless told otherwise, in rows from `first` on."""
    rows = range(first, first + count)
    return [a_contact(row, phone=f"+1212468{row:04d}", **changes) for row in rows]


def a_rehearsal(
    rulebook: Rulebook, contacts: Sequence[Contact], start: datetime = MORNING, **changes: Any
) -> Rehearsal:
    """Twelve hours from MORNING on, by New York's clock."""
    given: dict[str, Any] = {
        "start_at": start,
        "end_at": start + hours(12),
        "default_time_zone": "America/New_York",
    }
    campaign = a_campaign(settings=some_settings(**(given | changes)))
    return Rehearsal(rulebook, campaign, contacts)


def held(found: Outlook) -> dict[ReasonCode, Held]:
    """What holds contacts, by its code."""
    return {each.code: each for each in found.held}


def a_consent(contact: Contact, kind: ConsentKind, at: datetime) -> ConsentRecord:
    """Given once, on a form."""
    return ConsentRecord(
        id=ident("consent", contact.row),
        account=ACCOUNT,
        address=contact.phone,
        action=ConsentAction.GIVEN,
        kind=kind,
        channel=None,
        scope=EVERYWHERE,
        at=at,
        source=ConsentSource.WEB_FORM,
        basis="form",
        evidence="page 1",
        recorded_by="user-1",
        recorded_at=at,
    )


# ------------------------------------------------------------------------------ when, and how many
def test_two_coasts_by_the_hour(rulebook: Rulebook) -> None:
    """Each coast opens at its own eight o'clock, and stays open while it lasts."""
    contacts = [*people(3, **NEW_YORK), *people(2, first=4, **HAWAII)]
    found = a_rehearsal(rulebook, contacts).rehearse()
    assert (found.contacts, found.callable_at_start, found.callable_later) == (5, 0, 5)
    assert (found.after_end, found.for_good, found.wait_for_reader) == (0, 0, 0)
    assert found.first_callable_at == MORNING + hours(0.5)
    assert [slot.start_at for slot in found.slots[:3]] == [
        MORNING,
        MORNING + hours(0.5),
        MORNING + hours(1.5),
    ]
    assert found.slots[-1].end_at == MORNING + hours(12)
    # 8:00 in Honolulu is 13:00 in New York: six slots after the first full hour there.
    assert [slot.becoming for slot in found.slots] == [0, 3, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0]
    assert [slot.within_hours for slot in found.slots] == [0, *[3] * 5, *[5] * 7]
    only = held(found)[ReasonCode.OUTSIDE_CALLING_HOURS]
    assert (only.for_now, only.for_good) == (5, 0)
    assert (only.first_until, only.last_until) == (MORNING + hours(0.5), MORNING + hours(5.5))


def test_everybody_at_once(rulebook: Rulebook) -> None:
    """In the middle of the day there is nothing to wait for, and no reason to name."""
    found = a_rehearsal(rulebook, people(4), start=NOON, end_at=NOON + hours(1)).rehearse()
    assert (found.callable_at_start, found.in_time, found.first_callable_at) == (4, 4, NOON)
    assert found.held == ()
    (slot,) = found.slots
    assert (slot.start_at, slot.end_at, slot.becoming, slot.within_hours) == (
        NOON,
        NOON + hours(1),
        4,
        4,
    )


def test_an_empty_list(rulebook: Rulebook) -> None:
    """Nothing but zeros."""
    found = a_rehearsal(rulebook, []).rehearse()
    assert (found.contacts, found.in_time, found.first_callable_at) == (0, 0, None)
    assert {(slot.becoming, slot.within_hours) for slot in found.slots} == {(0, 0)}
    assert (found.held, found.registries, found.jurisdictions) == ((), (), ())


@pytest.mark.parametrize(("lasts", "in_time"), [(0.5, 0), (0.5 + 1 / 3600, 1)])
def test_who_could_be_called_only_after_the_end(
    rulebook: Rulebook, lasts: float, in_time: int
) -> None:
    """At the end itself nothing is dialed any more; a second earlier it is."""
    made = a_rehearsal(rulebook, people(1), end_at=MORNING + hours(lasts))
    found = made.rehearse()
    assert (found.in_time, found.after_end) == (in_time, 1 - in_time)
    assert (found.first_callable_at is None) == (in_time == 0)
    made.dial()
    assert len(made.placed) == in_time


def test_more_contacts_than_are_read_at_once(rulebook: Rulebook) -> None:
    """Each is counted once."""
    found = a_rehearsal(rulebook, people(1203), start=NOON).rehearse()
    assert (found.contacts, found.callable_at_start) == (1203, 1203)


def test_a_long_campaign_is_shown_by_day(rulebook: Rulebook) -> None:
    """From a week on by local days, a lost hour's day among them; of the first year alone."""
    ten = bounds(MORNING, MORNING + timedelta(days=10), "America/New_York")
    assert [start for start, _ in ten[1:]] == [
        datetime(2026, 11, 24, 5, tzinfo=UTC) + timedelta(days=day) for day in range(10)
    ]
    assert (ten[0][0], ten[-1][1]) == (MORNING, MORNING + timedelta(days=10))
    assert len(bounds(MORNING, MORNING + timedelta(days=7), "UTC")) == 7 * 24 + 1
    spring = datetime(2026, 3, 1, 5, tzinfo=UTC)
    lengths = {end - start for start, end in bounds(spring, spring + hours(480), "US/Eastern")}
    assert lengths >= {hours(23), hours(24)}
    century = bounds(MORNING, MORNING + timedelta(days=36_500), "UTC")
    assert (len(century), century[-1][1]) == (367, MORNING + timedelta(days=366))
    contacts = people(2)
    found = a_rehearsal(rulebook, contacts, end_at=MORNING + timedelta(days=40)).rehearse()
    assert [slot.becoming for slot in found.slots[:2]] == [2, 0]
    # Not called on federal holidays? The law of New York knows none: every day is open.
    assert {slot.within_hours for slot in found.slots[:-1]} == {2}


def test_hours_follow_a_zone_of_half_hours() -> None:
    """By the clocks of India."""
    start = datetime(2026, 11, 23, 12, 10, tzinfo=UTC)
    assert bounds(start, start + hours(1), "Asia/Kolkata") == [
        (start, start + timedelta(minutes=20)),
        (start + timedelta(minutes=20), start + hours(1)),
    ]


# --------------------------------------------------------------------------------- what holds them
def test_each_reason_is_counted_with_its_rules(rulebook: Rulebook) -> None:
    """For good what never ends; for now, until they can be called, what passes."""
    contacts = [
        *people(2, **NEW_YORK),
        *people(3, first=3, region="US-MA", time_zone="America/New_York"),
        a_contact(6, phone="+1212468000", region="", time_zone=""),
        a_contact(7, phone="+12124680007", region="US-XX"),
        *people(1, first=8, **NEW_YORK),
    ]
    made = a_rehearsal(rulebook, contacts)
    with made.database() as uow:
        uow.suppressions.add(a_suppression(contacts[-1].phone))
    found = made.rehearse()
    assert (found.callable_later, found.for_good) == (5, 3)
    by_code = held(found)
    assert set(by_code) == {
        ReasonCode.OUTSIDE_CALLING_HOURS,
        ReasonCode.SUPPRESSED,
        ReasonCode.INVALID_NUMBER,
        ReasonCode.UNKNOWN_JURISDICTION,
    }
    night = by_code[ReasonCode.OUTSIDE_CALLING_HOURS]
    assert found.held[0] is night
    assert (night.for_now, night.for_good) == (5, 0)
    rules = {rule.rule: rule.contacts for rule in night.rules}
    assert rules["US-MA-HOURS"] == 3
    assert night.rules[0].contacts == 5
    assert all(rule.citation for rule in night.rules)
    suppressed = by_code[ReasonCode.SUPPRESSED]
    # That they were also asked too early is of no matter to whom nobody may ever call.
    assert (suppressed.for_now, suppressed.for_good) == (0, 1)
    assert (suppressed.first_until, suppressed.last_until) == (None, None)
    assert by_code[ReasonCode.INVALID_NUMBER].for_good == 1
    assert by_code[ReasonCode.UNKNOWN_JURISDICTION].rules[0].rule.startswith("contact.region")


def test_hours_that_never_come_are_for_good(rulebook: Rulebook) -> None:
    """Open hours in the middle of the night: the law and the campaign share no hour in a year."""
    night = {day: (OpenSpan(time(2), time(4)),) for day in Weekday}
    found = a_rehearsal(rulebook, people(2), start=NOON, open_hours=night).rehearse()
    assert found.for_good == 2
    assert {code: each.for_good for code, each in held(found).items()} == {
        ReasonCode.NO_COMMON_WINDOW: 2
    }


def test_history_counts(rulebook: Rulebook) -> None:
    """Who was called by another campaign an hour ago waits for the limit of attempts."""
    contacts = people(2)
    made = a_rehearsal(rulebook, contacts, start=NOON)
    at = NOON - hours(1)
    done = {"reserved_at": at, "placed_at": at, "ended_at": at}
    with made.database() as uow:
        for number in (1, 2, 3):
            uow.attempts.add(
                [
                    an_attempt(
                        1,
                        number,
                        campaign="another",
                        phone=contacts[0].phone,
                        disposition=Disposition.NO_ANSWER,
                        **done,
                    )
                ]
            )
    found = made.rehearse()
    assert (found.callable_at_start, found.after_end) == (1, 1)
    limit = held(found)[ReasonCode.ATTEMPT_LIMIT]
    assert (limit.for_now, limit.last_until) == (1, NOON + hours(23))


def test_who_waits_for_a_reader_is_counted_apart(rulebook: Rulebook) -> None:
    """Nobody can say when somebody reads; so nothing else is said of them."""
    contacts = people(2)
    made = a_rehearsal(rulebook, contacts, start=NOON)
    review = OptOutReview(ident("review"), ACCOUNT, contacts[0].phone, Channel.SMS, "hm", NOON)
    with made.database() as uow:
        uow.consents.hold(review)
    found = made.rehearse()
    assert (found.contacts, found.wait_for_reader, found.callable_at_start) == (2, 1, 1)
    assert found.held == ()


# -------------------------------------------------------------------------------------- overrides
def test_an_override_counts_until_it_ends(rulebook: Rulebook) -> None:
    """Open hours from 9 to 10: lifted until noon, and closed again for the rest of the day."""
    mornings = {day: (OpenSpan(time(9), time(10)),) for day in Weekday}
    contacts = [*people(2, **NEW_YORK), *people(1, first=3, **HAWAII)]
    made = a_rehearsal(rulebook, contacts, open_hours=mornings, end_at=MORNING + hours(48))
    lifted = Override(
        ident("override"),
        ACCOUNT,
        made.campaign.id,
        OwnRule.OPEN_HOURS,
        "user-1",
        "administrator",
        "Recall of a product",
        MORNING - hours(1),
        NOON,
    )
    with made.database() as uow:
        uow.overrides.add(lifted)
    found = made.rehearse()
    reach = {slot.start_at: slot.within_hours for slot in found.slots}
    begin = {slot.start_at: slot.becoming for slot in found.slots if slot.becoming}
    # In New York from eight till noon; in Honolulu it is seven at noon, so nine o'clock counts.
    assert begin == {MORNING + hours(0.5): 2, NOON + hours(2): 1}
    assert [reach[NOON + hours(n)] for n in (-4, -3, -1, 0, 1, 2, 3, 21, 22, 26)] == [
        2,
        2,
        2,
        0,
        0,
        1,
        0,
        2,
        0,
        1,
    ]
    made.dial()
    assert sorted(made.placed.values()) == [
        MORNING + hours(0.5),
        MORNING + hours(0.5),
        NOON + hours(2),
    ]


def test_what_happens_after_the_end_is_of_no_matter(rulebook: Rulebook) -> None:
    """Who could be called only after the end is not asked again by then: nothing is dialed."""
    evening = MORNING + hours(14.5)  # 22:00 in New York, on a Monday
    sundays = {Weekday.SUNDAY: (OpenSpan(time(9), time(17)),)}
    made = a_rehearsal(
        rulebook, people(1, **NEW_YORK), evening, open_hours=sundays, end_at=evening + hours(1)
    )
    with made.database() as uow:
        uow.suppression_lists.put(a_registry("US", date(2026, 10, 24)), NumberSet())
        uow.overrides.add(
            Override(
                ident("override"),
                ACCOUNT,
                made.campaign.id,
                OwnRule.OPEN_HOURS,
                "user-1",
                "administrator",
                "Recall of a product",
                evening,
                evening + hours(0.5),
            )
        )
    # On Tuesday at eight the copy of the registry would do; on Sunday it is too old.
    found = made.rehearse()
    assert (found.after_end, found.wait_for_copy) == (1, 0)


# ---------------------------------------------------------------------------- consent and holidays
def test_consent_opens_holidays_to_those_who_gave_it(rulebook: Rulebook) -> None:
    """Thanksgiving in Pennsylvania: closed, but for whom a written consent is on file."""
    eve = datetime(2026, 11, 25, 17, 0, tzinfo=UTC)
    contacts = [
        a_contact(row, phone=f"+1215468{row:04d}", region="US-PA", time_zone="America/New_York")
        for row in (1, 2, 3)
    ]
    made = a_rehearsal(rulebook, contacts, start=eve, end_at=eve + hours(36))
    with made.database() as uow:
        uow.consents.add([a_consent(contacts[0], ConsentKind.EXPRESS_WRITTEN, eve - hours(99))])
    found = made.rehearse()
    assert found.callable_at_start == 3
    noons = [slot.within_hours for slot in found.slots if slot.start_at in (eve, eve + hours(24))]
    assert noons == [3, 1]


# ------------------------------------------------------------------------ registries and the places
def a_registry(jurisdiction: str, as_of: date) -> SuppressionList:
    """A copy of a registry."""
    return a_suppression_list(jurisdiction, jurisdiction=jurisdiction, as_of=as_of)


def test_registries_without_a_lasting_copy_are_warned_of(rulebook: Rulebook) -> None:
    """No copy at all; one that is too old before the end; one that lasts is not named."""
    contacts = [*people(2, region="US-MA", time_zone=""), *people(3, first=3, **NEW_YORK)]
    made = a_rehearsal(rulebook, contacts, end_at=MORNING + timedelta(days=6))
    warned = {each.jurisdiction: each for each in made.rehearse().registries}
    # The numbers are New York's: Massachusetts' registry binds those whose address is there.
    assert (warned["US"].contacts, warned["US-MA"].contacts) == (5, 2)
    assert (warned["US"].as_of, warned["US"].last_day) == (None, None)
    assert warned["US"].citation
    with made.database() as uow:
        uow.suppression_lists.put(a_registry("US", date(2026, 10, 26)), NumberSet())
        uow.suppression_lists.put(a_registry("US-MA", date(2026, 11, 20)), NumberSet())
    warned = {each.jurisdiction: each for each in made.rehearse().registries}
    assert "US-MA" not in warned
    assert (warned["US"].as_of, warned["US"].last_day) == (date(2026, 10, 26), date(2026, 11, 26))
    # The last day is open, the next one closed.
    days = {
        slot.start_at.date(): slot.within_hours for slot in made.rehearse().slots if slot.becoming
    }
    assert days == {MORNING.date(): 5}
    open_days = {s.start_at.date() for s in made.rehearse().slots if s.within_hours}
    assert max(open_days) == date(2026, 11, 27)  # the evening of the 26th in New York, in UTC


def test_a_copy_that_is_too_old_makes_contacts_wait(rulebook: Rulebook) -> None:
    """Nobody is lost for it: they wait for a newer copy, unless something else holds for good."""
    contacts = people(3, **NEW_YORK)
    made = a_rehearsal(rulebook, contacts, start=NOON)
    with made.database() as uow:
        uow.suppression_lists.put(a_registry("US", date(2026, 10, 1)), NumberSet())
        uow.suppressions.add(a_suppression(contacts[0].phone))
    found = made.rehearse()
    assert (found.wait_for_copy, found.for_good, found.in_time) == (2, 1, 0)
    old = held(found)[ReasonCode.REGISTRY_OUT_OF_DATE]
    assert (old.for_now, old.for_good, old.first_until, old.last_until) == (2, 1, None, None)
    assert found.registries[0].last_day == date(2026, 11, 1)


def test_registries_bind_some_purposes_only(rulebook: Rulebook) -> None:
    """News of a delivery need not be checked against them."""
    made = a_rehearsal(rulebook, people(2), purpose=Purpose.INFORMATIONAL)
    assert made.rehearse().registries == ()


def test_jurisdictions_are_counted(rulebook: Rulebook) -> None:
    """A Floridian with a number of New York is under both, and under the United States."""
    contacts = [*people(2, region="US-FL", time_zone=""), *people(3, first=3, **NEW_YORK)]
    found = a_rehearsal(rulebook, contacts).rehearse()
    counted = {place.jurisdiction: place.contacts for place in found.jurisdictions}
    assert counted == {"US": 5, "US-NY": 5, "US-FL": 2}
    assert found.jurisdictions[0].name.startswith("United States")
    assert found.rulebook == rulebook.version


# --------------------------------------------------------------------------------- before the start
def test_only_what_has_not_started_is_rehearsed() -> None:
    """A draft or a scheduled campaign, from its own start or now or whenever one likes."""
    campaign = a_campaign(settings=some_settings(start_at=NOON, end_at=NOON + hours(4)))
    for state in CampaignState:
        each = replace(campaign, state=state)
        if state in (CampaignState.DRAFT, CampaignState.SCHEDULED):
            assert start_of(each, None, NOON - hours(1)) == NOON
            assert start_of(each, None, NOON + hours(1)) == NOON + hours(1)
            assert start_of(each, NOON + hours(2), NOON) == NOON + hours(2)
            with pytest.raises(CampaignOverError):
                start_of(each, None, NOON + hours(4))
        else:
            with pytest.raises(AlreadyStartedError, match=state):
                start_of(each, None, NOON)


def test_people_nobody_has_heard_of(rulebook: Rulebook) -> None:
    """A file's contacts can be rehearsed without any storage."""
    campaign = a_campaign(settings=some_settings(start_at=NOON, end_at=NOON + hours(1)))
    found = rehearse(campaign, rulebook, NOON, [Batch(people(3), NOTHING), Batch([], NOTHING)])
    assert found.callable_at_start == 3
