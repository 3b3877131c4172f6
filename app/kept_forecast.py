"""A forecast of a campaign in the database or over a file, for the command line and the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.database import Database
from campaigns.campaign import Campaign
from campaigns.contact import ListState
from campaigns.events import AgentState
from campaigns.service import ListNotReadyError
from compliance.overrides import Override
from compliance.rulebook import Rulebook
from dialer.assumptions import Assumptions, check_mode, outset
from dialer.call_store import SqlCalls
from dialer.laboratory.forecasting import Effort, Forecast, Outset, forecast, work_seconds
from dialer.laboratory.habits import Habits, learnt
from dialer.planning import (
    Ahead,
    Block,
    ahead_of,
    contacts_ahead,
    is_under_way,
    kept_blocks,
    seen_in,
    stride_of,
    window_held,
)


class NoAgentsError(Exception):
    """Nobody said how many agents there are, and none is at work."""

    def __init__(self) -> None:
        super().__init__("no agent is at work on the campaign: say how many there will be")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A campaign that can be foreseen: what was learnt of it, what it holds, who is at work."""

    campaign: Campaign
    now: datetime
    listed: int
    overrides: Sequence[Override]
    under_way: bool
    habits: Habits
    held: tuple[int, int]
    agents_at_work: int


@dataclass(frozen=True, slots=True)
class Column:
    """One setting's forecast: what was assumed, in how far, and what came of it."""

    assumed: Assumptions
    agents: int
    forecast: Forecast


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A forecast of one setting, or of two over the same seeds."""

    campaign_id: str
    name: str
    made_at: datetime
    start: datetime
    end: datetime
    time_zone: str
    under_way: bool
    contacts: int
    screened: int
    habits: Habits
    held: tuple[int, int]
    columns: tuple[Column, ...]


def prepare(database: Database, campaign: Campaign, now: datetime) -> Prepared:
    """Read what the campaign has taught so far.

    Raises:
        NothingAheadError: it is over.
        ListNotReadyError: its list is still being imported.
    """
    ahead_of(campaign, now)
    zone_name = campaign.settings.default_time_zone or "UTC"
    with database.reading() as uow:
        contact_list = uow.contact_lists.get(campaign.account, campaign.contact_list_id)
        if contact_list.state is not ListState.READY:
            raise ListNotReadyError(contact_list)
        calls = SqlCalls(uow.connection)
        seen = seen_in(calls.ended(campaign.id), calls.wrap_ups(campaign.account), zone_name)
        held = window_held(uow, campaign, now)
        agents = uow.agents.of_campaign(campaign.id)
        overrides = uow.overrides.of_campaign(campaign.id)
    return Prepared(
        campaign=campaign,
        now=now,
        listed=contact_list.accepted,
        overrides=overrides,
        under_way=is_under_way(campaign),
        habits=learnt(seen),
        held=held,
        agents_at_work=sum(agent.state is not AgentState.OUT for agent in agents),
    )


def foresee_kept(
    database: Database,
    rulebook: Rulebook,
    prepared: Prepared,
    settings: Sequence[Assumptions],
    progress: Callable[[float], None],
) -> Foreseen:
    """Foresee a campaign of the database: `foresee` over its list."""
    campaign = prepared.campaign

    def waiting(ids: Sequence[str]) -> Mapping[str, datetime]:
        with database.reading() as uow:
            return SqlCalls(uow.connection).waiting(campaign.id, ids)

    start, _ = ahead_of(campaign, prepared.now)
    left = waiting if prepared.under_way else None
    blocks = kept_blocks(database.reading, campaign, prepared.listed, start, left)
    return foresee(rulebook, prepared, blocks, settings, progress)


def foresee(
    rulebook: Rulebook,
    prepared: Prepared,
    blocks: Iterable[Block],
    settings: Sequence[Assumptions],
    progress: Callable[[float], None],
) -> Foreseen:
    """Screen who is left, and play each setting; `progress` is told shares from 0.0 to 1.0.

    Raises:
        NoAgentsError, NoForecastError: nothing can be foreseen.
    """
    campaign = prepared.campaign
    check_agents(prepared, settings)
    for assumed in settings:
        check_mode(campaign, assumed)
    ahead = contacts_ahead(
        campaign,
        blocks,
        stride_of(prepared.listed),
        rulebook,
        prepared.overrides,
        prepared.now,
        lambda done: progress(0.2 * min(1.0, done / max(1, prepared.listed))),
    )
    outsets = [_outset(prepared, ahead, assumed) for assumed in settings]
    effort = _effort(outsets)
    columns = []
    for number, (assumed, one) in enumerate(zip(settings, outsets, strict=True)):
        found = forecast(one, effort, _part(progress, number, len(outsets)))
        columns.append(Column(assumed, one.agents, found))
    return Foreseen(
        campaign_id=campaign.id,
        name=campaign.settings.name,
        made_at=prepared.now,
        start=ahead.start,
        end=ahead.end,
        time_zone=campaign.settings.default_time_zone or "UTC",
        under_way=prepared.under_way,
        contacts=min(ahead.contacts, prepared.listed) if prepared.listed else ahead.contacts,
        screened=ahead.screened,
        habits=prepared.habits.brief(),
        held=prepared.held,
        columns=tuple(columns),
    )


def check_agents(prepared: Prepared, settings: Sequence[Assumptions]) -> None:
    """Refuse settings without agents, with NoAgentsError."""
    if prepared.agents_at_work == 0 and any(one.agents is None for one in settings):
        raise NoAgentsError


def _outset(prepared: Prepared, ahead: Ahead, assumed: Assumptions) -> Outset:
    return outset(
        prepared.campaign,
        ahead,
        prepared.habits,
        prepared.held,
        prepared.agents_at_work,
        assumed,
    )


def _effort(outsets: Sequence[Outset]) -> Effort:
    """What all can be played with, so that their days can be compared."""
    efforts = [Effort.of(one.agents, work_seconds(one)) for one in outsets]
    return Effort(min(e.seeds for e in efforts), min(e.seconds for e in efforts))


def _part(progress: Callable[[float], None], number: int, of: int) -> Callable[[float], None]:
    return lambda share: progress(0.2 + 0.8 * (number + share) / of)
