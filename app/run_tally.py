"""What a run counts of its attempts as they change, so that no query has to count them again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from campaigns.attempt import Attempt
from campaigns.events import Disposition
from campaigns.ports import LiveCounts
from compliance.abandonment import NO_CALLS, Counts
from compliance.abandonment_definitions import DEFINITIONS, PERSONS, DefinitionName
from compliance.phone_number import START_LENGTH


@dataclass(slots=True)
class LiveCalls:
    """A campaign's calls that a person answered: when, and whether they were abandoned."""

    calls: dict[str, tuple[datetime, bool]] = field(default_factory=dict)
    abandoned: int = 0
    earliest: datetime | None = None

    def put(self, attempt_id: str, answered_at: datetime, *, abandoned: bool) -> None:
        """Count a call, or count it anew."""
        self.drop(attempt_id)
        self.calls[attempt_id] = (answered_at, abandoned)
        self.abandoned += abandoned
        self.earliest = answered_at if self.earliest is None else min(self.earliest, answered_at)

    def drop(self, attempt_id: str) -> None:
        """It was no person after all."""
        _, abandoned = self.calls.pop(attempt_id, (None, False))
        self.abandoned -= abandoned

    def since(self, instant: datetime) -> LiveCounts:
        """The calls answered since then."""
        if self.earliest is None or instant <= self.earliest:
            return LiveCounts(len(self.calls), self.abandoned)
        counted = [abandoned for at, abandoned in self.calls.values() if at >= instant]
        return LiveCounts(len(counted), sum(counted))


def hour_of(instant: datetime) -> datetime:
    """The hour that it lies in."""
    return instant.replace(minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class _Told:
    """What was counted of one call."""

    hour: datetime
    start: str
    counts: dict[DefinitionName, Counts]


@dataclass(slots=True)
class HourlyCalls:
    """Calls that a person answered, as each regulator counts them, by the hour of the answer."""

    told: dict[str, _Told] = field(default_factory=dict)
    sums: dict[DefinitionName, dict[datetime, Counts]] = field(
        default_factory=lambda: {name: {} for name in DefinitionName}
    )
    starts: Counter[tuple[datetime, str]] = field(default_factory=Counter)

    def put(self, attempt: Attempt, answered_at: datetime) -> None:
        """Count a call, or count it anew."""
        self.drop(attempt.id)
        counts = {name: attempt.live_counts(d) for name, d in DEFINITIONS.items()}
        told = _Told(hour_of(answered_at), attempt.phone[:START_LENGTH], counts)
        self.told[attempt.id] = told
        self.starts[told.hour, told.start] += 1
        for name, added in counts.items():
            hours = self.sums[name]
            hours[told.hour] = hours.get(told.hour, NO_CALLS).plus(added)

    def drop(self, attempt_id: str) -> None:
        """It was no person after all."""
        told = self.told.pop(attempt_id, None)
        if told is None:
            return
        self.starts[told.hour, told.start] -= 1
        for name, taken in told.counts.items():
            self.sums[name][told.hour] = self.sums[name][told.hour].minus(taken)

    def under(self, name: DefinitionName, since: datetime, before: datetime | None) -> Counts:
        """The calls answered from one full hour on, before another."""
        total = NO_CALLS
        for hour, counts in self.sums[name].items():
            if hour >= since and (before is None or hour < before):
                total = total.plus(counts)
        return Counts(total.live_answered, total.live_answered, total.abandoned)

    def starts_since(self, since: datetime) -> set[str]:
        """How the numbers begin of those who answered from a full hour on."""
        return {start for (hour, start), count in self.starts.items() if count and hour >= since}


@dataclass(slots=True)
class Tally:
    """What is counted of attempts as they change, so that no query has to count them again."""

    made: Counter[tuple[str, str]] = field(default_factory=Counter)
    ended: dict[tuple[str, str], Counter[Disposition]] = field(default_factory=dict)
    live: dict[str, LiveCalls] = field(default_factory=dict)
    hourly: dict[str, HourlyCalls] = field(default_factory=dict)
    made_in_all: Counter[str] = field(default_factory=Counter)

    def add(self, attempt: Attempt) -> None:
        """Count a new attempt."""
        self.made[attempt.campaign_id, attempt.contact_id] += 1
        self.made_in_all[attempt.campaign_id] += 1

    def change(self, attempt: Attempt) -> None:
        """Count what an attempt has come to, each change as often as it is told."""
        live = self.live.setdefault(attempt.campaign_id, LiveCalls())
        hourly = self.hourly.setdefault(attempt.campaign_id, HourlyCalls())
        if attempt.answered_by in PERSONS and attempt.answered_at is not None:
            live.put(attempt.id, attempt.answered_at, abandoned=attempt.abandoned)
            hourly.put(attempt, attempt.answered_at)
        else:
            live.drop(attempt.id)
            hourly.drop(attempt.id)

    def end(self, attempt: Attempt) -> None:
        """Count how an attempt ended, once."""
        if attempt.disposition is not None:
            key = (attempt.campaign_id, attempt.contact_id)
            self.ended.setdefault(key, Counter())[attempt.disposition] += 1
