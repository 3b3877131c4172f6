"""Which consent stands, out of all that was ever recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.case import Channel, Consent, ConsentKind
from compliance.consent import is_revoked
from compliance.consent_records import (
    EVERYWHERE,
    ConsentAction,
    ConsentRecord,
    ConsentSource,
    standing_consent,
)
from tests.builders import NOON, a_campaign, a_consent, a_revocation, after, ident

PHONE = "+12125550101"
CAMPAIGN, SECOND = a_campaign().id, ident("campaign", "second")

RECORDS = st.builds(
    ConsentRecord,
    account=st.just("acme"),
    address=st.just(PHONE),
    action=st.sampled_from(ConsentAction),
    kind=st.sampled_from([kind for kind in ConsentKind if kind is not ConsentKind.NONE]),
    channel=st.sampled_from([None, *Channel]),
    scope=st.sampled_from([EVERYWHERE, CAMPAIGN, SECOND]),
    at=st.integers(-3, 3).map(lambda hours: NOON + timedelta(hours=hours)),
    source=st.sampled_from(ConsentSource),
    basis=st.just("form"),
    evidence=st.just(""),
    recorded_by=st.just("user-1"),
    recorded_at=st.just(NOON + timedelta(days=1)),
    id=st.uuids().map(str),
)
MANY = st.lists(RECORDS, max_size=8)
CHANNELS = st.sampled_from(Channel)


@given(st.permutations(range(8)), MANY, CHANNELS)
def test_the_order_of_the_records_does_not_matter(
    order: Sequence[int], records: list[ConsentRecord], channel: Channel
) -> None:
    """They may have been written down in any."""
    shuffled = [records[place] for place in order if place < len(records)]
    expected = standing_consent(records, channel, CAMPAIGN)
    assert standing_consent(shuffled, channel, CAMPAIGN) == expected


@given(MANY, CHANNELS, st.sampled_from([EVERYWHERE, CAMPAIGN]), st.sampled_from([None, *Channel]))
def test_a_later_revocation_always_wins(
    records: list[ConsentRecord], channel: Channel, scope: str, by: Channel | None
) -> None:
    """Whatever was agreed to before or at the same instant, and by whichever channel it came."""
    at = max((record.at for record in records), default=NOON)
    last = a_revocation(PHONE, at=at, scope=scope, channel=by)
    stands = standing_consent([*records, last], channel, CAMPAIGN)
    assert is_revoked(stands, at)
    assert not is_revoked(stands, at - timedelta(days=1))


@given(MANY, CHANNELS, RECORDS)
def test_a_later_consent_for_the_channel_stands(
    records: list[ConsentRecord], channel: Channel, added: ConsentRecord
) -> None:
    """Who agrees again may be reached again."""
    at = max((record.at for record in records), default=NOON) + timedelta(hours=1)
    new = a_consent(PHONE, at=at, kind=added.kind)
    stands = standing_consent([*records, new], channel, CAMPAIGN)
    assert stands is not None
    assert not is_revoked(stands, at)


@given(MANY, CHANNELS)
def test_what_is_for_another_campaign_changes_nothing(
    records: list[ConsentRecord], channel: Channel
) -> None:
    """Neither a consent nor a revocation."""
    mine = [record for record in records if record.scope != SECOND]
    both = standing_consent(records, channel, CAMPAIGN)
    assert both == standing_consent(mine, channel, CAMPAIGN)


def test_without_records_nothing_is_known() -> None:
    """Which is not the same as a revocation."""
    assert standing_consent([], Channel.VOICE, CAMPAIGN) is None


def test_a_consent_is_for_its_channel() -> None:
    """Or for every one."""
    texts = a_consent(PHONE, channel=Channel.SMS)
    assert standing_consent([texts], Channel.VOICE, CAMPAIGN) is None
    stands = Consent(ConsentKind.EXPRESS_WRITTEN, texts.at, None)
    assert standing_consent([texts], Channel.SMS, CAMPAIGN) == stands
    assert standing_consent([a_consent(PHONE)], Channel.VOICE, CAMPAIGN) == stands


def test_the_strongest_consent_counts_and_of_two_the_later() -> None:
    """A weaker one that came later takes nothing away."""
    written = a_consent(PHONE, at=after(-99))
    again = a_consent(PHONE, at=after(-50))
    spoken = a_consent(PHONE, at=after(-1), kind=ConsentKind.EXPRESS)
    found = standing_consent([spoken, again, written], Channel.VOICE, CAMPAIGN)
    assert found == Consent(ConsentKind.EXPRESS_WRITTEN, again.at, None)


def test_after_a_revocation_only_what_is_newer_counts() -> None:
    """A weaker consent then is all there is."""
    records = [
        a_consent(PHONE, at=after(-99)),
        a_revocation(PHONE, at=after(-50)),
        a_consent(PHONE, at=after(-1), kind=ConsentKind.EXPRESS),
    ]
    found = standing_consent(records, Channel.VOICE, CAMPAIGN)
    assert found == Consent(ConsentKind.EXPRESS, after(-1), after(-50))


@pytest.mark.parametrize("channel", list(Channel))
def test_a_revocation_by_one_channel_is_for_all(channel: Channel) -> None:
    """47 CFR 64.1200(a)(10)."""
    revoked = a_revocation(PHONE, channel=Channel.SMS)
    assert standing_consent([revoked], channel, CAMPAIGN) == Consent(ConsentKind.NONE, None, NOON)
