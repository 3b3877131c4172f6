"""What the Deliveries port promises, on every storage: each sink its own, in order, and kept."""

from __future__ import annotations

from collections.abc import Sequence

from campaigns.deliveries import DeadLetters, DeliveryState, Sink, Try
from campaigns.events import Fact
from campaigns.ports import Delivery
from tests.builders import (
    ACCOUNT,
    NOON,
    a_contact,
    a_contact_fact,
    after,
    keep_campaign,
)
from tests.conformance.storage import Storage

LOG = "log"


def publish(storage: Storage, *facts: Fact) -> None:
    """One unit of work that says these."""
    with storage() as uow:
        uow.outbox.append(ACCOUNT, *facts)


def register(storage: Storage, *names: str) -> None:
    """Sinks of the account."""
    with storage() as uow:
        keep_campaign(uow)
        for name in names:
            uow.deliveries.register(ACCOUNT, name)


def due(storage: Storage, name: str = LOG, at: float = 0) -> list[Delivery]:
    """What would be taken now."""
    with storage() as uow:
        return uow.deliveries.take(ACCOUNT, name, after(at), 1000)


def told(deliveries: Sequence[Delivery]) -> list[tuple[str, int]]:
    """Subject and sequence of each, the subject as its contact's row."""
    rows = {a_contact(row).id: f"contact {row}" for row in range(1, 9)}
    return [(rows.get(d.event.subject, "campaign"), d.event.sequence) for d in deliveries]


# ------------------------------------------------------------------------- one sink's deliveries
def test_what_is_done_is_not_taken_again(storage: Storage) -> None:
    """By this publisher; the other one still has to get it."""
    register(storage, LOG, "bus")
    publish(storage, a_contact_fact(1), a_contact_fact(2))
    first, second = due(storage)
    with storage() as uow:
        uow.deliveries.done([first], NOON)
        uow.deliveries.done([], NOON)
    assert due(storage) == [second]
    assert len(due(storage, "bus")) == 2


def test_a_limit_takes_the_first_ones(storage: Storage) -> None:
    """In order, so that the rest can follow."""
    register(storage, LOG)
    publish(storage, *[a_contact_fact(row) for row in (1, 2, 1, 3)])
    with storage() as uow:
        taken = uow.deliveries.take(ACCOUNT, LOG, NOON, 3)
    assert told(taken) == [("contact 1", 1), ("contact 2", 1), ("contact 1", 2)]


def test_a_delivery_that_waits_holds_back_its_own_subject_alone(storage: Storage) -> None:
    """Later events of the contact wait behind it, also those appended later (E3)."""
    register(storage, LOG)
    publish(storage, a_contact_fact(1), a_contact_fact(2), a_contact_fact(1), a_contact_fact(2))
    stuck = due(storage)[0]
    with storage() as uow:
        uow.deliveries.retry(stuck, NOON, "busy", after(5))
    publish(storage, a_contact_fact(1))
    assert told(due(storage, at=4.999)) == [("contact 2", 1), ("contact 2", 2)]
    released = due(storage, at=5)
    assert [item for item in told(released) if item[0] == "contact 1"] == [
        ("contact 1", 1),
        ("contact 1", 2),
        ("contact 1", 3),
    ]
    assert [each.tries for each in released if each.id == stuck.id] == [1]


def test_an_event_in_the_middle_does_not_hold_back_earlier_ones(storage: Storage) -> None:
    """Only what comes after it waits."""
    register(storage, LOG)
    publish(storage, *[a_contact_fact(1)] * 3)
    middle = due(storage)[1]
    with storage() as uow:
        uow.deliveries.retry(middle, NOON, "busy", after(5))
    assert told(due(storage)) == [("contact 1", 1)]


def test_one_publishers_trouble_is_not_anothers(storage: Storage) -> None:
    """The bus waits, the log goes on (E6)."""
    register(storage, LOG, "bus")
    publish(storage, a_contact_fact(1), a_contact_fact(1))
    stuck = due(storage, "bus")[0]
    with storage() as uow:
        uow.deliveries.retry(stuck, NOON, "busy", after(60))
    assert due(storage, "bus") == []
    assert told(due(storage)) == [("contact 1", 1), ("contact 1", 2)]


def test_a_dead_letter_lets_the_others_pass(storage: Storage) -> None:
    """It is never taken again, and does not count as waiting (E2)."""
    register(storage, LOG)
    publish(storage, a_contact_fact(1), a_contact_fact(1))
    with storage() as uow:
        dead = uow.deliveries.take(ACCOUNT, LOG, NOON, 1)[0]
        uow.deliveries.bury(dead, NOON, "too large")
    assert told(due(storage, at=9999)) == [("contact 1", 2)]
    with storage() as uow:
        assert uow.deliveries.waiting(ACCOUNT, LOG) == 1


def test_what_waits_is_counted_and_its_next_time_known(storage: Storage) -> None:
    """None when there is nothing to wait for."""
    register(storage, LOG)
    with storage() as uow:
        assert uow.deliveries.next_try_at(ACCOUNT, LOG) is None
        assert uow.deliveries.waiting(ACCOUNT, LOG) == 0
    publish(storage, a_contact_fact(1), a_contact_fact(2))
    one, two = due(storage)
    with storage() as uow:
        assert uow.deliveries.next_try_at(ACCOUNT, LOG) == NOON
        uow.deliveries.retry(one, NOON, "busy", after(9))
        uow.deliveries.retry(two, NOON, "busy", after(7))
        assert uow.deliveries.next_try_at(ACCOUNT, LOG) == after(7)
        assert uow.deliveries.waiting(ACCOUNT, LOG) == 2
        uow.deliveries.done([one], NOON)
        uow.deliveries.bury(two, NOON, "why")
        assert uow.deliveries.next_try_at(ACCOUNT, LOG) is None


# ------------------------------------------------------------------------------------- the sinks
def test_a_sink_that_cannot_be_reached_is_offered_nothing(storage: Storage) -> None:
    """Until it is time to ask again; the other sink goes on (E6)."""
    register(storage, LOG, "bus")
    publish(storage, a_contact_fact(1), a_contact_fact(2))
    with storage() as uow:
        uow.deliveries.hold(ACCOUNT, "bus", NOON, "refused", after(5))
    assert due(storage, "bus", at=4.999) == []
    assert len(due(storage)) == 2
    assert len(due(storage, "bus", at=5)) == 2
    assert [each.tries for each in due(storage, "bus", at=5)] == [0, 0]


def test_a_sink_tells_since_when_it_fails(storage: Storage) -> None:
    """The first failure's time and the last one's answer, until it is reached again."""
    register(storage, LOG, "bus")
    with storage() as uow:
        uow.deliveries.hold(ACCOUNT, "bus", NOON, "refused", after(1))
        uow.deliveries.hold(ACCOUNT, "bus", after(1), "no answer", after(3))
        failing = Sink("bus", 2, NOON, after(3), "no answer")
        assert uow.deliveries.sink(ACCOUNT, "bus") == failing
        assert uow.deliveries.sink(ACCOUNT, LOG) == Sink(LOG)
        assert uow.deliveries.sink("other", "bus") is None
        assert uow.deliveries.reached(ACCOUNT, "bus") == NOON
        assert uow.deliveries.sink(ACCOUNT, "bus") == Sink("bus")
        assert uow.deliveries.reached(ACCOUNT, "bus") is None
        assert uow.deliveries.reached("other", "bus") is None


def test_what_waits_for_another_try_can_be_woken(storage: Storage) -> None:
    """Of this sink, in order; dead letters stay dead."""
    register(storage, LOG, "bus")
    publish(storage, *[a_contact_fact(row) for row in (1, 1, 2)])
    for name in (LOG, "bus"):
        first, _, last = due(storage, name)
        with storage() as uow:
            uow.deliveries.retry(first, NOON, "busy", after(60))
            uow.deliveries.bury(last, NOON, "why")
    with storage() as uow:
        uow.deliveries.wake(ACCOUNT, "bus", after(5))
    assert due(storage, at=5) == []
    assert due(storage, "bus", at=4) == []
    assert told(due(storage, "bus", at=5)) == [("contact 1", 1), ("contact 1", 2)]


def test_registering_again_leaves_a_sink_as_it_is(storage: Storage) -> None:
    """Every role registers the sinks when it starts."""
    register(storage, "bus")
    with storage() as uow:
        uow.deliveries.hold(ACCOUNT, "bus", NOON, "refused", after(5))
        uow.deliveries.register(ACCOUNT, "bus")
        assert uow.deliveries.sink(ACCOUNT, "bus") == Sink("bus", 1, NOON, after(5), "refused")


def test_sinks_are_listed_with_what_waits(storage: Storage) -> None:
    """Dead letters by themselves; the oldest that waits shows how far a sink is behind."""
    register(storage, LOG, "bus")
    publish(storage, *[a_contact_fact(row, after(row)) for row in (1, 2, 3)])
    first, second, _ = due(storage, "bus")
    with storage() as uow:
        uow.deliveries.bury(first, NOON, "too large")
        uow.deliveries.done([second], NOON)
        uow.deliveries.done(uow.deliveries.take(ACCOUNT, LOG, NOON, 9), NOON)
    with storage() as uow:
        bus = Sink("bus", waiting=1, dead=1, oldest_at=after(3))
        assert uow.deliveries.sinks(ACCOUNT) == [bus, Sink(LOG)]
        assert uow.deliveries.sinks("other") == []


def test_a_sink_that_is_closed_gets_nothing_more(storage: Storage) -> None:
    """What it had not got is dead with the reason, and what it got is kept; it may come back."""
    register(storage, LOG, "bus")
    publish(storage, *[a_contact_fact(row) for row in (1, 2)])
    got, waiting = due(storage, "bus")
    with storage() as uow:
        uow.deliveries.done([got], NOON)
        uow.deliveries.hold(ACCOUNT, "bus", NOON, "refused", after(60))
        uow.deliveries.close(ACCOUNT, "bus", after(1), "disabled")
    publish(storage, a_contact_fact(3))
    assert due(storage, "bus", at=99) == []
    assert len(due(storage)) == 3
    with storage() as uow:
        assert uow.deliveries.registered(ACCOUNT) == [LOG]
        states = [
            next(each for each in uow.deliveries.of_event(ACCOUNT, key) if each.sink == "bus")
            for key in (got.event.event_id, waiting.event.event_id)
        ]
        assert [each.state for each in states] == ["delivered", "dead"]
        assert (states[1].reason, states[1].at, states[1].tries) == ("disabled", after(1), 0)
        assert uow.deliveries.revive(ACCOUNT, DeadLetters(), after(2)) == 0
        uow.deliveries.register(ACCOUNT, "bus")
        assert uow.deliveries.revive(ACCOUNT, DeadLetters(sink="bus"), after(2)) == 1
    assert told(due(storage, "bus", at=2)) == [("contact 2", 1)]


# ------------------------------------------------------------------------- what became of them
def test_an_event_tells_what_became_of_it_at_each_sink(storage: Storage) -> None:
    """Tries, answers and times; the tries that failed are kept after it arrived."""
    register(storage, "bus", "hook", LOG)
    publish(storage, a_contact_fact(1, after(0.5)))
    (to_bus,) = due(storage, "bus")
    with storage() as uow:
        uow.deliveries.retry(to_bus, after(1), "throttled", after(2))
    (again,) = due(storage, "bus", at=2)
    (to_hook,) = due(storage, "hook")
    with storage() as uow:
        uow.deliveries.done([again], after(2))
        uow.deliveries.bury(to_hook, after(3), "HTTP 400")
        bus, hook, log = uow.deliveries.of_event(ACCOUNT, to_bus.event.event_id)
        assert uow.deliveries.of_event("other", to_bus.event.event_id) == []
    assert (bus.sink, bus.state, bus.tries, bus.at) == ("bus", "delivered", 2, after(2))
    assert bus.failures == (Try(1, after(1), "throttled"),)
    assert (hook.sink, hook.state, hook.tries, hook.at) == ("hook", "dead", 1, after(3))
    assert (hook.reason, hook.failures) == ("HTTP 400", (Try(1, after(3), "HTTP 400"),))
    assert (log.sink, log.state, log.tries, log.at) == (LOG, "waiting", 0, NOON)
    assert {each.detail_type for each in (bus, hook, log)} == {"Contact Finished"}
    assert {each.occurred_at for each in (bus, hook, log)} == {after(0.5)}


def test_deliveries_are_found_by_state_and_sink(storage: Storage) -> None:
    """What waits in its order, what arrived newest first, and never more than asked for."""
    register(storage, LOG, "bus")
    publish(storage, *[a_contact_fact(row) for row in (1, 2, 3)])
    one, two, three = due(storage)
    with storage() as uow:
        uow.deliveries.done([one], after(1))
        uow.deliveries.done([two], after(2))
        uow.deliveries.bury(three, after(3), "why")

    def found(state: DeliveryState, sink: str | None, limit: int = 9) -> list[tuple[str, str]]:
        with storage() as uow:
            records = uow.deliveries.find(ACCOUNT, state, sink, limit)
            return [(each.sink, each.event_id) for each in records]

    first, second, last = (each.event.event_id for each in (one, two, three))
    assert found(DeliveryState.DELIVERED, None) == [(LOG, second), (LOG, first)]
    assert found(DeliveryState.DELIVERED, "bus") == []
    assert found(DeliveryState.WAITING, None) == [("bus", first), ("bus", second), ("bus", last)]
    assert found(DeliveryState.WAITING, None, 1) == [("bus", first)]
    assert found(DeliveryState.DEAD, LOG) == [(LOG, last)]


# ---------------------------------------------------------------------------- dead letters
def test_a_dead_letter_that_is_retried_is_due_at_once(storage: Storage) -> None:
    """The same event, its earlier tries still counted."""
    register(storage, LOG)
    publish(storage, a_contact_fact(1))
    (dead,) = due(storage)
    with storage() as uow:
        uow.deliveries.bury(dead, NOON, "HTTP 400")
        which = DeadLetters([dead.event.event_id])
        assert uow.deliveries.revive(ACCOUNT, which, after(9)) == 1
        assert uow.deliveries.revive(ACCOUNT, which, after(9)) == 0
    (revived,) = due(storage, at=9)
    assert (revived.event, revived.tries) == (dead.event, 1)
    with storage() as uow:
        uow.deliveries.bury(revived, after(10), "HTTP 400")
        (record,) = uow.deliveries.of_event(ACCOUNT, dead.event.event_id)
    assert [each.number for each in record.failures] == [1, 2]


def test_dead_letters_are_retried_one_some_or_all(storage: Storage) -> None:
    """By event, by sink, by both; another account's never."""
    register(storage, LOG, "bus")
    publish(storage, *[a_contact_fact(row) for row in (1, 2)])
    with storage() as uow:
        for name in (LOG, "bus"):
            for each in uow.deliveries.take(ACCOUNT, name, NOON, 9):
                uow.deliveries.bury(each, NOON, "why")
    with storage() as uow:
        one = uow.deliveries.find(ACCOUNT, DeliveryState.DEAD, LOG, 1)[0].event_id
        assert uow.deliveries.revive("other", DeadLetters(), NOON) == 0
        assert uow.deliveries.revive(ACCOUNT, DeadLetters([one], "bus"), NOON) == 1
        assert uow.deliveries.revive(ACCOUNT, DeadLetters([one]), NOON) == 1
        assert uow.deliveries.revive(ACCOUNT, DeadLetters(sink="bus"), NOON) == 1
        assert uow.deliveries.revive(ACCOUNT, DeadLetters(), NOON) == 1
    assert (len(due(storage)), len(due(storage, "bus"))) == (2, 2)


def test_what_is_old_is_forgotten_unless_it_waits_or_is_dead(storage: Storage) -> None:
    """The account's own only."""
    register(storage, LOG)
    publish(storage, *[a_contact_fact(row) for row in (1, 2, 3, 4)])
    one, two, three, four = due(storage)
    with storage() as uow:
        uow.deliveries.retry(three, NOON, "busy", after(1))
        uow.deliveries.done([one], NOON)
        uow.deliveries.done([two], after(60))
        uow.deliveries.bury(four, NOON, "why")
        assert uow.deliveries.forget_before("other", after(60), 9) == 0
        assert uow.deliveries.forget_before(ACCOUNT, after(60), 9) == 3
        assert uow.deliveries.forget_before(ACCOUNT, after(60), 9) == 0
    with storage() as uow:
        states = [
            [(each.state, len(each.failures)) for each in uow.deliveries.of_event(ACCOUNT, key)]
            for key in (each.event.event_id for each in (one, two, three, four))
        ]
    assert states == [[], [("delivered", 0)], [("waiting", 0)], [("dead", 0)]]


def test_what_is_old_is_forgotten_in_parts(storage: Storage) -> None:
    """The oldest first, so that no transaction takes long."""
    register(storage, LOG, "bus")
    publish(storage, *[a_contact_fact(row) for row in (1, 2, 3)])
    for second, each in enumerate(due(storage)):
        with storage() as uow:
            uow.deliveries.done([each], after(second))
    counts = []
    for _ in range(3):
        with storage() as uow:
            counts.append(uow.deliveries.forget_before(ACCOUNT, after(60), 2))
            left = uow.deliveries.find(ACCOUNT, DeliveryState.DELIVERED, None, 9)
            assert [each.at for each in left] == ([after(2)] if len(counts) == 1 else [])
    assert counts == [2, 1, 0]


def test_unregistering_forgets_what_was_delivered(storage: Storage) -> None:
    """A run's log leaves nothing behind."""
    register(storage, LOG)
    publish(storage, a_contact_fact(1))
    (one,) = due(storage)
    with storage() as uow:
        uow.deliveries.done([one], NOON)
        uow.deliveries.unregister(ACCOUNT, LOG)
        assert uow.deliveries.of_event(ACCOUNT, one.event.event_id) == []
