"""Live figures: the fold of a campaign's events, however they come into sight (invariant E4)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from app.bootstrap import Parts
from app.web.figures import LiveFigures
from app.web.timeline import KEPT, Sample, Timeline
from campaigns.campaign import Campaign, CampaignAction
from campaigns.metrics import CampaignMetrics
from campaigns.tables import outbox
from tests.web.site import START, TestClock, make_parts, seed_campaign, seed_floor, seed_list

SPAN, STEP = timedelta(minutes=10), timedelta(seconds=5)


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    """A new installation."""
    return make_parts(tmp_path, TestClock())


@pytest.fixture
def campaign(parts: Parts) -> Campaign:
    """A campaign with a day behind it."""
    made = seed_campaign(parts, seed_list(parts), actions=(CampaignAction.START,))
    seed_floor(parts, made, calls=45, agents=6)
    return made


def recount(parts: Parts, campaign_id: str) -> tuple[CampaignMetrics, Timeline]:
    """Everything folded at once, in order."""
    metrics, timeline = CampaignMetrics(campaign_id), Timeline()
    with parts.database.reading() as uow:
        rows = uow.connection.exec_driver_sql(
            "SELECT body FROM outbox WHERE campaign_id IS NOT NULL ORDER BY id"
        )
        for (body,) in rows:
            envelope = json.loads(body)
            metrics.add(envelope)
            timeline.add(envelope)
    return metrics, timeline


def test_fold_equals_a_recount(parts: Parts, campaign: Campaign) -> None:
    """Read a little at a time, the figures end up the same as at once."""
    live = LiveFigures(parts.database, overlap=20, at_once=7)
    reads = 0
    behind = 1
    while behind:
        with live.of(campaign.id) as fold:
            behind = fold.behind
        reads += 1
    metrics, timeline = recount(parts, campaign.id)
    assert reads > 5
    with live.of(campaign.id) as fold:
        assert fold.metrics.figures(START) == metrics.figures(START)
        assert fold.timeline.samples(START, SPAN, STEP) == timeline.samples(START, SPAN, STEP)


def test_rows_that_appear_late_are_counted_once(parts: Parts, campaign: Campaign) -> None:
    """A row with a smaller id than the last one seen is taken in when it becomes visible."""
    ended = select(outbox.c.id).where(outbox.c.detail_type == "Call Ended")
    with parts.database() as uow:
        late = uow.connection.execute(ended.order_by(outbox.c.id).limit(9)).scalars().all()
        hidden = update(outbox).where(outbox.c.id.in_(late))
        uow.connection.execute(hidden.values(campaign_id=None))
    live = LiveFigures(parts.database)
    with live.of(campaign.id) as fold:
        before = fold.metrics.figures(START).calls_ended
    with parts.database() as uow:
        uow.connection.execute(hidden.values(campaign_id=campaign.id))
    for _ in range(3):
        with live.of(campaign.id) as fold:
            after = fold.metrics.figures(START)
            samples = fold.timeline.samples(START, SPAN, STEP)
    assert after.calls_ended == before + 9
    metrics, timeline = recount(parts, campaign.id)
    assert after == metrics.figures(START)
    assert samples == timeline.samples(START, SPAN, STEP)


def test_campaigns_are_kept_apart(parts: Parts, campaign: Campaign) -> None:
    """Another campaign's calls are not in the figures."""
    other = seed_campaign(parts, seed_list(parts, "Others"), "Other")
    live = LiveFigures(parts.database)
    with live.of(other.id) as fold:
        assert fold.metrics.figures(START).attempts == 0
    with live.of(campaign.id) as fold:
        assert fold.metrics.figures(START).attempts == 45


def placed(second: int) -> Mapping[str, object]:
    """A call that was placed."""
    return event("Call Placed", second)


def event(detail_type: str, second: int, **detail: object) -> Mapping[str, object]:
    """An event so many seconds after the start."""
    at = (START + timedelta(seconds=second)).isoformat(timespec="milliseconds")
    return {"detail-type": detail_type, "detail": {"occurredAt": at, **detail}}


def test_samples_count_lines_talks_and_calls() -> None:
    """A call takes a line from its second on to the second of its end."""
    timeline = Timeline()
    for one in (
        placed(1),
        placed(4),
        event("Call Ended", 12),
        event("Agent State Changed", 6, state="talk", previousState="idle"),
        event("Agent State Changed", 14, state="wrap", previousState="talk"),
        event("Agent State Changed", 15, state="idle", previousState="wrap"),
    ):
        timeline.add(one)
    start = int(START.timestamp())
    assert timeline.samples(START + timedelta(seconds=15), timedelta(seconds=15), STEP) == [
        Sample(start, 0, 0, 0),
        Sample(start + 5, 2, 0, 2),
        Sample(start + 10, 2, 1, 0),
        Sample(start + 15, 1, 0, 0),
    ]


calls = st.lists(
    st.tuples(st.integers(0, 5000), st.integers(1, 300)).map(
        lambda call: [placed(call[0]), event("Call Ended", call[0] + call[1])]
    ),
    max_size=30,
)


@given(calls=calls, random=st.randoms(use_true_random=False), cuts=st.integers(1, 8))
def test_timeline_does_not_depend_on_order(
    calls: list[list[Mapping[str, object]]], random: Random, cuts: int
) -> None:
    """Any order of arrival, with old seconds summed up now and then, draws the same lines."""
    events = [one for call in calls for one in call]
    plain = Timeline()
    for one in events:
        plain.add(one)
    shuffled = list(events)
    random.shuffle(shuffled)
    mixed = Timeline()
    for place, one in enumerate(shuffled):
        mixed.add(one)
        if place % cuts == 0:
            mixed.forget_old()
    end = plain.last_at or datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    shown = min(SPAN, KEPT)
    assert mixed.samples(end, shown, STEP) == plain.samples(end, shown, STEP)
