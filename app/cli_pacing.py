"""`fairdial pacing ...`: why so many calls were started, and what other settings would do."""

from __future__ import annotations

import click


@click.group()
def pacing() -> None:
    """Why so many calls were started, and what other settings would do."""
