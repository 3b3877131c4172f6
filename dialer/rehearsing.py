"""Rehearse a campaign over its list: read, screen and count, and neither lock nor change anything.

Contacts are read some at a time, so that memory is bounded whatever the list's size, and each time
in a unit of work of its own, so that nothing waits for a rehearsal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from campaigns.campaign import Campaign, CampaignState
from campaigns.contact import Contact
from campaigns.service import CampaignOverError
from compliance.overrides import Override, in_force
from compliance.rulebook import Rulebook
from dialer.dry_run import DryRun, Spell
from dialer.outlook import Outlook
from dialer.ports import DialerUnitOfWorkFactory
from dialer.standing import Standing, case_of, read, terms_of

CONTACTS_AT_ONCE = 500

REHEARSED = (CampaignState.DRAFT, CampaignState.SCHEDULED)
"""Once a campaign has started, its contacts are no longer all to come: its live page tells."""


class AlreadyStartedError(Exception):
    """The campaign has started: a dry run comes before."""

    def __init__(self, campaign: Campaign) -> None:
        super().__init__(
            f"campaign {campaign.settings.name!r} is {campaign.state}; a dry run is for one that "
            "has not started: a draft or a scheduled one"
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """Some contacts, and what stands for and against their first numbers."""

    contacts: Sequence[Contact]
    standing: Standing


NOTHING = Standing({}, {}, (), {}, frozenset(), (), (), {})
"""No list, no suppression, no consent, no call: the standing of people nobody has heard of."""


def start_of(campaign: Campaign, wanted: datetime | None, now: datetime) -> datetime:
    """The start to rehearse: the one that is wanted, or the campaign's own if it is to come.

    Raises:
        AlreadyStartedError: the campaign is neither a draft nor scheduled.
        CampaignOverError: its end would be past.
    """
    if campaign.state not in REHEARSED:
        raise AlreadyStartedError(campaign)
    start = wanted or max(now, campaign.settings.start_at)
    if start >= campaign.settings.end_at:
        raise CampaignOverError(campaign)
    return start


def kept_batches(
    begin: DialerUnitOfWorkFactory, campaign: Campaign, start: datetime
) -> Iterator[Batch]:
    """The contacts of the campaign's list, in order, with what is kept about them."""
    row = 0
    while True:
        with begin() as uow:
            contacts = uow.contact_lists.contacts_after(
                campaign.contact_list_id, row, CONTACTS_AT_ONCE
            )
            if not contacts:
                return
            phones = sorted({contact.phone for contact in contacts})
            batch = Batch(contacts, read(uow, campaign, phones, start))
        yield batch
        row = contacts[-1].row


def rehearse(
    campaign: Campaign,
    rulebook: Rulebook,
    start: datetime,
    batches: Iterable[Batch],
    overrides: Sequence[Override] = (),
) -> Outlook:
    """What becomes of the contacts if the campaign starts then; `overrides` are the campaign's."""
    time_zone = campaign.settings.default_time_zone or "UTC"
    found = DryRun(
        spells(campaign, overrides, start, campaign.settings.end_at), rulebook, time_zone
    )
    for batch in batches:
        for contact in batch.contacts:
            if contact.phone in batch.standing.held:
                found.add_unread()
            else:
                found.add(case_of(contact, contact.phone, batch.standing, campaign, start))
    return found.outlook()


def spells(
    campaign: Campaign, overrides: Sequence[Override], start: datetime, end: datetime
) -> list[Spell]:
    """The span from `start` to `end`, cut where an override ends that is in force at the start."""
    standing = in_force(overrides, start)
    cuts = sorted({start, end, *(each.ends_at for each in standing if each.ends_at < end)})
    return [
        Spell(begin, until, terms_of(campaign, in_force(standing, begin)))
        for begin, until in pairwise(cuts)
    ]
