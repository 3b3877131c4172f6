"""Evidence: what was decided and why, in chains that no one can change unseen (invariants S8, S9).

Each chain is numbered 1, 2, 3...; each entry's seal is a keyed hash (HMAC-SHA-256, RFC 2104) of the
entry and of the seal before it. An edit, an insertion, a removal or another order breaks the seals;
a tail that was cut off is missed by the chain's head, and by the seals that were published.

An entry names a number by its keyed hash alone, so that erasing a person leaves the chain whole.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

FIRST_SEAL = "0" * 64
"""What stands before the first entry of every chain."""


class EvidenceKind(StrEnum):
    """What an entry tells of."""

    DECISION = "decision"
    """One screening of one contact: the case, the decision, the versions."""
    OUTCOME = "outcome"
    """How a call ended: its instants, agent and disposition."""
    AUDIT = "audit"
    """What a person changed: a suppression, a consent, a list, an override."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """An entry that has no place in its chain yet.

    Attributes:
        chain: `campaign/<id>` or `account/<account>`.
        account: Whose it is.
        at: The instant that it tells of.
        kind: What it tells of.
        body: The facts, as JSON.
        campaign_id: The campaign that it is about, if any.
        contact_id: The contact that it is about, if any.
        attempt_id: The attempt that it is about, if any.
        phone_hash: The keyed hash of the number that it is about, if any.
    """

    chain: str
    account: str
    at: datetime
    kind: EvidenceKind
    body: str
    campaign_id: str | None = None
    contact_id: str | None = None
    attempt_id: str | None = None
    phone_hash: str | None = None


@dataclass(frozen=True, slots=True)
class SealedEvidence:
    """An entry in its place: its number in the chain, and its seal."""

    evidence: Evidence
    number: int
    seal: str


@dataclass(frozen=True, slots=True)
class ChainHead:
    """How long a chain is, and its last seal."""

    chain: str
    account: str
    number: int
    seal: str


@dataclass(frozen=True, slots=True)
class Flaw:
    """Where a chain is not as it was written."""

    chain: str
    number: int
    problem: str


def campaign_chain(campaign_id: str) -> str:
    """The chain of a campaign's decisions and outcomes."""
    return f"campaign/{campaign_id}"


def account_chain(account: str) -> str:
    """The chain of what people changed in an account."""
    return f"account/{account}"


def body_text(facts: Mapping[str, object]) -> str:
    """Facts as an entry keeps them: the same facts are always the same text."""
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def seal(evidence: Evidence, number: int, before: str, key: bytes) -> str:
    """The seal of an entry at its place, after the seal before it."""
    text = "\n".join(
        (
            before,
            str(number),
            evidence.chain,
            evidence.account,
            _milliseconds(evidence.at),
            evidence.kind,
            evidence.campaign_id or "",
            evidence.contact_id or "",
            evidence.attempt_id or "",
            evidence.phone_hash or "",
            evidence.body,
        )
    )
    return hmac.digest(key, text.encode(), hashlib.sha256).hex()


def _milliseconds(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def sealed(entries: Iterable[Evidence], head: ChainHead, key: bytes) -> Iterator[SealedEvidence]:
    """Entries of one chain in their places after its head."""
    number, last = head.number, head.seal
    for evidence in entries:
        number += 1
        last = seal(evidence, number, last, key)
        yield SealedEvidence(evidence, number, last)


def empty_chain(chain: str, account: str) -> ChainHead:
    """The head of a chain that has no entry yet."""
    return ChainHead(chain, account, 0, FIRST_SEAL)


def head_after(head: ChainHead, entry: SealedEvidence) -> ChainHead:
    """The head once the entry is the last."""
    return replace(head, number=entry.number, seal=entry.seal)


def flaws(entries: Iterable[SealedEvidence], heads: Iterable[ChainHead], key: bytes) -> list[Flaw]:
    """Where one chain, read from its first entry on, is not as it was written.

    `heads` are all that are known of it: the one that is kept beside it, and those that were
    published. A head whose entry is missing tells of a tail that was cut off.
    """
    known = sorted(heads, key=lambda head: head.number)
    wanted = {head.number: head for head in known}
    found: list[Flaw] = []
    number, last = 0, FIRST_SEAL
    for entry in entries:
        chain = entry.evidence.chain
        number += 1
        if entry.number != number:
            found.append(Flaw(chain, number, f"entry {number} is not there"))
            number = entry.number
        elif not hmac.compare_digest(entry.seal, seal(entry.evidence, number, last, key)):
            found.append(Flaw(chain, number, "the entry or one before it was changed"))
        head = wanted.get(number)
        if head is not None and head.seal != entry.seal:
            found.append(Flaw(chain, number, "the seal is not the one that was kept or published"))
        last = entry.seal
    return found + [
        Flaw(head.chain, head.number, f"the chain ends at {number}: its tail was cut off")
        for head in known
        if head.number > number
    ]
