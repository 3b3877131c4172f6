"""`fairdial dry-run` and `fairdial override`: what they print, and what they say to bad input."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import Parts, build
from app.cli import main
from app.settings import Settings
from campaigns.campaign import Campaign, CampaignAction
from compliance.case import OpenSpan, Weekday
from compliance.reasons import SENTENCES, ReasonCode
from tests.web.site import seed_campaign, seed_list

ROWS = """phone,region,time_zone
+12124680101,US-NY,America/New_York
+12124680102,US-NY,America/New_York
+18084680103,US-HI,Pacific/Honolulu
+13054680104,US-FL,
+12124680101,US-NY,
12,,
"""


class Shell:
    """Somebody at a terminal, with a data folder of their own."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capture = capture

    def run(self, *arguments: object) -> tuple[int, str, str]:
        """Exit code, output and errors of a command."""
        with pytest.raises(SystemExit) as stopped:
            main([str(each) for each in arguments])
        printed = self._capture.readouterr()
        return int(stopped.value.code or 0), printed.out, printed.err

    def on_data(self, *arguments: object) -> tuple[int, str, str]:
        """The same on the database."""
        return self.run(*arguments, "--data", self.folder)

    def json(self, *arguments: object) -> dict[str, Any]:
        """What a dry run prints for a program."""
        code, printed, complaint = self.run("dry-run", *arguments, "--json")
        assert (code, complaint) == (0, "")
        found: dict[str, Any] = json.loads(printed)
        return found

    def parts(self) -> Parts:
        """The database."""
        return build(Settings(data=self.folder))

    def write(self, name: str, text: str) -> Path:
        """A file."""
        path = self.folder / name
        path.write_text(text)
        return path


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """An empty folder."""
    return Shell(tmp_path, capsys)


@pytest.fixture
def campaign(shell: Shell) -> Campaign:
    """A draft over 200 numbers of New York, with open hours, from now on for seven hours."""
    parts = shell.parts()
    made = seed_campaign(parts, seed_list(parts))
    hours = {day: (OpenSpan(time(9), time(17)),) for day in Weekday}
    kept = replace(made, settings=replace(made.settings, open_hours=hours))
    with parts.database() as uow:
        uow.campaigns.save(kept)
    parts.database.engine.dispose()
    return kept


# -------------------------------------------------------------------------------- dry runs of files
def test_a_file_is_rehearsed(shell: Shell) -> None:
    """The rows, who can be called when, and why the others cannot."""
    contacts = shell.write("contacts.csv", ROWS)
    settings = shell.write(
        "campaign.toml", 'name = "Fair"\ndefault_time_zone = "America/New_York"\n'
    )
    found = shell.json(contacts, "--campaign", settings, "--start", "2026-11-23T17:00:00Z")
    assert (found["campaign"], found["timeZone"]) == ("Fair", "America/New_York")
    assert found["import"] == {"read": 6, "accepted": 4, "rejected": 1, "duplicate": 1}
    assert [found[key] for key in ("contacts", "callableAtStart", "callableLater")] == [4, 2, 1]
    rest = ("afterEnd", "forGood", "waitForReader", "waitForCopy")
    assert [found[key] for key in rest] == [0, 1, 0, 0]
    assert found["startAt"] == found["firstCallableAt"] == "2026-11-23T17:00:00.000Z"
    assert found["endAt"] == "2026-11-24T01:00:00.000Z"
    assert [slot["withinHours"] for slot in found["slots"]] == [2, 3, 3, 3, 3, 3, 3, 3]
    held = {each["code"]: each for each in found["held"]}
    assert held["outside_calling_hours"]["forNow"] == 1
    assert held["outside_calling_hours"]["lastUntil"] == "2026-11-23T18:00:00.000Z"
    assert held["no_consent"]["forGood"] == 1
    assert held["no_consent"]["lastUntil"] is None
    assert held["no_consent"]["says"] == SENTENCES[ReasonCode.NO_CONSENT]
    assert held["no_consent"]["rules"][0]["citation"]
    registries = {each["jurisdiction"]: each for each in found["registries"]}
    assert (registries["US"]["contacts"], registries["US"]["asOf"]) == (4, None)
    assert found["jurisdictions"][0]["jurisdiction"] == "US"


def test_a_file_for_people(shell: Shell) -> None:
    """The same in words, with a bar for each hour; no number of anybody stands in it."""
    contacts = shell.write("contacts.csv", ROWS)
    code, printed, _ = shell.run("dry-run", contacts, "--start", "2026-11-23T17:00:00Z")
    assert code == 0
    for words in (
        "6 rows in the file: 1 rejected, 1 double",
        "         4 contacts",
        "         2 can be called at the start",
        "         1 can never be called",
        "  Mon 2026-11-23 17:00          2 ###########################\n",
        "  Mon 2026-11-23 18:00          3 ########################################\n",
        "1 for good: The consent that the law asks for is not on file.",
        "1 until Mon 2026-11-23 18:00 at the latest: The law allows no calls",
        "4 contacts: US, United States",
    ):
        assert words in printed, words
    assert "468" not in printed


def test_closed_hours_are_left_out_of_the_chart(shell: Shell) -> None:
    """A night is three dots; a long campaign has a bar for each day."""
    contacts = shell.write("contacts.csv", "phone,time_zone\n+12124680101,America/New_York\n")
    settings = shell.write("campaign.toml", 'end = "2026-11-25T14:00:00Z"\n')
    printed = shell.run("dry-run", contacts, "--campaign", settings)[1]
    assert "  Tue 2026-11-24 01:00          1 #" in printed
    assert "\n  ...\n  Tue 2026-11-24 13:00          1 #" in printed
    assert "by the hour" in printed
    settings = shell.write("campaign.toml", 'end = "2026-12-25T14:00:00Z"\n')
    printed = shell.run("dry-run", contacts, "--campaign", settings)[1]
    assert "by the day" in printed


def test_a_list_that_nobody_may_call(shell: Shell) -> None:
    """No chart, and the reason."""
    contacts = shell.write("contacts.csv", "phone,region\n+13054680104,US-FL\n")
    printed = shell.run("dry-run", contacts)[1]
    assert "Nobody can be called." in printed
    assert "#" not in printed


def test_the_same_contacts_as_a_run_dials(shell: Shell) -> None:
    """Who is called by `fairdial run`, and who is denied, is what the dry run said."""
    contacts = Path("docs/examples/contacts.csv").resolve()
    start = "2026-11-23T14:00:00Z"
    said = shell.json(contacts, "--start", start)
    events = shell.folder / "events.jsonl"
    shell.run("run", contacts, "--agents", 60, "--start", start, "--events", events)
    told = [json.loads(line) for line in events.read_text().splitlines()]
    placed: dict[str, str] = {}
    denied = set()
    for event in told:
        detail = event["detail"]
        if event["detail-type"] == "Call Placed":
            placed.setdefault(detail["contactId"], detail["placedAt"])
        if event["detail-type"] == "Attempt Denied" and detail["contactId"] not in placed:
            denied.add(detail["contactId"])
    assert len(placed) == said["callableAtStart"] + said["callableLater"]
    assert len(denied) == said["forGood"]
    assert min(placed.values()) >= said["firstCallableAt"]
    # Nobody is called before the hour in which the dry run has them.
    for number, slot in enumerate(said["slots"]):
        by_then = sum(each["becoming"] for each in said["slots"][: number + 1])
        assert sum(at < slot["endAt"] for at in placed.values()) <= by_then


# --------------------------------------------------------------------------- dry runs of campaigns
def test_a_campaign_of_the_database_is_rehearsed(shell: Shell, campaign: Campaign) -> None:
    """With what is kept of its contacts; nothing is dialed, and no row is different after it."""
    start = (campaign.settings.end_at - timedelta(hours=3)).isoformat()
    found = shell.json("--campaign-id", campaign.id, "--start", start, "--data", shell.folder)
    assert (found["campaign"], found["contacts"]) == (campaign.settings.name, 200)
    assert "import" not in found
    parts = shell.parts()
    with parts.database.reading() as uow:
        assert uow.attempts.campaigns_with_open() == set()
        assert uow.queue.remaining(campaign.id) == 0
        assert uow.campaigns.get(campaign.account, campaign.id) == campaign


def test_a_campaign_that_has_started_is_not_rehearsed(shell: Shell) -> None:
    """Its live page tells how it stands."""
    parts = shell.parts()
    made = seed_campaign(parts, seed_list(parts), actions=(CampaignAction.START,))
    code, printed, complaint = shell.on_data("dry-run", "--campaign-id", made.id)
    assert (code, printed) == (2, "")
    assert "is running; a dry run is for one that has not started" in complaint


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "either CONTACTS"),
        (["{}/contacts.csv", "--campaign-id", "{id}"], "either CONTACTS"),
        (["--campaign-id", "{id}", "--campaign", "x.toml"], "--campaign is for CONTACTS"),
        (["--campaign-id", "nonsense"], "UUID"),
        (["--campaign-id", "{id}", "--data", "{}"], "there is no campaign"),
        (["{}/absent.csv"], "absent.csv"),
        (["{}/contacts.csv", "--start", "tomorrow"], "--start"),
        (["{}/contacts.csv", "--campaign", "{}/bad.toml"], "XX-NOPE"),
        (["{}/empty.csv"], "empty"),
    ],
)
def test_bad_input_is_one_line(shell: Shell, arguments: list[str], says: str) -> None:
    """Exit 2, and nothing on standard output."""
    shell.write("contacts.csv", ROWS)
    shell.write("empty.csv", "")
    shell.write("bad.toml", 'rules = ["XX-NOPE"]\n')
    wanted = "00000000-0000-4000-8000-000000000000"
    given = [each.replace("{id}", wanted).replace("{}", str(shell.folder)) for each in arguments]
    code, printed, complaint = shell.run("dry-run", *given)
    assert (code, printed, complaint.count("\n")) == (2, "", 1)
    assert says in complaint


# -------------------------------------------------------------------------------------- overrides
def lift(shell: Shell, campaign: Campaign, *more: str, **changes: str) -> tuple[int, str, str]:
    """Lift a rule; what is not told is good."""
    until = (shell.parts().clock.now() + timedelta(hours=2)).isoformat(timespec="seconds")
    given = {"rule": "open_hours", "reason": "Recall of a product", "until": until} | changes
    rule = given.pop("rule")
    options = [part for name, value in given.items() for part in (f"--{name}", value)]
    return shell.on_data("override", "add", campaign.id, rule, *options, *more)


def test_a_rule_is_lifted_listed_and_put_back(shell: Shell, campaign: Campaign) -> None:
    """Who did it is recorded, whoever has the shell."""
    code, printed, complaint = lift(shell, campaign, by="ola")
    assert (code, complaint) == (0, "")
    listed = shell.on_data("override", "list", campaign.id)[1].rstrip("\n").split("\t")
    assert listed[0] == printed.strip()
    assert listed[1] == "open_hours"
    assert listed[4:] == ["ola", "administrator", "Recall of a product"]
    assert shell.on_data("override", "end", campaign.id, listed[0], "--by", "kim") == (0, "", "")
    again = shell.on_data("override", "list", campaign.id)[1].split("\t")
    assert again[3] < listed[3]
    code, _, complaint = shell.on_data("override", "end", campaign.id, listed[0])
    assert (code, complaint.count("\n")) == (2, 1)
    assert "no such override is in force" in complaint


def test_who_did_it_is_whoever_is_signed_in(
    shell: Shell, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless a name is given."""
    monkeypatch.setattr("getpass.getuser", lambda: "shelly")
    lift(shell, campaign)
    assert shell.on_data("override", "list", campaign.id)[1].split("\t")[4] == "shelly"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"rule": "US-HOURS"}, "is the law (16 CFR 310.4(c)"),
        ({"rule": "suppressed"}, "nobody may lift"),
        ({"rule": "restricted_periods"}, "no restricted periods of its own"),
        ({"reason": "urgent"}, "3 words"),
        ({"until": "2020-01-01T00:00:00Z"}, "is past"),
        ({"until": "2199-01-01T00:00:00Z"}, "7 days"),
        ({"until": "tomorrow"}, "--until"),
        ({"role": "manager"}, "a manager may not lift a rule"),
        ({"role": "king"}, "king"),
        ({"by": ""}, "--by"),
    ],
)
def test_what_may_not_be_lifted_is_refused(
    shell: Shell, campaign: Campaign, changes: dict[str, str], says: str
) -> None:
    """One line, exit 2, and nothing is lifted."""
    code, printed, complaint = lift(shell, campaign, **changes)
    assert (code, printed, complaint.count("\n")) == (2, "", 1)
    assert says in complaint
    assert shell.on_data("override", "list", campaign.id) == (0, "", "")


def test_overrides_of_no_campaign(shell: Shell) -> None:
    """One line."""
    nothing = "00000000-0000-4000-8000-000000000000"
    code, _, complaint = shell.on_data("override", "list", nothing)
    assert (code, complaint) == (2, f"fairdial: there is no campaign {nothing}\n")
