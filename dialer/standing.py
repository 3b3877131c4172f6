"""What stands for and against calling a round of contacts, read once for all of them.

Before a call everything is read under the locks that a suppression, a revocation or a new list
takes as well: what was acknowledged before is seen here (invariant D6). A dry run calls nobody,
and reads without locks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from campaigns.attempt import Attempt, AttemptState
from campaigns.campaign import Campaign
from campaigns.contact import Contact
from campaigns.events import Disposition
from compliance.case import (
    CampaignTerms,
    Case,
    Channel,
    ContactFacts,
    DialMode,
    PastAttempt,
    PastOutcome,
    RegistryCopy,
    SuppressionEntry,
)
from compliance.consent_records import ConsentRecord, standing_consent
from compliance.overrides import Override, in_force, lifted
from compliance.suppression_lists import SuppressedArea, copies_in_use, of_scope, places_of
from dialer.ports import DialerUnitOfWork

DIAL_WITHIN = timedelta(seconds=3)
"""A reservation is not dialed later than this after it was made (invariant P2)."""

LOOK_BACK = timedelta(days=62)
"""History that any rule on live calls may ask for: the longest is France's 60 days."""

_EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Standing:
    """What was read for one campaign and a round's numbers.

    `held` are numbers whose message waits for a reader; nobody calls them meanwhile.
    """

    suppressed: Mapping[str, tuple[SuppressionEntry, ...]]
    listed: Mapping[str, tuple[SuppressionEntry, ...]]
    areas: tuple[SuppressedArea, ...]
    consents: Mapping[str, tuple[ConsentRecord, ...]]
    held: frozenset[str]
    registries: tuple[RegistryCopy, ...]
    overrides: tuple[Override, ...]
    history: Mapping[str, Sequence[Attempt]]


def gather(
    uow: DialerUnitOfWork, campaign: Campaign, phones: Sequence[str], now: datetime
) -> Standing:
    """Lock the numbers, and read all that stands for and against them."""
    uow.suppression_lists.lock(campaign.account)
    uow.suppressions.lock_numbers(campaign.account, phones)
    return read(uow, campaign, phones, now)


def read(
    uow: DialerUnitOfWork, campaign: Campaign, phones: Sequence[str], now: datetime
) -> Standing:
    """Read all that stands for and against the numbers, and lock nothing."""
    account = campaign.account
    return Standing(
        suppressed=uow.suppressions.entries(account, campaign.id, phones),
        listed=uow.suppression_lists.entries(account, campaign.id, phones),
        areas=tuple(
            area
            for area in uow.suppression_lists.areas(account)
            if of_scope(area.scope, campaign.id)
        ),
        consents=uow.consents.of(account, phones),
        held=frozenset(uow.consents.held(account, phones)),
        registries=copies_in_use(uow.suppression_lists.of_account(account)),
        overrides=in_force(uow.overrides.of_campaign(campaign.id), now),
        history=uow.attempts.to_number(account, phones, _since(campaign, now)),
    )


def _since(campaign: Campaign, now: datetime) -> datetime:
    """From when on history counts: Nevada forbids a recorded call to who refused one for good."""
    if campaign.settings.dial_mode is DialMode.AGENTLESS:
        return _EVER
    own = (timedelta(days=limit.days) for limit in campaign.settings.attempt_limits)
    return now - max((LOOK_BACK, *own))


def case_of(
    contact: Contact,
    phone: str,
    standing: Standing,
    campaign: Campaign,
    now: datetime,
    but: str | None = None,
) -> Case:
    """The question whether this number of a contact may be called now.

    `but`: an attempt that is no history, since it is the one that is asked about.
    """
    past = (attempt for attempt in standing.history.get(phone, ()) if attempt.id != but)
    return Case(
        at=now,
        channel=Channel.VOICE,
        contact=ContactFacts(
            phone=phone,
            country=contact.country or None,
            region=contact.region or None,
            postal_code=contact.postal_code or None,
            time_zone=contact.time_zone or None,
            consent=standing_consent(standing.consents.get(phone, ()), Channel.VOICE, campaign.id),
        ),
        campaign=terms_of(campaign, standing.overrides),
        history=tuple(
            _past(attempt) for attempt in past if attempt.state is not AttemptState.CANCELLED
        ),
        suppressed=_entries(contact, phone, standing),
        registries=standing.registries,
    )


def _entries(contact: Contact, phone: str, standing: Standing) -> tuple[SuppressionEntry, ...]:
    entries = (*standing.suppressed.get(phone, ()), *standing.listed.get(phone, ()))
    if not standing.areas:
        return entries
    places = places_of(phone, contact.country, contact.region)
    closed = (area.entry for area in standing.areas if area.covers(phone, places))
    return (*entries, *closed)


def terms_of(campaign: Campaign, overrides: Sequence[Override]) -> CampaignTerms:
    """The campaign's terms; the dial may leave `DIAL_WITHIN` later than it is screened (D4)."""
    terms = lifted(campaign.settings.terms, overrides)
    return replace(terms, max_ring=terms.max_ring + DIAL_WITHIN)


_OUTCOMES = {
    Disposition.NO_ANSWER: PastOutcome.NO_ANSWER,
    Disposition.BUSY: PastOutcome.BUSY,
    Disposition.MACHINE: PastOutcome.MACHINE,
    Disposition.MESSAGE_LEFT: PastOutcome.MESSAGE_LEFT,
    Disposition.ABANDONED: PastOutcome.ABANDONED,
    Disposition.CONVERSATION: PastOutcome.CONVERSATION,
    Disposition.FAILED: PastOutcome.FAILED,
    Disposition.INVALID_NUMBER: PastOutcome.FAILED,
    # It rang, and no conversation came of it.
    Disposition.HUNG_UP: PastOutcome.NO_ANSWER,
}


def _past(attempt: Attempt) -> PastAttempt:
    """An attempt as history; one whose end is not known counts as an attempt all the same (D3)."""
    outcome = None if attempt.disposition is None else _OUTCOMES.get(attempt.disposition)
    if attempt.refused:
        outcome = PastOutcome.REFUSED
    return PastAttempt(
        at=attempt.placed_at or attempt.reserved_at,
        channel=Channel.VOICE,
        outcome=outcome,
        subject=attempt.subject,
    )
