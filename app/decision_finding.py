"""A campaign by id or name, and its pacing decision at an instant."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from campaigns.campaign import Campaign
from campaigns.ports import Campaigns, NotFoundError
from dialer.ports import DecisionLog, LoggedDecision

GAP = timedelta(seconds=2)
"""A dialer decides each second; so long after a decision nothing was decided any more."""

_STEP = timedelta(milliseconds=1)
_NEVER = datetime(9999, 12, 31, tzinfo=UTC)


class AmbiguousNameError(Exception):
    """Several campaigns have this name; the message names their ids."""


@dataclass(frozen=True, slots=True)
class Found:
    """The decision in force at an instant, and when the ones beside it were made.

    `after`: how long after the decision the instant is. Past `GAP` it was in force no more.
    """

    decision: LoggedDecision
    after: timedelta
    earlier_at: datetime | None
    later_at: datetime | None

    @property
    def in_force(self) -> bool:
        """Whether the campaign was paced at the instant."""
        return self.after <= GAP


def find_campaign(campaigns: Campaigns, account: str, wanted: str) -> Campaign:
    """The campaign of this id or, if it is none, of exactly this name.

    Raises:
        NotFoundError: there is none.
        AmbiguousNameError: several have the name.
    """
    try:
        return campaigns.get(account, str(uuid.UUID(wanted)))
    except ValueError:
        named = [each for each in campaigns.of_account(account) if each.settings.name == wanted]
    if not named:
        raise NotFoundError("campaign", repr(wanted))
    if len(named) > 1:
        ids = " or ".join(sorted(each.id for each in named))
        raise AmbiguousNameError(f"give an id: {ids} are called {wanted!r}")
    return named[0]


def find_decision(log: DecisionLog, campaign_id: str, at: datetime) -> Found | None:
    """The last decision up to the instant; None: there is none so early."""
    decision = log.at(campaign_id, at)
    if decision is None:
        return None
    earlier = log.at(campaign_id, decision.decided_at - _STEP)
    return Found(
        decision,
        at - decision.decided_at,
        None if earlier is None else earlier.decided_at,
        first_from(log, campaign_id, decision.decided_at + _STEP),
    )


def first_from(log: DecisionLog, campaign_id: str, at: datetime) -> datetime | None:
    """When the first decision at the instant or after it was made."""
    later = log.between(campaign_id, at, _NEVER, 1)
    return later[0].decided_at if later else None
