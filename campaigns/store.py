"""Contact lists, campaigns and job runs in the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from campaigns.campaign import Campaign, CampaignSettings, CampaignState
from campaigns.contact import Contact, ContactList, ListState
from campaigns.ports import NotFoundError
from campaigns.tables import campaign, contact, contact_list, job_run

_SETTINGS = TypeAdapter(CampaignSettings)

# No lock on the key: agents, attempts and contacts of the campaign may be kept meanwhile, whose
# foreign keys would else wait for whoever holds it, and who may be waiting for them.
_LOCK_CAMPAIGN = (
    select(campaign).where(campaign.c.id == bindparam("id")).with_for_update(key_share=True)
)


def contact_from_row(row: Row[Any]) -> Contact:
    """A contact from a row that holds all columns of its table."""
    return Contact(
        id=row.id,
        contact_list_id=row.contact_list_id,
        row=row.row,
        phone=row.phone,
        other_phones=tuple(row.other_phones),
        first_name=row.first_name,
        last_name=row.last_name,
        email=row.email,
        country=row.country,
        region=row.region,
        postal_code=row.postal_code,
        time_zone=row.time_zone,
        priority=row.priority,
        attributes=row.attributes,
    )


def _list_from_row(row: Row[Any]) -> ContactList:
    return ContactList(
        id=row.id,
        account=row.account,
        name=row.name,
        state=ListState(row.state),
        read=row.read,
        accepted=row.accepted,
        rejected=row.rejected,
        duplicate=row.duplicate,
    )


class SqlContactLists:
    """The ContactLists port on a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, contact_list_: ContactList, created_at: datetime) -> None:
        """Keep a new list."""
        self._connection.execute(
            insert(contact_list),
            {
                "id": contact_list_.id,
                "account": contact_list_.account,
                "name": contact_list_.name,
                "created_at": created_at,
                **_list_progress(contact_list_),
            },
        )

    def get(self, account: str, list_id: str) -> ContactList:
        """The list, or NotFoundError."""
        row = self._connection.execute(
            select(contact_list).where(
                contact_list.c.id == list_id, contact_list.c.account == account
            )
        ).one_or_none()
        if row is None:
            raise NotFoundError("contact list", list_id)
        return _list_from_row(row)

    def of_account(self, account: str) -> list[ContactList]:
        """All lists, newest first."""
        rows = self._connection.execute(
            select(contact_list)
            .where(contact_list.c.account == account)
            .order_by(contact_list.c.created_at.desc(), contact_list.c.id)
        )
        return [_list_from_row(row) for row in rows]

    def add_contacts(self, contacts: Sequence[Contact]) -> None:
        """Keep contacts of a list that is being imported."""
        if not contacts:
            return
        self._connection.execute(
            insert(contact),
            [
                {
                    "id": c.id,
                    "contact_list_id": c.contact_list_id,
                    "row": c.row,
                    "phone": c.phone,
                    "other_phones": list(c.other_phones),
                    "first_name": c.first_name,
                    "last_name": c.last_name,
                    "email": c.email,
                    "country": c.country,
                    "region": c.region,
                    "postal_code": c.postal_code,
                    "time_zone": c.time_zone,
                    "priority": c.priority,
                    "attributes": dict(c.attributes),
                }
                for c in contacts
            ],
        )

    def contact(self, contact_id: str) -> Contact:
        """One contact, or NotFoundError."""
        row = self._connection.execute(
            select(contact).where(contact.c.id == contact_id)
        ).one_or_none()
        if row is None:
            raise NotFoundError("contact", contact_id)
        return contact_from_row(row)

    def contacts_after(self, list_id: str, row: int, limit: int) -> list[Contact]:
        """A list's contacts with a later row, in order of their rows, at most `limit`."""
        rows = self._connection.execute(
            select(contact)
            .where(contact.c.contact_list_id == list_id, contact.c.row > row)
            .order_by(contact.c.row)
            .limit(limit)
        )
        return [contact_from_row(each) for each in rows]

    def save(self, contact_list_: ContactList) -> None:
        """Keep the list's state and counts."""
        self._connection.execute(
            update(contact_list)
            .where(contact_list.c.id == contact_list_.id)
            .values(**_list_progress(contact_list_))
        )

    def remove(self, list_id: str) -> None:
        """Forget a list and its contacts."""
        self._connection.execute(delete(contact).where(contact.c.contact_list_id == list_id))
        self._connection.execute(delete(contact_list).where(contact_list.c.id == list_id))

    def unfinished(self) -> list[ContactList]:
        """Lists whose import never ended."""
        rows = self._connection.execute(
            select(contact_list)
            .where(contact_list.c.state == ListState.IMPORTING)
            .order_by(contact_list.c.id)
        )
        return [_list_from_row(row) for row in rows]


def _list_progress(contact_list_: ContactList) -> dict[str, object]:
    return {
        "state": contact_list_.state,
        "read": contact_list_.read,
        "accepted": contact_list_.accepted,
        "rejected": contact_list_.rejected,
        "duplicate": contact_list_.duplicate,
    }


@lru_cache(maxsize=1024)
def _settings_from_text(text: str) -> CampaignSettings:
    """Settings never change once made, and a tick reads them each second."""
    return _SETTINGS.validate_json(text)


def _campaign_from_row(row: Row[Any]) -> Campaign:
    return Campaign(
        id=row.id,
        account=row.account,
        contact_list_id=row.contact_list_id,
        state=CampaignState(row.state),
        settings=_settings_from_text(row.settings),
    )


def _campaign_values(campaign_: Campaign) -> dict[str, object]:
    return {
        "name": campaign_.settings.name,
        "state": campaign_.state,
        "start_at": campaign_.settings.start_at,
        "end_at": campaign_.settings.end_at,
        "settings": _SETTINGS.dump_json(campaign_.settings).decode(),
    }


class SqlCampaigns:
    """The Campaigns port on a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, campaign_: Campaign, created_at: datetime) -> None:
        """Keep a new campaign."""
        self._connection.execute(
            insert(campaign),
            {
                "id": campaign_.id,
                "account": campaign_.account,
                "contact_list_id": campaign_.contact_list_id,
                "created_at": created_at,
                **_campaign_values(campaign_),
            },
        )

    def get(self, account: str, campaign_id: str) -> Campaign:
        """The campaign, or NotFoundError."""
        row = self._connection.execute(
            select(campaign).where(campaign.c.id == campaign_id, campaign.c.account == account)
        ).one_or_none()
        if row is None:
            raise NotFoundError("campaign", campaign_id)
        return _campaign_from_row(row)

    def lock(self, campaign_id: str) -> Campaign:
        """The campaign of any account, its row locked, or NotFoundError."""
        row = self._connection.execute(_LOCK_CAMPAIGN, {"id": campaign_id}).one_or_none()
        if row is None:
            raise NotFoundError("campaign", campaign_id)
        return _campaign_from_row(row)

    def of_account(self, account: str) -> list[Campaign]:
        """All campaigns, newest first."""
        rows = self._connection.execute(
            select(campaign)
            .where(campaign.c.account == account)
            .order_by(campaign.c.created_at.desc(), campaign.c.id)
        )
        return [_campaign_from_row(row) for row in rows]

    def in_states(self, states: Iterable[CampaignState]) -> list[Campaign]:
        """The campaigns of all accounts in these states, by id."""
        rows = self._connection.execute(
            select(campaign).where(campaign.c.state.in_(list(states))).order_by(campaign.c.id)
        )
        return [_campaign_from_row(row) for row in rows]

    def save(self, campaign_: Campaign) -> None:
        """Keep state and settings."""
        self._connection.execute(
            update(campaign)
            .where(campaign.c.id == campaign_.id)
            .values(**_campaign_values(campaign_))
        )

    def enrolled_at(self, campaign_id: str) -> datetime | None:
        """When its list was last read into the dial queue."""
        return self._connection.execute(
            select(campaign.c.enrolled_at).where(campaign.c.id == campaign_id)
        ).scalar_one_or_none()


class SqlJobRuns:
    """The JobRuns port on a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        # Without the option an INSERT's count of rows is unknown on PostgreSQL.
        take = dialect.insert(job_run).on_conflict_do_nothing()
        self._insert = take.execution_options(preserve_rowcount=True)

    def take(self, job: str, due_at: datetime, taken_by: str, now: datetime) -> bool:
        """True for the one caller that is to run this job for this instant."""
        result = self._connection.execute(
            self._insert, {"job": job, "due_at": due_at, "taken_by": taken_by, "taken_at": now}
        )
        return result.rowcount == 1

    def finish(self, job: str, due_at: datetime, now: datetime, error: str | None) -> None:
        """Record how the run ended."""
        self._connection.execute(
            update(job_run)
            .where(job_run.c.job == job, job_run.c.due_at == due_at)
            .values(finished_at=now, error=error)
        )

    def forget_before(self, instant: datetime) -> int:
        """Delete old rows; how many."""
        return self._connection.execute(delete(job_run).where(job_run.c.due_at < instant)).rowcount
