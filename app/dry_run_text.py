"""What a dry run found, as JSON for a program and as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime, timedelta

from pydantic.alias_generators import to_camel

from campaigns.events import instant_text
from campaigns.importing import ImportCounts
from compliance.reasons import SENTENCES
from compliance.time_zone import zone
from dialer.outlook import AgingRegistry, Held, Outlook, Slot

_BAR = 40
"""How many characters the longest bar has."""
_PLACES_NAMED = 12


def as_json(name: str, outlook: Outlook, rows: ImportCounts | None) -> dict[str, object]:
    """The fields that docs/dry-run.md describes; `rows` are those of a file."""
    fields = _published({"campaign": name, **asdict(outlook)})
    assert isinstance(fields, dict)
    for held in fields["held"]:
        held["says"] = SENTENCES[held["code"]]
    if rows is not None:
        fields["import"] = {
            "read": rows.read,
            "accepted": rows.accepted,
            "rejected": rows.rejected,
            "duplicate": rows.duplicate,
        }
    return fields


def _published(value: object) -> object:
    """Names in camelCase, instants and dates as text."""
    match value:
        case dict():
            return {to_camel(key): _published(item) for key, item in value.items()}
        case tuple():
            return [_published(item) for item in value]
        case datetime():
            return instant_text(value)
        case date():
            return value.isoformat()
    return value


def summary(name: str, outlook: Outlook, rows: ImportCounts | None) -> str:
    """What a person looks for first: how many when, and what holds the others."""
    return "\n".join(_lines(name, outlook, rows))


def _lines(name: str, found: Outlook, rows: ImportCounts | None) -> Iterator[str]:
    start, end = (_local(at, found) for at in (found.start_at, found.end_at))
    yield f"Dry run of {name!r}: as if it started {start}, to its end {end} ({found.time_zone})"
    if rows is not None and rows.read != rows.accepted:
        lost = f"{rows.rejected:,} rejected, {rows.duplicate:,} double"
        yield f"{rows.read:,} rows in the file: {lost}"
    yield ""
    first = found.first_callable_at
    for count, says in (
        (found.contacts, "contacts"),
        (found.callable_at_start, "can be called at the start"),
        (found.callable_later, "can be called later, before the end"),
        (found.after_end, "could be called only after the end"),
        (found.for_good, "can never be called"),
        (found.wait_for_reader, "wait until somebody reads their message"),
        (found.wait_for_copy, "wait until a newer copy of a registry is imported"),
    ):
        yield f"{count:>10,} {says}"
    yield f"The first can be called {_local(first, found)}." if first else "Nobody can be called."
    yield from _chart(found)
    if found.held:
        yield ""
        yield "Held at the start:"
        for held in found.held:
            yield from _held_lines(held, found)
    if found.registries:
        yield ""
        yield "Registries to import before the start; without a copy nobody is held for one:"
        yield from (_registry_line(registry) for registry in found.registries)
    yield ""
    named = found.jurisdictions[:_PLACES_NAMED]
    more = len(found.jurisdictions) - len(named)
    places = ", ".join(f"{place.jurisdiction} {place.contacts:,}" for place in named)
    yield f"Whose rules apply: {places or 'nobody knows'}{f' and {more} more' if more else ''}"
    yield f"Decided by {found.rulebook}."


def _chart(found: Outlook) -> Iterator[str]:
    most = max((slot.within_hours for slot in found.slots), default=0)
    if not most:
        return
    yield ""
    yield f"Contacts who can be called, by the {_unit(found.slots)} ({found.time_zone}):"
    skipped = False
    for slot in found.slots:
        if slot.within_hours:
            bar = "#" * max(1, round(_BAR * slot.within_hours / most))
            if skipped:
                yield "  ..."
            yield f"  {_local(slot.start_at, found)} {slot.within_hours:>10,} {bar}"
        skipped = not slot.within_hours


def _unit(slots: tuple[Slot, ...]) -> str:
    longest = max(slot.end_at - slot.start_at for slot in slots)
    return "day" if longest > timedelta(hours=1) else "hour"


def _held_lines(held: Held, found: Outlook) -> Iterator[str]:
    if held.for_good:
        yield f"{held.for_good:>10,} for good: {SENTENCES[held.code]}"
    if held.for_now:
        until = "until a newer copy is imported"
        if held.last_until:
            until = f"until {_local(held.last_until, found)} at the latest"
        yield f"{held.for_now:>10,} {until}: {SENTENCES[held.code]}"
    rule = held.rules[0]
    more = f", and {len(held.rules) - 1} more" if len(held.rules) > 1 else ""
    yield f"{'':>10} {held.code}: {rule.rule} ({rule.citation}){more}"


def _registry_line(registry: AgingRegistry) -> str:
    what = (
        "no copy"
        if registry.last_day is None
        else f"the copy of {registry.as_of} lasts until {registry.last_day}"
    )
    return f"{registry.contacts:>10,} contacts: {registry.jurisdiction}, {registry.name}: {what}"


def _local(at: datetime, found: Outlook) -> str:
    return f"{at.astimezone(zone(found.time_zone)):%a %Y-%m-%d %H:%M}"
