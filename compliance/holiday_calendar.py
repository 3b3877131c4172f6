"""Which local dates are legal holidays: the one door of `holidays`.

Calendars come from the package by country and subdivision; rules add the days that the law names
and the package lacks, and take away those it has too many.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import holidays

from compliance.rules import AddedDay, HolidayCalendar

KNOWN_DAY_RULE = re.compile(
    r"\d{2}-\d{2}|\d{4}-\d{2}-\d{2}|easter[+-]\d{1,2}|us_election_day|next_monday_if_weekend",
    re.ASCII,
)
"""Spellings of the rules by which days are added to a calendar."""

_JOINED = "; "
_SATURDAY, _SUNDAY = 6, 7


def has_calendar(calendar: HolidayCalendar) -> bool:
    """Whether the package knows the calendar's country and subdivision."""
    try:
        holidays.country_holidays(calendar.country, subdiv=calendar.subdivision)
    except (NotImplementedError, ValueError):
        return False
    return True


@functools.lru_cache(maxsize=4096)
def days_off(
    calendar: HolidayCalendar, subdivisions: tuple[str, ...] | None, year: int
) -> frozenset[date]:
    """The legal holidays of a year.

    Args:
        calendar: What counts as a holiday.
        subdivisions: Codes of the contact's own state or province; None when it is not known, and
            then every one counts for substitute days.
        year: The calendar year.
    """
    named = _named_days(calendar.country, calendar.subdivision, year, calendar.observed)
    days = {day for day, names in named.items() if not names <= calendar.removed}
    if calendar.observed and calendar.substitutes_of_subdivisions:
        days |= _substitutes(calendar, subdivisions, year)
    if calendar.also_of_subdivision:
        known = _subdivisions(calendar.country)
        for code in known.intersection(subdivisions or ()):
            days |= _named_days(calendar.country, code, year, calendar.observed).keys()
    for added in calendar.added:
        days.update(_added_days(added, named, year))
    return frozenset(days)


def _substitutes(
    calendar: HolidayCalendar, subdivisions: tuple[str, ...] | None, year: int
) -> set[date]:
    """The days that a state takes off instead: those it has only with substitutes counted.

    Their names do not tell: Tasmania's own is "Boxing Day", South Australia's "Proclamation Day".
    """
    known = _subdivisions(calendar.country)
    days: set[date] = set()
    for code in known if subdivisions is None else known.intersection(subdivisions):
        observed = _named_days(calendar.country, code, year, observed=True)
        days |= observed.keys() - _named_days(calendar.country, code, year, observed=False).keys()
    return days


@functools.cache
def _subdivisions(country: str) -> frozenset[str]:
    return frozenset(holidays.country_holidays(country).subdivisions)


@functools.lru_cache(maxsize=4096)
def _named_days(
    country: str, subdivision: str | None, year: int, observed: bool
) -> Mapping[date, frozenset[str]]:
    # The year before and after too: a substitute day may fall beyond the turn of the year.
    found = holidays.country_holidays(
        country,
        subdiv=subdivision,
        years=[year - 1, year, year + 1],
        observed=observed,
        language="en_US",
    )
    return {
        day: frozenset(names.split(_JOINED)) for day, names in found.items() if day.year == year
    }


def _added_days(added: AddedDay, named: Mapping[date, frozenset[str]], year: int) -> Iterator[date]:
    if added.rule == "us_election_day":
        yield _election_day(year)
    elif added.rule == "next_monday_if_weekend":
        yield from _mondays_after_weekend(added, named)
    elif added.rule.startswith("easter"):
        yield _easter(year) + timedelta(days=int(added.rule.removeprefix("easter")))
    else:
        yield from _fixed_day(added.rule, year)


def _fixed_day(rule: str, year: int) -> Iterator[date]:
    *years, month, day = (int(part) for part in rule.split("-"))
    if years in ([], [year]):
        yield date(year, month, day)


def _election_day(year: int) -> date:
    """The Tuesday after the first Monday of November."""
    return next(date(year, 11, day) for day in range(2, 9) if date(year, 11, day).isoweekday() == 2)


def _mondays_after_weekend(added: AddedDay, named: Mapping[date, frozenset[str]]) -> Iterator[date]:
    for day, names in named.items():
        if day.isoweekday() in (_SATURDAY, _SUNDAY) and names.intersection(added.names):
            yield day + timedelta(days=8 - day.isoweekday())


def _easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, Astronomical Algorithms, chapter 8)."""
    century, of_century = divmod(year, 100)
    moon = (
        19 * (year % 19) + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15
    ) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - moon - of_century % 4) % 7
    shift = (year % 19 + 11 * moon + 22 * sunday) // 451
    month, day = divmod(moon + sunday - 7 * shift + 114, 31)
    return date(year, month, day + 1)
