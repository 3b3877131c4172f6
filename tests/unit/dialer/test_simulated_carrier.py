"""The simulated carrier alone: its chance, its truth, its clock."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from compliance.screening import Allow
from dialer.call import CallReport, EndCause
from dialer.carriers.simulated import (
    KEEP_ENDED_FOR,
    Population,
    SimulatedCarrier,
    TruthLine,
)
from dialer.ports import CallRequest
from tests.builders import NOON, RULEBOOK, ident

ANYBODY = Population()
PEOPLE = Population(1.0, 0.0, 0.0, 0.0, silent_person_rate=0.0)


class World:
    """A carrier on a clock that is moved by hand."""

    def __init__(self, seed: int = 7, population: Population = ANYBODY) -> None:
        self.at = NOON
        self.truth: list[TruthLine] = []
        self.carrier = SimulatedCarrier(seed, lambda: self.at, self.truth.append, population)

    def place(self, number: int, phone: int | None = None) -> str:
        """Dial; the attempt's id."""
        request = CallRequest(
            attempt_id=ident("attempt", number),
            campaign_id=ident("campaign"),
            contact_id=ident("contact", number),
            dial_by=self.at,
            max_ring_seconds=25.0,
            detects_machines=True,
            plays_message=False,
        )
        called = f"+1212555{number if phone is None else phone:04d}"
        self.carrier.place(Allow(("America/New_York",), RULEBOOK, self.at, called), request)
        return request.attempt_id

    def after(self, seconds: float) -> list[CallReport]:
        """What is reported when time has passed."""
        self.at += timedelta(seconds=seconds)
        return self.carrier.reports(self.at)


def ends(seed: int, numbers: list[int], step: float = 600) -> dict[str, CallReport]:
    """What these calls come to if nobody interferes."""
    world = World(seed)
    calls = [world.place(number) for number in numbers]
    for _ in range(round(600 / step)):
        world.after(step)
    found = {call: world.carrier.find(call) for call in calls}
    return {call: report for call, report in found.items() if report is not None}


def test_an_attempt_always_meets_the_same_fate() -> None:
    """Whatever other calls there are, in whatever order, and however often it is looked at."""
    alone, among = ends(7, [5]), ends(7, [9, 5, 1, 3], step=0.5)
    assert alone[ident("attempt", 5)] == among[ident("attempt", 5)]


def test_another_seed_is_another_world() -> None:
    """Or another attempt on the same number."""
    numbers = list(range(1, 40))
    one, two = ends(7, numbers), ends(8, numbers)
    assert [each.end_cause for each in one.values()] != [each.end_cause for each in two.values()]


def test_whether_a_number_exists_does_not_change_from_call_to_call() -> None:
    """An invalid number stays invalid (it is the number's, not the call's)."""
    world = World(population=Population(invalid_rate=0.5))
    for number in range(1, 61):
        world.place(number, phone=number % 6)
    world.after(600)
    causes: dict[int, set[bool]] = {}
    for number in range(1, 61):
        report = world.carrier.find(ident("attempt", number))
        assert report is not None
        invalid = report.end_cause is EndCause.INVALID_NUMBER
        causes.setdefault(number % 6, set()).add(invalid)
    assert all(len(kinds) == 1 for kinds in causes.values())
    assert {True, False} == set().union(*causes.values())


def test_the_population_is_met_on_average() -> None:
    """A quarter people, a quarter machines, one in twenty busy, one in twenty invalid."""
    found = ends(7, list(range(1, 2001)))
    causes = Counter(report.end_cause for report in found.values())
    assert causes[EndCause.BUSY] == pytest.approx(0.05 * 0.95 * 2000, rel=0.35)
    assert causes[EndCause.INVALID_NUMBER] == pytest.approx(0.05 * 2000, rel=0.35)
    answered = sum(1 for report in found.values() if report.answered_at)
    assert 0.3 * 2000 < answered < 0.5 * 2000


# --------------------------------------------------------------------------------------- the truth
def test_the_truth_has_a_line_when_dialed_and_the_whole_when_ended() -> None:
    """Instants as they really were, in order."""
    world = World(population=PEOPLE)
    call = world.place(1)
    dialed = TruthLine(call, ident("contact", 1), "+12125550001", NOON, None, None, None)
    assert world.truth == [dialed]
    world.after(600)
    (_, whole) = world.truth
    report = world.carrier.find(call)
    assert report is not None
    assert whole == replace(
        dialed, rang=report.rang_at, answered=report.answered_at, ended=report.ended_at
    )
    instants = [whole.dialed, whole.rang, whole.answered, whole.ended]
    known: list[datetime] = [each for each in instants if each is not None]
    assert known == sorted(known)


def test_the_truth_of_a_call_that_was_hung_up() -> None:
    """Ended at that instant, told once."""
    world = World(population=PEOPLE)
    call = world.place(1)
    world.after(0.5)
    world.carrier.hang_up(call)
    world.carrier.hang_up(call)
    world.after(600)
    assert [line.ended for line in world.truth] == [None, NOON + timedelta(seconds=0.5)]


# --------------------------------------------------------------------------------------- the clock
def test_reports_carry_the_instant_at_which_it_happened() -> None:
    """Not the one at which somebody looked."""
    seldom, often = World(population=PEOPLE), World(population=PEOPLE)
    call = seldom.place(1)
    often.place(1)
    seldom.after(600)
    for _ in range(1200):
        often.after(0.5)
    assert seldom.carrier.find(call) == often.carrier.find(call)


def test_it_says_when_something_happens_that_cannot_wait() -> None:
    """The runner of virtual time wakes for it; with news there is no waiting."""
    world = World(population=PEOPLE)
    assert world.carrier.next_urgent_at() is None
    for number in range(1, 4):
        world.place(number)
    for _ in range(200):
        world.after(0.25)
        urgent = world.carrier.next_urgent_at()
        if urgent is not None:
            break
    assert urgent is not None
    assert urgent > world.at
    (told, *_) = world.after((urgent - world.at).total_seconds())
    assert urgent in (told.detected_at, told.ended_at)
    world.carrier.hang_up(ident("attempt", 3))
    assert world.carrier.next_urgent_at() == world.at


def test_calls_that_ended_long_ago_are_forgotten() -> None:
    """The memory of a long run is bounded; what lives is kept."""
    world = World(population=Population(0.0, 0.0, 1.0, 0.0))
    first = world.place(1)
    world.after(60)
    world.after(KEEP_ENDED_FOR.total_seconds())
    world.place(2)
    assert world.carrier.find(first) is None
    assert world.carrier.find(ident("attempt", 2)) is not None
