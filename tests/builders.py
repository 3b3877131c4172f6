"""Lists, contacts, campaigns, attempts, agents and facts for tests: valid unless told otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from campaigns.attempt import Attempt, AttemptState
from campaigns.campaign import Campaign, CampaignSettings, CampaignState
from campaigns.contact import Contact, ContactList, ListState
from campaigns.events import (
    AgentState,
    CampaignPaused,
    ContactFinished,
    Fact,
    FinishReason,
)
from campaigns.identity import attempt_id, derive_id
from campaigns.messages import Message
from campaigns.ports import QueueEntry, UnitOfWork
from campaigns.restrictions import ListCopy
from compliance.case import Channel, ConsentKind, DialMode, SuppressionSource
from compliance.consent_records import EVERYWHERE, ConsentAction, ConsentRecord, ConsentSource
from compliance.number_set import NumberSet
from compliance.ports import WHOLE_ACCOUNT, Suppression
from compliance.suppression_lists import ListKind, SuppressedArea, SuppressionList
from dialer.agent import Agent
from dialer.ports import LoggedDecision

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
"""A Monday, 12:00 in New York and 9:00 in Los Angeles: every zone of the contiguous US is open."""

ACCOUNT = "acme"
RULEBOOK = "rules 1, zones 1"


def after(seconds: float, since: datetime = NOON) -> datetime:
    """So many seconds later."""
    return since + timedelta(seconds=seconds)


def ident(*parts: str | int) -> str:
    """An id for a test: the same parts always give the same one."""
    return derive_id("test", *parts)


def a_list(name: str = "list", **changes: Any) -> ContactList:
    """A contact list that is ready."""
    made = ContactList(ident("list", name), ACCOUNT, name, ListState.READY, 2, 2, 0, 0)
    return replace(made, **changes)


def a_contact(row: int = 1, list_name: str = "list", **changes: Any) -> Contact:
    """A New Yorker, with a number of their own for each row."""
    made = Contact(
        id=ident("contact", list_name, row),
        contact_list_id=ident("list", list_name),
        row=row,
        phone=f"+1212555{row:04d}",
        country="US",
        region="US-NY",
        time_zone="America/New_York",
    )
    return replace(made, **changes)


def some_settings(**changes: Any) -> CampaignSettings:
    """Settings of a predictive campaign that is open from NOON on for four hours."""
    made = CampaignSettings(
        name="Autumn", start_at=NOON, end_at=NOON + timedelta(hours=4), lines=30
    )
    return replace(made, **changes)


def a_campaign(name: str = "campaign", list_name: str = "list", **changes: Any) -> Campaign:
    """A running campaign; `settings` or any field can be given."""
    made = Campaign(
        id=ident("campaign", name),
        account=ACCOUNT,
        contact_list_id=ident("list", list_name),
        state=CampaignState.RUNNING,
        settings=some_settings(),
    )
    return replace(made, **changes)


def an_attempt(
    row: int = 1, number: int = 1, campaign: str = "campaign", **changes: Any
) -> Attempt:
    """An attempt whose request has left."""
    contact = a_contact(row)
    campaign_id = ident("campaign", campaign)
    made = Attempt(
        id=attempt_id(campaign_id, contact.id, number),
        account=ACCOUNT,
        campaign_id=campaign_id,
        contact_id=contact.id,
        number=number,
        list_row=row,
        priority=0,
        phone=contact.phone,
        phone_index=0,
        phone_count=1,
        subject=None,
        dial_mode=DialMode.PREDICTIVE,
        state=AttemptState.REQUESTED,
        reserved_at=NOON,
        dial_by=after(3),
        epoch=1,
        time_zones=("America/New_York",),
        rulebook=RULEBOOK,
        placed_at=NOON,
    )
    return replace(made, **changes)


def an_agent(number: int = 1, campaign: str | None = "campaign", **changes: Any) -> Agent:
    """An agent who is idle and always seen."""
    made = Agent(
        id=ident("agent", number),
        account=ACCOUNT,
        name=f"Agent {number}",
        campaign_id=None if campaign is None else ident("campaign", campaign),
        state=AgentState.IDLE,
        state_since=NOON - timedelta(minutes=1),
        seen_at=NOON,
        simulated=True,
    )
    return replace(made, **changes)


def an_entry(row: int = 1, at: datetime = NOON, priority: int = 0, phone: int = 0) -> QueueEntry:
    """A contact's place in the queue."""
    return QueueEntry(a_contact(row).id, priority, row, at, phone)


def a_suppression(phone: str, **changes: Any) -> Suppression:
    """A number that must not be reached by anyone in the account."""
    made = Suppression(
        account=ACCOUNT,
        address=phone,
        scope=WHOLE_ACCOUNT,
        source=SuppressionSource.INTERNAL,
        basis="asked in a call",
        recorded_by="user-1",
        recorded_at=NOON,
    )
    return replace(made, **changes)


def a_consent(phone: str, **changes: Any) -> ConsentRecord:
    """A written consent to be called, given an hour before NOON."""
    made = ConsentRecord(
        account=ACCOUNT,
        address=phone,
        action=ConsentAction.GIVEN,
        kind=ConsentKind.EXPRESS_WRITTEN,
        channel=None,
        scope=EVERYWHERE,
        at=NOON - timedelta(hours=1),
        source=ConsentSource.WEB_FORM,
        basis="newsletter form",
        evidence="page 7",
        recorded_by="user-1",
        recorded_at=NOON,
    )
    return replace(made, **changes)


def a_revocation(phone: str, **changes: Any) -> ConsentRecord:
    """All consent taken back in a text message at NOON."""
    taken_back = {"action": ConsentAction.REVOKED, "at": NOON, "source": ConsentSource.SMS}
    return a_consent(phone, **(taken_back | changes))


def a_suppression_list(name: str = "registry", **changes: Any) -> SuppressionList:
    """A copy of the US registry of the day before NOON."""
    made = SuppressionList(
        id=ident("suppression list", name),
        account=ACCOUNT,
        name=name,
        kind=ListKind.NATIONAL,
        jurisdiction="US",
        scope=EVERYWHERE,
        as_of=date(2026, 11, 22),
        numbers=1,
        sha256="a" * 64,
        version=1,
        recorded_by="user-1",
        recorded_at=NOON,
    )
    return replace(made, **changes)


def a_copy(*phones: str, **changes: Any) -> ListCopy:
    """A copy of the US registry of the day before NOON, on its way in."""
    made = ListCopy(
        account=ACCOUNT,
        name="registry",
        kind=ListKind.NATIONAL,
        jurisdiction="US",
        scope=EVERYWHERE,
        as_of=date(2026, 11, 22),
        numbers=NumberSet(phones),
        sha256="a" * 64,
        by="user-1",
        now=NOON,
    )
    return replace(made, **changes)


def an_area(area: str = "+1212", **changes: Any) -> SuppressedArea:
    """An area that nobody in the account calls."""
    made = SuppressedArea(ACCOUNT, area, EVERYWHERE, "storm", "user-1", NOON)
    return replace(made, **changes)


def a_message(text: str, phone: str, **changes: Any) -> Message:
    """A text message of NOON."""
    made = Message(ACCOUNT, phone, Channel.SMS, text, NOON, "gateway", after(2))
    return replace(made, **changes)


def a_decision(at: datetime = NOON, campaign: str = "campaign", **changes: Any) -> LoggedDecision:
    """A decision to place two calls."""
    made = LoggedDecision(ident("campaign", campaign), at, 2, 1, "no_free_agent", None, {"idle": 2})
    return replace(made, **changes)


def a_contact_fact(row: int = 1, at: datetime = NOON) -> Fact:
    """A fact that is counted along a contact."""
    return ContactFinished(
        occurred_at=at,
        campaign_id=ident("campaign", "campaign"),
        contact_id=a_contact(row).id,
        reason=FinishReason.CONVERSATION,
    )


def a_campaign_fact(campaign: str = "campaign", at: datetime = NOON) -> Fact:
    """A fact that is counted along a campaign."""
    return CampaignPaused(
        occurred_at=at,
        campaign_id=ident("campaign", campaign),
        state=CampaignState.PAUSED,
        previous_state=CampaignState.RUNNING,
        reason=None,
    )


def keep_campaign(
    uow: UnitOfWork, campaign: Campaign | None = None, contacts: Sequence[Contact] = ()
) -> Campaign:
    """A campaign in storage, over a list with these contacts that is there once."""
    campaign = campaign or a_campaign()
    held = {each.id for each in uow.contact_lists.of_account(campaign.account)}
    if campaign.contact_list_id not in held:
        contact_list = a_list(id=campaign.contact_list_id, account=campaign.account)
        uow.contact_lists.add(contact_list, NOON)
    uow.contact_lists.add_contacts(contacts)
    uow.campaigns.add(campaign, NOON)
    return campaign
