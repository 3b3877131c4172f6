"""What forecasts and replays read of past calls, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.database import Database
from campaigns.attempt import AttemptState
from campaigns.events import AgentState, AgentStateChanged, CallEnded, Disposition
from compliance.abandonment_definitions import AnsweredBy
from compliance.case import DialMode
from dialer.call_store import SqlCalls
from dialer.planning import PastCall
from tests.builders import (
    ACCOUNT,
    NOON,
    a_campaign,
    a_campaign_fact,
    a_contact,
    after,
    an_agent,
    an_attempt,
    an_entry,
    ident,
    keep_campaign,
)
from tests.conformance.storage import noon, sqlite_engine

CAMPAIGN = a_campaign().id


@pytest.fixture(params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path: Path, migrated_sqlite: Path
) -> Iterator[Database]:
    """An empty one of each kind."""
    if request.param == "postgresql":
        found: Database = request.getfixturevalue("postgres")
        yield found
        return
    with sqlite_engine(migrated_sqlite, tmp_path) as engine:
        yield Database(engine, noon, "test", b"evidence key")


def test_ended_calls_come_with_their_instants(database: Database) -> None:
    """The last one first; one that goes on, and another campaign's, are none."""
    talked = an_attempt(
        1,
        state=AttemptState.ENDED,
        dialed_at=after(1),
        rang_at=after(3),
        answered_at=after(9),
        answered_by=AnsweredBy.HUMAN,
        connected_at=after(12),
        disconnected_at=after(72),
        ended_at=after(72),
        disposition=Disposition.CONVERSATION,
    )
    busy = an_attempt(
        2,
        state=AttemptState.ENDED,
        reserved_at=after(60),
        placed_at=after(60),
        ended_at=after(62),
        disposition=Disposition.BUSY,
    )
    with database() as uow:
        keep_campaign(uow)
        keep_campaign(uow, a_campaign("second"))
        other = an_attempt(4, campaign="second", ended_at=after(5))
        uow.attempts.add([talked, busy, an_attempt(3), other])
    with database.reading() as uow:
        found = SqlCalls(uow.connection).ended(CAMPAIGN)
    assert found == [
        PastCall(after(60), None, None, None, None, None, Disposition.BUSY),
        PastCall(
            after(1),
            after(3),
            after(9),
            AnsweredBy.HUMAN,
            after(12),
            after(72),
            Disposition.CONVERSATION,
        ),
    ]


def test_who_waits_is_told_with_their_turn(database: Database) -> None:
    """Those in the queue alone."""
    with database() as uow:
        keep_campaign(uow, contacts=[a_contact(row) for row in (1, 2, 3)])
        uow.queue.put_back(CAMPAIGN, [an_entry(1), an_entry(2, after(900))])
    ids = [a_contact(row).id for row in (1, 2, 3)]
    with database.reading() as uow:
        found = SqlCalls(uow.connection).waiting(CAMPAIGN, ids)
    assert found == {ids[0]: NOON, ids[1]: after(900)}


def _state(state: AgentState, seconds: float, agent: int = 1) -> AgentStateChanged:
    return AgentStateChanged(
        occurred_at=after(seconds),
        agent_id=an_agent(agent).id,
        campaign_id=CAMPAIGN,
        state=state,
        previous_state=None,
    )


def test_wrap_ups_are_from_wrap_to_the_next_state(database: Database) -> None:
    """Two agents at once; one that goes on is none."""
    with database() as uow:
        uow.outbox.append(
            ACCOUNT,
            _state(AgentState.WRAP, 0),
            _state(AgentState.WRAP, 5, agent=2),
            _state(AgentState.IDLE, 20),
            _state(AgentState.BREAK, 17.5, agent=2),
            _state(AgentState.WRAP, 90),
        )
        uow.outbox.append("other", _state(AgentState.IDLE, 91))
    with database.reading() as uow:
        assert SqlCalls(uow.connection).wrap_ups(ACCOUNT) == [20.0, 12.5]
        assert SqlCalls(uow.connection).wrap_ups("nobody") == []


def _ended(seconds: float, contact: int) -> CallEnded:
    return CallEnded(
        occurred_at=after(seconds),
        campaign_id=CAMPAIGN,
        contact_id=a_contact(contact).id,
        attempt_id=ident("attempt", contact),
        agent_id=None,
        answered_by=AnsweredBy.NOBODY,
        dial_mode=DialMode.PREDICTIVE,
        dialed=after(seconds - 9),
        rang=None,
        connected_to_system=None,
        customer_greeting_start=None,
        customer_greeting_stop=None,
        connected_to_agent=None,
        disconnected=None,
        disconnected_by=None,
        recorded_message_played=False,
        abandoned=False,
        disposition=Disposition.NO_ANSWER,
    )


def test_a_days_events_are_the_campaigns_and_the_agents(database: Database) -> None:
    """The first instant counts, the last does not; another campaign and account are none.

    Of the time before, calls that ended are told, and nothing else.
    """
    with database() as uow:
        uow.outbox.append(ACCOUNT, _ended(-3600, 1), _ended(-3601, 2), _state(AgentState.OUT, -60))
        uow.outbox.append(ACCOUNT, *(a_campaign_fact(at=after(s)) for s in (-1, 0, 9, 10)))
        uow.outbox.append(ACCOUNT, a_campaign_fact("second"), _state(AgentState.IDLE, 4))
        uow.outbox.append("other", a_campaign_fact("third"))
    with database.reading() as uow:
        found = [
            json.loads(body)["detail"]
            for body in SqlCalls(uow.connection).events(
                ACCOUNT, CAMPAIGN, NOON, after(10), timedelta(hours=1)
            )
        ]
    assert [one.get("agentId") for one in found] == [None, None, None, ident("agent", 1)]
    assert [one["occurredAt"][14:19] for one in found] == ["00:00", "00:00", "00:09", "00:04"]
