"""The page that says why so many calls were started, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.bootstrap import Parts
from campaigns.campaign import Campaign, CampaignAction
from dialer.ports import LoggedDecision
from tests.web.pacing_site import seed_decisions
from tests.web.serving import serve, sign_in
from tests.web.site import TestClock, make_parts, seed_campaign, seed_list
from tests.web.test_planning import fits, tab_to


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    """A new installation."""
    return make_parts(tmp_path, TestClock())


@pytest.fixture
def campaign(parts: Parts) -> Campaign:
    """A running one."""
    return seed_campaign(parts, seed_list(parts), actions=(CampaignAction.START,))


@pytest.fixture
def decisions(parts: Parts, campaign: Campaign) -> list[LoggedDecision]:
    """Those of the last ten minutes."""
    return seed_decisions(parts, campaign)


@pytest.fixture(autouse=True)
def address(parts: Parts) -> Iterator[str]:
    """Where the pages are served: from before the browser's page opens until after it closes."""
    with serve(parts) as where:
        yield where


def shown(page: Page, decision: LoggedDecision) -> None:
    """The page shows this decision."""
    heading = page.locator("#decision")
    expect(heading).to_contain_text(f"{decision.decided_at:%Y-%m-%d %H:%M:%S} UTC")


def test_from_the_campaign_to_a_decision_by_keyboard(
    page: Page,
    address: str,
    parts: Parts,
    campaign: Campaign,
    decisions: list[LoggedDecision],
) -> None:
    """The latest first, then one step back and forth, then another time: no mouse is needed."""
    sign_in(page, address, parts)
    page.goto(f"{address}/campaigns/{campaign.id}")
    tab_to(page, "why this many calls")
    page.keyboard.press("Enter")
    page.wait_for_url("**/pacing")
    shown(page, decisions[-1])
    tab_to(page, "Previous")
    page.keyboard.press("Enter")
    shown(page, decisions[-2])
    tab_to(page, "Next")
    page.keyboard.press("Enter")
    shown(page, decisions[-1])
    wanted = decisions[120]
    page.get_by_label("Time (UTC)").fill(f"{wanted.decided_at:%Y-%m-%dT%H:%M:%S}")
    page.get_by_label("Minutes around it").select_option("30")
    tab_to(page, "Show")
    page.keyboard.press("Enter")
    shown(page, wanted)
    expect(page.locator("#span")).to_contain_text("30 minutes")
    expect(page.get_by_role("img", name="Bars:")).to_be_visible()
    table = page.get_by_role("region", name="The risks as a table")
    expect(table.get_by_role("row").nth(1)).to_contain_text("%")
    page.get_by_text("The same as a table").click()
    rows = page.get_by_role("region", name="The minutes as a table")
    expect(rows).to_contain_text("the abandonment budget")
    rows.get_by_role("link").first.click()
    shown(page, decisions[0])


def test_the_link_beside_what_holds_keeps_the_focus(
    page: Page,
    address: str,
    parts: Parts,
    campaign: Campaign,
    decisions: list[LoggedDecision],
) -> None:
    """The figures are fetched anew every other second; whoever stands on the link stays there."""
    sign_in(page, address, parts)
    page.goto(f"{address}/campaigns/{campaign.id}")
    why = page.get_by_role("link", name="Why this many calls?")
    why.focus()
    with page.expect_response("**/live"):
        pass
    page.wait_for_timeout(100)
    expect(why).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/pacing")
    shown(page, decisions[-1])


@pytest.mark.console_errors("422")
def test_a_time_that_cannot_be_read_is_said_first(
    page: Page,
    address: str,
    parts: Parts,
    campaign: Campaign,
    decisions: list[LoggedDecision],
) -> None:
    """It has the focus, and the latest decision is shown."""
    sign_in(page, address, parts)
    page.goto(f"{address}/campaigns/{campaign.id}/pacing?at=tomorrow")
    expect(page.get_by_role("alert")).to_contain_text("The time could not be read")
    expect(page.get_by_role("alert")).to_be_focused()
    shown(page, decisions[-1])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_page_fits_and_can_be_read(
    page: Page,
    address: str,
    parts: Parts,
    campaign: Campaign,
    decisions: list[LoggedDecision],
    scheme: str,
    width: int,
) -> None:
    """Of a campaign with decisions, in a gap and of a closed one too, and of one without any."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 800})
    empty = seed_campaign(parts, seed_list(parts, "Another list"), "Without decisions")
    sign_in(page, address, parts)
    gap = f"{decisions[299].decided_at:%Y-%m-%dT%H:%M}:55"
    closed = f"{decisions[210].decided_at:%Y-%m-%dT%H:%M:%S}"
    for path in (
        f"{campaign.id}/pacing",
        f"{campaign.id}/pacing?at={gap}",
        f"{campaign.id}/pacing?at={closed}&minutes=60",
        f"{empty.id}/pacing",
    ):
        page.goto(f"{address}/campaigns/{path}")
        for folded in page.locator("details summary").all():
            folded.click()
        fits(page, width)
