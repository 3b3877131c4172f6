"""Which call is live, which is abandoned: hand-computed tables for every definition."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.abandonment import (
    CampaignDefinition,
    Counts,
    count,
    deadline,
    is_abandoned,
)
from compliance.abandonment_definitions import (
    DEFINITIONS,
    AnsweredBy,
    ConnectionStartPoint,
    DefinitionName,
    DisconnectedBy,
)
from compliance.case import DialMode
from compliance.ended_call import EndedCall

ANSWER = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
TWO = timedelta(seconds=2)

OUT = Counts()
PLACED = Counts(rate_of=1)
LIVE = Counts(rate_of=1, live_answered=1)
GONE = Counts(rate_of=1, live_answered=1, abandoned=1)
MEANING = {"out": OUT, "placed": PLACED, "live": LIVE, "gone": GONE}


def after(seconds: float | None) -> datetime | None:
    """So many seconds after the answer, to the millisecond."""
    if seconds is None:
        return None
    return ANSWER + timedelta(milliseconds=round(seconds * 1000))


def call(
    *,
    start: float | None = None,
    stop: float | None = None,
    agent: float | None = None,
    end: float | None = None,
    by: DisconnectedBy | None = DisconnectedBy.CUSTOMER,
    answered_by: AnsweredBy = AnsweredBy.HUMAN,
    dial_mode: DialMode = DialMode.PREDICTIVE,
    message: bool = False,
) -> EndedCall:
    """A call answered at ANSWER; every number is in seconds after that."""
    return EndedCall(
        campaign_id="campaign",
        attempt_id="attempt",
        time=ANSWER + timedelta(minutes=5),
        answered_by=answered_by,
        dial_mode=dial_mode,
        connected_to_system=ANSWER,
        greeting_start=after(start),
        greeting_stop=after(stop),
        connected_to_agent=after(agent),
        disconnected=after(end),
        disconnected_by=by,
        recorded_message_played=message,
    )


def greeted(
    *,
    agent: float | None = None,
    end: float | None = 60,
    by: DisconnectedBy | None = DisconnectedBy.CUSTOMER,
    message: bool = False,
) -> EndedCall:
    """A call with a greeting from 0.5 to 1.2 s: an agent is due at 3.2 (us), 2.5 (uk), 2.0 (ca)."""
    return call(start=0.5, stop=1.2, agent=agent, end=end, by=by, message=message)


SYSTEM, AGENT = DisconnectedBy.SYSTEM, DisconnectedBy.AGENT
MACHINE, UNKNOWN, NOBODY = AnsweredBy.MACHINE, AnsweredBy.UNKNOWN, AnsweredBy.NOBODY
PREVIEW, PROGRESSIVE = DialMode.PREVIEW, DialMode.PROGRESSIVE
AGENTLESS = DialMode.AGENTLESS

# Each row: what happened, what it adds under us (ftc, fcc), uk and ca, and the call.
CASES: list[tuple[str, str, EndedCall]] = [
    ("agent at once", "live live live", call(start=0.3, stop=0.9, agent=0.4, end=60)),
    ("agent before the greeting", "live live live", call(start=1, stop=2, agent=0.5, end=60)),
    ("agent 1.999 s after the stop", "live gone gone", greeted(agent=3.199, end=60)),
    ("agent 2.000 s after the stop", "live gone gone", greeted(agent=3.2, end=60)),
    ("agent 2.001 s after the stop", "gone gone gone", greeted(agent=3.201, end=60)),
    ("agent 2.000 s after the start", "live live gone", greeted(agent=2.5, end=60)),
    ("agent 2.001 s after the start", "live gone gone", greeted(agent=2.501, end=60)),
    ("agent 2.000 s after the answer", "live live live", greeted(agent=2.0, end=60)),
    ("agent 2.001 s after the answer", "live live gone", greeted(agent=2.001, end=60)),
    ("connected very late", "gone gone gone", greeted(agent=30, end=60)),
    ("the published example", "live gone gone", call(start=0.9, stop=1.7, agent=3.45, end=60)),
    # No greeting at all: due at 4.0 (us), 2.0 (uk, ca).
    ("silence, agent at 2.000", "live live live", call(agent=2.0, end=60)),
    ("silence, agent at 2.001", "live gone gone", call(agent=2.001, end=60)),
    ("silence, agent at 4.000", "live gone gone", call(agent=4.0, end=60)),
    ("silence, agent at 4.001", "gone gone gone", call(agent=4.001, end=60)),
    # The greeting starts at 1.0 and never ends: due at 4.0 (us), 3.0 (uk), 2.0 (ca).
    ("endless greeting, agent at 3.0", "live live gone", call(start=1.0, agent=3.0, end=60)),
    ("endless greeting, agent at 4.0", "live gone gone", call(start=1.0, agent=4.0, end=60)),
    ("endless greeting, agent at 4.001", "gone gone gone", call(start=1.0, agent=4.001, end=60)),
    # A greeting of 10 s: due at 12.0 (us), 2.2 (uk), 2.0 (ca).
    ("long greeting, agent at 11", "live gone gone", call(start=0.2, stop=10, agent=11, end=60)),
    (
        "long greeting, agent at 12.001",
        "gone gone gone",
        call(start=0.2, stop=10, agent=12.001, end=60),
    ),
    # Nobody came.
    ("message played", "gone gone gone", greeted(end=9, by=SYSTEM, message=True)),
    ("dropped by us", "gone gone gone", greeted(end=3.5, by=SYSTEM)),
    ("dropped by us within 2 s", "gone gone gone", greeted(end=1.3, by=SYSTEM)),
    ("dropped in silence", "gone gone gone", call(end=6, by=SYSTEM)),
    ("it is not told who ended it", "gone gone gone", greeted(end=1.3, by=None)),
    ("it is not told when it ended", "gone gone gone", greeted(end=None)),
    # The customer leaves before an agent.
    ("left during the greeting", "live out live", call(start=0.5, end=0.9)),
    ("left in silence at 1.9", "live out live", call(end=1.9)),
    ("left at 2.000 after the answer", "live out live", greeted(end=2.0)),
    ("left at 2.001 after the answer", "live out gone", greeted(end=2.001)),
    ("left 2.000 after the start", "live out gone", greeted(end=2.5)),
    ("left 2.001 after the start", "live gone gone", greeted(end=2.501)),
    ("left 2.000 after the stop", "live gone gone", greeted(end=3.2)),
    ("left 2.001 after the stop", "gone gone gone", greeted(end=3.201)),
    ("left in silence at 4.000", "live gone gone", call(end=4.0)),
    ("gave up waiting at 5 s", "gone gone gone", greeted(end=6.2)),
    # The customer leaves an agent who was in time: a conversation, however short.
    ("left the agent at once", "live live live", greeted(agent=0.6, end=1.0)),
    ("the agent hung up", "live live live", greeted(agent=0.6, end=1.0, by=AGENT)),
    # Who answered.
    (
        "unknown is a person, connected",
        "live live live",
        call(agent=1, end=60, answered_by=UNKNOWN),
    ),
    ("unknown is a person, dropped", "gone gone gone", call(end=3, by=SYSTEM, answered_by=UNKNOWN)),
    ("machine, dropped", "out out placed", call(end=3, by=SYSTEM, answered_by=MACHINE)),
    ("machine, given to an agent", "out out placed", call(agent=1, end=9, answered_by=MACHINE)),
    ("nobody", "out out placed", call(answered_by=NOBODY, by=None)),
    # How it was dialed: only predictive calls in Canada, agentless ones nowhere.
    ("progressive, dropped", "gone gone out", call(end=9, by=SYSTEM, dial_mode=PROGRESSIVE)),
    ("progressive, connected", "live live out", call(agent=1, end=9, dial_mode=PROGRESSIVE)),
    ("preview, late", "gone gone out", call(agent=9, end=19, dial_mode=PREVIEW)),
    ("agentless, a person", "out out out", call(end=9, dial_mode=AGENTLESS, message=True)),
    ("agentless, a machine", "out out out", call(end=9, dial_mode=AGENTLESS, answered_by=MACHINE)),
    ("agentless, nobody", "out out out", call(dial_mode=AGENTLESS, answered_by=NOBODY)),
]


@pytest.mark.parametrize(
    ("expected", "ended"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_one_call_adds(expected: str, ended: EndedCall) -> None:
    """The same call under each definition, worked out by hand."""
    us, uk, ca = (MEANING[word] for word in expected.split())
    added = {name: count(ended, definition) for name, definition in DEFINITIONS.items()}
    assert added == {
        DefinitionName.US_FTC: us,
        DefinitionName.US_FCC: us,
        DefinitionName.UK_OFCOM: uk,
        DefinitionName.CA_CRTC: ca,
    }


@pytest.mark.parametrize("name", DefinitionName)
def test_without_an_instant_to_count_from_a_person_is_abandoned(name: DefinitionName) -> None:
    """An agent who cannot be shown to be in time is late; so is a hang-up."""
    for ended in (call(agent=0.5, end=60), call(end=0.5)):
        unclocked = replace(ended, connected_to_system=None)
        assert count(unclocked, DEFINITIONS[name]) == GONE


def test_a_greeting_alone_starts_the_clock() -> None:
    """Without the network's answer the greeting still tells, where the definition asks for it."""
    ended = replace(call(start=0.5, stop=1.0, agent=2.5, end=60), connected_to_system=None)
    assert count(ended, DEFINITIONS[DefinitionName.US_FTC]) == LIVE
    assert count(ended, DEFINITIONS[DefinitionName.UK_OFCOM]) == LIVE
    assert count(ended, DEFINITIONS[DefinitionName.CA_CRTC]) == GONE


@pytest.mark.parametrize("name", DefinitionName)
@given(
    agent=st.none() | st.integers(0, 20_000),
    end=st.integers(0, 20_000),
    stop=st.none() | st.integers(0, 9_000),
    by=st.sampled_from(DisconnectedBy),
    answered_by=st.sampled_from(AnsweredBy),
    dial_mode=st.sampled_from(DialMode),
)
def test_the_figures_nest(
    name: DefinitionName,
    agent: int | None,
    end: int,
    stop: int | None,
    by: DisconnectedBy,
    answered_by: AnsweredBy,
    dial_mode: DialMode,
) -> None:
    """Whatever the call: abandoned calls are live-answered, and those are in the denominator."""
    ended = call(
        stop=None if stop is None else stop / 1000,
        agent=None if agent is None else agent / 1000,
        end=end / 1000,
        by=by,
        answered_by=answered_by,
        dial_mode=dial_mode,
    )
    counts = count(ended, DEFINITIONS[name])
    assert 0 <= counts.abandoned <= counts.live_answered <= counts.rate_of <= 1


def test_a_later_agent_never_helps() -> None:
    """Once late, late: the count of abandoned never falls as the agent's instant moves back."""
    for definition in DEFINITIONS.values():
        counts = [
            count(call(start=0.5, stop=1.5, agent=tenths / 10, end=60), definition).abandoned
            for tenths in range(80)
        ]
        assert counts == sorted(counts)
        assert {counts[0], counts[-1]} == {0, 1}


# --------------------------------------------------------------------------- the deadline

START_POINTS = [
    # start point, greeting start, greeting stop, seconds from the answer to the deadline
    (ConnectionStartPoint.CONNECTED_TO_SYSTEM, 0.5, 1.5, 2.0),
    (ConnectionStartPoint.CONNECTED_TO_SYSTEM, None, None, 2.0),
    (ConnectionStartPoint.GREETING_START, 0.5, 1.5, 2.5),
    (ConnectionStartPoint.GREETING_START, 0.5, None, 2.5),
    (ConnectionStartPoint.GREETING_START, None, None, 2.0),
    (ConnectionStartPoint.GREETING_END, 0.5, 1.5, 3.5),
    (ConnectionStartPoint.GREETING_END, 0.5, None, 4.0),
    (ConnectionStartPoint.GREETING_END, None, None, 4.0),
]


@pytest.mark.parametrize(("point", "start", "stop", "due"), START_POINTS)
def test_deadline(
    point: ConnectionStartPoint, start: float | None, stop: float | None, due: float
) -> None:
    """Each start point, and what stands in for a greeting that was not heard."""
    found = deadline(
        point,
        TWO,
        connected_to_system=ANSWER,
        greeting_start=after(start),
        greeting_stop=after(stop),
    )
    assert found == after(due)


@pytest.mark.parametrize("point", ConnectionStartPoint)
def test_no_deadline_before_anything_happened(point: ConnectionStartPoint) -> None:
    """A call that nobody answered has no clock."""
    assert deadline(point, TWO, connected_to_system=None) is None


def test_a_campaigns_own_threshold() -> None:
    """A campaign may give itself less time, or more, than the law."""
    ended = call(start=0.5, stop=1.0, agent=4.0, end=60)
    end = ConnectionStartPoint.GREETING_END
    assert not is_abandoned(ended, end, timedelta(seconds=3))
    assert is_abandoned(ended, end, timedelta(seconds=2.999))


# --------------------------------------------------------------------------- a campaign's target

OWN = CampaignDefinition(
    target_rate=0.03,
    start_point=ConnectionStartPoint.GREETING_END,
    threshold=TWO,
    evaluation_window=timedelta(hours=24),
)


def test_own_target_rolls() -> None:
    """A call counts until it is exactly as old as the window, and not before it happened."""
    dropped = call(end=9, by=SYSTEM)
    day = timedelta(hours=24)
    millisecond = timedelta(milliseconds=1)
    assert OWN.counts([dropped], ANSWER - millisecond) == OUT
    assert OWN.counts([dropped], ANSWER) == GONE
    assert OWN.counts([dropped], ANSWER + day - millisecond) == GONE
    assert OWN.counts([dropped], ANSWER + day) == OUT


def test_own_target_counts_as_the_us_does() -> None:
    """A customer who left early is live; machines and agentless calls are in no figure."""
    calls = [
        call(agent=1, end=9),
        call(end=1),
        call(end=9),
        call(end=9, answered_by=AnsweredBy.MACHINE),
        call(end=9, dial_mode=DialMode.AGENTLESS),
    ]
    assert OWN.counts(calls, ANSWER) == Counts(rate_of=3, live_answered=3, abandoned=1)


@pytest.mark.parametrize(
    ("rate", "millionths"), [(0.03, 30_000), (0.0, 0), (0.029, 29_000), (0.999999, 999_999)]
)
def test_own_limit_is_a_whole_number(rate: float, millionths: int) -> None:
    """A share that a binary float cannot hold becomes exact millionths."""
    assert replace(OWN, target_rate=rate).limit_millionths == millionths


@pytest.mark.parametrize("rate", [-0.01, 1.0, 1.5])
def test_own_target_must_be_one_that_can_be_missed(rate: float) -> None:
    """100 % and more would permit everything; below 0 nothing is possible."""
    with pytest.raises(ValueError, match="below 100"):
        replace(OWN, target_rate=rate)


def test_every_definition_cites_its_source() -> None:
    """The data says whose rule it is, under the name it is published by."""
    assert {name: (d.limit_percent, d.status.value) for name, d in DEFINITIONS.items()} == {
        "us-ftc": (3.0, "safe_harbor"),
        "us-fcc": (3.0, "hard_limit"),
        "uk-ofcom": (3.0, "own_ceiling"),
        "ca-crtc": (5.0, "hard_limit"),
    }
    for definition in DEFINITIONS.values():
        assert definition.citation
