"""Rows of agents and their campaigns, leases and pacing decisions."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
)

from compliance.columns import Id, Instant, Json, metadata

agent = Table(
    "agent",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account", String(100), nullable=False),
    Column("name", String(200), nullable=False),
    Column(
        "campaign_id",
        Id,
        ForeignKey("campaign.id"),
        comment="the campaign that they wait for, or serve after the contact at hand",
    ),
    Column(
        "serving_campaign_id",
        Id,
        comment="the campaign of the contact at hand, if it is another; gone with the contact",
    ),
    Column("state", String(20), nullable=False),
    Column("state_since", Instant, nullable=False),
    Column("attempt_id", Id, comment="the call or reservation that they have"),
    Column("leaving", String(20), comment="the state they asked for, once they are free"),
    Column("leaving_since", Instant),
    Column("seen_at", Instant, nullable=False, comment="the last sign of life"),
    Column("simulated", Boolean, nullable=False),
    Index("ix_agent_campaign", "campaign_id"),
    Index("ix_agent_account", "account"),
)

agent_campaign = Table(
    "agent_campaign",
    metadata,
    Column("agent_id", Id, ForeignKey("agent.id", ondelete="CASCADE"), nullable=False),
    Column("campaign_id", Id, ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False),
    Column("served", BigInteger, nullable=False, comment="contacts over weight, in millionths"),
    PrimaryKeyConstraint("agent_id", "campaign_id"),
    comment="The campaigns that an agent works on; none here: only agent.campaign_id",
)

inbound_load = Table(
    "inbound_load",
    metadata,
    Column("campaign_id", Id, ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True),
    Column("reported_at", Instant, nullable=False),
    Column("waiting", Integer, nullable=False),
    Column("arrived", Integer, nullable=False, comment="since the ACD began to count"),
    Column("worst", Integer, nullable=False, comment="the most that waited of late"),
    Column("worst_at", Instant, nullable=False),
    comment="Inbound calls for the agents of a campaign, as last reported",
)

lease = Table(
    "lease",
    metadata,
    Column("campaign_id", Id, ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True),
    Column("owner", String(200), nullable=False),
    Column("epoch", Integer, nullable=False, comment="rises with each change of owner"),
    Column("expires_at", Instant, nullable=False),
)

pacing_decision = Table(
    "pacing_decision",
    metadata,
    Column("campaign_id", Id, ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("placed", Integer, nullable=False),
    Column("bound", String(40), nullable=False),
    Column("until_at", Instant, comment="nobody callable until then"),
    Column("inputs", Json, nullable=False),
    PrimaryKeyConstraint("campaign_id", "decided_at"),
)
