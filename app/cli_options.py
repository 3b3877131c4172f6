"""What several commands share: types of arguments, options of the service, bars of progress."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.errors import BadInputError

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from app.bootstrap import Parts
    from app.settings import Settings
    from compliance.rules import Rulebook


class InstantType(click.ParamType[datetime]):
    """An RFC 3339 instant with an offset."""

    name = "instant"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """The instant, in UTC."""
        if isinstance(value, datetime):
            return value
        from app.campaign_file import parse_instant

        try:
            return parse_instant(str(value))
        except ValueError as error:
            self.fail(f"{value!r} {error}", param, ctx)


class NumberRange(click.FloatRange):
    """A number in a range; NaN is in none."""

    def convert(
        self, value: float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number."""
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


INSTANT = InstantType()


class DayType(click.DateTime):
    """A date of the years that instants may have."""

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d"])

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Midnight of the date, without a zone."""
        day: datetime = super().convert(value, param, ctx)
        INSTANT.convert(day.isoformat() + "Z", param, ctx)
        return day


DAY = DayType()
FILE = click.Path(dir_okay=False, path_type=Path)
INPUT_FILE = click.Path(path_type=Path)


def service_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say on which database a command works; `read_settings` reads them."""
    for option in (
        click.option("--data", type=click.Path(file_okay=False, path_type=Path)),
        click.option("--database-url", help="PostgreSQL to use instead of the embedded database."),
    ):
        command = option(command)
    return command


def rules_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add the option that names the operator's own rules, as `rules_file`."""
    return click.option(
        "--rules",
        "rules_file",
        type=INPUT_FILE,
        help="Your own rules, added to the bundled ones; by default FAIRDIAL_RULES_FILE.",
    )(command)


def read_rulebook(rules_file: Path | None) -> Rulebook:
    """The bundled rules with the operator's own: of the file given, else that of the settings.

    Raises:
        BadInputError: a setting or a rule file cannot be used.
    """
    from compliance.rulebook import RulebookError
    from compliance.rulebook_file import load

    try:
        return load(read_settings({"rules_file": rules_file}).rules_file)
    except RulebookError as error:
        raise BadInputError(str(error)) from None


def read_settings(options: Mapping[str, object]) -> Settings:
    """The settings of the environment; options that were given go before them.

    Raises:
        BadInputError: a setting cannot be used.
    """
    from pydantic import ValidationError

    from app.settings import Settings

    given = {key: value for key, value in options.items() if value is not None}
    try:
        return Settings().model_copy(update=given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]).upper()
        raise BadInputError(f"setting FAIRDIAL_{place}: {first['msg']}") from None


def open_parts(options: Mapping[str, object]) -> Parts:
    """The database and the rules of the settings and options.

    Raises:
        BadInputError: a setting, the database or the rule file cannot be used.
    """
    from app.bootstrap import build

    return build(read_settings(options))


@contextmanager
def progress_bars(*labels: str) -> Iterator[list[Callable[[float], None]]]:
    """A bar on standard error for each label, told shares from 0.0 to 1.0; none in a pipe."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        yield [partial(_tell, bars, bars.add_task(label, total=1.0)) for label in labels]


def _tell(bars: Progress, task: TaskID, share: float) -> None:
    bars.update(task, completed=share)
