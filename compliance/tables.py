"""Rows of suppression, consent, overrides and evidence; and those that writers lock.

Suppressing a number and reserving an attempt on it lock the same row of `number_lock`; importing a
list or closing an area and reserving any attempt take the account's lock, which has no row.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from compliance.columns import Id, Instant, metadata

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

suppression_list = Table(
    "suppression_list",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account", String(100), nullable=False),
    Column("name", String(200), nullable=False),
    Column("kind", String(20), nullable=False, comment="internal, national or litigator"),
    Column("jurisdiction", String(25), comment="of a registry: the code of its rules"),
    Column("scope", String(100), nullable=False, comment="'account', or one campaign's id"),
    Column("as_of", String(10), nullable=False, comment="date of the copy, ISO 8601"),
    Column("numbers", Integer, nullable=False),
    Column("sha256", String(64), nullable=False, comment="of the file that it came from"),
    Column("version", Integer, nullable=False),
    Column("recorded_by", String(100), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("content", LargeBinary, nullable=False, comment="the numbers, a roaring bitmap"),
    UniqueConstraint("account", "name"),
)

suppressed_area = Table(
    "suppressed_area",
    metadata,
    Column("account", String(100), nullable=False),
    Column("area", String(20), nullable=False, comment="+1305, US-FL or FR"),
    Column("scope", String(100), nullable=False, comment="'account', or one campaign's id"),
    Column("basis", String(100), nullable=False),
    Column("recorded_by", String(100), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    PrimaryKeyConstraint("account", "area", "scope"),
)

consent_record = Table(
    "consent_record",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account", String(100), nullable=False),
    Column("address", String(320), nullable=False, comment="E.164 number or lower-case e-mail"),
    Column("action", String(20), nullable=False, comment="given or revoked"),
    Column("kind", String(30), nullable=False),
    Column("channel", String(20), comment="null: every channel"),
    Column("scope", String(100), nullable=False, comment="'account', or one campaign's id"),
    Column("at", Instant, nullable=False),
    Column("source", String(20), nullable=False),
    Column("basis", Text, nullable=False),
    Column("evidence", Text, nullable=False, comment="where the proof is kept"),
    Column("recorded_by", String(100), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Index("ix_consent_record_address", "account", "address"),
    comment="Only ever added to",
)

opt_out_review = Table(
    "opt_out_review",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account", String(100), nullable=False),
    Column("address", String(320), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("decision", String(20), comment="null: waits for a reader, and its address is held"),
    Column("decided_by", String(100)),
    Column("decided_at", Instant),
)
_waits = opt_out_review.c.decision.is_(None)
Index(
    "ix_opt_out_review_waiting",
    opt_out_review.c.account,
    opt_out_review.c.address,
    postgresql_where=_waits,
    sqlite_where=_waits,
)

override = Table(
    "override",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account", String(100), nullable=False),
    Column("campaign_id", Id, nullable=False, index=True),
    Column("rule", String(30), nullable=False),
    Column("by", String(100), nullable=False),
    Column("role", String(30), nullable=False),
    Column("reason", Text, nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
)

evidence = Table(
    "evidence",
    metadata,
    Column("chain", String(120), nullable=False, comment="campaign/<id> or account/<account>"),
    Column("number", Integer, nullable=False, comment="1, 2, 3... in its chain"),
    Column("account", String(100), nullable=False),
    Column("at", Instant, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("campaign_id", Id),
    Column("contact_id", Id),
    Column("attempt_id", Id),
    Column("phone_hash", String(64)),
    Column("body", Text, nullable=False, comment="JSON; names no person"),
    Column("seal", String(64), nullable=False, comment="keyed hash of this and the seal before it"),
    PrimaryKeyConstraint("chain", "number"),
    Index("ix_evidence_contact", "contact_id"),
    Index("ix_evidence_attempt", "attempt_id"),
    Index("ix_evidence_number", "account", "phone_hash"),
    comment="Only ever added to",
)

evidence_head = Table(
    "evidence_head",
    metadata,
    Column("chain", String(120), primary_key=True),
    Column("account", String(100), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("seal", String(64), nullable=False),
    Column("published", Integer, nullable=False, comment="the number that was last published"),
)

rulebook = Table(
    "rulebook",
    metadata,
    Column("version", String(200), primary_key=True),
    Column("content", Text, nullable=False, comment="the rules' data, JSON"),
    Column("kept_at", Instant, nullable=False),
    comment="Every rulebook that ever decided, so that a decision can be made again",
)
