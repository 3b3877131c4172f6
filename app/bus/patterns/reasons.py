"""Why a field of a pattern matches an event's value or not, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.bus.patterns.grammar import Leaf
from app.bus.patterns.written import compact, is_number, quantity

_MOST = 3


def reason(leaf: Leaf, found: Sequence[object], event: Mapping[str, Any], *, matched: bool) -> str:
    """What the field is and, if that does not match, what it should be."""
    is_now = _is_now(leaf, found, event)
    if matched:
        return is_now
    wanted = " or ".join(term.text for term in leaf.terms)
    return f"{is_now}; wanted {wanted}{_advice(leaf, found)}"


def _is_now(leaf: Leaf, found: Sequence[object], event: Mapping[str, Any]) -> str:
    if found:
        more = ", ..." if len(found) > _MOST else ""
        return f"is {', '.join(map(compact, found[:_MOST]))}{more}"
    value = _at(event, leaf.path.split("."))
    if isinstance(value, dict):
        return "is an object, and a pattern matches the values in it"
    return "is an empty array" if value == [] else "is not in the event"


def _at(value: object, steps: Sequence[str]) -> object:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _advice(leaf: Leaf, found: Sequence[object]) -> str:
    advice = (_near_miss(value, key) for value in found for key in leaf.keys)
    first = next((text for text in advice if text), None)
    return f" ({first})" if first else ""


def _near_miss(value: object, key: object) -> str | None:
    """What a value and a plain value of the pattern, which differ, have in common."""
    if isinstance(key, tuple):
        return _near_number(value, str(key[1]))
    if isinstance(key, str) and is_number(value) and compact(value) == key:
        return "a string is no number"
    if isinstance(key, str) and isinstance(value, str) and value.lower() == key.lower():
        return "only the case differs, which equals-ignore-case ignores"
    return None


def _near_number(value: object, text: str) -> str | None:
    if value == text:
        return "a string is no number"
    if quantity(value) == Decimal(text):
        return "plain numbers are compared as they are written, numeric compares their values"
    return None
