"""Are the chains as they were written, and does every row have its entry? (Invariant S8.)"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.database import SqlUnitOfWork
from app.evidence.archive import Archive
from campaigns.record_store import SqlRecords
from campaigns.sealing import chain_subject, published_heads
from compliance.evidence import CHANGED, ChainHead, Flaw, SealedEvidence, campaign_of, flaws

Tell = Callable[[float], None]
"""Is told how far something has come: shares from 0.0 to 1.0."""

_TELL_EVERY = 1000


@dataclass(frozen=True, slots=True)
class CheckedChain:
    """A chain after its check; `published` is how often its head was published, and read here."""

    chain: str
    entries: int
    head: ChainHead | None
    published: int
    flaws: Sequence[Flaw]


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found in an account.

    Attributes:
        chains: Every chain that an entry, a head or a published head names.
        undecided: Attempts without an entry about the decision.
        untold: Ended attempts without an entry about the end.
        missing: Attempts that an entry tells of and that are not there.
    """

    chains: Sequence[CheckedChain]
    undecided: Sequence[str]
    untold: Sequence[str]
    missing: Sequence[str]

    @property
    def hints(self) -> list[str]:
        """What may be behind it, and is no finding."""
        foreign = any(
            flaw.problem == CHANGED and flaw.last - flaw.first + 1 == chain.entries
            for chain in self.chains
            for flaw in chain.flaws
        )
        if not foreign:
            return []
        return [
            "not one seal of a chain is right: is FAIRDIAL_EVIDENCE_KEY the one that the service "
            "runs with?"
        ]

    @property
    def findings(self) -> list[str]:
        """Everything that is wrong, one line each."""
        return [
            *(str(flaw) for chain in self.chains for flaw in chain.flaws),
            *(f"attempt {each}: no entry says why it was allowed" for each in self.undecided),
            *(f"attempt {each}: no entry says how it ended" for each in self.untold),
            *(f"attempt {each}: its entries are there, and it is not" for each in self.missing),
        ]


def verify(archive: Archive, events: Iterable[str], tell: Tell) -> Verification:
    """Check every chain of the account against its head and the heads that were published.

    `events` are lines of a log that was kept elsewhere; the database's own are always read.
    """
    outside = list(published_heads(events, archive.account))
    with archive.reading() as uow:
        records = SqlRecords(uow.connection)
        inside = published_heads(records.sealed_events(archive.account), archive.account)
        heads = [*outside, *inside]
        chains = {*uow.evidence.chains(archive.account), *(head.chain for head in heads)}
        return Verification(
            chains=check(uow, archive, sorted(chains), heads, tell),
            undecided=records.undecided(archive.account),
            untold=records.untold(archive.account),
            missing=records.missing(archive.account),
        )


def check(
    uow: SqlUnitOfWork,
    archive: Archive,
    chains: Collection[str],
    published: Iterable[ChainHead],
    tell: Tell,
) -> list[CheckedChain]:
    """Check these chains of the account."""
    told: dict[str, list[ChainHead]] = defaultdict(list)
    for head in published:
        told[head.chain].append(head)
    heads = {head.chain: head for head in uow.evidence.heads(archive.account)}
    total = sum(heads[chain].number for chain in chains if chain in heads)
    seen = 0

    def counted(entries: Iterable[SealedEvidence]) -> Iterator[SealedEvidence]:
        nonlocal seen
        for entry in entries:
            seen += 1
            if seen % _TELL_EVERY == 0 and total:
                tell(min(1.0, seen / total))
            yield entry

    found = []
    for chain in chains:
        before = seen
        entries = counted(uow.evidence.chain(chain))
        wrong = flaws(chain, entries, heads.get(chain), told[chain], archive.evidence_key)
        found.append(CheckedChain(chain, seen - before, heads.get(chain), len(told[chain]), wrong))
    tell(1.0)
    return found


def published_of(uow: SqlUnitOfWork, account: str, chains: Collection[str]) -> list[ChainHead]:
    """The heads of these chains that the database's own events tell of."""
    subjects = [campaign_of(chain) or chain_subject(chain) for chain in chains]
    bodies = SqlRecords(uow.connection).events(account, subjects)
    return [head for head in published_heads(bodies, account) if head.chain in set(chains)]


def as_json(found: Verification) -> dict[str, object]:
    """What was found, as JSON values."""
    return {
        "whole": not found.findings,
        "chains": [
            {
                "chain": each.chain,
                "entries": each.entries,
                "seal": None if each.head is None else each.head.seal,
                "published": each.published,
                "flaws": [
                    {"first": flaw.first, "last": flaw.last, "problem": flaw.problem}
                    for flaw in each.flaws
                ],
            }
            for each in found.chains
        ],
        "attemptsWithoutDecision": list(found.undecided),
        "attemptsWithoutEnd": list(found.untold),
        "attemptsThatAreGone": list(found.missing),
    }
