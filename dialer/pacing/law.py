"""The pacing law: from a tick's view and what was learnt to a number of calls.

In predictive mode the largest number of calls is started whose last one, should a person answer
it, finds nobody with a chance of at most a threshold. The threshold follows the abandonment that
the window still permits, and a guard stands before it: whatever could take the window over its
limit is dialed one call per idle agent.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from compliance.case import DialMode
from dialer.forecast import NODES, AgentState, Learnt, Row
from dialer.pacing.shortage import shortage
from dialer.pacing.snapshot import Bound, CallStage, PacingDecision, PacingSettings, Snapshot

THRESHOLD = 0.03
"""Chance that the last call finds nobody, while the window is spent as it should be."""

GUARD = 0.002
"""Chance that the calls in flight cost the window more abandons than it can bear."""

DOUBT = 1.5
"""Standard deviations allowed for not knowing how many abandoned calls were machines."""


@dataclass(frozen=True, slots=True)
class _Node:
    """What is expected at one node: live calls and freed agents (means, sums of squares)."""

    calls_mean: float
    calls_square: float
    freed_mean: float
    freed_square: float


@dataclass(frozen=True, slots=True)
class _Outlook:
    """The tick's view, weighed: agents, calls, and what is expected at each node."""

    idle: int
    busy: int
    in_flight: int
    waiting: int
    nodes: tuple[_Node, ...]

    @property
    def one_to_one(self) -> int:
        """Calls that may start so that each in flight has an idle agent."""
        return max(0, self.idle - self.in_flight)


def decide(snapshot: Snapshot, settings: PacingSettings, learnt: Learnt) -> PacingDecision:
    """How many calls to start now. Reads `learnt` and changes nothing."""
    if snapshot.t >= settings.close_at:
        return PacingDecision(0, Bound.CLOSED, {})
    if snapshot.list_left <= 0:
        return PacingDecision(0, Bound.LIST_FINISHED, {})
    most = max(0, snapshot.max_calls)
    if settings.dial_mode is DialMode.AGENTLESS:
        return PacingDecision(most, snapshot.max_bound, {})
    outlook = _look(snapshot, learnt)
    inputs: dict[str, float | int] = {
        "idle": outlook.idle,
        "busy": outlook.busy,
        "in_flight": outlook.in_flight,
    }
    if outlook.idle + outlook.busy == 0:
        return PacingDecision(0, Bound.NO_AGENTS, inputs)
    if settings.dial_mode is not DialMode.PREDICTIVE:
        calls, bound = outlook.one_to_one, Bound.NO_FREE_AGENT
    else:
        calls, bound = _predictive(snapshot, settings, learnt, outlook, inputs)
    if calls >= most:
        return PacingDecision(most, bound if calls == 0 else snapshot.max_bound, inputs)
    return PacingDecision(calls, bound, inputs)


def _predictive(
    snapshot: Snapshot,
    settings: PacingSettings,
    learnt: Learnt,
    outlook: _Outlook,
    inputs: dict[str, float | int],
) -> tuple[int, Bound]:
    """The number of calls that lines would not hold back, and what holds it."""
    spare, whole = _spare(snapshot, settings, learnt)
    inputs["spare"] = round(spare, 3)
    if spare < 1.0 or not learnt.rung_out:
        return outlook.one_to_one, Bound.ABANDONMENT_BUDGET
    threshold = _threshold(snapshot, settings, learnt, spare, outlook)
    bearable = int(spare)
    inputs["live_rate"] = round(learnt.live_rate, 4)
    inputs["threshold"] = round(threshold, 4)

    def harmless(calls: int) -> bool:
        return _risk(outlook, calls - 1, learnt) <= threshold

    def bearable_loss(calls: int) -> bool:
        return _loss(outlook, calls, learnt, bearable + 1) <= GUARD

    start = outlook.one_to_one
    calls, bound = _most(start, snapshot.max_calls, harmless), Bound.NO_FREE_AGENT
    if calls > start and not bearable_loss(calls):
        calls, bound = _most(start, calls - 1, bearable_loss), Bound.ABANDONMENT_BUDGET
    inputs["risk"] = threshold
    if calls > snapshot.max_calls or calls <= start:
        inputs["risk"] = min(threshold, _risk(outlook, min(calls, snapshot.max_calls) - 1, learnt)) if calls else 0.0
    return calls, bound


def _spare(snapshot: Snapshot, settings: PacingSettings, learnt: Learnt) -> tuple[float, float]:
    """Abandons that the window can still bear, and all that it could bear so far.

    The stricter of the window and the run so far, so that a good past is not spent in a day.
    """
    lost = settings.false_positive_rate
    rate = max(0.0, (settings.limit_rate - lost) / (1.0 - lost)) if lost < 1.0 else 0.0
    machines = learnt.machine_rate
    spread = machines * (1.0 - machines)
    found: list[tuple[float, float]] = []
    for live, abandoned in (
        (snapshot.window_live, snapshot.window_abandoned),
        (learnt.lives, learnt.abandons),
    ):
        people = max(0.0, live - learnt.hung_up) * (1.0 - machines)
        cost = abandoned * (1.0 - machines) + DOUBT * math.sqrt(abandoned * spread)
        found.append((rate * people - min(float(abandoned), cost), rate * people))
    return min(found)


def _threshold(
    snapshot: Snapshot, settings: PacingSettings, learnt: Learnt, spare: float, outlook
) -> float:
    """The chance of finding nobody that the next call may have."""
    lump = 1.0 + outlook.nodes[-1].calls_mean / P["lump"]
    share = settings.limit_rate * -math.expm1(-(spare - P["zero"]) / (P["scale"] * lump))
    left = min(P["H"], max(50.0, learnt.lives_within(settings.close_at - snapshot.t)))
    share += max(0.0, spare - P["keep"] * lump) / left
    return min(0.3, max(0.0005, share / learnt.calibration))


P = dict(zero=0.8, scale=2.0, H=700.0, keep=3.0, c=0.85, lump=10.0)


def _most(least: int, most: int, permitted: Callable[[int], bool]) -> int:
    """The largest number from `least` to `most` that is permitted, `least` unasked."""
    step, low, high = 1, least, most + 1
    while low + step < high:
        if permitted(low + step):
            low += step
            step *= 2
        else:
            high = low + step
            step = max(1, (high - low) // 2)
    return max(low, least)


def _risk(outlook: _Outlook, new_calls: int, learnt: Learnt) -> float:
    """P(a person who answers finds nobody), when `new_calls` more calls are in flight."""
    return _short(outlook, outlook.nodes[1], NODES[1], new_calls, learnt, 0)


def _loss(outlook: _Outlook, new_calls: int, learnt: Learnt, short_by: int) -> float:
    """P(`short_by` people or more find nobody), at the node where it is largest."""
    return max(
        _short(outlook, node, share, new_calls, learnt, short_by)
        for node, share in zip(outlook.nodes, NODES, strict=True)
    )


def _short(
    outlook: _Outlook, node: _Node, share: float, new_calls: int, learnt: Learnt, short_by: int
) -> float:
    chance = learnt.live_rate * share
    mean = node.calls_mean + new_calls * chance
    square = node.calls_square + new_calls * chance * chance
    freed = node.freed_mean
    return shortage(
        outlook.idle - outlook.waiting,
        mean,
        square - mean * mean * learnt.live_doubt,
        freed,
        node.freed_square - freed * freed * learnt.freed_doubt,
        short_by,
    )


def _look(snapshot: Snapshot, learnt: Learnt) -> _Outlook:
    """Weigh agents and calls by age: the one pass over the snapshot."""
    idle, busy, freed = _look_at_agents(snapshot, learnt)
    waiting, calls = _look_at_calls(snapshot, learnt)
    return _Outlook(
        idle=idle,
        busy=busy,
        in_flight=len(snapshot.calls) + sum(snapshot.more_calls.values()),
        waiting=waiting,
        nodes=tuple(
            _Node(calls[i], calls[i + 3], freed[i], freed[i + 3]) for i in range(len(NODES))
        ),
    )


def _look_at_agents(snapshot: Snapshot, learnt: Learnt) -> tuple[int, int, Row]:
    idle = busy = 0
    a = b = c = aa = bb = cc = 0.0
    for agent in snapshot.agents:
        state = agent.state
        if agent.leaving:
            continue
        if state is AgentState.IDLE:
            idle += 1
            continue
        if state is AgentState.TALK:
            row = learnt.talking_row(agent.seconds_in_state)
        elif state is AgentState.WRAP:
            row = learnt.wrapping_row(agent.seconds_in_state)
        else:
            continue
        busy += 1
        p, q, r, pp, qq, rr = row
        a += p
        b += q
        c += r
        aa += pp
        bb += qq
        cc += rr
    more = snapshot.more_agents
    freed = (a, b, c, aa, bb, cc)
    if more:
        idle += more.get(AgentState.IDLE, 0)
        for state, any_row in (
            (AgentState.TALK, learnt.talking_any),
            (AgentState.WRAP, learnt.wrapping_any),
        ):
            count = more.get(state, 0)
            busy += count
            freed = _plus(freed, count, any_row)
    return idle, busy, freed


def _look_at_calls(snapshot: Snapshot, learnt: Learnt) -> tuple[int, Row]:
    waiting = 0
    a = b = c = aa = bb = cc = 0.0
    for call in snapshot.calls:
        stage = call.stage
        if stage is CallStage.WAITING:
            waiting += 1
            continue
        if stage is CallStage.ANSWERED:
            row = learnt.answered_row(call.seconds_since_dial - call.seconds_in_stage)
        else:
            row = learnt.calling_row(call.seconds_since_dial)
        p, q, r, pp, qq, rr = row
        a += p
        b += q
        c += r
        aa += pp
        bb += qq
        cc += rr
    calls = (a, b, c, aa, bb, cc)
    more = snapshot.more_calls
    if more:
        waiting += more.get(CallStage.WAITING, 0)
        calls = _plus(calls, more.get(CallStage.ANSWERED, 0), learnt.answered_any)
        unseen = more.get(CallStage.SETUP, 0) + more.get(CallStage.RINGING, 0)
        calls = _plus(calls, unseen, learnt.calling_any)
    return waiting, calls


def _plus(row: Row, count: int, other: Row) -> Row:
    """`row` and so many times `other`."""
    if not count:
        return row
    a, b, c, aa, bb, cc = row
    p, q, r, pp, qq, rr = other
    return (
        a + count * p,
        b + count * q,
        c + count * r,
        aa + count * pp,
        bb + count * qq,
        cc + count * rr,
    )
