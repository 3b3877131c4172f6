"""JSON as it was written: members in their order and with their doubles, numbers digit by digit.

A plain number in a pattern is compared as it is written: 300, 300.0 and 3.0e2 are three numbers
(EventBridge's user guide, "Event pattern syntax"). So fractions are read as `Decimal`, which keeps
each digit.
"""

from __future__ import annotations

import json
from collections.abc import Hashable
from decimal import Decimal
from math import isfinite
from typing import Any, NoReturn, cast

from app.bus.patterns.errors import EventError, LocatedError, PatternError


class Members(tuple[tuple[str, object], ...]):
    """An object's names and values, in their order, a name as often as it stands there."""

    __slots__ = ()


def read_pattern(text: str) -> object:
    """The JSON value of a pattern; its objects are `Members`.

    Raises:
        PatternError: not JSON.
    """
    return _read(text, "pattern", PatternError, object_pairs_hook=Members)


def read_event(text: str) -> dict[str, Any]:
    """An event with its numbers as they are written; of members of one name the last counts.

    Raises:
        EventError: not JSON, or no object.
    """
    event = _read(text, "event", EventError)
    if not isinstance(event, dict):
        raise EventError("event", "must be a JSON object")
    return event


def _read(text: str, what: str, error_type: type[LocatedError], **hooks: Any) -> object:
    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant, **hooks)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise error_type(place, f"not JSON: {error.msg}") from None
    except RecursionError:
        raise error_type(what, "is nested too deeply") from None
    except (ValueError, ArithmeticError):
        raise error_type(what, "not JSON: a number that is none, or has too many digits") from None
    return cast(object, value)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def is_number(value: object) -> bool:
    """True for a JSON number; `True` and `False` are none."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def written(value: object) -> Hashable:
    """What is equal for two values that are written alike, and for no others."""
    return ("number", compact(value)) if is_number(value) else value


def quantity(value: object) -> int | Decimal | None:
    """A number's value, exactly; None for what is no number."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal):
        return value
    if isinstance(value, float) and isfinite(value):
        return Decimal(repr(value))
    return None


def compact(value: object) -> str:
    """The value as JSON without blanks, with its numbers as they were written."""
    if isinstance(value, float):
        return str(Decimal(repr(value)))
    if is_number(value):
        return str(value)
    if isinstance(value, Members):
        return "{" + ",".join(f"{compact(name)}:{compact(item)}" for name, item in value) + "}"
    if isinstance(value, dict):
        return compact(Members(value.items()))
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(compact, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
