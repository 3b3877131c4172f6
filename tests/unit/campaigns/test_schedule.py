"""What is due: campaigns to start, lists to read again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from campaigns.campaign import CampaignState
from campaigns.schedule import due_to_start, is_refresh_due
from tests.builders import NOON, a_campaign, after, some_settings


def test_scheduled_campaigns_start_when_their_time_has_come() -> None:
    """Others do not, and nobody starts early."""
    campaigns = [
        a_campaign(str(state), state=state, settings=some_settings(start_at=after(60)))
        for state in CampaignState
    ]
    assert due_to_start(campaigns, after(59.999)) == []
    started = due_to_start(campaigns, after(60))
    assert [each.state for each in started] == [CampaignState.SCHEDULED]


@pytest.mark.parametrize(
    ("enrolled_at", "now", "is_due"),
    [
        (None, NOON, True),
        (NOON, after(3599.999), False),
        (NOON, after(3600), True),
    ],
)
def test_a_list_is_read_again_after_its_time(
    enrolled_at: datetime | None, now: datetime, is_due: bool
) -> None:
    """The first time at once, then each hour."""
    settings = some_settings(refresh_every=timedelta(hours=1))
    assert is_refresh_due(a_campaign(settings=settings), enrolled_at, now) is is_due


def test_only_running_campaigns_that_ask_for_it_read_again() -> None:
    """Once, by default; never while paused."""
    settings = some_settings(refresh_every=timedelta(hours=1))
    assert not is_refresh_due(a_campaign(), None, NOON)
    paused = a_campaign(state=CampaignState.PAUSED, settings=settings)
    assert not is_refresh_due(paused, None, NOON)
