"""A webhook's other end: records what it is sent, and answers as it is told."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.bus.addresses import read_networks

LOOPBACK = read_networks("127.0.0.0/8")

Answer = Callable[[BaseHTTPRequestHandler, threading.Event], None]
"""Writes an answer, or what there is of it. The event is set when the test is over."""


@dataclass(frozen=True, slots=True)
class Message:
    """What was posted, and over which connection."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    connection: tuple[str, int]


def status(code: int, headers: Mapping[str, str] | None = None, body: bytes = b"ok") -> Answer:
    """An ordinary answer."""

    def write(handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
        handler.send_response(code)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return write


def silence(handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
    """No answer, ever."""
    over.wait()


def trickle(handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
    """An answer whose headers never end, a little at a time."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while not over.wait(0.05):
        handler.wfile.write(b"X-More: yes\r\n")


def hang_up(handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
    """The connection ends without an answer."""
    handler.close_connection = True


def accept_and_hang_up(handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
    """The message is taken, and the connection closed without a word about it."""
    status(200)(handler, over)
    handler.close_connection = True


class WebhookEndpoint:
    """The endpoint. `script`: the next answers; after it each message gets `otherwise`."""

    def __init__(self) -> None:
        self.url = ""
        self.script: deque[Answer] = deque()
        self.otherwise: Answer = status(204, body=b"")
        self.judge: Callable[[Message], Answer | None] = lambda message: None
        self.messages: list[Message] = []
        self.accepted: list[Message] = []

    def take(self, message: Message) -> Answer:
        """Record one message; what to answer."""
        self.messages.append(message)
        answer = self.script.popleft() if self.script else None
        answer = answer or self.judge(message)
        if answer is None:
            self.accepted.append(message)
        return answer or self.otherwise


@contextmanager
def webhook_endpoint(tls: ssl.SSLContext | None = None) -> Iterator[WebhookEndpoint]:
    """An endpoint on a free port of this machine, over TLS if a context is given."""
    endpoint = WebhookEndpoint()
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            host, port = self.client_address[:2]
            message = Message(self.path, dict(self.headers), body, (str(host), int(port)))
            try:
                endpoint.take(message)(self, over)
            except OSError:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet: what was sent is recorded."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that breaks off is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    scheme = "http" if tls is None else "https"
    endpoint.url = f"{scheme}://127.0.0.1:{server.server_port}/in?token=t"
    try:
        yield endpoint
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def self_signed(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate for 127.0.0.1, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "fairdial test")])
    begin = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "endpoint.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cafile=str(path))
