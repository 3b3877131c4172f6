"""A PutEvents endpoint that records what it gets and fails as it is told to.

It speaks the protocol of EventBridge's PutEvents (JSON 1.1 over HTTP) and refuses, as EventBridge
does, a request of more than 10 entries.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Entry = dict[str, Any]
Failure = Callable[[BaseHTTPRequestHandler, threading.Event], None]
"""How a request fails as a whole: writes the answer, or what there is of it. The event is set when
the test is over."""


def answer(handler: BaseHTTPRequestHandler, status: int, body: bytes, promised: int) -> None:
    """Write an answer whose headers promise so many bytes."""
    handler.send_response(status)
    handler.send_header("Content-Type", "application/x-amz-json-1.1")
    handler.send_header("Content-Length", str(promised))
    handler.end_headers()
    handler.wfile.write(body)


def plain(body: bytes, status: int = 200) -> Failure:
    """An answer with this body, whatever the protocol says."""
    return lambda handler, over: answer(handler, status, body, len(body))


def error(status: int, code: str, message: str = "told to fail") -> Failure:
    """An error of the whole request."""
    return plain(json.dumps({"__type": code, "message": message}).encode(), status)


def silence(handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
    """The request is taken and never answered."""
    over.wait()


def half_answer(handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
    """The connection ends within the answer's body."""
    answer(handler, 200, b'{"FailedEntryCount":0,"Entries":[{"Eve', promised=1000)


def no_answer(handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
    """The connection ends without an answer."""


class FaultyBus:
    """The endpoint. `script` says what becomes of the next requests; after it all are accepted.

    An item of the script is a Failure, or a map from the index of an entry to the error code that
    it fails with. `refuse` says of a whole request why it fails, from its entries.
    """

    def __init__(self) -> None:
        self.url = ""
        self.script: deque[Failure | Mapping[int, str]] = deque()
        self.refuse: Callable[[list[Entry]], Failure | None] = lambda entries: None
        self.requests: list[list[Entry]] = []
        self.endpoint_ids: list[str | None] = []
        self.signatures: list[str] = []
        self.accepted: list[Entry] = []

    def details(self) -> list[dict[str, Any]]:
        """The details of the accepted entries, in the order of their arrival."""
        return [json.loads(entry["Detail"]) for entry in self.accepted]

    def take(self, entries: list[Entry]) -> Failure:
        """Record one request; what to answer."""
        self.requests.append(entries)
        told = self.script.popleft() if self.script else {}
        if callable(told):
            return told
        if len(entries) > 10:
            return error(400, "ValidationException", "more than 10 entries")
        refusal = self.refuse(entries)
        if refusal is not None:
            return refusal
        self.accepted += [one for index, one in enumerate(entries) if index not in told]
        outcomes = [
            {"ErrorCode": told[index], "ErrorMessage": "told to fail"}
            if index in told
            else {"EventId": f"id-{index}"}
            for index in range(len(entries))
        ]
        return plain(json.dumps({"FailedEntryCount": len(told), "Entries": outcomes}).encode())


def entry_bytes(entry: Entry) -> int:
    """An entry's size as EventBridge documents it."""
    texts = [entry["Source"], entry["DetailType"], entry["Detail"], *entry["Resources"]]
    return 14 + sum(len(text.encode()) for text in texts)


@contextmanager
def faulty_bus() -> Iterator[FaultyBus]:
    """The endpoint on a free port of this machine."""
    bus = FaultyBus()
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers["X-Amz-Target"] != "AWSEvents.PutEvents":
                error(400, "UnknownOperationException")(self, over)
                return
            request = json.loads(body)
            bus.endpoint_ids.append(request.get("EndpointId"))
            bus.signatures.append(self.headers["Authorization"].split()[0])
            bus.take(request["Entries"])(self, over)

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet: what was requested is recorded."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    bus.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield bus
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()
