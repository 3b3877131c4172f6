"""What every door of the program says to bad input: one clear line, exit code 2."""

from __future__ import annotations


class BadInputError(Exception):
    """The program was given something that it cannot use; the message is one line."""


def one_line(text: str) -> str:
    """The text with every character escaped that a terminal would not just print."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
