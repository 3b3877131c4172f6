"""Agents, leases and the decision log in the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from compliance.columns import EPOCH
from dialer.agent import Agent, AgentState
from dialer.inbound_load import InboundLoad
from dialer.ports import Lease, LoggedDecision
from dialer.sharing import Share
from dialer.tables import agent, agent_campaign, inbound_load, lease, pacing_decision

_FIELDS = tuple(field.name for field in fields(Agent))
_COLUMNS = [agent.c[name] for name in _FIELDS]

_OF_CAMPAIGN = (
    select(*_COLUMNS)
    .where(
        or_(
            agent.c.campaign_id == bindparam("campaign_id"),
            agent.c.serving_campaign_id == bindparam("campaign_id"),
        )
    )
    .order_by(agent.c.id)
)
_LOCK_FOR = (
    select(*_COLUMNS)
    .where(
        or_(
            agent.c.campaign_id.in_(bindparam("campaign_ids", expanding=True)),
            agent.c.id.in_(bindparam("agent_ids", expanding=True)),
        )
    )
    .order_by(agent.c.id)
    .with_for_update()
)
_SHARES = (
    select(agent_campaign)
    .where(agent_campaign.c.agent_id.in_(bindparam("agent_ids", expanding=True)))
    .order_by(agent_campaign.c.agent_id, agent_campaign.c.campaign_id)
)
_SAVE_SHARE = (
    update(agent_campaign)
    .where(
        agent_campaign.c.agent_id == bindparam("of_agent"),
        agent_campaign.c.campaign_id == bindparam("of_campaign"),
    )
    .values(served=bindparam("served"))
)
_INBOUND = select(*[inbound_load.c[field.name] for field in fields(InboundLoad)]).where(
    inbound_load.c.campaign_id == bindparam("campaign_id")
)
_PUT_INBOUND = {
    name: made.on_conflict_do_update(
        index_elements=["campaign_id"],
        set_={field.name: made.excluded[field.name] for field in fields(InboundLoad)},
    )
    for name, made in (
        ("postgresql", postgresql.insert(inbound_load)),
        ("sqlite", sqlite.insert(inbound_load)),
    )
}
_WITH_IDLE_SHARERS = (
    select(agent.c.campaign_id)
    .where(
        agent.c.state == AgentState.IDLE,
        agent.c.campaign_id.is_not(None),
        agent.c.id.in_(select(agent_campaign.c.agent_id)),
    )
    .distinct()
    .order_by(agent.c.campaign_id)
)
_FIND = (
    select(*_COLUMNS).where(agent.c.id.in_(bindparam("ids", expanding=True))).order_by(agent.c.id)
)
_LOCK = _FIND.with_for_update()
_SAVE = (
    update(agent)
    .where(agent.c.id == bindparam("key"))
    .values({name: bindparam(name) for name in _FIELDS if name != "id"})
)
_HOLDS = (
    select(lease.c.epoch)
    .where(
        lease.c.campaign_id == bindparam("campaign_id"),
        lease.c.owner == bindparam("owner"),
        lease.c.epoch == bindparam("epoch"),
    )
    .with_for_update()
)
# Without the option an INSERT's count of rows is unknown on PostgreSQL.
_MAKE_LEASE = {
    name: dialect.insert(lease).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    for name, dialect in (("postgresql", postgresql), ("sqlite", sqlite))
}
_LOCK_LEASE = select(lease).where(lease.c.campaign_id == bindparam("campaign_id")).with_for_update()
_RENEW_LEASE = (
    update(lease)
    .where(lease.c.campaign_id == bindparam("key"))
    .values(owner=bindparam("owner"), epoch=bindparam("epoch"), expires_at=bindparam("expires_at"))
)
# Two ticks within one millisecond, as after a step of the clock: the first one's decision stays.
_LOG = {
    "postgresql": postgresql.insert(pacing_decision).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(pacing_decision).on_conflict_do_nothing(),
}


_STATE = _FIELDS.index("state")
_LEAVING = _FIELDS.index("leaving")


def _agent_from_row(row: Row[Any]) -> Agent:
    values = list(row)
    values[_STATE] = AgentState(values[_STATE])
    if values[_LEAVING] is not None:
        values[_LEAVING] = AgentState(values[_LEAVING])
    return Agent(*values)


def _values(agent_: Agent) -> dict[str, object]:
    return {name: getattr(agent_, name) for name in _FIELDS}


class SqlAgents:
    """The Agents port on a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, agent_: Agent) -> None:
        """Keep a new agent."""
        self._connection.execute(insert(agent), _values(agent_))

    def save(self, agents: Sequence[Agent]) -> None:
        """Keep changed agents."""
        if agents:
            self._connection.execute(_SAVE, [_values(a) | {"key": a.id} for a in agents])

    def find(self, agent_ids: Sequence[str]) -> dict[str, Agent]:
        """These agents by id, as they are kept."""
        rows = self._connection.execute(_FIND, {"ids": list(agent_ids)})
        return {row.id: _agent_from_row(row) for row in rows}

    def lock(self, agent_ids: Sequence[str]) -> dict[str, Agent]:
        """The same, their rows locked."""
        rows = self._connection.execute(_LOCK, {"ids": list(agent_ids)})
        return {row.id: _agent_from_row(row) for row in rows}

    def of_campaign(self, campaign_id: str) -> list[Agent]:
        """The agents who wait for a campaign, serve it, or serve it next, by id."""
        rows = self._connection.execute(_OF_CAMPAIGN, {"campaign_id": campaign_id})
        return [_agent_from_row(row) for row in rows]

    def lock_for(
        self, campaign_ids: Collection[str], agent_ids: Collection[str] = ()
    ) -> list[Agent]:
        """The agents who wait for these campaigns or serve them next, and these, rows locked."""
        wanted = {"campaign_ids": list(campaign_ids), "agent_ids": list(agent_ids)}
        return [_agent_from_row(row) for row in self._connection.execute(_LOCK_FOR, wanted)]

    def of_account(self, account: str) -> list[Agent]:
        """All agents, by id."""
        rows = self._connection.execute(
            select(*_COLUMNS).where(agent.c.account == account).order_by(agent.c.id)
        )
        return [_agent_from_row(row) for row in rows]

    def shares(self, agent_ids: Collection[str]) -> dict[str, tuple[Share, ...]]:
        """What those of these agents work on who have been given campaigns, by agent."""
        rows = self._connection.execute(_SHARES, {"agent_ids": list(agent_ids)})
        found: dict[str, tuple[Share, ...]] = {}
        for row in rows:
            share = Share(row.agent_id, row.campaign_id, row.served)
            found[share.agent_id] = (*found.get(share.agent_id, ()), share)
        return found

    def save_shares(self, shares: Collection[Share]) -> None:
        """Keep changed shares."""
        if shares:
            self._connection.execute(
                _SAVE_SHARE,
                [
                    {
                        "of_agent": share.agent_id,
                        "of_campaign": share.campaign_id,
                        "served": share.served,
                    }
                    for share in shares
                ],
            )

    def share(self, agent_id: str, shares: Collection[Share]) -> None:
        """Let an agent work on these campaigns and no others."""
        mine = agent_campaign.c.agent_id == agent_id
        self._connection.execute(delete(agent_campaign).where(mine))
        if shares:
            self._connection.execute(insert(agent_campaign), [asdict(share) for share in shares])

    def with_idle_sharers(self) -> list[str]:
        """The campaigns of all accounts for which agents wait who have been given campaigns."""
        return list(self._connection.execute(_WITH_IDLE_SHARERS).scalars())


class SqlInbound:
    """The Inbound port on a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, campaign_id: str) -> InboundLoad | None:
        """The load of the campaign's agents; None: nothing was ever reported."""
        return self._one(_INBOUND, campaign_id)

    def lock(self, campaign_id: str) -> InboundLoad | None:
        """The same, its row locked."""
        return self._one(_INBOUND.with_for_update(), campaign_id)

    def _one(self, statement: Select[Any], campaign_id: str) -> InboundLoad | None:
        row = self._connection.execute(statement, {"campaign_id": campaign_id}).one_or_none()
        return None if row is None else InboundLoad(*row)

    def put(self, campaign_id: str, load: InboundLoad) -> None:
        """Keep a load; it takes the place of the one before."""
        put = _PUT_INBOUND[self._connection.dialect.name]
        self._connection.execute(put, {"campaign_id": campaign_id} | asdict(load))


class SqlLeases:
    """The Leases port on a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def acquire(
        self, campaign_id: str, owner: str, now: datetime, expires_at: datetime
    ) -> Lease | None:
        """Take or renew the lease; a new owner raises the epoch. None: another one has it."""
        row = self._connection.execute(_LOCK_LEASE, {"campaign_id": campaign_id}).one_or_none()
        if row is None:
            fresh = {"campaign_id": campaign_id, "owner": owner, "epoch": 1}
            make = _MAKE_LEASE[self._connection.dialect.name]
            made = self._connection.execute(make, fresh | {"expires_at": expires_at}).rowcount
            return Lease(campaign_id, owner, 1, expires_at) if made else None
        if row.owner != owner and row.expires_at > now:
            return None
        # Its own lease that ran out is taken anew too: somebody may have held it in between.
        renews = row.owner == owner and row.expires_at > now
        epoch = row.epoch if renews else row.epoch + 1
        self._connection.execute(
            _RENEW_LEASE,
            {"key": campaign_id, "owner": owner, "epoch": epoch, "expires_at": expires_at},
        )
        return Lease(campaign_id, owner, epoch, expires_at)

    def holds(self, lease_: Lease) -> bool:
        """Whether the lease is still that owner's at that epoch; its row stays locked."""
        found = self._connection.execute(
            _HOLDS,
            {
                "campaign_id": lease_.campaign_id,
                "owner": lease_.owner,
                "epoch": lease_.epoch,
            },
        )
        return found.scalar_one_or_none() is not None

    def clock(self) -> datetime | None:
        """The database's own clock; None for SQLite, whose clock is this machine's."""
        if self._connection.dialect.name != "postgresql":
            return None
        instant: datetime = self._connection.execute(select(func.clock_timestamp())).scalar_one()
        return instant

    def release(self, lease_: Lease) -> None:
        """Give the lease back, if it is still held: it ends at once, its epoch stays."""
        self._connection.execute(
            update(lease)
            .where(
                lease.c.campaign_id == lease_.campaign_id,
                lease.c.owner == lease_.owner,
                lease.c.epoch == lease_.epoch,
            )
            .values(expires_at=EPOCH)
        )


class SqlDecisionLog:
    """The DecisionLog port on a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, decision: LoggedDecision) -> None:
        """Keep one."""
        self.add_all([decision])

    def add_all(self, decisions: Sequence[LoggedDecision]) -> None:
        """Keep several."""
        if decisions:
            log = _LOG[self._connection.dialect.name]
            self._connection.execute(log, [asdict(decision) for decision in decisions])

    def latest(self, campaign_id: str, limit: int) -> list[LoggedDecision]:
        """The newest decisions, newest first."""
        rows = self._connection.execute(
            select(pacing_decision)
            .where(pacing_decision.c.campaign_id == campaign_id)
            .order_by(pacing_decision.c.decided_at.desc())
            .limit(limit)
        )
        return [_decision_from_row(row) for row in rows]

    def at(self, campaign_id: str, instant: datetime) -> LoggedDecision | None:
        """The last decision up to the instant."""
        row = self._connection.execute(
            select(pacing_decision)
            .where(
                pacing_decision.c.campaign_id == campaign_id,
                pacing_decision.c.decided_at <= instant,
            )
            .order_by(pacing_decision.c.decided_at.desc())
            .limit(1)
        ).one_or_none()
        return None if row is None else _decision_from_row(row)

    def between(
        self, campaign_id: str, start: datetime, end: datetime, limit: int
    ) -> list[LoggedDecision]:
        """The first decisions from `start` to before `end`, oldest first."""
        rows = self._connection.execute(
            select(pacing_decision)
            .where(
                pacing_decision.c.campaign_id == campaign_id,
                pacing_decision.c.decided_at >= start,
                pacing_decision.c.decided_at < end,
            )
            .order_by(pacing_decision.c.decided_at)
            .limit(limit)
        )
        return [_decision_from_row(row) for row in rows]

    def forget_before(self, campaign_id: str, instant: datetime, most: int) -> int:
        """Delete what was decided before the instant, `most` of it, the oldest first; how many."""
        old = (
            pacing_decision.c.campaign_id == campaign_id,
            pacing_decision.c.decided_at < instant,
        )
        oldest = select(pacing_decision.c.decided_at).where(*old)
        cut = self._connection.execute(
            oldest.order_by(pacing_decision.c.decided_at).offset(most).limit(1)
        ).scalar_one_or_none()
        within = old if cut is None else (*old, pacing_decision.c.decided_at < cut)
        return self._connection.execute(delete(pacing_decision).where(*within)).rowcount


def _decision_from_row(row: Row[Any]) -> LoggedDecision:
    return LoggedDecision(
        campaign_id=row.campaign_id,
        decided_at=row.decided_at,
        calls=row.calls,
        placed=row.placed,
        bound=row.bound,
        until_at=row.until_at,
        inputs=row.inputs,
    )
