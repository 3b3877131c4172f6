"""What stands for and against calling a person now: queues, consents, lists, overrides, terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter

from app.database import SqlUnitOfWork
from app.evidence import document as doc
from app.evidence import sentences
from app.evidence.archive import Archive
from app.evidence.finding import Subject
from campaigns.campaign import Campaign, CampaignSettings
from campaigns.record_store import SqlRecords
from compliance.consent_records import EVERYWHERE

_SETTINGS = TypeAdapter(CampaignSettings)
_MESSAGES_READ = 1000


@dataclass(frozen=True, slots=True)
class Around:
    """What the parts of a packet are made with."""

    archive: Archive
    subject: Subject
    campaigns: Mapping[str, Campaign]
    rulebooks: Mapping[str, str]


def standing(uow: SqlUnitOfWork, around: Around) -> list[doc.Standing]:
    """Where the contacts wait or are finished."""
    records = SqlRecords(uow.connection)
    return [
        doc.Standing(
            campaign_id=place.campaign_id,
            contact_id=place.contact_id,
            waits_until=place.at if place.reason is None else None,
            finished_at=place.at if place.reason is not None else None,
            reason=place.reason,
            sentence=sentences.standing(place, around.campaigns),
        )
        for place in records.places(around.archive.account, around.subject.contact_ids)
    ]


def permissions(uow: SqlUnitOfWork, around: Around) -> dict[str, Any]:
    """Consents, suppressions, lists, areas, messages and overrides, as they are now."""
    account, phones = around.archive.account, sorted(around.subject.phones.values())
    scopes = [EVERYWHERE, *around.campaigns]
    holding = {
        entry.list_name
        for scope in scopes
        for entries in uow.suppression_lists.entries(account, scope, phones).values()
        for entry in entries
    }
    records = SqlRecords(uow.connection)
    consents = uow.consents.of(account, phones)
    waiting = uow.consents.reviews(account, _MESSAGES_READ)
    return {
        "consents": [
            doc.Consent(**_without_account(each)) for phone in consents for each in consents[phone]
        ],
        "suppressions": [
            doc.Suppressed(**_without_account(each))
            for each in records.suppressions(account, phones)
        ],
        "lists": [
            doc.ListInUse(
                **_without_account(each, "id", "as_of"),
                as_of=each.as_of.isoformat(),
                holds=each.name in holding,
            )
            for each in uow.suppression_lists.of_account(account)
            if each.scope in scopes
        ],
        "areas": [
            {"area": each.area, "scope": each.scope, "basis": each.basis}
            for each in uow.suppression_lists.areas(account)
            if each.scope in scopes
        ],
        "messages": [
            doc.Message(received_at=each.received_at, channel=each.channel)
            for each in waiting
            if each.address in phones
        ],
        "overrides": [
            doc.Override(**_without_account(each))
            for campaign_id in sorted(around.campaigns)
            for each in uow.overrides.of_campaign(campaign_id)
        ],
    }


def _without_account(record: Any, *others: str) -> dict[str, Any]:
    return {key: value for key, value in asdict(record).items() if key not in {"account", *others}}


def terms(campaign: Campaign) -> doc.CampaignTerms:
    """A campaign and its settings."""
    return doc.CampaignTerms(
        id=campaign.id,
        name=campaign.settings.name,
        state=campaign.state,
        starts_at=campaign.settings.start_at,
        ends_at=campaign.settings.end_at,
        settings=_SETTINGS.dump_python(campaign.settings, mode="json"),
    )
