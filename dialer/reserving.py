"""From the queue to reserved attempts: claim, screen, and keep the attempt before the dial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from campaigns.attempt import Attempt, AttemptState
from campaigns.campaign import Campaign
from campaigns.events import (
    AttemptCancelled,
    AttemptDeferred,
    AttemptDenied,
    AttemptReserved,
    CallPlaced,
    FinishReason,
    Reason,
)
from campaigns.identity import attempt_id
from campaigns.importing import phone_hash
from campaigns.ports import Claimed, QueueEntry
from compliance.case import Case, DialMode
from compliance.rulebook import Rulebook
from compliance.screening import (
    Allow,
    Decision,
    Defer,
    Deny,
    InvalidCaseError,
    ReasonCode,
    lacks_only_a_copy,
    no_case,
    screen,
)
from dialer.agent import is_free
from dialer.decision_evidence import Screened, of_decision
from dialer.outcomes import finish_contacts
from dialer.ports import DialerUnitOfWork
from dialer.standing import DIAL_WITHIN, Standing, case_of, gather

ONE_CALL_AT_A_TIME = timedelta(minutes=2)
"""How long a contact waits whose number another campaign is calling right now."""

WAIT_FOR_READER = timedelta(minutes=15)
"""How long a contact waits whose message somebody must read first."""

WAIT_FOR_COPY = timedelta(hours=1)
"""How long a contact waits, at most, for a newer copy of a registry: an import wakes it."""

SHOWN_AGAIN_AFTER = timedelta(minutes=30)
"""How long a contact waits that an agent saw in preview and did not call."""

SCREENED_PER_TICK = 200
"""How many contacts a tick may screen beyond those that it dials."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """A kept attempt and the permission to dial it."""

    attempt: Attempt
    allow: Allow


@dataclass(slots=True)
class _Round:
    """What one claim came to."""

    allowed: list[Reservation] = field(default_factory=list)
    put_back: list[QueueEntry] = field(default_factory=list)
    finished: list[tuple[str, FinishReason]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reserving:
    """What reserving needs to know besides the unit of work.

    `epoch` is the lease's; `phone_key` keys the published hash of numbers.
    """

    campaign: Campaign
    rulebook: Rulebook
    epoch: int
    carrier: str
    phone_key: bytes
    now: datetime


def reserve(uow: DialerUnitOfWork, calls: int, with_: Reserving) -> list[Reservation]:
    """Reserve up to `calls` attempts that screening allows, in the queue's order.

    Who is deferred waits for `not_before`, which counts as no attempt; who is denied is finished.
    """
    reserved: list[Reservation] = []
    taken: set[str] = set()
    budget = calls + SCREENED_PER_TICK
    while len(reserved) < calls and budget > 0:
        claimed = uow.queue.claim(with_.campaign.id, min(calls - len(reserved), budget))
        if not claimed:
            break
        budget -= len(claimed)
        reserved.extend(_screen_round(uow, claimed, with_, taken).allowed)
    if with_.campaign.settings.dial_mode is DialMode.PREVIEW:
        reserved = _hand_out(uow, reserved, with_)
    else:
        reserved = [_requested(uow, reservation, with_) for reservation in reserved]
    uow.attempts.add([reservation.attempt for reservation in reserved])
    return reserved


def _requested(uow: DialerUnitOfWork, reservation: Reservation, with_: Reserving) -> Reservation:
    """The reservation as one whose request leaves as soon as this is kept (D1)."""
    attempt = replace(reservation.attempt, state=AttemptState.REQUESTED, placed_at=with_.now)
    requested = Reservation(attempt, reservation.allow)
    uow.outbox.append(attempt.account, _placed(attempt, with_))
    return requested


def _hand_out(
    uow: DialerUnitOfWork, reserved: Sequence[Reservation], with_: Reserving
) -> list[Reservation]:
    """Preview: show each contact to a free agent, who decides whether it is dialed."""
    agents = [a for a in uow.agents.lock_for([with_.campaign.id]) if is_free(a)]
    agents.sort(key=lambda agent: (agent.state_since, agent.id))
    handed = []
    for reservation, agent in zip(reserved, agents, strict=False):
        attempt = replace(reservation.attempt, agent_id=agent.id)
        uow.agents.save([replace(agent, attempt_id=attempt.id)])
        uow.outbox.append(
            attempt.account,
            AttemptReserved(
                occurred_at=with_.now,
                campaign_id=attempt.campaign_id,
                contact_id=attempt.contact_id,
                attempt_id=attempt.id,
                agent_id=agent.id,
                dial_mode=attempt.dial_mode,
            ),
        )
        handed.append(Reservation(attempt, reservation.allow))
    left = [_entry_of(reservation.attempt, with_.now) for reservation in reserved[len(handed) :]]
    uow.queue.put_back(with_.campaign.id, left)
    return handed


def accept(uow: DialerUnitOfWork, attempt: Attempt, with_: Reserving) -> Reservation | None:
    """Preview: the agent wants this contact called; screened again, since time has passed."""
    contact = uow.contact_lists.contact(attempt.contact_id)
    standing = gather(uow, with_.campaign, [attempt.phone], with_.now)
    case = case_of(contact, attempt.phone, standing, with_.campaign, with_.now, but=attempt.id)
    decision = _screened(case, with_.rulebook)
    _keep_evidence(uow, case, decision, standing, with_, attempt.contact_id, attempt.id)
    if not isinstance(decision, Allow) or attempt.phone in standing.held:
        cancel(uow, with_.campaign, attempt, "screening", with_.now)
        return None
    kept = replace(
        attempt, dial_by=with_.now + DIAL_WITHIN, state=AttemptState.REQUESTED, placed_at=with_.now
    )
    uow.attempts.save([kept])
    uow.outbox.append(kept.account, _placed(kept, with_))
    return Reservation(kept, decision)


def cancel(
    uow: DialerUnitOfWork, campaign: Campaign, attempt: Attempt, reason: str, now: datetime
) -> None:
    """A reserved attempt that is never dialed: its contact waits a while, its agent is free."""
    uow.attempts.save([replace(attempt, state=AttemptState.CANCELLED, ended_at=now)])
    uow.outbox.append(
        attempt.account,
        AttemptCancelled(
            occurred_at=now,
            campaign_id=attempt.campaign_id,
            contact_id=attempt.contact_id,
            attempt_id=attempt.id,
            agent_id=attempt.agent_id,
            reason=reason,
        ),
    )
    uow.queue.put_back(campaign.id, [_entry_of(attempt, now + SHOWN_AGAIN_AFTER)])
    if attempt.agent_id is not None:
        agents = uow.agents.lock([attempt.agent_id]).values()
        uow.agents.save(
            [replace(agent, attempt_id=None) for agent in agents if agent.attempt_id == attempt.id]
        )


def _entry_of(attempt: Attempt, at: datetime) -> QueueEntry:
    return QueueEntry(
        attempt.contact_id, attempt.priority, attempt.list_row, at, attempt.phone_index
    )


def _screen_round(
    uow: DialerUnitOfWork, claimed: Sequence[Claimed], with_: Reserving, taken: set[str]
) -> _Round:
    """Screen each; `taken` are the numbers of this unit of work's own reservations so far."""
    campaign = with_.campaign
    phones = {each.entry.contact_id: _phone(each) for each in claimed}
    numbers = sorted(set(phones.values()))
    standing = gather(uow, campaign, numbers, with_.now)
    counts = uow.attempts.count_of(campaign.id, list(phones))
    found = _Round()
    for each in claimed:
        phone = phones[each.entry.contact_id]
        is_taken = phone in taken or any(past.is_open for past in standing.history.get(phone, ()))
        if is_taken or phone in standing.held:
            wait = ONE_CALL_AT_A_TIME if is_taken else WAIT_FOR_READER
            found.put_back.append(_entry_at(each.entry, with_.now + wait))
            continue
        case = case_of(each.contact, phone, standing, campaign, with_.now)
        decision = _screened(case, with_.rulebook)
        number = counts.get(each.entry.contact_id, 0) + 1
        dialed = None
        if isinstance(decision, Allow):
            taken.add(phone)
            dialed = attempt_id(campaign.id, each.entry.contact_id, number)
        _keep_evidence(uow, case, decision, standing, with_, each.entry.contact_id, dialed)
        if isinstance(decision, Deny) and lacks_only_a_copy(case, decision, with_.rulebook):
            decision = _until_copied(decision, with_.now)
        _sort(uow, each, phone, number, decision, with_, found)
    uow.queue.put_back(campaign.id, found.put_back)
    for contact_id, reason in found.finished:
        finish_contacts(uow, campaign, [(contact_id, reason)], with_.now)
    return found


def _keep_evidence(
    uow: DialerUnitOfWork,
    case: Case,
    decision: Decision,
    standing: Standing,
    with_: Reserving,
    contact_id: str,
    attempt_id: str | None,
) -> None:
    """Keep what was decided, and from what (S9)."""
    phone = case.contact.phone or ""
    screened = Screened(case, decision, standing.consents.get(phone, ()), standing.overrides)
    entry = of_decision(
        screened,
        account=with_.campaign.account,
        campaign_id=with_.campaign.id,
        contact_id=contact_id,
        phone_hash=phone_hash(with_.phone_key, phone),
        attempt_id=attempt_id,
    )
    uow.evidence.add([entry])


def _screened(case: Case, rulebook: Rulebook) -> Decision:
    """The decision; a contact whose facts make no valid case is denied, never dialed (D5)."""
    try:
        return screen(case, rulebook)
    except InvalidCaseError as error:
        return no_case(error, rulebook)


def _until_copied(decision: Deny, now: datetime) -> Defer:
    """Not now: a newer copy may come any day, so that nobody is finished for the lack of one."""
    return Defer(decision.time_zones, decision.rulebook, now + WAIT_FOR_COPY, decision.reasons)


def _sort(
    uow: DialerUnitOfWork,
    claimed: Claimed,
    phone: str,
    number: int,
    decision: Decision,
    with_: Reserving,
    found: _Round,
) -> None:
    """Put one screened contact where the decision says."""
    campaign = with_.campaign
    match decision:
        case Allow():
            found.allowed.append(_reservation(claimed, phone, number, decision, with_))
        case Defer():
            entry = _entry_at(claimed.entry, decision.not_before)
            found.put_back.append(replace(entry, deferred=True))
            uow.outbox.append(
                campaign.account,
                AttemptDeferred(
                    occurred_at=with_.now,
                    campaign_id=campaign.id,
                    contact_id=claimed.entry.contact_id,
                    not_before=decision.not_before,
                    reasons=_reasons(decision),
                ),
            )
        case Deny():
            found.finished.append((claimed.entry.contact_id, _denial(decision)))
            uow.outbox.append(
                campaign.account,
                AttemptDenied(
                    occurred_at=with_.now,
                    campaign_id=campaign.id,
                    contact_id=claimed.entry.contact_id,
                    reasons=_reasons(decision),
                ),
            )


def _placed(attempt: Attempt, with_: Reserving) -> CallPlaced:
    """The fact that the attempt was kept and its request leaves."""
    return CallPlaced(
        occurred_at=with_.now,
        campaign_id=attempt.campaign_id,
        contact_id=attempt.contact_id,
        attempt_id=attempt.id,
        placed_at=with_.now,
        dial_mode=attempt.dial_mode,
        carrier=with_.carrier,
        time_zones=attempt.time_zones,
        rulebook=attempt.rulebook,
        list_row=attempt.list_row,
        phone_hash=phone_hash(with_.phone_key, attempt.phone),
    )


def _reservation(
    claimed: Claimed, phone: str, number: int, allow: Allow, with_: Reserving
) -> Reservation:
    campaign = with_.campaign
    entry = claimed.entry
    return Reservation(
        Attempt(
            id=attempt_id(campaign.id, entry.contact_id, number),
            account=campaign.account,
            campaign_id=campaign.id,
            contact_id=entry.contact_id,
            number=number,
            list_row=entry.row,
            priority=entry.priority,
            phone=phone,
            phone_index=entry.phone_index,
            phone_count=len(claimed.contact.phones),
            subject=campaign.settings.subject,
            dial_mode=campaign.settings.dial_mode,
            state=AttemptState.RESERVED,
            reserved_at=with_.now,
            dial_by=with_.now + DIAL_WITHIN,
            epoch=with_.epoch,
            time_zones=allow.time_zones,
            rulebook=allow.rulebook,
        ),
        allow,
    )


def _phone(claimed: Claimed) -> str:
    phones = claimed.contact.phones
    return phones[claimed.entry.phone_index % len(phones)]


def _entry_at(entry: QueueEntry, at: datetime) -> QueueEntry:
    return QueueEntry(entry.contact_id, entry.priority, entry.row, at, entry.phone_index)


def _reasons(decision: Defer | Deny) -> tuple[Reason, ...]:
    return tuple(
        Reason(code=reason.code, rule=reason.rule, citation=reason.citation)
        for reason in decision.reasons
    )


def _denial(decision: Deny) -> FinishReason:
    codes = {reason.code for reason in decision.reasons}
    if ReasonCode.SUPPRESSED in codes or ReasonCode.NATIONAL_DO_NOT_CALL in codes:
        return FinishReason.SUPPRESSED
    if ReasonCode.INVALID_NUMBER in codes:
        return FinishReason.INVALID_NUMBER
    return FinishReason.DENIED
