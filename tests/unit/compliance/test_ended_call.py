"""Reading a `Call Ended` event: what is accepted, and what the refusal names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.abandonment_definitions import AnsweredBy, DisconnectedBy
from compliance.case import DialMode
from compliance.ended_call import (
    EndedCall,
    EventFieldError,
    ended_call,
    format_instant,
    parse_instant,
)

REQUIRED: dict[str, object] = {
    "campaignId": "c",
    "attemptId": "a",
    "answeredBy": "nobody",
    "dialMode": "predictive",
}


def event(**detail: object) -> dict[str, object]:
    """An envelope with the required fields and these."""
    return {"time": "2026-11-23T15:05:00.000Z", "detail": {**REQUIRED, **detail}}


def test_every_fact_is_read() -> None:
    """Published names become ours; fields that are not known are ignored."""
    found = ended_call(
        event(
            answeredBy="human",
            connectedToSystem="2026-11-23T15:00:00.000Z",
            customerGreetingStart="2026-11-23T15:00:01.000Z",
            customerGreetingStop="2026-11-23T15:00:02.000Z",
            connectedToAgent="2026-11-23T15:00:03.000Z",
            disconnected="2026-11-23T15:00:04.000Z",
            disconnectedBy="agent",
            recordedMessagePlayed=True,
            somethingNew={"of": "tomorrow"},
        )
    )
    assert found == EndedCall(
        campaign_id="c",
        attempt_id="a",
        time=datetime(2026, 11, 23, 15, 5, tzinfo=UTC),
        answered_by=AnsweredBy.HUMAN,
        dial_mode=DialMode.PREDICTIVE,
        connected_to_system=datetime(2026, 11, 23, 15, 0, 0, tzinfo=UTC),
        greeting_start=datetime(2026, 11, 23, 15, 0, 1, tzinfo=UTC),
        greeting_stop=datetime(2026, 11, 23, 15, 0, 2, tzinfo=UTC),
        connected_to_agent=datetime(2026, 11, 23, 15, 0, 3, tzinfo=UTC),
        disconnected=datetime(2026, 11, 23, 15, 0, 4, tzinfo=UTC),
        disconnected_by=DisconnectedBy.AGENT,
        recorded_message_played=True,
    )


@pytest.mark.parametrize("absent", [{}, {"connectedToSystem": None, "disconnectedBy": None}])
def test_null_and_absent_are_the_same(absent: dict[str, object]) -> None:
    """A call that nobody took has no instants, whether or not its event says so."""
    found = ended_call(event(**absent))
    assert found.connected_to_system is None
    assert found.disconnected_by is None
    assert found.recorded_message_played is False
    assert found.counts_at == found.time


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("campaignId", None),
        ("campaignId", ""),
        ("campaignId", 7),
        ("attemptId", None),
        ("answeredBy", "robot"),
        ("answeredBy", None),
        ("answeredBy", ["human"]),
        ("dialMode", "manual"),
        ("connectedToSystem", "yesterday"),
        ("customerGreetingStart", 1_700_000_000),
        ("customerGreetingStop", "2026-11-23"),
        ("connectedToAgent", "2026-11-23T15:00:00"),
        ("disconnected", "2026-13-01T00:00:00Z"),
        ("disconnectedBy", "caller"),
        ("recordedMessagePlayed", "yes"),
    ],
)
def test_a_wrong_field_is_named(field: str, value: object) -> None:
    """The message says where, and never repeats what was there."""
    with pytest.raises(EventFieldError) as caught:
        ended_call(event(**{field: value}))
    assert caught.value.field == f"detail.{field}"
    assert "yesterday" not in str(caught.value)


def test_an_event_needs_a_time_and_a_detail() -> None:
    """Both are the envelope's own."""
    with pytest.raises(EventFieldError, match=r"^time: "):
        ended_call({"detail": REQUIRED})
    with pytest.raises(EventFieldError, match=r"^detail: "):
        ended_call({"time": "2026-11-23T15:05:00Z", "detail": []})


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("2026-11-23T15:00:00Z", 0),
        ("2026-11-23T15:00:00.5Z", 500_000),
        ("2026-11-23T16:00:00.123456789+01:00", 123_456),
        ("2026-11-23T09:30:00.000-05:30", 0),
    ],
)
def test_instants(text: str, microseconds: int) -> None:
    """Any offset and any number of digits, kept in UTC to the microsecond."""
    expected = datetime(2026, 11, 23, 15, 0, 0, microseconds, tzinfo=UTC)
    assert parse_instant(text, "time") == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-23 15:00:00Z",
        "20261123T150000Z",
        "2026-11-23T15:00Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T15:00:60Z",
        "2026-02-29T15:00:00Z",
        "2026-11-23T15:00:00,5Z",
        "2026-11-23T15:00:00+99:00",
        "1969-12-31T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "\u0662026-11-23T15:00:00Z",
        "2026-11-23T15:00:00Z\n",
    ],
)
def test_what_is_no_instant(text: str) -> None:
    """ISO 8601 in other forms, impossible dates, years that no call was made in."""
    with pytest.raises(EventFieldError, match="RFC 3339"):
        parse_instant(text, "time")


@given(st.integers(0, 2**44))
def test_instants_come_back(milliseconds: int) -> None:
    """What is written is read as the same millisecond."""
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    assert parse_instant(format_instant(instant), "time") == instant


@pytest.mark.parametrize(
    ("microsecond", "text"),
    [(0, "2026-11-23T15:00:00Z"), (500_000, "2026-11-23T15:00:00.500Z")],
)
def test_whole_seconds_are_written_as_such(microsecond: int, text: str) -> None:
    """Milliseconds only where there are any."""
    assert format_instant(datetime(2026, 11, 23, 15, 0, 0, microsecond, tzinfo=UTC)) == text
