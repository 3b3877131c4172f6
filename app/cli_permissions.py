"""`fairdial suppress ...`: whom no campaign reaches. Parse, call, print."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import UUID

import click

from app.cli_lists import area, import_, lists, remove_list
from app.cli_options import open_parts, service_options
from app.cli_records import (
    address_of,
    by_option,
    campaign_option,
    country_option,
    json_option,
    json_text,
    print_json,
    reason_option,
    refusals,
    scope_of,
)
from app.errors import BadInputError

if TYPE_CHECKING:
    from app.bootstrap import Parts
    from compliance.case import SuppressionEntry
    from compliance.ports import Suppression
    from compliance.suppression_lists import SuppressedArea

BASES = ("asked_in_call", "asked_in_writing", "complaint", "wrong_number", "other")
"""Why a number is suppressed: codes, since they are published."""


@click.group()
def suppress() -> None:
    """Whom no campaign reaches: numbers and addresses, lists of numbers, areas."""


for _command in (import_, lists, remove_list, area):
    suppress.add_command(_command)


@suppress.command()
@click.argument("address")
@click.option("--basis", type=click.Choice(BASES), default="other", show_default=True)
@country_option
@campaign_option
@by_option
@service_options
def add(
    address: str,
    basis: str,
    country: str | None,
    campaign: UUID | None,
    by: str,
    **options: object,
) -> None:
    """Reach the number or e-mail ADDRESS no more; calls to it end, but where somebody talks."""
    from campaigns.permissions import suppress as suppress_address

    phone = address_of(address, country)
    parts = open_parts(options)
    entry = _entry(parts, phone, campaign, basis, by)
    with refusals(), parts.database() as uow:
        is_new = suppress_address(uow, entry, parts.phone_key)
    click.echo(f"{phone}\t{'suppressed' if is_new else 'was suppressed already'}")


@suppress.command()
@click.argument("address")
@reason_option
@country_option
@campaign_option
@by_option
@service_options
def remove(
    address: str,
    reason: str,
    country: str | None,
    campaign: UUID | None,
    by: str,
    **options: object,
) -> None:
    """Take away the entry of ADDRESS, which was wrong; lists and areas stand all the same."""
    from campaigns.audit import Change
    from campaigns.permissions import remove_suppression

    phone = address_of(address, country)
    parts = open_parts(options)
    change = Change(by, parts.clock.now(), reason)
    entry = _entry(parts, phone, campaign, "", by)
    with refusals(), parts.database() as uow:
        if not remove_suppression(uow, entry, change, parts.phone_key):
            raise BadInputError(f"{phone} has no such entry; see fairdial suppress check")
    click.echo(f"{phone}\tno longer suppressed by an entry of its own")


def _entry(parts: Parts, address: str, campaign: UUID | None, basis: str, by: str) -> Suppression:
    from compliance.case import SuppressionSource
    from compliance.ports import Suppression

    account, scope, now = parts.settings.account, scope_of(campaign), parts.clock.now()
    return Suppression(account, address, scope, SuppressionSource.INTERNAL, basis, by, now)


@suppress.command()
@click.argument("address")
@country_option
@campaign_option
@json_option
@service_options
def check(
    address: str,
    country: str | None,
    campaign: UUID | None,
    as_json: bool,
    **options: object,
) -> None:
    """What stands against ADDRESS: its entries, lists, areas, and whether a message waits."""
    phone = address_of(address, country)
    parts = open_parts(options)
    account, scope = parts.settings.account, scope_of(campaign)
    with parts.database.reading() as uow:
        entries = [
            *uow.suppressions.entries(account, scope, [phone]).get(phone, ()),
            *uow.suppression_lists.entries(account, scope, [phone]).get(phone, ()),
            *_closing(uow.suppression_lists.areas(account), scope, phone),
        ]
        is_held = phone in uow.consents.held(account, [phone])
    if as_json:
        told = [{"source": each.source, "list": each.list_name, "at": each.at} for each in entries]
        print_json({"suppressed": bool(entries), "held": is_held, "entries": told})
        return
    for each in entries:
        at = "" if each.at is None else f"\tsince {json_text(each.at)}"
        click.echo(f"{phone}\t{each.list_name or 'an entry of its own'}\t{each.source}{at}")
    if is_held:
        click.echo(f"{phone}\theld: a message waits for a reader")
    if not entries and not is_held:
        click.echo(f"{phone}\tnothing stands against it here")


def _closing(areas: list[SuppressedArea], scope: str, phone: str) -> Iterator[SuppressionEntry]:
    from compliance.suppression_lists import of_scope, places_of

    places = places_of(phone, "", "")
    for each in areas:
        if of_scope(each.scope, scope) and each.covers(phone, places):
            yield each.entry
