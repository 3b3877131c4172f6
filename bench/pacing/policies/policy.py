"""What a policy is, and the few figures that simple ones work from."""

from __future__ import annotations

from dataclasses import dataclass

from dialer.forecast import AgentState
from dialer.laboratory.playing import Policy
from dialer.pacing import CallStage, Snapshot

__all__ = ["Figures", "Policy"]


@dataclass(frozen=True, slots=True)
class Figures:
    """A tick in numbers: agents by state, calls by stage; `ringing` includes set-up."""

    idle: int
    talking: int
    wrapping: int
    ringing: int
    answered: int
    waiting: int

    @classmethod
    def of(cls, snapshot: Snapshot) -> Figures:
        """Count."""
        states = [agent.state for agent in snapshot.agents]
        stages = [call.stage for call in snapshot.calls]
        return cls(
            idle=states.count(AgentState.IDLE),
            talking=states.count(AgentState.TALK),
            wrapping=states.count(AgentState.WRAP),
            ringing=stages.count(CallStage.SETUP) + stages.count(CallStage.RINGING),
            answered=stages.count(CallStage.ANSWERED),
            waiting=stages.count(CallStage.WAITING),
        )

    @property
    def in_flight(self) -> int:
        """Calls that no agent has."""
        return self.ringing + self.answered + self.waiting

    @property
    def one_to_one(self) -> int:
        """Calls that may start so that each in flight has an idle agent."""
        return max(0, self.idle - self.in_flight)
