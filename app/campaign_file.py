"""The campaign file's door: CAMPAIGN.toml -> CampaignSettings, or one line saying what is wrong.

Every key may be left out; the defaults are those of CampaignSettings. A key that is not known, a
wrong type and an impossible value are errors. Rule codes are taken as given: the rulebook knows
which of them exist.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from app.contact_file import BadInputFileError
from campaigns.campaign import (
    CALLS_PER_AGENT_LEAST,
    CALLS_PER_AGENT_MOST,
    DEFAULT_RETRY,
    INBOUND_RESERVE_MOST,
    AbandonmentTarget,
    CampaignSettings,
    ConnectionStartPoint,
    RetryReason,
    RetryRule,
)
from compliance.case import (
    AttemptLimit,
    DialMode,
    OpenHours,
    OpenSpan,
    Purpose,
    RestrictedPeriod,
    Weekday,
)
from compliance.time_zone import known_zones

MAX_BYTES = 1_048_576
DEFAULT_DURATION = timedelta(hours=8)
DEFAULT_LINES_PER_AGENT = 3

_FIRST_YEAR, _LAST_YEAR = 2000, 2199
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d", re.ASCII)
_DURATION = re.compile(
    r"P(?=\d|T\d)(?:(\d{1,4})D)?(?:T(?=\d)(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,7})S)?)?", re.ASCII
)
_TABLE = re.compile(r"[ \t]*\[(?P<list>\[)?(?P<name>[^\[\]#]+)\]")
_KEY = re.compile(r"[ \t]*(?P<name>[^=#\[\]{}]+?)[ \t]*=")
_KEY_MARK = "[key]"  # How the validation library marks that a table's key is wrong, not its value.
_MAX_KEY = 60
_MIDNIGHT = time()
_TARGET = AbandonmentTarget()
_DEFAULTS = CampaignSettings(
    name="Campaign",
    start_at=datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC),
    end_at=datetime(_LAST_YEAR, 1, 1, tzinfo=UTC),
    lines=1,
)
_MIN_WINDOW, _MAX_WINDOW = timedelta(hours=1), timedelta(days=30)


class BadCampaignFileError(BadInputFileError):
    """The campaign file cannot be used."""


def load(path: Path | None, *, start: datetime | None, agents: int) -> CampaignSettings:
    """The settings in a campaign file, or the defaults where there is no file.

    Args:
        path: the file, None for none.
        start: when the campaign starts if the file does not say so, with an offset.
        agents: how many agents there are, from which the default number of lines follows.

    Raises:
        BadCampaignFileError: the file cannot be read or says something impossible, or nothing
            says when the campaign starts.
    """
    file = "campaign" if path is None else str(path)
    text = "" if path is None else _read(path)
    model = _validate(file, text)
    try:
        return _settings(model, start, agents)
    except _BadKeyError as error:
        line = _line_of(text, (error.key,))
        raise BadCampaignFileError(file, line, error.key, error.problem) from None


def parse_instant(text: str) -> datetime:
    """An RFC 3339 instant with an offset, in UTC.

    Raises:
        ValueError: it is none; the message says what is expected.
    """
    if not _INSTANT.fullmatch(text):
        raise ValueError("must be an instant with an offset, such as 2026-11-23T14:00:00Z")
    try:
        return _sane_instant(datetime.fromisoformat(text.upper()))
    except ValueError as error:
        raise ValueError(f"is no instant: {error}") from None


def _sane_instant(instant: datetime) -> datetime:
    _check_year(instant)
    return instant.astimezone(UTC)


def _check_year(day: date) -> None:
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError(f"the year must be {_FIRST_YEAR} to {_LAST_YEAR}")


def _instant(value: object) -> datetime:
    match value:
        case datetime() if value.tzinfo is None:
            raise ValueError("must have an offset, such as 2026-11-23T14:00:00Z")
        case datetime():
            return _sane_instant(value)
        case str():
            return parse_instant(value)
    raise ValueError("must be an instant with an offset, such as 2026-11-23T14:00:00Z")


def _local_date(value: object) -> date:
    if isinstance(value, str) and _DATE.fullmatch(value):
        value = _from_iso(date.fromisoformat, value)
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError("must be a date, such as 2026-12-24")
    _check_year(value)
    return value


def _local_time(value: object) -> time:
    if isinstance(value, str) and _TIME.fullmatch(value):
        value = _from_iso(time.fromisoformat, value)
    if not isinstance(value, time) or value.second or value.microsecond:
        raise ValueError("must be a time of day, such as 09:00")
    return value


def _end_of_span(value: object) -> time:
    return _MIDNIGHT if value == "24:00" else _local_time(value)


_Parsed = TypeVar("_Parsed")


def _from_iso(parse: Callable[[str], _Parsed], text: str) -> _Parsed:
    try:
        return parse(text)
    except ValueError as error:
        raise ValueError(f"is impossible: {error}") from None


def _window(value: object) -> timedelta:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("must be a duration in days, hours, minutes or seconds, such as PT24H")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    window = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if not _MIN_WINDOW <= window <= _MAX_WINDOW:
        raise ValueError("must be PT1H to P30D")
    return window


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be blank")
    if not value.isprintable():
        raise ValueError("must have no line breaks or control characters")
    return value


def _time_zone(value: str) -> str:
    if value not in known_zones():
        raise ValueError("must be an IANA time zone, such as America/New_York")
    return value


_Instant = Annotated[datetime, PlainValidator(_instant)]
_Date = Annotated[date, PlainValidator(_local_date)]
_Text = Annotated[str, Field(max_length=200), AfterValidator(_text)]
_Purpose = Annotated[Purpose, Field(strict=False)]
_DialMode = Annotated[DialMode, Field(strict=False)]
_StartPoint = Annotated[ConnectionStartPoint, Field(strict=False)]
_Weekday = Annotated[Weekday, Field(strict=False)]
_RetryReason = Annotated[RetryReason, Field(strict=False)]


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, frozen=True)


class _Span(_Model):
    start: Annotated[time, PlainValidator(_local_time)]
    end: Annotated[time, PlainValidator(_end_of_span)]

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> _Span:
        if self.end != _MIDNIGHT and self.end <= self.start:
            raise ValueError("must end after it starts")
        return self


def _apart(spans: list[_Span]) -> list[_Span]:
    ordered = sorted(spans, key=lambda span: span.start)
    for earlier, later in pairwise(ordered):
        if earlier.end == _MIDNIGHT or later.start < earlier.end:
            raise ValueError("its spans must not overlap")
    return ordered


class _RestrictedPeriod(_Model):
    name: _Text
    start: _Date
    end: _Date

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> _RestrictedPeriod:
        if self.end < self.start:
            raise ValueError("must not end before it starts")
        return self


class _AttemptLimit(_Model):
    max: Annotated[int, Field(ge=1, le=1_000_000)]
    days: Annotated[int, Field(ge=1, le=3_650)]


class _Retry(_Model):
    wait_minutes: Annotated[int, Field(ge=0, le=525_600)] | None = None
    tries: Annotated[int, Field(ge=1, le=1_000)] | None = None


class _Abandonment(_Model):
    target_percent: Annotated[float, Field(gt=0, le=100)] = _TARGET.target_rate * 100
    connection_start_point: _StartPoint = _TARGET.connection_start_point
    connection_threshold_seconds: Annotated[float, Field(gt=0, le=3_600)] = (
        _TARGET.connection_threshold.total_seconds()
    )
    evaluation_window: Annotated[timedelta, PlainValidator(_window)] = _TARGET.evaluation_window
    detection_false_positive_percent: Annotated[float, Field(ge=0, le=100)] | None = None


class _CampaignFile(_Model):
    """The file's keys; None where the default depends on something else."""

    name: _Text = _DEFAULTS.name
    purpose: _Purpose = _DEFAULTS.purpose
    subject: _Text | None = _DEFAULTS.subject
    dial_mode: _DialMode = _DEFAULTS.dial_mode
    calls_per_agent: (
        Annotated[float, Field(ge=CALLS_PER_AGENT_LEAST, le=CALLS_PER_AGENT_MOST)] | None
    ) = None
    inbound_reserve: Annotated[int, Field(ge=0, le=INBOUND_RESERVE_MOST)] = 0
    start: _Instant | None = None
    end: _Instant | None = None
    lines: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    calls_per_second: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    max_ring_seconds: Annotated[int, Field(ge=15, le=60)] = int(_DEFAULTS.max_ring.total_seconds())
    default_time_zone: Annotated[str, AfterValidator(_time_zone)] | None = None
    attempt_limits: list[_AttemptLimit] | None = None
    restricted_periods: list[_RestrictedPeriod] = []
    rules: list[_Text] = []
    open_hours: dict[_Weekday, Annotated[list[_Span], AfterValidator(_apart)]] | None = None
    retry: dict[_RetryReason, _Retry] = {}
    abandonment: _Abandonment = _Abandonment()


def _read(path: Path) -> str:
    file = str(path)
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        problem = f"cannot be read: {error.strerror or error}"
        raise BadCampaignFileError(file, None, None, problem) from None
    if len(content) > MAX_BYTES:
        raise BadCampaignFileError(file, None, None, f"is longer than {MAX_BYTES} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadCampaignFileError(file, line, None, "not UTF-8") from None


def _validate(file: str, text: str) -> _CampaignFile:
    try:
        return _CampaignFile.model_validate(tomllib.loads(text))
    except ValidationError as error:
        raise _bad_key(file, text, error.errors(include_url=False, include_input=False)) from None
    except RecursionError:
        raise BadCampaignFileError(file, None, None, "is nested too deeply") from None
    except ValueError as error:
        raise _bad_toml(file, text, str(error)) from None


def _bad_toml(file: str, text: str, message: str) -> BadCampaignFileError:
    problem, _, place = message.partition(" (at ")
    line: int | None = None
    if found := re.match(r"line (\d+)", place):
        line = int(found[1])
    elif place.startswith("end of document"):
        line = text.rstrip().count("\n") + 1
    return BadCampaignFileError(file, line, None, f"not valid TOML: {problem}")


def _bad_key(file: str, text: str, errors: Sequence[ErrorDetails]) -> BadCampaignFileError:
    first = errors[0]
    path = tuple(part for part in first["loc"] if part != _KEY_MARK)
    problem = _problem(first)
    if len(errors) > 1:
        problem += f" (and {len(errors) - 1} more)"
    return BadCampaignFileError(file, _line_of(text, path), _spelled(path), problem)


_PROBLEMS: Mapping[str, str] = {
    "extra_forbidden": "is no known key",
    "missing": "is missing",
    "string_type": "must be text",
    "string_too_long": "must be at most {max_length} characters",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "greater_than": "must be more than {gt:,.0f}",
    "greater_than_equal": "must be at least {ge:,.0f}",
    "less_than_equal": "must be at most {le:,.0f}",
    "list_type": "must be a list",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "enum": "must be {expected}",
    "value_error": "{error}",
}
"""Our words for the validation library's error types."""


def _problem(error: ErrorDetails) -> str:
    words = _PROBLEMS.get(error["type"])
    return error["msg"] if words is None else words.format(**error.get("ctx", {}))


def _spelled(path: Sequence[int | str]) -> str:
    """The path of a key as a person writes it: `retry.busy.tries`, `attempt_limits[0].days`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part[:_MAX_KEY]}" for part in path)
    return "".join(parts).removeprefix(".")


def _line_of(text: str, path: Sequence[int | str]) -> int | None:
    """The line that names the key, or else the innermost table or list around it, if it shows."""
    best, best_line = 0, None
    for line, found in _keys(text):
        shared = min(len(found), len(path))
        if shared > best and found[:shared] == tuple(path[:shared]):
            best, best_line = shared, line
    return best_line


def _keys(text: str) -> Iterator[tuple[int, tuple[int | str, ...]]]:
    """The keys that begin a line, as paths. Only a help to find one: no full TOML."""
    table: tuple[int | str, ...] = ()
    counts: Counter[str] = Counter()
    for line, content in enumerate(text.split("\n"), start=1):
        if header := _TABLE.match(content):
            table = _dotted(header["name"])
            if header["list"]:
                table = (*table, counts[header["name"]])
                counts[header["name"]] += 1
            yield line, table
        elif key := _KEY.match(content):
            yield line, (*table, *_dotted(key["name"]))


def _dotted(name: str) -> tuple[str, ...]:
    return tuple(part.strip(" \t\"'") for part in name.split("."))


class _BadKeyError(Exception):
    def __init__(self, key: str, problem: str) -> None:
        super().__init__(problem)
        self.key = key
        self.problem = problem


def _settings(file: _CampaignFile, start: datetime | None, agents: int) -> CampaignSettings:
    start_at, end_at = _period(file, start)
    return CampaignSettings(
        name=file.name,
        start_at=start_at,
        end_at=end_at,
        lines=file.lines or max(1, DEFAULT_LINES_PER_AGENT * agents),
        purpose=file.purpose,
        subject=file.subject,
        dial_mode=file.dial_mode,
        calls_per_agent=_calls_per_agent(file),
        inbound_reserve=file.inbound_reserve,
        calls_per_second=file.calls_per_second,
        max_ring=timedelta(seconds=file.max_ring_seconds),
        default_time_zone=file.default_time_zone,
        attempt_limits=_attempt_limits(file.attempt_limits),
        restricted_periods=tuple(
            RestrictedPeriod(period.name, period.start, period.end)
            for period in file.restricted_periods
        ),
        rules=tuple(file.rules),
        open_hours=_open_hours(file.open_hours),
        retry={reason: _retry(reason, file.retry.get(reason)) for reason in RetryReason},
        abandonment=_target(file.abandonment),
    )


def _calls_per_agent(file: _CampaignFile) -> float | None:
    if file.calls_per_agent is not None and file.dial_mode is not DialMode.PREDICTIVE:
        raise _BadKeyError("calls_per_agent", 'goes only with dial_mode = "predictive"')
    return file.calls_per_agent


def _period(file: _CampaignFile, start: datetime | None) -> tuple[datetime, datetime]:
    start_at = file.start or start
    if start_at is None:
        raise _BadKeyError("start", "is missing; give it here or on the command line")
    start_at = start_at.astimezone(UTC)
    end_at = file.end or start_at + DEFAULT_DURATION
    if end_at <= start_at:
        raise _BadKeyError("end", "must be after the start")
    return start_at, end_at


def _attempt_limits(limits: list[_AttemptLimit] | None) -> tuple[AttemptLimit, ...]:
    if limits is None:
        return _DEFAULTS.attempt_limits
    return tuple(AttemptLimit(limit.max, limit.days) for limit in limits)


def _open_hours(days: dict[Weekday, list[_Span]] | None) -> OpenHours | None:
    if days is None:
        return None
    return {
        day: tuple(OpenSpan(span.start, span.end) for span in days[day])
        for day in Weekday
        if day in days
    }


def _retry(reason: RetryReason, given: _Retry | None) -> RetryRule:
    rule = DEFAULT_RETRY[reason]
    if given is None:
        return rule
    if given.wait_minutes is not None:
        rule = replace(rule, wait=timedelta(minutes=given.wait_minutes))
    if given.tries is not None:
        rule = replace(rule, tries=given.tries)
    return rule


def _target(given: _Abandonment) -> AbandonmentTarget:
    lost = given.detection_false_positive_percent
    return AbandonmentTarget(
        target_rate=given.target_percent / 100,
        connection_start_point=given.connection_start_point,
        connection_threshold=timedelta(seconds=given.connection_threshold_seconds),
        evaluation_window=given.evaluation_window,
        detection_false_positive_rate=None if lost is None else lost / 100,
    )
