"""Lifting a campaign's own rule: who may, why, until when; and what is kept of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from campaigns.campaign import Campaign
from campaigns.events import ComplianceOverrideUsed
from campaigns.overriding import (
    LONGEST,
    MAY_OVERRIDE,
    AlreadyLiftedError,
    BadEndError,
    BadReasonError,
    NothingToLiftError,
    NotInForceError,
    OverrideRefusedError,
    RoleNotPermittedError,
    Wanted,
    end_override,
    override,
)
from campaigns.ports import NotFoundError
from campaigns.role import Role
from campaigns.service import CampaignOverError
from compliance.case import OpenSpan, RestrictedPeriod, Weekday
from compliance.evidence import EvidenceKind, campaign_chain
from compliance.overrides import Override, OwnRule
from tests.builders import (
    ACCOUNT,
    NOON,
    a_campaign,
    a_contact,
    after,
    an_entry,
    ident,
    keep_campaign,
    some_settings,
)
from tests.fakes import FakeDatabase

HOUR = timedelta(hours=1)
OPEN = {Weekday.MONDAY: (OpenSpan(NOON.time().replace(hour=9), NOON.time().replace(hour=12)),)}
REASON = "Recall of a dangerous product"


def wanted(**changes: Any) -> Wanted:
    """A request that is granted."""
    made = Wanted(OwnRule.OPEN_HOURS, "user-1", Role.COMPLIANCE_OFFICER, REASON, NOON + HOUR)
    return replace(made, **changes)


class Desk:
    """A running campaign with open hours, and somebody who lifts its rules."""

    def __init__(self) -> None:
        self.database = FakeDatabase(lambda: NOON)
        settings = some_settings(open_hours=OPEN)
        with self.database() as uow:
            self.campaign: Campaign = keep_campaign(uow, a_campaign(settings=settings))

    def lift(self, at: float = 0, account: str = ACCOUNT, **changes: Any) -> Override:
        """In a unit of work of its own, so many seconds after noon."""
        with self.database() as uow:
            return override(uow, account, self.campaign.id, wanted(**changes), after(at))

    def end(self, override_id: str, at: float = 60, role: Role = Role.ADMINISTRATOR) -> Override:
        """Put the rule back."""
        with self.database() as uow:
            return end_override(
                uow, ACCOUNT, self.campaign.id, override_id, "user-2", role, after(at)
            )

    def audit(self) -> list[dict[str, Any]]:
        """What the campaign's chain says, with the instant of each entry."""
        with self.database() as uow:
            entries = list(uow.evidence.chain(campaign_chain(self.campaign.id)))
        assert {entry.evidence.kind for entry in entries} <= {EvidenceKind.AUDIT}
        return [json.loads(each.evidence.body) | {"at": each.evidence.at} for each in entries]


@pytest.fixture
def desk() -> Desk:
    """Nothing is lifted yet."""
    return Desk()


# --------------------------------------------------------------------------------------- lifting
def test_a_lifted_rule_is_kept_published_and_in_the_chain(desk: Desk) -> None:
    """Who, which rule, why and until when, three times the same."""
    made = desk.lift()
    assert desk.database.rows.overrides == {made.id: made}
    assert (made.rule, made.by, made.role) == (OwnRule.OPEN_HOURS, "user-1", "compliance_officer")
    assert (made.reason, made.starts_at, made.ends_at) == (REASON, NOON, NOON + HOUR)
    (fact,) = desk.database.facts(ComplianceOverrideUsed)
    assert fact.campaign_id == desk.campaign.id
    assert (fact.rule, fact.by, fact.reason, fact.until) == (
        "open_hours",
        "user-1",
        REASON,
        NOON + HOUR,
    )
    assert desk.audit() == [
        {
            "action": "override",
            "override": made.id,
            "rule": "open_hours",
            "by": "user-1",
            "role": "compliance_officer",
            "reason": REASON,
            "until": "2026-11-23T18:00:00.000Z",
            "at": NOON,
        }
    ]


def test_whom_the_rule_held_back_is_screened_again(desk: Desk) -> None:
    """Who was deferred wakes now; who waits for a retry does not."""
    with desk.database() as uow:
        uow.contact_lists.add_contacts([a_contact(1), a_contact(2)])
        deferred = replace(an_entry(1, after(86_400)), deferred=True)
        uow.queue.put_back(desk.campaign.id, [deferred, an_entry(2, after(86_400))])
    desk.lift(at=30)
    with desk.database() as uow:
        assert uow.queue.wake(desk.campaign.id, after(30), 9) == 1
        assert [each.contact for each in uow.queue.claim(desk.campaign.id, 9)] == [a_contact(1)]


def test_numbers_and_addresses_in_the_reason_are_taken_out(desk: Desk) -> None:
    """A customer's number is neither kept nor published (S4)."""
    made = desk.lift(reason="Promised to +1 212 555 0101, zoe@example.com")
    assert made.reason == "Promised to [removed], [removed]"
    assert desk.audit()[0]["reason"] == made.reason


@pytest.mark.parametrize("role", list(Role))
def test_only_two_roles_may(desk: Desk, role: Role) -> None:
    """An administrator and a compliance officer; the others are told whom to ask."""
    if role in MAY_OVERRIDE:
        desk.end(desk.lift(role=role).id, role=role)
        return
    with pytest.raises(RoleNotPermittedError, match="compliance officer"):
        desk.lift(role=role)
    made = desk.lift()
    with pytest.raises(RoleNotPermittedError):
        desk.end(made.id, role=role)


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"reason": ""}, BadReasonError, "3 words"),
        ({"reason": "  urgent,   really "}, BadReasonError, "3 words"),
        ({"reason": "a b " + "c" * 500}, BadReasonError, "500 characters"),
        ({"ends_at": NOON}, BadEndError, "is past"),
        ({"ends_at": NOON - HOUR}, BadEndError, "is past"),
        ({"ends_at": NOON + LONGEST + timedelta(seconds=1)}, BadEndError, "7 days"),
        ({"rule": OwnRule.RESTRICTED_PERIODS}, NothingToLiftError, "no restricted periods"),
    ],
)
def test_what_is_refused_changes_nothing(
    desk: Desk, changes: dict[str, Any], error: type[OverrideRefusedError], says: str
) -> None:
    """Each refusal says what to do, and leaves no row, fact or entry."""
    with pytest.raises(error, match=says):
        desk.lift(**changes)
    assert desk.database.rows.overrides == {}
    assert desk.database.facts(ComplianceOverrideUsed) == []
    assert desk.audit() == []


def test_a_week_is_not_too_long(desk: Desk) -> None:
    """Seven days to the second."""
    assert desk.lift(ends_at=NOON + LONGEST).ends_at == NOON + LONGEST


def test_a_rule_is_lifted_once_at_a_time(desk: Desk) -> None:
    """Ending one of two would seem to put the rule back; another rule can be lifted beside it."""
    desk.lift()
    with pytest.raises(AlreadyLiftedError, match="2026-11-23T18:00"):
        desk.lift(at=1)
    desk.lift(at=1, rule=OwnRule.ATTEMPT_LIMITS)
    desk.lift(at=3600, ends_at=NOON + 2 * HOUR)
    assert len(desk.database.rows.overrides) == 3


def test_every_own_rule_can_be_lifted() -> None:
    """Where the campaign has it."""
    desk = Desk()
    period = RestrictedPeriod("Fair", NOON.date(), NOON.date())
    settings = replace(desk.campaign.settings, restricted_periods=(period,))
    with desk.database() as uow:
        uow.campaigns.save(replace(desk.campaign, settings=settings))
    for rule in OwnRule:
        desk.lift(rule=rule)
    assert {each.rule for each in desk.database.rows.overrides.values()} == set(OwnRule)


def test_a_foreign_campaign_looks_like_a_missing_one(desk: Desk) -> None:
    """Another account lifts nothing here."""
    with pytest.raises(NotFoundError):
        desk.lift(account="other")
    assert desk.database.rows.overrides == {}


def test_a_campaign_that_is_over_has_nothing_to_lift_for(desk: Desk) -> None:
    """Its end is past."""
    with pytest.raises(CampaignOverError):
        desk.lift(at=4 * 3600, ends_at=NOON + 5 * HOUR)


# ---------------------------------------------------------------------------------------- ending
def test_ending_early_is_published_and_in_the_chain(desk: Desk) -> None:
    """From that instant on the rule stands again, and who did it is known."""
    made = desk.lift()
    desk.end(made.id, at=600)
    kept = desk.database.rows.overrides[made.id]
    assert kept == replace(made, ends_at=after(600))
    assert not kept.is_in_force(after(600))
    _, fact = desk.database.facts(ComplianceOverrideUsed)
    assert (fact.rule, fact.by, fact.reason) == ("open_hours", "user-2", "Ended early")
    assert fact.until == after(600)
    _, entry = desk.audit()
    assert (entry["action"], entry["by"], entry["at"]) == ("override ended", "user-2", after(600))


def test_what_is_not_in_force_cannot_be_ended(desk: Desk) -> None:
    """Neither what has ended, nor what never was, nor another campaign's."""
    made = desk.lift()
    with pytest.raises(NotInForceError):
        desk.end(ident("nothing"))
    desk.end(made.id)
    with pytest.raises(NotInForceError):
        desk.end(made.id, at=61)
    later = desk.lift(at=70)
    with pytest.raises(NotInForceError):
        desk.end(later.id, at=3600)
    with desk.database() as uow:
        other = keep_campaign(uow, a_campaign("other"))
        with pytest.raises(NotInForceError):
            end_override(uow, ACCOUNT, other.id, later.id, "user-2", Role.ADMINISTRATOR, after(80))
    assert len(desk.database.facts(ComplianceOverrideUsed)) == 3
