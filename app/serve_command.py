"""`fairdial serve` and the roles alone: web, scheduler, dialer, relay."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from enum import StrEnum
from random import Random
from types import FrameType

from apscheduler.schedulers.background import BackgroundScheduler
from waitress.server import create_server

from app import jobs
from app.bootstrap import Parts, build, publishers
from app.demo import POPULATION, start_demo
from app.dialer_worker import DialerWorker
from app.errors import BadInputError
from app.settings import Settings
from app.web.accounts import new_one_time_token
from app.web.application import UPLOAD_BYTES, create_app
from app.web.dry_runs import settle_dry_runs
from app.web.forecasts import settle_forecasts
from app.web.imports import settle_cut_off
from app.webhook_relay import WebhookRelay
from campaigns.service import remove_unfinished
from dialer.carriers.simulated import Population

DRAIN_FOR = timedelta(minutes=5)
"""How long a stop waits for live calls to end; a second signal ends the wait."""


class Role(StrEnum):
    """What one process does."""

    WEB = "web"
    SCHEDULER = "scheduler"
    DIALER = "dialer"
    RELAY = "relay"


class PortInUseError(BadInputError):
    """Something else listens there."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"{host}:{port} is in use; choose another port with --port")


def serve(
    settings: Settings,
    roles: frozenset[Role],
    *,
    demo: bool,
    agents: int,
    say: Callable[[str], None],
) -> None:
    """Run these roles until a signal says stop; then drain, and return."""
    listener = _listen(settings) if Role.WEB in roles else None
    stop = _StopSignal()
    parts = build(settings)
    if Role.WEB in roles:
        # These are the web role's alone, so that none can be under way here yet.
        with parts.database() as uow:
            remove_unfinished(uow)
        settle_cut_off(parts.database, parts.clock.now())
        settle_dry_runs(parts.database)
        settle_forecasts(parts.database)
    with ExitStack() as stack:
        worker = _start_dialer(parts, roles, demo=demo, agents=agents)
        if demo:
            start_demo(parts)
        webhooks = _start_webhooks(parts, roles, stack)
        scheduler = jobs.start(parts, [*_jobs(parts, roles, worker), *webhooks])
        if listener is not None:
            stack.callback(_start_web(parts, listener))
            _greet(parts, listener, say)
        else:
            say(f"fairdial {', '.join(sorted(roles))}: running")
        stop.wait()
        say("stopping: no new calls; live calls may end (send the signal again to stop at once)")
        _stop(worker, scheduler, stop)
    stop.leave()


def _jobs(parts: Parts, roles: frozenset[Role], worker: DialerWorker | None) -> list[jobs.Job]:
    found: list[jobs.Job] = []
    if worker is not None:
        found += jobs.dialer_jobs(worker)
    if Role.RELAY in roles:
        found += jobs.relay_jobs(parts, publishers(parts), Random(parts.worker))
    if Role.SCHEDULER in roles:
        found += jobs.scheduler_jobs(parts)
    return found


def _start_webhooks(parts: Parts, roles: frozenset[Role], stack: ExitStack) -> list[jobs.Job]:
    if Role.RELAY not in roles:
        return []
    webhooks = WebhookRelay(parts, Random(parts.worker))
    stack.callback(webhooks.close)
    return jobs.webhook_jobs(webhooks)


def _start_dialer(
    parts: Parts, roles: frozenset[Role], *, demo: bool, agents: int
) -> DialerWorker | None:
    if Role.DIALER not in roles:
        return None
    population = POPULATION if demo else Population()
    return DialerWorker(parts, parts.worker, agents, population)


def _stop(
    worker: DialerWorker | None,
    scheduler: BackgroundScheduler,
    stop: _StopSignal,
) -> None:
    if worker is not None:
        worker.drain(stop.wait_for_second, DRAIN_FOR)
    scheduler.shutdown(wait=True)
    if worker is not None:
        worker.close()


class _StopSignal:
    """SIGTERM or SIGINT: the first asks to drain, the second to stop at once."""

    def __init__(self) -> None:
        self._first = threading.Event()
        self._second = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._received)

    def _received(self, number: int, frame: FrameType | None) -> None:
        (self._second if self._first.is_set() else self._first).set()

    def wait(self) -> None:
        """Sleep until the first signal."""
        self._first.wait()

    def leave(self) -> None:
        """No signal matters any more: one that comes while Python ends would count as a crash."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)

    def wait_for_second(self, seconds: float) -> bool:
        """Sleep so long; True if the second signal has come."""
        return self._second.wait(seconds)


def _listen(settings: Settings) -> socket.socket:
    """Take the port before anything else is done, so that a busy one changes nothing."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError:
        listener.close()
        raise PortInUseError(settings.host, settings.port) from None
    return listener


def _start_web(parts: Parts, listener: socket.socket) -> Callable[[], None]:
    """Serve the pages from now on; the answer stops it, and any import that is under way."""
    application = create_app(parts)
    server = create_server(
        application,
        sockets=[listener],
        threads=8,
        ident=None,
        channel_timeout=30,
        max_request_body_size=UPLOAD_BYTES + 1_000_000,
    )
    threading.Thread(target=server.run, name="web", daemon=True).start()

    def stop() -> None:
        server.close()
        application.extensions["fairdial"].background.stop()
        application.extensions["fairdial"].dry_runs.stop()
        application.extensions["fairdial"].forecasts.stop()

    return stop


def _greet(parts: Parts, listener: socket.socket, say: Callable[[str], None]) -> None:
    host, port = listener.getsockname()[:2]
    token = new_one_time_token(parts.database, parts.settings.account, parts.clock.now())
    say(f"Fairdial is at http://{host}:{port}/")
    say(f"Sign in once, within 24 hours: http://{host}:{port}/sign-in/{token}")
