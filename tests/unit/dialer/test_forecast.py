"""What observations teach: answer rate, ring times, talk and wrap-up times, and forgetting."""

from __future__ import annotations

from random import Random

import pytest

from dialer.forecast import (
    Abandoned,
    AgentChanged,
    AgentState,
    Answered,
    CallOutcome,
    Connected,
    Dialed,
    HungUp,
    Learnt,
    Live,
    Observation,
    Party,
    Result,
    TalkEnded,
)
from dialer.forecast.distribution import LiveRate, Share, Spread, ends_within, lognormal_steps


def dials(learnt: Learnt, start: float, count: int, live_rate: float, rng: Random) -> None:
    """Teach so many resolved dials, two a second."""
    for i in range(count):
        t = start + i / 2.0
        call = f"{start}-{i}"
        learnt.observe(Dialed(t - 15.0, call))
        if rng.random() < live_rate:
            learnt.observe(Answered(t - 2.5, call, 12.0))
            learnt.observe(Live(t, call, 12.0))
        else:
            learnt.observe(Result(t, call, CallOutcome.NO_ANSWER, 27.0))


def test_the_answer_rate_is_learnt_and_follows_a_change() -> None:
    """A rate that drops in the middle of the day is followed within some hundred dials."""
    learnt, rng = Learnt(), Random(1)
    dials(learnt, 0.0, 2000, 0.35, rng)
    assert learnt.live_rate == pytest.approx(0.35, abs=0.06)
    dials(learnt, 2000.0, 2000, 0.12, rng)
    assert learnt.live_rate == pytest.approx(0.12, abs=0.05)


def test_a_call_that_has_rung_long_is_less_likely_to_reach_a_person() -> None:
    """People answer after 12 seconds here; past that little is to be hoped for."""
    learnt = Learnt()
    dials(learnt, 0.0, 3000, 0.3, Random(2))
    young, old = learnt.calling_row(6.0), learnt.calling_row(22.0)
    assert young[2] > 0.25
    assert old[2] < 0.05


@pytest.mark.parametrize("seconds", [0.0, 3.0, 40.0, 400.0, 1e9])
def test_rows_are_chances_that_rise_with_the_node(seconds: float) -> None:
    """Later nodes leave more time; squares follow the chances."""
    learnt = Learnt()
    for row in (
        learnt.calling_row(seconds),
        learnt.talking_row(seconds),
        learnt.wrapping_row(seconds),
    ):
        assert 0.0 <= row[0] <= row[1] <= row[2] <= 1.0
        assert row[3:] == tuple(p * p for p in row[:3])


def test_talk_and_wrap_up_times_are_learnt() -> None:
    """With talks of 30 s and wrap-ups of 5 s, an agent 25 s into a talk is free soon."""
    learnt = Learnt()
    before = learnt.talking_row(25.0)[0]
    for i in range(400):
        ended: list[Observation] = [
            TalkEnded(float(i), i, "a", 30.0 + i % 3, Party.HUMAN),
            AgentChanged(float(i), "a", AgentState.WRAP),
            AgentChanged(i + 5.0, "a", AgentState.IDLE),
        ]
        for seen in ended:
            learnt.observe(seen)
    assert before < 0.2
    assert learnt.talking_row(25.0)[1] > 0.7
    assert learnt.wrapping_row(4.0)[1] > 0.9


def test_talks_that_go_on_are_not_forgotten() -> None:
    """Two short talks have ended and fifty go on: few of those will end at once."""
    hasty, patient = Learnt(), Learnt()
    for learnt in (hasty, patient):
        for i in range(50):
            if learnt is patient:
                learnt.observe(Connected(0.0, i, f"busy-{i}", 0.0))
        for i in range(12):
            learnt.observe(TalkEnded(20.0 + i, i, f"free-{i}", 8.0, Party.HUMAN))
    assert patient.talking_row(12.0)[1] < hasty.talking_row(12.0)[1]


def test_machines_are_known_by_how_soon_they_answer() -> None:
    """Machines answer after 21 s here and people after 9: the ring time tells them apart."""
    learnt = Learnt()
    for i in range(600):
        t, call, ring = float(i), i, 9.0 if i % 2 else 21.0
        learnt.observe(Answered(t, call, ring))
        if i % 2:
            learnt.observe(Live(t + 2.6, call, ring))
        else:
            learnt.observe(Result(t + 3.0, call, CallOutcome.MACHINE, ring + 3.0))
    assert learnt.answered_row(9.0)[1] > 0.9
    assert learnt.answered_row(21.0)[1] < 0.1


def test_live_abandoned_and_hung_up_are_counted() -> None:
    """The run's own figures stand beside the window's."""
    learnt = Learnt()
    for i in range(5):
        learnt.observe(Live(float(i), i, 9.0))
    learnt.observe(Abandoned(7.0, 1))
    learnt.observe(HungUp(7.0, 2))
    assert (learnt.lives, learnt.abandons, learnt.hung_up) == (5, 1, 1)


def test_machines_among_the_talks_are_counted() -> None:
    """One talk in four was with a machine."""
    learnt = Learnt()
    assert learnt.machine_rate == 0.0
    for i in range(8):
        party = Party.MACHINE if i % 4 == 0 else Party.HUMAN
        learnt.observe(TalkEnded(float(i), i, "a", 60.0, party))
    assert learnt.machine_rate == 0.25


def test_the_same_observations_teach_the_same() -> None:
    """Nothing but the observations enters."""
    one, two = Learnt(), Learnt()
    dials(one, 0.0, 500, 0.3, Random(3))
    dials(two, 0.0, 500, 0.3, Random(3))
    assert [one.calling_row(float(s)) for s in range(40)] == [
        two.calling_row(float(s)) for s in range(40)
    ]
    assert one.live_rate == two.live_rate


def test_calls_still_ringing_do_not_bias_the_answer_rate() -> None:
    """A burst of dials, half of whose people have answered so far, is read for what it is."""
    rate = LiveRate(0.25, 10.0, least=300.0, seconds=600.0, horizon=40.0)
    for _ in range(1000):
        rate.dialed(100.0)
    for _ in range(100):
        rate.lived()
    rate.settle(112.0, lambda age: 0.5 if age < 20.0 else 1.0)
    assert rate.value == pytest.approx(0.2, abs=0.01)
    assert rate.doubt < 0.02


def test_a_spread_interpolates_and_inverts() -> None:
    """Quantile and share are each other's inverse, also after fading."""
    spread = Spread(2.0, lognormal_steps(2.0, 200, 60.0, 0.9), 20.0, 100.0)
    for i in range(1000):
        spread.add(float(i % 90))
    spread.settle()
    assert spread.weight == 100.0
    for share in (0.1, 0.5, 0.9):
        assert spread.below(spread.quantile(share)) == pytest.approx(share)
    assert spread.below(0.0) == 0.0
    assert spread.below(1e9) == 1.0


def test_what_has_outlasted_all_that_was_seen_ends_at_once() -> None:
    """Beyond the last step nothing is left."""
    spread = Spread(1.0, [1.0] * 10, 5.0, 100.0)
    assert ends_within(spread, 50.0, 1.0) == 1.0
    assert ends_within(spread, 5.0, 0.0) == 0.0


def test_a_share_keeps_its_least_memory() -> None:
    """Old observations fade in time, but the last ones always count."""
    share = Share(0.5, 2.0, least=100.0, seconds=60.0)
    for i in range(500):
        share.add(float(i) * 3600.0, i >= 250)
    assert share.value == pytest.approx(0.92, abs=0.02)
