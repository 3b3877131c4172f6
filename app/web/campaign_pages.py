"""The campaigns' pages: all of them, a new one, a live one, and what may be done to it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import flask
from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.web import decision_pages, dry_run_pages, forecast_pages, live, override_pages, words
from app.web.accounts import new_id
from app.web.campaign_form import settings_from
from app.web.context import account, signed_in, web
from app.web.forms import CampaignForm, choices
from campaigns.campaign import Campaign, CampaignAction, CampaignState
from campaigns.contact import ListState
from campaigns.identity import derive_id
from campaigns.ports import NotFoundError
from campaigns.service import act, create_campaign
from compliance.case import Weekday
from compliance.time_zone import known_zones

pages = Blueprint("campaigns", __name__, url_prefix="/campaigns")
for part in (decision_pages, dry_run_pages, forecast_pages, override_pages):
    pages.register_blueprint(part.pages)


@pages.get("")
def index() -> ResponseReturnValue:
    """All campaigns."""
    with web().parts.database.reading() as uow:
        campaigns = uow.campaigns.of_account(account())
        lists = {one.id: one for one in uow.contact_lists.of_account(account())}
    ready = [one for one in lists.values() if one.state is ListState.READY]
    return render_template("campaigns.html", campaigns=campaigns, lists=lists, ready=ready)


@pages.get("/new")
def new() -> ResponseReturnValue:
    """The form for a new campaign."""
    form = CampaignForm()
    start = web().now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    form.start.data, form.end.data = _wall(start), _wall(start + timedelta(hours=8))
    form.key.data = new_id()
    if wanted := request.args.get("list"):
        form.contact_list.data = wanted
    return _form_page(form, 200)


@pages.post("/new")
def create() -> ResponseReturnValue:
    """Make a draft. The same form sent twice makes one campaign."""
    form = CampaignForm()
    form.contact_list.choices = choices(_lists())
    settings = settings_from(form, web().now) if form.validate() else None
    if settings is None:
        return _form_page(form, 422)
    user = signed_in().user
    campaign = Campaign(
        id=derive_id("campaign", user.account, user.id, form.key.data or new_id()),
        account=user.account,
        contact_list_id=form.contact_list.data,
        state=CampaignState.DRAFT,
        settings=settings,
    )
    with web().parts.database() as uow:
        try:
            uow.campaigns.get(user.account, campaign.id)
        except NotFoundError:
            create_campaign(uow, campaign, web().now)
    flask.flash("The campaign is a draft. Nothing is dialed until you start it.")
    return redirect(url_for(".show", campaign_id=campaign.id))


@pages.get("/<uuid:campaign_id>")
def show(campaign_id: uuid.UUID) -> ResponseReturnValue:
    """The live page."""
    view = _look(str(campaign_id))
    return render_template(
        "campaign.html",
        view=view,
        actions=words.actions(view.campaign.state),
        overrides=override_pages.look(view.campaign),
    )


@pages.get("/<uuid:campaign_id>/live")
def figures(campaign_id: uuid.UUID) -> ResponseReturnValue:
    """What the live page fetches every other second."""
    view = _look(str(campaign_id))
    return {
        "state": view.campaign.state,
        "live": view.is_paced or view.behind > 0,
        "figures": render_template("campaign_figures.html", view=view),
        "status": render_template(
            "campaign_status.html", view=view, actions=words.actions(view.campaign.state)
        ),
        "rows": render_template("campaign_rows.html", view=view),
        "chart": [
            [sample.at for sample in view.samples],
            [sample.lines for sample in view.samples],
            [sample.talking for sample in view.samples],
            [sample.placed for sample in view.samples],
        ],
        "sentence": view.sentence,
    }


@pages.get("/<uuid:campaign_id>/stop")
def confirm_stop(campaign_id: uuid.UUID) -> ResponseReturnValue:
    """Ask once more before a campaign is stopped."""
    view = _look(str(campaign_id))
    if CampaignAction.STOP not in words.actions(view.campaign.state):
        return redirect(url_for(".show", campaign_id=campaign_id))
    return render_template("campaign_stop.html", view=view)


@pages.post("/<uuid:campaign_id>/<action>")
def change(campaign_id: uuid.UUID, action: str) -> ResponseReturnValue:
    """Do one of the things that the campaign's state permits; else 409 and why."""
    if action not in words.ACTIONS:
        abort(404)
    wanted = CampaignAction(action)
    reason = request.form.get("reason", "").strip() or None
    with web().parts.database() as uow:
        act(uow, account(), str(campaign_id), wanted, web().now, reason)
    flask.flash(words.DONE[wanted])
    return redirect(url_for(".show", campaign_id=campaign_id))


def _look(campaign_id: str) -> live.LiveView:
    with web().parts.database.reading() as uow:
        uow.campaigns.get(account(), campaign_id)  # before its events are folded: perhaps not ours
    with web().figures.of(campaign_id) as fold, web().parts.database.reading() as uow:
        return live.look(uow, account(), campaign_id, fold, web().now)


def _lists() -> dict[str, str]:
    with web().parts.database.reading() as uow:
        lists = uow.contact_lists.of_account(account())
    return {
        one.id: f"{one.name} ({words.count(one.accepted, 'contact')})"
        for one in lists
        if one.state is ListState.READY
    }


def _form_page(form: CampaignForm, status: int) -> ResponseReturnValue:
    form.contact_list.choices = choices(_lists())
    page = render_template(
        "campaign_new.html",
        form=form,
        days=[(words.WEEKDAYS[day], form[f"{day}_from"], form[f"{day}_to"]) for day in Weekday],
        zones=sorted(known_zones()),
    )
    return page, status


def _wall(instant: datetime) -> datetime:
    """As a form's field holds it: without a zone."""
    return instant.replace(tzinfo=None)
