"""Ofcom's reasoned estimate: people lost to detection, machines among the abandoned calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.abandonment_definitions import AnsweredBy, DefinitionName, DisconnectedBy
from compliance.abandonment_rates import AbandonmentRate, AbandonmentTally, rates
from compliance.case import DialMode
from compliance.detection_estimate import Estimate, MachineCounts
from compliance.ended_call import EndedCall

UK = DefinitionName.UK_OFCOM
MORNING = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HUMAN, MACHINE, UNKNOWN = AnsweredBy.HUMAN, AnsweredBy.MACHINE, AnsweredBy.UNKNOWN


def calls(
    count: int,
    answered_by: AnsweredBy,
    *,
    to_agent: bool,
    at: datetime = MORNING,
    dial_mode: DialMode = DialMode.PREDICTIVE,
) -> list[EndedCall]:
    """So many calls, put to an agent after a second or ended by us after five."""
    return [
        EndedCall(
            campaign_id="c",
            attempt_id=f"{answered_by} {to_agent} {at} {dial_mode} {number}",
            time=at + timedelta(minutes=2),
            answered_by=answered_by,
            dial_mode=dial_mode,
            connected_to_system=at,
            connected_to_agent=at + timedelta(seconds=1) if to_agent else None,
            disconnected=at + timedelta(seconds=60 if to_agent else 5),
            disconnected_by=DisconnectedBy.SYSTEM,
        )
        for number in range(count)
    ]


def rate_of(found: Sequence[EndedCall], percent: str = "0") -> AbandonmentRate:
    """The one British window of these calls."""
    (rate,) = rates(found, [UK], None, Fraction(percent) / 100)
    return rate


def talked(count: int) -> list[EndedCall]:
    """Conversations."""
    return calls(count, HUMAN, to_agent=True)


# --------------------------------------------------------------------- with detection


def test_people_lost_to_detection_are_abandoned() -> None:
    """A = 2, L = 98, 100 called machines, of which 1 % were people: (2 + 1) / (2 + 1 + 98)."""
    found = [
        *talked(98),
        *calls(2, HUMAN, to_agent=False),
        *calls(100, MACHINE, to_agent=False),
    ]
    rate = rate_of(found, "1")
    assert (rate.counts.live_answered, rate.counts.abandoned) == (100, 2)
    assert rate.rate_percent == 2.97
    assert rate.within_limit
    assert rate.line()["estimate"] == {
        "falsePositivePercent": 1.0,
        "machinesDetected": 100,
        "peopleAdded": 1.0,
        "putToAgents": 98,
        "machinesPutToAgents": 0,
        "abandonedUnknown": 0,
        "machinesDeducted": 0.0,
    }


@pytest.mark.parametrize(
    ("percent", "within"),
    [("3", True), ("3.0001", False), ("2.9999", True)],
)
def test_the_estimate_is_compared_exactly(percent: str, within: bool) -> None:
    """FP = 3 of 100 machines with L = 97 is 3.00 % and passes; a hair more shows the same."""
    rate = rate_of([*talked(97), *calls(100, MACHINE, to_agent=False)], percent)
    assert rate.rate_percent == 3.0
    assert rate.within_limit is within


def test_how_many_more_includes_the_estimate() -> None:
    """97 talks leave 3 more; with one and a half people lost, 1."""
    found = [*talked(97), *calls(100, MACHINE, to_agent=False)]
    assert rate_of(found, "0").remaining == 3
    assert rate_of(found, "1.5").remaining == 1
    assert rate_of(found, "3").remaining == 0
    assert rate_of(found, "3.0001").remaining == -1


def test_a_machine_that_an_agent_heard_is_no_detection() -> None:
    """Detection let it through: there is nobody to be lost."""
    found = [*talked(9), *calls(5, MACHINE, to_agent=True)]
    estimate = rate_of(found, "50").estimate
    assert estimate is not None
    assert (estimate.machines.detected, estimate.change) == (0, Fraction(0))


def test_people_lost_though_nobody_was_counted() -> None:
    """A day on which detection hung up on everybody is a line, and over the limit."""
    detected = calls(50, MACHINE, to_agent=False)
    assert rates(detected, [UK]) == []
    rate = rate_of(detected, "2")
    assert (rate.counts.live_answered, rate.rate_percent) == (0, 100.0)
    assert not rate.within_limit
    assert rates(detected, [UK], None, Fraction(0)) == []


# --------------------------------------------------------------------- without detection


def test_machines_are_deducted_from_abandoned_calls() -> None:
    """A quarter of the calls put to agents were machines, so a quarter of 4 abandoned ones: 3."""
    found = [
        *calls(97, UNKNOWN, to_agent=True),
        *calls(30, MACHINE, to_agent=True),
        *calls(4, UNKNOWN, to_agent=False),
    ]
    rate = rate_of(found)
    assert (rate.counts.live_answered, rate.counts.abandoned) == (101, 4)
    assert rate.estimate is not None
    assert rate.estimate.machines_deducted == Fraction(4 * 30, 127)
    # (4 - 120/127) / (101 - 120/127) = 388/12707 = 3.0534... %
    assert (rate.rate_percent, rate.within_limit) == (3.05, False)
    assert rate.line()["estimate"] == {
        "falsePositivePercent": 0.0,
        "machinesDetected": 0,
        "peopleAdded": 0.0,
        "putToAgents": 127,
        "machinesPutToAgents": 30,
        "abandonedUnknown": 4,
        "machinesDeducted": 0.94,
    }


def test_an_abandoned_person_is_never_deducted() -> None:
    """Somebody known to be a person is no machine, whatever the share of machines."""
    found = [
        *talked(10),
        *calls(30, MACHINE, to_agent=True),
        *calls(4, HUMAN, to_agent=False),
    ]
    assert rate_of(found).rate_percent == 28.57


def test_nothing_is_deducted_where_machines_are_detected() -> None:
    """One detected machine shows that detection was on."""
    found = [
        *talked(10),
        *calls(30, MACHINE, to_agent=True),
        *calls(4, UNKNOWN, to_agent=False),
    ]
    without = rate_of(found)
    detecting = rate_of([*found, *calls(1, MACHINE, to_agent=False)])
    assert without.rate_percent is not None
    assert without.rate_percent < 28.57
    assert detecting.rate_percent == 28.57


def test_without_a_call_to_an_agent_nothing_is_deducted() -> None:
    """There is no share to reason from."""
    assert rate_of(calls(4, UNKNOWN, to_agent=False)).rate_percent == 100.0


def test_all_abandoned_calls_may_have_been_machines() -> None:
    """Then there is no rate: nobody was called that day, as far as reason goes."""
    found = [*calls(3, MACHINE, to_agent=True), *calls(2, UNKNOWN, to_agent=False)]
    rate = rate_of(found)
    assert (rate.rate_percent, rate.within_limit) == (None, True)


# --------------------------------------------------------------------- whose estimate, and when


def test_only_ofcom_estimates() -> None:
    """The other regulators know no estimate; their lines stay as they are."""
    found = [*talked(97), *calls(100, MACHINE, to_agent=False)]
    plain = {rate.definition.name: rate.line() for rate in rates(found)}
    asked = {r.definition.name: r.line() for r in rates(found, false_positive_rate=Fraction(1, 2))}
    assert [name for name in asked if "estimate" in asked[name]] == [UK]
    assert {name: line for name, line in asked.items() if name != UK} == {
        name: line for name, line in plain.items() if name != UK
    }


def test_without_a_rate_there_is_no_estimate() -> None:
    """The contract's figures, to the byte."""
    found = [*talked(97), *calls(100, MACHINE, to_agent=False)]
    (rate,) = rates(found, [UK])
    assert rate.estimate is None
    assert "estimate" not in rate.line()


def test_each_day_has_its_own() -> None:
    """Yesterday's machines lose nobody today; agentless calls lose nobody at all."""
    yesterday = MORNING - timedelta(days=1)
    found = [
        *talked(97),
        *calls(100, MACHINE, to_agent=False, at=yesterday),
        *calls(100, MACHINE, to_agent=False, dial_mode=DialMode.AGENTLESS),
    ]
    first, second = rates(found, [UK], None, Fraction(1, 100))
    assert (first.rate_percent, second.rate_percent) == (100.0, 0.0)


def test_the_window_now_has_its_estimate() -> None:
    """As the live page asks for it, with calls and without."""
    tally = AbandonmentTally()
    for call in [*talked(97), *calls(100, MACHINE, to_agent=False)]:
        tally.add(call)
    assert tally.rate_at("c", UK, MORNING, Fraction(3, 100)).rate_percent == 3.0
    assert tally.rate_at("c", UK, MORNING).rate_percent == 0.0
    tomorrow = tally.rate_at("c", UK, MORNING + timedelta(days=1), Fraction(3, 100))
    assert tomorrow.estimate == Estimate(Fraction(3, 100), MachineCounts())


@given(
    detected=st.integers(0, 50),
    talks=st.integers(0, 50),
    heard=st.integers(0, 50),
    unknown=st.integers(0, 50),
    millionths=st.integers(0, 1_000_000),
)
def test_the_estimate_stays_within_reason(
    detected: int, talks: int, heard: int, unknown: int, millionths: int
) -> None:
    """No more people are lost than calls detected, no more machines deducted than abandoned."""
    machines = MachineCounts(detected, talks + heard, heard, unknown)
    estimate = Estimate(Fraction(millionths, 1_000_000), machines)
    assert 0 <= estimate.people_added <= detected
    assert 0 <= estimate.machines_deducted <= unknown
    assert estimate.people_added == 0 or estimate.machines_deducted == 0


@given(
    first=st.builds(MachineCounts, *[st.integers(0, 9)] * 4),
    second=st.builds(MachineCounts, *[st.integers(0, 9)] * 4),
)
def test_what_is_taken_back_leaves_no_trace(first: MachineCounts, second: MachineCounts) -> None:
    """Counts add up and can be undone."""
    assert first.plus(second).minus(second) == first
