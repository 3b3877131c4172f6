"""Records as an auditor reads them, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.database import Database, SqlUnitOfWork, migrate, open_engine
from campaigns.attempt import AttemptState
from campaigns.events import Disposition, FinishReason
from campaigns.record_store import Place, SqlRecords
from campaigns.sealing import publish_heads, published_heads
from compliance.case import DialMode
from compliance.evidence import EvidenceKind, body_text
from tests.builders import (
    ACCOUNT,
    NOON,
    a_campaign,
    a_campaign_fact,
    a_contact,
    a_contact_fact,
    a_suppression,
    after,
    an_attempt,
    keep_campaign,
)
from tests.builders import (
    an_entry as a_queue_entry,
)
from tests.chains import CHAIN, an_entry
from tests.conformance.storage import noon

ADA, BEN, CLEO = a_contact(1), a_contact(2, other_phones=("+12125550009",)), a_contact(3)
FOREIGN = a_campaign("theirs", "their list", account="other")
CAMPAIGN = a_campaign().id


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Two accounts with a campaign each, over lists that share a number."""
    engine = open_engine(database_url)
    migrate(engine)
    database = Database(engine, noon, "test", b"evidence key")
    with database() as uow:
        keep_campaign(uow, contacts=[ADA, BEN, CLEO])
        keep_campaign(uow, FOREIGN, [a_contact(1, "their list", phone=ADA.phone)])
    yield database
    engine.dispose()


def records(uow: SqlUnitOfWork) -> SqlRecords:
    """The records of a unit of work."""
    return SqlRecords(uow.connection)


def test_attempts_are_found_by_id_and_by_contact(database: Database) -> None:
    """The account's own, oldest first."""
    first, second = an_attempt(1, 1, reserved_at=after(-9)), an_attempt(1, 2)
    with database() as uow:
        uow.attempts.add([second, first, an_attempt(2)])
    with database.reading() as uow:
        found = records(uow)
        assert found.attempt(ACCOUNT, first.id) == first
        assert found.attempt("other", first.id) is None
        assert found.attempts_of(ACCOUNT, [ADA.id, CLEO.id]) == [first, second]
        assert found.attempts_of("other", [ADA.id]) == []
        assert found.attempts_of(ACCOUNT, []) == []


def test_contacts_are_found_by_any_of_their_numbers(database: Database) -> None:
    """On the account's own lists."""
    with database.reading() as uow:
        found = records(uow)
        assert found.contacts(ACCOUNT, [BEN.id, ADA.id]) == sorted([ADA, BEN], key=lambda c: c.id)
        assert found.contacts("other", [ADA.id]) == []
        assert found.contacts_with(ACCOUNT, ADA.phone) == [ADA]
        assert found.contacts_with(ACCOUNT, "+12125550009") == [BEN]
        assert found.contacts_with(ACCOUNT, "+1212555000") == []
        assert [c.contact_list_id for c in found.contacts_with("other", ADA.phone)] == [
            FOREIGN.contact_list_id
        ]


def test_places_tell_who_waits_and_who_is_finished(database: Database) -> None:
    """In every campaign of the account."""
    with database() as uow:
        uow.queue.put_back(CAMPAIGN, [a_queue_entry(1, after(60))])
        uow.queue.finish(CAMPAIGN, [(BEN.id, FinishReason.DENIED)], after(5))
    with database.reading() as uow:
        found = records(uow)
        assert found.places(ACCOUNT, [ADA.id, BEN.id, CLEO.id]) == [
            Place(CAMPAIGN, ADA.id, after(60)),
            Place(CAMPAIGN, BEN.id, after(5), FinishReason.DENIED),
        ]
        assert found.places("other", [ADA.id, BEN.id]) == []


def test_suppressions_are_told_whole(database: Database) -> None:
    """Of the account and of a campaign, with who recorded them and why."""
    whole = a_suppression(ADA.phone)
    narrow = a_suppression(ADA.phone, scope=CAMPAIGN, recorded_at=after(9))
    with database() as uow:
        for entry in (narrow, whole, a_suppression(BEN.phone), a_suppression("+1", account="b")):
            uow.suppressions.add(entry)
    with database.reading() as uow:
        assert records(uow).suppressions(ACCOUNT, [ADA.phone, "+1"]) == [whole, narrow]


def test_events_are_found_by_what_they_are_counted_along(database: Database) -> None:
    """In the order in which they happened, byte for byte."""
    with database() as uow:
        uow.outbox.append(ACCOUNT, a_contact_fact(1, after(9)), a_campaign_fact(at=NOON))
        uow.outbox.append(ACCOUNT, a_contact_fact(2))
    with database.reading() as uow:
        bodies = records(uow).events(ACCOUNT, [ADA.id, CAMPAIGN])
        first, second = bodies
        assert '"Campaign Paused"' in first
        assert '"Contact Finished"' in second
        assert records(uow).events("other", [ADA.id, CAMPAIGN]) == []


def test_published_heads_come_back(database: Database) -> None:
    """From the events that published them."""
    with database() as uow:
        uow.evidence.add([an_entry(1), an_entry(2, account="other", chain="account/other")])
    publish_heads(database, ACCOUNT, NOON)
    with database.reading() as uow:
        sealed = list(records(uow).sealed_events(ACCOUNT))
        assert list(published_heads(sealed, ACCOUNT)) == uow.evidence.heads(ACCOUNT)
        assert list(records(uow).sealed_events("other")) == []
        assert records(uow).accounts() == sorted([ACCOUNT, "other"])


def test_attempts_without_evidence_are_found(database: Database) -> None:
    """The decision, and of what has ended the end; what was never dialed has none."""
    ended: dict[str, Any] = {
        "ended_at": after(9),
        "state": AttemptState.ENDED,
        "disposition": Disposition.BUSY,
    }
    cancelled: dict[str, Any] = {"ended_at": after(9), "state": AttemptState.CANCELLED}
    whole, silent, open_ = (an_attempt(1, 1, **ended), an_attempt(1, 2, **ended), an_attempt(2))
    never = an_attempt(3, **cancelled)
    with database() as uow:
        uow.attempts.add([whole, silent, open_, never])
        uow.evidence.add(
            [
                *(an_entry(attempt_id=each.id) for each in (whole, open_, never)),
                an_entry(attempt_id=whole.id, kind=EvidenceKind.OUTCOME),
            ]
        )
    with database.reading() as uow:
        found = records(uow)
        assert found.undecided(ACCOUNT) == [silent.id]
        assert found.untold(ACCOUNT) == [silent.id]
        assert found.missing(ACCOUNT) == []
        assert found.undecided("other") == found.untold("other") == found.missing("other") == []


def test_attempts_that_are_gone_are_found(database: Database) -> None:
    """But in preview a contact may be allowed whom no agent was free to see."""
    gone = [an_attempt(row) for row in (1, 2, 3)]
    preview = body_text({"case": {"campaign": {"dial_mode": DialMode.PREVIEW.value}}})
    with database() as uow:
        uow.evidence.add(
            [
                an_entry(1, attempt_id=gone[0].id),
                an_entry(2, attempt_id=gone[1].id, body=preview),
                an_entry(3, attempt_id=gone[2].id, body=preview),
                an_entry(4, attempt_id=gone[2].id, kind=EvidenceKind.OUTCOME),
            ]
        )
    with database.reading() as uow:
        assert records(uow).missing(ACCOUNT) == sorted([gone[0].id, gone[2].id])
        assert CHAIN in uow.evidence.chains(ACCOUNT)
