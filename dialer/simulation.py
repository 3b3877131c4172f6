"""The virtual-time runner: the same loop and outcomes as in service, on another clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from campaigns.campaign import CampaignState
from dialer.carriers.simulated import SimulatedCarrier
from dialer.loop import TICK, Dialer
from dialer.simulated_agents import SimulatedAgents
from dialer.simulated_inbound import SimulatedInbound

LONGEST_DAY = timedelta(days=366)
"""A run that has not ended by then has a fault; it would otherwise go on for ever."""


class VirtualClock:
    """A clock that stands still until it is moved."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._now = start

    def now(self) -> datetime:
        """The virtual instant."""
        return self._now

    def monotonic(self) -> float:
        """Virtual seconds since the start."""
        return (self._now - self._start).total_seconds()

    def move_to(self, instant: datetime) -> None:
        """Go on to a later instant."""
        self._now = max(self._now, instant)


class NeverEndsError(Exception):
    """The campaign was still not over after the longest day."""


def run_day(
    campaign_id: str,
    dialer: Dialer,
    carrier: SimulatedCarrier,
    agents: SimulatedAgents,
    clock: VirtualClock,
    on_tick: Callable[[datetime], None],
    inbound: SimulatedInbound,
) -> CampaignState:
    """Run one campaign from now to its end, and until everybody has gone home.

    Between ticks the runner wakes only for what cannot wait: a person who was told apart, an
    agent who is free again, somebody who has waited as long as the law permits.
    """
    give_up_at = clock.now() + LONGEST_DAY
    next_tick = clock.now()
    state = CampaignState.RUNNING
    while not (state is CampaignState.COMPLETED and agents.all_gone):
        now = min(_wakes(dialer, carrier, agents, inbound, next_tick))
        clock.move_to(now)
        now = clock.now()
        if now > give_up_at:
            raise NeverEndsError(f"campaign {campaign_id} was not over by {now}")
        dialer.intake.take_in(now)
        for outcome in agents.act(now):
            dialer.intake.follow(outcome)
            # Somebody may wait to go on break: a tick lets them, also while nobody is callable.
            next_tick = min(next_tick, now + TICK)
        for outcome in inbound.act(now):
            dialer.intake.follow(outcome)
            next_tick = min(next_tick, now + TICK)
        for attempt_id in agents.wanted(now):
            dialer.accept(attempt_id, now)
        dialer.intake.expire(now)
        if now < next_tick:
            continue
        ticked = dialer.tick(campaign_id, now)
        state = ticked.state
        if state is CampaignState.COMPLETED:
            agents.go_home(now)
        agents.look(now)
        next_tick = now + TICK
        if ticked.idle_until is not None:
            next_tick = max(next_tick, ticked.idle_until)
        on_tick(now)
    return state


def _wakes(
    dialer: Dialer,
    carrier: SimulatedCarrier,
    agents: SimulatedAgents,
    inbound: SimulatedInbound,
    next_tick: datetime,
) -> list[datetime]:
    wakes = (
        dialer.intake.next_deadline(),
        carrier.next_urgent_at(),
        agents.next_at(),
        inbound.next_at(),
        next_tick,
    )
    return [wake for wake in wakes if wake is not None]
