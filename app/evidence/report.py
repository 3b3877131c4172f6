"""The packet as a report: one page of HTML that needs nothing else, for a screen and for paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.evidence import sentences
from app.evidence.document import Decision, Packet, QuestionKind

_FOLDER = Path(__file__).parent
_HEADINGS = {
    "person": "Who it is about",
    "story": "What happened, in order",
    "standing": "Where things stand",
    "decisions": "Each decision, and the rules that were looked at",
    "calls": "Each call",
    "consent": "Consent on record",
    "lists": "Lists of numbers that must not be called",
    "changes": "What people changed",
    "terms": "The campaigns",
    "proof": "Proof that nothing was changed",
    "unknown": "What is not known",
    "events": "Events that were published",
}
_TITLES = {
    QuestionKind.CALL: "Why this call was made",
    QuestionKind.CONTACT: "What was done about a contact",
    QuestionKind.NUMBER: "What was done about a number",
}
ASKED_WORDS = {
    QuestionKind.CALL: "Attempt",
    QuestionKind.CONTACT: "Contact",
    QuestionKind.NUMBER: "Number",
}
_DECIDED = {
    "allow": "may be called",
    "defer": "not yet",
    "deny": "must not be called",
    "unreadable": "cannot be read",
}


def report(packet: Packet, style_url: str | None = None) -> str:
    """The report; its style stands in the page itself, unless a page of ours links to it."""
    names = {each.id: each.name for each in packet.campaigns}
    return (
        _environment()
        .get_template("report.html")
        .render(
            packet=packet,
            title=_TITLES[packet.question.kind],
            asked=ASKED_WORDS[packet.question.kind],
            headings=_HEADINGS,
            decided=_DECIDED,
            consent_of=_consent_of,
            history_of=_history_of,
            campaign_name=lambda key: names.get(key, f"campaign {key}"),
            style_url=style_url,
            style=Markup(style()),  # noqa: S704 - a file of ours
        )
    )


@cache
def style() -> str:
    """The report's style sheet."""
    return (_FOLDER / "report.css").read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        instant=sentences.instant,
        instant_text=_instant_text,
        clock=sentences.clock,
        plain=lambda code: str(code).replace("_", " "),
        place=lambda one: f"{one['name']} ({one['code']})",
    )
    return environment


def _instant_text(text: str | None) -> str:
    return "–" if text is None else sentences.instant(datetime.fromisoformat(text))  # noqa: RUF001


def _consent_of(decision: Decision) -> str:
    """The consent that the decision was made with."""
    contact = decision.case.get("contact")
    consent = contact.get("consent") if isinstance(contact, Mapping) else None
    if not isinstance(consent, Mapping):
        return "none on file"
    parts = [str(consent.get("kind", "")).replace("_", " ")]
    if consent.get("at"):
        parts.append(f"since {_instant_text(str(consent['at']))}")
    if consent.get("revoked_at"):
        parts.append(f"taken back at {_instant_text(str(consent['revoked_at']))}")
    return ", ".join(parts)


def _history_of(decision: Decision) -> int:
    """How many earlier attempts the decision was made with."""
    history = decision.case.get("history")
    return len(history) if isinstance(history, list) else 0
