"""What the Campaigns port promises, on every storage."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from campaigns.campaign import (
    AbandonmentTarget,
    Campaign,
    CampaignState,
    ConnectionStartPoint,
    RetryReason,
    RetryRule,
)
from campaigns.ports import NotFoundError
from compliance.case import (
    AttemptLimit,
    DialMode,
    OpenSpan,
    Purpose,
    RestrictedPeriod,
    Weekday,
)
from tests.builders import (
    ACCOUNT,
    NOON,
    a_campaign,
    a_contact,
    a_list,
    after,
    ident,
    keep_campaign,
    some_settings,
)
from tests.conformance.storage import Storage


def everything_set() -> Campaign:
    """A campaign whose every setting differs from its default."""
    settings = some_settings(
        purpose=Purpose.DEBT_COLLECTION,
        subject="renewal",
        dial_mode=DialMode.PREVIEW,
        calls_per_agent=1.5,
        calls_per_second=2.5,
        max_ring=timedelta(seconds=31),
        default_time_zone="America/Denver",
        attempt_limits=(AttemptLimit(2, 7), AttemptLimit(1, 1)),
        restricted_periods=(RestrictedPeriod("Fair", date(2026, 12, 1), date(2026, 12, 2)),),
        rules=("US-DEBT",),
        open_hours={Weekday.MONDAY: (OpenSpan(time(9), time(12)), OpenSpan(time(13), time(0)))},
        retry={RetryReason.BUSY: RetryRule(timedelta(minutes=7), 4, next_number=False)},
        abandonment=AbandonmentTarget(
            0.01,
            ConnectionStartPoint.GREETING_START,
            timedelta(milliseconds=1500),
            timedelta(hours=12),
        ),
        refresh_every=timedelta(hours=1),
        weight=7,
        inbound_reserve=2,
    )
    return a_campaign(state=CampaignState.SCHEDULED, settings=settings)


@pytest.mark.parametrize("campaign", [a_campaign(), everything_set()], ids=["defaults", "all"])
def test_a_campaign_comes_back_as_it_was_kept(storage: Storage, campaign: Campaign) -> None:
    """Every setting survives."""
    with storage() as uow:
        keep_campaign(uow, campaign)
    with storage() as uow:
        assert uow.campaigns.get(ACCOUNT, campaign.id) == campaign
        assert uow.campaigns.lock(campaign.id) == campaign


def test_a_foreign_campaign_looks_like_a_missing_one(storage: Storage) -> None:
    """`get` hides other accounts' campaigns; `lock` knows no accounts, but nothing missing."""
    with storage() as uow:
        keep_campaign(uow)
    with storage() as uow:
        with pytest.raises(NotFoundError, match=f"there is no campaign {a_campaign().id}"):
            uow.campaigns.get("other", a_campaign().id)
        with pytest.raises(NotFoundError):
            uow.campaigns.get(ACCOUNT, ident("nothing"))
        with pytest.raises(NotFoundError):
            uow.campaigns.lock(ident("nothing"))


def test_campaigns_of_an_account_come_newest_first(storage: Storage) -> None:
    """Others' campaigns are not among them."""
    with storage() as uow:
        uow.contact_lists.add(a_list(), NOON)
        for age, name in enumerate(("newest", "middle", "oldest")):
            uow.campaigns.add(a_campaign(name), after(-age))
        uow.campaigns.add(a_campaign("foreign", account="other"), NOON)
    with storage() as uow:
        found = [each.id for each in uow.campaigns.of_account(ACCOUNT)]
    assert found == [ident("campaign", name) for name in ("newest", "middle", "oldest")]


def test_saving_keeps_state_and_settings(storage: Storage) -> None:
    """What was saved is read by `get`, `lock` and `in_states` alike."""
    with storage() as uow:
        keep_campaign(uow)
    changed = a_campaign(state=CampaignState.PAUSED, settings=some_settings(name="New", lines=5))
    with storage() as uow:
        uow.campaigns.lock(changed.id)
        uow.campaigns.save(changed)
        assert uow.campaigns.lock(changed.id) == changed
    with storage() as uow:
        assert uow.campaigns.get(ACCOUNT, changed.id) == changed
        assert uow.campaigns.in_states([CampaignState.PAUSED]) == [changed]
        assert uow.campaigns.in_states([CampaignState.RUNNING]) == []


def test_campaigns_in_states_are_of_all_accounts_by_id(storage: Storage) -> None:
    """The scheduler looks at everybody's campaigns."""
    states = {
        "a": CampaignState.RUNNING,
        "b": CampaignState.PAUSED,
        "c": CampaignState.STOPPED,
        "d": CampaignState.RUNNING,
    }
    campaigns = [a_campaign(name, state=state) for name, state in states.items()]
    campaigns[0] = replace(campaigns[0], account="other")
    with storage() as uow:
        uow.contact_lists.add(a_list(), NOON)
        for campaign in campaigns:
            uow.campaigns.add(campaign, NOON)
    with storage() as uow:
        found = uow.campaigns.in_states([CampaignState.RUNNING, CampaignState.PAUSED])
        assert uow.campaigns.in_states([]) == []
    wanted = [each for each in campaigns if each.state is not CampaignState.STOPPED]
    assert found == sorted(wanted, key=lambda each: each.id)


def test_enrolling_tells_when_the_list_was_read(storage: Storage) -> None:
    """Never, then the instant of the last reading."""
    with storage() as uow:
        campaign = keep_campaign(uow, contacts=[a_contact()])
        assert uow.campaigns.enrolled_at(campaign.id) is None
    with storage() as uow:
        uow.queue.enroll(campaign, NOON)
    with storage() as uow:
        uow.queue.enroll(campaign, after(60))
    with storage() as uow:
        assert uow.campaigns.enrolled_at(campaign.id) == after(60)
        assert uow.campaigns.enrolled_at(ident("nothing")) is None
