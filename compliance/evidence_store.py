"""The chains of evidence in the database.

A chain's head is locked while entries are added, so that its numbers have no gaps and its seals one
order, whoever writes them. Heads are locked last in a unit of work, in one order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from compliance.evidence import (
    ChainHead,
    Evidence,
    EvidenceKind,
    SealedEvidence,
    empty_chain,
    head_after,
    sealed,
)
from compliance.tables import evidence, evidence_head

_E, _H = evidence.c, evidence_head.c
_IN_ORDER = (_E.at, _E.chain, _E.number)
_ROWS_AT_ONCE = 1000
_HEAD = (_H.chain, _H.account, _H.number, _H.seal)
_LOCK_HEADS = (
    select(*_HEAD)
    .where(_H.chain.in_(bindparam("chains", expanding=True)))
    .order_by(_H.chain)
    .with_for_update()
)
_MAKE_HEAD = {
    name: dialect.insert(evidence_head).on_conflict_do_nothing()
    for name, dialect in (("postgresql", postgresql), ("sqlite", sqlite))
}
_MOVE_HEAD = (
    update(evidence_head)
    .where(_H.chain == bindparam("of_chain"))
    .values(number=bindparam("to_number"), seal=bindparam("to_seal"))
)
_MARK_PUBLISHED = (
    update(evidence_head)
    .where(_H.chain == bindparam("of_chain"), _H.published < bindparam("to_number"))
    .values(published=bindparam("to_number"))
)
_NEXT_CHAIN = (
    select(_E.chain, _E.account)
    .where(_E.chain > bindparam("last"))
    .order_by(_E.chain, _E.number)
    .limit(1)
)


class SqlEvidenceLog:
    """The EvidenceLog port on a connection that is in a transaction."""

    def __init__(self, connection: Connection, key: bytes) -> None:
        self._connection = connection
        self._key = key
        self._waiting: dict[str, list[Evidence]] = defaultdict(list)

    def add(self, entries: Sequence[Evidence]) -> None:
        """Keep entries, each chain's in this order."""
        for entry in entries:
            self._waiting[entry.chain].append(entry)

    def flush(self) -> None:
        """Seal and write what was added."""
        waiting, self._waiting = self._waiting, defaultdict(list)
        if not waiting:
            return
        heads = self._lock_heads({chain: entries[0].account for chain, entries in waiting.items()})
        rows: list[dict[str, object]] = []
        moved: list[dict[str, object]] = []
        for chain, entries in sorted(waiting.items()):
            head = heads[chain]
            for entry in sealed(entries, head, self._key):
                rows.append(_row(entry))
                head = head_after(head, entry)
            moved.append({"of_chain": chain, "to_number": head.number, "to_seal": head.seal})
        self._connection.execute(insert(evidence), rows)
        self._connection.execute(_MOVE_HEAD, moved)

    def _lock_heads(self, accounts: dict[str, str]) -> dict[str, ChainHead]:
        found = self._read_heads(list(accounts))
        new = [empty_chain(chain, accounts[chain]) for chain in sorted(accounts.keys() - found)]
        if new:
            self._connection.execute(
                _MAKE_HEAD[self._connection.dialect.name],
                [
                    {
                        "chain": head.chain,
                        "account": head.account,
                        "number": head.number,
                        "seal": head.seal,
                        "published": 0,
                    }
                    for head in new
                ],
            )
            found = self._read_heads(list(accounts))
        return found

    def _read_heads(self, chains: list[str]) -> dict[str, ChainHead]:
        rows = self._connection.execute(_LOCK_HEADS, {"chains": chains})
        return {row.chain: ChainHead(*row) for row in rows}

    def of_contact(self, account: str, contact_id: str) -> list[SealedEvidence]:
        """What was kept about a contact, in order of time, chain and number."""
        return self._where(_E.account == account, _E.contact_id == contact_id)

    def of_attempt(self, account: str, attempt_id: str) -> list[SealedEvidence]:
        """What was kept about an attempt, in order."""
        return self._where(_E.account == account, _E.attempt_id == attempt_id)

    def of_number(self, account: str, phone_hash: str) -> list[SealedEvidence]:
        """What was kept about a number, in order."""
        return self._where(_E.account == account, _E.phone_hash == phone_hash)

    def _where(self, *conditions: ColumnElement[bool]) -> list[SealedEvidence]:
        self.flush()
        rows = self._connection.execute(select(evidence).where(*conditions).order_by(*_IN_ORDER))
        return [_from_row(row) for row in rows]

    def chain(self, chain: str) -> Iterator[SealedEvidence]:
        """A whole chain, in order."""
        self.flush()
        after = 0
        while True:
            rows = self._connection.execute(
                select(evidence)
                .where(_E.chain == chain, _E.number > after)
                .order_by(_E.number)
                .limit(_ROWS_AT_ONCE)
            ).all()
            if not rows:
                return
            yield from (_from_row(row) for row in rows)
            after = rows[-1].number

    def heads(self, account: str) -> list[ChainHead]:
        """The head of each chain of an account, by chain."""
        self.flush()
        rows = self._connection.execute(
            select(*_HEAD).where(_H.account == account).order_by(_H.chain)
        )
        return [ChainHead(*row) for row in rows]

    def chains(self, account: str) -> list[str]:
        """The chains that have an entry or a head of the account, sorted."""
        self.flush()
        found = {head.chain for head in self.heads(account)}
        last = ""
        # From one chain's first entry to the next chain's, along the primary key.
        while row := self._connection.execute(_NEXT_CHAIN, {"last": last}).one_or_none():
            last = row.chain
            if row.account == account:
                found.add(last)
        return sorted(found)

    def unpublished_heads(self, account: str) -> list[ChainHead]:
        """The heads that have moved since they were last published, by chain."""
        self.flush()
        rows = self._connection.execute(
            select(*_HEAD).where(_H.account == account, _H.number > _H.published).order_by(_H.chain)
        )
        return [ChainHead(*row) for row in rows]

    def mark_published(self, heads: Sequence[ChainHead]) -> None:
        """These heads were published; what was published later stays so."""
        if heads:
            self._connection.execute(
                _MARK_PUBLISHED,
                [{"of_chain": head.chain, "to_number": head.number} for head in heads],
            )


def _row(entry: SealedEvidence) -> dict[str, object]:
    kept = entry.evidence
    return {
        "chain": kept.chain,
        "number": entry.number,
        "account": kept.account,
        "at": kept.at,
        "kind": kept.kind,
        "campaign_id": kept.campaign_id,
        "contact_id": kept.contact_id,
        "attempt_id": kept.attempt_id,
        "phone_hash": kept.phone_hash,
        "body": kept.body,
        "seal": entry.seal,
    }


def _from_row(row: Row[tuple[object, ...]]) -> SealedEvidence:
    kept = Evidence(
        chain=row.chain,
        account=row.account,
        at=row.at,
        kind=EvidenceKind(row.kind),
        body=row.body,
        campaign_id=row.campaign_id,
        contact_id=row.contact_id,
        attempt_id=row.attempt_id,
        phone_hash=row.phone_hash,
    )
    return SealedEvidence(kept, row.number, row.seal)
