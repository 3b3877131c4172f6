"""Time zones from the pinned `tzdata` package: the one door to zone data.

`zoneinfo` prefers the host's zone files, which may be older than the package (Vancouver and
Edmonton differ since 2026), and keeps only eight zones at hand. Here every zone is read from the
package, whatever the host has, and kept.
"""

from __future__ import annotations

import functools
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from typing import NamedTuple
from zoneinfo import ZoneInfo

_ZONE_DATA = resources.files("tzdata")
_NO_PLACE = frozenset({"Factory"})
_PROBE = timedelta(hours=6)
_MARGIN = timedelta(hours=28)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


class UnknownTimeZoneError(ValueError):
    """A name that is no IANA zone of the zone data in use."""

    def __init__(self, name: str) -> None:
        """Name the zone that is not known."""
        super().__init__(f"unknown time zone {name!r}: use an IANA name such as America/New_York")
        self.name = name


class Segment(NamedTuple):
    """A stretch [start, end) of UTC during which a zone keeps one offset from UTC."""

    start: datetime
    end: datetime
    offset: timedelta


@functools.cache
def zone_data_version() -> str:
    """The IANA release that decides, such as `2026f`."""
    with _ZONE_DATA.joinpath("zoneinfo", "tzdata.zi").open(encoding="utf-8") as file:
        return file.readline().removeprefix("# version").strip()


@functools.cache
def known_zones() -> frozenset[str]:
    """All zone names of the zone data in use."""
    listing = _ZONE_DATA.joinpath("zones").read_text(encoding="utf-8")
    return frozenset(listing.split()) - _NO_PLACE


def zone(name: str) -> ZoneInfo:
    """The zone called `name`.

    Raises:
        UnknownTimeZoneError: there is no zone of that name.
    """
    if name not in known_zones():
        raise UnknownTimeZoneError(name)
    return _load(name)


@functools.cache
def _load(name: str) -> ZoneInfo:
    with _ZONE_DATA.joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


@functools.lru_cache(maxsize=65536)
def local_day(name: str, day: date) -> tuple[Segment, ...]:
    """The instants whose local date in the zone is `day`: one segment, more when clocks change."""
    info = _load(name)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    parts = []
    for start, end in _steady_stretches(info, midnight - _MARGIN, midnight + _DAY + _MARGIN):
        offset = _offset(info, start)
        first, last = max(start, midnight - offset), min(end, midnight + _DAY - offset)
        if first < last:
            parts.append(Segment(first, last, offset))
    return tuple(parts)


def start_of_day(name: str, day: date) -> datetime:
    """The first instant, in UTC, whose local date in the zone is `day` or later."""
    while not (segments := local_day(name, day)):  # a date that the zone left out
        day += _DAY
    return segments[0].start


def _steady_stretches(
    info: ZoneInfo, start: datetime, end: datetime
) -> list[tuple[datetime, datetime]]:
    stretches = []
    begin = probe = start
    while probe < end:
        following = min(probe + _PROBE, end)
        if _offset(info, following) != _offset(info, probe):
            change = _change_between(info, probe, following)
            stretches.append((begin, change))
            begin = change
        probe = following
    return [*stretches, (begin, end)]


def _change_between(info: ZoneInfo, before: datetime, after: datetime) -> datetime:
    old = _offset(info, before)
    while after - before > _SECOND:
        middle = before + timedelta(seconds=(after - before) // (2 * _SECOND))
        if _offset(info, middle) == old:
            before = middle
        else:
            after = middle
    return after


def _offset(info: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(info).replace(tzinfo=UTC) - instant
