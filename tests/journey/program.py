"""The program as a user meets it: `fairdial run` in a process of its own, and what it left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests import invariants
from tests.invariants import Hours, Line, Violation

ROOT = Path(__file__).resolve().parent.parent.parent
OUTPUTS = ("events", "report", "import-report", "truth")
LONGEST_CALL = timedelta(hours=1)


def fairdial(
    *arguments: object, cwd: Path | None = None, given: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run a command to its end."""
    return subprocess.run(
        command(*arguments),
        cwd=cwd,
        env=environment(),
        input=given,
        capture_output=True,
        check=False,
    )


def command(*arguments: object) -> list[str]:
    """The command line of the program's own entry."""
    return [sys.executable, "-m", "app.cli", *map(str, arguments)]


def environment() -> dict[str, str]:
    """Ours without the program's settings, with the code on the path."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("FAIRDIAL_")}
    return kept | {"PYTHONPATH": str(ROOT)}


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run left behind: its files as bytes and as lines."""

    files: dict[str, bytes]
    contacts: str

    @property
    def events(self) -> list[Line]:
        """EVENTS.jsonl."""
        return self._lines("events")

    @property
    def truth(self) -> list[Line]:
        """TRUTH.jsonl."""
        return self._lines("truth")

    @property
    def imported(self) -> list[Line]:
        """IMPORT.jsonl."""
        return self._lines("import-report")

    @property
    def report(self) -> dict[str, Any]:
        """REPORT.json."""
        found: dict[str, Any] = json.loads(self.files["report"])
        return found

    def _lines(self, name: str) -> list[Line]:
        return [json.loads(line) for line in self.files[name].decode().splitlines()]


def run(
    directory: Path,
    contacts: Path,
    campaign: str | None = None,
    *,
    name: str = "run",
    options: Sequence[object] = (),
) -> Ran:
    """Run a campaign over `contacts`; `campaign` is the text of CAMPAIGN.toml."""
    paths = {output: directory / f"{name}.{output}" for output in OUTPUTS}
    given: list[object] = [contacts, *options]
    if campaign is not None:
        (directory / f"{name}.toml").write_text(campaign)
        given += ["--campaign", directory / f"{name}.toml"]
    for output, path in paths.items():
        given += [f"--{output}", path]
    result = fairdial("run", *given)
    assert result.returncode == 0, result.stderr.decode()
    assert result.stderr == b""
    files = {output: path.read_bytes() for output, path in paths.items()}
    return Ran(files, contacts.read_text(encoding="utf-8-sig"))


def schemas(events: Sequence[Line]) -> dict[str, Any]:
    """The schema of each detail-type among the events, as the program serves it."""
    names = sorted({event["detail-type"] for event in events})
    return {name: json.loads(fairdial("events", "schema", name).stdout) for name in names}


@dataclass(frozen=True, slots=True)
class Rules:
    """What a campaign's settings promise."""

    lines: int
    max_ring: timedelta = timedelta(seconds=25)
    limits: Sequence[tuple[int, int]] = ((3, 1),)
    hours: Hours | None = None
    calls_per_second: float | None = None


def violations(ran: Ran, rules: Rules, canaries: set[str]) -> list[Violation]:
    """Everything that must never be and was in this run."""
    events, truth = ran.events, ran.truth
    found = [
        *invariants.check_dialed_once(truth),
        *invariants.check_committed_before_dialing(truth, events, None),
        *invariants.check_attempt_limits(truth, rules.limits),
        *invariants.check_deferrals(events),
        *invariants.check_calling_hours(truth, rules.max_ring, hours=rules.hours),
        *invariants.check_stopped_means_stopped(events),
        *invariants.check_calls_finish(events, LONGEST_CALL),
        *invariants.check_lines(truth, rules.lines),
        *invariants.check_abandonment(events),
        *invariants.check_agents(events),
        *invariants.check_sequences(events),
        *invariants.check_call_stories(events),
        *invariants.check_truth_told(events, truth),
        *invariants.check_contacts_finish_once(events),
        *invariants.check_import(ran.imported, ran.report),
        *invariants.check_report(ran.report, events),
        *invariants.check_no_personal_data(
            {name: ran.files[name].decode() for name in ("events", "report", "import-report")},
            canaries,
        ),
    ]
    if rules.calls_per_second is not None:
        found += invariants.check_calls_per_second(truth, rules.calls_per_second)
    return found
