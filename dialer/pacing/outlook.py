"""A tick's view, weighed by what was learnt: agents, calls, and what is expected of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dialer.forecast import NODES, AgentState, Learnt, Row
from dialer.pacing.chances import Node, chance_nobody, chance_of_loss
from dialer.pacing.shortage import LIKELY, Expected
from dialer.pacing.snapshot import CallStage, PacingSettings, Snapshot

WHOLE = 1e-9
"""Below this a product of a ratio and a number of agents misses a whole number by its rounding."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """The tick's view, weighed: agents, calls, and what is expected at each node.

    Attributes:
        idle: agents who wait. busy: those who talk or wrap up.
        held: of the idle ones, those kept for inbound calls that wait or may come. More calls may
            wait than agents are idle.
        inbound: inbound calls expected until most calls dialed now have ended.
        set_aside: agents set aside for these.
        in_flight: calls that may need an agent. waiting: those of them that are people already.
        lives: live calls expected of those in flight.
        nodes: live calls in flight and inbound calls, and freed agents, at each node.
    """

    idle: int
    busy: int
    held: int
    inbound: float
    set_aside: int
    in_flight: int
    waiting: int
    lives: float
    nodes: tuple[Node, ...]

    @property
    def free(self) -> int:
        """Idle agents for our own calls; below 0: so many inbound calls wait for agents to come."""
        return self.idle - self.held

    @property
    def one_to_one(self) -> int:
        """Calls that may start so that each in flight has an idle agent, and each inbound call."""
        return max(0, self.free - self.in_flight - self.set_aside)

    def nobody(self, new_calls: int, learnt: Learnt) -> float:
        """P(a person who answers finds nobody), with `new_calls` more calls in flight."""
        return chance_nobody(self.free - self.waiting, self.nodes, new_calls, learnt)

    def loss(self, new_calls: int, learnt: Learnt, short_by: int) -> float:
        """P(`short_by` people or more find nobody), at the node where it is largest."""
        return chance_of_loss(self.free - self.waiting, self.nodes, new_calls, learnt, short_by)


@dataclass(slots=True)
class _Sum:
    """Rows added up: the many in one row, the likely ones one by one."""

    row: Row
    likely: list[Row]

    def expected(self, node: int, more: float = 0.0) -> Expected:
        """What they come to at a node, with `more` events that come at random."""
        return Expected(
            self.row[node] + more,
            self.row[node + len(NODES)],
            tuple(row[node] for row in self.likely),
        )

    @property
    def total(self) -> float:
        """How many are expected in the end."""
        return self.expected(len(NODES) - 1).total


def set_aside(inbound: float, limit_rate: float) -> int:
    """Agents kept for the inbound calls that are expected while a call rings.

    None for a chance as small as the share of people who may be abandoned: it costs no more than
    that, and one agent with a call an hour would never dial.
    """
    return math.ceil(max(0.0, inbound - limit_rate) - WHOLE)


def look(snapshot: Snapshot, settings: PacingSettings, learnt: Learnt) -> Outlook:
    """Weigh agents and calls by age: the one pass over the snapshot.

    Inbound calls that arrive by a node need agents as live calls do. They come at random: their
    variance is their mean, which is what a sum of squares of nought says.
    """
    idle, busy, freed = _look_at_agents(snapshot, learnt)
    waiting, calls = _look_at_calls(snapshot, learnt)
    known = snapshot.inbound_waiting is not None
    inbound = [learnt.inbound_within(s) if known else 0.0 for s in learnt.node_seconds]
    return Outlook(
        idle=idle,
        busy=busy,
        held=(snapshot.inbound_waiting or 0) + settings.inbound_reserve,
        inbound=inbound[-1],
        set_aside=set_aside(inbound[-1], settings.limit_rate),
        in_flight=len(snapshot.calls) + sum(snapshot.more_calls.values()),
        waiting=waiting,
        lives=calls.total,
        nodes=tuple(
            Node.of(calls.expected(i, inbound[i]), freed.expected(i), learnt.freed_doubt)
            for i in range(len(NODES))
        ),
    )


def _look_at_agents(snapshot: Snapshot, learnt: Learnt) -> tuple[int, int, _Sum]:
    idle = 0
    rows: list[Row] = []
    for agent in snapshot.agents:
        state = agent.state
        if agent.leaving:
            continue
        if state is AgentState.IDLE:
            idle += 1
        elif state is AgentState.TALK:
            rows.append(learnt.talking_row(agent.seconds_in_state))
        elif state is AgentState.WRAP:
            rows.append(learnt.wrapping_row(agent.seconds_in_state))
    busy = len(rows)
    freed = _sum(rows)
    more = snapshot.more_agents
    if more:
        idle += more.get(AgentState.IDLE, 0)
        talk, wrap = more.get(AgentState.TALK, 0), more.get(AgentState.WRAP, 0)
        busy += talk + wrap
        freed.row = _plus(freed.row, talk, learnt.talking_any)
        freed.row = _plus(freed.row, wrap, learnt.wrapping_any)
    return idle, busy, freed


def _look_at_calls(snapshot: Snapshot, learnt: Learnt) -> tuple[int, _Sum]:
    waiting = 0
    rows: list[Row] = []
    for call in snapshot.calls:
        stage = call.stage
        if stage is CallStage.WAITING:
            waiting += 1
        elif stage is CallStage.ANSWERED:
            rows.append(learnt.answered_row(call.seconds_since_dial - call.seconds_in_stage))
        else:
            rows.append(learnt.calling_row(call.seconds_since_dial))
    calls = _sum(rows)
    more = snapshot.more_calls
    if more:
        waiting += more.get(CallStage.WAITING, 0)
        unseen = more.get(CallStage.SETUP, 0) + more.get(CallStage.RINGING, 0)
        calls.row = _plus(calls.row, more.get(CallStage.ANSWERED, 0), learnt.answered_any)
        calls.row = _plus(calls.row, unseen, learnt.calling_any)
    return waiting, calls


def _sum(rows: Sequence[Row]) -> _Sum:
    a = b = c = aa = bb = cc = 0.0
    likely: list[Row] = []
    for row in rows:
        p, q, r, pp, qq, rr = row
        if r >= LIKELY:
            likely.append(row)
            continue
        a += p
        b += q
        c += r
        aa += pp
        bb += qq
        cc += rr
    return _Sum((a, b, c, aa, bb, cc), likely)


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
