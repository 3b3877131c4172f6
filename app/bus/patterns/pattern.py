"""Event patterns with EventBridge's grammar: does an event match, and if not, which part does not?

pattern = parse('{"detail": {"answeredBy": ["human"]}}')
pattern.matches(event)
pattern.explain(event).parts
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from app.bus.patterns import grammar
from app.bus.patterns.arrays import Trail, agree, wish
from app.bus.patterns.grammar import Leaf
from app.bus.patterns.reasons import reason
from app.bus.patterns.written import compact

APART = "each part matches, but in different elements of an array"
"""The note of an explanation whose parts all match, each for itself."""

_Found = dict[str, list[tuple[object, Trail]]]


@dataclass(slots=True)
class _Node:
    """Where a pattern's paths fork. A name may hold dots: steps of a path may be one name of an
    event (Ruler's README, "JSON keys with dots")."""

    names: dict[str, _Node] = field(default_factory=dict)
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a pattern and what became of it; texts are JSON.

    `place`: where in the pattern, such as `detail.$or[1].state`. `path`: the field of the event.
    `reason` says why it matched or did not.
    """

    place: str
    path: str
    matched: bool
    wanted: tuple[str, ...]
    found: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether an event matches, and each part of the pattern that counts, in the pattern's order.

    `note`: why there is no match although each part of one alternative matches for itself.
    """

    matches: bool
    parts: tuple[Part, ...]
    note: str | None


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that was read; `text` is what was written."""

    text: str
    _rules: tuple[tuple[Leaf, ...], ...]
    _root: _Node = field(repr=False, compare=False)

    def matches(self, event: Mapping[str, Any]) -> bool:
        """Whether the event, parsed JSON, matches."""
        found = _values(self._root, event)
        return any(_rule_matches(rule, found) for rule in self._rules)

    def explain(self, event: Mapping[str, Any]) -> Explanation:
        """Which parts of the pattern match the event, and why the others do not."""
        found = _values(self._root, event)
        holding = [rule for rule in self._rules if _rule_matches(rule, found)]
        held = {leaf for rule in holding for leaf in rule}
        leaves = dict.fromkeys(leaf for rule in self._rules for leaf in rule)
        parts = {
            leaf: _part(leaf, found.get(leaf.path, ()), event, held=leaf in held) for leaf in leaves
        }
        apart = any(all(parts[leaf].matched for leaf in rule) for rule in self._rules)
        note = APART if apart and not holding else None
        return Explanation(bool(holding), tuple(parts.values()), note)


def parse(text: str) -> Pattern:
    """Read a pattern.

    Raises:
        PatternError: EventBridge would not take it; says where and why.
    """
    rules = grammar.parse(text)
    paths = dict.fromkeys(path for rule in rules for path in rule)
    return Pattern(text, tuple(tuple(rule.values()) for rule in rules), _tree(paths))


def _tree(paths: Mapping[str, object]) -> _Node:
    nodes: dict[tuple[str, ...], _Node] = {(): _Node()}
    for path in paths:
        steps = tuple(path.split("."))
        for end in range(1, len(steps) + 1):
            node = nodes.setdefault(steps[:end], _Node())
            for start in range(end):
                nodes[steps[:start]].names[".".join(steps[start:end])] = node
        nodes[steps].path = path
    return nodes[()]


# ------------------------------------------------------------------------------------- matching
def _values(root: _Node, event: Mapping[str, Any]) -> _Found:
    """The values of the pattern's fields in the event, each with its trail."""
    found: _Found = {}
    _look_into(root, event, (), found, count())
    return found


def _look_into(
    node: _Node, fields: Mapping[str, Any], trail: Trail, found: _Found, arrays: Iterator[int]
) -> None:
    for name, inner in node.names.items():
        if name in fields:
            _take(inner, fields[name], trail, found, arrays)


def _take(node: _Node, value: object, trail: Trail, found: _Found, arrays: Iterator[int]) -> None:
    if isinstance(value, dict):
        _look_into(node, value, trail, found, arrays)
    elif isinstance(value, list):
        array = next(arrays)
        for index, item in enumerate(value):
            nested = isinstance(item, dict | list)
            _take(node, item, (*trail, (array, index)) if nested else trail, found, arrays)
    elif node.path is not None:
        found.setdefault(node.path, []).append((value, trail))


def _rule_matches(rule: Sequence[Leaf], found: _Found) -> bool:
    wishes = []
    for leaf in rule:
        values = found.get(leaf.path, ())
        if len(values) == 1 and not values[0][1]:
            if not leaf.accepts(values[0][0]):
                return False
            continue
        trails = [trail for value, trail in values if leaf.accepts(value)]
        if not trails and not leaf.may_be_absent:
            return False
        wishes.append(wish(trails, [trail for _, trail in values] if leaf.may_be_absent else None))
    return agree(wishes)


# ---------------------------------------------------------------------------------- explanation
def _part(
    leaf: Leaf, values: Sequence[tuple[object, Trail]], event: Mapping[str, Any], *, held: bool
) -> Part:
    found = [value for value, _ in values]
    matched = held or any(map(leaf.accepts, found)) or (leaf.may_be_absent and not found)
    return Part(
        place=leaf.place,
        path=leaf.path,
        matched=matched,
        wanted=tuple(term.text for term in leaf.terms),
        found=tuple(map(compact, found)),
        reason=reason(leaf, found, event, matched=matched),
    )
