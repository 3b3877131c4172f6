"""Which window a call belongs to: 30-day blocks, London's days, UTC months."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.abandonment_definitions import (
    DEFINITIONS,
    AnsweredBy,
    DefinitionName,
    DisconnectedBy,
)
from compliance.abandonment_rates import AbandonmentTally, Window, distinct, rates, window_at
from compliance.case import DialMode
from compliance.ended_call import EndedCall, parse_instant

US, FCC = DefinitionName.US_FTC, DefinitionName.US_FCC
UK, CA = DefinitionName.UK_OFCOM, DefinitionName.CA_CRTC


def at(text: str) -> datetime:
    """An instant, `Z` and seconds optional."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def live(
    attempt: str,
    answer: datetime,
    *,
    abandoned: bool = False,
    campaign: str = "c",
    time: datetime | None = None,
    dial_mode: DialMode = DialMode.PREDICTIVE,
) -> EndedCall:
    """A person who got an agent after 1 s, or nobody."""
    return EndedCall(
        campaign_id=campaign,
        attempt_id=attempt,
        time=time or answer + timedelta(minutes=3),
        answered_by=AnsweredBy.HUMAN,
        dial_mode=dial_mode,
        connected_to_system=answer,
        connected_to_agent=None if abandoned else answer + timedelta(seconds=1),
        disconnected=answer + timedelta(minutes=3),
        disconnected_by=DisconnectedBy.SYSTEM,
    )


def unanswered(
    attempt: str, time: datetime, *, dial_mode: DialMode = DialMode.PREDICTIVE
) -> EndedCall:
    """A call that nobody took."""
    return EndedCall(
        campaign_id="c",
        attempt_id=attempt,
        time=time,
        answered_by=AnsweredBy.NOBODY,
        dial_mode=dial_mode,
    )


# --------------------------------------------------------------------------- the windows alone

WINDOWS = [
    # definition, instant, first call, start, end
    (US, "2026-01-10T12:00", "2026-01-10T12:00", "2026-01-10", "2026-02-09"),
    (US, "2026-02-08T23:59:59.999", "2026-01-10T12:00", "2026-01-10", "2026-02-09"),
    (US, "2026-02-09T00:00", "2026-01-10T12:00", "2026-02-09", "2026-03-11"),
    (US, "2026-02-09T00:00", "2026-01-10T23:59:59", "2026-02-09", "2026-03-11"),
    (US, "2026-02-09T00:00", "2026-01-10T00:00", "2026-02-09", "2026-03-11"),
    (US, "2026-03-11T00:00", "2026-01-10T12:00", "2026-03-11", "2026-04-10"),
    (FCC, "2028-02-29T10:00", "2028-02-01T00:00", "2028-02-01", "2028-03-02"),
    (UK, "2026-01-10T00:00", "2026-01-01T00:00", "2026-01-10T00:00", "2026-01-11T00:00"),
    (UK, "2026-01-09T23:59:59.999", "2026-01-01", "2026-01-09T00:00", "2026-01-10T00:00"),
    # British summer time: the day begins at 23:00 UTC of the day before.
    (UK, "2026-07-10T22:59:59.999", "2026-01-01", "2026-07-09T23:00", "2026-07-10T23:00"),
    (UK, "2026-07-10T23:00", "2026-01-01", "2026-07-10T23:00", "2026-07-11T23:00"),
    # 29 March 2026 has 23 hours, 25 October 2026 has 25.
    (UK, "2026-03-29T00:30", "2026-01-01", "2026-03-29T00:00", "2026-03-29T23:00"),
    (UK, "2026-03-29T22:59:59.999", "2026-01-01", "2026-03-29T00:00", "2026-03-29T23:00"),
    (UK, "2026-03-29T23:00", "2026-01-01", "2026-03-29T23:00", "2026-03-30T23:00"),
    (UK, "2026-10-24T23:00", "2026-01-01", "2026-10-24T23:00", "2026-10-26T00:00"),
    (UK, "2026-10-25T23:59:59.999", "2026-01-01", "2026-10-24T23:00", "2026-10-26T00:00"),
    (UK, "2026-10-26T00:00", "2026-01-01", "2026-10-26T00:00", "2026-10-27T00:00"),
    (CA, "2026-11-30T23:59:59.999", "2026-01-01", "2026-11-01", "2026-12-01"),
    (CA, "2026-12-01T00:00", "2026-01-01", "2026-12-01", "2027-01-01"),
    (CA, "2026-02-28T23:59", "2026-01-01", "2026-02-01", "2026-03-01"),
    (CA, "2028-02-29T23:59", "2026-01-01", "2028-02-01", "2028-03-01"),
    (CA, "2026-01-31T23:59", "2026-01-01", "2026-01-01", "2026-02-01"),
]


@pytest.mark.parametrize(("name", "instant", "first", "start", "end"), WINDOWS)
def test_window(name: DefinitionName, instant: str, first: str, start: str, end: str) -> None:
    """Boundaries, days with 23 and 25 hours, leap years."""
    window = window_at(DEFINITIONS[name], at(instant), at(first))
    assert window == Window(at(start), at(end))


@given(
    name=st.sampled_from(DefinitionName),
    instant=st.integers(0, 40_000 * 86_400).map(lambda second: datetime.fromtimestamp(second, UTC)),
    since_first=st.timedeltas(timedelta(0), timedelta(days=400)),
)
def test_windows_tile_time(name: DefinitionName, instant: datetime, since_first: timedelta) -> None:
    """Each instant lies in one window, and the next window begins where it ends."""
    definition, first = DEFINITIONS[name], instant - since_first
    window = window_at(definition, instant, first)
    assert instant in window
    assert window_at(definition, window.start, first) == window
    assert window_at(definition, window.end, first).start == window.end
    if definition.window.value == "thirty_day_block":
        assert window.end - window.start == timedelta(days=30)


# --------------------------------------------------------------------------- calls in windows


def starts(calls: list[EndedCall], name: DefinitionName) -> list[tuple[str, int, int]]:
    """The lines of one definition: start, live-answered, abandoned."""
    return [
        (r.window.start.isoformat()[:16], r.counts.live_answered, r.counts.abandoned)
        for r in rates(calls, [name])
    ]


def test_blocks_count_from_the_first_call_of_any_outcome() -> None:
    """A call that nobody took sets the first day, though it is in no us figure."""
    answered = live("b", at("2026-02-09T08:00"))
    assert starts([answered], US) == [("2026-02-09T00:00", 1, 0)]
    first = unanswered("a", at("2026-01-10T23:59:59"))
    assert starts([answered, first], US) == [("2026-02-09T00:00", 1, 0)]
    earlier = unanswered("a", at("2026-01-11T00:00:00"))
    assert starts([answered, earlier], US) == [("2026-01-11T00:00", 1, 0)]


def test_an_agentless_call_may_be_the_first() -> None:
    """The periods run with the campaign, not with how it dials."""
    first = unanswered("a", at("2026-01-20T10:00"), dial_mode=DialMode.AGENTLESS)
    answered = live("b", at("2026-01-31T10:00"))
    assert starts([answered, first], US) == [("2026-01-20T00:00", 1, 0)]


def test_the_first_call_may_be_told_of_last() -> None:
    """Every block moves when an earlier call turns up."""
    tally = AbandonmentTally()
    tally.add(live("b", at("2026-03-01T10:00")))
    tally.add(live("c", at("2026-03-29T10:00")))
    assert [r.counts.live_answered for r in tally.rates([US])] == [2]
    tally.add(live("a", at("2026-02-01T10:00")))
    assert [r.counts.live_answered for r in tally.rates([US])] == [2, 1]


def test_a_call_belongs_to_the_window_of_its_answer() -> None:
    """A call over midnight counts on the day it was answered, not when it ended."""
    over_midnight = live("a", at("2026-01-09T23:59:59"), time=at("2026-01-10T00:04"))
    assert starts([over_midnight], UK) == [("2026-01-09T00:00", 1, 0)]


def test_a_call_nobody_took_belongs_to_its_events_window() -> None:
    """There is no answer to go by, so the event's time decides the month."""
    calls = [
        unanswered("a", at("2026-11-30T23:59:59.999")),
        unanswered("b", at("2026-12-01T00:00")),
    ]
    found = rates(calls, [CA])
    assert [(r.window.start.month, r.counts.rate_of) for r in found] == [(11, 1), (12, 1)]


def test_a_window_without_a_counted_call_has_no_line() -> None:
    """Machines and calls nobody took leave no line in the us and uk, and an empty block none."""
    calls = [
        live("a", at("2026-01-01T10:00")),
        unanswered("b", at("2026-02-10T10:00")),
        live("c", at("2026-03-20T10:00"), abandoned=True),
    ]
    assert starts(calls, US) == [("2026-01-01T00:00", 1, 0), ("2026-03-02T00:00", 1, 1)]
    assert starts(calls, UK) == [("2026-01-01T00:00", 1, 0), ("2026-03-20T00:00", 1, 1)]
    assert starts([unanswered("b", at("2026-02-10T10:00"))], US) == []


def test_an_early_hang_up_alone_leaves_no_uk_line() -> None:
    """It is in neither figure there; in the us it is live-answered."""
    hung_up = EndedCall(
        campaign_id="c",
        attempt_id="a",
        time=at("2026-01-01T10:01"),
        answered_by=AnsweredBy.HUMAN,
        dial_mode=DialMode.PREDICTIVE,
        connected_to_system=at("2026-01-01T10:00"),
        disconnected=at("2026-01-01T10:00:01"),
        disconnected_by=DisconnectedBy.CUSTOMER,
    )
    assert starts([hung_up], UK) == []
    assert starts([hung_up], US) == [("2026-01-01T00:00", 1, 0)]


def test_canada_takes_the_rate_of_all_placed() -> None:
    """1 abandoned of 2 answered live is 5 % of 20 placed: within the limit, as 20 decide it."""
    calls = [live("a", at("2026-11-02T10:00"), abandoned=True), live("b", at("2026-11-02T10:01"))]
    calls += [unanswered(f"n{i}", at("2026-11-03T10:00")) for i in range(18)]
    (rate,) = rates(calls, [CA])
    line = rate.line()
    assert (line["liveAnswered"], line["abandoned"]) == (2, 1)
    assert (line["ratePercent"], line["withinLimit"]) == (5.0, True)
    (rate,) = rates(calls[:-1], [CA])
    assert (rate.line()["ratePercent"], rate.line()["withinLimit"]) == (5.26, False)


def test_canada_without_a_live_answer_has_no_rate() -> None:
    """The line is there, since calls were placed; the rate is null."""
    (rate,) = rates([unanswered("a", at("2026-11-03T10:00"))], [CA])
    line = rate.line()
    assert (line["liveAnswered"], line["ratePercent"], line["withinLimit"]) == (0, None, True)


def test_lines_are_sorted_by_campaign_definition_and_start() -> None:
    """Whatever the order of the calls."""
    calls = [
        live("1", at("2026-05-20T10:00"), campaign="b"),
        live("2", at("2026-03-20T10:00"), campaign="b"),
        live("3", at("2026-04-20T10:00"), campaign="a"),
    ]
    keys = [(r.campaign_id, r.definition.name.value, r.window.start) for r in rates(calls)]
    assert keys == sorted(keys)
    assert len(keys) == 12
    assert [key[1] for key in keys[:4]] == ["ca-crtc", "uk-ofcom", "us-fcc", "us-ftc"]


def test_campaigns_are_never_averaged() -> None:
    """Each campaign has its own blocks and its own rate."""
    calls = [
        live("1", at("2026-05-20T10:00"), campaign="a"),
        live("2", at("2026-06-01T10:00"), campaign="b", abandoned=True),
    ]
    assert [(r.campaign_id, r.rate_percent) for r in rates(calls, [US])] == [("a", 0.0), ("b", 100)]
    assert [r.window.start.day for r in rates(calls, [US])] == [20, 1]


def test_at_keeps_only_the_windows_that_hold_it() -> None:
    """A block's end belongs to the next block; a campaign without a call in it has no line."""
    calls = [live("a", at("2026-01-01T10:00")), live("b", at("2026-02-05T10:00"))]
    assert [r.counts.live_answered for r in rates(calls, [US])] == [1, 1]
    inside = rates(calls, [US], at("2026-01-30T23:59:59"))
    assert [r.window.start for r in inside] == [at("2026-01-01")]
    boundary = rates(calls, [US], at("2026-01-31"))
    assert [r.window.start for r in boundary] == [at("2026-01-31")]
    assert rates(calls, [US], at("2025-12-31T23:59")) == []
    assert rates(calls, [UK], at("2026-01-15")) == []


# --------------------------------------------------------------------------- copies and order

CALLS = st.lists(
    st.builds(
        live,
        attempt=st.sampled_from("abcdefgh"),
        answer=st.sampled_from(
            [
                datetime(2026, month, day, hour, 30, tzinfo=UTC)
                for month in (3, 4, 10)
                for day in (1, 25, 29)
                for hour in (0, 23)
            ]
        ),
        abandoned=st.booleans(),
        campaign=st.sampled_from("xy"),
        time=st.sampled_from([at("2026-11-01T00:00"), at("2026-11-01T00:01")]),
        dial_mode=st.sampled_from(DialMode),
    ),
    max_size=12,
)


@given(calls=CALLS, data=st.data())
def test_order_and_copies_change_nothing(calls: list[EndedCall], data: st.DataObject) -> None:
    """Even copies of one attempt that differ lead to the same figures in any order."""
    copies = data.draw(st.lists(st.sampled_from(calls), max_size=10)) if calls else []
    shuffled = data.draw(st.permutations(calls + copies))
    assert rates(shuffled) == rates(calls)


@given(calls=CALLS)
def test_taking_a_call_back_leaves_no_trace(calls: list[EndedCall]) -> None:
    """A tally after add and remove equals one that never saw the call."""
    kept = list(distinct(calls))
    tally, without = AbandonmentTally(), AbandonmentTally()
    for call in kept:
        tally.add(call)
    for call in kept[1:]:
        without.add(call)
    if kept:
        tally.remove(kept[0])
    assert tally.rates() == without.rates()


def test_of_differing_copies_the_earlier_event_counts() -> None:
    """What was published first stands."""
    answer = at("2026-01-01T10:00")
    first = live("a", answer, abandoned=True, time=at("2026-01-01T10:02"))
    later = live("a", answer, time=at("2026-01-01T10:03"))
    assert [r.counts.abandoned for r in rates([later, first], [US])] == [1]


def test_one_attempt_id_in_two_campaigns_is_two_calls() -> None:
    """An attempt is one only within its campaign."""
    answer = at("2026-01-01T10:00")
    assert len(rates([live("a", answer), live("a", answer, campaign="d")], [US])) == 2


# --------------------------------------------------------------------------- the window at work


def test_the_window_now() -> None:
    """The dial loop asks for one window: its counts and what remains in it."""
    tally = AbandonmentTally()
    for n in range(97):
        tally.add(live(str(n), at("2026-01-01T10:00")))
    rate = tally.rate_at("c", US, at("2026-01-20T10:00"))
    assert (rate.counts.live_answered, rate.remaining, rate.within_limit) == (97, 3, True)
    tomorrow = tally.rate_at("c", UK, at("2026-01-02T10:00"))
    assert (tomorrow.counts.live_answered, tomorrow.remaining) == (0, 0)
    assert tomorrow.rate_percent is None
    next_block = tally.rate_at("c", US, at("2026-01-31T00:00"))
    assert next_block.window.start == at("2026-01-31")


def test_a_campaign_without_a_call_has_a_window_too() -> None:
    """Its first block would begin today."""
    rate = AbandonmentTally().rate_at("new", US, at("2026-01-20T10:00"))
    assert rate.window == Window(at("2026-01-20"), at("2026-02-19"))
    assert rate.remaining == 0


def test_a_published_line() -> None:
    """Keys in their order, windows in whole seconds, the status at the end."""
    (rate,) = rates([live("a", parse_instant("2026-07-01T10:00:00Z", "time"))], [UK])
    assert list(rate.line().items()) == [
        ("campaignId", "c"),
        ("definition", "uk-ofcom"),
        ("window", {"start": "2026-06-30T23:00:00Z", "end": "2026-07-01T23:00:00Z"}),
        ("liveAnswered", 1),
        ("abandoned", 0),
        ("ratePercent", 0.0),
        ("limitPercent", 3.0),
        ("withinLimit", True),
        ("status", "own_ceiling"),
    ]
