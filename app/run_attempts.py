"""Attempts of `fairdial run`: kept in memory, written many rows at once.

They pass the same conformance suite as the store that they wrap.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from app.run_ports import Held
from app.run_tally import HourlyCalls, LiveCalls, hour_of
from campaigns.attempt import Attempt
from campaigns.attempt_store import SqlAttempts
from campaigns.events import Disposition
from campaigns.ports import LiveCounts
from compliance.abandonment import Counts
from compliance.abandonment_definitions import Definition


class HeldAttempts(SqlAttempts):
    """Open attempts and counts in memory; changes are written before a query that must see them.

    The counts are complete because a run's account is empty when the run begins.
    """

    def __init__(self, connection: Connection, held: Held) -> None:
        super().__init__(connection)
        self._open = held.attempts
        self._tally = held.tally
        self._new: dict[str, Attempt] = {}
        self._changed: dict[str, Attempt] = {}

    def write(self) -> None:
        """Write what was added and changed since the last time."""
        new, self._new = self._new, {}
        changed, self._changed = self._changed, {}
        super().add(list(new.values()))
        super().save(list(changed.values()))

    def add(self, attempts: Sequence[Attempt]) -> None:
        """Keep new attempts."""
        for attempt in sorted(attempts, key=_order):
            self._new[attempt.id] = attempt
            self._tally.add(attempt)
            self._hold(attempt, was_open=True)

    def save(self, attempts: Sequence[Attempt]) -> None:
        """Keep changed attempts, all but `hang_up_asked_at`."""
        for attempt in attempts:
            into = self._new if attempt.id in self._new else self._changed
            into[attempt.id] = attempt
            held = self._of_campaign(attempt.campaign_id)
            known = held.get(attempt.id, attempt)
            self._hold(
                replace(attempt, hang_up_asked_at=known.hang_up_asked_at),
                was_open=attempt.id in held,
            )

    def _hold(self, attempt: Attempt, *, was_open: bool) -> None:
        held = self._of_campaign(attempt.campaign_id)
        self._tally.change(attempt)
        if attempt.is_open:
            held[attempt.id] = attempt
        elif was_open:
            self._tally.end(attempt)
            held.pop(attempt.id, None)

    def _of_campaign(self, campaign_id: str) -> dict[str, Attempt]:
        if campaign_id not in self._open:
            self._open[campaign_id] = {a.id: a for a in super().open_of(campaign_id)}
        return self._open[campaign_id]

    def open_of(self, campaign_id: str) -> list[Attempt]:
        """Attempts that have not ended, in order of reservation."""
        return list(self._of_campaign(campaign_id).values())

    def lock(self, attempt_ids: Sequence[str]) -> dict[str, Attempt]:
        """The attempts that exist, by id, in order of id."""
        found = {
            attempt_id: held[attempt_id]
            for attempt_id in attempt_ids
            for held in (self._new, self._changed, *self._open.values())
            if attempt_id in held
        }
        missing = [attempt_id for attempt_id in attempt_ids if attempt_id not in found]
        if missing:
            self.write()
            found |= super().lock(missing)
        return dict(sorted(found.items()))

    def campaigns_with_open(self) -> set[str]:
        """The campaigns of all accounts that have attempts which have not ended."""
        self.write()
        return super().campaigns_with_open()

    def ask_hang_up(
        self, account: str, phone: str, at: datetime, campaign_id: str | None = None
    ) -> int:
        """Ask the dialer to end calls to a number on which no agent is yet; how many."""
        self.write()
        self._open.clear()
        return super().ask_hang_up(account, phone, at, campaign_id)

    def to_number(
        self, account: str, phones: Sequence[str], since: datetime
    ) -> dict[str, list[Attempt]]:
        """Attempts on these numbers in any campaign of the account, by number, oldest first."""
        asked = set(phones)
        held_back = (*self._new.values(), *self._changed.values())
        if any(attempt.phone in asked for attempt in held_back):
            self.write()
        return super().to_number(account, phones, since)

    def count_of(self, campaign_id: str, contact_ids: Sequence[str]) -> dict[str, int]:
        """How many attempts the campaign has made on each of these contacts."""
        made = self._tally.made
        return {
            contact_id: made[campaign_id, contact_id]
            for contact_id in contact_ids
            if (campaign_id, contact_id) in made
        }

    def endings(
        self, campaign_id: str, contact_ids: Sequence[str]
    ) -> Mapping[tuple[str, Disposition], int]:
        """How often attempts on these contacts ended in each disposition."""
        return {
            (contact_id, disposition): count
            for contact_id in contact_ids
            for disposition, count in self._tally.ended.get(
                (campaign_id, contact_id), Counter()
            ).items()
        }

    def live_counts(self, campaign_id: str, since: datetime) -> LiveCounts:
        """People who answered since then, and how many of them were abandoned."""
        return self._tally.live.get(campaign_id, LiveCalls()).since(since)

    def counts_under(
        self,
        campaign_id: str,
        definition: Definition,
        since: datetime,
        before: datetime | None = None,
    ) -> Counts:
        """People who answered since then, and the abandoned among them, as a regulator counts."""
        if _is_full_hour(since) and (before is None or _is_full_hour(before)):
            hourly = self._tally.hourly.get(campaign_id, HourlyCalls())
            return hourly.under(definition.name, since, before)
        self.write()
        return super().counts_under(campaign_id, definition, since, before)

    def answered_starts(self, campaign_id: str, since: datetime) -> set[str]:
        """How the numbers begin of people who answered since then."""
        if _is_full_hour(since):
            return self._tally.hourly.get(campaign_id, HourlyCalls()).starts_since(since)
        self.write()
        return super().answered_starts(campaign_id, since)

    def made(self, campaign_id: str, before: datetime | None = None) -> int:
        """How many attempts the campaign has made, or had made before."""
        if before is None:
            return self._tally.made_in_all[campaign_id]
        self.write()
        return super().made(campaign_id, before)

    def first_placed_at(self, campaign_id: str) -> datetime | None:
        """When the campaign's first call was placed."""
        self.write()
        return super().first_placed_at(campaign_id)


def _is_full_hour(instant: datetime) -> bool:
    return instant == hour_of(instant)


def _order(attempt: Attempt) -> tuple[datetime, int, str]:
    return attempt.reserved_at, attempt.list_row, attempt.id
