"""The page that tests event patterns in a real browser: by keyboard, on a phone, in the dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.bootstrap import Parts
from tests.web.serving import serve, sign_in
from tests.web.site import TestClock, make_parts
from tests.web.test_pages import TOO_PALE


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    """A service where nothing has happened."""
    return make_parts(tmp_path, TestClock())


@pytest.fixture(autouse=True)
def address(parts: Parts) -> Iterator[str]:
    """Where the pages are served: from before the browser's page until after it."""
    with serve(parts) as where:
        yield where


@pytest.mark.console_errors("422")
def test_from_an_error_to_a_match_by_keyboard(page: Page, address: str, parts: Parts) -> None:
    """The answer and the errors have the focus when they come."""
    sign_in(page, address, parts)
    page.get_by_role("link", name="Event patterns").press("Enter")
    pattern = page.get_by_label("Pattern", exact=True)
    pattern.press("ControlOrMeta+a")
    page.keyboard.type('{"detail": {"state": ["idle"]')
    page.keyboard.press("Tab")
    expect(page.get_by_label("Event", exact=True)).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type('{"detail": {"state": "idle"}}')
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Test the pattern")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the link to the field
    expect(pattern).to_be_focused()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.type("}}")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The event matches")).to_be_focused()
    expect(page.get_by_role("region", name="The event matches")).to_contain_text("detail.state")


@pytest.mark.console_errors("422")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_it_fits_and_can_be_read(
    page: Page, address: str, parts: Parts, scheme: str, width: int
) -> None:
    """With an answer, with a name that has no place to break, and with an error."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page, address, parts)
    page.goto(f"{address}/patterns")
    for pattern, heading in (
        (None, "The event does not match"),
        (f'{{"{"long" * 40}": ["{"x" * 300}"]}}', "The event does not match"),
        ('{"a": {"' + "b" * 300 + '": 1}}', None),
    ):
        if pattern is not None:
            page.get_by_label("Pattern", exact=True).fill(pattern)
        page.get_by_role("button", name="Test the pattern").click()
        shown = page.get_by_role("heading", name=heading) if heading else page.get_by_role("alert")
        expect(shown).to_be_focused()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(TOO_PALE) == []
        assert page.locator("h1").count() == 1
        assert page.title() == "Event patterns · Fairdial"
