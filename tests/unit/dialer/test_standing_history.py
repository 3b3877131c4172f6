"""What stands for and against a number becomes the case that is screened."""

from __future__ import annotations

from datetime import timedelta

from campaigns.events import Disposition
from campaigns.ports import UnitOfWork
from compliance.case import AttemptLimit, DialMode, PastOutcome
from dialer.standing import LOOK_BACK, case_of, gather
from tests.builders import (
    NOON,
    a_campaign,
    a_contact,
    an_attempt,
    keep_campaign,
    some_settings,
)
from tests.fakes import FakeDatabase

CONTACT = a_contact()


def outcomes(days_ago: float, **settings: object) -> list[PastOutcome | None]:
    """What the history says of a refused conversation so long ago."""
    campaign = a_campaign(settings=some_settings(**settings))
    at = NOON - timedelta(days=days_ago)
    past = an_attempt(
        placed_at=at,
        reserved_at=at,
        ended_at=at,
        disposition=Disposition.CONVERSATION,
        refused=True,
    )
    database = FakeDatabase(lambda: NOON)
    with database() as uow:
        kept: UnitOfWork = uow
        keep_campaign(kept, campaign, [CONTACT])
        uow.attempts.add([past])
        standing = gather(uow, campaign, [CONTACT.phone], NOON)
    case = case_of(CONTACT, CONTACT.phone, standing, campaign, NOON)
    return [entry.outcome for entry in case.history]


def test_a_conversation_that_was_refused_is_told_as_such() -> None:
    """The attempt's disposition is a conversation all the same."""
    assert outcomes(1) == [PastOutcome.REFUSED]


def test_history_reaches_as_far_back_as_any_rule_asks() -> None:
    """The law's for live calls, the campaign's own limits, and for good for recorded ones."""
    beyond = LOOK_BACK / timedelta(days=1) + 1
    assert outcomes(beyond) == []
    assert outcomes(beyond, attempt_limits=(AttemptLimit(3, 365),)) == [PastOutcome.REFUSED]
    assert outcomes(beyond, dial_mode=DialMode.AGENTLESS) == [PastOutcome.REFUSED]
