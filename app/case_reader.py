"""One line of JSON -> one case to screen, or one clear sentence about what is wrong with it.

Every field is checked for its type, and an unknown key is refused: a misspelt rule would not bind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NoReturn, TypeVar

from compliance.case import (
    AttemptLimit,
    CampaignTerms,
    Case,
    Channel,
    Consent,
    ConsentKind,
    ContactFacts,
    DialMode,
    Direction,
    OpenHours,
    OpenSpan,
    PastAttempt,
    PastOutcome,
    Purpose,
    RegistryCopy,
    RestrictedPeriod,
    SuppressionEntry,
    SuppressionSource,
    Weekday,
)
from compliance.screening import InvalidCaseError

_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CLOCK_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_END_OF_DAY = "24:00"
_FIRST_YEAR, _LAST_YEAR = 1970, 2200
_LONGEST_RING = 3600
_LONGEST_NUMBER = 18
_LONGEST_LIST = 10_000
_MOST_DAYS = 36_500
_MOST_ATTEMPTS = 1_000_000

_Choice = TypeVar("_Choice", bound=StrEnum)
_Value = TypeVar("_Value")


def parse_line(line: str | bytes) -> dict[str, object]:
    """The JSON object on a line.

    Raises:
        InvalidCaseError: the line is not one JSON object in UTF-8.
    """
    try:
        text = line.decode("utf-8") if isinstance(line, bytes) else line
    except UnicodeDecodeError:
        raise InvalidCaseError("the line is not UTF-8") from None
    try:
        found = json.loads(text, object_pairs_hook=_object, parse_int=_number)
    except RecursionError:
        raise InvalidCaseError("the line is nested too deeply") from None
    except ValueError as error:
        raise InvalidCaseError(f"the line is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise InvalidCaseError("the line is not a JSON object")
    return found


_CASE_KEYS = "id at channel campaign contact history suppressed registries"
_CONTACT_KEYS = "phone email country region postal_code time_zone consent debts"
_CAMPAIGN_KEYS = (
    "purpose subject dial_mode agent_guaranteed max_ring_seconds open_hours restricted_periods "
    "attempt_limits rules"
)
_ATTEMPT_KEYS = "at channel direction outcome subject debts"


def read_case(fields: Mapping[str, object]) -> Case:
    """The case that a JSON object describes.

    Raises:
        InvalidCaseError: a field is missing, unknown, or not what it should be.
    """
    top = _Fields(fields, "", _CASE_KEYS)
    if top.text("id") is None:
        top.missing("id")
    return Case(
        at=top.instant("at") or top.missing("at"),
        channel=top.choice("channel", Channel) or top.missing("channel"),
        contact=_contact(top.child("contact", _CONTACT_KEYS)),
        campaign=_campaign(top.child("campaign", _CAMPAIGN_KEYS)),
        history=top.children("history", _ATTEMPT_KEYS, _past_attempt),
        suppressed=top.children("suppressed", "list at", _suppression),
        registries=top.children("registries", "name as_of", _registry),
    )


def _contact(fields: _Fields) -> ContactFacts:
    consent = fields.child("consent", "kind at revoked_at") if fields.has("consent") else None
    return ContactFacts(
        phone=fields.text("phone"),
        email=fields.text("email"),
        country=fields.text("country"),
        region=fields.text("region"),
        postal_code=fields.text("postal_code"),
        time_zone=fields.text("time_zone"),
        consent=None if consent is None else _consent(consent),
        debts=fields.texts("debts"),
    )


def _consent(fields: _Fields) -> Consent:
    return Consent(
        kind=fields.choice("kind", ConsentKind) or fields.missing("kind"),
        at=fields.instant("at"),
        revoked_at=fields.instant("revoked_at"),
    )


def _campaign(fields: _Fields) -> CampaignTerms:
    ring = fields.whole_number("max_ring_seconds", 1, _LONGEST_RING)
    plain = CampaignTerms()
    return CampaignTerms(
        purpose=fields.choice("purpose", Purpose) or plain.purpose,
        subject=fields.text("subject"),
        dial_mode=fields.choice("dial_mode", DialMode) or plain.dial_mode,
        agent_guaranteed=fields.flag("agent_guaranteed"),
        max_ring=plain.max_ring if ring is None else timedelta(seconds=ring),
        open_hours=_open_hours(fields),
        restricted_periods=fields.children("restricted_periods", "name start end", _period),
        attempt_limits=fields.children("attempt_limits", "max days", _attempt_limit),
        rules=fields.texts("rules"),
    )


def _open_hours(fields: _Fields) -> OpenHours | None:
    if not fields.has("open_hours"):
        return None
    days = fields.child("open_hours", " ".join(Weekday))
    spans = {day: days.children(day.value, "start end", _open_span) for day in Weekday}
    return {day: hours for day, hours in spans.items() if hours}


def _open_span(fields: _Fields) -> OpenSpan:
    start, end = fields.clock_time("start"), fields.clock_time("end", end_of_day=True)
    if end != time() and start >= end:
        fields.wrong("end", "an open time ends after its start, on the same day")
    return OpenSpan(start, end)


def _period(fields: _Fields) -> RestrictedPeriod:
    start, end = fields.day("start"), fields.day("end")
    if start > end:
        fields.wrong("end", "a period does not end before it starts")
    return RestrictedPeriod(fields.text("name") or "restricted period", start, end)


def _attempt_limit(fields: _Fields) -> AttemptLimit:
    most = fields.whole_number("max", 0, _MOST_ATTEMPTS)
    days = fields.whole_number("days", 1, _MOST_DAYS)
    return AttemptLimit(
        fields.missing("max") if most is None else most,
        fields.missing("days") if days is None else days,
    )


def _past_attempt(fields: _Fields) -> PastAttempt:
    return PastAttempt(
        at=fields.instant("at") or fields.missing("at"),
        channel=fields.choice("channel", Channel) or fields.missing("channel"),
        outcome=fields.choice("outcome", PastOutcome),
        direction=fields.choice("direction", Direction) or Direction.OUTBOUND,
        subject=fields.text("subject"),
        debts=fields.texts("debts"),
    )


def _suppression(fields: _Fields) -> SuppressionEntry:
    source = fields.choice("list", SuppressionSource) or fields.missing("list")
    return SuppressionEntry(source, fields.instant("at"))


def _registry(fields: _Fields) -> RegistryCopy:
    return RegistryCopy(fields.text("name") or fields.missing("name"), fields.day("as_of"))


class _Fields:
    """The fields of one JSON object, read by type; `path` leads to it in messages."""

    def __init__(self, fields: object, path: str, keys: str) -> None:
        self._path = path
        if not isinstance(fields, dict):
            raise InvalidCaseError(f"{path}: should be an object")
        self._fields = {key: value for key, value in fields.items() if value is not None}
        unknown = sorted(fields.keys() - set(keys.split()))
        if unknown:
            self.wrong(unknown[0][:60], "unknown key")

    def wrong(self, key: str, problem: str) -> NoReturn:
        """Refuse the case because of one field."""
        raise InvalidCaseError(f"{self._name(key)}: {problem}")

    def missing(self, key: str) -> NoReturn:
        """Refuse the case because a field is not there."""
        self.wrong(key, "is missing")

    def text(self, key: str) -> str | None:
        """A text, None if absent."""
        value = self._fields.get(key)
        if value is not None and not isinstance(value, str):
            self.wrong(key, "should be a text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty if absent."""
        values = self._list(key)
        if not all(isinstance(value, str) for value in values):
            self.wrong(key, "should be a list of texts")
        return tuple(str(value) for value in values)

    def flag(self, key: str) -> bool | None:
        """True or false, None if absent."""
        value = self._fields.get(key)
        if value is not None and not isinstance(value, bool):
            self.wrong(key, "should be true or false")
        return value

    def whole_number(self, key: str, least: int, most: int) -> int | None:
        """A whole number within bounds, None if absent."""
        value = self._fields.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.wrong(key, f"should be a whole number from {least} to {most}")
        return value

    def choice(self, key: str, choices: type[_Choice]) -> _Choice | None:
        """One of a few words, None if absent."""
        value = self._fields.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or value not in set(choices):
            self.wrong(key, f"should be one of {', '.join(choices)}")
        return choices(value)

    def instant(self, key: str) -> datetime | None:
        """An RFC 3339 instant with its offset, in UTC; None if absent."""
        text = self.text(key)
        if text is None:
            return None
        if not _INSTANT.fullmatch(text):
            self.wrong(key, "should be an RFC 3339 instant with offset, as 2026-11-23T14:00:00Z")
        try:
            found = datetime.fromisoformat(text.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            self.wrong(key, "is no instant of the calendar")
        if not _FIRST_YEAR <= found.year < _LAST_YEAR:
            self.wrong(key, f"should be from {_FIRST_YEAR} on and before {_LAST_YEAR}")
        return found

    def day(self, key: str) -> date:
        """A date that must be there."""
        text = self.text(key) or ""
        try:
            if _DATE.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        self.wrong(key, "should be a date, as 2026-12-24")

    def clock_time(self, key: str, *, end_of_day: bool = False) -> time:
        """A time of day HH:MM; as an end, 24:00 is the day's end, and so is 00:00."""
        text = self.text(key) or ""
        if end_of_day and text == _END_OF_DAY:
            return time()
        if not _CLOCK_TIME.fullmatch(text):
            self.wrong(key, "should be a time of day in quotes, as 09:00")
        return time.fromisoformat(text)

    def child(self, key: str, keys: str) -> _Fields:
        """The object under a key; an empty one if absent."""
        return _Fields(self._fields.get(key, {}), self._name(key), keys)

    def children(
        self, key: str, keys: str, read: Callable[[_Fields], _Value]
    ) -> tuple[_Value, ...]:
        """The objects of a list, each read; empty if absent."""
        return tuple(
            read(_Fields(value, f"{self._name(key)}[{index}]", keys))
            for index, value in enumerate(self._list(key))
        )

    def has(self, key: str) -> bool:
        """Whether there is anything under a key."""
        return key in self._fields

    def _list(self, key: str) -> Sequence[object]:
        values = self._fields.get(key, [])
        if not isinstance(values, list):
            self.wrong(key, "should be a list")
        if len(values) > _LONGEST_LIST:
            self.wrong(key, f"should have at most {_LONGEST_LIST} entries")
        return values

    def _name(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object whose keys, if one comes twice, include one that no case has."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        found[f"{twice} (given twice)"] = True
    return found


def _number(digits: str) -> int | float:
    """A number; one that is longer than any field allows is no whole number."""
    return int(digits) if len(digits) <= _LONGEST_NUMBER else float(digits)
