"""`fairdial pacing explain`: what it prints, and what it says to bad input."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.bootstrap import Parts, build
from app.cli import main
from app.settings import Settings
from campaigns.campaign import Campaign, CampaignAction
from campaigns.events import instant_text
from dialer.ports import LoggedDecision
from tests.web.pacing_site import seed_decisions
from tests.web.site import seed_campaign, seed_list

Explain = Callable[..., tuple[int, str, str]]


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    """The database of a data folder."""
    return build(Settings(data=tmp_path))


@pytest.fixture
def campaign(parts: Parts) -> Campaign:
    """A running one."""
    return seed_campaign(parts, seed_list(parts), actions=(CampaignAction.START,))


@pytest.fixture
def decisions(parts: Parts, campaign: Campaign) -> list[LoggedDecision]:
    """Those of the last ten minutes."""
    return seed_decisions(parts, campaign)


@pytest.fixture
def explain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Explain:
    """Exit code, output and errors of the command on the data folder."""

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main(["pacing", "explain", *map(str, arguments), "--data", str(tmp_path)])
        printed = capsys.readouterr()
        return int(stopped.value.code or 0), printed.out, printed.err

    return run


def test_a_decision_in_words_and_a_chart(
    explain: Explain, campaign: Campaign, decisions: list[LoggedDecision]
) -> None:
    """The number, why not one more, and a bar for each number of calls."""
    wanted = max(decisions, key=lambda one: one.calls)
    at = instant_text(wanted.decided_at)
    code, printed, complaint = explain(campaign.id, at)
    assert (code, complaint) == (0, "")
    for words in (
        f"'{campaign.settings.name}' (predictive), decided at {at}\n",
        f"\n{wanted.calls} calls were started.\n",
        "Seen:\n  5 agents were free and 19 busy (16 talking, 3 wrapping up).\n",
        "One more would have found nobody with a chance of ",
        "New calls that were possible otherwise: by the lines 40, by the contacts ",
        " <- decided\n",
        ": at most ",
    ):
        assert words in printed, words
    assert "Nothing was decided" not in printed
    drawn = [line for line in printed.splitlines() if line.lstrip()[:1].isdigit() and "%" in line]
    assert sum("<- decided" in line for line in drawn) == 1


def test_a_campaign_by_its_name(
    explain: Explain, campaign: Campaign, decisions: list[LoggedDecision]
) -> None:
    """The same as by its id; the instant may have any offset."""
    at = decisions[-1].decided_at
    by_id = explain(campaign.id, instant_text(at))
    elsewhere = (at + timedelta(hours=3)).isoformat().replace("+00:00", "+03:00")
    assert explain(campaign.settings.name, elsewhere) == by_id


def test_for_a_program(
    explain: Explain, campaign: Campaign, decisions: list[LoggedDecision]
) -> None:
    """All of it, with the figures themselves."""
    wanted = decisions[500]
    code, printed, _ = explain(campaign.id, instant_text(wanted.decided_at), "--json")
    found = json.loads(printed)
    assert code == 0
    assert found["campaign"] == {"id": campaign.id, "name": campaign.settings.name}
    assert (found["calls"], found["bound"], found["inForce"]) == (
        wanted.calls,
        wanted.bound,
        True,
    )
    assert found["decidedAt"] == instant_text(wanted.decided_at)
    assert found["earlierAt"] == instant_text(decisions[499].decided_at)
    assert found["laterAt"] == instant_text(decisions[501].decided_at)
    assert found["figures"] == wanted.inputs
    assert found["curve"]["calls"] == wanted.calls
    assert len(found["curve"]["nobody"]) == len(found["curve"]["loss"]) >= 8
    assert [len(found[key]) > 0 for key in ("seen", "expected", "permitted", "why", "ahead")] == [
        True
    ] * 5


def test_a_gap_is_said(
    explain: Explain, campaign: Campaign, decisions: list[LoggedDecision]
) -> None:
    """The last decision before is told, and when the next one was made."""
    before, after = decisions[299].decided_at, decisions[300].decided_at
    printed = explain(campaign.id, instant_text(before + timedelta(seconds=20)))[1]
    assert f"decided at {instant_text(before)}" in printed
    assert "Nothing was decided at " in printed
    assert "This is the last decision before, 20 s earlier." in printed
    assert f"The next one was made at {instant_text(after)}." in printed
    late = explain(campaign.id, "2199-01-01T00:00:00Z")[1]
    assert "Nothing was decided at 2199" in late
    assert "The next one" not in late
    shortly = explain(campaign.id, instant_text(before + timedelta(seconds=2)))[1]
    assert "Nothing was decided" not in shortly


def test_what_closed_the_dialing_is_said(
    explain: Explain, campaign: Campaign, decisions: list[LoggedDecision]
) -> None:
    """Without a chart: there is nothing to draw."""
    printed = explain(campaign.id, instant_text(decisions[210].decided_at))[1]
    assert "No call was started." in printed
    assert "The carrier could place no calls." in printed
    assert "#" not in printed


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["{id}"], "Missing argument 'AT'"),
        (["{id}", "tomorrow"], "must be an instant with an offset"),
        (["{id}", "2026-11-25T14:05:00"], "must be an instant with an offset"),
        (["00000000-0000-4000-8000-000000000000", "2026-11-25T14:05:00Z"], "there is no campaign"),
        (["Nobody's\ncampaign", "2026-11-25T14:05:00Z"], "there is no campaign"),
        (["{id}", "2026-11-25T14:05:00Z", "--account", "other"], "in the account other"),
        (["{id}", "2001-01-01T00:00:00Z"], "the first decision that is kept was made at 20"),
    ],
)
def test_bad_input_is_one_line(
    explain: Explain,
    campaign: Campaign,
    decisions: list[LoggedDecision],
    arguments: list[str],
    says: str,
) -> None:
    """Exit 2, and nothing on standard output."""
    code, printed, complaint = explain(*(each.replace("{id}", campaign.id) for each in arguments))
    assert (code, printed, complaint.count("\n")) == (2, "", 1)
    assert says in complaint


def test_a_campaign_that_nobody_paced(explain: Explain, campaign: Campaign) -> None:
    """It says so."""
    code, _, complaint = explain(campaign.settings.name, "2026-11-25T14:05:00Z")
    assert code == 2
    assert (
        complaint == f"fairdial: {campaign.settings.name}: no decision is kept of this campaign\n"
    )


def test_a_name_of_two_campaigns(explain: Explain, parts: Parts, campaign: Campaign) -> None:
    """Their ids are named, to choose from."""
    other = seed_campaign(parts, seed_list(parts, "Another list"), "Another")
    settings = replace(other.settings, name=campaign.settings.name)
    with parts.database() as uow:
        uow.campaigns.save(replace(other, settings=settings))
    code, _, complaint = explain(campaign.settings.name, "2026-11-25T14:05:00Z")
    assert (code, complaint.count("\n")) == (2, 1)
    assert campaign.id in complaint
    assert other.id in complaint
