"""What a dry run says is what the dial loop then does: over random lists, lists of the forbidden,
consents, histories, terms and overrides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.contact import Contact
from campaigns.events import Disposition
from compliance.case import (
    AttemptLimit,
    Channel,
    ConsentKind,
    DialMode,
    OpenSpan,
    Purpose,
    RestrictedPeriod,
    SuppressionSource,
    Weekday,
)
from compliance.consent_records import EVERYWHERE, ConsentAction, ConsentRecord, ConsentSource
from compliance.number_set import NumberSet
from compliance.opt_out import OptOutReview
from compliance.overrides import Override, OwnRule
from compliance.reasons import ReasonCode
from compliance.rulebook_file import load
from compliance.screening import Allow, Defer, screen
from compliance.suppression_lists import SuppressedArea
from dialer.outlook import Outlook
from tests.builders import (
    ACCOUNT,
    a_campaign,
    a_contact,
    a_suppression,
    a_suppression_list,
    an_attempt,
    ident,
    some_settings,
)
from tests.rehearsals import Rehearsal, hours

PLACES: tuple[dict[str, str], ...] = (
    {"region": "US-NY", "time_zone": "America/New_York"},
    {"region": "US-FL", "time_zone": ""},
    {"region": "US-PA", "time_zone": ""},
    {"region": "US-HI", "time_zone": "Pacific/Honolulu"},
    {"region": "", "time_zone": ""},
    {"country": "CA", "region": "CA-QC", "time_zone": ""},
    {"country": "GB", "region": "", "time_zone": "", "prefix": "+44207946"},
    {"country": "FR", "region": "", "time_zone": "", "prefix": "+3314266"},
    {"country": "DE", "region": "", "time_zone": "", "prefix": "+493023"},
    {"region": "US-XX", "time_zone": ""},
    {"country": "US", "region": "", "time_zone": "", "prefix": "+1212555000"},
)
RULES = load()
FIRST_DAY = datetime(2026, 11, 2, tzinfo=UTC)
PURPOSES = (Purpose.TELEMARKETING, Purpose.INFORMATIONAL, Purpose.SURVEY)
KINDS = (ConsentKind.EXPRESS_WRITTEN, ConsentKind.EXISTING_RELATIONSHIP)


@dataclass
class Known:
    """What is kept about one contact's number."""

    suppressed: SuppressionSource | None = None
    listed: bool = False
    consent: ConsentKind | None = None
    consent_days: int = 1
    revoked: bool = False
    unread: bool = False
    calls: Sequence[tuple[float, Disposition]] = ()


@dataclass
class Drawn:
    """A campaign, its contacts and what is kept about them."""

    changes: dict[str, Any]
    people: list[tuple[Contact, Known]]
    registry_age: int | None = None
    area: str | None = None
    lifted: dict[OwnRule, float] = field(default_factory=dict)


@st.composite
def contacts(draw: st.DrawFn, row: int) -> Contact:
    """Somebody somewhere, with a number of their own."""
    place = dict(draw(st.sampled_from(PLACES)))
    prefix = place.pop("prefix", "+1212468")
    return a_contact(row, phone=f"{prefix}{row:04d}", **{"country": "US", **place})


KNOWN = st.builds(
    Known,
    suppressed=st.sampled_from([None] * 8 + [*SuppressionSource]),
    listed=st.sampled_from([False] * 5 + [True]),
    consent=st.sampled_from([None, *KINDS]),
    consent_days=st.sampled_from([1, 30, 800]),
    revoked=st.sampled_from([False] * 8 + [True]),
    unread=st.sampled_from([False] * 8 + [True]),
    calls=st.lists(
        st.tuples(
            st.sampled_from([0.5, 5.0, 23.5, 100.0]),
            st.sampled_from([Disposition.NO_ANSWER, Disposition.ABANDONED, Disposition.MACHINE]),
        ),
        max_size=3,
    ),
)
OPEN_HOURS = {
    day: (OpenSpan(time(9, 30), time(12)), OpenSpan(time(13), time(17, 15)))
    for day in Weekday
    if day is not Weekday.SUNDAY
}


@st.composite
def campaigns(draw: st.DrawFn) -> Drawn:
    """A campaign over up to nine people."""
    start = FIRST_DAY + timedelta(minutes=draw(st.integers(0, 60 * 24 * 60)))
    changes = {
        "start_at": start,
        "end_at": start + hours(draw(st.sampled_from([0.5, 8, 30, 24 * 6, 24 * 9]))),
        "purpose": draw(
            st.sampled_from([Purpose.TELEMARKETING, Purpose.INFORMATIONAL, Purpose.SURVEY])
        ),
        "dial_mode": draw(st.sampled_from([DialMode.PREDICTIVE] * 3 + [DialMode.AGENTLESS])),
        "open_hours": draw(st.sampled_from([None, OPEN_HOURS])),
        "attempt_limits": draw(st.sampled_from([(), (AttemptLimit(1, 1),)])),
        "default_time_zone": draw(st.sampled_from([None, "America/New_York", "Asia/Kolkata"])),
        "restricted_periods": draw(
            st.sampled_from(
                [(), (RestrictedPeriod("Break", date(2026, 11, 20), date(2026, 11, 22)),)]
            )
        ),
    }
    count = draw(st.integers(2, 9))
    people = [(draw(contacts(row)), draw(KNOWN)) for row in range(1, count + 1)]
    return Drawn(
        changes,
        people,
        registry_age=draw(st.sampled_from([None, 10, 29, 40])),
        area=draw(st.sampled_from([None, None, "US-FL", "+44"])),
        lifted=draw(st.dictionaries(st.sampled_from(OwnRule), st.sampled_from([0.25, 4, 26, 100]))),
    )


def kept(drawn: Drawn) -> Rehearsal:
    """The campaign in storage, with all that is known."""
    campaign = a_campaign(settings=some_settings(**drawn.changes))
    made = Rehearsal(RULES, campaign, [contact for contact, _ in drawn.people])
    start = made.start
    with made.database() as uow:
        for contact, known in drawn.people:
            _keep(uow, made, contact, known)
        if drawn.registry_age is not None:
            as_of = start.date() - timedelta(days=drawn.registry_age)
            numbers = NumberSet()
            for contact, known in drawn.people:
                if known.listed:
                    numbers.add(contact.phone)
            uow.suppression_lists.put(a_suppression_list(as_of=as_of), numbers)
        if drawn.area is not None:
            area = SuppressedArea(ACCOUNT, drawn.area, EVERYWHERE, "storm", "user-1", start)
            uow.suppression_lists.add_area(area)
        for rule, lasts in drawn.lifted.items():
            uow.overrides.add(
                Override(
                    ident("override", rule),
                    ACCOUNT,
                    campaign.id,
                    rule,
                    "user-1",
                    "administrator",
                    "Recall of a product",
                    start - hours(1),
                    start + hours(lasts),
                )
            )
    return made


def _keep(uow: Any, made: Rehearsal, contact: Contact, known: Known) -> None:
    start = made.start
    if known.suppressed is not None:
        uow.suppressions.add(a_suppression(contact.phone, source=known.suppressed))
    given_at = start - timedelta(days=known.consent_days)
    record = ConsentRecord(
        id=ident("consent", contact.row),
        account=ACCOUNT,
        address=contact.phone,
        action=ConsentAction.GIVEN,
        kind=known.consent or ConsentKind.NONE,
        channel=None,
        scope=EVERYWHERE,
        at=given_at,
        source=ConsentSource.WEB_FORM,
        basis="form",
        evidence="page 1",
        recorded_by="user-1",
        recorded_at=given_at,
    )
    if known.consent is not None:
        uow.consents.add([record])
    if known.revoked:
        uow.consents.add(
            [
                replace(
                    record,
                    id=ident("revocation", contact.row),
                    action=ConsentAction.REVOKED,
                    at=given_at + hours(1),
                )
            ]
        )
    if known.unread:
        uow.consents.hold(
            OptOutReview(
                ident("review", contact.row), ACCOUNT, contact.phone, Channel.SMS, "hm", start
            )
        )
    for number, (ago, disposition) in enumerate(known.calls, start=1):
        at = start - hours(ago)
        uow.attempts.add(
            [
                an_attempt(
                    contact.row,
                    number,
                    campaign="another",
                    phone=contact.phone,
                    reserved_at=at,
                    placed_at=at,
                    ended_at=at,
                    disposition=disposition,
                )
            ]
        )


def slot_of(found: Outlook, at: datetime) -> int:
    """The number of the slot that holds the instant."""
    (number,) = (n for n, slot in enumerate(found.slots) if slot.start_at <= at < slot.end_at)
    return number


@settings(max_examples=150)
@given(drawn=campaigns())
def test_the_dial_loop_does_what_the_dry_run_said(drawn: Drawn) -> None:
    """Who is called at the start, who in which hour, who never, and for which reasons."""
    made = kept(drawn)
    said = made.rehearse()
    made.dial()
    placed = made.placed
    unread = [c for c, known in drawn.people if known.unread]
    assert said.contacts == len(drawn.people)
    assert said.wait_for_reader == len(unread)
    assert said.callable_at_start == sum(at == made.start for at in placed.values())
    assert said.in_time == len(placed)
    assert said.first_callable_at == min(placed.values(), default=None)
    becoming = Counter(slot_of(said, at) for at in placed.values())
    assert [slot.becoming for slot in said.slots] == [
        becoming[number] for number in range(len(said.slots))
    ]
    lacking = made.wait_for_copy - placed.keys()
    assert said.wait_for_copy == len(lacking)
    assert said.for_good == len(made.denied)
    counted = said.in_time + said.after_end + said.for_good
    assert counted == said.contacts - said.wait_for_reader - said.wait_for_copy
    check_reasons(said, made, lacking)


def check_reasons(said: Outlook, made: Rehearsal, lacking: set[str]) -> None:
    """The reasons of each deferral and denial at the start are those that were counted."""
    denied = made.denied
    for_now = Counter({ReasonCode.REGISTRY_OUT_OF_DATE.value: len(lacking)})
    for contact_id, fact in made.deferred_at_start.items():
        # Whose last answer is another one, once an override has ended, is counted by that.
        if contact_id not in lacking and contact_id not in denied:
            for_now.update({reason.code for reason in fact.reasons})
    told = {held.code.value: held for held in said.held}
    assert {code: held.for_now for code, held in told.items() if held.for_now} == +for_now
    for code, held in told.items():
        stands = [f for f in denied.values() if code in {r.code for r in f.reasons}]
        assert held.for_good <= len(stands)
        assert sum(rule.contacts for rule in held.rules) >= held.for_good + held.for_now
        knows_when = held.for_now and code != ReasonCode.REGISTRY_OUT_OF_DATE
        assert (held.last_until is None) == (not knows_when)
    held_for_good = {code for code, held in told.items() if held.for_good}
    for denial in denied.values():
        assert held_for_good & {reason.code for reason in denial.reasons}


@settings(max_examples=100)
@given(drawn=campaigns())
def test_the_hours_are_those_in_which_screening_allows(drawn: Drawn) -> None:
    """In each hour: everybody who can be called by then and whom screening allows at some time."""
    drawn.lifted.clear()
    made = kept(drawn)
    said = made.rehearse()
    cases = {contact.id: made.case(contact) for contact in made.contacts}
    made.dial()
    wanted = Counter[int]()
    for contact_id, first in made.placed.items():
        case = cases[contact_id]
        for number, slot in enumerate(said.slots):
            if first < slot.end_at:
                asked = screen(replace(case, at=max(first, slot.start_at)), RULES)
                wanted[number] += isinstance(asked, Allow) or (
                    isinstance(asked, Defer) and asked.not_before < slot.end_at
                )
    assert [slot.within_hours for slot in said.slots] == [
        wanted[number] for number in range(len(said.slots))
    ]


@settings(max_examples=60)
@given(drawn=campaigns())
def test_what_holds_for_good_holds_at_every_later_hour(drawn: Drawn) -> None:
    """Counted again by asking at other times: a reason that passes by itself is not for good."""
    drawn.lifted.clear()
    made = kept(drawn)
    said = made.rehearse()
    made.dial()
    for_good = Counter[str]()
    for contact in made.contacts:
        if contact.id in made.denied:
            codes = {reason.code for reason in made.denied[contact.id].reasons}
            for later in (hours(7), hours(31), timedelta(days=40)):
                if not codes & {"unknown_jurisdiction", "no_common_window"}:
                    again = screen(replace(made.case(contact), at=made.start + later), RULES)
                    assert not isinstance(again, (Allow, Defer))
                    codes &= {reason.code for reason in again.reasons}
            for_good.update(codes)
    for held in said.held:
        assert held.for_good <= for_good[held.code], held.code
