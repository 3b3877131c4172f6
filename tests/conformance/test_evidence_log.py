"""What the EvidenceLog port promises, on every storage; and writers that race on PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import Connection, text

from app.database import Database
from campaigns.sealing import publish_heads
from compliance.evidence import (
    CHANGED,
    CUT_OFF,
    NO_HEAD,
    NOT_THERE,
    OTHER_HEAD,
    ChainHead,
    Evidence,
    Flaw,
    SealedEvidence,
    account_chain,
    campaign_chain,
    flaws,
)
from dialer.ports import DialerUnitOfWork
from tests.builders import ACCOUNT, NOON, a_campaign_fact, ident
from tests.chains import CHAIN, an_entry
from tests.conformance.storage import Storage

KEY = b"evidence key"
OTHER_CHAIN = campaign_chain(ident("campaign", "second"))
WRITERS, ROUNDS = 4, 20


def whole(uow: DialerUnitOfWork, chain: str = CHAIN, account: str = ACCOUNT) -> int:
    """How long a chain is that has no flaw."""
    entries = list(uow.evidence.chain(chain))
    heads = {head.chain: head for head in uow.evidence.heads(account)}
    assert flaws(chain, entries, heads.get(chain), [], KEY) == []
    return len(entries)


def test_entries_are_sealed_in_their_order(storage: Storage) -> None:
    """One after the other, over several calls and units of work."""
    with storage() as uow:
        uow.evidence.add([an_entry(1), an_entry(2)])
        uow.evidence.add([])
        uow.evidence.add([an_entry(3)])
    with storage() as uow:
        uow.evidence.add([an_entry(4)])
    with storage() as uow:
        found = list(uow.evidence.chain(CHAIN))
        assert [each.evidence for each in found] == [an_entry(number) for number in range(1, 5)]
        assert [each.number for each in found] == [1, 2, 3, 4]
        assert uow.evidence.heads(ACCOUNT) == [ChainHead(CHAIN, ACCOUNT, 4, found[-1].seal)]
        assert whole(uow) == 4


def test_what_was_added_is_seen_at_once(storage: Storage) -> None:
    """Whoever asks in the same unit of work finds it."""
    with storage() as uow:
        uow.evidence.add([an_entry(1)])
        assert whole(uow) == 1
        uow.evidence.add([an_entry(2)])
        assert whole(uow) == 2


def test_a_chain_is_read_whole_however_long(storage: Storage) -> None:
    """Also where it is longer than what is read at once."""
    with storage() as uow:
        uow.evidence.add([an_entry(number) for number in range(1, 2502)])
    with storage() as uow:
        assert whole(uow) == 2501


def test_every_chain_has_its_own_numbers(storage: Storage) -> None:
    """Whichever order entries of several come in."""
    account_entry = an_entry(2, chain=account_chain(ACCOUNT), campaign_id=None)
    with storage() as uow:
        uow.evidence.add([an_entry(1, chain=OTHER_CHAIN), an_entry(1), account_entry, an_entry(3)])
    with storage() as uow:
        lengths = {head.chain: head.number for head in uow.evidence.heads(ACCOUNT)}
        assert lengths == {CHAIN: 2, OTHER_CHAIN: 1, account_chain(ACCOUNT): 1}
        assert [whole(uow, chain) for chain in lengths] == list(lengths.values())
        assert uow.evidence.chains(ACCOUNT) == sorted(lengths)


def test_a_unit_of_work_that_fails_leaves_nothing(storage: Storage) -> None:
    """No entry, and no gap where it would have been."""
    if storage.name == "run":
        return  # A run that fails is forgotten whole, not one unit of work of it.

    def fail() -> None:
        with storage() as uow:
            uow.evidence.add([an_entry(1)])
            assert whole(uow) == 1
            raise ConnectionError

    with pytest.raises(ConnectionError):
        fail()
    with storage() as uow:
        assert uow.evidence.heads(ACCOUNT) == []
        uow.evidence.add([an_entry(2)])
    with storage() as uow:
        assert whole(uow) == 1


def test_entries_are_found_by_what_they_are_about(storage: Storage) -> None:
    """By contact, attempt and number, in order of time; never another account's."""
    contact, attempt = ident("contact", 1), ident("attempt", 1)
    one = an_entry(1, contact_id=contact, phone_hash="h1")
    two = an_entry(2, contact_id=contact, attempt_id=attempt)
    early = an_entry(3, chain=account_chain(ACCOUNT), phone_hash="h1", contact_id=None)
    early = replace(early, at=NOON - timedelta(days=1))
    foreign = replace(one, account="other", chain=account_chain("other"), attempt_id=attempt)
    with storage() as uow:
        uow.evidence.add([two, one, early, foreign, an_entry(9)])
    with storage() as uow:
        log = uow.evidence
        assert bare(log.of_contact(ACCOUNT, contact)) == [one, two]
        assert bare(log.of_attempt(ACCOUNT, attempt)) == [two]
        assert bare(log.of_number(ACCOUNT, "h1")) == [early, one]
        assert bare(log.of_contact("other", contact)) == [foreign]
        assert bare(log.of_attempt("other", attempt)) == [foreign]
        assert log.of_number("other", "no such") == []
        assert log.chains("other") == [account_chain("other")]
        assert log.chains("nobody") == []


def bare(entries: list[SealedEvidence]) -> list[Evidence]:
    """The entries without place and seal."""
    return [each.evidence for each in entries]


def test_heads_that_moved_are_published_once(storage: Storage) -> None:
    """Until they move again."""
    with storage() as uow:
        uow.evidence.add([an_entry(1), an_entry(1, account="other", chain=OTHER_CHAIN)])
    with storage() as uow:
        (head,) = uow.evidence.unpublished_heads(ACCOUNT)
        assert (head.chain, head.number) == (CHAIN, 1)
        uow.evidence.mark_published([head])
        uow.evidence.mark_published([])
    with storage() as uow:
        assert uow.evidence.unpublished_heads(ACCOUNT) == []
        assert len(uow.evidence.unpublished_heads("other")) == 1
        uow.evidence.add([an_entry(2)])
    with storage() as uow:
        (later,) = uow.evidence.unpublished_heads(ACCOUNT)
        assert later.number == 2
        uow.evidence.mark_published([later])
        uow.evidence.mark_published([head])
    with storage() as uow:
        assert uow.evidence.unpublished_heads(ACCOUNT) == []


# ------------------------------------------------------------------------------ in the database
def test_writers_on_one_chain_leave_no_gap(postgres: Database) -> None:
    """Also where they all begin it, and where each writes to two chains in its own order."""
    start = Barrier(WRITERS)

    def write(writer: int) -> None:
        start.wait(60)
        for number in range(ROUNDS):
            chains = (CHAIN, OTHER_CHAIN) if writer % 2 else (OTHER_CHAIN, CHAIN)
            entries = [an_entry(100 * writer + number, chain=chain) for chain in chains]
            with postgres() as uow:
                uow.evidence.add(entries)

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    with postgres() as uow:
        assert whole(uow) == whole(uow, OTHER_CHAIN) == WRITERS * ROUNDS


TAMPERING: dict[str, tuple[list[str], list[tuple[int, int, str]]]] = {
    "edited": (["UPDATE evidence SET body = '{}' WHERE number = 2"], [(2, 2, CHANGED)]),
    "moved in time": (["UPDATE evidence SET at = at + 1 WHERE number = 5"], [(5, 5, CHANGED)]),
    "given away": (["UPDATE evidence SET account = 'b' WHERE number = 1"], [(1, 1, CHANGED)]),
    "removed": (["DELETE FROM evidence WHERE number = 3"], [(3, 3, NOT_THERE)]),
    "removed and closed up": (
        [
            "DELETE FROM evidence WHERE number = 3",
            "UPDATE evidence SET number = number - 1 WHERE number = 4",
            "UPDATE evidence SET number = number - 1 WHERE number = 5",
            "UPDATE evidence_head SET number = 4",
        ],
        [(3, 4, CHANGED)],
    ),
    "swapped": (
        [
            "UPDATE evidence SET number = 99 WHERE number = 2",
            "UPDATE evidence SET number = 2 WHERE number = 3",
            "UPDATE evidence SET number = 3 WHERE number = 99",
        ],
        [(2, 4, CHANGED)],
    ),
    "copied": (
        [
            "INSERT INTO evidence (chain, number, account, at, kind, body, seal) "
            "SELECT chain, 6, account, at, kind, body, seal FROM evidence WHERE number = 5",
            "UPDATE evidence_head SET number = 6",
        ],
        [(6, 6, CHANGED)],
    ),
    "tail cut off": (["DELETE FROM evidence WHERE number > 3"], [(4, 5, CUT_OFF)]),
    "head removed": (["DELETE FROM evidence_head"], [(5, 5, NO_HEAD)]),
    "head edited": (["UPDATE evidence_head SET seal = 'x'"], [(5, 5, OTHER_HEAD)]),
    "all removed": (["DELETE FROM evidence"], [(1, 5, CUT_OFF)]),
}


@pytest.mark.parametrize("name", TAMPERING)
def test_tampering_in_the_database_is_found(postgres: Database, name: str) -> None:
    """By whoever reads the chain and its head again."""
    statements, expected = TAMPERING[name]
    with postgres() as uow:
        uow.evidence.add([an_entry(number) for number in range(1, 6)])
    with postgres.engine.begin() as connection:
        run_all(connection, statements)
    with postgres() as uow:
        heads = {head.chain: head for head in uow.evidence.heads(ACCOUNT)}
        found = flaws(CHAIN, uow.evidence.chain(CHAIN), heads.get(CHAIN), [], KEY)
        assert CHAIN in uow.evidence.chains(ACCOUNT)
    assert found == [Flaw(CHAIN, *each) for each in expected]


def run_all(connection: Connection, statements: list[str]) -> None:
    """What somebody with the database's password can do."""
    for statement in statements:
        connection.execute(text(statement))


def test_publishing_heads_never_stands_in_a_writers_way(postgres: Database) -> None:
    """Whoever holds a campaign's events may still add to its chain while its head is published."""
    with postgres() as uow:
        uow.evidence.add([an_entry(1)])
    with ThreadPoolExecutor(1) as pool:
        with postgres() as uow:
            uow.outbox.append(ACCOUNT, a_campaign_fact())
            uow.outbox.flush()  # holds the campaign's sequence, which publishing needs as well
            publishing = pool.submit(publish_heads, postgres, ACCOUNT, NOON)
            with pytest.raises(TimeoutError):
                publishing.result(0.5)
            uow.evidence.add([an_entry(2)])
        assert publishing.result(60) == 1
    with postgres() as uow:
        assert whole(uow) == 2
        assert [head.number for head in uow.evidence.unpublished_heads(ACCOUNT)] == [2]
