"""`fairdial run`: one whole campaign over a contact file, on virtual time.

The same file, options and seed give the same bytes, on every database: ids come from the inputs,
chance from the seed, time from the virtual clock. The run is an account of its own, so that other
campaigns in a named database neither change it nor are changed by it; the same run again takes the
place of the earlier one.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from types import TracebackType
from typing import IO, Self

from pydantic import TypeAdapter

from app.campaign_file import BadCampaignFileError, load
from app.contact_file import ContactRows, import_report_line, open_rows, read_results
from app.database import forget_account, kept_value, migrate, open_engine, run_key_name
from app.errors import BadInputError
from app.run_database import RunDatabase
from app.truth import truth_text
from campaigns.campaign import (
    Campaign,
    CampaignAction,
    CampaignSettings,
    CampaignState,
)
from campaigns.contact import ContactList, ListState
from campaigns.identity import derive_id
from campaigns.importing import Importer, Result
from campaigns.metrics import CampaignMetrics
from campaigns.publishing import OutgoingEvent, Published, PublishResult
from campaigns.relay import relay
from campaigns.report import ReportedCampaign, report
from campaigns.service import act, create_campaign, import_list
from compliance.location import knows_region
from compliance.rulebook import Rulebook
from compliance.rulebook_file import load as load_rules
from dialer.carriers.simulated import SimulatedCarrier, TruthLine
from dialer.loop import Dialer
from dialer.simulated_agents import SimulatedAgents
from dialer.simulated_inbound import SimulatedInbound
from dialer.simulation import VirtualClock, run_day

REGION = "local"
RELAY_EVERY = timedelta(minutes=1)
_SETTINGS = TypeAdapter(CampaignSettings)


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line asks for; outputs that are None are not written."""

    contacts: Path
    campaign: Path | None
    agents: int
    seed: int
    start: datetime
    inbound_per_hour: float = 0.0
    events: Path | None = None
    report: Path | None = None
    import_report: Path | None = None
    truth: Path | None = None
    database_url: str | None = None


Progress = Callable[[float], None]
"""Is told how far something has come: shares from 0.0 to 1.0."""


class BadOutputError(BadInputError):
    """An output file cannot be written where the options say."""


def run(options: RunOptions, importing: Progress, dialing: Progress) -> dict[str, object]:
    """Run the campaign and write the files; the report. Nothing is written if anything fails."""
    # A run makes millions of small values and no rings of them: look for rings less often.
    gc.set_threshold(100_000, 50, 50)
    settings = load(options.campaign, start=options.start, agents=options.agents)
    rulebook = load_rules()
    check_rules(options.campaign, settings, rulebook)
    key = hashlib.sha256(f"fairdial run {options.seed}".encode()).digest()
    account = f"run-{_fingerprint(options, settings)[:16]}"
    with ExitStack() as stack:
        outputs = stack.enter_context(_Outputs(options))
        url = options.database_url or stack.enter_context(_temporary_database())
        return _Run(options, settings, rulebook, key, account, outputs, importing, dialing).on(url)


def check_rules(path: Path | None, settings: CampaignSettings, rulebook: Rulebook) -> None:
    """Refuse rules that a campaign file names and nobody knows."""
    unknown = [code for code in settings.rules if code not in rulebook.jurisdictions]
    if unknown:
        problem = f"there are no rules {unknown[0]!r}; use codes of the rulebook such as US-DEBT"
        raise BadCampaignFileError(str(path), None, "rules", problem)


def _fingerprint(options: RunOptions, settings: CampaignSettings) -> str:
    """A hash of everything that decides what the run will do."""
    digest = hashlib.sha256()
    digest.update(_SETTINGS.dump_json(settings))
    digest.update(f"{options.agents} {options.seed} {options.start}".encode())
    if options.inbound_per_hour:
        digest.update(f" {options.inbound_per_hour} inbound".encode())
    try:
        with options.contacts.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    except OSError:
        pass  # Reading the rows says what is wrong with the file.
    return digest.hexdigest()


@contextmanager
def _temporary_database() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="fairdial-run-") as folder:
        yield f"sqlite:///{folder}/run.db"


class _Outputs:
    """The files that a run writes: each beside its place first, moved there at the very end.

    A pipe or a device keeps its place, and gets the whole text at the end.
    """

    def __init__(self, options: RunOptions) -> None:
        self._targets = {
            name: path
            for name, path in (
                ("events", options.events),
                ("report", options.report),
                ("import_report", options.import_report),
                ("truth", options.truth),
            )
            if path is not None
        }
        self._files: dict[str, IO[str]] = {}
        inputs = [path.resolve() for path in (options.contacts, options.campaign) if path]
        taken = inputs + [p.resolve() for p in self._targets.values() if not _is_special(p)]
        if len(set(taken)) < len(taken):
            raise BadOutputError("two of the files are the same; give each a name of its own")

    def __enter__(self) -> Self:
        for name, path in self._targets.items():
            if path.is_dir():
                self._drop()
                raise BadOutputError(f"{path}: is a directory; give the name of a file")
            try:
                self._files[name] = _open_beside(path)
            except OSError as error:
                self._drop()
                raise BadOutputError(f"{path}: cannot be written: {error.strerror}") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._drop()
            return
        try:
            for file in self._files.values():
                file.flush()
        except OSError:
            self._drop()
            raise
        for name, file in self._files.items():
            _move(file, self._targets[name])

    def _drop(self) -> None:
        for name, file in self._files.items():
            file.close()
            _beside(self._targets[name]).unlink(missing_ok=True)

    def write(self, name: str, text: str) -> None:
        """Add to one of the files, if it was asked for."""
        file = self._files.get(name)
        if file is not None:
            file.write(text)


def _is_special(path: Path) -> bool:
    """A pipe or a device, which no file may replace."""
    return path.exists() and not path.is_file()


def _beside(path: Path) -> Path:
    place = path.resolve()  # A link stays a link.
    return place.with_name(f".{place.name}.part-{os.getpid()}")


def _open_beside(path: Path) -> IO[str]:
    if _is_special(path):
        return tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")
    return _beside(path).open("w", encoding="utf-8", newline="\n")


def _move(file: IO[str], path: Path) -> None:
    """Bring a whole file to its place, and close it."""
    if _is_special(path):
        file.seek(0)
        with file, path.open("w", encoding="utf-8", newline="\n") as special:
            shutil.copyfileobj(file, special)
        return
    file.close()
    _beside(path).replace(path.resolve())


class _RunLog:
    """An EventPublisher: each event once into the events file and into the figures."""

    name = "run"

    def __init__(self, outputs: _Outputs, metrics: CampaignMetrics) -> None:
        self._outputs = outputs
        self._metrics = metrics

    def publish(self, events: Sequence[OutgoingEvent]) -> list[PublishResult]:
        """Write and fold; the run's own file takes everything."""
        for event in events:
            self._outputs.write("events", event.body + "\n")
            self._metrics.add(json.loads(event.body))
        return [Published()] * len(events)


@dataclass(frozen=True, slots=True)
class _Run:
    options: RunOptions
    settings: CampaignSettings
    rulebook: Rulebook
    key: bytes
    account: str
    outputs: _Outputs
    importing: Progress
    dialing: Progress

    def on(self, url: str) -> dict[str, object]:
        """Run on this database; the report."""
        clock = VirtualClock(self.settings.start_at)
        engine = open_engine(url, disposable=True)
        try:
            migrate(engine)
            forget_account(engine, self.account)
            database = RunDatabase(engine, clock.now, REGION, self.key)
            try:
                figures = self._campaign(database, clock)
                database.keep()
            except BaseException:
                database.close()
                forget_account(engine, self.account)
                raise
            database.close()
            # With it `fairdial evidence` reads this account, whatever the installation's own keys.
            kept_value(engine, run_key_name(self.account), self.key.hex)
            return figures
        finally:
            engine.dispose()

    def _campaign(self, database: RunDatabase, clock: VirtualClock) -> dict[str, object]:
        campaign = Campaign(
            id=derive_id("campaign", self.account),
            account=self.account,
            contact_list_id=derive_id("contact list", self.account),
            state=CampaignState.DRAFT,
            settings=self.settings,
        )
        metrics = CampaignMetrics(campaign.id)
        log = _RunLog(self.outputs, metrics)
        with database() as uow:
            uow.deliveries.register(self.account, log.name)
            uow.rulebooks.keep(self.rulebook.version, self.rulebook.content, clock.now())
        self._import(database, campaign, clock)
        with database() as uow:
            create_campaign(uow, campaign, clock.now())
            act(uow, self.account, campaign.id, CampaignAction.START, clock.now())
        state = self._dial(database, campaign, clock, log)
        with database() as uow:
            uow.deliveries.unregister(self.account, log.name)
        about = ReportedCampaign(
            campaign.id,
            self.settings.name,
            state,
            self.settings.start_at,
            self.settings.end_at,
        )
        figures = report(about, metrics.figures())
        self.outputs.write("report", json.dumps(figures, indent=2) + "\n")
        return figures

    def _import(self, database: RunDatabase, campaign: Campaign, clock: VirtualClock) -> None:
        size = self.options.contacts.stat().st_size if self.options.contacts.is_file() else 0

        def on_bytes(read: int) -> None:
            self.importing(min(1.0, read / size) if size else 1.0)

        def on_result(result: Result) -> None:
            self.outputs.write("import_report", import_report_line(result) + "\n")

        with open_rows(self.options.contacts, progress=on_bytes) as rows:
            contact_list = ContactList(
                id=campaign.contact_list_id,
                account=self.account,
                name=self.options.contacts.name,
                state=ListState.IMPORTING,
            )
            results = read_results(rows, self._importer(rows, contact_list.id))
            import_list(database, contact_list, results, clock.now, on_result)

    def _importer(self, rows: ContactRows, list_id: str) -> Importer:
        return Importer(
            rows.columns,
            list_id,
            self.key,
            knows_region=partial(knows_region, rulebook=self.rulebook),
        )

    def _dial(
        self, database: RunDatabase, campaign: Campaign, clock: VirtualClock, log: _RunLog
    ) -> CampaignState:
        carrier = SimulatedCarrier(self.options.seed, clock.now, self._write_truth)
        agents = SimulatedAgents(campaign, self.options.agents, self.options.seed, database)
        dialer = Dialer(
            database,
            carrier,
            self.rulebook,
            owner="run",
            phone_key=self.key,
            monotonic=clock.monotonic,
            on_agent_facts=agents.notice,
        )
        random = Random(self.options.seed)
        length = self.settings.end_at - self.settings.start_at
        relayed_at = clock.now()

        def on_tick(now: datetime) -> None:
            nonlocal relayed_at
            if now - relayed_at >= RELAY_EVERY:
                _relay_all(database, self.account, log, now, random)
                relayed_at = now
                self.dialing(min(1.0, (now - self.settings.start_at) / length))

        agents.arrive(clock.now())
        per_hour = self.options.inbound_per_hour
        inbound = SimulatedInbound(campaign, per_hour, self.options.seed, database)
        state = run_day(campaign.id, dialer, carrier, agents, clock, on_tick, inbound)
        dialer.release()
        _relay_all(database, self.account, log, clock.now(), random)
        self.dialing(1.0)
        return state

    def _write_truth(self, line: TruthLine) -> None:
        if line.ended is not None:
            self.outputs.write("truth", truth_text(line))


def _relay_all(
    database: RunDatabase, account: str, log: _RunLog, now: datetime, random: Random
) -> None:
    database.keep()
    while relay(database, account, log, now, random):
        database.keep()
