"""first tables

Revision ID: 0001
Revises:
Create Date: 2026-11-23

Deploy rule: old and new programs run side by side while this is applied. Only add here what the
old program can live with; drop what nobody reads any more in a later release.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact_list",
        sa.Column(
            "id",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=False,
        ),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "state", sa.String(length=20), nullable=False, comment="importing, ready or failed"
        ),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("duplicate", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_list")),
    )
    op.create_index(op.f("ix_contact_list_account"), "contact_list", ["account"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column("publisher", sa.String(length=100), nullable=False),
        sa.Column(
            "event_id",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "subject",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=False,
        ),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "dead_reason",
            sa.Text(),
            nullable=True,
            comment="set: in the dead-letter queue, and why",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        comment="An event that a publisher has not taken yet; gone once it has",
    )
    op.create_index(
        "ix_delivery_due", "delivery", ["account", "publisher", "dead_reason", "id"], unique=False
    )
    op.create_index(
        "ix_delivery_subject", "delivery", ["account", "publisher", "subject", "id"], unique=False
    )
    op.create_table(
        "event_sequence",
        sa.Column(
            "subject",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=False,
            comment="the contact, agent, campaign or list",
        ),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_event_sequence")),
    )
    op.create_table(
        "instance",
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_instance")),
        comment="Secrets and facts of this installation, such as the key of phone hashes",
    )
    op.create_table(
        "job_run",
        sa.Column("job", sa.String(length=100), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("taken_by", sa.String(length=200), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("job", "due_at", name=op.f("pk_job_run")),
        comment="Whoever inserts the row runs the job",
    )
    op.create_table(
        "list_import",
        sa.Column(
            "list_id",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=False,
            comment="no foreign key: it outlives a failed list",
        ),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column("list_name", sa.String(length=200), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.String(length=20),
            nullable=False,
            comment="waiting, importing, done or failed",
        ),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("read_bytes", sa.BigInteger(), nullable=False),
        sa.Column("read_rows", sa.Integer(), nullable=False),
        sa.Column(
            "problem",
            sa.Text(),
            nullable=True,
            comment="why it failed, in one line without values of the file",
        ),
        sa.Column(
            "reasons", sa.Text(), nullable=False, comment="rejected rows by reason, all of them"
        ),
        sa.Column("started_by", sa.String(length=100), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("list_id", name=op.f("pk_list_import")),
    )
    op.create_index(op.f("ix_list_import_account"), "list_import", ["account"], unique=False)
    op.create_table(
        "number_lock",
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("account", "phone", name=op.f("pk_number_lock")),
        comment="Locked by whoever suppresses a number or reserves an attempt on it (invariant D6)",
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "event_id",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=False,
        ),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column(
            "campaign_id",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=True,
        ),
        sa.Column("detail_type", sa.String(length=100), nullable=False),
        sa.Column(
            "subject",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=False,
        ),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "body", sa.Text(), nullable=False, comment="the envelope, byte for byte as published"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("event_id", name=op.f("uq_outbox_event_id")),
        sa.UniqueConstraint("subject", "sequence", name=op.f("uq_outbox_subject_sequence")),
    )
    op.create_index("ix_outbox_campaign", "outbox", ["campaign_id", "id"], unique=False)
    op.create_table(
        "publisher",
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("account", "name", name=op.f("pk_publisher")),
        comment="Who gets an account's events: a row here makes a delivery of each later event",
    )
    op.create_table(
        "sign_in_try",
        sa.Column(
            "key_hash",
            sa.String(length=64),
            nullable=False,
            comment="keyed: the name and the address",
        ),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_sign_in_try")),
        comment="Sign-ins that have not succeeded",
    )
    op.create_table(
        "suppression",
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column(
            "address",
            sa.String(length=320),
            nullable=False,
            comment="E.164 number or lower-case e-mail",
        ),
        sa.Column(
            "scope",
            sa.String(length=100),
            nullable=False,
            comment="'account', or one campaign's id",
        ),
        sa.Column("source", sa.String(length=20), nullable=False, comment="internal or national"),
        sa.Column("basis", sa.String(length=100), nullable=False, comment="why, in a word or two"),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account", "address", "scope", "source", name=op.f("pk_suppression")
        ),
    )
    op.create_index("ix_suppression_lookup", "suppression", ["account", "address"], unique=False)
    op.create_table(
        "web_user",
        sa.Column(
            "id",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=False,
        ),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column(
            "password_hash",
            sa.Text(),
            nullable=True,
            comment="argon2id; null until the user has set one",
        ),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_user")),
        sa.UniqueConstraint("name", name=op.f("uq_web_user_name")),
    )
    op.create_table(
        "campaign",
        sa.Column(
            "id",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=False,
        ),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column(
            "contact_list_id",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("start_at", sa.BigInteger(), nullable=False),
        sa.Column("end_at", sa.BigInteger(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column(
            "enrolled_at",
            sa.BigInteger(),
            nullable=True,
            comment="when the list was last read into the dial queue",
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_list_id"], ["contact_list.id"], name=op.f("fk_campaign_contact_list_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    op.create_index(op.f("ix_campaign_account"), "campaign", ["account"], unique=False)
    op.create_index(op.f("ix_campaign_state"), "campaign", ["state"], unique=False)
    op.create_table(
        "contact",
        sa.Column(
            "id",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "contact_list_id",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=False,
        ),
        sa.Column("row", sa.Integer(), nullable=False, comment="first row after the header = 1"),
        sa.Column("phone", sa.String(length=20), nullable=False, comment="E.164"),
        sa.Column("other_phones", sa.Text(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("postal_code", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_list_id"],
            ["contact_list.id"],
            name=op.f("fk_contact_contact_list_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    op.create_index("ix_contact_list_row", "contact", ["contact_list_id", "row"], unique=False)
    op.create_table(
        "import_line",
        sa.Column(
            "list_id",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=False,
        ),
        sa.Column("line", sa.Integer(), nullable=False, comment="in the file; the header is 1"),
        sa.Column("status", sa.String(length=20), nullable=False, comment="rejected or duplicate"),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("column_name", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["contact_list.id"],
            name=op.f("fk_import_line_list_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("list_id", "line", name=op.f("pk_import_line")),
        comment="The first rows of a list that became no contact; none of their values",
    )
    op.create_table(
        "sign_in_link",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "user_id",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["web_user.id"], name=op.f("fk_sign_in_link_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_link")),
        comment="One-time sign-ins that are still open; used up ones are gone",
    )
    op.create_table(
        "web_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "user_id",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=False,
        ),
        sa.Column("by_link", sa.Boolean(), nullable=False, comment="begun by a one-time link"),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["web_user.id"], name=op.f("fk_web_session_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_web_session")),
        comment="A row for each signed-in browser; deleting it signs out",
    )
    op.create_table(
        "agent",
        sa.Column(
            "id",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=False,
        ),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "campaign_id",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=True,
            comment="the campaign that they work on",
        ),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("state_since", sa.BigInteger(), nullable=False),
        sa.Column(
            "attempt_id",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=True,
            comment="the call or reservation that they have",
        ),
        sa.Column(
            "leaving",
            sa.String(length=20),
            nullable=True,
            comment="the state they asked for, once they are free",
        ),
        sa.Column("leaving_since", sa.BigInteger(), nullable=True),
        sa.Column("seen_at", sa.BigInteger(), nullable=False, comment="the last sign of life"),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_agent_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent")),
    )
    op.create_index("ix_agent_account", "agent", ["account"], unique=False)
    op.create_index("ix_agent_campaign", "agent", ["campaign_id"], unique=False)
    op.create_table(
        "attempt",
        sa.Column(
            "id",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=False,
        ),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column(
            "campaign_id",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "contact_id",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "number", sa.Integer(), nullable=False, comment="n-th attempt on the contact, from 1"
        ),
        sa.Column("list_row", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("phone_index", sa.SmallInteger(), nullable=False),
        sa.Column("phone_count", sa.SmallInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("dial_mode", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reserved_at", sa.BigInteger(), nullable=False),
        sa.Column("dial_by", sa.BigInteger(), nullable=False),
        sa.Column(
            "epoch",
            sa.Integer(),
            nullable=False,
            comment="of the lease under which it was reserved",
        ),
        sa.Column("time_zones", sa.Text(), nullable=False),
        sa.Column("rulebook", sa.String(length=200), nullable=False),
        sa.Column("placed_at", sa.BigInteger(), nullable=True),
        sa.Column("dialed_at", sa.BigInteger(), nullable=True),
        sa.Column("rang_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("greeting_start_at", sa.BigInteger(), nullable=True),
        sa.Column("greeting_stop_at", sa.BigInteger(), nullable=True),
        sa.Column("classified_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_by", sa.String(length=20), nullable=True),
        sa.Column("connect_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "agent_id",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=True,
        ),
        sa.Column("assigned_at", sa.BigInteger(), nullable=True),
        sa.Column("connected_at", sa.BigInteger(), nullable=True),
        sa.Column("abandoned_at", sa.BigInteger(), nullable=True),
        sa.Column("hang_up_asked_at", sa.BigInteger(), nullable=True),
        sa.Column("message_played", sa.Boolean(), nullable=False),
        sa.Column("abandoned", sa.Boolean(), nullable=False),
        sa.Column("disconnected_at", sa.BigInteger(), nullable=True),
        sa.Column("disconnected_by", sa.String(length=20), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("disposition", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_attempt_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.UniqueConstraint(
            "campaign_id",
            "contact_id",
            "number",
            name=op.f("uq_attempt_campaign_id_contact_id_number"),
        ),
    )
    op.create_index(
        "ix_attempt_live",
        "attempt",
        ["campaign_id", "answered_at", "abandoned"],
        unique=False,
        postgresql_where=sa.text("answered_by IN ('human', 'unknown')"),
        sqlite_where=sa.text("answered_by IN ('human', 'unknown')"),
    )
    op.create_index(
        "ix_attempt_number", "attempt", ["account", "phone", "reserved_at"], unique=False
    )
    op.create_index(
        "ix_attempt_open",
        "attempt",
        ["campaign_id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "contact_outcome",
        sa.Column(
            "campaign_id",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "contact_id",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_contact_outcome_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("campaign_id", "contact_id", name=op.f("pk_contact_outcome")),
    )
    op.create_table(
        "dial_queue",
        sa.Column(
            "campaign_id",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "contact_id",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "ready",
            sa.Boolean(),
            nullable=False,
            comment="due: may be claimed; else wait for its time",
        ),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column(
            "phone_index",
            sa.SmallInteger(),
            nullable=False,
            comment="which of the contact's numbers",
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_dial_queue_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("campaign_id", "contact_id", name=op.f("pk_dial_queue")),
    )
    op.create_index(
        "ix_dial_queue_claim",
        "dial_queue",
        [
            "campaign_id",
            "ready",
            sa.literal_column("priority DESC"),
            "next_attempt_at",
            "row",
            "contact_id",
        ],
        unique=False,
    )
    op.create_index(
        "ix_dial_queue_due",
        "dial_queue",
        [
            "campaign_id",
            "ready",
            "next_attempt_at",
            sa.literal_column("priority DESC"),
            "row",
            "contact_id",
        ],
        unique=False,
    )
    op.create_table(
        "lease",
        sa.Column(
            "campaign_id",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=False,
        ),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False, comment="rises with each change of owner"),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_lease_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_lease")),
    )
    op.create_table(
        "pacing_decision",
        sa.Column(
            "campaign_id",
            sa.Uuid(as_uuid=False).with_variant(sa.String(length=36), "sqlite"),
            nullable=False,
        ),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("placed", sa.Integer(), nullable=False),
        sa.Column("bound", sa.String(length=40), nullable=False),
        sa.Column("until_at", sa.BigInteger(), nullable=True, comment="nobody callable until then"),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_pacing_decision_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("campaign_id", "decided_at", name=op.f("pk_pacing_decision")),
    )


def downgrade() -> None:
    op.drop_table("pacing_decision")
    op.drop_table("lease")
    op.drop_index("ix_dial_queue_due", table_name="dial_queue")
    op.drop_index("ix_dial_queue_claim", table_name="dial_queue")
    op.drop_table("dial_queue")
    op.drop_table("contact_outcome")
    op.drop_index(
        "ix_attempt_open",
        table_name="attempt",
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index("ix_attempt_number", table_name="attempt")
    op.drop_index(
        "ix_attempt_live",
        table_name="attempt",
        postgresql_where=sa.text("answered_by IN ('human', 'unknown')"),
        sqlite_where=sa.text("answered_by IN ('human', 'unknown')"),
    )
    op.drop_table("attempt")
    op.drop_index("ix_agent_campaign", table_name="agent")
    op.drop_index("ix_agent_account", table_name="agent")
    op.drop_table("agent")
    op.drop_table("web_session")
    op.drop_table("sign_in_link")
    op.drop_table("import_line")
    op.drop_index("ix_contact_list_row", table_name="contact")
    op.drop_table("contact")
    op.drop_index(op.f("ix_campaign_state"), table_name="campaign")
    op.drop_index(op.f("ix_campaign_account"), table_name="campaign")
    op.drop_table("campaign")
    op.drop_table("web_user")
    op.drop_index("ix_suppression_lookup", table_name="suppression")
    op.drop_table("suppression")
    op.drop_table("sign_in_try")
    op.drop_table("publisher")
    op.drop_index("ix_outbox_campaign", table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("number_lock")
    op.drop_index(op.f("ix_list_import_account"), table_name="list_import")
    op.drop_table("list_import")
    op.drop_table("job_run")
    op.drop_table("instance")
    op.drop_table("event_sequence")
    op.drop_index("ix_delivery_subject", table_name="delivery")
    op.drop_index("ix_delivery_due", table_name="delivery")
    op.drop_table("delivery")
    op.drop_index(op.f("ix_contact_list_account"), table_name="contact_list")
    op.drop_table("contact_list")
