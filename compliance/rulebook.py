"""Reads the mapping of calling_rules.yaml into rules, and refuses what it does not understand.

rule_format.py has the form of the file, rule_entries.py makes the rules of each entry.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from compliance.emergency_ban import read_ban
from compliance.location import knows_region
from compliance.rule_entries import check_known, jurisdiction
from compliance.rule_format import (
    RawAdditions,
    RawDocument,
    RawEmergencyBan,
    RawEntry,
    RulebookError,
)
from compliance.rules import EmergencyBan, Jurisdiction, Rulebook, Territory

__all__ = ["Rulebook", "RulebookError", "build", "check_additions", "rebuilt"]

_PLACES = ("country", "subdivision")
_Model = TypeVar("_Model", bound=BaseModel)


def build(mapping: Mapping[str, object], zone_data_version: str) -> Rulebook:
    """Rules from the content of a rule file.

    Raises:
        RulebookError: the data names something unknown, or lacks what decides.
    """
    document = _validated("file", RawDocument, mapping)
    entries = {entry.code: entry for entry in _entries(document.jurisdictions)}
    jurisdictions = {code: jurisdiction(entry, entries) for code, entry in entries.items()}
    territories = {
        row.code: Territory(row.under, tuple(sorted(row.timezones))) for row in document.territories
    }
    for territory in territories.values():
        check_known("territories", "under", territory.under, jurisdictions)
    content = _content(mapping)
    rulebook = Rulebook(
        version=_version(document, content, zone_data_version),
        content=content,
        jurisdictions=MappingProxyType(jurisdictions),
        regions=MappingProxyType(_regions(document, jurisdictions, territories)),
        region_patterns=MappingProxyType(_region_patterns(document)),
        territories=MappingProxyType(territories),
        postal_zones=MappingProxyType(
            {
                (row.region, prefix): tuple(sorted(row.timezones))
                for row in document.postal_codes
                for prefix in row.prefixes.split()
            }
        ),
    )
    return replace(rulebook, emergency_bans=_bans(document.emergency_bans, rulebook))


def rebuilt(content: str, zone_data_version: str) -> Rulebook:
    """The rules once more, from the `content` of a rulebook that was kept.

    With the same zone data they have the same version, and decide alike.

    Raises:
        RulebookError: the content is none of a rulebook.
    """
    try:
        mapping = json.loads(content)
    except ValueError:
        mapping = None
    if not isinstance(mapping, dict):
        raise RulebookError("file", "(all)", "this is not the content of a rulebook")
    return build(mapping, zone_data_version)


def check_additions(name: str, lists: Mapping[str, object]) -> None:
    """Refuse an operator's lists that are not understood, while their rows still have their place.

    Raises:
        RulebookError: a row is not what it should be; the entry is `name`.
    """
    _validated(name, RawAdditions, lists)


def _regions(
    document: RawDocument,
    jurisdictions: Mapping[str, Jurisdiction],
    territories: Mapping[str, Territory],
) -> dict[str, tuple[str, ...]]:
    """The regions that are known by their codes, with or without rules of their own."""
    listed = {
        f"{row.country}-{code}": tuple(sorted(row.timezones))
        for row in document.regions
        for code in row.codes.split()
    }
    with_rules = {
        code: one.time_zones for code, one in jurisdictions.items() if one.level == "subdivision"
    }
    as_regions = {f"{one.under}-{code}": one.time_zones for code, one in territories.items()}
    return {**listed, **with_rules, **as_regions}


def _region_patterns(document: RawDocument) -> dict[str, tuple[tuple[str, tuple[str, ...]], ...]]:
    patterns: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {}
    for row in document.regions:
        if row.pattern:
            pattern = (row.pattern, tuple(sorted(row.timezones)))
            patterns[row.country] = (*patterns.get(row.country, ()), pattern)
    return patterns


def _content(mapping: Mapping[str, object]) -> str:
    """The mapping as JSON, always the same for the same rules; dates become texts."""
    return json.dumps(mapping, sort_keys=True, default=str)


def _version(document: RawDocument, content: str, zone_data: str) -> str:
    digest = hashlib.sha256(content.encode()).hexdigest()[:12]
    return f"rules {document.meta.as_of}+{digest}, zones {zone_data}"


# ----------------------------------------------------------------------------------- the entries


def _validated(entry: str, model: type[_Model], data: object) -> _Model:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "(all)"
        raise RulebookError(entry, field, first["msg"]) from None


def _entries(raw: Sequence[Mapping[str, object]]) -> list[RawEntry]:
    entries: list[RawEntry] = []
    seen = set()
    for number, data in enumerate(raw, start=1):
        entry = _validated(str(data.get("code", f"number {number}")), RawEntry, data)
        if entry.code in seen:
            raise RulebookError(entry.code, "code", "there are two entries of this code")
        seen.add(entry.code)
        entries.append(entry)
    return entries


# -------------------------------------------------------------------------------- emergency bans


def _bans(raw: Sequence[Mapping[str, object]], rulebook: Rulebook) -> tuple[EmergencyBan, ...]:
    bans: dict[str, EmergencyBan] = {}
    for number, data in enumerate(raw, start=1):
        name = str(data.get("id", f"emergency ban {number}"))
        ban = read_ban(_validated(name, RawEmergencyBan, data), partial(_place, rulebook=rulebook))
        if ban.rule.id in bans:
            raise RulebookError(ban.rule.id, "id", "there are two emergency bans of this id")
        bans[ban.rule.id] = ban
    return tuple(bans.values())


def _place(code: str, rulebook: Rulebook) -> str | None:
    """The code under which a contact can be found to be there; an overlay or a city shows none."""
    entry = rulebook.jurisdictions.get(code)
    if entry is not None:
        return code if entry.level in _PLACES else None
    if code in rulebook.territories:
        return f"{rulebook.territories[code].under}-{code}"
    return code if knows_region(code, rulebook) else None
