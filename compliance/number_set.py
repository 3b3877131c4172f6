"""A set of telephone numbers that stays small with ten million in it: the one door of `pyroaring`.

An E.164 number has at most 15 digits, so that it is a 64-bit integer; numbers close to each other
share most of their bits, and a roaring bitmap keeps only what differs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Self

from pyroaring import BitMap64

_E164 = re.compile(r"\+[1-9][0-9]{0,14}", re.ASCII)


class BadNumberSetError(ValueError):
    """Bytes that are no set of numbers."""

    def __init__(self) -> None:
        super().__init__("the kept set of numbers is damaged; import its list again")


class NumberSet:
    """Numbers in E.164 spelling."""

    def __init__(self, phones: Iterable[str] = ()) -> None:
        self._bits = BitMap64(_as_integer(phone) for phone in phones)

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """A set as `to_bytes` wrote it.

        Raises:
            BadNumberSetError: the bytes are none.
        """
        found = cls()
        try:
            found._bits = BitMap64.deserialize(content)
        except (ValueError, IndexError):
            raise BadNumberSetError from None
        return found

    def to_bytes(self) -> bytes:
        """The set in the portable format of roaring bitmaps."""
        return bytes(self._bits.serialize())

    def add(self, phone: str) -> bool:
        """Take a number in; False if it was there already.

        Raises:
            ValueError: this is not the E.164 spelling of a number.
        """
        number = _as_integer(phone)
        if number in self._bits:
            return False
        self._bits.add(number)
        return True

    def __contains__(self, phone: str) -> bool:
        """Whether the number is in the set; text that is no number is in none."""
        return _E164.fullmatch(phone) is not None and int(phone[1:]) in self._bits

    def __len__(self) -> int:
        """How many numbers there are."""
        return len(self._bits)


def _as_integer(phone: str) -> int:
    if _E164.fullmatch(phone) is None:
        raise ValueError("not a number in E.164")
    return int(phone[1:])
