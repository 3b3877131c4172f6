"""What a dialer observes of its calls and agents, one small fact each.

Times are seconds since the start of the run; the kinds are those of the pacing filter's events.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from campaigns.events import AgentState

Id = str | int


class CallOutcome(StrEnum):
    """How a call ended that reached no person."""

    BUSY = "busy"
    INVALID = "invalid"
    NO_ANSWER = "noanswer"
    MACHINE = "machine"


class Party(StrEnum):
    """Whom the agent found on the line."""

    HUMAN = "human"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True)
class Dialed:
    """A call was started."""

    t: float
    call: Id


@dataclass(frozen=True, slots=True)
class Answered:
    """The network answered; whether by a person is not known yet."""

    t: float
    call: Id
    seconds_since_dial: float


@dataclass(frozen=True, slots=True)
class Live:
    """The call is now taken for a person and offered to agents."""

    t: float
    call: Id
    ring_seconds: float


@dataclass(frozen=True, slots=True)
class Result:
    """The call ended without a person."""

    t: float
    call: Id
    outcome: CallOutcome
    seconds_since_dial: float


@dataclass(frozen=True, slots=True)
class Connected:
    """An agent took the call, so long after it went live."""

    t: float
    call: Id
    agent: Id
    wait_seconds: float


@dataclass(frozen=True, slots=True)
class Abandoned:
    """Nobody was there in time: the message was played."""

    t: float
    call: Id


@dataclass(frozen=True, slots=True)
class HungUp:
    """The person left while waiting."""

    t: float
    call: Id


@dataclass(frozen=True, slots=True)
class TalkEnded:
    """The conversation ended; the agent turns to wrap-up."""

    t: float
    call: Id
    agent: Id
    talk_seconds: float
    party: Party


@dataclass(frozen=True, slots=True)
class AgentChanged:
    """An agent entered a state."""

    t: float
    agent: Id
    state: AgentState


@dataclass(frozen=True, slots=True)
class GuestChanged:
    """An agent who has another campaign's contact, and is this one's after it, entered a state."""

    t: float
    agent: Id
    state: AgentState


@dataclass(frozen=True, slots=True)
class InboundArrived:
    """So many inbound calls arrived for these agents in the seconds up to `t`."""

    t: float
    calls: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Decided:
    """The pacing started calls; the last one finds nobody with the chance `risk`, if it is live."""

    t: float
    calls: int
    risk: float


Observation = (
    Decided
    | Dialed
    | Answered
    | Live
    | Result
    | Connected
    | Abandoned
    | HungUp
    | TalkEnded
    | AgentChanged
    | GuestChanged
    | InboundArrived
)
