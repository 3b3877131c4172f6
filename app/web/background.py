"""What outlives a request: jobs one after another, in a thread that starts with the first one."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger()


class CutOffError(Exception):
    """The service stops while a job is under way."""


class Background:
    """Runs jobs; each says itself how it ended."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._idle = threading.Condition()
        self._open = 0
        self._thread: threading.Thread | None = None

    def start(self, job: Callable[[], None]) -> None:
        """Run a job when those before it have ended."""
        with self._idle:
            self._open += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="background", daemon=True)
                self._thread.start()
        self._waiting.put(job)

    @property
    def open(self) -> int:
        """How many are queued or under way."""
        with self._idle:
            return self._open

    def wait(self, timeout: float) -> bool:
        """Wait until nothing is queued or under way; False if it takes longer, in seconds."""
        with self._idle:
            return self._idle.wait_for(lambda: self._open == 0, timeout)

    def stop(self) -> None:
        """Ask what is under way or queued to end; jobs learn it from `check_stopped`."""
        self._stopped.set()
        self.wait(30)

    def check_stopped(self) -> None:
        """To be called by jobs now and then.

        Raises:
            CutOffError: the service stops.
        """
        if self._stopped.is_set():
            raise CutOffError

    def _work(self) -> None:
        while True:
            job = self._waiting.get()
            try:
                job()
            except Exception as error:
                # Not the message: a database error's holds the rows.
                log.error("background job failed", error=type(error).__name__)
            finally:
                with self._idle:
                    self._open -= 1
                    self._idle.notify_all()
