"""Runs migrations on the connection that app/database.py hands over."""

from __future__ import annotations

from alembic import context

# Imported for their tables, which fill the shared MetaData.
import app.web.tables  # noqa: F401
import campaigns.tables  # noqa: F401
import compliance.tables  # noqa: F401
import dialer.tables  # noqa: F401
from compliance.columns import metadata


def run() -> None:
    """Upgrade within one transaction."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
