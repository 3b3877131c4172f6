"""Runs migrations on the connection that app/database.py hands over."""

from __future__ import annotations

from alembic import context

import app.web.tables
import campaigns.tables
import compliance.tables
import dialer.tables  # noqa: F401  (the imports fill the MetaData)
from compliance.columns import metadata


def run() -> None:
    """Upgrade within one transaction."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        transaction_per_migration=True,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
