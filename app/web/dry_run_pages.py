"""The pages of a dry run: start one, follow it, and what it found. Nothing is dialed."""

from __future__ import annotations

import uuid

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.web import words
from app.web.accounts import new_id
from app.web.context import account, signed_in, web
from app.web.dry_run_store import DryRunRecord, DryRunRecords, DryRunState
from app.web.outlook_view import bars, held_rows, is_by_day
from campaigns.campaign import Campaign
from dialer.rehearsing import REHEARSED

pages = Blueprint("dry_runs", __name__)


@pages.get("/<uuid:campaign_id>/dry-run")
def show(campaign_id: uuid.UUID) -> ResponseReturnValue:
    """The campaign's last dry run: how far it is, or what it found."""
    campaign, record = _find(str(campaign_id))
    outlook = None if record is None else record.outlook
    return render_template(
        "dry_run.html",
        campaign=campaign,
        record=record,
        may_rehearse=campaign.state in REHEARSED,
        starts_later=campaign.settings.start_at > web().now,
        actions=words.actions(campaign.state),
        bars=[] if outlook is None else bars(outlook),
        by_day=outlook is not None and is_by_day(outlook),
        held=[] if outlook is None else held_rows(outlook),
    )


@pages.post("/<uuid:campaign_id>/dry-run")
def start(campaign_id: uuid.UUID) -> ResponseReturnValue:
    """Begin one, from the campaign's own start or from now; a small list's is shown at once."""
    at = web().now if request.form.get("start") == "now" else None
    user = signed_in().user
    web().dry_runs.start(user.account, str(campaign_id), new_id(), at, user.name)
    return redirect(url_for(".show", campaign_id=campaign_id))


@pages.get("/<uuid:campaign_id>/dry-run/progress")
def progress(campaign_id: uuid.UUID) -> ResponseReturnValue:
    """What the page fetches every second while a dry run is under way."""
    _, record = _find(str(campaign_id))
    if record is None or record.state is not DryRunState.UNDER_WAY:
        return {"done": True}
    return {"done": False, "figures": render_template("dry_run_progress.html", record=record)}


def _find(campaign_id: str) -> tuple[Campaign, DryRunRecord | None]:
    with web().parts.database.reading() as uow:
        campaign = uow.campaigns.get(account(), campaign_id)
        return campaign, DryRunRecords(uow.connection).get(account(), campaign_id)
