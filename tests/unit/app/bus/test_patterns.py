"""Event patterns: EventBridge's documented answers, and what must hold of any pattern and event.

Each line of pattern_cases.jsonl is a pattern, an event and the documented answer; where the text
itself matters (numbers as written, names that stand twice) both are strings. `source` says where
the answer stands:

- guide: user guide, "Event pattern syntax"
- operators: user guide, "Comparison operators"
- arrays: user guide, "Arrays in event patterns"
- api: API reference, PutRule and TestEventPattern
- ruler: README, tests and source of github.com/aws/event-ruler, which EventBridge runs
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.events.models import EventPattern

from app.bus.patterns import wildcards
from app.bus.patterns.errors import EventError, LocatedError, PatternError
from app.bus.patterns.pattern import APART, Part, parse
from app.bus.patterns.written import read_event

INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Case:
    """A pattern, an event, and what EventBridge says; `place`: where the pattern is wrong."""

    name: str
    pattern: str
    event: str
    answer: bool | str
    place: str | None


def _case(line: str) -> Case:
    row = json.loads(line)
    return Case(
        name=row["name"],
        pattern=_text(row["pattern"]),
        event=_text(row["event"]),
        answer=row["answer"],
        place=row.get("place"),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


LINES = (Path(__file__).parent / "pattern_cases.jsonl").read_text(encoding="utf-8").splitlines()
CASES = [_case(line) for line in LINES]
ANSWERED = [case for case in CASES if case.answer != INVALID]
REFUSED = [case for case in CASES if case.answer == INVALID]

BOOLEANS = "moto takes true for 1 and false for 0; JSON does not"
AS_WRITTEN = "moto compares plain numbers by value; the guide says as they are written"
LETTERS = "moto compares whole lower-case words; Ruler letter by letter"
LINES_END = "moto's wildcard stops at the end of a line; Ruler's * is any characters"
ADDRESSES = "moto takes numbers for addresses, and no block from its middle or mapped address"
ARRAYS = "moto does not look into arrays of arrays and of objects"
TWICE = "moto keeps one of two names, or asks for both paths; in Ruler the later path counts"
OR_FIELD = "moto always takes $or for alternatives; Ruler's README says when it is a field"

MOTO_DIFFERS = {
    "true is not one": BOOLEANS,
    "one is not true": BOOLEANS,
    "zero is not false": BOOLEANS,
    "true is anything but one": BOOLEANS,
    "numeric only works on numbers: true": BOOLEANS,
    "300 is not 300.0: numbers are compared as written": AS_WRITTEN,
    "300.0 is not 300": AS_WRITTEN,
    "300 is not 3.0e2": AS_WRITTEN,
    "3.0e2 is not 300": AS_WRITTEN,
    "300.0 is not 3.0e2": AS_WRITTEN,
    "300.0 is not 300.00": AS_WRITTEN,
    "a fraction of thirty digits is compared whole": AS_WRITTEN,
    "letter by letter: sharp s is SS in capitals": LETTERS,
    "letter by letter: the Kelvin sign is not k": LETTERS,
    "a wildcard spans lines": LINES_END,
    "cidr: a number": ADDRESSES,
    "cidr: and ends with the block": ADDRESSES,
    "an empty array holds no leaf": ARRAYS,
    "an array of objects holds no leaf here": ARRAYS,
    "an array in an array": ARRAYS,
    "a field of an object in an array": ARRAYS,
    "two fields of one object in an array": ARRAYS,
    "arrays of arrays": ARRAYS,
    "two fields in arrays of arrays": ARRAYS,
    "absent in the very object that matches": ARRAYS,
    "absent is for the whole event where nothing else binds it": ARRAYS,
    "different arrays are independent": ARRAYS,
    "arrays within objects of arrays, together": ARRAYS,
    "a value beside an object in an array is in no element": ARRAYS,
    "cidr of version 4 and its address written as version 6": ADDRESSES,
    "of one path written twice the last counts": TWICE,
    "of two objects of one name one is not enough": TWICE,
    "or: an alternative replaces the path before it": TWICE,
    "$or with an object is an ordinary field": OR_FIELD,
    "$or with one object of an operator is an ordinary field": OR_FIELD,
    "$or with two operators is an ordinary field": OR_FIELD,
    "$or with plain values is an ordinary field": OR_FIELD,
}
"""Cases in which moto's matcher is wrong, and why."""


# ------------------------------------------------------------------------- documented answers
def test_the_table_is_large_and_its_names_are_its_own() -> None:
    """Each case can be told by its name."""
    assert len(CASES) >= 200
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case.name)
def test_documented_answer(case: Case) -> None:
    """The pattern matches the event, or not, as EventBridge's documentation says."""
    pattern, event = parse(case.pattern), read_event(case.event)
    assert pattern.matches(event) is case.answer
    assert pattern.explain(event).matches is case.answer


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused_pattern(case: Case) -> None:
    """What EventBridge refuses is refused, with the place where it is wrong."""
    with pytest.raises(PatternError) as refused:
        parse(case.pattern)
    assert refused.value.place == case.place
    assert str(refused.value) == f"{case.place}: {refused.value.problem}"


def test_an_explanation_names_what_does_not_match() -> None:
    """Where there is no match, a part says so, or the note does."""
    for case in ANSWERED:
        told = parse(case.pattern).explain(read_event(case.event))
        if not told.matches:
            assert told.note or not all(part.matched for part in told.parts), case.name
        assert told.note in {None, APART}


# ---------------------------------------------------------------------------------- moto's matcher
@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case.name)
def test_moto_agrees_where_it_is_right(case: Case) -> None:
    """moto's matcher gives the same answer, or the difference and its reason are listed."""
    event = json.loads(case.event)
    answer = EventPattern(case.pattern, json.loads(case.pattern)).matches_event(event)
    assert (answer == case.answer) is (case.name not in MOTO_DIFFERS)


# --------------------------------------------------------------------------- any pattern and event
NAMES = st.sampled_from("abc")
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
OBJECTS = st.recursive(
    st.dictionaries(NAMES, SCALARS, min_size=1),
    lambda inner: st.dictionaries(NAMES, SCALARS | inner, min_size=1),
    max_leaves=6,
)
ARRAYED = st.recursive(
    st.integers(0, 1),
    lambda inner: st.dictionaries(NAMES, inner) | st.lists(inner, max_size=3),
    max_leaves=12,
)
WISHES = st.dictionaries(
    st.sampled_from(["a", "b", "a.a", "a.b", "b.a", "b.b", "a.b.c", "a.a.b"]),
    st.sampled_from([[0], [1], [{"exists": False}], [0, {"exists": False}], [{"exists": True}]]),
    min_size=1,
    max_size=4,
)


def own_pattern(event: dict[str, Any]) -> dict[str, Any]:
    """The pattern that asks for each of an event's values."""
    return {
        name: own_pattern(value) if isinstance(value, dict) else [value]
        for name, value in event.items()
    }


def leaves(event: dict[str, Any], *names: str) -> Iterator[tuple[str, ...]]:
    """The way to each value of an event."""
    for name, value in event.items():
        if isinstance(value, dict):
            yield from leaves(value, *names, name)
        else:
            yield (*names, name)


def changed(event: dict[str, Any], way: tuple[str, ...], value: object) -> dict[str, Any]:
    """The event with another value there."""
    name, *rest = way
    inner = changed(event[name], tuple(rest), value) if rest else value
    return {**event, name: inner}


@given(OBJECTS)
def test_a_pattern_of_an_events_own_values_matches_it(event: dict[str, Any]) -> None:
    """Each value as a plain value."""
    text = json.dumps(event)
    assert parse(json.dumps(own_pattern(event))).matches(json.loads(text))
    assert parse(json.dumps(own_pattern(event))).matches(read_event(text))


@given(OBJECTS, SCALARS, st.data())
def test_another_value_does_not_match(
    event: dict[str, Any], value: object, data: st.DataObject
) -> None:
    """One value changed, and the explanation names just that part."""
    way = data.draw(st.sampled_from(sorted(leaves(event))))
    other = changed(event, way, value)
    same = json.dumps(other) == json.dumps(event)
    told = parse(json.dumps(own_pattern(event))).explain(read_event(json.dumps(other)))
    assert told.matches is same
    wrong = [part.path for part in told.parts if not part.matched]
    assert wrong == ([] if same else [".".join(way)])


@given(OBJECTS, st.data())
def test_anything_but_is_the_opposite(event: dict[str, Any], data: st.DataObject) -> None:
    """Of a value that is there and is a string or a number within the documented bounds."""
    way = data.draw(st.sampled_from(sorted(leaves(event))))
    value: Any = event
    for name in way:
        value = value[name]
    operand = data.draw(st.text() | st.integers(-5, 5))
    pattern: Any = [{"anything-but": operand}]
    for name in reversed(way):
        pattern = {name: pattern}
    alike = type(value) in {type(operand), float} and value == operand
    assert parse(json.dumps(pattern)).matches(event) is not alike


@given(ARRAYED, ARRAYED, WISHES)
def test_arrays_agree_with_every_choice_tried(
    first: object, second: object, fields: dict[str, list[Any]]
) -> None:
    """The answer is the one of trying each combination of values."""
    event = {"a": first, "b": second}
    assert parse(json.dumps(fields)).matches(event) is tried(event, fields)


def tried(event: dict[str, Any], fields: dict[str, list[Any]]) -> bool:
    """Whether some choice of values, one for each field or its absence, lies in no two elements."""
    values = list(flat(event, "", {}))
    choices = []
    for path, terms in fields.items():
        found = [(value, places) for name, value, places in values if name == path]
        accepted = [
            places for value, places in found if value in terms or {"exists": True} in terms
        ]
        absent = [None] if {"exists": False} in terms else []
        choices.append([*accepted, *absent])
    return any(fits(values, list(fields), choice) for choice in product(*choices))


def flat(
    value: object, path: str, places: dict[str, int]
) -> Iterator[tuple[str, object, dict[str, int]]]:
    """Each value with its path and, for each array around it, its place there."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from flat(inner, f"{path}.{name}".lstrip("."), places)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            nested = isinstance(inner, dict | list)
            around = {**places, f"{path} {sorted(places.items())}": index} if nested else places
            yield from flat(inner, path, around)
    else:
        yield path, value, places


def fits(
    values: list[tuple[str, object, dict[str, int]]],
    paths: list[str],
    choice: tuple[dict[str, int] | None, ...],
) -> bool:
    """Whether the choice is in no two elements of an array, and what is to be absent is."""
    joined: dict[str, int] = {}
    for places in choice:
        if places is not None:
            if any(joined.get(array, index) != index for array, index in places.items()):
                return False
            joined |= places
    absent = {path for path, places in zip(paths, choice, strict=True) if places is None}
    return not any(
        path in absent and all(joined.get(array, index) == index for array, index in places.items())
        for path, _, places in values
    )


JSON_VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["$or", "detail", "prefix", "numeric", "anything-but", "exists", "cidr"]
            )
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON_VALUES, st.dictionaries(st.sampled_from(["$or", "detail"]), JSON_VALUES))
def test_whatever_is_no_pattern_is_refused_in_one_way(value: object, event: dict[str, Any]) -> None:
    """A pattern is read, and answers, or a PatternError says where it is wrong."""
    text = json.dumps(value)
    error = refusal(parse, text)
    if error is not None:
        assert error.place
        assert error.problem
        return
    pattern = parse(text)
    told = pattern.explain(event)
    assert told.matches is pattern.matches(event)
    assert told.matches or told.note or not all(part.matched for part in told.parts)


def refusal(read: Callable[[str], object], text: str) -> LocatedError | None:
    """What is said to a text that cannot be used."""
    try:
        read(text)
    except LocatedError as error:
        return error
    return None


@given(st.text())
def test_whatever_is_no_json_is_refused_in_one_way(text: str) -> None:
    """Most texts are neither patterns nor events."""
    for read in (parse, read_event):
        error = refusal(read, text)
        assert error is None or error.place


def test_deep_nesting_is_refused() -> None:
    """Neither reading nor looking overflows."""
    deep = '{"a":' * 120 + "[1]" + "}" * 120
    with pytest.raises(PatternError, match="deeper than 100"):
        parse(deep)
    with pytest.raises(PatternError, match="nested too deeply"):
        parse("[" * 4000)
    with pytest.raises(EventError, match="nested too deeply"):
        read_event('{"a":' + "[" * 100_000)


@given(
    st.lists(st.sampled_from(["a", "b", "*", "\\*", "\\\\"]), max_size=6),
    st.text("ab*\\", max_size=8),
)
def test_wildcards_fit_as_their_regular_expression_does(pieces: list[str], value: str) -> None:
    """`*` is `.*`, whatever follows it."""
    kept = [
        piece for at, piece in enumerate(pieces) if piece != "*" or pieces[at - 1 : at] != ["*"]
    ]
    characters = wildcards.tokens("", "".join(kept))
    expression = "".join(re.escape(character) or ".*" for character in characters)
    assert wildcards.matcher(characters)(value) is bool(re.fullmatch(expression, value, re.DOTALL))


@pytest.mark.parametrize(
    ("texts", "refused"),
    [
        (["*a*a*a*a"], False),
        (["*a*a*a*a*a*a"], True),
        (["/Users/*/dir/dir/dir/dir/dir/doc.txt"], False),
        (["*:event-bus/*"], False),
        (["*:*:*:*:*:event-bus/*"], True),
        (["*.bif", "*.tiff", "*.tif", "*.svs"], False),
        (["*/datasync/*.bif", "*/datasync/*.tif"], False),
        (["*/datasync/*.bif", "*/datasync/*.tif", "*/datasync/*.svs"], True),
        (["*/datasync/*.bif"] * 9, False),
    ],
)
def test_wildcards_too_complex(texts: list[str], refused: bool) -> None:
    """Stars and repeated characters add up within a field; the same wildcard counts once."""
    assert wildcards.too_complex([wildcards.tokens("", text) for text in texts]) is refused


def test_a_value_that_nearly_fits_takes_no_time() -> None:
    """A wildcard never tries combinations."""
    pattern = parse(json.dumps({"v": [{"wildcard": "*a*a*a*b"}]}))
    assert not pattern.matches({"v": "a" * 200_000})


def test_large_arrays_take_no_time() -> None:
    """Neither do fields in several arrays of which one cannot match."""
    pattern = parse(
        json.dumps({"x": {"k": [1]}, "y": {"k": [1]}, "z": {"k": [1], "l": [1]}, "w": {"k": [1]}})
    )
    many = [{"k": 1}] * 2_000
    apart = [{"k": 1, "l": 0}, {"k": 0, "l": 1}] * 1_000
    assert not pattern.matches({"x": many, "y": many, "z": apart, "w": many})


# ---------------------------------------------------------------------------------- explanations
def part(pattern: object, event: dict[str, Any]) -> Part:
    """The only part of a pattern."""
    (only,) = parse(json.dumps(pattern)).explain(event).parts
    return only


@pytest.mark.parametrize(
    ("terms", "value", "reason"),
    [
        (["human"], "human", 'is "human"'),
        (["human"], "machine", 'is "machine"; wanted "human"'),
        (["human", None], "machine", 'is "machine"; wanted "human" or null'),
        (
            ["human"],
            "Human",
            'is "Human"; wanted "human" (only the case differs, which equals-ignore-case ignores)',
        ),
        ([5], "5", 'is "5"; wanted 5 (a string is no number)'),
        (["5"], 5, 'is 5; wanted "5" (a string is no number)'),
        (
            [5],
            5.0,
            "is 5.0; wanted 5 (plain numbers are compared as they are written, numeric compares"
            " their values)",
        ),
        ([{"numeric": [">", 5]}], 5, 'is 5; wanted {"numeric":[">",5]}'),
        (["a"], ["b", "c", "d", "e"], 'is "b", "c", "d", ...; wanted "a"'),
        (["a"], [], 'is an empty array; wanted "a"'),
        (
            ["a"],
            {"b": "a"},
            'is an object, and a pattern matches the values in it; wanted "a"',
        ),
        ([{"exists": False}], "x", 'is "x"; wanted {"exists":false}'),
    ],
)
def test_reasons(terms: list[Any], value: object, reason: str) -> None:
    """What the value is, what was wanted, and what they nearly have in common."""
    told = part({"detail": {"v": terms}}, {"detail": {"v": value}})
    assert told.reason == reason
    assert told.path == told.place == "detail.v"
    assert told.matched is ("wanted" not in reason)


def test_reason_of_an_absent_field() -> None:
    """Its name is told; and absence that was wanted is no fault."""
    assert part({"v": ["x"]}, {}).reason == 'is not in the event; wanted "x"'
    told = part({"v": [{"exists": False}]}, {})
    assert told.matched
    assert told.reason == "is not in the event"


def test_parts_of_alternatives_have_their_places() -> None:
    """The same field may stand in several alternatives; one that is replaced does not count."""
    pattern = {"a": [0], "$or": [{"a": [1]}, {"b": [2], "a": [3]}, {"c": [4]}]}
    told = parse(json.dumps(pattern)).explain({"a": 0, "c": 4})
    assert told.matches
    assert [(found.place, found.path, found.matched) for found in told.parts] == [
        ("$or[0].a", "a", False),
        ("$or[1].a", "a", False),
        ("$or[1].b", "b", False),
        ("a", "a", True),
        ("$or[2].c", "c", True),
    ]


def test_a_match_only_in_different_elements_is_told() -> None:
    """No part is at fault, so the note says why."""
    pattern = {"v": {"a": [1], "b": [2]}}
    told = parse(json.dumps(pattern)).explain({"v": [{"a": 1}, {"b": 2}]})
    assert not told.matches
    assert all(found.matched for found in told.parts)
    assert told.note == APART
