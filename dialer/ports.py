"""What the dial loop asks of the carrier, of agents' states, of leases and of the decision log.

Each port has one conformance suite (tests/conformance) that every implementation passes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from campaigns.ports import UnitOfWork
from compliance.screening import Allow
from dialer.agent import Agent
from dialer.call import CallReport
from dialer.inbound_load import InboundLoad
from dialer.sharing import Share


class CarrierRefusedError(Exception):
    """The carrier did not take the request; nothing was dialed."""


@dataclass(frozen=True, slots=True)
class CallRequest:
    """One call to place; `attempt_id` is the idempotency key, so a second request is the same call.

    `plays_message`: an agentless call, which plays its recording to whoever answers.
    """

    attempt_id: str
    campaign_id: str
    contact_id: str
    dial_by: datetime
    max_ring_seconds: float
    detects_machines: bool
    plays_message: bool


class Carrier(Protocol):
    """A telephone network that places calls for us and reports on them.

    `place` takes the Allow of screening itself: a dial that nobody screened does not type-check.
    Every method but `place` is a request about a call that may be gone already; then it does
    nothing. Requests are never repeated by the client library on its own (invariant D2).
    """

    name: str

    def place(self, allow: Allow, request: CallRequest) -> None:
        """Dial; CarrierRefusedError if the request was not taken."""

    def connect(self, attempt_id: str, agent_id: str) -> None:
        """Bring the agent and the answered call together."""

    def play_message(self, attempt_id: str) -> None:
        """Play the recorded message to the answered call, then hang up."""

    def hang_up(self, attempt_id: str) -> None:
        """End the call, ringing or answered."""

    def reports(self, now: datetime) -> list[CallReport]:
        """What has become known since the last time: in any order, and perhaps twice."""

    def find(self, attempt_id: str) -> CallReport | None:
        """What is known of one call; None if the carrier has never heard of it."""

    def is_up(self, now: datetime) -> bool:
        """Whether calls can be placed now."""


class Agents(Protocol):
    """Agents and their states. Methods whose name starts with `lock` hold the rows."""

    def add(self, agent: Agent) -> None:
        """Keep a new agent."""

    def save(self, agents: Sequence[Agent]) -> None:
        """Keep changed agents."""

    def find(self, agent_ids: Sequence[str]) -> dict[str, Agent]:
        """These agents by id, as they are kept."""

    def lock(self, agent_ids: Sequence[str]) -> dict[str, Agent]:
        """The same, their rows locked."""

    def of_campaign(self, campaign_id: str) -> list[Agent]:
        """The agents who wait for a campaign, serve it, or serve it next, by id."""

    def lock_for(
        self, campaign_ids: Collection[str], agent_ids: Collection[str] = ()
    ) -> list[Agent]:
        """The agents who wait for these campaigns or serve them next, and these agents, by id.

        Their rows are locked by one statement and in that order: units of work that take all the
        agents that they need so cannot wait for each other in a ring.
        """

    def of_account(self, account: str) -> list[Agent]:
        """All agents, by id."""

    def shares(self, agent_ids: Collection[str]) -> dict[str, tuple[Share, ...]]:
        """What those of these agents work on who have been given campaigns, by agent.

        An agent's shares are in order of the campaigns' ids.
        """

    def save_shares(self, shares: Collection[Share]) -> None:
        """Keep changed shares."""

    def share(self, agent_id: str, shares: Collection[Share]) -> None:
        """Let an agent work on these campaigns and no others."""

    def with_idle_sharers(self) -> list[str]:
        """The campaigns of all accounts for which agents wait who have been given campaigns."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to pace one campaign, until `expires_at` (the database's instant)."""

    campaign_id: str
    owner: str
    epoch: int
    expires_at: datetime


class Leases(Protocol):
    """Who paces which campaign (P1)."""

    def acquire(
        self, campaign_id: str, owner: str, now: datetime, expires_at: datetime
    ) -> Lease | None:
        """Take or renew the lease; a new owner raises the epoch. None: another one has it."""

    def holds(self, lease: Lease) -> bool:
        """Whether the lease is still that owner's at that epoch; its row stays locked."""

    def clock(self) -> datetime | None:
        """The database's own clock; None where it has none of its own."""

    def release(self, lease: Lease) -> None:
        """Give the lease back, if it is still held."""


class Inbound(Protocol):
    """What a call distributor (ACD) has reported of inbound calls, by campaign."""

    def of(self, campaign_id: str) -> InboundLoad | None:
        """The load of the campaign's agents; None: nothing was ever reported."""

    def lock(self, campaign_id: str) -> InboundLoad | None:
        """The same, its row locked."""

    def put(self, campaign_id: str, load: InboundLoad) -> None:
        """Keep a load; it takes the place of the one before."""


@dataclass(frozen=True, slots=True)
class LoggedDecision:
    """What one tick decided, what bound it, and from which figures.

    `calls` is what pacing decided, `placed` what screening and the list let through; `until_at` is
    when the next contact becomes callable, where nobody is now.
    """

    campaign_id: str
    decided_at: datetime
    calls: int
    placed: int
    bound: str
    until_at: datetime | None
    inputs: Mapping[str, float | int]


class DecisionLog(Protocol):
    """Every tick's decision, kept."""

    def add(self, decision: LoggedDecision) -> None:
        """Keep one."""

    def latest(self, campaign_id: str, limit: int) -> list[LoggedDecision]:
        """The newest decisions, newest first."""

    def at(self, campaign_id: str, instant: datetime) -> LoggedDecision | None:
        """The last decision up to the instant."""

    def between(
        self, campaign_id: str, start: datetime, end: datetime, limit: int
    ) -> list[LoggedDecision]:
        """The first decisions from `start` to before `end`, oldest first."""

    def forget_before(self, campaign_id: str, instant: datetime, most: int) -> int:
        """Delete what was decided before the instant, `most` of it, the oldest first; how many."""


class DialerUnitOfWork(UnitOfWork, Protocol):
    """A unit of work that also reaches what the dialer keeps."""

    @property
    def agents(self) -> Agents: ...
    @property
    def inbound(self) -> Inbound: ...
    @property
    def leases(self) -> Leases: ...
    @property
    def decisions(self) -> DecisionLog: ...


class DialerUnitOfWorkFactory(Protocol):
    """Begins a unit of work of the dialer."""

    def __call__(self) -> AbstractContextManager[DialerUnitOfWork]:
        """Enter to begin, leave to commit."""
