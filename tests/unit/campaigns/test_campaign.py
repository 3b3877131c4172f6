"""Which action is permitted in which state: every pair."""

from __future__ import annotations

import pytest

from campaigns.campaign import (
    CampaignAction,
    CampaignState,
    WrongStateError,
    change_state,
)
from tests.builders import some_settings

S, A = CampaignState, CampaignAction

# Written down a second time on purpose: the table that people read in the documentation.
LEADS_TO = {
    S.DRAFT: {A.SCHEDULE: S.SCHEDULED, A.START: S.RUNNING},
    S.SCHEDULED: {A.START: S.RUNNING, A.STOP: S.STOPPED},
    S.RUNNING: {A.PAUSE: S.PAUSED, A.STOP: S.STOPPED, A.COMPLETE: S.COMPLETED, A.FAIL: S.FAILED},
    S.PAUSED: {A.RESUME: S.RUNNING, A.STOP: S.STOPPED, A.COMPLETE: S.COMPLETED, A.FAIL: S.FAILED},
    S.STOPPED: {A.REOPEN: S.PAUSED},
    S.COMPLETED: {},
    S.FAILED: {A.REOPEN: S.PAUSED},
}


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("action", A)
def test_every_pair_of_state_and_action(state: CampaignState, action: CampaignAction) -> None:
    """It leads where the table says, or is refused with what would be possible."""
    wanted = LEADS_TO[state].get(action)
    if wanted is not None:
        assert change_state(state, action) is wanted
        return
    with pytest.raises(WrongStateError) as refused:
        change_state(state, action)
    assert (refused.value.state, refused.value.action) == (state, action)
    possible = ", ".join(LEADS_TO[state]) or "nothing"
    assert f"cannot {action} a campaign that is {state}" in str(refused.value)
    assert str(refused.value).endswith(possible)


def test_only_a_person_resumes_what_was_stopped() -> None:
    """From stopped or failed no single action leads back to running (D8)."""
    for state in (S.STOPPED, S.FAILED, S.COMPLETED):
        assert S.RUNNING not in LEADS_TO[state].values()


def test_screening_gets_the_campaigns_terms() -> None:
    """Field by field what the settings say."""
    settings = some_settings(subject="renewal", rules=("US-DEBT",))
    for name in ("purpose", "subject", "dial_mode", "max_ring", "attempt_limits", "rules"):
        assert getattr(settings.terms, name) == getattr(settings, name)
