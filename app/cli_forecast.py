"""`fairdial pacing forecast`: what a campaign will come to with these agents and this list."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli_options import (
    INPUT_FILE,
    INSTANT,
    open_parts,
    progress_bars,
    service_options,
)
from app.errors import BadInputError, one_line

if TYPE_CHECKING:
    from app.bootstrap import Parts
    from app.kept_forecast import Foreseen
    from dialer.assumptions import Assumptions

FILE_START = "2026-11-23T14:00:00Z"
"""When a campaign over a file starts unless said, as of its run."""


@click.command()
@click.argument("campaign", required=False)
@click.option("--contacts", type=INPUT_FILE, help="A contact file, instead of a CAMPAIGN.")
@click.option("--settings", "settings_file", type=INPUT_FILE, help="A TOML file for --contacts.")
@click.option("--start", type=INSTANT, help="When a campaign over --contacts starts.")
@click.option("--agents", help="How many; by default those who are at work on it now.")
@click.option("--limit", help="People who may be abandoned, such as 2%; never over the law's 3 %.")
@click.option("--answer-rate", help="Dials that people answer, such as 20%.")
@click.option("--machine-rate", help="Dials that machines answer, such as 30%.")
@click.option("--mode", help="predictive or progressive; by default the campaign's.")
@click.option("--calls-per-agent", help="A fixed ratio, such as 2, in the forecast's place.")
@click.option("--talk", help="Seconds of a conversation, on average.")
@click.option("--wrap", help="Seconds of a wrap-up, on average.")
@click.option("--lines", help="Calls at once, at most.")
@click.option("--calls-per-second", help="Calls started a second, at most.")
@click.option("--hours", help="When the agents work, such as 09:00-17:30, on the campaign's clock.")
@click.option("--inbound-per-hour", help="Calls that the agents take besides; none by default.")
@click.option("--inbound-reserve", help="Free agents who are kept for inbound calls.")
@click.option(
    "--against",
    metavar="KEY=VALUE,...",
    help="A second setting beside it, such as agents=30,limit=2%: what it changes of the first.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--account", help="The account; by default FAIRDIAL_ACCOUNT.")
@service_options
def forecast(
    campaign: str | None,
    contacts: Path | None,
    settings_file: Path | None,
    start: datetime | None,
    agents: str | None,
    limit: str | None,
    answer_rate: str | None,
    machine_rate: str | None,
    mode: str | None,
    calls_per_agent: str | None,
    talk: str | None,
    wrap: str | None,
    lines: str | None,
    calls_per_second: str | None,
    hours: str | None,
    inbound_per_hour: str | None,
    inbound_reserve: str | None,
    against: str | None,
    as_json: bool,
    **options: object,
) -> None:
    """Occupancy, abandonment and finish time to expect: nothing is dialed, nothing is changed.

    CAMPAIGN is an id or a name. Before its start it stands on the settings and on the model day's
    people; under way, on its own calls so far and the contacts that are left.
    """
    from app import forecast_text, pacing_values
    from dialer.assumptions import Assumptions

    if (campaign is None) == (contacts is None):
        raise click.UsageError("give either CAMPAIGN, an id or a name, or --contacts, a file")
    if contacts is None and (settings_file is not None or start is not None):
        raise click.UsageError("--settings and --start are for --contacts; a CAMPAIGN has its own")
    given = {
        "agents": agents,
        "limit": limit,
        "answer-rate": answer_rate,
        "machine-rate": machine_rate,
        "mode": mode,
        "calls-per-agent": calls_per_agent,
        "talk": talk,
        "wrap": wrap,
        "lines": lines,
        "calls-per-second": calls_per_second,
        "hours": hours,
        "inbound-per-hour": inbound_per_hour,
        "inbound-reserve": inbound_reserve,
    }
    first = pacing_values.read(
        {key: text for key, text in given.items() if text is not None}, Assumptions()
    )
    settings = [first]
    if against is not None:
        settings.append(pacing_values.read(pacing_values.pairs(against), first))
    with _refusals(), progress_bars("Forecasting") as (progress,):
        if contacts is None:
            foreseen = _kept(open_parts(options), str(campaign), settings, progress)
        else:
            from app.forecast_command import foresee_file

            at = start or INSTANT.convert(FILE_START, None, None)
            foreseen = foresee_file(contacts, settings_file, at, settings, progress)
    if as_json:
        click.echo(json.dumps(forecast_text.as_json(foreseen), indent=2))
    else:
        click.echo("\n".join(map(one_line, forecast_text.lines(foreseen))))


def _kept(
    parts: Parts,
    campaign: str,
    settings: Sequence[Assumptions],
    progress: Callable[[float], None],
) -> Foreseen:
    from app.decision_finding import find_campaign
    from app.kept_forecast import foresee_kept, prepare

    with parts.database.reading() as uow:
        found = find_campaign(uow.campaigns, parts.settings.account, campaign)
    prepared = prepare(parts.database, found, parts.clock.now())
    return foresee_kept(parts.database, parts.rulebook, prepared, settings, progress)


@contextmanager
def _refusals() -> Iterator[None]:
    """Say in one line what cannot be foreseen.

    Raises:
        BadInputError: it cannot.
    """
    from app.decision_finding import AmbiguousNameError
    from app.kept_forecast import NoAgentsError
    from campaigns.ports import NotFoundError
    from campaigns.service import ListNotReadyError
    from dialer.assumptions import NoForecastError
    from dialer.planning import NothingAheadError

    try:
        yield
    except NoAgentsError as error:
        raise BadInputError(f"{error}, with --agents") from None
    except (
        AmbiguousNameError,
        ListNotReadyError,
        NoForecastError,
        NotFoundError,
        NothingAheadError,
    ) as error:
        raise BadInputError(str(error)) from None
