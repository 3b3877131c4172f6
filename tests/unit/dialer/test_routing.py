"""Which free agent gets which waiting person."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from campaigns.attempt import Attempt
from dialer.agent import AgentState
from dialer.routing import CONNECT_ALLOWANCE, UNSEEN_AFTER, is_present, match
from tests.builders import NOON, after, an_agent, an_attempt


def waiting(row: int, seconds: float = 2, **changes: Any) -> Attempt:
    """A person who must have an agent so many seconds after NOON."""
    return an_attempt(row, answered_at=after(-2), connect_by=after(seconds), **changes)


def test_who_must_be_served_first_gets_who_is_idle_longest() -> None:
    """Both sides in order, whatever order they are given in."""
    calls = [waiting(1, 1.5), waiting(2, 0.5), waiting(3, 1.0)]
    agents = [an_agent(1, state_since=after(-5)), an_agent(2, state_since=after(-9))]
    pairs = match(calls, agents, NOON)
    assert [(call.list_row, agent.id) for call, agent in pairs] == [
        (2, an_agent(2).id),
        (3, an_agent(1).id),
    ]


def test_a_person_who_cannot_be_reached_in_time_is_left_to_the_message() -> None:
    """It takes a moment until an agent is on the line."""
    allowance = CONNECT_ALLOWANCE.total_seconds()
    assert match([waiting(1, allowance - 0.001)], [an_agent()], NOON) == []
    assert len(match([waiting(1, allowance)], [an_agent()], NOON)) == 1


def test_only_free_and_present_agents_get_calls() -> None:
    """A silent agent is not free (P9)."""
    unseen = after(-UNSEEN_AFTER.total_seconds() - 0.001)
    for agent in (
        an_agent(state=AgentState.TALK),
        an_agent(leaving=AgentState.BREAK, leaving_since=NOON),
        an_agent(attempt_id=an_attempt(9).id),
        an_agent(simulated=False, seen_at=unseen),
    ):
        assert match([waiting(1)], [agent], NOON) == []


def test_an_agent_is_present_for_three_seconds_after_a_sign_of_life() -> None:
    """A simulated one always is."""
    seen = an_agent(simulated=False, seen_at=NOON)
    assert is_present(seen, NOON + UNSEEN_AFTER)
    assert not is_present(seen, after(3.001))
    assert is_present(an_agent(seen_at=after(-9999)), NOON)


def test_in_preview_the_agent_who_chose_the_contact_gets_the_call() -> None:
    """Not the one who is idle longest; that one gets the call that nobody was promised."""
    mine, other = waiting(1, 1.5), waiting(2, 1.0)
    previewer = an_agent(1, attempt_id=mine.id, state_since=after(-1))
    idle = an_agent(2, state_since=after(-99))
    pairs = match([other, mine], [idle, previewer], NOON)
    assert {(call.list_row, agent.id) for call, agent in pairs} == {
        (1, previewer.id),
        (2, idle.id),
    }


@given(
    st.lists(st.floats(-1, 3), max_size=8),
    st.lists(st.sampled_from(["free", "talk", "leaving"]), max_size=8),
)
def test_no_call_gets_two_agents_and_no_agent_two_calls(
    seconds: list[float], kinds: list[str]
) -> None:
    """And as many are served as can be (P9)."""
    calls = [waiting(row, left) for row, left in enumerate(seconds)]
    makes: dict[str, dict[str, Any]] = {
        "free": {},
        "talk": {"state": AgentState.TALK},
        "leaving": {"leaving": AgentState.OUT, "leaving_since": NOON},
    }
    agents = [an_agent(n, **makes[kind]) for n, kind in enumerate(kinds)]
    pairs = match(calls, agents, NOON)
    assert len({call.id for call, _ in pairs}) == len({agent.id for _, agent in pairs})
    in_time = [call for call in calls if call.connect_by and call.connect_by >= after(0.3)]
    assert len(pairs) == min(len(in_time), kinds.count("free"))
