"""The demo: a campaign over made-up people whom the rules permit to call right now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from app.bootstrap import Parts
from campaigns.campaign import Campaign, CampaignAction, CampaignSettings, CampaignState
from campaigns.contact import Contact, ContactList, ListState
from campaigns.identity import derive_id
from campaigns.importing import Accepted, Result, contact_id
from campaigns.schedule import PACED
from campaigns.service import act, create_campaign, import_list
from compliance.case import AttemptLimit, Case, Channel, ContactFacts
from compliance.phone_number import InvalidPhoneNumberError, parse
from compliance.rulebook import Rulebook
from compliance.screening import Allow, screen
from dialer.carriers.simulated import Population

CONTACTS = 4000
LENGTH = timedelta(hours=8)
POPULATION = Population(person_rate=0.3, talk_mean=75.0)
"""Shorter conversations than on the model day: more to see."""

# Places around the world, so that it is daytime somewhere at any hour: New York, Chicago, Denver,
# Los Angeles, Honolulu, Guam, San Juan, London, Sydney. 555-01xx and the ranges that regulators
# keep for drama are not used: the number type must be that of a subscriber to be screened.
_PREFIXES = (
    "+1212",
    "+1312",
    "+1303",
    "+1213",
    "+1808",
    "+1671",
    "+1787",
    "+442079",
    "+6128",
)
_FIRST_NAMES = ("Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Radia", "Leslie")
_LAST_NAMES = ("Meyer", "Okafor", "Silva", "Tanaka", "Novak", "Haddad", "Larsen", "Rossi")


def start_demo(parts: Parts) -> Campaign:
    """The running demo campaign; a new one if there is none."""
    with parts.database.reading() as uow:
        running = [
            campaign
            for campaign in uow.campaigns.in_states(PACED)
            if campaign.account == parts.settings.account and campaign.settings.name == "Demo"
        ]
    if running:
        return running[0]
    now = parts.clock.now()
    list_id = derive_id("demo list", parts.settings.account, now.isoformat())
    contact_list = ContactList(
        id=list_id, account=parts.settings.account, name="Demo", state=ListState.IMPORTING
    )
    import_list(
        parts.database, contact_list, _people(parts, list_id, now), parts.clock.now, _ignore
    )
    campaign = Campaign(
        id=derive_id("demo campaign", parts.settings.account, now.isoformat()),
        account=parts.settings.account,
        contact_list_id=list_id,
        state=CampaignState.DRAFT,
        settings=_settings(now),
    )
    with parts.database() as uow:
        create_campaign(uow, campaign, now)
        return act(uow, campaign.account, campaign.id, CampaignAction.START, now, "demo")


def _settings(now: datetime) -> CampaignSettings:
    return CampaignSettings(
        name="Demo",
        start_at=now,
        end_at=now + LENGTH,
        lines=60,
        attempt_limits=(AttemptLimit(max=3, days=1),),
    )


def _people(parts: Parts, list_id: str, now: datetime) -> Iterator[Result]:
    """Made-up contacts in places where the rules permit a call now, and for two hours more."""
    random = Random(f"demo {list_id}")
    prefixes = [prefix for prefix in _PREFIXES if _is_open(prefix, parts.rulebook, now)]
    seen: set[str] = set()
    row = 0
    while row < CONTACTS:
        phone = _number(random.choice(prefixes or _PREFIXES), random)
        if phone is None or phone in seen:
            continue
        seen.add(phone)
        row += 1
        contact = Contact(
            id=contact_id(parts.phone_key, list_id, phone),
            contact_list_id=list_id,
            row=row,
            phone=phone,
            first_name=random.choice(_FIRST_NAMES),
            last_name=random.choice(_LAST_NAMES),
        )
        yield Accepted(row + 1, contact)


def _is_open(prefix: str, rulebook: Rulebook, now: datetime) -> bool:
    random = Random(prefix)
    phone = None
    while phone is None:
        phone = _number(prefix, random)
    terms = _settings(now).terms
    case = Case(now, Channel.VOICE, ContactFacts(phone=phone), terms)
    later = replace(case, at=now + timedelta(hours=2))
    return all(isinstance(screen(each, rulebook), Allow) for each in (case, later))


def _number(prefix: str, random: Random) -> str | None:
    length = 12 if prefix.startswith("+1") or prefix.startswith("+61") else 13
    digits = "".join(random.choice("0123456789") for _ in range(length - len(prefix)))
    try:
        return parse(prefix + digits).e164
    except InvalidPhoneNumberError:
        return None


def _ignore(result: Result) -> None:
    """The demo's list has no report."""
