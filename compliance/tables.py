"""Rows of suppression, and the row per number that suppressing and reserving both lock."""

from __future__ import annotations

from sqlalchemy import Column, Index, PrimaryKeyConstraint, String, Table

from compliance.columns import Instant, metadata

suppression = Table(
    "suppression",
    metadata,
    Column("account", String(100), nullable=False),
    Column("address", String(320), nullable=False, comment="E.164 number or lower-case e-mail"),
    Column("scope", String(100), nullable=False, comment="'account', or one campaign's id"),
    Column("source", String(20), nullable=False, comment="internal or national"),
    Column("basis", String(100), nullable=False, comment="why, in a word or two"),
    Column("recorded_by", String(100), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    PrimaryKeyConstraint("account", "address", "scope", "source"),
)

number_lock = Table(
    "number_lock",
    metadata,
    Column("account", String(100), nullable=False),
    Column("phone", String(20), nullable=False),
    PrimaryKeyConstraint("account", "phone"),
    comment="Locked by whoever suppresses a number or reserves an attempt on it (invariant D6)",
)

Index("ix_suppression_lookup", suppression.c.account, suppression.c.address)
