"""How reports change an attempt: the same end in any order, each fact once, permitted steps."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.attempt import FINAL_STATES, STATE_CHANGES, Attempt, AttemptState
from campaigns.campaign import AbandonmentTarget, ConnectionStartPoint
from campaigns.events import (
    AgentConnected,
    CallAbandoned,
    CallAnswered,
    CallClassified,
    CallEnded,
    CallRinging,
    Disposition,
    DispositionRecorded,
    Fact,
)
from compliance.abandonment_definitions import AnsweredBy, DisconnectedBy
from compliance.case import DialMode
from dialer.call import CallReport, EndCause, apply, facts_of_change, is_permitted
from tests.builders import after, an_agent, an_attempt

TARGET = AbandonmentTarget()
LIFE = (
    CallRinging,
    CallAnswered,
    CallClassified,
    AgentConnected,
    CallAbandoned,
    CallEnded,
    DispositionRecorded,
)
S = AttemptState


def placed(**changes: Any) -> Attempt:
    """An attempt that an agent may come to."""
    return an_attempt(agent_id=an_agent().id, **changes)


def report(**known: Any) -> CallReport:
    """What the carrier knows of the attempt."""
    return CallReport(an_attempt().id, dialed_at=after(0.1), **known)


# ----------------------------------------------------------------------- whole histories, cut up
@st.composite
def histories(draw: st.DrawFn) -> list[CallReport]:
    """All that a carrier comes to know of one call, one step after the other."""
    steps: list[dict[str, Any]] = [{"dialed_at": "now"}]
    if draw(st.booleans()):
        steps.append({"rang_at": "now"})
    ended: dict[str, Any] = {"ended_at": "now"}
    if draw(st.booleans()):
        steps.append({"answered_at": "now"})
        told = {
            "detected_at": "now",
            "detected_by": draw(st.sampled_from([AnsweredBy.HUMAN, AnsweredBy.MACHINE])),
        }
        heard = [{"greeting_start_at": "now"}, {"greeting_stop_at": "now"}]
        order = [told, *heard]
        order.insert(draw(st.integers(0, 2)), order.pop(0))
        steps += draw(st.sampled_from([order, heard, [told], heard[:1], []]))
        found = draw(st.sampled_from([AnsweredBy.HUMAN, AnsweredBy.MACHINE]))
        joined = {"agent_joined_at": "now", "found_by_agent": found}
        steps += draw(st.sampled_from([[joined], [{"message_started_at": "now"}], []]))
        ended |= {"ended_by": draw(st.sampled_from(list(DisconnectedBy)))}
        ended |= {"end_cause": draw(st.sampled_from([EndCause.NORMAL, EndCause.LOST]))}
    else:
        ended |= {"end_cause": draw(st.sampled_from([None, *EndCause]))}
    known: dict[str, Any] = {}
    history = []
    at = 0.0
    for step in [*steps, ended]:
        at += draw(st.sampled_from([0.0, 0.25, 1.0, 4.0]))
        known |= {key: after(at) if value == "now" else value for key, value in step.items()}
        history.append(CallReport(an_attempt().id, **known))
    return history


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[CallReport, list[CallReport]]:
    """A call's last report; and some of its reports, the last too, in any order, some twice."""
    *earlier, last = draw(histories())
    if earlier:
        earlier = draw(st.lists(st.sampled_from(earlier), max_size=8))
    return last, draw(st.permutations([*earlier, last, *draw(st.sampled_from([[], [last]]))]))


targets = st.builds(
    AbandonmentTarget,
    connection_start_point=st.sampled_from(ConnectionStartPoint),
    connection_threshold=st.sampled_from([timedelta(seconds=2), timedelta(seconds=1)]),
)
modes = st.sampled_from(DialMode)


@given(deliveries(), targets, modes)
def test_any_order_and_copies_lead_to_the_same_end(
    calls: tuple[CallReport, list[CallReport]], target: AbandonmentTarget, mode: DialMode
) -> None:
    """As if the last report had come alone (E5)."""
    last, reports = calls
    attempt = placed(dial_mode=mode)
    for each in reports:
        attempt = apply(attempt, each, target)
    assert attempt == apply(placed(dial_mode=mode), last, target)
    assert attempt.state in FINAL_STATES


@given(histories(), st.data())
def test_open_attempts_too_do_not_depend_on_the_order(
    history: list[CallReport], data: st.DataObject
) -> None:
    """What is decided while the call lives rests on the same facts, deadline included."""
    known = history[: data.draw(st.integers(1, len(history)))]
    reports = data.draw(st.permutations(known))
    attempt = placed()
    for each in reports:
        attempt = apply(attempt, each, TARGET)
    assert attempt == apply(placed(), known[-1], TARGET)


@given(deliveries(), targets, modes, st.booleans())
def test_each_fact_is_published_once_in_the_order_of_a_calls_life(
    calls: tuple[CallReport, list[CallReport]],
    target: AbandonmentTarget,
    mode: DialMode,
    overdue: bool,
) -> None:
    """However the reports are cut, doubled and mixed; every call tells its whole story."""
    last, reports = calls
    attempt = placed(dial_mode=mode, abandoned_at=after(3) if overdue else None)
    facts: list[Fact] = []
    for each in reports:
        changed = apply(attempt, each, target)
        facts += facts_of_change(attempt, changed)
        attempt = changed
    kinds = [type(fact) for fact in facts]
    in_life = {kind: place for place, kind in enumerate(LIFE)}
    assert kinds == sorted(set(kinds), key=lambda kind: in_life[kind])
    wanted = {CallEnded, DispositionRecorded}
    wanted |= {CallRinging} if last.rang_at else set()
    wanted |= {CallAnswered} if last.answered_at else set()
    wanted |= {CallClassified} if last.detected_at else set()
    wanted |= {AgentConnected} if last.agent_joined_at else set()
    wanted |= {CallAbandoned} if attempt.abandoned else set()
    assert set(kinds) == wanted


@given(deliveries(), modes, st.booleans())
def test_every_step_is_permitted(
    calls: tuple[CallReport, list[CallReport]], mode: DialMode, overdue: bool
) -> None:
    """The table of state changes holds, and a final state never changes."""
    attempt = placed(dial_mode=mode)
    if overdue:
        attempt = replace(attempt, state=S.ABANDONED, abandoned_at=after(3), answered_at=after(1))
        attempt = replace(attempt, answered_by=AnsweredBy.HUMAN)
    for each in calls[1]:
        if overdue and each.agent_joined_at is not None:
            continue  # Nobody is assigned to a call that was given up.
        changed = apply(attempt, each, TARGET)
        assert is_permitted(attempt.state, changed.state), (attempt.state, changed.state)
        attempt = changed


# ------------------------------------------------------------------------------- the state table
def test_final_states_are_those_without_a_way_out() -> None:
    """And every other state leads to a final one."""
    assert {state for state, following in STATE_CHANGES.items() if not following} == FINAL_STATES
    assert set(STATE_CHANGES) == set(AttemptState)
    for state in AttemptState:
        assert any(is_permitted(state, final) for final in FINAL_STATES)


@pytest.mark.parametrize("state", AttemptState)
def test_every_state_can_be_reached_and_none_returns(state: AttemptState) -> None:
    """From a reservation, in some number of steps; no way leads back to an earlier state."""
    assert is_permitted(S.RESERVED, state)
    assert not any(is_permitted(step, state) for step in STATE_CHANGES[state])


@pytest.mark.parametrize("state", sorted(FINAL_STATES))
def test_a_final_attempt_ignores_every_report(state: AttemptState) -> None:
    """Whatever comes late."""
    final = an_attempt(state=state, ended_at=after(9), disposition=Disposition.FAILED)
    late = report(answered_at=after(1), detected_by=AnsweredBy.HUMAN, ended_at=after(60))
    assert apply(final, late, TARGET) == final
    assert facts_of_change(final, final) == []


# ---------------------------------------------------------------------------------- dispositions
def ended(attempt: Attempt, cause: EndCause | None, **known: Any) -> Attempt:
    """The attempt after a call that ended after 60 seconds."""
    known = {"ended_at": after(60), "end_cause": cause} | known
    return apply(attempt, report(**known), TARGET)


@pytest.mark.parametrize(
    ("cause", "disposition", "state"),
    [
        (EndCause.NO_ANSWER, Disposition.NO_ANSWER, S.ENDED),
        (EndCause.NORMAL, Disposition.NO_ANSWER, S.ENDED),
        (EndCause.BUSY, Disposition.BUSY, S.ENDED),
        (EndCause.INVALID_NUMBER, Disposition.INVALID_NUMBER, S.ENDED),
        (EndCause.FAILED, Disposition.FAILED, S.FAILED),
        (None, Disposition.FAILED, S.FAILED),
        (EndCause.LOST, Disposition.UNKNOWN, S.UNKNOWN),
    ],
)
def test_an_unanswered_call(
    cause: EndCause | None, disposition: Disposition, state: AttemptState
) -> None:
    """Its disposition is the network's cause, and nobody was disconnected."""
    done = ended(placed(), cause, ended_by=DisconnectedBy.SYSTEM)
    assert (done.disposition, done.state, done.answered_by) == (
        disposition,
        state,
        AnsweredBy.NOBODY,
    )
    assert (done.disconnected_at, done.disconnected_by, done.abandoned) == (None, None, False)


HUMAN: dict[str, Any] = {
    "answered_at": after(10),
    "greeting_start_at": after(10.5),
    "greeting_stop_at": after(11.5),
    "detected_at": after(12),
    "detected_by": AnsweredBy.HUMAN,
}
MACHINE = {"answered_at": after(10), "detected_at": after(12), "detected_by": AnsweredBy.MACHINE}


@pytest.mark.parametrize(
    ("known", "changes", "disposition", "abandoned"),
    [
        (HUMAN | {"agent_joined_at": after(13.5)}, {}, Disposition.CONVERSATION, False),
        (HUMAN | {"agent_joined_at": after(13.501)}, {}, Disposition.CONVERSATION, True),
        (HUMAN, {}, Disposition.ABANDONED, True),
        (
            HUMAN | {"ended_at": after(13.5), "ended_by": DisconnectedBy.CUSTOMER},
            {},
            Disposition.HUNG_UP,
            False,
        ),
        (
            HUMAN | {"ended_at": after(13.501), "ended_by": DisconnectedBy.CUSTOMER},
            {},
            Disposition.ABANDONED,
            True,
        ),
        (HUMAN, {"abandoned_at": after(13.5)}, Disposition.ABANDONED, True),
        (MACHINE, {}, Disposition.MACHINE, False),
        (MACHINE | {"message_started_at": after(13)}, {}, Disposition.MESSAGE_LEFT, False),
        (
            HUMAN | {"agent_joined_at": after(13), "found_by_agent": AnsweredBy.MACHINE},
            {},
            Disposition.MACHINE,
            False,
        ),
        ({"answered_at": after(10)}, {}, Disposition.ABANDONED, True),
        (
            {"answered_at": after(10), "end_cause": EndCause.LOST},
            {},
            Disposition.ABANDONED,
            True,
        ),
        (
            HUMAN | {"message_started_at": after(12)},
            {"dial_mode": DialMode.AGENTLESS},
            Disposition.MESSAGE_LEFT,
            False,
        ),
        (HUMAN, {"dial_mode": DialMode.AGENTLESS}, Disposition.HUNG_UP, False),
    ],
)
def test_an_answered_call(
    known: dict[str, Any],
    changes: dict[str, Any],
    disposition: Disposition,
    abandoned: bool,
) -> None:
    """Its disposition, and whether a person was abandoned; the deadline itself is in time."""
    done = ended(placed(**changes), EndCause.NORMAL, **known)
    assert (done.disposition, done.abandoned) == (disposition, abandoned)
    assert done.disconnected_at == done.ended_at
    assert done.state is S.ENDED


# ------------------------------------------------------------------------------------ the deadline
def test_a_person_must_be_served_two_seconds_after_the_greeting() -> None:
    """A machine never; an agentless call owes nobody an agent."""
    live = apply(placed(), report(**HUMAN), TARGET)
    assert (live.connect_by, live.is_waiting) == (after(13.5), True)
    assert apply(placed(), report(**MACHINE), TARGET).connect_by is None
    agentless = placed(dial_mode=DialMode.AGENTLESS)
    assert apply(agentless, report(**HUMAN), TARGET).connect_by is None


def test_the_deadline_moves_when_the_greeting_is_heard_to_its_end() -> None:
    """Detection may be sure before the greeting is over."""
    known = {key: value for key, value in HUMAN.items() if key != "greeting_stop_at"}
    live = apply(placed(), report(**known), TARGET)
    assert live.connect_by == after(14)
    live = apply(live, report(**known, greeting_stop_at=after(13.2)), TARGET)
    assert live.connect_by == after(15.2)


def test_an_agent_who_comes_late_counts_as_abandoned_at_once() -> None:
    """Not only when the conversation is over; the deadline itself is in time (P4, P7)."""
    for at, late in ((13.5, False), (13.501, True)):
        live = apply(placed(), report(**HUMAN, agent_joined_at=after(at)), TARGET)
        assert (live.state, live.abandoned) == (S.CONNECTED, late)
    machine = {"agent_joined_at": after(20), "found_by_agent": AnsweredBy.MACHINE}
    assert not apply(placed(), report(**HUMAN, **machine), TARGET).abandoned


def test_a_call_that_was_given_up_is_told_once_the_message_plays() -> None:
    """`recordedMessagePlayed` is then known; if it never plays, the end tells it."""
    live = apply(placed(), report(**HUMAN), TARGET)
    given_up = replace(live, abandoned_at=after(13.5), state=S.ABANDONED)
    assert facts_of_change(live, given_up) == []
    playing = apply(given_up, report(**HUMAN, message_started_at=after(13.6)), TARGET)
    (told,) = facts_of_change(given_up, playing)
    assert isinstance(told, CallAbandoned)
    assert (told.occurred_at, told.recorded_message_played) == (after(13.5), True)
    done = ended(given_up, EndCause.NORMAL, **HUMAN)
    (told, *_) = facts_of_change(given_up, done)
    assert isinstance(told, CallAbandoned)
    assert told.recorded_message_played is False
