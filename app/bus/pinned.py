"""HTTP connections to allowed addresses only (invariant S5).

The name is resolved once; each address is checked before the connection and again at the connected
peer, and the connection stays on that address. Redirects are not followed, proxies of the
environment not used.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from app.bus.addresses import Address, read_address

MOST_ADDRESSES = 4
"""Of a host's addresses so many are tried, so that a long list costs no more time."""


class ForbiddenAddressError(OSError):
    """The host is at no address to which we may connect."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} is at no address to which webhooks may connect")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait: for a connection, for the next bytes, and for a whole answer."""

    connect: timedelta = timedelta(seconds=5)
    read: timedelta = timedelta(seconds=15)
    whole: timedelta = timedelta(seconds=20)


class PinnedConnection(http.client.HTTPConnection):
    """A connection that only ever leads to an allowed address. `tls`: None for plain HTTP."""

    def __init__(
        self,
        host: str,
        port: int,
        tls: ssl.SSLContext | None,
        allows: Callable[[Address], bool],
        timeouts: Timeouts,
    ) -> None:
        super().__init__(host, port)
        self.default_port = 80 if tls is None else 443
        self._tls = tls
        self._allows = allows
        self._timeouts = timeouts

    def connect(self) -> None:
        """Open the connection.

        Raises:
            OSError: nobody answers at any allowed address, or there is none.
        """
        self.sock = self._open()
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.settimeout(self._timeouts.read.total_seconds())
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)

    def _open(self) -> socket.socket:
        failure: OSError = ForbiddenAddressError(self.host)
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        for family, kind, protocol, _, where in found[:MOST_ADDRESSES]:
            if not self._allows(read_address(str(where[0]))):
                continue
            opened = socket.socket(family, kind, protocol)
            try:
                opened.settimeout(self._timeouts.connect.total_seconds())
                opened.connect(where)
                if not self._allows(read_address(opened.getpeername()[0])):
                    raise ForbiddenAddressError(self.host)
            except OSError as error:
                opened.close()
                failure = error
            else:
                return opened
        raise failure

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """Break the connection if what is done here takes too long as a whole.

        Raises:
            TimeoutError: it did, whatever came of it until then.
        """
        was_cut = threading.Event()
        timer = threading.Timer(self._timeouts.whole.total_seconds(), self._cut, [was_cut])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
        if was_cut.is_set():
            raise TimeoutError("no whole answer in time")

    def _cut(self, was_cut: threading.Event) -> None:
        was_cut.set()
        opened = self.sock
        if opened is not None:
            with suppress(OSError):
                # Not SSLSocket's own: it would take the session from under the thread that reads.
                socket.socket.shutdown(opened, socket.SHUT_RDWR)
