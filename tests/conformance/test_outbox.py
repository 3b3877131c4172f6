"""What the Outbox and Deliveries ports promise, on every storage; E1 and E3 on PostgreSQL."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from app.database import Database
from campaigns.events import Fact
from campaigns.ports import Delivery
from tests.builders import (
    ACCOUNT,
    a_campaign_fact,
    a_contact,
    a_contact_fact,
    after,
    keep_campaign,
)
from tests.conformance.storage import Storage

LOG = "log"


def publish(storage: Storage | Database, *facts: Fact) -> None:
    """One unit of work that says these."""
    with storage() as uow:
        uow.outbox.append(ACCOUNT, *facts)


def register(storage: Storage, *names: str) -> None:
    """Publishers of the account."""
    with storage() as uow:
        keep_campaign(uow)
        for name in names:
            uow.deliveries.register(ACCOUNT, name)


def due(storage: Storage | Database, name: str = LOG, at: float = 0) -> list[Delivery]:
    """What would be taken now."""
    with storage() as uow:
        return uow.deliveries.take(ACCOUNT, name, after(at), 1000)


def told(deliveries: Sequence[Delivery]) -> list[tuple[str, int]]:
    """Subject and sequence of each, the subject as its contact's row."""
    rows = {a_contact(row).id: f"contact {row}" for row in range(1, 9)}
    return [(rows.get(d.event.subject, "campaign"), d.event.sequence) for d in deliveries]


# ------------------------------------------------------------------------------------- the outbox
def test_sequences_run_along_each_subject_without_gaps(storage: Storage) -> None:
    """Over several units of work, in the order in which the facts were appended."""
    register(storage, LOG)
    publish(storage, a_contact_fact(1), a_campaign_fact(), a_contact_fact(1))
    publish(storage)
    publish(storage, a_contact_fact(2), a_contact_fact(1), a_campaign_fact())
    assert told(due(storage)) == [
        ("contact 1", 1),
        ("campaign", 1),
        ("contact 1", 2),
        ("contact 2", 1),
        ("contact 1", 3),
        ("campaign", 2),
    ]


def test_an_event_is_the_same_on_every_delivery(storage: Storage) -> None:
    """Its id, body and parts, for each publisher and each time it is taken (E2)."""
    register(storage, LOG, "bus")
    publish(storage, a_contact_fact(1, after(1.5)))
    (first,), (again,), (other,) = due(storage), due(storage), due(storage, "bus")
    assert first.event == again.event == other.event
    envelope = json.loads(first.event.body)
    assert envelope["id"] == envelope["detail"]["eventId"] == first.event.event_id
    assert envelope["account"] == ACCOUNT
    assert envelope["detail-type"] == first.event.detail_type == "Contact Finished"
    assert envelope["detail"]["sequence"] == first.event.sequence == 1
    assert first.event.occurred_at == after(1.5)
    assert first.tries == 0


def test_nothing_is_due_to_whom_nobody_registered(storage: Storage) -> None:
    """Events before the registration, other accounts' events, other names."""
    register(storage)
    publish(storage, a_contact_fact(1))
    with storage() as uow:
        uow.deliveries.register(ACCOUNT, LOG)
        uow.deliveries.register(ACCOUNT, LOG)
        uow.deliveries.register("other", LOG)
    publish(storage, a_contact_fact(1))
    assert told(due(storage)) == [("contact 1", 2)]
    assert due(storage, "bus") == []
    with storage() as uow:
        assert uow.deliveries.registered(ACCOUNT) == [LOG]
        assert uow.deliveries.take("other", LOG, after(1), 9) == []


def test_unregistering_drops_what_was_not_taken(storage: Storage) -> None:
    """The other publisher keeps its own."""
    register(storage, "bus", LOG)
    publish(storage, a_contact_fact(1))
    with storage() as uow:
        uow.deliveries.unregister(ACCOUNT, LOG)
    publish(storage, a_contact_fact(1))
    assert due(storage) == []
    assert len(due(storage, "bus")) == 2
    with storage() as uow:
        assert uow.deliveries.registered(ACCOUNT) == ["bus"]


# ------------------------------------------------------------------------- two writers (E1, E3)
@pytest.mark.parametrize("subject_is_new", [True, False])
def test_a_second_writer_waits_for_the_first_ones_number(
    postgres: Database, subject_is_new: bool
) -> None:
    """Two transactions on one contact: 1 and 2, never 1 and 1, and no gap if one fails."""
    with postgres() as uow:
        uow.deliveries.register(ACCOUNT, LOG)
    if not subject_is_new:
        publish(postgres, a_contact_fact(1))
    writing = Event()

    def write() -> None:
        with postgres() as uow:
            uow.outbox.append(ACCOUNT, a_contact_fact(1))
            writing.set()

    def fail(pool: ThreadPoolExecutor) -> None:
        with postgres() as uow:
            uow.outbox.append(ACCOUNT, a_contact_fact(1))
            uow.outbox.flush()
            pool.submit(write)
            assert writing.wait(60)
            raise KeyboardInterrupt

    with ThreadPoolExecutor(1) as pool, pytest.raises(KeyboardInterrupt):
        fail(pool)
    sequences = [delivery.event.sequence for delivery in due(postgres)]
    assert sequences == list(range(1, 2 if subject_is_new else 3))


def test_many_writers_leave_no_gap_and_no_double(postgres: Database) -> None:
    """Four threads on the same contacts in different orders; ids rise with the sequence."""
    with postgres() as uow:
        uow.deliveries.register(ACCOUNT, LOG)

    def write(number: int) -> None:
        rows = [1, 2, 3, 4]
        for turn in range(15):
            first = (number + turn) % 4
            publish(postgres, *[a_contact_fact(row) for row in rows[first:] + rows[:first]])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    seen: dict[str, list[int]] = defaultdict(list)
    for subject, sequence in told(due(postgres)):
        seen[subject].append(sequence)
    assert seen == {f"contact {row}": list(range(1, 61)) for row in (1, 2, 3, 4)}
