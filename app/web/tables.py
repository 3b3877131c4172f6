"""Rows of users and their sessions, and of the imports that pages started."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from compliance.columns import Id, Instant, Json, metadata

web_user = Table(
    "web_user",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account", String(100), nullable=False),
    Column("name", String(100), nullable=False, unique=True),
    Column("password_hash", Text, comment="argon2id; null until the user has set one"),
    Column("enabled", Boolean, nullable=False),
    Column("role", String(30), nullable=False, server_default="administrator"),
    Column("created_at", Instant, nullable=False),
)

web_session = Table(
    "web_session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", Id, ForeignKey("web_user.id", ondelete="CASCADE"), nullable=False),
    Column("by_link", Boolean, nullable=False, comment="begun by a one-time link"),
    Column("started_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    comment="A row for each signed-in browser; deleting it signs out",
)

sign_in_link = Table(
    "sign_in_link",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", Id, ForeignKey("web_user.id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", Instant, nullable=False),
    comment="One-time sign-ins that are still open; used up ones are gone",
)

sign_in_try = Table(
    "sign_in_try",
    metadata,
    Column("key_hash", String(64), primary_key=True, comment="keyed: the name and the address"),
    Column("tries", Integer, nullable=False),
    Column("since", Instant, nullable=False),
    comment="Sign-ins that have not succeeded",
)

list_import = Table(
    "list_import",
    metadata,
    Column("list_id", Id, primary_key=True, comment="no foreign key: it outlives a failed list"),
    Column("account", String(100), nullable=False, index=True),
    Column("list_name", String(200), nullable=False),
    Column("file_name", String(200), nullable=False),
    Column("state", String(20), nullable=False, comment="waiting, importing, done or failed"),
    Column("size_bytes", BigInteger, nullable=False),
    Column("read_bytes", BigInteger, nullable=False),
    Column("read_rows", Integer, nullable=False),
    Column("problem", Text, comment="why it failed, in one line without values of the file"),
    Column("reasons", Json, nullable=False, comment="rejected rows by reason, all of them"),
    Column("started_by", String(100), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

permission_import = Table(
    "permission_import",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account", String(100), nullable=False, index=True),
    Column("what", String(20), nullable=False, comment="numbers or consents"),
    Column("name", String(200), nullable=False, comment="of the suppression list, or of the file"),
    Column("file_name", String(200), nullable=False),
    Column("state", String(20), nullable=False, comment="waiting, importing, done or failed"),
    Column("to_read", BigInteger, nullable=False, comment="bytes, each as often as it is read"),
    Column("read_bytes", BigInteger, nullable=False),
    Column("problem", Text, comment="why it failed, in one line without values of the file"),
    Column("report", Json, nullable=False, comment="counts, and the first rows that are bad"),
    Column("started_by", String(100), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    comment="Files of numbers and of consents that pages took in",
)

import_line = Table(
    "import_line",
    metadata,
    Column("list_id", Id, ForeignKey("contact_list.id", ondelete="CASCADE"), nullable=False),
    Column("line", Integer, nullable=False, comment="in the file; the header is 1"),
    Column("status", String(20), nullable=False, comment="rejected or duplicate"),
    Column("reason", String(40)),
    Column("column_name", String(200)),
    PrimaryKeyConstraint("list_id", "line"),
    comment="The first rows of a list that became no contact; none of their values",
)

dry_run = Table(
    "dry_run",
    metadata,
    Column("campaign_id", Id, ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True),
    Column("id", Id, nullable=False, unique=True, comment="a later one takes its place"),
    Column("account", String(100), nullable=False),
    Column("state", String(20), nullable=False, comment="under_way, done or failed"),
    Column("start_at", Instant, nullable=False, comment="the start that is rehearsed"),
    Column("contacts", Integer, nullable=False),
    Column("looked_at", Integer, nullable=False),
    Column("problem", Text, comment="why it failed, in one line"),
    Column("outlook", Text, comment="what it found, JSON: counts, no contact"),
    Column("started_by", String(100), nullable=False),
    Column("started_at", Instant, nullable=False),
    comment="The last dry run of each campaign",
)

pacing_forecast = Table(
    "pacing_forecast",
    metadata,
    Column("campaign_id", Id, ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True),
    Column("id", Id, nullable=False, unique=True, comment="a later one takes its place"),
    Column("account", String(100), nullable=False),
    Column("state", String(20), nullable=False, comment="under_way, done or failed"),
    Column("asked", Json, nullable=False, comment="what the form said"),
    Column("done_percent", Integer, nullable=False),
    Column("problem", Text, comment="why it failed, in one line"),
    Column("foreseen", Text, comment="what it found, JSON: counts, no contact"),
    Column("started_by", String(100), nullable=False),
    Column("started_at", Instant, nullable=False),
    comment="The last forecast of each campaign",
)
