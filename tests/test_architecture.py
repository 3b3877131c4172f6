"""What import-linter cannot say about how the project is laid out."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OUR_FOLDERS = ("app", "campaigns", "compliance", "dialer", "migrations", "tests", "bench")
SEVEN = {"app", "campaigns", "dialer", "compliance", "migrations", "tests", "wsgi.py"}
BESIDE_THEM = {"docs", "deploy", "bench"}
MADE_BY_TOOLS = {"build", "dist", "var"}
MOST_LINES = 400

# A longer file needs a reason here, or to become two.
LONG_FILES = {
    "app/campaign_file.py": "one short reader for each key of the file",
    "app/pace_filter.py": "one short reader for each field of a tick",
    "campaigns/events.py": "the catalogue: one short class for each detail-type",
    "campaigns/importing.py": "a third of it is the codes of countries and regions",
    "dialer/loop.py": "a tick from top to bottom",
}

# What a dialing worker and a filter on the command line load. None of it needs a web server.
WITHOUT_WEB = (
    "app",
    "app.settings",
    "app.bootstrap",
    "app.jobs",
    "app.cli",
    "app.dialer_worker",
    "dialer.loop",
    "dialer.outcomes",
    "dialer.simulation",
    "campaigns.service",
    "campaigns.relay",
    "compliance.screening",
)
WEB = {"flask", "waitress", "werkzeug", "wtforms"}


def python_files() -> Iterator[Path]:
    """Every Python file of ours."""
    yield from ROOT.glob("*.py")
    for folder in OUR_FOLDERS:
        yield from sorted((ROOT / folder).rglob("*.py"))


def test_code_lives_in_the_agreed_places() -> None:
    """The top level holds the seven agreed names, and no code beside them but tools' and docs'."""
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and any(path.rglob("*.py"))}
    ours = {name for name in folders if not name.startswith(".")} - MADE_BY_TOOLS
    modules = {path.name for path in ROOT.glob("*.py")}
    assert ours | modules >= SEVEN
    assert ours | modules <= SEVEN | BESIDE_THEM


@pytest.mark.parametrize("folder", ["app", "campaigns", "compliance", "dialer"])
def test_package_is_empty(folder: str) -> None:
    """Importing one module of a folder loads nothing else of it."""
    assert (ROOT / folder / "__init__.py").read_text() == ""


def test_worker_modules_load_no_web_framework() -> None:
    """A process that only dials does not carry a web server."""
    code = (
        "import sys, importlib\n"
        f"for module in {WITHOUT_WEB!r}:\n"
        "    importlib.import_module(module)\n"
        f"    assert not sys.modules.keys() & {WEB!r}, module\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=False, stderr=subprocess.PIPE
    )
    assert result.returncode == 0, result.stderr.decode()


def test_no_file_is_too_long() -> None:
    """A file is read in one go, or there is a reason why not; tests and migrations are lists."""
    too_long = {
        str(path.relative_to(ROOT)): lines
        for path in python_files()
        if not path.is_relative_to(ROOT / "tests")
        and not path.is_relative_to(ROOT / "migrations")
        and (lines := len(path.read_text().splitlines())) > MOST_LINES
    }
    assert too_long.keys() == LONG_FILES.keys(), too_long


def test_nothing_is_left_to_do() -> None:
    """Unfinished work is an issue, not a comment."""
    note = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in python_files()
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if note.search(line)
    ]
    assert found == []
