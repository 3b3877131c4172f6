"""The pages of a dry run: what they say is what it found, and nothing else happens."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from threading import Event

import pytest

from app.web import dry_runs
from app.web.dry_run_store import DryRunRecord, DryRunRecords, DryRunState
from app.web.dry_runs import settle_dry_runs
from app.web.outlook_view import LABELS, bars, held_rows, is_by_day
from campaigns.campaign import Campaign, CampaignAction
from compliance.number_set import NumberSet
from compliance.reasons import SENTENCES, ReasonCode
from dialer import rehearsing
from dialer.outlook import Outlook, Slot
from tests.builders import a_suppression, a_suppression_list
from tests.web.site import (
    ACCOUNT,
    START,
    TestClock,
    Visitor,
    bodies,
    make_parts,
    seed_campaign,
    seed_list,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> TestClock:
    """A clock that the test moves; it is ten in the morning in New York."""
    return TestClock()


@pytest.fixture
def visitor(tmp_path: Path, clock: TestClock) -> Visitor:
    """Somebody who is signed in."""
    return Visitor(make_parts(tmp_path, clock))


@pytest.fixture
def campaign(visitor: Visitor) -> Campaign:
    """A draft over 200 New Yorkers, whose start is past, until 17:00 there."""
    return seed_campaign(visitor.parts, seed_list(visitor.parts))


def later(visitor: Visitor, campaign: Campaign, **changes: object) -> Campaign:
    """The campaign with other settings."""
    settings = replace(campaign.settings, **changes)  # type: ignore[arg-type]
    changed = replace(campaign, settings=settings)
    with visitor.parts.database() as uow:
        uow.campaigns.save(changed)
    return changed


def record(visitor: Visitor, campaign: Campaign) -> DryRunRecord:
    """What was kept."""
    with visitor.parts.database.reading() as uow:
        found = DryRunRecords(uow.connection).get(ACCOUNT, campaign.id)
    assert found is not None
    return found


def text(page: str) -> str:
    """What a page says, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


# ------------------------------------------------------------------------------------ starting one
def test_a_small_list_is_rehearsed_at_once(visitor: Visitor, campaign: Campaign) -> None:
    """One click on the campaign's page, and the figures are there; nothing was dialed or told."""
    assert "Dry run</button>" in visitor.get(f"/campaigns/{campaign.id}").text
    before = bodies(visitor.parts)
    answer = visitor.post(f"/campaigns/{campaign.id}/dry-run")
    assert answer.headers["Location"] == f"/campaigns/{campaign.id}/dry-run"
    said = text(visitor.get(answer.headers["Location"]).text)
    assert "As if it started 2026-11-23 15:00 UTC" in said
    assert "200 callable at the start" in said
    assert "The first contact can be called 2026-11-23 15:00 UTC" in said
    assert "Made 2026-11-23 15:00 UTC by admin" in said
    assert bodies(visitor.parts) == before
    with visitor.parts.database.reading() as uow:
        assert uow.attempts.campaigns_with_open() == set()
        assert uow.queue.remaining(campaign.id) == 0
        assert list(uow.evidence.heads(ACCOUNT)) == []


def test_before_the_first_one_the_page_says_what_it_is(
    visitor: Visitor, campaign: Campaign
) -> None:
    """And offers to run it."""
    page = visitor.get(f"/campaigns/{campaign.id}/dry-run").text
    assert "Not rehearsed yet" in page
    assert "Nothing is dialed" in page
    assert "Dry run</button>" in page


def test_reasons_warnings_and_hours_are_shown(visitor: Visitor, campaign: Campaign) -> None:
    """In words, with counts and until when; the table holds the same figures as the bars."""
    campaign = later(visitor, campaign, default_time_zone="America/New_York")
    with visitor.parts.database() as uow:
        uow.suppressions.add(a_suppression("+12125550007", account=ACCOUNT))
    night = START + timedelta(hours=11)  # nine in the evening in New York
    campaign = later(visitor, campaign, start_at=night, end_at=night + timedelta(hours=14))
    visitor.post(f"/campaigns/{campaign.id}/dry-run")
    page = visitor.get(f"/campaigns/{campaign.id}/dry-run").text
    said = text(page)
    assert "As if it started 2026-11-24 02:00 UTC" in said
    assert "0 callable at the start" in said
    assert "199 callable later" in said
    assert f"{SENTENCES[ReasonCode.SUPPRESSED]} suppressed 1 0 for good" in said
    assert f"{SENTENCES[ReasonCode.OUTSIDE_CALLING_HOURS]} outside_calling_hours 0 199" in said
    assert "47 CFR 64.1200(c)(1)" in said
    assert "2026-11-24 13:00 UTC" in said
    assert "US , United States" in said
    assert ": no copy. It binds 200 contacts." in said
    assert "Tue 24 Nov, 08:00 199 199" in said
    assert "Mon 23 Nov, 21:00 0 0" in said
    assert page.count('<rect class="idle"') == 14 + 1  # the bars, and one part of the share
    assert page.count('<rect class="talk"') == 1
    assert "style=" not in page
    assert "+1212555" not in page


def test_a_start_to_come_can_be_rehearsed_as_if_it_were_now(
    visitor: Visitor, campaign: Campaign
) -> None:
    """Both buttons that start it have an answer beside them."""
    campaign = later(visitor, campaign, start_at=START + HOUR)
    visitor.post(f"/campaigns/{campaign.id}/dry-run", start="own")
    page = visitor.get(f"/campaigns/{campaign.id}/dry-run").text
    assert "As if started now" in page
    assert ">Start now</button>" in page
    assert ">Schedule</button>" in page
    assert record(visitor, campaign).start_at == START + HOUR
    visitor.post(f"/campaigns/{campaign.id}/dry-run", start="now")
    assert record(visitor, campaign).start_at == START


def test_a_campaign_that_has_started_keeps_its_last_dry_run(
    visitor: Visitor, campaign: Campaign
) -> None:
    """It can be looked at, and no other one be started."""
    visitor.post(f"/campaigns/{campaign.id}/dry-run")
    visitor.post(f"/campaigns/{campaign.id}/start")
    page = visitor.get(f"/campaigns/{campaign.id}/dry-run").text
    assert "The campaign has started since." in page
    assert "Run again" not in page
    assert "Start now" not in page
    assert "Dry run</button>" not in visitor.get(f"/campaigns/{campaign.id}").text
    answer = visitor.post(f"/campaigns/{campaign.id}/dry-run")
    assert answer.status_code == 409
    assert "a dry run is for one that has not started" in answer.text


def test_a_running_campaign_without_one_says_where_to_look(visitor: Visitor) -> None:
    """The page of a dry run that never was leads to the live page."""
    running = seed_campaign(
        visitor.parts, seed_list(visitor.parts), actions=(CampaignAction.START,)
    )
    page = visitor.get(f"/campaigns/{running.id}/dry-run").text
    assert "A dry run is for a campaign that has not started" in page
    assert "<form method" not in page.partition("<main")[2]


def test_a_campaign_that_is_over_cannot_be_rehearsed(
    visitor: Visitor, campaign: Campaign, clock: TestClock
) -> None:
    """Its end is past."""
    clock.move(timedelta(hours=8))
    assert visitor.post(f"/campaigns/{campaign.id}/dry-run").status_code == 409


def test_a_list_nobody_of_which_can_be_called(visitor: Visitor, campaign: Campaign) -> None:
    """The page says so first."""
    campaign = later(visitor, campaign, start_at=START + 12 * HOUR, end_at=START + 13 * HOUR)
    visitor.post(f"/campaigns/{campaign.id}/dry-run")
    said = text(visitor.get(f"/campaigns/{campaign.id}/dry-run").text)
    assert "Nobody can be called before the end." in said
    assert "Only after the end 200" in said


# --------------------------------------------------------------------------------- long, and faulty
def test_a_long_one_shows_how_far_it_is(
    visitor: Visitor, campaign: Campaign, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meanwhile the page can be left; once it is done, it shows the figures by itself."""
    monkeypatch.setattr(dry_runs, "AT_ONCE_SECONDS", 0.01)
    monkeypatch.setattr(rehearsing, "CONTACTS_AT_ONCE", 50)
    reached, go_on = Event(), Event()
    show = dry_runs.DryRuns._show

    def hold(self: dry_runs.DryRuns, run_id: str, looked_at: int) -> None:
        show(self, run_id, looked_at)
        reached.set()
        assert go_on.wait(30)

    monkeypatch.setattr(dry_runs.DryRuns, "_show", hold)
    monkeypatch.setattr(dry_runs, "_SECONDS_BETWEEN", 0)
    visitor.post(f"/campaigns/{campaign.id}/dry-run")
    assert reached.wait(30)
    path = f"/campaigns/{campaign.id}/dry-run"
    assert "Looking at 50 of 200 contacts" in visitor.get(path).text
    answer = visitor.get(f"{path}/progress").json
    assert answer is not None
    assert answer["done"] is False
    assert 'value="50" max="200"' in answer["figures"]
    go_on.set()
    assert visitor.web.dry_runs.wait(30)
    assert visitor.get(f"{path}/progress").json == {"done": True}
    assert "200 callable at the start" in text(visitor.get(path).text)


def test_a_later_one_takes_the_place_of_one_under_way(
    visitor: Visitor, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The earlier one stops by itself, and does not overwrite what the later one found."""
    campaign = later(visitor, campaign, start_at=START + HOUR)
    monkeypatch.setattr(dry_runs, "AT_ONCE_SECONDS", 0.01)
    monkeypatch.setattr(dry_runs, "_SECONDS_BETWEEN", 0)
    reached, go_on = Event(), Event()
    show = dry_runs.DryRuns._show

    def hold(self: dry_runs.DryRuns, run_id: str, looked_at: int) -> None:
        reached.set()
        assert go_on.wait(30)
        show(self, run_id, looked_at)

    monkeypatch.setattr(dry_runs.DryRuns, "_show", hold)
    visitor.post(f"/campaigns/{campaign.id}/dry-run", start="own")
    assert reached.wait(30)
    visitor.post(f"/campaigns/{campaign.id}/dry-run", start="now")
    go_on.set()
    assert visitor.web.dry_runs.wait(30)
    kept = record(visitor, campaign)
    assert (kept.state, kept.start_at) == (DryRunState.DONE, START)


def test_a_fault_is_told(
    visitor: Visitor, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page says so and offers another try, and the next one is run all the same."""
    with monkeypatch.context() as broken:

        def fail(*_: object) -> Outlook:
            raise RuntimeError("+12125550101 Zephyrine")

        broken.setattr(dry_runs, "rehearse_kept", fail)
        visitor.post(f"/campaigns/{campaign.id}/dry-run")
    page = visitor.get(f"/campaigns/{campaign.id}/dry-run").text
    assert "The dry run came to nothing:" in page
    assert "Zephyrine" not in page
    assert "Run again" in page
    visitor.post(f"/campaigns/{campaign.id}/dry-run")
    assert record(visitor, campaign).state is DryRunState.DONE


def test_one_that_was_cut_off_is_told(
    visitor: Visitor, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a stop of the service, or by its sudden end."""
    monkeypatch.setattr(rehearsing, "CONTACTS_AT_ONCE", 50)
    visitor.web.dry_runs.stop()
    visitor.post(f"/campaigns/{campaign.id}/dry-run")
    assert (
        "cut off when the service stopped" in visitor.get(f"/campaigns/{campaign.id}/dry-run").text
    )
    with visitor.parts.database() as uow:
        under_way = replace(record(visitor, campaign), state=DryRunState.UNDER_WAY, problem=None)
        DryRunRecords(uow.connection).put(under_way)
    assert settle_dry_runs(visitor.parts.database) == 1
    assert record(visitor, campaign).problem == dry_runs.CUT_OFF
    assert settle_dry_runs(visitor.parts.database) == 0


def test_what_an_earlier_version_kept_is_no_fault(visitor: Visitor, campaign: Campaign) -> None:
    """A record that cannot be read any more is as none."""
    visitor.post(f"/campaigns/{campaign.id}/dry-run")
    with visitor.parts.database() as uow:
        uow.connection.exec_driver_sql("UPDATE dry_run SET outlook = '{\"contacts\": 3}'")
    assert "Not rehearsed yet" in visitor.get(f"/campaigns/{campaign.id}/dry-run").text


def test_what_was_found_is_kept_whole(visitor: Visitor, campaign: Campaign) -> None:
    """Every count, reason and date, through the database and back."""
    copy = a_suppression_list(account=ACCOUNT, as_of=date(2026, 10, 24))
    with visitor.parts.database() as uow:
        uow.suppression_lists.put(copy, NumberSet())
    campaign = later(visitor, campaign, end_at=START + timedelta(days=20))
    visitor.post(f"/campaigns/{campaign.id}/dry-run")
    kept = record(visitor, campaign).outlook
    assert kept is not None
    batches = rehearsing.kept_batches(visitor.parts.database.reading, campaign, START)
    assert kept == rehearsing.rehearse(campaign, visitor.parts.rulebook, START, batches)
    assert kept.registries[0].last_day == date(2026, 11, 24)
    page = text(visitor.get(f"/campaigns/{campaign.id}/dry-run").text)
    assert "the copy of 2026-10-24 may be used up to 2026-11-24" in page
    assert "By the day" in page


def test_who_waits_for_a_newer_copy_is_shown(visitor: Visitor, campaign: Campaign) -> None:
    """They are not lost: the page says what to import, and that they wait for it."""
    copy = a_suppression_list(account=ACCOUNT, as_of=date(2026, 10, 1))
    with visitor.parts.database() as uow:
        uow.suppression_lists.put(copy, NumberSet())
    visitor.post(f"/campaigns/{campaign.id}/dry-run")
    said = text(visitor.get(f"/campaigns/{campaign.id}/dry-run").text)
    assert "When a newer copy of a registry is imported 200" in said
    assert "registry_out_of_date 0 200 a newer copy" in said
    assert "the copy of 2026-10-01 may be used up to 2026-11-01" in said


# ------------------------------------------------------------------------------------- the drawing
def an_outlook(slots: int, step: timedelta = HOUR, **changes: object) -> Outlook:
    """So many slots, with 0, 10, 20... contacts."""
    made = Outlook(
        start_at=START,
        end_at=START + slots * step,
        time_zone="America/New_York",
        rulebook="rules",
        contacts=1,
        callable_at_start=0,
        callable_later=0,
        after_end=0,
        for_good=1,
        wait_for_reader=0,
        wait_for_copy=0,
        first_callable_at=None,
        slots=tuple(
            Slot(START + n * step, START + (n + 1) * step, n, 10 * n) for n in range(slots)
        ),
        held=(),
        registries=(),
        jurisdictions=(),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("slots", [1, 2, 8, 14, 169, 366])
def test_bars_fill_the_chart_and_few_have_a_label(slots: int) -> None:
    """The highest is as high as the chart; no more labels than a phone has room for."""
    drawn = bars(an_outlook(slots))
    assert sum(bar.width for bar in drawn) == pytest.approx(100)
    assert [bar.x for bar in drawn] == pytest.approx([100 * n / slots for n in range(slots)])
    assert max(bar.within_height for bar in drawn) == (100 if slots > 1 else 0)
    assert all(bar.becoming_height <= bar.within_height for bar in drawn)
    assert 1 <= sum(bool(bar.label) for bar in drawn) <= LABELS


def test_bars_are_named_by_the_campaigns_clock() -> None:
    """Hours by their time, days by their date."""
    by_hour, by_day = an_outlook(2), an_outlook(2, timedelta(days=1))
    assert [is_by_day(each) for each in (by_hour, by_day)] == [False, True]
    assert (bars(by_hour)[1].name, bars(by_hour)[0].label) == ("Mon 23 Nov, 11:00", "10:00")
    assert (bars(by_day)[1].name, bars(by_day)[0].label) == ("Tue 24 Nov", "23 Nov")
    assert bars(an_outlook(0)) == []
    # Hours of many days have the date under them: a clock's time would be the same each day.
    assert bars(an_outlook(72))[12].label == "23 Nov"


def test_every_reason_has_a_sentence() -> None:
    """No code reaches the page where there could be words."""
    assert set(SENTENCES) == set(ReasonCode)
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())
    assert held_rows(an_outlook(1)) == []
