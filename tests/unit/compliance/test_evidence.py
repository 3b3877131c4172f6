"""Chains of evidence: nothing that is done to one afterwards goes unseen (invariant S8)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from compliance.evidence import (
    CHANGED,
    CUT_OFF,
    FIRST_SEAL,
    FOREIGN,
    NO_HEAD,
    NOT_THERE,
    OTHER_HEAD,
    OTHER_PUBLISHED,
    OUT_OF_PLACE,
    PAST_HEAD,
    ChainHead,
    Evidence,
    EvidenceKind,
    Flaw,
    SealedEvidence,
    account_chain,
    body_text,
    campaign_chain,
    empty_chain,
    flaws,
    seal,
)
from tests.builders import ACCOUNT, NOON, ident
from tests.chains import CHAIN, ENTRIES, KEY, an_entry, chained, renumbered

ENTRY_LISTS = st.lists(ENTRIES, min_size=1, max_size=8)
FIVE, HEAD = chained([an_entry(number) for number in range(1, 6)])
OTHER_SEAL = "f" * 64


def found(
    entries: Sequence[SealedEvidence],
    head: ChainHead | None = HEAD,
    published: Sequence[ChainHead] = (),
) -> list[Flaw]:
    """What is wrong with the chain of these tests."""
    return flaws(CHAIN, entries, head, published, KEY)


def problems(
    entries: Sequence[SealedEvidence],
    head: ChainHead | None = HEAD,
    published: Sequence[ChainHead] = (),
) -> list[tuple[int, int, str]]:
    """The same, without the chain."""
    return [(flaw.first, flaw.last, flaw.problem) for flaw in found(entries, head, published)]


def head_at(number: int) -> ChainHead:
    """The head as it was when entry `number` was the last."""
    return replace(HEAD, number=number, seal=FIVE[number - 1].seal)


# ------------------------------------------------------------------------------- how it is sealed
def test_the_seal_is_a_keyed_hash_of_one_field_a_line() -> None:
    """Written out once, so that another program can check a chain, and nothing changes it."""
    entry = Evidence(
        chain="campaign/c",
        account="acme",
        at=NOON + timedelta(microseconds=1_999),
        kind=EvidenceKind.OUTCOME,
        body='{"a":1}',
        contact_id="k",
    )
    text = (
        f"{FIRST_SEAL}\n1\ncampaign/c\nacme\n2026-11-23T17:00:00.001+00:00\noutcome\n"
        '-\n=k\n-\n-\n{"a":1}'
    )
    expected = hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()
    assert seal(entry, 1, FIRST_SEAL, KEY) == expected


def test_chains_are_named_after_what_they_are_of() -> None:
    """A campaign and an account of the same name do not share one."""
    assert campaign_chain("x") == "campaign/x"
    assert account_chain("x") == "account/x"


def test_the_same_facts_are_the_same_text() -> None:
    """Whatever order they were put together in, and on one line."""
    assert body_text({"b": "x\ny", "a": [1]}) == body_text({"a": [1], "b": "x\ny"})
    assert "\n" not in body_text({"b": "x\ny\u2028"})


# ------------------------------------------------------------------------ what is done to a chain
@given(ENTRY_LISTS)
def test_a_chain_as_it_was_written_is_whole(entries: list[Evidence]) -> None:
    """With its head, and with every head that was ever published."""
    chain, head = chained(entries)
    published = [replace(head, number=each.number, seal=each.seal) for each in chain]
    assert found(chain, head, published) == []
    assert flaws(CHAIN, [], None, [], KEY) == []
    assert flaws(CHAIN, [], empty_chain(CHAIN, ACCOUNT), [], KEY) == []


FIELDS = {
    "chain": "campaign/another",
    "account": "another",
    "at": NOON - timedelta(milliseconds=1),
    "body": body_text({"decision": "allow"}),
    "campaign_id": ident("another"),
    "contact_id": ident("another"),
    "attempt_id": ident("another"),
    "phone_hash": "no hash",
}


@given(ENTRY_LISTS, st.data())
def test_an_edit_of_any_field_is_found(entries: list[Evidence], data: st.DataObject) -> None:
    """At its own place, and nowhere else."""
    chain, head = chained(entries)
    place = data.draw(st.integers(0, len(chain) - 1))
    before = chain[place].evidence
    changes: list[dict[str, Any]] = [
        *({name: value} for name, value in FIELDS.items()),
        *({name: None} for name in ("campaign_id", "contact_id", "attempt_id", "phone_hash")),
        *({name: ""} for name in ("campaign_id", "contact_id", "attempt_id", "phone_hash")),
        *({"kind": kind} for kind in EvidenceKind),
        {"at": before.at + timedelta(milliseconds=1)},
        {"body": before.body[:-1] + " }"},
    ]
    edited = replace(before, **data.draw(st.sampled_from(changes)))
    assume(edited != before)
    chain[place] = replace(chain[place], evidence=edited)
    assert {(flaw.first, flaw.last) for flaw in found(chain, head)} == {(place + 1, place + 1)}


@given(ENTRY_LISTS, st.data())
def test_an_edited_seal_is_found(entries: list[Evidence], data: st.DataObject) -> None:
    """Also the last one, whose entry has none after it."""
    chain, head = chained(entries)
    place = data.draw(st.integers(0, len(chain) - 1))
    chain[place] = replace(chain[place], seal=OTHER_SEAL)
    assert found(chain, head)[0].first == place + 1
    if place == len(chain) - 1:
        assert found(chain, replace(head, seal=OTHER_SEAL))


@given(ENTRY_LISTS, ENTRIES, st.data())
def test_an_insertion_is_found(
    entries: list[Evidence], more: Evidence, data: st.DataObject
) -> None:
    """Sealed with another key or with a seal of the chain's own; the head may be moved along."""
    chain, head = chained(entries)
    place = data.draw(st.integers(0, len(chain)))
    before = chain[place - 1].seal if place else FIRST_SEAL
    forged = data.draw(
        st.sampled_from([seal(more, place + 1, before, b"a guess"), *(e.seal for e in chain)])
    )
    longer = renumbered([*chain[:place], SealedEvidence(more, 0, forged), *chain[place:]])
    assert found(longer, head)
    assert found(longer, replace(head, number=len(longer), seal=longer[-1].seal))


@given(ENTRY_LISTS, st.data())
def test_a_removal_is_found(entries: list[Evidence], data: st.DataObject) -> None:
    """With a gap left, or closed up and the head set back to fit."""
    chain, head = chained(entries)
    start = data.draw(st.integers(0, len(chain) - 1))
    end = data.draw(st.integers(start + 1, len(chain)))
    left = [*chain[:start], *chain[end:]]
    assert found(left, head)
    closed = renumbered(left)
    assert found(closed, head)
    set_back = replace(head, number=len(closed), seal=left[-1].seal if left else FIRST_SEAL)
    if end < len(chain):
        assert found(closed, set_back)
    assert found(closed, set_back, published=[head])


@given(st.lists(ENTRIES, min_size=2, max_size=8), st.data())
def test_another_order_is_found(entries: list[Evidence], data: st.DataObject) -> None:
    """Whether entries take each other's numbers or stand in another order."""
    chain, head = chained(entries)
    order = data.draw(st.permutations(chain))
    assume(list(order) != chain)
    assert found(order, head)
    swapped = renumbered(order)
    assert found(swapped, replace(head, seal=swapped[-1].seal))


@given(ENTRY_LISTS, st.data())
def test_an_entry_that_stands_twice_is_found(entries: list[Evidence], data: st.DataObject) -> None:
    """With the number that it had, or with the next free one."""
    chain, head = chained(entries)
    again = data.draw(st.sampled_from(chain))
    assert OUT_OF_PLACE in {flaw.problem for flaw in found([*chain, again], head)}
    longer = renumbered([*chain, again])
    assert found(longer, replace(head, number=len(longer), seal=again.seal))


@given(ENTRY_LISTS, ENTRIES)
def test_an_entry_of_another_chain_is_found(entries: list[Evidence], more: Evidence) -> None:
    """As it was, or with the name of this chain written over its own."""
    chain, head = chained(entries)
    elsewhere = replace(more, chain=account_chain(ACCOUNT))
    stolen = SealedEvidence(elsewhere, len(chain) + 1, seal(elsewhere, 1, FIRST_SEAL, KEY))
    assert found([*chain, stolen], head)
    renamed = replace(stolen, evidence=more)
    assert found([*chain, renamed], replace(head, number=len(chain) + 1, seal=stolen.seal))


def test_a_whole_chain_under_another_name_is_found() -> None:
    """A campaign cannot be passed off as another one."""
    assert flaws("campaign/another", FIVE, None, [], KEY) == [
        Flaw("campaign/another", 1, 5, FOREIGN)
    ]


@pytest.mark.parametrize(
    ("chain", "head", "published", "expected"),
    [
        pytest.param(FIVE[2:], HEAD, (), [(1, 2, NOT_THERE)], id="first entries gone"),
        pytest.param([*FIVE[:1], *FIVE[3:]], HEAD, (), [(2, 3, NOT_THERE)], id="gap in the middle"),
        pytest.param(FIVE[:3], HEAD, (), [(4, 5, CUT_OFF)], id="tail gone"),
        pytest.param(FIVE[:3], head_at(3), (), [], id="tail gone, head set back, unpublished"),
        pytest.param(
            FIVE[:3], head_at(3), (head_at(2), HEAD), [(4, 5, CUT_OFF)], id="but published"
        ),
        pytest.param([], None, (head_at(2),), [(1, 2, CUT_OFF)], id="chain and head gone"),
        pytest.param([], HEAD, (), [(1, 5, CUT_OFF)], id="every entry gone"),
        pytest.param(FIVE, None, (), [(5, 5, NO_HEAD)], id="head gone"),
        pytest.param(FIVE, head_at(3), (), [(4, 5, PAST_HEAD)], id="head set back"),
        pytest.param(
            FIVE, replace(HEAD, seal=OTHER_SEAL), (), [(5, 5, OTHER_HEAD)], id="head's seal edited"
        ),
        pytest.param(
            FIVE,
            HEAD,
            (replace(head_at(2), seal=OTHER_SEAL),),
            [(2, 2, OTHER_PUBLISHED)],
            id="another seal was published",
        ),
        pytest.param(
            FIVE,
            HEAD,
            (head_at(2), replace(head_at(2), seal=OTHER_SEAL)),
            [(2, 2, OTHER_PUBLISHED)],
            id="two different seals were published",
        ),
        pytest.param(
            FIVE,
            HEAD,
            (replace(HEAD, chain="campaign/another", number=9),),
            [],
            id="another chain's head",
        ),
        pytest.param([*FIVE[:2], *FIVE[1:]], HEAD, (), [(2, 2, OUT_OF_PLACE)], id="twice"),
        pytest.param(
            [replace(FIVE[0], number=0), *FIVE], HEAD, (), [(0, 0, OUT_OF_PLACE)], id="number 0"
        ),
    ],
)
def test_what_is_said(
    chain: Sequence[SealedEvidence],
    head: ChainHead | None,
    published: Sequence[ChainHead],
    expected: list[tuple[int, int, str]],
) -> None:
    """Where the flaw is and of what kind, and nothing besides."""
    assert problems(chain, head, published) == expected


def test_a_chain_under_another_key_is_one_flaw() -> None:
    """Neighbours with the same problem are told together."""
    assert flaws(CHAIN, FIVE, HEAD, [], b"not the key") == [Flaw(CHAIN, 1, 5, CHANGED)]


def test_a_flaw_is_one_line() -> None:
    """It names the chain, the place and the problem."""
    assert str(Flaw("c", 4, 5, CUT_OFF)) == f"c: entries 4 to 5: {CUT_OFF}"
    assert str(Flaw("c", 4, 4, CHANGED)) == f"c: entry 4: {CHANGED}"
