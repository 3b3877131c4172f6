"""Which free agent gets which waiting person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from campaigns.attempt import Attempt
from dialer.agent import Agent, AgentState, is_free

CONNECT_ALLOWANCE = timedelta(milliseconds=300)
"""How long it may take from the decision until the agent is on the line."""

UNSEEN_AFTER = timedelta(seconds=3)
"""An agent of whom nothing was heard for so long is not free (invariants P4, P9)."""


def is_present(agent: Agent, now: datetime) -> bool:
    """Whether the agent's desktop still shows signs of life; simulated agents always do."""
    return agent.simulated or now - agent.seen_at <= UNSEEN_AFTER


def match(
    waiting: Iterable[Attempt], agents: Sequence[Agent], now: datetime
) -> list[tuple[Attempt, Agent]]:
    """Pairs of waiting person and agent: who must be served first gets who is idle longest.

    In preview the agent who chose the contact gets the call.
    A person whom no agent can reach in time any more is left to the recorded message.
    """
    in_time = [
        attempt
        for attempt in waiting
        if attempt.connect_by is not None and now + CONNECT_ALLOWANCE <= attempt.connect_by
    ]
    in_time.sort(key=lambda attempt: (attempt.connect_by, attempt.id))
    previewers = {agent.attempt_id: agent for agent in agents if agent.state is AgentState.IDLE}
    promised = [(a, previewers[a.id]) for a in in_time if a.id in previewers]
    unpromised = [attempt for attempt in in_time if attempt.id not in previewers]
    free = [agent for agent in agents if is_free(agent) and is_present(agent, now)]
    free.sort(key=lambda agent: (agent.state_since, agent.id))
    return promised + list(zip(unpromised, free, strict=False))
