"""The page of evidence in a real browser: by keyboard, on a phone, in the dark, and on paper."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.bootstrap import Parts
from app.web import accounts
from tests.archives import KAI, Kept, campaign_day, open_kept, parts_of
from tests.builders import NOON
from tests.web.serving import serve
from tests.web.test_pages import TOO_PALE


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """One campaign's archive."""
    kept = open_kept(campaign_day(tmp_path_factory.mktemp("day")))
    yield kept
    kept.engine.dispose()


@pytest.fixture(scope="module")
def parts(kept: Kept) -> Parts:
    """The service over it."""
    return parts_of(kept)


@pytest.fixture(autouse=True)
def address(parts: Parts) -> Iterator[str]:
    """Where the pages are served."""
    with serve(parts) as where:
        yield where


def look_for_kai(page: Page, address: str, parts: Parts) -> None:
    """Sign in, and ask for a number, by keyboard alone."""
    token = accounts.new_one_time_token(parts.database, parts.settings.account, NOON)
    page.goto(f"{address}/sign-in/{token}")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/account/password")
    page.goto(f"{address}/evidence")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("808 555 0103")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Number")).to_be_focused()


def test_from_a_number_to_the_packet_by_keyboard(
    page: Page, address: str, parts: Parts, tmp_path: Path
) -> None:
    """The answer is read out, the packet is a file, and no number stands in an address."""
    look_for_kai(page, address, parts)
    expect(page.get_by_role("status")).to_contain_text("3 to call and 1 to wait")
    expect(page.get_by_role("region", name="What happened").get_by_role("row")).to_have_count(8)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Download the packet")).to_be_focused()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert "0103" not in download.value.suggested_filename
    file = tmp_path / "packet.zip"
    download.value.save_as(file)
    with zipfile.ZipFile(file) as archive:
        assert json.loads(archive.read("packet.json"))["question"]["key"] == KAI
        report = archive.read("report.html").decode()
    assert "555" not in page.url
    page.goto("about:blank")  # away from our pages' policy, as where the file is opened
    page.set_content(report)
    expect(page.get_by_role("heading", level=1)).to_have_text("What was done about a number")


def test_the_report_opens_beside(page: Page, address: str, parts: Parts) -> None:
    """Under our own policy, with its style."""
    look_for_kai(page, address, parts)
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Show the report").click()
    report = opened.value
    report.wait_for_url("**/evidence/report")
    expect(report.get_by_role("heading", level=1)).to_have_text("What was done about a number")
    assert report.evaluate("getComputedStyle(document.body).fontFamily").startswith("Georgia")
    assert "555" not in report.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_it_fits_and_can_be_read(
    page: Page, address: str, parts: Parts, scheme: str, width: int
) -> None:
    """The page with what it found, and the report."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 800})
    look_for_kai(page, address, parts)
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Show the report").click()
    report = opened.value
    report.wait_for_url("**/evidence/report")  # with its style
    report.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    report.set_viewport_size({"width": width, "height": 800})
    for shown in (page, report):
        shown.wait_for_function("width => innerWidth === width", arg=width)
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
        assert shown.evaluate(TOO_PALE) == []
        assert shown.locator("h1").count() == 1
        assert shown.title().endswith("· Fairdial")
