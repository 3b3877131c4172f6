"""The page of forecasts in a real browser: two settings side by side, on a phone, in the dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.bootstrap import Parts
from app.web import forecasts
from campaigns.campaign import Campaign
from dialer.laboratory import forecasting
from tests.web.planning_site import seed_planned
from tests.web.serving import serve, sign_in
from tests.web.site import TestClock, make_parts
from tests.web.test_planning import fits, tab_to


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parts:
    """A new installation that plays short days."""
    monkeypatch.setattr(forecasting, "WORK", 120_000)
    return make_parts(tmp_path, TestClock())


@pytest.fixture
def planned(parts: Parts) -> Campaign:
    """A draft over people from coast to coast."""
    return seed_planned(parts)


@pytest.fixture(autouse=True)
def address(parts: Parts) -> Iterator[str]:
    """Where the pages are served."""
    with serve(parts) as where:
        yield where


def ask(page: Page, **fields: str) -> None:
    """Fill in the form and send it."""
    for name, text in fields.items():
        page.locator(f"[name={name.replace('__', '-')}]").fill(text)
    page.get_by_role("button", name="Forecast", exact=True).click()


def test_two_settings_side_by_side_by_keyboard(
    page: Page, address: str, parts: Parts, planned: Campaign
) -> None:
    """From the campaign to the figures of two settings and their difference, without a mouse."""
    sign_in(page, address, parts)
    page.goto(f"{address}/campaigns/{planned.id}")
    tab_to(page, "Forecast")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nothing foreseen yet")).to_be_visible()
    page.get_by_label("Agents, first").focus()
    page.keyboard.type("12")
    page.get_by_label("Agents, second").focus()
    page.keyboard.type("8")
    page.keyboard.press("Enter")
    table = page.get_by_role("region", name="What to expect")
    expect(table).to_contain_text("agents 12", timeout=30_000)
    expect(table).to_contain_text("agents 8")
    expect(table).to_contain_text("Difference")
    expect(table.get_by_role("row").nth(1)).to_contain_text("Occupancy")
    expect(page.get_by_role("img", name="Bars:")).to_be_visible()
    expect(page.get_by_text("no call was made yet")).to_be_visible()
    expect(page.get_by_label("Agents, second")).to_have_value("8")


def test_a_long_one_is_followed_to_its_end(
    page: Page, address: str, parts: Parts, planned: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page says how far it is, and shows the figures when they are there."""
    monkeypatch.setattr(forecasts, "AT_ONCE_SECONDS", 0.0)
    sign_in(page, address, parts)
    page.goto(f"{address}/campaigns/{planned.id}/forecast")
    ask(page, first__agents="10")
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_role("region", name="What to expect")).to_be_visible(timeout=30_000)


@pytest.mark.console_errors("422")
@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"first__agents": "many"}, "first setting, Agents: must be a number"),
        (
            {"first__agents": "5", "second__limit": "7"},
            "second setting, Abandoned at most, %: must be at most 3",
        ),
        ({"first__talk": "60"}, "say how many there will be"),
    ],
)
def test_what_is_wrong_is_said_and_kept(
    page: Page, address: str, parts: Parts, planned: Campaign, fields: dict[str, str], says: str
) -> None:
    """One line with the column and the setting; what was typed stays."""
    sign_in(page, address, parts)
    page.goto(f"{address}/campaigns/{planned.id}/forecast")
    ask(page, **fields)
    expect(page.get_by_role("alert")).to_contain_text(says)
    for name, text in fields.items():
        expect(page.locator(f"[name={name.replace('__', '-')}]")).to_have_value(text)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_page_fits_and_can_be_read(
    page: Page, address: str, parts: Parts, planned: Campaign, scheme: str, width: int
) -> None:
    """Empty and with figures: no wider than the screen, and not too pale."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page, address, parts)
    page.goto(f"{address}/campaigns/{planned.id}/forecast")
    fits(page, width)
    ask(page, first__agents="9", second__limit="1")
    expect(page.get_by_role("region", name="What to expect")).to_be_visible(timeout=30_000)
    page.wait_for_load_state()  # until its style has come
    fits(page, width)
