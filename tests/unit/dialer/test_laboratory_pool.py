"""A campaign's contacts over its time: hours, retries, limits, and when nobody is left."""

from __future__ import annotations

import math

import pytest

from campaigns.campaign import DEFAULT_RETRY
from campaigns.events import Disposition
from compliance.case import AttemptLimit
from dialer.laboratory.pool import Group, Pool

ALWAYS = ((0.0, math.inf),)
HOUR = 3600.0


def of(*counts: int, end: float = math.inf) -> Pool:
    """Groups of so many contacts, callable at any time."""
    return Pool([Group(ALWAYS, ((0.0, (), n),)) for n in counts], DEFAULT_RETRY, end=end)


def test_contacts_are_ready_within_their_hours_alone() -> None:
    """Two zones: one opens an hour later; each closes."""
    east = Group(((0.0, 2 * HOUR),), ((0.0, (), 5),))
    west = Group(((HOUR, 3 * HOUR),), ((0.0, (), 7),))
    pool = Pool([east, west], DEFAULT_RETRY)
    found = [pool.ready(t) for t in (0.0, HOUR, 2 * HOUR, 3 * HOUR)]
    assert found == [5, 12, 7, 0]


def test_who_is_busy_comes_back_after_a_quarter_of_an_hour() -> None:
    """The plan's wait from the call's end, and no sooner."""
    pool = of(1)
    pool.take(0.0, 1)
    assert (pool.ready(0.0), pool.finished, pool.left) == (0, False, 1)
    pool.ended(10.0, 1, Disposition.BUSY)
    assert [pool.ready(t) for t in (909.0, 910.0)] == [0, 1]


@pytest.mark.parametrize(
    ("disposition", "times"),
    [
        (Disposition.CONVERSATION, 1),
        (Disposition.HUNG_UP, 1),
        (Disposition.INVALID_NUMBER, 1),
        (Disposition.MACHINE, 2),
        (Disposition.NO_ANSWER, 3),
    ],
)
def test_each_ending_permits_so_many_tries(disposition: Disposition, times: int) -> None:
    """After the last one nobody is left."""
    pool, t = of(1), 0.0
    for number in range(1, times + 1):
        assert pool.ready(t) == 1
        pool.take(t, number)
        pool.ended(t, number, disposition)
        t += 3 * HOUR
    assert pool.ready(t) == 0
    assert pool.finished
    assert pool.people == (disposition is Disposition.CONVERSATION)


def test_what_ended_before_counts() -> None:
    """A contact who was tried twice in vain has one try left."""
    before = ((Disposition.NO_ANSWER, 2),)
    pool = Pool([Group(ALWAYS, ((0.0, before, 1),))], DEFAULT_RETRY)
    pool.take(0.0, 1)
    pool.ended(25.0, 1, Disposition.NO_ANSWER)
    assert pool.finished


def test_a_limit_a_day_holds_a_retry_back() -> None:
    """One attempt a day: the retry waits for the day, not for the plan's hour."""
    group = Group(ALWAYS, ((0.0, (), 1),))
    pool = Pool([group], DEFAULT_RETRY, [AttemptLimit(max=1, days=1)])
    pool.take(100.0, 1)
    pool.ended(125.0, 1, Disposition.NO_ANSWER)
    assert [pool.ready(t) for t in (86_499.0, 86_500.0)] == [0, 1]


def test_nobody_is_left_whose_turn_comes_after_the_end() -> None:
    """A retry past the campaign's end, or past the last allowed hour."""
    for pool in (
        of(1, end=HOUR),
        Pool([Group(((0.0, HOUR),), ((0.0, (), 1),))], DEFAULT_RETRY),
    ):
        pool.take(0.0, 1)
        pool.ended(1.0, 1, Disposition.NO_ANSWER)
        assert pool.finished
        assert pool.left == 1


def test_the_longest_wait_goes_first_and_of_equals_the_larger_group() -> None:
    """Those who open later wait since then."""
    late = Group(((HOUR, math.inf),), ((0.0, (), 9),))
    early = Group(ALWAYS, ((0.0, (), 2),))
    pool = Pool([late, early], DEFAULT_RETRY)
    assert pool.ready(HOUR) == 11
    pool.take(HOUR, 1)
    pool.take(HOUR, 2)
    assert pool.ready(HOUR) == 9
    even = of(2, 3)
    even.take(0.0, 1)
    even.take(0.0, 2)
    assert even.ready(0.0) == 3


def test_of_a_long_list_each_contact_may_stand_for_several() -> None:
    """A tenth of ten groups is kept, of those who wait as of those who are due."""
    pool = Pool(
        [Group(ALWAYS, ((0.0, (), 95), (HOUR, (), 105)))],
        DEFAULT_RETRY,
    )
    assert pool.ready(0.0) == 95
    pool.thin(10)
    assert [pool.ready(0.0), pool.ready(HOUR), pool.left] == [9, 19, 19]


def test_calls_that_nobody_looks_at_any_more_are_unanswered() -> None:
    """The rest of the list can go on without them."""
    pool = of(2)
    pool.take(0.0, 1)
    pool.give_up(5.0)
    assert pool.ready(HOUR + 5.0) == 2
