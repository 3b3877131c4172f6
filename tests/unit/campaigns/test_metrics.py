"""Figures folded from events: by hand, and the same in any order with any copies."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.metrics import AgentFigures, CampaignMetrics, Durations, Imported
from compliance.abandonment_definitions import DefinitionName
from compliance.ended_call import EventFieldError

START = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)

Event = dict[str, object]


def instant(seconds: float) -> str:
    """So many seconds after START, as events write it."""
    at = START + timedelta(milliseconds=round(seconds * 1000))
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def event(detail_type: str, seconds: float, sequence: int = 1, **detail: object) -> Event:
    """An event at so many seconds after START; its id is made from what it says."""
    subject = detail.get("contactId") or detail.get("agentId") or detail.get("contactListId")
    return {
        "detail-type": detail_type,
        "time": instant(seconds),
        "detail": {
            "eventId": f"{detail_type}/{subject}/{sequence}",
            "sequence": sequence,
            "occurredAt": instant(seconds),
            "campaignId": "c",
            **detail,
        },
    }


def placed(attempt: str, contact: str, seconds: float = 0) -> Event:
    """The request to dial was sent."""
    return event("Call Placed", seconds, attemptId=attempt, contactId=contact)


def ended(
    attempt: str,
    *,
    answer: float | None = 0,
    agent: float | None = None,
    end: float = 60,
    answered_by: str = "human",
    time: float | None = None,
) -> Event:
    """A call that is over; seconds after START."""
    return event(
        "Call Ended",
        end if time is None else time,
        attemptId=attempt,
        contactId=f"contact of {attempt}",
        answeredBy=answered_by,
        dialMode="predictive",
        connectedToSystem=None if answer is None else instant(answer),
        customerGreetingStart=None,
        customerGreetingStop=None,
        connectedToAgent=None if agent is None else instant(agent),
        disconnected=None if answer is None else instant(end),
        disconnectedBy=None if answer is None else "system",
        recordedMessagePlayed=False,
    )


def folded(*events: Event) -> CampaignMetrics:
    """The fold over these, in this order."""
    metrics = CampaignMetrics("c")
    for each in events:
        metrics.add(each)
    return metrics


# --------------------------------------------------------------------------- contacts, attempts


def test_nothing_yet() -> None:
    """An empty fold has zeros and no rates."""
    figures = folded().figures()
    assert figures.imported == Imported()
    assert (figures.attempts, figures.contacts_remaining) == (0, 0)
    assert figures.answer_rate is None
    assert figures.penetration_rate is None
    assert figures.time_to_agent == Durations(0, None, None)
    assert figures.agents == AgentFigures(0, 0.0, 0.0, 0.0, None, None)
    assert figures.abandonment == ()


def test_the_list_and_how_far_it_is_worked() -> None:
    """Penetration counts contacts, not attempts; remaining are those not finished."""
    counts = {"read": 10, "accepted": 8, "rejected": 1, "duplicate": 1}
    figures = folded(
        event("Contact List Imported", 0, contactListId="l", **counts),
        placed("a1", "x"),
        placed("a2", "x"),
        placed("a3", "y"),
        event("Contact Finished", 9, 4, contactId="x", reason="conversation"),
        event("Contact Finished", 9, 2, contactId="z", reason="denied"),
    ).figures()
    assert figures.imported == Imported(read=10, accepted=8, rejected=1, duplicate=1)
    assert (figures.contacts_attempted, figures.attempts) == (2, 3)
    assert figures.penetration_rate == 0.25
    assert figures.contacts_finished == {"conversation": 1, "denied": 1}
    assert figures.contacts_remaining == 6


def test_a_list_read_twice_adds_up() -> None:
    """A later import into the same list is another event; a copy of one is not."""
    first = event(
        "Contact List Imported",
        0,
        1,
        contactListId="l",
        read=3,
        accepted=2,
        rejected=1,
        duplicate=0,
    )
    second = event(
        "Contact List Imported",
        0,
        2,
        contactListId="l",
        read=4,
        accepted=1,
        rejected=0,
        duplicate=3,
    )
    assert folded(first, second, first).figures().imported == Imported(7, 3, 1, 3)


def test_another_lists_import_is_left_out() -> None:
    """Imports name no campaign, so the list may be named instead."""
    metrics = CampaignMetrics("c", contact_list_id="mine")
    for each in ("mine", "theirs"):
        counts = {"read": 1, "accepted": 1, "rejected": 0, "duplicate": 0}
        imported = event("Contact List Imported", 0, contactListId=each, **counts)
        imported["detail"] = {
            name: value
            for name, value in dict(imported["detail"]).items()  # type: ignore[call-overload]
            if name != "campaignId"
        }
        metrics.add(imported)
    assert metrics.figures().imported.accepted == 1


def test_dispositions_and_reasons_are_sorted() -> None:
    """The same figures are the same text."""
    names = ["no_answer", "busy", "machine", "busy"]
    figures = folded(
        *(
            event("Disposition Recorded", 1, 3, attemptId=str(n), contactId="x", disposition=name)
            for n, name in enumerate(names)
        )
    ).figures()
    assert list(figures.attempts_by_disposition.items()) == [
        ("busy", 2),
        ("machine", 1),
        ("no_answer", 1),
    ]


def test_a_contact_that_finished_twice_counts_once() -> None:
    """After a campaign was reopened the later reason stands, in whichever order it comes."""
    early = event("Contact Finished", 1, 5, contactId="x", reason="campaign_ended")
    late = event("Contact Finished", 2, 9, contactId="x", reason="conversation")
    for order in ((early, late), (late, early)):
        assert folded(*order).figures().contacts_finished == {"conversation": 1}


def test_other_campaigns_are_left_out() -> None:
    """Also their agents, where the event says whose they are."""
    other = placed("a", "x")
    other["detail"] = {"campaignId": "other"}
    assert folded(other).figures().attempts == 0


def test_unknown_events_pass() -> None:
    """Consumers ignore what they do not know."""
    assert folded(event("Pacing Changed", 1, bound="lines")).figures().attempts == 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (event("Call Placed", 0, contactId="x"), "detail.attemptId"),
        (event("Disposition Recorded", 0, attemptId="a", contactId="x"), "detail.disposition"),
        (event("Agent State Changed", 0, agentId="a", state="asleep"), "detail.state"),
        (event("Agent State Changed", 0, -1, agentId="a", state="idle"), "detail.sequence"),
        (event("Contact List Imported", 0, contactListId="l", read=True), "detail.read"),
        ({"detail-type": "Call Placed"}, "detail"),
    ],
)
def test_a_wrong_field_is_named(wrong: Event, field: str) -> None:
    """A broken event is refused by name."""
    with pytest.raises(EventFieldError) as caught:
        folded(wrong)
    assert caught.value.field == field


# --------------------------------------------------------------------------- calls


def test_answer_rates() -> None:
    """The network's answers and the persons among them, of the calls that ended."""
    figures = folded(
        ended("1", agent=1),
        ended("2", agent=1, answered_by="unknown"),
        ended("3", answered_by="machine"),
        ended("4", answer=None, answered_by="nobody"),
        ended("5", answer=None, answered_by="nobody"),
        ended("6", answer=None, answered_by="nobody"),
    ).figures()
    assert (figures.calls_ended, figures.answered, figures.live_answered) == (6, 3, 2)
    assert (figures.answer_rate, figures.live_answer_rate) == (0.5, 0.3333)


def test_time_to_agent_and_contact_duration() -> None:
    """Every call that has both ends, machines too; nothing from one that nobody took."""
    figures = folded(
        ended("1", answer=10, agent=10.5, end=70),
        ended("2", answer=20, agent=21.001, end=30.002),
        ended("3", answer=30, end=33, answered_by="machine"),
        ended("4", answer=None, answered_by="nobody"),
    ).figures()
    # (0.5 + 1.001) / 2 = 0.7505, half up
    assert figures.time_to_agent == Durations(2, 0.751, 1.001)
    # (60 + 10.002 + 3) / 3 = 24.334
    assert figures.contact_duration == Durations(3, 24.334, 60.0)


@pytest.mark.parametrize(
    ("count", "p95"),
    [(1, 1), (10, 10), (19, 19), (20, 19), (21, 20), (39, 38), (40, 38), (100, 95)],
)
def test_p95_is_the_nearest_rank(count: int, p95: int) -> None:
    """Of 1, 2, ... n seconds it is the ceil(0.95 n)-th, never a value between two."""
    calls = (ended(str(n), answer=0, agent=n, end=500) for n in range(count, 0, -1))
    assert folded(*calls).figures().time_to_agent.p95 == p95


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=60))
def test_mean_and_p95_against_a_plain_recount(waits: list[int]) -> None:
    """Milliseconds in any order, against fractions and a sort."""
    calls = (ended(str(n), agent=wait / 1000, end=10**5) for n, wait in enumerate(waits))
    found = folded(*calls).figures().time_to_agent
    mean = Fraction(sum(waits), len(waits))
    assert found.mean == math.floor(mean + Fraction(1, 2)) / 1000
    assert found.p95 == sorted(waits)[math.ceil(Fraction(95 * len(waits), 100)) - 1] / 1000


def test_the_earlier_of_two_differing_copies_counts() -> None:
    """What the first told is taken back entirely when the earlier one turns up."""
    early = ended("1", answer=0, agent=1, end=50, time=51)
    late = ended("1", answer=5, end=60, answered_by="machine", time=61)
    assert folded(late, early).figures() == folded(early).figures(START + timedelta(seconds=61))


def test_abandonment_side_by_side() -> None:
    """An agent 3 s into silence: in time in the us (4 s), abandoned in the uk (2 s)."""
    metrics = folded(ended("1", answer=0, agent=3), ended("2", answer=0, agent=1))
    shown = {r.definition.name.value: r.rate_percent for r in metrics.figures().abandonment}
    assert shown == {"ca-crtc": 50.0, "uk-ofcom": 50.0, "us-fcc": 0.0, "us-ftc": 0.0}
    now = metrics.abandonment_at(DefinitionName.UK_OFCOM, START)
    assert (now.counts.live_answered, now.counts.abandoned) == (2, 1)
    tomorrow = metrics.abandonment_at(DefinitionName.UK_OFCOM, START + timedelta(days=1))
    assert tomorrow.counts.live_answered == 0


# --------------------------------------------------------------------------- order and copies


@st.composite
def calls_day(draw: st.DrawFn) -> list[Event]:
    """Some calls with all that follows them."""
    events: list[Event] = []
    for n in range(draw(st.integers(0, 6))):
        attempt, contact = f"a{n}", draw(st.sampled_from("xyz"))
        answer = draw(st.none() | st.integers(0, 200_000))
        agent = None if answer is None else draw(st.none() | st.integers(answer, answer + 5))
        end = (answer or 0) + draw(st.integers(5, 100))
        who = "nobody" if answer is None else draw(st.sampled_from(["human", "machine", "unknown"]))
        disposition = draw(st.sampled_from(["busy", "machine", "conversation"]))
        reason = draw(st.sampled_from(["conversation", "campaign_ended"]))
        events += [
            placed(attempt, contact),
            ended(attempt, answer=answer, agent=agent, end=end, answered_by=who),
            event(
                "Disposition Recorded",
                end,
                n * 3 + 2,
                attemptId=attempt,
                contactId=contact,
                disposition=disposition,
            ),
            event("Contact Finished", end, n * 3 + 3, contactId=contact, reason=reason),
        ]
    return events


@given(log=calls_day(), data=st.data())
def test_order_and_copies_change_nothing(log: list[Event], data: st.DataObject) -> None:
    """Any permutation with any copies gives the figures of the log read once (E4)."""
    copies = data.draw(st.lists(st.sampled_from(log), max_size=10)) if log else []
    arrived = data.draw(st.permutations(log + copies))
    assert folded(*arrived).figures() == folded(*log).figures()


@given(calls=calls_day())
def test_figures_may_be_read_at_any_time(calls: list[Event]) -> None:
    """Reading changes nothing: a live page and the report agree at the end."""
    metrics = CampaignMetrics("c")
    for each in calls:
        metrics.add(each)
        metrics.figures()
    assert metrics.figures() == folded(*calls).figures()
