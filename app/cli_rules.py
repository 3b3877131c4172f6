"""`fairdial rules ...` on the command line: parse, call, print."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import click

from app.cli_options import INPUT_FILE, read_rulebook, rules_option
from app.errors import BadInputError, one_line

_STANDARD_INPUT = "-"


@click.group()
def rules() -> None:
    """The calling rules in force, and how a decision came about."""


def _json_option(command: Callable[..., None]) -> Callable[..., None]:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


@rules.command("list")
@rules_option
@_json_option
def list_(rules_file: Path | None, as_json: bool) -> None:
    """Every entry: code, name, level, extends, confidence, date, time zones."""
    from app import rule_commands

    rulebook = read_rulebook(rules_file)
    if as_json:
        _print_json(rule_commands.entries_json(rulebook))
    else:
        _print_lines(rule_commands.entries_lines(rulebook))


@rules.command()
@click.argument("code")
@rules_option
@_json_option
def show(code: str, rules_file: Path | None, as_json: bool) -> None:
    """The rules of the place CODE, such as US-FL, in words and with their sources."""
    from app import rule_commands

    place = rule_commands.rules_at(code, read_rulebook(rules_file))
    if as_json:
        _print_json(rule_commands.place_json(place))
    else:
        _print_lines(rule_commands.place_lines(place))


@rules.command()
@click.argument("case", type=INPUT_FILE)
@rules_option
@_json_option
def explain(case: Path, rules_file: Path | None, as_json: bool) -> None:
    """How the decision on CASE came about: a JSON file as for `screen`, or - for standard input."""
    from app import rule_commands
    from compliance import explaining

    found = rule_commands.explained(_text(case), read_rulebook(rules_file))
    if as_json:
        _print_json(explaining.as_json(found))
    else:
        _print_lines(map(one_line, explaining.as_lines(found)))


@rules.command()
@rules_option
def docs(rules_file: Path | None) -> None:
    """All rules by place as one page of Markdown."""
    from app.rule_page import rule_page

    click.echo(rule_page(read_rulebook(rules_file)), nl=False)


def _text(path: Path) -> bytes:
    if str(path) == _STANDARD_INPUT:
        return sys.stdin.buffer.read()
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInputError(f"{path}: {error.strerror}") from None


def _print_json(fields: dict[str, object]) -> None:
    click.echo(json.dumps(fields, indent=2))


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)
