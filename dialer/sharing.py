"""Agents shared by several campaigns: which campaign an agent serves next, by weight.

An agent waits for one campaign at a time, so that each campaign's pacing counts the agents that
will be its own and nobody is counted twice. Which campaign is next is chosen when a contact begins:
from then on that campaign may dial ahead for the end of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

CONTACT = 1_000_000
"""What a contact counts at weight 1; at weight 4 a quarter of it. Whole numbers stay exact."""


@dataclass(frozen=True, slots=True)
class Share:
    """An agent's work for one of their campaigns.

    `served` grows with each contact, the less the heavier the campaign is: who has the least is
    furthest below its weight.
    """

    agent_id: str
    campaign_id: str
    served: int


@dataclass(frozen=True, slots=True)
class Claim:
    """What a campaign asks of shared agents: its weight, and whether it can give them a contact."""

    weight: int
    is_open: bool

    @property
    def step(self) -> int:
        """What one contact counts."""
        return CONTACT // self.weight


def begin(
    agent_id: str, weights: Mapping[str, int], known: Iterable[Share] = ()
) -> tuple[Share, ...]:
    """An agent's shares of these campaigns, in order of id; those that were known go on.

    A new one begins level with the least of the others, a part of a contact later, which differs
    from agent to agent: otherwise all of them would serve the same campaign at the same time.
    """
    before = {share.campaign_id: share for share in known}
    kept = [before[key].served for key in weights if key in before]
    level = min(kept, default=0)
    return tuple(
        before.get(key)
        or Share(agent_id, key, level + crc32(f"{agent_id} {key}".encode()) % (CONTACT // weight))
        for key, weight in sorted(weights.items())
    )


def next_campaign(shares: Sequence[Share], claims: Mapping[str, Claim]) -> str | None:
    """The open campaign that would be furthest below its weight, one contact given; if any is."""
    ranked = [
        (share.served + claims[share.campaign_id].step, share.campaign_id)
        for share in shares
        if claims[share.campaign_id].is_open
    ]
    return min(ranked)[1] if ranked else None


def count_contact(
    shares: Sequence[Share], campaign_id: str, claims: Mapping[str, Claim]
) -> tuple[Share, ...]:
    """The shares once a contact of one campaign has begun.

    Who cannot give a contact now has no claim on this time later on: it is raised to the least of
    those who can, so that a campaign that was paused does not take every agent when it comes back.
    """
    counted = [
        replace(share, served=share.served + claims[campaign_id].step)
        if share.campaign_id == campaign_id
        else share
        for share in shares
    ]
    level = min((s.served for s in counted if claims[s.campaign_id].is_open), default=0)
    return tuple(replace(share, served=max(share.served, level)) for share in counted)
