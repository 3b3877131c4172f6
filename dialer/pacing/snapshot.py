"""What the pacing decision sees and says: settings, one tick's view, the answer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from compliance.case import DialMode
from dialer.forecast import AgentState, Id, Learnt

OWN_WINDOW = "campaign"
"""The name of a campaign's own target among the definitions of abandonment."""


class CallStage(StrEnum):
    """How far a call has come that no agent has yet."""

    SETUP = "setup"
    RINGING = "ringing"
    ANSWERED = "answered"
    WAITING = "waiting"


class Bound(StrEnum):
    """What holds the dialing back. It is named also when calls are started."""

    TRUNK = "trunk"
    CALLS_PER_SECOND = "calls_per_second"
    CALLS_PER_AGENT = "calls_per_agent"
    INBOUND = "inbound"
    NO_FREE_AGENT = "no_free_agent"
    ABANDONMENT_BUDGET = "abandonment_budget"
    NOBODY_CALLABLE = "nobody_callable"
    LIST_FINISHED = "list_finished"
    NO_AGENTS = "no_agents"
    CLOSED = "closed"
    NOT_RUNNING = "not_running"
    CARRIER_DOWN = "carrier_down"
    LEASE_LOST = "lease_lost"
    STALE_FIGURES = "stale_figures"
    UNSAFE_CLOCK = "unsafe_clock"
    RULES_UNREADABLE = "rules_unreadable"


class GraceFrom(StrEnum):
    """The instant from which the time to an agent is counted."""

    GREETING_END = "greeting_end"
    GREETING_START = "greeting_start"
    CONNECTED = "connected"


@dataclass(frozen=True, slots=True)
class PacingSettings:
    """What a campaign asks of its pacing.

    Attributes:
        dial_mode: how calls and agents are brought together.
        limit_rate: share of live-answered calls that may be abandoned.
        grace_seconds: time in which an agent must be on the line.
        grace_from: since when that time runs.
        tick_seconds: time between two decisions.
        max_ring_seconds: ring timeout.
        close_at: second, on the clock of `Snapshot.t`, at which dialing ends.
        detection: whether answering machines are told from people before a call is offered.
        connect_seconds: from the choice of an agent to the agent being on the line.
        false_positive_rate: estimated share of people whom detection takes for machines; they
            count as abandoned, though no figure of the window shows them.
        calls_per_agent: in predictive mode, so many calls in flight for each idle agent in place
            of the forecast; None: the forecast decides.
        inbound_reserve: idle agents who are kept for inbound calls.
    """

    dial_mode: DialMode = DialMode.PREDICTIVE
    limit_rate: float = 0.03
    grace_seconds: float = 2.0
    grace_from: GraceFrom = GraceFrom.GREETING_END
    tick_seconds: float = 1.0
    max_ring_seconds: float = 25.0
    close_at: float = math.inf
    detection: bool = True
    connect_seconds: float = 0.2
    false_positive_rate: float = 0.0
    calls_per_agent: float | None = None
    inbound_reserve: int = 0


@dataclass(frozen=True, slots=True)
class AgentView:
    """An agent as the dialer sees them now; `leaving` after the contact at hand."""

    id: Id
    state: AgentState
    seconds_in_state: float
    leaving: bool = False


@dataclass(frozen=True, slots=True)
class CallView:
    """A call on its way to a person, or with a person and no agent."""

    id: Id
    stage: CallStage
    seconds_since_dial: float
    seconds_in_stage: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that the decision sees at one tick.

    Attributes:
        t: seconds since the start of the run.
        max_calls: the most calls that lines, calls a second and the list permit now.
        max_bound: which of those it is.
        list_left: contacts that can still be called.
        agents: those logged in whose time in their state is known.
        calls: those in flight whose age is known; connected calls are their agents' talk.
        window_live: live-answered calls in the window that the limit is judged over.
        window_abandoned: abandoned calls in that window.
        window_of: whose window it is: the campaign's own, or a regulator's by its definition.
        inbound_waiting: inbound calls that wait for these agents; None: nothing is known of any,
            so that none are expected either.
        more_agents: further agents, of whom only the number per state is known.
        more_calls: further calls, of which only the number per stage is known.
        caps: what each limit permits by itself, of those that `max_calls` is the least of.
    """

    t: float
    max_calls: int
    max_bound: Bound
    list_left: int
    agents: tuple[AgentView, ...]
    calls: tuple[CallView, ...]
    window_live: int
    window_abandoned: int
    more_agents: Mapping[AgentState, int] = field(default_factory=dict)
    more_calls: Mapping[CallStage, int] = field(default_factory=dict)
    inbound_waiting: int | None = None
    caps: Mapping[Bound, int] = field(default_factory=dict)
    window_of: str = OWN_WINDOW


@dataclass(frozen=True, slots=True)
class PacingDecision:
    """How many calls to start, and why.

    Attributes:
        calls: the number.
        bound: what held it back.
        inputs: the few figures that decided, for the decision log.
        risk: the accepted chance that the last of these calls, if a person answers it, finds
            nobody. `Learnt` wants to know it (`Decided`) to compare it with what came of it.
    """

    calls: int
    bound: Bound
    inputs: Mapping[str, float] = field(default_factory=dict)
    risk: float = 0.0


_GREETING_SECONDS = {
    GraceFrom.GREETING_END: 1.9,
    GraceFrom.GREETING_START: 0.8,
    GraceFrom.CONNECTED: 0.0,
}
"""Usual seconds from the answer to where the grace begins, until observations say better."""

_DETECT_SECONDS = 2.6
"""Usual seconds from the answer to the detection's opinion."""


def learnt_for(settings: PacingSettings) -> Learnt:
    """What is expected under these settings before the first observation."""
    detect = _DETECT_SECONDS if settings.detection else 0.0
    due = _GREETING_SECONDS[settings.grace_from] + settings.grace_seconds
    return Learnt(
        max_ring_seconds=settings.max_ring_seconds,
        detect_seconds=detect,
        spare_seconds=max(0.0, due - settings.connect_seconds - detect),
    )
