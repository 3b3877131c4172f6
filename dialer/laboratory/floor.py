"""Who and what is on a simulated day's floor, what a call comes to, and what the day did."""

from __future__ import annotations

from dataclasses import dataclass, field

from campaigns.events import Disposition
from dialer.forecast import AgentState, CallOutcome
from dialer.laboratory.source import Caller, Conversations, Fate
from dialer.pacing import CallStage

_DISPOSITIONS = {
    CallOutcome.BUSY: Disposition.BUSY,
    CallOutcome.INVALID: Disposition.INVALID_NUMBER,
    CallOutcome.NO_ANSWER: Disposition.NO_ANSWER,
    CallOutcome.MACHINE: Disposition.MACHINE,
}


def disposition_of(fate: Fate) -> Disposition:
    """What a call comes to whose people, if any, find an agent in time."""
    if fate.left:
        return Disposition.HUNG_UP
    if fate.outcome is not None:
        return _DISPOSITIONS[fate.outcome]
    return Disposition.CONVERSATION if fate.person else Disposition.MACHINE


@dataclass(slots=True)
class Score:
    """What the day came to, counted from the truth. Seconds are those before the close.

    `window_over` counts the abandoned calls that left the window over 3 %, as a dialer sees it;
    `inbound_seconds` are talk and wrap-up of inbound calls, `caller_waits` their seconds to an
    agent.
    """

    dialed: int = 0
    people: int = 0
    connected: int = 0
    abandoned: int = 0
    lost: int = 0
    hung_up: int = 0
    window_over: int = 0
    talk_seconds: float = 0.0
    wrap_seconds: float = 0.0
    machine_seconds: float = 0.0
    inbound_seconds: float = 0.0
    idle_seconds: float = 0.0
    logged_in_seconds: float = 0.0
    break_seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    caller_waits: list[float] = field(default_factory=list)

    @property
    def occupancy(self) -> float:
        """Talk and wrap-up with people, who called or were called, over time logged in."""
        busy = self.talk_seconds + self.wrap_seconds + self.inbound_seconds
        return busy / self.logged_in_seconds if self.logged_in_seconds else 0.0


@dataclass(slots=True)
class Agent:
    """An agent: `contacts` is how many conversations with people there were; `free_at`, the end.

    `caller` is the inbound call at hand, until the wrap-up.
    """

    id: int
    work: Conversations
    state: AgentState = AgentState.OUT
    since: float = 0.0
    contacts: int = 0
    free_at: float = 0.0
    leaving: bool = False
    away_for: float = 0.0
    away_as: AgentState = AgentState.BREAK
    caller: Caller | None = None


@dataclass(slots=True)
class Call:
    """A call in flight: what will come of it, and how far it is."""

    id: int
    dialed: float
    fate: Fate
    stage: CallStage = CallStage.SETUP
    since: float = 0.0
