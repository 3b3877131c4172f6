"""The main ways through the pages, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from app.bootstrap import Parts
from app.web import accounts
from campaigns.campaign import Campaign, CampaignAction
from dialer.agent import AgentState
from dialer.pacing import Bound
from tests.web.pictures import ROWS
from tests.web.serving import serve, sign_in
from tests.web.site import (
    ACCOUNT,
    Floor,
    TestClock,
    make_parts,
    seed_campaign,
    seed_floor,
    seed_list,
)

PASSWORD = "correct horse battery"

# Text whose contrast with what is behind it is below 4.5 (or 3 where it is large): WCAG 2.2, 1.4.3.
TOO_PALE = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) =>
      v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const [r, g, b, a = 1] = rgb(getComputedStyle(e).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const pale = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !element.checkVisibility()) continue;
    if (["SCRIPT", "NOSCRIPT", "OPTION"].includes(element.tagName)) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(rgb(style.color)), light(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const large = parseFloat(style.fontSize) >= 24;
    if (contrast < (large ? 3 : 4.5)) {
      pale.push(`${walker.currentNode.textContent.trim()}: ${contrast.toFixed(2)}`);
    }
  }
  return pale;
}"""


def csv_file(content: bytes) -> FilePayload:
    """A file to upload."""
    return {"name": "contacts.csv", "mimeType": "text/csv", "buffer": content}


@pytest.fixture
def clock() -> TestClock:
    """A clock that the test moves."""
    return TestClock()


@pytest.fixture
def parts(tmp_path: Path, clock: TestClock) -> Parts:
    """A new installation."""
    return make_parts(tmp_path, clock)


@pytest.fixture(autouse=True)
def address(parts: Parts) -> Iterator[str]:
    """Where the pages are served: from before the browser's page opens until after it closes."""
    with serve(parts) as where:
        yield where


@pytest.fixture
def running(parts: Parts) -> tuple[Campaign, Floor]:
    """A running campaign with agents and calls."""
    contact_list = seed_list(parts, contacts=1000)
    campaign = seed_campaign(parts, contact_list, actions=(CampaignAction.START,))
    return campaign, seed_floor(parts, campaign, calls=100, agents=8)


@pytest.mark.console_errors("422")
def test_from_the_first_sign_in_to_a_stopped_campaign(
    page: Page, address: str, parts: Parts, clock: TestClock
) -> None:
    """A newcomer signs in by link, sets a password, uploads a list, and runs a campaign."""
    token = accounts.one_time_token(parts.database, ACCOUNT, clock.now())
    page.goto(f"{address}/sign-in/{token}")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password again").fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("status")).to_contain_text("Your password is set")

    page.get_by_role("button", name="Upload a contact list").click()
    page.get_by_label("File").set_input_files(csv_file(ROWS.encode()))
    page.get_by_role("button", name="Upload and import").click()
    expect(page.get_by_role("heading", name="6 rows read")).to_be_visible()
    table = page.get_by_role("region", name="Rows that became no contact")
    expect(table.get_by_role("row")).to_have_count(5)
    expect(table).to_contain_text("Too few digits")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    assert "phone_too_short" in download.value.path().read_text()

    page.get_by_role("button", name="New campaign with this list").click()
    page.get_by_role("button", name="Create as a draft").click()
    expect(page.get_by_role("alert")).to_contain_text("Give the campaign a name")
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_label("Name").fill("First campaign")
    page.get_by_role("button", name="Create as a draft").click()
    expect(page.get_by_role("heading", name="First campaign")).to_be_visible()

    page.get_by_role("button", name="Start now").click()
    expect(page.locator(".badge")).to_have_text("Running")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".badge")).to_have_text("Paused")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(".badge")).to_have_text("Running")
    page.get_by_role("button", name="Stop…").click()
    expect(page.get_by_role("main")).to_contain_text("No call is in progress")
    page.get_by_role("button", name="Stop the campaign").click()
    expect(page.locator(".badge")).to_have_text("Stopped")

    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="First campaign")).to_be_visible()


def test_live_page_updates_by_itself(
    page: Page, address: str, parts: Parts, clock: TestClock, running: tuple[Campaign, Floor]
) -> None:
    """Figures, reason, chart, table and the screen reader's sentence follow the rows."""
    campaign, floor = running
    sign_in(page, address, parts)
    page.goto(f"{address}/campaigns/{campaign.id}")
    figures = page.locator("#figures")
    expect(page.locator("#chart canvas")).to_be_visible()
    expect(figures).to_contain_text("4 of 8 talking")
    expect(page.locator("#gist")).to_contain_text("of 60 lines in use")
    page.get_by_text("Agents by name").click()
    page.get_by_text("Definitions of countries that nobody here is called in").click()
    page.get_by_text("The same as a table").click()
    clock.move(timedelta(seconds=30))
    for _ in range(20):
        floor.call(clock.now() - timedelta(seconds=2))
    floor.enter(3, AgentState.TALK, clock.now())
    floor.decide(Bound.NOBODY_CALLABLE, until_at=clock.now() + timedelta(minutes=30))
    expect(figures).to_contain_text("5 of 8 talking")
    expect(figures).to_contain_text("Nobody may be called until 2026-11-23 15:30")
    expect(page.locator("#rows tr").first).to_contain_text("15:00:30")
    expect(page.get_by_text("Agent 04 Talking")).to_be_visible()  # what was opened stays open
    expect(page.get_by_role("meter")).to_have_count(5)
    expect(page.get_by_role("heading", name="United Kingdom (Ofcom)")).to_be_visible()


def test_live_page_follows_what_others_do(
    page: Page, address: str, parts: Parts, running: tuple[Campaign, Floor]
) -> None:
    """When somebody else pauses the campaign, this page shows it and offers to resume."""
    campaign, _ = running
    sign_in(page, address, parts)
    page.goto(f"{address}/campaigns/{campaign.id}")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    colleague = page.context.new_page()
    colleague.goto(page.url)
    colleague.get_by_role("button", name="Pause").click()
    # A page that is closed while it loads may never be closed, to Chromium's mind.
    expect(colleague.locator(".badge")).to_have_text("Paused")
    colleague.close()
    expect(page.locator(".badge")).to_have_text("Paused")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(".badge")).to_have_text("Running")


@pytest.mark.console_errors("401|Failed to load resource")
def test_live_page_says_that_the_session_is_over(
    page: Page, address: str, parts: Parts, clock: TestClock, running: tuple[Campaign, Floor]
) -> None:
    """A page that was left open does not go on showing old figures as new ones."""
    campaign, _ = running
    sign_in(page, address, parts)
    page.goto(f"{address}/campaigns/{campaign.id}")
    clock.move(timedelta(hours=13))
    expect(page.get_by_role("alert")).to_contain_text("You are signed out")


@pytest.mark.console_errors("ERR_CONNECTION|Failed to load resource")
def test_live_page_says_that_the_service_is_gone(
    page: Page, parts: Parts, running: tuple[Campaign, Floor]
) -> None:
    """While the service is down the page says so; afterwards it goes on."""
    campaign, _ = running
    with serve(parts) as address:
        sign_in(page, address, parts)
        page.goto(f"{address}/campaigns/{campaign.id}")
        expect(page.locator("#chart canvas")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("the service does not answer")
    with serve(parts, port=int(address.rpartition(":")[2])):
        expect(page.get_by_role("alert")).to_be_hidden()


def test_upload_asks_for_the_phone_column(page: Page, address: str, parts: Parts) -> None:
    """A file without a column `phone` is met with the likely one before it is sent."""
    sign_in(page, address, parts)
    page.goto(f"{address}/lists/new")
    content = b'Name,"Mobile, private"\nAda,+12125550101\n'
    page.get_by_label("File").set_input_files(csv_file(content))
    expect(page.get_by_label("Phone column")).to_have_value("Mobile, private")
    expect(page.get_by_role("status").last).to_contain_text("looks like it")
    page.get_by_role("button", name="Upload and import").click()
    expect(page.get_by_role("heading", name="1 row read")).to_be_visible()


@pytest.mark.console_errors("422")
def test_bad_file_is_explained_and_can_be_replaced(page: Page, address: str, parts: Parts) -> None:
    """A refused upload shows why, and the form works again at once."""
    sign_in(page, address, parts)
    page.goto(f"{address}/lists/new")
    bad = csv_file(b"phone;name\n1;2\n")
    page.get_by_label("File").set_input_files(bad)
    page.get_by_label("Phone column").fill("")
    page.get_by_role("button", name="Upload and import").click()
    expect(page.get_by_role("alert")).to_contain_text("use commas")
    good = csv_file(b"phone\n+12125550101\n")
    page.get_by_label("File").set_input_files(good)
    page.get_by_role("button", name="Upload and import").click()
    expect(page.get_by_role("heading", name="1 row read")).to_be_visible()


def test_large_upload_shows_its_progress(page: Page, address: str, parts: Parts) -> None:
    """A long import ends in its report without a hand being moved."""
    sign_in(page, address, parts)
    page.goto(f"{address}/lists/new")
    rows = b"".join(b"+1212%07d,%s\n" % (n, b"x" * 20) for n in range(2_000_000, 2_020_000))
    page.get_by_label("File").set_input_files(csv_file(b"phone,note\n" + rows))
    page.get_by_role("button", name="Upload and import").click()
    expect(page.get_by_role("heading", name="20,000 rows read")).to_be_visible(timeout=60_000)


def test_suppressing_by_keyboard(page: Page, address: str, parts: Parts) -> None:
    """Search and entry need no mouse; the skip link leads past the navigation."""
    sign_in(page, address, parts)
    page.goto(f"{address}/suppressions")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    for name in ("Numbers", "Lists", "Areas", "Consents", "Messages"):
        page.keyboard.press("Tab")
        expect(page.get_by_role("main").get_by_role("link", name=name)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("212 555 0101")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("+12125550101 is not suppressed")
    expect(page.get_by_role("status")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Phone number").last).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Suppressed from now on")
    expect(page.get_by_role("region", name="The newest entries")).to_contain_text("+12125550101")
    assert "555" not in page.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_pages_fit_and_can_be_read(
    page: Page,
    address: str,
    parts: Parts,
    running: tuple[Campaign, Floor],
    scheme: str,
    width: int,
) -> None:
    """No page is wider than the screen or too pale, and each has a title and one heading."""
    campaign, _ = running
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{address}/sign-in")
    assert page.evaluate(TOO_PALE) == []
    sign_in(page, address, parts)
    for path in (
        "/account/password",
        "/campaigns",
        "/campaigns/new",
        f"/campaigns/{campaign.id}",
        f"/campaigns/{campaign.id}/stop",
        f"/lists/{campaign.contact_list_id}",
        "/lists",
        "/lists/new",
        "/suppressions",
    ):
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate(TOO_PALE) == [], path
        assert page.locator("h1").count() == 1, path
        assert page.title().endswith("· Fairdial"), path
        unnamed = page.locator("input:not([type=hidden]):visible, select:visible").evaluate_all(
            "all => all.filter(e => !e.labels?.length && !e.ariaLabel).map(e => e.name)"
        )
        assert unnamed == [], path
