"""The campaigns' pages: the form, what may be done, and the live figures."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from app.web import words
from campaigns.campaign import (
    STATE_CHANGES,
    AbandonmentTarget,
    CampaignAction,
    CampaignSettings,
    CampaignState,
)
from campaigns.events import FinishReason
from campaigns.importing import RejectReason
from compliance.case import AttemptLimit, DialMode, OpenSpan, Purpose, Weekday
from dialer.agent import AgentState
from dialer.pacing import Bound
from dialer.ports import LoggedDecision
from tests.web.site import (
    ACCOUNT,
    START,
    TestClock,
    Visitor,
    bodies,
    make_parts,
    seed_campaign,
    seed_floor,
    seed_list,
)

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture
def visitor(tmp_path: Path) -> Visitor:
    """Somebody who is signed in."""
    return Visitor(make_parts(tmp_path, TestClock()))


def values(visitor: Visitor, **changes: object) -> dict[str, object]:
    """A form that is filled in well."""
    contact_list = seed_list(visitor.parts)
    return {
        "key": "k1",
        "name": "Autumn",
        "contact_list": contact_list.id,
        "purpose": "survey",
        "dial_mode": "progressive",
        "time_zone": "America/New_York",
        "start": "2026-11-24T09:00",
        "end": "2026-11-24T17:30",
        "lines": "12",
        "calls_per_second": "2.5",
        "weight": "4",
        "inbound_reserve": "2",
        "ring_seconds": "30",
        "attempts": "2",
        "attempt_days": "7",
        "abandonment_percent": "1.5",
        "detection_percent": "0.5",
        "MONDAY_from": "09:00",
        "MONDAY_to": "12:30",
        "FRIDAY_from": "18:00",
        "FRIDAY_to": "00:00",
        **changes,
    }


def only_settings(visitor: Visitor) -> CampaignSettings:
    """The settings of the one campaign that there is."""
    with visitor.parts.database.reading() as uow:
        (campaign,) = uow.campaigns.of_account(ACCOUNT)
    assert campaign.state is CampaignState.DRAFT
    return campaign.settings


def test_form_becomes_settings(visitor: Visitor) -> None:
    """Each field reaches the campaign, times by way of their zone."""
    answer = visitor.post("/campaigns/new", **values(visitor))
    assert answer.status_code == 302
    settings = only_settings(visitor)
    assert settings == CampaignSettings(
        name="Autumn",
        start_at=datetime(2026, 11, 24, 14, 0, tzinfo=UTC),
        end_at=datetime(2026, 11, 24, 22, 30, tzinfo=UTC),
        lines=12,
        purpose=Purpose.SURVEY,
        dial_mode=DialMode.PROGRESSIVE,
        calls_per_second=2.5,
        weight=4,
        inbound_reserve=2,
        max_ring=timedelta(seconds=30),
        default_time_zone="America/New_York",
        attempt_limits=(AttemptLimit(2, 7),),
        open_hours={
            Weekday.MONDAY: (OpenSpan(time(9), time(12, 30)),),
            Weekday.FRIDAY: (OpenSpan(time(18), time(0)),),
        },
        abandonment=AbandonmentTarget(target_rate=0.015, detection_false_positive_rate=0.005),
    )


def test_form_as_it_comes_makes_a_campaign(visitor: Visitor) -> None:
    """Name and list are enough: what the form offers is valid."""
    seed_list(visitor.parts)
    page = visitor.get("/campaigns/new").text
    offered: dict[str, object] = dict(
        re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', page)
    )
    selects = re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', page, re.DOTALL)
    for name, options in selects:
        chosen = re.search(r'<option selected value="([^"]+)"', options)
        first = re.search(r'value="([^"]+)"', options)
        assert first is not None
        offered[name] = (chosen or first)[1]
    del offered["csrf_token"]
    assert visitor.post("/campaigns/new", **offered | {"name": "Plain"}).status_code == 302
    settings = only_settings(visitor)
    assert settings.start_at == START + timedelta(hours=1)
    assert settings.open_hours is None
    assert settings.calls_per_second is None
    assert settings.abandonment == AbandonmentTarget()


def test_fixed_ratio_is_a_predictive_campaign(visitor: Visitor) -> None:
    """The fifth choice and its number; the pages say so."""
    form = values(visitor, dial_mode="fixed_ratio", calls_per_agent="2.5")
    answer = visitor.post("/campaigns/new", **form)
    settings = only_settings(visitor)
    assert (settings.dial_mode, settings.calls_per_agent) == (DialMode.PREDICTIVE, 2.5)
    assert "Fixed ratio of 2.5" in visitor.get("/campaigns").text
    assert "Fixed ratio of 2.5" in visitor.get(answer.headers["Location"]).text


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", " ", "Give the campaign a name"),
        ("name", "x" * 201, "200 characters"),
        ("name", "two\nlines", "one line"),
        ("contact_list", "no-such-list", "Not a valid choice"),
        ("time_zone", "Mars/Olympus", "from the list"),
        ("start", "soon", "Not a valid datetime"),
        ("start", "0001-01-01T00:00", ""),
        ("end", "2026-11-24T09:00", "after the start"),
        ("end", "9999-12-31T23:59", ""),
        ("lines", "0", "between 1 and 100000"),
        ("lines", "many", "Not a valid integer"),
        ("calls_per_second", "NaN", "between"),
        ("calls_per_second", "-1", "between"),
        ("ring_seconds", "14", "between 15 and 60"),
        ("weight", "101", "between 1 and 100"),
        ("inbound_reserve", "-1", "between 0 and 10000"),
        ("attempts", "", "Give a number"),
        ("detection_percent", "101", "between 0 and 100"),
        ("detection_percent", "many", "Not a valid decimal"),
        ("abandonment_percent", "3.1", "between 0.1 and 3"),
        ("abandonment_percent", "Infinity", "between"),
        ("dial_mode", "manual", "Not a valid choice"),
        ("dial_mode", "fixed_ratio", "a fixed ratio needs it"),
        ("calls_per_agent", "2", "choose the fixed ratio"),
        ("calls_per_agent", "0.5", "between 1 and 10"),
        ("MONDAY_to", "08:00", "after the first time"),
        ("TUESDAY_from", "09:00", "both times"),
    ],
)
def test_wrong_fields_are_named(visitor: Visitor, field: str, value: str, message: str) -> None:
    """What cannot be taken is said at its field, and nothing is kept."""
    answer = visitor.post("/campaigns/new", **values(visitor, **{field: value}))
    assert answer.status_code == 422
    assert message in answer.text
    assert "not right yet" in answer.text
    with visitor.parts.database.reading() as uow:
        assert uow.campaigns.of_account(ACCOUNT) == []


def test_campaign_in_the_past_is_refused(visitor: Visitor) -> None:
    """A campaign whose end is over could dial nothing."""
    past = values(visitor, start="2026-11-20T09:00", end="2026-11-20T17:00")
    assert "end is past" in visitor.post("/campaigns/new", **past).text


def test_times_that_clocks_jump_over_are_refused(visitor: Visitor) -> None:
    """02:30 does not exist on the night on which clocks go forward."""
    jump = values(visitor, start="2027-03-14T02:30", end="2027-03-14T17:00")
    assert "jump over this time" in visitor.post("/campaigns/new", **jump).text


def test_form_sent_twice_makes_one_campaign(visitor: Visitor) -> None:
    """A double click or a repeated request makes no second campaign."""
    form = values(visitor)
    first = visitor.post("/campaigns/new", **form)
    second = visitor.post("/campaigns/new", **form)
    assert first.headers["Location"] == second.headers["Location"]
    only_settings(visitor)


def test_lists_of_others_cannot_be_chosen(visitor: Visitor) -> None:
    """Another account's list is no choice, even by its id."""
    foreign = seed_list(visitor.parts, account="somebody else")
    form = values(visitor, contact_list=foreign.id)
    assert visitor.post("/campaigns/new", **form).status_code == 422


def test_names_are_escaped(visitor: Visitor) -> None:
    """A name that is a script is shown as text on every page."""
    name = "<script>alert(1)</script>"
    campaign = seed_campaign(visitor.parts, seed_list(visitor.parts, name=name), name=name)
    for path in (
        "/campaigns",
        "/campaigns/new",
        f"/campaigns/{campaign.id}",
        f"/campaigns/{campaign.id}/live",
        f"/lists/{campaign.contact_list_id}",
        "/lists",
    ):
        text = visitor.get(path).text
        assert "alert(1)" in text or path.endswith("/live"), path
        assert "<script>" not in text, path


def test_empty_states_say_what_to_do(visitor: Visitor) -> None:
    """A new installation leads to the list, then to the campaign."""
    assert "Upload a contact list" in visitor.get("/campaigns").text
    assert "Upload a contact list" in visitor.get("/campaigns/new").text
    assert "Upload a contact list" in visitor.get("/lists").text
    seed_list(visitor.parts)
    assert "Create the first campaign" in visitor.get("/campaigns").text


BY_PERSON = [
    action
    for action in CampaignAction
    if action not in {CampaignAction.COMPLETE, CampaignAction.FAIL}
]
WAYS = {
    CampaignState.DRAFT: (),
    CampaignState.SCHEDULED: (CampaignAction.SCHEDULE,),
    CampaignState.RUNNING: (CampaignAction.START,),
    CampaignState.PAUSED: (CampaignAction.START, CampaignAction.PAUSE),
    CampaignState.STOPPED: (CampaignAction.START, CampaignAction.STOP),
    CampaignState.COMPLETED: (CampaignAction.START, CampaignAction.COMPLETE),
    CampaignState.FAILED: (CampaignAction.START, CampaignAction.FAIL),
}


@pytest.mark.parametrize("state", list(CampaignState))
def test_actions_follow_the_state(visitor: Visitor, state: CampaignState) -> None:
    """The page offers what the state permits; the rest is refused with 409 and the reason."""
    campaign = seed_campaign(visitor.parts, seed_list(visitor.parts), actions=WAYS[state])
    path = f"/campaigns/{campaign.id}"
    page = visitor.get(path).text
    for action in BY_PERSON:
        permitted = (state, action) in STATE_CHANGES
        # Stop is a link to a page that asks once more; the others are forms.
        assert (f'"{path}/{action}"' in page) is permitted, action
        if not permitted:
            answer = visitor.post(f"{path}/{action}")
            assert answer.status_code == 409
            assert f"cannot {action} a campaign that is {state}" in answer.text


@pytest.mark.parametrize("action", ["complete", "fail", "explode"])
def test_what_no_person_does_is_no_page(visitor: Visitor, action: str) -> None:
    """Completing and failing are the dialer's, and there is nothing else."""
    campaign = seed_campaign(
        visitor.parts, seed_list(visitor.parts), actions=(CampaignAction.START,)
    )
    assert visitor.post(f"/campaigns/{campaign.id}/{action}").status_code == 404


def test_start_pause_resume_stop_reopen(visitor: Visitor) -> None:
    """Each form does its one thing, and its event is kept with it."""
    campaign = seed_campaign(visitor.parts, seed_list(visitor.parts, contacts=5))
    states = []
    for action in ("start", "pause", "resume", "stop", "reopen"):
        answer = visitor.post(f"/campaigns/{campaign.id}/{action}", reason="lunch")
        assert answer.status_code == 302
        with visitor.parts.database.reading() as uow:
            states.append(uow.campaigns.get(ACCOUNT, campaign.id).state)
            assert uow.queue.remaining(campaign.id) == 5
    assert states == ["running", "paused", "running", "stopped", "paused"]
    assert [event["detail-type"] for event in bodies(visitor.parts)][-5:] == [
        "Campaign Started",
        "Campaign Paused",
        "Campaign Resumed",
        "Campaign Stopped",
        "Campaign Reopened",
    ]


def test_campaign_whose_end_is_past_does_not_start(tmp_path: Path) -> None:
    """Starting too late is refused with what to do."""
    clock = TestClock()
    visitor = Visitor(make_parts(tmp_path, clock))
    campaign = seed_campaign(visitor.parts, seed_list(visitor.parts))
    clock.move(timedelta(hours=8))
    answer = visitor.post(f"/campaigns/{campaign.id}/start")
    assert answer.status_code == 409
    assert "give it a later end first" in answer.text


def test_stop_asks_once_more(visitor: Visitor) -> None:
    """The page before a stop says how many calls are in progress."""
    campaign = seed_campaign(
        visitor.parts, seed_list(visitor.parts), actions=(CampaignAction.START,)
    )
    seed_floor(visitor.parts, campaign)
    assert "4 calls in progress go on" in visitor.get(f"/campaigns/{campaign.id}/stop").text
    visitor.post(f"/campaigns/{campaign.id}/stop")
    assert visitor.get(f"/campaigns/{campaign.id}/stop").status_code == 302


def test_live_figures_tell_what_the_rows_hold(visitor: Visitor) -> None:
    """Agents, lines, contacts and abandonment on the page are those of the database."""
    campaign = seed_campaign(
        visitor.parts, seed_list(visitor.parts), actions=(CampaignAction.START,)
    )
    floor = seed_floor(visitor.parts, campaign, calls=90, agents=12)
    answer = visitor.get(f"/campaigns/{campaign.id}/live").json
    assert answer is not None
    with visitor.parts.database.reading() as uow:
        lines = len(uow.attempts.open_of(campaign.id))
    talking = sum(agent.state is AgentState.TALK for agent in floor.agents)
    assert answer["state"] == "running"
    assert answer["live"] is True
    assert f"{lines} of 60 lines in use, {talking} of 12 agents talking" in answer["sentence"]
    # One of the people who answered was abandoned.
    assert answer["figures"].count("1 abandoned of 27 people.") == 4
    assert "calls placed, which 27 people answered" in answer["figures"]
    assert "Over the limit: This campaign, United States (FTC)" in answer["sentence"]
    seconds, in_use, talks, placed = answer["chart"]
    assert len(seconds) == len(in_use) == len(talks) == len(placed) == 121
    assert seconds[-1] == START.timestamp()
    assert in_use[-1] == lines
    assert talks[-1] == talking
    assert sum(placed) == 90
    assert answer["rows"].count("<tr>") == 21


def test_live_page_without_agents_says_so(visitor: Visitor) -> None:
    """An empty floor is explained, not drawn."""
    campaign = seed_campaign(visitor.parts, seed_list(visitor.parts))
    page = visitor.get(f"/campaigns/{campaign.id}").text
    assert "No agent works on this campaign" in page
    assert "Not started yet" in page


def decided(bound: str, placed: int = 0, until_at: datetime | None = None) -> LoggedDecision:
    """A decision of this second."""
    return LoggedDecision("c", START, placed, placed, bound, until_at, {})


@pytest.mark.parametrize("bound", list(Bound))
def test_what_holds_is_said_in_words(bound: Bound) -> None:
    """Every bound that pacing knows has words of its own."""
    said = words.what_holds(CampaignState.RUNNING, [decided(bound)], START)
    assert said.startswith("No call placed in the last 5 seconds. What limits more: ")
    assert "_" not in said


def test_what_holds_names_the_next_opening() -> None:
    """Where nobody may be called, the page says until when."""
    later = START + timedelta(hours=1, minutes=5)
    said = words.what_holds(
        CampaignState.RUNNING, [decided(Bound.NOBODY_CALLABLE, until_at=later)], START
    )
    assert said == "Nobody may be called until 2026-11-23 16:05 UTC."


def test_silent_dialer_is_noticed() -> None:
    """A running campaign without fresh decisions is not said to be dialing."""
    old = [decided(Bound.TRUNK, placed=3), decided(Bound.TRUNK, placed=1)]
    assert "4 calls placed" in words.what_holds(CampaignState.RUNNING, old, START)
    late = words.what_holds(CampaignState.RUNNING, old, START + timedelta(seconds=11))
    assert "Is a dialer running?" in late
    assert "Is a dialer running?" in words.what_holds(CampaignState.RUNNING, [], START)


def test_every_published_value_has_words() -> None:
    """No code reaches a page where there could be words."""
    assert set(words.STATES) == set(CampaignState)
    assert set(words.AGENT_STATES) == set(AgentState)
    assert set(words.FINISH_REASONS) == set(FinishReason)
    assert set(words.REJECT_REASONS) == set(RejectReason)
    assert set(words.DIAL_MODES) == set(DialMode)
    assert set(words.WAYS_OF_DIALING) == {*DialMode, words.FIXED_RATIO}
    assert set(words.PURPOSES) == set(Purpose)
    assert set(words.DONE) == set(words.ACTIONS) == set(BY_PERSON)


def test_pages_have_ids_only_in_addresses(visitor: Visitor) -> None:
    """No link of a live page holds anything but names of pages and ids."""
    campaign = seed_campaign(
        visitor.parts, seed_list(visitor.parts), actions=(CampaignAction.START,)
    )
    seed_floor(visitor.parts, campaign)
    page = visitor.get(f"/campaigns/{campaign.id}").text
    for address in re.findall(r'(?:href|action|data-url|src)="([^"#]+)"', page):
        assert re.fullmatch(r"[a-zA-Z0-9./_-]*", UUID.sub("", address)), address
    assert "+1212555" not in page
