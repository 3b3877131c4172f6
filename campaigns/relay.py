"""From the outbox to the sinks: in sequence per subject, at least once.

What a sink takes is done; what it cannot take now waits, and later events of the same contact
wait behind it; what it will never take goes to the dead-letter queue with the reason. A sink that
cannot be reached is held as a whole, and asked again later and later: one wait, not one for each
event. Nothing here holds a transaction open while a publisher is being spoken to, so that a bus
that is down delays neither dialing nor the web (invariant E6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from campaigns.deliveries import Schedule, back_off
from campaigns.ports import Delivery, EventPublisher, UnitOfWork, UnitOfWorkFactory
from campaigns.publishing import Published, PublishResult, Rejected, Retry

LONG_FAILURE = timedelta(minutes=1)
"""Once a sink is back that could not be reached for so long, its events wait for nothing more: the
failure was not theirs."""


@dataclass(frozen=True, slots=True)
class RelayPlan:
    """How many events at once, and how long to wait after a failure: of an event, of the sink."""

    batch: int = 500
    of_event: Schedule = back_off
    of_sink: Schedule = back_off


ORDINARY = RelayPlan()
"""Tries for ever, every few minutes in the end."""


def relay(
    unit_of_work: UnitOfWorkFactory,
    account: str,
    publisher: EventPublisher,
    now: datetime,
    random: Random,
    plan: RelayPlan = ORDINARY,
) -> int:
    """Hand one batch of the account's due events to the publisher; how many were due."""
    with unit_of_work() as uow:
        batch = uow.deliveries.take(account, publisher.name, now, plan.batch)
    if not batch:
        return 0
    results = publisher.publish([delivery.event for delivery in batch])
    answers = list(zip(batch, results, strict=True))
    with unit_of_work() as uow:
        _settle_events(uow, answers, now, random, plan)
        _settle_sink(uow, account, publisher.name, results, now, random, plan)
    return len(batch)


def _settle_events(
    uow: UnitOfWork,
    answers: Sequence[tuple[Delivery, PublishResult]],
    now: datetime,
    random: Random,
    plan: RelayPlan,
) -> None:
    held: set[str] = set()
    for delivery, result in answers:
        match result:
            case Retry():
                # Later events of the subject were not offered: they wait behind this one.
                is_tried = result.suspect or not result.of_sink
                if is_tried and delivery.event.subject not in held:
                    _try_later(uow, delivery, result, now, random, plan)
                held.add(delivery.event.subject)
            case Rejected(reason):
                uow.deliveries.bury(delivery, now, reason)
            case Published():
                pass
    uow.deliveries.done([each for each, result in answers if isinstance(result, Published)], now)


def _try_later(
    uow: UnitOfWork,
    delivery: Delivery,
    result: Retry,
    now: datetime,
    random: Random,
    plan: RelayPlan,
) -> None:
    wait = plan.of_event(delivery.tries, random)
    if wait is None:
        tries = delivery.tries + 1
        uow.deliveries.bury(delivery, now, f"given up after {tries} tries: {result.reason}")
    else:
        next_try_at = now + max(wait, result.wait or timedelta())
        uow.deliveries.retry(delivery, now, result.reason, next_try_at)


def _settle_sink(
    uow: UnitOfWork,
    account: str,
    name: str,
    results: Sequence[PublishResult],
    now: datetime,
    random: Random,
    plan: RelayPlan,
) -> None:
    if any(isinstance(result, Published) for result in results):
        failed_since = uow.deliveries.reached(account, name)
        if failed_since is not None and now - failed_since >= LONG_FAILURE:
            uow.deliveries.wake(account, name, now)
    failure = next((one for one in results if isinstance(one, Retry) and one.of_sink), None)
    sink = uow.deliveries.sink(account, name) if failure is not None else None
    if failure is not None and sink is not None:
        wait = plan.of_sink(sink.failures, random) or timedelta()
        until = now + max(wait, failure.wait or timedelta())
        uow.deliveries.hold(account, name, now, failure.reason, until)
