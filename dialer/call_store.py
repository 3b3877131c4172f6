"""What calls came to, read for forecasts and replays: attempts, queue entries, kept events."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from campaigns.events import AgentState, AgentStateChanged, CallEnded, Disposition
from campaigns.tables import attempt, dial_queue, outbox
from compliance.abandonment_definitions import AnsweredBy
from compliance.ended_call import parse_instant
from dialer.planning import PastCall

CALLS_READ = 20_000
"""A campaign's latest calls tell enough."""

EVENTS_READ = 100_000
"""Among so many of the latest events agents' wrap-ups are looked for."""

_A = attempt.c
_ENDED = (
    select(
        func.coalesce(_A.dialed_at, _A.placed_at).label("dialed_at"),
        _A.rang_at,
        _A.answered_at,
        _A.answered_by,
        _A.connected_at,
        _A.disconnected_at,
        _A.disposition,
    )
    .where(
        _A.campaign_id == bindparam("campaign_id"),
        _A.ended_at.is_not(None),
        _A.placed_at.is_not(None),
    )
    .order_by(_A.reserved_at.desc(), _A.id)
    .limit(CALLS_READ)
)
_WAITING = select(dial_queue.c.contact_id, dial_queue.c.next_attempt_at).where(
    dial_queue.c.campaign_id == bindparam("campaign_id"),
    dial_queue.c.contact_id.in_(bindparam("ids", expanding=True)),
)


class SqlCalls:
    """Reads on a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ended(self, campaign_id: str) -> list[PastCall]:
        """The campaign's latest calls that have ended, the last one first."""
        return [
            PastCall(
                dialed_at=row.dialed_at,
                rang_at=row.rang_at,
                answered_at=row.answered_at,
                answered_by=None if row.answered_by is None else AnsweredBy(row.answered_by),
                connected_at=row.connected_at,
                disconnected_at=row.disconnected_at,
                disposition=None if row.disposition is None else Disposition(row.disposition),
            )
            for row in self._connection.execute(_ENDED, {"campaign_id": campaign_id})
        ]

    def waiting(self, campaign_id: str, contact_ids: Sequence[str]) -> dict[str, datetime]:
        """Those of the contacts who are in the dial queue, and from when on."""
        given = {"campaign_id": campaign_id, "ids": list(contact_ids)}
        return {row[0]: row[1] for row in self._connection.execute(_WAITING, given)}

    def wrap_ups(self, account: str) -> list[float]:
        """Seconds of the agents' latest wrap-ups, in the order in which they ended."""
        latest = self._connection.execute(select(func.max(outbox.c.id))).scalar_one() or 0
        rows = self._connection.execute(
            select(outbox.c.body)
            .where(
                outbox.c.account == account,
                outbox.c.detail_type == AgentStateChanged.detail_type,
                outbox.c.id > latest - EVENTS_READ,
            )
            .order_by(outbox.c.id)
        )
        began: dict[str, datetime] = {}
        found = []
        for (body,) in rows:
            detail = json.loads(body)["detail"]
            at = parse_instant(detail["occurredAt"], "detail.occurredAt")
            agent = detail["agentId"]
            if detail["state"] == AgentState.WRAP:
                began[agent] = at
            elif agent in began:
                found.append((at - began.pop(agent)).total_seconds())
        return found

    def events(
        self, account: str, campaign_id: str, first: datetime, last: datetime, look_back: timedelta
    ) -> Iterator[str]:
        """The kept events of the campaign and of all agents in [first, last), as published.

        Before them, so far as `look_back` reaches, the campaign's calls that ended.
        """
        of_campaign = outbox.c.campaign_id == campaign_id
        of_agents = outbox.c.detail_type == AgentStateChanged.detail_type
        rows = self._connection.execute(
            select(outbox.c.body)
            .where(
                outbox.c.account == account,
                or_(
                    and_(outbox.c.occurred_at >= first, or_(of_campaign, of_agents)),
                    and_(of_campaign, outbox.c.detail_type == CallEnded.detail_type),
                ),
                outbox.c.occurred_at >= first - look_back,
                outbox.c.occurred_at < last,
            )
            .order_by(outbox.c.id)
            # Else the whole month is fetched before the first row is read.
            .execution_options(yield_per=1_000)
        )
        for (body,) in rows:
            yield body
