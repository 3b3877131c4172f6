"""The one wiring file: settings in, working parts out."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from pydantic import SecretStr

from app.bus.eventbridge import EventBridge, EventBridgeTarget
from app.bus.local_log import LocalLog
from app.clock import Clock, SystemClock
from app.database import Database, kept_value, migrate, open_engine
from app.errors import BadInputError
from app.rules_in_force import RulesInForce
from app.settings import Settings
from campaigns.ports import EventPublisher
from compliance.rulebook import Rulebook, RulebookError


@dataclass(frozen=True, slots=True)
class Parts:
    """What every role of the service works with."""

    settings: Settings
    clock: Clock
    database: Database
    rules: RulesInForce
    phone_key: bytes
    session_key: bytes
    worker: str

    @property
    def rulebook(self) -> Rulebook:
        """The rules that were last read whole."""
        return self.rules.latest


def build(settings: Settings, clock: Clock | None = None) -> Parts:
    """Read the rules, open and migrate the database, and find the installation's secrets.

    Raises:
        BadInputError: the rule file, a setting or the database cannot be used; with a bad rule
            file or setting nothing is touched.
    """
    rules = _read_rules(settings)
    _eventbridge(settings)
    clock = clock or SystemClock()
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = open_engine(settings.url)
    migrate(engine)
    kept = partial(kept_value, engine, make=new_key)
    evidence_key = _secret(settings.evidence_key, partial(kept, "evidence_key"))
    database = Database(engine, clock.now, settings.region, evidence_key)
    _register_publishers(database, settings)
    with database() as uow:  # before it decides anything, so that each decision can be made again
        uow.rulebooks.keep(rules.latest.version, rules.latest.content, clock.now())
    return Parts(
        settings=settings,
        clock=clock,
        database=database,
        rules=rules,
        phone_key=bytes.fromhex(kept("phone_key")),
        session_key=_secret(settings.secret_key, partial(kept, "session_key")),
        worker=f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}",
    )


def _read_rules(settings: Settings) -> RulesInForce:
    try:
        return RulesInForce(settings.rules_file)
    except RulebookError as error:
        raise BadInputError(str(error)) from None


def _secret(given: SecretStr | None, kept: Callable[[], str]) -> bytes:
    """The operator's secret, or else the one that the database keeps."""
    return bytes.fromhex(kept()) if given is None else given.get_secret_value().encode()


def new_key() -> str:
    """A fresh secret, as hex."""
    return secrets.token_hex(32)


def publishers(parts: Parts) -> list[EventPublisher]:
    """Everyone who is to get every event; only the process that relays may open them."""
    return [_open_publisher(parts.settings, name) for name in publisher_names(parts.settings)]


def publisher_names(settings: Settings) -> list[str]:
    """The names of the publishers that the settings ask for."""
    return [LocalLog.name] + ([EventBridge.name] if settings.eventbridge_bus else [])


def _open_publisher(settings: Settings, name: str) -> EventPublisher:
    target = _eventbridge(settings)
    if name == LocalLog.name or target is None:
        return LocalLog(settings.data / "events.jsonl")
    return EventBridge(target)


def _eventbridge(settings: Settings) -> EventBridgeTarget | None:
    """The bus that the settings ask for."""
    if settings.eventbridge_bus is None:
        return None
    return EventBridgeTarget(
        bus=settings.eventbridge_bus,
        region=settings.eventbridge_region,
        endpoint_url=settings.eventbridge_endpoint,
        endpoint_id=settings.eventbridge_endpoint_id,
    )


def _register_publishers(database: Database, settings: Settings) -> None:
    """Before the first event is written, by whichever role starts first."""
    with database() as uow:
        for name in publisher_names(settings):
            uow.deliveries.register(settings.account, name)
