"""What `fairdial run` does with what it cannot use: one line, exit 2, nothing left behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import invariants
from tests.journey.program import OUTPUTS, fairdial

GOOD = "phone,first_name\n+12124680123,Zephyrine\n+12124680124,Osgood\n"
BEFORE = b"what was here before\n"


def _bytes(content: bytes) -> Callable[[Path], list[object]]:
    def prepare(directory: Path) -> list[object]:
        (directory / "contacts.csv").write_bytes(content)
        return [directory / "contacts.csv"]

    return prepare


def _options(*options: str, campaign: str | None = None) -> Callable[[Path], list[object]]:
    """Good contacts; `{}` in an option is the test's directory."""

    def prepare(directory: Path) -> list[object]:
        (directory / "contacts.csv").write_text(GOOD)
        given: list[object] = [directory / "contacts.csv"]
        if campaign is not None:
            (directory / "campaign.toml").write_text(campaign)
            given += ["--campaign", directory / "campaign.toml"]
        return given + [option.format(directory) for option in options]

    return prepare


def _directory(directory: Path) -> list[object]:
    (directory / "folder").mkdir()
    return [directory / "folder"]


BAD: dict[str, tuple[Callable[[Path], list[object]], str]] = {
    "empty file": (_bytes(b""), "contacts.csv"),
    "header only": (_bytes(b"phone\n"), "contacts.csv"),
    "NULs in the header": (_bytes(b"pho\0ne\n+12124680123\n"), "NUL"),
    "NULs alone": (_bytes(b"\0" * 5000), "contacts.csv"),
    "NULs in every row": (_bytes(b"phone\n+1212\x004680123\n"), "line 2"),
    "no phone column": (_bytes(b"telephone,name\n+12124680123,x\n"), "phone"),
    "two columns of one name": (_bytes(b"phone,policy,policy\n+12124680123,1,2\n"), "policy"),
    "no good row": (_bytes(b"phone\n12\nabc\n"), "line 2"),
    "a cell of 10 MB": (_bytes(b"phone,note\n+12124680123," + b"x" * 10_000_000), "line 2"),
    "a quote that is never closed": (_bytes(GOOD.encode() + b'+12124680125,"x\n' * 3), "line 4"),
    "latin-1": (_bytes(GOOD.encode() + "+12124680125,Zoë\n".encode("latin-1")), "line 4"),
    "UTF-16": (_bytes(GOOD.encode("utf-16")), "UTF-16"),
    "a directory": (_directory, "folder"),
    "a missing file": (lambda directory: [directory / "absent.csv"], "absent.csv"),
    "a bad start": (_options("--start", "tomorrow"), "--start"),
    "a start without offset": (_options("--start", "2026-11-23T14:00:00"), "--start"),
    "an unknown option": (_options("--frobnicate"), "--frobnicate"),
    "agents below zero": (_options("--agents=-1"), "--agents"),
    "inbound calls that are no number": (_options("--inbound-per-hour", "nan"), "--inbound-per"),
    "agents that are no number": (_options("--agents", "many"), "--agents"),
    "bad TOML": (_options(campaign="name = \n"), "campaign.toml"),
    "an unknown key": (_options(campaign="nmae = 'x'\n"), "nmae"),
    "an unknown key in a table": (_options(campaign="[retry.no_answer]\nwait = 1\n"), "wait"),
    "a wrong type": (_options(campaign="lines = 'many'\n"), "lines"),
    "an impossible value": (_options(campaign="max_ring_seconds = 5\n"), "max_ring_seconds"),
    "an end before the start": (_options(campaign="end = '2020-01-01T00:00:00Z'\n"), "end"),
    "unknown rules": (_options(campaign="rules = ['XX-NOPE']\n"), "XX-NOPE"),
    "a missing campaign file": (_options("--campaign", "{}/absent.toml"), "absent.toml"),
    "an output in no folder": (_options("--events", "{}/no/such/events.jsonl"), "events.jsonl"),
    "a directory as output": (_options("--report", "{}"), "directory"),
    "one output twice": (_options("--events", "{}/one", "--truth", "{}/one"), "same"),
    "the input as output": (_options("--events", "{}/contacts.csv"), "same"),
    "a database of no kind": (_options("--database-url", "nonsense"), "database"),
    "a database of an unknown kind": (_options("--database-url", "oracle9://x/y"), "database"),
    "a database that is not there": (
        _options("--database-url", "postgresql://nobody@127.0.0.1:1/x"),
        "database",
    ),
    "a database in no folder": (_options("--database-url", "sqlite:////no/such/x.db"), "database"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_changes_nothing(tmp_path: Path, case: str) -> None:
    """One line that names the trouble; earlier files stay as they were, and none is added."""
    prepare, named = BAD[case]
    arguments = prepare(tmp_path)
    given = {str(argument) for argument in arguments}
    outputs = {name: tmp_path / f"out.{name}" for name in OUTPUTS}
    for name, path in outputs.items():
        path.write_bytes(BEFORE)
        if f"--{name}" not in given:
            arguments += [f"--{name}", path]
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}

    result = fairdial("run", *arguments)

    complaint = result.stderr.decode()
    assert (result.returncode, result.stdout) == (2, b"")
    assert complaint.count("\n") == 1
    assert complaint.endswith("\n")
    assert named in complaint
    assert "Traceback" not in complaint
    assert "Zephyrine" not in complaint
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


@pytest.mark.parametrize(
    "case",
    ["empty file", "latin-1", "a quote that is never closed", "no good row", "an unknown key"],
)
def test_nothing_is_left_in_a_named_database(tmp_path: Path, postgres_url: str, case: str) -> None:
    """A run that fails leaves no row in a database that was there before."""
    sqlite_url = f"sqlite:///{tmp_path / 'kept.db'}"
    for url in (sqlite_url, postgres_url):
        good = _options("--agents", "1", campaign="end = '2026-11-23T14:02:00Z'\n")(tmp_path)
        assert fairdial("run", *good, "--database-url", url).returncode == 0
        before = invariants.count_rows(url)

        result = fairdial("run", *BAD[case][0](tmp_path), "--database-url", url)

        assert result.returncode == 2
        assert invariants.count_rows(url) == before


def test_a_special_file_stays_what_it_is(tmp_path: Path) -> None:
    """An output that is no plain file, such as a pipe or /dev/null, is not replaced by one."""
    special = Path("/dev/null")
    contacts = tmp_path / "contacts.csv"
    contacts.write_text(GOOD)
    (tmp_path / "campaign.toml").write_text("end = '2026-11-23T14:02:00Z'\n")
    link = tmp_path / "events"
    link.symlink_to(special)

    fairdial("run", contacts, "--campaign", tmp_path / "campaign.toml", "--events", link)

    assert link.is_symlink()
    assert special.is_char_device()


@pytest.mark.parametrize("percent", ["two", "-1", "100.1", "1e1", "nan", "1/3", "", "٣"])
def test_a_rate_that_is_no_percentage(percent: str) -> None:
    """Bad usage of the abandonment filter is one line too, and nothing is written."""
    result = fairdial("abandonment", f"--detection-false-positives={percent}")
    assert (result.returncode, result.stdout) == (2, b"")
    assert result.stderr.decode().count("\n") == 1
    assert b"--detection-false-positives" in result.stderr
    assert b"from 0 to 100" in result.stderr


def test_a_rate_reaches_the_filter() -> None:
    """A percentage is taken as it is written; no event is no line."""
    result = fairdial("abandonment", "--detection-false-positives", "2.5")
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
