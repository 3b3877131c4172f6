"""forecasts of campaigns

Revision ID: 0005
Revises: 0003
Create Date: 2026-11-25

Deploy rule: old and new programs run side by side while this is applied. Only add here what the
old program can live with; drop what nobody reads any more in a later release.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None


def _id() -> sa.types.TypeEngine[str]:
    return sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite")


def upgrade() -> None:
    op.create_table(
        "pacing_forecast",
        sa.Column("campaign_id", _id(), nullable=False),
        sa.Column("id", _id(), nullable=False, comment="a later one takes its place"),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column(
            "state", sa.String(length=20), nullable=False, comment="under_way, done or failed"
        ),
        sa.Column("asked", sa.Text(), nullable=False, comment="what the form said"),
        sa.Column("done_percent", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True, comment="why it failed, in one line"),
        sa.Column(
            "foreseen", sa.Text(), nullable=True, comment="what it found, JSON: counts, no contact"
        ),
        sa.Column("started_by", sa.String(length=100), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_pacing_forecast_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_pacing_forecast")),
        sa.UniqueConstraint("id", name=op.f("uq_pacing_forecast_id")),
        comment="The last forecast of each campaign",
    )


def downgrade() -> None:
    op.drop_table("pacing_forecast")
