"""How long it takes to match events against a pattern, beside reading the same events with `json`.

The events are those of a whole campaign day over docs/examples/contacts.csv. Each round times, one
after the other, `json.loads` of all of them and each pattern's `matches` of all of them, parsed.
The median of the rounds' ratios is printed: 2.0 means that twice as many events are matched in a
second as are read. With --moto, moto's matcher runs in the same rounds. Seconds are the process's
own.

    python -m bench.patterns
    python -m bench.patterns --rounds 3 --moto
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

from moto.events.models import EventPattern

from app.bus.patterns.pattern import parse
from app.run_command import RunOptions, run

CONTACTS = Path(__file__).parent.parent / "docs" / "examples" / "contacts.csv"

PATTERNS: dict[str, dict[str, Any]] = {
    "one field": {"detail-type": ["Call Ended"]},
    "three fields": {
        "source": ["fairdial"],
        "detail-type": ["Call Ended", "Call Abandoned"],
        "detail": {"answeredBy": ["human"]},
    },
    "prefix, suffix": {
        "detail-type": [{"prefix": "Call "}],
        "detail": {"occurredAt": [{"suffix": "Z"}]},
    },
    "any case": {"detail-type": [{"equals-ignore-case": "call ended"}]},
    "wildcard": {"detail": {"occurredAt": [{"wildcard": "2026-*T1*.000Z"}]}},
    "anything but": {"detail": {"state": [{"anything-but": ["idle", "out"]}]}},
    "numeric": {"detail": {"sequence": [{"numeric": [">", 3, "<=", 9]}]}},
    "exists": {"detail": {"agentId": [{"exists": False}], "reasons": [{"exists": True}]}},
    "array": {"resources": [{"prefix": "campaign/"}]},
    "or of four": {
        "source": ["fairdial"],
        "detail": {
            "$or": [
                {"answeredBy": ["human"]},
                {"disposition": ["busy", "no_answer"]},
                {"state": ["wrap"]},
                {"ringSeconds": [{"numeric": [">", 20]}]},
            ]
        },
    },
}


@dataclass(frozen=True, slots=True)
class Cost:
    """Events matched for each event read in the same time, and how many of them matched."""

    name: str
    ratio: float
    matched: int


def a_days_events() -> list[str]:
    """The lines of a campaign day, in order."""
    with tempfile.TemporaryDirectory() as folder:
        events = Path(folder) / "events.jsonl"
        options = RunOptions(
            contacts=CONTACTS,
            campaign=None,
            agents=20,
            seed=7,
            start=datetime(2026, 11, 23, 14, tzinfo=UTC),
            inbound_per_hour=0.0,
            events=events,
            report=None,
            import_report=None,
            truth=None,
            database_url=None,
        )
        run(options, _ignore, _ignore)
        return events.read_text(encoding="utf-8").splitlines()


def _ignore(_share: float) -> None:
    """Nobody watches the progress."""


def costs(
    lines: Sequence[str],
    matchers: Mapping[str, Callable[[Any], bool]],
    rounds: int,
) -> tuple[float, list[Cost]]:
    """Events read in a second, and each matcher beside that."""
    events = [json.loads(line) for line in lines]
    reading = []
    matching: dict[str, list[float]] = {name: [] for name in matchers}
    for _ in range(rounds):
        reading.append(_seconds(json.loads, lines))
        for name, matches in matchers.items():
            matching[name].append(_seconds(matches, events))
    return len(lines) / median(reading), [
        Cost(
            name=name,
            ratio=median(read / took for read, took in zip(reading, matching[name], strict=True)),
            matched=sum(map(matches, events)),
        )
        for name, matches in matchers.items()
    ]


def _seconds(function: Callable[[Any], object], values: Sequence[Any]) -> float:
    started = process_time()
    for value in values:
        function(value)
    return process_time() - started


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--copies", type=int, default=4, help="Of the day's events.")
    parser.add_argument("--moto", action="store_true", help="Time moto's matcher too.")
    given = parser.parse_args(arguments)
    lines = a_days_events() * given.copies
    matchers: dict[str, Callable[[Any], bool]] = {
        name: parse(json.dumps(pattern)).matches for name, pattern in PATTERNS.items()
    }
    if given.moto:
        matchers |= _motos()
    read, found = costs(lines, matchers, given.rounds)
    size = sum(map(len, lines)) / len(lines)
    print(f"{len(lines):,} events of {size:.0f} characters; json.loads reads {read:,.0f} a second")
    for cost in found:
        share = cost.matched / len(lines)
        print(f"{cost.name:22} {cost.ratio:5.1f} matched for each read; {share:4.0%} match")


def _motos() -> dict[str, Callable[[Any], bool]]:
    return {
        f"{name} (moto)": EventPattern(json.dumps(pattern), pattern).matches_event
        for name, pattern in PATTERNS.items()
    }


if __name__ == "__main__":
    main()
