"""The documentation keeps its promises: its commands run, its links lead somewhere.

Every fenced block marked `console` in the README and under docs/ is run. A line that begins with
`$ ` is a command for the shell and must succeed; the lines after it are its output, in which
`...` stands for anything. A command with no output under it may print what it likes. Blocks
marked otherwise (`sh`, `text`, `toml`) are only for the reader.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SECTIONS = ["Context", "Choice", "Alternatives", "Consequence"]


@dataclass(frozen=True, slots=True)
class Command:
    """A command of a page and what the page says it prints."""

    line: int
    text: str
    output: str


def tokens(page: Path) -> list[Token]:
    """The page as Markdown tokens."""
    return MarkdownIt().parse(page.read_text())


def commands(page: Path) -> Iterator[Command]:
    """The commands of a page's `console` blocks, in order."""
    for token in tokens(page):
        if token.type != "fence" or token.info.strip() != "console" or token.map is None:
            continue
        for part in re.split(r"^\$ ", token.content, flags=re.MULTILINE)[1:]:
            match = re.match(r"((?:.*\\\n)*.*)\n?", part)
            assert match is not None
            yield Command(token.map[0] + 1, match[1], part[match.end() :].strip())


def pattern_of(output: str) -> re.Pattern[str]:
    """What a page's output matches: itself, with `...` for anything."""
    return re.compile(re.escape(output).replace(r"\.\.\.", ".*"), re.DOTALL)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder that looks to a command like the project's own, and may be littered."""
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    return tmp_path


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, id=str(page.relative_to(ROOT))) for page in PAGES if [*commands(page)]],
)
def test_commands_print_what_the_page_says(page: Path, clone: Path) -> None:
    """A reader who types the page's commands sees the page's output."""
    for command in commands(page):
        result = subprocess.run(
            command.text, shell=True, cwd=clone, capture_output=True, text=True, check=False
        )
        where = f"{page.name}, block at line {command.line}: {command.text}"
        assert result.returncode == 0, f"{where}\n{result.stderr}"
        if command.output:
            printed = result.stdout.strip()
            assert pattern_of(command.output).fullmatch(printed), f"{where}\n{printed}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Each relative link and picture is a file of the project."""
    inline = [child for token in tokens(page) for child in token.children or []]
    targets = [token.attrGet("href") or token.attrGet("src") for token in inline]
    local = [str(target) for target in targets if target and "://" not in str(target)]
    files = {target.split("#")[0] for target in local if not target.startswith(("#", "mailto:"))}
    assert [name for name in sorted(files) if not (page.parent / name).exists()] == []


@pytest.mark.parametrize("record", DECISIONS, ids=lambda record: record.stem)
def test_decision_has_its_sections(record: Path) -> None:
    """A decision says why, what, what else, and what follows; and the index lists it."""
    titles = re.findall(r"^## (.+)$", record.read_text(), flags=re.MULTILINE)
    assert titles == SECTIONS
    assert record.stem in (record.parent / "index.md").read_text()


def test_readme_and_build_agree_on_the_commands() -> None:
    """What the README tells a newcomer to type is what the build runs."""
    readme = (ROOT / "README.md").read_text()
    build = (ROOT / ".ci" / "run").read_text().splitlines()
    assert "make run" in readme
    assert "make test" in readme
    assert "make test" in build
    assert "make check" in build


def test_every_setting_is_documented() -> None:
    """Operations lists each environment variable that the service reads, and no other."""
    listed = re.findall(
        r"^\| `(FAIRDIAL_\w+)`", (ROOT / "docs/operations.md").read_text(), re.MULTILINE
    )
    assert sorted(listed) == sorted(f"FAIRDIAL_{name.upper()}" for name in Settings.model_fields)
