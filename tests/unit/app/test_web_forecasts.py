"""The page of forecasts: faults, cut-offs and later ones; whose it is; nothing else happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from app.kept_forecast import Foreseen, foresee_kept
from app.web import forecasts
from app.web.dry_runs import CUT_OFF
from app.web.forecast_store import ForecastRecord, ForecastRecords, ForecastState
from app.web.forecasts import settle_forecasts
from campaigns.campaign import Campaign
from dialer.laboratory import forecasting
from tests.web.site import (
    ACCOUNT,
    TestClock,
    Visitor,
    bodies,
    make_parts,
    seed_campaign,
    seed_list,
)


@pytest.fixture
def clock() -> TestClock:
    """A clock that the test moves."""
    return TestClock()


@pytest.fixture
def visitor(tmp_path: Path, clock: TestClock, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """Somebody who is signed in; little is played."""
    monkeypatch.setattr(forecasting, "WORK", 40_000)
    monkeypatch.setattr(forecasts, "AT_ONCE_SECONDS", 30.0)
    return Visitor(make_parts(tmp_path, clock))


@pytest.fixture
def campaign(visitor: Visitor) -> Campaign:
    """A draft over 200 New Yorkers."""
    return seed_campaign(visitor.parts, seed_list(visitor.parts))


def path(campaign: Campaign) -> str:
    """The page's."""
    return f"/campaigns/{campaign.id}/forecast"


def record(visitor: Visitor, campaign: Campaign) -> ForecastRecord:
    """What was kept."""
    with visitor.parts.database.reading() as uow:
        found = ForecastRecords(uow.connection).get(ACCOUNT, campaign.id)
    assert found is not None
    return found


def ask(visitor: Visitor, campaign: Campaign, **fields: str) -> int:
    """Send the form; the answer's status."""
    given = {name.replace("__", "-"): text for name, text in fields.items()}
    return visitor.post(path(campaign), **given).status_code


def test_it_is_kept_whole_and_nothing_else_happens(visitor: Visitor, campaign: Campaign) -> None:
    """Both settings through the database and back; no event, no attempt."""
    before = bodies(visitor.parts)
    assert ask(visitor, campaign, first__agents="5", second__limit="1") == 302
    kept = record(visitor, campaign)
    assert kept.state is ForecastState.DONE
    assert kept.foreseen is not None
    one, other = kept.foreseen.columns
    assert (one.agents, other.agents) == (5, 5)
    assert other.assumed.limit == 0.01
    assert len(one.forecast.days) == len(other.forecast.days) > 0
    assert bodies(visitor.parts) == before
    with visitor.parts.database.reading() as uow:
        assert uow.attempts.campaigns_with_open() == set()
    page = visitor.get(path(campaign)).text
    assert "agents 5, limit 1 %" in page
    assert "style=" not in page


def test_a_foreign_campaign_looks_like_a_missing_one(visitor: Visitor) -> None:
    """Its page, its progress, and a forecast of it."""
    missing = "/campaigns/c0ffee00-0000-5000-8000-000000000009/forecast"
    assert visitor.get(missing).status_code == 404
    assert visitor.get(f"{missing}/progress").status_code == 404
    assert visitor.post(missing, **{"first-agents": "3"}).status_code == 404


def test_a_campaign_that_is_over_has_no_form(
    visitor: Visitor, campaign: Campaign, clock: TestClock
) -> None:
    """The page says so; a form that is sent all the same is refused."""
    clock.move(timedelta(hours=8))
    page = visitor.get(path(campaign)).text
    assert "This one is over" in page
    assert ">Forecast</button>" not in page
    assert ask(visitor, campaign, first__agents="5") == 422


def test_a_fault_is_told(
    visitor: Visitor, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its message, which may hold a row; the next one is played all the same."""
    with monkeypatch.context() as broken:

        def fail(*_: object) -> Foreseen:
            raise RuntimeError("+12125550101 Zephyrine")

        broken.setattr(forecasts, "foresee_kept", fail)
        ask(visitor, campaign, first__agents="5")
    page = visitor.get(path(campaign)).text
    assert "The forecast came to nothing:" in page
    assert "Zephyrine" not in page
    ask(visitor, campaign, first__agents="5")
    assert record(visitor, campaign).state is ForecastState.DONE


def test_nobody_who_can_be_called_is_told(visitor: Visitor, campaign: Campaign) -> None:
    """Agents' hours at night."""
    ask(visitor, campaign, first__agents="5", first__hours="01:00-02:00")
    assert record(visitor, campaign).state is ForecastState.FAILED
    assert "nobody can be called while agents are there" in visitor.get(path(campaign)).text


def test_one_that_was_cut_off_is_told(visitor: Visitor, campaign: Campaign) -> None:
    """By a stop of the service, or by its sudden end."""
    visitor.web.forecasts.stop()
    ask(visitor, campaign, first__agents="5")
    assert "cut off when the service stopped" in visitor.get(path(campaign)).text
    with visitor.parts.database() as uow:
        under_way = replace(record(visitor, campaign), state=ForecastState.UNDER_WAY, problem=None)
        ForecastRecords(uow.connection).put(under_way)
    assert settle_forecasts(visitor.parts.database) == 1
    assert record(visitor, campaign).problem == CUT_OFF
    assert settle_forecasts(visitor.parts.database) == 0


class Held:
    """Forecasts that wait, once they have begun to play, until they may `go_on`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.go_on = Event(), Event()
        self.begun = 0

        def hold(*given: Any) -> Foreseen:
            self.begun += 1
            self.reached.set()
            assert self.go_on.wait(30)
            return foresee_kept(*given)

        monkeypatch.setattr(forecasts, "foresee_kept", hold)
        monkeypatch.setattr(forecasts, "AT_ONCE_SECONDS", 0.01)
        monkeypatch.setattr(forecasts, "_SECONDS_BETWEEN", 0)


def test_a_later_one_takes_the_place_of_one_under_way(
    visitor: Visitor, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The earlier one stops by itself; one whose turn had not come yet is not played at all."""
    held = Held(monkeypatch)
    ask(visitor, campaign, first__agents="5")
    assert held.reached.wait(30)
    answer = visitor.get(f"{path(campaign)}/progress").json
    assert answer is not None
    assert answer["done"] is False
    for agents in ("4", "2", "3"):
        ask(visitor, campaign, first__agents=agents)
    held.go_on.set()
    assert visitor.web.forecasts.wait(60)
    kept = record(visitor, campaign)
    assert kept.state is ForecastState.DONE
    assert kept.foreseen is not None
    assert [column.agents for column in kept.foreseen.columns] == [3]
    assert held.begun == 2


def test_so_many_wait_and_no_more(
    visitor: Visitor, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One after the other; whoever is one too many is told, and nothing of theirs is kept."""
    held = Held(monkeypatch)
    ask(visitor, campaign, first__agents="5")
    assert held.reached.wait(30)
    for _ in range(forecasts.WAITING_MOST - 1):
        assert ask(visitor, campaign, first__agents="4") == 302
    last = record(visitor, campaign)
    too_many = visitor.post(path(campaign), **{"first-agents": "3"})
    assert too_many.status_code == 422
    assert "try again in a minute" in too_many.text
    assert record(visitor, campaign) == last
    held.go_on.set()
    assert visitor.web.forecasts.wait(60)
    assert ask(visitor, campaign, first__agents="3") == 302


def test_what_an_earlier_version_kept_is_no_fault(visitor: Visitor, campaign: Campaign) -> None:
    """A record that cannot be read any more is as none."""
    ask(visitor, campaign, first__agents="5")
    with visitor.parts.database() as uow:
        uow.connection.exec_driver_sql("UPDATE pacing_forecast SET foreseen = '{\"name\": 3}'")
    assert "Nothing foreseen yet" in visitor.get(path(campaign)).text
