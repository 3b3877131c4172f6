"""Suppressions, lists, areas, consents and messages to show."""

from __future__ import annotations

import io
from datetime import date, timedelta

from werkzeug.test import TestResponse

from app.bootstrap import Parts
from campaigns.messages import Message, take_in_message
from campaigns.permissions import record_consents, suppress
from campaigns.restrictions import ListCopy, import_suppression_list, suppress_area
from compliance.case import Channel, ConsentKind, SuppressionSource
from compliance.consent_records import EVERYWHERE, ConsentAction, ConsentRecord, ConsentSource
from compliance.number_set import NumberSet
from compliance.ports import Suppression
from compliance.suppression_lists import ListKind, SuppressedArea
from tests.web.site import ACCOUNT, Visitor

LISTED = "+12125550101"
"""A number against which everything stands."""


def seed_permissions(parts: Parts, campaign_id: str) -> None:
    """Some of everything, most of it against one number."""
    now = parts.clock.now()
    with parts.database() as uow:
        for phone, scope, basis in (
            (LISTED, EVERYWHERE, "asked_in_call"),
            (LISTED, campaign_id, "complaint"),
            ("+13055550102", EVERYWHERE, "wrong_number"),
        ):
            entry = Suppression(
                ACCOUNT, phone, scope, SuppressionSource.INTERNAL, basis, "admin", now
            )
            suppress(uow, entry, parts.phone_key)
        for area, basis in (("+1305", "storm"), ("US-NY", "state of emergency")):
            closed = SuppressedArea(ACCOUNT, area, EVERYWHERE, basis, "admin", now)
            suppress_area(uow, closed, parts.rulebook)
    seed_lists(parts)
    seed_consents(parts)
    seed_messages(parts)


def seed_lists(parts: Parts) -> None:
    """Copies that are fresh, near their end and too old, and lists that do not age."""
    now = parts.clock.now()
    for name, kind, jurisdiction, days in (
        ("National Do Not Call Registry", ListKind.NATIONAL, "US", 3),
        ("Telephone Preference Service", ListKind.NATIONAL, "GB", 24),
        ("Texas No-Call List", ListKind.NATIONAL, "US-TX", 75),
        ("Known litigators", ListKind.LITIGATOR, None, 40),
        ("Our employees", ListKind.INTERNAL, None, 200),
    ):
        copy = ListCopy(
            account=ACCOUNT,
            name=name,
            kind=kind,
            jurisdiction=jurisdiction,
            scope=EVERYWHERE,
            as_of=date(now.year, now.month, now.day) - timedelta(days=days),
            numbers=NumberSet([LISTED, *(f"+1212{n:07d}" for n in range(2_000_000, 2_000_400))]),
            sha256="0" * 64,
            by="admin",
            now=now,
        )
        with parts.database() as uow:
            import_suppression_list(uow, copy, parts.rulebook)


def seed_consents(parts: Parts) -> None:
    """Given for calls, taken back by text message, given again for e-mail."""
    now = parts.clock.now()
    given, revoked = ConsentAction.GIVEN, ConsentAction.REVOKED
    said = (
        (given, Channel.VOICE, 90, ConsentSource.WEB_FORM, "Newsletter form of 2026", "page v. 7"),
        (revoked, None, 20, ConsentSource.SMS, "a word that ends consent by itself", "STOP"),
        (given, Channel.EMAIL, 2, ConsentSource.PAPER, "Service contract 4711", "scan 4711.pdf"),
    )
    records = [
        ConsentRecord(
            account=ACCOUNT,
            address=LISTED,
            action=action,
            kind=ConsentKind.EXPRESS_WRITTEN,
            channel=channel,
            scope=EVERYWHERE,
            at=now - timedelta(days=days),
            source=source,
            basis=basis,
            evidence=evidence,
            recorded_by="admin",
            recorded_at=now - timedelta(days=days),
        )
        for action, channel, days, source, basis, evidence in said
    ]
    with parts.database() as uow:
        record_consents(uow, records, parts.phone_key)


def seed_messages(parts: Parts) -> None:
    """Three messages that wait, one of them long."""
    now = parts.clock.now()
    for text, phone, channel, hours in (
        ("Please don't text me any more, I am driving all day", LISTED, Channel.SMS, 50),
        ("Who is this?", "+13055550102", Channel.SMS, 3),
        (
            "Hello,\n\nI bought from you once, in 2024. I would rather not be called about "
            "renewals; letters are fine.\n\nYours, Ada L.\n" + "-" * 120,
            "ada.lovelace@analytical-engines.example.org",
            Channel.EMAIL,
            1,
        ),
    ):
        message = Message(
            ACCOUNT, phone, channel, text, now - timedelta(hours=hours), "gateway", now
        )
        with parts.database() as uow:
            take_in_message(uow, message, parts.phone_key)


def described(**changes: str) -> dict[str, str]:
    """The form of a registry's copy, filled in."""
    form = {
        "name": "National registry",
        "kind": "national",
        "jurisdiction": "US",
        "scope": EVERYWHERE,
        "as_of": "2026-11-20",
        "country": "",
    }
    return {**form, **changes}


def send(
    visitor: Visitor, path: str, content: bytes, file: str = "numbers.csv", **form: str
) -> TestResponse:
    """Upload a file, and wait for its import."""
    answer = visitor.post(path, file=(io.BytesIO(content), file), **form)
    assert visitor.web.background.wait(30)
    return answer


def report(visitor: Visitor, answer: TestResponse) -> str:
    """The page to which an upload led."""
    assert answer.status_code == 302
    return visitor.get(answer.headers["Location"]).text
