"""What follows from what has happened: calls, agents, dispositions, retries and facts.

Each public function works within one unit of work and returns what the carrier is to do once that
is kept, so that a fact, the state it tells of and the next step stand or fall together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from campaigns.attempt import Attempt, AttemptState
from campaigns.campaign import Campaign
from campaigns.events import (
    AgentState,
    AgentStateChanged,
    ContactFinished,
    Disposition,
    FinishReason,
)
from campaigns.ports import QueueEntry
from campaigns.retry import Finished, after_attempt
from compliance.abandonment_definitions import AnsweredBy
from compliance.case import DialMode
from dialer.agent import Agent, enter, may_leave
from dialer.call import CallReport, apply, facts_of_change
from dialer.commands import Command, Connect, HangUp, PlayMessage
from dialer.decision_evidence import of_outcome
from dialer.ports import DialerUnitOfWork
from dialer.routing import match

CampaignOf = Callable[[str], Campaign]
Change = tuple[Attempt, Attempt]
"""An attempt before and after."""


@dataclass(slots=True)
class Outcome:
    """What a unit of work came to.

    `changes` and `agent_facts` are for whoever learns from them; `unknown` are reports about calls
    that nobody here placed.
    """

    commands: list[Command] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    agent_facts: list[AgentStateChanged] = field(default_factory=list)
    unknown: list[CallReport] = field(default_factory=list)


def apply_reports(
    uow: DialerUnitOfWork, reports: Sequence[CallReport], campaign_of: CampaignOf, now: datetime
) -> Outcome:
    """Take in the carrier's reports, in any order and any number of copies."""
    outcome = Outcome()
    known = uow.attempts.lock(sorted({report.attempt_id for report in reports}))
    latest = dict(known)
    for report in reports:
        attempt = latest.get(report.attempt_id)
        if attempt is None:
            outcome.unknown.append(report)
            continue
        target = campaign_of(attempt.campaign_id).settings.abandonment
        latest[attempt.id] = apply(attempt, report, target)
    changes: dict[str, list[Change]] = defaultdict(list)
    for attempt_id, before in known.items():
        if latest[attempt_id] != before:
            changes[before.campaign_id].append((before, latest[attempt_id]))
    for campaign_id, changed in sorted(changes.items()):
        _settle(uow, campaign_of(campaign_id), changed, now, outcome)
    return outcome


def abandon_overdue(uow: DialerUnitOfWork, campaign: Campaign, now: datetime) -> Outcome:
    """Play the recorded message to everyone who has waited as long as the law permits."""
    outcome = Outcome()
    overdue = [
        attempt.id
        for attempt in uow.attempts.open_of(campaign.id)
        if attempt.is_waiting and attempt.connect_by is not None and attempt.connect_by <= now
    ]
    # Read again under a lock: another process may have connected or ended it meanwhile.
    changes = [
        (attempt, replace(attempt, abandoned_at=now, abandoned=True, state=AttemptState.ABANDONED))
        for attempt in uow.attempts.lock(overdue).values()
        if attempt.is_waiting
    ]
    _settle(uow, campaign, changes, now, outcome)
    outcome.commands.extend(PlayMessage(after.id) for _, after in changes)
    return outcome


def change_agent(
    uow: DialerUnitOfWork, campaign: Campaign | None, agent: Agent, state: AgentState, now: datetime
) -> Outcome:
    """Bring a locked agent into a state that they chose, and give them a waiting call if free."""
    outcome = Outcome()
    changed, fact = enter(agent, state, now)
    uow.agents.save([changed])
    _tell(uow, agent.account, [fact], outcome)
    if campaign is not None and state is AgentState.IDLE:
        _serve_all(uow, campaign, now, outcome)
    return outcome


def serve_waiting(uow: DialerUnitOfWork, campaign: Campaign, now: datetime) -> Outcome:
    """Give those who wait for an agent to whoever is free."""
    outcome = Outcome()
    _serve_all(uow, campaign, now, outcome)
    return outcome


def _serve_all(uow: DialerUnitOfWork, campaign: Campaign, now: datetime, outcome: Outcome) -> None:
    waiting = [a for a in uow.attempts.open_of(campaign.id) if a.is_waiting]
    if waiting:
        _serve(uow, campaign, waiting, now, outcome)


def let_leave(
    uow: DialerUnitOfWork,
    campaign: Campaign,
    agents: Sequence[Agent],
    in_flight: Iterable[Attempt],
    now: datetime,
) -> Outcome:
    """Send those agents on break or home who asked for it and whom no call counts on any more."""
    outcome = Outcome()
    if not any(agent.leaving for agent in agents):
        return outcome
    needy = [attempt.reserved_at for attempt in in_flight if may_need_agent(attempt)]
    for agent in uow.agents.lock([a.id for a in may_leave(agents, needy)]).values():
        if agent.leaving is not None and agent.state is AgentState.IDLE:
            changed, fact = enter(agent, agent.leaving, now)
            uow.agents.save([changed])
            _tell(uow, campaign.account, [fact], outcome)
    return outcome


def may_need_agent(attempt: Attempt) -> bool:
    """Whether the call may still turn out to be a person who must be given an agent."""
    return (
        attempt.is_open
        and attempt.dial_mode is not DialMode.AGENTLESS
        and attempt.assigned_at is None
        and attempt.abandoned_at is None
        and attempt.answered_by is not AnsweredBy.MACHINE
    )


def _settle(
    uow: DialerUnitOfWork,
    campaign: Campaign,
    changes: Sequence[Change],
    now: datetime,
    outcome: Outcome,
) -> None:
    """Keep changed attempts of one campaign, and do what follows from them."""
    for change in changes:
        uow.outbox.append(campaign.account, *facts_of_change(*change))
    uow.attempts.save([after for _, after in changes])
    outcome.changes.extend(changes)
    ended = [after for _, after in changes if not after.is_open]
    uow.evidence.add([of_outcome(attempt, now) for attempt in ended])
    finish_or_retry(uow, campaign, ended)
    outcome.commands.extend(_next_commands(changes))
    freed = _release_agents(uow, campaign, ended, outcome)
    waiting = [after for _, after in changes if after.is_waiting]
    if freed:
        waiting = [a for a in uow.attempts.open_of(campaign.id) if a.is_waiting]
    if waiting:
        _serve(uow, campaign, waiting, now, outcome)


def _next_commands(changes: Sequence[Change]) -> list[Command]:
    """What follows for a call once it is known who answered, where no agent is concerned."""
    commands: list[Command] = []
    for before, after in changes:
        if not after.is_open or before.answered_by is not None or after.answered_by is None:
            continue
        if after.dial_mode is DialMode.AGENTLESS:
            commands.append(PlayMessage(after.id))
        elif after.answered_by is AnsweredBy.MACHINE:
            commands.append(HangUp(after.id))
    return commands


def finish_or_retry(uow: DialerUnitOfWork, campaign: Campaign, ended: Sequence[Attempt]) -> None:
    """For each ended attempt's contact: back into the queue for its next try, or finished."""
    if not ended:
        return
    endings: dict[str, dict[Disposition, int]] = defaultdict(dict)
    counted = uow.attempts.endings(campaign.id, [attempt.contact_id for attempt in ended])
    for (contact_id, disposition), count in counted.items():
        endings[contact_id][disposition] = count
    again: list[QueueEntry] = []
    for attempt in ended:
        assert attempt.disposition is not None
        assert attempt.ended_at is not None
        step = after_attempt(
            attempt.disposition,
            endings[attempt.contact_id],
            campaign.settings.retry,
            attempt.phone_index,
            attempt.phone_count,
            attempt.ended_at,
        )
        if isinstance(step, Finished):
            finish_contacts(
                uow, campaign, [(attempt.contact_id, step.reason)], attempt.ended_at, attempt.id
            )
        else:
            again.append(
                QueueEntry(
                    contact_id=attempt.contact_id,
                    priority=attempt.priority,
                    row=attempt.list_row,
                    next_attempt_at=step.at,
                    phone_index=step.phone_index,
                )
            )
    uow.queue.put_back(campaign.id, again)


def finish_contacts(
    uow: DialerUnitOfWork,
    campaign: Campaign,
    contacts: Sequence[tuple[str, FinishReason]],
    at: datetime,
    attempt_id: str | None = None,
) -> None:
    """Record that the campaign is done with these contacts, and say so."""
    uow.queue.finish(campaign.id, contacts, at)
    uow.outbox.append(
        campaign.account,
        *(
            ContactFinished(
                occurred_at=at,
                campaign_id=campaign.id,
                contact_id=contact_id,
                attempt_id=attempt_id,
                reason=reason,
            )
            for contact_id, reason in contacts
        ),
    )


def _release_agents(
    uow: DialerUnitOfWork, campaign: Campaign, ended: Sequence[Attempt], outcome: Outcome
) -> bool:
    """Agents of ended calls go on to wrap-up, or are free again; True if one became free."""
    calls = {a.agent_id: a for a in ended if a.agent_id is not None}
    if not calls:
        return False
    freed = False
    changed: list[Agent] = []
    facts: list[AgentStateChanged] = []
    for agent in uow.agents.lock(sorted(calls)).values():
        call = calls[agent.id]
        if agent.attempt_id != call.id or call.ended_at is None:
            continue
        if agent.state is AgentState.IDLE:
            # Preview: the call ended before the agent was on the line.
            changed.append(replace(agent, attempt_id=None))
            freed = True
            continue
        talked = call.connected_at is not None
        next_state = AgentState.WRAP if talked else AgentState.IDLE
        at = max(call.ended_at, agent.state_since)
        after, fact = enter(agent, next_state, at, call.id if talked else None)
        changed.append(after)
        facts.append(fact)
        freed = freed or not talked
    uow.agents.save(changed)
    _tell(uow, campaign.account, facts, outcome)
    return freed


def _serve(
    uow: DialerUnitOfWork,
    campaign: Campaign,
    waiting: Sequence[Attempt],
    now: datetime,
    outcome: Outcome,
) -> None:
    """Give waiting people to free agents."""
    attempts: list[Attempt] = []
    agents: list[Agent] = []
    facts: list[AgentStateChanged] = []
    for attempt, agent in match(waiting, uow.agents.lock_of_campaign(campaign.id), now):
        busy, fact = enter(agent, AgentState.TALK, now, attempt.id)
        attempts.append(replace(attempt, agent_id=agent.id, assigned_at=now))
        agents.append(busy)
        facts.append(fact)
        outcome.commands.append(Connect(attempt.id, agent.id))
    uow.attempts.save(attempts)
    uow.agents.save(agents)
    _tell(uow, campaign.account, facts, outcome)


def _tell(
    uow: DialerUnitOfWork, account: str, facts: Sequence[AgentStateChanged], outcome: Outcome
) -> None:
    uow.outbox.append(account, *facts)
    outcome.agent_facts.extend(facts)
