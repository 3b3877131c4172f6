"""Decisions of ten minutes, made by the law itself over a floor that changes."""

from __future__ import annotations

from datetime import timedelta

from app.bootstrap import Parts
from campaigns.campaign import Campaign
from dialer.forecast import Abandoned, AgentState, Dialed, Learnt, Live
from dialer.pacing import (
    AgentView,
    Bound,
    CallStage,
    CallView,
    PacingDecision,
    PacingSettings,
    Snapshot,
    decide,
    learnt_for,
)
from dialer.pacing.figures import kept
from dialer.ports import LoggedDecision

SETTINGS = PacingSettings(close_at=28800.0)
SECONDS = 600
SILENT = range(300, 330)
"""No dialer ran for half a minute."""


def seed_decisions(parts: Parts, campaign: Campaign) -> list[LoggedDecision]:
    """One for each second of the last ten minutes but `SILENT`, oldest first."""
    learnt = _taught()
    now = parts.clock.now()
    made = []
    for second in range(SECONDS):
        if second in SILENT:
            continue
        decision = _decide(second, learnt)
        made.append(
            LoggedDecision(
                campaign_id=campaign.id,
                decided_at=now - timedelta(seconds=SECONDS - 1 - second),
                calls=decision.calls,
                placed=decision.calls,
                bound=decision.bound.value,
                until_at=None,
                inputs=kept(decision.inputs),
            )
        )
    with parts.database() as uow:
        uow.decisions.add_all(made)
    return made


def _taught() -> Learnt:
    """A run that has seen 2,000 people, of whom 38 got nobody."""
    learnt = learnt_for(SETTINGS)
    for i in range(2000):
        for _ in range(4):
            learnt.observe(Dialed(float(i), i))
        learnt.observe(Live(float(i), i, 12.0))
    for i in range(38):
        learnt.observe(Abandoned(float(i), i))
    return learnt


def _decide(second: int, learnt: Learnt) -> PacingDecision:
    """The floor breathes; a budget that is spent, a trunk that is full, a carrier that is down."""
    if 200 <= second < 230:
        return PacingDecision(0, Bound.CARRIER_DOWN)
    idle = 1 + second // 7 % 5
    ringing = 4 + second // 3 % 9
    lines = 2 if 400 <= second < 480 else 40
    caps = {Bound.TRUNK: lines, Bound.NOBODY_CALLABLE: 900}
    seen = Snapshot(
        t=3000.0 + second,
        max_calls=lines,
        max_bound=Bound.TRUNK,
        list_left=900,
        agents=(
            *_agents(AgentState.IDLE, idle, 3.0),
            *_agents(AgentState.TALK, 21 - idle, 70.0),
            *_agents(AgentState.WRAP, 3, 8.0),
        ),
        calls=tuple(CallView(i, CallStage.RINGING, 2.0 * i, 2.0 * i) for i in range(ringing)),
        window_live=2000,
        window_abandoned=60 if second < 90 else 38,
        caps=caps,
    )
    return decide(seen, SETTINGS, learnt)


def _agents(state: AgentState, count: int, seconds: float) -> list[AgentView]:
    return [AgentView(f"{state}-{i}", state, seconds * (i + 1) / 2) for i in range(count)]
