"""A bound that nobody reaches: it knows what will come of every call and conversation."""

from __future__ import annotations

import heapq
from bisect import insort
from collections.abc import Sequence

from bench.pacing.people import CONNECT_SECONDS, Fate
from bench.pacing.world import Agent, World
from dialer.forecast import AgentState, Observation
from dialer.pacing import Snapshot

Coming = tuple[float, int, Fate]
"""A call that will be live: the instant, its number, what comes of it."""


class Clairvoyant:
    """Dials as long as every live call on its way will find an agent in time.

    It plays the coming seconds through: who is free when, and how long each conversation will
    last. Only breaks, log-offs and what it has not dialed yet are hidden from it.
    """

    def __init__(self, world: World) -> None:
        self.bound = ""
        self._world = world

    def pace(self, snapshot: Snapshot, seen: Sequence[Observation]) -> int:
        """The calls up to the first that would find nobody."""
        world = self._world
        coming: list[Coming] = []
        for call in world.calls.values():
            if call.fate.outcome is None:
                insort(coming, (call.dialed + call.fate.decided, call.id, call.fate))
        free = [
            (agent.since if agent.state is AgentState.IDLE else agent.free_at, agent.id)
            for agent in world.agents
            if not agent.leaving
            and agent.state in (AgentState.IDLE, AgentState.TALK, AgentState.WRAP)
        ]
        heapq.heapify(free)
        calls = 0
        while free and calls < snapshot.max_calls:
            number = world.score.dialed + calls + 1
            fate = world.source.fate(number, world.t)
            if fate.outcome is None:
                one = (world.t + fate.decided, number, fate)
                insort(coming, one)
                if not all_find_agents(coming, list(free), world.agents):
                    break
            calls += 1
        return calls


def all_find_agents(
    coming: Sequence[Coming], free: list[tuple[float, int]], agents: Sequence[Agent]
) -> bool:
    """Whether each call, in its order, finds the agent who is free first before it is due.

    `free`: when each agent is free, a heap, which is used up.
    """
    held: dict[int, int] = {}
    for live_at, _, fate in coming:
        free_at, id = free[0]
        if free_at > live_at + min(fate.due, fate.patience) - fate.decided:
            return False
        begins = max(free_at, live_at) + CONNECT_SECONDS
        if not fate.person:
            heapq.heapreplace(free, (begins + fate.machine_talk, id))
            continue
        agent = agents[id]
        contact = held.get(id, agent.contacts)
        held[id] = contact + 1
        talk, wrap = agent.work[contact]
        heapq.heapreplace(free, (begins + talk + wrap, id))
    return True
