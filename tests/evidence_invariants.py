"""S8 and S9 checked over the rows alone, by code that knows none of ours."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.invariants import Line, Violation

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def check_evidence(
    entries: Sequence[Line], heads: Sequence[Line], attempts: Sequence[Line], key: bytes
) -> list[Violation]:
    """Every seal is right, no number is missing, each head is its chain's end (S8).

    Each attempt has the entry of its decision, and each that was dialed and has ended that of its
    end; no body holds what looks like its number (S9, S4).
    """
    found = []
    ends: dict[str, tuple[int, str]] = {}
    for entry in sorted(entries, key=lambda row: (row["chain"], row["number"])):
        number, before = ends.get(entry["chain"], (0, "0" * 64))
        about = f"{entry['chain']} {entry['number']}"
        if entry["number"] != number + 1:
            found.append(Violation("S8", about, f"comes after {number}"))
        if entry["seal"] != _seal(entry, before, key):
            found.append(Violation("S8", about, "its seal is wrong"))
        ends[entry["chain"]] = entry["number"], entry["seal"]
    found += [
        Violation("S8", head["chain"], "its head is not its end")
        for head in heads
        if ends.pop(head["chain"], (0, "0" * 64)) != (head["number"], head["seal"])
    ]
    found += [Violation("S8", chain, "has no head") for chain in ends]
    return found + _check_attempts(entries, attempts)


def _seal(entry: Line, before: str, key: bytes) -> str:
    at = (EPOCH + timedelta(milliseconds=entry["at"])).isoformat(timespec="milliseconds")
    optional = (entry[name] for name in ("campaign_id", "contact_id", "attempt_id", "phone_hash"))
    lines = [
        *(before, str(entry["number"]), entry["chain"], entry["account"], at, entry["kind"]),
        *("-" if value is None else f"={value}" for value in optional),
        entry["body"],
    ]
    text = "\n".join(lines)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _check_attempts(entries: Sequence[Line], attempts: Sequence[Line]) -> list[Violation]:
    told: dict[tuple[str, str], Mapping[str, Any]] = {
        (str(entry["attempt_id"]), entry["kind"]): json.loads(entry["body"]) for entry in entries
    }
    found = []
    for row in attempts:
        attempt = str(row["id"])
        decision = told.get((attempt, "decision"))
        if decision is None or decision["decision"] != "allow":
            found.append(Violation("S9", attempt, "no entry says that it was allowed"))
        elif sorted(decision["timeZones"]) != sorted(json.loads(row["time_zones"])):
            found.append(Violation("S9", attempt, "its entry names other time zones"))
        outcome = told.get((attempt, "outcome"))
        if row["ended_at"] is not None and row["state"] != "cancelled":
            if outcome is None or outcome["disposition"] != row["disposition"]:
                found.append(Violation("S9", attempt, "no entry says how it ended"))
        elif outcome is not None:
            found.append(Violation("S9", attempt, "an entry says how it ended, and it has not"))
    numbers = {row["phone"].lstrip("+") for row in attempts}
    return found + [
        Violation("S4", f"{entry['chain']} {entry['number']}", "its body holds a number")
        for entry in entries
        if any(number in entry["body"] for number in numbers)
    ]
