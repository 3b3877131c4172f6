"""The use cases of overrides: lift a campaign's own rule for a while, and end that early.

Only what a campaign has given itself can be lifted (compliance/overrides.py). Screening reads the
overrides each time, so that the end of one needs nothing: from then on the rule stands again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns.campaign import Campaign
from campaigns.events import TEXT_LENGTH, ComplianceOverrideUsed, instant_text
from campaigns.identity import derive_id
from campaigns.ports import UnitOfWork
from campaigns.role import Role
from campaigns.service import CampaignOverError
from compliance.evidence import Evidence, EvidenceKind, body_text, campaign_chain
from compliance.overrides import Override, OwnRule, in_force, liftable

MAY_OVERRIDE = (Role.ADMINISTRATOR, Role.COMPLIANCE_OFFICER)
"""Who may lift a rule: never who is measured by the calls that it holds back."""

LONGEST = timedelta(days=7)
"""An exception that outlives a week is a rule: then the campaign's settings are to be changed,
where everybody sees it."""

FEWEST_WORDS = 3
"""A reason that an auditor can follow is more than "ok" or "urgent"."""

ENDED_EARLY = "Ended early"


class OverrideRefusedError(Exception):
    """A rule is not lifted, or not put back; the message says why and what to do."""


class RoleNotPermittedError(OverrideRefusedError):
    """The role may not lift rules."""

    def __init__(self, role: Role) -> None:
        permitted = " and ".join(each.replace("_", " ") for each in MAY_OVERRIDE)
        super().__init__(
            f"a {role.replace('_', ' ')} may not lift a rule: only {permitted} may; ask one of them"
        )


class BadReasonError(OverrideRefusedError):
    """The reason says too little, or too much."""


class BadEndError(OverrideRefusedError):
    """The end is past, or too far ahead."""


class NothingToLiftError(OverrideRefusedError):
    """The campaign has no such rule of its own."""

    def __init__(self, rule: OwnRule) -> None:
        super().__init__(
            f"the campaign has no {_plain(rule)} of its own, so there is nothing to lift; "
            "what the law says holds all the same"
        )


class AlreadyLiftedError(OverrideRefusedError):
    """The rule is lifted as it is."""

    def __init__(self, standing: Override) -> None:
        super().__init__(
            f"the {_plain(standing.rule)} are lifted until {instant_text(standing.ends_at)}; "
            "end that first, or wait"
        )


class NotInForceError(OverrideRefusedError):
    """There is no such override in force."""

    def __init__(self) -> None:
        super().__init__("no such override is in force in this campaign; it may have ended")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants lifted; `by` is the id of who asks, `reason` their own words."""

    rule: OwnRule
    by: str
    role: Role
    reason: str
    ends_at: datetime


def override(
    uow: UnitOfWork, account: str, campaign_id: str, wanted: Wanted, now: datetime
) -> Override:
    """Lift one of a campaign's own rules from now on; whom it held back is screened again.

    Raises:
        OverrideRefusedError: one of its kinds: the role, the reason or the end is not good enough,
            or there is nothing to lift.
        CampaignOverError: the campaign's end is past.
    """
    _check(wanted, now)
    campaign = _locked(uow, account, campaign_id)
    if now >= campaign.settings.end_at:
        raise CampaignOverError(campaign)
    # What looks like a number or an address is taken out, here as in everything published.
    fact = _fact(campaign, wanted.rule, wanted.by, wanted.reason, wanted.ends_at, now)
    made = Override(
        id=derive_id("override", campaign.id, wanted.rule, instant_text(now)),
        account=account,
        campaign_id=campaign.id,
        rule=wanted.rule,
        by=wanted.by,
        role=wanted.role,
        reason=fact.reason,
        starts_at=now,
        ends_at=wanted.ends_at,
    )
    _check_there_is_something(campaign, made, in_force(uow.overrides.of_campaign(campaign.id), now))
    uow.overrides.add(made)
    uow.queue.wake_deferred(campaign.id, now)
    uow.outbox.append(account, fact)
    uow.evidence.add([_audit("override", made, wanted.by, wanted.role, now)])
    return made


def end_override(
    uow: UnitOfWork,
    account: str,
    campaign_id: str,
    override_id: str,
    by: str,
    role: Role,
    now: datetime,
) -> Override:
    """Let a rule stand again before its time.

    Raises:
        RoleNotPermittedError: the role may not.
        NotInForceError: there is no such override in force.
    """
    if role not in MAY_OVERRIDE:
        raise RoleNotPermittedError(role)
    campaign = _locked(uow, account, campaign_id)
    found = in_force(uow.overrides.of_campaign(campaign.id), now)
    standing = next((each for each in found if each.id == override_id), None)
    if standing is None:
        raise NotInForceError
    uow.overrides.end(standing.id, now)
    uow.outbox.append(account, _fact(campaign, standing.rule, by, ENDED_EARLY, now, now))
    uow.evidence.add([_audit("override ended", standing, by, role, now)])
    return standing


def _check(wanted: Wanted, now: datetime) -> None:
    if wanted.role not in MAY_OVERRIDE:
        raise RoleNotPermittedError(wanted.role)
    if len(wanted.reason.split()) < FEWEST_WORDS:
        raise BadReasonError(f"give the reason in {FEWEST_WORDS} words at least")
    if len(wanted.reason) > TEXT_LENGTH:
        raise BadReasonError(f"give the reason in {TEXT_LENGTH} characters at most")
    if wanted.ends_at <= now:
        raise BadEndError("the end is past: give an instant to come")
    if wanted.ends_at - now > LONGEST:
        raise BadEndError(
            f"the end is more than {LONGEST.days} days ahead: take an earlier one, "
            "or change the campaign's settings"
        )


def _locked(uow: UnitOfWork, account: str, campaign_id: str) -> Campaign:
    """The campaign; no reservation crosses what follows. Locked in the order of a tick."""
    uow.campaigns.get(account, campaign_id)
    campaign = uow.campaigns.lock(campaign_id)
    uow.suppression_lists.lock_for_change(account)
    return campaign


def _check_there_is_something(
    campaign: Campaign, made: Override, standing: tuple[Override, ...]
) -> None:
    if made.rule not in liftable(campaign.settings.terms):
        raise NothingToLiftError(made.rule)
    for each in standing:
        if each.rule is made.rule:
            raise AlreadyLiftedError(each)


def _fact(
    campaign: Campaign, rule: OwnRule, by: str, reason: str, until: datetime, now: datetime
) -> ComplianceOverrideUsed:
    return ComplianceOverrideUsed(
        occurred_at=now, campaign_id=campaign.id, rule=rule, by=by, reason=reason, until=until
    )


def _audit(action: str, about: Override, by: str, role: Role, now: datetime) -> Evidence:
    """What was done, for the campaign's chain; of an early end the end is the entry's instant."""
    facts = {
        "action": action,
        "override": about.id,
        "rule": about.rule.value,
        "by": by,
        "role": role.value,
        "reason": about.reason,
        "until": instant_text(about.ends_at),
    }
    return Evidence(
        chain=campaign_chain(about.campaign_id),
        account=about.account,
        at=now,
        kind=EvidenceKind.AUDIT,
        body=body_text(facts),
        campaign_id=about.campaign_id,
    )


def _plain(rule: OwnRule) -> str:
    return rule.replace("_", " ")
