"""The dial loop on the fake unit of work and the simulated carrier."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from campaigns.attempt import AttemptState
from campaigns.campaign import CampaignAction, CampaignState
from campaigns.events import (
    AttemptCancelled,
    CallEnded,
    CallPlaced,
    CampaignCompleted,
    ContactFinished,
    Disposition,
    FinishReason,
    PacingChanged,
)
from campaigns.permissions import suppress
from compliance.case import DialMode
from compliance.rulebook import Rulebook
from compliance.rulebook_file import load
from dialer.agent import AgentState
from dialer.carriers.simulated import Population
from dialer.loop import LEASE_FOR, PREVIEW_FOR, TICK
from tests.builders import (
    a_suppression,
    after,
    an_agent,
)
from tests.dialing import PEOPLE, Room


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    """The bundled rules."""
    return load()


# ----------------------------------------------------------------------------------------- a tick
def test_a_tick_places_what_it_decided_and_logs_it(rulebook: Rulebook) -> None:
    """One call for each idle agent, each with one attempt that was kept before (D1)."""
    room = Room(rulebook)
    room.tick()
    assert sorted(room.dialed()) == sorted(each.id for each in room.attempts())
    assert (room.last().calls, room.last().placed, room.last().decided_at) == (3, 3, after(1))
    assert len(room.database.facts(CallPlaced)) == 3
    room.tick()
    assert (room.last().calls, room.last().decided_at) == (0, after(2))
    assert len(room.database.rows.decisions) == 2


def test_pacing_changed_is_told_when_it_changes(rulebook: Rulebook) -> None:
    """Not on every tick."""
    room = Room(rulebook)
    for _ in range(5):
        room.tick()
    bounds = [fact.bound for fact in room.database.facts(PacingChanged)]
    assert bounds
    assert all(one != two for one, two in pairwise(bounds))


def test_a_whole_campaign_comes_to_its_end(rulebook: Rulebook) -> None:
    """Every contact finished, every call placed and ended once, then completed."""
    room = Room(rulebook, Population(0.0, 0.0, 0.0, 1.0), contacts=12)
    ticks = 0
    while room.tick().state is not CampaignState.COMPLETED:
        ticks += 1
        assert ticks < 200
    assert len(room.database.facts(ContactFinished)) == 12
    assert len(room.database.facts(CallPlaced)) == len(room.database.facts(CallEnded)) == 12
    assert sorted(set(room.dialed())) == sorted(room.dialed())
    (completed,) = room.database.facts(CampaignCompleted)
    assert completed.reason == "every contact is finished"


def test_at_the_end_nobody_is_dialed_and_the_rest_is_finished(rulebook: Rulebook) -> None:
    """Once the calls in flight are over."""
    room = Room(rulebook, end_at=after(2))
    room.tick()
    assert room.tick().state is CampaignState.RUNNING
    assert len(room.attempts()) == 3
    while room.tick(5).state is CampaignState.RUNNING:
        assert room.clock.now() < after(600)
    assert len(room.attempts()) == 3
    reasons = {fact.reason for fact in room.database.facts(ContactFinished)}
    assert reasons == {FinishReason.CAMPAIGN_ENDED}
    assert len(room.database.facts(ContactFinished)) == 20


def test_calls_a_second_and_lines_bind(rulebook: Rulebook) -> None:
    """Two a second, and never more than seven at once (D10)."""
    room = Room(rulebook, agents=20, lines=7, calls_per_second=2.0)
    counts = []
    for _ in range(6):
        room.tick()
        counts.append(len(room.dialed()))
    assert counts == [2, 4, 6, 7, 7, 7]


def test_half_a_call_a_second_is_one_every_other_second(rulebook: Rulebook) -> None:
    """What is left over lasts, but does not heap up."""
    room = Room(rulebook, agents=20, calls_per_second=0.5)
    placed = []
    for _ in range(6):
        before = len(room.dialed())
        room.tick()
        placed.append(len(room.dialed()) - before)
    assert sum(placed) in {2, 3}
    assert max(placed) == 1
    room.tick(4)
    room.tick(0.1)
    assert len(room.dialed()) - sum(placed) == 1


# ------------------------------------------------------------------------------- what forbids calls
@pytest.mark.parametrize("action", [CampaignAction.PAUSE, CampaignAction.STOP])
def test_after_a_pause_or_stop_nothing_is_requested(
    rulebook: Rulebook, action: CampaignAction
) -> None:
    """Calls in flight go on to their end (D8)."""
    room = Room(rulebook)
    room.tick()
    room.act(action)
    for _ in range(60):
        room.tick()
    assert len(room.attempts()) == len(room.dialed()) == 3
    assert not [attempt for attempt in room.attempts() if attempt.is_open]


def test_a_carrier_that_is_down_gets_no_call(rulebook: Rulebook) -> None:
    """The bound says so, and dialing resumes by itself (P4)."""
    room = Room(rulebook)
    room.carrier.up = False
    room.tick()
    assert (room.last().bound, room.dialed()) == ("carrier_down", [])
    room.carrier.up = True
    room.tick()
    assert len(room.dialed()) == 3


@pytest.mark.parametrize("jump", [30.0, -30.0])
def test_a_clock_that_jumps_stops_dialing_for_a_tick(rulebook: Rulebook, jump: float) -> None:
    """The wall clock and the steady one no longer advance alike (P5)."""
    room = Room(rulebook, agents=0)
    room.tick()
    with room.database() as uow:
        uow.agents.add(an_agent(1))
    room.skew = jump
    room.tick()
    assert (room.last().bound, room.dialed()) == ("unsafe_clock", [])
    room.tick()
    assert len(room.dialed()) == 1


def test_a_tick_that_took_too_long_sends_nothing(rulebook: Rulebook) -> None:
    """Past the lease's trusted end what was reserved has failed, and was never dialed (P2)."""
    room = Room(rulebook)
    steady = iter([0.0, 1.0, 1.0])
    slow = room.a_worker("slow", lambda: next(steady, LEASE_FOR.total_seconds()))
    room.tick(dialer=slow)
    assert room.dialed() == []
    assert {each.disposition for each in room.attempts()} == {Disposition.FAILED}


def test_a_carrier_that_refuses_leaves_a_failed_attempt(rulebook: Rulebook) -> None:
    """Ended and told, and the contact is tried again later."""
    room = Room(rulebook, agents=1, trunk_lines=0)
    room.tick()
    (attempt,) = room.attempts()
    assert (attempt.state, attempt.disposition) == (AttemptState.FAILED, Disposition.FAILED)
    assert room.dialed() == []
    assert len(room.database.facts(CallEnded)) == 1
    assert len(room.database.rows.queue) == 20


def test_draining_places_no_call(rulebook: Rulebook) -> None:
    """Those in flight go on."""
    room = Room(rulebook)
    room.tick()
    room.dialer.draining = True
    for _ in range(60):
        room.tick()
    assert len(room.dialed()) == 3
    assert room.last().bound == "not_running"
    assert not [attempt for attempt in room.attempts() if attempt.is_open]


# --------------------------------------------------------------------------------- people, agents
def test_a_suppressed_number_that_rings_is_hung_up(rulebook: Rulebook) -> None:
    """At the next tick, within a second (D7)."""
    room = Room(rulebook, agents=1)
    room.tick()
    (call,) = room.attempts()
    with room.database() as uow:
        assert suppress(uow, a_suppression(call.phone), b"key")
    room.tick(0.9)
    room.tick(0.1)
    ended_at = room.database.rows.attempts[call.id].ended_at
    assert ended_at is not None
    assert ended_at <= after(2)


def test_nobody_who_waits_is_kept_longer_than_permitted(rulebook: Rulebook) -> None:
    """With one agent for many people the rest hear the message at their deadline."""
    room = Room(rulebook, PEOPLE, agents=9, contacts=9)
    room.tick()
    with room.database() as uow:
        agents = uow.agents.of_campaign(room.campaign.id)
        uow.agents.save([replace(agent, state=AgentState.BREAK) for agent in agents[1:]])
    for _ in range(120):
        wake = min(room.dialer.intake.next_deadline() or after(9999), room.clock.now() + TICK / 5)
        room.tick((wake - room.clock.now()).total_seconds())
    given_up = [each for each in room.attempts() if each.abandoned_at is not None]
    assert given_up
    assert all(each.abandoned_at == each.connect_by for each in given_up)
    assert all(each.message_played for each in given_up)
    assert [each for each in room.attempts() if each.connected_at is not None]


# ------------------------------------------------------------------------------------------ preview
def test_in_preview_the_agent_decides(rulebook: Rulebook) -> None:
    """Nothing rings until they accept; accepting twice is one call."""
    room = Room(rulebook, agents=1, dial_mode=DialMode.PREVIEW)
    room.tick()
    (shown,) = room.attempts()
    assert (shown.state, room.dialed()) == (AttemptState.RESERVED, [])
    assert room.dialer.accept(shown.id, room.clock.now())
    assert not room.dialer.accept(shown.id, room.clock.now())
    assert room.dialed() == [shown.id]


def test_a_contact_that_nobody_accepts_goes_back(rulebook: Rulebook) -> None:
    """After a minute, or as soon as the campaign is paused; then it cannot be accepted."""
    for pause in (True, False):
        room = Room(rulebook, agents=1, contacts=1, dial_mode=DialMode.PREVIEW)
        room.tick()
        (shown,) = room.attempts()
        if pause:
            room.act(CampaignAction.PAUSE)
            assert not room.dialer.accept(shown.id, room.clock.now())
        room.tick(1 if pause else PREVIEW_FOR.total_seconds())
        assert not room.dialer.accept(shown.id, room.clock.now())
        assert len(room.database.facts(AttemptCancelled)) == 1
        assert room.database.rows.agents[an_agent(1).id].attempt_id is None
        assert room.dialed() == []


@pytest.mark.parametrize("why", ["draining", "ended", "another worker"])
def test_accepting_is_refused_where_dialing_is(rulebook: Rulebook, why: str) -> None:
    """No call is placed while draining, past the end, or by a worker without the lease."""
    room = Room(rulebook, agents=1, dial_mode=DialMode.PREVIEW, end_at=after(30))
    room.tick()
    (shown,) = room.attempts()
    dialer = room.a_worker("second") if why == "another worker" else room.dialer
    dialer.draining = why == "draining"
    room.clock.move_to(after(30) if why == "ended" else after(2))
    assert not dialer.accept(shown.id, room.clock.now())
    assert room.dialed() == []


def test_an_agent_who_accepted_gets_the_call(rulebook: Rulebook) -> None:
    """And talks."""
    room = Room(rulebook, PEOPLE, agents=2, dial_mode=DialMode.PREVIEW)
    room.tick()
    shown = room.attempts()[0]
    assert room.dialer.accept(shown.id, room.clock.now())
    for _ in range(60):
        room.tick(0.5)
        call = room.database.rows.attempts[shown.id]
        if not call.is_open or call.connected_at:
            break
    if call.connected_at:
        assert shown.agent_id is not None
        assert room.database.rows.agents[shown.agent_id].state is AgentState.TALK
        assert call.agent_id == shown.agent_id
