"""The records of a person as an auditor reads them: attempts, places, lists, events, and gaps.

It only reads, one person's rows at a time by way of their indexes, but for the two questions that
go over a whole account: which heads were published, and which rows have no evidence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    exists,
    or_,
    select,
    type_coerce,
)

from campaigns.attempt import Attempt, AttemptState
from campaigns.attempt_store import ATTEMPT_COLUMNS, attempt_from_row
from campaigns.contact import Contact
from campaigns.events import EvidenceSealed, FinishReason
from campaigns.store import contact_from_row
from campaigns.tables import (
    attempt,
    campaign,
    contact,
    contact_list,
    contact_outcome,
    dial_queue,
    outbox,
)
from compliance.case import DialMode, SuppressionSource
from compliance.evidence import EvidenceKind
from compliance.ports import Suppression
from compliance.tables import evidence, suppression

_A, _E, _O = attempt.c, evidence.c, outbox.c


@dataclass(frozen=True, slots=True)
class Place:
    """Where a contact stands in a campaign: waits until an instant, or is finished since one.

    `reason` None: it waits; `deferred`: because screening said so.
    """

    campaign_id: str
    contact_id: str
    at: datetime
    reason: FinishReason | None = None
    deferred: bool = False


class SqlRecords:
    """Records on a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # ------------------------------------------------------------------------------- one person
    def attempt(self, account: str, attempt_id: str) -> Attempt | None:
        """One attempt of the account."""
        return next(iter(self._attempts(_A.account == account, _A.id == attempt_id)), None)

    def attempts_of(self, account: str, contact_ids: Collection[str]) -> list[Attempt]:
        """Every attempt on these contacts in any campaign of the account, oldest first."""
        return self._attempts(
            _A.campaign_id.in_(_campaigns_of(account)), _A.contact_id.in_(contact_ids)
        )

    def _attempts(self, *conditions: ColumnElement[bool]) -> list[Attempt]:
        rows = self._connection.execute(
            select(*ATTEMPT_COLUMNS).where(*conditions).order_by(_A.reserved_at, _A.id)
        )
        return [attempt_from_row(row) for row in rows]

    def contacts(self, account: str, contact_ids: Collection[str]) -> list[Contact]:
        """Those of these contacts that are on a list of the account."""
        return self._contacts(account, contact.c.id.in_(contact_ids))

    def contacts_with(self, account: str, phone: str) -> list[Contact]:
        """The contacts of the account that have this number, by id; reads the whole lists."""
        among_others = type_coerce(contact.c.other_phones, Text).contains(f'"{phone}"')
        return self._contacts(account, or_(contact.c.phone == phone, among_others))

    def _contacts(self, account: str, condition: ColumnElement[bool]) -> list[Contact]:
        lists = select(contact_list.c.id).where(contact_list.c.account == account)
        rows = self._connection.execute(
            select(contact)
            .where(contact.c.contact_list_id.in_(lists), condition)
            .order_by(contact.c.id)
        )
        return [contact_from_row(row) for row in rows]

    def places(self, account: str, contact_ids: Collection[str]) -> list[Place]:
        """Where these contacts wait or are finished, in every campaign of the account."""
        queue, done = dial_queue.c, contact_outcome.c
        waiting = self._connection.execute(
            select(queue.campaign_id, queue.contact_id, queue.next_attempt_at, queue.deferred)
            .where(queue.campaign_id.in_(_campaigns_of(account)), queue.contact_id.in_(contact_ids))
            .order_by(queue.next_attempt_at, queue.campaign_id)
        )
        finished = self._connection.execute(
            select(done.campaign_id, done.contact_id, done.finished_at, done.reason)
            .where(done.campaign_id.in_(_campaigns_of(account)), done.contact_id.in_(contact_ids))
            .order_by(done.finished_at, done.campaign_id)
        )
        return [
            *(Place(*row[:3], deferred=row.deferred) for row in waiting),
            *(Place(*row[:3], reason=FinishReason(row.reason)) for row in finished),
        ]

    def suppressions(self, account: str, addresses: Collection[str]) -> list[Suppression]:
        """Every entry against these numbers or addresses, of the account or of a campaign."""
        rows = self._connection.execute(
            select(suppression)
            .where(suppression.c.account == account, suppression.c.address.in_(addresses))
            .order_by(suppression.c.recorded_at, suppression.c.scope)
        )
        return [
            Suppression(**{**row._mapping, "source": SuppressionSource(row.source)}) for row in rows
        ]

    def events(self, account: str, subjects: Collection[str]) -> list[str]:
        """The events that are counted along these, as they were published, in their order."""
        rows = self._connection.execute(
            select(_O.body)
            .where(_O.account == account, _O.subject.in_(subjects))
            .order_by(_O.occurred_at, _O.subject, _O.sequence)
        )
        return list(rows.scalars())

    # -------------------------------------------------------------------------- a whole account
    def sealed_events(self, account: str) -> Iterator[str]:
        """The events that published the heads of evidence."""
        rows = self._connection.execute(
            select(_O.body)
            .where(_O.account == account, _O.detail_type == EvidenceSealed.detail_type)
            .order_by(_O.id)
        )
        yield from rows.scalars()

    def accounts(self) -> list[str]:
        """The accounts that have campaigns, sorted."""
        rows = self._connection.execute(select(campaign.c.account).distinct())
        return sorted(rows.scalars())

    def undecided(self, account: str) -> list[str]:
        """The attempts that were reserved without an entry about the decision, by id."""
        return self._ids(_A.account == account, ~_has_entry(EvidenceKind.DECISION))

    def untold(self, account: str) -> list[str]:
        """The attempts that have ended without an entry about how, by id.

        What was cancelled before it was dialed has no end to tell of.
        """
        return self._ids(
            _A.account == account,
            _A.ended_at.is_not(None),
            _A.state != AttemptState.CANCELLED,
            ~_has_entry(EvidenceKind.OUTCOME),
        )

    def missing(self, account: str) -> list[str]:
        """The attempts that an entry tells of and that are not there, by id.

        In preview a contact may be allowed while no agent is free to see it: then nothing was
        reserved.
        """
        rows = self._connection.execute(
            select(_E.attempt_id)
            .where(
                _E.account == account,
                _E.attempt_id.is_not(None),
                ~exists().where(_A.id == _E.attempt_id),
                ~and_(
                    _E.kind == EvidenceKind.DECISION,
                    _E.body.contains(f'"dial_mode":"{DialMode.PREVIEW}"'),
                ),
            )
            .distinct()
            .order_by(_E.attempt_id)
        )
        return list(rows.scalars())

    def _ids(self, *conditions: ColumnElement[bool]) -> list[str]:
        rows = self._connection.execute(select(_A.id).where(*conditions).order_by(_A.id))
        return list(rows.scalars())


def _campaigns_of(account: str) -> Select[tuple[str]]:
    return select(campaign.c.id).where(campaign.c.account == account)


def _has_entry(kind: EvidenceKind) -> ColumnElement[bool]:
    return exists().where(_E.attempt_id == _A.id, _E.kind == kind)
