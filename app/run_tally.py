"""What a run counts of its attempts as they change, so that no query has to count them again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from campaigns.attempt import Attempt
from campaigns.events import Disposition
from campaigns.ports import LiveCounts
from compliance.abandonment_definitions import PERSONS


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


@dataclass(slots=True)
class Tally:
    """What is counted of attempts as they change, so that no query has to count them again."""

    made: Counter[tuple[str, str]] = field(default_factory=Counter)
    ended: dict[tuple[str, str], Counter[Disposition]] = field(default_factory=dict)
    live: dict[str, LiveCalls] = field(default_factory=dict)

    def add(self, attempt: Attempt) -> None:
        """Count a new attempt."""
        self.made[attempt.campaign_id, attempt.contact_id] += 1

    def change(self, attempt: Attempt) -> None:
        """Count what an attempt has come to, each change as often as it is told."""
        live = self.live.setdefault(attempt.campaign_id, LiveCalls())
        if attempt.answered_by in PERSONS and attempt.answered_at is not None:
            live.put(attempt.id, attempt.answered_at, abandoned=attempt.abandoned)
        else:
            live.drop(attempt.id)

    def end(self, attempt: Attempt) -> None:
        """Count how an attempt ended, once."""
        if attempt.disposition is not None:
            key = (attempt.campaign_id, attempt.contact_id)
            self.ended.setdefault(key, Counter())[attempt.disposition] += 1
