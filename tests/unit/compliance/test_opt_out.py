"""What a person's message asks for, by its words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.opt_out import Asks, asks_for

STOP_WORDS = ["STOP", "QUIT", "END", "REVOKE", "OPT OUT", "CANCEL", "UNSUBSCRIBE"]
"""47 CFR 64.1200(a)(10)(i)."""

AROUND = st.text(alphabet=" \t\n.,;:!?'\"()-_*", max_size=5)


@pytest.mark.parametrize("word", STOP_WORDS)
def test_the_words_of_the_law_are_a_revocation(word: str) -> None:
    """In any case, with or without blanks."""
    for spelling in (word, word.lower(), word.title(), word.replace(" ", ""), f" {word}. "):
        assert asks_for(spelling) is Asks.TO_STOP


@given(st.sampled_from(STOP_WORDS), AROUND, AROUND, st.data())
def test_blanks_punctuation_and_case_do_not_matter(
    word: str, before: str, behind: str, data: st.DataObject
) -> None:
    """Around the word, and which letters are capitals."""
    upper = data.draw(st.lists(st.booleans(), min_size=len(word), max_size=len(word)))
    mixed = "".join(c if up else c.lower() for c, up in zip(word, upper, strict=True))
    assert asks_for(f"{before}{mixed}{behind}") is Asks.TO_STOP


@pytest.mark.parametrize("text", ["ＳＴＯＰ", "st\u200bop", "STOP\ufe0f"])  # noqa: RUF001
def test_other_spellings_of_the_same_letters_count(text: str) -> None:
    """Full width as some keyboards write it, and characters that nobody sees."""
    assert asks_for(text) is Asks.TO_STOP


@pytest.mark.parametrize("text", ["HELP", "help?", " Info "])
def test_a_plea_for_help_is_no_revocation(text: str) -> None:
    """And nobody need read it."""
    assert asks_for(text) is Asks.HELP


@pytest.mark.parametrize(
    "text",
    [
        "no more pls",
        "remove me",
        "NO MAS",
        "stop calling me",
        "don't stop",
        "the end",
        "yes",
        "",
        "👍",
        "STOP 2",
        "helpless",
    ],
)
def test_whatever_else_is_written_somebody_reads(text: str) -> None:
    """Any reasonable person's words may be a revocation, and few of them are known ahead."""
    assert asks_for(text) is Asks.A_READER


@given(st.text())
def test_every_text_is_something(text: str) -> None:
    """No message is too odd to be taken in."""
    assert asks_for(text) in Asks
