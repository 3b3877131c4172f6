"""`fairdial agents ...`: who works on which campaigns. Parse, call, print."""

from __future__ import annotations

from uuid import UUID

import click

from app.cli_options import open_parts, service_options
from app.cli_records import refusals
from app.errors import BadInputError


@click.group()
def agents() -> None:
    """Who works on which campaigns."""


@agents.command("list")
@service_options
def list_(**options: object) -> None:
    """Each agent: id, name, state, campaign of now, and the campaigns that they were given."""
    parts = open_parts(options)
    with parts.database.reading() as uow:
        everyone = uow.agents.of_account(parts.settings.account)
        shares = uow.agents.shares([agent.id for agent in everyone])
    for agent in everyone:
        given = ",".join(share.campaign_id for share in shares.get(agent.id, ()))
        fields = (agent.id, agent.name, agent.state, agent.works_for or "-", given or "-")
        click.echo("\t".join(fields))


@agents.command()
@click.argument("agent_ids", metavar="AGENT...", nargs=-1, type=click.UUID)
@click.option(
    "--campaign",
    "campaigns",
    type=click.UUID,
    multiple=True,
    required=True,
    help="The id of a campaign that they work on from now on; give it once for each.",
)
@click.option("--all", "everyone", is_flag=True, help="All agents, instead of naming them.")
@service_options
def assign(
    agent_ids: tuple[UUID, ...], campaigns: tuple[UUID, ...], everyone: bool, **options: object
) -> None:
    """Let the agents of these ids work on these campaigns, and on no others.

    Who has a call finishes it first. After each contact the next is the campaign that is furthest
    below its weight among those with somebody to call.
    """
    from dialer.assigning import AssignmentRefusedError, assign

    if bool(agent_ids) is everyone:
        raise BadInputError("name the agents by their ids, or give --all")
    parts = open_parts(options)
    account = parts.settings.account
    with refusals(), parts.database() as uow:
        all_ids = [agent.id for agent in uow.agents.of_account(account)]
        chosen = all_ids if everyone else [str(one) for one in agent_ids]
        try:
            assign(uow, account, chosen, [str(one) for one in campaigns], parts.clock.now())
        except AssignmentRefusedError as error:
            raise BadInputError(str(error)) from None
