"""The page that says why so many calls were started."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.web.decision_view import BARS, BUCKETS, ROWS, curve_view, strips
from campaigns.campaign import Campaign, CampaignAction
from campaigns.events import instant_text
from dialer.pacing import Bound
from dialer.pacing.curve import Curve
from dialer.ports import LoggedDecision
from tests.builders import NOON, a_decision, after
from tests.web.pacing_site import seed_decisions
from tests.web.site import ACCOUNT, TestClock, Visitor, make_parts, seed_campaign, seed_list

TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture
def visitor(tmp_path: Path) -> Visitor:
    """Somebody who is signed in."""
    return Visitor(make_parts(tmp_path, TestClock()))


@pytest.fixture
def campaign(visitor: Visitor) -> Campaign:
    """A running one."""
    contact_list = seed_list(visitor.parts)
    return seed_campaign(visitor.parts, contact_list, actions=(CampaignAction.START,))


@pytest.fixture
def decisions(visitor: Visitor, campaign: Campaign) -> list[LoggedDecision]:
    """Those of the last ten minutes."""
    return seed_decisions(visitor.parts, campaign)


def path(campaign: Campaign, **query: object) -> str:
    """The page's address."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return f"/campaigns/{campaign.id}/pacing?{asked}"


# --------------------------------------------------------------------------------------- the page
def test_the_latest_decision_is_shown(
    visitor: Visitor, campaign: Campaign, decisions: list[LoggedDecision]
) -> None:
    """With its sentences, its curve, and the minutes before it."""
    page = visitor.get(path(campaign)).text
    assert f"{decisions[-1].decided_at:%Y-%m-%d %H:%M:%S} UTC" in page
    for words in (
        "One more would have found nobody",
        "What more calls would risk",
        "What was expected",
        "The abandonment budget: another call could exceed the limit",
        "The carrier is down",
        "All lines are in use",
    ):
        assert words in page, words
    assert ">Previous<" in page
    assert ">Next<" not in page
    assert "Nothing was decided" not in page


def test_an_instant_is_looked_at(
    visitor: Visitor, campaign: Campaign, decisions: list[LoggedDecision]
) -> None:
    """As a link names it and as the form does; the links beside it lead to its neighbours."""
    wanted = decisions[120]
    page = visitor.get(path(campaign, at=instant_text(wanted.decided_at))).text
    assert f"{wanted.decided_at:%Y-%m-%d %H:%M:%S} UTC" in page
    links = [
        link.replace("&amp;", "&")
        for link in re.findall(r'rel="(?:prev|next)" href="([^"]+)"', page)
    ]
    assert len(links) == 2
    for link, neighbour in zip(links, (decisions[119], decisions[121]), strict=True):
        there = visitor.get(link).text
        assert f"{neighbour.decided_at:%H:%M:%S} UTC</time>" in there
    for form in ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"):
        asked = wanted.decided_at.strftime(form)
        assert visitor.get(path(campaign, at=asked, minutes=30)).status_code == 200


def test_a_gap_is_said(
    visitor: Visitor, campaign: Campaign, decisions: list[LoggedDecision]
) -> None:
    """With a link to the next decision."""
    between = decisions[299].decided_at + timedelta(seconds=15)
    page = visitor.get(path(campaign, at=instant_text(between))).text
    assert "Nothing was decided at" in page
    assert "15.0 s earlier" in page
    assert "The next one</a> was made" in page


def test_before_the_first_decision_the_first_is_shown(
    visitor: Visitor, campaign: Campaign, decisions: list[LoggedDecision]
) -> None:
    """And that it is the first."""
    answer = visitor.get(path(campaign, at="2020-01-01T00:00:00Z"))
    assert answer.status_code == 200
    assert "This is the first decision that is kept." in answer.text
    assert f"{decisions[0].decided_at:%Y-%m-%d %H:%M:%S} UTC" in answer.text
    assert ">Previous<" not in answer.text


@pytest.mark.parametrize(
    "at", ["tomorrow", "2026-13-01T00:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1e9"]
)
def test_what_is_no_time_is_refused(
    visitor: Visitor, campaign: Campaign, decisions: list[LoggedDecision], at: str
) -> None:
    """The page says what it needs, and shows the latest decision."""
    answer = visitor.get(path(campaign, at=at))
    assert answer.status_code == 422
    assert "The time could not be read" in answer.text
    assert f"{decisions[-1].decided_at:%H:%M:%S} UTC" in answer.text


@pytest.mark.parametrize("minutes", ["7", "-1", "x", "", "999999999999"])
def test_another_span_is_the_shortest(
    visitor: Visitor, campaign: Campaign, decisions: list[LoggedDecision], minutes: str
) -> None:
    """Nobody reads a whole day at once."""
    page = visitor.get(path(campaign, minutes=minutes)).text
    assert '<h2 id="span">10 minutes' in page


def test_a_campaign_without_decisions_says_what_to_do(visitor: Visitor, campaign: Campaign) -> None:
    """An empty page is no answer."""
    answer = visitor.get(path(campaign))
    assert answer.status_code == 200
    assert "Nothing was decided yet" in answer.text
    assert f"/campaigns/{campaign.id}" in answer.text


def test_another_accounts_campaign_looks_missing(visitor: Visitor, campaign: Campaign) -> None:
    """As one that there is not."""
    with visitor.parts.database() as uow:
        uow.connection.exec_driver_sql("UPDATE campaign SET account = 'other'")
    assert campaign.account == ACCOUNT
    assert visitor.get(path(campaign)).status_code == 404
    missing = "/campaigns/00000000-0000-4000-8000-000000000000/pacing"
    assert visitor.get(missing).status_code == 404


def test_old_rows_and_unknown_bounds_are_shown(visitor: Visitor, campaign: Campaign) -> None:
    """What an older or a newer version wrote."""
    old = LoggedDecision(
        campaign.id, visitor.parts.clock.now(), 3, 2, "phase_of_moon", None, {"idle": 2}
    )
    with visitor.parts.database() as uow:
        uow.decisions.add(old)
    page = visitor.get(path(campaign)).text
    assert "3 calls were permitted, and 2 started" in page
    assert "Phase of moon" in page
    assert "What more calls would risk" not in page


def test_the_campaigns_page_leads_here(visitor: Visitor, campaign: Campaign) -> None:
    """From its head, and from the line that says what holds the dialing."""
    page = visitor.get(f"/campaigns/{campaign.id}").text
    assert page.count(f'href="/campaigns/{campaign.id}/pacing"') == 2


def test_a_page_takes_no_script_or_style_of_its_own(
    visitor: Visitor, campaign: Campaign, decisions: list[LoggedDecision]
) -> None:
    """The content security policy forbids them."""
    page = visitor.get(path(campaign)).text
    assert " style=" not in page
    assert "<style" not in page
    assert not re.findall(r"<script(?! src=)", page)


# -------------------------------------------------------------------------------------- its strips


def test_strips_count_what_was_placed_and_who_was_free() -> None:
    """Five seconds a step: calls added up, agents on average."""
    made = [
        a_decision(after(0), placed=2, inputs={"idle": 4}),
        a_decision(after(4), placed=1, inputs={"idle": 2}),
        a_decision(after(5), placed=6, inputs={}),
    ]
    found = strips(made, NOON, NOON + TEN_MINUTES, after(300))
    assert [(step.x, step.height) for step in found.placed] == [(0.0, 50.0), (100 / BUCKETS, 100.0)]
    assert [step.height for step in found.idle] == [100.0]
    assert (found.most_placed, found.most_idle, found.mark) == (6, 3.0, 50.0)


def test_a_lane_for_each_thing_that_bound() -> None:
    """The most frequent first; neighbouring steps are one."""
    trunk = [a_decision(after(5 * i), bound=Bound.TRUNK) for i in (0, 1, 2, 60)]
    other = [a_decision(after(20), bound=Bound.CARRIER_DOWN)]
    found = strips([*trunk[:3], *other, trunk[3]], NOON, NOON + TEN_MINUTES, NOON)
    assert [(lane.says, lane.kind, lane.share) for lane in found.lanes] == [
        ("all lines are in use", "idle", 0.8),
        ("the carrier is down", "over", 0.2),
    ]
    assert [(step.x, step.width) for step in found.lanes[0].steps] == [
        (0.0, 2.5),
        (50.0, 100 / BUCKETS),
    ]


def test_rows_tell_a_tenth_each() -> None:
    """Those in which something was decided."""
    made = [a_decision(after(i), placed=1) for i in range(0, 120, 10)]
    found = strips(made, NOON, NOON + TEN_MINUTES, NOON)
    assert [(row.at, row.ticks, row.placed, row.idle) for row in found.rows] == [
        (after(0), 6, 6, 2.0),
        (after(60), 6, 6, 2.0),
    ]
    assert len(found.rows) <= ROWS


def test_labels_are_whole_minutes_inside_the_span() -> None:
    """None is cut off at the right."""
    start = after(17)
    found = strips([a_decision(start)], start, start + TEN_MINUTES, start)
    assert [label for _, label in found.labels] == ["17:02", "17:04", "17:06", "17:08"]
    assert all(0 <= x <= 90 for x, _ in found.labels)


def test_decisions_at_the_very_end_are_kept_in_the_last_step() -> None:
    """Rounding puts none outside."""
    last = NOON + TEN_MINUTES - timedelta(milliseconds=1)
    found = strips([a_decision(last, placed=1)], NOON, NOON + TEN_MINUTES, last)
    assert found.placed[0].x + found.placed[0].width == pytest.approx(100.0)


# --------------------------------------------------------------------------------------- its curve
CURVE = Curve(tuple(0.004 * i for i in range(12)), 0.02, (0.0,) * 12, 6)


def test_a_curve_has_a_bar_for_each_number() -> None:
    """Those that were decided in another colour, and the threshold's height."""
    view = curve_view(CURVE)
    assert [bar.kind for bar in view.bars] == ["talk"] * 6 + ["out"] * 6
    assert view.threshold_height == pytest.approx(100 * 0.02 / view.top)
    assert all(0.0 <= bar.height <= 100.0 for bar in view.bars)
    assert sum(bar.width for bar in view.bars) == pytest.approx(100.0)


@pytest.mark.parametrize("calls", [0, 1, 7, 399, 1000])
def test_a_long_curve_shows_the_decisions_own_bar(calls: int) -> None:
    """It is thinned out, and the last bar that was decided is that of the number itself."""
    chances = tuple(i / 2000 for i in range(calls * 3 // 2 + 200))
    view = curve_view(Curve(chances, 0.1, chances, calls))
    assert len(view.bars) <= BARS + 1
    decided = [bar.calls for bar in view.bars if bar.kind == "talk"]
    assert (decided[-1] if decided else 0) == calls


def test_a_curve_of_nothing_is_flat() -> None:
    """No division by nought, and no tall bars of rounding."""
    view = curve_view(replace(CURVE, nobody=(1e-7,) * 12, threshold=None))
    assert view.threshold_height is None
    assert all(bar.height < 1.0 for bar in view.bars)
