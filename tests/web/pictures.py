"""Pictures of the pages for the documentation: `python -m tests.web.pictures docs/images`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

from app.bootstrap import Parts
from campaigns.campaign import CampaignAction
from tests.browser import FLAGS, find_chromium
from tests.web.serving import serve, sign_in
from tests.web.site import TestClock, make_parts, seed_campaign, seed_floor, seed_list

DESKTOP = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=390, height=844)

ROWS = """phone,first_name,region,time_zone
+12125550101,Ada,US-NY,
+13055550102,Ben,US-FL,
12,Cleo,US-CA,
+14155550104,Dora,US-ZZ,
+12125550101,Ada,US-NY,
+16175550105,Eli,,America/Nowhere
"""


def main(folder: Path) -> None:
    """Take the pictures."""
    executable = find_chromium()
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        clock = TestClock()
        parts = make_parts(Path(place), clock)
        campaign = seed_campaign(
            parts, seed_list(parts, contacts=4000), actions=(CampaignAction.START,)
        )
        seed_campaign(parts, seed_list(parts, "Survey panel", 80), "Survey of November")
        seed_floor(parts, campaign, calls=400, agents=16)
        chromium = playwright.chromium.launch(
            executable_path=executable, args=[*FLAGS, "--no-sandbox"]
        )
        with serve(parts) as address:
            for scheme in ("light", "dark"):
                for device, size in (("desktop", DESKTOP), ("phone", PHONE)):
                    context = chromium.new_context(viewport=size, color_scheme=scheme)
                    page = context.new_page()
                    shoot(page, address, parts, campaign.id, folder, f"{device}-{scheme}")
                    context.close()
        chromium.close()


def shoot(
    page: Page, address: str, parts: Parts, campaign_id: str, folder: Path, suffix: str
) -> None:
    """Each page once."""
    page.goto(f"{address}/sign-in")
    page.screenshot(path=folder / f"sign-in-{suffix}.png")
    sign_in(page, address, parts)
    page.screenshot(path=folder / f"password-{suffix}.png")
    page.goto(f"{address}/lists/new")
    page.screenshot(path=folder / f"upload-{suffix}.png")
    page.set_input_files(
        "input[type=file]", {"name": "panel.csv", "mimeType": "text/csv", "buffer": ROWS.encode()}
    )
    page.get_by_role("button", name="Upload and import").click()
    page.get_by_text("Why rejected").wait_for()
    page.screenshot(path=folder / f"list-{suffix}.png", full_page=True)
    for name, path in (
        ("campaigns", "/campaigns"),
        ("campaign-new", "/campaigns/new"),
        ("lists", "/lists"),
        ("suppressions", "/suppressions"),
    ):
        page.goto(address + path)
        page.screenshot(path=folder / f"{name}-{suffix}.png", full_page=True)
    page.goto(f"{address}/campaigns/{campaign_id}")
    page.locator("#chart canvas").wait_for()
    page.wait_for_timeout(500)
    page.screenshot(path=folder / f"live-{suffix}.png", full_page=True)
    page.goto(f"{address}/campaigns/{campaign_id}/stop")
    page.screenshot(path=folder / f"stop-{suffix}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
