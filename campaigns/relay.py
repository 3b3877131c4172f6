"""From the outbox to the publishers: in sequence per subject, at least once.

What a publisher takes is done; what it cannot take now waits, and later events of the same contact
wait behind it; what it will never take goes to the dead-letter queue with the reason. Nothing here
holds a transaction open while a publisher is being spoken to, so that a bus that is down delays
neither dialing nor the web (invariant E6).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from campaigns.ports import EventPublisher, UnitOfWorkFactory
from campaigns.publishing import Published, Rejected, Retry

BATCH = 500
FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=5)


def relay(
    unit_of_work: UnitOfWorkFactory,
    account: str,
    publisher: EventPublisher,
    now: datetime,
    random: Random,
) -> int:
    """Hand one batch of the account's due events to the publisher; how many were due."""
    with unit_of_work() as uow:
        batch = uow.deliveries.take(account, publisher.name, now, BATCH)
    if not batch:
        return 0
    results = publisher.publish([delivery.event for delivery in batch])
    with unit_of_work() as uow:
        taken = []
        for delivery, result in zip(batch, results, strict=True):
            match result:
                case Published():
                    taken.append(delivery)
                case Retry():
                    wait = back_off(delivery.tries, random)
                    uow.deliveries.retry(delivery, now + wait)
                case Rejected(reason):
                    uow.deliveries.bury(delivery, reason)
        uow.deliveries.done(taken)
    return len(batch)


def back_off(tries: int, random: Random) -> timedelta:
    """How long to wait after `tries` earlier failures: doubled each time, and spread."""
    doubled = FIRST_WAIT * 2 ** min(tries, 20)
    wait: timedelta = min(doubled, LONGEST_WAIT)
    return wait * random.uniform(0.5, 1.0)
