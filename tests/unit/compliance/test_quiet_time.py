"""Strands of local time: openings and closings over midnight, clock changes and merged spans."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from compliance.case import CampaignTerms, OpenSpan, RestrictedPeriod, Weekday
from compliance.location import Location
from compliance.quiet_time import Strand, campaign_hours, closing_rules, is_open, next_open

MONDAY_NIGHT = {
    Weekday.MONDAY: (OpenSpan(time(20), time(0)),),
    Weekday.TUESDAY: (OpenSpan(time(0), time(2)), OpenSpan(time(1), time(3))),
}
RING = timedelta(seconds=27)


def strand(terms: CampaignTerms, name: str = "America/New_York") -> Strand:
    """The one strand of a campaign's terms in a zone."""
    (found,) = campaign_hours(terms, Location((name,), (), frozenset(), False))
    return found


def at(day: int, hour: int, minute: int = 0, second: int = 0, month: int = 11) -> datetime:
    """An instant of 2026, UTC."""
    return datetime(2026, month, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("instant", "opens"),
    [
        (at(24, 0, 59, 59), at(24, 1)),
        (at(24, 1), at(24, 1)),
        (at(24, 4, 59, 50), at(24, 4, 59, 50)),  # the ring goes on into Tuesday
        (at(24, 5, 0, 0), at(24, 5, 0, 0)),
        (at(24, 7, 59, 32), at(24, 7, 59, 32)),
        (at(24, 7, 59, 33), None),
    ],
)
def test_hours_over_midnight(instant: datetime, opens: datetime | None) -> None:
    """Monday until 24:00 and Tuesday from 00:00 are one opening; spans that overlap are one."""
    hours = strand(CampaignTerms(open_hours=MONDAY_NIGHT))
    assert next_open(hours, instant, RING, instant + timedelta(days=3)) == opens
    assert is_open(hours, instant, RING) is (opens == instant)


def test_opening_beyond_the_search() -> None:
    """An opening after the latest instant is none."""
    hours = strand(CampaignTerms(open_hours=MONDAY_NIGHT))
    assert next_open(hours, at(25, 0), RING, at(30, 23)) is None
    assert next_open(hours, at(25, 0), RING, datetime(2026, 12, 1, 1, tzinfo=UTC)) == datetime(
        2026, 12, 1, 1, tzinfo=UTC
    )


def test_a_date_that_never_was() -> None:
    """Samoa left out 30 December 2011, a Friday: Friday's hours come a week later."""
    fridays = strand(
        CampaignTerms(open_hours={Weekday.FRIDAY: (OpenSpan(time(9), time(10)),)}), "Pacific/Apia"
    )
    start = datetime(2011, 12, 29, 0, tzinfo=UTC)
    opens = next_open(fridays, start, timedelta(), start + timedelta(days=20))
    assert opens == datetime(2012, 1, 5, 19, tzinfo=UTC)


def test_the_rule_that_closes_the_end() -> None:
    """When the start is open and the ring's end is not, the end's rule is named."""
    period = RestrictedPeriod("Holidays", date(2026, 12, 24), date(2026, 12, 26))
    closed = strand(CampaignTerms(restricted_periods=(period,)))
    eve = datetime(2026, 12, 24, 4, 59, 50, tzinfo=UTC)
    assert not is_open(closed, eve, RING)
    assert [rule.id for rule in closing_rules(closed, eve, RING)] == ["Holidays"]
    assert is_open(closed, eve, timedelta(seconds=9))
