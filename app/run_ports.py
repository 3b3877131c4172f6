"""The ports of `fairdial run`: what a run owns, kept in memory and written many rows at once.

Each of them passes the same conformance suite as the one that it wraps.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from app.run_tally import Tally
from campaigns.attempt import Attempt
from campaigns.campaign import Campaign
from campaigns.ports import Claimed, QueueEntry
from campaigns.queue_store import SqlDialQueue
from campaigns.store import SqlCampaigns
from compliance.columns import EPOCH
from dialer.agent import Agent
from dialer.inbound_load import InboundLoad
from dialer.ports import Lease, LoggedDecision
from dialer.sharing import Share
from dialer.store import SqlAgents, SqlDecisionLog, SqlInbound, SqlLeases


class Held:
    """What a run keeps in memory from one transaction to the next."""

    def __init__(self) -> None:
        self.attempts: dict[str, dict[str, Attempt]] = {}
        self.agents: dict[str, Agent] = {}
        self.shares: dict[str, tuple[Share, ...]] = {}
        self.inbound: dict[str, InboundLoad | None] = {}
        self.campaigns: dict[str, Campaign] = {}
        self.leases: dict[str, Lease] = {}
        self.tally = Tally()


class HeldAgents(SqlAgents):
    """Agents in memory."""

    def __init__(self, connection: Connection, held: Held) -> None:
        super().__init__(connection)
        self._held = held.agents
        self._shares = held.shares
        self._changed: dict[str, Agent] = {}

    def write(self) -> None:
        """Write what was changed since the last time."""
        changed, self._changed = self._changed, {}
        super().save(list(changed.values()))

    def add(self, agent: Agent) -> None:
        """Keep a new agent."""
        super().add(agent)
        self._held[agent.id] = agent

    def save(self, agents: Sequence[Agent]) -> None:
        """Keep changed agents."""
        for agent in agents:
            self._changed[agent.id] = self._held[agent.id] = agent

    def find(self, agent_ids: Sequence[str]) -> dict[str, Agent]:
        """These agents by id."""
        missing = [agent_id for agent_id in agent_ids if agent_id not in self._held]
        if missing:
            self._held |= super().find(missing)
        return {key: self._held[key] for key in sorted(agent_ids) if key in self._held}

    def lock(self, agent_ids: Sequence[str]) -> dict[str, Agent]:
        """The same."""
        return self.find(agent_ids)

    def of_campaign(self, campaign_id: str) -> list[Agent]:
        """The agents who wait for a campaign, serve it, or serve it next, by id."""
        mine = (
            agent
            for agent in self._held.values()
            if campaign_id in (agent.campaign_id, agent.serving_campaign_id)
        )
        return sorted(mine, key=_id)

    def lock_for(
        self, campaign_ids: Collection[str], agent_ids: Collection[str] = ()
    ) -> list[Agent]:
        """The agents who wait for these campaigns or serve them next, and these, by id."""
        found = self.lock(sorted(agent_ids))
        theirs = (agent for agent in self._held.values() if agent.campaign_id in campaign_ids)
        return sorted((found | {agent.id: agent for agent in theirs}).values(), key=_id)

    def of_account(self, account: str) -> list[Agent]:
        """All agents, by id."""
        self.write()
        return super().of_account(account)

    def shares(self, agent_ids: Collection[str]) -> dict[str, tuple[Share, ...]]:
        """What those of these agents work on who have been given campaigns, by agent."""
        missing = [agent_id for agent_id in agent_ids if agent_id not in self._shares]
        if missing:
            self._shares |= dict.fromkeys(missing, ()) | super().shares(missing)
        return {key: self._shares[key] for key in sorted(agent_ids) if self._shares[key]}

    def save_shares(self, shares: Collection[Share]) -> None:
        """Keep changed shares."""
        super().save_shares(shares)
        for share in shares:
            self._shares.pop(share.agent_id, None)

    def share(self, agent_id: str, shares: Collection[Share]) -> None:
        """Let an agent work on these campaigns and no others."""
        super().share(agent_id, shares)
        self._shares.pop(agent_id, None)

    def with_idle_sharers(self) -> list[str]:
        """The campaigns of all accounts for which agents wait who have been given campaigns."""
        self.write()
        return super().with_idle_sharers()


def _id(agent: Agent) -> str:
    return agent.id


class HeldInbound(SqlInbound):
    """Inbound loads in memory."""

    def __init__(self, connection: Connection, held: dict[str, InboundLoad | None]) -> None:
        super().__init__(connection)
        self._held = held

    def of(self, campaign_id: str) -> InboundLoad | None:
        """The load of the campaign's agents; None: nothing was ever reported."""
        if campaign_id not in self._held:
            self._held[campaign_id] = super().of(campaign_id)
        return self._held[campaign_id]

    def lock(self, campaign_id: str) -> InboundLoad | None:
        """The same."""
        return self.of(campaign_id)

    def put(self, campaign_id: str, load: InboundLoad) -> None:
        """Keep a load; it takes the place of the one before."""
        super().put(campaign_id, load)
        self._held[campaign_id] = load


class HeldCampaigns(SqlCampaigns):
    """Campaigns in memory."""

    def __init__(self, connection: Connection, held: dict[str, Campaign]) -> None:
        super().__init__(connection)
        self._held = held

    def get(self, account: str, campaign_id: str) -> Campaign:
        """The campaign, or NotFoundError."""
        held = self._held.get(campaign_id)
        return held if held and held.account == account else super().get(account, campaign_id)

    def lock(self, campaign_id: str) -> Campaign:
        """The campaign of any account, or NotFoundError."""
        if campaign_id not in self._held:
            self._held[campaign_id] = super().lock(campaign_id)
        return self._held[campaign_id]

    def save(self, campaign: Campaign) -> None:
        """Keep state and settings."""
        super().save(campaign)
        self._held[campaign.id] = campaign


COUNTED_AHEAD = 1000
"""Ready contacts are counted up to here, so that the count lasts for many claims."""


class HeldQueue(SqlDialQueue):
    """What is next in the queue, remembered until the queue changes."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._due: dict[str, datetime | None] = {}
        self._ready: dict[str, tuple[int, int]] = {}

    def _changed(self) -> None:
        self._due.clear()
        self._ready.clear()

    def next_due_at(self, campaign_id: str) -> datetime | None:
        """When the next contact that waits becomes ready; None when none waits."""
        if campaign_id not in self._due:
            self._due[campaign_id] = super().next_due_at(campaign_id)
        return self._due[campaign_id]

    def ready_count(self, campaign_id: str, at_most: int) -> int:
        """How many contacts are ready, counted up to `at_most`."""
        found, up_to = self._ready.get(campaign_id, (0, 0))
        if found == up_to and up_to < at_most:
            up_to = max(at_most, COUNTED_AHEAD)
            found = super().ready_count(campaign_id, up_to)
            self._ready[campaign_id] = (found, up_to)
        return min(found, at_most)

    def enroll(self, campaign: Campaign, at: datetime) -> int:
        """Queue the list's contacts that the campaign does not have yet; how many."""
        self._changed()
        return super().enroll(campaign, at)

    def wake(self, campaign_id: str, now: datetime, limit: int) -> int:
        """Make contacts ready whose time has come, at most `limit`; how many."""
        self._changed()
        return super().wake(campaign_id, now, limit)

    def claim(self, campaign_id: str, limit: int) -> list[Claimed]:
        """Take the next ready contacts out of the queue, in order."""
        claimed = super().claim(campaign_id, limit)
        if campaign_id in self._ready:
            found, up_to = (max(0, count - len(claimed)) for count in self._ready[campaign_id])
            self._ready[campaign_id] = (found, up_to)
        return claimed

    def put_back(self, campaign_id: str, entries: Sequence[QueueEntry]) -> None:
        """Queue contacts again for their `next_attempt_at`."""
        super().put_back(campaign_id, entries)
        if entries and campaign_id in self._due:
            known = self._due[campaign_id]
            soonest = min(entry.next_attempt_at for entry in entries)
            self._due[campaign_id] = soonest if known is None else min(known, soonest)

    def wake_deferred(self, campaign_id: str, now: datetime) -> int:
        """Let contacts that screening deferred be screened again now; how many."""
        self._changed()
        return super().wake_deferred(campaign_id, now)

    def remove(self, campaign_id: str, limit: int) -> list[str]:
        """Take contacts out of the queue for good, in order of the list; their ids."""
        self._changed()
        return super().remove(campaign_id, limit)


class HeldDecisions(SqlDecisionLog):
    """Decisions, written many at once."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._new: list[LoggedDecision] = []

    def write(self) -> None:
        """Write what was added since the last time."""
        new, self._new = self._new, []
        self.add_all(new)

    def add(self, decision: LoggedDecision) -> None:
        """Keep one."""
        self._new.append(decision)

    def latest(self, campaign_id: str, limit: int) -> list[LoggedDecision]:
        """The newest decisions, newest first."""
        self.write()
        return super().latest(campaign_id, limit)

    def at(self, campaign_id: str, instant: datetime) -> LoggedDecision | None:
        """The last decision up to the instant."""
        self.write()
        return super().at(campaign_id, instant)

    def between(
        self, campaign_id: str, start: datetime, end: datetime, limit: int
    ) -> list[LoggedDecision]:
        """The first decisions from `start` to before `end`, oldest first."""
        self.write()
        return super().between(campaign_id, start, end, limit)

    def forget_before(self, campaign_id: str, instant: datetime, most: int) -> int:
        """Delete what was decided before the instant, `most` of it, the oldest first; how many."""
        self.write()
        return super().forget_before(campaign_id, instant, most)


class OwnLeases(SqlLeases):
    """Leases of a run, whose time is virtual; nobody else takes them."""

    def __init__(self, connection: Connection, held: Held) -> None:
        super().__init__(connection)
        self._held = held.leases
        self._renewed: dict[str, Lease] = {}

    def write(self) -> None:
        """Write the leases that were renewed since the last time."""
        renewed, self._renewed = self._renewed, {}
        for lease in renewed.values():
            super().acquire(lease.campaign_id, lease.owner, EPOCH, lease.expires_at)

    def acquire(
        self, campaign_id: str, owner: str, now: datetime, expires_at: datetime
    ) -> Lease | None:
        """Take or renew the lease; a new owner raises the epoch. None: another one has it."""
        held = self._held.get(campaign_id)
        if held is not None and held.owner == owner and held.expires_at > now:
            self._held[campaign_id] = replace(held, expires_at=expires_at)
            self._renewed[campaign_id] = self._held[campaign_id]
            return self._held[campaign_id]
        self.write()
        lease = super().acquire(campaign_id, owner, now, expires_at)
        if lease is not None:
            self._held[campaign_id] = lease
        return lease

    def release(self, lease: Lease) -> None:
        """Give the lease back, if it is still held."""
        self.write()
        super().release(lease)
        self._held.pop(lease.campaign_id, None)

    def holds(self, lease: Lease) -> bool:
        """Whether the lease is still that owner's at that epoch."""
        held = self._held.get(lease.campaign_id)
        if held is None:
            return super().holds(lease)
        return (held.owner, held.epoch) == (lease.owner, lease.epoch)

    def clock(self) -> datetime | None:
        """None: the database's clock has nothing to do with the run's."""
        return None
