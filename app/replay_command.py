"""`fairdial pacing replay`: a past day from its events, as it was set and as it might have been."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from app.bootstrap import Parts
from app.campaign_file import DEFAULT_LINES_PER_AGENT, load
from app.errors import BadInputError
from app.pace_lines import init_line
from app.pace_program import PaceProgram
from campaigns.campaign import Campaign, CampaignSettings, CampaignState
from compliance.ended_call import EventFieldError
from compliance.time_zone import zone
from dialer.assumptions import TICK_SECONDS, WITHOUT_FORECAST, Assumptions, ratio_of, reserve_of
from dialer.call_store import SqlCalls
from dialer.laboratory.past import Figures, PastDay
from dialer.laboratory.playing import Ours
from dialer.laboratory.recording import NothingRecordedError, past_day
from dialer.laboratory.replaying import Lines, replay
from dialer.limits import own_limit
from dialer.pacing import PacingSettings
from dialer.snapshot import pacing_settings

LOOK_BACK = timedelta(days=30)
"""Calls that ended so long before the day tell what the abandonment window held."""

LINE_MOST = 1_048_576

SETTABLE = (
    "limit",
    "mode",
    "calls_per_agent",
    "lines",
    "calls_per_second",
    "inbound_reserve",
)
"""What a replay can set otherwise: the agents and the people are those of the day."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A day of a campaign with its settings, and where its events are.

    `lines_said`: else calls at once are limited as for a new campaign, by the agents.
    """

    campaign: Campaign
    day: date
    events: Iterable[str]
    lines_said: bool = True


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a day came to: really, replayed as it was set, and replayed otherwise.

    `paced_by`: the other version of the pacing, if one was asked.
    """

    campaign_id: str
    day: date
    time_zone: str
    start: datetime
    past: PastDay
    as_it_was: Figures
    otherwise: Figures | None
    changed: Assumptions
    paced_by: str | None


def kept_day(parts: Parts, campaign: Campaign, day: date) -> Asked:
    """A day of a campaign in the database."""
    first, last = _bounds(campaign.settings, day)

    def events() -> Iterator[str]:
        with parts.database.reading() as uow:
            account = campaign.account
            calls = SqlCalls(uow.connection)
            yield from calls.events(account, campaign.id, first, last, LOOK_BACK)

    return Asked(campaign, day, events())


def day_of_file(path: Path, campaign_id: str, settings: Path | None, day: date) -> Asked:
    """A day of a campaign of which a file has the events, one a line as they were published.

    Raises:
        BadInputError: the settings cannot be used.
    """
    start = datetime.combine(day, time(), UTC)
    found = load(settings, start=start, agents=1)
    lines_said = found.lines == load(settings, start=start, agents=2).lines
    if settings is None:
        found = replace(found, end_at=start + timedelta(days=2))
    campaign = Campaign(campaign_id, "", "", CampaignState.COMPLETED, found)
    return Asked(campaign, day, _lines(path), lines_said)


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8") as file:
            while line := file.readline(LINE_MOST):
                yield line
    except OSError as error:
        raise BadInputError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadInputError(f"{path}: is not UTF-8") from None


def _bounds(settings: CampaignSettings, day: date) -> tuple[datetime, datetime]:
    here = zone(settings.default_time_zone or "UTC")
    first = datetime.combine(day, time(), here).astimezone(UTC)
    last = datetime.combine(day + timedelta(days=1), time(), here).astimezone(UTC)
    return first, last


def replay_day(
    asked: Asked,
    changed: Assumptions,
    command: str | None,
    seed: int,
    progress: Callable[[float], None],
) -> Replayed:
    """Rebuild the day and play it, as it was set and, if anything is changed, otherwise.

    Raises:
        BadInputError: the events tell of no such day, there is no replay of the campaign's way of
            dialing, or the other program does not pace it.
    """
    campaign = asked.campaign
    mode = campaign.settings.dial_mode
    if mode in WITHOUT_FORECAST:
        raise BadInputError(f"there is no replay of {mode} dialing")
    first, last = _bounds(campaign.settings, asked.day)
    limit = own_limit(campaign.settings.abandonment) / 1_000_000
    settings = pacing_settings(campaign, limit, TICK_SECONDS)
    target = campaign.settings.abandonment
    try:
        past = past_day(
            _read(asked.events), campaign.id, first, last, settings, seed, target.evaluation_window
        )
    except NothingRecordedError:
        raise BadInputError(
            f"{asked.day}: the events tell of no call of campaign {campaign.id} on that day"
        ) from None
    except EventFieldError as error:
        raise BadInputError(f"the events: {error}") from None
    close = (min(campaign.settings.end_at, last) - past.start).total_seconds()
    settings = replace(settings, close_at=max(0.0, close))
    most = (
        campaign.settings.lines if asked.lines_said else DEFAULT_LINES_PER_AGENT * len(past.shifts)
    )
    lines = Lines(most, campaign.settings.calls_per_second)
    runs = 2 if command or changed != Assumptions() else 1
    as_it_was = replay(past, Ours(settings), lines, seed, lambda share: progress(share / runs))
    otherwise = None
    if runs == 2:
        others, other_lines = _changed(settings, changed), _changed_lines(lines, changed)
        with ExitStack() as stack:
            policy: Ours | PaceProgram = Ours(others)
            if command:
                policy = stack.enter_context(_program(command, past, others, other_lines))
            otherwise = replay(
                past, policy, other_lines, seed, lambda share: progress((1.0 + share) / runs)
            )
    return Replayed(
        campaign_id=campaign.id,
        day=asked.day,
        time_zone=campaign.settings.default_time_zone or "UTC",
        start=past.start,
        past=past,
        as_it_was=as_it_was,
        otherwise=otherwise,
        changed=changed,
        paced_by=command,
    )


def _read(lines: Iterable[str]) -> Iterator[Mapping[str, object]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            raise BadInputError(f"the events, line {number}: is no JSON") from None
        if not isinstance(event, dict):
            raise BadInputError(f"the events, line {number}: is no JSON object")
        yield event


def _changed(settings: PacingSettings, changed: Assumptions) -> PacingSettings:
    return replace(
        settings,
        limit_rate=settings.limit_rate if changed.limit is None else changed.limit,
        dial_mode=changed.mode or settings.dial_mode,
        calls_per_agent=ratio_of(settings.calls_per_agent, changed),
        inbound_reserve=reserve_of(settings.inbound_reserve, changed),
    )


def _changed_lines(lines: Lines, changed: Assumptions) -> Lines:
    return Lines(changed.lines or lines.calls, changed.calls_per_second or lines.a_second)


def _program(command: str, past: PastDay, settings: PacingSettings, lines: Lines) -> PaceProgram:
    held = past.prior_live, past.prior_abandoned
    init = init_line(
        settings, len(past.shifts), settings.close_at, held, lines.calls, lines.a_second
    )
    return PaceProgram(command, init)
