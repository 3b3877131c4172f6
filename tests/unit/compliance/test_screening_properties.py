"""What holds for every case, tried on many that chance makes up."""

from __future__ import annotations

import functools
import json
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.case import (
    AttemptLimit,
    Case,
    Channel,
    ContactFacts,
    PastAttempt,
    PastOutcome,
    RestrictedPeriod,
    SuppressionEntry,
    SuppressionSource,
)
from compliance.location import locate
from compliance.phone_number import parse
from compliance.quiet_time import is_open, legal_hours, next_open
from compliance.rulebook import Rulebook, build
from compliance.rules import LegalChannel
from compliance.screening import SEARCHED, Allow, Defer, ReasonCode, screen
from compliance.time_zone import zone
from tests.random_cases import INSTANTS, NEAR_CHANGES, cases
from tests.screening_cases import rules

SECOND = timedelta(seconds=1)


@settings(max_examples=400, deadline=None)
@given(cases())
def test_deferred_until_the_first_right_instant(case: Case) -> None:
    """At `not_before` the case is allowed, and a second before it is not."""
    decision = screen(case, rules())
    if isinstance(decision, Defer):
        assert decision.not_before > case.at
        assert decision.not_before <= case.at + SEARCHED
        assert decision.not_before.microsecond == 0
        assert isinstance(screen(replace(case, at=decision.not_before), rules()), Allow)
        before = max(case.at, decision.not_before - SECOND)
        assert not isinstance(screen(replace(case, at=before), rules()), Allow)


@settings(max_examples=150, deadline=None)
@given(cases(), st.integers(1, 366 * 24 * 60))
def test_nothing_right_is_passed_over(case: Case, minutes: int) -> None:
    """No instant before `not_before` is allowed, and none at all when denied."""
    decision = screen(case, rules())
    if isinstance(decision, Allow):
        return
    until = decision.not_before if isinstance(decision, Defer) else case.at + SEARCHED
    tried = case.at + timedelta(minutes=minutes)
    if tried < until:
        assert not isinstance(screen(replace(case, at=tried), rules()), Allow)


@settings(max_examples=200, deadline=None)
@given(
    cases(),
    st.sampled_from(["US-RI", "US-CT", "US-DEBT", "US-NYC", "US-AL", "IT", "GB", "AU-RESEARCH"]),
)
def test_a_rule_more_never_allows_more(case: Case, code: str) -> None:
    """What is not allowed is not allowed either when another rule applies as well."""
    more = replace(case, campaign=replace(case.campaign, rules=(code,)))
    first, second = screen(case, rules()), screen(more, rules())
    if not isinstance(first, Allow):
        assert not isinstance(second, Allow)
        codes = {reason.code for reason in first.reasons}
        # Without a common window, what becomes final later on is among the reasons too.
        if ReasonCode.NO_COMMON_WINDOW not in codes:
            assert codes <= {reason.code for reason in second.reasons}


@settings(max_examples=200, deadline=None)
@given(cases(), st.sampled_from(["suppressed", "limit", "history", "period"]))
def test_more_against_it_never_allows_more(case: Case, kind: str) -> None:
    """A list entry, a limit, an attempt or a closed day more turns no refusal into a yes."""
    terms = case.campaign
    today = case.at.date()
    more = {
        "suppressed": replace(case, suppressed=(SuppressionEntry(SuppressionSource.NATIONAL),)),
        "limit": replace(
            case,
            campaign=replace(terms, attempt_limits=(*terms.attempt_limits, AttemptLimit(1, 3))),
        ),
        "history": replace(
            case,
            history=(*case.history, PastAttempt(case.at - SECOND, Channel.VOICE, PastOutcome.BUSY)),
        ),
        "period": replace(
            case,
            campaign=replace(
                terms,
                restricted_periods=(
                    *terms.restricted_periods,
                    RestrictedPeriod("more", today, today),
                ),
            ),
        ),
    }[kind]
    if not isinstance(screen(case, rules()), Allow):
        assert not isinstance(screen(more, rules()), Allow)


@functools.cache
def one_more(place: str, start: str, until: str | None) -> Rulebook:
    """The bundled rules and one ban."""
    ban = {"id": "BAN", "places": [place], "from": start, "reason": "storm", "cite": "a law"}
    if until is not None:
        ban["until"] = until
    return build({**json.loads(rules().content), "emergency_bans": [ban]}, "2026f")


@settings(max_examples=300, deadline=None)
@given(
    cases(),
    st.sampled_from(["US", "US-NY", "US-FL", "GB", "AU-NSW", "CA-BC"]),
    st.sampled_from(["2025-12-01", "2026-06-15"]),
    st.sampled_from([None, "2026-06-15", "2027-03-01"]),
)
def test_a_ban_more_never_allows_more(
    asked: Case, place: str, start: str, until: str | None
) -> None:
    """No refusal becomes a yes, and no wait shorter, because a ban was switched on."""
    first, second = screen(asked, rules()), screen(asked, one_more(place, start, until))
    if isinstance(second, Allow):
        assert isinstance(first, Allow)
    if isinstance(first, Defer) and isinstance(second, Defer):
        assert first.not_before <= second.not_before


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["+12125550123", "+442079460958", "+61412345678", "+16175550123"]),
    NEAR_CHANGES,
)
def test_no_clock_change_opens_a_closed_hour(phone: str, at: datetime) -> None:
    """Whatever the clocks do, an allowed attempt starts and ends within 8 to 21 on every wall."""
    decision = screen(Case(at=at, channel=Channel.VOICE, contact=ContactFacts(phone)), rules())
    if isinstance(decision, Allow):
        for name in decision.time_zones:
            start, end = (
                (at + timedelta(seconds=seconds)).astimezone(zone(name)) for seconds in (0, 27)
            )
            assert 8 <= start.hour < 21
            assert 8 <= end.hour < 21


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["+12125550123", "+33140205050", "+61412345678"]), INSTANTS)
def test_next_opening_is_the_one_found_by_trying(phone: str, at: datetime) -> None:
    """The opening that is computed is the one found by trying every minute of three days."""
    at = at.replace(second=0, microsecond=0)
    case = Case(at=at, channel=Channel.VOICE, contact=ContactFacts(phone))
    location = locate(case, parse(phone), rules())
    length = timedelta(seconds=27)
    for strand in legal_hours(location, LegalChannel.VOICE_LIVE)[:2]:
        tries = (at + timedelta(minutes=minute) for minute in range(3 * 24 * 60))
        found = next((instant for instant in tries if is_open(strand, instant, length)), None)
        assert next_open(strand, at, length, at + timedelta(days=3) - SECOND) == found
