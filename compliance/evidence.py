"""Evidence: what was decided and why, in chains that no one can change unseen (invariants S8, S9).

Each chain is numbered 1, 2, 3...; each entry's seal is a keyed hash (HMAC-SHA-256, RFC 2104) of the
entry and of the seal before it. An edit, an insertion, a removal or another order breaks the seals;
a tail that was cut off is missed by the chain's head, and by the heads that were published: they
stand outside the database, so that whoever cuts the tail cannot put them right as well.

An entry names a number by its keyed hash alone, so that erasing a person leaves the chain whole.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    """Where a chain is not as it was written: from entry `first` to entry `last`, both included."""

    chain: str
    first: int
    last: int
    problem: str

    def __str__(self) -> str:
        """One line for a person."""
        many = self.last > self.first
        where = f"entries {self.first} to {self.last}" if many else f"entry {self.first}"
        return f"{self.chain}: {where}: {self.problem}"


_OF_CAMPAIGN = "campaign/"


def campaign_chain(campaign_id: str) -> str:
    """The chain of a campaign's decisions and outcomes."""
    return f"{_OF_CAMPAIGN}{campaign_id}"


def campaign_of(chain: str) -> str | None:
    """The campaign whose chain it is; None: an account's."""
    return chain.removeprefix(_OF_CAMPAIGN) if chain.startswith(_OF_CAMPAIGN) else None


def account_chain(account: str) -> str:
    """The chain of what people changed in an account."""
    return f"account/{account}"


_TO_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def body_text(facts: Mapping[str, object]) -> str:
    """Facts as an entry keeps them, on one line: the same facts are always the same text."""
    return _TO_JSON(facts)


def seal(evidence: Evidence, number: int, before: str, key: bytes) -> str:
    """The seal of an entry at its place, after the seal before it.

    What is sealed is one field a line, in this order; no field has a line break of its own, so that
    no other entry makes the same text.
    """
    text = "\n".join(
        (
            before,
            str(number),
            evidence.chain,
            evidence.account,
            _milliseconds(evidence.at),
            evidence.kind,
            _given(evidence.campaign_id),
            _given(evidence.contact_id),
            _given(evidence.attempt_id),
            _given(evidence.phone_hash),
            evidence.body,
        )
    )
    return hmac.digest(key, text.encode(), hashlib.sha256).hex()


def _given(value: str | None) -> str:
    """An empty text is something else than nothing."""
    return "-" if value is None else f"={value}"


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


NOT_THERE = "not there: removed, or never written"
CHANGED = "not as it was sealed: changed, put in, or moved here"
OUT_OF_PLACE = "stands twice, or out of its order"
FOREIGN = "belongs to another chain"
CUT_OFF = "not there: the chain's tail was cut off"
NO_HEAD = "the chain's head was removed"
PAST_HEAD = "stands past the chain's head: the head was set back"
OTHER_HEAD = "its seal is not the one that the chain's head keeps"
OTHER_PUBLISHED = "its seal is not the one that was published"


def flaws(
    chain: str,
    entries: Iterable[SealedEvidence],
    head: ChainHead | None,
    published: Iterable[ChainHead],
    key: bytes,
) -> list[Flaw]:
    """Where a chain, read from its first entry on, is not as it was written.

    `head` is the one that is kept beside the chain, None if there is none; `published` are heads
    that were told to others. A head whose entry is missing tells of a tail that was cut off.
    """
    walk = _Walk(chain, key, [each for each in published if each.chain == chain])
    for entry in entries:
        walk.take(entry)
    walk.end(head)
    return walk.flaws


class _Walk:
    """One way along a chain, and the flaws on it; neighbours with the same problem are one."""

    def __init__(self, chain: str, key: bytes, published: Sequence[ChainHead]) -> None:
        self.flaws: list[Flaw] = []
        self._chain = chain
        self._key = key
        self._published: dict[int, set[str]] = defaultdict(set)
        for each in published:
            self._published[each.number].add(each.seal)
        self._number, self._seal = 0, FIRST_SEAL

    def take(self, entry: SealedEvidence) -> None:
        """Look at the next entry."""
        if entry.evidence.chain != self._chain:
            self._add(entry.number, FOREIGN)
        elif entry.number <= self._number:
            self._add(entry.number, OUT_OF_PLACE)
        else:
            self._step(entry)

    def _step(self, entry: SealedEvidence) -> None:
        number = self._number + 1
        if entry.number > number:
            # What it was sealed after is not there, so that nothing can be said of its own seal.
            self._add(number, NOT_THERE, entry.number - 1)
        elif entry.seal != seal(entry.evidence, number, self._seal, self._key):
            self._add(number, CHANGED)
        self._number, self._seal = entry.number, entry.seal
        if self._published.get(entry.number, {entry.seal}) != {entry.seal}:
            self._add(entry.number, OTHER_PUBLISHED)

    def end(self, head: ChainHead | None) -> None:
        """Compare the chain's end with its head and with what was published."""
        if head is None and self._number:
            self._add(self._number, NO_HEAD)
        elif head is not None and head.number < self._number:
            self._add(head.number + 1, PAST_HEAD, self._number)
        elif head is not None and head.number == self._number and head.seal != self._seal:
            self._add(self._number, OTHER_HEAD)
        longest = max([*self._published, 0 if head is None else head.number])
        if longest > self._number:
            self._add(self._number + 1, CUT_OFF, longest)

    def _add(self, first: int, problem: str, last: int | None = None) -> None:
        last = first if last is None else last
        before = self.flaws[-1] if self.flaws else None
        if before is not None and (before.problem, before.last + 1) == (problem, first):
            self.flaws[-1] = replace(before, last=last)
        else:
            self.flaws.append(Flaw(self._chain, first, last, problem))
