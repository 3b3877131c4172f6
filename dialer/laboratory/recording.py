"""A past day rebuilt from its published events."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

from campaigns.events import AgentState, Disposition
from compliance.abandonment_definitions import PERSONS, AnsweredBy
from compliance.ended_call import (
    EndedCall,
    EventFieldError,
    ended_call,
    event_detail,
    one_of,
    parse_instant,
    text_field,
    whole_number,
)
from dialer.forecast import CallOutcome
from dialer.laboratory.habits import DETECTION_LAG
from dialer.laboratory.past import Figures, PastCall, PastDay, Span, made
from dialer.laboratory.source import Absence, Fate, Shift
from dialer.pacing import Bound, GraceFrom, PacingSettings

_WORKING = (AgentState.IDLE, AgentState.TALK, AgentState.WRAP)
_DRY = frozenset({Bound.NOBODY_CALLABLE, Bound.LIST_FINISHED})
_HALTED = frozenset(
    {
        Bound.CLOSED,
        Bound.NOT_RUNNING,
        Bound.CARRIER_DOWN,
        Bound.LEASE_LOST,
        Bound.STALE_FIGURES,
        Bound.UNSAFE_CLOCK,
        Bound.RULES_UNREADABLE,
    }
)


_OF_AGENTS = frozenset({"Agent State Changed", "Agent Left", "Agent Joined"})

_FOREVER = 1_000_000.0
"""No wait takes so many seconds."""

_Detail = Mapping[str, object]

_Before = dict[str, tuple[datetime, bool]]
"""Of each person who answered before the day: when, and whether they were abandoned."""


class NothingRecordedError(Exception):
    """The events tell of no call on that day that began and ended."""


# ------------------------------------------------------------------------------------ reading
@dataclass(slots=True)
class _Read:
    """The events of one campaign, sorted by kind."""

    ended: dict[str, EndedCall] = field(default_factory=dict)
    agents: dict[str, str] = field(default_factory=dict)
    abandoned: set[str] = field(default_factory=set)
    ended_at: dict[str, datetime] = field(default_factory=dict)
    dispositions: dict[str, Disposition] = field(default_factory=dict)
    rang_at: dict[str, datetime] = field(default_factory=dict)
    classified_at: dict[str, datetime] = field(default_factory=dict)
    placed_at: dict[str, tuple[datetime, int]] = field(default_factory=dict)
    waits: dict[str, float] = field(default_factory=dict)
    states: dict[str, dict[int, tuple[datetime, AgentState]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    bounds: dict[int, tuple[datetime, str]] = field(default_factory=dict)
    last_at: datetime | None = None


def past_day(
    events: Iterable[Mapping[str, object]],
    campaign_id: str,
    first: datetime,
    last: datetime,
    settings: PacingSettings,
    seed: int,
    window: timedelta = timedelta(hours=24),
) -> PastDay:
    """Rebuild the day [first, last) of a campaign from its events, in any order and with copies.

    Events before the day tell what the abandonment window of so long, or the law's block of 30
    days, held; the tighter one counts.

    Raises:
        NothingRecordedError: no call of that day began and ended.
        EventFieldError: a field is not what the catalogue says.
    """
    today, before = _Read(), _Before()
    for envelope in events:
        detail = event_detail(envelope)
        at = parse_instant(detail.get("occurredAt"), "detail.occurredAt")
        here = detail.get("campaignId") in (None, campaign_id)
        kind = str(envelope.get("detail-type"))
        if at < first:
            if here and kind == "Call Ended":
                _take_before(before, envelope, detail)
        elif at < last:
            _take(today, kind, envelope, detail, at, here)
    return _rebuilt(today, before, first, settings, seed, window)


def _take_before(before: _Before, envelope: Mapping[str, object], detail: _Detail) -> None:
    call = ended_call(envelope)
    if call.answered_by in PERSONS and call.connected_to_system is not None:
        abandoned = detail.get("abandoned") is True
        before[call.attempt_id] = (call.connected_to_system, abandoned)


def _take(
    into: _Read,
    kind: str,
    envelope: Mapping[str, object],
    detail: _Detail,
    at: datetime,
    here: bool,
) -> None:
    """An event of the day; of what is not `here`, of the campaign, only where agents went."""
    if kind in _OF_AGENTS:
        # A shared agent who works for another campaign is not here meanwhile.
        away = not here or kind == "Agent Left"
        state = AgentState.OUT if away else one_of(AgentState, detail, "state")
        number = whole_number(detail, "sequence")
        into.states[text_field(detail, "agentId")][number] = (at, state)
    if here:
        into.last_at = max(into.last_at or at, at)
        _take_of_calls(into, kind, envelope, detail, at)


def _take_of_calls(
    into: _Read, kind: str, envelope: Mapping[str, object], detail: _Detail, at: datetime
) -> None:
    match kind:
        case "Pacing Changed" | "Campaign Paused" | "Campaign Resumed":
            told = str(detail.get("bound") or "")
            halted = Bound.NOT_RUNNING if kind == "Campaign Paused" else ""
            into.bounds[whole_number(detail, "sequence")] = (at, told or halted)
        case "Call Placed":
            attempt = text_field(detail, "attemptId")
            row = detail.get("listRow")
            into.placed_at[attempt] = (at, row if isinstance(row, int) else 0)
        case "Call Ringing":
            into.rang_at[text_field(detail, "attemptId")] = at
        case "Call Classified":
            into.classified_at[text_field(detail, "attemptId")] = at
        case "Agent Connected":
            into.waits[text_field(detail, "attemptId")] = _seconds(detail, "waitSeconds")
        case "Call Ended":
            call = ended_call(envelope)
            into.ended[call.attempt_id] = call
            into.ended_at[call.attempt_id] = at
            if isinstance(detail.get("agentId"), str):
                into.agents[call.attempt_id] = str(detail["agentId"])
            if detail.get("abandoned") is True:
                into.abandoned.add(call.attempt_id)
            into.dispositions[call.attempt_id] = one_of(Disposition, detail, "disposition")
        case _:
            pass


def _seconds(detail: _Detail, name: str) -> float:
    """A field that must hold seconds, or EventFieldError."""
    value = detail.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _FOREVER:
        return float(value)
    raise EventFieldError(f"detail.{name}", "must be a number of seconds, 0 or more")


def _rebuilt(
    today: _Read,
    before: _Before,
    first: datetime,
    settings: PacingSettings,
    seed: int,
    window: timedelta,
) -> PastDay:
    here = {
        agent: states
        for agent, states in today.states.items()
        if any(state in _WORKING for _, state in states.values())
    }
    begins = [at for at, _ in today.placed_at.values()]
    begins += [at for states in here.values() for at, _ in states.values()]
    if today.last_at is None or not today.placed_at.keys() & today.ended.keys():
        raise NothingRecordedError
    start = max(first, min(begins).replace(microsecond=0))
    clock = _Clock(start)
    seconds = math.ceil(clock.at(today.last_at))
    agents = sorted(here)
    turns = {agent: _turns(here[agent], clock) for agent in agents}
    live, abandoned = _held(before, start, window)
    bounds = [today.bounds[number] for number in sorted(today.bounds)]
    return PastDay(
        start=start,
        seconds=float(seconds),
        shifts=tuple(_shift(turns[agent], seconds) for agent in agents),
        talks=tuple(_talks(agent, today, turns[agent], clock) for agent in agents),
        calls=_calls(today, clock, turns, settings, seed),
        dry=_spans(bounds, _DRY, clock, seconds),
        halted=_spans(bounds, _HALTED, clock, seconds),
        figures=_figures(today, [turns[agent] for agent in agents], seconds),
        prior_live=live,
        prior_abandoned=abandoned,
    )


@dataclass(frozen=True, slots=True)
class _Clock:
    """Seconds since the day's start."""

    start: datetime

    def at(self, instant: datetime) -> float:
        return (instant - self.start).total_seconds()


_Turn = tuple[float, AgentState]
"""From when on an agent is in a state."""


def _turns(states: Mapping[int, tuple[datetime, AgentState]], clock: _Clock) -> list[_Turn]:
    return [(clock.at(at), state) for _, (at, state) in sorted(states.items())]


def _shift(turns: Sequence[_Turn], seconds: float) -> Shift:
    """When the agent came, and each time that they left for."""
    begins = next((at for at, state in turns if state in _WORKING), math.inf)
    absences = []
    for number, (at, state) in enumerate(turns):
        if state in _WORKING or at < begins:
            continue
        if number and turns[number - 1][1] not in _WORKING:
            continue  # from a break straight home: one absence
        back = next((then for then, next_ in turns[number:] if next_ in _WORKING), math.inf)
        home = any(s is AgentState.OUT for t, s in turns[number:] if t < back)
        absences.append(Absence(at, back - at, AgentState.OUT if home else AgentState.BREAK))
    return Shift(min(begins, seconds), tuple(absences))


def _wraps(turns: Sequence[_Turn]) -> dict[float, float]:
    """Seconds of each wrap-up by the second at which it began, to the millisecond."""
    found = {}
    for (at, state), (then, _) in pairwise(turns):
        if state is AgentState.WRAP:
            found[round(at, 3)] = then - at
    return found


def _talks(
    agent: str, read: _Read, turns: Sequence[_Turn], clock: _Clock
) -> tuple[tuple[float, float], ...]:
    wraps = _wraps(turns)
    found = []
    for call in read.ended.values():
        if read.agents.get(call.attempt_id) != agent or call.answered_by not in PERSONS:
            continue
        if call.connected_to_agent is None or call.disconnected is None:
            continue
        talk = (call.disconnected - call.connected_to_agent).total_seconds()
        ended = clock.at(call.disconnected)
        found.append((ended, talk, wraps.get(round(ended, 3), 0.0)))
    return tuple((talk, wrap) for _, talk, wrap in sorted(found))


def _calls(
    read: _Read,
    clock: _Clock,
    turns: Mapping[str, Sequence[_Turn]],
    settings: PacingSettings,
    seed: int,
) -> tuple[PastCall, ...]:
    """The calls that ended, in the order in which they were dialed."""
    wraps = {agent: _wraps(of) for agent, of in turns.items()}
    order = sorted(
        (at, row, attempt) for attempt, (at, row) in read.placed_at.items() if attempt in read.ended
    )
    return tuple(
        PastCall(clock.at(at), _fate(read, attempt, at, wraps, clock, settings, seed))
        for at, _, attempt in order
    )


_OUTCOMES = {
    Disposition.BUSY: CallOutcome.BUSY,
    Disposition.INVALID_NUMBER: CallOutcome.INVALID,
}


def _fate(
    read: _Read,
    attempt: str,
    dialed: datetime,
    wraps: Mapping[str, Mapping[float, float]],
    clock: _Clock,
    settings: PacingSettings,
    seed: int,
) -> Fate:
    call = read.ended[attempt]

    def after(instant: datetime | None) -> float:
        return math.inf if instant is None else max(0.0, (instant - dialed).total_seconds())

    ended = after(read.ended_at[attempt])
    rings = min(ended, after(read.rang_at.get(attempt)))
    if call.connected_to_system is None:
        outcome = _OUTCOMES.get(read.dispositions[attempt], CallOutcome.NO_ANSWER)
        return Fate(rings, math.inf, ended, outcome)
    answered = after(call.connected_to_system)
    rings = min(rings, answered)
    decided = max(answered, min(ended, after(read.classified_at.get(attempt))))
    found_by_agent = call.answered_by is AnsweredBy.MACHINE and call.connected_to_agent is not None
    if call.answered_by not in PERSONS and not found_by_agent:
        return Fate(rings, answered, decided, CallOutcome.MACHINE)
    left_at = after(call.disconnected)
    if read.dispositions[attempt] is Disposition.HUNG_UP and (
        attempt not in read.classified_at or left_at < decided + settings.connect_seconds
    ):
        return Fate(rings, answered, left_at, CallOutcome.NO_ANSWER, left=True)
    begins, ends = after(call.greeting_start), after(call.greeting_stop)
    grace = {
        GraceFrom.CONNECTED: answered,
        GraceFrom.GREETING_START: begins,
        GraceFrom.GREETING_END: ends,
    }[settings.grace_from]
    if not math.isfinite(grace):
        grace = max(answered, decided - DETECTION_LAG) if settings.detection else answered
    due = max(decided, grace + settings.grace_seconds - settings.connect_seconds)
    if found_by_agent:
        end = call.disconnected or read.ended_at[attempt]
        wrap = wraps.get(read.agents.get(attempt, ""), {}).get(round(clock.at(end), 3), 0.0)
        talk = max(0.0, after(end) - after(call.connected_to_agent))
        return Fate(rings, answered, decided, None, False, due, math.inf, talk + wrap)
    patience = Random(f"{seed} patience {attempt}").weibullvariate(4.5, 2.0)
    leaves = max(decided, (ends if math.isfinite(ends) else answered) + patience)
    if read.dispositions[attempt] is Disposition.HUNG_UP:
        leaves = max(decided, left_at)
    elif attempt in read.abandoned:
        leaves = max(leaves, due)
    elif call.connected_to_agent is not None:
        leaves = max(leaves, after(call.connected_to_agent))
    return Fate(rings, answered, decided, None, True, due, leaves)


def _spans(
    bounds: Sequence[tuple[datetime, str]], of: frozenset[Bound], clock: _Clock, seconds: float
) -> tuple[Span, ...]:
    """When one of these bounds held."""
    found = []
    last = (clock.start + timedelta(seconds=seconds), "")
    for (at, bound), (until, _) in pairwise([*bounds, last]):
        if bound in of:
            found.append((clock.at(at), clock.at(until)))
    return tuple(found)


def _held(before: _Before, start: datetime, window: timedelta) -> tuple[int, int]:
    """People who answered and those abandoned: in the window or in 30 days, what is tighter."""
    found = []
    for length in (window, timedelta(days=30)):
        within = [abandoned for at, abandoned in before.values() if at >= start - length]
        found.append((len(within), sum(within)))
    return min(found, key=lambda one: 0.03 * one[0] - one[1])


def _figures(read: _Read, turns: Iterable[Sequence[_Turn]], seconds: float) -> Figures:
    """What really happened, counted as a replay is."""
    spent: defaultdict[AgentState, float] = defaultdict(float)
    for of in turns:
        ends = [at for at, _ in of[1:]] + [float(seconds)]
        for (at, state), end in zip(of, ends, strict=True):
            spent[state] += max(0.0, end - max(0.0, at))
    signed_in = math.fsum(s for state, s in spent.items() if state is not AgentState.OUT)
    live = [call for call in read.ended.values() if call.answered_by in PERSONS]
    abandoned = sum(call.attempt_id in read.abandoned for call in live)
    waits = sorted(read.waits[c.attempt_id] for c in live if c.attempt_id in read.waits)
    return made(
        busy=spent[AgentState.TALK] + spent[AgentState.WRAP],
        idle=spent[AgentState.IDLE],
        signed_in=signed_in,
        live=len(live),
        abandoned=abandoned,
        people=sum(call.connected_to_agent is not None for call in live),
        calls=len(read.placed_at),
        waits=waits,
    )
