"""What every Carrier does, whatever network it speaks to."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from itertools import pairwise

import pytest

from compliance.abandonment_definitions import AnsweredBy, DisconnectedBy
from dialer.call import CallReport, EndCause
from dialer.ports import CarrierRefusedError
from tests.builders import ident
from tests.conformance.carrier_rigs import (
    RIGS,
    RING,
    FarEnd,
    MakeRig,
    Rig,
    SimulatedRig,
    a_request,
    an_allow,
    place,
    wait_for,
)

TALK_CAP = 3_600


@pytest.fixture(params=RIGS)
def make_rig(request: pytest.FixtureRequest) -> MakeRig:
    """Each carrier in turn."""
    return RIGS[request.param]


def to_the_end(rig: Rig, attempt_id: str) -> CallReport:
    """What is known of a call once it is over."""
    return wait_for(rig, attempt_id, lambda report: report.ended_at)


# ---------------------------------------------------------------------------------------- placing
def test_one_id_is_one_call(make_rig: MakeRig) -> None:
    """Placed again while it rings, talks, or after it ended: nothing rings a second time (D2)."""
    rig = make_rig(FarEnd.PERSON)
    request = a_request()
    call = place(rig, request)
    place(rig, request)
    wait_for(rig, call, lambda report: report.rang_at)
    place(rig, request)
    end = to_the_end(rig, call)
    place(rig, request)
    rig.advance(120)
    rig.carrier.reports(rig.now())
    assert rig.carrier.find(call) == end
    assert rig.rang(call) == 1


def test_a_reservation_that_is_too_old_is_refused(make_rig: MakeRig) -> None:
    """Up to the instant itself it is dialed; past it nothing rings, and it is unknown (P2)."""
    rig = make_rig(FarEnd.PERSON)
    place(rig, a_request(1, dial_by=rig.now()))
    late = a_request(2, dial_by=rig.now() - timedelta(milliseconds=1))
    with pytest.raises(CarrierRefusedError, match="dial"):
        rig.carrier.place(an_allow(2), late)
    assert rig.carrier.find(late.attempt_id) is None
    assert (rig.rang(ident("attempt", 1)), rig.rang(late.attempt_id)) == (1, 0)


def test_a_call_that_was_never_placed_is_unknown(make_rig: MakeRig) -> None:
    """None, not a made-up report."""
    assert make_rig(FarEnd.PERSON).carrier.find(ident("never placed")) is None


def test_it_has_a_name_and_is_up(make_rig: MakeRig) -> None:
    """The name stands in `Call Placed`."""
    rig = make_rig(FarEnd.PERSON)
    assert rig.carrier.name
    assert rig.carrier.is_up(rig.now())


# ---------------------------------------------------------------------------------------- reports
def test_reports_only_ever_add(make_rig: MakeRig) -> None:
    """Each holds all that the one before held; what happened once does not change (E5)."""
    rig = make_rig(FarEnd.PERSON)
    call = place(rig, a_request())
    history: list[CallReport] = []
    joined = False
    for _ in range(20_000):
        history += [r for r in rig.carrier.reports(rig.now()) if r.attempt_id == call]
        if history and history[-1].detected_at and not joined:
            rig.carrier.connect(call, "agent")
            joined = True
        if history and history[-1].ended_at:
            break
        rig.advance(0.05)
    assert history[-1].agent_joined_at is not None
    for earlier, later in pairwise(history):
        for each in fields(CallReport):
            before = getattr(earlier, each.name)
            assert before in (None, getattr(later, each.name)), each.name


def test_a_report_is_told_once_and_found_for_long(make_rig: MakeRig) -> None:
    """Without news there is no report; `find` still knows the call an hour later (D9)."""
    rig = make_rig(FarEnd.BUSY)
    call = place(rig, a_request())
    to_the_end(rig, call)
    assert rig.carrier.reports(rig.now()) == []
    rig.advance(3_000)
    found = rig.carrier.find(call)
    assert found is not None
    assert found.end_cause is EndCause.BUSY


def test_calls_of_one_moment_are_all_reported(make_rig: MakeRig) -> None:
    """Nobody's news is lost behind another's."""
    rig = make_rig(FarEnd.NOBODY)
    calls = {place(rig, a_request(number)) for number in range(1, 21)}
    rig.advance(RING + 60)
    ended = {r.attempt_id for r in rig.carrier.reports(rig.now()) if r.ended_at is not None}
    assert ended == calls


# ------------------------------------------------------------------------------------- who answers
@pytest.mark.parametrize(
    ("far_end", "cause"),
    [
        (FarEnd.NOBODY, EndCause.NO_ANSWER),
        (FarEnd.BUSY, EndCause.BUSY),
        (FarEnd.INVALID, EndCause.INVALID_NUMBER),
    ],
)
def test_a_call_that_nobody_answers_ends_by_itself(
    make_rig: MakeRig, far_end: FarEnd, cause: EndCause
) -> None:
    """And says why; it rings no longer than it may."""
    rig = make_rig(far_end)
    end = to_the_end(rig, place(rig, a_request()))
    assert (end.end_cause, end.answered_at) == (cause, None)
    if end.rang_at is not None and end.ended_at is not None:
        assert (end.ended_at - end.rang_at).total_seconds() <= RING


def test_a_person_is_told_from_a_machine(make_rig: MakeRig) -> None:
    """A person's greeting is heard first; a silent person is unknown, which counts as a person."""
    found = {}
    for far_end in (FarEnd.PERSON, FarEnd.MACHINE, FarEnd.SILENT_PERSON):
        rig = make_rig(far_end)
        for number in range(1, 30):
            call = place(rig, a_request(number))
            report = wait_for(rig, call, lambda report: report.detected_at or report.ended_at)
            if report.detected_at is not None:
                found[far_end] = report.detected_by
                assert report.answered_at is not None
                assert report.answered_at < report.detected_at
                break
    assert found == {
        FarEnd.PERSON: AnsweredBy.HUMAN,
        FarEnd.MACHINE: AnsweredBy.MACHINE,
        FarEnd.SILENT_PERSON: AnsweredBy.UNKNOWN,
    }


def test_without_detection_the_answer_is_told_at_once(make_rig: MakeRig) -> None:
    """Whoever it is counts as a person until an agent says otherwise."""
    rig = make_rig(FarEnd.PERSON)
    call = place(rig, a_request(detects_machines=False))
    report = wait_for(rig, call, lambda report: report.answered_at)
    assert (report.detected_at, report.detected_by) == (report.answered_at, AnsweredBy.UNKNOWN)


def test_an_agents_word_is_reported(make_rig: MakeRig) -> None:
    """An agent who met a machine after all says so, and the call ends."""
    rig = make_rig(FarEnd.MACHINE)
    for number in range(1, 30):
        call = place(rig, a_request(number, detects_machines=False))
        report = wait_for(rig, call, lambda report: report.answered_at or report.ended_at)
        if report.answered_at is not None:
            rig.carrier.connect(call, "agent")
            end = to_the_end(rig, call)
            assert end.found_by_agent is AnsweredBy.MACHINE
            assert end.agent_joined_at is not None
            return
    raise AssertionError("no machine answered in time")


# ---------------------------------------------------------------------------------------- requests
def a_live_call(rig: Rig, number: int = 1) -> str:
    """A call that was just answered."""
    call = place(rig, a_request(number))
    report = wait_for(rig, call, lambda report: report.answered_at or report.ended_at)
    return call if report.ended_at is None else a_live_call(rig, number + 1)


def test_connecting_brings_the_agent_on_the_line(make_rig: MakeRig) -> None:
    """Soon, and the conversation comes to an end by customer or agent."""
    rig = make_rig(FarEnd.PERSON)
    call = a_live_call(rig)
    asked_at = rig.now()
    rig.carrier.connect(call, "agent")
    end = to_the_end(rig, call)
    assert end.agent_joined_at is not None
    assert end.agent_joined_at - asked_at <= timedelta(seconds=1)
    assert end.ended_by in {DisconnectedBy.CUSTOMER, DisconnectedBy.AGENT}
    assert end.found_by_agent is AnsweredBy.HUMAN


def test_the_message_is_played_and_then_the_call_ends(make_rig: MakeRig) -> None:
    """The system hangs up when it is over."""
    rig = make_rig(FarEnd.PERSON)
    call = a_live_call(rig)
    rig.carrier.play_message(call)
    report = wait_for(rig, call, lambda report: report.message_started_at)
    assert report.ended_at is None
    end = to_the_end(rig, call)
    assert end.ended_by is DisconnectedBy.SYSTEM
    assert end.message_started_at == report.message_started_at


@pytest.mark.parametrize("answered", [True, False])
def test_hanging_up_ends_the_call_within_a_second(make_rig: MakeRig, answered: bool) -> None:
    """Ringing or answered (D7)."""
    rig = make_rig(FarEnd.PERSON)
    if answered:
        call = a_live_call(rig)
    else:
        call = place(rig, a_request())
        wait_for(rig, call, lambda report: report.rang_at)
    asked_at = rig.now()
    rig.carrier.hang_up(call)
    end = to_the_end(rig, call)
    assert end.ended_at is not None
    assert end.ended_at - asked_at <= timedelta(seconds=1)
    assert end.ended_by is DisconnectedBy.SYSTEM
    assert (end.answered_at is not None) is answered


def test_requests_about_gone_and_unknown_calls_do_nothing(make_rig: MakeRig) -> None:
    """The call may be over before the request arrives."""
    rig = make_rig(FarEnd.BUSY)
    call = place(rig, a_request())
    end = to_the_end(rig, call)
    for gone in (call, ident("never placed")):
        rig.carrier.connect(gone, "agent")
        rig.carrier.play_message(gone)
        rig.carrier.hang_up(gone)
    rig.advance(60)
    assert [r for r in rig.carrier.reports(rig.now()) if r != end] == []
    assert rig.carrier.find(call) == end
    assert rig.carrier.find(ident("never placed")) is None


@pytest.mark.parametrize("repeated", ["connect", "play_message", "hang_up"])
def test_a_repeated_request_changes_nothing(make_rig: MakeRig, repeated: str) -> None:
    """A worker that takes over may send it again."""
    rig = make_rig(FarEnd.PERSON)
    call = a_live_call(rig)

    def ask() -> None:
        if repeated == "connect":
            rig.carrier.connect(call, "agent")
        else:
            getattr(rig.carrier, repeated)(call)

    def facts(report: CallReport) -> tuple[object, ...]:
        return report.agent_joined_at, report.message_started_at, report.ended_at

    ask()
    first = wait_for(rig, call, lambda report: any(facts(report)))
    ask()
    rig.advance(1)
    ask()
    end = to_the_end(rig, call)
    assert end.agent_joined_at == first.agent_joined_at
    assert end.message_started_at == first.message_started_at


@pytest.mark.parametrize("far_end", list(FarEnd))
@pytest.mark.parametrize("plays_message", [True, False])
def test_every_call_ends(make_rig: MakeRig, far_end: FarEnd, plays_message: bool) -> None:
    """Though nobody here does anything about it (D9)."""
    rig = make_rig(far_end)
    calls = [place(rig, a_request(n, plays_message=plays_message)) for n in range(1, 15)]
    rig.advance(RING + TALK_CAP)
    rig.carrier.reports(rig.now())
    for call in calls:
        found = rig.carrier.find(call)
        assert found is not None
        assert found.ended_at is not None
        assert found.end_cause is not None


# ---------------------------------------------------------------------- the simulated carrier alone
def test_lines_are_the_most_calls_at_once() -> None:
    """One more is refused until one of them has ended (D10)."""
    rig = SimulatedRig(FarEnd.NOBODY, lines=2)
    first, _ = place(rig, a_request(1)), place(rig, a_request(2))
    with pytest.raises(CarrierRefusedError, match="all 2 lines"):
        place(rig, a_request(3))
    assert rig.rang(ident("attempt", 3)) == 0
    rig.carrier.hang_up(first)
    place(rig, a_request(3))
    assert rig.rang(ident("attempt", 3)) == 1
