"""What is kept of a tick, so that its decision can be explained later from nothing else.

Plain numbers under short names; docs/pacing-explained.md says what each means. A day has tens of
thousands of ticks, so that the log keeps them rounded, and few that are nought (`kept`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count, takewhile

from compliance.abandonment_definitions import DefinitionName
from compliance.case import DialMode
from dialer.forecast import NODES, AgentState, Learnt
from dialer.pacing.chances import Node
from dialer.pacing.shortage import Expected
from dialer.pacing.snapshot import OWN_WINDOW, CallStage, PacingSettings, Snapshot

VERSION = 2
"""Of the pacing: raised when the same figures would lead to another number of calls."""

MODES = (DialMode.PREVIEW, DialMode.PROGRESSIVE, DialMode.PREDICTIVE, DialMode.AGENTLESS)
"""A dial mode is kept as its place here."""

WINDOWS = (OWN_WINDOW, *(name.value for name in DefinitionName))
"""The window that binds is kept as its place here."""

DIGITS = 5
"""Decimals that are kept of a chance or an expected number."""

_NODES = tuple((f"s{i}", f"c{i}", f"cc{i}", f"f{i}", f"ff{i}") for i in range(len(NODES)))
"""Names of what is expected at each node: seconds, calls and freed agents with their squares."""

_ALWAYS = frozenset({"mode", "idle", "busy", "in_flight", "max", "spare"})
"""What is kept even where it is nought: that it is, says something."""


def seen(snapshot: Snapshot, settings: PacingSettings) -> dict[str, float]:
    """What the tick saw: agents by state, calls by stage, the window, and what cuts the number."""
    more_agents, more_calls = snapshot.more_agents, snapshot.more_calls
    states = [agent.state for agent in snapshot.agents if not agent.leaving]
    stages = [call.stage for call in snapshot.calls]
    wrap = states.count(AgentState.WRAP) + more_agents.get(AgentState.WRAP, 0)
    talk = states.count(AgentState.TALK) + more_agents.get(AgentState.TALK, 0)
    figures: dict[str, float] = {
        "v": VERSION,
        "mode": MODES.index(settings.dial_mode),
        "idle": states.count(AgentState.IDLE) + more_agents.get(AgentState.IDLE, 0),
        "busy": talk + wrap,
        "wrap": wrap,
        "leaving": len(snapshot.agents) - len(states),
        "in_flight": len(stages) + sum(more_calls.values()),
        "limit": settings.limit_rate,
        "window": WINDOWS.index(snapshot.window_of),
        "live": snapshot.window_live,
        "abandoned": snapshot.window_abandoned,
        "max": snapshot.max_calls,
    }
    for stage in CallStage:
        figures[stage] = stages.count(stage) + more_calls.get(stage, 0)
    for bound, calls in snapshot.caps.items():
        figures[f"max_{bound}"] = calls
    return figures


def foretold(nodes: Sequence[Node], learnt: Learnt) -> dict[str, float]:
    """What was expected at each node, and what is learnt of all calls and agents together."""
    figures: dict[str, float] = {
        "live_rate": learnt.live_rate,
        "live_doubt": learnt.live_doubt,
        "freed_doubt": learnt.freed_doubt,
        "calibration": learnt.calibration,
        "rung_out": int(learnt.rung_out),
    }
    for node, seconds, (s, c, cc, f, ff) in zip(nodes, learnt.node_seconds, _NODES, strict=True):
        figures[s] = seconds
        figures[c] = node.calls.mean
        figures[cc] = node.calls.square
        figures[f] = node.freed.mean
        figures[ff] = node.freed.square
        figures |= _numbered(f"{c}_", node.calls.likely) | _numbered(f"{f}_", node.freed.likely)
    return figures


def _numbered(name: str, values: Sequence[float]) -> dict[str, float]:
    return {f"{name}{place}": value for place, value in enumerate(values)}


def expected(figures: Mapping[str, float], name: str, node: int) -> Expected:
    """What was expected of the calls (`c`) or of the agents (`f`) at a node."""
    likely = takewhile(lambda key: key in figures, (f"{name}{node}_{i}" for i in count()))
    return Expected(
        figures.get(f"{name}{node}", 0.0),
        figures.get(f"{name}{name}{node}", 0.0),
        tuple(figures[key] for key in likely),
    )


def kept(inputs: Mapping[str, float]) -> dict[str, float]:
    """A decision's inputs as they are logged: rounded, and without most that are nought."""
    rounded = {name: round(value, DIGITS) for name, value in inputs.items()}
    return {
        name: value
        for name, value in rounded.items()
        if value or name in _ALWAYS or name.startswith("max_")
    }
