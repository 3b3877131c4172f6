"""What a pattern may ask of a field's value: a plain value, or one operator.

Which operators there are and what each takes: AWS's user guide, "Comparison operators", and the
README and JsonRuleCompiler of Ruler (github.com/aws/event-ruler), which EventBridge runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address, ip_address
from operator import eq, ge, gt, le, lt

from app.bus.patterns import wildcards
from app.bus.patterns.errors import PatternError
from app.bus.patterns.written import Members, compact, is_number, quantity, written

Test = Callable[[object], bool]

LARGEST = 5_000_000_000
"""Numbers in `numeric` and `anything-but` lie within this and its negative (the user guide)."""

DECIMALS = 6
"""Digits after the decimal point in `numeric` and `anything-but`, at most (the user guide)."""

IGNORE_CASE = "equals-ignore-case"
_COMPARISONS: dict[object, Callable[[int | Decimal, int | Decimal], bool]] = {
    "=": eq,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}
_LOWER = (">", ">=")
_UPPER = ("<", "<=")
_IPV4 = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){3}")
_IPV6 = re.compile(r"[0-9a-fA-F:]*:[0-9a-fA-F:]*")
_MASK = re.compile(r"[0-9]{1,3}")


@dataclass(frozen=True, slots=True)
class Term:
    """One of the things that a field may be; `text` is how the pattern says it.

    A plain value has a `key`, equal to the `written` form of the values that it stands for.
    `absent`: the field may be missing. `stars`: the wildcards in it.
    """

    text: str
    test: Test
    key: Hashable = None
    plain: bool = False
    absent: bool = False
    stars: tuple[tuple[str, ...], ...] = ()


def term(place: str, value: object) -> Term:
    """The term at a place of the pattern.

    Raises:
        PatternError: no plain value and no operator, or one with something that it does not take.
    """
    text = compact(value)
    if isinstance(value, Members):
        name, operand = _only(place, value)
        make = _OPERATORS.get(name)
        if make is None:
            known = ", ".join(sorted(_OPERATORS))
            raise PatternError(f"{place}.{name}", f"is no operator; there are {known}")
        test = make(f"{place}.{name}", operand)
        absent = name == "exists" and operand is False
        return Term(text, test, absent=absent, stars=_stars(name, operand))
    if isinstance(value, list):
        raise PatternError(place, "must be a string, number, true, false, null or an operator")
    key = written(value)
    return Term(text, lambda found: written(found) == key, key=key, plain=True)


def _only(place: str, members: Members) -> tuple[str, object]:
    if len(members) != 1:
        raise PatternError(place, "must hold exactly one operator")
    return members[0]


def _stars(name: str, operand: object) -> tuple[tuple[str, ...], ...]:
    if name == "anything-but" and isinstance(operand, Members):
        name, operand = operand[0]
    if name != "wildcard":
        return ()
    texts = operand if isinstance(operand, list) else [operand]
    return tuple(wildcards.tokens("", str(text)) for text in texts)


def _string(place: str, operand: object) -> str:
    if not isinstance(operand, str):
        raise PatternError(place, "must be a string")
    return operand


# ------------------------------------------------------------------------------------- strings
def _prefix(place: str, operand: object) -> Test:
    if isinstance(operand, Members):
        expression = re.compile(_any_case(*_ignoring_case(place, operand)))
        return lambda value: isinstance(value, str) and expression.match(value) is not None
    text = _string(place, operand)
    return lambda value: isinstance(value, str) and value.startswith(text)


def _suffix(place: str, operand: object) -> Test:
    if isinstance(operand, Members):
        expression = re.compile(_any_case(*_ignoring_case(place, operand)) + r"\Z")
        return lambda value: isinstance(value, str) and expression.search(value) is not None
    text = _string(place, operand)
    return lambda value: isinstance(value, str) and value.endswith(text)


def _equals_ignore_case(place: str, operand: object) -> Test:
    expression = re.compile(_any_case(place, operand))
    return lambda value: isinstance(value, str) and expression.fullmatch(value) is not None


def _ignoring_case(place: str, members: Members) -> tuple[str, object]:
    name, operand = _only(place, members)
    if name != IGNORE_CASE:
        raise PatternError(f"{place}.{name}", f"must be a string or {IGNORE_CASE}")
    return f"{place}.{name}", operand


def _any_case(place: str, operand: object) -> str:
    """Each character of the pattern as a small or a capital letter. Ruler compares one by one: a
    sharp s is SS in capitals, and a Kelvin sign no k."""
    forms = ([letter.lower(), letter.upper()] for letter in _string(place, operand))
    return "".join(f"(?:{'|'.join(map(re.escape, dict.fromkeys(pair)))})" for pair in forms)


def _wildcard(place: str, operand: object) -> Test:
    fits = wildcards.matcher(wildcards.tokens(place, _string(place, operand)))
    return lambda value: isinstance(value, str) and fits(value)


# ------------------------------------------------------------------------------------- numbers
def _numeric(place: str, operand: object) -> Test:
    if not isinstance(operand, list):
        raise PatternError(place, 'must be an array such as [">", 0, "<=", 5]')
    for at, item in enumerate(operand):
        _check_numeric_item(f"{place}[{at}]", item, is_bound=at % 2 == 1)
    if len(operand) not in {2, 4}:
        raise PatternError(place, "must hold a comparison and a number, or two of each")
    if len(operand) == 4:
        _check_range(place, operand)
    bounds = [
        (_COMPARISONS[comparison], bound)
        for comparison, bound in zip(operand[::2], operand[1::2], strict=True)
    ]

    def lies_within(value: object) -> bool:
        number = quantity(value)
        return number is not None and all(compare(number, bound) for compare, bound in bounds)

    return lies_within


def _check_numeric_item(place: str, item: object, *, is_bound: bool) -> None:
    if is_bound:
        _number(place, item)
    elif not isinstance(item, str) or item not in _COMPARISONS:
        raise PatternError(place, f"must be one of {' '.join(map(str, _COMPARISONS))}")


def _check_range(place: str, operand: list[object]) -> None:
    first, bottom, second, top = operand
    if first not in _LOWER:
        raise PatternError(place, "must begin with > or >= if it has two bounds")
    if second not in _UPPER:
        raise PatternError(f"{place}[2]", "must be < or <=, since the first bound is the lower one")
    if not _number(place, bottom) < _number(place, top):
        raise PatternError(place, "must have its lower bound below its upper bound")


def _number(place: str, value: object) -> int | Decimal:
    number = quantity(value)
    if number is None:
        raise PatternError(place, "must be a number")
    if not -LARGEST <= number <= LARGEST:
        raise PatternError(place, f"must lie between {-LARGEST:,} and {LARGEST:,}")
    if number != round(Decimal(number), DECIMALS):
        raise PatternError(place, f"must have at most {DECIMALS} digits after the decimal point")
    return number


# ------------------------------------------------------------------------------- anything else
def _anything_but(place: str, operand: object) -> Test:
    if isinstance(operand, Members):
        name, inner = _only(place, operand)
        if name not in _NEGATED:
            raise PatternError(f"{place}.{name}", f"must be one of {', '.join(sorted(_NEGATED))}")
        tests = [_negated(name, *item) for item in _each(f"{place}.{name}", inner)]
        return lambda value: not any(test(value) for test in tests)
    items = list(_each(place, operand))
    if all(isinstance(item, str) for _, item in items):
        strings = frozenset(str(item) for _, item in items)
        return lambda value: not isinstance(value, str) or value not in strings
    for at, item in items:
        if not isinstance(item, str) and not is_number(item):
            raise PatternError(at, "must be a string or a number")
    if any(isinstance(item, str) for _, item in items):
        raise PatternError(place, "must hold strings only or numbers only")
    numbers = frozenset(_number(at, item) for at, item in items)
    return lambda value: quantity(value) not in numbers


def _negated(name: str, place: str, operand: object) -> Test:
    if _string(place, operand) == "" and name in {"prefix", "suffix"}:
        raise PatternError(place, "must not be empty")
    return _NEGATED[name](place, operand)


def _each(place: str, operand: object) -> Iterator[tuple[str, object]]:
    """The operand, or each item of it if it is a list, with its place."""
    if not isinstance(operand, list):
        yield place, operand
        return
    if not operand:
        raise PatternError(place, "must not be empty")
    for at, item in enumerate(operand):
        yield f"{place}[{at}]", item


def _exists(place: str, operand: object) -> Test:
    if not isinstance(operand, bool):
        raise PatternError(place, "must be true or false")
    return lambda _value: operand


def _cidr(place: str, operand: object) -> Test:
    address, slash, mask = _string(place, operand).partition("/")
    lowest = _address(address)
    if not slash or not _MASK.fullmatch(mask) or lowest is None:
        raise PatternError(place, "must be an address, a / and a number of bits")
    if int(mask) >= lowest.max_prefixlen:
        raise PatternError(place, f"must have fewer than {lowest.max_prefixlen} bits after its /")
    # From the address that is written, not from the block's first: so does Ruler (CIDR.java).
    highest = int(lowest) | ((1 << (lowest.max_prefixlen - int(mask))) - 1)

    def is_in_block(value: object) -> bool:
        found = _address(value) if isinstance(value, str) else None
        if found is None or found.version != lowest.version:
            return False
        return int(lowest) <= int(found) <= highest

    return is_in_block


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        if _IPV4.fullmatch(text):
            return ip_address(".".join(str(int(part)) for part in text.split(".")))
        if _IPV6.fullmatch(text):
            address = IPv6Address(text)
            return address.ipv4_mapped or address
    except ValueError:
        pass
    return None


_OPERATORS: dict[str, Callable[[str, object], Test]] = {
    "anything-but": _anything_but,
    "cidr": _cidr,
    IGNORE_CASE: _equals_ignore_case,
    "exists": _exists,
    "numeric": _numeric,
    "prefix": _prefix,
    "suffix": _suffix,
    "wildcard": _wildcard,
}

_NEGATED: dict[str, Callable[[str, object], Test]] = {
    IGNORE_CASE: _equals_ignore_case,
    "prefix": _prefix,
    "suffix": _suffix,
    "wildcard": _wildcard,
}
