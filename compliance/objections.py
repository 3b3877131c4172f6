"""All that stands against one attempt, as objections that know when they stand.

An objection says whether it stands at an instant and from which instant on it would not, so that a
decision never has to try one second after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from compliance.attempt_limits import Hold, holds
from compliance.case import Case, Channel, Consent
from compliance.consent import duties, is_revoked, lifts, on_file, standing, suffices
from compliance.emergency_ban import span_of
from compliance.location import Location
from compliance.quiet_time import (
    Strand,
    campaign_hours,
    closing_rules,
    has_window,
    is_open,
    legal_holidays,
    legal_hours,
    next_open,
)
from compliance.reasons import Reason, ReasonCode
from compliance.rules import (
    ConsentDuty,
    EmergencyBan,
    Exemption,
    LegalChannel,
    Rule,
    Rulebook,
    legal_channel,
    legal_purpose,
)
from compliance.suppression import AgingCopy, Listing, aging_copies, listings

# Between the last ring and the moment at which a person or a machine is surely told apart.
_AFTER_RING = timedelta(seconds=2)

_FAIL_CLOSED = "What is not known is not dialled (meta.default_when_unknown: deny)"
BAD_NUMBER = Rule("valid number", "International numbering plan (ITU-T E.164)")
NO_ZONE = Rule("local time", _FAIL_CLOSED)
NO_PLACE = Rule("jurisdiction", _FAIL_CLOSED)
REVOKED = Rule("consent", "Consent was taken back (47 CFR 64.1200(a)(10) and its like)")


class Objection(Protocol):
    """Something that may stand against an attempt."""

    def reasons_at(self, instant: datetime) -> tuple[Reason, ...]:
        """Why an attempt that starts at the instant would be wrong; empty when it would not."""

    def next_free(self, instant: datetime, latest: datetime) -> datetime | None:
        """The first instant from `instant` on without objection; None: none up to `latest`."""

    def is_final(self, instant: datetime) -> bool:
        """Whether it stands at the instant and nothing that is known will ever end it."""


@dataclass(frozen=True, slots=True, eq=False)
class StandingObjection:
    """An objection that ends, if ever, at one of a few known instants."""

    reason: Reason
    stands_at: Callable[[datetime], bool]
    may_end_at: tuple[datetime, ...] = ()

    def reasons_at(self, instant: datetime) -> tuple[Reason, ...]:
        """The reason, as long as it stands."""
        return (self.reason,) if self.stands_at(instant) else ()

    def next_free(self, instant: datetime, latest: datetime) -> datetime | None:
        """The first of the known instants at which it does not stand."""
        if not self.stands_at(instant):
            return instant
        return next((end for end in self._ends_after(instant) if end <= latest), None)

    def is_final(self, instant: datetime) -> bool:
        """It stands, and at none of the known instants it does not."""
        return self.stands_at(instant) and not self._ends_after(instant)

    def _ends_after(self, instant: datetime) -> list[datetime]:
        return [end for end in sorted(self.may_end_at) if end > instant and not self.stands_at(end)]


@dataclass(frozen=True, slots=True, eq=False)
class QuietTime:
    """Closed local time for the whole of an attempt, unless the contact's consent lifts it."""

    strand: Strand
    length: timedelta
    lifted_by: tuple[Exemption, ...] = ()
    consent: Consent | None = None

    def reasons_at(self, instant: datetime) -> tuple[Reason, ...]:
        """The rules that close the hour."""
        if is_open(self.strand, instant, self.length) or self._is_lifted(instant):
            return ()
        rules = closing_rules(self.strand, instant, self.length)
        return tuple(_reason(self.strand.reason, rule) for rule in rules)

    def next_free(self, instant: datetime, latest: datetime) -> datetime | None:
        """The next opening, or the instant itself where consent lifts the rule."""
        if self._is_lifted(instant):
            return instant
        return next_open(self.strand, instant, self.length, latest)

    def is_final(self, instant: datetime) -> bool:
        """Never: another day may be open."""
        return False

    def _is_lifted(self, instant: datetime) -> bool:
        if not self.lifted_by or self.consent is None:
            return False
        return lifts(standing(self.consent, instant), self.lifted_by, instant)


def against(
    case: Case, location: Location, rulebook: Rulebook, *, has_valid_address: bool
) -> list[Objection]:
    """Every objection that there may be to a case, those of another instant among them.

    Raises:
        InvalidCaseError: a registry of the case names a jurisdiction without rules.
    """
    channel = legal_channel(case.channel, case.campaign.dial_mode)
    consent = on_file(case.contact.consent, case.at)
    found: list[Objection] = [
        *_of_place(case, location, has_valid_address),
        *_of_channel(case, location, rulebook, channel, consent),
        *_of_consent(case, location, channel, consent),
        *_of_lists(case, location, rulebook, consent),
        *_of_quiet_time(case, location, channel, consent),
    ]
    if location.emergency_bans:
        found += _of_emergency(case, location, channel)
    found += [_of_hold(hold, consent) for hold in holds(case, location, channel)]
    return found


def attempt_length(case: Case) -> timedelta:
    """How long an attempt may last before anyone answers: all of it has to be allowed."""
    if case.channel is not Channel.VOICE:
        return timedelta()
    return case.campaign.max_ring + _AFTER_RING


def _of_place(case: Case, location: Location, has_valid_address: bool) -> Iterator[Objection]:
    if not has_valid_address:
        yield _always(ReasonCode.INVALID_NUMBER, BAD_NUMBER)
        if not location.jurisdictions:
            return  # an unknown place is no second fault
    if not location.time_zones and _needs_local_time(case):
        yield _always(ReasonCode.UNKNOWN_TIME_ZONE, NO_ZONE)
    if location.has_unknown_place:
        yield _always(ReasonCode.UNKNOWN_JURISDICTION, NO_PLACE)


def _needs_local_time(case: Case) -> bool:
    if case.channel is not Channel.EMAIL:
        return True
    return case.campaign.open_hours is not None or bool(case.campaign.restricted_periods)


def _of_channel(
    case: Case,
    location: Location,
    rulebook: Rulebook,
    channel: LegalChannel,
    consent: Consent | None,
) -> Iterator[Objection]:
    for jurisdiction in location.jurisdictions:
        if channel is not LegalChannel.EMAIL:
            chain = rulebook.chain(jurisdiction.code)
            if not has_window(chain, channel):
                yield _always(ReasonCode.CHANNEL_PROHIBITED, jurisdiction.rule)
        for ban in jurisdiction.banned_channels:
            if ban.channel is channel:
                lifted_by = () if ban.unless is None else (Exemption(ban.unless),)
                yield _unless_lifted(ReasonCode.CHANNEL_PROHIBITED, ban.rule, lifted_by, consent)
        if case.channel is Channel.VOICE and case.campaign.dial_mode in jurisdiction.banned_modes:
            yield _always(ReasonCode.MODE_NOT_PERMITTED, jurisdiction.rule)


def _of_consent(
    case: Case, location: Location, channel: LegalChannel, consent: Consent | None
) -> Iterator[Objection]:
    if consent is not None and consent.revoked_at is not None:
        yield StandingObjection(
            _reason(ReasonCode.CONSENT_REVOKED, REVOKED),
            lambda instant: is_revoked(consent, instant),
        )
    for duty in duties(location.jurisdictions, case.campaign, channel):
        yield _without_consent(duty, consent)


def _without_consent(duty: ConsentDuty, consent: Consent | None) -> Objection:
    return StandingObjection(
        _reason(ReasonCode.NO_CONSENT, duty.rule),
        lambda instant: not suffices(standing(consent, instant), duty.kind),
    )


def _of_lists(
    case: Case, location: Location, rulebook: Rulebook, consent: Consent | None
) -> Iterator[Objection]:
    for listing in listings(case, location):
        yield _of_listing(listing, consent)
    for copy in aging_copies(case, location, rulebook):
        yield _too_old(copy, location)


def _too_old(copy: AgingCopy, location: Location) -> Objection:
    return StandingObjection(
        _reason(ReasonCode.REGISTRY_OUT_OF_DATE, copy.rule),
        lambda instant: copy.is_too_old(instant, location.time_zones),
    )


def _of_listing(listing: Listing, consent: Consent | None) -> Objection:
    return _unless_lifted(listing.reason, listing.rule, listing.lifted_by, consent)


def _of_quiet_time(
    case: Case, location: Location, channel: LegalChannel, consent: Consent | None
) -> Iterator[Objection]:
    length = attempt_length(case)
    if channel is not LegalChannel.EMAIL:
        for hours in legal_hours(location, channel):
            yield QuietTime(hours, length)
        for days in legal_holidays(location):
            yield QuietTime(days, length, days.holidays.lifted_by, consent)
    for strand in campaign_hours(case.campaign, location):
        yield QuietTime(strand, length)


def _of_emergency(case: Case, location: Location, channel: LegalChannel) -> Iterator[Objection]:
    purpose = legal_purpose(case.campaign.purpose)
    for ban in location.emergency_bans:
        if channel in ban.channels and purpose in ban.purposes:
            yield from _banned(ban, location, attempt_length(case))


def _banned(ban: EmergencyBan, location: Location, length: timedelta) -> Iterator[Objection]:
    begin, end = span_of(ban, location.time_zones)
    if begin is not None:
        yield StandingObjection(
            _reason(ReasonCode.RESTRICTED_PERIOD, ban.rule),
            lambda instant: begin <= instant + length and (end is None or instant < end),
            () if end is None else (end,),
        )


def _of_hold(hold: Hold, consent: Consent | None) -> Objection:
    until, lifted_by = hold.until, hold.lifted_by

    def stands_at(instant: datetime) -> bool:
        if until is not None and instant >= until:
            return False
        return not lifts(standing(consent, instant), lifted_by, instant)

    ends = () if until is None else (until,)
    return StandingObjection(_reason(hold.reason, hold.rule), stands_at, ends)


def _unless_lifted(
    code: ReasonCode, rule: Rule, lifted_by: tuple[Exemption, ...], consent: Consent | None
) -> Objection:
    return StandingObjection(
        _reason(code, rule),
        lambda instant: not lifts(standing(consent, instant), lifted_by, instant),
    )


def _always(code: ReasonCode, rule: Rule) -> Objection:
    return StandingObjection(_reason(code, rule), lambda _: True)


def _reason(code: ReasonCode, rule: Rule) -> Reason:
    return Reason(code, rule.id, rule.citation)
