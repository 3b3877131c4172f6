"""Pictures of the pages: `python -m tests.web.pictures FOLDER [NAME...]`, as in live-phone-dark."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, ViewportSize, sync_playwright

from app.bootstrap import Parts
from campaigns.campaign import CampaignAction
from tests.browser import FLAGS, find_chromium
from tests.web.pacing_site import seed_decisions
from tests.web.permission_site import LISTED, seed_permissions
from tests.web.planning_site import seed_override, seed_planned
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


PICTURES: tuple[tuple[str, ViewportSize, Literal["light", "dark"]], ...] = (
    ("desktop-light", DESKTOP, "light"),
    ("desktop-dark", DESKTOP, "dark"),
    ("phone-light", PHONE, "light"),
    ("phone-dark", PHONE, "dark"),
)


def main(folder: Path, wanted: frozenset[str]) -> None:
    """Take the pictures of these names, or of every page where none is named."""
    executable = find_chromium()
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        parts = make_parts(Path(place), TestClock())
        campaign = seed_campaign(
            parts, seed_list(parts, contacts=4000), actions=(CampaignAction.START,)
        )
        seed_campaign(parts, seed_list(parts, "Survey panel", 80), "Survey of November")
        seed_decisions(parts, campaign)
        seed_floor(parts, campaign, calls=400, agents=16)
        seed_permissions(parts, campaign.id)
        seed_override(parts, campaign.id)
        planned = seed_planned(parts)
        chromium = playwright.chromium.launch(
            executable_path=executable, args=[*FLAGS, "--no-sandbox"]
        )
        with serve(parts) as address:
            for suffix, size, scheme in PICTURES:
                if not wanted or any(name.endswith(suffix) for name in wanted):
                    context = chromium.new_context(viewport=size, color_scheme=scheme)
                    camera = Camera(context.new_page(), folder, suffix, wanted)
                    tour(camera, address, parts, campaign.id)
                    tour_planning(camera, address, planned.id)
                    context.close()
        chromium.close()


@dataclass(frozen=True)
class Camera:
    """Takes the pictures that are wanted of one page size and colour scheme."""

    page: Page
    folder: Path
    suffix: str
    wanted: frozenset[str]

    def take(self, name: str) -> None:
        """The page as it is, under this name."""
        self.page.wait_for_load_state()  # until its style has come
        named = f"{name}-{self.suffix}"
        if not self.wanted or named in self.wanted:
            self.page.screenshot(path=self.folder / f"{named}.png", full_page=True)


def tour(camera: Camera, address: str, parts: Parts, campaign_id: str) -> None:
    """Each page once."""
    page = camera.page
    page.goto(f"{address}/sign-in")
    camera.take("sign-in")
    sign_in(page, address, parts)
    camera.take("password")
    page.goto(f"{address}/lists/new")
    camera.take("upload")
    page.set_input_files(
        "input[type=file]", {"name": "panel.csv", "mimeType": "text/csv", "buffer": ROWS.encode()}
    )
    page.get_by_role("button", name="Upload and import").click()
    page.get_by_text("Why rejected").wait_for()
    camera.take("list")
    for name in ("campaigns", "campaigns/new", "agents", "lists", "suppressions"):
        page.goto(f"{address}/{name}")
        camera.take(name.replace("/", "-"))
    page.goto(f"{address}/patterns")
    page.get_by_role("button", name="Test the pattern").click()
    page.get_by_role("heading", name="The event does not match").wait_for()
    camera.take("patterns")
    tour_permissions(camera, address)
    page.goto(f"{address}/campaigns/{campaign_id}")
    page.locator("#chart canvas").wait_for()
    camera.take("live")
    at = parts.clock.now() - timedelta(seconds=434)
    page.goto(f"{address}/campaigns/{campaign_id}/pacing?at={at:%Y-%m-%dT%H:%M:%S}")
    camera.take("decisions")
    page.goto(f"{address}/campaigns/{campaign_id}/stop")
    camera.take("stop")


def tour_permissions(camera: Camera, address: str) -> None:
    """The pages of suppressions."""
    page = camera.page
    page.goto(f"{address}/suppressions")
    page.get_by_label("Phone number").first.fill(LISTED)
    page.get_by_role("button", name="Look").click()
    page.get_by_role("heading", name="What is kept of").wait_for()
    camera.take("suppressions-found")
    page.get_by_role("button", name=f"Remove {LISTED}").first.click()
    page.get_by_role("heading", name="Remove this entry?").wait_for()
    camera.take("suppressions-remove")
    for name in ("lists", "lists/new", "areas", "consents", "consents/import", "messages"):
        page.goto(f"{address}/suppressions/{name}")
        camera.take(f"suppressions-{name.replace('/', '-')}")
    page.goto(f"{address}/suppressions/lists")
    page.get_by_role("link", name="Newer copy of").first.click()
    page.get_by_role("heading", name="A newer copy").wait_for()
    camera.take("suppressions-lists-newer")
    page.goto(f"{address}/suppressions/consents")
    page.get_by_label("Phone number").first.fill(LISTED)
    page.get_by_role("button", name="Look").click()
    page.get_by_role("heading", name="The records of consent").wait_for()
    camera.take("suppressions-consents-found")


def tour_planning(camera: Camera, address: str, campaign_id: str) -> None:
    """A dry run, and the form to lift a rule."""
    page = camera.page
    page.goto(f"{address}/campaigns/{campaign_id}")
    page.get_by_role("button", name="Dry run").click()
    page.get_by_text("As if it started").wait_for()
    camera.take("dry-run")
    page.goto(f"{address}/campaigns/{campaign_id}/overrides/new")
    camera.take("override-new")
    page.goto(f"{address}/campaigns/{campaign_id}/forecast")
    page.get_by_label("Agents, first").fill("14")
    page.get_by_label("Agents, second").fill("9")
    page.get_by_role("button", name="Forecast", exact=True).click()
    page.get_by_role("region", name="What to expect").wait_for(timeout=120_000)
    camera.take("forecast")


if __name__ == "__main__":
    main(Path(sys.argv[1]), frozenset(sys.argv[2:]))
