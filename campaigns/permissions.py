"""Who must not be reached, and who agreed to be: the use cases of suppressions and consents.

Each is one unit of work. It takes the lock that reserving takes too, so that once it is kept no
attempt that it forbids is requested (D6); it asks for the end of the calls that it forbids (D7);
and it keeps one fact for each thing that changed (E1) and one entry of evidence (S8). Lists and
areas, which hold for many numbers, have campaigns/restrictions.py; messages campaigns/messages.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from campaigns.audit import Change, audit_entry, text_hash
from campaigns.events import (
    ConsentRecorded,
    ConsentRevoked,
    ContactSuppressed,
    Fact,
    SuppressionRemoved,
    instant_text,
)
from campaigns.identity import derive_id
from campaigns.importing import phone_hash
from campaigns.ports import UnitOfWork
from compliance.case import ConsentKind
from compliance.consent_records import EVERYWHERE, ConsentAction, ConsentRecord
from compliance.evidence import Evidence
from compliance.ports import Suppression


class PermissionRefusedError(Exception):
    """A record cannot be kept as it is; the message says why and what to do."""


class NoReasonError(PermissionRefusedError):
    """What protects a person is taken away for a reason only."""

    def __init__(self) -> None:
        super().__init__("give a reason: it is published and kept with what is taken away")


class FutureInstantError(PermissionRefusedError):
    """Something is said to have happened that lies ahead."""

    def __init__(self, at: datetime) -> None:
        super().__init__(f"{instant_text(at)} is still to come; give the instant when it was said")


def contact_key(phone_key: bytes, account: str, address: str) -> str:
    """What the events of one number's permissions are counted along: it may be on no list."""
    return contact_key_of(account, phone_hash(phone_key, address))


def contact_key_of(account: str, hashed: str) -> str:
    """The same, from the number's keyed hash: the number may be known no more."""
    return derive_id("suppression", account, hashed)


def check_scope(uow: UnitOfWork, account: str, scope: str) -> None:
    """Of the whole account, or of a campaign that there is: NotFoundError otherwise."""
    if scope != EVERYWHERE:
        uow.campaigns.get(account, scope)


def check_reason(change: Change) -> None:
    """A reason in words: NoReasonError otherwise."""
    if not change.reason.strip():
        raise NoReasonError


def lock(uow: UnitOfWork, account: str, addresses: Sequence[str]) -> None:
    """Hold the numbers among the addresses against whoever reserves (D6)."""
    uow.suppressions.lock_numbers(account, [each for each in addresses if each.startswith("+")])


def end_calls(uow: UnitOfWork, account: str, address: str, scope: str, at: datetime) -> None:
    """Ask for the end of calls in flight on which no agent is yet (D7)."""
    campaign_id = None if scope == EVERYWHERE else scope
    uow.attempts.ask_hang_up(account, address, at, campaign_id)


def tell(uow: UnitOfWork, account: str, fact: Fact, entry: Evidence) -> None:
    """Keep the one fact and the one entry of evidence of a change."""
    uow.outbox.append(account, fact)
    uow.evidence.add([entry])


# ---------------------------------------------------------------------------------- suppressions
def suppress(uow: UnitOfWork, suppression: Suppression, phone_key: bytes) -> bool:
    """Stop every attempt on a number from now on; False if it was suppressed already."""
    account, address, scope = suppression.account, suppression.address, suppression.scope
    check_scope(uow, account, scope)
    lock(uow, account, [address])
    if not uow.suppressions.add(suppression):
        return False
    end_calls(uow, account, address, scope, suppression.recorded_at)
    hashed = phone_hash(phone_key, address)
    fact = ContactSuppressed(
        occurred_at=suppression.recorded_at,
        contact_id=contact_key(phone_key, account, address),
        phone_hash=hashed,
        scope=scope,
        basis=suppression.basis,
        source=suppression.source,
    )
    entry = audit_entry(
        account,
        "number suppressed",
        suppression.recorded_by,
        suppression.recorded_at,
        scope,
        {
            "source": suppression.source.value,
            "basis": suppression.basis,
        },
        hashed,
    )
    tell(uow, account, fact, entry)
    return True


def remove_suppression(
    uow: UnitOfWork, suppression: Suppression, change: Change, phone_key: bytes
) -> bool:
    """Take away an entry that was wrong; False if there is none.

    It is found by its account, address, scope and source. Contacts that were finished because of it
    stay finished.

    Raises:
        NoReasonError: `change` gives no reason.
    """
    check_reason(change)
    account, address, scope = suppression.account, suppression.address, suppression.scope
    lock(uow, account, [address])
    if not uow.suppressions.remove(account, address, scope, suppression.source):
        return False
    hashed = phone_hash(phone_key, address)
    fact = SuppressionRemoved(
        occurred_at=change.at,
        contact_id=contact_key(phone_key, account, address),
        phone_hash=hashed,
        scope=scope,
        source=suppression.source,
        reason=change.reason,
    )
    entry = audit_entry(
        account,
        "suppression removed",
        change.by,
        change.at,
        scope,
        {
            "source": suppression.source.value,
            "reasonSha256": text_hash(change.reason),
        },
        hashed,
    )
    tell(uow, account, fact, entry)
    return True


# -------------------------------------------------------------------------------------- consents
def identified(record: ConsentRecord, phone_key: bytes) -> ConsentRecord:
    """The record under the id of what it is about, so that it is kept once however often it comes.

    A revocation is for every channel, and ends consent of every kind.
    """
    if record.action is ConsentAction.REVOKED:
        record = replace(record, kind=ConsentKind.EXPRESS_WRITTEN, channel=None)
    about = derive_id(
        "consent",
        record.account,
        # The number's own digits would be found again by trying them all.
        phone_hash(phone_key, record.address),
        record.action,
        record.kind,
        record.channel or "",
        record.scope,
        instant_text(record.at),
        record.source,
    )
    return replace(record, id=about)


def record_consent(uow: UnitOfWork, record: ConsentRecord, phone_key: bytes) -> bool:
    """Keep that a person agreed, as `record_consents` does; False if it was kept already."""
    return record_consents(uow, [record], phone_key) == 1


def revoke_consent(uow: UnitOfWork, record: ConsentRecord, phone_key: bytes) -> bool:
    """Keep that a person took consent back, whatever the record's action says."""
    return record_consent(uow, replace(record, action=ConsentAction.REVOKED), phone_key)


def record_consents(uow: UnitOfWork, records: Sequence[ConsentRecord], phone_key: bytes) -> int:
    """Keep what people of one account agreed to or took back; how much of it is new.

    Raises:
        FutureInstantError: something is dated later than it was recorded.
        NotFoundError: there is no such campaign as a scope names.
    """
    if not records:
        return 0
    account = records[0].account
    for record in records:
        if record.at > record.recorded_at:
            raise FutureInstantError(record.at)
    for scope in sorted({record.scope for record in records}):
        check_scope(uow, account, scope)
    lock(uow, account, [record.address for record in records])
    known = {record.id: record for record in (identified(each, phone_key) for each in records)}
    fresh = uow.consents.add(list(known.values()))
    kept = [record for key, record in known.items() if key in fresh]
    for record in kept:
        if record.action is ConsentAction.REVOKED:
            end_calls(uow, account, record.address, record.scope, record.recorded_at)
        tell(uow, account, _consent_fact(record, phone_key), _consent_entry(record, phone_key))
    return len(kept)


def _consent_fact(record: ConsentRecord, phone_key: bytes) -> ConsentRecorded | ConsentRevoked:
    kind = ConsentRevoked if record.action is ConsentAction.REVOKED else ConsentRecorded
    return kind(
        occurred_at=record.recorded_at,
        contact_id=contact_key(phone_key, record.account, record.address),
        phone_hash=phone_hash(phone_key, record.address),
        scope=record.scope,
        basis=record.kind,
        source=record.source,
    )


def _consent_entry(record: ConsentRecord, phone_key: bytes) -> Evidence:
    return audit_entry(
        record.account,
        f"consent {record.action}",
        record.recorded_by,
        record.recorded_at,
        record.scope,
        {
            "consentId": record.id,
            "kind": record.kind.value,
            "channel": None if record.channel is None else record.channel.value,
            "source": record.source.value,
            "saidAt": instant_text(record.at),
            "basisSha256": text_hash(record.basis),
            "evidenceSha256": text_hash(record.evidence),
        },
        phone_hash(phone_key, record.address),
    )
