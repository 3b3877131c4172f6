"""What follows from what has happened: calls, agents, dispositions, retries and facts.

Each public function works within one unit of work and returns what the carrier is to do once that
is kept, so that a fact, the state it tells of and the next step stand or fall together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
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
from dialer.agent import Agent, bound_for, enter, is_free, may_leave, told_of_move
from dialer.call import CallReport, apply, facts_of_change
from dialer.claims import follow_on
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

    `changes` and `agent_facts` are for whoever learns from them; `guest_facts` are those of them
    that tell of agents whom another campaign gets next, with that campaign. `freed` are campaigns
    that have a free agent since then: whoever waits there is to be served, in a unit of work of
    its own. `unknown` are reports about calls that nobody here placed.
    """

    commands: list[Command] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    agent_facts: list[AgentStateChanged] = field(default_factory=list)
    guest_facts: list[tuple[str, AgentStateChanged]] = field(default_factory=list)
    freed: dict[str, datetime] = field(default_factory=dict)
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
    agents = _lock_agents(uow, changes)
    for campaign_id, changed in sorted(changes.items()):
        _settle(uow, campaign_of(campaign_id), changed, agents, now, outcome)
    return outcome


def _lock_agents(
    uow: DialerUnitOfWork, changes: Mapping[str, Sequence[Change]]
) -> dict[str, Agent]:
    """All agents that these changes may concern, locked at once: no ring of waiting can form."""
    waiting = [key for key, changed in changes.items() if any(a.is_waiting for _, a in changed)]
    ended = {
        after.agent_id
        for changed in changes.values()
        for _, after in changed
        if not after.is_open and after.agent_id is not None
    }
    if not waiting and not ended:
        return {}
    return {agent.id: agent for agent in uow.agents.lock_for(waiting, sorted(ended))}


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
    _settle(uow, campaign, changes, {}, now, outcome)
    outcome.commands.extend(PlayMessage(after.id) for _, after in changes)
    return outcome


def change_agent(uow: DialerUnitOfWork, agent: Agent, state: AgentState, now: datetime) -> Outcome:
    """Bring a locked agent into a state that they chose."""
    outcome = Outcome()
    _keep_agents(uow, [enter(agent, state, now)], now, outcome)
    return outcome


def serve_waiting(uow: DialerUnitOfWork, campaign: Campaign, now: datetime) -> Outcome:
    """Give those who wait for an agent to whoever is free."""
    outcome = Outcome()
    seen = [attempt.id for attempt in uow.attempts.open_of(campaign.id) if attempt.is_waiting]
    # Read again under a lock: another process may have connected or ended it meanwhile. The
    # attempts before the agents, as reports are taken in.
    waiting = [attempt for attempt in uow.attempts.lock(seen).values() if attempt.is_waiting]
    if waiting:
        _serve(uow, campaign, waiting, uow.agents.lock_for([campaign.id]), now, outcome)
    return outcome


def let_leave(
    uow: DialerUnitOfWork,
    agents: Sequence[Agent],
    in_flight: Iterable[Attempt],
    now: datetime,
) -> Outcome:
    """Send those agents on break or home who asked for it and whom no call counts on any more."""
    outcome = Outcome()
    if not any(agent.leaving for agent in agents):
        return outcome
    needy = [attempt.reserved_at for attempt in in_flight if may_need_agent(attempt)]
    gone = [
        enter(agent, agent.leaving, now)
        for agent in uow.agents.lock([a.id for a in may_leave(agents, needy)]).values()
        if agent.leaving is not None and agent.state is AgentState.IDLE
    ]
    _keep_agents(uow, gone, now, outcome)
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
    agents: dict[str, Agent],
    now: datetime,
    outcome: Outcome,
) -> None:
    """Keep changed attempts of one campaign, and do what follows from them.

    `agents` are those that are locked; they are as they were kept last.
    """
    for change in changes:
        uow.outbox.append(campaign.account, *facts_of_change(*change))
    uow.attempts.save([after for _, after in changes])
    outcome.changes.extend(changes)
    ended = [after for _, after in changes if not after.is_open]
    uow.evidence.add([of_outcome(attempt, now) for attempt in ended])
    finish_or_retry(uow, campaign, ended)
    outcome.commands.extend(_next_commands(changes))
    agents.update(_release_agents(uow, ended, agents, now, outcome))
    waiting = [after for _, after in changes if after.is_waiting]
    # Where an agent is freed too, all who wait are served next, in a unit of work of its own.
    if waiting and campaign.id not in outcome.freed:
        served = _serve(uow, campaign, waiting, list(agents.values()), now, outcome)
        agents.update(served)


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
    uow: DialerUnitOfWork,
    ended: Sequence[Attempt],
    agents: Mapping[str, Agent],
    now: datetime,
    outcome: Outcome,
) -> dict[str, Agent]:
    """Agents of ended calls go on to wrap-up, or are free again; those, as they are now."""
    released: dict[str, Agent] = {}
    entered: list[tuple[Agent, AgentStateChanged]] = []
    for call in sorted(ended, key=lambda attempt: attempt.agent_id or ""):
        agent = agents.get(call.agent_id or "")
        if agent is None or agent.attempt_id != call.id or call.ended_at is None:
            continue
        if agent.state is AgentState.IDLE:
            # Preview: the call ended before the agent was on the line.
            released[agent.id] = replace(agent, attempt_id=None)
            _note_freed(released[agent.id], now, outcome)
            continue
        talked = call.connected_at is not None
        next_state = AgentState.WRAP if talked else AgentState.IDLE
        at = max(call.ended_at, agent.state_since)
        entered.append(enter(agent, next_state, at, call.id if talked else None))
    uow.agents.save(list(released.values()))
    _keep_agents(uow, entered, now, outcome)
    return released | {agent.id: agent for agent, _ in entered}


def _serve(
    uow: DialerUnitOfWork,
    campaign: Campaign,
    waiting: Sequence[Attempt],
    agents: Sequence[Agent],
    now: datetime,
    outcome: Outcome,
) -> dict[str, Agent]:
    """Give waiting people to free agents of the campaign; those agents, as they are now."""
    mine = [agent for agent in agents if agent.campaign_id == campaign.id]
    pairs = match(waiting, mine, now)
    following = follow_on(uow, campaign, [agent for _, agent in pairs], now)
    entered: list[tuple[Agent, AgentStateChanged]] = []
    for attempt, agent in pairs:
        busy, fact = enter(agent, AgentState.TALK, now, attempt.id)
        entered.append((bound_for(busy, following.get(agent.id, campaign.id)), fact))
        outcome.commands.append(Connect(attempt.id, agent.id))
    uow.attempts.save(
        [replace(attempt, agent_id=agent.id, assigned_at=now) for attempt, agent in pairs]
    )
    _keep_agents(uow, entered, now, outcome)
    return {agent.id: agent for agent, _ in entered}


def _keep_agents(
    uow: DialerUnitOfWork,
    entered: Sequence[tuple[Agent, AgentStateChanged]],
    now: datetime,
    outcome: Outcome,
) -> None:
    """Keep agents in the states that they have entered, and tell of it."""
    uow.agents.save([agent for agent, _ in entered])
    for agent, fact in entered:
        moved = told_of_move(agent, fact.campaign_id, fact.occurred_at)
        uow.outbox.append(agent.account, fact, *moved)
        outcome.agent_facts.append(fact)
        if agent.campaign_id is not None and agent.campaign_id != fact.campaign_id:
            outcome.guest_facts.append((agent.campaign_id, fact))
        _note_freed(agent, now, outcome)


def _note_freed(agent: Agent, now: datetime, outcome: Outcome) -> None:
    if agent.campaign_id is not None and is_free(agent):
        outcome.freed[agent.campaign_id] = now
