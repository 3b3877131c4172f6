"""What the commands share that keep who may be reached: options, answers, refusals."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

import click

from app.errors import BadInputError


def address_of(text: str, country: str | None) -> str:
    """The number in E.164 or the e-mail address in lower case.

    Raises:
        BadInputError: it is neither.
    """
    from compliance.address import read_address

    try:
        return read_address(text, country)
    except ValueError as error:
        raise BadInputError(f"{text}: {error}") from None


@contextmanager
def refusals() -> Iterator[None]:
    """Say what a use case refuses in one line.

    Raises:
        BadInputError: it refused.
    """
    from campaigns.permissions import PermissionRefusedError
    from campaigns.ports import NotFoundError

    try:
        yield
    except (PermissionRefusedError, NotFoundError) as error:
        raise BadInputError(str(error)) from None


def scope_of(campaign: UUID | None) -> str:
    """A campaign's id, or that of the whole account."""
    from compliance.consent_records import EVERYWHERE

    return EVERYWHERE if campaign is None else str(campaign)


def print_json(fields: object) -> None:
    """For a program to read."""
    click.echo(json.dumps(fields, indent=2, default=json_text))


def json_text(value: object) -> str:
    """How a value that JSON does not know is written: an instant as events write it."""
    from campaigns.events import instant_text

    return instant_text(value) if isinstance(value, datetime) else str(value)


class OneLine(click.ParamType[str]):
    """Text on one line, neither blank nor longer than `length` characters."""

    name = "text"

    def __init__(self, length: int) -> None:
        self._length = length

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """The text as it is."""
        text = str(value)
        if text.strip() and text.isprintable() and len(text) <= self._length:
            return text
        self.fail(f"must be one line of {self._length} characters at most", param, ctx)


def by_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add the option that says who does it."""
    return click.option(
        "--by",
        default=getpass.getuser,
        type=OneLine(100),
        help="Who does this; by default your name on this machine.",
    )(command)


def campaign_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add the option that narrows something to one campaign."""
    return click.option(
        "--campaign", type=click.UUID, help="Only for the campaign of this id; by default for all."
    )(command)


def country_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add the option that says whose national spelling numbers have."""
    return click.option(
        "--country", help="The country of numbers without +country code, such as US."
    )(command)


def json_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add the option to print JSON, as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def reason_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add the option without which nothing is taken away."""
    return click.option(
        "--reason",
        required=True,
        type=OneLine(2000),
        help="Why; it is published, without numbers and addresses.",
    )(command)


def bytes_of(file: Path, bar: Callable[[float], None]) -> Callable[[int], None]:
    """Tells a bar the share of a file, from the bytes that were read of it."""
    size = max(file.stat().st_size, 1) if file.is_file() else 1
    return lambda read: bar(read / size)
