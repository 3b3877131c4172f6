"""Fixtures that every test may use: fresh databases, and a browser page."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes is the machine's business; a test that hangs meets pytest's timeout.
settings.register_profile(
    "fairdial", settings.get_profile(settings.get_current_profile_name()), deadline=None
)
settings.load_profile("fairdial")

pytest_plugins = ["tests.browser", "tests.postgres"]


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'fairdial.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database, once for each engine: the test runs twice."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url
