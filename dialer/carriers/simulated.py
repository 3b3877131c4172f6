"""A telephone network made of seeded chance, on whatever clock it is given.

What a call will do is drawn when it is placed, from the seed and the attempt's id alone, so that
the same attempt always meets the same fate. The carrier keeps its own log of what really rang
("the truth"), which nothing else in the program reads.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from itertools import islice
from random import Random

from compliance.abandonment_definitions import AnsweredBy, DisconnectedBy
from compliance.screening import Allow
from dialer.call import CallReport, EndCause
from dialer.ports import CallRequest, CarrierRefusedError

CONNECT_TAKES = timedelta(milliseconds=200)
KEEP_ENDED_FOR = timedelta(hours=1)


class Party(Enum):
    """Who or what is at the other end."""

    NOBODY = auto()
    BUSY = auto()
    INVALID = auto()
    MACHINE = auto()
    PERSON = auto()


@dataclass(frozen=True, slots=True)
class Population:
    """How the called people behave. Shares of dials; durations in seconds.

    The defaults are the model day of bench/pacing/: a quarter of the dials reach a person and
    a quarter a machine; conversations last two minutes on average.
    """

    person_rate: float = 0.25
    machine_rate: float = 0.25
    busy_rate: float = 0.05
    invalid_rate: float = 0.05
    missed_machine_rate: float = 0.03
    silent_person_rate: float = 0.02
    talk_mean: float = 120.0
    talk_variation: float = 0.9
    patience_scale: float = 4.5


@dataclass(frozen=True, slots=True)
class TruthLine:
    """What really became of one call: instants, or None for what never happened."""

    attempt_id: str
    contact_id: str
    phone: str
    dialed: datetime | None
    rang: datetime | None
    answered: datetime | None
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class _Fate:
    """What a call will do if nobody interferes; seconds from the dial, except where said."""

    party: Party
    setup: float
    answer: float
    greeting_start: float
    greeting_length: float
    detection: float
    verdict: AnsweredBy
    patience: float
    talk: float
    customer_ends: bool


@dataclass(slots=True)
class _Call:
    request: CallRequest
    phone: str
    fate: _Fate
    report: CallReport
    steps: int = 0


Step = Callable[["_Call", datetime], None]


@dataclass(order=True, slots=True)
class _Due:
    at: datetime
    number: int
    attempt_id: str = field(compare=False)
    step: Step = field(compare=False)
    urgent: bool = field(compare=False)


class SimulatedCarrier:
    """The Carrier port over simulated phones; `lines` is the most calls at once.

    `on_truth` gets a line when a call is dialed, and the whole of it when the call has ended.
    """

    name = "simulated"

    def __init__(
        self,
        seed: int | str,
        now: Callable[[], datetime],
        on_truth: Callable[[TruthLine], None],
        population: Population = Population(),
        lines: int = 100_000,
    ) -> None:
        self._seed = seed
        self._now = now
        self._on_truth = on_truth
        self._population = population
        self._lines = lines
        self._calls: dict[str, _Call] = {}
        self._live = 0
        self._due: list[_Due] = []
        self._counter = 0
        self._news: dict[str, None] = {}

    # --------------------------------------------------------------------------- the port
    def place(self, allow: Allow, request: CallRequest) -> None:
        """Dial; a second request with the same attempt id is the same call."""
        if request.attempt_id in self._calls:
            return
        now = self._now()
        if now > request.dial_by:
            raise CarrierRefusedError(f"the reservation was to be dialed by {request.dial_by}")
        if self._live >= self._lines:
            raise CarrierRefusedError(f"all {self._lines} lines are in use")
        self._forget_old(now)
        fate = _draw_fate(
            Random(f"{self._seed}:{request.attempt_id}"),
            Random(f"{self._seed}:{allow.phone}"),
            self._population,
        )
        report = CallReport(request.attempt_id, dialed_at=now)
        call = _Call(request, allow.phone, fate, report)
        self._calls[request.attempt_id] = call
        self._live += 1
        self._log(call)
        if fate.party in (Party.BUSY, Party.INVALID):
            self._at(call, now, fate.setup, _refuse)
        else:
            self._at(call, now, fate.setup, self._ring)

    def connect(self, attempt_id: str, agent_id: str) -> None:
        """Bring the agent and the answered call together, if the customer is still there."""
        call = self._calls.get(attempt_id)
        if call is not None and call.report.ended_at is None:
            self._at(call, self._now(), CONNECT_TAKES.total_seconds(), self._join, urgent=True)

    def play_message(self, attempt_id: str) -> None:
        """Play the recorded message, then hang up."""
        call = self._calls.get(attempt_id)
        if call is None or call.report.ended_at or call.report.message_started_at:
            return
        now = self._now()
        self._tell(call, replace(call.report, message_started_at=now))
        length = 20.0 if call.request.plays_message else 7.0
        self._at(call, now, length, _end_by(DisconnectedBy.SYSTEM))

    def hang_up(self, attempt_id: str) -> None:
        """End the call, ringing or answered."""
        call = self._calls.get(attempt_id)
        if call is not None and call.report.ended_at is None:
            _end_by(DisconnectedBy.SYSTEM)(call, self._now())
            self._ended(call)

    def reports(self, now: datetime) -> list[CallReport]:
        """What has become known since the last time."""
        while self._due and self._due[0].at <= now:
            due = heapq.heappop(self._due)
            call = self._calls.get(due.attempt_id)
            if call is None or call.report.ended_at is not None:
                continue
            before = call.report
            due.step(call, due.at)
            if call.report is not before:
                self._tell(call, call.report)
        news, self._news = self._news, {}
        return [self._calls[attempt_id].report for attempt_id in news if attempt_id in self._calls]

    def find(self, attempt_id: str) -> CallReport | None:
        """What is known of one call; None if it was never placed here."""
        call = self._calls.get(attempt_id)
        return None if call is None else call.report

    def is_up(self, now: datetime) -> bool:
        """Simulated lines never fail."""
        return True

    # ---------------------------------------------------------------------- for the runner
    def next_urgent_at(self) -> datetime | None:
        """When something happens that cannot wait for the next tick; reports tell the rest."""
        if self._news:
            return self._now()
        return min((due.at for due in self._due if due.urgent), default=None)

    # ------------------------------------------------------------------------ how calls go
    def _at(
        self, call: _Call, now: datetime, seconds: float, step: Step, *, urgent: bool = False
    ) -> None:
        self._counter += 1
        at = now + timedelta(milliseconds=math.ceil(seconds * 1000))
        heapq.heappush(self._due, _Due(at, self._counter, call.request.attempt_id, step, urgent))

    def _tell(self, call: _Call, report: CallReport) -> None:
        call.report = report
        self._news[call.request.attempt_id] = None
        if report.ended_at is not None:
            self._ended(call)

    def _ended(self, call: _Call) -> None:
        self._live -= 1
        self._news[call.request.attempt_id] = None
        self._log(call)

    def _log(self, call: _Call) -> None:
        report = call.report
        self._on_truth(
            TruthLine(
                attempt_id=report.attempt_id,
                contact_id=call.request.contact_id,
                phone=call.phone,
                dialed=report.dialed_at,
                rang=report.rang_at,
                answered=report.answered_at,
                ended=report.ended_at,
            )
        )

    def _ring(self, call: _Call, at: datetime) -> None:
        call.report = replace(call.report, rang_at=at)
        limit = call.request.max_ring_seconds
        answers = call.fate.party in (Party.PERSON, Party.MACHINE) and call.fate.answer < limit
        if answers:
            self._at(call, at, call.fate.answer, self._answer)
        else:
            self._at(call, at, limit, _give_up)

    def _answer(self, call: _Call, at: datetime) -> None:
        fate = call.fate
        call.report = replace(call.report, answered_at=at)
        if call.request.detects_machines or call.request.plays_message:
            self._at(call, at, fate.detection, _detect, urgent=True)
        else:
            call.report = replace(call.report, detected_at=at, detected_by=AnsweredBy.UNKNOWN)
        if fate.greeting_length > 0:
            self._at(call, at, fate.greeting_start, _greet)
            self._at(call, at, fate.greeting_start + fate.greeting_length, _greeted)
        if fate.party is Party.PERSON:
            gone = fate.greeting_start + fate.greeting_length + fate.patience
            self._at(call, at, gone, _lose_patience, urgent=True)
        else:
            self._at(call, at, 60.0, _end_by(DisconnectedBy.CUSTOMER))

    def _join(self, call: _Call, at: datetime) -> None:
        if call.report.agent_joined_at is not None:
            return
        call.report = replace(call.report, agent_joined_at=at)
        if call.fate.party is Party.MACHINE:
            call.report = replace(call.report, found_by_agent=AnsweredBy.MACHINE)
            self._at(
                call, at, 4.0 + call.fate.patience % 4.0, _end_by(DisconnectedBy.AGENT), urgent=True
            )
            return
        call.report = replace(call.report, found_by_agent=AnsweredBy.HUMAN)
        ends = DisconnectedBy.CUSTOMER if call.fate.customer_ends else DisconnectedBy.AGENT
        self._at(call, at, call.fate.talk, _end_by(ends), urgent=True)

    def _forget_old(self, now: datetime) -> None:
        """Drop calls that ended long ago; placed in order, so the oldest come first."""
        for attempt_id, call in list(islice(self._calls.items(), 2)):
            ended_at = call.report.ended_at
            if ended_at is not None and ended_at < now - KEEP_ENDED_FOR:
                del self._calls[attempt_id]


def _refuse(call: _Call, at: datetime) -> None:
    busy = call.fate.party is Party.BUSY
    cause = EndCause.BUSY if busy else EndCause.INVALID_NUMBER
    call.report = replace(call.report, ended_at=at, end_cause=cause)


def _give_up(call: _Call, at: datetime) -> None:
    call.report = replace(call.report, ended_at=at, end_cause=EndCause.NO_ANSWER)


def _greet(call: _Call, at: datetime) -> None:
    call.report = replace(call.report, greeting_start_at=at)


def _greeted(call: _Call, at: datetime) -> None:
    call.report = replace(call.report, greeting_stop_at=at)


def _detect(call: _Call, at: datetime) -> None:
    call.report = replace(call.report, detected_at=at, detected_by=call.fate.verdict)


def _lose_patience(call: _Call, at: datetime) -> None:
    if call.report.agent_joined_at is None and call.report.message_started_at is None:
        _end_by(DisconnectedBy.CUSTOMER)(call, at)


def _end_by(who: DisconnectedBy) -> Step:
    def end(call: _Call, at: datetime) -> None:
        call.report = replace(call.report, ended_at=at, end_cause=EndCause.NORMAL, ended_by=who)

    return end


def _draw_fate(by_attempt: Random, by_phone: Random, population: Population) -> _Fate:
    """Draw what a call will do; whether a number exists at all is the number's, not the call's."""
    party = _draw_party(by_attempt, by_phone, population)
    silent = by_attempt.random() < population.silent_person_rate
    greeting_start = by_attempt.uniform(0.2, 1.4)
    greeting_length = _lognormal(by_attempt, 1.1, 0.5)
    answer = 2.0 + by_attempt.gammavariate(2.0, 4.5)
    if party is Party.MACHINE:
        at_once = by_attempt.random() < 0.25
        answer = by_attempt.uniform(0.5, 1.5) if at_once else max(2.0, by_attempt.gauss(19.0, 1.5))
        silent, greeting_length = False, by_attempt.uniform(6.0, 20.0)
    if silent:
        greeting_start, greeting_length = 0.0, 0.0
    heard = greeting_start + greeting_length + by_attempt.uniform(0.5, 0.9)
    missed = party is Party.MACHINE and by_attempt.random() < population.missed_machine_rate
    verdict = AnsweredBy.MACHINE if party is Party.MACHINE and not missed else AnsweredBy.HUMAN
    return _Fate(
        party=party,
        setup=_lognormal(by_attempt, 2.0, 0.4),
        answer=answer,
        greeting_start=greeting_start,
        greeting_length=greeting_length,
        detection=3.0 if silent else min(3.0, heard),
        verdict=AnsweredBy.UNKNOWN if silent else verdict,
        patience=by_attempt.weibullvariate(population.patience_scale, 2.0),
        talk=_lognormal(by_attempt, population.talk_mean, population.talk_variation),
        customer_ends=by_attempt.random() < 0.6,
    )


def _draw_party(by_attempt: Random, by_phone: Random, population: Population) -> Party:
    if by_phone.random() < population.invalid_rate:
        return Party.INVALID
    shares = {
        Party.BUSY: population.busy_rate,
        Party.MACHINE: population.machine_rate,
        Party.PERSON: population.person_rate,
    }
    drawn = by_attempt.random()
    for party, share in shares.items():
        if drawn < share:
            return party
        drawn -= share
    return Party.NOBODY


def _lognormal(random: Random, mean: float, variation: float) -> float:
    variance = math.log(1.0 + variation * variation)
    return random.lognormvariate(math.log(mean) - variance / 2.0, math.sqrt(variance))
