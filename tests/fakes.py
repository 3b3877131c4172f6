"""Storage in dictionaries: every port of a unit of work, for tests that need no database.

The fakes pass the conformance suites that the database's stores pass (tests/conformance).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from campaigns.events import AgentState, Fact, seal
from compliance.case import SuppressionEntry, SuppressionSource
from compliance.ports import WHOLE_ACCOUNT, Suppression
from dialer.agent import Agent
from dialer.inbound_load import InboundLoad
from dialer.ports import Lease, LoggedDecision
from dialer.sharing import Share
from tests.fake_deliveries import FakeDeliveries, FakeWebhooks
from tests.fake_permissions import (
    FakeConsents,
    FakeEvidenceLog,
    FakeOverrides,
    FakeRulebooks,
    FakeSuppressionLists,
)
from tests.fake_rows import (
    Due,
    FakeAttempts,
    FakeCampaigns,
    FakeContactLists,
    FakeDialQueue,
    Port,
    Rows,
    by_id,
)

_Kind = TypeVar("_Kind", bound=Fact)


class FakeSuppressions(Port):
    """The Suppressions port; one thread at a time needs no locks."""

    def lock_numbers(self, account: str, phones: Sequence[str]) -> None:
        """Nobody else is here."""

    def add(self, suppression: Suppression) -> bool:
        """Keep an entry; False if it was there already."""
        key = suppression.account, suppression.address, suppression.scope, suppression.source
        if key in self._rows.suppressions:
            return False
        self._rows.suppressions[key] = suppression
        return True

    def entries(
        self, account: str, campaign_id: str, addresses: Sequence[str]
    ) -> dict[str, tuple[SuppressionEntry, ...]]:
        """The entries that stand against each address, for this campaign."""
        found: dict[str, tuple[SuppressionEntry, ...]] = {}
        for each in self._rows.suppressions.values():
            stands = each.account == account and each.scope in {WHOLE_ACCOUNT, campaign_id}
            if stands and each.address in addresses:
                entry = SuppressionEntry(each.source, each.recorded_at)
                found[each.address] = (*found.get(each.address, ()), entry)
        return found

    def remove(self, account: str, address: str, scope: str, source: SuppressionSource) -> bool:
        """Forget an entry that was wrong; False if there is none."""
        return self._rows.suppressions.pop((account, address, scope, source), None) is not None

    def of_account(self, account: str, limit: int) -> list[Suppression]:
        """The newest entries."""
        mine = [each for each in self._rows.suppressions.values() if each.account == account]
        mine.sort(key=lambda each: (-each.recorded_at.timestamp(), each.address))
        return mine[:limit]


class FakeOutbox(Port):
    """The Outbox port."""

    def __init__(self, rows: Rows, now: datetime) -> None:
        super().__init__(rows)
        self._now = now
        self._waiting: list[tuple[str, Fact]] = []

    def append(self, account: str, *facts: Fact) -> None:
        """Publish these when the unit of work commits."""
        self._waiting.extend((account, fact) for fact in facts)

    def flush(self) -> None:
        """Seal what was appended."""
        rows = self._rows
        for account, fact in self._waiting:
            sequence = rows.sequences.get(fact.subject, 0) + 1
            rows.sequences[fact.subject] = sequence
            event = seal(fact, sequence, account, "test")
            rows.facts[len(rows.facts) + 1] = fact
            for owner, name in sorted(rows.publishers):
                if owner == account:
                    due = Due(account, name, 0, self._now, event)
                    rows.deliveries[max(rows.deliveries, default=0) + 1] = due
        self._waiting.clear()


class FakeJobRuns(Port):
    """The JobRuns port."""

    def take(self, job: str, due_at: datetime, taken_by: str, now: datetime) -> bool:
        """True for the one caller that is to run this job for this instant."""
        if (job, due_at) in self._rows.runs:
            return False
        self._rows.runs[job, due_at] = None
        return True

    def finish(self, job: str, due_at: datetime, now: datetime, error: str | None) -> None:
        """Record how the run ended."""
        self._rows.runs[job, due_at] = error

    def forget_before(self, instant: datetime) -> int:
        """Delete old rows; how many."""
        old = [key for key in self._rows.runs if key[1] < instant]
        for key in old:
            del self._rows.runs[key]
        return len(old)


class FakeAgents(Port):
    """The Agents port."""

    def add(self, agent: Agent) -> None:
        """Keep a new agent."""
        self._rows.agents[agent.id] = agent

    def save(self, agents: Sequence[Agent]) -> None:
        """Keep changed agents."""
        self._rows.agents.update({agent.id: agent for agent in agents})

    def find(self, agent_ids: Sequence[str]) -> dict[str, Agent]:
        """These agents by id."""
        return by_id(self._rows.agents, agent_ids)

    def lock(self, agent_ids: Sequence[str]) -> dict[str, Agent]:
        """The same."""
        return self.find(agent_ids)

    def of_campaign(self, campaign_id: str) -> list[Agent]:
        """The agents who wait for a campaign, serve it, or serve it next, by id."""
        return self._where(
            lambda agent: campaign_id in (agent.campaign_id, agent.serving_campaign_id)
        )

    def lock_for(
        self, campaign_ids: Collection[str], agent_ids: Collection[str] = ()
    ) -> list[Agent]:
        """The agents who wait for these campaigns or serve them next, and these, by id."""
        return self._where(lambda agent: agent.campaign_id in campaign_ids or agent.id in agent_ids)

    def of_account(self, account: str) -> list[Agent]:
        """All agents, by id."""
        return self._where(lambda agent: agent.account == account)

    def shares(self, agent_ids: Collection[str]) -> dict[str, tuple[Share, ...]]:
        """What those of these agents work on who have been given campaigns, by agent."""
        found: dict[str, tuple[Share, ...]] = {}
        for (agent_id, _), share in sorted(self._rows.shares.items()):
            if agent_id in agent_ids:
                found[agent_id] = (*found.get(agent_id, ()), share)
        return found

    def save_shares(self, shares: Collection[Share]) -> None:
        """Keep changed shares."""
        self._rows.shares.update({(s.agent_id, s.campaign_id): s for s in shares})

    def share(self, agent_id: str, shares: Collection[Share]) -> None:
        """Let an agent work on these campaigns and no others."""
        for key in [key for key in self._rows.shares if key[0] == agent_id]:
            del self._rows.shares[key]
        self.save_shares(shares)

    def with_idle_sharers(self) -> list[str]:
        """The campaigns of all accounts for which agents wait who have been given campaigns."""
        sharers = {agent_id for agent_id, _ in self._rows.shares}
        idle = self._where(lambda a: a.id in sharers and a.state is AgentState.IDLE)
        return sorted({agent.campaign_id for agent in idle if agent.campaign_id is not None})

    def _where(self, is_wanted: Callable[[Agent], bool]) -> list[Agent]:
        found = [agent for agent in self._rows.agents.values() if is_wanted(agent)]
        return sorted(found, key=lambda agent: agent.id)


class FakeInbound(Port):
    """The Inbound port."""

    def of(self, campaign_id: str) -> InboundLoad | None:
        """The load of the campaign's agents; None: nothing was ever reported."""
        return self._rows.inbound.get(campaign_id)

    def lock(self, campaign_id: str) -> InboundLoad | None:
        """The same."""
        return self.of(campaign_id)

    def put(self, campaign_id: str, load: InboundLoad) -> None:
        """Keep a load; it takes the place of the one before."""
        self._rows.inbound[campaign_id] = load


class FakeLeases(Port):
    """The Leases port."""

    def acquire(
        self, campaign_id: str, owner: str, now: datetime, expires_at: datetime
    ) -> Lease | None:
        """Take or renew the lease; a new owner raises the epoch. None: another one has it."""
        held = self._rows.leases.get(campaign_id)
        runs = held is not None and held.expires_at > now
        if held is not None and runs and held.owner != owner:
            return None
        epoch = 1 if held is None else held.epoch + (0 if runs else 1)
        self._rows.leases[campaign_id] = Lease(campaign_id, owner, epoch, expires_at)
        return self._rows.leases[campaign_id]

    def holds(self, lease: Lease) -> bool:
        """Whether the lease is still that owner's at that epoch."""
        held = self._rows.leases.get(lease.campaign_id)
        return held is not None and (held.owner, held.epoch) == (lease.owner, lease.epoch)

    def clock(self) -> datetime | None:
        """None: it has no clock of its own."""
        return None

    def release(self, lease: Lease) -> None:
        """Give the lease back, if it is still held."""
        if self.holds(lease):
            ended = datetime.min.replace(tzinfo=lease.expires_at.tzinfo)
            self._rows.leases[lease.campaign_id] = replace(lease, expires_at=ended)


class FakeDecisionLog(Port):
    """The DecisionLog port."""

    def add(self, decision: LoggedDecision) -> None:
        """Keep one."""
        self._rows.decisions[decision.campaign_id, decision.decided_at] = decision

    def latest(self, campaign_id: str, limit: int) -> list[LoggedDecision]:
        """The newest decisions, newest first."""
        mine = [d for (key, _), d in self._rows.decisions.items() if key == campaign_id]
        return sorted(mine, key=lambda d: d.decided_at, reverse=True)[:limit]

    def at(self, campaign_id: str, instant: datetime) -> LoggedDecision | None:
        """The last decision up to the instant."""
        past = (d for d in self.latest(campaign_id, len(self._rows.decisions)))
        return next((d for d in past if d.decided_at <= instant), None)

    def between(
        self, campaign_id: str, start: datetime, end: datetime, limit: int
    ) -> list[LoggedDecision]:
        """The first decisions from `start` to before `end`, oldest first."""
        newest_first = self.latest(campaign_id, len(self._rows.decisions))
        return [d for d in reversed(newest_first) if start <= d.decided_at < end][:limit]

    def forget_before(self, campaign_id: str, instant: datetime, most: int) -> int:
        """Delete what was decided before the instant, `most` of it, the oldest first; how many."""
        old = sorted(k for k in self._rows.decisions if k[0] == campaign_id and k[1] < instant)
        for key in old[:most]:
            del self._rows.decisions[key]
        return len(old[:most])


class FakeUnitOfWork:
    """Every port over the same rows."""

    def __init__(self, rows: Rows, now: datetime) -> None:
        self.contact_lists = FakeContactLists(rows)
        self.campaigns = FakeCampaigns(rows)
        self.queue = FakeDialQueue(rows)
        self.attempts = FakeAttempts(rows)
        self.suppressions = FakeSuppressions(rows)
        self.suppression_lists = FakeSuppressionLists(rows)
        self.consents = FakeConsents(rows)
        self.overrides = FakeOverrides(rows)
        self.evidence = FakeEvidenceLog(rows)
        self.rulebooks = FakeRulebooks(rows)
        self.outbox = FakeOutbox(rows, now)
        self.deliveries = FakeDeliveries(rows)
        self.webhooks = FakeWebhooks(rows)
        self.job_runs = FakeJobRuns(rows)
        self.agents = FakeAgents(rows)
        self.inbound = FakeInbound(rows)
        self.leases = FakeLeases(rows)
        self.decisions = FakeDecisionLog(rows)


class FakeDatabase:
    """Begins units of work; `rows` can be looked at when none is open."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.rows = Rows()
        self._now = now

    @contextmanager
    def __call__(self) -> Iterator[FakeUnitOfWork]:
        """A unit of work: kept on leaving, or none of it if an exception leaves."""
        rows = self.rows.copy()
        unit = FakeUnitOfWork(rows, self._now())
        yield unit
        unit.outbox.flush()
        unit.evidence.flush()
        self.rows = rows

    def facts(self, kind: type[_Kind]) -> list[_Kind]:
        """The facts of one kind that were published, in order."""
        return [fact for fact in self.rows.facts.values() if isinstance(fact, kind)]
