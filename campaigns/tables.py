"""Rows of lists, contacts, campaigns, the dial queue, attempts, and the outbox.

A contact of a campaign stands in exactly one place: `dial_queue` (waits to be dialed), an open
`attempt`, or `contact_outcome` (finished). Claiming deletes from the queue, so that the rows of
a call's life change no index (see docs/decisions).
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from compliance.columns import Id, Instant, Json, Serial, metadata

contact_list = Table(
    "contact_list",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account", String(100), nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("state", String(20), nullable=False, comment="importing, ready or failed"),
    Column("read", Integer, nullable=False, default=0),
    Column("accepted", Integer, nullable=False, default=0),
    Column("rejected", Integer, nullable=False, default=0),
    Column("duplicate", Integer, nullable=False, default=0),
    Column("created_at", Instant, nullable=False),
)

contact = Table(
    "contact",
    metadata,
    Column("id", Id, primary_key=True),
    Column(
        "contact_list_id", Id, ForeignKey("contact_list.id", ondelete="CASCADE"), nullable=False
    ),
    Column("row", Integer, nullable=False, comment="first row after the header = 1"),
    Column("phone", String(20), nullable=False, comment="E.164"),
    Column("other_phones", Json, nullable=False),
    Column("first_name", Text, nullable=False),
    Column("last_name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("country", String(2), nullable=False),
    Column("region", String(6), nullable=False),
    Column("postal_code", Text, nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("attributes", Json, nullable=False),
    Index("ix_contact_list_row", "contact_list_id", "row"),
)

campaign = Table(
    "campaign",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account", String(100), nullable=False, index=True),
    Column("contact_list_id", Id, ForeignKey("contact_list.id"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("start_at", Instant, nullable=False),
    Column("end_at", Instant, nullable=False),
    Column("settings", Text, nullable=False),
    Column("enrolled_at", Instant, comment="when the list was last read into the dial queue"),
    Column("created_at", Instant, nullable=False),
)

dial_queue = Table(
    "dial_queue",
    metadata,
    Column("campaign_id", Id, ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False),
    Column("contact_id", Id, nullable=False),
    Column("ready", Boolean, nullable=False, comment="due: may be claimed; else wait for its time"),
    Column("priority", Integer, nullable=False),
    Column("next_attempt_at", Instant, nullable=False),
    Column("row", Integer, nullable=False),
    Column("phone_index", SmallInteger, nullable=False, comment="which of the contact's numbers"),
    Column(
        "deferred",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="screening said to wait; else a retry or a first try",
    ),
    PrimaryKeyConstraint("campaign_id", "contact_id"),
)
Index(
    "ix_dial_queue_claim",
    dial_queue.c.campaign_id,
    dial_queue.c.ready,
    dial_queue.c.priority.desc(),
    dial_queue.c.next_attempt_at,
    dial_queue.c.row,
    dial_queue.c.contact_id,
)
Index(
    "ix_dial_queue_due",
    dial_queue.c.campaign_id,
    dial_queue.c.ready,
    dial_queue.c.next_attempt_at,
    dial_queue.c.priority.desc(),
    dial_queue.c.row,
    dial_queue.c.contact_id,
)

contact_outcome = Table(
    "contact_outcome",
    metadata,
    Column("campaign_id", Id, ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False),
    Column("contact_id", Id, nullable=False),
    Column("reason", String(40), nullable=False),
    Column("finished_at", Instant, nullable=False),
    PrimaryKeyConstraint("campaign_id", "contact_id"),
)

attempt = Table(
    "attempt",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account", String(100), nullable=False),
    Column("campaign_id", Id, ForeignKey("campaign.id"), nullable=False),
    Column("contact_id", Id, nullable=False),
    Column("number", Integer, nullable=False, comment="n-th attempt on the contact, from 1"),
    Column("list_row", Integer, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("phone", String(20), nullable=False),
    Column("phone_index", SmallInteger, nullable=False),
    Column("phone_count", SmallInteger, nullable=False),
    Column("subject", Text),
    Column("dial_mode", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("reserved_at", Instant, nullable=False),
    Column("dial_by", Instant, nullable=False),
    Column("epoch", Integer, nullable=False, comment="of the lease under which it was reserved"),
    Column("time_zones", Json, nullable=False),
    Column("rulebook", String(200), nullable=False),
    Column("placed_at", Instant),
    Column("dialed_at", Instant),
    Column("rang_at", Instant),
    Column("answered_at", Instant),
    Column("greeting_start_at", Instant),
    Column("greeting_stop_at", Instant),
    Column("classified_at", Instant),
    Column("answered_by", String(20)),
    Column("connect_by", Instant),
    Column("agent_id", Id),
    Column("assigned_at", Instant),
    Column("connected_at", Instant),
    Column("abandoned_at", Instant),
    Column("hang_up_asked_at", Instant),
    Column("message_played", Boolean, nullable=False),
    Column("abandoned", Boolean, nullable=False),
    Column("disconnected_at", Instant),
    Column("disconnected_by", String(20)),
    Column("ended_at", Instant),
    Column("disposition", String(20)),
    Column(
        "refused",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="the person refused in the conversation, as the agent says",
    ),
    UniqueConstraint("campaign_id", "contact_id", "number"),
)
_is_open = attempt.c.ended_at.is_(None)
Index(
    "ix_attempt_open",
    attempt.c.campaign_id,
    postgresql_where=_is_open,
    sqlite_where=_is_open,
)
Index("ix_attempt_number", attempt.c.account, attempt.c.phone, attempt.c.reserved_at)
ANSWERED_BY_PERSON = text("answered_by IN ('human', 'unknown')")
"""Spelled the same in the index and in the query, so that the index serves it."""
Index(
    "ix_attempt_live",
    attempt.c.campaign_id,
    attempt.c.answered_at,
    attempt.c.abandoned,
    postgresql_where=ANSWERED_BY_PERSON,
    sqlite_where=ANSWERED_BY_PERSON,
)

event_sequence = Table(
    "event_sequence",
    metadata,
    Column("subject", Id, primary_key=True, comment="the contact, agent, campaign or list"),
    Column("last", Integer, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("event_id", Id, nullable=False, unique=True),
    Column("account", String(100), nullable=False),
    Column("campaign_id", Id),
    Column("detail_type", String(100), nullable=False),
    Column("subject", Id, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("body", Text, nullable=False, comment="the envelope, byte for byte as published"),
    UniqueConstraint("subject", "sequence"),
    Index("ix_outbox_campaign", "campaign_id", "id"),
)

publisher = Table(
    "publisher",
    metadata,
    Column("account", String(100), nullable=False),
    Column("name", String(100), nullable=False),
    Column("failures", Integer, nullable=False, server_default="0", comment="in a row"),
    Column("failing_since", Instant, comment="set: it cannot be reached since then"),
    Column("held_until", Instant, comment="set: nothing is offered to it before"),
    Column("answer", Text, comment="why it could not be reached, the last time"),
    PrimaryKeyConstraint("account", "name"),
    comment="Who gets an account's events: a row here makes a delivery of each later event",
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("account", String(100), nullable=False),
    Column("publisher", String(100), nullable=False),
    Column("event_id", Id, nullable=False),
    Column("subject", Id, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_try_at", Instant, nullable=False),
    Column("dead_reason", Text, comment="set: in the dead-letter queue, and why"),
    Index("ix_delivery_due", "account", "publisher", "dead_reason", "id"),
    Index("ix_delivery_subject", "account", "publisher", "subject", "id"),
    comment="An event that a publisher has not taken yet; moved to `delivered` once it has",
)

delivered = Table(
    "delivered",
    metadata,
    Column("event_id", Id, nullable=False),
    Column("publisher", String(100), nullable=False),
    Column("account", String(100), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("delivered_at", Instant, nullable=False),
    PrimaryKeyConstraint("event_id", "publisher"),
    Index("ix_delivered_time", "account", "delivered_at"),
    comment="What each publisher has got; apart, so that the queue of deliveries stays short",
)

delivery_try = Table(
    "delivery_try",
    metadata,
    Column("event_id", Id, nullable=False),
    Column("publisher", String(100), nullable=False),
    Column("number", Integer, nullable=False, comment="n-th try, from 1"),
    Column("account", String(100), nullable=False),
    Column("tried_at", Instant, nullable=False),
    Column("answer", Text, nullable=False),
    PrimaryKeyConstraint("event_id", "publisher", "number"),
    Index("ix_delivery_try_time", "account", "tried_at"),
    comment="Tries that failed",
)

webhook = Table(
    "webhook",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account", String(100), nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False, comment="shown once, when it is made"),
    Column("created_at", Instant, nullable=False),
    Column("old_secret", Text),
    Column("old_secret_until", Instant),
    Column("disabled_at", Instant),
    Column("disabled_reason", Text),
    comment="Where events are posted; the sink of each is webhook:ID",
)

job_run = Table(
    "job_run",
    metadata,
    Column("job", String(100), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("taken_by", String(200), nullable=False),
    Column("taken_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("error", Text),
    PrimaryKeyConstraint("job", "due_at"),
    comment="Whoever inserts the row runs the job",
)

instance = Table(
    "instance",
    metadata,
    Column("key", String(100), primary_key=True),
    Column("value", Text, nullable=False),
    comment="Secrets and facts of this installation, such as the key of phone hashes",
)
