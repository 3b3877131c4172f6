"""`fairdial ...`: parse, call, print. Exit codes: 0 done, 2 bad usage or input, 1 own failure."""

from __future__ import annotations

import gc
import json
import logging
import re
import sys
from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import click
import structlog

from app.cli_agents import agents
from app.cli_consents import consent
from app.cli_deliveries import deliveries
from app.cli_evidence import evidence
from app.cli_forecast import forecast
from app.cli_inbound import inbound
from app.cli_options import (
    FILE,
    INPUT_FILE,
    INSTANT,
    NumberRange,
    progress_bars,
    read_rulebook,
    read_settings,
    rules_option,
    service_options,
)
from app.cli_pacing import pacing
from app.cli_patterns import match
from app.cli_permissions import suppress
from app.cli_planning import dry_run, override
from app.cli_replay import replay
from app.cli_rules import rules
from app.cli_users import users
from app.cli_webhooks import webhooks
from app.errors import BadInputError, one_line
from compliance.abandonment_definitions import DefinitionName

BAD_INPUT = 2
OWN_FAILURE = 1
_PERCENT = re.compile(r"\d{1,3}(\.\d{1,6})?", re.ASCII)


class PercentType(click.ParamType[Fraction]):
    """A share in percent, kept exactly: 2.5 is one fortieth."""

    name = "percent"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Fraction:
        """The share, from 0 to 1."""
        if isinstance(value, Fraction):
            return value
        if _PERCENT.fullmatch(str(value)):
            share = Fraction(str(value)) / 100
            if share <= 1:
                return share
        self.fail(f"{value!r} must be a percentage from 0 to 100, such as 2.5", param, ctx)


PERCENT = PercentType()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fairdial")
def cli() -> None:
    """Outbound campaigns for contact centers: lawful, fair, explained."""


cli.add_command(agents)
cli.add_command(consent)
cli.add_command(deliveries)
cli.add_command(evidence)
cli.add_command(dry_run)
cli.add_command(inbound)
cli.add_command(override)
cli.add_command(pacing)
pacing.add_command(forecast)
pacing.add_command(replay)
cli.add_command(rules)
cli.add_command(suppress)
cli.add_command(users)
cli.add_command(webhooks)


@cli.command("run")
@click.argument("contacts", type=INPUT_FILE)
@click.option("--campaign", type=INPUT_FILE, help="Campaign settings, a TOML file.")
@click.option("--agents", default=20, type=click.IntRange(0, 10_000), show_default=True)
@click.option("--seed", default=7, type=click.IntRange(0, 2**63 - 1), show_default=True)
@click.option("--start", type=INSTANT, default="2026-11-23T14:00:00Z", show_default=True)
@click.option(
    "--inbound-per-hour",
    default=0.0,
    type=NumberRange(0, 100_000),
    help="Simulated inbound calls that the agents take besides; none by default.",
)
@click.option("--events", type=FILE, help="Write the events here, one a line.")
@click.option("--report", type=FILE, help="Write the figures here.")
@click.option("--import-report", type=FILE, help="Write what became of each row here.")
@click.option("--truth", type=FILE, help="Write the simulated carrier's own log here.")
@click.option("--database-url", help="Run on this database instead of a temporary one.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def run_(
    contacts: Path,
    campaign: Path | None,
    agents: int,
    seed: int,
    start: datetime,
    inbound_per_hour: float,
    events: Path | None,
    report: Path | None,
    import_report: Path | None,
    truth: Path | None,
    database_url: str | None,
    as_json: bool,
) -> None:
    """Run one whole campaign over CONTACTS on virtual time, over simulated phones."""
    from app.run_command import RunOptions, run

    options = RunOptions(
        contacts=contacts,
        campaign=campaign,
        agents=agents,
        seed=seed,
        start=start,
        inbound_per_hour=inbound_per_hour,
        events=events,
        report=report,
        import_report=import_report,
        truth=truth,
        database_url=database_url,
    )
    with progress_bars("Reading contacts", "Dialing (virtual time)") as (importing, dialing):
        figures = run(options, importing, dialing)
    click.echo(json.dumps(figures, indent=2) if as_json else _summary(figures))


def _summary(figures: dict[str, object]) -> str:
    """The figures that a person looks for first."""
    lines = []
    for part in ("import", "contacts", "attempts", "agents", "timeToAgentSeconds"):
        value = figures[part]
        assert isinstance(value, dict)
        told = ", ".join(f"{key} {_plain(item)}" for key, item in value.items())
        lines.append(f"{part}: {told}")
    rates = figures["abandonment"]
    assert isinstance(rates, list)
    lines += [
        f"abandonment {rate['definition']}: {rate['abandoned']} of {rate['liveAnswered']} live"
        f" = {rate['ratePercent']} % (limit {rate['limitPercent']} %)"
        for rate in rates
    ]
    return "\n".join(lines)


def _plain(item: object) -> str:
    if isinstance(item, dict):
        return "(" + ", ".join(f"{key} {value}" for key, value in item.items()) + ")"
    return str(item)


# ---------------------------------------------------------------------------------- the filters
@cli.command()
@rules_option
def screen(rules_file: Path | None) -> None:
    """May these contacts be reached? Cases as JSON lines in, decisions out."""
    from app import screen_filter

    sys.exit(screen_filter.run(sys.stdin.buffer, _write, read_rulebook(rules_file)))


@cli.command()
@click.option("--definition", type=click.Choice([name.value for name in DefinitionName]))
@click.option("--at", type=INSTANT, help="Only the windows that contain this instant.")
@click.option(
    "--detection-false-positives",
    type=PERCENT,
    help="Of the calls that your machine detection called machines, how many percent were people,"
    " as you measured it: makes Ofcom's reasoned estimate (uk-ofcom only).",
)
def abandonment(
    definition: str | None, at: datetime | None, detection_false_positives: Fraction | None
) -> None:
    """How many live people got nobody? Events as JSON lines in, figures out."""
    from app import abandonment_filter

    sys.exit(
        abandonment_filter.run(
            sys.stdin.buffer,
            _write,
            definition,
            at,
            false_positive_rate=detection_false_positives,
        )
    )


@cli.command()
def pace() -> None:
    """How many calls now? The pacing decision as a filter on JSON lines."""
    from app import pace_filter

    # What is loaded by now stays. Full collections would walk it again and again: 10 ms of a reply.
    gc.freeze()
    sys.exit(pace_filter.run(iter(sys.stdin.buffer.readline, b""), _write_at_once))


def _write(text: str) -> None:
    sys.stdout.write(text)


def _write_at_once(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


# ----------------------------------------------------------------------------------- the events
@cli.group()
def events() -> None:
    """The catalogue of events, their schemas, and a check of event lines."""


events.add_command(match)


@events.command("list")
def list_() -> None:
    """Every detail-type, its version and what it tells."""
    from app import event_commands

    for entry in event_commands.catalogue():
        click.echo(f"{entry.detail_type}\t{entry.version}\t{entry.description}")


@events.command()
@click.argument("detail_type")
def schema(detail_type: str) -> None:
    """The JSON Schema of one detail-type."""
    from app import event_commands

    try:
        click.echo(event_commands.schema(detail_type))
    except event_commands.UnknownDetailTypeError as error:
        raise click.BadParameter(str(error)) from None


@events.command()
def validate() -> None:
    """Check event lines on standard input against their schemas."""
    from app import event_commands

    found = event_commands.validate(_text_lines())
    for error in found.errors:
        click.echo(f"line {error.line}: {error.reason}", err=True)
    click.echo(f"{found.count} events, {len(found.errors)} errors")
    sys.exit(BAD_INPUT if found.errors else 0)


def _text_lines() -> list[str]:
    return [line.decode("utf-8", errors="replace") for line in sys.stdin.buffer]


# ------------------------------------------------------------------------------------ the roles
def _web_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on."),
        click.option("--host", help="Address to listen on."),
    ):
        command = option(command)
    return command


def _agents_option(command: Callable[..., None]) -> Callable[..., None]:
    return click.option(
        "--agents",
        type=click.IntRange(0, 1000),
        default=0,
        help="Simulated agents for each campaign.",
    )(command)


@cli.command()
@service_options
@_web_options
@_agents_option
@click.option("--demo", is_flag=True, help="Run an example campaign, to have something to see.")
def serve(demo: bool, agents: int, **options: object) -> None:
    """Everything in one process: pages, scheduler, dialer, event relay."""
    from app.serve_command import Role

    _serve(frozenset(Role), options, demo=demo, agents=agents or (20 if demo else 0))


@cli.command()
@service_options
@_web_options
def web(**options: object) -> None:
    """The pages alone."""
    from app.serve_command import Role

    _serve(frozenset({Role.WEB}), options)


@cli.command()
@service_options
def scheduler(**options: object) -> None:
    """The scheduler alone: starts campaigns, reads lists again."""
    from app.serve_command import Role

    _serve(frozenset({Role.SCHEDULER}), options)


@cli.command()
@service_options
@_agents_option
def dialer(agents: int, **options: object) -> None:
    """A dialer alone."""
    from app.serve_command import Role

    _serve(frozenset({Role.DIALER}), options, agents=agents)


@cli.command()
@service_options
def relay(**options: object) -> None:
    """The event relay alone."""
    from app.serve_command import Role

    _serve(frozenset({Role.RELAY}), options)


def _serve(
    roles: frozenset[str], options: dict[str, object], *, demo: bool = False, agents: int = 0
) -> None:
    from app.serve_command import Role
    from app.serve_command import serve as serve_roles

    settings = read_settings(options)
    _log_to_standard_error(as_json=settings.log_json)
    wanted = frozenset(Role(role) for role in roles)
    serve_roles(settings, wanted, demo=demo, agents=agents, say=click.echo)


def _log_to_standard_error(*, as_json: bool) -> None:
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


# -------------------------------------------------------------------------------------- errors
def main(arguments: list[str] | None = None) -> None:
    """Run a command; every error is one line on standard error."""
    try:
        sys.exit(cli.main(arguments, prog_name="fairdial", standalone_mode=False))
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.Abort:
        _fail(130, "interrupted")
    except click.ClickException as error:
        _fail(BAD_INPUT, error.format_message())
    except BadInputError as error:
        _fail(BAD_INPUT, str(error))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(OWN_FAILURE)
    except Exception as error:
        _fail(OWN_FAILURE, f"failed: {type(error).__name__}: {_first_line(error)}")


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _fail(code: int, message: str) -> None:
    click.echo(f"fairdial: {one_line(message)}", err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
