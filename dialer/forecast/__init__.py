"""What calls and agents have done so far, and what they are therefore expected to do next."""

from campaigns.events import AgentState
from dialer.forecast.learnt import NODES, Learnt, Row
from dialer.forecast.observations import (
    Abandoned,
    AgentChanged,
    Answered,
    CallOutcome,
    Connected,
    Decided,
    Dialed,
    GuestChanged,
    HungUp,
    Id,
    InboundArrived,
    Live,
    Observation,
    Party,
    Result,
    TalkEnded,
)

__all__ = [
    "NODES",
    "Abandoned",
    "AgentChanged",
    "AgentState",
    "Answered",
    "CallOutcome",
    "Connected",
    "Decided",
    "Dialed",
    "GuestChanged",
    "HungUp",
    "Id",
    "InboundArrived",
    "Learnt",
    "Live",
    "Observation",
    "Party",
    "Result",
    "Row",
    "TalkEnded",
]
