"""Fields that match in different objects of one array are no match together.

Ruler sees no match in two fields whose objects are different elements of one array (its README,
"JSON Array Matching"). A trail says in which elements of which arrays of an event a value lies:
pairs of an array's number in the event and the element's index, outermost first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

Trail = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """What one field asks: to be found on one of these trails, or to be missing.

    `present`: the trails of the values that it accepts. `absent`: those of every value that the
    field has, if the field may be missing; None if it may not.
    """

    present: Sequence[Trail]
    absent: Sequence[Trail] | None


def agree(wishes: Sequence[Wish]) -> bool:
    """Whether all wishes can be fulfilled within the same elements of each array.

    A field is missing if it has no value in the elements that the other fields chose; where they
    chose none, anywhere. The time grows with the number of values, not with their combinations.
    """
    waiting = [one for one in wishes if not _is_fulfilled(one)]
    if not waiting:
        return True
    array = next((one.present[0][0][0] for one in waiting if one.present), None)
    if array is None:
        return False
    bound = [one for one in waiting if _lies_in(one, array)]
    others = [one for one in waiting if not _lies_in(one, array)]
    return agree(others) and any(
        _agree_within(choice, array, index)
        for choice in _with_one_present(bound)
        for index in _indexes(choice, array)
    )


def wish(present: Sequence[Trail], absent: Sequence[Trail] | None) -> Wish:
    """A field's wish; one that has a value outside all arrays is never missing."""
    return Wish(present, None if absent is not None and () in absent else absent)


def _is_fulfilled(one: Wish) -> bool:
    return () in one.present or (one.absent is not None and not one.absent)


def _lies_in(one: Wish, array: int) -> bool:
    return any(trail[0][0] == array for trail in (*one.present, *(one.absent or ())) if trail)


def _with_one_present(wishes: Sequence[Wish]) -> list[list[Wish]]:
    """An element is chosen by a field that is in it; if each may be missing, try each of them."""
    if any(one.absent is None for one in wishes):
        return [list(wishes)]
    return [
        [*wishes[:at], replace(one, absent=None), *wishes[at + 1 :]]
        for at, one in enumerate(wishes)
        if one.present
    ]


def _indexes(wishes: Sequence[Wish], array: int) -> list[int]:
    """The elements in which every field lies that must not be missing."""
    found = [
        {trail[0][1] for trail in one.present if trail[0][0] == array}
        for one in wishes
        if one.absent is None
    ]
    return sorted(set.intersection(*found))


def _agree_within(wishes: Sequence[Wish], array: int, index: int) -> bool:
    return agree(
        [
            wish(
                present=_inner(one.present, array, index),
                absent=None if one.absent is None else _inner(one.absent, array, index),
            )
            for one in wishes
        ]
    )


def _inner(trails: Sequence[Trail], array: int, index: int) -> list[Trail]:
    return [trail[1:] for trail in trails if trail and trail[0] == (array, index)]
