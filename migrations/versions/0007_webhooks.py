"""webhooks

Revision ID: 0007
Revises: 0006
Create Date: 2026-11-25

Deploy rule: old and new programs run side by side while this is applied. Only add here what the
old program can live with; drop what nobody reads any more in a later release.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _id() -> sa.types.TypeEngine[str]:
    return sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite")


def upgrade() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", _id(), nullable=False),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False, comment="shown once, when it is made"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("old_secret", sa.Text(), nullable=True),
        sa.Column("old_secret_until", sa.BigInteger(), nullable=True),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.Column("disabled_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
        comment="Where events are posted; the sink of each is webhook:ID",
    )
    op.create_index(op.f("ix_webhook_account"), "webhook", ["account"])


def downgrade() -> None:
    op.drop_table("webhook")
