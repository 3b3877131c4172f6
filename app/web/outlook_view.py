"""What a dry run found, as its page draws it: bars in shares of a chart, and sentences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from compliance.reasons import SENTENCES
from compliance.time_zone import zone
from dialer.outlook import Held, Outlook, Slot

_HOURS_OF_A_DAY = 24
LABELS = 6
"""So many bars have a time under them, at most: more do not fit on a phone."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One slot: its place and its heights in percent of the chart; `label` is often empty."""

    name: str
    label: str
    x: float
    width: float
    becoming: int
    within_hours: int
    becoming_height: float
    within_height: float


@dataclass(frozen=True, slots=True)
class HeldRow:
    """One kind of reason, in words."""

    held: Held
    sentence: str

    @property
    def until(self) -> datetime | None:
        """When the last of those who wait can be called."""
        return self.held.last_until


def bars(outlook: Outlook) -> list[Bar]:
    """A bar for each slot."""
    count = len(outlook.slots)
    most = max((slot.within_hours for slot in outlook.slots), default=0) or 1
    by_day = is_by_day(outlook)
    of_days = by_day or count > _HOURS_OF_A_DAY
    step = -(-count // LABELS) or 1
    # A label at the right edge would be cut off.
    labelled = {number for number in range(0, count, step) if number <= 0.9 * count}
    return [
        Bar(
            name=_name(slot, outlook.time_zone, by_day),
            label=_label(slot, outlook.time_zone, of_days) if number in labelled else "",
            x=100 * number / count,
            width=100 / count,
            becoming=slot.becoming,
            within_hours=slot.within_hours,
            becoming_height=100 * slot.becoming / most,
            within_height=100 * slot.within_hours / most,
        )
        for number, slot in enumerate(outlook.slots)
    ]


def is_by_day(outlook: Outlook) -> bool:
    """Whether the slots are days."""
    hour = timedelta(hours=1)
    return any(slot.end_at - slot.start_at > hour for slot in outlook.slots)


def held_rows(outlook: Outlook) -> list[HeldRow]:
    """What holds contacts at the start."""
    return [HeldRow(held, SENTENCES[held.code]) for held in outlook.held]


def _name(slot: Slot, time_zone: str, by_day: bool) -> str:
    local = slot.start_at.astimezone(zone(time_zone))
    return f"{local:%a %d %b}" if by_day else f"{local:%a %d %b, %H:%M}"


def _label(slot: Slot, time_zone: str, of_days: bool) -> str:
    local = slot.start_at.astimezone(zone(time_zone))
    return f"{local:%d %b}" if of_days else f"{local:%H:%M}"
