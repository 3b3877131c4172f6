"""A past day from its events: the same pacing plays the same day again."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.case import DialMode
from compliance.ended_call import EventFieldError
from dialer.laboratory.day import Away, Day, steady
from dialer.laboratory.past import Figures, PastContacts, PastDay, came_to
from dialer.laboratory.playing import Ours
from dialer.laboratory.recording import NothingRecordedError, past_day
from dialer.laboratory.replaying import Lines, replay
from dialer.pacing import PacingSettings
from tests.day_events import CAMPAIGN, START, played

DAY = Day(6, steady(0.25), hours=2.0, breaks=0)
"""Dialing ends after half an hour; within the rest every conversation comes to its end."""

DIALED_SECONDS = 1800.0
SETTINGS = replace(DAY.settings, close_at=DIALED_SECONDS)


def rebuilt(events: list[dict[str, Any]], seed: int = 1) -> PastDay:
    """The day of these events."""
    last = START + timedelta(hours=10)
    return past_day(events, CAMPAIGN, START, last, SETTINGS, seed)


def again(past: PastDay, pacing: PacingSettings = SETTINGS, seed: int = 1) -> Figures:
    """What the past day comes to with the service's own pacing."""
    return replay(past, Ours(pacing), Lines(), seed, lambda _: None)


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(1, 10_000),
    agents=st.integers(1, 12),
    people=st.sampled_from([0.1, 0.25, 0.4]),
    detection=st.booleans(),
)
def test_the_same_pacing_meets_the_same_day(
    seed: int, agents: int, people: float, detection: bool
) -> None:
    """A day of the laboratory, told as events in any order, is played again to the same figures."""
    day = replace(DAY, agents=agents, people=steady(people), detection=detection)
    pacing = replace(SETTINGS, detection=detection)
    world, events = played(day, seed, Ours(pacing))
    random.Random(seed).shuffle(events)
    last = START + timedelta(hours=10)
    past = past_day(events, CAMPAIGN, START, last, pacing, seed)
    past = replace(past, seconds=day.close_at)
    figures, was = again(past, pacing, seed), came_to(world)
    assert figures.calls == was.calls
    assert figures.people == was.people
    assert figures.abandoned == world.abandoned  # nobody knows which of them were machines
    assert figures.occupancy == pytest.approx(was.occupancy, abs=1e-6)
    assert figures.wait_mean == pytest.approx(was.wait_mean, abs=1e-6)


def test_agents_who_come_and_go_are_there_when_they_were() -> None:
    """Breaks and a walkout: the replay comes close, though who was about to leave is not told."""
    day = replace(DAY, agents=12, hours=3.0, breaks=3, away=(Away(1800.0, 1900.0, 0.5, 600.0),))
    pacing = replace(SETTINGS, close_at=7200.0)
    world, events = played(day, 3, Ours(pacing))
    figures = again(replace(rebuilt(events), seconds=day.close_at), pacing)
    was = came_to(world)
    assert figures.occupancy == pytest.approx(was.occupancy, abs=0.03)
    assert figures.people == pytest.approx(was.people, rel=0.08)


def test_what_really_happened_is_counted_from_the_events() -> None:
    """The figures beside the replay are those of the day itself."""
    world, events = played(DAY, 5, Ours(SETTINGS))
    past = rebuilt(events)
    real, was = past.figures, came_to(world)
    assert real.calls == was.calls
    assert real.people == was.people
    assert real.abandoned == was.abandoned
    assert real.wait_mean == pytest.approx(was.wait_mean, abs=1e-6)
    worked = real.occupancy * past.seconds
    assert worked == pytest.approx(was.occupancy * DAY.close_at, rel=0.02)


def test_other_settings_give_another_day() -> None:
    """One to one abandons nobody and leaves agents idle."""
    pacing = replace(SETTINGS, close_at=5400.0)
    _, events = played(replace(DAY, agents=10), 2, Ours(pacing))
    past = rebuilt(events)
    one_to_one = again(past, replace(pacing, dial_mode=DialMode.PROGRESSIVE))
    ours = again(past, pacing)
    assert one_to_one.abandoned == 0
    assert one_to_one.idle_minutes > ours.idle_minutes + 3.0


def test_beyond_the_recorded_calls_they_are_drawn_on_a_seed() -> None:
    """More calls than there were: the same seed draws the same."""
    one_to_one = replace(SETTINGS, dial_mode=DialMode.PROGRESSIVE)
    _, events = played(DAY, 2, Ours(one_to_one))
    past = rebuilt(events)
    first, second = again(past, seed=4), again(past, seed=4)
    assert first == second
    assert first.calls > past.figures.calls


def _bound(bound: str, t: float, sequence: int) -> dict[str, Any]:
    at = (START + timedelta(seconds=t)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    detail = {"occurredAt": at, "campaignId": CAMPAIGN, "sequence": sequence, "bound": bound}
    return {"detail-type": "Pacing Changed", "time": at, "detail": detail}


def test_a_list_that_ran_dry_has_no_other_contacts() -> None:
    """While it was dry, each call is there from when it was dialed; drawn ones are none."""
    _, events = played(DAY, 1, Ours(SETTINGS))
    events += [_bound("no_free_agent", 0.0, 1), _bound("nobody_callable", 900.0, 2)]
    past = rebuilt(events)
    contacts = PastContacts(past)
    before = sum(call.dialed < 900.0 for call in past.calls)
    assert past.dry == ((900.0, past.seconds),)
    assert contacts.ready(0.0) == before
    assert contacts.ready(past.seconds) == len(past.calls)


def test_nothing_is_dialed_while_the_campaign_was_halted() -> None:
    """A pause is one, whatever bound is told."""
    _, events = played(DAY, 1, Ours(SETTINGS))
    pause, resume = _bound("", 300.0, 1), _bound("", 600.0, 2)
    pause["detail-type"], resume["detail-type"] = "Campaign Paused", "Campaign Resumed"
    past = rebuilt([*events, pause, resume])
    contacts = PastContacts(past)
    assert past.halted == ((300.0, 600.0),)
    assert [contacts.ready(t) > 0 for t in (299.0, 300.0, 599.0, 600.0)] == [
        True,
        False,
        False,
        True,
    ]


def test_events_before_the_day_fill_its_window() -> None:
    """People who answered the day before, and who of them was abandoned."""
    _, events = played(DAY, 1, Ours(SETTINGS))
    last = START + timedelta(hours=10)
    later = START + timedelta(seconds=900)
    past = past_day(events, CAMPAIGN, later, last, SETTINGS, 1)
    whole = rebuilt(events)
    assert 0 < past.prior_live < whole.figures.people + whole.figures.abandoned
    assert past.prior_abandoned <= whole.figures.abandoned


def test_a_day_without_calls_is_refused() -> None:
    """Another day, another campaign, no events."""
    _, events = played(DAY, 1, Ours(SETTINGS))
    attempts: list[Callable[[], PastDay]] = [
        lambda: rebuilt([]),
        lambda: past_day(events, "other", START, START + timedelta(days=1), SETTINGS, 1),
        lambda: past_day(events, CAMPAIGN, START - timedelta(days=1), START, SETTINGS, 1),
    ]
    for attempt in attempts:
        with pytest.raises(NothingRecordedError):
            attempt()


def test_a_wrong_field_is_named() -> None:
    """An instant that is none."""
    _, events = played(DAY, 1, Ours(SETTINGS))
    events[0]["detail"]["occurredAt"] = "yesterday"
    with pytest.raises(EventFieldError, match="occurredAt"):
        rebuilt(events)
