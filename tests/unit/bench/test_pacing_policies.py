"""The other dialers' formulas on snapshots small enough to work out by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from random import Random

import pytest

from bench.pacing.days import Day, steady
from bench.pacing.people import CONNECT_SECONDS, Contacts, Fate
from bench.pacing.policies import webitel
from bench.pacing.policies.clairvoyant import all_find_agents
from bench.pacing.policies.counts import Rolling, Totals
from bench.pacing.policies.forecasts import ExpectedAnswers, TailBound, Window
from bench.pacing.policies.impact import Attempt, simulated
from bench.pacing.policies.omnidialer import OmniDialer
from bench.pacing.policies.overdial import OverDial, excess_share, most_calls
from bench.pacing.policies.policy import Figures
from bench.pacing.policies.ratios import Issabel, Ratio, Wombat
from bench.pacing.policies.vicidial import Method, Vicidial
from bench.pacing.policies.webitel import Webitel
from bench.pacing.world import Agent
from dialer.forecast import (
    Abandoned,
    AgentChanged,
    AgentState,
    Answered,
    CallOutcome,
    Connected,
    Dialed,
    Live,
    Observation,
    Party,
    Result,
    TalkEnded,
)
from dialer.pacing import AgentView, Bound, CallStage, CallView, PacingSettings, Snapshot

IDLE, TALK, WRAP = AgentState.IDLE, AgentState.TALK, AgentState.WRAP
RINGING, WAITING = CallStage.RINGING, CallStage.WAITING


def view(
    agents: Iterable[tuple[AgentState, float]],
    calls: Iterable[CallStage] = (),
    t: float = 0.0,
    window: tuple[int, int] = (0, 0),
) -> Snapshot:
    """A tick with so many agents (state, seconds in it) and calls dialed 8 s ago."""
    return Snapshot(
        t=t,
        max_calls=1000,
        max_bound=Bound.TRUNK,
        list_left=10_000,
        agents=tuple(AgentView(i, s, age) for i, (s, age) in enumerate(agents)),
        calls=tuple(CallView(i, stage, 8.0, 6.0) for i, stage in enumerate(calls)),
        window_live=window[0],
        window_abandoned=window[1],
    )


def history(
    dialed: int, live: int, abandoned: int = 0, talk: float = 120.0, t: float = 1.0
) -> list[Observation]:
    """So many calls, dialed 10 s before `t`, of which some went live and some were abandoned."""
    seen: list[Observation] = [Dialed(t - 10.0, n) for n in range(dialed)]
    for n in range(dialed):
        if n >= live:
            seen.append(Result(t, n, CallOutcome.NO_ANSWER, 10.0))
            continue
        seen += [Answered(t, n, 10.0), Live(t, n, 10.0)]
        if n < abandoned:
            seen.append(Abandoned(t, n))
        else:
            seen += [Connected(t, n, 0, 0.0), TalkEnded(t, n, 0, talk, Party.HUMAN)]
    return seen


# --------------------------------------------------------------------------------------- counting
def test_figures_count_agents_and_calls() -> None:
    """One to one: an idle agent for each call in flight."""
    now = Figures.of(view([(IDLE, 0), (IDLE, 0), (TALK, 9), (WRAP, 3)], [RINGING, WAITING]))
    assert (now.idle, now.talking, now.wrapping) == (2, 1, 1)
    assert (now.ringing, now.waiting, now.in_flight, now.one_to_one) == (1, 1, 2, 0)


def test_a_window_rolls() -> None:
    """What is older than its seconds no longer counts."""
    window = Rolling(60.0)
    window.observe(10.0, [Dialed(0.0, 1), Dialed(10.0, 2)])
    assert window[Dialed] == 2
    window.observe(60.0, [])
    assert window[Dialed] == 1
    assert window[Live] == 0


def test_totals_learn_means_and_shares() -> None:
    """Talk, wrap-up, ring, and who is on a break."""
    totals = Totals()
    totals.observe([*history(40, 10, 1, talk=90.0), AgentChanged(21.0, 0, IDLE)])
    totals.observe([AgentChanged(30.0, 3, AgentState.BREAK)])
    assert totals.talk.value == pytest.approx(90.0)
    assert totals.wrap.value == pytest.approx(20.0)
    assert totals.ring.value == pytest.approx(10.0)
    assert totals.abandoned_rate == pytest.approx(0.1)
    assert totals.away == 1


# ----------------------------------------------------------------------------------------- ratios
def test_ratio_counts_idle_agents() -> None:
    """Twice three idle agents, less the two in flight."""
    now = view([(IDLE, 1)] * 3 + [(TALK, 5)], [RINGING, WAITING])
    assert Ratio(2.0).pace(now, []) == 4
    assert Ratio(1.0).pace(now, []) == 1


def test_wombats_own_example() -> None:
    """Seven agents at 1.3 make nine calls; none while three people wait."""
    assert Wombat(1.3).pace(view([(IDLE, 1)] * 7), []) == 9
    assert Wombat(1.3).pace(view([(IDLE, 1)] * 7, [WAITING] * 3), []) == 0


def test_issabel_divides_by_the_answered_share_with_a_floor() -> None:
    """Two idle at 25 % answered: eight calls; at 10 % the floor of 20 % makes it ten."""
    assert Issabel().pace(view([(IDLE, 1)] * 2, t=3.0), history(40, 10, t=3.0)) == 8
    assert Issabel().pace(view([(IDLE, 1)] * 2, t=3.0), history(100, 10, t=3.0)) == 10
    assert Issabel().pace(view([(IDLE, 1)] * 2, t=4.0), history(40, 10, t=3.0)) == 0


def test_issabel_counts_long_talkers_as_free_soon() -> None:
    """1 - exp(-(talk + 10) / 100) reaches 0.97 at 340.7 s."""
    for seconds, calls in ((340.0, 0), (341.0, 4)):
        policy = Issabel()
        seen = history(40, 10, talk=100.0, t=3.0)
        assert policy.pace(view([(TALK, seconds)], t=3.0), seen) == calls


# --------------------------------------------------------------------------------------- VICIdial
def test_vicidials_level_grows_by_the_share_of_ready_agents() -> None:
    """Half of the agents ready: the level is multiplied by 1.5, and 2.5 s later lines follow."""
    policy = Vicidial(Method.HARD, 28800.0)
    agents = [(IDLE, 1.0)] * 4 + [(TALK, 9.0)] * 4
    for second in range(15):
        policy.pace(view(agents, t=float(second)), [])
    assert policy.level == 1.0
    calls = policy.pace(view(agents, t=15.0), [])
    assert policy.level == pytest.approx(1.5)
    assert calls == 12 - 4


def test_vicidials_level_stays_between_one_and_three() -> None:
    """All ready: 2, then 3 at most; all busy: down to 1 and no further."""
    policy = Vicidial(Method.AVERAGE, 28800.0)
    for second in range(61):
        policy.pace(view([(IDLE, 1.0)] * 5, t=float(second)), [])
    assert policy.level == 3.0
    busy = view([(TALK, 5.0)] * 2, [WAITING] * 2)
    for second in range(61, 121):
        policy.pace(Snapshot(second, 9, Bound.TRUNK, 9, busy.agents, busy.calls, 0, 0), [])
    assert policy.level == 1.0


@pytest.mark.parametrize(
    ("method", "seconds_left", "level"),
    [
        (Method.HARD, 14400.0, 1.0),
        (Method.AVERAGE, 14400.0, 1.5),
        (Method.TAPERED, 36000.0, 3.0),
        (Method.TAPERED, 14400.0, 3.0 * 0.4),
        (Method.TAPERED, 600.0, 1.0),
    ],
)
def test_vicidial_cuts_the_level_over_the_limit(
    method: Method, seconds_left: float, level: float
) -> None:
    """To 1, by half, or by the hours left until 21:00 over ten: 2100 - 1700 is 400 of 1000."""
    policy = Vicidial(method, 60.0 + seconds_left)
    for second in range(61):
        seen = history(400, 60, 5, t=2.0) if second == 2 else []
        policy.pace(view([(IDLE, 1.0)] * 5, t=float(second)), seen)
    # At 60 s the level has doubled to its most, 3, and the drops are counted for the first time.
    assert policy.level == pytest.approx(level)


# -------------------------------------------------------------------------------------- OMniDialer
def test_omnidialer_is_progressive_until_it_is_warm() -> None:
    """Fifty calls handled; until then one call an idle agent."""
    assert OmniDialer(20).pace(view([(IDLE, 1.0)] * 5, [RINGING]), []) == 2
    assert OmniDialer(200).pace(view([(IDLE, 1.0)] * 5, [RINGING]), []) == 4


def test_omnidialers_gamma_and_latch() -> None:
    """Full up to half of 3 %, 0.2 from 3 % on; one drop of ten is far over and latches."""
    policy = OmniDialer(10)
    assert policy.gamma == 1.0
    policy.drops = 0.0225
    assert policy.gamma == pytest.approx(0.6)
    policy.pace(view([]), [Abandoned(1.0, 1)])
    assert policy.drops == pytest.approx(0.0225 + 0.1 * 0.9775)
    assert policy.gamma == 0.2


def test_omnidialer_divides_the_free_by_the_answer_rate() -> None:
    """60 answered calls and nothing else: P is near 1, so two free agents get two calls."""
    policy = OmniDialer(50)
    assert policy.pace(view([(IDLE, 1.0)] * 2), history(60, 60)) == 2
    policy.rate = 0.25
    assert policy.pace(view([(IDLE, 1.0)] * 2, [RINGING] * 4), []) == math.floor((2 - 1) / 0.25)


# ----------------------------------------------------------------------------------------- OverDial
def test_overdials_excess_by_hand() -> None:
    """Two calls at 0.5 for one agent: a quarter of the time one too many, over one expected."""
    assert excess_share(2, 1.0, 0.5) == pytest.approx(0.25)
    assert excess_share(3, 1.0, 0.5) == pytest.approx((3 / 8 + 2 / 8) / 1.5)
    assert excess_share(2, 2.0, 0.5) == 0.0


def test_overdial_takes_the_largest_number_within_the_target() -> None:
    """At 25 %: what is found is within the target, and one more is not."""
    for free in (1.0, 4.0, 20.0):
        most = most_calls(free, 0.25, 0.02)
        assert excess_share(most, free, 0.25) <= 0.02 < excess_share(most + 1, free, 0.25)


def test_overdial_falls_back_to_one_to_one() -> None:
    """Below 50 live calls, and at the cap; in between it over-dials, with two lines an agent."""
    idle = view([(IDLE, 1.0)] * 20, [RINGING])
    assert OverDial().pace(idle, history(100, 25)) == 19
    assert OverDial().pace(idle, history(400, 100, 3)) == 19
    assert OverDial().pace(idle, history(400, 100, 0)) == 39
    tuned = OverDial(lines=5.0, credit=0.5).pace(idle, history(400, 100, 0))
    assert tuned == most_calls(20.0, 0.25, 0.02) - 1


# ------------------------------------------------------------------------------- Impact and Webitel
def test_impacts_simulation_trades_idle_time_for_abandonment() -> None:
    """Half of the attempts answered after 10 s: more calls an agent, busier and more abandoned."""
    attempts = [Attempt(10, live=True), Attempt(20, live=False)]
    one_to_one = simulated(1.0, 10, attempts, (60, 10), Random(1))
    double = simulated(2.0, 10, attempts, (60, 10), Random(1))
    assert one_to_one[1] == 0.0
    assert double[0] > one_to_one[0]
    assert double[1] > 0.0


def test_webitels_ratio_by_hand() -> None:
    """400 attempts, 100 answers: 4 lines, times 1.3 at no drops and 1.1 at 1 of 3 percent left."""
    assert webitel.lines(400, 100, 0) == pytest.approx(5.2)
    assert webitel.lines(400, 100, 2) == pytest.approx(4.4)
    assert webitel.lines(400, 100, 3) == 1.0
    assert webitel.lines(400, 100, 2, target=1.0) == pytest.approx(4.0 * 1.0 * 110 / 3 / 100)


def test_webitel_refreshes_every_half_minute() -> None:
    """The ratio changes at whole half minutes, and needs 50 attempts."""
    policy = Webitel()
    policy.pace(view([], t=10.0), history(400, 100, t=10.0))
    assert policy.ratio == 1.0
    assert policy.pace(view([(IDLE, 1.0)] * 2, t=30.0), []) == 10


# ---------------------------------------------------------------------------------------- forecasts
TRUSTED: list[Observation] = [Dialed(0.0, 0), AgentChanged(60.0, 0, IDLE)]
"""The first call has rung out, and nothing else was learnt: a quarter of the dials go live."""


@pytest.mark.parametrize("law", [ExpectedAnswers, Window, TailBound])
def test_forecasts_wait_for_the_first_calls(
    law: Callable[[PacingSettings], ExpectedAnswers | Window | TailBound],
) -> None:
    """One to one until the first calls have rung out; then more."""
    policy = law(PacingSettings())
    idle = [(IDLE, 1.0)] * 4
    assert policy.pace(view(idle, [RINGING], t=1.0, window=(100, 0)), [Dialed(0.0, 1)]) == 3
    later = view(idle, t=60.0, window=(100, 0))
    assert policy.pace(later, [AgentChanged(60.0, 0, IDLE)]) > 4


def test_expected_answers_by_hand() -> None:
    """Two idle at 25 %: eight calls; four ringing are worth one agent; one to one at the limit."""
    agents = [(IDLE, 1.0)] * 2 + [(TALK, 9.0)] * 10
    for calls, window, expected in (
        ([], (100, 2), 8),
        ([RINGING] * 4, (100, 2), 4),
        ([WAITING, CallStage.ANSWERED], (100, 2), 2),
        ([], (100, 3), 2),
    ):
        policy = ExpectedAnswers(PacingSettings())
        assert policy.pace(view(agents, calls, window=window), TRUSTED) == expected


def test_window_matches_answers_to_free_agents() -> None:
    """Nobody busy and nothing in flight: idle agents over the prior answer rate of a quarter."""
    assert Window(PacingSettings()).pace(view([(IDLE, 1.0)] * 3), TRUSTED) == 12
    assert Window(PacingSettings()).pace(view([(IDLE, 1.0)], [WAITING] * 2), TRUSTED) == 0


def test_tail_bound_keeps_its_chance_and_stops_at_the_limit() -> None:
    """Three agents at 25 %: so many calls hardly ever bring four people, one more too often."""

    def too_many(calls: int) -> float:
        return sum(math.comb(calls, k) * 0.25**k * 0.75 ** (calls - k) for k in range(4, calls + 1))

    idle = [(IDLE, 1.0)] * 3
    calls = TailBound(PacingSettings()).pace(view(idle, window=(100, 0)), TRUSTED)
    assert too_many(calls) <= TailBound.CHANCE < too_many(calls + 1)
    assert TailBound(PacingSettings()).pace(view(idle, window=(100, 3)), TRUSTED) == 3


# ------------------------------------------------------------------------------------- clairvoyant
def test_clairvoyant_plays_the_coming_seconds_through() -> None:
    """Two people one after the other for one agent, who is free too late for the second."""
    day = Day(1, steady(0.25))
    agent = Agent(0, Contacts(day, 1, 0))
    talk, wrap = agent.work[0]
    over = CONNECT_SECONDS + talk + wrap

    def person(live_at: float) -> tuple[float, int, Fate]:
        return live_at, int(live_at), Fate(1.0, 8.0, 10.0, None, person=True, due=12.0)

    assert all_find_agents([person(5.0)], [(6.9, 0)], [agent])
    assert not all_find_agents([person(5.0)], [(7.1, 0)], [agent])
    assert all_find_agents([person(5.0), person(5.0 + over - 1.9)], [(0.0, 0)], [agent])
    assert not all_find_agents([person(5.0), person(5.0 + over - 2.1)], [(0.0, 0)], [agent])
