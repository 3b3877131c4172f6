"""What people write to us: a word that ends consent at once, or a message that somebody must read.

Until somebody has read it, its sender is not reached on any channel (regulation.md, section 5).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from campaigns.audit import Change, audit_entry, text_hash
from campaigns.events import OptOutReviewDecided, OptOutReviewOpened, instant_text
from campaigns.identity import derive_id
from campaigns.importing import phone_hash
from campaigns.permissions import (
    PermissionRefusedError,
    contact_key,
    end_calls,
    lock,
    revoke_consent,
    tell,
)
from campaigns.ports import NotFoundError, UnitOfWork
from compliance.case import Channel, ConsentKind
from compliance.consent_records import EVERYWHERE, ConsentAction, ConsentRecord, ConsentSource
from compliance.opt_out import Asks, OptOutReview, ReviewDecision, asks_for

SOURCES = {
    Channel.VOICE: ConsentSource.CALL,
    Channel.SMS: ConsentSource.SMS,
    Channel.EMAIL: ConsentSource.EMAIL,
}
"""By which way what was said on a channel reached us."""

_STOP_WORD = "a word that ends consent by itself"
_READ = "a message that a person read"


class ReviewDecidedError(PermissionRefusedError):
    """Somebody has read the message already."""

    def __init__(self, review: OptOutReview) -> None:
        super().__init__(
            f"the message was decided on already: {review.decision}; "
            "record or revoke a consent instead"
        )


@dataclass(frozen=True, slots=True)
class Message:
    """What a person wrote or said to us.

    `address` is the E.164 number or lower-case e-mail address that it came from; `by` and `now` are
    who or what took it in, and when. A gateway's clock may be ahead: then `now` counts.
    """

    account: str
    address: str
    channel: Channel
    text: str
    at: datetime
    by: str
    now: datetime


def take_in_message(uow: UnitOfWork, message: Message, phone_key: bytes) -> Asks:
    """Revoke at once where a stop word says so; hold the address where somebody must read first.

    A plea for help changes nothing, and neither does a message that was taken in already.
    """
    message = replace(message, at=min(message.at, message.now))
    asks = asks_for(message.text)
    if asks is Asks.TO_STOP:
        evidence = message.text.strip()
        said = _said(message, message.at, _STOP_WORD, evidence, message.by, message.now)
        revoke_consent(uow, said, phone_key)
    elif asks is Asks.A_READER:
        _hold(uow, message, phone_key)
    return asks


def _hold(uow: UnitOfWork, message: Message, phone_key: bytes) -> None:
    account, address = message.account, message.address
    hashed = phone_hash(phone_key, address)
    said_at, digest = instant_text(message.at), text_hash(message.text)
    review = OptOutReview(
        id=derive_id("message", account, hashed, message.channel, said_at, digest),
        account=account,
        address=address,
        channel=message.channel,
        text=message.text,
        received_at=message.at,
    )
    lock(uow, account, [address])
    if not uow.consents.hold(review):
        return
    end_calls(uow, account, address, EVERYWHERE, message.now)
    fact = OptOutReviewOpened(
        occurred_at=message.now,
        contact_id=contact_key(phone_key, account, address),
        phone_hash=hashed,
        channel=message.channel,
    )
    entry = audit_entry(
        account,
        "message held for a reader",
        message.by,
        message.now,
        EVERYWHERE,
        {
            "review": review.id,
            "channel": message.channel.value,
            "saidAt": said_at,
            "textSha256": digest,
        },
        hashed,
    )
    tell(uow, account, fact, entry)


def decide_review(
    uow: UnitOfWork,
    account: str,
    review_id: str,
    decision: ReviewDecision,
    change: Change,
    phone_key: bytes,
) -> OptOutReview:
    """Say what a message means: a revocation from its own instant on, or none; its hold ends.

    Raises:
        NotFoundError: the account has no such message.
        ReviewDecidedError: somebody has decided on it already.
    """
    review = uow.consents.lock_review(account, review_id)
    if review is None:
        raise NotFoundError("message", review_id)
    if review.decision is not None:
        raise ReviewDecidedError(review)
    decided = replace(review, decision=decision, decided_by=change.by, decided_at=change.at)
    uow.consents.save_review(decided)
    hashed = phone_hash(phone_key, review.address)
    fact = OptOutReviewDecided(
        occurred_at=change.at,
        contact_id=contact_key(phone_key, account, review.address),
        phone_hash=hashed,
        channel=review.channel,
        decision=decision,
    )
    entry = audit_entry(
        account,
        "message decided on",
        change.by,
        change.at,
        EVERYWHERE,
        {
            "review": review.id,
            "decision": decision.value,
        },
        hashed,
    )
    tell(uow, account, fact, entry)
    if decision is ReviewDecision.REVOKES:
        evidence = f"message {review.id}"
        said = _said(review, review.received_at, _READ, evidence, change.by, change.at)
        revoke_consent(uow, said, phone_key)
    return decided


def _said(
    heard: Message | OptOutReview, at: datetime, basis: str, evidence: str, by: str, now: datetime
) -> ConsentRecord:
    """That the sender of a message took all consent back."""
    return ConsentRecord(
        account=heard.account,
        address=heard.address,
        action=ConsentAction.REVOKED,
        kind=ConsentKind.EXPRESS_WRITTEN,
        channel=None,
        scope=EVERYWHERE,
        at=at,
        source=SOURCES[heard.channel],
        basis=basis,
        evidence=evidence,
        recorded_by=by,
        recorded_at=now,
    )
