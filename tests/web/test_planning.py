"""Dry runs and lifted rules in a real browser: by keyboard, on a phone, in the dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.bootstrap import Parts
from app.web import dry_runs
from campaigns.campaign import Campaign, CampaignAction
from dialer import rehearsing
from tests.web.planning_site import seed_override, seed_planned
from tests.web.serving import serve, sign_in
from tests.web.site import TestClock, make_parts, seed_campaign, seed_list
from tests.web.test_pages import TOO_PALE


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    """A new installation."""
    return make_parts(tmp_path, TestClock())


@pytest.fixture
def planned(parts: Parts) -> Campaign:
    """A draft over people from coast to coast."""
    return seed_planned(parts)


@pytest.fixture(autouse=True)
def address(parts: Parts) -> Iterator[str]:
    """Where the pages are served: from before the browser's page opens until after it closes."""
    with serve(parts) as where:
        yield where


def tab_to(page: Page, name: str) -> None:
    """Press Tab until something of that name has the focus."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == name:
            return
    raise AssertionError(f"nothing called {name!r} can be reached by Tab")


def test_from_the_draft_to_the_start_by_keyboard(
    page: Page, address: str, parts: Parts, planned: Campaign
) -> None:
    """A dry run first, its figures read, and then the start: no mouse is needed."""
    sign_in(page, address, parts)
    page.goto(f"{address}/campaigns/{planned.id}")
    tab_to(page, "Dry run")
    page.keyboard.press("Enter")
    main = page.get_by_role("main")
    expect(main).to_contain_text("As if it started 2026-11-23 16:00 UTC")
    expect(main).to_contain_text("480 callable at the start")
    expect(page.get_by_role("img", name="Bars:")).to_be_visible()
    table = page.get_by_role("region", name="By the hour")
    expect(table.get_by_role("row").nth(1)).to_contain_text("Mon 23 Nov, 11:00")
    reasons = page.get_by_role("region", name="What holds contacts at the start")
    expect(reasons).to_contain_text("The number is on one of your own lists")
    tab_to(page, "As if started now")
    page.keyboard.press("Enter")
    expect(main).to_contain_text("As if it started 2026-11-23 15:00 UTC")
    tab_to(page, "Start now")
    page.keyboard.press("Enter")
    expect(page.locator(".badge")).to_have_text("Running")


def test_a_long_one_is_followed_to_its_end(
    page: Page, address: str, parts: Parts, planned: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bar grows, and the figures appear without a hand being moved."""
    monkeypatch.setattr(dry_runs, "AT_ONCE_SECONDS", 0.0)
    monkeypatch.setattr(rehearsing, "CONTACTS_AT_ONCE", 1)
    sign_in(page, address, parts)
    page.goto(f"{address}/campaigns/{planned.id}/dry-run")
    page.get_by_role("button", name="Dry run", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("callable at the start", timeout=60_000)


def test_a_rule_is_lifted_and_put_back_by_keyboard(
    page: Page, address: str, parts: Parts, planned: Campaign
) -> None:
    """It is lifted, shown, and ended."""
    sign_in(page, address, parts)
    page.goto(f"{address}/campaigns/{planned.id}")
    tab_to(page, "Lift a rule…")
    page.keyboard.press("Enter")
    page.wait_for_url("**/overrides/new")
    page.get_by_label("Rule").select_option("attempt_limits")
    page.get_by_label("For how many hours").fill("8")
    page.get_by_label("Reason").fill("Recall of a dangerous product")
    page.keyboard.press("Enter")
    expect(page.locator("#overrides")).to_contain_text(
        "Attempt limits: lifted until 2026-11-23 23:00 UTC"
    )
    tab_to(page, "End it now")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("The rule stands again.")


@pytest.mark.console_errors("422")
def test_a_short_reason_is_refused_on_the_form(
    page: Page, address: str, parts: Parts, planned: Campaign
) -> None:
    """What is wrong is said first, and has the focus."""
    sign_in(page, address, parts)
    page.goto(f"{address}/campaigns/{planned.id}/overrides/new")
    page.get_by_label("Reason").fill("urgent")
    page.get_by_role("button", name="Lift the rule").click()
    expect(page.get_by_role("alert")).to_contain_text("3 words at least")
    expect(page.get_by_role("alert")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_pages_fit_and_can_be_read(
    page: Page, address: str, parts: Parts, planned: Campaign, scheme: str, width: int
) -> None:
    """No page is wider than the screen or too pale, and each has a title and one heading."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 800})
    long = seed_planned(parts, "Long", 60, days=30)
    running = seed_campaign(parts, seed_list(parts), actions=(CampaignAction.START,))
    seed_override(parts, running.id)
    sign_in(page, address, parts)
    paths = [f"/campaigns/{planned.id}/overrides/new", f"/campaigns/{running.id}"]
    for campaign in (planned, long):
        page.goto(f"{address}/campaigns/{campaign.id}/dry-run")
        fits(page, width)
        page.get_by_role("button", name="Dry run", exact=True).click()
        paths.append(f"/campaigns/{campaign.id}/dry-run")
    for path in paths:
        page.goto(address + path)
        fits(page, width)


def fits(page: Page, width: int) -> None:
    """The page that is shown can be read."""
    where = page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= width, where
    assert page.evaluate(TOO_PALE) == [], where
    assert page.locator("h1").count() == 1, where
    assert page.title().endswith("· Fairdial"), where
