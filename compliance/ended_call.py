"""The facts of one call that is over, and how they are read from its `Call Ended` event."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from compliance.abandonment_definitions import AnsweredBy, DisconnectedBy
from compliance.case import DialMode

_YEARS = range(1970, 3000)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)

_Value = TypeVar("_Value", bound=StrEnum)


class EventFieldError(ValueError):
    """A field of an event that is missing or cannot be what it is meant to be."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field


@dataclass(frozen=True, slots=True)
class EndedCall:
    """The facts of one call that is over, as its `Call Ended` event has them; instants are UTC.

    `time` is the event's own. `recorded_message_played` changes no figure: a person who heard
    the message is still one who got nobody.
    """

    campaign_id: str
    attempt_id: str
    time: datetime
    answered_by: AnsweredBy
    dial_mode: DialMode
    connected_to_system: datetime | None = None
    greeting_start: datetime | None = None
    greeting_stop: datetime | None = None
    connected_to_agent: datetime | None = None
    disconnected: datetime | None = None
    disconnected_by: DisconnectedBy | None = None
    recorded_message_played: bool = False

    @property
    def counts_at(self) -> datetime:
        """The instant that decides its window: the answer, else the event's time (reading 2)."""
        return self.connected_to_system or self.time


def ended_call(envelope: Mapping[str, object]) -> EndedCall:
    """The call that a `Call Ended` event tells of; EventFieldError names what is wrong.

    A fact that may be null may also be absent; fields that are not known are ignored.
    """
    detail = event_detail(envelope)
    return EndedCall(
        campaign_id=sys.intern(text_field(detail, "campaignId")),
        attempt_id=text_field(detail, "attemptId"),
        time=parse_instant(envelope.get("time"), "time"),
        answered_by=one_of(AnsweredBy, detail, "answeredBy"),
        dial_mode=one_of(DialMode, detail, "dialMode"),
        connected_to_system=_instant_or_none(detail, "connectedToSystem"),
        greeting_start=_instant_or_none(detail, "customerGreetingStart"),
        greeting_stop=_instant_or_none(detail, "customerGreetingStop"),
        connected_to_agent=_instant_or_none(detail, "connectedToAgent"),
        disconnected=_instant_or_none(detail, "disconnected"),
        disconnected_by=_one_of_or_none(DisconnectedBy, detail, "disconnectedBy"),
        recorded_message_played=_flag(detail, "recordedMessagePlayed"),
    )


def event_detail(envelope: Mapping[str, object]) -> Mapping[str, object]:
    """An event's `detail`, or EventFieldError."""
    detail = envelope.get("detail")
    if not isinstance(detail, Mapping):
        raise EventFieldError("detail", "must be an object")
    return detail


def text_field(detail: Mapping[str, object], name: str) -> str:
    """A field that must hold text, or EventFieldError."""
    value = detail.get(name)
    if not isinstance(value, str) or not value:
        raise EventFieldError(f"detail.{name}", "must be text that is not empty")
    return value


def one_of(kind: type[_Value], detail: Mapping[str, object], name: str) -> _Value:
    """A field that must hold one of a list of values, or EventFieldError."""
    value = detail.get(name)
    for member in kind:
        if member.value == value:
            return member
    raise EventFieldError(f"detail.{name}", "must be one of " + ", ".join(kind))


def whole_number(detail: Mapping[str, object], name: str) -> int:
    """A field that must hold a whole number, zero or more, or EventFieldError."""
    value = detail.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise EventFieldError(f"detail.{name}", "must be a whole number, 0 or more")


def parse_instant(value: object, field: str) -> datetime:
    """RFC 3339 text as a UTC instant, or EventFieldError naming `field`.

    Digits beyond the microsecond are cut off; years are 1970 to 2999, so that every window
    around an instant exists.
    """
    if isinstance(value, str) and _INSTANT.fullmatch(value) and int(value[:4]) in _YEARS:
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except ValueError:
            pass
    raise EventFieldError(field, "must be an RFC 3339 instant such as 2026-11-23T14:00:00.000Z")


def format_instant(instant: datetime) -> str:
    """RFC 3339 in UTC: whole seconds as such, else with milliseconds (cut, not rounded)."""
    utc = instant.astimezone(UTC)
    precision = "milliseconds" if utc.microsecond else "seconds"
    return utc.replace(tzinfo=None).isoformat(timespec=precision) + "Z"


def _instant_or_none(detail: Mapping[str, object], name: str) -> datetime | None:
    value = detail.get(name)
    return None if value is None else parse_instant(value, f"detail.{name}")


def _one_of_or_none(kind: type[_Value], detail: Mapping[str, object], name: str) -> _Value | None:
    return None if detail.get(name) is None else one_of(kind, detail, name)


def _flag(detail: Mapping[str, object], name: str) -> bool:
    value = detail.get(name, False)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise EventFieldError(f"detail.{name}", "must be true or false")
