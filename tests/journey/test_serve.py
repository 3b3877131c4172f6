"""The service as processes: killed without warning, started again, split into roles."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from tests import invariants
from tests.evidence_invariants import check_evidence
from tests.invariants import Line, Violation
from tests.journey.program import ROOT, command, environment

LINES = 60
"""The demo campaign's."""

LONGEST_CALL = timedelta(minutes=30)


@contextmanager
def service(
    role: str, data: Path, *options: object, **settings: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A role as a process of its own; killed at the end if it is still there.

    `settings`: of its environment.
    """
    data.mkdir(exist_ok=True)
    with (data / f"{role}.out").open("ab") as out, (data / f"{role}.err").open("ab") as err:
        process = subprocess.Popen(
            command(role, "--data", data, *options),
            cwd=ROOT,
            env=environment() | settings,
            stdout=out,
            stderr=err,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def wait_until(
    condition: Callable[[], bool], *processes: subprocess.Popen[bytes], seconds: int = 60
) -> None:
    """Look several times a second until it is so, and the processes still run."""
    pause = threading.Event()
    for _ in range(seconds * 5):
        assert all(process.poll() is None for process in processes), "a process ended by itself"
        if condition():
            return
        pause.wait(0.2)
    raise AssertionError("it did not come to be")


def stop_at_once(process: subprocess.Popen[bytes]) -> None:
    """Two signals: the first lets live calls end, the second does not wait for them."""
    process.send_signal(signal.SIGTERM)
    threading.Event().wait(1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0


def kinds(data: Path) -> list[str]:
    """The detail-types in the log so far, in order."""
    log = data / "events.jsonl"
    if not log.exists():
        return []
    return [event["detail-type"] for event in invariants.read_lines(log)]


def violations(data: Path, url: str) -> list[Violation]:
    """Everything that must never be and was, while the service has stopped."""
    database = invariants.read_database(url)
    log = (data / "events.jsonl").read_text().splitlines()
    events: list[Line] = [json.loads(row["body"]) for row in database.outbox]
    truth = invariants.read_lines(data / "truth.jsonl")
    ended = [line for line in truth if line["ended"] is not None]
    known = {line["attemptId"] for line in ended}
    told = [e for e in events if e["detail"].get("attemptId") in known]
    secrets = {row["key"]: row["value"] for row in database.instance}
    key = bytes.fromhex(secrets["evidence_key"])
    return [
        *invariants.check_dialed_once(truth),
        *invariants.check_committed_before_dialing(truth, events, database.attempts),
        *invariants.check_attempt_limits(truth, [(3, 1)]),
        *invariants.check_deferrals(events),
        *invariants.check_lines(truth, LINES),
        *invariants.check_agents(events),
        *invariants.check_sequences(events),
        *invariants.check_sequences([json.loads(line) for line in log]),
        *invariants.check_call_stories(events, finished=False),
        *invariants.check_truth_told(told, ended),
        *invariants.check_calls_finish(events, LONGEST_CALL),
        *invariants.check_contacts_finish_once(events),
        *invariants.check_contacts_kept(database, events),
        *invariants.check_attempts_told(events, database.attempts),
        *invariants.check_outbox(database, log, "local_log"),
        *check_evidence(database.evidence, database.evidence_heads, database.attempts, key),
    ]


def test_killed_and_started_again(tmp_path: Path) -> None:
    """After kill -9 nothing is dialed twice, lost or left open, and no event is missing."""
    data = tmp_path / "data"
    url = f"sqlite:///{data / 'fairdial.db'}"
    with service("serve", data, "--demo", "--port", 0) as process:
        wait_until(lambda: kinds(data).count("Agent Connected") >= 3, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
    placed = kinds(data).count("Call Placed")
    open_calls = {
        row["id"] for row in invariants.read_database(url).attempts if row["ended_at"] is None
    }
    assert open_calls

    def is_settled() -> bool:
        rows = invariants.read_database(url).attempts
        settled = {row["id"] for row in rows if row["ended_at"] is not None}
        return open_calls <= settled and kinds(data).count("Call Placed") > placed + 5

    with service("serve", data, "--demo", "--port", 0) as process:
        wait_until(is_settled, process)
        stop_at_once(process)

    assert "job failed" not in (data / "serve.err").read_text()
    database = invariants.read_database(url)
    assert violations(data, url) == []
    was_open = [row for row in database.attempts if row["id"] in open_calls]
    assert {row["disposition"] for row in was_open} <= {
        "unknown",
        "abandoned",
        "conversation",
        "machine",
    }


def test_a_busy_port_is_one_line(tmp_path: Path) -> None:
    """A port that is taken is bad input: one line, exit 2, and no data is made."""
    data = tmp_path / "data"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = subprocess.run(
            command("serve", "--demo", "--data", data, "--port", port),
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            timeout=60,
            check=False,
        )

    assert result.returncode == 2
    assert result.stderr.decode().count("\n") == 1
    assert str(port) in result.stderr.decode()
    assert not data.exists()


def test_roles_in_processes_of_their_own(tmp_path: Path, database_url: str) -> None:
    """Scheduler, dialer, relay and web share one database, all live, and the log is whole."""
    data = tmp_path / "data"
    at = ("--database-url", database_url)
    with service("serve", data, "--demo", "--port", 0, *at) as first:
        wait_until(lambda: kinds(data).count("Call Placed") >= 1, first)
        stop_at_once(first)
    before = len(kinds(data))

    with ExitStack() as stack:
        parts = {
            "scheduler": stack.enter_context(service("scheduler", data, *at)),
            "relay": stack.enter_context(service("relay", data, *at)),
            "web": stack.enter_context(service("web", data, "--port", 0, *at)),
            "dialer": stack.enter_context(service("dialer", data, "--agents", 10, *at)),
        }
        processes = tuple(parts.values())
        wait_until(
            lambda: kinds(data)[before:].count("Agent Connected") >= 2, *processes, seconds=120
        )
        for name in ("dialer", "scheduler", "web", "relay"):
            stop_at_once(parts[name])

    for name in parts:
        assert "job failed" not in (data / f"{name}.err").read_text(), name
    assert violations(data, database_url) == []
    assert re.search(r"http://127\.0\.0\.1:\d+/", (data / "web.out").read_text())
