"""D6 and D7 on PostgreSQL: reserving races with everything that takes a permission away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from random import Random
from threading import Event

import pytest

from app.database import Database
from campaigns.attempt import Attempt
from campaigns.messages import take_in_message
from campaigns.permissions import revoke_consent, suppress
from campaigns.restrictions import import_suppression_list, suppress_area
from compliance.case import DialMode
from compliance.number_set import NumberSet
from compliance.rulebook import Rulebook
from compliance.rulebook_file import load
from dialer.carriers.simulated import Population, SimulatedCarrier, TruthLine
from dialer.loop import Dialer
from dialer.ports import DialerUnitOfWork
from dialer.reserving import Reservation, Reserving, reserve
from dialer.simulation import VirtualClock
from tests.builders import (
    ACCOUNT,
    NOON,
    a_campaign,
    a_contact,
    a_copy,
    a_message,
    a_revocation,
    a_suppression,
    an_agent,
    an_area,
    ident,
    keep_campaign,
    some_settings,
)

KEY = b"key"
SHORT, LONG = 0.3, 60.0
"""Seconds in which nothing must happen, and in which something must."""

Forbid = Callable[[DialerUnitOfWork, Sequence[str]], None]
"""Takes the permission away to call these numbers, the last of which is new."""


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    """The bundled rules."""
    return load()


@pytest.fixture(params=["suppression", "revocation", "message", "list", "area"])
def forbid(request: pytest.FixtureRequest, rulebook: Rulebook) -> Forbid:
    """Each way in which a permission ends."""
    ways: dict[str, Forbid] = {
        "suppression": lambda uow, phones: _must(suppress(uow, a_suppression(phones[-1]), KEY)),
        "revocation": lambda uow, phones: _must(revoke_consent(uow, a_revocation(phones[-1]), KEY)),
        "message": lambda uow, phones: _must(
            take_in_message(uow, a_message("please no", phones[-1]), KEY)
        ),
        "list": lambda uow, phones: _must(
            import_suppression_list(uow, a_copy(numbers=NumberSet(phones)), rulebook)
        ),
        "area": lambda uow, phones: _must(suppress_area(uow, an_area(phones[-1]), rulebook)),
    }
    return ways[request.param]


def _must(done: object) -> None:
    assert done


class Dialing:
    """Campaigns over the same numbers, each with a list of its own, and who reserves for them."""

    def __init__(self, database: Database, rulebook: Rulebook, contacts: int) -> None:
        self.database = database
        self.rulebook = rulebook
        self.phones = [a_contact(row).phone for row in range(1, contacts + 1)]
        self.campaigns = [a_campaign(name, name) for name in ("first", "second")]
        with database() as uow:
            for campaign, name in zip(self.campaigns, ("first", "second"), strict=True):
                people = [a_contact(row, name) for row in range(1, contacts + 1)]
                keep_campaign(uow, campaign, people)
                uow.queue.enroll(campaign, NOON)
                uow.queue.wake(campaign.id, NOON, contacts)

    def reserve(
        self, uow: DialerUnitOfWork, campaign: int = 0, calls: int = 9
    ) -> list[Reservation]:
        """As a tick does."""
        made = self.campaigns[campaign]
        terms = Reserving(made, self.rulebook, 1, "simulated", KEY, NOON)
        return reserve(uow, calls, terms)

    def attempts(self, phones: Sequence[str]) -> list[Attempt]:
        """Every attempt on these numbers that is kept."""
        with self.database() as uow:
            found = uow.attempts.to_number(ACCOUNT, phones, NOON.replace(year=2000))
        return [attempt for attempts in found.values() for attempt in attempts]


def test_who_reserves_waits_and_then_sees_it(
    postgres: Database, rulebook: Rulebook, forbid: Forbid
) -> None:
    """Once it is kept, no attempt that it forbids is requested (D6)."""
    dialing = Dialing(postgres, rulebook, contacts=1)
    reserving = Event()

    def work() -> list[Reservation]:
        with postgres() as uow:
            reserving.set()
            return dialing.reserve(uow)

    with ThreadPoolExecutor(1) as pool:
        with postgres() as uow:
            forbid(uow, dialing.phones)
            waiting: Future[list[Reservation]] = pool.submit(work)
            assert reserving.wait(LONG)
            with pytest.raises(TimeoutError):
                waiting.result(SHORT)
        assert waiting.result(LONG) == []
    assert dialing.attempts(dialing.phones) == []


def test_what_was_reserved_first_is_asked_to_end(
    postgres: Database, rulebook: Rulebook, forbid: Forbid
) -> None:
    """The change waits for the reservation, and then finds its call (D7)."""
    dialing = Dialing(postgres, rulebook, contacts=1)
    changing = Event()

    def change() -> None:
        with postgres() as uow:
            changing.set()
            forbid(uow, dialing.phones)

    with ThreadPoolExecutor(1) as pool:
        with postgres() as uow:
            assert len(dialing.reserve(uow)) == 1
            waiting = pool.submit(change)
            assert changing.wait(LONG)
            with pytest.raises(TimeoutError):
                waiting.result(SHORT)
        waiting.result(LONG)
    (call,) = dialing.attempts(dialing.phones)
    assert call.hang_up_asked_at is not None


def test_two_workers_reserve_while_a_third_takes_permissions_away(
    postgres: Database, rulebook: Rulebook, forbid: Forbid
) -> None:
    """Number by number: after each ack no attempt on it is added, and those before are to end."""
    dialing = Dialing(postgres, rulebook, contacts=40)
    numbers = Random(7).sample(dialing.phones, 30)
    at_ack: dict[str, set[str]] = {}
    start = Event()

    def work(campaign: int) -> None:
        assert start.wait(LONG)
        for _ in range(40):
            with postgres() as uow:
                dialing.reserve(uow, campaign, 1)

    def change() -> None:
        assert start.wait(LONG)
        for count, phone in enumerate(numbers, start=1):
            with postgres() as uow:
                forbid(uow, numbers[:count])
            at_ack[phone] = {attempt.id for attempt in dialing.attempts([phone])}

    with ThreadPoolExecutor(3) as pool:
        running = [pool.submit(work, 0), pool.submit(work, 1), pool.submit(change)]
        start.set()
        for each in running:
            each.result(LONG)
    for phone, before in at_ack.items():
        calls = dialing.attempts([phone])
        assert {call.id for call in calls} == before
        assert all(call.hang_up_asked_at is not None for call in calls)
    left = set(dialing.phones) - set(numbers)
    called = {call.phone for call in dialing.attempts(sorted(left))}
    assert called == left


def test_an_agent_on_the_line_is_left_alone(
    postgres: Database, rulebook: Rulebook, forbid: Forbid
) -> None:
    """A call that is connected goes on (D7)."""
    dialing = Dialing(postgres, rulebook, contacts=1)
    with postgres() as uow:
        (reserved,) = dialing.reserve(uow)
    with postgres() as uow:
        (call,) = uow.attempts.lock([reserved.attempt.id]).values()
        uow.attempts.save([replace(call, agent_id=ident("agent", 1), assigned_at=NOON)])
    with postgres() as uow:
        forbid(uow, dialing.phones)
    (left,) = dialing.attempts(dialing.phones)
    assert left.hang_up_asked_at is None


def test_an_agent_who_accepts_does_not_deadlock_with_a_suppression(
    postgres: Database, rulebook: Rulebook
) -> None:
    """Both take the number before its attempt; the contact is not dialed."""
    clock = VirtualClock(NOON)
    truth: list[TruthLine] = []
    carrier = SimulatedCarrier(7, clock.now, truth.append, Population(0.0, 0.0, 0.0, 0.0), 9)
    dialer = Dialer(postgres, carrier, rulebook, "first", KEY, clock.monotonic, lambda facts: None)
    campaign = a_campaign(settings=some_settings(dial_mode=DialMode.PREVIEW))
    with postgres() as uow:
        keep_campaign(uow, campaign, [a_contact(1)])
        uow.queue.enroll(campaign, NOON)
        uow.agents.add(an_agent(1))
    dialer.tick(campaign.id, NOON)  # takes the lease; it dials nothing, since the clocks differ
    with postgres() as uow:
        (reservation,) = reserve(uow, 1, Reserving(campaign, rulebook, 1, "", KEY, NOON))
    shown = reservation.attempt
    with ThreadPoolExecutor(1) as pool:
        with postgres() as uow:
            uow.suppressions.lock_numbers(ACCOUNT, [shown.phone])
            accepting = pool.submit(dialer.accept, shown.id, NOON)
            with pytest.raises(TimeoutError):
                accepting.result(SHORT)
            assert suppress(uow, a_suppression(shown.phone), KEY)
        assert accepting.result(LONG) is False
    assert truth == []
