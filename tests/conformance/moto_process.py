"""moto's server as a process of its own, which can be paused, killed and started again."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import URLError
from urllib.request import urlopen

from tests.conformance.moto_server import MotoBus


class MotoProcess:
    """The server, on one port for its whole life. What it held is gone once it was killed."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        started = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self._port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        pause = threading.Event()
        for _ in range(600):
            try:
                urlopen(f"{self.url}/moto-api/", timeout=5).close()
            except (URLError, OSError):
                pause.wait(0.1)
            else:
                return started
        raise AssertionError("moto's server did not start")

    def bus(self) -> MotoBus:
        """A bus with a queue that sees it."""
        return MotoBus(self.url)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """It takes connections and answers nothing; then it goes on."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """It is gone, and everything that it held."""
        self._process.kill()
        self._process.wait()

    def start_again(self) -> None:
        """It is back, empty, at the same place."""
        self._process = self._start()


@contextmanager
def moto_process() -> Iterator[MotoProcess]:
    """The server; killed at the end."""
    process = MotoProcess()
    try:
        yield process
    finally:
        process.kill()
