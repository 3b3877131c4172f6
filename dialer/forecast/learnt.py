"""What the observations taught: how soon calls reach people, and how soon agents are free.

`Learnt` folds observations one by one and keeps small tables, rows by age, that the pacing
decision adds up. Every distribution starts from a prior (the model day of the pacing scenarios)
that loses its weight as observations arrive, and old observations fade.
"""

from __future__ import annotations

import math
from typing import assert_never

from campaigns.events import AgentState
from dialer.forecast.distribution import LiveRate, Share, Spread, ends_within, lognormal_steps
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

NODES = (1.0 / 6.0, 0.5, 5.0 / 6.0)
"""Instants that are looked at, by the share of calls dialed now that reach a person by then, if at
all: each stands for a third of the calls."""

_WRAP_SHARES = (1.0 / 6.0, 0.5, 5.0 / 6.0)

Row = tuple[float, float, float, float, float, float]
"""Chances at the three nodes, then their squares."""

LIVE_LEAST, LIVE_SECONDS = 300.0, 600.0
"""Memory of the answer rate: dials at the least, and seconds."""

PRIOR_WORTH = 20.0
"""Observations that a prior is worth."""

CALIBRATION, CALIBRATION_WORTH, CALIBRATION_MOST = 0.85, 20.0, 60.0
"""Abandoned calls per foretold one at the start, its worth, and how many are remembered."""

INBOUND_SECONDS = 1200.0
"""Memory of how often inbound calls arrive."""

RISK_CALLS = 30.0
"""Calls over which the risk accepted for them is averaged."""

DOUBT = 3.0
"""Factor on the uncertainty that chance alone leaves: rates also drift, and priors mislead."""

_TALK_STEP, _TALK_STEPS = 2.0, 600
_FINE_AGES, _COARSE_STEP, _COARSE_AGES = 24, 6.0, 150
_WRAP_AGES = 120
_RING_MOST = 600.0


class Learnt:
    """What the observations taught. `observe` folds one; the pacing decision only reads.

    Attributes:
        lives: live calls since the start.
        abandons: abandoned calls since the start.
        hung_up: people who left while waiting.
        node_seconds: seconds from now to each node.
        talking_any, wrapping_any, calling_any, answered_any: rows of those whose age is not known.
    """

    def __init__(
        self,
        max_ring_seconds: float = 25.0,
        detect_seconds: float = 2.6,
        spare_seconds: float = 1.1,
    ) -> None:
        """Start from priors.

        Args:
            max_ring_seconds: ring timeout.
            detect_seconds: from the answer to knowing that a person is there.
            spare_seconds: how long a live call can wait for an agent.
        """
        self.lives = 0
        self.abandons = 0
        self.hung_up = 0
        self._first_live_t = math.inf
        self._last_live_t = 0.0
        self._talks = {Party.HUMAN: 0, Party.MACHINE: 0}
        steps = int(min(max_ring_seconds, _RING_MOST)) + 12
        self._live = LiveRate(
            0.25, 30.0, least=LIVE_LEAST, seconds=LIVE_SECONDS, horizon=steps + 5.0
        )
        self._answered_live = Share(
            0.5 if detect_seconds > 0.0 else 1.0, 10.0, least=200.0, seconds=1200.0
        )
        self._detect_seconds = detect_seconds
        self._spare_seconds = spare_seconds
        nobody = [0.0] * steps
        nobody[2], nobody[3], nobody[-10] = 0.25, 0.25, 0.5
        self._to_person = Spread(1.0, lognormal_steps(1.0, steps, 15.0, 0.45), PRIOR_WORTH, 4000.0)
        self._to_machine = Spread(1.0, [1.0] * steps, PRIOR_WORTH, 4000.0)
        self._to_nobody = Spread(1.0, nobody, PRIOR_WORTH, 4000.0)
        talk = lognormal_steps(_TALK_STEP, _TALK_STEPS, 120.0, 0.9)
        self._talk = Spread(_TALK_STEP, talk, PRIOR_WORTH, 2000.0)
        self._wrap = Spread(1.0, lognormal_steps(1.0, 240, PRIOR_WORTH, 0.6), PRIOR_WORTH, 2000.0)
        self._answered: dict[Id, tuple[float, float]] = {}
        self._live_at: dict[Id, float] = {}
        self._talk_began_at: dict[Id, float] = {}
        self._talk_ended_at: dict[Id, float] = {}
        self._ring_out_seconds = float(steps)
        self._first_dial_t = math.inf
        self._t = 0.0
        self._risk = 0.0
        self._expected = CALIBRATION_WORTH
        self._counted = CALIBRATION_WORTH * CALIBRATION
        self._inbound_calls = 0.0
        self._inbound_seconds = 0.0
        self._unsettled_calls = 0
        self._unsettled_talks = 0
        self._settle_calls()
        self._settle_agents()

    # ------------------------------------------------------------------------------- folding
    def observe(self, seen: Observation) -> None:
        """Fold one observation."""
        self._t = max(self._t, seen.t)
        match seen:
            case Connected() | TalkEnded() | AgentChanged() | GuestChanged():
                self._observe_agent(seen)
            case Dialed():
                self._first_dial_t = min(self._first_dial_t, seen.t)
                self._live.dialed(seen.t)
            case Answered():
                self._answered[seen.call] = (seen.t, seen.seconds_since_dial)
            case Live():
                self._is_live(seen)
            case Result():
                self._ended(seen)
            case Abandoned():
                self._is_abandoned(seen)
            case HungUp():
                self.hung_up += 1
                self._live_at.pop(seen.call, None)
                self._answered.pop(seen.call, None)
            case InboundArrived():
                kept = math.exp(-seen.seconds / INBOUND_SECONDS)
                self._inbound_calls = self._inbound_calls * kept + seen.calls
                self._inbound_seconds = self._inbound_seconds * kept + seen.seconds
            case Decided():
                self._risk += (seen.risk - self._risk) * -math.expm1(-seen.calls / RISK_CALLS)
            case _:
                assert_never(seen)

    def _observe_agent(self, seen: Connected | TalkEnded | AgentChanged | GuestChanged) -> None:
        match seen:
            case Connected():
                self._live_at.pop(seen.call, None)
                self._talk_began_at[seen.agent] = seen.t
            case TalkEnded():
                self._talk_ended(seen)
            case GuestChanged(state=AgentState.TALK):
                self._talk_began_at[seen.agent] = seen.t
            case GuestChanged(state=AgentState.WRAP):
                self._agent_talked(seen)
            case AgentChanged(state=AgentState.WRAP | AgentState.TALK):
                pass
            case AgentChanged() | GuestChanged():
                self._talk_began_at.pop(seen.agent, None)
                began = self._talk_ended_at.pop(seen.agent, None)
                if began is not None:
                    self._wrap.add(seen.t - began)

    def _is_live(self, seen: Live) -> None:
        self.lives += 1
        self._first_live_t = min(self._first_live_t, seen.t)
        self._last_live_t = seen.t
        answered = self._answered.pop(seen.call, None)
        if answered is not None:
            waited = min(30.0, max(0.0, seen.t - answered[0]))
            self._detect_seconds += 0.02 * (waited - self._detect_seconds)
        self._answered_live.add(seen.t, True)
        self._live_at[seen.call] = seen.t
        self._live.lived()
        self._expected += self._risk
        self._to_person.add(seen.ring_seconds if answered is None else answered[1])
        self._call_counted()

    def _ended(self, seen: Result) -> None:
        answered = self._answered.pop(seen.call, None)
        if seen.outcome is CallOutcome.MACHINE:
            self._answered_live.add(seen.t, False)
            if answered is not None:
                self._to_machine.add(answered[1])
        self._to_nobody.add(seen.seconds_since_dial if answered is None else answered[1])
        self._call_counted()

    def _is_abandoned(self, seen: Abandoned) -> None:
        self.abandons += 1
        self._counted += 1.0
        if self._counted > CALIBRATION_MOST:
            self._expected *= CALIBRATION_MOST / self._counted
            self._counted = CALIBRATION_MOST
        live_at = self._live_at.pop(seen.call, None)
        if live_at is not None:
            waited = min(10.0, max(0.0, seen.t - live_at))
            self._spare_seconds += 0.05 * (waited - self._spare_seconds)

    def _talk_ended(self, seen: TalkEnded) -> None:
        self._talks[seen.party] += 1
        self._talk.add(seen.talk_seconds)
        self._agent_talks_no_more(seen.t, seen.agent)

    def _agent_talked(self, seen: GuestChanged) -> None:
        began = self._talk_began_at.get(seen.agent)
        if began is not None:
            self._talk.add(seen.t - began)
        self._agent_talks_no_more(seen.t, seen.agent)

    def _agent_talks_no_more(self, t: float, agent: Id) -> None:
        self._talk_began_at.pop(agent, None)
        self._talk_ended_at[agent] = t
        self._unsettled_talks += 1
        if self._unsettled_talks >= max(10.0, self._talk.weight / 20.0):
            self._settle_agents()

    def _call_counted(self) -> None:
        self._unsettled_calls += 1
        if self._unsettled_calls >= max(15.0, self._to_nobody.weight / 50.0):
            self._settle_calls()

    # ------------------------------------------------------------------------------- reading
    @property
    def live_rate(self) -> float:
        """Share of dials that reach a person, as far as the dialer can tell."""
        return self._live.value

    @property
    def live_doubt(self) -> float:
        """Squared relative uncertainty of `live_rate`."""
        return DOUBT * self._live.doubt

    @property
    def freed_doubt(self) -> float:
        """Squared relative uncertainty of how many agents are freed."""
        return DOUBT / (PRIOR_WORTH + self._talk.weight)

    @property
    def calibration(self) -> float:
        """Abandoned calls counted for each one that the decisions' risks foretold."""
        return self._counted / self._expected

    @property
    def rung_out(self) -> bool:
        """Whether the run's first calls have had the time to ring out."""
        return self._t - self._first_dial_t >= self._ring_out_seconds

    @property
    def machine_rate(self) -> float:
        """Share of the live calls given to agents that were machines."""
        talks = self._talks[Party.HUMAN] + self._talks[Party.MACHINE]
        return self._talks[Party.MACHINE] / talks if talks else 0.0

    def inbound_within(self, seconds: float) -> float:
        """Inbound calls to be expected in so many seconds; none before the first report of some."""
        if self._inbound_seconds <= 0.0:
            return 0.0
        return seconds * self._inbound_calls / self._inbound_seconds

    def lives_within(self, seconds: float) -> float:
        """Live calls to be expected in so many seconds, at the pace of the run so far."""
        span = max(60.0, self._last_live_t - self._first_live_t)
        return seconds * self.lives / span

    def calling_row(self, seconds_since_dial: float) -> Row:
        """The row of a call that is still being set up or ringing."""
        rows = self._calling
        i = int(seconds_since_dial)
        return rows[i] if i < len(rows) else rows[-1]

    def answered_row(self, ring_seconds: float) -> Row:
        """The row of a call answered after so long, and not yet known for a person."""
        rows = self._answering
        i = int(max(0.0, ring_seconds))
        return rows[i] if i < len(rows) else rows[-1]

    def talking_row(self, seconds: float) -> Row:
        """The row of an agent who has talked so long."""
        rows = self._talking
        if seconds < _FINE_AGES:
            return rows[int(seconds)]
        i = _FINE_AGES + int((seconds - _FINE_AGES) / _COARSE_STEP)
        return rows[i] if i < len(rows) else rows[-1]

    def wrapping_row(self, seconds: float) -> Row:
        """The row of an agent who has wrapped up so long."""
        rows = self._wrapping
        i = int(seconds)
        return rows[i] if i < len(rows) else rows[-1]

    # -------------------------------------------------------------------------------- tables
    def _settle_calls(self) -> None:
        """Make the rows of calls current."""
        self._unsettled_calls = 0
        person, nobody = self._to_person, self._to_nobody
        person.settle()
        nobody.settle()
        self._live.settle(self._t, lambda age: person.below(age - self._detect_seconds))
        rate = self._live.value
        self.node_seconds = tuple(person.quantile(share) + self._detect_seconds for share in NODES)
        ends = [max(0.0, seconds - self._detect_seconds) for seconds in self.node_seconds]
        self._calling: list[Row] = []
        weights: list[float] = []
        for age in range(len(person.share) - 1):
            known = person.share[age]
            left = 1.0 - rate * known - (1.0 - rate) * nobody.share[age]
            scale = rate / max(left, 1e-6)
            chances = [min(1.0, scale * (person.below(age + end) - known)) for end in ends]
            self._calling.append(_row(chances))
            weights.append(max(left, 0.0))
        self.calling_any = _mean_row(self._calling, weights)
        machine = self._to_machine
        machine.settle()
        share = self._answered_live.value
        self.answered_any = _row([share] * len(NODES))
        self._answering: list[Row] = []
        for ring in range(len(person.share) - 1):
            low, high = max(0.0, ring - 0.5), ring + 1.5
            alive = share * (person.below(high) - person.below(low))
            other = (1.0 - share) * (machine.below(high) - machine.below(low))
            known = alive + other
            self._answering.append(_row([alive / known if known > 0.0 else share] * len(NODES)))

    def _settle_agents(self) -> None:
        """Make the rows of busy agents current."""
        self._unsettled_talks = 0
        talk, wrap = self._talk, self._wrap
        talk.settle(self._t - began for began in self._talk_began_at.values())
        wrap.settle(self._t - began for began in self._talk_ended_at.values())
        horizons = [seconds + self._spare_seconds for seconds in self.node_seconds]
        wraps = [wrap.quantile(share) for share in _WRAP_SHARES]
        ages = [float(age) for age in range(_FINE_AGES)]
        ages += [_FINE_AGES + _COARSE_STEP * i for i in range(_COARSE_AGES)]
        steps = [1.0] * _FINE_AGES + [_COARSE_STEP] * _COARSE_AGES
        self._talking = [
            _row([_talk_and_wrap(talk, age, horizon, wraps) for horizon in horizons])
            for age in ages
        ]
        left = [step * (1.0 - talk.below(age)) for step, age in zip(steps, ages, strict=True)]
        self.talking_any = _mean_row(self._talking, left)
        self._wrapping = [
            _row([ends_within(wrap, float(age), horizon) for horizon in horizons])
            for age in range(_WRAP_AGES)
        ]
        left = [1.0 - wrap.below(float(age)) for age in range(_WRAP_AGES)]
        self.wrapping_any = _mean_row(self._wrapping, left)


def _row(chances: list[float]) -> Row:
    a, b, c = chances
    return (a, b, c, a * a, b * b, c * c)


def _mean_row(rows: list[Row], weights: list[float]) -> Row:
    """The row of one whose age may be any, each as likely as its weight."""
    total = math.fsum(weights)
    return _row(
        [
            math.fsum(weight * row[i] for weight, row in zip(weights, rows, strict=True)) / total
            for i in range(len(NODES))
        ]
    )


def _talk_and_wrap(talk: Spread, age: float, horizon: float, wraps: list[float]) -> float:
    """P(talk and wrap-up end within `horizon`), for a talk that has lasted `age`."""
    return sum(ends_within(talk, age, horizon - wrap) for wrap in wraps) / len(wraps)
