"""`fairdial suppress` and `fairdial consent`: what they print, and what they say to bad input."""

from __future__ import annotations

import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import build
from app.cli import main
from app.cli_permissions import BASES
from app.settings import Settings
from app.web.words import SUPPRESSION_REASONS
from tests.builders import a_campaign, keep_campaign

PHONE = "+12125550101"


class Shell:
    """Somebody at a terminal, with a data folder of their own."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capture = capture

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, output and errors of a command."""
        with pytest.raises(SystemExit) as stopped:
            main([*arguments, "--data", str(self.folder / "data")])
        printed = self._capture.readouterr()
        return int(stopped.value.code or 0), printed.out, printed.err

    def prints(self, *arguments: str) -> str:
        """The output of a command that succeeds, and complains of nothing."""
        code, out, err = self.run(*arguments)
        assert (code, err) == (0, "")
        return out

    def json(self, *arguments: str) -> Any:
        """The same, read by a program."""
        return json.loads(self.prints(*arguments, "--json"))

    def refuses(self, *arguments: str) -> str:
        """The one line of a command that cannot be done; it leaves every row as it was."""
        before = self.rows()
        code, out, err = self.run(*arguments)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert self.rows() == before
        return err

    def rows(self) -> dict[str, int]:
        """How many rows the tables of permissions, facts and evidence have."""
        file = self.folder / "data" / "fairdial.db"
        if not file.exists():
            return {}
        tables = (
            "suppression",
            "suppression_list",
            "suppressed_area",
            "consent_record",
            "opt_out_review",
        )
        with sqlite3.connect(file) as database:
            return {each: _count(database, each) for each in (*tables, "outbox", "evidence")}

    def file(self, name: str, text: str) -> str:
        """A file of that text; its path."""
        path = self.folder / name
        path.write_text(text)
        return str(path)


def _count(database: sqlite3.Connection, table: str) -> int:
    return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Nothing is there yet."""
    return Shell(tmp_path, capsys)


@pytest.fixture
def campaign(shell: Shell) -> str:
    """The id of a campaign that there is."""
    parts = build(Settings(data=shell.folder / "data"))
    made = a_campaign(account=parts.settings.account)
    with parts.database() as uow:
        return keep_campaign(uow, made).id


# --------------------------------------------------------------------------------------- numbers
def test_a_number_is_suppressed_looked_up_and_let_go(shell: Shell) -> None:
    """In any spelling; again is no error, and it is let go for a reason."""
    typed = ("(212) 555-0101", "--country", "US")
    assert "nothing stands against it" in shell.prints("suppress", "check", PHONE)
    added = shell.prints("suppress", "add", *typed, "--basis", "complaint", "--by", "Kim")
    assert added == f"{PHONE}\tsuppressed\n"
    assert "already" in shell.prints("suppress", "add", PHONE)
    assert "an entry of its own\tinternal\tsince 20" in shell.prints("suppress", "check", *typed)
    told = shell.json("suppress", "check", PHONE)
    assert (told["suppressed"], told["held"], len(told["entries"])) == (True, False, 1)
    assert "no longer" in shell.prints("suppress", "remove", PHONE, "--reason", "a slip")
    assert shell.json("suppress", "check", PHONE)["suppressed"] is False
    assert shell.rows()["outbox"] == shell.rows()["evidence"] == 2


def test_an_entry_for_one_campaign_stands_there(shell: Shell, campaign: str) -> None:
    """And is looked up there."""
    shell.prints("suppress", "add", "Ann@Example.com", "--campaign", campaign)
    mail = ("suppress", "check", "ann@example.com")
    assert shell.json(*mail)["suppressed"] is False
    assert shell.json(*mail, "--campaign", campaign)["suppressed"] is True


def test_the_reasons_are_those_of_the_page() -> None:
    """One set of codes is published, whichever door they come in by."""
    assert set(BASES) == set(SUPPRESSION_REASONS)


# ----------------------------------------------------------------------------------------- lists
def test_a_list_is_imported_told_and_removed(shell: Shell) -> None:
    """With counts; a later copy takes its place."""
    file = shell.file("numbers.txt", "2125550101\n(212) 555-0101\nx\n2125550102\n")
    registry = ("--name", "dnc", "--kind", "national", "--jurisdiction", "US", "--country", "US")
    assert "no lists" in shell.prints("suppress", "lists")
    first = shell.prints("suppress", "import", file, *registry, "--as-of", "2026-11-01")
    assert first == (
        "dnc\tversion 1\t2 numbers in use\t1 duplicate\t"
        "1 invalid, the first on line 3: this is not a telephone number\n"
    )
    second = shell.json("suppress", "import", file, *registry, "--as-of", "2026-11-02")
    assert (second["version"], second["numbers"], second["asOf"]) == (2, 2, "2026-11-02")
    counts = {"accepted": 2, "invalid": 1, "duplicate": 1}
    assert {key: second[key] for key in counts} == counts
    assert second["firstInvalid"]["line"] == 3
    listed = shell.prints("suppress", "lists")
    assert "dnc\tnational US\t2 numbers\tof 2026-11-02 (" in listed
    assert [each["name"] for each in shell.json("suppress", "lists")] == ["dnc"]
    (entry,) = shell.json("suppress", "check", PHONE)["entries"]
    assert (entry["source"], entry["list"]) == ("national", "dnc")
    assert "no longer in use" in shell.prints("suppress", "remove-list", "dnc", "--reason", "old")
    assert shell.json("suppress", "lists") == []


def test_a_list_of_our_own_is_of_today(shell: Shell, campaign: str) -> None:
    """Unless told otherwise; it may be for one campaign."""
    file = shell.file("numbers.csv", "name,phone\nAnn,+12125550101\n")
    told = shell.json(
        *("suppress", "import", file, "--name", "own", "--kind", "internal"),
        *("--campaign", campaign),
    )
    assert (told["scope"], told["asOf"]) == (campaign, told["recordedAt"][:10])
    assert shell.json("suppress", "check", PHONE)["suppressed"] is False
    assert shell.json("suppress", "check", PHONE, "--campaign", campaign)["suppressed"] is True


# ----------------------------------------------------------------------------------------- areas
def test_an_area_is_closed_and_opened(shell: Shell) -> None:
    """And told meanwhile, also of a number in it."""
    assert shell.prints("suppress", "area", "list") == "no area is closed\n"
    closed = shell.prints("suppress", "area", "add", "US-NY", "--basis", "storm")
    assert closed == "US-NY\tclosed\n"
    assert "already" in shell.prints("suppress", "area", "add", "US-NY")
    assert "US-NY\taccount\tstorm\t" in shell.prints("suppress", "area", "list")
    (area,) = shell.json("suppress", "area", "list")
    assert (area["area"], area["scope"], area["basis"]) == ("US-NY", "account", "storm")
    assert "area US-NY" in shell.prints("suppress", "check", PHONE)
    assert shell.json("suppress", "check", "+13055550101")["suppressed"] is False
    opened = shell.prints("suppress", "area", "remove", "US-NY", "--reason", "the storm is over")
    assert opened == "US-NY\topen\n"
    assert shell.json("suppress", "area", "list") == []


# -------------------------------------------------------------------------------------- consents
WRITTEN = ("--kind", "express_written", "--source", "web_form", "--basis", "newsletter")


def test_a_consent_is_recorded_shown_and_taken_back(shell: Shell, campaign: str) -> None:
    """The same one twice is one; a revocation ends it on every channel."""
    said = (PHONE, *WRITTEN, "--at", "2026-11-01T10:00:00Z", "--evidence", "page 7")
    assert shell.prints("consent", "add", *said) == f"{PHONE}\trecorded\n"
    assert "was recorded already" in shell.prints("consent", "add", *said)
    only = ("--channel", "sms", "--campaign", campaign)
    shell.prints("consent", "add", PHONE, *WRITTEN, *only)
    told = shell.json("consent", "show", PHONE)
    assert told["standing"]["voice"] == {
        "kind": "express_written",
        "at": "2026-11-01T10:00:00.000Z",
        "revokedAt": None,
    }
    assert [record["evidence"] for record in told["records"]] == ["page 7", ""]
    assert "express_written since 2026-11-01T10:00:00.000Z" in shell.prints(
        "consent", "show", PHONE
    )
    assert "taken back" in shell.prints("consent", "revoke", PHONE, "--source", "call")
    assert "\tvoice\ttaken back at 20" in shell.prints("consent", "show", PHONE)
    assert shell.json("consent", "show", "+12125550102")["standing"] == {
        "voice": None,
        "sms": None,
        "email": None,
    }


HEADER = "phone,kind,at,source,basis,evidence\n"
ROW = "2125550101,express,2026-11-01T10:00:00Z,paper,form 3,scan 12\n"


def test_a_file_of_consents_is_recorded_whole(shell: Shell) -> None:
    """Again is no error; more rows than are kept at once."""
    rows = "".join(ROW.replace("0101", f"{row:04d}") for row in range(1201))
    file = shell.file("consents.csv", HEADER + rows)
    imported = shell.prints("consent", "import", file, "--country", "US")
    assert imported == "1201 recorded, 0 were recorded already\n"
    again = shell.json("consent", "import", file, "--country", "US")
    assert again == {"read": 1201, "recorded": 0, "known": 1201}
    assert shell.rows()["evidence"] == shell.rows()["outbox"] == 1201


def test_one_bad_row_keeps_the_whole_file_out(shell: Shell) -> None:
    """Each bad row is told by line, column and reason; nothing is recorded."""
    bad = ROW.replace("express", "rumour")
    file = shell.file("consents.csv", HEADER + ROW * 3 + bad + ROW + ROW.replace("paper", ""))
    code, out, err = shell.run("consent", "import", file, "--country", "US")
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        f"{file}: line 5: kind: is none of express_written, express, existing_relationship",
        f"{file}: line 7: source: is none of web_form, paper, call, key_press, sms, email, "
        "in_person, list",
        f"fairdial: {file}: 2 of 6 rows are bad; nothing was recorded",
    ]
    assert shell.rows()["consent_record"] == 0


# -------------------------------------------------------------------------------------- messages
def test_a_stop_word_ends_consent_at_once(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """From standard input too, where no list of processes shows it."""
    assert "consent taken back" in shell.prints("consent", "message", PHONE, "STOP")
    stdin = io.TextIOWrapper(io.BytesIO(b"Unsubscribe!\n"))
    monkeypatch.setattr("sys.stdin", stdin)
    told = shell.json("consent", "message", "ann@example.com", "--channel", "email")
    assert told == {"asks": "to_stop"}
    assert shell.json("consent", "message", PHONE, "help") == {"asks": "help"}
    assert shell.json("consent", "show", PHONE)["standing"]["voice"]["revokedAt"]


@pytest.mark.parametrize("decision", ["revokes", "does_not"])
def test_other_words_wait_for_a_reader(shell: Shell, decision: str) -> None:
    """Who decides once; the text is printed as text, whatever is in it."""
    assert "no message waits" in shell.prints("consent", "reviews")
    assert "held" in shell.prints("consent", "message", PHONE, "no \x1b[2J\nmore")
    assert "held: a message waits" in shell.prints("consent", "show", PHONE)
    assert shell.json("suppress", "check", PHONE)["held"] is True
    assert "no \\x1b[2J more" in shell.prints("consent", "reviews")
    (review,) = shell.json("consent", "reviews")
    assert (review["address"], review["text"]) == (PHONE, "no \x1b[2J\nmore")
    decided = shell.prints("consent", "decide", review["id"], decision, "--by", "Kim")
    assert decided == f"{review['id']}\t{decision}\n"
    assert shell.json("consent", "reviews") == []
    revoked = shell.json("consent", "show", PHONE)["standing"]["voice"]
    assert (revoked is not None) is (decision == "revokes")
    assert "already" in shell.refuses("consent", "decide", review["id"], "revokes")


# ------------------------------------------------------------------------------------- bad input
NOBODY = "5a1c3df0-93a8-5f0e-8a0e-0f6d7c2b4e91"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["suppress", "add", "2125550101"], "needs the contact's country"),
        (["suppress", "add", "+1212"], "too few digits"),
        (["suppress", "add", "ann@"], "not an e-mail address"),
        (["suppress", "add", PHONE, "--basis", "Ann asked"], "--basis"),
        (["suppress", "add", PHONE, "--campaign", NOBODY], f"there is no campaign {NOBODY}"),
        (["suppress", "add", PHONE, "--campaign", "autumn"], "not a valid UUID"),
        (["suppress", "add", PHONE, "--by", " "], "must be one line of 100 characters"),
        (["suppress", "remove", PHONE, "--reason", "a slip"], "has no such entry"),
        (["suppress", "remove", PHONE], "--reason"),
        (["suppress", "remove", PHONE, "--reason", " "], "must be one line"),
        (["suppress", "remove-list", "dnc", "--reason", "old"], "there is no list 'dnc'"),
        (["suppress", "area", "add", "US-XX"], "'US-XX' is no area"),
        (["suppress", "area", "add", "FR", "--basis", "x" * 101], "must be one line"),
        (["suppress", "area", "remove", "FR", "--reason", "over"], "'FR' is not closed"),
        (["consent", "add", PHONE, "--kind", "express"], "--basis"),
        (["consent", "add", PHONE, *WRITTEN, "--at", "2126-01-01T00:00:00Z"], "still to come"),
        (["consent", "add", PHONE, *WRITTEN, "--campaign", NOBODY], "there is no campaign"),
        (["consent", "revoke", PHONE], "--source"),
        (["consent", "message", "nobody", "STOP"], "not a telephone number"),
        (["consent", "decide", NOBODY, "revokes"], f"there is no message {NOBODY}"),
        (["consent", "decide", NOBODY, "perhaps"], "perhaps"),
    ],
)
def test_bad_input_is_one_line(shell: Shell, arguments: list[str], says: str) -> None:
    """Exit 2, and nothing has changed."""
    shell.prints("suppress", "add", "+12125550199")
    assert says in shell.refuses(*arguments)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--kind", "national", "--jurisdiction", "US"], "--as-of: a registry's copy needs"),
        (["--kind", "national", "--as-of", "2026-11-01"], "needs the code of its rules"),
        (
            ["--kind", "national", "--jurisdiction", "XX", "--as-of", "2026-11-01"],
            "no rules of the code 'XX'",
        ),
        (["--kind", "litigator", "--jurisdiction", "US"], "only a registry has a jurisdiction"),
        (["--kind", "internal", "--as-of", "2126-01-01"], "still to come"),
        (["--kind", "internal", "--as-of", "yesterday"], "--as-of"),
        (["--kind", "internal", "--campaign", NOBODY], "there is no campaign"),
        (["--kind", "national", "--jurisdiction", "US", "--as-of", "2026-10-01"], "newer"),
    ],
)
def test_a_list_that_does_not_fit_is_one_line(shell: Shell, options: list[str], says: str) -> None:
    """Exit 2; an older copy is used only when that is said."""
    file = shell.file("numbers.txt", f"{PHONE}\n")
    copy = ("--kind", "national", "--jurisdiction", "US", "--as-of", "2026-11-01")
    shell.prints("suppress", "import", file, "--name", "dnc", *copy)
    name = "dnc" if says == "newer" else "other"
    arguments = ["suppress", "import", file, "--name", name, *options]
    assert says in shell.refuses(*arguments)
    if says == "newer":
        shell.prints(*arguments, "--even-if-older")


def test_a_file_that_cannot_be_used_is_one_line(shell: Shell) -> None:
    """Of numbers or of consents."""
    of_numbers = ("--name", "x", "--kind", "internal")
    assert "cannot be read" in shell.refuses("suppress", "import", "none.txt", *of_numbers)
    file = shell.file("numbers.txt", "x\n")
    assert "no number can be used" in shell.refuses("suppress", "import", file, *of_numbers)
    shell.prints("suppress", "lists")
    assert "cannot be read" in shell.refuses("consent", "import", "none.csv")
    assert "names no such column" in shell.refuses("consent", "import", file)
