"""Numbers: one spelling each, what kind they are, and which zones they show."""

from __future__ import annotations

import subprocess
import sys
from random import Random

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.area_codes import CANADIAN, REGIONS, SPLIT_ZONES
from compliance.phone_number import (
    START_LENGTH,
    InvalidPhoneNumberError,
    NumberKind,
    country_of_start,
    parse,
)
from compliance.time_zone import known_zones


@pytest.mark.parametrize(
    ("raw", "country"),
    [
        ("+12125550123", None),
        ("+1 (212) 555-0123", None),
        ("212-555-0123", "US"),
        ("(212) 555 0123", "CA"),
        ("001 212 555 0123", "GB"),
        ("\uff0b\uff11\uff12\uff11\uff12\uff15\uff15\uff15\uff10\uff11\uff12\uff13", None),
        ("+1\u200b2125550123", None),
        ("=+12125550123", None),
        ("tel:+1-212-555-0123", None),
    ],
)
def test_one_spelling(raw: str, country: str | None) -> None:
    """Whatever the spelling, the canonical number is the only key."""
    assert parse(raw, country).e164 == "+12125550123"


@pytest.mark.parametrize(
    ("raw", "country", "reason"),
    [
        ("2125550123", None, "country_missing"),
        ("2125550123", "XX", "country_unknown"),
        ("+999123456", None, "country_unknown"),
        ("", None, "not_a_number"),
        ("", "US", "not_a_number"),
        ("call me", None, "not_a_number"),
        ("call me", "US", "not_a_number"),
        ("+12125550123 ext. 5", None, "has_extension"),
        ("+12125550123;ext=5", None, "has_extension"),
        ("+1212555012", None, "too_short"),
        ("+1212", None, "too_short"),
        ("5550123", "US", "too_short"),
        ("+121255501234", None, "too_long"),
        ("1" * 300, "US", "too_long"),
        ("+15555550123", None, "not_assigned"),
        ("+12121550123", None, "not_assigned"),
    ],
)
def test_no_number(raw: str, country: str | None, reason: str) -> None:
    """What cannot be dialled says why, and does not repeat the number."""
    with pytest.raises(InvalidPhoneNumberError) as caught:
        parse(raw, country)
    assert caught.value.reason == reason
    assert not any(character.isdigit() for character in str(caught.value))


@pytest.mark.parametrize(
    ("raw", "country", "kind", "zones"),
    [
        ("+12125550123", "US", NumberKind.FIXED_LINE_OR_MOBILE, ("America/New_York",)),
        ("+13105550123", "US", NumberKind.FIXED_LINE_OR_MOBILE, ("America/Los_Angeles",)),
        (
            "+18505550123",
            "US",
            NumberKind.FIXED_LINE_OR_MOBILE,
            ("America/Chicago", "America/New_York"),
        ),
        (
            "+19285550123",
            "US",
            NumberKind.FIXED_LINE_OR_MOBILE,
            ("America/Denver", "America/Phoenix"),
        ),
        ("+14165550123", "CA", NumberKind.FIXED_LINE_OR_MOBILE, ("America/Toronto",)),
        ("+18765550123", "JM", NumberKind.MOBILE, ("America/Jamaica",)),
        ("+17875550123", "PR", NumberKind.FIXED_LINE_OR_MOBILE, ("America/Puerto_Rico",)),
        ("+18005550199", "US", NumberKind.TOLL_FREE, ()),
        ("+15005550006", "US", NumberKind.PERSONAL, ()),
        ("+19005550199", "US", NumberKind.PREMIUM_RATE, ()),
        ("+80012345678", None, NumberKind.TOLL_FREE, ()),
        ("+442079460958", "GB", NumberKind.FIXED_LINE, ("Europe/London",)),
        ("+447400123456", "GB", NumberKind.MOBILE, ()),
        ("+448001111111", "GB", NumberKind.TOLL_FREE, ()),
        ("+61412345678", "AU", NumberKind.MOBILE, ()),
    ],
)
def test_what_a_number_shows(
    raw: str, country: str | None, kind: NumberKind, zones: tuple[str, ...]
) -> None:
    """Country, kind, and the zones of geographic numbers alone."""
    number = parse(raw)
    assert (number.country, number.kind, number.time_zones) == (country, kind, zones)


@settings(max_examples=500, deadline=None)
@given(st.integers(200, 999), st.integers(200, 999), st.integers(0, 9999))
def test_six_digits_tell_it_all(area: int, exchange: int, line: int) -> None:
    """In +1 a number is known by its first six digits: the cache changes no answer."""
    raw = f"+1{area}{exchange}{line:04d}"
    whole = phonenumbers.parse(raw)
    if not phonenumbers.is_valid_number(whole):
        with pytest.raises(InvalidPhoneNumberError):
            parse(raw)
        return
    number = parse(raw)
    assert number.country == phonenumbers.region_code_for_number(whole)
    kinds = {
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE: NumberKind.FIXED_LINE_OR_MOBILE,
        phonenumbers.PhoneNumberType.TOLL_FREE: NumberKind.TOLL_FREE,
    }
    kind = kinds.get(phonenumbers.number_type(whole))
    assert kind in (None, number.kind)


def test_every_area_code_has_its_place_and_zones() -> None:
    """Every geographic area code of the US and Canada names a state or province, and zones."""
    several_provinces = {"782", "867", "902"}
    for area in range(200, 1000):
        try:
            number = parse(f"+1{area}5550123")
        except InvalidPhoneNumberError:
            continue
        if number.kind is NumberKind.FIXED_LINE_OR_MOBILE and number.country in ("US", "CA"):
            assert number.area_code in REGIONS.keys() | several_provinces
            assert number.time_zones
        assert set(number.time_zones) <= known_zones()


def test_split_area_codes_are_the_facts() -> None:
    """Every zone of a split area code is sorted and known."""
    for zones in SPLIT_ZONES.values():
        assert len(zones) > 1
        assert list(zones) == sorted(zones)
        assert set(zones) <= known_zones()


def test_the_geocoder_is_never_loaded() -> None:
    """Reading numbers does not cost the hundred megabytes of place names."""
    code = (
        "import sys; from compliance.phone_number import parse; parse('+442079460958');"
        "sys.exit('phonenumbers.geocoder' in sys.modules or 'phonenumbers.geodata' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+12125550123", "US"),
        ("+14165550123", "CA"),
        ("+18675550123", "CA"),
        ("+442071838750", "GB"),
        ("+441534555012", "GB"),  # Jersey shares the country code
        ("+33155550100", None),
        ("+4930555010", None),
    ],
)
def test_the_country_shows_in_the_first_characters(number: str, country: str | None) -> None:
    """Enough to know which regulator of abandonment counts."""
    assert country_of_start(number[:START_LENGTH]) == country


def test_every_canadian_area_code_is_known() -> None:
    """Compared with the numbering plan's own data, place by place."""
    plan = {
        code
        for code in map(str, range(200, 1000))
        for exchange in ("250", "555", "777")
        if phonenumbers.region_code_for_number(
            phonenumbers.PhoneNumber(country_code=1, national_number=int(f"{code}{exchange}2345"))
        )
        == "CA"
    }
    assert plan
    assert plan <= CANADIAN


def test_whoever_has_a_kind_is_valid_and_nobody_else() -> None:
    """The library's own validity, asked number by number over many plans."""
    rng = Random(20261125)
    starts = ("1212", "1800", "4420", "447", "441534", "331", "336", "614", "4930", "3906", "8008")
    valid = 0
    for _ in range(3_000):
        raw = "+" + rng.choice(starts) + str(rng.randrange(10 ** rng.randrange(5, 9)))
        try:
            number = phonenumbers.parse(raw)
        except phonenumbers.NumberParseException:
            continue
        try:
            parse(raw)
        except InvalidPhoneNumberError:
            assert not phonenumbers.is_valid_number(number), raw
        else:
            assert phonenumbers.is_valid_number(number), raw
            valid += 1
    assert 300 < valid < 2_700
