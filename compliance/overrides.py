"""What a person may lift for a while: a campaign's own rules, and never one of the law's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from compliance.case import CampaignTerms
from compliance.rule_listing import own_rules
from compliance.rules import Rulebook


class OwnRule(StrEnum):
    """The rules that a campaign gives itself; the names are those of the campaign's settings."""

    OPEN_HOURS = "open_hours"
    RESTRICTED_PERIODS = "restricted_periods"
    ATTEMPT_LIMITS = "attempt_limits"


class NotLiftableError(Exception):
    """Nobody may lift this: it is no rule that a campaign has given itself."""

    def __init__(self, name: str, citation: str | None) -> None:
        what = "no rule of a campaign's own" if citation is None else f"the law ({citation})"
        super().__init__(
            f"{name[:60]!r} is {what}: what the law says, and what suppressions, consents and "
            f"registries say, nobody may lift; what can be lifted is {', '.join(OwnRule)}"
        )
        self.name = name
        self.citation = citation


def own_rule(name: str, rulebook: Rulebook) -> OwnRule:
    """The rule of that name, if it can be lifted.

    Raises:
        NotLiftableError: it cannot; where it is a rule of the law, with its citation.
    """
    try:
        return OwnRule(name)
    except ValueError:
        raise NotLiftableError(name, _citation(name, rulebook)) from None


def _citation(name: str, rulebook: Rulebook) -> str | None:
    """Where the law's rule of that id comes from."""
    for jurisdiction in rulebook.jurisdictions.values():
        if name == jurisdiction.rule.id:
            return jurisdiction.rule.citation
        for _, rule in own_rules(jurisdiction):
            if name == rule.rule:
                return rule.citation
    bans = (ban.rule for ban in rulebook.emergency_bans)
    return next((rule.citation for rule in bans if rule.id == name), None)


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
        terms = without(terms, override.rule)
    return terms


def without(terms: CampaignTerms, rule: OwnRule) -> CampaignTerms:
    """The terms without one of their rules."""
    match rule:
        case OwnRule.OPEN_HOURS:
            return replace(terms, open_hours=None)
        case OwnRule.RESTRICTED_PERIODS:
            return replace(terms, restricted_periods=())
        case OwnRule.ATTEMPT_LIMITS:
            return replace(terms, attempt_limits=())


def liftable(terms: CampaignTerms) -> list[OwnRule]:
    """The rules that the campaign has."""
    return [rule for rule in OwnRule if without(terms, rule) != terms]
