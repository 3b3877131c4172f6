"""What drives a simulated day: whom each call meets, when agents are there, how they work.

A model draws it (`people.py`), or a past day tells it. The day itself only plays it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from campaigns.events import Disposition
from dialer.forecast import AgentState, CallOutcome


@dataclass(frozen=True, slots=True)
class Fate:
    """What comes of one call. Times are seconds since it was dialed.

    Attributes:
        rings: set up, and ringing if anything rings.
        answered: picked up, by a person or a machine; infinite if nobody does.
        decided: ended without an agent, or live: offered to the agents.
        outcome: how it ended without an agent; none for a live call.
        person: a person picked up.
        due: the last instant at which an agent may be given the call.
        patience: a person who still waits hangs up.
        machine_talk: how long an agent takes to notice a machine.
        left: a person picked up and hung up before an agent could be there: nobody else's outcome.
    """

    rings: float
    answered: float
    decided: float
    outcome: CallOutcome | None
    person: bool = False
    due: float = math.inf
    patience: float = math.inf
    machine_talk: float = 0.0
    left: bool = False

    @property
    def lost(self) -> bool:
        """Whether detection took a person for a machine."""
        return self.person and self.outcome is CallOutcome.MACHINE


@dataclass(frozen=True, slots=True)
class Absence:
    """An agent asks to leave at `at`, for so many seconds, for a break or altogether."""

    at: float
    seconds: float
    state: AgentState


@dataclass(frozen=True, slots=True)
class Shift:
    """One agent's day: when it begins and when they ask to leave."""

    begins: float
    absences: tuple[Absence, ...]


@dataclass(frozen=True, slots=True)
class Caller:
    """An inbound call: the second at which it arrives, and how long it and its wrap-up take."""

    at: float
    talk: float
    wrap: float


class Conversations(Protocol):
    """An agent's conversations in their order."""

    def __getitem__(self, number: int) -> tuple[float, float]:
        """(talk, wrap-up) seconds of the `number`-th, from nought."""
        ...


class Source(Protocol):
    """What a day is made of.

    It depends on nothing that the pacing does but a call's number and the time of its dial, so that
    two settings on one source meet the same people.
    """

    def shift(self, agent: int) -> Shift:
        """When the agent is there; agents are numbered from nought."""
        ...

    def conversations(self, agent: int) -> Conversations:
        """How long the agent's conversations take."""
        ...

    def fate(self, number: int, dialed_at: float) -> Fate:
        """What comes of the day's `number`-th call, from one."""
        ...


class Contacts(Protocol):
    """Who can be called when, and who is left."""

    def ready(self, t: float) -> int:
        """How many contacts can be called at `t`, which never goes back."""
        ...

    def take(self, t: float, number: int) -> None:
        """The next of them is dialed, as the day's `number`-th call."""
        ...

    def ended(self, t: float, number: int, disposition: Disposition) -> None:
        """What the call came to: its contact may have to be tried again."""
        ...

    @property
    def finished(self) -> bool:
        """Whether nobody can be called now or later, so that the agents may go home."""
        ...


class WholeList:
    """So many contacts, each callable at any time and called once; the agents stay to the end."""

    finished = False

    def __init__(self, contacts: int) -> None:
        self._left = contacts

    def ready(self, t: float) -> int:
        """Those who were not called yet."""
        return self._left

    def take(self, t: float, number: int) -> None:
        """One fewer."""
        self._left -= 1

    def ended(self, t: float, number: int, disposition: Disposition) -> None:
        """Nobody is tried again."""
