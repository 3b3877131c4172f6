"""`fairdial events`: schemas, the catalogue, and what is said about wrong lines."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app import event_commands
from app.event_commands import LineError, UnknownDetailTypeError
from campaigns import events
from compliance.case import DialMode

SCHEMAS = Path(__file__).parents[3] / "docs" / "events" / "schemas"
AT = datetime(2026, 11, 23, 14, 0, 1, 250_000, tzinfo=UTC)


def line(sequence: int = 1, contact: str = "c", account: str = "acme") -> str:
    """A good line."""
    fact = events.AttemptReserved(
        occurred_at=AT,
        campaign_id="k",
        contact_id=contact,
        attempt_id="a",
        dial_mode=DialMode.PREVIEW,
    )
    return events.seal(fact, sequence, account, "local").body + "\n"


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    """A good line after a change."""
    event = json.loads(line())
    change(event)
    return json.dumps(event)


def with_detail(**fields: object) -> str:
    """A good line after these fields of its detail were set."""
    return changed(lambda event: event["detail"].update(fields))


# --------------------------------------------------------------------------------------- schemas
@pytest.mark.parametrize("detail_type", list(events.CATALOGUE))
def test_the_committed_schema_is_the_models(detail_type: str) -> None:
    """What consumers were given is what is published."""
    file = SCHEMAS / events.schema_file(detail_type)
    assert file.read_text(encoding="utf-8") == event_commands.schema(detail_type), (
        f"{detail_type} no longer has the schema in {file.name}. A change that a consumer could "
        "notice is a new version: raise the model's schema_version and keep the old file. Then, or "
        "for a change in wording alone, write the files anew with app.event_commands.write_schemas."
    )


def test_every_schema_file_is_of_a_known_detail_type() -> None:
    """No file is left over from a detail-type that was renamed."""
    known = {events.schema_file(detail_type).split(".")[0] for detail_type in events.CATALOGUE}
    assert {file.name.split(".")[0] for file in SCHEMAS.iterdir()} == known


def test_writing_the_schemas_gives_one_file_for_each(tmp_path: Path) -> None:
    """The files are made from the models."""
    event_commands.write_schemas(tmp_path)
    names = sorted(file.name for file in tmp_path.iterdir())
    assert names == sorted(map(events.schema_file, events.CATALOGUE))
    assert json.loads((tmp_path / "call-ended.v1.json").read_bytes())["title"] == "Call Ended"


@pytest.mark.parametrize("spelling", ["call ended", "CallEnded", "Call Endd", "call-ended"])
def test_an_unknown_detail_type_names_near_ones(spelling: str) -> None:
    """A slip of the hand costs one more try, not a search."""
    with pytest.raises(UnknownDetailTypeError, match="did you mean Call Ended"):
        event_commands.schema(spelling)


def test_a_wholly_unknown_detail_type_points_to_the_list() -> None:
    """There is always a next step."""
    with pytest.raises(UnknownDetailTypeError, match="fairdial events list"):
        event_commands.schema("xyzzy")


def test_the_catalogue_has_version_and_meaning() -> None:
    """One line each, in the order of a campaign's life."""
    entries = event_commands.catalogue()
    assert [entry.detail_type for entry in entries] == list(events.CATALOGUE)
    placed = next(entry for entry in entries if entry.detail_type == "Call Placed")
    assert placed.version == 1
    assert placed.description == "The attempt was committed and the request to dial was sent."


# ------------------------------------------------------------------------------------ validation
def test_good_lines() -> None:
    """Every subject counts for itself; an empty line is no event."""
    lines = [line(1), line(2), "\n", line(1, "other"), line(1, account="else"), line(3)]
    assert event_commands.validate(lines) == event_commands.Validation(5, [])


def test_an_unknown_field_is_no_error() -> None:
    """Consumers ignore what they do not know."""
    added = with_detail(newField=[1])
    assert event_commands.validate([added]).errors == []


def test_a_second_copy_is_no_error() -> None:
    """Delivery is at least once."""
    assert event_commands.validate([line(1), line(2), line(1), line(2), line(3)]).errors == []


def test_what_eventbridge_delivered_is_good() -> None:
    """It gives its own id and whole seconds."""
    delivered = changed(lambda event: event.update(id="x", time="2026-11-23T14:00:01Z"))
    assert event_commands.validate([delivered]).errors == []


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("{", "not JSON: Expecting property name enclosed in double quotes"),
        ('{"a":NaN}', "not JSON: NaN is no JSON number"),
        ("[" * 100_000, "not JSON: "),
        ("7", "not a JSON object"),
        ("{}", "detail-type: is missing"),
        (
            changed(lambda event: event.update({"detail-type": "Attempt Resrved"})),
            "detail-type: is not in the catalogue; did you mean Attempt Reserved",
        ),
        (
            changed(lambda event: event.update({"detail-type": {}})),
            "detail-type: is not in the catalogue",
        ),
        (changed(lambda event: event.pop("region")), "event: region is missing"),
        (changed(lambda event: event.update(source="me")), 'source: must be "fairdial"'),
        (changed(lambda event: event.update(id="x")), "id: must equal detail.eventId"),
        (
            changed(lambda event: event.update(time="2026-11-23T14:00:01.251Z")),
            "time: must equal detail.occurredAt",
        ),
        (
            with_detail(dialMode="+12125550100"),
            "detail.dialMode: must be one of preview, progressive, predictive, agentless",
        ),
        (
            with_detail(occurredAt="2026-11-23 14:00"),
            "detail.occurredAt: breaks",
        ),
        (
            with_detail(schemaVersion=2),
            "detail.schemaVersion: must be 1",
        ),
        (
            with_detail(sequence="1"),
            "detail.sequence: must be integer",
        ),
        (changed(lambda event: event["detail"].pop("attemptId")), "detail: attemptId is missing"),
    ],
)
def test_a_wrong_line_is_named_with_its_reason(wrong: str, reason: str) -> None:
    """Line and reason; the good lines around it are read all the same."""
    result = event_commands.validate([line(1, "other"), wrong, line(2, "other")])
    assert result.count == 3
    (error,) = result.errors
    assert error.line == 2
    assert error.reason.startswith(reason)


def test_a_reason_repeats_no_value() -> None:
    """A wrong line may hold a customer's number; the complaint about it may not (S4)."""
    secret = "+12125550100"
    for field in ("eventId", "occurredAt", "dialMode", "sequence", "schemaVersion", "contactId"):
        (error,) = event_commands.validate([with_detail(**{field: [secret]})]).errors
        assert secret not in error.reason


def test_a_gap_is_an_error() -> None:
    """A log that lacks an event says where; what follows is counted from there."""
    result = event_commands.validate([line(1), line(3), line(4)])
    assert result.errors == [
        LineError(2, "detail.sequence: sequence gap: 3 follows 1 for this contactId")
    ]


def test_a_log_that_begins_in_the_middle_is_an_error() -> None:
    """The first event of a subject has 1."""
    (error,) = event_commands.validate([line(2)]).errors
    assert error.reason == "detail.sequence: sequence gap: 2 follows 0 for this contactId"


def test_an_event_about_nothing_is_an_error() -> None:
    """It stands in no sequence."""
    fact = events.ContactSuppressed(
        occurred_at=AT,
        contact_list_id="dnc",
        phone_hash="h",
        scope="account",
        basis="national",
        source="import",
    )
    event = json.loads(events.seal(fact, 1, "acme", "local").body)
    assert event_commands.validate([json.dumps(event)]).errors == []
    del event["detail"]["contactListId"]
    assert event_commands.validate([json.dumps(event)]).errors == [
        LineError(1, "detail: one of contactId, agentId, campaignId, contactListId is missing")
    ]
