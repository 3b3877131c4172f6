"""How pages say things of suppressions, lists, consents and messages, in plain words."""

from __future__ import annotations

from datetime import datetime, timedelta

from jinja2 import Environment

from app.web.words import count, instant
from compliance.case import Channel, Consent, ConsentKind, SuppressionSource
from compliance.consent import is_revoked
from compliance.consent_records import ConsentAction, ConsentSource
from compliance.opt_out import Asks
from compliance.suppression_lists import ListKind

LIST_KINDS = {
    ListKind.NATIONAL: "Do-not-call registry",
    ListKind.LITIGATOR: "Litigators",
    ListKind.INTERNAL: "Your own list",
}

ENTRY_SOURCES = {
    SuppressionSource.INTERNAL: "Your own entry",
    SuppressionSource.NATIONAL: "Do-not-call registry",
}

CONSENT_ACTIONS = {
    ConsentAction.GIVEN: "Given",
    ConsentAction.REVOKED: "Taken back",
}

CONSENT_KINDS = {
    ConsentKind.EXPRESS_WRITTEN: "Express, in writing",
    ConsentKind.EXPRESS: "Express",
    ConsentKind.EXISTING_RELATIONSHIP: "Existing relationship",
}
"""What can be recorded, the strongest first."""

CHANNELS = {
    Channel.VOICE: "Calls",
    Channel.SMS: "Text messages",
    Channel.EMAIL: "E-mail",
}

EVERY_CHANNEL = "Every channel"

CONSENT_SOURCES = {
    ConsentSource.WEB_FORM: "Web form",
    ConsentSource.PAPER: "Paper",
    ConsentSource.CALL: "Call",
    ConsentSource.KEY_PRESS: "Key pressed in a call",
    ConsentSource.SMS: "Text message",
    ConsentSource.EMAIL: "E-mail",
    ConsentSource.IN_PERSON: "In person",
    ConsentSource.LIST: "Came with a list",
}

MESSAGE_CHANNELS = {
    Channel.SMS: "Text message",
    Channel.EMAIL: "E-mail",
    Channel.VOICE: "Said in a call, or on an answering machine",
}

TAKEN_IN = {
    Asks.TO_STOP: "It asks to stop in so many words: all consent is taken back from then on.",
    Asks.HELP: "It asks for help or information, so nothing changes. Answer it.",
    Asks.A_READER: "It waits for a reader below. Until then its sender is not reached.",
}
"""What became of a message that was taken in."""


def consent_words(consent: Consent | None, now: datetime) -> str:
    """What stands of a consent at an instant."""
    if consent is not None and is_revoked(consent, now) and consent.revoked_at is not None:
        return f"Taken back on {instant(consent.revoked_at)}"
    if consent is None or consent.at is None or consent.kind is ConsentKind.NONE:
        return "None on file"
    return f"{CONSENT_KINDS[consent.kind]}, since {instant(consent.at)}"


def age(span: timedelta) -> str:
    """How long something has lasted, roughly."""
    minutes = max(span // timedelta(minutes=1), 0)
    if minutes < 120:
        return count(minutes, "minute")
    hours = minutes // 60
    return count(hours, "hour") if hours < 48 else count(hours // 24, "day")


def add_filters(environment: Environment) -> None:
    """Offer these to the templates."""
    environment.filters.update(
        age=age,
        list_words=lambda kind: LIST_KINDS[kind],
        source_words=lambda source: ENTRY_SOURCES[source],
        action_words=lambda action: CONSENT_ACTIONS[action],
        consent_kind_words=lambda kind: CONSENT_KINDS[kind],
        channel_words=lambda channel: EVERY_CHANNEL if channel is None else CHANNELS[channel],
        consent_source_words=lambda source: CONSENT_SOURCES[source],
        message_words=lambda channel: MESSAGE_CHANNELS[channel],
    )
