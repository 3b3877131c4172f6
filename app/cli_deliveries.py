"""`fairdial deliveries ...`: what became of each event at each sink. Parse, call, print."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING
from uuid import UUID

import click

from app.cli_options import open_parts, service_options
from app.cli_records import print_json
from app.errors import BadInputError, one_line

if TYPE_CHECKING:
    from campaigns.deliveries import DeliveryRecord, Sink
    from campaigns.ports import Deliveries

STATES = ("waiting", "delivered", "dead")


@click.group()
def deliveries() -> None:
    """What became of each event at each sink: a log, a bus, a webhook."""


@deliveries.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@service_options
def sinks(as_json: bool, **options: object) -> None:
    """Who gets the events, how far behind each is, and since when it fails."""
    parts = open_parts(options)
    with parts.database.reading() as uow:
        found = uow.deliveries.sinks(parts.settings.account)
    if as_json:
        print_json([asdict(sink) for sink in found])
        return
    for sink in found:
        click.echo(one_line(_sink_line(sink)))


def _sink_line(sink: Sink) -> str:
    from campaigns.events import instant_text

    line = f"{sink.name}: {sink.waiting} waiting, {sink.dead} dead"
    if sink.oldest_at is not None:
        line += f"; the oldest that waits is of {instant_text(sink.oldest_at)}"
    if sink.failing_since is not None and sink.held_until is not None:
        line += (
            f"; cannot be reached since {instant_text(sink.failing_since)}, tried {sink.failures}"
            f" times, again at {instant_text(sink.held_until)}: {sink.answer}"
        )
    return line


@deliveries.command("list")
@click.option("--state", type=click.Choice(STATES), default="dead", show_default=True)
@click.option("--sink", help="Only deliveries to this sink.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@service_options
def list_(state: str, sink: str | None, limit: int, as_json: bool, **options: object) -> None:
    """Deliveries in one state: event, detail-type, sink, tries, time and reason."""
    from campaigns.deliveries import DeliveryState

    parts = open_parts(options)
    account = parts.settings.account
    with parts.database.reading() as uow:
        _check_sink(uow.deliveries, account, sink)
        found = uow.deliveries.find(account, DeliveryState(state), sink, limit)
    if as_json:
        print_json([asdict(record) for record in found])
        return
    for record in found:
        click.echo(one_line(_record_line(record)))


def _record_line(record: DeliveryRecord) -> str:
    from campaigns.events import instant_text

    said = {"waiting": "due", "delivered": "delivered", "dead": "given up"}[record.state]
    reason = "" if record.reason is None else f": {record.reason}"
    return (
        f"{record.event_id} {record.detail_type} -> {record.sink}: {said} at"
        f" {instant_text(record.at)}, tried {record.tries} times{reason}"
    )


def _check_sink(deliveries_: Deliveries, account: str, sink: str | None) -> None:
    known = deliveries_.registered(account)
    if sink is not None and sink not in known:
        raise BadInputError(f"there is no sink {sink}; there are: {', '.join(known)}")


@deliveries.command()
@click.argument("event", type=click.UUID)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@service_options
def show(event: UUID, as_json: bool, **options: object) -> None:
    """What became of EVENT at each sink, try by try."""
    from campaigns.events import instant_text

    parts = open_parts(options)
    with parts.database.reading() as uow:
        found = uow.deliveries.of_event(parts.settings.account, str(event))
    if not found:
        raise BadInputError(f"no delivery of an event {event} is kept")
    if as_json:
        print_json([asdict(record) for record in found])
        return
    for record in found:
        click.echo(one_line(_record_line(record)))
        for one in record.failures:
            click.echo(one_line(f"  try {one.number}, {instant_text(one.tried_at)}: {one.answer}"))


@deliveries.command()
@click.argument("sink")
@service_options
def close(sink: str, **options: object) -> None:
    """SINK is no more: nothing is kept for it, and what it has not got becomes dead letters."""
    from app.bootstrap import publisher_names

    parts = open_parts(options)
    account = parts.settings.account
    if sink in publisher_names(parts.settings):
        raise BadInputError(f"{sink} is still among the settings; take it out of them first")
    if sink.startswith("webhook:"):
        raise BadInputError(f"{sink} is a webhook: use fairdial webhooks disable")
    with parts.database() as uow:
        _check_sink(uow.deliveries, account, sink)
        uow.deliveries.close(account, sink, parts.clock.now(), "closed by an operator")


@deliveries.command()
@click.argument("events", nargs=-1, type=click.UUID)
@click.option("--sink", help="Only dead letters of this sink.")
@click.option(
    "--all", "every", is_flag=True, help="Every dead letter, of the sink if one is given."
)
@service_options
def retry(events: tuple[UUID, ...], sink: str | None, every: bool, **options: object) -> None:
    """Offer dead letters again: of EVENTS, or with --all every one.

    A dead letter that is offered again comes after later events of its contact.
    """
    from campaigns.deliveries import DeadLetters

    if bool(events) is every:
        raise BadInputError("name the events whose dead letters to retry, or give --all")
    parts = open_parts(options)
    account = parts.settings.account
    wanted = None if every else [str(event) for event in events]
    with parts.database() as uow:
        _check_sink(uow.deliveries, account, sink)
        count = uow.deliveries.revive(account, DeadLetters(wanted, sink), parts.clock.now())
    if not count:
        raise BadInputError("there is no such dead letter")
    click.echo(f"{count} dead letters are offered again")
