"""`fairdial users ...`: who may sign in, and as what. Parse, call, print."""

from __future__ import annotations

from collections.abc import Mapping

import click

from app.cli_options import open_parts, service_options
from campaigns.role import Role

ROLE = click.Choice([role.value for role in Role])


@click.group()
def users() -> None:
    """Who may sign in, and as what."""


@users.command()
@click.argument("name")
@click.option("--role", type=ROLE, required=True, help="What the user may do.")
@service_options
def add(name: str, role: str, **options: object) -> None:
    """Add a user; prints where they sign in once, within 24 hours, and set a password."""
    from app.web import accounts

    parts = open_parts(options)
    account, now = parts.settings.account, parts.clock.now()
    click.echo(f"/sign-in/{accounts.add_user(parts.database, account, name, Role(role), now)}")


@users.command()
@click.argument("name")
@service_options
def link(name: str, **options: object) -> None:
    """Print a new one-time sign-in for a user; earlier ones are void."""
    from app.web import accounts

    parts = open_parts(options)
    token = accounts.new_link(parts.database, parts.settings.account, name, parts.clock.now())
    click.echo(f"/sign-in/{token}")


@users.command("list")
@service_options
def list_(**options: object) -> None:
    """Each user: name, role, and whether they may sign in."""
    from app.web.user_store import Users

    parts = open_parts(options)
    with parts.database.reading() as uow:
        for user in Users(uow.connection).of_account(parts.settings.account):
            state = "enabled" if user.enabled else "disabled"
            click.echo(f"{user.name}\t{user.role}\t{state}")


@users.command()
@click.argument("name")
@click.argument("role", type=ROLE)
@service_options
def role(name: str, role: str, **options: object) -> None:
    """Give a user another role."""
    from app.web import accounts

    parts = open_parts(options)
    accounts.set_role(parts.database, parts.settings.account, name, Role(role))


@users.command()
@click.argument("name")
@service_options
def disable(name: str, **options: object) -> None:
    """Let a user sign in no longer; every browser of theirs is signed out."""
    _enable(name, options, enabled=False)


@users.command()
@click.argument("name")
@service_options
def enable(name: str, **options: object) -> None:
    """Let a disabled user sign in again."""
    _enable(name, options, enabled=True)


def _enable(name: str, options: Mapping[str, object], *, enabled: bool) -> None:
    from app.web import accounts

    parts = open_parts(options)
    accounts.enable(parts.database, parts.settings.account, name, enabled=enabled)
