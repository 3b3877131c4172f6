"""Which campaign a shared agent serves next: by weight, where there is somebody to call."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from dialer.sharing import CONTACT, Claim, Share, begin, count_contact, next_campaign

WEIGHTS = st.dictionaries(
    st.sampled_from("abcde"), st.integers(1, 100), min_size=1, max_size=5
).map(lambda weights: dict(sorted(weights.items())))


def claims(weights: dict[str, int], closed: str = "") -> dict[str, Claim]:
    """All open but those."""
    return {key: Claim(weight, key not in closed) for key, weight in weights.items()}


def served(
    shares: tuple[Share, ...], campaigns: dict[str, Claim], contacts: int
) -> tuple[tuple[Share, ...], list[str]]:
    """So many contacts, each of the campaign that was next after the one before."""
    order = []
    for _ in range(contacts):
        now = next_campaign(shares, campaigns)
        assert now is not None
        order.append(now)
        shares = count_contact(shares, now, campaigns)
    return shares, order


@given(WEIGHTS, st.integers(0, 1000))
def test_contacts_come_by_weight(weights: dict[str, int], agent: int) -> None:
    """Nobody falls back by more than two; who leads, leads by what the others are behind."""
    total = sum(weights.values())
    _, order = served(begin(f"agent {agent}", weights), claims(weights), 3 * total)
    counted = Counter(order)
    for key, weight in weights.items():
        assert -2 <= counted[key] - 3 * weight <= len(weights) + 1, counted


def test_three_to_one_by_hand() -> None:
    """The heavy one three times, the light one once; at equal claims the first by id."""
    shares = (Share("x", "a", 0), Share("x", "b", 0))
    _, order = served(shares, claims({"a": 3, "b": 1}), 8)
    assert "".join(order) == "aaabaaab"


def test_agents_do_not_all_serve_the_same_at_once() -> None:
    """Of a hundred who begin together about half serve either."""
    weights = {"a": 1, "b": 1}
    first = Counter(
        next_campaign(begin(f"agent {n}", weights), claims(weights)) for n in range(100)
    )
    assert 30 <= first["a"] <= 70


def test_closed_campaigns_get_nobody() -> None:
    """Paused, or without anybody to call; where all are, none is next."""
    shares = begin("x", {"a": 1, "b": 100})
    assert next_campaign(shares, claims({"a": 1, "b": 100}, "b")) == "a"
    assert next_campaign(shares, claims({"a": 1, "b": 100}, "ab")) is None


def test_a_campaign_that_comes_back_has_no_claim_on_the_past() -> None:
    """After a hundred contacts of the other they take turns at once."""
    weights = {"a": 1, "b": 1}
    shares, _ = served(begin("x", weights), claims(weights, "b"), 100)
    _, order = served(shares, claims(weights), 10)
    assert Counter(order) == {"a": 5, "b": 5}


def test_a_new_campaign_begins_level_with_the_least() -> None:
    """And what the others had is kept."""
    shares, _ = served(begin("x", {"a": 1, "b": 1}), claims({"a": 1, "b": 1}), 50)
    more = {share.campaign_id: share for share in begin("x", {"a": 1, "b": 1, "c": 2}, shares)}
    assert (more["a"], more["b"]) == shares
    least = min(share.served for share in shares)
    assert least <= more["c"].served < least + CONTACT // 2


def test_a_contact_of_a_campaign_that_is_not_theirs_counts_for_none() -> None:
    """As after a change of what they work on."""
    shares = begin("x", {"a": 1})
    assert count_contact(shares, "b", claims({"a": 1, "b": 1})) == shares
