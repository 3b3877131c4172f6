"""`fairdial pace` as a process: its days are those of the decision made in this process."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.pacing import outside
from bench.pacing.days import DAYS
from bench.pacing.world import World


@pytest.mark.parametrize("name", ["5", "10-uk", "25-prior", "50-lines"])
def test_a_day_from_outside_is_the_day_from_inside(name: str) -> None:
    """Some minutes: the same calls, the same figures, no reply against the contract."""
    found = outside.judged(name, replace(DAYS[name], hours=0.15), 1)
    assert found.problems == ()
    assert found.same
    assert found.score.connected > 5


def test_without_lists_it_paces_from_numbers_and_events() -> None:
    """Agents and calls are left out of the ticks: not one reply against the contract."""
    day = replace(DAYS["10"], hours=0.15, breaks=0)
    found = outside.judged("10", day, 2, lists=False)
    assert found.problems == ()
    assert found.score.connected > 5


def test_replies_are_timed_each_by_itself() -> None:
    """So many as were asked for after the warm-up, and the unit of work beside each."""
    taken = outside.taken(5, ticks=20, seed=1, warm_up=10)
    assert len(taken.replies) == len(taken.units) == 20
    assert min(taken.replies + taken.units) > 0.0


@pytest.mark.parametrize(
    ("reply", "says"),
    [("{'dial': -1}", "second 0"), ("{'dial': 9}", "over the limit"), ("{'error': ''}", "second")],
)
def test_a_reply_against_the_contract_is_told(reply: str, says: str) -> None:
    """A negative number, more than one to one while over the limit, no number at all."""
    program = (
        "import json, sys\n"
        "for line in sys.stdin:\n"
        f"    answer = {{}} if '\"init\"' in line else {reply}\n"
        "    print(json.dumps(answer), flush=True)\n"
    )
    world = World(replace(DAYS["5"], prior_live=100, prior_abandoned=4), 1)
    with outside.Filter(world, command=("python3", "-c", program)) as policy:
        policy.pace(world.snapshot(), world.unseen())
    assert says in policy.problems[0]
