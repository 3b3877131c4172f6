"""Inbound calls in the pacing decision: they wait, they are expected, agents are kept for them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compliance.case import DialMode
from dialer.forecast import AgentState, InboundArrived, Learnt
from dialer.pacing import Bound, CallStage, PacingSettings, Snapshot, decide
from tests.unit.dialer.test_pacing import SETTINGS, agents, calls, seen_by, taught

PROGRESSIVE = replace(SETTINGS, dial_mode=DialMode.PROGRESSIVE)
IDLE = agents(AgentState.IDLE, 6)
PAST = 8000


def busy_day(per_minute: float) -> Learnt:
    """A run with many live calls, in which so many inbound calls arrived a minute."""
    learnt = taught(600)
    for minute in range(10):
        learnt.observe(InboundArrived(60.0 * minute, round(per_minute), 60.0))
    return learnt


def with_inbound(snapshot: Snapshot, waiting: int | None) -> Snapshot:
    """So many inbound calls wait."""
    return replace(snapshot, inbound_waiting=waiting)


@pytest.mark.parametrize(("waiting", "expected"), [(0, 6), (2, 4), (6, 0), (9, 0)])
def test_who_waits_inbound_has_the_first_claim(waiting: int, expected: int) -> None:
    """For an idle agent whom an inbound call waits for, none is dialed; that is named."""
    decision = decide(with_inbound(seen_by(IDLE), waiting), PROGRESSIVE, taught(600))
    assert decision.calls == expected
    assert decision.bound is (Bound.INBOUND if waiting else Bound.NO_FREE_AGENT)


def test_a_reserve_is_kept_free() -> None:
    """Whatever is known of inbound calls; calls in flight have their own agents."""
    settings = replace(PROGRESSIVE, inbound_reserve=2)
    for waiting in (None, 0):
        decision = decide(with_inbound(seen_by(IDLE), waiting), settings, taught(600))
        assert (decision.calls, decision.bound) == (4, Bound.INBOUND)
    flying = seen_by(IDLE, calls(CallStage.RINGING, 4))
    assert decide(flying, settings, taught(600)).calls == 0


def test_inbound_calls_that_are_expected_need_agents_too() -> None:
    """At four a minute one or two come while a call rings."""
    decision = decide(with_inbound(seen_by(IDLE), 0), PROGRESSIVE, busy_day(4))
    assert 2 <= decision.calls <= 5
    assert decision.bound is Bound.INBOUND


def test_what_nobody_reports_any_more_is_not_expected() -> None:
    """The rate was learnt, and is not known to go on."""
    decision = decide(with_inbound(seen_by(IDLE), None), PROGRESSIVE, busy_day(4))
    assert (decision.calls, decision.bound) == (6, Bound.NO_FREE_AGENT)


@pytest.mark.parametrize(
    "settings", [SETTINGS, replace(SETTINGS, calls_per_agent=2.0)], ids=["forecast", "ratio"]
)
def test_predictive_dialing_gives_way_step_by_step(settings: PacingSettings) -> None:
    """The more wait and the more are expected, the fewer calls; never more for it."""
    floor = IDLE + agents(AgentState.TALK, 20)
    quiet, busy = busy_day(0), busy_day(6)
    numbers = [
        decide(with_inbound(seen_by(floor, live=PAST), waiting), settings, learnt).calls
        for learnt in (quiet, busy)
        for waiting in (0, 2, 4, 30)
    ]
    assert numbers[:4] == sorted(numbers[:4], reverse=True)
    assert numbers[4:] == sorted(numbers[4:], reverse=True)
    assert all(later <= sooner for sooner, later in zip(numbers[:4], numbers[4:], strict=True))
    assert numbers[0] > numbers[4]
    assert numbers[3] == 0


def test_a_rare_inbound_call_keeps_no_agent_from_dialing() -> None:
    """One an hour meets a ringing call less often than people may be abandoned."""
    alone = agents(AgentState.IDLE, 1)
    rare = taught(600)
    rare.observe(InboundArrived(600.0, 1, 3600.0))
    assert 0.0 < rare.inbound_within(20.0) < SETTINGS.limit_rate
    assert decide(with_inbound(seen_by(alone), 0), PROGRESSIVE, rare).calls == 1
    assert decide(with_inbound(seen_by(alone), 0), PROGRESSIVE, busy_day(1)).calls == 0


def test_inbound_calls_are_no_live_calls_of_the_window() -> None:
    """They neither earn nor cost abandons."""
    floor = IDLE + agents(AgentState.TALK, 20)
    quiet = decide(seen_by(floor, live=PAST), SETTINGS, taught(600))
    busy = decide(with_inbound(seen_by(floor, live=PAST), 1), SETTINGS, busy_day(6))
    assert quiet.inputs["spare"] == busy.inputs["spare"]


def test_agentless_calls_need_no_agents() -> None:
    """Inbound calls are nothing to them."""
    settings = replace(SETTINGS, dial_mode=DialMode.AGENTLESS, inbound_reserve=5)
    assert decide(with_inbound(seen_by(IDLE, most=17), 5), settings, taught(9)).calls == 17


def test_the_rate_is_learnt_and_forgotten() -> None:
    """One a minute for an hour, then none: a quarter of an hour later less than half is left."""
    learnt = taught(1)
    assert learnt.inbound_within(60.0) == 0.0
    for minute in range(60):
        learnt.observe(InboundArrived(60.0 * minute, 1, 60.0))
    assert learnt.inbound_within(60.0) == pytest.approx(1.0)
    learnt.observe(InboundArrived(4500.0, 0, 900.0))
    assert 0.3 < learnt.inbound_within(60.0) < 0.6
