"""What of a case tells where its contact is, reduced to what many contacts share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from compliance.case import Case, ContactFacts, Purpose
from compliance.phone_number import NumberKind, PhoneNumber
from compliance.rules import Rulebook

# Of a postal code only the first three characters are looked at.
_POSTAL_CODES = {
    "US": re.compile(r"([0-9]{3})[0-9]{2}(?:-?[0-9]{4})?", re.ASCII),
    "CA": re.compile(r"([A-Z][0-9][A-Z]) ?[0-9][A-Z][0-9]", re.ASCII),
}


class Clue(StrEnum):
    """What points to a time zone or to a jurisdiction."""

    AREA_CODE = "area_code"
    NUMBER = "number"
    NUMBER_COUNTRY = "number_country"
    REGION = "region"
    POSTAL_CODE = "postal_code"
    COUNTRY = "country"
    DECLARED = "declared"
    CAMPAIGN = "campaign"
    DEBT_COLLECTION = "debt_collection"
    EXTENDED = "extended"


@dataclass(frozen=True, slots=True)
class Pointer:
    """One clue that points somewhere, and its value, such as the area code or the region."""

    clue: Clue
    value: str


@dataclass(frozen=True, slots=True)
class Clues:
    """All that tells where a contact is; many contacts share the same clues."""

    number_country: str | None
    number_kind: NumberKind | None
    number_zones: tuple[str, ...]
    area_code: str | None
    country: str | None
    region: str | None
    postal_prefix: str | None
    declared_zone: str | None
    rules: tuple[str, ...]
    collects_debt: bool


def clues_of(case: Case, number: PhoneNumber | None, rulebook: Rulebook) -> Clues:
    """The clues of a case, given its number if it has a valid one."""
    contact = case.contact
    return Clues(
        number_country=number.country if number else None,
        number_kind=number.kind if number else None,
        number_zones=number.time_zones if number else (),
        area_code=number.area_code if number else None,
        country=contact.country,
        region=contact.region,
        postal_prefix=_postal_prefix(contact, rulebook),
        declared_zone=contact.time_zone,
        rules=case.campaign.rules,
        collects_debt=case.campaign.purpose is Purpose.DEBT_COLLECTION,
    )


def _postal_prefix(contact: ContactFacts, rulebook: Rulebook) -> str | None:
    """How a postal code begins, if that narrows the zones of the contact's region."""
    if contact.region is None or contact.postal_code is None:
        return None
    form = _POSTAL_CODES.get(contact.region.partition("-")[0])
    found = form and form.fullmatch(contact.postal_code.strip().upper())
    if not found:
        return None
    prefixes = (found[1][:length] for length in (3, 2, 1))
    return next((one for one in prefixes if (contact.region, one) in rulebook.postal_zones), None)
