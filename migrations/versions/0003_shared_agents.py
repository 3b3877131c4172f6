"""agents shared by several campaigns, inbound load

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-25

Deploy rule: old and new programs run side by side while this is applied. Only add here what the
old program can live with; drop what nobody reads any more in a later release.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _id() -> sa.types.TypeEngine[str]:
    return sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite")


def upgrade() -> None:
    op.add_column(
        "agent",
        sa.Column(
            "serving_campaign_id",
            _id(),
            nullable=True,
            comment="the campaign of the contact at hand, if it is another; gone with the contact",
        ),
    )
    op.create_table(
        "agent_campaign",
        sa.Column("agent_id", _id(), nullable=False),
        sa.Column("campaign_id", _id(), nullable=False),
        sa.Column(
            "served",
            sa.BigInteger(),
            nullable=False,
            comment="contacts over weight, in millionths",
        ),
        sa.ForeignKeyConstraint(
            ["agent_id"],
            ["agent.id"],
            name=op.f("fk_agent_campaign_agent_id_agent"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_agent_campaign_campaign_id_campaign"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("agent_id", "campaign_id", name=op.f("pk_agent_campaign")),
        comment="The campaigns that an agent works on; none here: only agent.campaign_id",
    )
    op.create_table(
        "inbound_load",
        sa.Column("campaign_id", _id(), nullable=False),
        sa.Column("reported_at", sa.BigInteger(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("arrived", sa.Integer(), nullable=False, comment="since the ACD began to count"),
        sa.Column("worst", sa.Integer(), nullable=False, comment="the most that waited of late"),
        sa.Column("worst_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_inbound_load_campaign_id_campaign"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_inbound_load")),
        comment="Inbound calls for the agents of a campaign, as last reported",
    )


def downgrade() -> None:
    op.drop_table("inbound_load")
    op.drop_table("agent_campaign")
    op.drop_column("agent", "serving_campaign_id")
