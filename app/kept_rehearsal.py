"""A dry run of a campaign in the database, for the command line and for the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from app.database import Database
from campaigns.campaign import Campaign
from campaigns.contact import ListState
from campaigns.service import ListNotReadyError
from compliance.overrides import Override
from compliance.rulebook import Rulebook
from dialer.outlook import Outlook
from dialer.rehearsing import Batch, kept_batches, rehearse, start_of


@dataclass(frozen=True, slots=True)
class Prepared:
    """A campaign that can be rehearsed: over so many contacts, from this start on."""

    campaign: Campaign
    start: datetime
    contacts: int
    overrides: list[Override]


def prepare(
    database: Database, account: str, campaign_id: str, start: datetime | None, now: datetime
) -> Prepared:
    """Look whether the campaign can be rehearsed.

    Raises:
        NotFoundError: there is no such campaign in the account.
        AlreadyStartedError: it is neither a draft nor scheduled.
        CampaignOverError: its end would be past.
        ListNotReadyError: its list is still being imported.
    """
    with database.reading() as uow:
        campaign = uow.campaigns.get(account, campaign_id)
        contact_list = uow.contact_lists.get(account, campaign.contact_list_id)
        overrides = uow.overrides.of_campaign(campaign_id)
    if contact_list.state is not ListState.READY:
        raise ListNotReadyError(contact_list)
    first = start_of(campaign, start, now)
    return Prepared(campaign, first, contact_list.accepted, overrides)


def rehearse_kept(
    database: Database, rulebook: Rulebook, prepared: Prepared, progress: Callable[[int], None]
) -> Outlook:
    """Rehearse; `progress` is told how many contacts have been looked at, between two batches."""
    batches = kept_batches(database.reading, prepared.campaign, prepared.start)
    told = _told(batches, progress)
    return rehearse(prepared.campaign, rulebook, prepared.start, told, prepared.overrides)


def _told(batches: Iterable[Batch], progress: Callable[[int], None]) -> Iterator[Batch]:
    done = 0
    for batch in batches:
        yield batch
        done += len(batch.contacts)
        progress(done)
