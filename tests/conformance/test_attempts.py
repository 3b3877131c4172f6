"""What the Attempts port promises, on every storage."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from campaigns.attempt import Attempt, AttemptState
from campaigns.events import Disposition
from campaigns.ports import LiveCounts
from compliance.abandonment import Counts
from compliance.abandonment_definitions import (
    DEFINITIONS,
    AnsweredBy,
    DefinitionName,
    DisconnectedBy,
)
from compliance.case import DialMode
from tests.builders import (
    ACCOUNT,
    NOON,
    a_campaign,
    a_contact,
    after,
    an_agent,
    an_attempt,
    ident,
    keep_campaign,
)
from tests.conformance.storage import Storage

CAMPAIGN = a_campaign().id


def kept(storage: Storage, *attempts: Attempt) -> None:
    """These attempts in storage, of `campaign` and `second`."""
    with storage() as uow:
        keep_campaign(uow)
        keep_campaign(uow, a_campaign("second"))
        uow.attempts.add(attempts)


def full() -> Attempt:
    """An attempt of which every fact is known."""
    return an_attempt(
        subject="renewal",
        dial_mode=DialMode.PROGRESSIVE,
        state=AttemptState.ENDED,
        phone_index=1,
        phone_count=2,
        priority=-4,
        epoch=7,
        time_zones=("America/Chicago", "America/New_York"),
        dialed_at=after(0.1),
        rang_at=after(2.345),
        answered_at=after(9),
        greeting_start_at=after(9.5),
        greeting_stop_at=after(11),
        classified_at=after(11.5),
        answered_by=AnsweredBy.HUMAN,
        connect_by=after(13),
        agent_id=an_agent().id,
        assigned_at=after(11.5),
        connected_at=after(11.7),
        abandoned_at=after(13),
        message_played=True,
        abandoned=True,
        disconnected_at=after(70),
        disconnected_by=DisconnectedBy.CUSTOMER,
        ended_at=after(70),
        disposition=Disposition.CONVERSATION,
    )


def ended(row: int, disposition: Disposition, number: int = 1) -> Attempt:
    """An attempt that came to this."""
    attempt = an_attempt(row, number, state=AttemptState.ENDED, ended_at=after(30))
    return replace(attempt, disposition=disposition)


def test_attempts_come_back_as_they_were_kept(storage: Storage) -> None:
    """A fresh one, and one with every fact; ids that nobody made are left out."""
    kept(storage, full(), an_attempt(2))
    with storage() as uow:
        found = uow.attempts.lock([an_attempt(2).id, full().id, ident("nothing")])
        assert found == {full().id: full(), an_attempt(2).id: an_attempt(2)}
        assert list(found) == sorted(found)
        assert uow.attempts.lock([]) == {}


def test_saving_keeps_every_change(storage: Storage) -> None:
    """In the same unit of work and in a later one."""
    kept(storage, an_attempt())
    with storage() as uow:
        uow.attempts.save([replace(full(), id=an_attempt().id)])
        uow.attempts.save([])
        assert uow.attempts.lock([full().id]) == {full().id: full()}
    with storage() as uow:
        assert uow.attempts.lock([full().id]) == {full().id: full()}


def test_open_attempts_come_in_order_of_reservation(storage: Storage) -> None:
    """Ended ones and those of other campaigns are not among them."""
    late, early = an_attempt(1, reserved_at=after(9)), an_attempt(3, reserved_at=after(1))
    same_time = an_attempt(2, reserved_at=after(1))
    ended = replace(full(), id=ident("ended"), number=2)
    kept(storage, late, early, same_time, ended, an_attempt(5, campaign="second"))
    with storage() as uow:
        uow.attempts.add([an_attempt(6, reserved_at=after(10))])
        found = uow.attempts.open_of(CAMPAIGN)
        assert [each.list_row for each in found] == [2, 3, 1, 6]
        uow.attempts.save([replace(early, ended_at=after(20), state=AttemptState.FAILED)])
        assert [each.list_row for each in uow.attempts.open_of(CAMPAIGN)] == [2, 1, 6]
    with storage() as uow:
        assert [each.list_row for each in uow.attempts.open_of(CAMPAIGN)] == [2, 1, 6]


def test_hanging_up_is_asked_once_and_not_under_an_agent(storage: Storage) -> None:
    """Calls to other numbers, ended ones and those with an agent are left alone."""
    phone = a_contact().phone
    kept(
        storage,
        an_attempt(1),
        an_attempt(2, phone=phone, assigned_at=after(5), agent_id=an_agent().id),
        an_attempt(3, phone=phone, ended_at=after(5)),
        an_attempt(4),
        an_attempt(5, phone=phone, account="other"),
    )
    with storage() as uow:
        assert uow.attempts.ask_hang_up(ACCOUNT, phone, after(6)) == 1
        assert uow.attempts.ask_hang_up(ACCOUNT, phone, after(7)) == 0
    with storage() as uow:
        asked = {each.list_row: each.hang_up_asked_at for each in uow.attempts.open_of(CAMPAIGN)}
    assert asked == {1: after(6), 2: None, 4: None, 5: None}


def test_saving_an_older_copy_keeps_the_request_to_hang_up(storage: Storage) -> None:
    """The dialer may have read the attempt before the number was suppressed."""
    kept(storage, an_attempt())
    with storage() as uow:
        older = uow.attempts.lock([an_attempt().id])[an_attempt().id]
    with storage() as uow:
        uow.attempts.ask_hang_up(ACCOUNT, older.phone, after(6))
    with storage() as uow:
        uow.attempts.save([replace(older, rang_at=after(2), state=AttemptState.RINGING)])
    with storage() as uow:
        (found,) = uow.attempts.open_of(CAMPAIGN)
        assert (found.rang_at, found.hang_up_asked_at) == (after(2), after(6))
        assert uow.attempts.lock([older.id])[older.id].hang_up_asked_at == after(6)


def test_attempts_on_a_number_are_found_in_every_campaign(storage: Storage) -> None:
    """By number, oldest first, those after an instant, the account's own (D3)."""
    phone, other = a_contact().phone, a_contact(9).phone
    kept(
        storage,
        an_attempt(1, reserved_at=after(5)),
        an_attempt(2, campaign="second", phone=phone, reserved_at=after(3)),
        an_attempt(3, phone=phone, reserved_at=after(-60)),
        an_attempt(4, phone=phone, account="other"),
        an_attempt(9, reserved_at=after(1), ended_at=after(2)),
    )
    with storage() as uow:
        found = uow.attempts.to_number(ACCOUNT, [phone, other, "+12125550000"], after(-60))
        rows = {number: [each.list_row for each in each_of] for number, each_of in found.items()}
        assert rows == {phone: [2, 1], other: [9]}
        assert uow.attempts.to_number(ACCOUNT, [], after(-60)) == {}


def test_attempts_and_endings_are_counted_by_contact(storage: Storage) -> None:
    """Of one campaign; open ones have no ending yet."""
    kept(
        storage,
        ended(1, Disposition.BUSY),
        ended(1, Disposition.BUSY, 2),
        ended(1, Disposition.NO_ANSWER, 3),
        an_attempt(1, 4),
        ended(2, Disposition.MACHINE),
        an_attempt(1, campaign="second"),
    )
    one, two, three = (a_contact(row).id for row in (1, 2, 3))
    with storage() as uow:
        assert uow.attempts.count_of(CAMPAIGN, [one, two, three]) == {one: 4, two: 1}
        assert uow.attempts.count_of(CAMPAIGN, []) == {}
        endings = uow.attempts.endings(CAMPAIGN, [one, three])
    assert dict(endings) == {(one, Disposition.BUSY): 2, (one, Disposition.NO_ANSWER): 1}


def test_live_counts_are_people_who_answered_since(storage: Storage) -> None:
    """`unknown` is a person, a machine is not; the first instant counts, the one before not."""
    person: dict[str, Any] = {"answered_by": AnsweredBy.HUMAN, "answered_at": after(9)}
    kept(
        storage,
        an_attempt(1, **person),
        an_attempt(2, **person, abandoned=True),
        an_attempt(3, answered_by=AnsweredBy.UNKNOWN, answered_at=after(8)),
        an_attempt(4, answered_by=AnsweredBy.MACHINE, answered_at=after(9)),
        an_attempt(5, answered_by=AnsweredBy.HUMAN, answered_at=after(7.999), abandoned=True),
        an_attempt(6),
        an_attempt(7, campaign="second", **person),
    )
    with storage() as uow:
        assert uow.attempts.live_counts(CAMPAIGN, after(8)) == LiveCounts(3, 1)
        assert uow.attempts.live_counts(CAMPAIGN, after(60)) == LiveCounts(0, 0)


def test_live_counts_see_what_was_saved_before_in_the_unit_of_work(storage: Storage) -> None:
    """Pacing decides on the same tick's figures."""
    kept(storage, an_attempt())
    with storage() as uow:
        live = replace(an_attempt(), answered_by=AnsweredBy.HUMAN, answered_at=after(1))
        uow.attempts.save([live])
        assert uow.attempts.live_counts(CAMPAIGN, NOON) == LiveCounts(1, 0)


def any_call(rng: Random, row: int) -> Attempt:
    """An attempt of any kind, however far it has come; half of its facts on or near a deadline."""

    def moment() -> datetime | None:
        seconds = rng.choice([None, 0.2, 1.999, 2.0, 2.001, 3.0, 3.999, 4.0, 4.001, 9.0])
        return None if seconds is None else answered_at + timedelta(seconds=seconds)

    answered_at = after(rng.randrange(-7_200, 7_200))
    is_over = rng.random() < 0.7
    return an_attempt(
        row,
        phone=rng.choice(["+12125550100", "+14165550100", "+442075550100", "+33155550100"]),
        dial_mode=rng.choice(list(DialMode)),
        reserved_at=answered_at - timedelta(seconds=9),
        answered_at=rng.choice([answered_at, answered_at, None]),
        answered_by=rng.choice([*AnsweredBy, AnsweredBy.HUMAN, AnsweredBy.HUMAN, None]),
        greeting_start_at=rng.choice([None, answered_at + timedelta(seconds=0.5)]),
        greeting_stop_at=rng.choice([None, answered_at + timedelta(seconds=1.5)]),
        connected_at=moment(),
        abandoned_at=None if rng.random() < 0.8 else moment(),
        ended_at=answered_at + timedelta(seconds=60) if is_over else None,
        disconnected_at=moment() if is_over else None,
        disconnected_by=rng.choice([*DisconnectedBy, None]) if is_over else None,
    )


HOUR = timedelta(hours=1)
SPANS = [
    (NOON - 3 * HOUR, None),
    (NOON - HOUR, NOON),
    (NOON, NOON + HOUR),
    (NOON - timedelta(minutes=20), None),
    (NOON - timedelta(minutes=61), NOON + timedelta(minutes=3)),
]


@pytest.mark.parametrize(("since", "before"), SPANS)
def test_every_regulator_counts_attempts_as_it_counts_events(
    storage: Storage, since: datetime, before: datetime | None
) -> None:
    """Over any facts a call can have, the query agrees with the one counting rule in Python."""
    attempts = [any_call(Random(seed), seed) for seed in range(1, 700)]
    kept(storage, *attempts)
    inside = [
        a
        for a in attempts
        if a.answered_at is not None
        and a.answered_at >= since
        and (before is None or a.answered_at < before)
    ]
    with storage() as uow:
        for definition in DEFINITIONS.values():
            live = sum(a.live_counts(definition).live_answered for a in inside)
            abandoned = sum(a.live_counts(definition).abandoned for a in inside)
            assert 0 < abandoned < live
            counted = uow.attempts.counts_under(CAMPAIGN, definition, since, before)
            assert counted == Counts(live, live, abandoned), definition.name


@pytest.mark.parametrize("since", [NOON, NOON + timedelta(seconds=4)])
def test_how_the_numbers_of_people_begin(storage: Storage, since: datetime) -> None:
    """Of those who answered since then, not of machines; each once."""
    person: dict[str, Any] = {"answered_by": AnsweredBy.HUMAN, "answered_at": after(5)}
    kept(
        storage,
        an_attempt(1, phone="+442075550100", **person),
        an_attempt(2, phone="+442075550101", **person),
        an_attempt(3, phone="+14165550100", answered_by=AnsweredBy.UNKNOWN, answered_at=after(5)),
        an_attempt(4, phone="+33155550100", answered_by=AnsweredBy.MACHINE, answered_at=after(5)),
        an_attempt(5, phone="+61255550100", answered_by=AnsweredBy.HUMAN, answered_at=after(-1)),
        an_attempt(6, phone="+81355550100"),
        an_attempt(7, campaign="second", phone="+49305550100", **person),
    )
    with storage() as uow:
        assert uow.attempts.answered_starts(CAMPAIGN, since) == {"+4420", "+1416"}


def test_one_who_was_a_machine_after_all_is_no_person(storage: Storage) -> None:
    """An agent who hears a machine takes the call out of the counts again."""
    kept(storage, an_attempt(answered_by=AnsweredBy.UNKNOWN, answered_at=NOON))
    with storage() as uow:
        machine = an_attempt(answered_by=AnsweredBy.MACHINE, answered_at=NOON, connected_at=NOON)
        uow.attempts.save([machine])
        definition = DEFINITIONS[DefinitionName.US_FTC]
        assert uow.attempts.counts_under(CAMPAIGN, definition, NOON) == Counts()
        assert uow.attempts.answered_starts(CAMPAIGN, NOON) == set()


def test_attempts_that_were_made(storage: Storage) -> None:
    """All of the campaign's, or those reserved before an instant."""
    kept(
        storage,
        an_attempt(1),
        an_attempt(2, reserved_at=after(5)),
        an_attempt(3, reserved_at=after(9)),
        an_attempt(1, campaign="second"),
    )
    with storage() as uow:
        assert uow.attempts.made(CAMPAIGN) == 3
        assert uow.attempts.made(CAMPAIGN, after(9)) == 2
        assert uow.attempts.made(CAMPAIGN, NOON) == 0
        assert uow.attempts.made(ident("campaign", "third")) == 0


def test_the_first_placed_call_is_found(storage: Storage) -> None:
    """None before there is one; a reservation was not placed."""
    kept(storage, an_attempt(1, placed_at=None), an_attempt(1, campaign="second"))
    with storage() as uow:
        assert uow.attempts.first_placed_at(CAMPAIGN) is None
        uow.attempts.add([an_attempt(2, placed_at=after(7)), an_attempt(3, placed_at=after(5))])
    with storage() as uow:
        assert uow.attempts.first_placed_at(CAMPAIGN) == after(5)
        assert uow.attempts.first_placed_at(ident("campaign", "second")) == NOON


def test_instants_are_kept_to_the_millisecond(storage: Storage) -> None:
    """What is compared after a restart is what was compared before it."""
    odd = NOON + timedelta(microseconds=123_000)
    kept(storage, an_attempt(answered_at=odd))
    with storage() as uow:
        assert uow.attempts.open_of(CAMPAIGN)[0].answered_at == odd
