"""The pages on a port of this machine, for a real browser."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from playwright.sync_api import Page
from werkzeug.serving import make_server

from app.bootstrap import Parts
from app.web import accounts
from app.web.application import create_app
from tests.web.site import ACCOUNT

logging.getLogger("werkzeug").setLevel(logging.WARNING)


@contextmanager
def serve(parts: Parts, port: int = 0) -> Iterator[str]:
    """The pages on a free port of this machine; their address."""
    server = make_server("127.0.0.1", port, create_app(parts), threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def sign_in(page: Page, address: str, parts: Parts) -> None:
    """Sign in by a new one-time link."""
    token = accounts.new_one_time_token(parts.database, ACCOUNT, parts.clock.now())
    page.goto(f"{address}/sign-in/{token}")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/account/password")
