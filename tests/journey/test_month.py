"""A month of calls counted again from the carrier's own log, by code that shares nothing with ours.

The month holds the end of daylight saving time in the United States (2026-11-01), an election day,
Remembrance and Veterans Day, and Thanksgiving. Where each area code lies is written down here once
more; the rules are read from the data file, calendars from `holidays`, clocks from `tzdata`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import phonenumbers
import pytest
import yaml

from tests.journey.program import ROOT, Ran, run

EASTERN, CENTRAL, MOUNTAIN, PACIFIC = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
)
TORONTO, VANCOUVER, EDMONTON, WINNIPEG = (
    "America/Toronto",
    "America/Vancouver",
    "America/Edmonton",
    "America/Winnipeg",
)

AREAS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "205": ("US-AL", (CENTRAL,)),
    "334": ("US-AL", (CENTRAL, EASTERN)),
    "602": ("US-AZ", ("America/Phoenix",)),
    "928": ("US-AZ", ("America/Phoenix", MOUNTAIN)),
    "213": ("US-CA", (PACIFIC,)),
    "303": ("US-CO", (MOUNTAIN,)),
    "203": ("US-CT", (EASTERN,)),
    "305": ("US-FL", (EASTERN,)),
    "850": ("US-FL", (CENTRAL, EASTERN)),
    "907": ("US-AK", ("America/Anchorage", "America/Adak")),
    "808": ("US-HI", ("Pacific/Honolulu",)),
    "208": ("US-ID", ("America/Boise", PACIFIC)),
    "312": ("US-IL", (CENTRAL,)),
    "812": ("US-IN", (CENTRAL, EASTERN)),
    "606": ("US-KY", (CENTRAL, EASTERN)),
    "504": ("US-LA", (CENTRAL,)),
    "617": ("US-MA", (EASTERN,)),
    "410": ("US-MD", (EASTERN,)),
    "207": ("US-ME", (EASTERN,)),
    "906": ("US-MI", (CENTRAL, EASTERN)),
    "612": ("US-MN", (CENTRAL,)),
    "601": ("US-MS", (CENTRAL,)),
    "701": ("US-ND", (CENTRAL, MOUNTAIN)),
    "308": ("US-NE", (CENTRAL, MOUNTAIN)),
    "505": ("US-NM", (MOUNTAIN,)),
    "775": ("US-NV", (MOUNTAIN, PACIFIC)),
    "212": ("US-NY", (EASTERN,)),
    "405": ("US-OK", (CENTRAL,)),
    "541": ("US-OR", (MOUNTAIN, PACIFIC)),
    "215": ("US-PA", (EASTERN,)),
    "787": ("US-PR", ("America/Puerto_Rico",)),
    "401": ("US-RI", (EASTERN,)),
    "803": ("US-SC", (EASTERN,)),
    "605": ("US-SD", (CENTRAL, MOUNTAIN)),
    "423": ("US-TN", (CENTRAL, EASTERN)),
    "214": ("US-TX", (CENTRAL,)),
    "432": ("US-TX", (CENTRAL, MOUNTAIN)),
    "620": ("US-KS", (CENTRAL, MOUNTAIN)),
    "801": ("US-UT", (MOUNTAIN,)),
    "703": ("US-VA", (EASTERN,)),
    "206": ("US-WA", (PACIFIC,)),
    "307": ("US-WY", (MOUNTAIN,)),
    "604": ("CA-BC", (VANCOUVER,)),
    "250": ("CA-BC", (VANCOUVER, EDMONTON)),
    "403": ("CA-AB", (EDMONTON,)),
    "306": ("CA-SK", ("America/Regina", EDMONTON)),
    "204": ("CA-MB", (WINNIPEG,)),
    "416": ("CA-ON", (TORONTO,)),
    "807": ("CA-ON", (TORONTO, WINNIPEG)),
    "418": ("CA-QC", (TORONTO, "America/Halifax")),
    "902": ("CA-NS", ("America/Halifax",)),
    "709": ("CA-NL", ("America/St_Johns", "America/Halifax")),
    "867": ("CA-YT", (VANCOUVER, EDMONTON, WINNIPEG, TORONTO)),
}
"""Which state each area code is of, and the zones that it reaches into."""

ABROAD = {
    "+4420": ("GB", ("Europe/London",)),
    "+4930": ("DE", ("Europe/Berlin",)),
    "+331": ("FR", ("Europe/Paris",)),
    "+612": ("AU", ("Australia/Sydney",)),
}
MOVED = (("212", "US-FL"), ("312", "US-KY"), ("213", "US-LA"), ("416", "CA-BC"), ("602", "US-PA"))
"""Numbers that people took along: the area code, and the region of the address."""

MAX_RING = timedelta(seconds=25)
AFTER_RING = timedelta(seconds=2)
START = "2026-10-31T12:00:00Z"
# Informational: no consent is asked, so that every place is called; hours, holidays and caps bind.
# Most of the month is left out, so that there is somebody left to call at Thanksgiving.
CAMPAIGN = """
purpose = "informational"
end = "2026-11-29T23:00:00Z"
attempt_limits = [{ max = 8, days = 1 }]
restricted_periods = [
  { name = "first gap", start = "2026-11-05", end = "2026-11-10" },
  { name = "second gap", start = "2026-11-12", end = "2026-11-24" },
]
[retry.no_answer]
wait_minutes = 190
tries = 99
[retry.machine]
wait_minutes = 1810
tries = 99
[retry.busy]
wait_minutes = 25
tries = 99
[retry.abandoned]
wait_minutes = 600
tries = 99
"""

Entry = Mapping[str, Any]
Call = Mapping[str, Any]


def contact_file() -> str:
    """Four people in each area code, four in each country abroad, and those who moved."""
    rows = ["phone,country,region"]
    for number, code in enumerate(sorted(AREAS) * 4):
        country = "CA" if AREAS[code][0].startswith("CA") else "US"
        rows.append(f"+1{code}{230 + number}{1000 + number},{country},")
    for number, (code, region) in enumerate(MOVED * 2):
        rows.append(f"+1{code}{600 + number}{2000 + number},{region[:2]},{region}")
    for number in range(4):
        rows += [f"+44207946010{number},GB,", f"+493090182{number:03d},DE,"]
        rows += [f"+3314268810{number},FR,", f"+61287654{number:03d},AU,"]
    return "\n".join(rows) + "\n"


# ------------------------------------------------------------------------------------- the recount


@functools.cache
def entries() -> dict[str, Entry]:
    """The entries of the rule data by their codes."""
    text = (ROOT / "compliance" / "calling_rules.yaml").read_text(encoding="utf-8")
    return {entry["code"]: entry for entry in yaml.safe_load(text)["jurisdictions"]}


@functools.cache
def zone(name: str) -> ZoneInfo:
    """A zone of the pinned package, whatever the system has."""
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, name)


def place(phone: str) -> tuple[str, tuple[str, ...]]:
    """The state or country of a number, and its zones."""
    if phone.startswith("+1"):
        return AREAS[phone[2:5]]
    return next(found for prefix, found in ABROAD.items() if phone.startswith(prefix))


def with_parents(code: str) -> Iterator[str]:
    """An entry and those that it extends; a state without an entry is under its country."""
    known: str | None = code if code in entries() else code[:2]
    while known is not None:
        yield known
        known = entries()[known].get("extends")


def zones_of(phone: str, region: str) -> set[str]:
    """Every zone that the contact may be in."""
    return {*place(phone)[1], *(entries()[region]["timezones"] if region else ())}


def rules_of(phone: str, region: str) -> set[str]:
    """Every entry whose rules apply."""
    return {one for code in (place(phone)[0], region) if code for one in with_parents(code)}


@functools.cache
def banned_days(code: str) -> frozenset[date]:
    """The dates of 2026 on which an entry allows no call, for somebody without consent."""
    rule = entries()[code].get("holidays", {})
    if rule.get("policy") not in ("banned", "unknown"):
        return frozenset()
    calendar = rule["calendar"]
    observed = bool(rule.get("observed"))
    days = set(
        holidays.country_holidays(
            calendar["country"], subdiv=calendar.get("subdiv"), years=2026, observed=observed
        )
    )
    if any(added["rule"] == "us_election_day" for added in rule.get("add", ())):
        days.add(date(2026, 11, 3))  # of the days that states add, the only one in this month
    return frozenset(days)


def is_open(code: str, local: datetime) -> bool:
    """Whether an entry lets an agent call at this local time, holidays apart."""
    windows = [one for one in entries()[code].get("windows", ()) if "voice_live" in one["channels"]]
    clock = f"{local:%H:%M}"
    return not windows or any(
        local.isoweekday() in one["days"] and one["open"] <= clock < one["close"] for one in windows
    )


def breaches(call: Call, region: str) -> Iterator[str]:
    """Each hour or holiday that one call broke, in any zone."""
    zones = zones_of(call["phone"], region)
    start = datetime.fromisoformat(call["dialed"])
    for code in sorted(rules_of(call["phone"], region)):
        basis = str(entries()[code].get("hours_basis", ""))
        clocks = {basis.removeprefix("fixed:")} if basis.startswith("fixed:") else zones
        for instant in (start, start + MAX_RING + AFTER_RING):
            for name in sorted(clocks):
                if not is_open(code, instant.astimezone(zone(name))):
                    yield f"{code}: {instant.astimezone(zone(name))} is closed"
            for name in sorted(zones):
                if instant.astimezone(zone(name)).date() in banned_days(code):
                    yield f"{code}: {instant.astimezone(zone(name))} is a holiday"


def over_caps(calls: Sequence[Call], region: str) -> Iterator[str]:
    """Each legal cap that the calls to one number went over, in any zone."""
    phone = calls[0]["phone"]
    dialed = sorted(datetime.fromisoformat(call["dialed"]) for call in calls)
    for code in sorted(rules_of(phone, region)):
        for cap in entries()[code].get("attempt_caps", ()):
            if "channels" in cap or "purposes" in cap or cap["count"] == 0:
                continue  # for recorded voice, for debts, or after a refusal, which no one uttered
            for zone_name in sorted(zones_of(phone, region)):
                if most(dialed, cap["period"], zone_name) > cap["count"]:
                    yield f"{code}: {cap['id']} in {zone_name}"


def most(dialed: Sequence[datetime], period: str, zone_name: str) -> int:
    """How many calls there were at most in a period that ended at one of them."""
    if period.startswith("PT"):
        length = timedelta(hours=int(period[2:-1]))
        return max(sum(last - length < one <= last for one in dialed) for last in dialed)
    days = 1 if period == "calendar_day" else int(period[1:-1])
    local = [instant.astimezone(zone(zone_name)).date() for instant in dialed]
    return max(sum(0 <= (last - one).days < days for one in local) for last in local)


def by_phone(calls: Iterable[Call]) -> dict[str, list[Call]]:
    """The calls to each number."""
    found: dict[str, list[Call]] = {}
    for call in calls:
        found.setdefault(call["phone"], []).append(call)
    return found


# --------------------------------------------------------------------------------------- the tests


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """What a month of calling left behind."""
    directory = tmp_path_factory.mktemp("month")
    contacts: Path = directory / "contacts.csv"
    contacts.write_text(contact_file(), encoding="utf-8")
    return run(directory, contacts, CAMPAIGN, options=["--agents", 2, "--start", START])


def regions(ran: Ran) -> dict[str, str]:
    """The region of each number's address."""
    rows = (line.split(",") for line in ran.contacts.splitlines()[1:])
    return {phone: region for phone, _, region in rows}


def test_no_call_in_a_closed_hour_or_on_a_holiday(month: Ran) -> None:
    """In every zone where the person may be, by every rule that may apply, up to the last ring."""
    address = regions(month)
    found = [
        (call["phone"][:5], breach)
        for call in month.truth
        for breach in breaches(call, address[call["phone"]])
    ]
    assert found == []


def test_no_legal_cap_is_passed(month: Ran) -> None:
    """Three calls in 24 hours in Florida, three a day in Germany, four in 30 days in France."""
    address = regions(month)
    calls = by_phone(month.truth)
    assert [breach for phone in calls for breach in over_caps(calls[phone], address[phone])] == []


def test_the_month_was_worth_counting(month: Ran) -> None:
    """Every place was called, around the clock change and at Thanksgiving, and up to the caps."""
    address = regions(month)
    calls = by_phone(month.truth)
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(phone)) for phone in address)
    assert set(calls) == set(address)
    days = {call["dialed"][:10] for call in month.truth}
    assert {"2026-10-31", "2026-11-01", "2026-11-03", "2026-11-11", "2026-11-26"} <= days
    florida = [
        sorted(calls[phone], key=by_dial) for phone in calls if "US-FL" in places(phone, address)
    ]
    assert any(most([at(call) for call in one], "PT24H", EASTERN) == 3 for one in florida)


def by_dial(call: Call) -> str:
    """The instant of a call, for sorting."""
    return str(call["dialed"])


def at(call: Call) -> datetime:
    """The instant of a call."""
    return datetime.fromisoformat(call["dialed"])


def places(phone: str, address: Mapping[str, str]) -> set[str]:
    """The entries whose rules apply to a number."""
    return rules_of(phone, address[phone])


@pytest.mark.parametrize(
    ("phone", "region", "dialed"),
    [
        ("+12125550123", "", "2026-11-02T02:00:00.000Z"),
        ("+12125550123", "", "2026-11-02T01:59:40.000Z"),
        ("+12125550123", "", "2026-11-01T12:30:00.000Z"),
        ("+12125550123", "US-FL", "2026-11-03T01:00:00.000Z"),
        ("+15045550123", "", "2026-11-26T18:00:00.000Z"),
        ("+12155550123", "", "2026-11-03T18:00:00.000Z"),
        ("+16045550123", "", "2026-11-11T20:00:00.000Z"),
        ("+442079460100", "", "2026-11-01T08:30:00.000Z"),
    ],
)
def test_the_recount_sees_a_wrong_call(phone: str, region: str, dialed: str) -> None:
    """A call in a closed hour, over a close while it rings, or on a holiday is found."""
    assert list(breaches({"phone": phone, "dialed": dialed}, region))


def test_the_recount_sees_one_call_too_many() -> None:
    """The fourth call within 24 hours in Florida is found."""
    hours = ("T14", "T16", "T18", "T20")
    calls = [{"phone": "+13055550123", "dialed": f"2026-11-02{hour}:00:00.000Z"} for hour in hours]
    assert list(over_caps(calls, ""))
    assert not list(over_caps(calls[1:], ""))
