"""The agents' page: who they are, what they do, and which campaigns they work on."""

from __future__ import annotations

from dataclasses import dataclass

import flask
from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.web.context import account, require_role, signed_in, web
from app.web.forms import AssignForm, choices
from campaigns.campaign import Campaign
from campaigns.role import Role
from dialer.agent import Agent
from dialer.assigning import AssignmentRefusedError, assign, takes_agents
from dialer.sharing import Share

pages = Blueprint("agents", __name__, url_prefix="/agents")

MAY_ASSIGN = (Role.ADMINISTRATOR, Role.MANAGER)
"""Who says on which campaigns agents work."""


@dataclass(frozen=True, slots=True)
class AgentsView:
    """All agents by name, the campaigns by id, and what has been given to whom."""

    agents: list[Agent]
    campaigns: dict[str, Campaign]
    shares: dict[str, tuple[Share, ...]]
    may_assign: bool

    def names(self, agent: Agent) -> list[tuple[Campaign, bool]]:
        """The campaigns that an agent works on, and whether each is the one of now."""
        theirs = [share.campaign_id for share in self.shares.get(agent.id, ())]
        if not theirs and agent.campaign_id is not None:
            theirs = [agent.campaign_id]
        found = [self.campaigns[key] for key in theirs if key in self.campaigns]
        found.sort(key=lambda campaign: campaign.settings.name)
        return [(campaign, campaign.id == agent.works_for) for campaign in found]

    @property
    def open(self) -> list[Campaign]:
        """The campaigns that agents can be given."""
        return [campaign for campaign in self.campaigns.values() if takes_agents(campaign)]


@pages.get("")
def index() -> ResponseReturnValue:
    """All agents."""
    return _page(AssignForm(), 200)


@pages.post("")
def change() -> ResponseReturnValue:
    """Let the chosen agents work on the chosen campaigns, and on no others."""
    require_role(*MAY_ASSIGN)
    form = AssignForm()
    _offer(form, _look())
    if not form.validate() or not _assign(form):
        return _page(form, 422)
    flask.flash("Kept. Who has a call finishes it first; calls in flight keep their agents.")
    return redirect(url_for(".index"))


def _assign(form: AssignForm) -> bool:
    """Whether they were assigned; else the form says why not."""
    try:
        with web().parts.database() as uow:
            assign(uow, account(), form.agents.data, form.campaigns.data, web().now)
    except AssignmentRefusedError as error:
        form.campaigns.errors = [f"{error}."]
        return False
    return True


def _look() -> AgentsView:
    with web().parts.database.reading() as uow:
        agents = uow.agents.of_account(account())
        campaigns = uow.campaigns.of_account(account())
        shares = uow.agents.shares([agent.id for agent in agents])
    return AgentsView(
        agents=sorted(agents, key=lambda agent: (len(agent.name), agent.name, agent.id)),
        campaigns={campaign.id: campaign for campaign in campaigns},
        shares=shares,
        may_assign=signed_in().user.role in MAY_ASSIGN,
    )


def _offer(form: AssignForm, view: AgentsView) -> None:
    form.agents.choices = choices({agent.id: agent.name for agent in view.agents})
    form.campaigns.choices = choices({one.id: one.settings.name for one in view.open})


def _page(form: AssignForm, status: int) -> ResponseReturnValue:
    view = _look()
    _offer(form, view)
    return render_template("agents.html", form=form, view=view), status
