"""Suppressions, lists, areas, consents and messages, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from app.bootstrap import Parts
from tests.web.permission_site import LISTED, seed_permissions
from tests.web.serving import serve, sign_in
from tests.web.site import TestClock, make_parts, seed_campaign, seed_list
from tests.web.test_pages import TOO_PALE

PHONE = "+13055550199"


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    """A new installation."""
    return make_parts(tmp_path, TestClock())


@pytest.fixture(autouse=True)
def address(parts: Parts) -> Iterator[str]:
    """Where the pages are served: from before the browser's page opens until after it closes."""
    with serve(parts) as where:
        yield where


def numbers_file(content: bytes) -> FilePayload:
    """A file to upload."""
    return {"name": "registry.txt", "mimeType": "text/plain", "buffer": content}


def look(page: Page, phone: str) -> None:
    """Search a number on the page that is open."""
    page.get_by_label("Phone number").first.fill(phone)
    page.get_by_role("button", name="Look").click()


@pytest.mark.console_errors("422")
def test_a_number_from_its_entry_to_its_removal(page: Page, address: str, parts: Parts) -> None:
    """It is suppressed, found with what that means, and taken away only for a reason."""
    sign_in(page, address, parts)
    page.get_by_role("link", name="Suppressions").click()
    expect(page.get_by_role("heading", name="No number is suppressed yet")).to_be_visible()
    look(page, PHONE)
    expect(page.get_by_role("status")).to_contain_text("is not suppressed")
    page.get_by_role("button", name="Suppress").click()
    expect(page.get_by_role("status")).to_contain_text("Suppressed from now on")
    look(page, "305 555 0199")
    expect(page.get_by_role("status")).to_contain_text(f"{PHONE} is suppressed: no campaign")
    page.get_by_role("button", name=f"Remove {PHONE}").first.click()
    page.get_by_role("button", name="Remove the entry").click()
    expect(page.get_by_role("alert")).to_contain_text("Say why.")
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_label("Reason").fill("a wrong digit")
    page.get_by_role("button", name="Remove the entry").click()
    expect(page.get_by_role("status")).to_contain_text("The entry is gone")
    assert "555" not in page.url


@pytest.mark.console_errors("422")
def test_a_registry_is_imported_and_replaced(page: Page, address: str, parts: Parts) -> None:
    """A refused form keeps what was typed; a long file shows its way; a newer copy takes over."""
    sign_in(page, address, parts)
    page.goto(f"{address}/suppressions")
    page.get_by_role("navigation", name="Suppressions").get_by_role("link", name="Lists").click()
    page.get_by_role("button", name="Import the first list").click()
    page.get_by_label("Name").fill("National registry")
    page.get_by_label("Date of the copy").fill("2026-10-28")
    page.get_by_label("File").set_input_files(numbers_file(b"3055550199\n"))
    page.get_by_role("button", name="Upload and import").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose whose registry it is")
    expect(page.get_by_label("Name")).to_have_value("National registry")
    page.get_by_label("Registry of").select_option("US")
    rows = b"".join(b"1212%07d\n" % number for number in range(2_000_000, 2_200_000))
    page.get_by_label("File").set_input_files(numbers_file(rows + b"not one\n"))
    page.get_by_role("button", name="Upload and import").click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("The list is in use", timeout=60_000)
    expect(main).to_contain_text("Numbers in use 200,000")
    expect(page.get_by_role("region", name="The first line")).to_contain_text("200,001")
    page.get_by_role("button", name="Go to the lists").click()
    expect(page.locator(".badge.near")).to_contain_text("of 31 days")
    page.get_by_role("link", name="Newer copy of National registry").click()
    page.get_by_label("Date of the copy").fill("2026-11-22")
    page.get_by_label("File").set_input_files(numbers_file(b"3055550199\n"))
    page.get_by_role("button", name="Upload and import").click()
    expect(main).to_contain_text("The list is in use")
    page.get_by_role("button", name="Go to the lists").click()
    expect(page.locator(".badge.fresh")).to_be_visible()


def test_a_message_is_taken_in_and_read(page: Page, address: str, parts: Parts) -> None:
    """The badge leads to it; what it means is decided by one button, and shown with the number."""
    sign_in(page, address, parts)
    page.goto(f"{address}/suppressions/messages")
    page.get_by_label("Phone number").fill(PHONE)
    page.get_by_label("The message").fill("Leave me in peace")
    page.get_by_role("button", name="Take it in").click()
    expect(page.get_by_role("status")).to_contain_text("waits for a reader")
    page.goto(f"{address}/campaigns")
    page.get_by_role("link", name="Suppressions 1 to read").click()
    page.get_by_role("link", name="Messages 1 to read").click()
    expect(page.get_by_role("listitem").filter(has_text=PHONE)).to_contain_text("Leave me in peace")
    page.get_by_role("button", name="It asks to stop").click()
    expect(page.get_by_role("heading", name="Nothing to read")).to_be_visible()
    expect(page.locator(".count")).to_have_count(0)
    page.get_by_role("link", name="Consents").click()
    look(page, PHONE)
    expect(page.get_by_role("main")).to_contain_text("a message that a person read")


def test_a_consent_by_keyboard(page: Page, address: str, parts: Parts) -> None:
    """Search leads to the form below it, with the address filled in."""
    sign_in(page, address, parts)
    page.goto(f"{address}/suppressions/consents")
    page.get_by_label("Phone number").first.focus()
    page.keyboard.type("ada@example.org")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Phone number").nth(1)).to_be_focused()
    expect(page.get_by_label("Phone number").nth(1)).to_have_value("ada@example.org")
    page.get_by_label("What was agreed to").focus()
    page.keyboard.type("newsletter form")
    page.keyboard.press("Tab")
    page.keyboard.type("page 7")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("The consent is on file")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_pages_fit_and_can_be_read(
    page: Page, address: str, parts: Parts, scheme: str, width: int
) -> None:
    """No page is wider than the screen or too pale, and each field has a name."""
    campaign = seed_campaign(parts, seed_list(parts, contacts=1))
    seed_permissions(parts, campaign.id)
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page, address, parts)
    for name in ("", "/lists", "/lists/new", "/areas", "/consents", "/consents/import"):
        page.goto(f"{address}/suppressions{name}")
        check(page, width)
    page.goto(f"{address}/suppressions/lists")
    page.get_by_role("link", name="Newer copy of Texas").click()
    expect(page.get_by_role("heading", name="A newer copy of")).to_be_visible()
    check(page, width)
    page.goto(f"{address}/suppressions/messages")
    check(page, width)
    for name in ("", "/consents"):
        page.goto(f"{address}/suppressions{name}")
        look(page, LISTED)
        expect(page.get_by_role("heading", name="The records of consent")).to_be_visible()
        check(page, width)
    page.goto(f"{address}/suppressions")
    page.get_by_role("button", name=f"Remove {LISTED}").first.click()
    expect(page.get_by_role("heading", name="Remove this entry?")).to_be_visible()
    check(page, width)


def check(page: Page, width: int) -> None:
    """The page that is open fits and can be read."""
    page.wait_for_load_state()  # until its style has come
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
    assert page.evaluate(TOO_PALE) == [], page.url
    assert page.locator("h1").count() == 1, page.url
    unnamed = page.locator(
        "input:not([type=hidden]):visible, select:visible, textarea:visible"
    ).evaluate_all("all => all.filter(e => !e.labels?.length && !e.ariaLabel).map(e => e.name)")
    assert unnamed == [], page.url
