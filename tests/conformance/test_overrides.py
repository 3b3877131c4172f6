"""What the Overrides port promises, on every storage."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from compliance.overrides import Override, OwnRule
from tests.builders import ACCOUNT, NOON, a_campaign, after, ident
from tests.conformance.storage import Storage

CAMPAIGN, SECOND = a_campaign().id, ident("campaign", "second")


def an_override(name: str = "override", **changes: Any) -> Override:
    """Open hours lifted for an hour."""
    made = Override(
        id=ident("override", name),
        account=ACCOUNT,
        campaign_id=CAMPAIGN,
        rule=OwnRule.OPEN_HOURS,
        by="user-1",
        role="administrator",
        reason="Recall of a product",
        starts_at=NOON,
        ends_at=NOON + timedelta(hours=1),
    )
    return replace(made, **changes)


def test_a_campaigns_overrides_come_back_the_newest_first(storage: Storage) -> None:
    """Those of other campaigns do not."""
    old = an_override("old", starts_at=after(-60), rule=OwnRule.ATTEMPT_LIMITS)
    new = an_override("new", rule=OwnRule.RESTRICTED_PERIODS)
    with storage() as uow:
        uow.overrides.add(old)
        uow.overrides.add(new)
        uow.overrides.add(an_override("theirs", campaign_id=SECOND))
    with storage() as uow:
        assert uow.overrides.of_campaign(CAMPAIGN) == [new, old]
        assert uow.overrides.of_campaign(ident("campaign", "third")) == []


def test_overrides_of_one_instant_have_one_order(storage: Storage) -> None:
    """That of their ids."""
    made = [an_override(str(number)) for number in range(4)]
    with storage() as uow:
        for each in made:
            uow.overrides.add(each)
    with storage() as uow:
        assert uow.overrides.of_campaign(CAMPAIGN) == sorted(made, key=lambda each: each.id)


def test_an_override_ends_earlier_and_never_later(storage: Storage) -> None:
    """That one alone; one that there is none of ends nothing."""
    with storage() as uow:
        uow.overrides.add(an_override())
        uow.overrides.add(an_override("other", campaign_id=SECOND))
        uow.overrides.end(an_override().id, after(60))
        uow.overrides.end(an_override().id, after(120))
        uow.overrides.end(ident("override", "none"), after(1))
    with storage() as uow:
        (ended,) = uow.overrides.of_campaign(CAMPAIGN)
        assert ended == an_override(ends_at=after(60))
        assert uow.overrides.of_campaign(SECOND) == [an_override("other", campaign_id=SECOND)]
