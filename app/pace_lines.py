"""A simulated day's view as lines of the pacing filter's contract, for another program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from compliance.case import DialMode
from dialer.forecast import (
    Abandoned,
    AgentChanged,
    AgentState,
    Answered,
    Connected,
    Dialed,
    HungUp,
    Live,
    Observation,
    Party,
    Result,
    TalkEnded,
)
from dialer.pacing import CallStage, GraceFrom, PacingSettings, Snapshot

MOST = 10_000
"""More than so many calls no tick permits."""


def init_line(
    settings: PacingSettings,
    agents: int,
    close: float,
    held: tuple[int, int],
    lines: int | None,
    calls_per_second: float | None,
) -> dict[str, object]:
    """The first line; `held` is what the abandonment window held before the day.

    `dial_mode` and `calls_per_agent` are not in the contract, which knows no mode but the
    predictive one: they are there where the day is set to something else.
    """
    british = settings.grace_from is not GraceFrom.GREETING_END
    return {
        "type": "init",
        "v": 1,
        "cfg": {
            "rule": "UK" if british else "US",
            "limit": settings.limit_rate,
            "grace": settings.grace_seconds,
            "grace_from": settings.grace_from.value,
            "window": "24h" if british else "30d",
            "prior_live": held[0],
            "prior_abandoned": held[1],
            "agents": agents,
            "tick": settings.tick_seconds,
            "close": close,
            "timeout": settings.max_ring_seconds,
            "amd": settings.detection,
            "amd_fp_est": settings.false_positive_rate,
            "trunks": lines,
            "cps": calls_per_second,
            "connect": settings.connect_seconds,
            **_beyond_the_contract(settings),
        },
    }


def _beyond_the_contract(settings: PacingSettings) -> dict[str, object]:
    if settings.calls_per_agent is not None:
        return {"calls_per_agent": settings.calls_per_agent}
    if settings.dial_mode is not DialMode.PREDICTIVE:
        return {"dial_mode": settings.dial_mode.value}
    return {}


class Ticks:
    """Makes the line of each tick; counts what the contract wants as totals."""

    def __init__(self) -> None:
        self._totals: Counter[str] = Counter()

    def line(self, snapshot: Snapshot, seen: Sequence[Observation]) -> dict[str, object]:
        """The tick's line; `seen` is what has happened since the last one."""
        for one in seen:
            self._count(one)
        states = Counter(agent.state for agent in snapshot.agents)
        stages = Counter(call.stage for call in snapshot.calls)
        return {
            "type": "tick",
            "t": snapshot.t,
            "max": min(MOST, max(0, snapshot.max_calls)),
            "list_left": max(0, snapshot.list_left),
            "n": {
                **{s.value: states[s] for s in (AgentState.IDLE, AgentState.TALK, AgentState.WRAP)},
                **{stage.value: stages[stage] for stage in CallStage},
            },
            "c": {name: self._totals[name] for name in _TOTALS},
            "win": {"live": snapshot.window_live, "abandoned": snapshot.window_abandoned},
            "ev": [entry for entry in map(_entry, seen) if entry],
            "agents": [
                [a.id, a.state.value, round(a.seconds_in_state, 3), a.leaving]
                for a in snapshot.agents
            ],
            "calls": [
                [c.id, c.stage.value, round(c.seconds_since_dial, 3), round(c.seconds_in_stage, 3)]
                for c in snapshot.calls
            ],
        }

    def _count(self, one: Observation) -> None:
        match one:
            case Dialed():
                self._totals["dialed"] += 1
            case Answered():
                self._totals["answered"] += 1
            case Live():
                self._totals["live"] += 1
            case Result():
                self._totals[one.outcome.value] += 1
            case Connected():
                self._totals["connected"] += 1
            case Abandoned():
                self._totals["abandoned"] += 1
            case HungUp():
                self._totals["hangup"] += 1
            case TalkEnded():
                human = one.party is Party.HUMAN
                self._totals["human_talks" if human else "machine_talks"] += 1
            case _:
                pass


_TOTALS = (
    "dialed",
    "answered",
    "busy",
    "invalid",
    "noanswer",
    "machine",
    "live",
    "connected",
    "abandoned",
    "hangup",
    "human_talks",
    "machine_talks",
)


def _entry(one: Observation) -> list[object]:
    """The contract's entry for what has happened; empty for what it does not tell."""
    match one:
        case Dialed():
            told: list[object] = ["dial", one.call]
        case Answered():
            told = ["answered", one.call, round(one.seconds_since_dial, 3)]
        case Live():
            told = ["live", one.call, round(one.ring_seconds, 3)]
        case Result():
            told = ["result", one.call, one.outcome.value, round(one.seconds_since_dial, 3)]
        case Connected():
            told = ["connect", one.call, one.agent, round(one.wait_seconds, 3)]
        case Abandoned():
            told = ["abandon", one.call]
        case HungUp():
            told = ["hangup", one.call]
        case TalkEnded():
            told = ["talk_end", one.call, one.agent, round(one.talk_seconds, 3), one.party.value]
        case AgentChanged():
            told = ["agent", one.agent, one.state.value]
        case _:
            return []
    return [round(one.t, 3), *told]
