"""What a dry run finds: how many contacts can be called when, and what holds the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from compliance.reasons import ReasonCode
from compliance.screening import SEARCHED
from compliance.time_zone import zone

BY_HOUR_UP_TO = timedelta(days=7)
"""A longer campaign is shown by day: nobody reads a thousand bars."""

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Slot:
    """An hour or a day of the campaign, by its zone's clock.

    `becoming` contacts can be called for the first time within it; `within_hours` are those that
    can be called by then and for whom the law and the campaign are open at some time of it.
    """

    start_at: datetime
    end_at: datetime
    becoming: int
    within_hours: int


@dataclass(frozen=True, slots=True)
class HoldingRule:
    """A rule that holds contacts."""

    rule: str
    citation: str
    contacts: int


@dataclass(frozen=True, slots=True)
class Held:
    """Whom one kind of reason holds at the campaign's start.

    Attributes:
        code: The reason.
        for_good: Contacts that it holds for good; they are finished when their turn comes.
        for_now: Contacts that it holds until later, or until a newer copy of a registry is there.
        first_until: When the first of those can be called, all reasons taken together.
        last_until: When the last of them can; both None: no one is held for now, or all of them
            wait for a newer copy.
        rules: The rules behind it, those that hold most first.
    """

    code: ReasonCode
    for_good: int
    for_now: int
    first_until: datetime | None
    last_until: datetime | None
    rules: tuple[HoldingRule, ...]


@dataclass(frozen=True, slots=True)
class AgingRegistry:
    """A registry that binds contacts, and of which no copy lasts until the campaign's end.

    `as_of` is the date of the copy in use, `last_day` the last local date on which it may be used;
    None: there is no copy, and nobody is held who is registered.
    """

    jurisdiction: str
    name: str
    citation: str
    contacts: int
    as_of: date | None
    last_day: date | None


@dataclass(frozen=True, slots=True)
class Place:
    """A jurisdiction whose rules apply to contacts."""

    jurisdiction: str
    name: str
    contacts: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a dry run found.

    Attributes:
        start_at: The start that it was made for.
        end_at: The campaign's end.
        time_zone: The zone of the slots.
        rulebook: Which rules and zone data decided.
        contacts: How many there are; the six counts that follow add up to it.
        callable_at_start: Those who can be called at the start.
        callable_later: Those who can be called later on, before the end.
        after_end: Those who could be called only after the end.
        for_good: Those who can never be called.
        wait_for_reader: Those whose message somebody has to read first.
        wait_for_copy: Those who are held by nothing but a registry's copy that is too old.
        first_callable_at: When the first of all can be called; None: nobody before the end.
        slots: The campaign by the hour, or by the day where it is long.
        held: Why contacts cannot be called at the start, what holds most first.
        registries: Registries to import before the start, what binds most first.
        jurisdictions: Whose rules apply, to most contacts first.
    """

    start_at: datetime
    end_at: datetime
    time_zone: str
    rulebook: str
    contacts: int
    callable_at_start: int
    callable_later: int
    after_end: int
    for_good: int
    wait_for_reader: int
    wait_for_copy: int
    first_callable_at: datetime | None
    slots: tuple[Slot, ...]
    held: tuple[Held, ...]
    registries: tuple[AgingRegistry, ...]
    jurisdictions: tuple[Place, ...]

    @property
    def in_time(self) -> int:
        """Those who can be called before the end."""
        return self.callable_at_start + self.callable_later


def bounds(start: datetime, end: datetime, zone_name: str) -> list[tuple[datetime, datetime]]:
    """The hours, or a long campaign's days, by a zone's clocks; of the first year at most."""
    end = min(end, start + SEARCHED)
    by_hour = end - start <= BY_HOUR_UP_TO
    found = []
    while start < end:
        local = start.astimezone(zone(zone_name))
        if by_hour:
            past = timedelta(
                minutes=local.minute, seconds=local.second, microseconds=local.microsecond
            )
            following = start - past + _HOUR
        else:
            following = datetime.combine(local.date() + _DAY, time(), local.tzinfo).astimezone(UTC)
        found.append((start, min(following, end)))
        start = following
    return found
