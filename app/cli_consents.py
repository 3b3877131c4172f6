"""`fairdial consent ...`: who agreed to be reached, and who took it back. Parse, call, print."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from app.cli_consent_import import import_
from app.cli_options import INSTANT, open_parts, service_options
from app.cli_records import (
    address_of,
    by_option,
    campaign_option,
    country_option,
    json_option,
    json_text,
    print_json,
    refusals,
    scope_of,
)
from app.errors import one_line
from compliance.case import Channel, ConsentKind
from compliance.consent_records import ConsentAction, ConsentSource
from compliance.opt_out import Asks, ReviewDecision

if TYPE_CHECKING:
    from compliance.case import Consent
    from compliance.consent_records import ConsentRecord

_KINDS = click.Choice([kind.value for kind in ConsentKind if kind is not ConsentKind.NONE])
_CHANNELS = click.Choice([channel.value for channel in Channel])
_SOURCES = click.Choice([source.value for source in ConsentSource])
_SHOWN = 100

_ANSWERS = {
    Asks.TO_STOP: "consent taken back",
    Asks.HELP: "asks for help: nothing changes",
    Asks.A_READER: "held until somebody has read it: see fairdial consent reviews",
}


@click.group()
def consent() -> None:
    """Who agreed to be reached and who took it back, with the proof of it."""


consent.add_command(import_)


def _record_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--at", type=INSTANT, help="When it was said; by default now."),
        click.option("--source", type=_SOURCES, required=True, help="By which way it came."),
        click.option("--evidence", default="", help="Where the proof is kept."),
    ):
        command = option(command)
    return command


# --------------------------------------------------------------------------------------- records
@consent.command()
@click.argument("address")
@click.option("--kind", type=_KINDS, required=True, help="What was agreed to.")
@click.option("--channel", type=_CHANNELS, help="Only for this channel; by default for every one.")
@click.option("--basis", required=True, help="What was agreed to, in words: a form, a contract.")
@_record_options
@country_option
@campaign_option
@by_option
@service_options
def add(
    address: str,
    kind: str,
    channel: str | None,
    basis: str,
    source: str,
    at: datetime | None,
    evidence: str,
    country: str | None,
    campaign: UUID | None,
    by: str,
    **options: object,
) -> None:
    """Keep that the person at the number or e-mail ADDRESS agreed to be reached."""
    said = {
        "action": ConsentAction.GIVEN,
        "kind": ConsentKind(kind),
        "channel": None if channel is None else Channel(channel),
        "source": ConsentSource(source),
        "basis": basis,
        "evidence": evidence,
    }
    reached, is_new = _keep_one(address, country, campaign, at, by, options, said)
    click.echo(f"{reached}\t{'recorded' if is_new else 'was recorded already'}")


@consent.command()
@click.argument("address")
@click.option("--basis", default="asked for it", show_default=True, help="What was said, in words.")
@_record_options
@country_option
@campaign_option
@by_option
@service_options
def revoke(
    address: str,
    basis: str,
    source: str,
    at: datetime | None,
    evidence: str,
    country: str | None,
    campaign: UUID | None,
    by: str,
    **options: object,
) -> None:
    """Keep that the person at ADDRESS took consent back: for every channel, from then on."""
    said = {
        "action": ConsentAction.REVOKED,
        "kind": ConsentKind.EXPRESS_WRITTEN,
        "channel": None,
        "source": ConsentSource(source),
        "basis": basis,
        "evidence": evidence,
    }
    reached, is_new = _keep_one(address, country, campaign, at, by, options, said)
    click.echo(f"{reached}\t{'taken back' if is_new else 'was taken back already'}")


def _keep_one(
    text: str,
    country: str | None,
    campaign: UUID | None,
    at: datetime | None,
    by: str,
    options: Mapping[str, object],
    said: Mapping[str, Any],
) -> tuple[str, bool]:
    """Keep what one person said; their address, and whether it is new."""
    from campaigns.permissions import record_consent
    from compliance.consent_records import ConsentRecord

    reached = address_of(text, country)
    parts = open_parts(options)
    now = parts.clock.now()
    record = ConsentRecord(
        account=parts.settings.account,
        address=reached,
        scope=scope_of(campaign),
        at=now if at is None else at,
        recorded_by=by,
        recorded_at=now,
        **said,
    )
    with refusals(), parts.database() as uow:
        return reached, record_consent(uow, record, parts.phone_key)


@consent.command()
@click.argument("address")
@country_option
@campaign_option
@json_option
@service_options
def show(
    address: str,
    country: str | None,
    campaign: UUID | None,
    as_json: bool,
    **options: object,
) -> None:
    """Every record of ADDRESS, and what stands of it on each channel."""
    from compliance.consent_records import standing_consent

    reached = address_of(address, country)
    parts = open_parts(options)
    account, scope = parts.settings.account, scope_of(campaign)
    with parts.database.reading() as uow:
        records = uow.consents.of(account, [reached]).get(reached, ())
        is_held = reached in uow.consents.held(account, [reached])
    stands = {each.value: standing_consent(records, each, scope) for each in Channel}
    if as_json:
        told = {
            "held": is_held,
            "standing": {channel: _standing_json(each) for channel, each in stands.items()},
            "records": [_record_json(record) for record in records],
        }
        print_json(told)
        return
    for record in records:
        click.echo("\t".join(_record_cells(record)))
    for channel, each in stands.items():
        click.echo(f"{reached}\t{channel}\t{_standing_words(each)}")
    if is_held:
        click.echo(f"{reached}\theld: a message waits for a reader")


def _record_json(record: ConsentRecord) -> dict[str, object]:
    return {
        "id": record.id,
        "action": record.action,
        "kind": record.kind,
        "channel": record.channel,
        "scope": record.scope,
        "at": record.at,
        "source": record.source,
        "basis": record.basis,
        "evidence": record.evidence,
        "recordedBy": record.recorded_by,
        "recordedAt": record.recorded_at,
    }


def _record_cells(record: ConsentRecord) -> list[str]:
    return [
        json_text(record.at),
        record.action,
        record.kind,
        record.channel or "every channel",
        record.scope,
        record.source,
        one_line(record.basis),
        one_line(record.evidence),
        record.recorded_by,
    ]


def _standing_json(stands: Consent | None) -> dict[str, object] | None:
    if stands is None:
        return None
    return {"kind": stands.kind, "at": stands.at, "revokedAt": stands.revoked_at}


def _standing_words(stands: Consent | None) -> str:
    if stands is None:
        return "no consent on file"
    if stands.revoked_at is not None and (stands.at is None or stands.at <= stands.revoked_at):
        return f"taken back at {json_text(stands.revoked_at)}"
    return f"{stands.kind} since {json_text(stands.at)}"


# -------------------------------------------------------------------------------------- messages
@consent.command()
@click.argument("address")
@click.argument("text", required=False)
@click.option("--channel", type=_CHANNELS, default="sms", show_default=True)
@click.option("--at", type=INSTANT, help="When it was sent; by default now.")
@country_option
@by_option
@json_option
@service_options
def message(
    address: str,
    text: str | None,
    channel: str,
    at: datetime | None,
    country: str | None,
    by: str,
    as_json: bool,
    **options: object,
) -> None:
    """Take in what came from ADDRESS: TEXT, or standard input. A stop word ends consent at once."""
    from campaigns.messages import Message, take_in_message

    reached = address_of(address, country)
    said = sys.stdin.buffer.read().decode("utf-8", errors="replace") if text is None else text
    parts = open_parts(options)
    now = parts.clock.now()
    taken = Message(
        parts.settings.account, reached, Channel(channel), said, now if at is None else at, by, now
    )
    with refusals(), parts.database() as uow:
        asks = take_in_message(uow, taken, parts.phone_key)
    if as_json:
        print_json({"asks": asks})
    else:
        click.echo(f"{reached}\t{_ANSWERS[asks]}")


@consent.command()
@json_option
@service_options
def reviews(as_json: bool, **options: object) -> None:
    """The messages that wait for a reader, the oldest first; their senders are held meanwhile."""
    parts = open_parts(options)
    with parts.database.reading() as uow:
        waiting = uow.consents.reviews(parts.settings.account, _SHOWN)
    if as_json:
        print_json(
            [
                {
                    "id": each.id,
                    "address": each.address,
                    "channel": each.channel,
                    "receivedAt": each.received_at,
                    "text": each.text,
                }
                for each in waiting
            ]
        )
        return
    for each in waiting:
        received_at, text = json_text(each.received_at), one_line(" ".join(each.text.split()))
        click.echo(f"{each.id}\t{received_at}\t{each.channel}\t{each.address}\t{text}")
    if not waiting:
        click.echo("no message waits for a reader")


@consent.command()
@click.argument("review", type=click.UUID)
@click.argument("decision", type=click.Choice([decision.value for decision in ReviewDecision]))
@by_option
@service_options
def decide(review: UUID, decision: str, by: str, **options: object) -> None:
    """Say whether a message takes consent back; either way its sender is held no longer."""
    from campaigns.audit import Change
    from campaigns.messages import decide_review

    parts = open_parts(options)
    change = Change(by, parts.clock.now())
    with refusals(), parts.database() as uow:
        decided = decide_review(
            uow,
            parts.settings.account,
            str(review),
            ReviewDecision(decision),
            change,
            parts.phone_key,
        )
    click.echo(f"{decided.id}\t{decided.decision}")
