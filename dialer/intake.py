"""What has happened: reports and deadlines taken in, kept, learnt from, and answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

import structlog

from campaigns.attempt import Attempt
from campaigns.campaign import Campaign
from campaigns.events import AgentStateChanged
from dialer import observing
from dialer.call import CallReport
from dialer.commands import send
from dialer.forecast import Learnt, Observation
from dialer.outcomes import Outcome, abandon_overdue, apply_reports, serve_waiting
from dialer.ports import Carrier, DialerUnitOfWork, DialerUnitOfWorkFactory

log = structlog.get_logger()

_News = TypeVar("_News")


class Intake:
    """Takes in what one carrier reports, for whatever campaigns its calls belong to.

    `learnt_of` gives what a campaign's pacing has learnt, None if this worker does not pace it.
    """

    def __init__(
        self,
        unit_of_work: DialerUnitOfWorkFactory,
        carrier: Carrier,
        learnt_of: Callable[[str], Learnt | None],
        on_agent_facts: Callable[[Sequence[AgentStateChanged]], None],
    ) -> None:
        self._unit_of_work = unit_of_work
        self._carrier = carrier
        self._learnt_of = learnt_of
        self._on_agent_facts = on_agent_facts
        self._deadlines: dict[str, tuple[str, datetime]] = {}
        self._unapplied: list[CallReport] = []
        self.campaigns: dict[str, Campaign] = {}

    def take_in(self, now: datetime) -> None:
        """Apply what the carrier has reported since the last time."""
        # Kept until they are applied: a transaction that fails must not lose a call's end.
        self._unapplied.extend(self._carrier.reports(now))
        if self._unapplied:
            self.apply(self._unapplied, now)
            self._unapplied = []

    def apply(self, reports: Sequence[CallReport], now: datetime) -> None:
        """Apply reports and do what follows from them."""
        with self._unit_of_work() as uow:
            outcome = apply_reports(uow, reports, self.campaign_of(uow), now)
        for report in outcome.unknown:
            log.warning("report about a call that nobody placed", attempt_id=report.attempt_id)
        self.follow(outcome)

    def expire(self, now: datetime) -> None:
        """Play the recorded message to whoever has waited as long as permitted."""
        due = sorted({c for c, connect_by in self._deadlines.values() if connect_by <= now})
        for campaign_id in due:
            with self._unit_of_work() as uow:
                outcome = abandon_overdue(uow, self.campaign_of(uow)(campaign_id), now)
            self.follow(outcome)
        self._deadlines = {key: value for key, value in self._deadlines.items() if value[1] > now}

    def next_deadline(self) -> datetime | None:
        """When somebody will have waited as long as permitted, unless an agent comes."""
        return min((connect_by for _, connect_by in self._deadlines.values()), default=None)

    def follow(self, outcome: Outcome) -> None:
        """Once it is kept: learn from it, remember deadlines, tell the carrier."""
        for change in outcome.changes:
            self.note_deadline(change[1])
            self.learn(change[1].campaign_id, observing.of_changes, [change])
        for fact in outcome.agent_facts:
            if fact.campaign_id is not None:
                self.learn(fact.campaign_id, observing.of_agents, [fact])
        for campaign_id, fact in outcome.guest_facts:
            self.learn(campaign_id, observing.of_guests, [fact])
        self._on_agent_facts(outcome.agent_facts)
        send(self._carrier, outcome.commands)
        for campaign_id, now in sorted(outcome.freed.items()):
            self.serve(campaign_id, now)

    def serve(self, campaign_id: str, now: datetime) -> None:
        """Give the campaign's free agents to whoever waits."""
        with self._unit_of_work() as uow:
            outcome = serve_waiting(uow, self.campaign_of(uow)(campaign_id), now)
        self.follow(outcome)

    def learn(
        self,
        campaign_id: str,
        observe: Callable[[Sequence[_News], datetime], list[Observation]],
        news: Sequence[_News],
    ) -> None:
        """Let the campaign's pacing learn from what has happened, if this worker paces it."""
        learnt = self._learnt_of(campaign_id)
        if learnt is None:
            return
        for seen in observe(news, self.campaigns[campaign_id].settings.start_at):
            learnt.observe(seen)

    def note_deadline(self, attempt: Attempt) -> None:
        """Remember by when a waiting person must have an agent, or that nobody waits any more."""
        if attempt.is_waiting and attempt.connect_by is not None:
            self._deadlines[attempt.id] = (attempt.campaign_id, attempt.connect_by)
        else:
            self._deadlines.pop(attempt.id, None)

    def campaign_of(self, uow: DialerUnitOfWork) -> Callable[[str], Campaign]:
        """Finds campaigns by id: as last seen by this worker, else in the database."""

        def find(campaign_id: str) -> Campaign:
            if campaign_id not in self.campaigns:
                self.campaigns[campaign_id] = uow.campaigns.lock(campaign_id)
            return self.campaigns[campaign_id]

        return find
