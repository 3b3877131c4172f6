"""From the outbox to a publisher: in sequence per subject, at least once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.deliveries import FIRST_WAIT, LONGEST_WAIT, DeliveryState, Sink, back_off
from campaigns.publishing import OutgoingEvent, Published, PublishResult, Rejected, Retry
from campaigns.relay import ORDINARY, RelayPlan, relay
from tests.builders import ACCOUNT, NOON, a_contact, a_contact_fact, after
from tests.fakes import FakeDatabase

Answer = Callable[[OutgoingEvent], PublishResult]


class Bus:
    """Answers as it is told, and holds a subject's later events back behind one to be retried."""

    name = "bus"

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.got: list[tuple[str, int]] = []

    def publish(self, events: Sequence[OutgoingEvent]) -> list[PublishResult]:
        """One result for each."""
        held: set[str] = set()
        results: list[PublishResult] = []
        for event in events:
            result = Retry("held") if event.subject in held else self.answer(event)
            if isinstance(result, Retry):
                held.add(event.subject)
            if isinstance(result, Published):
                self.got.append((event.subject, event.sequence))
            results.append(result)
        return results


def _same(result: PublishResult, event: OutgoingEvent) -> PublishResult:
    return result


def database(rows: Sequence[int]) -> FakeDatabase:
    """Events of these contacts' rows, due to the bus."""
    made = FakeDatabase(lambda: NOON)
    with made() as uow:
        uow.deliveries.register(ACCOUNT, Bus.name)
        uow.outbox.append(ACCOUNT, *[a_contact_fact(row) for row in rows])
    return made


def hand_over(made: FakeDatabase, bus: Bus, now: datetime = NOON) -> int:
    """One batch."""
    return relay(made, ACCOUNT, bus, now, Random(1))


def waiting(made: FakeDatabase) -> int:
    """How many the bus has not got."""
    with made() as uow:
        return uow.deliveries.waiting(ACCOUNT, Bus.name)


ONE, TWO = a_contact(1).id, a_contact(2).id


def test_what_is_published_is_done() -> None:
    """And never handed over again."""
    made, bus = database([1, 2, 1]), Bus(lambda _: Published())
    assert hand_over(made, bus) == 3
    assert bus.got == [(ONE, 1), (TWO, 1), (ONE, 2)]
    assert (hand_over(made, bus), waiting(made)) == (0, 0)


def test_a_contact_that_is_stuck_does_not_hold_up_others() -> None:
    """Its own later events wait behind it, and follow in order (E3)."""
    made = database([1, 2, 1])
    bus = Bus(lambda event: Retry("busy") if event.subject == ONE else Published())
    hand_over(made, bus)
    assert (bus.got, waiting(made)) == ([(TWO, 1)], 2)
    assert hand_over(made, bus, after(0.4)) == 0
    bus.answer = lambda _: Published()
    hand_over(made, bus, after(2))
    hand_over(made, bus, after(4))
    assert bus.got == [(TWO, 1), (ONE, 1), (ONE, 2)]


def test_what_is_rejected_is_dead_and_lets_the_next_pass() -> None:
    """With the reason, so that somebody can look at it (E2)."""
    made = database([1, 1])
    bus = Bus(lambda event: Rejected("too large") if event.sequence == 1 else Published())
    hand_over(made, bus)
    assert (bus.got, waiting(made)) == ([(ONE, 2)], 0)
    with made() as uow:
        dead = uow.deliveries.find(ACCOUNT, DeliveryState.DEAD, None, 9)
    assert [each.reason for each in dead] == ["too large"]


def test_only_what_was_offered_counts_as_tried() -> None:
    """Later events of a stuck contact were held back: they have no tries of their own."""
    made = database([1, 1])
    hand_over(made, Bus(lambda _: Retry("busy")))
    with made() as uow:
        first, second = uow.deliveries.find(ACCOUNT, DeliveryState.WAITING, None, 9)
    assert (first.tries, second.tries) == (1, 0)


def test_a_sink_that_cannot_be_reached_is_asked_later_and_later() -> None:
    """One wait for all its events: none of them counts as tried, and none is moved."""
    made, bus = database([1, 2, 1]), Bus(lambda _: Retry("refused", of_sink=True))
    asked = [second for second in range(40) if hand_over(made, bus, after(second))]
    assert asked == [0, 1, 3, 6, 11, 21]
    with made() as uow:
        waiting = uow.deliveries.find(ACCOUNT, DeliveryState.WAITING, None, 9)
        sink = uow.deliveries.sink(ACCOUNT, Bus.name)
    assert [each.tries for each in waiting] == [0, 0, 0]
    assert sink is not None
    assert (sink.failures, sink.failing_since, sink.answer) == (6, NOON, "refused")
    bus.answer = lambda _: Published()
    hand_over(made, bus, after(60))
    assert bus.got == [(ONE, 1), (TWO, 1), (ONE, 2)]
    with made() as uow:
        assert uow.deliveries.sink(ACCOUNT, Bus.name) == Sink(Bus.name)


def test_an_event_that_breaks_the_sink_down_holds_up_no_other() -> None:
    """The next time others go first, so that one bad event costs a wait and not the sink (E3)."""
    made = database([1, 2, 1, 2])

    def answer(event: OutgoingEvent) -> PublishResult:
        bad = event.subject == ONE
        return Retry("no answer", of_sink=True, suspect=True) if bad else Published()

    bus = Bus(answer)
    plan = RelayPlan(of_event=lambda tries, _: timedelta(hours=1) if tries < 2 else None)
    relay(made, ACCOUNT, bus, NOON, Random(1), plan)
    assert relay(made, ACCOUNT, bus, after(0.1), Random(1), plan) == 0
    relay(made, ACCOUNT, bus, after(5), Random(1), plan)
    assert bus.got == [(TWO, 1), (TWO, 2)]
    with made() as uow:
        first, *_ = uow.deliveries.find(ACCOUNT, DeliveryState.WAITING, None, 9)
    assert (first.tries, first.at) == (1, after(3600))


def test_a_sink_that_is_back_after_long_gets_everything_at_once() -> None:
    """Also what was tried meanwhile: that it failed was not its fault. After a short one not."""
    for outage, left in ((59.0, 1), (61.0, 0)):
        made = database([1, 2])
        plan = RelayPlan(
            of_event=lambda *_: timedelta(hours=1), of_sink=lambda *_: timedelta(seconds=1)
        )
        bus = Bus(lambda _: Retry("no answer", of_sink=True, suspect=True))
        relay(made, ACCOUNT, bus, NOON, Random(1), RelayPlan(1, plan.of_event, plan.of_sink))
        bus.answer = lambda _: Published()
        while relay(made, ACCOUNT, bus, after(outage), Random(1), plan):
            pass
        assert waiting(made) == left


def test_a_sink_may_say_when_to_come_again() -> None:
    """Retry-After is respected, of an event and of the whole sink."""
    for of_sink in (False, True):
        made = database([1])
        result = Retry("busy", of_sink=of_sink, wait=timedelta(seconds=100))
        bus = Bus(partial(_same, result))
        hand_over(made, bus)
        assert hand_over(made, bus, after(99.9)) == 0
        assert hand_over(made, bus, after(100)) == 1


def test_a_plan_may_give_up() -> None:
    """After its last wait the event is dead, with the last answer; the contact goes on."""
    made = database([1, 1])
    plan = RelayPlan(of_event=lambda tries, _: timedelta(seconds=5) if tries < 2 else None)
    bus = Bus(lambda event: Retry("HTTP 500") if event.sequence == 1 else Published())
    for second in (0, 5, 10, 15):
        relay(made, ACCOUNT, bus, after(second), Random(1), plan)
    with made() as uow:
        (dead,) = uow.deliveries.find(ACCOUNT, DeliveryState.DEAD, None, 9)
    assert (dead.tries, dead.reason) == (3, "given up after 3 tries: HTTP 500")
    assert bus.got == [(ONE, 2)]


def test_what_was_published_before_a_sink_broke_down_stays_published() -> None:
    """The rest waits for the sink."""
    made = database([1, 2])
    bus = Bus(lambda e: Published() if e.subject == ONE else Retry("refused", of_sink=True))
    hand_over(made, bus)
    assert (bus.got, waiting(made)) == ([(ONE, 1)], 1)
    with made() as uow:
        assert uow.deliveries.sink(ACCOUNT, Bus.name) == Sink(
            Bus.name, 1, NOON, after(0.5671821), "refused"
        )


def test_a_batch_is_bounded() -> None:
    """The rest follows in the next one."""
    made, bus = database([1] * (ORDINARY.batch + 1)), Bus(lambda _: Published())
    assert [hand_over(made, bus) for _ in range(3)] == [ORDINARY.batch, 1, 0]
    assert bus.got == [(ONE, number) for number in range(1, ORDINARY.batch + 2)]


def test_a_bus_that_breaks_down_leaves_everything_due() -> None:
    """Nothing is lost: the same events come again (at least once)."""
    made = database([1])

    def break_down(_: OutgoingEvent) -> PublishResult:
        raise ConnectionError("bus is down")

    with pytest.raises(ConnectionError):
        hand_over(made, Bus(break_down))
    bus = Bus(lambda _: Published())
    assert (hand_over(made, bus), bus.got) == (1, [(ONE, 1)])


@given(st.lists(st.integers(1, 4), max_size=30), st.randoms(use_true_random=False))
def test_order_holds_whatever_the_bus_answers(rows: list[int], chance: Random) -> None:
    """Each contact's events arrive in sequence, dead ones left out, and all settle in the end."""
    made = database(rows)
    answers: list[PublishResult] = [Published(), Published(), Retry("x"), Rejected("y")]
    bus = Bus(lambda _: chance.choice(answers))
    for minute in range(400):
        hand_over(made, bus, NOON + timedelta(minutes=5 * minute))
        if not waiting(made):
            break
    seen: dict[str, list[int]] = defaultdict(list)
    for subject, sequence in bus.got:
        seen[subject].append(sequence)
    assert all(numbers == sorted(set(numbers)) for numbers in seen.values())
    with made() as uow:
        dead = len(uow.deliveries.find(ACCOUNT, DeliveryState.DEAD, None, len(rows) + 1))
    assert len(bus.got) + dead == len(rows)


@given(st.integers(0, 10_000), st.integers())
def test_waits_double_up_to_five_minutes_and_are_spread(tries: int, seed: int) -> None:
    """Between half and the whole of it, so that not everybody comes back at once."""
    whole = min(FIRST_WAIT * 2 ** min(tries, 20), LONGEST_WAIT)
    assert whole / 2 <= back_off(tries, Random(seed)) <= whole
