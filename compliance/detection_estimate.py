"""Ofcom's reasoned estimate for answering-machine detection: people in no count, machines in one.

    ACR = 100 * (A + FP) / (A + FP + L)     in percent, for one campaign and one day

A are abandoned calls, L calls passed to a live operator. FP are people lost to detection: it took
them for machines, and they got nobody. Where calls are not detected, abandoned calls that hit
machines are taken out of A instead (Ofcom persistent misuse statements of 1 Oct 2010 and 20 Dec
2016). Both change A and the sum by the same number of people, so one number says it all.

Decided here, where Ofcom leaves it to reason:

- FP is the operator's own measured rate, of the calls that detection called machines, times those
  calls: all that were put to no agent, since an agent who hears a person puts it right.
- The share of machines among abandoned calls is that among the calls put to agents, who heard what
  it was. Only abandoned calls of which nobody could tell who answered are deducted from.
- A window in which anything was detected deducts nothing: detection had its chance to find them.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from compliance.abandonment import PersonOutcome, half_up, person_outcome
from compliance.abandonment_definitions import AnsweredBy, Definition
from compliance.ended_call import EndedCall


@dataclass(frozen=True, slots=True)
class MachineCounts:
    """Calls in a window from which the estimate is made."""

    detected: int = 0
    """Called a machine, and put to no agent."""
    put_to_agents: int = 0
    machines_put_to_agents: int = 0
    abandoned_unknown: int = 0
    """Abandoned, and nobody could tell whether by a person."""

    def plus(self, other: MachineCounts) -> MachineCounts:
        """Both together."""
        return self._with(other, 1)

    def minus(self, other: MachineCounts) -> MachineCounts:
        """These without the others."""
        return self._with(other, -1)

    def _with(self, other: MachineCounts, sign: int) -> MachineCounts:
        return MachineCounts(
            self.detected + sign * other.detected,
            self.put_to_agents + sign * other.put_to_agents,
            self.machines_put_to_agents + sign * other.machines_put_to_agents,
            self.abandoned_unknown + sign * other.abandoned_unknown,
        )


NO_MACHINES = MachineCounts()
_DETECTED = MachineCounts(detected=1)
_TO_AGENT = MachineCounts(put_to_agents=1)
_MACHINE_TO_AGENT = MachineCounts(put_to_agents=1, machines_put_to_agents=1)
_UNKNOWN = MachineCounts(abandoned_unknown=1)


def count_machines(call: EndedCall, definition: Definition) -> MachineCounts:
    """What one call adds."""
    if not definition.estimates_detection or call.dial_mode not in definition.dial_modes:
        return NO_MACHINES
    is_machine = call.answered_by is AnsweredBy.MACHINE
    if call.connected_to_agent is not None:
        return _MACHINE_TO_AGENT if is_machine else _TO_AGENT
    if is_machine:
        return _DETECTED
    if call.answered_by is not AnsweredBy.UNKNOWN:
        return NO_MACHINES
    outcome = person_outcome(call, definition.start_point, definition.threshold)
    return _UNKNOWN if outcome is PersonOutcome.ABANDONED else NO_MACHINES


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is added to and deducted from a window's abandoned calls, exactly.

    `false_positive_rate`: of the calls that detection called machines, the share that were people.
    """

    false_positive_rate: Fraction
    machines: MachineCounts

    @property
    def people_added(self) -> Fraction:
        """People whom detection took for machines."""
        return self.false_positive_rate * self.machines.detected

    @property
    def machines_deducted(self) -> Fraction:
        """Abandoned calls that hit machines."""
        machines = self.machines
        if machines.detected or not machines.put_to_agents:
            return Fraction(0)
        share = Fraction(machines.machines_put_to_agents, machines.put_to_agents)
        return machines.abandoned_unknown * share

    @property
    def change(self) -> Fraction:
        """How many more people were abandoned than were counted; below 0: fewer."""
        return self.people_added - self.machines_deducted

    def line(self) -> dict[str, object]:
        """As it is published: the counts it is made from, and what came of them to 2 places."""
        return {
            "falsePositivePercent": float(100 * self.false_positive_rate),
            "machinesDetected": self.machines.detected,
            "peopleAdded": _shown(self.people_added),
            "putToAgents": self.machines.put_to_agents,
            "machinesPutToAgents": self.machines.machines_put_to_agents,
            "abandonedUnknown": self.machines.abandoned_unknown,
            "machinesDeducted": _shown(self.machines_deducted),
        }


def _shown(number: Fraction) -> float:
    return half_up(number.numerator, number.denominator, 2)
