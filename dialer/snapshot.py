"""What pacing sees of a campaign: its rows turned into ages, stages and counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from campaigns.attempt import Attempt
from campaigns.campaign import Campaign, ConnectionStartPoint
from campaigns.events import AgentState
from compliance.case import DialMode
from dialer.agent import Agent
from dialer.inbound_load import InboundLoad, waiting_at
from dialer.limits import WindowCounts
from dialer.outcomes import may_need_agent
from dialer.pacing import (
    AgentView,
    Bound,
    CallStage,
    CallView,
    GraceFrom,
    PacingSettings,
    Snapshot,
)
from dialer.routing import CONNECT_ALLOWANCE, is_present

_GRACE = {
    ConnectionStartPoint.GREETING_END: GraceFrom.GREETING_END,
    ConnectionStartPoint.GREETING_START: GraceFrom.GREETING_START,
    ConnectionStartPoint.CONNECTED_TO_SYSTEM: GraceFrom.CONNECTED,
}


@dataclass(frozen=True, slots=True)
class Floor:
    """What one tick reads: agents, open attempts, how many contacts are ready, inbound calls.

    Among the agents are shared ones who serve this campaign now and another one next.
    """

    agents: Sequence[Agent]
    open: Sequence[Attempt]
    ready: int
    inbound: InboundLoad | None = None


def detects_machines(campaign: Campaign) -> bool:
    """Whether calls wait for machine detection before an agent gets them.

    Where the time to an agent runs from the answer or from the greeting's start, detection would
    use it up; in preview the agent listens from the start.
    """
    settings = campaign.settings
    start_point = settings.abandonment.connection_start_point
    return (
        start_point is ConnectionStartPoint.GREETING_END
        and settings.dial_mode is not DialMode.PREVIEW
    )


def pacing_settings(campaign: Campaign, limit_rate: float, tick_seconds: float) -> PacingSettings:
    """What the campaign asks of its pacing; `t` counts seconds from the campaign's start."""
    settings = campaign.settings
    return PacingSettings(
        dial_mode=settings.dial_mode,
        limit_rate=limit_rate,
        grace_seconds=settings.abandonment.connection_threshold.total_seconds(),
        grace_from=_GRACE[settings.abandonment.connection_start_point],
        tick_seconds=tick_seconds,
        max_ring_seconds=settings.max_ring.total_seconds(),
        close_at=(settings.end_at - settings.start_at).total_seconds(),
        detection=detects_machines(campaign),
        connect_seconds=CONNECT_ALLOWANCE.total_seconds(),
        calls_per_agent=settings.calls_per_agent,
        inbound_reserve=settings.inbound_reserve,
    )


def take(
    campaign: Campaign, floor: Floor, window: WindowCounts, call_credit: int, now: datetime
) -> Snapshot:
    """The snapshot at `now`; `call_credit` is how many calls the rate a second permits."""
    settings = campaign.settings
    caps = {
        Bound.NOBODY_CALLABLE: floor.ready,
        Bound.TRUNK: max(0, settings.lines - len(floor.open)),
        Bound.CALLS_PER_SECOND: call_credit,
    }
    if settings.calls_per_second is None:
        del caps[Bound.CALLS_PER_SECOND]
    max_bound = min(caps, key=lambda bound: caps[bound])
    promised = {agent.attempt_id for agent in floor.agents if agent.state is AgentState.IDLE}
    return Snapshot(
        t=(now - settings.start_at).total_seconds(),
        max_calls=caps[max_bound],
        max_bound=max_bound,
        list_left=floor.ready,
        agents=tuple(
            _agent(agent, now)
            for agent in floor.agents
            if agent.campaign_id == campaign.id
            and is_present(agent, now)
            and not (agent.state is AgentState.IDLE and agent.attempt_id)
        ),
        calls=tuple(
            _call(attempt, now)
            for attempt in floor.open
            if may_need_agent(attempt) and attempt.id not in promised
        ),
        window_live=window.counts.live_answered,
        window_abandoned=window.counts.abandoned,
        window_of=window.definition,
        inbound_waiting=waiting_at(floor.inbound, now),
        caps=caps,
    )


def _agent(agent: Agent, now: datetime) -> AgentView:
    return AgentView(
        id=agent.id,
        state=agent.state,
        seconds_in_state=max(0.0, (now - agent.state_since).total_seconds()),
        leaving=agent.leaving is not None,
    )


def _call(attempt: Attempt, now: datetime) -> CallView:
    dialed_at = attempt.placed_at or attempt.reserved_at
    stage, since = _stage(attempt, dialed_at)
    return CallView(
        id=attempt.id,
        stage=stage,
        seconds_since_dial=max(0.0, (now - dialed_at).total_seconds()),
        seconds_in_stage=max(0.0, (now - since).total_seconds()),
    )


def _stage(attempt: Attempt, dialed_at: datetime) -> tuple[CallStage, datetime]:
    if attempt.is_waiting:
        return CallStage.WAITING, attempt.classified_at or attempt.answered_at or dialed_at
    if attempt.answered_at is not None:
        return CallStage.ANSWERED, attempt.answered_at
    if attempt.rang_at is not None:
        return CallStage.RINGING, attempt.rang_at
    return CallStage.SETUP, dialed_at
