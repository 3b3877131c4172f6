"""A kept decision in words, and the curve that is made again from what was kept."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.case import DialMode
from dialer.forecast import Abandoned, AgentState, Dialed, Learnt, Live
from dialer.pacing import (
    AgentView,
    Bound,
    CallStage,
    CallView,
    PacingSettings,
    Snapshot,
    decide,
    figures,
    learnt_for,
)
from dialer.pacing.curve import Curve
from dialer.pacing.explaining import Explanation, explain
from dialer.pacing.law import GUARD

SETTINGS = PacingSettings(close_at=28800.0)
NEAR = 1e-3
"""Kept figures are rounded; so near its threshold a chance may fall on either side of it."""


@dataclass(frozen=True)
class Kept:
    """A decision as the log keeps it."""

    calls: int = 0
    placed: int = 0
    bound: str = Bound.NO_FREE_AGENT
    until_at: datetime | None = None
    inputs: dict[str, float] = field(default_factory=dict)


def taught(live: int, abandoned: int = 0, dials: int = 4) -> Learnt:
    """A run that has seen so many live calls, of which some were abandoned."""
    learnt = learnt_for(SETTINGS)
    for i in range(live):
        for _ in range(dials):
            learnt.observe(Dialed(float(i), i))
        learnt.observe(Live(float(i), i, 12.0))
    for i in range(abandoned):
        learnt.observe(Abandoned(float(i), i))
    return learnt


def agents(state: AgentState, count: int, seconds: float = 60.0) -> tuple[AgentView, ...]:
    """So many agents in a state."""
    return tuple(AgentView(f"{state}-{i}", state, seconds) for i in range(count))


def calls(stage: CallStage, count: int, seconds: float = 6.0) -> tuple[CallView, ...]:
    """So many calls at a stage."""
    return tuple(CallView(f"{stage}-{i}", stage, seconds, seconds) for i in range(count))


FLOOR = agents(AgentState.IDLE, 4) + agents(AgentState.TALK, 14) + agents(AgentState.WRAP, 2)
SEEN = Snapshot(
    t=3000.0,
    max_calls=1000,
    max_bound=Bound.TRUNK,
    list_left=100_000,
    agents=FLOOR,
    calls=calls(CallStage.RINGING, 2) + calls(CallStage.SETUP, 1),
    window_live=2000,
    window_abandoned=20,
)


def kept(snapshot: Snapshot, learnt: Learnt, asked: PacingSettings = SETTINGS) -> Kept:
    """What the log keeps of the decision, after a way through its JSON."""
    made = decide(snapshot, asked, learnt)
    inputs = json.loads(json.dumps(figures.kept(made.inputs)))
    return Kept(made.calls, made.calls, made.bound.value, None, inputs)


def explained(
    snapshot: Snapshot = SEEN, learnt: Learnt | None = None, asked: PacingSettings = SETTINGS
) -> Explanation:
    """A decision of now, explained."""
    return explain(kept(snapshot, learnt or taught(2000, 20), asked))


def words(found: Explanation) -> str:
    """All its sentences."""
    return " ".join([found.started, *found.seen, *found.expected, *found.permitted, *found.why])


# -------------------------------------------------------------------------------------- the curve
states = st.sampled_from(list(AgentState))
ages = st.floats(0.0, 900.0, allow_nan=False)
floors = st.lists(st.builds(AgentView, st.integers(), states, ages, st.booleans()), max_size=40)
flights = st.lists(
    st.builds(CallView, st.integers(), st.sampled_from(list(CallStage)), ages, ages), max_size=40
)
LEARNT = [taught(3000, 30), taught(900, 5, dials=2), taught(400, 3, dials=9), taught(60, 0)]


@given(
    floor=floors,
    flight=flights,
    live=st.integers(0, 20_000),
    abandoned=st.integers(0, 300),
    most=st.integers(0, 400),
    learnt=st.sampled_from(LEARNT),
)
@settings(max_examples=400)
def test_the_curve_gives_the_decisions_own_number(
    floor: list[AgentView],
    flight: list[CallView],
    live: int,
    abandoned: int,
    most: int,
    learnt: Learnt,
) -> None:
    """The last call that was started is still acceptable on it, and one more is not."""
    snapshot = replace(
        SEEN,
        agents=tuple(floor),
        calls=tuple(flight),
        window_live=live,
        window_abandoned=abandoned,
        max_calls=most,
    )
    made = kept(snapshot, learnt)
    curve = explain(made).curve
    assert (curve is None) == (made.bound == Bound.NO_AGENTS)
    if curve is None or curve.threshold is None:
        return
    one_to_one = max(0, int(made.inputs["idle"]) - len(flight))
    if made.calls > one_to_one:
        assert curve.nobody[made.calls - 1] <= curve.threshold * (1 + NEAR) + NEAR / 100
        assert curve.loss[made.calls - 1] <= GUARD * (1 + 10 * NEAR)
    if made.bound == Bound.NO_FREE_AGENT:
        assert curve.nobody[made.calls] >= curve.threshold * (1 - NEAR) - NEAR / 100
    if made.bound == Bound.ABANDONMENT_BUDGET:
        assert curve.loss[made.calls] >= GUARD * (1 - 10 * NEAR)


def test_the_curve_reaches_beyond_what_was_too_much() -> None:
    """So that its picture shows where it crosses the threshold."""
    curve = explained().curve
    assert curve is not None
    assert curve.threshold is not None
    assert curve.nobody[-1] >= 1.5 * curve.threshold
    assert list(curve.nobody) == sorted(curve.nobody)
    assert len(curve.nobody) == len(curve.loss) >= 8


def test_one_to_one_has_no_threshold() -> None:
    """The curve is there to show what more calls would have risked."""
    curve = explained(replace(SEEN, window_abandoned=80)).curve
    assert isinstance(curve, Curve)
    assert curve.threshold is None


# ------------------------------------------------------------------------------------ the sentences
def test_the_window_that_binds_is_named() -> None:
    """A regulator's by the name of its definition."""
    says = " ".join(explain(kept(replace(SEEN, window_of="uk-ofcom"), taught(2000, 20))).seen)
    assert "In the window that binds most (uk-ofcom), 20 of 2,000 people" in says


def test_a_predictive_decision_in_words() -> None:
    """What was seen, expected and permitted, and why not one more."""
    found = explained()
    curve = found.curve
    assert curve is not None
    assert found.started == f"{curve.calls} calls were started."
    assert found.seen == (
        "4 agents were free and 16 busy (14 talking, 2 wrapping up).",
        "3 calls were under way without an agent: 1 being set up, 2 ringing.",
        "In the window that binds most (the campaign's own), 20 of 2,000 people who answered had "
        "got nobody: 1.0 %, and at most 3.0 % may.",
    )
    assert found.expected[0].startswith("Of 100 calls, 23.9 reached")
    assert "of the busy agents would become free" in found.expected[1]
    assert found.permitted[0].endswith(
        "could still be borne within the limit, with a margin for doubt."
    )
    assert found.why[0].startswith("The last of these calls would find nobody with a chance of ")
    assert found.why[1].startswith("One more would have found nobody with a chance of ")
    assert "because 40.0 abandoned calls can still be borne" in found.why[1]
    assert len(found.ahead) == 3
    assert all(row.calls_spread > 0.0 < row.freed_spread for row in found.ahead)


def test_a_chance_and_its_threshold_never_look_the_same() -> None:
    """As many digits as it takes."""
    near = {**kept(SEEN, taught(2000, 20)).inputs}
    made = replace(kept(SEEN, taught(2000, 20)), inputs=near)
    curve = explain(made).curve
    assert curve is not None
    near["threshold"] = round(curve.nobody[made.calls] - 0.00002, 5)
    chance, most = explain(made).why[-1].split(" and at most ")
    assert chance.rpartition("of ")[2].strip(",") not in most


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"window_abandoned": 80}, "No abandoned call could be borne any more"),
        ({"max_calls": 2}, "those that were left permitted 2 more calls."),
        ({"max_calls": 0}, "those that were left permitted no more call."),
        ({"max_calls": 1, "max_bound": Bound.CALLS_PER_SECOND}, "permitted 1 more call at this"),
        ({"max_calls": 1, "max_bound": Bound.NOBODY_CALLABLE}, "1 contact could be called at"),
        ({"list_left": 0}, "Nobody is left to call."),
        ({"t": 28800.0}, "The campaign's end was reached"),
        ({"agents": agents(AgentState.BREAK, 3)}, "No agent was signed in who could take a call"),
        ({"window_live": 0, "window_abandoned": 0}, "Nobody had answered yet in the window"),
        ({"calls": calls(CallStage.WAITING, 60)}, "No call was started."),
        ({"calls": ()}, "No call was under way without an agent."),
        ({"calls": calls(CallStage.WAITING, 1)}, "1 call was under way without an agent: 1 with a"),
    ],
)
def test_each_bound_of_the_law_is_said(changes: dict[str, object], says: str) -> None:
    """In a sentence of its own."""
    assert says in words(explained(replace(SEEN, **changes)))  # type: ignore[arg-type]


def test_what_was_possible_otherwise_is_said() -> None:
    """Each limit alone; contacts beyond the lines are not counted."""
    caps = {Bound.TRUNK: 5, Bound.CALLS_PER_SECOND: 9, Bound.NOBODY_CALLABLE: 6}
    told = words(explained(replace(SEEN, caps=caps, max_calls=5)))
    assert "by the lines 5, by calls a second 9, by the contacts who may be called now at" in told
    told = words(explained(replace(SEEN, caps=caps | {Bound.NOBODY_CALLABLE: 0}, max_calls=0)))
    assert "by the contacts who may be called now 0." in told


def test_a_cut_says_what_agents_would_have_borne() -> None:
    """Where the lines held back more than the forecast did."""
    assert "Agents would have borne more" in words(explained(replace(SEEN, max_calls=2)))


def test_the_guard_is_said() -> None:
    """Many calls on their way, and a limit that is nearly spent."""
    floor = agents(AgentState.TALK, 300, 200.0) + agents(AgentState.IDLE, 100)
    made = Kept(
        20,
        20,
        Bound.ABANDONMENT_BUDGET,
        None,
        kept(replace(SEEN, agents=floor), taught(2000, 20)).inputs,
    )
    assert "abandoned calls at once, the most that could be borne" in words(explain(made))


def test_the_first_calls_ring_out_first() -> None:
    """Nothing is known yet of those who answer late."""
    learnt = learnt_for(SETTINGS)
    for i in range(500):
        learnt.observe(Dialed(0.0, i))
        learnt.observe(Live(12.0, i, 9.0))
    found = explained(replace(SEEN, calls=(), window_live=500, window_abandoned=0), learnt)
    assert "The first calls of this run had not rung out yet" in words(found)


@pytest.mark.parametrize("mode", [DialMode.PREVIEW, DialMode.PROGRESSIVE])
def test_one_to_one_modes_are_said(mode: DialMode) -> None:
    """One call for each free agent; there is nothing to draw."""
    found = explained(asked=replace(SETTINGS, dial_mode=mode))
    assert f"In {mode} mode each call under way has a free agent of its own" in words(found)
    assert "4 free, 3 under way before" in words(found)
    assert found.curve is None
    shown = (
        "1 contact was shown to an agent." if mode is DialMode.PREVIEW else "1 call was started."
    )
    assert found.started == shown


def test_agentless_is_said() -> None:
    """Only lines, calls a second and the list count."""
    asked = replace(SETTINGS, dial_mode=DialMode.AGENTLESS)
    found = explained(replace(SEEN, agents=(), max_calls=7), asked=asked)
    assert "A recorded message needs no agent" in words(found)
    assert "free" not in words(found)


def test_a_fixed_ratio_is_said() -> None:
    """With the ratio itself."""
    found = explained(asked=replace(SETTINGS, calls_per_agent=1.5))
    assert "fixed ratio is 1.5 calls for each free agent: 4 free, 3 under way" in words(found)


def test_what_screening_held_back_is_said() -> None:
    """Permitted is not started."""
    found = explain(replace(kept(SEEN, taught(2000, 20)), calls=3, placed=1))
    assert found.started.startswith("3 calls were permitted, and 1 started: screening held")


@pytest.mark.parametrize("bound", list(Bound))
@pytest.mark.parametrize("number", [0, 1, 12])
def test_every_bound_has_a_sentence_without_any_figures(bound: Bound, number: int) -> None:
    """As where nothing may be dialed at all, and in rows from before figures were kept."""
    found = explain(Kept(number, number, bound.value))
    assert found.why
    assert "_" not in words(found)
    assert found.curve is None
    assert (found.seen, found.expected, found.permitted, found.ahead) == ((), (), (), ())


def test_when_the_next_contact_may_be_called_is_said() -> None:
    """With its instant."""
    until = datetime(2026, 11, 26, 13, 0, tzinfo=UTC)
    found = explain(Kept(bound=Bound.NOBODY_CALLABLE, until_at=until))
    assert found.why[-1] == "The next contact may be called from 2026-11-26 13:00:00 UTC on."
    assert "Nobody of the list may be called now" in found.why[0]


def test_a_bound_that_is_not_known_is_named() -> None:
    """A newer version may have written the row."""
    assert explain(Kept(bound="phase_of_moon")).why == (
        "What held the number back: phase of moon.",
    )


def test_a_row_of_the_first_version_is_explained_with_less() -> None:
    """It kept a few figures only: no curve, but all that they say."""
    old = {"idle": 4, "busy": 16, "in_flight": 3, "spare": 3.2, "threshold": 0.0581}
    found = explain(Kept(12, 12, inputs=old | {"live_rate": 0.25}))
    assert found.seen[0] == "4 agents were free and 16 busy."
    assert found.permitted == (
        "3.2 abandoned calls could still be borne within the limit, with a margin for doubt.",
        "A new call might therefore find nobody with a chance of at most 5.8 %.",
    )
    assert found.why == (
        "One more call would have been too likely to find nobody: at most 5.8 % was acceptable.",
    )
    assert found.curve is None


def test_figures_of_another_version_draw_no_curve() -> None:
    """Its chances would be those of this version, not those that decided."""
    made = kept(SEEN, taught(2000, 20))
    assert explain(replace(made, inputs=made.inputs | {"v": 99})).curve is None


def test_a_row_is_small() -> None:
    """A day has tens of thousands of ticks."""
    assert len(json.dumps(kept(SEEN, taught(2000, 20)).inputs, separators=(",", ":"))) < 620


@given(
    figures=st.dictionaries(
        st.sampled_from(
            ["v", "mode", "idle", "busy", "in_flight", "limit", "spare", "threshold", "live_rate"]
        ),
        st.integers(0, 3),
    ),
    bound=st.sampled_from(list(Bound)),
    number=st.integers(0, 9),
)
def test_rows_with_some_figures_are_explained(
    figures: dict[str, float], bound: Bound, number: int
) -> None:
    """Whatever is missing: something is said, and nothing fails."""
    assert explain(Kept(number, number, bound.value, None, figures)).why


@pytest.mark.parametrize("mode", list(DialMode))
def test_every_kept_figure_is_documented(mode: DialMode) -> None:
    """The page about explained decisions says what each name means."""
    page = (Path(__file__).parents[3] / "docs" / "pacing-explained.md").read_text()
    asked = replace(SETTINGS, dial_mode=mode)
    caps = dict.fromkeys((Bound.TRUNK, Bound.CALLS_PER_SECOND, Bound.NOBODY_CALLABLE), 9)
    seen = replace(SEEN, caps=caps, calls=tuple(calls(stage, 1)[0] for stage in CallStage))
    names = kept(seen, taught(2000, 20), asked).inputs
    # Of each node's figures the first and the last are named, of several ones the first.
    told = {re.sub(r"_\d+$", "_0", name.replace("1", "0")) for name in names}
    assert [name for name in told if f"`{name}`" not in page] == []
