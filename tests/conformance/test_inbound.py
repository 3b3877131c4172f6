"""What the Inbound port promises, on every storage."""

from __future__ import annotations

from dataclasses import replace

from dialer.inbound_load import InboundLoad
from tests.builders import NOON, a_campaign, after, keep_campaign
from tests.conformance.storage import Storage

CAMPAIGN = a_campaign()
LOAD = InboundLoad(after(1.5), 3, 1234, 9, NOON)


def test_a_load_comes_back_as_it_was_kept(storage: Storage) -> None:
    """Locked or not; without a report there is none."""
    with storage() as uow:
        keep_campaign(uow)
        assert uow.inbound.of(CAMPAIGN.id) is None
        assert uow.inbound.lock(CAMPAIGN.id) is None
        uow.inbound.put(CAMPAIGN.id, LOAD)
    with storage() as uow:
        assert uow.inbound.of(CAMPAIGN.id) == LOAD
        assert uow.inbound.lock(CAMPAIGN.id) == LOAD


def test_a_later_load_takes_its_place(storage: Storage) -> None:
    """And that of another campaign stays."""
    other = a_campaign("second")
    later = replace(LOAD, waiting=0, reported_at=after(9))
    with storage() as uow:
        keep_campaign(uow)
        keep_campaign(uow, other)
        uow.inbound.put(CAMPAIGN.id, LOAD)
        uow.inbound.put(other.id, LOAD)
    with storage() as uow:
        uow.inbound.put(CAMPAIGN.id, later)
    with storage() as uow:
        assert uow.inbound.of(CAMPAIGN.id) == later
        assert uow.inbound.of(other.id) == LOAD
