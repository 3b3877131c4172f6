"""The documentation's page of rules by place, as Markdown, made from the rules themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from compliance.rule_listing import own_rules, words
from compliance.rule_overview import overview
from compliance.rules import Jurisdiction, LegalPurpose, Rulebook

_MARKUP = re.compile(r"([\\`*\[\]<>|])")
_HEAD = """\
# Rules by place

What Fairdial checks in each place, made from the rule data ({version}) by `fairdial rules docs`.

```{{important}}
This is not legal advice. It is where your counsel can start: every rule has its source, the date of
its last review, and how sure it is. *verified* means that the legal text or the regulator's own
words were seen; *recalled* means that they were not, and that somebody should look.
```

A state's rules come on top of its country's, never instead: the stricter one wins, and a contact
who may be in two places is under the rules of both. A US state that is not in the table is under
the federal rules alone. `fairdial rules show US-FL` shows the rules of a place as they are in force
with your own file of rules; [Screening](screening.md) says how they are applied.

## Live calls at a glance

Hours are the contact's local time, with the rules of the country or entry above counted in. What
needs no consent, has no cap, or asks for no fresh copy of a do-not-call list has a dash.

| Place | Mon to Fri | Saturday | Sunday | Holidays | Attempts | Consent for a live call \
| Copy of the list | Confidence |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""


def rule_page(rulebook: Rulebook) -> str:
    """The whole page: the same for the same rules, whatever the zone data."""
    version, _, _ = rulebook.version.partition("+")
    entries = rulebook.jurisdictions.values()
    rows = "".join(f"{_row(entry, rulebook)}\n" for entry in entries)
    sections = "".join(f"\n{_lines(_section(entry))}" for entry in entries)
    return f"{_HEAD.format(version=version)}{rows}{sections}"


def _row(entry: Jurisdiction, rulebook: Rulebook) -> str:
    shown = overview(entry.code, rulebook)
    cells = (
        f"[{entry.code}](#{_target(entry.code)}) {_plain(entry.name)}",
        shown.weekdays,
        shown.saturday,
        shown.sunday,
        shown.holidays,
        shown.caps,
        shown.consent,
        shown.list_age,
        entry.confidence,
    )
    return f"| {' | '.join(cells)} |"


def _section(entry: Jurisdiction) -> Iterator[str]:
    yield f"({_target(entry.code)})="
    yield f"## {entry.code}: {_plain(entry.name)}"
    yield ""
    above = f"On top of [{entry.parent}](#{_target(entry.parent)}). " if entry.parent else ""
    yield f"{above}Time zones: {', '.join(entry.time_zones)}."
    if entry.purposes != frozenset(LegalPurpose):
        yield f"Consent and lists are about {words(entry.purposes)}."
    yield f"Last reviewed {entry.as_of}; {entry.confidence}."
    yield ""
    yield from _rules(entry)
    if entry.emergency_law:
        yield f"In an emergency: {_plain(entry.emergency_law)}"
        yield ""
    if entry.notes:
        yield f"Notes: {_plain(entry.notes)}"
        yield ""
    yield from _sources(entry)


def _rules(entry: Jurisdiction) -> Iterator[str]:
    rules = [listed for _, listed in own_rules(entry)]
    if rules:
        yield "| Rule | Says | Source |"
        yield "| --- | --- | --- |"
        for rule in rules:
            yield f"| {rule.rule} | {_plain(rule.says)} | {_plain(rule.citation)} |"
    else:
        yield "Nothing that decides, beyond the rules above."
    yield ""


def _sources(entry: Jurisdiction) -> Iterator[str]:
    yield "Sources:"
    yield ""
    for source in entry.sources:
        cite = _plain(source.citation)
        yield f"- [{cite}](<{source.url}>)" if source.url else f"- {cite}"


def _target(code: str) -> str:
    return f"rules-{code.lower()}"


def _plain(text: str) -> str:
    """The text so that Markdown shows it as it is, on one line."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
