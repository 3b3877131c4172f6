"""A forecast's outset: the campaign's settings, what was learnt, and what is to be assumed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from campaigns.campaign import Campaign
from compliance.case import DialMode
from compliance.time_zone import zone
from dialer.laboratory.day import Inbound
from dialer.laboratory.forecasting import Outset
from dialer.laboratory.habits import Habits, Roster
from dialer.limits import own_limit
from dialer.planning import Ahead
from dialer.snapshot import pacing_settings

TICK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What a forecast is asked to assume; None: as the campaign is set, or as was learnt.

    Attributes:
        agents: how many there are.
        limit: share of live-answered calls that may be abandoned.
        answer_rate, machine_rate: shares of dials.
        mode: how calls and agents are brought together.
        calls_per_agent: in predictive mode a fixed ratio in the forecast's place; a mode that is
            assumed without one has none.
        talk, wrap: seconds on average.
        lines: calls at once. calls_per_second: at most.
        hours: (from, to) hours of the day, on the campaign's clock, in which the agents work.
        inbound_per_hour: calls that the agents take besides; none unless assumed.
        inbound_reserve: idle agents who are kept for those.
    """

    agents: int | None = None
    limit: float | None = None
    answer_rate: float | None = None
    machine_rate: float | None = None
    mode: DialMode | None = None
    calls_per_agent: float | None = None
    talk: float | None = None
    wrap: float | None = None
    lines: int | None = None
    calls_per_second: float | None = None
    hours: tuple[float, float] | None = None
    inbound_per_hour: float | None = None
    inbound_reserve: int | None = None


WITHOUT_FORECAST = (DialMode.PREVIEW, DialMode.AGENTLESS)
"""In preview it depends on how long agents look at a contact; agentless calls need no agents."""


class NoForecastError(Exception):
    """Nothing can be foreseen for these settings; the message says why."""


def outset(
    campaign: Campaign,
    ahead: Ahead,
    learnt: Habits,
    held: tuple[int, int],
    agents: int,
    assumed: Assumptions,
) -> Outset:
    """Where a forecast starts from.

    Args:
        campaign: Its settings.
        ahead: Who is left.
        learnt: Of people and agents.
        held: What the abandonment window holds: people who answered, and those abandoned.
        agents: How many there are, unless assumed.
        assumed: What is to be assumed.

    Raises:
        NoForecastError: the way of dialing, or no agents, or nobody whom they could call.
    """
    settings = campaign.settings
    mode = check_mode(campaign, assumed)
    here = zone(settings.default_time_zone or "UTC")
    local = ahead.start.astimezone(here)
    hour = local.hour + local.minute / 60.0 + local.second / 3600.0
    stretches = _stretches(ahead, hour, assumed.hours)
    if not stretches:
        raise NoForecastError("nobody can be called while agents are there and before the end")
    limit = own_limit(settings.abandonment) / 1_000_000 if assumed.limit is None else assumed.limit
    pacing = replace(
        pacing_settings(campaign, limit, TICK_SECONDS),
        dial_mode=mode,
        calls_per_agent=ratio_of(settings.calls_per_agent, assumed),
        close_at=(ahead.end - ahead.start).total_seconds(),
        inbound_reserve=reserve_of(settings.inbound_reserve, assumed),
    )
    return Outset(
        settings=pacing,
        agents=agents if assumed.agents is None else assumed.agents,
        roster=Roster(stretches),
        habits=_assumed(learnt, assumed),
        groups=ahead.groups,
        retry=settings.retry,
        limits=settings.attempt_limits,
        lines=settings.lines if assumed.lines is None else assumed.lines,
        calls_per_second=assumed.calls_per_second or settings.calls_per_second,
        prior_live=held[0],
        prior_abandoned=held[1],
        hour_at_start=hour,
        inbound=Inbound(assumed.inbound_per_hour) if assumed.inbound_per_hour else None,
    )


def check_mode(campaign: Campaign, assumed: Assumptions) -> DialMode:
    """The way of dialing that is assumed.

    Raises:
        NoForecastError: there is none for it.
    """
    mode = assumed.mode or campaign.settings.dial_mode
    if mode in WITHOUT_FORECAST:
        raise NoForecastError(f"there is no forecast of {mode} dialing; say another mode")
    return mode


def ratio_of(own: float | None, assumed: Assumptions) -> float | None:
    """The fixed ratio that is assumed: the campaign's own, unless another way of dialing is."""
    if assumed.calls_per_agent is not None or assumed.mode is not None:
        return assumed.calls_per_agent
    return own


def reserve_of(own: int, assumed: Assumptions) -> int:
    """The idle agents who are kept for inbound calls: the campaign's own number unless assumed."""
    return own if assumed.inbound_reserve is None else assumed.inbound_reserve


def _assumed(learnt: Habits, assumed: Assumptions) -> Habits:
    habits = learnt
    if assumed.answer_rate is not None:
        habits = replace(habits, people=assumed.answer_rate, people_by_hour={})
    if assumed.machine_rate is not None:
        habits = replace(habits, machines=assumed.machine_rate)
    if assumed.talk is not None:
        habits = replace(habits, talk=habits.talk.times(assumed.talk / habits.talk.mean))
    if assumed.wrap is not None:
        habits = replace(habits, wrap=habits.wrap.times(assumed.wrap / habits.wrap.mean))
    return habits


def _stretches(
    ahead: Ahead, hour: float, hours: tuple[float, float] | None
) -> tuple[tuple[float, float], ...]:
    """When the agents work: while somebody is within allowed hours, and within theirs."""
    joined: list[tuple[float, float]] = []
    for first, last in sorted(span for group in ahead.groups for span in group.open):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    if hours is None:
        return tuple(joined)
    days = math.ceil((joined[-1][1] / 3600.0 + hour) / 24.0) if joined else 0
    work = [
        ((24.0 * day + hours[0] - hour) * 3600.0, (24.0 * day + hours[1] - hour) * 3600.0)
        for day in range(days)
    ]
    return tuple(
        (max(a, c), min(b, d)) for a, b in joined for c, d in work if max(a, c) < min(b, d)
    )
