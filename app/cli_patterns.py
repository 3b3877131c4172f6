"""`fairdial events match`: does an event match a pattern, and if not, which part does not?"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from app.cli_options import INPUT_FILE
from app.errors import BadInputError, one_line

_NO_MATCH = 1
_STANDARD_INPUT = Path("-")


@click.command()
@click.argument("pattern", type=INPUT_FILE)
@click.argument("event", type=INPUT_FILE)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def match(pattern: Path, event: Path, as_json: bool) -> None:
    """Does the event in the file EVENT match the pattern in the file PATTERN?

    Patterns are EventBridge's. One of the two may be - for standard input. The exit code is 0 if
    the event matches, 1 if it does not, 2 if one of them cannot be used.
    """
    from app import pattern_text
    from app.bus.patterns.errors import EventError, PatternError
    from app.bus.patterns.pattern import parse
    from app.bus.patterns.written import read_event

    if pattern == event == _STANDARD_INPUT:
        raise BadInputError("PATTERN and EVENT cannot both be read from standard input")
    try:
        told = parse(_text(pattern)).explain(read_event(_text(event)))
    except PatternError as error:
        raise BadInputError(f"{_name(pattern)}: {error}") from None
    except EventError as error:
        raise BadInputError(f"{_name(event)}: {error}") from None
    if as_json:
        click.echo(json.dumps(pattern_text.as_json(told), indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(map(one_line, pattern_text.lines(told))))
    sys.exit(0 if told.matches else _NO_MATCH)


def _text(file: Path) -> str:
    """A file's text, or that of standard input.

    Raises:
        BadInputError: it cannot be read, or is no UTF-8.
    """
    try:
        content = sys.stdin.buffer.read() if file == _STANDARD_INPUT else file.read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise BadInputError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadInputError(f"{_name(file)}: is not UTF-8 text") from None


def _name(file: Path) -> str:
    return "standard input" if file == _STANDARD_INPUT else str(file)
