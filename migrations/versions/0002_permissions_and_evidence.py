"""consents, suppression lists, overrides, evidence

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-25

Deploy rule: old and new programs run side by side while this is applied. Only add here what the
old program can live with; drop what nobody reads any more in a later release.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _id() -> sa.types.TypeEngine[str]:
    return sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite")


def upgrade() -> None:
    op.create_table(
        "consent_record",
        sa.Column("id", _id(), nullable=False),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column(
            "address",
            sa.String(length=320),
            nullable=False,
            comment="E.164 number or lower-case e-mail",
        ),
        sa.Column("action", sa.String(length=20), nullable=False, comment="given or revoked"),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=True, comment="null: every channel"),
        sa.Column(
            "scope",
            sa.String(length=100),
            nullable=False,
            comment="'account', or one campaign's id",
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False, comment="where the proof is kept"),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_record")),
        comment="Only ever added to",
    )
    op.create_index(
        "ix_consent_record_address", "consent_record", ["account", "address"], unique=False
    )
    op.create_table(
        "dry_run",
        sa.Column("campaign_id", _id(), nullable=False),
        sa.Column("id", _id(), nullable=False, comment="a later one takes its place"),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column(
            "state", sa.String(length=20), nullable=False, comment="under_way, done or failed"
        ),
        sa.Column(
            "start_at", sa.BigInteger(), nullable=False, comment="the start that is rehearsed"
        ),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.Column("looked_at", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True, comment="why it failed, in one line"),
        sa.Column(
            "outlook", sa.Text(), nullable=True, comment="what it found, JSON: counts, no contact"
        ),
        sa.Column("started_by", sa.String(length=100), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_dry_run_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_dry_run")),
        sa.UniqueConstraint("id", name=op.f("uq_dry_run_id")),
        comment="The last dry run of each campaign",
    )
    op.create_table(
        "evidence",
        sa.Column(
            "chain",
            sa.String(length=120),
            nullable=False,
            comment="campaign/<id> or account/<account>",
        ),
        sa.Column("number", sa.Integer(), nullable=False, comment="1, 2, 3... in its chain"),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("campaign_id", _id(), nullable=True),
        sa.Column("contact_id", _id(), nullable=True),
        sa.Column("attempt_id", _id(), nullable=True),
        sa.Column("phone_hash", sa.String(length=64), nullable=True),
        sa.Column("body", sa.Text(), nullable=False, comment="JSON; names no person"),
        sa.Column(
            "seal",
            sa.String(length=64),
            nullable=False,
            comment="keyed hash of this and the seal before it",
        ),
        sa.PrimaryKeyConstraint("chain", "number", name=op.f("pk_evidence")),
        comment="Only ever added to",
    )
    op.create_index("ix_evidence_attempt", "evidence", ["attempt_id"], unique=False)
    op.create_index("ix_evidence_contact", "evidence", ["contact_id"], unique=False)
    op.create_index("ix_evidence_number", "evidence", ["account", "phone_hash"], unique=False)
    op.create_table(
        "evidence_head",
        sa.Column("chain", sa.String(length=120), nullable=False),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.Column(
            "published", sa.Integer(), nullable=False, comment="the number that was last published"
        ),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_evidence_head")),
    )
    op.create_index(op.f("ix_evidence_head_account"), "evidence_head", ["account"], unique=False)
    op.create_table(
        "opt_out_review",
        sa.Column("id", _id(), nullable=False),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "decision",
            sa.String(length=20),
            nullable=True,
            comment="null: waits for a reader, and its address is held",
        ),
        sa.Column("decided_by", sa.String(length=100), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opt_out_review")),
    )
    op.create_index(
        "ix_opt_out_review_waiting",
        "opt_out_review",
        ["account", "address"],
        unique=False,
        postgresql_where=sa.text("decision IS NULL"),
        sqlite_where=sa.text("decision IS NULL"),
    )
    op.create_table(
        "override",
        sa.Column("id", _id(), nullable=False),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column("campaign_id", _id(), nullable=False),
        sa.Column("rule", sa.String(length=30), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_override")),
    )
    op.create_index(op.f("ix_override_campaign_id"), "override", ["campaign_id"], unique=False)
    op.create_table(
        "permission_import",
        sa.Column("id", _id(), nullable=False),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False, comment="numbers or consents"),
        sa.Column(
            "name",
            sa.String(length=200),
            nullable=False,
            comment="of the suppression list, or of the file",
        ),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.String(length=20),
            nullable=False,
            comment="waiting, importing, done or failed",
        ),
        sa.Column(
            "to_read",
            sa.BigInteger(),
            nullable=False,
            comment="bytes, each as often as it is read",
        ),
        sa.Column("read_bytes", sa.BigInteger(), nullable=False),
        sa.Column(
            "problem",
            sa.Text(),
            nullable=True,
            comment="why it failed, in one line without values of the file",
        ),
        sa.Column(
            "report",
            sa.Text(),
            nullable=False,
            comment="counts, and the first rows that are bad",
        ),
        sa.Column("started_by", sa.String(length=100), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permission_import")),
        comment="Files of numbers and of consents that pages took in",
    )
    op.create_index(
        op.f("ix_permission_import_account"), "permission_import", ["account"], unique=False
    )
    op.create_table(
        "rulebook",
        sa.Column("version", sa.String(length=200), nullable=False),
        sa.Column("content", sa.Text(), nullable=False, comment="the rules' data, JSON"),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_rulebook")),
        comment="Every rulebook that ever decided, so that a decision can be made again",
    )
    op.create_table(
        "suppressed_area",
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column("area", sa.String(length=20), nullable=False, comment="+1305, US-FL or FR"),
        sa.Column(
            "scope",
            sa.String(length=100),
            nullable=False,
            comment="'account', or one campaign's id",
        ),
        sa.Column("basis", sa.String(length=100), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "area", "scope", name=op.f("pk_suppressed_area")),
    )
    op.create_table(
        "suppression_list",
        sa.Column("id", _id(), nullable=False),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "kind", sa.String(length=20), nullable=False, comment="internal, national or litigator"
        ),
        sa.Column(
            "jurisdiction",
            sa.String(length=25),
            nullable=True,
            comment="of a registry: the code of its rules",
        ),
        sa.Column(
            "scope",
            sa.String(length=100),
            nullable=False,
            comment="'account', or one campaign's id",
        ),
        sa.Column(
            "as_of", sa.String(length=10), nullable=False, comment="date of the copy, ISO 8601"
        ),
        sa.Column("numbers", sa.Integer(), nullable=False),
        sa.Column(
            "sha256", sa.String(length=64), nullable=False, comment="of the file that it came from"
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "content", sa.LargeBinary(), nullable=False, comment="the numbers, a roaring bitmap"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression_list")),
        sa.UniqueConstraint("account", "name", name=op.f("uq_suppression_list_account_name")),
    )
    op.add_column(
        "attempt",
        sa.Column(
            "refused",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="the person refused in the conversation, as the agent says",
        ),
    )
    op.add_column(
        "dial_queue",
        sa.Column(
            "deferred",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="screening said to wait; else a retry or a first try",
        ),
    )
    op.add_column(
        "web_user",
        sa.Column("role", sa.String(length=30), server_default="administrator", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("web_user", "role")
    op.drop_column("dial_queue", "deferred")
    op.drop_column("attempt", "refused")
    op.drop_table("suppression_list")
    op.drop_table("suppressed_area")
    op.drop_table("rulebook")
    op.drop_table("permission_import")
    op.drop_table("override")
    op.drop_table("opt_out_review")
    op.drop_table("evidence_head")
    op.drop_table("evidence")
    op.drop_table("dry_run")
    op.drop_table("consent_record")
