"""How the outbox writes: once for each unit of work, and only what was appended."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, event, select

from campaigns import tables
from campaigns.delivery_store import SqlDeliveries
from campaigns.outbox import SqlOutbox
from tests.builders import ACCOUNT, NOON, a_campaign, a_campaign_fact, a_contact, a_contact_fact

TABLES = [tables.event_sequence, tables.outbox, tables.publisher, tables.delivery]


@pytest.fixture
def connection() -> Iterator[Connection]:
    """The outbox's own tables, in memory."""
    engine = create_engine("sqlite://")
    with engine.begin() as made:
        tables.outbox.metadata.create_all(made, tables=TABLES)
        yield made
    engine.dispose()


def statements(connection: Connection) -> list[str]:
    """What is sent from now on."""
    sent: list[str] = []

    @event.listens_for(connection, "before_cursor_execute")
    def note(_c: object, _u: object, statement: str, *_: object) -> None:
        sent.append(statement)

    return sent


def test_nothing_is_written_before_the_commit_asks_for_it(connection: Connection) -> None:
    """Facts are collected; without facts the database is left alone."""
    sent = statements(connection)
    outbox = SqlOutbox(connection, "eu-west-1", NOON)
    outbox.flush()
    outbox.append(ACCOUNT, a_contact_fact())
    outbox.append(ACCOUNT)
    assert sent == []
    outbox.flush()
    assert sent
    count = len(sent)
    outbox.flush()
    assert len(sent) == count


def test_the_number_of_statements_does_not_grow_with_the_facts(connection: Connection) -> None:
    """A tick that places a hundred calls writes as a tick that places one."""
    counts = []
    for rows in ([1], range(1, 101)):
        sent = statements(connection)
        outbox = SqlOutbox(connection, "eu-west-1", NOON)
        outbox.append(ACCOUNT, *[a_contact_fact(row) for row in rows])
        outbox.flush()
        counts.append(len(sent))
    assert counts[0] == counts[1]


def test_rows_can_be_found_by_campaign_and_subject(connection: Connection) -> None:
    """Beside the body, which holds the same."""
    outbox = SqlOutbox(connection, "eu-west-1", NOON)
    outbox.append(ACCOUNT, a_contact_fact(1), a_campaign_fact())
    outbox.flush()
    contact, campaign = connection.execute(select(tables.outbox).order_by(tables.outbox.c.id))
    assert (contact.subject, contact.campaign_id) == (a_contact(1).id, a_campaign().id)
    assert (campaign.subject, campaign.campaign_id) == (a_campaign().id, a_campaign().id)
    for row in (contact, campaign):
        envelope = json.loads(row.body)
        assert (envelope["id"], envelope["detail-type"]) == (row.event_id, row.detail_type)
        assert (envelope["region"], envelope["account"]) == ("eu-west-1", row.account)
        assert row.occurred_at == NOON


def test_deliveries_are_made_for_each_accounts_own_publishers(connection: Connection) -> None:
    """In one flush for two accounts."""
    deliveries = SqlDeliveries(connection)
    deliveries.register(ACCOUNT, "log")
    deliveries.register(ACCOUNT, "bus")
    deliveries.register("other", "log")
    outbox = SqlOutbox(connection, "eu-west-1", NOON)
    outbox.append(ACCOUNT, a_contact_fact(1))
    outbox.append("other", a_contact_fact(2))
    outbox.flush()
    made = connection.execute(
        select(tables.delivery.c.account, tables.delivery.c.publisher, tables.delivery.c.subject)
    )
    assert sorted(tuple(row) for row in made) == sorted(
        [
            (ACCOUNT, "bus", a_contact(1).id),
            (ACCOUNT, "log", a_contact(1).id),
            ("other", "log", a_contact(2).id),
        ]
    )
