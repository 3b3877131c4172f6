"""What a person's message asks for: to stop, or something that a person of ours must read.

The words that are a revocation by themselves are those of 47 CFR 64.1200(a)(10)(i): any case,
blanks and punctuation around them do not matter. Whatever else is written may be one too, "by any
reasonable means": somebody reads it, and until then nothing is sent (regulation.md, section 5).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from compliance.case import Channel

_STOP_WORDS = frozenset(
    {
        "STOP",
        "STOPALL",
        "QUIT",
        "END",
        "REVOKE",
        "OPTOUT",
        "CANCEL",
        "UNSUBSCRIBE",
    }
)
_ASKS_FOR_HELP = frozenset({"HELP", "INFO"})
_NOT_A_LETTER = re.compile(r"[\W_]+")


class Asks(StrEnum):
    """What a message asks for."""

    TO_STOP = "to_stop"
    HELP = "help"
    A_READER = "a_reader"


def asks_for(text: str) -> Asks:
    """What a message asks for, by its words alone."""
    plain = unicodedata.normalize("NFKC", text)  # full-width letters are letters
    word = _NOT_A_LETTER.sub("", plain).upper()
    if word in _STOP_WORDS:
        return Asks.TO_STOP
    return Asks.HELP if word in _ASKS_FOR_HELP else Asks.A_READER


class ReviewDecision(StrEnum):
    """What a reader made of a message."""

    REVOKES = "revokes"
    DOES_NOT = "does_not"


@dataclass(frozen=True, slots=True)
class OptOutReview:
    """A message that somebody must read; while it waits nothing is sent to its address.

    `address` is the E.164 number or lower-case e-mail address that it came from.
    """

    id: str
    account: str
    address: str
    channel: Channel
    text: str
    received_at: datetime
    decision: ReviewDecision | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
