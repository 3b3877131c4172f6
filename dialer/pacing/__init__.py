"""How many calls to start now, decided as a pure function of what a dialer can see."""

from dialer.pacing.law import decide
from dialer.pacing.snapshot import (
    OWN_WINDOW,
    AgentView,
    Bound,
    CallStage,
    CallView,
    GraceFrom,
    PacingDecision,
    PacingSettings,
    Snapshot,
    learnt_for,
)

__all__ = [
    "OWN_WINDOW",
    "AgentView",
    "Bound",
    "CallStage",
    "CallView",
    "GraceFrom",
    "PacingDecision",
    "PacingSettings",
    "Snapshot",
    "decide",
    "learnt_for",
]
