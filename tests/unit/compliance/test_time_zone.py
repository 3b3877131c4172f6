"""Zone data comes from the pinned package, and local days are exact when clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.time_zone import (
    UnknownTimeZoneError,
    known_zones,
    local_day,
    start_of_day,
    zone,
    zone_data_version,
)


def test_package_decides_and_not_the_host() -> None:
    """Vancouver stays at UTC-7 in December 2026, which older zone data does not know."""
    winter = datetime(2026, 12, 1, 16, tzinfo=UTC)
    assert winter.astimezone(zone("America/Vancouver")).utcoffset() == timedelta(hours=-7)
    assert zone_data_version() >= "2026f"


@pytest.mark.parametrize(
    "name", ["", "America", "america/new_york", "Mars/Base", "../etc/passwd", "Factory"]
)
def test_unknown_names(name: str) -> None:
    """Only names of the zone data are zones."""
    with pytest.raises(UnknownTimeZoneError, match="unknown time zone"):
        zone(name)


@pytest.mark.parametrize(
    ("name", "day", "hours", "segments"),
    [
        ("America/New_York", date(2026, 11, 23), 24.0, 1),
        ("America/New_York", date(2026, 3, 8), 23.0, 2),
        ("America/New_York", date(2026, 11, 1), 25.0, 2),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5, 2),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5, 2),
        ("Asia/Kolkata", date(2026, 6, 1), 24.0, 1),
        ("Pacific/Apia", date(2011, 12, 30), 0.0, 0),
        ("Pacific/Kwajalein", date(1993, 8, 22), 24.0, 1),
    ],
)
def test_length_of_a_local_day(name: str, day: date, hours: float, segments: int) -> None:
    """A day is as long as the clocks make it, and a day that was skipped has no instant."""
    parts = local_day(name, day)
    assert sum((part.end - part.start for part in parts), timedelta()) == timedelta(hours=hours)
    assert len(parts) == segments


def test_start_of_a_skipped_day() -> None:
    """The start of a date that never was is the start of the next."""
    assert start_of_day("Pacific/Apia", date(2011, 12, 30)) == start_of_day(
        "Pacific/Apia", date(2011, 12, 31)
    )


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted(known_zones())),
    st.dates(date(1990, 1, 1), date(2060, 12, 31)),
    st.integers(0, 86_399),
)
def test_local_day_holds_the_instants_of_its_date(name: str, day: date, second: int) -> None:
    """An instant is in the local day of its own local date, at that segment's offset."""
    instant = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=second)
    local = instant.astimezone(zone(name))
    held = [part for part in local_day(name, local.date()) if part.start <= instant < part.end]
    assert [part.offset for part in held] == [local.utcoffset()]
