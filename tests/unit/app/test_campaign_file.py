"""The campaign file: defaults, every key, and one line for each mistake."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.campaign_file import BadCampaignFileError, load, parse_instant
from campaigns.campaign import (
    DEFAULT_RETRY,
    AbandonmentTarget,
    CampaignSettings,
    ConnectionStartPoint,
    RetryReason,
    RetryRule,
)
from compliance.case import (
    AttemptLimit,
    DialMode,
    OpenSpan,
    Purpose,
    RestrictedPeriod,
    Weekday,
)

START = datetime(2026, 11, 23, 14, tzinfo=UTC)

FULL = """
name = "Autumn renewals"
purpose = "survey"
subject = "renewal"
dial_mode = "progressive"
start = "2026-11-23T09:00:00-05:00"
end = 2026-11-23T22:00:00Z
lines = 60
calls_per_second = 10
inbound_reserve = 3
max_ring_seconds = 30
default_time_zone = "America/New_York"
attempt_limits = [{ max = 3, days = 1 }, { max = 7, days = 30 }]
restricted_periods = [
  { name = "Holiday", start = "2026-12-24", end = 2026-12-26 },
]
rules = ["US-FL", "NYC"]

[open_hours]
TUESDAY = [{ start = "14:00", end = "24:00" }, { start = "09:00", end = "14:00" }]
MONDAY = [{ start = 00:00:00, end = "00:00" }]
SUNDAY = []

[retry.no_answer]
wait_minutes = 90
tries = 5

[retry.busy]
tries = 1

[abandonment]
target_percent = 2.5
connection_start_point = "GREETING_START"
connection_threshold_seconds = 1.5
evaluation_window = "P1DT12H"
detection_false_positive_percent = 1.5
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is."""
    return tmp_path / "c.toml"


def loaded(path: Path, text: str) -> CampaignSettings:
    """The settings in a text."""
    path.write_text(text, "utf-8")
    return load(path, start=START, agents=20)


def test_every_key_is_read(path: Path) -> None:
    """Each key of the format reaches its setting, in UTC, in order, in our own types."""
    assert loaded(path, FULL) == CampaignSettings(
        name="Autumn renewals",
        start_at=START,
        end_at=datetime(2026, 11, 23, 22, tzinfo=UTC),
        lines=60,
        purpose=Purpose.SURVEY,
        subject="renewal",
        dial_mode=DialMode.PROGRESSIVE,
        calls_per_second=10.0,
        inbound_reserve=3,
        max_ring=timedelta(seconds=30),
        default_time_zone="America/New_York",
        attempt_limits=(AttemptLimit(3, 1), AttemptLimit(7, 30)),
        restricted_periods=(RestrictedPeriod("Holiday", date(2026, 12, 24), date(2026, 12, 26)),),
        rules=("US-FL", "NYC"),
        open_hours={
            Weekday.MONDAY: (OpenSpan(time(0), time(0)),),
            Weekday.TUESDAY: (OpenSpan(time(9), time(14)), OpenSpan(time(14), time(0))),
            Weekday.SUNDAY: (),
        },
        retry={
            **DEFAULT_RETRY,
            RetryReason.NO_ANSWER: RetryRule(timedelta(minutes=90), 5),
            RetryReason.BUSY: RetryRule(DEFAULT_RETRY[RetryReason.BUSY].wait, 1),
        },
        abandonment=AbandonmentTarget(
            0.025,
            ConnectionStartPoint.GREETING_START,
            timedelta(seconds=1.5),
            timedelta(hours=36),
            0.015,
        ),
    )


def test_a_fixed_ratio_is_read(path: Path) -> None:
    """It is a predictive campaign to the law."""
    settings = loaded(path, "calls_per_agent = 2.5")
    assert (settings.dial_mode, settings.calls_per_agent) == (DialMode.PREDICTIVE, 2.5)
    assert loaded(path, "").calls_per_agent is None


def test_every_key_may_be_left_out(path: Path) -> None:
    """An empty file, a file with a byte-order mark and no file say the same: the defaults."""
    expected = CampaignSettings(
        name="Campaign", start_at=START, end_at=START + timedelta(hours=8), lines=60
    )

    assert load(None, start=START, agents=20) == expected
    assert loaded(path, "") == expected
    assert loaded(path, "\ufeff# nothing\r\n") == expected


def test_the_files_start_goes_before_the_options_and_moves_the_default_end(path: Path) -> None:
    """An end that is not given is 8 hours after the start that holds."""
    settings = loaded(path, 'start = "2026-12-01T00:00:00Z"')

    assert settings.start_at == datetime(2026, 12, 1, tzinfo=UTC)
    assert settings.end_at == datetime(2026, 12, 1, 8, tzinfo=UTC)


def test_a_campaign_without_agents_still_has_a_line(path: Path) -> None:
    """An agentless campaign may have no agent; three times none would dial nothing for ever."""
    assert load(None, start=START, agents=0).lines == 1


def test_the_start_is_turned_to_utc(path: Path) -> None:
    """A start with another offset is the same instant in UTC."""
    start = START.astimezone(timezone(timedelta(hours=-5)))

    assert load(None, start=start, agents=1).start_at.tzinfo is UTC


def test_an_empty_table_of_hours_is_closed_on_every_day(path: Path) -> None:
    """It is not the same as no table."""
    assert loaded(path, "[open_hours]").open_hours == {}
    assert loaded(path, "").open_hours is None


def test_a_restricted_period_may_be_one_day(path: Path) -> None:
    """Both dates are included, so that they may be the same."""
    day = date(2026, 12, 25)
    text = "restricted_periods = [{ name = 'x', start = 2026-12-25, end = 2026-12-25 }]"

    assert loaded(path, text).restricted_periods == (RestrictedPeriod("x", day, day),)


def test_empty_lists_are_no_limits(path: Path) -> None:
    """An empty list of limits takes the default limit away."""
    assert loaded(path, "attempt_limits = []").attempt_limits == ()


BAD = [
    ("name = ", "line 1: not valid TOML: Invalid value"),
    ("lines = 5\n\nname =\n", "line 3: not valid TOML: Invalid value"),
    ("name = 'a'\nname = 'b'", "line 2: not valid TOML: Cannot overwrite a value"),
    ("lines = 5\n[retry", "line 2: not valid TOML: Expected ']' at the end of a table declaration"),
    ("lines = " + "9" * 5000, "not valid TOML: Exceeds the limit"),
    ("x = " + "[" * 100_000, "is nested too deeply"),
    ("# " + "x" * 1_048_576, "is longer than 1048576 bytes"),
    ("\nlinse = 5", "line 2: linse: is no known key"),
    ("[retries.busy]", "line 1: retries: is no known key"),
    ('"a\\nb" = 5', "a\\nb: is no known key"),
    ("x" * 100 + " = 5", f"line 1: {'x' * 60}: is no known key"),
    ("name = 5", "line 1: name: must be text"),
    ("name = ' '", "line 1: name: must not be blank"),
    ('name = "a\\u001bb"', "line 1: name: must have no line breaks or control characters"),
    (f"subject = '{'x' * 201}'", "line 1: subject: must be at most 200 characters"),
    (
        "purpose = 'sales'",
        "line 1: purpose: must be 'telemarketing', 'debt_collection', 'informational', 'survey', "
        "'charity', 'political' or 'healthcare'",
    ),
    (
        "inbound_reserve = -1",
        "line 1: inbound_reserve: must be at least 0",
    ),
    (
        "calls_per_agent = 0.9",
        "line 1: calls_per_agent: must be at least 1",
    ),
    (
        "calls_per_agent = 10.5",
        "line 1: calls_per_agent: must be at most 10",
    ),
    (
        "dial_mode = 'progressive'\ncalls_per_agent = 2",
        'line 2: calls_per_agent: goes only with dial_mode = "predictive"',
    ),
    (
        "dial_mode = 3",
        "line 1: dial_mode: must be 'preview', 'progressive', 'predictive' or 'agentless'",
    ),
    (
        "start = 2026-11-23T14:00:00",
        "line 1: start: must have an offset, such as 2026-11-23T14:00:00Z",
    ),
    (
        "start = '2026-11-23 14:00'",
        "line 1: start: must be an instant with an offset, such as 2026-11-23T14:00:00Z",
    ),
    (
        "start = 2026-11-23",
        "line 1: start: must be an instant with an offset, such as 2026-11-23T14:00:00Z",
    ),
    (
        "start = '2026-02-30T14:00:00Z'",
        "line 1: start: is no instant: day is out of range for month",
    ),
    (
        "start = 0001-01-01T00:00:00+23:00",
        "line 1: start: the year must be 2000 to 2199",
    ),
    (
        "start = '9999-12-31T23:59:59-23:00'",
        "line 1: start: is no instant: the year must be 2000 to 2199",
    ),
    ("\nend = 2026-11-23T14:00:00Z", "line 2: end: must be after the start"),
    ("lines = 0", "line 1: lines: must be at least 1"),
    ("lines = true", "line 1: lines: must be a whole number"),
    ("lines = 2.0", "line 1: lines: must be a whole number"),
    ("lines = '60'", "line 1: lines: must be a whole number"),
    ("lines = " + "9" * 4000, "line 1: lines: must be at most 1,000,000"),
    ("calls_per_second = 0", "line 1: calls_per_second: must be more than 0"),
    ("calls_per_second = nan", "line 1: calls_per_second: must be a finite number"),
    ("calls_per_second = inf", "line 1: calls_per_second: must be a finite number"),
    ("calls_per_second = 1" + "0" * 400, "line 1: calls_per_second: must be a number"),
    ("calls_per_second = '1'", "line 1: calls_per_second: must be a number"),
    ("max_ring_seconds = 14", "line 1: max_ring_seconds: must be at least 15"),
    ("max_ring_seconds = 61", "line 1: max_ring_seconds: must be at most 60"),
    (
        "default_time_zone = 'Eastern'",
        "line 1: default_time_zone: must be an IANA time zone, such as America/New_York",
    ),
    ("attempt_limits = { max = 1, days = 1 }", "line 1: attempt_limits: must be a list"),
    ("attempt_limits = [3]", "line 1: attempt_limits[0]: must be a table"),
    ("attempt_limits = [{ max = 3 }]", "line 1: attempt_limits[0].days: is missing"),
    (
        "[[attempt_limits]]\nmax = 1\ndays = 1\n\n[[attempt_limits]]\nmax = 1\ndays = 0\n",
        "line 7: attempt_limits[1].days: must be at least 1",
    ),
    (
        "attempt_limits = [{ max = 0, days = 1, per = 'day' }]",
        "line 1: attempt_limits[0].max: must be at least 1 (and 1 more)",
    ),
    (
        "restricted_periods = [{ name = 'x', start = '2026-12-26', end = '2026-12-24' }]",
        "line 1: restricted_periods[0]: must not end before it starts",
    ),
    (
        "restricted_periods = [{ name = 'x', start = '24.12.2026', end = '2026-12-24' }]",
        "line 1: restricted_periods[0].start: must be a date, such as 2026-12-24",
    ),
    (
        "restricted_periods = [{ name = 'x', start = '2026-12-24', end = '2026-12-32' }]",
        "line 1: restricted_periods[0].end: is impossible: day is out of range for month",
    ),
    (
        "restricted_periods = [{ name = 'x', start = 2026-12-24T00:00:00, end = 2026-12-24 }]",
        "line 1: restricted_periods[0].start: must be a date, such as 2026-12-24",
    ),
    ("rules = 'US-FL'", "line 1: rules: must be a list"),
    ("rules = ['US-FL', 5]", "line 1: rules[1]: must be text"),
    ("open_hours = '9-5'", "line 1: open_hours: must be a table"),
    (
        "[open_hours]\nMon = []",
        "line 2: open_hours.Mon: must be 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', "
        "'SATURDAY' or 'SUNDAY'",
    ),
    (
        "[open_hours]\nMONDAY = { start = '09:00', end = '17:00' }",
        "line 2: open_hours.MONDAY: must be a list",
    ),
    (
        "[open_hours]\nMONDAY = [{ start = '9:00', end = '17:00' }]",
        "line 2: open_hours.MONDAY[0].start: must be a time of day, such as 09:00",
    ),
    (
        "[open_hours]\nMONDAY = [{ start = '24:00', end = '24:00' }]",
        "line 2: open_hours.MONDAY[0].start: is impossible: hour must be in 0..23",
    ),
    (
        "[open_hours]\nMONDAY = [{ start = '09:00', end = '09:00' }]",
        "line 2: open_hours.MONDAY[0]: must end after it starts",
    ),
    (
        "[open_hours]\nMONDAY = [{ start = '20:00', end = '04:00' }]",
        "line 2: open_hours.MONDAY[0]: must end after it starts",
    ),
    (
        "[open_hours]\nMONDAY = [{ start = '13:00', end = '17:00' }, "
        "{ start = '09:00', end = '13:01' }]",
        "line 2: open_hours.MONDAY: its spans must not overlap",
    ),
    (
        "[open_hours]\nMONDAY = [{ start = '09:00', end = '00:00' }, "
        "{ start = '10:00', end = '11:00' }]",
        "line 2: open_hours.MONDAY: its spans must not overlap",
    ),
    ("\n[retry.no_answer]\ntries = 0", "line 3: retry.no_answer.tries: must be at least 1"),
    ("[retry]\nbusy = { tries = 0 }", "line 2: retry.busy.tries: must be at least 1"),
    ("retry.busy.wait_minutes = -1", "line 1: retry.busy.wait_minutes: must be at least 0"),
    ("[retry.busy]\nwait = 5", "line 2: retry.busy.wait: is no known key"),
    (
        "[retry.refused]\ntries = 1",
        "line 1: retry.refused: must be 'no_answer', 'busy', 'machine', 'abandoned' or 'failed'",
    ),
    ("abandonment = 3", "line 1: abandonment: must be a table"),
    (
        "[abandonment]\ntarget_percent = 0",
        "line 2: abandonment.target_percent: must be more than 0",
    ),
    (
        "[abandonment]\ntarget_percent = 100.1",
        "line 2: abandonment.target_percent: must be at most 100",
    ),
    (
        "[abandonment]\ndetection_false_positive_percent = 101",
        "line 2: abandonment.detection_false_positive_percent: must be at most 100",
    ),
    (
        "[abandonment]\ndetection_false_positive_percent = -1",
        "line 2: abandonment.detection_false_positive_percent: must be at least 0",
    ),
    (
        "[abandonment]\nconnection_start_point = 'ANSWER'",
        "line 2: abandonment.connection_start_point: must be 'CONNECTED_TO_SYSTEM', "
        "'GREETING_START' or 'GREETING_END'",
    ),
    (
        "[abandonment]\nconnection_threshold_seconds = 0",
        "line 2: abandonment.connection_threshold_seconds: must be more than 0",
    ),
    (
        "[abandonment]\nevaluation_window = 'P1M'",
        "line 2: abandonment.evaluation_window: must be a duration in days, hours, minutes or "
        "seconds, such as PT24H",
    ),
    (
        "[abandonment]\nevaluation_window = 'PT'",
        "line 2: abandonment.evaluation_window: must be a duration in days, hours, minutes or "
        "seconds, such as PT24H",
    ),
    (
        "[abandonment]\nevaluation_window = 'PT59M'",
        "line 2: abandonment.evaluation_window: must be PT1H to P30D",
    ),
    (
        "[abandonment]\nevaluation_window = 'P30DT1S'",
        "line 2: abandonment.evaluation_window: must be PT1H to P30D",
    ),
]


@pytest.mark.parametrize(("text", "message"), BAD, ids=[message for _, message in BAD])
def test_a_mistake_is_one_line_with_file_line_and_key(path: Path, text: str, message: str) -> None:
    """The message says where the mistake is and what is expected there."""
    with pytest.raises(BadCampaignFileError) as error:
        loaded(path, text)

    assert str(error.value).isprintable()
    assert str(error.value).startswith(f"{path}: {message}")


def test_a_missing_start_is_said(path: Path) -> None:
    """Neither the file nor the option gives a start."""
    path.write_text("lines = 5")

    with pytest.raises(BadCampaignFileError, match="start: is missing; give it here or on the"):
        load(path, start=None, agents=1)


def test_bytes_that_are_no_text_are_said_with_their_line(path: Path) -> None:
    """Latin-1 in a TOML file is bad input."""
    path.write_bytes("lines = 5\nname = 'Jos\xe9'\n".encode("latin-1"))

    with pytest.raises(BadCampaignFileError) as error:
        load(path, start=START, agents=1)

    assert str(error.value) == f"{path}: line 2: not UTF-8"


@pytest.mark.parametrize(("name", "problem"), [("", "Is a directory"), ("x.toml", "No such file")])
def test_a_path_that_cannot_be_read_is_bad_input(tmp_path: Path, name: str, problem: str) -> None:
    """A directory and a missing file are named."""
    with pytest.raises(BadCampaignFileError, match=f"{name}: cannot be read: {problem}"):
        load(tmp_path / name, start=START, agents=1)


@pytest.mark.parametrize("window", ["PT1H", "PT24H", "P1D", "P30D", "PT3600S", "PT60M", "P29DT24H"])
def test_windows_up_to_thirty_days_are_read(path: Path, window: str) -> None:
    """Both ends of the range are inside it."""
    settings = loaded(path, f"[abandonment]\nevaluation_window = '{window}'")

    assert timedelta(hours=1) <= settings.abandonment.evaluation_window <= timedelta(days=30)


@pytest.mark.parametrize("text", ["2026-11-23T14:00:00Z", "2026-11-23t15:00:00.000+01:00"])
def test_an_instant_is_read_in_any_spelling_of_rfc_3339(text: str) -> None:
    """The offset is applied; the result is UTC."""
    assert parse_instant(text) == START
    assert parse_instant(text).tzinfo is UTC


KEYS = ["name", "start", "end", "lines", "rules", "retry", "open_hours", "abandonment", "x", "a.b"]
VALUES = ["1", "-1", "0.5", "'x'", "true", "[]", "{}", "[{}]", "2026-01-01", "09:00:00", "[[1]]"]
LINES = st.builds("{} = {}".format, st.sampled_from(KEYS), st.sampled_from(VALUES))
HEADERS = st.sampled_from(["[retry]", "[retry.busy]", "[[rules]]", "[abandonment]", "[x"])


@given(text=st.lists(LINES | HEADERS | st.text(max_size=6), max_size=5).map("\n".join))
def test_any_text_gives_settings_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    """Nothing but BadCampaignFileError is raised, and it prints as one line."""
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    errors = []
    try:
        load(path, start=START, agents=1)
    except BadCampaignFileError as error:
        errors.append(error)
    assert all(str(error).isprintable() for error in errors)
    assert all(0 < (error.line or 1) <= text.count("\n") + 1 for error in errors)


@pytest.mark.parametrize(
    ("line", "rate"),
    [
        ("", None),
        ("detection_false_positive_percent = 0", Fraction(0)),
        ("detection_false_positive_percent = 2.9", Fraction(29, 1000)),
    ],
)
def test_a_measured_rate_is_exact_and_never_guessed(
    path: Path, line: str, rate: Fraction | None
) -> None:
    """Not measured is not the same as measured to be zero."""
    assert loaded(path, f"[abandonment]\n{line}\n").abandonment.estimate_from == rate
