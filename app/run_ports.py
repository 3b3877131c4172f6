"""The ports of `fairdial run`: what a run owns, kept in memory and written many rows at once.

Each of them passes the same conformance suite as the one that it wraps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from app.run_tally import HourlyCalls, LiveCalls, Tally, hour_of
from campaigns.attempt import Attempt
from campaigns.attempt_store import SqlAttempts
from campaigns.campaign import Campaign
from campaigns.events import Disposition
from campaigns.ports import Claimed, LiveCounts, QueueEntry
from campaigns.queue_store import SqlDialQueue
from campaigns.store import SqlCampaigns
from compliance.abandonment import Counts
from compliance.abandonment_definitions import Definition
from compliance.columns import EPOCH
from dialer.agent import Agent
from dialer.ports import Lease, LoggedDecision
from dialer.store import SqlAgents, SqlDecisionLog, SqlLeases


class Held:
    """What a run keeps in memory from one transaction to the next."""

    def __init__(self) -> None:
        self.attempts: dict[str, dict[str, Attempt]] = {}
        self.agents: dict[str, Agent] = {}
        self.campaigns: dict[str, Campaign] = {}
        self.leases: dict[str, Lease] = {}
        self.tally = Tally()


class HeldAttempts(SqlAttempts):
    """Open attempts and counts in memory; changes are written before a query that must see them.

    The counts are complete because a run's account is empty when the run begins.
    """

    def __init__(self, connection: Connection, held: Held) -> None:
        super().__init__(connection)
        self._open = held.attempts
        self._tally = held.tally
        self._new: dict[str, Attempt] = {}
        self._changed: dict[str, Attempt] = {}

    def write(self) -> None:
        """Write what was added and changed since the last time."""
        new, self._new = self._new, {}
        changed, self._changed = self._changed, {}
        super().add(list(new.values()))
        super().save(list(changed.values()))

    def add(self, attempts: Sequence[Attempt]) -> None:
        """Keep new attempts."""
        for attempt in sorted(attempts, key=_order):
            self._new[attempt.id] = attempt
            self._tally.add(attempt)
            self._hold(attempt, was_open=True)

    def save(self, attempts: Sequence[Attempt]) -> None:
        """Keep changed attempts, all but `hang_up_asked_at`."""
        for attempt in attempts:
            into = self._new if attempt.id in self._new else self._changed
            into[attempt.id] = attempt
            held = self._of_campaign(attempt.campaign_id)
            known = held.get(attempt.id, attempt)
            self._hold(
                replace(attempt, hang_up_asked_at=known.hang_up_asked_at),
                was_open=attempt.id in held,
            )

    def _hold(self, attempt: Attempt, *, was_open: bool) -> None:
        held = self._of_campaign(attempt.campaign_id)
        self._tally.change(attempt)
        if attempt.is_open:
            held[attempt.id] = attempt
        elif was_open:
            self._tally.end(attempt)
            held.pop(attempt.id, None)

    def _of_campaign(self, campaign_id: str) -> dict[str, Attempt]:
        if campaign_id not in self._open:
            self._open[campaign_id] = {a.id: a for a in super().open_of(campaign_id)}
        return self._open[campaign_id]

    def open_of(self, campaign_id: str) -> list[Attempt]:
        """Attempts that have not ended, in order of reservation."""
        return list(self._of_campaign(campaign_id).values())

    def lock(self, attempt_ids: Sequence[str]) -> dict[str, Attempt]:
        """The attempts that exist, by id, in order of id."""
        found = {
            attempt_id: held[attempt_id]
            for attempt_id in attempt_ids
            for held in (self._new, self._changed, *self._open.values())
            if attempt_id in held
        }
        missing = [attempt_id for attempt_id in attempt_ids if attempt_id not in found]
        if missing:
            self.write()
            found |= super().lock(missing)
        return dict(sorted(found.items()))

    def campaigns_with_open(self) -> set[str]:
        """The campaigns of all accounts that have attempts which have not ended."""
        self.write()
        return super().campaigns_with_open()

    def ask_hang_up(
        self, account: str, phone: str, at: datetime, campaign_id: str | None = None
    ) -> int:
        """Ask the dialer to end calls to a number on which no agent is yet; how many."""
        self.write()
        self._open.clear()
        return super().ask_hang_up(account, phone, at, campaign_id)

    def to_number(
        self, account: str, phones: Sequence[str], since: datetime
    ) -> dict[str, list[Attempt]]:
        """Attempts on these numbers in any campaign of the account, by number, oldest first."""
        asked = set(phones)
        held_back = (*self._new.values(), *self._changed.values())
        if any(attempt.phone in asked for attempt in held_back):
            self.write()
        return super().to_number(account, phones, since)

    def count_of(self, campaign_id: str, contact_ids: Sequence[str]) -> dict[str, int]:
        """How many attempts the campaign has made on each of these contacts."""
        made = self._tally.made
        return {
            contact_id: made[campaign_id, contact_id]
            for contact_id in contact_ids
            if (campaign_id, contact_id) in made
        }

    def endings(
        self, campaign_id: str, contact_ids: Sequence[str]
    ) -> Mapping[tuple[str, Disposition], int]:
        """How often attempts on these contacts ended in each disposition."""
        return {
            (contact_id, disposition): count
            for contact_id in contact_ids
            for disposition, count in self._tally.ended.get(
                (campaign_id, contact_id), Counter()
            ).items()
        }

    def live_counts(self, campaign_id: str, since: datetime) -> LiveCounts:
        """People who answered since then, and how many of them were abandoned."""
        return self._tally.live.get(campaign_id, LiveCalls()).since(since)

    def counts_under(
        self,
        campaign_id: str,
        definition: Definition,
        since: datetime,
        before: datetime | None = None,
    ) -> Counts:
        """People who answered since then, and the abandoned among them, as a regulator counts."""
        if _is_full_hour(since) and (before is None or _is_full_hour(before)):
            hourly = self._tally.hourly.get(campaign_id, HourlyCalls())
            return hourly.under(definition.name, since, before)
        self.write()
        return super().counts_under(campaign_id, definition, since, before)

    def answered_starts(self, campaign_id: str, since: datetime) -> set[str]:
        """How the numbers begin of people who answered since then."""
        if _is_full_hour(since):
            return self._tally.hourly.get(campaign_id, HourlyCalls()).starts_since(since)
        self.write()
        return super().answered_starts(campaign_id, since)

    def made(self, campaign_id: str, before: datetime | None = None) -> int:
        """How many attempts the campaign has made, or had made before."""
        if before is None:
            return self._tally.made_in_all[campaign_id]
        self.write()
        return super().made(campaign_id, before)

    def first_placed_at(self, campaign_id: str) -> datetime | None:
        """When the campaign's first call was placed."""
        self.write()
        return super().first_placed_at(campaign_id)


def _is_full_hour(instant: datetime) -> bool:
    return instant == hour_of(instant)


def _order(attempt: Attempt) -> tuple[datetime, int, str]:
    return attempt.reserved_at, attempt.list_row, attempt.id


class HeldAgents(SqlAgents):
    """Agents in memory."""

    def __init__(self, connection: Connection, held: dict[str, Agent]) -> None:
        super().__init__(connection)
        self._held = held
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

    def lock(self, agent_ids: Sequence[str]) -> dict[str, Agent]:
        """These agents by id."""
        missing = [agent_id for agent_id in agent_ids if agent_id not in self._held]
        if missing:
            self._held |= super().lock(missing)
        return {key: self._held[key] for key in sorted(agent_ids) if key in self._held}

    def of_campaign(self, campaign_id: str) -> list[Agent]:
        """The agents who work on a campaign, by id."""
        mine = (agent for agent in self._held.values() if agent.campaign_id == campaign_id)
        return sorted(mine, key=_id)

    def lock_of_campaign(self, campaign_id: str) -> list[Agent]:
        """The same."""
        return self.of_campaign(campaign_id)

    def of_account(self, account: str) -> list[Agent]:
        """All agents, by id."""
        self.write()
        return super().of_account(account)


def _id(agent: Agent) -> str:
    return agent.id


class HeldCampaigns(SqlCampaigns):
    """Campaigns in memory."""

    def __init__(self, connection: Connection, held: dict[str, Campaign]) -> None:
        super().__init__(connection)
        self._held = held

    def lock(self, campaign_id: str) -> Campaign:
        """The campaign, or NotFoundError."""
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
