"""The page that tests an event pattern: its answer, its errors, and who may use it."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from app.web import accounts
from app.web.application import FORM_BYTES
from app.web.pattern_form import MAX_EVENT
from campaigns.role import Role
from tests.web.site import ACCOUNT, START, TestClock, Visitor, bodies, make_parts

PAGE = "/patterns"


@pytest.fixture
def visitor(tmp_path: Path) -> Visitor:
    """An administrator who is signed in."""
    return Visitor(make_parts(tmp_path, TestClock()))


def parts(page: str) -> list[str]:
    """The parts of the pattern, as the page lists them."""
    found = re.findall(r"<li><span class=\"badge.*?</li>", page, re.DOTALL)
    return [html.unescape(" ".join(re.sub(r"<[^>]+>", " ", each).split())) for each in found]


def test_the_page_begins_with_an_example(visitor: Visitor) -> None:
    """Which can be sent as it is; nothing is kept of it."""
    page = visitor.get(PAGE)
    assert page.status_code == 200
    assert "Test the pattern" in page.text
    texts = re.findall(r"<textarea[^>]*>\r?\n?(.*?)</textarea>", page.text, re.DOTALL)
    pattern, event = map(html.unescape, texts)
    before = bodies(visitor.parts)
    answer = visitor.post(PAGE, pattern=pattern, event=event)
    assert answer.status_code == 200
    assert "The event does not match" in answer.text
    assert parts(answer.text) == [
        'yes detail-type is "Call Ended"',
        'no detail.answeredBy is "machine"; wanted "human" or "unknown"',
        "yes detail.ringSeconds is 14",
    ]
    assert bodies(visitor.parts) == before


def test_an_event_that_matches(visitor: Visitor) -> None:
    """What was given stays in the form."""
    answer = visitor.post(PAGE, pattern='{"a": [{"prefix": "<b>"}]}', event='{"a": "<b>x"}')
    assert answer.status_code == 200
    assert "The event matches" in answer.text
    assert "<b>" not in answer.text
    assert answer.text.count("&lt;b&gt;x") == 2


def test_parts_that_match_in_different_objects(visitor: Visitor) -> None:
    """Each part matches, and why the event does not is said beside them."""
    answer = visitor.post(
        PAGE, pattern='{"a": {"b": [1], "c": [2]}}', event='{"a": [{"b": 1}, {"c": 2}]}'
    )
    assert "The event does not match" in answer.text
    assert 'class="note"' in answer.text


@pytest.mark.parametrize(
    ("pattern", "event", "problems"),
    [
        ("", "", ["Give a pattern.", "Give an event."]),
        ('{"a": [{"prefx": "x"}]}', "{}", ["a[0].prefx: "]),
        ('{"a": [1]}', '{"a"', ["line 1, column 5: "]),
        ("[]", "[]", ["pattern: must be", "event: must be"]),
        ('{"a": [1]}', " " * MAX_EVENT + "{}", ["Field cannot be longer"]),
    ],
)
def test_what_cannot_be_used_is_told_at_its_field(
    visitor: Visitor, pattern: str, event: str, problems: list[str]
) -> None:
    """Both at once, with the place; and no answer."""
    answer = visitor.post(PAGE, pattern=pattern, event=event)
    assert answer.status_code == 422
    for problem in problems:
        assert answer.text.count(problem) == 2  # above, and at the field
    assert answer.text.count('aria-invalid="true"') == len(problems)
    assert "The event" not in answer.text


def test_what_is_far_too_large_is_refused(visitor: Visitor) -> None:
    """Before it is read."""
    answer = visitor.post(PAGE, pattern="{}", event="x" * FORM_BYTES)
    assert answer.status_code == 413


@pytest.mark.parametrize("role", Role)
def test_only_administrators_see_it(visitor: Visitor, role: Role) -> None:
    """In the navigation, and at all."""
    database = visitor.parts.database
    token = accounts.add_user(database, ACCOUNT, "olga", role, START)
    other = Visitor(visitor.parts, signed_in=False)
    other.post(f"/sign-in/{token}")
    may = role is Role.ADMINISTRATOR
    assert other.get(PAGE).status_code == (200 if may else 403)
    assert other.post(PAGE, pattern='{"a": [1]}', event="{}").status_code == (200 if may else 403)
    assert ("Event patterns" in other.get("/account/password").text) is may
