r"""`wildcard`: `*` stands for any characters or none, `\*` for a star, `\\` for a backslash.

A pattern whose wildcards could be in too many places at once is refused, as EventBridge does ("Rule
is too complex"). How to count is in Ruler's MachineComplexityEvaluator: the most beginnings of the
field's wildcards that one value could match, its quotation marks included. The limit is not in the
documentation; 10 agrees with every published example.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.bus.patterns.errors import PatternError

STAR = ""
"""In a wildcard's tokens, what stands for any characters; each other token is one character."""

MAX_COMPLEXITY = 10
_MAX_STEPS = 10_000
_State = frozenset[tuple[int, int]]


def tokens(place: str, text: str) -> tuple[str, ...]:
    """The wildcard's characters and stars.

    Raises:
        PatternError: two stars in a row, or a backslash before anything but a star or a backslash.
    """
    found: list[str] = []
    characters = iter(text)
    for character in characters:
        if character == "*":
            if found and found[-1] == STAR:
                raise PatternError(place, "has two * in a row; one stands for any characters")
            found.append(STAR)
        elif character == "\\":
            escaped = next(characters, "")
            if escaped not in {"*", "\\"}:
                raise PatternError(place, r"has a \ before neither * nor \; write it as \\")
            found.append(escaped)
        else:
            found.append(character)
    return tuple(found)


def matcher(wildcard: Sequence[str]) -> Callable[[str], bool]:
    """Whether a string fits, in time that grows with its length and no faster."""
    pieces = [""]
    for token in wildcard:
        if token == STAR:
            pieces.append("")
        else:
            pieces[-1] += token
    first, *inner = pieces
    if not inner:
        return lambda value: value == first
    *middle, last = inner

    def fits(value: str) -> bool:
        at, end = len(first), len(value) - len(last)
        if at > end or not (value.startswith(first) and value.endswith(last)):
            return False
        for piece in middle:
            at = value.find(piece, at, end)
            if at < 0:
                return False
            at += len(piece)
        return True

    return fits


def too_complex(wildcards: Sequence[Sequence[str]]) -> bool:
    """Whether a value could match more than `MAX_COMPLEXITY` beginnings of a field's wildcards."""
    quoted = [('"', *wildcard, '"') for wildcard in dict.fromkeys(map(tuple, wildcards))]
    start = _with_empty_stars(quoted, {(pattern, 0) for pattern in range(len(quoted))})
    seen = {start}
    waiting = [start]
    while waiting:
        state = waiting.pop()
        for character in _next_characters(quoted, state):
            following = _after(quoted, state, character)
            if len(following) > MAX_COMPLEXITY or len(seen) > _MAX_STEPS:
                return True
            if following not in seen:
                seen.add(following)
                waiting.append(following)
    return False


def _next_characters(quoted: Sequence[Sequence[str]], state: _State) -> set[str]:
    """What could lengthen a beginning; any other character only leaves fewer of them."""
    return {quoted[pattern][at] for pattern, at in state if at < len(quoted[pattern])} - {STAR}


def _after(quoted: Sequence[Sequence[str]], state: _State, character: str) -> _State:
    """The beginnings matched after one more character."""
    kept = {(pattern, at) for pattern, at in state if at and quoted[pattern][at - 1] == STAR}
    grown = {
        (pattern, at + 1)
        for pattern, at in state
        if at < len(quoted[pattern]) and quoted[pattern][at] == character
    }
    return _with_empty_stars(quoted, kept | grown)


def _with_empty_stars(quoted: Sequence[Sequence[str]], state: set[tuple[int, int]]) -> _State:
    stars = {
        (pattern, at + 1)
        for pattern, at in state
        if at < len(quoted[pattern]) and quoted[pattern][at] == STAR
    }
    return frozenset(state | stars)
