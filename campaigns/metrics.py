"""A campaign's figures, folded from its events one at a time.

The figures depend on which events were seen, never on their order or number of copies: calls
are kept by attempt, contacts by contact, agents' states by `sequence` (invariant E4). A live
page and the report at the end read the same fold.

An event that names another campaign is left out; one that names none (an agent's, a list's)
counts. An agent holds a state from its event's `occurredAt` until the next one's in `sequence`; a
shared agent's time counts for the campaign that they work for, from joining it until leaving it.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from campaigns.events import AgentState
from compliance.abandonment import half_up
from compliance.abandonment_definitions import PERSONS, DefinitionName
from compliance.abandonment_rates import AbandonmentRate, AbandonmentTally, first_copy
from compliance.ended_call import (
    EndedCall,
    ended_call,
    event_detail,
    one_of,
    parse_instant,
    text_field,
    whole_number,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PER_SECOND = 1_000_000
_WORKING = (AgentState.TALK, AgentState.WRAP)


@dataclass(frozen=True, slots=True)
class Durations:
    """How long something took, in seconds to 3 decimals; None when it never happened.

    `p95` is the nearest-rank percentile: the smallest value that 95 % do not exceed.
    """

    count: int
    mean: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class AgentFigures:
    """What the agents did; logged in is every state but `out`.

    `occupancy` is the share of logged-in time in talk and wrap-up, to 4 decimals;
    `talk_minutes_per_hour` is per logged-in hour over all agents, to 3. Both are None while
    nobody has been logged in.
    """

    count: int
    logged_in_seconds: float
    talk_seconds: float
    wrap_seconds: float
    occupancy: float | None
    talk_minutes_per_hour: float | None


@dataclass(frozen=True, slots=True)
class Imported:
    """Rows of the campaign's list: accepted + rejected + duplicate = read (invariant I2)."""

    read: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicate: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """A campaign's figures at one moment. Keys are sorted; rates are shares to 4 decimals.

    `answer_rate`: of the calls that ended, those that the network answered;
    `live_answer_rate`: those that a person answered. `penetration_rate`: of the contacts
    accepted, those with at least one call placed. None where there is nothing to divide by.
    `abandonment` holds every definition's windows, sorted as they are published.
    """

    imported: Imported
    contacts_attempted: int
    contacts_finished: dict[str, int]
    contacts_remaining: int
    attempts: int
    attempts_by_disposition: dict[str, int]
    calls_ended: int
    answered: int
    live_answered: int
    answer_rate: float | None
    live_answer_rate: float | None
    penetration_rate: float | None
    time_to_agent: Durations
    contact_duration: Durations
    agents: AgentFigures
    abandonment: tuple[AbandonmentRate, ...]


class CampaignMetrics:
    """The fold: give it each event with `add`, read `figures` whenever you like.

    `contact_list_id`: count only that list's imports, where a log holds several lists.
    """

    def __init__(self, campaign_id: str, contact_list_id: str | None = None) -> None:
        self._campaign_id = campaign_id
        self._contact_list_id = contact_list_id
        self._last_at: datetime | None = None
        self._imports: dict[str, Imported] = {}
        self._placed: set[str] = set()
        self._attempted: set[str] = set()
        self._dispositions = _Latest()
        self._finished = _Latest()
        self._calls = _Calls()
        self._agents: dict[str, _AgentTime] = {}
        self._folds: dict[str, Callable[[Mapping[str, object]], None]] = {
            "Contact List Imported": self._add_import,
            "Call Placed": self._add_placed,
            "Call Ended": self._add_ended,
            "Disposition Recorded": self._add_disposition,
            "Contact Finished": self._add_finished,
            "Agent State Changed": self._add_agent_state,
            "Agent Joined": self._add_agent_state,
            "Agent Left": self._add_agent_left,
        }

    def add(self, envelope: Mapping[str, object]) -> None:
        """Take in one event; a copy changes nothing. EventFieldError: a field is wrong."""
        detail = event_detail(envelope)
        if detail.get("campaignId") not in (None, self._campaign_id):
            return
        fold = self._folds.get(str(envelope.get("detail-type")))
        if fold is not None:
            fold(envelope)
        occurred_at = parse_instant(detail.get("occurredAt"), "detail.occurredAt")
        self._last_at = max(self._last_at or occurred_at, occurred_at)

    def figures(self, closed_at: datetime | None = None) -> Figures:
        """The figures so far.

        `closed_at` ends the state that an agent is still in; without it the latest
        `occurredAt` of the events seen does.
        """
        imported = self._imported()
        calls = self._calls
        ended = len(calls.by_attempt)
        finished = self._finished.tally()
        return Figures(
            imported=imported,
            contacts_attempted=len(self._attempted),
            contacts_finished=finished,
            contacts_remaining=imported.accepted - sum(finished.values()),
            attempts=len(self._placed),
            attempts_by_disposition=self._dispositions.tally(),
            calls_ended=ended,
            answered=calls.answered,
            live_answered=calls.live_answered,
            answer_rate=_rate(calls.answered, ended),
            live_answer_rate=_rate(calls.live_answered, ended),
            penetration_rate=_rate(len(self._attempted), imported.accepted),
            time_to_agent=calls.time_to_agent.durations(),
            contact_duration=calls.contact_duration.durations(),
            agents=self._agent_figures(closed_at or self._last_at),
            abandonment=tuple(calls.tally.rates()),
        )

    def abandonment_at(
        self, name: DefinitionName, now: datetime, false_positive_rate: Fraction | None = None
    ) -> AbandonmentRate:
        """The window that holds `now` under one definition, with what remains in it."""
        return self._calls.tally.rate_at(self._campaign_id, name, now, false_positive_rate)

    def _add_import(self, envelope: Mapping[str, object]) -> None:
        detail = event_detail(envelope)
        if self._contact_list_id not in (None, detail.get("contactListId")):
            return
        self._imports[text_field(detail, "eventId")] = Imported(
            read=whole_number(detail, "read"),
            accepted=whole_number(detail, "accepted"),
            rejected=whole_number(detail, "rejected"),
            duplicate=whole_number(detail, "duplicate"),
        )

    def _add_placed(self, envelope: Mapping[str, object]) -> None:
        detail = event_detail(envelope)
        self._placed.add(text_field(detail, "attemptId"))
        self._attempted.add(text_field(detail, "contactId"))

    def _add_ended(self, envelope: Mapping[str, object]) -> None:
        self._calls.add(ended_call(envelope))

    def _add_disposition(self, envelope: Mapping[str, object]) -> None:
        detail = event_detail(envelope)
        self._dispositions.add(
            text_field(detail, "attemptId"),
            whole_number(detail, "sequence"),
            text_field(detail, "disposition"),
        )

    def _add_finished(self, envelope: Mapping[str, object]) -> None:
        detail = event_detail(envelope)
        self._finished.add(
            text_field(detail, "contactId"),
            whole_number(detail, "sequence"),
            text_field(detail, "reason"),
        )

    def _add_agent_state(self, envelope: Mapping[str, object]) -> None:
        self._add_agent(envelope, one_of(AgentState, event_detail(envelope), "state"))

    def _add_agent_left(self, envelope: Mapping[str, object]) -> None:
        """To this campaign, who works for another one is out."""
        self._add_agent(envelope, AgentState.OUT)

    def _add_agent(self, envelope: Mapping[str, object], state: AgentState) -> None:
        detail = event_detail(envelope)
        agent = self._agents.setdefault(text_field(detail, "agentId"), _AgentTime())
        agent.add(
            whole_number(detail, "sequence"),
            _microseconds(parse_instant(detail.get("occurredAt"), "detail.occurredAt")),
            state,
        )

    def _imported(self) -> Imported:
        lists = self._imports.values()
        return Imported(
            read=sum(rows.read for rows in lists),
            accepted=sum(rows.accepted for rows in lists),
            rejected=sum(rows.rejected for rows in lists),
            duplicate=sum(rows.duplicate for rows in lists),
        )

    def _agent_figures(self, closed_at: datetime | None) -> AgentFigures:
        closed = 0 if closed_at is None else _microseconds(closed_at)
        total: Counter[AgentState] = Counter()
        for agent in self._agents.values():
            total.update(agent.spent(closed))
        logged_in = sum(spent for state, spent in total.items() if state is not AgentState.OUT)
        talk, working = total[AgentState.TALK], sum(total[state] for state in _WORKING)
        return AgentFigures(
            count=len(self._agents),
            logged_in_seconds=_seconds(logged_in),
            talk_seconds=_seconds(talk),
            wrap_seconds=_seconds(total[AgentState.WRAP]),
            occupancy=_rate(working, logged_in),
            talk_minutes_per_hour=half_up(60 * talk, logged_in, 3) if logged_in > 0 else None,
        )


class _Latest:
    """The value with the highest sequence for each key: a fact told later stands."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[int, str]] = {}
        self._tally: Counter[str] = Counter()

    def add(self, key: str, sequence: int, value: str) -> None:
        known = self._values.get(key)
        if known is not None and known >= (sequence, value):
            return
        if known is not None:
            self._tally[known[1]] -= 1
        self._values[key] = (sequence, value)
        self._tally[value] += 1

    def tally(self) -> dict[str, int]:
        return {value: n for value, n in sorted(self._tally.items()) if n}


class _Spread:
    """Durations in microseconds, kept sorted."""

    def __init__(self) -> None:
        self._sorted: list[int] = []
        self._total = 0

    def add(self, microseconds: int) -> None:
        insort(self._sorted, microseconds)
        self._total += microseconds

    def remove(self, microseconds: int) -> None:
        del self._sorted[bisect_left(self._sorted, microseconds)]
        self._total -= microseconds

    def durations(self) -> Durations:
        n = len(self._sorted)
        if n == 0:
            return Durations(0, None, None)
        rank = -(-95 * n // 100)
        return Durations(
            count=n,
            mean=half_up(self._total, n * _PER_SECOND, 3),
            p95=_seconds(self._sorted[rank - 1]),
        )


class _Calls:
    """The calls that ended, each once."""

    def __init__(self) -> None:
        self.by_attempt: dict[str, EndedCall] = {}
        self.answered = 0
        self.live_answered = 0
        self.time_to_agent = _Spread()
        self.contact_duration = _Spread()
        self.tally = AbandonmentTally()

    def add(self, call: EndedCall) -> None:
        known = self.by_attempt.get(call.attempt_id)
        kept = first_copy(known, call)
        if kept == known:
            return
        if known is not None:
            self._take_back(known)
        self.by_attempt[call.attempt_id] = kept
        self._count(kept, 1)
        self.tally.add(kept)
        for spread, span in self._spans(kept):
            spread.add(span)

    def _take_back(self, call: EndedCall) -> None:
        self._count(call, -1)
        self.tally.remove(call)
        for spread, span in self._spans(call):
            spread.remove(span)

    def _count(self, call: EndedCall, step: int) -> None:
        if call.connected_to_system is not None:
            self.answered += step
        if call.answered_by in PERSONS:
            self.live_answered += step

    def _spans(self, call: EndedCall) -> list[tuple[_Spread, int]]:
        start = call.connected_to_system
        if start is None:
            return []
        ends = (
            (self.time_to_agent, call.connected_to_agent),
            (self.contact_duration, call.disconnected),
        )
        return [(spread, (end - start) // _MICROSECOND) for spread, end in ends if end is not None]


class _AgentTime:
    """One agent's states in `sequence`, and the microseconds between neighbours by state.

    A state that arrives late splits the span that it falls into, so the sums are right at any
    time, whatever the order of arrival.
    """

    def __init__(self) -> None:
        self._sequences: list[int] = []
        self._changes: list[tuple[int, AgentState]] = []
        self._spent: Counter[AgentState] = Counter()

    def add(self, sequence: int, at: int, state: AgentState) -> None:
        place = bisect_left(self._sequences, sequence)
        if self._sequences[place : place + 1] == [sequence]:
            return
        self._count_span(place - 1, -1)
        self._sequences.insert(place, sequence)
        self._changes.insert(place, (at, state))
        self._count_span(place - 1, 1)
        self._count_span(place, 1)

    def spent(self, closed_at: int) -> Counter[AgentState]:
        spent = self._spent.copy()
        at, state = self._changes[-1]
        if closed_at > at:
            spent[state] += closed_at - at
        return spent

    def _count_span(self, index: int, step: int) -> None:
        if 0 <= index < len(self._changes) - 1:
            (start, state), (end, _) = self._changes[index : index + 2]
            self._spent[state] += step * (end - start)


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND


def _seconds(microseconds: int) -> float:
    return half_up(microseconds, _PER_SECOND, 3)


def _rate(part: int, whole: int) -> float | None:
    return half_up(part, whole, 4) if whole > 0 else None
