"""Rule data is understood in full or refused, and an operator's file goes on top."""

from __future__ import annotations

from pathlib import Path

import pytest

from compliance.case import ConsentKind, PastOutcome
from compliance.holiday_calendar import days_off
from compliance.location import region_zones
from compliance.rulebook import RulebookError, build, rebuilt
from compliance.rulebook_file import load
from compliance.rules import LegalChannel, LegalPurpose, LocalSpan, Period
from compliance.screening import screen
from compliance.time_zone import zone_data_version
from tests.screening_cases import answer, case, rules

NOON = "2026-11-23T17:00:00Z"  # in New York


def own(tmp_path: Path, text: str) -> Path:
    """An operator's rule file."""
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_all_entries_are_read() -> None:
    """The bundled file has its 78 entries, and every one names what it extends."""
    book = rules()
    assert len(book.jurisdictions) == 78
    for code in book.jurisdictions:
        assert book.chain(code)[-1].parent is None


def test_every_rule_has_an_id_and_a_source() -> None:
    """What stands against a call can always be named and looked up."""
    for one in rules().jurisdictions.values():
        found = [
            one.rule,
            *(window.rule for window in one.windows),
            *(cap.rule for cap in one.caps),
        ]
        found += [duty.rule for duty in one.consents]
        assert all(rule.id and rule.citation for rule in found)


def test_ids_are_unique() -> None:
    """An id in a decision means one rule."""
    ids = [
        rule.id
        for one in rules().jurisdictions.values()
        for rule in (
            *(window.rule for window in one.windows),
            *(cap.rule for cap in one.caps),
            *(duty.rule for duty in one.consents),
        )
    ]
    assert len(ids) == len(set(ids))


def test_what_an_entry_says() -> None:
    """Windows, scope, caps and cool-downs come out as written."""
    book = rules().jurisdictions
    assert book["US-RI"].windows[1].span == LocalSpan(10 * 3600, 17 * 3600)
    assert book["US-FL"].purposes == {LegalPurpose.TELEMARKETING}
    assert book["US-MS"].hours_zones == ("America/Chicago",)
    assert book["US-ME"].hours_zones == ("America/New_York",)
    assert book["US-SD"].hours_zones is None
    assert book["US-DEBT"].caps[0].period == Period(days=7)
    assert book["US-FL"].caps[0].period == Period(hours=24)
    assert book["DE"].caps[0].period == Period(days=1)
    assert book["GB"].do_not_call is not None
    assert book["GB"].do_not_call.max_age_days == 28
    assert {cooldown.outcome for cooldown in book["GB"].cooldowns} == {
        PastOutcome.ABANDONED,
        PastOutcome.MACHINE,
    }
    ban = book["US-MA"].banned_channels[0]
    assert (ban.channel, ban.unless) == (
        LegalChannel.VOICE_PRERECORDED,
        ConsentKind.EXPRESS_WRITTEN,
    )


def test_version_names_rules_and_zones(tmp_path: Path) -> None:
    """The version names the data's date and content and the zone data, and changes with them."""
    version = rules().version
    assert version.startswith("rules 2026-11-23+")
    assert ", zones 20" in version
    changed = load(own(tmp_path, 'jurisdictions: [{code: US-FL, name: "Florida, reviewed"}]'))
    assert changed.version != version
    assert load().version == version


def test_operator_overrides_one_field(tmp_path: Path) -> None:
    """A field of an entry is replaced, the others stay."""
    text = """
    jurisdictions:
    - code: US-NY
      windows:
      - {id: OWN, channels: [voice_live], days: [1], open: "13:00", close: "14:00", kind: statute}
    """
    book = load(own(tmp_path, text))
    assert answer(screen(case(NOON), book)) == "defer 2026-11-23T18:00:00Z outside_calling_hours"
    assert book.jurisdictions["US-NY"].do_not_call is not None


def test_operator_adds_an_entry(tmp_path: Path) -> None:
    """A country without rules gets some, and is no longer unknown."""
    text = """
    jurisdictions:
    - code: PL
      name: Poland
      level: country
      timezones: [Europe/Warsaw]
      prohibited_modes: [predictive]
      windows:
      - {id: A, channels: [voice_live], days: [1], open: "09:00", close: "18:00", kind: statute}
      sources: [{cite: "counsel's letter", seen: text}]
    """
    book = load(own(tmp_path, text))
    polish = case("2026-11-23T10:00:00Z", "+48221234567")
    assert answer(screen(polish, rules())) == "deny unknown_jurisdiction"
    assert answer(screen(polish, book)) == "deny mode_not_permitted"
    careful = case("2026-11-23T10:00:00Z", "+48221234567", campaign={"dial_mode": "preview"})
    assert answer(screen(careful, book)) == "allow"


def test_operator_closes_a_day_by_hand(tmp_path: Path) -> None:
    """A day that a governor proclaims is entered as a holiday."""
    text = """
    jurisdictions:
    - code: US-NY
      holidays:
        policy: banned
        calendar: {country: US, subdiv: NY}
        add: [{name: Emergency, rule: "2026-11-23"}]
    """
    book = load(own(tmp_path, text))
    assert answer(screen(case(NOON), book)) == "defer 2026-11-24T13:00:00Z holiday"


def test_operator_takes_a_holiday_away(tmp_path: Path) -> None:
    """A day that the calendar has too many is removed by its name."""
    text = """
    jurisdictions:
    - code: US-PA
      holidays:
        policy: banned
        calendar: {country: US, subdiv: PA}
        remove: [{name: Day After Thanksgiving}]
    """
    friday = case("2026-11-27T17:00:00Z", "+12155550123")
    assert "holiday" in answer(screen(friday, rules()))
    assert answer(screen(friday, load(own(tmp_path, text)))) == "allow"


def test_operator_adds_regions_and_postal_codes(tmp_path: Path) -> None:
    """Regions, territories and postal codes of the operator's own join the bundled ones."""
    text = """
    regions:
    - {country: IE, codes: "XX1", timezones: [Europe/Dublin]}
    territories:
    - {code: JE, under: GB, timezones: [Europe/Jersey]}
    postal_codes:
    - {region: US-FL, prefixes: "324", timezones: [America/Chicago]}
    """
    book = load(own(tmp_path, text))
    assert region_zones("IE-XX1", book) == ("Europe/Dublin",)
    assert region_zones("US-OH", book) == ("America/New_York",)
    assert book.territories["JE"].under == "GB"
    assert book.postal_zones["US-FL", "324"] == ("America/Chicago",)
    jersey = case("2026-11-23T12:00:00Z", "+441534456789")
    assert answer(screen(jersey, rules())).startswith("deny unknown_jurisdiction")
    assert "unknown" not in answer(screen(jersey, book))


def test_operator_switches_a_ban_on(tmp_path: Path) -> None:
    """An emergency ban stands beside whatever else the file says, dates without quotes too."""
    text = """
    emergency_bans:
    - id: STORM
      places: [US-NY, US-LA]
      from: 2026-11-20
      until: 2026-11-24
      channels: [voice_live]
      purposes: [telemarketing]
      reason: state of emergency, executive order 12
      cite: N.Y. Gen. Bus. Law 399-z(5-a)
    """
    book = load(own(tmp_path, text))
    assert answer(screen(case(NOON), book)) == "defer 2026-11-25T13:00:00Z restricted_period"
    assert len(book.jurisdictions) == 78
    assert book.version != rules().version


def test_a_rulebook_is_made_again_from_its_content(tmp_path: Path) -> None:
    """What was in force can be kept and made again: the same version, the same decisions."""
    text = """
    jurisdictions:
    - {code: US-FL, notes: {seen: 2026-11-01}}
    emergency_bans:
    - {id: A, places: [US-NY], from: 2026-11-23T18:00:00-05:00, reason: storm, cite: a law}
    """
    first = load(own(tmp_path, text))
    again = rebuilt(first.content, zone_data_version())
    assert (again.version, again.content) == (first.version, first.content)
    assert again.emergency_bans == first.emergency_bans
    assert dict(again.jurisdictions) == dict(first.jurisdictions)
    assert again.regions == first.regions
    for at in (NOON, "2026-11-23T23:30:00Z"):
        assert answer(screen(case(at), again)) == answer(screen(case(at), first))


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"schema_version": 2}'])
def test_content_that_is_none(content: str) -> None:
    """What is not the content of a rulebook is refused."""
    with pytest.raises(RulebookError):
        rebuilt(content, "2026f")


ENTRY = """
jurisdictions:
- code: XX
  name: Nowhere
  level: country
  timezones: [Europe/Warsaw]
  sources: []
"""


@pytest.mark.parametrize(
    ("addition", "entry", "field"),
    [
        ("  windoes: []", "XX", "windoes"),
        ("  hours_basis: moon", "XX", "hours_basis"),
        ("  hours_basis: 'fixed:Mars/Base'", "XX", "hours_basis"),
        ("  extends: YY", "XX", "extends"),
        ("  extends: XX", "XX", "extends"),
        ("  consent: {all: 'in writing'}", "XX", "consent_required"),
        ("  prohibited_channels: [{channel: fax, unless: none}]", "XX", "prohibited_channels.0"),
        ("  prohibited_modes: [power]", "XX", "prohibited_modes.0"),
        ("  holidays: {policy: banned}", "XX", "holidays.calendar"),
        ("  holidays: {policy: banned, calendar: {country: QQ}}", "XX", "holidays.calendar"),
        (
            "  holidays: {policy: banned, calendar: {country: US}, add: [{name: A, rule: often}]}",
            "XX",
            "holidays.add",
        ),
        ("  holidays: {policy: reduced_window, calendar: {country: US}}", "XX", "holidays.reduced"),
        ("  cooldown_after_abandoned: {hours: '72'}", "XX", "cooldown_after_abandoned.hours"),
        (
            "  windows: [{id: A, channels: [voice_live], days: [1], open: 09:00, close: 18:00,"
            " kind: statute}]",
            "XX",
            "windows.0.close",
        ),
        (
            "  windows: [{id: A, channels: [voice_live], days: [8], open: '09:00', close: '18:00',"
            " kind: statute}]",
            "XX",
            "windows.0.days",
        ),
        (
            "  windows: [{id: A, channels: [voice_live], days: [1], open: '19:00', close: '18:00',"
            " kind: statute}]",
            "XX",
            "windows A",
        ),
        (
            "  attempt_caps: [{id: A, count: 0, period: P7D, window: rolling, scope: x,"
            " counts: attempts, effect: deny}]",
            "XX",
            "attempt_caps A",
        ),
        (
            "  attempt_caps: [{id: A, count: 1, period: weekly, window: rolling, scope: x,"
            " counts: attempts, effect: deny}]",
            "XX",
            "attempt_caps A.period",
        ),
        (
            "  dnc: {registries: [], exceptions: [{kind: existing_relationship}]}",
            "XX",
            "dnc.exceptions",
        ),
        ("- {code: NO, name: Norway}", "False", "code"),
        ("- {name: Norway}", "None", "code"),
        ("- {code: XY, name: Y, level: country, sources: []}", "XY", "timezones"),
        ("rules: []", "own.yaml", "rules"),
        ("  name: twice", "own.yaml", "(all)"),
        ("  consent: {1: in writing}", "own.yaml", "(all)"),
        ("  emergency_ban: true", "XX", "emergency_ban"),
        (
            "regions: [{country: PL, codes: MZ, timezones: [Europe/Krakow]}]",
            "own.yaml",
            "regions.0",
        ),
        ("postal_codes: {region: US-FL}", "own.yaml", "postal_codes"),
        ("emergency_bans: on", "own.yaml", "emergency_bans"),
        ("emergency_bans: [{id: A, places: [XX], from: now}]", "A", "from"),
        ("  ]", "own.yaml", "(all)"),
    ],
)
def test_refused_data(tmp_path: Path, addition: str, entry: str, field: str) -> None:
    """Data that is not understood is refused by entry and field."""
    with pytest.raises(RulebookError) as caught:
        load(own(tmp_path, f"{ENTRY}{addition}\n"))
    assert caught.value.entry.endswith(entry)
    assert caught.value.field.startswith(field)


@pytest.mark.parametrize("year", [2008, 2026, 2099])
def test_every_calendar_has_holidays(year: int) -> None:
    """In every year that can be screened each calendar knows its holidays."""
    for one in rules().jurisdictions.values():
        if one.holidays is not None:
            assert len(days_off(one.holidays.calendar, None, year)) >= 4


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file, and one that is no mapping, are named."""
    with pytest.raises(RulebookError, match=r"missing\.yaml"):
        load(tmp_path / "missing.yaml")
    with pytest.raises(RulebookError, match="mapping"):
        load(own(tmp_path, "- just\n- a list\n"))


def test_two_entries_of_one_code() -> None:
    """One code has one entry."""
    entry = {"code": "XX", "name": "X", "level": "country", "timezones": ["UTC"], "sources": []}
    document = {"schema_version": 1, "meta": {"as_of": "2026"}, "jurisdictions": [entry, entry]}
    with pytest.raises(RulebookError, match="two entries"):
        build(document, "2026f")
