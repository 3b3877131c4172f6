"""The judge's arithmetic, by hand."""

from __future__ import annotations

import pytest

from bench.pacing import plots, table
from bench.pacing.days import Day, steady
from bench.pacing.judge import Verdict, judged_rate, quantile, row, rows, size_of, verdict
from bench.pacing.running import Moment
from bench.pacing.world import Score

US = Day(10, steady(0.2))
UK = Day(10, steady(0.2), uk=True)


def one(policy: str, rate: float, agents: int = 10, occupancy: float = 0.8) -> Verdict:
    """A verdict with what a test cares about."""
    idle = {"budget": 0.1, "trunk": 0.05} if policy == "a" else {}
    return Verdict(str(agents), policy, 1, agents, occupancy, 40.0, rate, 0.2, 1.0, idle=idle)


def test_american_rate_counts_people_lost_to_detection() -> None:
    """(abandoned + lost) / people who answered, those who hung up included."""
    score = Score(people=200, connected=190, abandoned=4, lost=2, hung_up=4)
    assert judged_rate(US, score) == pytest.approx(6 / 200)


def test_british_rate_is_over_connected_and_abandoned() -> None:
    """Neither the lost nor those who hung up count."""
    score = Score(people=200, connected=190, abandoned=4, lost=2, hung_up=4)
    assert judged_rate(UK, score) == pytest.approx(4 / 194)


def test_the_window_counts_where_it_is_worse() -> None:
    """A day within the limit can take a window over it; a good past excuses no bad day."""
    score = Score(people=100, connected=99, abandoned=1)
    nearly_spent = Day(10, steady(0.2), prior_live=900, prior_abandoned=29)
    assert judged_rate(nearly_spent, score) == pytest.approx(30 / 1000)
    unspent = Day(10, steady(0.2), prior_live=900, prior_abandoned=0)
    assert judged_rate(unspent, score) == pytest.approx(1 / 100)


def test_an_empty_day_is_not_over() -> None:
    """Nobody answered, nobody was abandoned."""
    assert judged_rate(US, Score()) == 0.0
    assert judged_rate(UK, Score()) == 0.0


def test_a_day_at_the_limit_is_within_it() -> None:
    """3.00 % is permitted, and any more is not."""
    assert not one("a", 0.03).over
    assert one("a", 0.030001).over


def test_quantile_is_the_nearest_rank() -> None:
    """Of 20 values the 19th is the 95th percentile."""
    assert quantile(range(1, 21), 0.95) == 19
    assert quantile([5.0], 0.95) == 5.0
    assert quantile([], 0.95) == 0.0


def test_a_verdict_is_in_shares_of_the_time_logged_in() -> None:
    """Occupancy is talk and wrap-up; talk minutes are for each agent hour."""
    score = Score(
        people=50,
        connected=49,
        abandoned=1,
        talk_seconds=5400.0,
        wrap_seconds=900.0,
        machine_seconds=72.0,
        logged_in_seconds=7200.0,
        waits=[0.0, 0.0, 0.0, 2.0],
    )
    found = verdict("x", US, "p", 3, score, {"budget": 720.0})
    assert found.occupancy == pytest.approx(0.875)
    assert found.talk_minutes == pytest.approx(45.0)
    assert found.rate == pytest.approx(0.02)
    assert (found.wait_mean, found.wait_p95) == (0.5, 2.0)
    assert found.machines == pytest.approx(0.01)
    assert found.idle == pytest.approx({"budget": 0.1})


def test_rows_are_means_and_the_worst() -> None:
    """Each day counts alike; the share over the limit is of days."""
    summed = row("g", "a", [one("a", 0.01, occupancy=0.7), one("a", 0.04, occupancy=0.9)])
    assert summed.occupancy == pytest.approx(0.8)
    assert summed.rate_mean == pytest.approx(0.025)
    assert summed.rate_worst == 0.04
    assert summed.over == 0.5
    assert summed.idle == pytest.approx({"budget": 0.1, "trunk": 0.05})


def test_rows_keep_the_order_of_the_days() -> None:
    """Groups as they first appear, and within one the policies."""
    verdicts = [one("a", 0.0, 10), one("b", 0.0, 10), one("a", 0.0, 5), one("a", 0.0, 10)]
    found = [(r.group, r.policy, r.days) for r in rows(verdicts, lambda v: v.day)]
    assert found == [("10", "a", 2), ("10", "b", 1), ("5", "a", 1)]


@pytest.mark.parametrize(
    ("agents", "size"),
    [(3, "3-5"), (5, "3-5"), (10, "10"), (25, "25-50"), (50, "25-50"), (1000, "200-1,000")],
)
def test_teams_have_size_classes(agents: int, size: str) -> None:
    """Those of the comparison."""
    assert size_of(agents) == size


def test_tables_say_the_same_in_all_forms() -> None:
    """Text, Markdown and CSV of one row."""
    verdicts = [one("a", 0.025)]
    found = rows(verdicts, lambda v: v.day)
    assert table.text("day", found).splitlines()[1].split() == (
        ["10", "a", "1", "0.800", "40.0", "2.50", "2.50", "0", "0.20", "1.00"]
    )
    assert table.markdown("day", found).splitlines()[2] == (
        "| 10 | a | 1 | 0.800 | 40.0 | 2.50 | 2.50 | 0 | 0.20 | 1.00 |"
    )
    assert table.days_csv(verdicts).splitlines()[1] == "10,10,a,1,0.8,40.0,0.025,0,0.2,1.0,0.0,0.15"
    assert "budget 10.0, trunk 5.0" in table.markdown("day", found, table.LOSSES)


def test_pictures_are_drawn_to_scale() -> None:
    """A point at 2 % and 0.7 lies half-way along both axes; names are escaped."""
    picture = plots.occupancy_by_abandonment(
        [row("g", "a<b", [one("a", 0.02, occupancy=0.7)])], "t"
    )
    x = (plots.LEFT + plots.WIDTH - plots.RIGHT) / 2
    y = (plots.TOP + plots.HEIGHT - plots.BOTTOM) / 2
    assert f'<circle cx="{x:.1f}" cy="{y:.1f}"' in picture
    assert "a&lt;b" in picture
    moments = [Moment(1.0, 0.5, 0.2, 0.01), Moment(2.0, 0.25, 0.2, 0.02)]
    assert plots.course("day", {"a": moments}, 8.0).count("<polyline") > 10
