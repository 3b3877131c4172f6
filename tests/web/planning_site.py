"""A campaign that has not started, over people from coast to coast, for pages about planning."""

from __future__ import annotations

from datetime import time, timedelta

from app.bootstrap import Parts
from campaigns.campaign import Campaign, CampaignSettings, CampaignState
from campaigns.contact import Contact, ContactList, ListState
from campaigns.identity import derive_id
from campaigns.overriding import Wanted, override
from campaigns.role import Role
from campaigns.service import create_campaign
from compliance.case import OpenHours, OpenSpan, SuppressionSource, Weekday
from compliance.overrides import OwnRule
from compliance.ports import WHOLE_ACCOUNT, Suppression
from tests.web.site import ACCOUNT

PLACES = (
    ("212", "US-NY", "America/New_York"),
    ("617", "US-MA", ""),
    ("312", "US-IL", "America/Chicago"),
    ("713", "US-TX", ""),
    ("303", "US-CO", "America/Denver"),
    ("415", "US-CA", ""),
    ("808", "US-HI", "Pacific/Honolulu"),
    ("305", "US-FL", ""),
    ("850", "US-ZZ", ""),
)
HOURS: OpenHours = {
    day: (OpenSpan(time(9), time(12)), OpenSpan(time(13), time(17)))
    for day in Weekday
    if day is not Weekday.SUNDAY
}


def seed_planned(
    parts: Parts, name: str = "Winter offer", contacts: int = 900, days: int = 1
) -> Campaign:
    """A draft that begins in an hour, with open hours, and some numbers suppressed."""
    now = parts.clock.now()
    list_id = derive_id("planned list", name)
    made = Campaign(
        id=derive_id("planned campaign", name),
        account=ACCOUNT,
        contact_list_id=list_id,
        state=CampaignState.DRAFT,
        settings=CampaignSettings(
            name=name,
            start_at=now + timedelta(hours=1),
            end_at=now + timedelta(days=days),
            lines=30,
            default_time_zone="America/New_York",
            open_hours=HOURS,
        ),
    )
    people = [_person(list_id, row) for row in range(1, contacts + 1)]
    about = ContactList(list_id, ACCOUNT, name, ListState.READY, contacts, contacts)
    with parts.database() as uow:
        uow.contact_lists.add(about, now)
        uow.contact_lists.add_contacts(people)
        create_campaign(uow, made, now)
        for person in people[::25]:
            uow.suppressions.add(
                Suppression(
                    ACCOUNT,
                    person.phone,
                    WHOLE_ACCOUNT,
                    SuppressionSource.INTERNAL,
                    "asked_in_call",
                    "admin",
                    now,
                )
            )
    return made


def _person(list_id: str, row: int) -> Contact:
    area, region, time_zone = PLACES[row % len(PLACES)]
    return Contact(
        id=derive_id("planned contact", list_id, row),
        contact_list_id=list_id,
        row=row,
        phone=f"+1{area}468{row:04d}",
        country="US",
        region=region,
        time_zone=time_zone,
    )


def seed_override(parts: Parts, campaign_id: str) -> None:
    """The campaign's limit of attempts is lifted for two hours."""
    now = parts.clock.now()
    wanted = Wanted(
        OwnRule.ATTEMPT_LIMITS,
        "shell",
        Role.ADMINISTRATOR,
        "Recall of a dangerous product: everybody has to be reached today",
        now + timedelta(hours=2),
    )
    with parts.database() as uow:
        override(uow, ACCOUNT, campaign_id, wanted, now)
