"""The dial loop: each second, for each campaign: observe, decide, claim, screen, place, record."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from campaigns.attempt import Attempt, AttemptState
from campaigns.campaign import Campaign, CampaignState
from campaigns.events import AgentStateChanged, PacingChanged
from compliance.abandonment_definitions import DisconnectedBy
from compliance.case import DialMode
from compliance.rulebook import Rulebook
from dialer import observing, snapshot
from dialer.agent import is_free
from dialer.assigning import let_go
from dialer.call import CallReport, EndCause
from dialer.closing import close_if_done
from dialer.commands import send
from dialer.forecast import Decided, Learnt
from dialer.inbound_load import InboundLoad
from dialer.intake import Intake
from dialer.limits import Limits, watch_limits
from dialer.outcomes import let_leave
from dialer.pacing import Bound, PacingDecision, decide, learnt_for
from dialer.pacing.figures import kept
from dialer.ports import (
    CallRequest,
    Carrier,
    CarrierRefusedError,
    DialerUnitOfWork,
    DialerUnitOfWorkFactory,
    Lease,
    LoggedDecision,
)
from dialer.reserving import Reservation, Reserving, accept, cancel, reserve
from dialer.settling import commands_due, to_ask_for
from dialer.snapshot import Floor, detects_machines, pacing_settings

TICK = timedelta(seconds=1)
LEASE_FOR = timedelta(seconds=10)
TRUST_MARGIN = timedelta(seconds=2)
"""A worker stops so long before its lease ends for everyone else (invariant P2)."""
RENEW_BEFORE = timedelta(seconds=3)
"""How much of the trusted time is left when the lease is renewed."""
CLOCK_SLACK = timedelta(seconds=2)
"""How far the wall clock may stray from the database's, and from the steady clock between two
ticks (invariant P5)."""
WOKEN_PER_TICK = 2000
SETTLED_AFTER = timedelta(seconds=5)
"""How long something must hold the dialing before it is published."""
PREVIEW_FOR = timedelta(seconds=60)
"""How long an agent may look at a contact in preview before it goes back."""

log = structlog.get_logger()


@dataclass(slots=True)
class _Pacer:
    """What the loop remembers of one campaign between ticks; all of it can be lost."""

    learnt: Learnt
    lease: Lease | None = None
    trusted_until: float = -math.inf
    clocks_agree: bool = True
    bound: str | None = None
    bound_since: datetime | None = None
    told_bound: str | None = None
    call_credit: float = 0.0
    ticked_at: datetime | None = None
    ticked_monotonic: float = 0.0
    limits: Limits = field(default_factory=Limits)
    inbound: InboundLoad | None = None


@dataclass(frozen=True, slots=True)
class Ticked:
    """What a tick left behind: the campaign's state, and until when nothing can happen in it.

    `idle_until` is None while anything is open or ready. `paced` is False if another worker paces
    the campaign.
    """

    state: CampaignState
    idle_until: datetime | None = None
    paced: bool = True


class Dialer:
    """Paces campaigns over one carrier. One of these runs in each dialer process.

    While it is `draining`, or `rulebook` is None since the rules cannot be read, no call is placed;
    those in flight go on to their end. The rulebook may be another one at each tick.
    """

    def __init__(
        self,
        unit_of_work: DialerUnitOfWorkFactory,
        carrier: Carrier,
        rulebook: Rulebook | None,
        owner: str,
        phone_key: bytes,
        monotonic: Callable[[], float],
        on_agent_facts: Callable[[Sequence[AgentStateChanged]], None],
    ) -> None:
        self.draining = False
        self.rulebook = rulebook
        self._unit_of_work = unit_of_work
        self._carrier = carrier
        self._owner = owner
        self._phone_key = phone_key
        self._monotonic = monotonic
        self._pacers: dict[str, _Pacer] = {}
        self.intake = Intake(unit_of_work, carrier, self._learnt_of, on_agent_facts)

    def _learnt_of(self, campaign_id: str) -> Learnt | None:
        pacer = self._pacers.get(campaign_id)
        return None if pacer is None else pacer.learnt

    # ------------------------------------------------------------------------------ one tick
    def tick(self, campaign_id: str, now: datetime) -> Ticked:
        """Decide and place this second's calls of a campaign that this worker may pace."""
        try:
            return self._tick(campaign_id, now)
        except Exception:
            # What this tick took for kept may not be: the next one takes the campaign over anew.
            if campaign_id in self._pacers:
                self._pacers[campaign_id].lease = None
            raise

    def _tick(self, campaign_id: str, now: datetime) -> Ticked:
        asked_at = self._monotonic()
        reservations: list[Reservation] = []
        with self._unit_of_work() as uow:
            campaign = uow.campaigns.lock(campaign_id)
            # Before any attempt: whoever changes a list locks in this order too.
            uow.suppression_lists.lock(campaign.account)
            self.intake.campaigns[campaign_id] = campaign
            pacer = self._pacer_of(campaign)
            taken_over = self._hold_lease(uow, pacer, campaign, now, asked_at)
            if pacer.lease is None:
                return Ticked(campaign.state, paced=False)
            until = _wake(uow, campaign, now)
            if campaign.settings.dial_mode is DialMode.PREVIEW:
                # All at once: who leaves, gives a contact back or is shown one is locked below, one
                # after another, and units of work that lock several of them could deadlock.
                uow.agents.lock_for([campaign.id])
            floor = _observe(uow, campaign)
            if taken_over:
                self._take_over(uow, campaign, pacer, floor)
            outcome = let_leave(uow, floor.agents, floor.open, now)
            self._drop_unaccepted(uow, campaign, floor, now)
            if campaign.state is CampaignState.RUNNING and now < campaign.settings.end_at:
                reservations = self._dial(uow, campaign, pacer, floor, until, now)
            state = campaign.state
            is_empty = not floor.ready and until is None
            if not reservations and (is_empty or now >= campaign.settings.end_at):
                state = close_if_done(uow, campaign, floor, now)
        self.intake.follow(outcome)
        self._place(campaign, pacer, reservations, now)
        if any(a.is_waiting for a in floor.open) and any(is_free(a) for a in floor.agents):
            # Whoever freed an agent serves at once; should it have died before, it is done here.
            self.intake.serve(campaign.id, now)
        self._look_after(campaign, floor, now, taken_over=taken_over)
        idle = not floor.open and not floor.ready and until is not None
        idle_until = min(until, campaign.settings.end_at) if idle and until else None
        return Ticked(state, idle_until)

    def share(self, now: datetime) -> None:
        """Move shared agents to where they are wanted."""
        with self._unit_of_work() as uow:
            campaigns = uow.agents.with_idle_sharers()
        for campaign_id in campaigns:
            with self._unit_of_work() as uow:
                outcome = let_go(uow, campaign_id, now)
            self.intake.follow(outcome)

    def _pacer_of(self, campaign: Campaign) -> _Pacer:
        if campaign.id not in self._pacers:
            limit = campaign.settings.abandonment.target_rate
            settings = pacing_settings(campaign, limit, TICK.total_seconds())
            self._pacers[campaign.id] = _Pacer(learnt_for(settings))
        return self._pacers[campaign.id]

    def _hold_lease(
        self,
        uow: DialerUnitOfWork,
        pacer: _Pacer,
        campaign: Campaign,
        now: datetime,
        asked_at: float,
    ) -> bool:
        """Take, renew or check the lease; True if it is newly ours."""
        lease = pacer.lease
        if lease is not None and asked_at < pacer.trusted_until - RENEW_BEFORE.total_seconds():
            return False
        pacer.lease = uow.leases.acquire(campaign.id, self._owner, now, now + LEASE_FOR)
        pacer.trusted_until = asked_at + (LEASE_FOR - TRUST_MARGIN).total_seconds()
        there = uow.leases.clock()
        pacer.clocks_agree = there is None or abs(there - now) <= CLOCK_SLACK
        if pacer.lease is None:
            return False
        return lease is None or lease.epoch != pacer.lease.epoch

    def paced(self) -> set[str]:
        """The campaigns whose lease this worker holds."""
        return {key for key, pacer in self._pacers.items() if pacer.lease is not None}

    def release(self) -> None:
        """Give back every lease, so that another worker need not wait for it to run out."""
        for pacer in self._pacers.values():
            if pacer.lease is not None:
                with self._unit_of_work() as uow:
                    uow.leases.release(pacer.lease)
                pacer.lease = None

    def _take_over(
        self, uow: DialerUnitOfWork, campaign: Campaign, pacer: _Pacer, floor: Floor
    ) -> None:
        """Go on where the predecessor stopped: what bound it, and who waits (P3, P8)."""
        last = uow.decisions.latest(campaign.id, 1)
        pacer.bound = pacer.told_bound = last[0].bound if last else None
        for attempt in floor.open:
            self.intake.note_deadline(attempt)

    def _drop_unaccepted(
        self, uow: DialerUnitOfWork, campaign: Campaign, floor: Floor, now: datetime
    ) -> None:
        """Preview: contacts that an agent has looked at for long enough go back."""
        is_over = now >= campaign.settings.end_at
        halted = is_over or campaign.state is not CampaignState.RUNNING
        for attempt in floor.open:
            if attempt.state is not AttemptState.RESERVED:
                continue
            if halted or attempt.hang_up_asked_at or now - attempt.reserved_at >= PREVIEW_FOR:
                cancel(uow, campaign, attempt, "not accepted", now)

    def _dial(
        self,
        uow: DialerUnitOfWork,
        campaign: Campaign,
        pacer: _Pacer,
        floor: Floor,
        until: datetime | None,
        now: datetime,
    ) -> list[Reservation]:
        """Decide, reserve what screening allows, and keep the decision."""
        decision = self._decide(uow, campaign, pacer, floor, until, now)
        reservations: list[Reservation] = []
        if decision.calls and self._still_holds(uow, pacer):
            reservations = reserve(uow, decision.calls, self._reserving(campaign, pacer, now))
        pacer.call_credit -= len(reservations)
        uow.decisions.add(
            LoggedDecision(
                campaign_id=campaign.id,
                decided_at=now,
                calls=decision.calls,
                placed=len(reservations),
                bound=decision.bound,
                until_at=None if floor.ready else until,
                inputs=kept(decision.inputs),
            )
        )
        self._tell_bound(uow, campaign, pacer, decision.bound, now)
        return reservations

    def _tell_bound(
        self,
        uow: DialerUnitOfWork,
        campaign: Campaign,
        pacer: _Pacer,
        bound: Bound,
        now: datetime,
    ) -> None:
        """Publish what holds the dialing once it has for a while; two may take turns for long."""
        if bound != pacer.bound or pacer.bound_since is None:
            pacer.bound, pacer.bound_since = bound, now
        settled = now - pacer.bound_since >= SETTLED_AFTER or pacer.told_bound is None
        if bound != pacer.told_bound and settled:
            pacer.told_bound = bound
            changed = PacingChanged(occurred_at=now, campaign_id=campaign.id, bound=bound)
            uow.outbox.append(campaign.account, changed)

    def _still_holds(self, uow: DialerUnitOfWork, pacer: _Pacer) -> bool:
        """Check the lease's epoch inside the transaction that reserves (invariant P1)."""
        if pacer.lease is not None and not uow.leases.holds(pacer.lease):
            pacer.lease = None
        return pacer.lease is not None

    def _decide(
        self,
        uow: DialerUnitOfWork,
        campaign: Campaign,
        pacer: _Pacer,
        floor: Floor,
        until: datetime | None,
        now: datetime,
    ) -> PacingDecision:
        closed = self._closed_by(pacer, floor, until, now)
        pacer.call_credit = _call_credit(campaign, pacer, now)
        pacer.ticked_at, pacer.ticked_monotonic = now, self._monotonic()
        if closed is not None:
            return PacingDecision(0, closed, {})
        self._learn_inbound(campaign, pacer, floor.inbound)
        window = watch_limits(uow, campaign, pacer.limits, now)
        settings = pacing_settings(campaign, window.limit_rate, TICK.total_seconds())
        seen = snapshot.take(campaign, floor, window, math.floor(pacer.call_credit), now)
        decision = decide(seen, settings, pacer.learnt)
        pacer.learnt.observe(Decided(seen.t, decision.calls, decision.risk))
        return decision

    def _learn_inbound(self, campaign: Campaign, pacer: _Pacer, load: InboundLoad | None) -> None:
        """Learn from each report that came since the last one how often inbound calls arrive."""
        before, pacer.inbound = pacer.inbound, load
        if before is not None and load is not None and load.reported_at > before.reported_at:
            self.intake.learn(campaign.id, observing.of_inbound, [(before, load)])

    def _closed_by(
        self, pacer: _Pacer, floor: Floor, until: datetime | None, now: datetime
    ) -> Bound | None:
        """What forbids any call at this tick (invariants P2, P4, P5)."""
        if self.draining:
            return Bound.NOT_RUNNING
        if self.rulebook is None:
            return Bound.RULES_UNREADABLE
        if self._monotonic() >= pacer.trusted_until:
            return Bound.LEASE_LOST
        if not self._carrier.is_up(now):
            return Bound.CARRIER_DOWN
        if not pacer.clocks_agree:
            return Bound.UNSAFE_CLOCK
        if pacer.ticked_at is not None:
            wall = (now - pacer.ticked_at).total_seconds()
            steady = self._monotonic() - pacer.ticked_monotonic
            if abs(wall - steady) > CLOCK_SLACK.total_seconds():
                return Bound.UNSAFE_CLOCK
        if not floor.ready:
            return Bound.LIST_FINISHED if until is None else Bound.NOBODY_CALLABLE
        return None

    def _reserving(self, campaign: Campaign, pacer: _Pacer, now: datetime) -> Reserving:
        assert pacer.lease is not None
        assert self.rulebook is not None
        return Reserving(
            campaign=campaign,
            rulebook=self.rulebook,
            epoch=pacer.lease.epoch,
            carrier=self._carrier.name,
            phone_key=self._phone_key,
            now=now,
        )

    # ------------------------------------------------------------------------ after the commit
    def _place(
        self,
        campaign: Campaign,
        pacer: _Pacer,
        reservations: Sequence[Reservation],
        now: datetime,
    ) -> None:
        """Ask the carrier for the calls that are kept; what it refuses has failed."""
        if campaign.settings.dial_mode is DialMode.PREVIEW:
            return
        for reservation in reservations:
            self.intake.learn(campaign.id, observing.of_dialed, [reservation.attempt])
            self._place_one(campaign, pacer, reservation, now)

    def _place_one(
        self, campaign: Campaign, pacer: _Pacer, reservation: Reservation, now: datetime
    ) -> None:
        attempt = reservation.attempt
        if self._monotonic() >= pacer.trusted_until:
            self.intake.apply([_not_sent(attempt, now)], now)
            return
        request = CallRequest(
            attempt_id=attempt.id,
            campaign_id=attempt.campaign_id,
            contact_id=attempt.contact_id,
            dial_by=attempt.dial_by,
            max_ring_seconds=campaign.settings.max_ring.total_seconds(),
            detects_machines=detects_machines(campaign),
            plays_message=attempt.dial_mode is DialMode.AGENTLESS,
        )
        try:
            self._carrier.place(reservation.allow, request)
        except CarrierRefusedError as refusal:
            log.warning("carrier refused a call", attempt_id=attempt.id, reason=str(refusal))
            self.intake.apply([_not_sent(attempt, now)], now)
        except Exception:  # it may have been dialed or not: it is asked for, never dialed again
            log.exception("a call may not have been placed", attempt_id=attempt.id)

    def accept(self, attempt_id: str, now: datetime) -> bool:
        """Preview: the agent wants the contact called. False: not any more, or not permitted."""
        with self._unit_of_work() as uow:
            shown = uow.attempts.lock([attempt_id]).get(attempt_id)
        if shown is None:
            return False
        with self._unit_of_work() as uow:
            # The campaign first, as a tick does: in the other order the two could deadlock.
            campaign = uow.campaigns.lock(shown.campaign_id)
            uow.suppression_lists.lock(campaign.account)
            # The number before its attempt, as whoever suppresses it does.
            uow.suppressions.lock_numbers(campaign.account, [shown.phone])
            self.intake.campaigns[campaign.id] = campaign
            pacer = self._pacer_of(campaign)
            attempt = uow.attempts.lock([attempt_id])[attempt_id]
            if attempt.state is not AttemptState.RESERVED:
                return False
            is_over = self.draining or now >= campaign.settings.end_at
            if is_over or campaign.state is not CampaignState.RUNNING or self.rulebook is None:
                return False
            if pacer.lease is None or not self._still_holds(uow, pacer):
                return False
            reservation = accept(uow, attempt, self._reserving(campaign, pacer, now))
        if reservation is None:
            return False
        self._place_one(campaign, pacer, reservation, now)
        return True

    def _look_after(
        self, campaign: Campaign, floor: Floor, now: datetime, *, taken_over: bool
    ) -> None:
        """End what must not go on, and ask for calls whose end should be known (D7, D9)."""
        send(self._carrier, commands_due(floor.open, now, taken_over=taken_over))
        doubtful = to_ask_for(floor.open, campaign.settings.max_ring, now, taken_over=taken_over)
        if doubtful:
            self.intake.apply([self._found(attempt, now) for attempt in doubtful], now)

    def _found(self, attempt: Attempt, now: datetime) -> CallReport:
        """What the carrier knows of the call; one that it never heard of is lost, not redialed."""
        report = self._carrier.find(attempt.id)
        if report is not None:
            return report
        return CallReport(
            attempt.id,
            ended_at=now,
            end_cause=EndCause.LOST,
            ended_by=DisconnectedBy.SYSTEM,
        )


def _wake(uow: DialerUnitOfWork, campaign: Campaign, now: datetime) -> datetime | None:
    """Make contacts ready whose time has come; when the next one's time comes."""
    due_at = uow.queue.next_due_at(campaign.id)
    if due_at is None or due_at > now:
        return due_at
    uow.queue.wake(campaign.id, now, WOKEN_PER_TICK)
    return uow.queue.next_due_at(campaign.id)


def _observe(uow: DialerUnitOfWork, campaign: Campaign) -> Floor:
    open_attempts = uow.attempts.open_of(campaign.id)
    lines_free = max(0, campaign.settings.lines - len(open_attempts))
    return Floor(
        agents=uow.agents.of_campaign(campaign.id),
        open=open_attempts,
        ready=uow.queue.ready_count(campaign.id, lines_free + 1),
        inbound=uow.inbound.of(campaign.id),
    )


def _call_credit(campaign: Campaign, pacer: _Pacer, now: datetime) -> float:
    """How many calls the rate a second permits now; what a tick leaves over lasts one second."""
    rate = campaign.settings.calls_per_second
    if rate is None:
        return 0.0
    since = TICK if pacer.ticked_at is None else now - pacer.ticked_at
    earned = rate * max(0.0, since.total_seconds())
    return min(pacer.call_credit + earned, max(1.0, rate))


def _not_sent(attempt: Attempt, now: datetime) -> CallReport:
    return CallReport(
        attempt.id, ended_at=now, end_cause=EndCause.FAILED, ended_by=DisconnectedBy.SYSTEM
    )
