"""Short ways to write a case to screen, and to say what is expected of the decision."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from app.case_reader import read_case
from compliance.case import Case
from compliance.rulebook import Rulebook
from compliance.rulebook_file import load
from compliance.screening import Allow, Decision, Defer, screen

Fields = Mapping[str, object]


@functools.cache
def rules() -> Rulebook:
    """The bundled rules."""
    return load()


def case(
    at: str,
    phone: str | None = "+12125550123",
    *,
    channel: str = "voice",
    campaign: Fields | None = None,
    history: Sequence[Fields] = (),
    suppressed: Sequence[Fields] = (),
    registries: Sequence[Fields] = (),
    **contact: object,
) -> Case:
    """A case from the fields of the contract; `contact` are those of the contact."""
    known = {key: value for key, value in {"phone": phone, **contact}.items() if value is not None}
    return read_case(
        {
            "id": "a case",
            "at": at,
            "channel": channel,
            "contact": known,
            "campaign": dict(campaign or {}),
            "history": [dict(entry) for entry in history],
            "suppressed": [dict(entry) for entry in suppressed],
            "registries": [dict(entry) for entry in registries],
        }
    )


def answer(decision: Decision) -> str:
    """A decision in one line: what it is, until when, and the codes that stand, each once."""
    if isinstance(decision, Allow):
        return "allow"
    codes = sorted({reason.code.value for reason in decision.reasons})
    if isinstance(decision, Defer):
        return " ".join([f"defer {decision.not_before:%Y-%m-%dT%H:%M:%SZ}", *codes])
    return " ".join(["deny", *codes])


def decided(at: str, **fields: Any) -> str:
    """The answer to a case under the bundled rules; the fields are those of `case`."""
    return answer(screen(case(at, **fields), rules()))


def consent(kind: str, at: str | None = "2026-01-01T00:00:00Z", **more: object) -> Fields:
    """A consent on file."""
    return {"kind": kind, "at": at, **more}


def call(at: str, outcome: str = "no_answer", **more: object) -> Fields:
    """An earlier attempt by voice."""
    return {"at": at, "channel": "voice", "outcome": outcome, **more}


WRITTEN = consent("express_written")
EXPRESS = consent("express")
PREVIEW = {"dial_mode": "preview"}
AGENTLESS = {"dial_mode": "agentless"}
