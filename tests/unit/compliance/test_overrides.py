"""What can be lifted by its name, and what is said of everything else."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from compliance.case import AttemptLimit, CampaignTerms, OpenSpan, RestrictedPeriod, Weekday
from compliance.overrides import (
    NotLiftableError,
    Override,
    OwnRule,
    in_force,
    lifted,
    own_rule,
)
from compliance.reasons import ReasonCode
from compliance.rule_listing import own_rules
from compliance.rulebook import Rulebook
from compliance.rulebook_file import load

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
TERMS = CampaignTerms(
    open_hours={Weekday.MONDAY: (OpenSpan(time(9), time(12)),)},
    restricted_periods=(RestrictedPeriod("Fair", date(2026, 12, 1), date(2026, 12, 2)),),
    attempt_limits=(AttemptLimit(3, 1),),
    rules=("US-DEBT",),
)


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    """The bundled rules."""
    return load()


def an_override(rule: OwnRule) -> Override:
    """From noon on for an hour."""
    until = NOON + timedelta(hours=1)
    return Override("o", "acme", "c", rule, "user-1", "administrator", "Recall", NOON, until)


@pytest.mark.parametrize("rule", list(OwnRule))
def test_own_rules_are_known_by_their_names(rulebook: Rulebook, rule: OwnRule) -> None:
    """Those of the campaign's settings."""
    assert own_rule(rule.value, rulebook) is rule


def test_no_rule_of_the_law_can_be_lifted(rulebook: Rulebook) -> None:
    """Not one of all that there are; each refusal names the law's source and what can be lifted."""
    found = 0
    for jurisdiction in rulebook.jurisdictions.values():
        for _, rule in own_rules(jurisdiction):
            found += 1
            with pytest.raises(NotLiftableError) as refusal:
                own_rule(rule.rule, rulebook)
            assert refusal.value.citation
            assert refusal.value.citation in str(refusal.value)
            assert "open_hours, restricted_periods, attempt_limits" in str(refusal.value)
    assert found > 150


@pytest.mark.parametrize("name", [*ReasonCode, "US-FL", "open hours", "OPEN_HOURS", "", "x" * 9999])
def test_nothing_else_can_be_lifted(rulebook: Rulebook, name: str) -> None:
    """Neither a reason nor a suppression, a consent or a registry, whatever it is called."""
    with pytest.raises(NotLiftableError, match="suppressions, consents and") as refusal:
        own_rule(name, rulebook)
    assert len(str(refusal.value)) < 500


def test_an_override_stands_from_its_start_until_its_end() -> None:
    """The start is included, the end is not."""
    made = an_override(OwnRule.OPEN_HOURS)
    second = timedelta(seconds=1)
    assert [
        bool(in_force([made], at))
        for at in (NOON - second, NOON, made.ends_at - second, made.ends_at)
    ] == [False, True, True, False]


def test_each_override_lifts_its_own_rule_and_nothing_else() -> None:
    """The rules of law that the campaign names stay in any case."""
    lifts: dict[OwnRule, dict[str, object]] = {
        OwnRule.OPEN_HOURS: {"open_hours": None},
        OwnRule.RESTRICTED_PERIODS: {"restricted_periods": ()},
        OwnRule.ATTEMPT_LIMITS: {"attempt_limits": ()},
    }
    fields = ("open_hours", "restricted_periods", "attempt_limits", "rules", "purpose", "max_ring")
    for rule, gone in lifts.items():
        after = lifted(TERMS, [an_override(rule)])
        for name in fields:
            assert getattr(after, name) == gone.get(name, getattr(TERMS, name)), (rule, name)
    assert lifted(TERMS, [an_override(rule) for rule in OwnRule]).rules == TERMS.rules
