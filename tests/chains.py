"""Chains of evidence for tests, and what somebody may do to them who wants to hide something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from compliance.evidence import (
    ChainHead,
    Evidence,
    EvidenceKind,
    SealedEvidence,
    body_text,
    empty_chain,
    head_after,
    sealed,
)
from tests.builders import ACCOUNT, NOON, ident

KEY = b"a key of the operator's own, kept outside"
CHAIN = f"campaign/{ident('campaign', 'campaign')}"

_IDS = st.one_of(st.none(), st.integers(1, 4).map(lambda number: ident("some", number)))
_FACTS = st.dictionaries(
    st.text(max_size=8), st.one_of(st.none(), st.booleans(), st.integers(), st.text()), max_size=4
)
ENTRIES = st.builds(
    Evidence,
    chain=st.just(CHAIN),
    account=st.just(ACCOUNT),
    at=st.integers(0, 10**10).map(lambda number: NOON + timedelta(milliseconds=number)),
    kind=st.sampled_from(EvidenceKind),
    body=_FACTS.map(body_text),
    campaign_id=_IDS,
    contact_id=_IDS,
    attempt_id=_IDS,
    phone_hash=st.one_of(st.none(), st.text("0123456789abcdef", min_size=32, max_size=32)),
)


def an_entry(number: int = 1, **changes: object) -> Evidence:
    """An entry of a campaign's chain."""
    made = Evidence(
        chain=CHAIN,
        account=ACCOUNT,
        at=NOON + timedelta(seconds=number),
        kind=EvidenceKind.DECISION,
        body=body_text({"number": number}),
        campaign_id=ident("campaign", "campaign"),
        contact_id=ident("contact", number),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def chained(entries: Sequence[Evidence]) -> tuple[list[SealedEvidence], ChainHead]:
    """Entries in their places, and the head of their chain."""
    chain = list(sealed(entries, empty_chain(CHAIN, ACCOUNT), KEY))
    head = empty_chain(CHAIN, ACCOUNT)
    for entry in chain:
        head = head_after(head, entry)
    return chain, head


def renumbered(chain: Sequence[SealedEvidence]) -> list[SealedEvidence]:
    """Entries with the numbers 1, 2, 3... in this order, their seals untouched."""
    return [replace(entry, number=number) for number, entry in enumerate(chain, start=1)]
