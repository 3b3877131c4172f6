"""The unit of work of `fairdial run`: many kept as one, and what the run owns kept in memory.

Nobody else writes to a run's account, and a run that fails is forgotten whole. So its units of work
need not be kept one by one: open attempts, agents and the campaign are read once and then held
here, changes are written together, and a virtual minute is one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection, Engine

from app.database import SqlUnitOfWork
from app.run_attempts import HeldAttempts
from app.run_permissions import (
    HeldPermissions,
    OwnConsents,
    OwnOverrides,
    OwnSuppressionLists,
    OwnSuppressions,
)
from app.run_ports import (
    Held,
    HeldAgents,
    HeldCampaigns,
    HeldDecisions,
    HeldInbound,
    HeldQueue,
    OwnLeases,
)


class _RunUnitOfWork(SqlUnitOfWork):
    """One transaction that holds many units of work."""

    def __init__(
        self,
        connection: Connection,
        region: str,
        now: datetime,
        evidence_key: bytes,
        held: Held,
        permissions: HeldPermissions,
    ) -> None:
        super().__init__(connection, region, now, evidence_key, permissions.numbers)
        self._held = held
        self._permissions = permissions

    @cached_property
    def attempts(self) -> HeldAttempts:
        """Attempts, open and final."""
        return HeldAttempts(self.connection, self._held)

    @cached_property
    def agents(self) -> HeldAgents:
        """Agents and their states."""
        return HeldAgents(self.connection, self._held)

    @cached_property
    def campaigns(self) -> HeldCampaigns:
        """Campaigns and their states."""
        return HeldCampaigns(self.connection, self._held.campaigns)

    @cached_property
    def queue(self) -> HeldQueue:
        """Who is next."""
        return HeldQueue(self.connection)

    @cached_property
    def suppressions(self) -> OwnSuppressions:
        """Numbers and addresses that must not be reached."""
        return OwnSuppressions(self.connection, self._permissions)

    @cached_property
    def suppression_lists(self) -> OwnSuppressionLists:
        """Lists and areas that must not be reached."""
        return OwnSuppressionLists(self.connection, self._permissions)

    @cached_property
    def consents(self) -> OwnConsents:
        """Consent records, and messages that wait for a reader."""
        return OwnConsents(self.connection, self._permissions)

    @cached_property
    def overrides(self) -> OwnOverrides:
        """Campaigns' own rules that a person lifted."""
        return OwnOverrides(self.connection, self._permissions)

    @cached_property
    def inbound(self) -> HeldInbound:
        """What is known of inbound calls."""
        return HeldInbound(self.connection, self._held.inbound)

    @cached_property
    def leases(self) -> OwnLeases:
        """Who paces which campaign."""
        return OwnLeases(self.connection, self._held)

    @cached_property
    def decisions(self) -> HeldDecisions:
        """Every tick's decision."""
        return HeldDecisions(self.connection)

    def write(self) -> None:
        """Write everything that is still held back."""
        self.attempts.write()
        self.agents.write()
        self.decisions.write()
        self.leases.write()
        self.outbox.flush()
        self.evidence.flush()


class RunDatabase:
    """Begins units of work of a run; `keep` makes the ones so far last. Close it when done.

    The account that it is used for must be empty to begin with.
    """

    def __init__(
        self, engine: Engine, now: Callable[[], datetime], region: str, evidence_key: bytes
    ) -> None:
        self._connection = engine.connect()
        self._now = now
        self._region = region
        self._evidence_key = evidence_key
        self._held = Held()
        self._permissions = HeldPermissions()
        self._unit = self._begin()

    def _begin(self) -> _RunUnitOfWork:
        self._connection.begin()
        return _RunUnitOfWork(
            self._connection,
            self._region,
            self._now(),
            self._evidence_key,
            self._held,
            self._permissions,
        )

    @contextmanager
    def __call__(self) -> Iterator[SqlUnitOfWork]:
        """A unit of work; `keep` writes and commits it with those before it."""
        yield self._unit

    def keep(self) -> None:
        """Write and commit all units of work so far."""
        self._unit.write()
        self._connection.commit()
        self._unit = self._begin()

    def close(self) -> None:
        """Give the connection back; what was not kept is gone."""
        self._connection.close()
