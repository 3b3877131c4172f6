"""`fairdial webhooks ...`: where events are posted. Parse, call, print."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import UUID

import click

from app.cli_options import open_parts, service_options
from app.cli_records import OneLine, print_json, refusals
from app.errors import BadInputError, one_line

if TYPE_CHECKING:
    from app.bootstrap import Parts
    from app.bus.addresses import Network
    from campaigns.webhooks import Endpoint


@click.group()
def webhooks() -> None:
    """Where events are posted, signed after the Standard Webhooks specification."""


@webhooks.command()
@click.argument("url")
@service_options
def add(url: str, **options: object) -> None:
    """Post every event from now on to URL too; prints the secret, once."""
    from app.bus.webhooks import read_url
    from campaigns.identity import derive_id
    from campaigns.webhook_service import add
    from campaigns.webhooks import SECRET_BYTES, Endpoint, new_secret

    parts = open_parts(options)
    read_url(url, _own_networks(parts))
    account, now = parts.settings.account, parts.clock.now()
    endpoint = Endpoint(
        id=derive_id("webhook", account, url, now.isoformat()),
        account=account,
        url=url,
        secret=new_secret(secrets.token_bytes(SECRET_BYTES)),
        created_at=now,
    )
    with parts.database() as uow:
        add(uow, endpoint)
    click.echo(f"webhook {endpoint.id}")
    click.echo(f"secret {endpoint.secret}")
    click.echo("Keep the secret now: it is not shown again.")


def _own_networks(parts: Parts) -> tuple[Network, ...]:
    from app.bus.addresses import read_networks

    try:
        return read_networks(parts.settings.webhook_networks)
    except ValueError as error:
        raise BadInputError(f"setting FAIRDIAL_WEBHOOK_NETWORKS: {error}") from None


@webhooks.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@service_options
def list_(as_json: bool, **options: object) -> None:
    """The webhooks, oldest first; no secret is shown."""
    parts = open_parts(options)
    with parts.database.reading() as uow:
        found = uow.webhooks.of_account(parts.settings.account)
    if as_json:
        print_json([_fields(endpoint) for endpoint in found])
        return
    for endpoint in found:
        click.echo(one_line(_line(endpoint)))


def _fields(endpoint: Endpoint) -> dict[str, object]:
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "sink": endpoint.sink,
        "created_at": endpoint.created_at,
        "old_secret_until": endpoint.old_secret_until,
        "disabled_at": endpoint.disabled_at,
        "disabled_reason": endpoint.disabled_reason,
    }


def _line(endpoint: Endpoint) -> str:
    from campaigns.events import instant_text

    line = f"{endpoint.id} {endpoint.url}"
    if endpoint.disabled_at is None:
        return f"{line} enabled"
    at = instant_text(endpoint.disabled_at)
    return f"{line} disabled at {at}: {endpoint.disabled_reason}"


@webhooks.command()
@click.argument("webhook", type=click.UUID)
@service_options
def rotate(webhook: UUID, **options: object) -> None:
    """Sign with a new secret; for 24 hours messages are signed with the one before as well."""
    from campaigns.events import instant_text
    from campaigns.webhook_service import rotate_secret
    from campaigns.webhooks import SECRET_BYTES

    with _changing(options) as (parts, account):
        chance, now = secrets.token_bytes(SECRET_BYTES), parts.clock.now()
        with parts.database() as uow:
            rotated = rotate_secret(uow, account, str(webhook), chance, now)
    click.echo(f"secret {rotated.secret}")
    assert rotated.old_secret_until is not None
    click.echo(f"The secret before is valid until {instant_text(rotated.old_secret_until)}.")
    click.echo("Keep the secret now: it is not shown again.")


@webhooks.command()
@click.argument("webhook", type=click.UUID)
@click.option("--reason", type=OneLine(200), default="disabled by an operator", show_default=True)
@service_options
def disable(webhook: UUID, reason: str, **options: object) -> None:
    """Send nothing any more; what it has not got yet becomes dead letters."""
    from campaigns.webhook_service import disable

    with _changing(options) as (parts, account), parts.database() as uow:
        if not disable(uow, account, str(webhook), reason, parts.clock.now()):
            raise BadInputError(f"webhook {webhook} is disabled already")


@webhooks.command()
@click.argument("webhook", type=click.UUID)
@service_options
def enable(webhook: UUID, **options: object) -> None:
    """Send the events from now on; `fairdial deliveries retry` has those before."""
    from campaigns.webhook_service import enable

    with _changing(options) as (parts, account), parts.database() as uow:
        if not enable(uow, account, str(webhook)):
            raise BadInputError(f"webhook {webhook} is enabled already")


@webhooks.command()
@click.argument("webhook", type=click.UUID)
@service_options
def test(webhook: UUID, **options: object) -> None:
    """Publish the event `Webhook Tested`: to this webhook, and to every sink besides."""
    from campaigns.webhook_service import test

    with _changing(options) as (parts, account), parts.database() as uow:
        sink = test(uow, account, str(webhook), parts.clock.now())
    click.echo("The event Webhook Tested is published. What became of it:")
    click.echo(f"  fairdial deliveries list --state delivered --sink {sink}")
    click.echo(f"  fairdial deliveries list --state waiting --sink {sink}")


@contextmanager
def _changing(options: dict[str, object]) -> Iterator[tuple[Parts, str]]:
    """The service's parts and account; what a use case refuses is bad input."""
    from campaigns.webhook_service import WebhookDisabledError

    parts = open_parts(options)
    try:
        with refusals():
            yield parts, parts.settings.account
    except WebhookDisabledError as error:
        raise BadInputError(str(error)) from None
