"""The agents' time, folded from their state changes in any order with any copies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from campaigns.metrics import AgentFigures, CampaignMetrics

START = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)

Event = dict[str, object]


def instant(seconds: float) -> str:
    """So many seconds after START, as events write it."""
    at = START + timedelta(milliseconds=round(seconds * 1000))
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def event(detail_type: str, seconds: float, **detail: object) -> Event:
    """An event at so many seconds after START."""
    own = {"occurredAt": instant(seconds), "campaignId": "c"}
    return {"detail-type": detail_type, "time": instant(seconds), "detail": own | detail}


def agent_state(agent: str, sequence: int, seconds: float, state: str) -> Event:
    """An agent's state changed."""
    return event("Agent State Changed", seconds, agentId=agent, sequence=sequence, state=state)


def folded(*events: Event) -> CampaignMetrics:
    """The fold over these, in this order."""
    metrics = CampaignMetrics("c")
    for each in events:
        metrics.add(each)
    return metrics


def closed(seconds: float) -> datetime:
    """The instant at which what is open is closed."""
    return START + timedelta(seconds=seconds)


DAY = (
    agent_state("a", 1, 0, "idle"),
    agent_state("a", 2, 100, "talk"),
    agent_state("a", 3, 400, "wrap"),
    agent_state("a", 4, 500, "break"),
    agent_state("a", 5, 800, "idle"),
    agent_state("a", 6, 1000, "out"),
    agent_state("b", 1, 0, "idle"),
    agent_state("b", 2, 500, "talk"),
)


def test_occupancy_by_hand() -> None:
    """Logged in 1000 + 1000 s; talk 300 + 500, wrap-up 100: 900 of 2000, 24 minutes an hour."""
    assert folded(*DAY).figures(closed(1000)).agents == AgentFigures(
        count=2,
        logged_in_seconds=2000.0,
        talk_seconds=800.0,
        wrap_seconds=100.0,
        occupancy=0.45,
        talk_minutes_per_hour=24.0,
    )


def moved(detail_type: str, sequence: int, seconds: float, state: str) -> Event:
    """A shared agent came to this campaign or left it."""
    return event(detail_type, seconds, agentId="a", sequence=sequence, state=state)


def test_a_shared_agents_time_counts_from_joining_to_leaving() -> None:
    """100 s idle, 200 s of talk, then 300 s for another campaign, then idle again."""
    metrics = folded(
        agent_state("a", 1, 0, "idle"),
        agent_state("a", 2, 100, "talk"),
        agent_state("a", 3, 300, "idle"),
        moved("Agent Left", 4, 300, "idle"),
        moved("Agent Joined", 9, 600, "idle"),
    )
    figures = metrics.figures(closed(1000)).agents
    assert (figures.logged_in_seconds, figures.talk_seconds) == (700.0, 200.0)


def test_an_open_state_is_closed_by_the_last_event() -> None:
    """Without an end given, time stops at the latest event of the campaign."""
    metrics = folded(*DAY)
    assert metrics.figures() == metrics.figures(closed(1000))
    metrics.add(event("Pacing Changed", 1200, bound="lines"))
    assert metrics.figures() == metrics.figures(closed(1200))
    assert metrics.figures().agents.talk_seconds == 1000.0


def test_closing_early_takes_nothing_back() -> None:
    """A state that ended stays counted; an open one that begins later counts nothing yet."""
    agents = folded(*DAY).figures(closed(300)).agents
    assert (agents.logged_in_seconds, agents.talk_seconds) == (1500.0, 300.0)


def test_logged_out_time_is_not_logged_in() -> None:
    """An agent who comes back is credited for neither the pause nor the day after."""
    figures = folded(
        agent_state("a", 1, 0, "idle"),
        agent_state("a", 2, 10, "out"),
        agent_state("a", 3, 500, "idle"),
        agent_state("a", 4, 520.5, "out"),
    ).figures(closed(10_000))
    assert figures.agents.logged_in_seconds == 30.5
    assert figures.agents.occupancy == 0.0


def test_sequence_decides_not_arrival_or_clock() -> None:
    """Two changes in one instant are ordered by their sequence."""
    one = agent_state("a", 1, 0, "idle")
    two = agent_state("a", 2, 10, "wrap")
    three = agent_state("a", 3, 10, "talk")
    assert folded(three, two, one).figures(closed(20)).agents.talk_seconds == 10.0


def test_a_log_may_begin_in_the_middle() -> None:
    """An agent's sequence goes on from an earlier campaign."""
    figures = folded(agent_state("a", 501, 0, "talk"), agent_state("a", 502, 60, "out")).figures()
    assert figures.agents.talk_minutes_per_hour == 60.0


STATES = st.sampled_from(["out", "idle", "talk", "wrap", "break"])


@st.composite
def agents_day(draw: st.DrawFn) -> list[Event]:
    """Two agents' states in sequence, the clock never going back."""
    events: list[Event] = []
    for agent in "ab":
        at = 0
        for sequence in range(1, draw(st.integers(0, 8)) + 1):
            at += draw(st.integers(0, 500))
            events.append(agent_state(agent, sequence, at, draw(STATES)))
    return events


@given(log=agents_day(), data=st.data())
def test_order_and_copies_change_nothing(log: list[Event], data: st.DataObject) -> None:
    """Any permutation with any copies gives the figures of the log read once (E4)."""
    copies = data.draw(st.lists(st.sampled_from(log), max_size=10)) if log else []
    arrived = data.draw(st.permutations(log + copies))
    assert folded(*arrived).figures() == folded(*log).figures()


@given(agents=agents_day(), data=st.data())
def test_agents_time_against_a_plain_recount(agents: list[Event], data: st.DataObject) -> None:
    """Whatever part of the log has come, in whatever order: neighbours in sequence, summed."""
    some = data.draw(st.permutations(agents))
    some = some[: data.draw(st.integers(0, len(some)))]
    expected = dict.fromkeys(["idle", "talk", "wrap", "break", "out"], 0.0)
    for agent in "ab":
        changes = sorted(
            (detail["sequence"], detail["occurredAt"], detail["state"])
            for detail in (dict(each["detail"]) for each in some)  # type: ignore[call-overload]
            if detail["agentId"] == agent
        )
        ends = [change[1] for change in changes[1:]] + [instant(10_000)]
        for (_, begin, state), end in zip(changes, ends, strict=False):
            span = datetime.fromisoformat(end) - datetime.fromisoformat(begin)
            expected[state] += span.total_seconds()
    found = folded(*some).figures(closed(10_000)).agents
    assert found.logged_in_seconds == sum(expected.values()) - expected["out"]
    assert found.talk_seconds == expected["talk"]
    assert found.wrap_seconds == expected["wrap"]
