"""`fairdial pacing forecast`: what it prints before the start and live, and to bad input."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import Parts, build
from app.cli import main
from app.settings import Settings
from campaigns.campaign import Campaign, CampaignAction, CampaignState
from campaigns.contact import ListState
from compliance.case import DialMode
from dialer.laboratory import forecasting
from tests.make_contacts import EAST, Wanted, make
from tests.web.planning_site import seed_planned
from tests.web.site import seed_campaign, seed_floor, seed_list

Forecast = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Little is played."""
    monkeypatch.setattr(forecasting, "WORK", 60_000)


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    """The database of a data folder."""
    return build(Settings(data=tmp_path))


@pytest.fixture
def planned(parts: Parts) -> Campaign:
    """A draft that begins in an hour and lasts for three days."""
    return seed_planned(parts, days=3)


@pytest.fixture
def forecast(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Forecast:
    """Exit code, output and errors of the command on the data folder."""

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main(["pacing", "forecast", *map(str, arguments), "--data", str(tmp_path)])
        printed = capsys.readouterr()
        return int(stopped.value.code or 0), printed.out, printed.err

    return run


def test_one_setting_before_the_start(forecast: Forecast, planned: Campaign) -> None:
    """Its assumptions, and a line for each figure."""
    code, out, err = forecast(planned.settings.name, "--agents", 6)
    assert (code, err) == (0, "")
    assert "no call was made yet; assumed as on the model day: 25.0 % answered by people" in out
    for figure in ("occupancy", "idle minutes", "abandoned", "people reached", "list finished"):
        assert figure in out
    assert "difference" not in out


def test_two_settings_side_by_side(forecast: Forecast, planned: Campaign) -> None:
    """As JSON: both columns on as many days, and their difference."""
    code, out, _ = forecast(planned.id, "--agents", 6, "--against", "agents=3,limit=1%", "--json")
    assert code == 0
    found: dict[str, Any] = json.loads(out)
    one, other = found["settings"]
    assert (one["agents"], other["agents"]) == (6, 3)
    assert other["assumed"] == "agents 3, limit 1 %"
    assert one["days"] == other["days"] == 3
    assert one["playedSeconds"] == other["playedSeconds"]
    more = found["difference"]["people"]["mean"]
    assert more == pytest.approx(other["people"]["mean"] - one["people"]["mean"], abs=0.01)


def test_live_it_stands_on_its_own_calls(forecast: Forecast, parts: Parts) -> None:
    """The agents at work, what was learnt, who is left, and what the window holds."""
    campaign = seed_campaign(parts, seed_list(parts, contacts=600), actions=(CampaignAction.START,))
    seed_floor(parts, campaign, calls=200, agents=7)
    code, out, err = forecast(campaign.id)
    assert (code, err) == (0, "")
    assert "agents at work" in out
    assert "learnt from the campaign's last" in out
    assert "the abandonment window holds" in out


def test_over_a_file_of_contacts(forecast: Forecast, tmp_path: Path) -> None:
    """Nothing of it is kept; the settings are a run's."""
    contacts = make(Wanted(80, area_codes=EAST)).write(tmp_path / "contacts.csv")
    settings = tmp_path / "campaign.toml"
    settings.write_text('end = "2026-11-23T15:00:00Z"\n')
    code, out, _ = forecast("--contacts", contacts, "--settings", settings, "--agents", 2)
    assert code == 0
    assert "80 contacts are left" in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "give either CAMPAIGN, an id or a name, or --contacts, a file"),
        (("nobody", "--agents", 3), "there is no campaign 'nobody'"),
        (("Winter offer",), "say how many there will be, with --agents"),
        (("Winter offer", "--agents", 0), "agents: must be 1 to 5,000"),
        (("Winter offer", "--agents", 3, "--limit", "5%"), "limit: must be at most 3 %"),
        (("Winter offer", "--agents", 3, "--against", "speed=9"), "speed: is no setting"),
        (("Winter offer", "--agents", 3, "--hours", "03:00-04:00"), "nobody can be called while"),
        (("Winter offer", "--start", "2026-11-23T14:00:00Z"), "--start are for --contacts"),
        (("--contacts", "none.csv", "--agents", 3), "none.csv"),
    ],
)
def test_bad_input_is_one_line(
    forecast: Forecast, planned: Campaign, arguments: tuple[object, ...], says: str
) -> None:
    """Exit code 2, and what was wrong."""
    code, out, err = forecast(*arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("mode", [DialMode.PREVIEW, DialMode.AGENTLESS])
def test_other_ways_of_dialing_have_no_forecast(
    forecast: Forecast, parts: Parts, planned: Campaign, mode: DialMode
) -> None:
    """It is said, and what helps."""
    settings = replace(planned.settings, dial_mode=mode)
    with parts.database() as uow:
        uow.campaigns.save(replace(planned, settings=settings))
    code, _, err = forecast(planned.id, "--agents", 3)
    assert code == 2
    assert f"there is no forecast of {mode} dialing; say another mode" in err


def test_what_is_over_has_no_forecast(forecast: Forecast, parts: Parts, planned: Campaign) -> None:
    """A stopped campaign, and one whose end is past."""
    now = parts.clock.now()
    past = replace(planned.settings, start_at=now - timedelta(days=2), end_at=now)
    for changed in (
        replace(planned, state=CampaignState.STOPPED),
        replace(planned, settings=past),
    ):
        with parts.database() as uow:
            uow.campaigns.save(changed)
        code, _, err = forecast(planned.id, "--agents", 3)
        assert code == 2
        assert "is over; a forecast is for one that has contacts to come" in err


def test_a_list_that_is_not_ready_is_said(
    forecast: Forecast, parts: Parts, planned: Campaign
) -> None:
    """Its import still goes on."""
    with parts.database() as uow:
        about = uow.contact_lists.get(planned.account, planned.contact_list_id)
        uow.contact_lists.save(replace(about, state=ListState.IMPORTING))
    code, _, err = forecast(planned.id, "--agents", 3)
    assert code == 2
    assert err.startswith("fairdial: ")
