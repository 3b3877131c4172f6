"""`fairdial evidence ...` on the command line: parse, call, print."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli_options import FILE, INPUT_FILE, progress_bars, read_settings, service_options
from app.clock import SystemClock
from app.errors import BadInputError

if TYPE_CHECKING:
    from app.database import SqlUnitOfWork
    from app.evidence.archive import Archive
    from app.evidence.document import Packet
    from app.evidence.finding import Subject
    from app.evidence.verifying import Verification

FLAWED = 1
_CHECKING = "Checking the chains"
_Find = Callable[["SqlUnitOfWork", "Archive"], "Subject"]


@click.group()
def evidence() -> None:
    """Why somebody was called, or was not; and whether the evidence is as it was written."""


def _archive_options(command: Callable[..., None]) -> Callable[..., None]:
    option = click.option("--account", help="The account; by default FAIRDIAL_ACCOUNT.")
    return service_options(option(command))


def _packet_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--out", type=FILE, help="Write the whole packet here, a zip file."),
        click.option("--html", "as_html", is_flag=True, help="Print the report for a lawyer."),
        click.option("--json", "as_json", is_flag=True, help="Print the document for a program."),
    ):
        command = option(command)
    return _archive_options(command)


# ------------------------------------------------------------------------------------ the packets
@evidence.command()
@click.argument("attempt_id")
@_packet_options
def call(attempt_id: str, **options: object) -> None:
    """The packet of one call: ATTEMPT_ID is the `attemptId` of its events."""
    from app.evidence.finding import find_call

    _packet(options, lambda uow, archive: find_call(uow, archive, attempt_id))


@evidence.command()
@click.argument("contact")
@click.option("--country", default="US", show_default=True, help="Of a number without +.")
@_packet_options
def contact(contact: str, country: str, **options: object) -> None:
    """The packet of a person: CONTACT is the `contactId` of events, or a phone number."""
    from app.evidence.finding import find_contact, find_number, is_id
    from compliance.phone_number import InvalidPhoneNumberError, parse

    if is_id(contact):
        _packet(options, lambda uow, archive: find_contact(uow, archive, contact))
        return
    try:
        phone = parse(contact, country.upper()).e164
    except InvalidPhoneNumberError as error:
        raise BadInputError(f"this is neither a contact's id nor a number: {error}") from None
    _packet(options, lambda uow, archive: find_number(uow, archive, phone))


def _packet(options: Mapping[str, object], find: _Find) -> None:
    with _archive(options) as archive, progress_bars(_CHECKING) as (checking,):
        packet = _made(archive, find, checking)
    out = options["out"]
    if isinstance(out, Path):
        _write(out, packet)
    if options["as_json"]:
        from app.evidence.bundle import text_of

        click.echo(text_of(packet), nl=False)
    elif options["as_html"]:
        from app.evidence.report import report

        click.echo(report(packet))
    elif out is None:
        _tell(packet)


def _made(archive: Archive, find: _Find, checking: Callable[[float], None]) -> Packet:
    from app.evidence.packet import make_packet
    from campaigns.ports import NotFoundError

    with archive.reading() as uow:
        try:
            subject = find(uow, archive)
        except NotFoundError as error:
            raise BadInputError(f"{error} in the account {archive.account}") from None
        return make_packet(uow, archive, subject, SystemClock().now(), checking)


def _write(out: Path, packet: Packet) -> None:
    from app.evidence.bundle import bundle

    beside = out.with_name(f".{out.name}.part")
    try:
        beside.write_bytes(bundle(packet))
        beside.replace(out)
    except OSError as error:
        raise BadInputError(f"{out}: cannot be written: {error.strerror}") from None


def _tell(packet: Packet) -> None:
    """The answer and the story, for somebody at a terminal."""
    for sentence in packet.summary:
        click.echo(sentence)
    for step in packet.timeline:
        click.echo(f"\n{step.at:%Y-%m-%d %H:%M:%S}Z  {step.sentence}")
    if packet.not_known:
        click.echo("\nNot known:")
    for sentence in packet.not_known:
        click.echo(f"- {sentence}")


@evidence.command()
def schema() -> None:
    """The JSON Schema of the document that `--json` prints."""
    from app.evidence.document import schema as document_schema

    click.echo(json.dumps(document_schema(), indent=2))


# ----------------------------------------------------------------------------------- the check
@evidence.command()
@click.option(
    "--events",
    type=INPUT_FILE,
    help="A log of events that was kept elsewhere: what it says was published counts too.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@_archive_options
def verify(events: Path | None, as_json: bool, **options: object) -> None:
    """Check every chain of the account. Exit 0: whole; 1: flawed, one line for each flaw."""
    from app.evidence import verifying
    from campaigns.sealing import NotAnEventError

    with _archive(options) as archive, progress_bars(_CHECKING) as (checking,):
        try:
            with _lines(events) as lines:
                found = verifying.verify(archive, lines, checking)
        except NotAnEventError as error:
            raise BadInputError(f"{events}: {error}") from None
    if as_json:
        click.echo(json.dumps(verifying.as_json(found), indent=2))
    else:
        _tell_check(found)
    sys.exit(FLAWED if found.findings else 0)


@contextmanager
def _lines(path: Path | None) -> Iterator[Iterator[str]]:
    if path is None:
        yield iter(())
        return
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            yield iter(file)
    except OSError as error:
        raise BadInputError(f"{path}: cannot be read: {error.strerror}") from None


def _tell_check(found: Verification) -> None:
    from app.evidence.sentences import how_many

    entries = sum(each.entries for each in found.chains)
    for each in found.chains:
        told = f"{how_many(each.published, 'published head')}, {how_many(len(each.flaws), 'flaw')}"
        click.echo(f"{each.chain}: {how_many(each.entries, 'entry', 'entries')}, {told}")
    for line in found.findings:
        click.echo(line)
    for line in found.hints:
        click.echo(line, err=True)
    whole = "whole" if not found.findings else how_many(len(found.findings), "finding")
    chains = how_many(len(found.chains), "chain")
    click.echo(f"{chains}, {how_many(entries, 'entry', 'entries')}: {whole}")


@contextmanager
def _archive(options: Mapping[str, object]) -> Iterator[Archive]:
    from app.evidence.archive import open_archive

    wanted = {key: options[key] for key in ("data", "database_url", "account")}
    archive = open_archive(read_settings(wanted), SystemClock().now)
    try:
        yield archive
    finally:
        archive.database.engine.dispose()
