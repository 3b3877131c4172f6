"""Lifting a campaign's own rule: who did it and why, a form, and an early end."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

import flask
from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.web.context import account, require_role, signed_in, web
from app.web.forms import OverrideForm, choices
from app.web.user_store import Users
from app.web.words import plain
from campaigns.campaign import Campaign
from campaigns.overriding import (
    MAY_OVERRIDE,
    BadReasonError,
    NotInForceError,
    OverrideRefusedError,
    Wanted,
    end_override,
    override,
)
from compliance.overrides import Override, OwnRule, in_force, liftable

pages = Blueprint("overrides", __name__)


@dataclass(frozen=True, slots=True)
class OverridesView:
    """A campaign's overrides, newest first, and the names of who is known by an id."""

    standing: tuple[Override, ...]
    past: list[Override]
    names: dict[str, str]
    liftable: list[OwnRule]
    may_lift: bool


def look(campaign: Campaign) -> OverridesView:
    """How the campaign's own rules stand now."""
    now = web().now
    with web().parts.database.reading() as uow:
        found = uow.overrides.of_campaign(campaign.id)
        users = Users(uow.connection).of_account(campaign.account)
    standing = in_force(found, now)
    lifted = {each.rule for each in standing}
    return OverridesView(
        standing=standing,
        past=[each for each in found if each not in standing],
        names={user.id: user.name for user in users},
        liftable=[rule for rule in liftable(campaign.settings.terms) if rule not in lifted],
        may_lift=signed_in().user.role in MAY_OVERRIDE,
    )


@pages.get("/<uuid:campaign_id>/overrides/new")
def new(campaign_id: uuid.UUID) -> ResponseReturnValue:
    """The form to lift a rule."""
    require_role(*MAY_OVERRIDE)
    return _form_page(OverrideForm(), _find(str(campaign_id)), 200)


@pages.post("/<uuid:campaign_id>/overrides/new")
def create(campaign_id: uuid.UUID) -> ResponseReturnValue:
    """Lift a rule from now on; what is refused is said on the form."""
    require_role(*MAY_OVERRIDE)
    form, campaign = OverrideForm(), _find(str(campaign_id))
    form.rule.choices = choices({rule: plain(rule) for rule in look(campaign).liftable})
    if not form.validate() or not _lift(form, campaign):
        return _form_page(form, campaign, 422)
    flask.flash("The rule is lifted. Whom it held back is screened again; the law's rules hold.")
    return redirect(url_for("campaigns.show", campaign_id=campaign_id))


@pages.post("/<uuid:campaign_id>/overrides/<uuid:override_id>/end")
def end(campaign_id: uuid.UUID, override_id: uuid.UUID) -> ResponseReturnValue:
    """Let the rule stand again at once."""
    require_role(*MAY_OVERRIDE)
    user = signed_in().user
    ids = str(campaign_id), str(override_id)
    try:
        with web().parts.database() as uow:
            end_override(uow, user.account, *ids, user.id, user.role, web().now)
    except NotInForceError:
        flask.flash("That had ended already.")
    else:
        flask.flash("The rule stands again.")
    return redirect(url_for("campaigns.show", campaign_id=campaign_id))


def _lift(form: OverrideForm, campaign: Campaign) -> bool:
    """Whether the rule was lifted; else the form says why not."""
    user, now = signed_in().user, web().now
    ends_at = now + timedelta(hours=form.hours.data)
    wanted = Wanted(OwnRule(form.rule.data), user.id, user.role, form.reason.data, ends_at)
    try:
        with web().parts.database() as uow:
            override(uow, user.account, campaign.id, wanted, now)
    except OverrideRefusedError as error:
        field = form.reason if isinstance(error, BadReasonError) else form.rule
        text = str(error)
        field.errors = [f"{text[0].upper()}{text[1:]}."]
        return False
    return True


def _find(campaign_id: str) -> Campaign:
    """The campaign, or NotFoundError."""
    with web().parts.database.reading() as uow:
        return uow.campaigns.get(account(), campaign_id)


def _form_page(form: OverrideForm, campaign: Campaign, status: int) -> ResponseReturnValue:
    view = look(campaign)
    form.rule.choices = choices({rule: plain(rule) for rule in view.liftable})
    page = render_template("override_new.html", form=form, campaign=campaign, overrides=view)
    return page, status
