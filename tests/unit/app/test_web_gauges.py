"""Abandonment on the live page: which definitions are shown, and what each says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from app.bootstrap import Parts
from app.web.figures import Folded
from app.web.gauges import Gauge, gauges_of
from campaigns.campaign import AbandonmentTarget, Campaign, ConnectionStartPoint
from campaigns.contact import Contact
from campaigns.identity import derive_id
from campaigns.metrics import CampaignMetrics
from compliance.abandonment import Counts
from compliance.abandonment_definitions import RateOf
from tests.web.site import START, Floor, TestClock, make_parts, seed_campaign, seed_list

AMERICAN = ["This campaign", "United States (FTC)", "United States (FCC)"]
BRITISH, CANADIAN = "United Kingdom (Ofcom)", "Canada (CRTC)"


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    """A new installation."""
    return make_parts(tmp_path, TestClock())


def campaign_over(parts: Parts, phones: Iterable[str], **target: object) -> Campaign:
    """A campaign over these numbers."""
    contact_list = seed_list(parts, contacts=0)
    with parts.database() as uow:
        uow.contact_lists.add_contacts(
            [
                Contact(derive_id("test-contact", row), contact_list.id, row, phone, country="US")
                for row, phone in enumerate(phones, start=1)
            ]
        )
    made = seed_campaign(parts, contact_list)
    changes: dict[str, object] = {"abandonment": AbandonmentTarget(**target)}  # type: ignore[arg-type]
    return replace(made, settings=replace(made.settings, **changes))  # type: ignore[arg-type]


def ended(number: int, answered_by: str, agent_after: float | None) -> dict[str, object]:
    """A `Call Ended` of a call that was answered at START, without a word of greeting."""
    detail: dict[str, object] = {
        "eventId": f"e{number}",
        "sequence": 1,
        "occurredAt": _text(60),
        "attemptId": f"a{number}",
        "contactId": f"c{number}",
        "answeredBy": answered_by,
        "dialMode": "predictive",
        "connectedToSystem": None if answered_by == "nobody" else _text(0),
        "connectedToAgent": None if agent_after is None else _text(agent_after),
        "disconnected": None if answered_by == "nobody" else _text(60),
        "disconnectedBy": "system",
    }
    return {"detail-type": "Call Ended", "time": _text(60), "detail": detail}


def _text(seconds: float) -> str:
    at: datetime = START + timedelta(seconds=seconds)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def look(
    parts: Parts, campaign: Campaign, *events: dict[str, object]
) -> tuple[dict[str, Gauge], dict[str, Gauge]]:
    """The gauges by name, in order: those that hold, and the others."""
    fold = Folded(CampaignMetrics(campaign.id))
    for event in events:
        detail = event["detail"]
        assert isinstance(detail, dict)
        fold.metrics.add(event | {"detail": detail | {"campaignId": campaign.id}})
    with parts.database.reading() as uow:
        shown, others = gauges_of(uow, campaign, fold, START)
    return {one.name: one for one in shown}, {one.name: one for one in others}


# ------------------------------------------------------------------------------ which, and where


def test_an_american_campaign_sees_its_own_first_and_the_rest_folded(parts: Parts) -> None:
    """Nobody is counted twice; every regulator is there."""
    shown, others = look(parts, campaign_over(parts, ["+12125550100"]))
    assert list(shown) == AMERICAN
    assert list(others) == [BRITISH, CANADIAN]


@pytest.mark.parametrize(
    ("phone", "also"), [("+442075550100", BRITISH), ("+14165550100", CANADIAN)]
)
def test_the_lists_countries_bring_their_regulators(parts: Parts, phone: str, also: str) -> None:
    """Before the first call is placed."""
    shown, others = look(parts, campaign_over(parts, ["+12125550100", phone]))
    assert list(shown) == [*AMERICAN, also]
    assert also not in others


def test_whoever_answers_brings_a_regulator(parts: Parts) -> None:
    """Also where the list's first contacts do not show it."""
    campaign = campaign_over(parts, ["+12125550100"])
    floor = Floor(parts, campaign)
    floor.call(START, phone="+442075550100", answered_by="human", answered_at=START)
    shown, _ = look(parts, campaign)
    assert list(shown) == [*AMERICAN, BRITISH]


# ------------------------------------------------------------------------------ what each says


def test_one_call_under_every_definition(parts: Parts) -> None:
    """An agent 3 s into silence: in time in the US (4 s), late elsewhere (2 s)."""
    shown, others = look(
        parts,
        campaign_over(parts, ["+12125550100"]),
        ended(1, "human", 3.0),
        ended(2, "human", 1.0),
        ended(3, "nobody", None),
        ended(4, "nobody", None),
    )
    american, fcc = shown["United States (FTC)"], shown["United States (FCC)"]
    assert (american.rate, american.level, american.remaining) == (0.0, "good", 0)
    assert (american.counted, american.window) == (
        "0 abandoned of 2 people",
        "30 days to 2026-12-22",
    )
    assert american.rule == "no agent within 2 s of the end of the greeting"
    assert (american.status, fcc.status) == ("a safe harbor", "a hard limit")
    british, canadian = others[BRITISH], others[CANADIAN]
    assert (british.rate, british.level, british.remaining) == (0.5, "over", -1)
    assert british.window == "2026-11-23 in London"
    assert british.status == "our own ceiling; Ofcom names no safe level"
    assert british.rule == "no agent within 2 s of the start of the greeting"
    assert (canadian.rate, canadian.level, canadian.window) == (0.25, "over", "2026-11, UTC")
    assert canadian.counted == "1 abandoned of 4 calls placed, which 2 people answered"


def test_the_campaigns_own_target(parts: Parts) -> None:
    """As it was set, but never above the law's 3 %: that is what the dialer keeps to."""
    settings: dict[str, object] = {
        "connection_start_point": ConnectionStartPoint.GREETING_START,
        "connection_threshold": timedelta(seconds=1.5),
        "evaluation_window": timedelta(hours=1),
    }
    campaign = campaign_over(parts, [], target_rate=1.0, **settings)
    shown, _ = look(parts, campaign)
    own = shown["This campaign"]
    assert (own.limit, own.window) == (0.03, "Any 1 hour")
    assert own.rule == "no agent within 1.5 s of the start of the greeting"
    assert (own.rate, own.level, own.remaining) == (None, "good", 0)


# ------------------------------------------------------------------------------ the estimate

DETECTED = [
    *(ended(n, "human", 1.0) for n in range(97)),
    *(ended(100 + n, "machine", None) for n in range(100)),
]
UNDETECTED = [
    *(ended(n, "human", 1.0) for n in range(75)),
    *(ended(100 + n, "machine", 1.0) for n in range(25)),
    *(ended(200 + n, "unknown", None) for n in range(4)),
]


def test_a_measured_rate_is_in_the_british_figure_alone(parts: Parts) -> None:
    """97 people, 100 machines of which 3 % were people: exactly the ceiling."""
    campaign = campaign_over(parts, ["+442075550100"], detection_false_positive_rate=0.03)
    shown, _ = look(parts, campaign, *DETECTED)
    british = shown[BRITISH]
    assert (british.rate, british.level, british.remaining) == (0.03, "near", 0)
    assert british.counted == "0 abandoned of 97 people"
    assert british.note == "Includes 3.0 people whom detection took for machines, as estimated."
    assert (shown["United States (FTC)"].rate, shown["United States (FTC)"].note) == (0.0, "")


def test_without_a_measured_rate_the_page_says_so(parts: Parts) -> None:
    """Not measured is not zero."""
    shown, _ = look(parts, campaign_over(parts, ["+442075550100"]), *DETECTED)
    assert "not measured" in shown[BRITISH].note
    assert shown[BRITISH].rate == 0.0


def test_where_nothing_is_detected_there_is_nothing_to_measure(parts: Parts) -> None:
    """From the greeting's start there is no time for detection."""
    start = {"connection_start_point": ConnectionStartPoint.GREETING_START}
    shown, _ = look(parts, campaign_over(parts, ["+442075550100"], **start), *UNDETECTED)
    assert shown[BRITISH].note == ""


def test_machines_among_the_abandoned_are_deducted(parts: Parts) -> None:
    """A quarter of those put to agents were machines: one of the four abandoned."""
    campaign = campaign_over(parts, ["+442075550100"], detection_false_positive_rate=0.0)
    shown, _ = look(parts, campaign, *UNDETECTED)
    british = shown[BRITISH]
    # 3 of 78 instead of 4 of 79.
    assert (british.rate, british.counted) == (0.0385, "4 abandoned of 79 people")
    assert british.note == "Without 1.0 abandoned calls that were machines, as estimated."


@pytest.mark.parametrize(
    ("abandoned", "estimated", "rate", "level", "remaining"),
    [
        (0, 0, 0.0, "good", 3),
        (2, 0, 0.02, "good", 1),
        (3, 0, 0.03, "near", 0),
        (4, 0, 0.04, "over", -2),
        (2, Fraction(1), 0.0297, "near", 0),
        (3, Fraction(1, 1000), 0.03, "over", -1),
        (4, Fraction(-2), 0.0204, "good", 0),
    ],
)
def test_a_gauge_is_exact(
    abandoned: int, estimated: Fraction | int, rate: float, level: str, remaining: int
) -> None:
    """A rate that shows as the limit may be over it; 100 people, 3 %."""
    gauge = Gauge(
        name="x",
        window="",
        rule="",
        status="",
        counts=Counts(100, 100, abandoned),
        limit_millionths=30_000,
        rate_of=RateOf.LIVE_ANSWERED,
        estimated=estimated,
    )
    assert (gauge.rate, gauge.level, gauge.remaining) == (rate, level, remaining)
