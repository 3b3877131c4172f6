"""What a person may lift for a while: a campaign's own rules, and never one of the law's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from compliance.case import CampaignTerms


class OwnRule(StrEnum):
    """The rules that a campaign gives itself; the names are those of the campaign's settings."""

    OPEN_HOURS = "open_hours"
    RESTRICTED_PERIODS = "restricted_periods"
    ATTEMPT_LIMITS = "attempt_limits"


@dataclass(frozen=True, slots=True)
class Override:
    """A campaign's own rule lifted by a person.

    Attributes:
        id: A UUID.
        account: Whose it is.
        campaign_id: The campaign whose rule is lifted.
        rule: What is lifted.
        by: Who lifted it.
        role: The role that permitted it.
        reason: Why.
        starts_at: From when on.
        ends_at: Until when, not included.
    """

    id: str
    account: str
    campaign_id: str
    rule: OwnRule
    by: str
    role: str
    reason: str
    starts_at: datetime
    ends_at: datetime

    def is_in_force(self, now: datetime) -> bool:
        """Whether it lifts the rule at the instant."""
        return self.starts_at <= now < self.ends_at


def in_force(overrides: Iterable[Override], now: datetime) -> tuple[Override, ...]:
    """Those that lift a rule at the instant."""
    return tuple(override for override in overrides if override.is_in_force(now))


def lifted(terms: CampaignTerms, overrides: Iterable[Override]) -> CampaignTerms:
    """The terms without the rules that these overrides lift."""
    for override in overrides:
        match override.rule:
            case OwnRule.OPEN_HOURS:
                terms = replace(terms, open_hours=None)
            case OwnRule.RESTRICTED_PERIODS:
                terms = replace(terms, restricted_periods=())
            case OwnRule.ATTEMPT_LIMITS:
                terms = replace(terms, attempt_limits=())
    return terms
