"""What is kept of a tick, so that its decision can be explained later from nothing else.

Plain numbers under short names, rounded, and none that are nought: a day has tens of thousands of
ticks. docs/pacing-explained.md says what each name means.
"""

from __future__ import annotations

from collections.abc import Sequence

from compliance.case import DialMode
from dialer.forecast import AgentState, Learnt
from dialer.pacing.chances import Node
from dialer.pacing.snapshot import CallStage, PacingSettings, Snapshot

VERSION = 1
"""Of the pacing: raised when the same figures would lead to another number of calls."""

MODES = (DialMode.PREVIEW, DialMode.PROGRESSIVE, DialMode.PREDICTIVE, DialMode.AGENTLESS)
"""A dial mode is kept as its place here."""

DIGITS = 5
"""Decimals that are kept of a chance or an expected number."""


def seen(snapshot: Snapshot, settings: PacingSettings) -> dict[str, float]:
    """What the tick saw: agents by state, calls by stage, the window, and what cuts the number."""
    idle, talk, wrap, leaving = _agents(snapshot)
    setup, ringing, answered, waiting = _calls(snapshot)
    return {
        "v": VERSION,
        "mode": MODES.index(settings.dial_mode),
        "idle": idle,
        "busy": talk + wrap,
        "in_flight": setup + ringing + answered + waiting,
        "limit": settings.limit_rate,
        "max": snapshot.max_calls,
        **{f"max_{bound}": calls for bound, calls in snapshot.caps.items()},
        **_told(
            wrap=wrap,
            leaving=leaving,
            setup=setup,
            ringing=ringing,
            answered=answered,
            waiting=waiting,
            live=snapshot.window_live,
            abandoned=snapshot.window_abandoned,
        ),
    }


def foretold(nodes: Sequence[Node], learnt: Learnt) -> dict[str, float]:
    """What was expected at each node, and what is learnt of all calls and agents together."""
    figures: dict[str, float] = _told(
        live_rate=round(learnt.live_rate, DIGITS),
        live_doubt=round(learnt.live_doubt, DIGITS),
        freed_doubt=round(learnt.freed_doubt, DIGITS),
        calibration=round(learnt.calibration, 3),
        rung_out=int(learnt.rung_out),
    )
    for i, (node, seconds) in enumerate(zip(nodes, learnt.node_seconds, strict=True)):
        figures |= _told(
            **{
                f"s{i}": round(seconds, 1),
                f"c{i}": round(node.calls_mean, DIGITS),
                f"cc{i}": round(node.calls_square, DIGITS),
                f"f{i}": round(node.freed_mean, DIGITS),
                f"ff{i}": round(node.freed_square, DIGITS),
            }
        )
    return figures


def _told(**figures: float) -> dict[str, float]:
    """Those that are not nought."""
    return {name: value for name, value in figures.items() if value}


def _agents(snapshot: Snapshot) -> tuple[int, int, int, int]:
    """How many are idle, talk, wrap up; and how many of all will leave and count for nothing."""
    idle = talk = wrap = leaving = 0
    for agent in snapshot.agents:
        state = agent.state
        if agent.leaving:
            leaving += 1
        elif state is AgentState.IDLE:
            idle += 1
        elif state is AgentState.TALK:
            talk += 1
        elif state is AgentState.WRAP:
            wrap += 1
    more = snapshot.more_agents
    return (
        idle + more.get(AgentState.IDLE, 0),
        talk + more.get(AgentState.TALK, 0),
        wrap + more.get(AgentState.WRAP, 0),
        leaving,
    )


def _calls(snapshot: Snapshot) -> tuple[int, int, int, int]:
    """How many are set up, ring, are answered, wait for an agent."""
    setup = ringing = answered = waiting = 0
    for call in snapshot.calls:
        stage = call.stage
        if stage is CallStage.RINGING:
            ringing += 1
        elif stage is CallStage.ANSWERED:
            answered += 1
        elif stage is CallStage.SETUP:
            setup += 1
        else:
            waiting += 1
    more = snapshot.more_calls
    return (
        setup + more.get(CallStage.SETUP, 0),
        ringing + more.get(CallStage.RINGING, 0),
        answered + more.get(CallStage.ANSWERED, 0),
        waiting + more.get(CallStage.WAITING, 0),
    )
