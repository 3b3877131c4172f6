"""The pacing decision as a filter: JSON lines in, one answer a line out (`fairdial pace`).

A line that cannot be read gets `{"error": ...}`, dials nothing and teaches nothing. The first
`init` that can be read starts the run; a second one is refused, because what has been learnt
belongs to the first. Lists of agents or calls that a tick leaves out are rebuilt from the events
so far, as far as the tick's numbers bear them out.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

from campaigns.campaign import CALLS_PER_AGENT_LEAST, CALLS_PER_AGENT_MOST
from compliance.case import DialMode
from dialer.forecast import (
    Abandoned,
    AgentChanged,
    AgentState,
    Answered,
    CallOutcome,
    Connected,
    Decided,
    Dialed,
    HungUp,
    Id,
    Learnt,
    Live,
    Observation,
    Party,
    Result,
    TalkEnded,
)
from dialer.pacing import (
    AgentView,
    Bound,
    CallStage,
    CallView,
    GraceFrom,
    PacingSettings,
    Snapshot,
    decide,
    learnt_for,
)
from dialer.pacing.figures import kept

_S = TypeVar("_S", AgentState, CallStage)
_W = TypeVar("_W", AgentState, CallStage, CallOutcome, Party)
_R = TypeVar("_R")

_MOST = 2**53
"""The largest count that is read: beyond it a JSON number is no longer exact."""

_COUNTED = (
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


class UnreadableLineError(ValueError):
    """A line is not what the contract says; the message names the field and what it must be."""


def run(lines: Iterable[str | bytes], write: Callable[[str], object]) -> int:
    """Answer each line with one line, until `end` or the end of input; the exit code, 0.

    `write` is given whole lines and flushes them.
    """
    pace = _Run()
    for line in lines:
        try:
            message = _read(line)
            if message.get("type") == "end":
                return 0
            answer = pace.answer(message)
        except UnreadableLineError as error:
            answer = {"error": str(error)}
        write(json.dumps(answer) + "\n")
    return 0


def _read(line: str | bytes) -> dict[str, object]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UnreadableLineError(f"not a line of JSON: {error}") from None
    return _mapping(message, "the line")


# ---------------------------------------------------------------------------------- the floor
class _Floor:
    """Agents and calls as the events tell them, for ticks that do not list them."""

    def __init__(self) -> None:
        self.agents: dict[Id, tuple[AgentState, float]] = {}
        self.calls: dict[Id, tuple[CallStage, float, float]] = {}

    def observe(self, seen: Observation) -> None:
        match seen:
            case Dialed(t, call):
                self.calls[call] = (CallStage.RINGING, t, t)
            case Answered(t, call, dialed):
                self.calls[call] = (CallStage.ANSWERED, t - dialed, t)
            case Live(t, call, _):
                _, dialed, _ = self.calls.get(call, (None, t, t))
                self.calls[call] = (CallStage.WAITING, dialed, t)
            case Result() | Abandoned() | HungUp():
                self.calls.pop(seen.call, None)
            case Connected(t, call, agent, _):
                self.calls.pop(call, None)
                self.agents[agent] = (AgentState.TALK, t)
            case TalkEnded(t, _, agent, _, _):
                self.agents[agent] = (AgentState.WRAP, t)
            case AgentChanged(t, agent, state):
                if self.agents.get(agent, (None, t))[0] is not state:
                    self.agents[agent] = (state, t)

    def snapshot(self, tick: _Tick, lines: int | None) -> Snapshot:
        """The tick's view, with what its lists leave out."""
        agents = self._agents(tick) if tick.agents is None else tick.agents
        calls = self._calls(tick) if tick.calls is None else tick.calls
        return Snapshot(
            t=tick.t,
            max_calls=tick.most,
            max_bound=_max_bound(tick, lines),
            list_left=tick.list_left,
            agents=agents,
            calls=calls,
            window_live=tick.window_live,
            window_abandoned=tick.window_abandoned,
            more_agents=_beyond(tick.agents_by_state, Counter(a.state for a in agents)),
            more_calls=_beyond(tick.calls_by_stage, Counter(c.stage for c in calls)),
        )

    def _agents(self, tick: _Tick) -> tuple[AgentView, ...]:
        """Agents whose state the tick's numbers bear out, with the age that the events tell."""
        left = dict(tick.agents_by_state)
        views = []
        for agent, (state, since) in self.agents.items():
            if left.get(state, 0):
                left[state] -= 1
                views.append(AgentView(agent, state, max(0.0, tick.t - since)))
        return tuple(views)

    def _calls(self, tick: _Tick) -> tuple[CallView, ...]:
        """Calls whose stage the tick's numbers bear out, with the age that the events tell."""
        left = dict(tick.calls_by_stage)
        views = []
        for call, (told, dialed, since) in self.calls.items():
            # No event says when ringing begins: the youngest calls, the last here, are set up.
            setup = told is CallStage.RINGING and not left[told]
            stage = CallStage.SETUP if setup else told
            if left[stage]:
                left[stage] -= 1
                ages = max(0.0, tick.t - dialed), max(0.0, tick.t - since)
                views.append(CallView(call, stage, *ages))
        return tuple(views)


def _beyond(counts: Mapping[_S, int], listed: Counter[_S]) -> dict[_S, int]:
    """How many of each the numbers know beyond those listed."""
    return {key: n - listed[key] for key, n in counts.items() if n > listed[key]}


def _max_bound(tick: _Tick, lines: int | None) -> Bound:
    """Which limit `max` is: the list's end, the lines, or else calls a second."""
    if tick.most >= tick.list_left:
        return Bound.LIST_FINISHED
    if lines is None:
        return Bound.CALLS_PER_SECOND
    used = sum(tick.calls_by_stage.values()) + tick.agents_by_state[AgentState.TALK]
    return Bound.TRUNK if tick.most >= lines - used else Bound.CALLS_PER_SECOND


# ------------------------------------------------------------------------------------ the run
@dataclass(slots=True)
class _Run:
    """What is kept between lines."""

    settings: PacingSettings | None = None
    learnt: Learnt = field(default_factory=Learnt)
    lines: int | None = None
    floor: _Floor = field(default_factory=_Floor)

    def answer(self, message: dict[str, object]) -> dict[str, object]:
        kind = message.get("type")
        if kind == "init":
            return self._start(message)
        if kind == "tick":
            return self._tick(message)
        raise UnreadableLineError(f"type: init, tick or end is needed, not {kind!r}")

    def _start(self, message: dict[str, object]) -> dict[str, object]:
        if self.settings is not None:
            raise UnreadableLineError("init: the run has begun already; start another process")
        if message.get("v") != 1 or isinstance(message["v"], bool):
            raise UnreadableLineError("v: this program speaks version 1")
        self.settings, self.lines = _settings(_mapping(message.get("cfg"), "cfg"))
        self.learnt = learnt_for(self.settings)
        return {}

    def _tick(self, message: dict[str, object]) -> dict[str, object]:
        if self.settings is None:
            raise UnreadableLineError("tick: an init must come first")
        tick = _Tick.read(message)
        for seen in tick.seen:
            self.learnt.observe(seen)
            self.floor.observe(seen)
        decision = decide(self.floor.snapshot(tick, self.lines), self.settings, self.learnt)
        self.learnt.observe(Decided(tick.t, decision.calls, decision.risk))
        return {"dial": decision.calls, "bound": decision.bound, "inputs": kept(decision.inputs)}


def _settings(cfg: Mapping[str, object]) -> tuple[PacingSettings, int | None]:
    """The run's settings, and the lines at most."""
    _one_of(cfg, "rule", ("US", "UK"), "cfg.")
    grace_from = _one_of(cfg, "grace_from", tuple(GraceFrom), "cfg.")
    if not isinstance(cfg.get("window"), str):
        raise UnreadableLineError("cfg.window: a text such as 30d or 24h is needed")
    for name in ("prior_live", "prior_abandoned", "agents"):
        _count(cfg, name, "cfg.")
    if cfg.get("cps") is not None:
        _number(cfg, "cps", "cfg.")
    if not isinstance(cfg.get("amd"), bool):
        raise UnreadableLineError("cfg.amd: true or false is needed")
    dial_mode = _dial_mode(cfg)
    settings = PacingSettings(
        dial_mode=dial_mode,
        limit_rate=_share(cfg, "limit", "cfg."),
        grace_seconds=_number(cfg, "grace", "cfg."),
        grace_from=GraceFrom(grace_from),
        tick_seconds=_number(cfg, "tick", "cfg."),
        max_ring_seconds=_number(cfg, "timeout", "cfg."),
        close_at=_number(cfg, "close", "cfg."),
        detection=bool(cfg["amd"]),
        connect_seconds=_number(cfg, "connect", "cfg."),
        false_positive_rate=_share(cfg, "amd_fp_est", "cfg."),
        calls_per_agent=_calls_per_agent(cfg, dial_mode),
    )
    return settings, None if cfg.get("trunks") is None else _count(cfg, "trunks", "cfg.")


def _dial_mode(cfg: Mapping[str, object]) -> DialMode:
    """The mode, if one is given: `dial_mode` is not in the contract, which knows no other."""
    if cfg.get("dial_mode") is None:
        return DialMode.PREDICTIVE
    return DialMode(_one_of(cfg, "dial_mode", tuple(DialMode), "cfg."))


def _calls_per_agent(cfg: Mapping[str, object], dial_mode: DialMode) -> float | None:
    """A fixed ratio, if one is given; it is not in the contract either."""
    if cfg.get("calls_per_agent") is None:
        return None
    ratio = _number(cfg, "calls_per_agent", "cfg.")
    if not CALLS_PER_AGENT_LEAST <= ratio <= CALLS_PER_AGENT_MOST:
        raise UnreadableLineError(
            f"cfg.calls_per_agent: a number from {CALLS_PER_AGENT_LEAST} to "
            f"{CALLS_PER_AGENT_MOST} is needed"
        )
    if dial_mode is not DialMode.PREDICTIVE:
        raise UnreadableLineError("cfg.calls_per_agent: goes only with dial_mode predictive")
    return ratio


# ----------------------------------------------------------------------------------- the tick
@dataclass(frozen=True, slots=True)
class _Tick:
    """One tick line, read in full before anything is learnt from it."""

    t: float
    most: int
    list_left: int
    agents_by_state: dict[AgentState, int]
    calls_by_stage: dict[CallStage, int]
    window_live: int
    window_abandoned: int
    seen: tuple[Observation, ...]
    agents: tuple[AgentView, ...] | None
    calls: tuple[CallView, ...] | None

    @classmethod
    def read(cls, message: Mapping[str, object]) -> _Tick:
        now = _mapping(message.get("n"), "n")
        totals = _mapping(message.get("c"), "c")
        window = _mapping(message.get("win"), "win")
        for name in _COUNTED:
            _count(totals, name, "c.")
        return cls(
            t=_number(message, "t"),
            most=_count(message, "max"),
            list_left=_count(message, "list_left"),
            agents_by_state={
                state: _count(now, state, "n.")
                for state in (AgentState.IDLE, AgentState.TALK, AgentState.WRAP)
            },
            calls_by_stage={stage: _count(now, stage, "n.") for stage in CallStage},
            window_live=_count(window, "live", "win."),
            window_abandoned=_count(window, "abandoned", "win."),
            seen=tuple(filter(None, _rows(message.get("ev"), "ev", _event))),
            agents=_rows(message["agents"], "agents", _agent) if "agents" in message else None,
            calls=_rows(message["calls"], "calls", _call) if "calls" in message else None,
        )


def _rows(entries: object, name: str, read: Callable[[object], _R]) -> tuple[_R, ...]:
    """Each row of a list as `read` understands it; what is wrong is said with the row's place."""
    rows = _list(entries, name)
    found: list[_R] = []
    try:
        for row in rows:
            found.append(read(row))  # noqa: PERF401 - how many there are, says where it went wrong
    except UnreadableLineError as error:
        raise UnreadableLineError(f"{name}[{len(found)}]{error}") from None
    return tuple(found)


def _event(entry: object) -> Observation | None:
    """What has happened; None for kinds that later versions may add."""
    row = _row(entry, 2)
    t, kind = _seconds(row[0], "[0]"), row[1]
    if not isinstance(kind, str):
        raise UnreadableLineError("[1]: the kind's name is needed")
    make = _EVENTS.get(kind)
    return None if make is None else make(t, row)


_STATES = {state.value: state for state in AgentState}
_STAGES = {stage.value: stage for stage in CallStage}
_OUTCOMES = {outcome.value: outcome for outcome in CallOutcome}
_PARTIES = {party.value: party for party in Party}

_EVENTS: dict[str, Callable[[float, list[object]], Observation]] = {
    "dial": lambda t, row: Dialed(t, _id(row, 2)),
    "answered": lambda t, row: Answered(t, _id(row, 2), _seconds_in(row, 3)),
    "live": lambda t, row: Live(t, _id(row, 2), _seconds_in(row, 3)),
    "result": lambda t, row: Result(t, _id(row, 2), _word(row, 3, _OUTCOMES), _seconds_in(row, 4)),
    "connect": lambda t, row: Connected(t, _id(row, 2), _id(row, 3), _seconds_in(row, 4)),
    "abandon": lambda t, row: Abandoned(t, _id(row, 2)),
    "hangup": lambda t, row: HungUp(t, _id(row, 2)),
    "talk_end": lambda t, row: TalkEnded(
        t, _id(row, 2), _id(row, 3), _seconds_in(row, 4), _word(row, 5, _PARTIES)
    ),
    "agent": lambda t, row: AgentChanged(t, _id(row, 2), _word(row, 3, _STATES)),
}
"""What each kind of event says."""


def _agent(entry: object) -> AgentView:
    row = _row(entry, 4)
    leaving = row[3]
    if not isinstance(leaving, bool):
        raise UnreadableLineError("[3]: true or false is needed")
    return AgentView(_id(row, 0), _word(row, 1, _STATES), _seconds_in(row, 2), leaving)


def _call(entry: object) -> CallView:
    row = _row(entry, 4)
    return CallView(_id(row, 0), _word(row, 1, _STAGES), _seconds_in(row, 2), _seconds_in(row, 3))


# ----------------------------------------------------------------------------------- reading
def _mapping(value: object, name: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise UnreadableLineError(f"{name}: an object is needed")
    return cast("dict[str, object]", value)


def _list(value: object, name: str) -> list[object]:
    if not isinstance(value, list):
        raise UnreadableLineError(f"{name}: a list is needed")
    return cast("list[object]", value)


def _row(value: object, least: int) -> list[object]:
    row = _list(value, "")
    if len(row) < least:
        raise UnreadableLineError(f": {least} entries are needed")
    return row


def _seconds(value: object, name: str) -> float:
    """A number, finite and not negative; true and false are none."""
    if not isinstance(value, float) and (not isinstance(value, int) or isinstance(value, bool)):
        raise UnreadableLineError(f"{name}: a number is needed")
    if not 0 <= value <= _MOST:
        raise UnreadableLineError(f"{name}: a finite number of at least 0 is needed")
    return float(value)


def _number(values: Mapping[str, object], name: str, prefix: str = "") -> float:
    return _seconds(values.get(name), prefix + name)


def _share(values: Mapping[str, object], name: str, prefix: str) -> float:
    share = _number(values, name, prefix)
    if share > 1.0:
        raise UnreadableLineError(f"{prefix}{name}: a share from 0 to 1 is needed")
    return share


def _count(values: Mapping[str, object], name: str, prefix: str = "") -> int:
    value = values.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST:
        raise UnreadableLineError(f"{prefix}{name}: a whole number of at least 0 is needed")
    return value


def _one_of(values: Mapping[str, object], name: str, words: Iterable[str], prefix: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or value not in tuple(words):
        raise UnreadableLineError(f"{prefix}{name}: one of {', '.join(words)} is needed")
    return value


def _entry(row: list[object], i: int) -> object:
    if i >= len(row):
        raise UnreadableLineError(f": entry {i} is missing")
    return row[i]


def _seconds_in(row: list[object], i: int) -> float:
    value = _entry(row, i)
    # A thousand agents are read each second: what is right, the most frequent kind, at once.
    if isinstance(value, float) and 0.0 <= value <= _MOST:
        return value
    return _seconds(value, f"[{i}]")


def _word(row: list[object], i: int, words: Mapping[str, _W]) -> _W:
    value = _entry(row, i)
    word = words.get(value) if isinstance(value, str) else None
    if word is None:
        raise UnreadableLineError(f"[{i}]: one of {', '.join(words)} is needed")
    return word


def _id(row: list[object], i: int) -> Id:
    value = _entry(row, i)
    if not isinstance(value, int | str) or isinstance(value, bool):
        raise UnreadableLineError(f"[{i}]: a number or text that names it is needed")
    return value
