"""The pacing filter: what it answers, what it refuses, and that a refused line teaches nothing."""

from __future__ import annotations

import copy
import json
from dataclasses import astuple, replace
from time import process_time_ns
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.pace_filter import _Tick, run
from bench.pacing.days import DAYS
from bench.pacing.world import World
from dialer.forecast import (
    Abandoned,
    AgentChanged,
    AgentState,
    Answered,
    Connected,
    Dialed,
    HungUp,
    Live,
    Observation,
    Result,
    TalkEnded,
)
from dialer.pacing import CallStage, Snapshot

Message = dict[str, Any]

INIT: Message = {
    "type": "init",
    "v": 1,
    "cfg": {
        "rule": "US",
        "limit": 0.03,
        "grace": 2.0,
        "grace_from": "greeting_end",
        "window": "30d",
        "prior_live": 0,
        "prior_abandoned": 0,
        "agents": 25,
        "tick": 1.0,
        "close": 28800.0,
        "timeout": 25.0,
        "amd": True,
        "amd_fp_est": 0.0,
        "trunks": None,
        "cps": None,
        "connect": 0.2,
    },
}
TOTALS = [
    "dialed",
    "answered",
    "busy",
    "invalid",
    "noanswer",
    "machine",
    "live",
    "connected",
    "abandoned",
    "hangup",
    "human_talks",
    "machine_talks",
]
TICK: Message = {
    "type": "tick",
    "t": 61.0,
    "max": 40,
    "list_left": 9876,
    "n": {
        "idle": 3,
        "talk": 1,
        "wrap": 0,
        "setup": 1,
        "ringing": 1,
        "answered": 0,
        "waiting": 0,
    },
    "c": dict.fromkeys(TOTALS, 0),
    "win": {"live": 13, "abandoned": 0},
    "ev": [
        [60.2, "answered", 118, 9.31],
        [60.9, "live", 118, 9.31],
        [60.9, "connect", 118, 4, 0.7],
    ],
    "agents": [
        [0, "talk", 33.1, False],
        [1, "idle", 2.0, False],
        [2, "idle", 2.0, False],
        [3, "idle", 2.0, False],
    ],
    "calls": [[119, "ringing", 8.2, 6.1], [121, "setup", 0.4, 0.4]],
}


def answers(*lines: Message | str | bytes) -> list[Message]:
    """What the filter answers to these lines."""
    written: list[str] = []
    texts = [line if isinstance(line, str | bytes) else json.dumps(line) for line in lines]
    assert run(texts, written.append) == 0
    assert all(text.endswith("\n") and text.count("\n") == 1 for text in written)
    return [json.loads(text) for text in written]


def changed(message: Message, path: tuple[str | int, ...], value: object) -> Message:
    """A copy of the message with one value replaced."""
    result = copy.deepcopy(message)
    where: Any = result
    for step in path[:-1]:
        where = where[step]
    where[path[-1]] = value
    return result


def without(message: Message, path: tuple[str, ...]) -> Message:
    """A copy of the message with one field left out."""
    result = copy.deepcopy(message)
    where: Any = result
    for step in path[:-1]:
        where = where[step]
    del where[path[-1]]
    return result


def test_init_and_tick_are_answered_line_by_line() -> None:
    """An empty object, then a whole number and what held it back."""
    first, second = answers(INIT, TICK)
    assert first == {}
    assert second["dial"] == 1
    assert second["bound"] == "abandonment_budget"


def test_end_and_end_of_input_are_silent() -> None:
    """Nothing is answered to `end`, and nothing is read after it."""
    assert answers(INIT, {"type": "end"}, TICK) == [{}]
    assert answers() == []


def test_bytes_are_lines_too() -> None:
    """Standard input may be read raw."""
    assert answers(json.dumps(INIT).encode(), json.dumps(TICK).encode())[1]["dial"] == 1


def test_a_tick_before_init_is_refused() -> None:
    """Nothing is known of the limit yet; a later init still starts the run."""
    refused, started, ticked = answers(TICK, INIT, TICK)
    assert "init" in refused["error"]
    assert (started, ticked["dial"]) == ({}, 1)


def test_a_second_init_is_refused() -> None:
    """What was learnt belongs to the first; the run goes on."""
    _, refused, ticked = answers(INIT, changed(INIT, ("cfg", "limit"), 0.5), TICK)
    assert "begun" in refused["error"]
    assert ticked["dial"] == 1


@pytest.mark.parametrize(
    "line",
    ["", "nonsense", "[]", "3", "null", "{", "\ufeff{}", "[" * 5000, b"\xff\xfe", '{"type": 1}'],
)
def test_a_line_that_cannot_be_read_gets_an_error(line: str | bytes) -> None:
    """One answer, no dial, and the next line is read as if nothing had been."""
    _, refused, ticked = answers(INIT, line, TICK)
    assert refused.keys() == {"error"}
    assert ticked["dial"] == 1


REQUIRED_CFG = [name for name in INIT["cfg"] if name not in ("trunks", "cps")]
REQUIRED = [
    *((name,) for name in ("t", "max", "list_left", "n", "c", "win", "ev")),
    *(("n", name) for name in TICK["n"]),
    *(("c", name) for name in TOTALS),
    *(("win", name) for name in TICK["win"]),
]


@pytest.mark.parametrize("name", REQUIRED_CFG)
@pytest.mark.parametrize("bad", ["gone", None, [], -1, {}])
def test_an_init_with_a_bad_field_is_refused(name: str, bad: object) -> None:
    """The error names the field, and the run has not begun."""
    at = ("cfg", name)
    init = without(INIT, at) if bad == "gone" else changed(INIT, at, bad)
    refused, ticked = answers(init, TICK)
    assert name in refused["error"]
    assert "error" in ticked


@pytest.mark.parametrize(
    ("further", "answer"),
    [
        ({"dial_mode": "progressive"}, (1, "no_free_agent")),
        ({"dial_mode": "agentless"}, (40, "calls_per_second")),
        ({"dial_mode": None, "calls_per_agent": None}, (1, "abandonment_budget")),
        ({"calls_per_agent": 1.0}, (1, "calls_per_agent")),
        ({"calls_per_agent": 10}, (1, "abandonment_budget")),
    ],
)
def test_other_dial_modes_may_be_asked_for(further: Message, answer: tuple[int, str]) -> None:
    """Beyond the contract, which knows only predictive dialing."""
    ticked = answers(INIT | {"cfg": INIT["cfg"] | further}, TICK)[1]
    assert (ticked["dial"], ticked["bound"]) == answer


@pytest.mark.parametrize(
    ("further", "problem"),
    [
        ({"dial_mode": "manual"}, "cfg.dial_mode"),
        ({"calls_per_agent": 0.9}, "cfg.calls_per_agent"),
        ({"calls_per_agent": 11}, "cfg.calls_per_agent"),
        ({"calls_per_agent": True}, "cfg.calls_per_agent"),
        ({"calls_per_agent": 2, "dial_mode": "preview"}, "cfg.calls_per_agent"),
    ],
)
def test_a_dial_mode_that_cannot_be_is_refused(further: Message, problem: str) -> None:
    """The error names the field."""
    assert problem in answers(INIT | {"cfg": INIT["cfg"] | further})[0]["error"]


@pytest.mark.parametrize("path", REQUIRED)
@pytest.mark.parametrize("bad", ["gone", None, "7", True, -1, 1e400, float("nan"), 10**400])
def test_a_tick_with_a_bad_field_is_refused(path: tuple[str, ...], bad: object) -> None:
    """Missing, mistyped, negative or not finite: the error names the field."""
    tick = without(TICK, path) if bad == "gone" else changed(TICK, path, bad)
    refused = answers(INIT, tick)[1]
    assert refused.keys() == {"error"}
    assert path[-1] in refused["error"]


@pytest.mark.parametrize(
    "event",
    [
        [],
        [1.0],
        ["1.0", "dial", 1],
        [1.0, 7, 1],
        [-1.0, "dial", 1],
        [1.0, "dial"],
        [1.0, "dial", True],
        [1.0, "answered", 1, "soon"],
        [1.0, "result", 1, "eaten", 3.0],
        [1.0, "talk_end", 1, 2, 3.0, "dog"],
        [1.0, "agent", 1, "asleep"],
        "dial",
    ],
)
def test_a_bad_event_makes_the_line_unreadable(event: object) -> None:
    """Each kind's entries are checked."""
    assert answers(INIT, changed(TICK, ("ev",), [event]))[1].keys() == {"error"}


@pytest.mark.parametrize(
    ("path", "bad"),
    [
        (("agents", 0, 1), "asleep"),
        (("agents", 0, 2), -1.0),
        (("agents", 0, 3), 1),
        (("agents", 0), [1]),
        (("agents",), None),
        (("calls", 0, 1), "lost"),
        (("calls", 0, 3), True),
        (("calls",), {}),
    ],
)
def test_a_bad_entry_of_a_list_makes_the_line_unreadable(
    path: tuple[str | int, ...], bad: object
) -> None:
    """A list may be missing, but not wrong."""
    assert answers(INIT, changed(TICK, path, bad))[1].keys() == {"error"}


def test_unknown_events_and_fields_are_passed_over() -> None:
    """A later version may say more."""
    tick = changed(TICK, ("ev",), [*TICK["ev"], [61.0, "coffee", {}]]) | {"new": 1}
    assert answers(INIT, tick) == answers(INIT, TICK)


@pytest.mark.parametrize("t", [28800.0, 28801.0])
def test_nothing_is_dialed_at_or_after_close(t: float) -> None:
    """Whoever is idle."""
    answer = answers(INIT, changed(TICK, ("t",), t))[1]
    assert (answer["dial"], answer["bound"]) == (0, "closed")


def test_more_than_max_is_cut() -> None:
    """And what `max` was is named as far as it can be known."""
    tick = changed(changed(TICK, ("max",), 2), ("n", "idle"), 9)
    assert answers(INIT, tick)[1] | {"inputs": 0} == {
        "dial": 2,
        "bound": "calls_per_second",
        "inputs": 0,
    }
    lines = changed(INIT, ("cfg", "trunks"), 5)
    assert answers(lines, tick)[1]["bound"] == "trunk"
    assert answers(INIT, changed(tick, ("list_left",), 2))[1]["bound"] == "list_finished"


@pytest.mark.parametrize("missing", [["agents"], ["calls"], ["agents", "calls"]])
def test_either_list_may_be_missing(missing: list[str]) -> None:
    """One to one needs the numbers alone."""
    tick = {key: value for key, value in TICK.items() if key not in missing}
    assert answers(INIT, tick)[1]["dial"] == 1


def test_calls_beyond_the_list_are_counted() -> None:
    """A list that falls short of the numbers does not make lines free."""
    assert answers(INIT, changed(TICK, ("n", "ringing"), 30))[1]["dial"] == 0


# -------------------------------------------------------------------------- a simulated hour
AWAY = (AgentState.OUT, AgentState.BREAK)
KINDS: dict[type[Observation], str] = {
    Dialed: "dial",
    Answered: "answered",
    Live: "live",
    Result: "result",
    Connected: "connect",
    Abandoned: "abandon",
    HungUp: "hangup",
    TalkEnded: "talk_end",
    AgentChanged: "agent",
}


def event(seen: Observation) -> list[object]:
    """An observation as the contract writes it: its fields have the contract's order."""
    t, *rest = astuple(seen)
    return [t, KINDS[type(seen)], *rest]


def tick_line(snapshot: Snapshot, seen: list[Observation], lists: bool) -> Message:
    """A simulated second as the contract writes it."""
    stages = [call.stage for call in snapshot.calls]
    states = [agent.state for agent in snapshot.agents]
    line: Message = {
        "type": "tick",
        "t": snapshot.t,
        "max": snapshot.max_calls,
        "list_left": snapshot.list_left,
        "n": {state: states.count(state) for state in AgentState if state not in AWAY}
        | {stage: stages.count(stage) for stage in CallStage},
        "c": dict.fromkeys(TOTALS, 0),
        "win": {"live": snapshot.window_live, "abandoned": snapshot.window_abandoned},
        "ev": [event(one) for one in seen],
    }
    if lists:
        line["agents"] = [[a.id, a.state, a.seconds_in_state, a.leaving] for a in snapshot.agents]
        line["calls"] = [
            [c.id, c.stage, c.seconds_since_dial, c.seconds_in_stage] for c in snapshot.calls
        ]
    return line


def simulated(lists: bool) -> tuple[World, list[str], list[Message]]:
    """Half an hour of ten agents, paced through the filter; the lines and the answers."""
    world = World(replace(DAYS["10"], hours=0.5, breaks=0), 5)
    lines, got, ticks = [json.dumps(INIT)], list[Message](), world.ticks()

    def feed() -> Any:
        yield lines[0]
        for snapshot, seen in ticks:
            lines.append(json.dumps(tick_line(snapshot, seen, lists)))
            yield lines[-1]

    def write(text: str) -> None:
        got.append(json.loads(text))
        world.dial(got[-1].get("dial", 0))

    run(feed(), write)
    return world, lines, got


@pytest.mark.parametrize("lists", [True, False])
def test_a_day_is_paced_through_the_filter(lists: bool) -> None:
    """With or without lists agents are kept busy and the window stays within its limit."""
    world, lines, got = simulated(lists)
    assert len(got) == len(lines)
    assert all("error" not in answer for answer in got)
    assert max(answer.get("dial", 0) for answer in got[1000:]) > 1
    assert world.score.window_over == 0
    assert world.score.occupancy > 0.6


def test_the_same_lines_give_the_same_answers_and_a_refused_line_teaches_nothing() -> None:
    """Also when every line is preceded by a spoilt copy of itself."""
    _, lines, got = simulated(lists=True)
    spoilt = [json.dumps(json.loads(line) | {"list_left": -1}) for line in lines[1:]]
    mixed = [lines[0]] + [text for pair in zip(spoilt, lines[1:], strict=True) for text in pair]
    assert answers(*lines) == got
    assert [answer for answer in answers(*mixed) if "error" not in answer] == got


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(
    path=st.sampled_from([("t",), ("max",), ("n",), ("n", "idle"), ("win", "live"), ("ev",)]),
    value=json_values,
)
def test_whatever_a_field_holds_the_answer_is_one_of_the_two(
    path: tuple[str, ...], value: object
) -> None:
    """An error or a whole number between nought and `max`; never a crash."""
    tick = changed(TICK, path, value)
    answer = answers(INIT, tick)[1]
    if "error" not in answer:
        assert 0 <= answer["dial"] <= tick["max"]


def test_what_is_wrong_in_a_row_is_said_with_its_place() -> None:
    """The second agent, the first call, the second event."""
    for spoilt, says in (
        ({"agents": [[0, "talk", 1.0, False], [1, "idle", -1, False]]}, "agents[1][2]: a finite"),
        ({"agents": [[0, "talk", 1.0, False], 7]}, "agents[1]: a list is needed"),
        ({"calls": [[1, "rings", 1.0, 1.0]]}, "calls[0][1]: one of setup, ringing, answered"),
        ({"calls": [[1, "setup", 1.0]]}, "calls[0]: 4 entries are needed"),
        ({"ev": [[1.0, "dial", 1], [1.0, "answered", 1]]}, "ev[1]: entry 3 is missing"),
        ({"ev": [[1.0, "dial", True]]}, "ev[0][2]: a number or text"),
    ):
        assert answers(INIT, TICK | spoilt)[1]["error"].startswith(says)


def test_a_line_is_read_in_ten_times_what_its_json_takes() -> None:
    """A thousand agents: the reply's time is for the decision, not for the reading."""
    ages = [1.5 * i for i in range(1000)]
    tick = TICK | {
        "agents": [[i, "talk", age, False] for i, age in enumerate(ages)],
        "calls": [[i, "ringing", age, age] for i, age in enumerate(ages)],
    }
    line = json.dumps(tick)
    whole, parsed = [], []
    for _ in range(15):
        began = process_time_ns()
        message = json.loads(line)
        parsed.append(process_time_ns() - began)
        _Tick.read(message)
        whole.append(process_time_ns() - began)
    assert min(whole) < 10 * min(parsed)
