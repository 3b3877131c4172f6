"""The simulated carrier's own log as JSON lines: for whoever checks us, never read by us."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from campaigns.events import instant_text
from dialer.carriers.simulated import TruthLine


def truth_text(line: TruthLine) -> str:
    """One line of the log, with its line break."""
    return (
        json.dumps(
            {
                "attemptId": line.attempt_id,
                "contactId": line.contact_id,
                "phone": line.phone,
                "dialed": _text(line.dialed),
                "rang": _text(line.rang),
                "answered": _text(line.answered),
                "ended": _text(line.ended),
            }
        )
        + "\n"
    )


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant_text(instant)


class TruthFile:
    """Appends to a log; a call has a line when it is dialed and another when it has ended."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = path.open("a", encoding="utf-8")

    def write(self, line: TruthLine) -> None:
        """Add a line; it is in the file when this returns."""
        self._file.write(truth_text(line))
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
