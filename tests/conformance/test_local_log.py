"""The local log: what stands in the file after crashes, full disks and second writers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bus.local_log import LocalLog, LogInUseError
from campaigns.events import CallRinging, seal
from campaigns.publishing import OutgoingEvent, Published, Retry


def ringing(sequence: int, contact: str = "c") -> OutgoingEvent:
    """An event."""
    fact = CallRinging(
        occurred_at=datetime(2026, 11, 23, 14, 0, tzinfo=UTC),
        campaign_id="k",
        contact_id=contact,
        attempt_id="a",
        ring_seconds=0.0,
    )
    return seal(fact, sequence, "acme", "local")


def log_of(events: list[OutgoingEvent]) -> bytes:
    """What the file holds when these are published."""
    return b"".join(event.body.encode() + b"\n" for event in events)


def test_a_line_is_the_sealed_text(tmp_path: Path) -> None:
    """UTF-8, one event a line, LF, nothing else."""
    path = tmp_path / "events.jsonl"
    events = [ringing(1, "ü"), ringing(2, "ü")]
    with LocalLog(path) as log:
        log.publish(events)
    assert path.read_bytes() == log_of(events)


def test_it_goes_on_where_it_ended(tmp_path: Path) -> None:
    """Opening again keeps what stands there."""
    path = tmp_path / "events.jsonl"
    for sequence in (1, 2):
        with LocalLog(path, durable=False) as log:
            assert log.torn_bytes == 0
            log.publish([ringing(sequence)])
    assert path.read_bytes() == log_of([ringing(1), ringing(2)])


@given(st.integers(min_value=0), st.booleans())
def test_whatever_a_crash_leaves_is_whole_lines_again(
    tmp_path_factory: pytest.TempPathFactory, cut: int, long: bool
) -> None:
    """A log cut anywhere opens with its whole lines, and the next event begins a line."""
    path = tmp_path_factory.mktemp("log") / "events.jsonl"
    whole = log_of([ringing(n, "c" * (120 if long else 1)) for n in range(1, 201 if long else 4)])
    left = whole[: cut % (len(whole) + 1)]
    path.write_bytes(left)
    kept = left[: left.rfind(b"\n") + 1]
    with LocalLog(path, durable=False) as log:
        assert log.torn_bytes == len(left) - len(kept)
        assert log.publish([ringing(9)]) == [Published()]
    assert path.read_bytes() == kept + log_of([ringing(9)])


def test_a_torn_line_longer_than_one_look(tmp_path: Path) -> None:
    """However long the torn line is, the line before it stays."""
    path = tmp_path / "events.jsonl"
    path.write_bytes(log_of([ringing(1)]) + b"x" * 200_000)
    with LocalLog(path) as log:
        assert log.torn_bytes == 200_000
    assert path.read_bytes() == log_of([ringing(1)])


def test_only_one_writer(tmp_path: Path) -> None:
    """Two writers would tear each other's lines; the second is told, and may come later."""
    path = tmp_path / "events.jsonl"
    with LocalLog(path), pytest.raises(LogInUseError, match=r"events\.jsonl"):
        LocalLog(path)
    LocalLog(path).close()


def test_a_full_disk_says_so(tmp_path: Path) -> None:
    """The reason names the file and what is wrong with it."""
    with LocalLog(Path("/dev/full"), durable=False) as log:
        (result,) = log.publish([ringing(1)])
    assert result == Retry("cannot write /dev/full: No space left on device", of_sink=True)


def test_a_log_that_was_emptied_goes_on(tmp_path: Path) -> None:
    """A log rotation that copies and empties the file does no harm."""
    path = tmp_path / "events.jsonl"
    with LocalLog(path) as log:
        log.publish([ringing(1)])
        path.write_bytes(b"")
        log.publish([ringing(2)])
        log.publish([ringing(3)])
    assert path.read_bytes() == log_of([ringing(2), ringing(3)])
