"""Messages that somebody must read: taken in, shown and decided on by pages."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from campaigns.messages import take_in_message
from compliance.consent_records import ConsentAction, ConsentRecord
from compliance.opt_out import OptOutReview
from tests.builders import a_message
from tests.web.site import ACCOUNT, START, TestClock, Visitor, bodies, make_parts

PHONE = "+12125550101"
EVIL = "<script>alert(1)</script>\n& more"
PATH = "/suppressions/messages"


@pytest.fixture
def visitor(tmp_path: Path) -> Visitor:
    """Somebody who is signed in."""
    return Visitor(make_parts(tmp_path, TestClock()))


def receive(
    visitor: Visitor, text: str = "Who is this?", phone: str = PHONE, **changes: object
) -> str:
    """A message that waits, of the site's start; its id."""
    values = {"account": ACCOUNT, "at": START, "now": START, **changes}
    with visitor.parts.database() as uow:
        take_in_message(uow, a_message(text, phone, **values), visitor.parts.phone_key)
        return next(
            each.id
            for each in uow.consents.reviews(str(values["account"]), 200)
            if (each.text, each.address) == (text, phone)
        )


def waiting(visitor: Visitor, account: str = ACCOUNT) -> list[OptOutReview]:
    """The messages that wait."""
    with visitor.parts.database.reading() as uow:
        return uow.consents.reviews(account, 200)


def records(visitor: Visitor) -> list[ConsentRecord]:
    """The consent records of the number."""
    with visitor.parts.database.reading() as uow:
        return list(uow.consents.of(ACCOUNT, [PHONE]).get(PHONE, ()))


def a_form(**changes: str) -> dict[str, str]:
    """The form of a message, filled in."""
    form = {"address": PHONE, "channel": "email", "at": "2026-11-23T14:00", "text": "Leave me be"}
    return {**form, **changes}


def test_messages_are_shown_the_oldest_first(visitor: Visitor) -> None:
    """Each with its number, its channel and how long it has waited."""
    receive(visitor, "the later one", at=START)
    receive(visitor, "the earlier one", "+12125550102", at=START - timedelta(days=3))
    page = visitor.get(PATH).text
    assert page.index("the earlier one") < page.index("the later one")
    assert "+12125550102" in page
    assert "for 3 days" in page
    assert "Text message" in page


def test_the_text_is_escaped(visitor: Visitor) -> None:
    """Whatever a stranger writes is shown as text."""
    receive(visitor, EVIL)
    page = visitor.get(PATH).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\n&amp; more" in page


@pytest.mark.parametrize("path", ["/campaigns", "/suppressions", PATH])
def test_the_badge_counts_what_waits(visitor: Visitor, path: str) -> None:
    """Every page's navigation shows it, and only while there is something."""
    assert 'class="count"' not in visitor.get(path).text
    receive(visitor, account="somebody else")
    assert 'class="count"' not in visitor.get(path).text
    receive(visitor)
    receive(visitor, phone="+12125550102")
    assert '<span class="count">2<span' in visitor.get(path).text


def test_the_badge_counts_up_to_a_hundred(visitor: Visitor) -> None:
    """Beyond, the figure is of no use; the page shows fifty at once and says that more follow."""
    for number in range(100):
        receive(visitor, phone=f"+1212555{number:04d}")
    page = visitor.get(PATH).text
    assert '<span class="count">99+<span' in page
    assert page.count("<blockquote>") == 50
    assert "There are more" in page


def test_a_message_that_asks_to_stop(visitor: Visitor) -> None:
    """It takes consent back from its own instant on, and waits no longer."""
    review = receive(visitor, at=START - timedelta(hours=2))
    assert visitor.post(f"{PATH}/{review}/asks-to-stop").headers["Location"] == PATH
    assert waiting(visitor) == []
    (record,) = records(visitor)
    assert record.action is ConsentAction.REVOKED
    assert (record.at, record.recorded_by) == (START - timedelta(hours=2), "admin")
    assert "Consent is taken back" in visitor.get(PATH).text


def test_a_message_that_does_not(visitor: Visitor) -> None:
    """Its sender may be reached again."""
    review = receive(visitor)
    assert visitor.post(f"{PATH}/{review}/does-not").headers["Location"] == PATH
    assert waiting(visitor) == []
    assert records(visitor) == []
    assert "Nothing to read" in visitor.get(PATH).text


@pytest.mark.parametrize("decision", ["asks-to-stop", "does-not"])
def test_a_message_is_decided_on_once(visitor: Visitor, decision: str) -> None:
    """Who comes second learns what the first one decided."""
    review = receive(visitor)
    visitor.post(f"{PATH}/{review}/does-not")
    answer = visitor.post(f"{PATH}/{review}/{decision}")
    assert answer.status_code == 409
    assert "decided on already" in answer.text
    assert records(visitor) == []


@pytest.mark.parametrize("decision", ["asks-to-stop", "does-not"])
def test_foreign_messages_look_missing(visitor: Visitor, decision: str) -> None:
    """Another account's message is neither shown nor decided on."""
    review = receive(visitor, account="somebody else")
    assert "Who is this?" not in visitor.get(PATH).text
    assert visitor.post(f"{PATH}/{review}/{decision}").status_code == 404
    assert len(waiting(visitor, "somebody else")) == 1


def test_taking_a_message_in(visitor: Visitor) -> None:
    """What a person was told waits like what came by wire, and the events hold neither."""
    assert visitor.post(PATH, **a_form()).headers["Location"] == PATH
    (review,) = waiting(visitor)
    assert (review.text, review.address) == ("Leave me be", PHONE)
    assert review.received_at == START - timedelta(hours=1)
    page = visitor.get(PATH).text
    assert "It waits for a reader below" in page
    assert "Leave me be" in page
    assert "Leave me be" not in str(bodies(visitor.parts))
    assert "2125550101" not in str(bodies(visitor.parts))


def test_a_stop_word_needs_no_reader(visitor: Visitor) -> None:
    """Consent is taken back at once."""
    visitor.post(PATH, **a_form(text=" Stop! ", address="212 555 0101"))
    assert [record.action for record in records(visitor)] == [ConsentAction.REVOKED]
    assert waiting(visitor) == []
    assert "all consent is taken back" in visitor.get(PATH).text


def test_a_plea_for_help_changes_nothing(visitor: Visitor) -> None:
    """It is to be answered."""
    visitor.post(PATH, **a_form(text="help"))
    assert records(visitor) == []
    assert waiting(visitor) == []
    assert "Answer it" in visitor.get(PATH).text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("address", ""),
        ("address", "12"),
        ("channel", "pigeon"),
        ("at", ""),
        ("at", "noon"),
        ("text", " "),
        ("text", "a\x00b"),
        ("text", "x" * 10_001),
    ],
)
def test_messages_that_cannot_be_taken_in(visitor: Visitor, field: str, value: str) -> None:
    """The field at fault is named, and nothing is kept."""
    answer = visitor.post(PATH, **a_form(**{field: value}))
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert bodies(visitor.parts) == []


def test_a_message_of_several_lines(visitor: Visitor) -> None:
    """Line breaks are part of what was written, as is whatever else a telephone can send."""
    text = "one\r\ntwo\tthree\u00a0\U0001f6b6\u200d\u2640"
    visitor.post(PATH, **a_form(text=text))
    (review,) = waiting(visitor)
    assert review.text == text
