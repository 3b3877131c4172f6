"""`fairdial inbound ...`: what a call distributor (ACD) tells. Parse, call, print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

import click

from app.cli_options import open_parts, service_options
from app.cli_records import refusals
from app.errors import BadInputError

if TYPE_CHECKING:
    from dialer.inbound import Step


@click.group()
def inbound() -> None:
    """Tell of inbound calls that a campaign's agents take besides."""


@inbound.command()
@click.argument("campaign", type=click.UUID)
@click.option(
    "--waiting", type=click.IntRange(0, 1_000_000), required=True, help="Calls that wait."
)
@click.option(
    "--arrived",
    type=click.IntRange(0, 2**31 - 1),
    required=True,
    help="Calls that have arrived since the ACD began to count.",
)
@service_options
def report(campaign: UUID, waiting: int, arrived: int, **options: object) -> None:
    """Report how many inbound calls wait for the agents of CAMPAIGN, every few seconds.

    A report is believed for 10 seconds. After that the worst of the last two minutes is assumed,
    and two minutes after the last report nothing.
    """
    from dialer.inbound import report

    parts = open_parts(options)
    account, now = parts.settings.account, parts.clock.now()
    with refusals(), parts.database() as uow:
        report(uow, account, str(campaign), waiting, arrived, now)


@inbound.command()
@click.argument("agent", type=click.UUID)
@service_options
def take(agent: UUID, **options: object) -> None:
    """AGENT, who is free, gets an inbound call."""
    from dialer import inbound

    _tell(inbound.take, agent, options)


@inbound.command()
@click.argument("agent", type=click.UUID)
@service_options
def release(agent: UUID, **options: object) -> None:
    """The inbound call of AGENT is over; they wrap up."""
    from dialer import inbound

    _tell(inbound.give_back, agent, options)


@inbound.command()
@click.argument("agent", type=click.UUID)
@service_options
def ready(agent: UUID, **options: object) -> None:
    """AGENT has wrapped up the inbound call, and is free again."""
    from dialer import inbound

    _tell(inbound.make_free, agent, options)


def _tell(step: Step, agent: UUID, options: Mapping[str, object]) -> None:
    from dialer.agent import WrongAgentStateError

    parts = open_parts(options)
    account, now = parts.settings.account, parts.clock.now()
    with refusals(), parts.database() as uow:
        try:
            step(uow, account, str(agent), now)
        except WrongAgentStateError as error:
            raise BadInputError(str(error)) from None
