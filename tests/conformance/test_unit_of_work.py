"""What a unit of work promises: all of it is kept on leaving, or none of it."""

from __future__ import annotations

import pytest

from campaigns.ports import NotFoundError
from tests.builders import (
    ACCOUNT,
    a_campaign,
    a_contact,
    a_contact_fact,
    a_suppression,
    after,
    an_attempt,
    keep_campaign,
)
from tests.conformance.storage import Storage


def test_what_one_keeps_the_next_one_sees(storage: Storage) -> None:
    """Every part of it, with its facts."""
    with storage() as uow:
        uow.deliveries.register(ACCOUNT, "log")
        campaign = keep_campaign(uow, contacts=[a_contact()])
        uow.attempts.add([an_attempt()])
        uow.outbox.append(ACCOUNT, a_contact_fact())
    with storage() as uow:
        assert uow.campaigns.get(ACCOUNT, campaign.id) == campaign
        assert uow.attempts.open_of(campaign.id) == [an_attempt()]
        assert uow.deliveries.waiting(ACCOUNT, "log") == 1


@pytest.mark.parametrize("storage", ["memory", "sqlite", "postgresql"], indirect=True)
def test_an_exception_leaves_nothing_behind(storage: Storage) -> None:
    """A change and its fact stand or fall together (E1). Not a run's: it is forgotten whole."""
    with storage() as uow:
        uow.deliveries.register(ACCOUNT, "log")

    def fail() -> None:
        with storage() as uow:
            keep_campaign(uow, contacts=[a_contact()])
            uow.suppressions.add(a_suppression(a_contact().phone))
            uow.outbox.append(ACCOUNT, a_contact_fact())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    with storage() as uow:
        with pytest.raises(NotFoundError):
            uow.campaigns.lock(a_campaign().id)
        assert uow.suppressions.of_account(ACCOUNT, 9) == []
        assert uow.deliveries.take(ACCOUNT, "log", after(60), 9) == []
        uow.outbox.append(ACCOUNT, a_contact_fact())
    with storage() as uow:
        assert [d.event.sequence for d in uow.deliveries.take(ACCOUNT, "log", after(60), 9)] == [1]
