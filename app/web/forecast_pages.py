"""The page of a forecast: two settings side by side, and what they come to. Nothing is dialed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import forecast_text, pacing_values
from app.errors import BadInputError
from app.kept_forecast import NoAgentsError
from app.web.accounts import new_id
from app.web.context import account, signed_in, web
from app.web.forecast_store import ForecastRecord, ForecastRecords, ForecastState
from app.web.forecast_view import bars, rows
from app.web.forecasts import TooManyForecastsError
from campaigns.campaign import Campaign
from campaigns.events import AgentState
from campaigns.service import ListNotReadyError
from dialer.assumptions import Assumptions, NoForecastError
from dialer.planning import OPEN_STATES, NothingAheadError

pages = Blueprint("forecasts", __name__)

FIELDS = (
    ("agents", "Agents", "30"),
    ("limit", "Abandoned at most, %", "3"),
    ("mode", "Way of dialing", ""),
    ("calls-per-agent", "Fixed ratio: calls an agent", ""),
    ("answer-rate", "Answered by people, % of calls", "25"),
    ("machine-rate", "Answered by machines, % of calls", "25"),
    ("talk", "Conversation, seconds", "120"),
    ("wrap", "Wrap-up, seconds", "20"),
    ("lines", "Calls at once", ""),
    ("hours", "Agents' hours", "09:00-17:30"),
    ("inbound-per-hour", "Inbound calls an hour", "0"),
    ("inbound-reserve", "Free agents kept for inbound calls", "0"),
)
"""Each key of a setting, its label, and an example."""

_LABELS = {key: label for key, label, _ in FIELDS}

COLUMNS = ("first", "second")


@pages.get("/<uuid:campaign_id>/forecast")
def show(campaign_id: uuid.UUID) -> ResponseReturnValue:
    """The campaign's last forecast: how far it is, or what it found; and the form for another."""
    campaign, record, at_work = _find(str(campaign_id))
    return _page(campaign, record, at_work, _asked(record), "", 200)


@pages.post("/<uuid:campaign_id>/forecast")
def start(campaign_id: uuid.UUID) -> ResponseReturnValue:
    """Begin one; a small one is shown at once."""
    campaign, record, at_work = _find(str(campaign_id))
    given = {
        f"{column}-{key}": request.form.get(f"{column}-{key}", "").strip()[:40]
        for column in COLUMNS
        for key, _, _ in FIELDS
    }
    user = signed_in().user
    try:
        settings = _settings(given)
        web().forecasts.start(user.account, campaign.id, new_id(), settings, given, user.name)
    except (
        BadInputError,
        ListNotReadyError,
        NoAgentsError,
        NoForecastError,
        NothingAheadError,
        TooManyForecastsError,
    ) as error:
        return _page(campaign, record, at_work, given, str(error), 422)
    return redirect(url_for(".show", campaign_id=campaign_id))


@pages.get("/<uuid:campaign_id>/forecast/progress")
def progress(campaign_id: uuid.UUID) -> ResponseReturnValue:
    """What the page fetches every second while a forecast is under way."""
    _, record, _ = _find(str(campaign_id))
    if record is None or record.state is not ForecastState.UNDER_WAY:
        return {"done": True}
    return {"done": False, "figures": render_template("forecast_progress.html", record=record)}


def _settings(given: Mapping[str, str]) -> list[Assumptions]:
    """One setting, or two where the second says anything; it changes the first.

    Raises:
        BadInputError: a value is none; says in which column, and the label of its field.
    """
    settings = [Assumptions()]
    for column in COLUMNS:
        values = {key: given[f"{column}-{key}"] for key, _, _ in FIELDS}
        values = {key: text for key, text in values.items() if text}
        try:
            found = pacing_values.read(values, settings[0])
        except BadInputError as error:
            key, _, problem = str(error).partition(": ")
            raise BadInputError(f"{column} setting, {_LABELS[key]}: {problem}") from None
        if column == COLUMNS[0]:
            settings = [found]
        elif values:
            settings.append(found)
    return settings


def _asked(record: ForecastRecord | None) -> dict[str, str]:
    """What the form shows: what was asked the last time."""
    empty = {f"{column}-{key}": "" for column in COLUMNS for key, _, _ in FIELDS}
    return empty if record is None else empty | dict(record.asked)


def _page(
    campaign: Campaign,
    record: ForecastRecord | None,
    at_work: int,
    asked: Mapping[str, str],
    problem: str,
    status: int,
) -> ResponseReturnValue:
    found = None if record is None else record.foreseen
    page = render_template(
        "forecast.html",
        campaign=campaign,
        record=record,
        found=found,
        problem=problem,
        at_work=at_work,
        may_foresee=campaign.state in OPEN_STATES and campaign.settings.end_at > web().now,
        fields=FIELDS,
        columns=COLUMNS,
        modes=pacing_values.MODES,
        asked=asked,
        rows=[] if found is None else rows(found),
        bars=[] if found is None else bars(found),
        headings=[] if found is None else [forecast_text.heading(c) for c in found.columns],
        notes=[]
        if found is None
        else [*forecast_text.assumptions(found), forecast_text.effort(found.columns[0].forecast)],
    )
    return page, status


def _find(campaign_id: str) -> tuple[Campaign, ForecastRecord | None, int]:
    with web().parts.database.reading() as uow:
        campaign = uow.campaigns.get(account(), campaign_id)
        record = ForecastRecords(uow.connection).get(account(), campaign_id)
        agents = uow.agents.of_campaign(campaign_id)
    return campaign, record, sum(agent.state is not AgentState.OUT for agent in agents)
