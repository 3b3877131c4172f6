"""what became of each delivery, and sinks that cannot be reached

Revision ID: 0006
Revises: 0005
Create Date: 2026-11-25

Deploy rule: old and new programs run side by side while this is applied. Only add here what the
old program can live with; drop what nobody reads any more in a later release. An old relay keeps
no record of what it delivers; it loses nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _id() -> sa.types.TypeEngine[str]:
    return sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite")


def upgrade() -> None:
    for column in (
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0", comment="in a row"),
        sa.Column("failing_since", sa.BigInteger(), comment="set: it cannot be reached since then"),
        sa.Column("held_until", sa.BigInteger(), comment="set: nothing is offered to it before"),
        sa.Column("answer", sa.Text(), comment="why it could not be reached, the last time"),
    ):
        op.add_column("publisher", column)
    op.create_table(
        "delivered",
        sa.Column("event_id", _id(), nullable=False),
        sa.Column("publisher", sa.String(length=100), nullable=False),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("delivered_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "publisher", name=op.f("pk_delivered")),
        comment="What each publisher has got; apart, so that the queue of deliveries stays short",
    )
    op.create_index("ix_delivered_time", "delivered", ["account", "delivered_at"])
    op.create_table(
        "delivery_try",
        sa.Column("event_id", _id(), nullable=False),
        sa.Column("publisher", sa.String(length=100), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="n-th try, from 1"),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column("tried_at", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "publisher", "number", name=op.f("pk_delivery_try")),
        comment="Tries that failed",
    )
    op.create_index("ix_delivery_try_time", "delivery_try", ["account", "tried_at"])


def downgrade() -> None:
    op.drop_table("delivery_try")
    op.drop_table("delivered")
    for name in ("answer", "held_until", "failing_since", "failures"):
        op.drop_column("publisher", name)
