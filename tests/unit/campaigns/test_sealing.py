"""Heads of evidence are told to every publisher, and read again from what was published."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from campaigns.events import EvidenceSealed, seal
from campaigns.sealing import NotAnEventError, publish_heads, published_heads
from compliance.evidence import CUT_OFF, ChainHead, account_chain, flaws
from tests.builders import ACCOUNT, NOON, a_campaign_fact, after, ident
from tests.chains import CHAIN, an_entry
from tests.fake_permissions import EVIDENCE_KEY
from tests.fakes import FakeDatabase, FakeUnitOfWork


@pytest.fixture
def database() -> FakeDatabase:
    """Dictionaries."""
    return FakeDatabase(lambda: NOON)


def keep(database: FakeDatabase, *numbers: int, **changes: object) -> None:
    """Entries, each in a unit of work of its own."""
    for number in numbers:
        with database() as uow:
            uow.evidence.add([an_entry(number, **changes)])


def told(database: FakeDatabase) -> list[tuple[str, int]]:
    """Which heads were told of, in order."""
    return [(fact.chain, fact.entries) for fact in database.facts(EvidenceSealed)]


def test_each_chain_that_grew_is_told_once(database: FakeDatabase) -> None:
    """And again only when it has grown."""
    keep(database, 1, 2)
    keep(database, 3, chain=account_chain(ACCOUNT), campaign_id=None)
    assert publish_heads(database, ACCOUNT, NOON) == 2
    assert publish_heads(database, ACCOUNT, after(600)) == 0
    keep(database, 4)
    assert publish_heads(database, ACCOUNT, after(1200)) == 1
    assert told(database) == [(account_chain(ACCOUNT), 1), (CHAIN, 2), (CHAIN, 3)]


def test_other_accounts_have_their_own(database: FakeDatabase) -> None:
    """Nobody is told of another account's chains."""
    keep(database, 1, account="other")
    assert publish_heads(database, ACCOUNT, NOON) == 0
    assert publish_heads(database, "other", NOON) == 1


def test_it_is_counted_along_the_campaign_or_the_chain(database: FakeDatabase) -> None:
    """The chain of an account has an id of its own, always the same."""
    keep(database, 1)
    keep(database, 2, chain=account_chain(ACCOUNT), campaign_id=None)
    publish_heads(database, ACCOUNT, NOON)
    keep(database, 3, chain=account_chain(ACCOUNT), campaign_id=None)
    publish_heads(database, ACCOUNT, NOON)
    of_account, of_campaign, again = database.facts(EvidenceSealed)
    assert of_campaign.subject == ident("campaign", "campaign")
    assert of_account.subject == again.subject
    assert of_account.subject_kind == "contact-list"
    assert of_account.occurred_at == NOON


def test_heads_are_told_again_if_it_is_not_known_that_they_were(database: FakeDatabase) -> None:
    """Twice the same does no harm; never would."""
    keep(database, 1)
    calls = 0

    @contextmanager
    def fails_the_second_time() -> Iterator[FakeUnitOfWork]:
        nonlocal calls
        calls += 1
        with database() as uow:
            yield uow
            if calls == 2:
                raise ConnectionError

    with pytest.raises(ConnectionError):
        publish_heads(fails_the_second_time, ACCOUNT, NOON)
    assert publish_heads(database, ACCOUNT, NOON) == 1
    assert told(database) == [(CHAIN, 1), (CHAIN, 1)]


def test_what_was_published_shows_a_tail_that_was_cut_off(database: FakeDatabase) -> None:
    """Also where the chain's own head was set back to fit."""
    keep(database, 1, 2, 3)
    publish_heads(database, ACCOUNT, NOON)
    (fact,) = database.facts(EvidenceSealed)
    log = [seal(a_campaign_fact(), 1, ACCOUNT, "test").body, seal(fact, 2, ACCOUNT, "test").body]
    heads = list(published_heads(log, ACCOUNT))
    assert heads == [database.rows.heads[CHAIN]]
    with database() as uow:
        entries = list(uow.evidence.chain(CHAIN))
    assert flaws(CHAIN, entries, heads[0], heads, EVIDENCE_KEY) == []
    set_back = ChainHead(CHAIN, ACCOUNT, 2, entries[1].seal)
    (flaw,) = flaws(CHAIN, entries[:2], set_back, heads, EVIDENCE_KEY)
    assert (flaw.first, flaw.last, flaw.problem) == (3, 3, CUT_OFF)
    assert list(published_heads(log, "other")) == []


@pytest.mark.parametrize(
    "line",
    [
        "Evidence Sealed",
        '{"detail-type": "Evidence Sealed"}',
        '{"detail-type": "Evidence Sealed", "account": "acme", "detail": {"chain": "c"}}',
        '{"detail-type": "Evidence Sealed", "account": "acme", "detail": '
        '{"chain": "c", "entries": "many", "seal": "s"}}',
        '["Evidence Sealed"]',
    ],
)
def test_a_broken_line_is_named(line: str) -> None:
    """By its number, without its text."""
    with pytest.raises(NotAnEventError, match="line 2 is not an event"):
        list(published_heads(["", line], ACCOUNT))
