"""`fairdial evidence`: the check and the packets, as a compliance officer meets them."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from campaigns.sealing import publish_heads
from tests.archives import ADA, FAY, Kept, campaign_day, open_kept
from tests.builders import NOON, ident
from tests.evidence_invariants import check_evidence
from tests.invariants import read_database
from tests.journey.program import fairdial

NOBODY = ident("nobody's")


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One campaign's database; to be copied."""
    return campaign_day(tmp_path_factory.mktemp("day"))


@pytest.fixture
def kept(day: Path, tmp_path: Path) -> Kept:
    """A copy of it for this test alone."""
    return open_kept(Path(shutil.copy(day, tmp_path)))


def evidence(kept: Kept, *arguments: object) -> CompletedProcess[bytes]:
    """`fairdial evidence ...` on that database."""
    url = f"sqlite:///{kept.path}"
    account = kept.archive.account
    return fairdial("evidence", *arguments, "--database-url", url, "--account", account)


def size(kept: Kept) -> int:
    """How many entries its one chain has, which hangs on how the pacing's day went."""
    return int(kept.one("SELECT count(*) FROM evidence"))


def lines(result: CompletedProcess[bytes]) -> list[str]:
    """What it printed."""
    return result.stdout.decode().splitlines()


def one_line(result: CompletedProcess[bytes]) -> str:
    """What it said was wrong with what it was given."""
    assert result.returncode == 2
    assert result.stdout == b""
    (line,) = result.stderr.decode().splitlines()
    return line


# ----------------------------------------------------------------------------------------- verify
def test_a_whole_archive_passes(kept: Kept) -> None:
    """It says what it checked."""
    result = evidence(kept, "verify")
    assert result.returncode == 0
    assert result.stderr == b""
    chain, total = lines(result)
    assert chain.endswith(f": {size(kept)} entries, 0 published heads, 0 flaws")
    assert total == f"1 chain, {size(kept)} entries: whole"


def test_each_flaw_is_one_line(kept: Kept) -> None:
    """Edits, gaps and attempts without evidence; exit 1."""
    attempt, last = kept.attempts(ADA)[0].id, size(kept)
    kept.sql(
        "UPDATE evidence SET body = '{}' WHERE number = 2",
        f"DELETE FROM evidence WHERE number = {last}",
        "UPDATE attempt SET id = '00000000-0000-0000-0000-000000000000' WHERE id = :id",
        id=attempt,
    )
    result = evidence(kept, "verify")
    assert result.returncode == 1
    found = lines(result)
    assert found[0].endswith(f"{last - 1} entries, 0 published heads, 2 flaws")
    assert "entry 2: not as it was sealed" in found[1]
    assert f"entry {last}: not there: the chain's tail was cut off" in found[2]
    assert any(line.endswith("no entry says why it was allowed") for line in found)
    assert any(line.endswith("no entry says how it ended") for line in found)
    assert f"attempt {attempt}: its entries are there, and it is not" in found
    assert found[-1] == f"1 chain, {last - 1} entries: {len(found) - 2} findings"
    as_json = evidence(kept, "verify", "--json")
    assert as_json.returncode == 1
    document = json.loads(as_json.stdout)
    assert document["whole"] is False
    assert [flaw["first"] for flaw in document["chains"][0]["flaws"]] == [2, last]
    assert document["attemptsThatAreGone"] == [attempt]


def test_a_log_kept_elsewhere_shows_what_the_database_hides(kept: Kept, tmp_path: Path) -> None:
    """The tail cut off, the head set back, the events that told of it deleted."""
    last = size(kept)
    publish_heads(kept.archive.database, kept.archive.account, NOON)
    with sqlite3.connect(kept.path) as connection:
        bodies = [row[0] for row in connection.execute("SELECT body FROM outbox ORDER BY id")]
    log = tmp_path / "events.jsonl"
    log.write_text("".join(f"{body}\n" for body in bodies))
    assert evidence(kept, "verify", "--events", log).returncode == 0
    late = "SELECT attempt_id FROM evidence WHERE number > 9 AND attempt_id IS NOT NULL"
    kept.sql(
        f"DELETE FROM attempt WHERE id IN ({late})",
        "DELETE FROM evidence WHERE number > 9",
        "DELETE FROM evidence WHERE attempt_id NOT IN (SELECT id FROM attempt) AND number > 9",
        "UPDATE evidence_head SET number = 9, seal = (SELECT seal FROM evidence WHERE number = 9)",
        "DELETE FROM outbox WHERE detail_type = 'Evidence Sealed'",
    )
    hidden = lines(evidence(kept, "verify"))
    assert hidden[0].endswith("9 entries, 0 published heads, 0 flaws")
    result = evidence(kept, "verify", "--events", log)
    assert result.returncode == 1
    assert f"entries 10 to {last}: not there: the chain's tail was cut off" in lines(result)[1]


def test_another_key_is_suspected(kept: Kept) -> None:
    """Every seal is wrong at once: one finding, and a hint."""
    kept.sql("UPDATE instance SET value = 'abcd' WHERE key LIKE 'run_key%'")
    result = evidence(kept, "verify")
    assert result.returncode == 1
    assert f"entries 1 to {size(kept)}: not as it was sealed" in lines(result)[1]
    assert "FAIRDIAL_EVIDENCE_KEY" in result.stderr.decode()


def test_what_cannot_be_checked_is_one_line(kept: Kept, tmp_path: Path) -> None:
    """A wrong database, account or log is no finding."""
    missing = f"sqlite:///{tmp_path / 'none.db'}"
    said = one_line(fairdial("evidence", "verify", "--database-url", missing))
    assert "there is no such file" in said
    assert not (tmp_path / "none.db").exists()
    url = f"sqlite:///{kept.path}"
    said = one_line(fairdial("evidence", "verify", "--database-url", url))
    assert "there is no account 'default'" in said
    assert kept.archive.account in said
    assert "cannot be read" in one_line(evidence(kept, "verify", "--events", tmp_path / "no.jsonl"))
    bad = tmp_path / "bad.jsonl"
    bad.write_text("Evidence Sealed\n")
    assert "line 1 is not an event" in one_line(evidence(kept, "verify", "--events", bad))


def recounted(kept: Kept) -> set[str]:
    """Which invariants an independent recount finds broken."""
    rows = read_database(f"sqlite:///{kept.path}")
    key = kept.archive.evidence_key
    found = check_evidence(rows.evidence, rows.evidence_heads, rows.attempts, key)
    return {violation.invariant for violation in found}


def test_an_independent_recount_agrees(kept: Kept) -> None:
    """It finds nothing in a whole archive, and what was spoilt in a spoilt one."""
    assert recounted(kept) == set()
    kept.sql("UPDATE evidence SET at = at + 1 WHERE number = 3")
    assert recounted(kept) == {"S8"}
    kept.sql("UPDATE evidence SET body = replace(body, 'allow', :phone)", phone=ADA)
    assert recounted(kept) == {"S8", "S9", "S4"}


# ---------------------------------------------------------------------------------------- packets
def test_a_call_is_told_at_a_terminal(kept: Kept) -> None:
    """The answer, the story, what is not known."""
    call = kept.attempts(ADA)[-1]
    result = evidence(kept, "call", call.id)
    assert result.returncode == 0
    text = result.stdout.decode()
    assert text.startswith(f"At Mon 23 Nov 2026, {call.reserved_at:%H:%M:%S} UTC it was checked")
    assert f"{size(kept)} entries of 1 chain are as they were written" in text
    assert f"\n2026-11-23 {call.placed_at:%H:%M:%S}Z  The call was placed" in text
    assert "\nNot known:\n- No consent record" in text


def test_the_same_person_by_id_and_by_number(kept: Kept) -> None:
    """In any spelling of the number."""
    by_id = evidence(kept, "contact", kept.contact_id(FAY), "--json")
    by_number = evidence(kept, "contact", "(305) 555-0102", "--json")
    first, second = json.loads(by_id.stdout), json.loads(by_number.stdout)
    assert first["decisions"] == second["decisions"]
    assert first["question"]["kind"] == "contact"
    assert second["question"] == {"kind": "number", "key": FAY}


def test_the_report_is_a_page(kept: Kept) -> None:
    """For a lawyer."""
    page = evidence(kept, "call", kept.attempts(ADA)[0].id, "--html").stdout.decode()
    assert page.startswith("<!doctype html>")
    assert "Why this call was made" in page


def test_the_packet_is_one_file(kept: Kept, tmp_path: Path) -> None:
    """Written whole or not at all; nothing else is printed."""
    out = tmp_path / "packet.zip"
    result = evidence(kept, "contact", ADA, "--out", out)
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    with zipfile.ZipFile(out) as archive:
        assert json.loads(archive.read("packet.json"))["integrity"]["whole"] is True
    assert [file.name for file in tmp_path.iterdir() if file.suffix == ".part"] == []
    nowhere = tmp_path / "no" / "packet.zip"
    assert "cannot be written" in one_line(evidence(kept, "contact", ADA, "--out", nowhere))


def test_the_document_has_a_schema() -> None:
    """It can be asked for without a database."""
    assert json.loads(fairdial("evidence", "schema").stdout)["title"] == "Packet"


@pytest.mark.parametrize(
    ("command", "key", "said"),
    [
        ("call", NOBODY, f"there is no call {NOBODY} in the account"),
        ("call", "+12125550199", "there is no call of that id in the account"),
        ("contact", NOBODY, f"there is no contact {NOBODY} in the account"),
        ("contact", "+12125550199", "there is no number that anything is kept about in the acc"),
        ("contact", "Ada", "this is neither a contact's id nor a number"),
    ],
)
def test_what_is_not_kept_is_one_line(kept: Kept, command: str, key: str, said: str) -> None:
    """Without the number that was asked for."""
    line = one_line(evidence(kept, command, key))
    assert said in line
    assert "5550199" not in line
