"""`fairdial rules ...`: the rules in force, those of a place, and how a decision came about."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator

from app.case_reader import parse_line, read_case
from app.errors import BadInputError
from compliance.explaining import Explanation, explain
from compliance.place_rules import PlaceRules, UnknownPlaceError, place_rules
from compliance.rule_listing import ban_says
from compliance.rules import EmergencyBan, Jurisdiction, Rulebook
from compliance.screening import InvalidCaseError

# ------------------------------------------------------------------------------------------- list


def entries_json(rulebook: Rulebook) -> dict[str, object]:
    """Every entry and every emergency ban, and the version of the rules."""
    return {
        "rulebook": rulebook.version,
        "jurisdictions": [_entry_json(one) for one in rulebook.jurisdictions.values()],
        "emergency_bans": [_ban_json(ban) for ban in rulebook.emergency_bans],
    }


def entries_lines(rulebook: Rulebook) -> Iterator[str]:
    """A line for each entry, and one for each emergency ban, its fields apart by tabs."""
    for one in rulebook.jurisdictions.values():
        extends = one.parent or "-"
        zones = " ".join(one.time_zones)
        fields = (one.code, one.name, one.level, extends, one.confidence, one.as_of, zones)
        yield "\t".join(fields)
    for ban in rulebook.emergency_bans:
        yield f"{ban.rule.id}\temergency ban\t{ban_says(ban)}\t{ban.rule.citation}"


def _entry_json(one: Jurisdiction) -> dict[str, object]:
    return {
        "code": one.code,
        "name": one.name,
        "level": one.level,
        "extends": one.parent,
        "time_zones": list(one.time_zones),
        "confidence": one.confidence,
        "as_of": one.as_of,
        "notes": one.notes,
    }


def _ban_json(ban: EmergencyBan) -> dict[str, object]:
    return {
        "rule": ban.rule.id,
        "places": sorted(ban.places),
        "says": ban_says(ban),
        "citation": ban.rule.citation,
    }


# ------------------------------------------------------------------------------------------- show


def rules_at(code: str, rulebook: Rulebook) -> PlaceRules:
    """What holds in a place.

    Raises:
        BadInputError: there is no such place; the message names codes that resemble it.
    """
    try:
        return place_rules(code, rulebook)
    except UnknownPlaceError as error:
        meant = f"did you mean {' or '.join(error.near)}?" if error.near else "see `rules list`"
        raise BadInputError(f"there are no rules of the code {code[:40]!r}; {meant}") from None


def place_json(place: PlaceRules) -> dict[str, object]:
    """What holds in a place."""
    return {
        "code": place.code,
        "own_entry": place.has_own_entry,
        "entries": [_entry_json(one) for one in place.chain],
        "time_zones": list(place.time_zones),
        "rules": [
            {
                "jurisdiction": rule.jurisdiction,
                "rule": rule.rule,
                "says": rule.says,
                "citation": rule.citation,
                "confidence": rule.confidence,
                "as_of": rule.as_of,
            }
            for rule in place.rules
        ],
        "emergency_bans": [_ban_json(ban) for ban in place.emergency_bans],
        "emergency_law": {one.code: one.emergency_law for one in place.chain if one.emergency_law},
    }


def place_lines(place: PlaceRules) -> Iterator[str]:
    """What holds in a place, in words."""
    nearest = place.chain[0]
    if place.has_own_entry:
        yield f"{nearest.code}: {nearest.name}"
    else:
        yield f"{place.code}: no entry of its own; the rules of {nearest.code} hold"
    yield f"Time zones: {', '.join(place.time_zones)}"
    for entry in place.chain:
        rules = [rule for rule in place.rules if rule.jurisdiction == entry.code]
        yield ""
        yield f"{entry.code} {entry.name} ({entry.confidence}, as of {entry.as_of}):"
        yield from (f"  {rule.rule}: {rule.says} [{rule.citation}]" for rule in rules)
        if not rules:
            yield "  nothing beyond what it extends"
        if entry.emergency_law:
            yield f"  In an emergency: {entry.emergency_law}"
        if entry.notes:
            yield f"  Notes: {entry.notes}"
    yield ""
    yield "Emergency bans switched on:" if place.emergency_bans else "No emergency ban is on."
    for ban in place.emergency_bans:
        yield f"  {ban.rule.id}: {ban_says(ban)} [{ban.rule.citation}]"


# ---------------------------------------------------------------------------------------- explain


def explained(text: bytes, rulebook: Rulebook) -> Explanation:
    """How the decision on a case, written as JSON, came about.

    Raises:
        BadInputError: the text is no valid case.
    """
    try:
        return explain(read_case(parse_line(text.removeprefix(BOM_UTF8))), rulebook)
    except InvalidCaseError as error:
        raise BadInputError(f"this is no valid case: {error}") from None
