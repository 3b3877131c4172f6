"""`fairdial pacing ...`: why so many calls were started, and what other settings would do."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

import click

from app.cli_options import INSTANT, open_parts, service_options
from app.errors import BadInputError, one_line
from campaigns.events import instant_text

if TYPE_CHECKING:
    from app.bootstrap import Parts
    from app.decision_finding import Found
    from campaigns.campaign import Campaign


@click.group()
def pacing() -> None:
    """Why so many calls were started, and what other settings would do."""


@pacing.command()
@click.argument("campaign")
@click.argument("at", type=INSTANT)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--account", help="The account; by default FAIRDIAL_ACCOUNT.")
@service_options
def explain(campaign: str, at: datetime, as_json: bool, **options: object) -> None:
    """Why so many calls were started at an instant, and not one more.

    CAMPAIGN is an id or a name, AT an instant such as 2026-11-25T14:05:00Z.
    """
    from app import pacing_text

    whose, found = _find(open_parts(options), campaign, at)
    if as_json:
        click.echo(json.dumps(pacing_text.as_json(whose, at, found), indent=2))
    else:
        click.echo("\n".join(map(one_line, pacing_text.lines(whose, at, found))))


def _find(parts: Parts, wanted: str, at: datetime) -> tuple[Campaign, Found]:
    """The campaign and its decision at the instant.

    Raises:
        BadInputError: there is no such campaign, or no decision so early.
    """
    from app.decision_finding import AmbiguousNameError, find_campaign, find_decision, first_from
    from campaigns.ports import NotFoundError

    with parts.database.reading() as uow:
        try:
            campaign = find_campaign(uow.campaigns, parts.settings.account, wanted)
        except (AmbiguousNameError, NotFoundError) as error:
            raise BadInputError(f"{error} in the account {parts.settings.account}") from None
        found = find_decision(uow.decisions, campaign.id, at)
        if found is not None:
            return campaign, found
        first_at = first_from(uow.decisions, campaign.id, at)
    if first_at is None:
        raise BadInputError(f"{wanted}: no decision is kept of this campaign")
    raise BadInputError(
        f"{wanted}: nothing was decided up to {instant_text(at)}; the first decision that is kept "
        f"was made at {instant_text(first_at)}"
    )
