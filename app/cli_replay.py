"""`fairdial pacing replay`: a past day against another setting or another version of the pacing."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from app.cli_options import DAY, INPUT_FILE, open_parts, progress_bars, service_options
from app.errors import BadInputError, one_line

if TYPE_CHECKING:
    from app.replay_command import Asked


@click.command()
@click.argument("campaign")
@click.argument("day", type=DAY)
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="What to set otherwise: limit, mode, calls-per-agent, lines, calls-per-second.",
)
@click.option(
    "--pace-command",
    metavar="PROGRAM ARGUMENTS",
    help="Another version of the pacing: a program that speaks the lines of `fairdial pace`.",
)
@click.option("--events", type=INPUT_FILE, help="A file of published events, one a line.")
@click.option("--settings", type=INPUT_FILE, help="With --events: the campaign's TOML file.")
@click.option("--seed", type=click.IntRange(0, 2**31), default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--account", help="The account; by default FAIRDIAL_ACCOUNT.")
@service_options
def replay(
    campaign: str,
    day: datetime,
    changes: tuple[str, ...],
    pace_command: str | None,
    events: Path | None,
    settings: Path | None,
    seed: int,
    as_json: bool,
    **options: object,
) -> None:
    """Play a past day again from its events: as it was set, and otherwise.

    CAMPAIGN is an id or a name, with --events an id; DAY a date such as 2026-11-23 by the
    campaign's clock. What really happened is printed beside the replay, to show how close it comes.
    """
    from app import pacing_values, replay_text
    from app.replay_command import SETTABLE, replay_day
    from dialer.assumptions import Assumptions

    if settings is not None and events is None:
        raise click.UsageError("--settings is for --events; a campaign of the database has its own")
    wanted = pacing_values.pairs(",".join(changes)) if changes else {}
    changed = pacing_values.read(wanted, Assumptions(), SETTABLE)
    asked = _asked(campaign, day, events, settings, options)
    with progress_bars("Replaying") as (progress,):
        found = replay_day(asked, changed, pace_command, seed, progress)
    if as_json:
        click.echo(json.dumps(replay_text.as_json(found), indent=2))
    else:
        click.echo("\n".join(map(one_line, replay_text.lines(found))))


def _asked(
    campaign: str,
    day: datetime,
    events: Path | None,
    settings: Path | None,
    options: dict[str, object],
) -> Asked:
    """The day, from a file or from the database.

    Raises:
        BadInputError: there is no such campaign, or a file cannot be used.
    """
    from app.decision_finding import AmbiguousNameError, find_campaign
    from app.replay_command import day_of_file, kept_day
    from campaigns.ports import NotFoundError

    if events is not None:
        try:
            return day_of_file(events, str(UUID(campaign)), settings, day.date())
        except ValueError:
            raise BadInputError(f"{campaign!r}: with --events, give the campaign's id") from None
    parts = open_parts(options)
    try:
        with parts.database.reading() as uow:
            found = find_campaign(uow.campaigns, parts.settings.account, campaign)
    except (AmbiguousNameError, NotFoundError) as error:
        raise BadInputError(str(error)) from None
    return kept_day(parts, found, day.date())
