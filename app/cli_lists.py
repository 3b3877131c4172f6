"""`fairdial suppress import|lists|remove-list|area`: many numbers at once. Parse, call, print."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from app.cli_options import INPUT_FILE, open_parts, progress_bars, service_options
from app.cli_records import (
    OneLine,
    by_option,
    bytes_of,
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
    from app.permission_files import NumbersRead
    from compliance.suppression_lists import SuppressedArea, SuppressionList

_LONGEST_BASIS = 100


@click.command("import")
@click.argument("file", type=INPUT_FILE)
@click.option("--name", required=True, help="Its name; a later copy takes the earlier one's place.")
@click.option(
    "--kind",
    required=True,
    type=click.Choice(["national", "litigator", "internal"]),
    help="national: a registry's copy, which consent may lift. Nothing lifts the others.",
)
@click.option("--jurisdiction", help="Of a registry the code of its rules, such as US or US-TX.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The date of the copy; a registry's must be given, else it is today (UTC).",
)
@click.option("--even-if-older", is_flag=True, help="Though the copy in use is newer.")
@country_option
@campaign_option
@by_option
@json_option
@service_options
def import_(
    file: Path,
    name: str,
    kind: str,
    jurisdiction: str | None,
    as_of: datetime | None,
    even_if_older: bool,
    country: str | None,
    campaign: UUID | None,
    by: str,
    as_json: bool,
    **options: object,
) -> None:
    """Use the numbers of FILE as a list: one a line, or CSV with a column `phone`."""
    from app.permission_files import read_numbers
    from campaigns.restrictions import ListCopy, import_suppression_list
    from compliance.suppression_lists import ListKind

    if kind == ListKind.NATIONAL and as_of is None:
        raise BadInputError("--as-of: a registry's copy needs its date: its age counts from there")
    with progress_bars("Reading numbers") as (bar,):
        read = read_numbers(file, country, bytes_of(file, bar))
    parts = open_parts(options)
    now = parts.clock.now()
    copy = ListCopy(
        account=parts.settings.account,
        name=name,
        kind=ListKind(kind),
        jurisdiction=jurisdiction,
        scope=scope_of(campaign),
        as_of=now.date() if as_of is None else as_of.date(),
        numbers=read.numbers,
        sha256=read.sha256,
        by=by,
        now=now,
    )
    with refusals(), parts.database() as uow:
        kept = import_suppression_list(uow, copy, parts.rulebook, even_if_older=even_if_older)
    if as_json:
        print_json({**_told(kept), **_counts(read)})
    else:
        click.echo(_summary(kept, read))


def _counts(read: NumbersRead) -> dict[str, object]:
    line, why = read.first_invalid or (None, None)
    return {
        "accepted": read.accepted,
        "invalid": read.invalid,
        "duplicate": read.duplicate,
        "firstInvalid": None if line is None else {"line": line, "reason": why},
    }


def _summary(kept: SuppressionList, read: NumbersRead) -> str:
    told = f"{kept.name}\tversion {kept.version}\t{kept.numbers} numbers in use"
    if read.duplicate:
        told += f"\t{read.duplicate} duplicate"
    if read.first_invalid is not None:
        line, why = read.first_invalid
        told += f"\t{read.invalid} invalid, the first on line {line}: {why}"
    return told


def _told(kept: SuppressionList) -> dict[str, object]:
    return {
        "id": kept.id,
        "name": kept.name,
        "kind": kept.kind,
        "jurisdiction": kept.jurisdiction,
        "scope": kept.scope,
        "asOf": kept.as_of,
        "numbers": kept.numbers,
        "sha256": kept.sha256,
        "version": kept.version,
        "recordedBy": kept.recorded_by,
        "recordedAt": kept.recorded_at,
    }


@click.command()
@json_option
@service_options
def lists(as_json: bool, **options: object) -> None:
    """The lists in use, and how old each copy is."""
    parts = open_parts(options)
    with parts.database.reading() as uow:
        found = uow.suppression_lists.of_account(parts.settings.account)
    if as_json:
        print_json([_told(each) for each in found])
        return
    today = parts.clock.now().date()
    for each in found:
        click.echo("\t".join(_list_cells(each, today)))
    if not found:
        click.echo("no lists: import one with fairdial suppress import")


def _list_cells(kept: SuppressionList, today: date) -> list[str]:
    days = (today - kept.as_of).days
    return [
        kept.name,
        kept.kind if kept.jurisdiction is None else f"{kept.kind} {kept.jurisdiction}",
        f"{kept.numbers} numbers",
        f"of {kept.as_of.isoformat()} ({days} days old)",
        f"version {kept.version}",
        kept.scope,
    ]


@click.command("remove-list")
@click.argument("name")
@reason_option
@by_option
@service_options
def remove_list(name: str, reason: str, by: str, **options: object) -> None:
    """Use the list of that NAME no longer."""
    from campaigns.audit import Change
    from campaigns.restrictions import remove_suppression_list

    parts = open_parts(options)
    account, change = parts.settings.account, Change(by, parts.clock.now(), reason)
    with refusals(), parts.database() as uow:
        ids = {each.name: each.id for each in uow.suppression_lists.of_account(account)}
        if name not in ids:
            raise BadInputError(f"there is no list {name[:60]!r}; see fairdial suppress lists")
        remove_suppression_list(uow, account, ids[name], change)
    click.echo(f"{name}\tno longer in use")


# ----------------------------------------------------------------------------------------- areas
@click.group()
def area() -> None:
    """Places that nobody calls: how numbers begin (+1305), a region (US-FL), a country (FR)."""


@area.command("add")
@click.argument("area")
@click.option("--basis", default="operator", type=OneLine(_LONGEST_BASIS), help="Why.")
@campaign_option
@by_option
@service_options
def close(area: str, basis: str, campaign: UUID | None, by: str, **options: object) -> None:
    """Call nobody in AREA from now on; calls there end, but where somebody talks."""
    from campaigns.restrictions import suppress_area

    parts = open_parts(options)
    closed = _area(parts, area, campaign, basis, by)
    with refusals(), parts.database() as uow:
        is_new = suppress_area(uow, closed, parts.rulebook)
    click.echo(f"{area}\t{'closed' if is_new else 'was closed already'}")


@area.command("remove")
@click.argument("area")
@reason_option
@campaign_option
@by_option
@service_options
def open_(area: str, reason: str, campaign: UUID | None, by: str, **options: object) -> None:
    """Let AREA be called again."""
    from campaigns.audit import Change
    from campaigns.restrictions import open_area

    parts = open_parts(options)
    change = Change(by, parts.clock.now(), reason)
    with refusals(), parts.database() as uow:
        if not open_area(uow, _area(parts, area, campaign, "", by), change):
            raise BadInputError(f"{area[:40]!r} is not closed; see fairdial suppress area list")
    click.echo(f"{area}\topen")


def _area(parts: Parts, area: str, campaign: UUID | None, basis: str, by: str) -> SuppressedArea:
    from compliance.suppression_lists import SuppressedArea

    account, now = parts.settings.account, parts.clock.now()
    return SuppressedArea(account, area, scope_of(campaign), basis, by, now)


@area.command("list")
@json_option
@service_options
def list_(as_json: bool, **options: object) -> None:
    """The areas that nobody calls."""
    parts = open_parts(options)
    with parts.database.reading() as uow:
        areas = uow.suppression_lists.areas(parts.settings.account)
    if as_json:
        print_json([asdict(each) for each in areas])
        return
    for each in areas:
        since = json_text(each.recorded_at)
        click.echo(f"{each.area}\t{each.scope}\t{each.basis}\t{each.recorded_by}\tsince {since}")
    if not areas:
        click.echo("no area is closed")
