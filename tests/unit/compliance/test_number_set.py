"""A set of numbers: exact, small, and read back as it was written."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.number_set import BadNumberSetError, NumberSet

PHONES = st.integers(1, 10**15 - 1).map(lambda number: f"+{number}")


@given(st.sets(PHONES), st.sets(PHONES))
def test_it_holds_what_was_put_in_and_nothing_else(inside: set[str], outside: set[str]) -> None:
    """Never yes to a number that it has not seen, as a Bloom filter would."""
    numbers = NumberSet(inside)
    assert len(numbers) == len(inside)
    assert all(phone in numbers for phone in inside)
    assert not any(phone in numbers for phone in outside - inside)


@given(st.sets(PHONES))
def test_it_reads_back_as_it_was_written(phones: set[str]) -> None:
    """The same numbers, and the same bytes again."""
    content = NumberSet(phones).to_bytes()
    again = NumberSet.from_bytes(content)
    assert (len(again), again.to_bytes()) == (len(phones), content)
    assert all(phone in again for phone in phones)


def test_adding_says_whether_a_number_is_new() -> None:
    """As an import counts duplicates."""
    numbers = NumberSet()
    assert numbers.add("+12125550101")
    assert not numbers.add("+12125550101")
    assert len(numbers) == 1


@pytest.mark.parametrize("text", ["", "+", "12125550101", "+0123", "+1212x", "+1234567890123456"])
def test_what_is_no_number_is_in_no_set(text: str) -> None:
    """It cannot be put in, and asking for it is no error: screening denies it as invalid."""
    numbers = NumberSet(["+12125550101", "+123"])
    assert text not in numbers
    with pytest.raises(ValueError, match="not a number"):
        numbers.add(text)


@pytest.mark.parametrize("content", [b"", b"x", b"\xff" * 64, NumberSet(["+123"]).to_bytes()[:-1]])
def test_damaged_bytes_are_refused(content: bytes) -> None:
    """With what to do, and never as a smaller set."""
    with pytest.raises(BadNumberSetError, match="import its list again"):
        NumberSet.from_bytes(content)


def test_numbers_close_to_each_other_take_little_room() -> None:
    """A hundred thousand of one area code: two bytes each, and less the more there are."""
    chance = random.Random(7)
    numbers = NumberSet(f"+1212{chance.randrange(10**7):07d}" for _ in range(10**5))
    assert len(numbers.to_bytes()) < 3 * len(numbers)
