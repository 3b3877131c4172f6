"""A pattern's text -> its leaves, and its rules: which leaves must match together.

A pattern without `$or` is one rule. `$or` makes a rule of each combination, as Ruler compiles it;
of a path that stands twice, the later place counts.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeGuard, cast

from app.bus.patterns import wildcards
from app.bus.patterns.errors import PatternError
from app.bus.patterns.operators import Term, term
from app.bus.patterns.written import Members, read_pattern, written

MAX_LENGTH = 4096
"""Characters in a pattern, at most (API reference, PutRule and TestEventPattern)."""

MAX_COMBINATIONS = 1000
"""Product of the numbers of alternatives in all `$or`, at most (the user guide)."""

MAX_DEPTH = 100
"""Objects within objects in a pattern, at most: a limit of ours. EventBridge names none."""

OR = "$or"

RESERVED = frozenset(
    {
        *("anything-but", "cidr", "equals-ignore-case", "exactly", "exists", "html", "numeric"),
        *("prefix", "suffix", "wildcard", "=", "<", "<=", ">", ">=", "regex", "not-wildcard"),
        *("not-equals-ignore-case", "date-after", "date-on-or-after", "date-before"),
        *("date-on-or-before", "in-date-range", "ip-address-in-range", "ip-address-not-in-range"),
    }
)
"""Names that no field of an alternative may have (Ruler's Constants.java)."""

Rule = dict[str, "Leaf"]


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """A field and what it may be. `place`: where in the pattern; `path`: the field, with dots."""

    place: str
    path: str
    terms: tuple[Term, ...]
    keys: frozenset[Hashable]
    tests: tuple[Callable[[object], bool], ...]
    may_be_absent: bool

    def accepts(self, value: object) -> bool:
        """Whether the field may have this value, which is no object and no array."""
        if self.keys and (value if value.__class__ is str else written(value)) in self.keys:
            return True
        for test in self.tests:  # noqa: SIM110 - any() costs a generator for each value
            if test(value):
                return True
        return False


def parse(text: str) -> tuple[Rule, ...]:
    """The rules of a pattern; an event matches the pattern if it matches one of them.

    Raises:
        PatternError: EventBridge would not take the pattern.
    """
    if len(text) > MAX_LENGTH:
        raise PatternError("pattern", f"must have at most {MAX_LENGTH:,} characters")
    members = read_pattern(text)
    if not isinstance(members, Members):
        raise PatternError("pattern", "must be a JSON object")
    return tuple(_Reading().of_object(members, _Spot("", ()), [{}]))


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where the reading is: a place of the pattern, the field that it stands for."""

    place: str
    path: tuple[str, ...]
    in_alternative: bool = False

    def of_member(self, name: str) -> _Spot:
        """The place of an object's member."""
        place = f"{self.place}.{name}" if self.place else name or '""'
        return _Spot(place, (*self.path, name), self.in_alternative)


class _Reading:
    """One pass over a pattern."""

    def __init__(self) -> None:
        self._combinations = 1

    def of_object(self, members: Members, spot: _Spot, rules: list[Rule]) -> list[Rule]:
        """The rules so far, with what an object of the pattern asks besides."""
        if not members:
            raise PatternError(spot.place or "pattern", "must not be empty")
        if len(spot.path) > MAX_DEPTH:
            raise PatternError(spot.place, f"must not lie deeper than {MAX_DEPTH} objects")
        for name, value in members:
            rules = self._of_member(name, value, spot, rules)
        return rules

    def _of_member(self, name: str, value: object, spot: _Spot, rules: list[Rule]) -> list[Rule]:
        here = spot.of_member(name)
        if name == OR and isinstance(value, list) and _are_alternatives(value):
            return self._of_alternatives(value, spot, here.place, rules)
        if spot.in_alternative and name in RESERVED:
            raise PatternError(here.place, f"is no name for a field within {OR}")
        if isinstance(value, Members):
            return self.of_object(value, here, rules)
        if not isinstance(value, list):
            raise PatternError(here.place, "must be an object or an array")
        leaf = _leaf(here, value)
        return [{**rule, leaf.path: leaf} for rule in rules]

    def _of_alternatives(
        self, objects: list[Members], spot: _Spot, place: str, rules: list[Rule]
    ) -> list[Rule]:
        self._combinations *= len(objects)
        if self._combinations > MAX_COMBINATIONS:
            raise PatternError(place, f"makes more than {MAX_COMBINATIONS:,} combinations")
        found = []
        for at, members in enumerate(objects):
            alternative = _Spot(f"{place}[{at}]", spot.path, in_alternative=True)
            found.extend(self.of_object(members, alternative, rules))
        return found


def _are_alternatives(values: list[object]) -> TypeGuard[list[Members]]:
    """Whether `$or` means alternatives; else it is an ordinary field's name (Ruler's README)."""
    if len(values) < 2 or not all(isinstance(value, Members) for value in values):
        return False
    return not any(name in RESERVED for value in values for name, _ in cast(Members, value))


def _leaf(spot: _Spot, values: list[object]) -> Leaf:
    if not values:
        raise PatternError(spot.place, "must not be empty")
    terms = tuple(term(f"{spot.place}[{at}]", value) for at, value in enumerate(values))
    if wildcards.too_complex([stars for term in terms for stars in term.stars]):
        raise PatternError(
            spot.place, "has wildcards that are too complex: use fewer *, or fewer equal characters"
        )
    return Leaf(
        place=spot.place,
        path=".".join(spot.path),
        terms=terms,
        keys=frozenset(term.key for term in terms if term.plain),
        tests=tuple(term.test for term in terms if not term.plain),
        may_be_absent=any(term.absent for term in terms),
    )
