"""The page that says why so many calls were started: a span of decisions, and one in full."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.campaign_file import parse_instant
from app.decision_finding import Found, find_decision, first_from
from app.web.context import account, web
from app.web.decision_view import chance, curve_view, strips
from compliance.columns import EPOCH
from dialer.pacing.explaining import explain
from dialer.ports import DecisionLog

pages = Blueprint("decisions", __name__)

MINUTES = (10, 30, 60)
"""Spans that can be shown."""
_WITHOUT_SECONDS = len("2026-11-25T14:05")
_DECISIONS_A_MINUTE = 70
"""A dialer decides each second; a few more where two take turns."""


@pages.get("/<uuid:campaign_id>/pacing")
def show(campaign_id: uuid.UUID) -> ResponseReturnValue:
    """The latest decision, or the one in force at `at`, with the minutes around it."""
    minutes = _minutes()
    at, problem = _asked_for()
    with web().parts.database.reading() as uow:
        campaign = uow.campaigns.get(account(), str(campaign_id))
        log = uow.decisions
        latest = log.latest(campaign.id, 1)
        found = None
        if latest:
            last_at = latest[0].decided_at
            found = find_decision(log, campaign.id, last_at if at is None else at)
            too_early = found is None
            if found is None:
                found = _first(log, campaign.id, last_at)
            start, end = _span(found.decision.decided_at, last_at, timedelta(minutes=minutes))
            around = log.between(campaign.id, start, end, minutes * _DECISIONS_A_MINUTE)
    if found is None:
        return render_template("decisions.html", campaign=campaign, found=None)
    explained = explain(found.decision)
    page = render_template(
        "decisions.html",
        campaign=campaign,
        found=found,
        at=at,
        problem=problem,
        too_early=too_early,
        minutes=minutes,
        spans=MINUTES,
        explained=explained,
        curve=None if explained.curve is None else curve_view(explained.curve),
        strips=strips(around, start, end, found.decision.decided_at),
        chance=chance,
    )
    return page, 422 if problem else 200


def _minutes() -> int:
    """The span that is asked for, or the shortest."""
    asked = request.args.get("minutes", type=int)
    return asked if asked in MINUTES else MINUTES[0]


def _asked_for() -> tuple[datetime | None, str]:
    """The instant of a link, or of the form, whose time is UTC; and what is wrong with it."""
    text = request.args.get("at", "").strip()
    if not text:
        return None, ""
    if len(text) == _WITHOUT_SECONDS:
        text += ":00"
    for form in (text, f"{text}Z"):
        try:
            return parse_instant(form), ""
        except ValueError:
            continue
    return None, "The time could not be read: give a date and a time of day, UTC."


def _first(log: DecisionLog, campaign_id: str, latest_at: datetime) -> Found:
    """The first decision of a campaign that has some."""
    first_at = first_from(log, campaign_id, EPOCH)
    found = find_decision(log, campaign_id, first_at or latest_at)
    assert found is not None
    return found


def _span(at: datetime, last_at: datetime, span: timedelta) -> tuple[datetime, datetime]:
    """So long a time around an instant, in whole seconds, and not beyond the last decision."""
    end = min(at + span / 2, last_at)
    end = end.replace(microsecond=0) + timedelta(seconds=1)
    return end - span, end
