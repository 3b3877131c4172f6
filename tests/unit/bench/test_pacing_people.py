"""Common random numbers: who is dialed and how long agents take depends on no policy."""

from __future__ import annotations

from dataclasses import replace
from statistics import fmean

import pytest

from bench.pacing.days import DAYS, Day, steady, through
from bench.pacing.people import Contacts, Fate, fate_of, shift_of
from bench.pacing.policies.catalogue import POLICIES
from bench.pacing.running import play
from bench.pacing.world import World
from dialer.forecast import CallOutcome, Dialed, Result, TalkEnded

DAY = Day(6, steady(0.25), hours=0.5, breaks=0)


def seen_by(policy: str) -> tuple[dict[int, tuple[str, float]], dict[int, list[float]]]:
    """The calls without a person and each agent's conversations, as one policy met them."""
    world = World(DAY, 7)
    pacing = POLICIES[policy](world)
    ended: dict[int, tuple[str, float]] = {}
    talks: dict[int, list[float]] = {}
    for snapshot, seen in world.ticks():
        world.dial(pacing.pace(snapshot, seen))
        for one in seen:
            if isinstance(one, Result):
                ended[int(one.call)] = (one.outcome, round(one.seconds_since_dial, 6))
            if isinstance(one, TalkEnded) and one.party == "human":
                talks.setdefault(int(one.agent), []).append(one.talk_seconds)
    return ended, talks


def test_two_policies_meet_the_same_people() -> None:
    """The n-th call ends alike, and an agent's n-th conversation lasts as long."""
    slow_calls, slow_talks = seen_by("one to one")
    fast_calls, fast_talks = seen_by("ratio 2")
    assert len(fast_calls) > len(slow_calls) > 50
    settled = slow_calls.keys() & fast_calls.keys()
    assert {n: slow_calls[n] for n in settled} == {n: fast_calls[n] for n in settled}
    for agent, talks in slow_talks.items():
        both = min(len(talks), len(fast_talks[agent]))
        assert both
        assert talks[:both] == fast_talks[agent][:both]


def test_of_the_time_only_the_answer_rate_depends() -> None:
    """A call dialed later comes to the same, unless more people answer by then."""
    steadily = [fate_of(DAY, 1, n, 10.0) for n in range(200)]
    assert steadily == [fate_of(DAY, 1, n, 1700.0) for n in range(200)]
    rising = replace(DAY, people=through((0, 0.1), (1, 0.5)))
    early = [fate_of(rising, 1, n, 0.0) for n in range(200)]
    late = [fate_of(rising, 1, n, 3600.0) for n in range(200)]
    assert sum(f.person for f in late) > sum(f.person for f in early)
    assert all(later == sooner for sooner, later in zip(early, late, strict=True) if sooner.person)


def test_another_seed_is_another_day() -> None:
    """Calls, conversations and breaks are drawn anew."""
    assert fate_of(DAY, 1, 1, 0.0) != fate_of(DAY, 2, 1, 0.0)
    assert Contacts(DAY, 1, 0)[3] != Contacts(DAY, 2, 0)[3]
    staffed = DAYS["10"]
    assert shift_of(staffed, 1, 0) != shift_of(staffed, 2, 0)


def test_contacts_may_be_asked_for_in_any_order() -> None:
    """Looking ahead changes nothing."""
    ahead, in_order = Contacts(DAY, 3, 1), Contacts(DAY, 3, 1)
    tenth = ahead[9]
    assert [ahead[n] for n in range(10)] == [in_order[n] for n in range(10)]
    assert in_order[9] == tenth


def test_shares_are_the_days() -> None:
    """5 % busy, 5 % invalid, a quarter people, a quarter machines of which 3 % pass for people."""
    fates = [fate_of(DAY, 5, n, 0.0) for n in range(8000)]

    def share(is_one: list[bool]) -> float:
        return fmean(is_one)

    assert share([f.outcome is CallOutcome.BUSY for f in fates]) == pytest.approx(0.05, abs=0.01)
    assert share([f.outcome is CallOutcome.INVALID for f in fates]) == pytest.approx(0.05, abs=0.01)
    assert share([f.person for f in fates]) == pytest.approx(0.25, abs=0.015)
    machines = [f for f in fates if f.outcome is CallOutcome.MACHINE]
    assert len(machines) / 8000 == pytest.approx(0.25 * 0.97, abs=0.015)
    missed = [f for f in fates if f.outcome is None and not f.person]
    assert len(missed) / 8000 == pytest.approx(0.25 * 0.03, abs=0.004)
    assert not any(f.lost for f in fates)


def test_people_lost_to_detection_are_counted() -> None:
    """A share of the people ends as machines."""
    fates = [fate_of(replace(DAY, lost_people=0.1), 5, n, 0.0) for n in range(4000)]
    lost = [f for f in fates if f.lost]
    assert len(lost) / sum(f.person for f in fates) == pytest.approx(0.1, abs=0.02)


def test_a_british_grace_begins_with_the_greeting() -> None:
    """Due 1.8 s after the greeting starts, which is sooner than after its end."""
    american = [fate_of(DAY, 1, n, 0.0) for n in range(300)]
    british = [fate_of(replace(DAY, uk=True), 1, n, 0.0) for n in range(300)]
    people = [(a, b) for a, b in zip(american, british, strict=True) if live_person(a)]
    assert len(people) > 50
    assert all(b.decided <= b.due < a.due for a, b in people)


def live_person(fate: Fate) -> bool:
    """Whether a person is offered to the agents."""
    return fate.person and fate.outcome is None


def test_every_dial_is_seen_in_order() -> None:
    """The n-th dial is call n, whoever dials."""
    world = World(DAY, 1)
    numbers: list[int] = []
    for snapshot, seen in world.ticks():
        numbers += [int(one.call) for one in seen if isinstance(one, Dialed)]
        world.dial(1 if snapshot.t < 100 else 0)
    assert numbers == list(range(1, 101))


def test_play_is_deterministic() -> None:
    """The same policy on the same seed: the same score, idle time and course."""
    assert play(DAY, 2, POLICIES["Impact"]) == play(DAY, 2, POLICIES["Impact"])
