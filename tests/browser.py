"""A real Chromium for the tests: found or installed, and a page that notices what went wrong.

`python -m tests.browser install` makes sure that there is one, and prints where it is.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Route,
    sync_playwright,
)

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS_APPS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
QUIETLY = ("env", "DEBIAN_FRONTEND=noninteractive")
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost"})
OFFLINE_SCHEMES = frozenset({"about", "blob", "data"})
WAIT_MILLISECONDS = 15_000


class BrowserUnavailableError(Exception):
    """There is no Chromium on this machine, and none could be installed."""


def find_chromium() -> Path | None:
    """The first Chromium or Chrome that starts: `CHROMIUM`, the system's, Playwright's own."""
    on_path = (shutil.which(name) for name in COMMANDS)
    candidates = [os.environ.get("CHROMIUM"), *on_path, *MACOS_APPS, _playwrights_own()]
    for candidate in candidates:
        if candidate and _starts(candidate):
            return Path(candidate)
    return None


def install_chromium() -> Path:
    """Find a Chromium, or install one by the system's packages or by Playwright."""
    found = find_chromium()
    if found is not None:
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _run(*QUIETLY, "apt-get", "update", "-qq")
        _run(*QUIETLY, "apt-get", "install", "-qq", "-y", "--no-install-recommends", "chromium")
    else:
        _run(sys.executable, "-m", "playwright", "install", "chromium")
    found = find_chromium()
    if found is None:
        raise BrowserUnavailableError(
            "the browser tests need Chromium, and it could not be installed: install it "
            "(Debian: sudo apt-get install chromium; macOS: brew install --cask chromium), or set "
            "CHROMIUM to the path of a Chromium or Chrome"
        )
    return found


def _playwrights_own() -> str:
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def _starts(executable: str) -> bool:
    """Does it run at all? Some distributions install a stub that only points to a shop."""
    try:
        command = [executable, "--version"]
        return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0
    except OSError:
        return False


def _run(*command: str) -> None:
    """Run a command that may fail: what counts is whether a browser is there afterwards."""
    print("$", *command, file=sys.stderr, flush=True)
    subprocess.run(command, check=False, stdout=sys.stderr)


@dataclass  # no slots: Playwright leaves a note on the object whose methods it calls
class Watch:
    """What happened in a browser profile that no test should pass over."""

    expected: re.Pattern[str] | None = None
    problems: list[str] = field(default_factory=list)

    def attach(self, context: BrowserContext) -> None:
        """Note the pages' console errors, uncaught errors and requests to other machines."""
        context.on("console", self._console)
        context.on("weberror", lambda event: self._note(f"uncaught error: {event.error}"))
        context.route("**/*", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._note(f"console {message.type}: {message.text}")

    def _request(self, route: Route, request: Request) -> None:
        if stays_here(request.url):
            route.continue_()
            return
        self.problems.append(f"request to another machine: {request.url}")
        route.abort()

    def _note(self, problem: str) -> None:
        if self.expected is None or not self.expected.search(problem):
            self.problems.append(problem)


def stays_here(url: str) -> bool:
    """Does fetching `url` stay on this machine?"""
    parts = urlsplit(url)
    return parts.scheme in OFFLINE_SCHEMES or parts.hostname in LOCAL_HOSTS


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium for the test process."""
    executable = find_chromium()
    if executable is None:
        raise BrowserUnavailableError("no Chromium: run `make test`, which installs what it needs")
    # Chromium's sandbox refuses to run as root, which is what most build machines are.
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else [*FLAGS]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=flags)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page in a fresh browser profile.

    The test fails on a console error, an uncaught error, or a request that leaves this machine.
    Mark it with `console_errors("pattern")` where an error is what it is about.
    """
    marker = request.node.get_closest_marker("console_errors")
    watch = Watch(expected=re.compile(marker.args[0]) if marker else None)
    context = browser.new_context(locale="en-US", timezone_id="America/New_York")
    context.set_default_timeout(WAIT_MILLISECONDS)
    watch.attach(context)
    yield context.new_page()
    context.close()
    assert watch.problems == []


def main() -> int:
    """The command line: `python -m tests.browser install`."""
    if sys.argv[1:] != ["install"]:
        print("usage: python -m tests.browser install", file=sys.stderr)
        return 2
    try:
        print(install_chromium())
    except BrowserUnavailableError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
