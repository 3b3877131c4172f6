"""The zones and jurisdictions that a number and an address point to."""

from __future__ import annotations

from typing import Any

import pytest

from compliance.location import InvalidCaseError, Location, locate
from compliance.phone_number import InvalidPhoneNumberError, parse
from tests.screening_cases import case, rules


def located(phone: str | None = "+12125550123", **fields: Any) -> Location:
    """Where the contact of a case may be."""
    asked = case("2026-11-23T17:00:00Z", phone, **fields)
    try:
        number = parse(phone, asked.contact.country) if phone else None
    except InvalidPhoneNumberError:
        number = None
    return locate(asked, number, rules())


def codes(location: Location) -> list[str]:
    """The codes of the rules that apply, sorted."""
    return sorted(one.code for one in location.jurisdictions)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ["US", "US-NY"]),
        ({"region": "US-FL"}, ["US", "US-FL", "US-NY"]),
        ({"region": "US-OH"}, ["US", "US-NY"]),
        ({"country": "US"}, ["US", "US-NY"]),
        ({"country": "GB"}, ["GB", "US", "US-NY"]),
        ({"phone": "+14165550123"}, ["CA", "CA-ON"]),
        ({"phone": "+19025550123"}, ["CA"]),
        ({"phone": "+12165550123"}, ["US"]),
        ({"phone": "+17875550123"}, ["US"]),
        ({"phone": "+18005550199"}, ["US"]),
        ({"phone": "+18005550199", "region": "US-FL"}, ["US", "US-FL"]),
        ({"phone": "+442079460958"}, ["GB"]),
        ({"phone": "+442079460958", "region": "GB-SCT"}, ["GB"]),
        ({"phone": "+61412345678", "region": "AU-NSW"}, ["AU", "AU-NSW"]),
        ({"campaign": {"rules": ["US-RI"]}}, ["US", "US-NY", "US-RI"]),
        ({"campaign": {"rules": ["US-OH", "PR"]}}, ["US", "US-NY"]),
        ({"campaign": {"purpose": "debt_collection"}}, ["US", "US-DEBT", "US-NY"]),
        (
            {"campaign": {"purpose": "debt_collection", "rules": ["US-NYC"]}},
            ["US", "US-DEBT", "US-NY", "US-NYC"],
        ),
        ({"phone": "+442079460958", "campaign": {"purpose": "debt_collection"}}, ["GB"]),
        (
            {"phone": "+17875550123", "campaign": {"purpose": "debt_collection"}},
            ["US", "US-DEBT"],
        ),
    ],
)
def test_rules_that_apply(fields: dict[str, Any], expected: list[str]) -> None:
    """The number's and the address's jurisdictions apply, with all that they extend."""
    location = located(**fields)
    assert codes(location) == expected
    assert not location.has_unknown_place


@pytest.mark.parametrize(
    "fields",
    [
        {"phone": "+48221234567"},
        {"country": "PL"},
        {"phone": "+447911123456"},  # Guernsey
        {"phone": "+18765550123"},  # Jamaica
        {"phone": "+80012345678"},  # no country
        {"phone": None},
        {"phone": None, "campaign": {"rules": ["US"]}},
    ],
)
def test_unknown_places(fields: dict[str, Any]) -> None:
    """A place without rules is unknown, and naming rules does not tell where someone is."""
    assert located(**fields).has_unknown_place


@pytest.mark.parametrize(
    ("fields", "zones"),
    [
        ({"region": "US-FL"}, ("America/Chicago", "America/New_York")),
        ({"region": "US-FL", "postal_code": "33101"}, ("America/New_York",)),
        ({"region": "US-FL", "postal_code": "33101-1234"}, ("America/New_York",)),
        ({"region": "US-FL", "postal_code": "32501"}, ("America/Chicago", "America/New_York")),
        ({"region": "US-FL", "postal_code": "32401"}, ("America/Chicago", "America/New_York")),
        ({"region": "US-FL", "postal_code": "331"}, ("America/Chicago", "America/New_York")),
        ({"phone": "+18005550199", "region": "US-TX", "postal_code": "79901"}, ("America/Denver",)),
        (
            {"phone": "+18005550199", "region": "US-TX", "postal_code": "78701"},
            ("America/Chicago",),
        ),
        (
            {"phone": "+18005550199", "region": "US-TX", "postal_code": "79839"},
            ("America/Chicago", "America/Denver"),
        ),
        (
            {"phone": "+18005550199", "region": "US-TX", "postal_code": "33101"},
            ("America/Chicago", "America/Denver"),
        ),
        (
            {"phone": "+18005550199", "region": "US-AL", "postal_code": "35203"},
            ("America/Chicago",),
        ),
        (
            {"phone": "+18005550199", "region": "US-AL", "postal_code": "36867"},
            ("America/Chicago", "America/New_York"),
        ),
        (
            {"phone": "+18005550199", "region": "US-NV", "postal_code": "89883"},
            ("America/Denver", "America/Los_Angeles"),
        ),
        (
            {"phone": "+18005550199", "region": "CA-ON", "postal_code": "m5v 2t6"},
            ("America/Toronto",),
        ),
        (
            {"phone": "+18005550199", "region": "CA-ON", "postal_code": "P9N1A1"},
            ("America/Atikokan", "America/Toronto", "America/Winnipeg"),
        ),
        (
            {"phone": "+18005550199", "region": "CA-ON", "postal_code": "V6B 1A1"},
            ("America/Atikokan", "America/Toronto", "America/Winnipeg"),
        ),
        (
            {"phone": "+18005550199", "region": "CA-NL", "postal_code": "A2V 1A1"},
            ("America/Goose_Bay",),
        ),
        (
            {"phone": "+18005550199", "region": "CA-NL", "postal_code": "A1"},
            ("America/Goose_Bay", "America/St_Johns"),
        ),
        ({"phone": "+525512345678", "region": "MX-CMX"}, ("America/Mexico_City",)),
        ({"phone": "+525512345678", "country": "MX"}, rules().jurisdictions["MX"].time_zones),
        ({"phone": "+442079460958", "country": "GB"}, ("Europe/London",)),
        ({"phone": "+34912345678", "country": "ES"}, ("Europe/Madrid",)),
        ({"phone": "+61412345678", "region": "AU-ACT"}, ("Australia/Sydney",)),
        ({"phone": "+18005550199", "region": "CA-NB"}, ("America/Halifax",)),
        ({"phone": "+35316711234"}, ("Europe/Dublin",)),
        ({"phone": "+911123456789"}, ("Asia/Kolkata",)),
    ],
)
def test_zones(fields: dict[str, Any], zones: tuple[str, ...]) -> None:
    """A region has all its zones unless the postal code is known to narrow them."""
    assert located(**fields).time_zones == zones


@pytest.mark.parametrize(
    "fields",
    [
        {"region": "US-ZZ"},
        {"region": "US"},
        {"region": "us-fl"},
        {"region": "XX-YY"},
        {"region": "DE-ZZ"},
        {"region": "GB-ZZZ"},
        {"region": "IE-ZZ"},
        {"region": "IT-ZZ"},
        {"region": "US-FL", "country": "CA"},
        {"region": "US-FL", "country": "FL"},
        {"country": "us"},
        {"country": ""},
        {"time_zone": "Florida"},
        {"time_zone": ""},
        {"campaign": {"rules": ["US-ZZ"]}},
        {"campaign": {"rules": ["us-fl"]}},
    ],
)
def test_names_that_are_none(fields: dict[str, Any]) -> None:
    """An unknown region, zone or rule code makes the case none."""
    with pytest.raises(InvalidCaseError):
        located(**fields)


def test_every_region_of_an_entry_is_inside_its_country() -> None:
    """The zones of a region are real, and a narrowed address stays inside its region."""
    book = rules()
    for (region, _), zones in book.postal_zones.items():
        assert set(zones) < set(book.regions[region])
    for code in ("US-PR", "US-HI", "CA-MB", "AU-ACT", "FR-974"):
        assert book.regions[code]
