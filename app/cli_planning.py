"""`fairdial dry-run` and `fairdial override ...`: before a campaign and beside it."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from app.cli_options import INPUT_FILE, INSTANT, open_parts, progress_bars, service_options
from app.errors import BadInputError
from campaigns.events import instant_text
from campaigns.role import Role

if TYPE_CHECKING:
    from app.bootstrap import Parts
    from campaigns.importing import ImportCounts
    from dialer.outlook import Outlook

FILE_START = "2026-11-23T14:00:00Z"
"""The start of a file's dry run, as of its run."""


@contextmanager
def _refusals() -> Iterator[None]:
    """Say in one line what a use case refuses.

    Raises:
        BadInputError: it refused.
    """
    from campaigns.overriding import OverrideRefusedError
    from campaigns.ports import NotFoundError
    from campaigns.service import CampaignOverError, ListNotReadyError
    from compliance.overrides import NotLiftableError
    from dialer.rehearsing import AlreadyStartedError

    try:
        yield
    except (
        AlreadyStartedError,
        CampaignOverError,
        ListNotReadyError,
        NotFoundError,
        NotLiftableError,
        OverrideRefusedError,
    ) as error:
        raise BadInputError(str(error)) from None


# ------------------------------------------------------------------------------------- dry runs
@click.command("dry-run")
@click.argument("contacts", type=INPUT_FILE, required=False)
@click.option("--campaign", type=INPUT_FILE, help="Settings for CONTACTS, a TOML file.")
@click.option("--campaign-id", type=click.UUID, help="A campaign of the database instead.")
@click.option(
    "--start",
    type=INSTANT,
    help=f"As if it started then; by default {FILE_START} for a file, and for a campaign of the "
    "database its own start, or now if that is past.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@service_options
def dry_run(
    contacts: Path | None,
    campaign: Path | None,
    campaign_id: UUID | None,
    start: datetime | None,
    as_json: bool,
    **options: object,
) -> None:
    """Who can be called when, and what holds the others: nothing is dialed and nothing is kept.

    Over a file of CONTACTS, or over the list of a campaign that has not started yet.
    """
    if (contacts is None) == (campaign_id is None):
        raise click.UsageError("give either CONTACTS, a file, or --campaign-id")
    if campaign_id is not None and campaign is not None:
        raise click.UsageError("--campaign is for CONTACTS; --campaign-id has settings of its own")
    if contacts is not None:
        from app.dry_run_command import rehearse_file

        first = start or INSTANT.convert(FILE_START, None, None)
        with progress_bars("Rehearsing") as (progress,):
            found = rehearse_file(contacts, campaign, first, progress)
        _print(found.name, found.outlook, found.rows, as_json=as_json)
        return
    with _refusals():
        name, outlook = _rehearse_kept(open_parts(options), str(campaign_id), start)
    _print(name, outlook, None, as_json=as_json)


def _rehearse_kept(parts: Parts, campaign_id: str, start: datetime | None) -> tuple[str, Outlook]:
    from app.kept_rehearsal import prepare, rehearse_kept

    now = parts.clock.now()
    prepared = prepare(parts.database, parts.settings.account, campaign_id, start, now)
    with progress_bars("Rehearsing") as (progress,):
        outlook = rehearse_kept(
            parts.database,
            parts.rulebook,
            prepared,
            lambda done: progress(min(1.0, done / max(1, prepared.contacts))),
        )
    return prepared.campaign.settings.name, outlook


def _print(name: str, outlook: Outlook, rows: ImportCounts | None, *, as_json: bool) -> None:
    from app import dry_run_text

    if as_json:
        click.echo(json.dumps(dry_run_text.as_json(name, outlook, rows), indent=2))
    else:
        click.echo(dry_run_text.summary(name, outlook, rows))


# ------------------------------------------------------------------------------------ overrides
@click.group()
def override() -> None:
    """Lift a campaign's own rule for a while; never a rule of the law."""


def _who_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option(
            "--role",
            type=click.Choice([role.value for role in Role]),
            default=Role.ADMINISTRATOR.value,
            show_default=True,
            help="Your role: whoever has the shell may do everything, and is recorded.",
        ),
        click.option("--by", help="Who you are, for the record; by default who is signed in here."),
    ):
        command = option(command)
    return command


@override.command()
@click.argument("campaign_id", type=click.UUID)
@click.argument("rule")
@click.option("--reason", required=True, help="Why, in a few words; it is published and kept.")
@click.option("--until", type=INSTANT, required=True, help="When it ends: within 7 days.")
@_who_options
@service_options
def add(
    campaign_id: UUID,
    rule: str,
    reason: str,
    until: datetime,
    by: str | None,
    role: str,
    **options: object,
) -> None:
    """Lift RULE of a campaign from now on: open_hours, restricted_periods or attempt_limits.

    Prints the override's id. Whom the rule held back is screened again; what the law says holds.
    """
    from campaigns.overriding import Wanted
    from campaigns.overriding import override as lift
    from compliance.overrides import own_rule

    with _refusals():
        parts = open_parts(options)
        wanted = Wanted(own_rule(rule, parts.rulebook), _who(by), Role(role), reason, until)
        with parts.database() as uow:
            now = parts.clock.now()
            made = lift(uow, parts.settings.account, str(campaign_id), wanted, now)
    click.echo(made.id)


@override.command()
@click.argument("campaign_id", type=click.UUID)
@click.argument("override_id", type=click.UUID)
@_who_options
@service_options
def end(campaign_id: UUID, override_id: UUID, by: str | None, role: str, **options: object) -> None:
    """Let a rule stand again before its time."""
    from campaigns.overriding import end_override

    with _refusals():
        parts = open_parts(options)
        account, now = parts.settings.account, parts.clock.now()
        ids = str(campaign_id), str(override_id)
        with parts.database() as uow:
            end_override(uow, account, *ids, _who(by), Role(role), now)


@override.command("list")
@click.argument("campaign_id", type=click.UUID)
@service_options
def list_(campaign_id: UUID, **options: object) -> None:
    """Each override of a campaign, newest first: id, rule, from, until, by, role, reason."""
    with _refusals():
        parts = open_parts(options)
        with parts.database.reading() as uow:
            uow.campaigns.get(parts.settings.account, str(campaign_id))
            found = uow.overrides.of_campaign(str(campaign_id))
    for each in found:
        starts, ends = instant_text(each.starts_at), instant_text(each.ends_at)
        fields = (each.id, each.rule, starts, ends, each.by, each.role, each.reason)
        click.echo("\t".join(fields))


def _who(by: str | None) -> str:
    """A name for the record, of a length that is kept.

    Raises:
        BadInputError: it is none.
    """
    name = (by if by is not None else getpass.getuser()).strip()
    if not name.isprintable() or not 0 < len(name) <= 100:
        raise BadInputError("--by: give a name of 1 to 100 printable characters")
    return name
