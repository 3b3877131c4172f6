"""Make a decision again: from its entry, the number put back in, and the rulebook of then."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from app.case_reader import read_case
from app.evidence.document import Facts, Replay, Replayed
from compliance.case import Case
from compliance.explaining import Explanation, as_json, explain
from compliance.rulebook import Rulebook, RulebookError, rebuilt
from compliance.screening import Decision, InvalidCaseError, no_case
from compliance.time_zone import zone_data_version
from dialer.decision_evidence import decision_facts

_ZONES = ", zones "

_SENTENCES = {
    Replayed.SAME: "Made again today from this entry and the rulebook of then, the decision is the "
    "same.",
    Replayed.DIFFERENT: "Made again today from this entry and the rulebook of then, the decision "
    "is another one: {now}.",
    Replayed.NUMBER_NOT_KNOWN: "The decision cannot be made again: the number is not kept any "
    "more. What was decided, and from what else, stands in the entry.",
    Replayed.RULES_NOT_KEPT: "The decision cannot be made again: the rulebook of then is not kept, "
    "or is not the one that it is kept as.",
    Replayed.UNREADABLE: "The decision cannot be made again: the entry cannot be read.",
}
_OTHER_ZONES = (
    " The time zone data in use today ({now}) is another version than that of then ({then})."
)


def entry_facts(body: str) -> Facts | None:
    """What an entry says; None: it was changed, and cannot be read."""
    try:
        facts = json.loads(body)
    except ValueError:
        return None
    return facts if isinstance(facts, dict) else None


def case_again(facts: Mapping[str, Any], phone: str | None) -> Facts:
    """The case of an entry, as `fairdial screen` takes it; without a number if it is not known."""
    case: Facts = dict(facts.get("case") or {})
    contact = {**(case.get("contact") or {}), **({} if phone is None else {"phone": phone})}
    return {"id": "from evidence", **case, "contact": contact}


def replay(facts: Facts | None, phone: str | None, rulebooks: Mapping[str, str]) -> Replay:
    """Decide again; `facts` are the entry's, `rulebooks` the contents that are kept by version."""
    if facts is None or not isinstance(facts.get("rulebook"), str):
        return _answer(Replayed.UNREADABLE, None)
    version = facts["rulebook"]
    if phone is None:
        return _answer(Replayed.NUMBER_NOT_KNOWN, version)
    try:
        case = read_case(case_again(facts, phone))
    except (InvalidCaseError, TypeError, ValueError):
        return _answer(Replayed.UNREADABLE, version)
    rulebook = _rebuilt(version, rulebooks.get(version))
    if rulebook is None:
        return _answer(Replayed.RULES_NOT_KEPT, version)
    decision, explanation = _decide(case, rulebook)
    now = decision_facts(decision)
    then = {key: value for key, value in facts.items() if key in _DECIDED}
    status = Replayed.SAME if now == then else Replayed.DIFFERENT
    return _answer(status, version, str(now["decision"]), explanation)


_DECIDED = ("decision", "notBefore", "reasons", "timeZones", "rulebook")


def _decide(case: Case, rulebook: Rulebook) -> tuple[Decision, Explanation | None]:
    try:
        explanation = explain(case, rulebook)
    except InvalidCaseError as error:
        return no_case(error, rulebook), None
    return explanation.decision, explanation


def _answer(
    status: Replayed,
    version: str | None,
    decision_now: str = "",
    explanation: Explanation | None = None,
) -> Replay:
    then = None if version is None else _zones_of(version)
    now = zone_data_version()
    sentence = _SENTENCES[status].format(now=decision_now)
    if status in (Replayed.SAME, Replayed.DIFFERENT) and then != now:
        sentence += _OTHER_ZONES.format(now=now, then=then)
    return Replay(
        status=status,
        sentence=sentence,
        zone_data_then=then,
        zone_data_now=now,
        explanation=None if explanation is None else as_json(explanation),
    )


def _rebuilt(version: str, content: str | None) -> Rulebook | None:
    """The rulebook that a version names; None: it is not kept, or what is kept is another one."""
    if content is None:
        return None
    try:
        found = _built(content, _zones_of(version) or "")
    except RulebookError:
        return None
    return found if found.version == version else None


@lru_cache(maxsize=4)
def _built(content: str, zone_data: str) -> Rulebook:
    return rebuilt(content, zone_data)


def _zones_of(version: str) -> str | None:
    """The zone data that a rulebook's version names."""
    _, found, zones = version.rpartition(_ZONES)
    return zones if found else None
