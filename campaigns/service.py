"""The use cases: import a list; create, schedule, start, pause, resume, stop, reopen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from campaigns.campaign import (
    Campaign,
    CampaignAction,
    CampaignSettings,
    CampaignState,
    change_state,
)
from campaigns.contact import Contact, ContactList, ListState
from campaigns.events import (
    CampaignCompleted,
    CampaignCreated,
    CampaignFailed,
    CampaignPaused,
    CampaignReopened,
    CampaignResumed,
    CampaignScheduled,
    CampaignStarted,
    CampaignStopped,
    ContactListImported,
)
from campaigns.importing import Accepted, ImportCounts, Result
from campaigns.ports import UnitOfWork, UnitOfWorkFactory

ROWS_AT_ONCE = 2000
"""How many contacts one unit of work of an import keeps; dialing goes on between two of them."""

_FACTS = {
    CampaignAction.SCHEDULE: CampaignScheduled,
    CampaignAction.START: CampaignStarted,
    CampaignAction.PAUSE: CampaignPaused,
    CampaignAction.RESUME: CampaignResumed,
    CampaignAction.STOP: CampaignStopped,
    CampaignAction.COMPLETE: CampaignCompleted,
    CampaignAction.FAIL: CampaignFailed,
    CampaignAction.REOPEN: CampaignReopened,
}


class ListNotReadyError(Exception):
    """A campaign dials only from a list whose import is complete (invariant I1)."""

    def __init__(self, contact_list: ContactList) -> None:
        super().__init__(
            f"contact list {contact_list.name!r} is {contact_list.state}; "
            "wait for its import to end, or choose another list"
        )


class CampaignOverError(Exception):
    """A campaign whose end is past has nothing left to dial."""

    def __init__(self, campaign: Campaign) -> None:
        super().__init__(
            f"campaign {campaign.settings.name!r} ended at "
            f"{campaign.settings.end_at:%Y-%m-%d %H:%M}Z; give it a later end first"
        )


def import_list(
    unit_of_work: UnitOfWorkFactory,
    contact_list: ContactList,
    results: Iterable[Result],
    now: Callable[[], datetime],
    on_result: Callable[[Result], None],
) -> ContactList:
    """Keep a list's contacts; all of them, or none if reading `results` fails.

    Until the end the list is `importing`, and no campaign dials from it. An import that was cut
    off is removed by `remove_unfinished`.
    """
    with unit_of_work() as uow:
        uow.contact_lists.add(replace(contact_list, state=ListState.IMPORTING), now())
    counts = ImportCounts()
    try:
        for batch in _batches(results, counts, on_result):
            with unit_of_work() as uow:
                uow.contact_lists.add_contacts(batch)
    except BaseException:
        with unit_of_work() as uow:
            uow.contact_lists.remove(contact_list.id)
        raise
    ready = replace(
        contact_list,
        state=ListState.READY,
        read=counts.read,
        accepted=counts.accepted,
        rejected=counts.rejected,
        duplicate=counts.duplicate,
    )
    with unit_of_work() as uow:
        uow.contact_lists.save(ready)
        uow.outbox.append(
            ready.account,
            ContactListImported(
                occurred_at=now(),
                contact_list_id=ready.id,
                read=ready.read,
                accepted=ready.accepted,
                rejected=ready.rejected,
                duplicate=ready.duplicate,
            ),
        )
    return ready


def _batches(
    results: Iterable[Result], counts: ImportCounts, on_result: Callable[[Result], None]
) -> Iterable[list[Contact]]:
    batch: list[Contact] = []
    for result in results:
        counts.add(result)
        on_result(result)
        if isinstance(result, Accepted):
            batch.append(result.contact)
        if len(batch) >= ROWS_AT_ONCE:
            yield batch
            batch = []
    yield batch


def remove_unfinished(uow: UnitOfWork) -> list[ContactList]:
    """Remove lists whose import was cut off; to be called where no import can be under way."""
    unfinished = uow.contact_lists.unfinished()
    for contact_list in unfinished:
        uow.contact_lists.remove(contact_list.id)
    return unfinished


def create_campaign(uow: UnitOfWork, campaign: Campaign, now: datetime) -> None:
    """Keep a new campaign, as a draft over a list that is ready."""
    contact_list = uow.contact_lists.get(campaign.account, campaign.contact_list_id)
    if contact_list.state is not ListState.READY:
        raise ListNotReadyError(contact_list)
    uow.campaigns.add(campaign, now)
    uow.outbox.append(
        campaign.account,
        CampaignCreated(
            occurred_at=now,
            campaign_id=campaign.id,
            state=campaign.state,
            previous_state=None,
            reason=None,
        ),
    )


def act(
    uow: UnitOfWork,
    account: str,
    campaign_id: str,
    action: CampaignAction,
    now: datetime,
    reason: str | None = None,
) -> Campaign:
    """Do something to a campaign; WrongStateError where its state does not permit it."""
    uow.campaigns.get(account, campaign_id)
    campaign = uow.campaigns.lock(campaign_id)
    state = change_state(campaign.state, action)
    dials = state in {CampaignState.RUNNING, CampaignState.SCHEDULED}
    if dials and now >= campaign.settings.end_at:
        raise CampaignOverError(campaign)
    changed = replace(campaign, state=state)
    uow.campaigns.save(changed)
    uow.outbox.append(
        account,
        _FACTS[action](
            occurred_at=now,
            campaign_id=campaign.id,
            state=state,
            previous_state=campaign.state,
            reason=reason,
        ),
    )
    if action is CampaignAction.START:
        read_list(uow, changed, now)
    return changed


def read_list(uow: UnitOfWork, campaign: Campaign, now: datetime) -> int:
    """Queue the list's contacts that the campaign does not have yet; how many."""
    contact_list = uow.contact_lists.get(campaign.account, campaign.contact_list_id)
    if contact_list.state is not ListState.READY:
        raise ListNotReadyError(contact_list)
    return uow.queue.enroll(campaign, now)


def change_settings(
    uow: UnitOfWork, account: str, campaign_id: str, settings: CampaignSettings
) -> Campaign:
    """Give a campaign other settings; a running one follows them from its next tick on."""
    uow.campaigns.get(account, campaign_id)
    changed = replace(uow.campaigns.lock(campaign_id), settings=settings)
    uow.campaigns.save(changed)
    return changed
