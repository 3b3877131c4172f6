"""The live page's figures, gathered from rows and from the folded events."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.database import SqlUnitOfWork
from app.web import words
from app.web.figures import Folded
from app.web.gauges import Gauge, gauges_of
from app.web.timeline import Sample
from campaigns.attempt import Attempt
from campaigns.campaign import Campaign, CampaignState
from campaigns.contact import ContactList
from campaigns.metrics import Figures
from campaigns.schedule import PACED
from dialer.agent import Agent, AgentState
from dialer.inbound_load import waiting_at

READY_SHOWN = 10_000
"""Callable contacts are counted up to here."""
CHART_SPAN = timedelta(minutes=10)
CHART_STEP = timedelta(seconds=5)

_AGENT_ORDER = (
    AgentState.TALK,
    AgentState.WRAP,
    AgentState.IDLE,
    AgentState.BREAK,
    AgentState.OUT,
)


@dataclass(frozen=True, slots=True)
class LiveView:
    """All that the live page shows."""

    campaign: Campaign
    contact_list: ContactList
    now: datetime
    holds: str
    agents: list[Agent]
    agent_counts: dict[AgentState, int]
    lines: int
    stages: dict[str, int]
    ready: int
    next_due_at: datetime | None
    finished: int
    in_call: int
    waiting: int
    figures: Figures
    gauges: list[Gauge]
    other_gauges: list[Gauge]
    samples: list[Sample]
    behind: int
    inbound_waiting: int | None

    @property
    def is_paced(self) -> bool:
        """Whether figures may still change by themselves."""
        return self.campaign.state in (*PACED, CampaignState.SCHEDULED)

    @property
    def sentence(self) -> str:
        """The gist, for a screen reader."""
        own = self.gauges[0]
        over = ", ".join(gauge.name for gauge in self.gauges if gauge.level == "over")
        return (
            f"{words.STATES[self.campaign.state]}. "
            f"{self.lines} of {self.campaign.settings.lines} lines in use, "
            f"{self.agent_counts[AgentState.TALK]} of {len(self.agents)} agents talking, "
            f"abandonment {words.percent(own.rate)} of at most {words.percent(own.limit)}. "
            f"{f'Over the limit: {over}. ' if over else ''}"
            f"{self.holds}"
        )


def look(
    uow: SqlUnitOfWork, account: str, campaign_id: str, fold: Folded, now: datetime
) -> LiveView:
    """How the campaign stands now; NotFoundError for another account's."""
    campaign = uow.campaigns.get(account, campaign_id)
    contact_list = uow.contact_lists.get(account, campaign.contact_list_id)
    agents = [a for a in uow.agents.of_campaign(campaign_id) if a.works_for == campaign_id]
    open_attempts = uow.attempts.open_of(campaign_id)
    decisions = uow.decisions.latest(campaign_id, words.DECISIONS_READ)
    paced = campaign.state in PACED
    last_at = fold.timeline.last_at
    as_of = now if paced or last_at is None else last_at
    figures = fold.metrics.figures(as_of)
    finished = sum(figures.contacts_finished.values())
    states = Counter(agent.state for agent in agents)
    gauges, others = gauges_of(uow, campaign, fold, as_of)
    return LiveView(
        campaign=campaign,
        contact_list=contact_list,
        now=now,
        holds=words.what_holds(campaign.state, decisions, now),
        agents=sorted(agents, key=lambda a: (_AGENT_ORDER.index(a.state), a.name, a.id)),
        agent_counts={state: states[state] for state in _AGENT_ORDER},
        lines=len(open_attempts),
        stages=dict(Counter(_stage(attempt) for attempt in open_attempts)),
        ready=uow.queue.ready_count(campaign_id, READY_SHOWN + 1) if paced else 0,
        next_due_at=uow.queue.next_due_at(campaign_id) if paced else None,
        finished=finished,
        in_call=len({attempt.contact_id for attempt in open_attempts}),
        waiting=max(0, contact_list.accepted - finished - len(open_attempts)),
        figures=figures,
        gauges=gauges,
        other_gauges=others,
        samples=fold.timeline.samples(as_of, CHART_SPAN, CHART_STEP),
        behind=fold.behind,
        inbound_waiting=waiting_at(uow.inbound.of(campaign_id), now) if paced else None,
    )


def _stage(attempt: Attempt) -> str:
    if attempt.connected_at is not None:
        return "with an agent"
    if attempt.is_waiting:
        return "waiting for an agent"
    return "answered" if attempt.answered_at is not None else "ringing"
