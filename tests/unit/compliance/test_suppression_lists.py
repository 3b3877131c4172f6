"""Lists and areas: what stands against a number, and which places a number is in."""

from __future__ import annotations

from datetime import date

import pytest

from compliance.case import RegistryCopy, SuppressionEntry, SuppressionSource
from compliance.rulebook import Rulebook
from compliance.rulebook_file import load
from compliance.suppression_lists import (
    ListKind,
    copies_in_use,
    is_area,
    of_scope,
    places_of,
)
from tests.builders import NOON, a_suppression_list, an_area


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    """The bundled rules."""
    return load()


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        (ListKind.NATIONAL, SuppressionSource.NATIONAL),
        (ListKind.LITIGATOR, SuppressionSource.INTERNAL),
        (ListKind.INTERNAL, SuppressionSource.INTERNAL),
    ],
)
def test_only_a_registry_is_what_consent_may_lift(
    kind: ListKind, source: SuppressionSource
) -> None:
    """The entry says on which list the number stands, and since when."""
    found = a_suppression_list("sue", kind=kind).entry
    assert found == SuppressionEntry(source, NOON, "sue")


def test_the_ages_of_registries_are_told_and_of_no_other_list() -> None:
    """One copy a list, also where two are of one jurisdiction."""
    lists = [
        a_suppression_list("a"),
        a_suppression_list("b", as_of=date(2026, 1, 1)),
        a_suppression_list("c", kind=ListKind.LITIGATOR, jurisdiction=None),
    ]
    assert copies_in_use(lists) == (
        RegistryCopy("US", date(2026, 11, 22)),
        RegistryCopy("US", date(2026, 1, 1)),
    )


def test_a_scope_is_everywhere_or_one_campaign() -> None:
    """Nothing of another campaign counts."""
    assert of_scope("account", "autumn")
    assert of_scope("autumn", "autumn")
    assert not of_scope("winter", "autumn")


@pytest.mark.parametrize(
    ("phone", "country", "region", "places"),
    [
        ("+12125550101", "", "", {"US", "US-NY"}),
        ("+13055550101", "US", "US-NY", {"US", "US-NY", "US-FL"}),
        ("+33612345678", "", "", {"FR"}),
        ("+33612345678", "BE", "", {"FR", "BE"}),
        ("+17875550101", "", "", {"PR", "US-PR", "US"}),
        ("+12125550101", "", "US-PR", {"PR", "US-PR", "US", "US-NY"}),
        ("+12125550101", "PR", "", {"PR", "US-PR", "US", "US-NY"}),
        ("+12125550101", "", "US-CA", {"US", "US-NY", "US-CA"}),
        ("+14165550101", "", "", {"CA", "CA-ON"}),
        ("nonsense", "US", "US-FL", {"US", "US-FL"}),
        ("nonsense", "", "", set()),
    ],
)
def test_a_contact_is_where_the_number_or_the_address_says(
    phone: str, country: str, region: str, places: set[str]
) -> None:
    """Both count; a territory is a country and a region; US-CA is no part of Canada."""
    assert places_of(phone, country, region) == places


@pytest.mark.parametrize(
    ("area", "phone", "is_covered"),
    [
        ("+1305", "+13055550101", True),
        ("+1305", "+13065550101", False),
        ("+1", "+13055550101", True),
        ("US-FL", "+13055550101", True),
        ("US", "+17875550101", True),
        ("US-PR", "+17875550101", True),
        ("FR", "+33612345678", True),
        ("FR", "+32470123456", False),
    ],
)
def test_an_area_covers_its_numbers(area: str, phone: str, is_covered: bool) -> None:
    """By how they begin, or by the place that they are of."""
    assert an_area(area).covers(phone, places_of(phone, "", "")) is is_covered


def test_an_area_covers_an_address_in_it() -> None:
    """A number from elsewhere does not open it."""
    assert an_area("US-FL").covers("+12125550101", places_of("+12125550101", "US", "US-FL"))


@pytest.mark.parametrize("area", ["+1", "+1305", "+442079", "US-FL", "CA-ON", "DE-BY", "FR", "PR"])
def test_a_place_that_the_rules_know_is_an_area(rulebook: Rulebook, area: str) -> None:
    """The beginning of numbers too."""
    assert is_area(area, rulebook)


@pytest.mark.parametrize("area", ["", "+", "+0", "1305", "US-XX", "XX", "fr", "US-DEBT", "EU", "-"])
def test_anything_else_is_none(rulebook: Rulebook, area: str) -> None:
    """Closing it would close nothing."""
    assert not is_area(area, rulebook)


def test_a_closed_area_stands_as_the_contacts_own_wish_does() -> None:
    """Nothing lifts it, and the entry names it."""
    found = an_area("US-FL").entry
    assert found == SuppressionEntry(SuppressionSource.INTERNAL, NOON, "area US-FL")
