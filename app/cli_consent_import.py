"""`fairdial consent import`: a file of consents, all or nothing. Parse, call, print."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli_options import INPUT_FILE, open_parts, progress_bars, service_options
from app.cli_records import (
    by_option,
    bytes_of,
    country_option,
    json_option,
    print_json,
    refusals,
)
from app.errors import BadInputError

if TYPE_CHECKING:
    from app.permission_files import BadRow, ConsentTerms
    from compliance.consent_records import ConsentRecord

_KEPT_AT_ONCE = 500


@click.command("import")
@click.argument("file", type=INPUT_FILE)
@country_option
@by_option
@json_option
@service_options
def import_(file: Path, country: str | None, by: str, as_json: bool, **options: object) -> None:
    """Keep the consents of FILE, a CSV file: all of them, or none if one row is bad."""
    from app.permission_files import ConsentTerms
    from campaigns.permissions import record_consents

    parts = open_parts(options)
    account, now = parts.settings.account, parts.clock.now()
    with parts.database.reading() as uow:
        campaigns = {campaign.id for campaign in uow.campaigns.of_account(account)}
    terms = ConsentTerms(account, by, now, country, campaigns)

    def keep(records: list[ConsentRecord]) -> int:
        with parts.database() as uow:
            return record_consents(uow, records, parts.phone_key)

    with progress_bars("Checking consents", "Keeping consents") as (checking, keeping):
        read = _check(file, terms, checking)
        fresh = _keep(file, terms, keeping, keep)
    if as_json:
        print_json({"read": read, "recorded": fresh, "known": read - fresh})
    else:
        click.echo(f"{fresh} recorded, {read - fresh} were recorded already")


def _check(file: Path, terms: ConsentTerms, bar: Callable[[float], None]) -> int:
    """How many consents the file holds; tells of each bad row.

    Raises:
        BadInputError: there is one.
    """
    from app.permission_files import BadRow, read_consents

    good = bad = 0
    for row in read_consents(file, terms, bytes_of(file, bar)):
        if isinstance(row, BadRow):
            bad += 1
            click.echo(f"{file}: {_bad_words(row)}", err=True)
        else:
            good += 1
    if bad:
        raise BadInputError(f"{file}: {bad} of {good + bad} rows are bad; nothing was recorded")
    return good


def _bad_words(row: BadRow) -> str:
    column = "" if row.column is None else f"{row.column}: "
    return f"line {row.line}: {column}{row.reason}"


def _keep(
    file: Path,
    terms: ConsentTerms,
    bar: Callable[[float], None],
    keep: Callable[[list[ConsentRecord]], int],
) -> int:
    """Record what was checked, some hundred at a time, so that dialing goes on meanwhile.

    An import that is cut off is done again: what is there already is kept once.
    """
    from app.permission_files import BadRow, each_batch, read_consents

    def records() -> Iterator[ConsentRecord]:
        for row in read_consents(file, terms, bytes_of(file, bar)):
            if isinstance(row, BadRow):
                raise BadInputError(f"{file}: changed while it was read; import it again")
            yield row

    with refusals():
        return each_batch(records(), _KEPT_AT_ONCE, keep)
