"""`fairdial abandonment`, line by line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from fractions import Fraction

import pytest

from app.abandonment_filter import run

ANSWERED = {
    "answeredBy": "human",
    "connectedToSystem": "2026-11-23T15:00:00.000Z",
    "connectedToAgent": "2026-11-23T15:00:01.000Z",
    "disconnected": "2026-11-23T15:02:00.000Z",
    "disconnectedBy": "agent",
}


def event(attempt: str, **detail: object) -> str:
    """One `Call Ended` as a line."""
    return json.dumps(
        {
            "version": "0",
            "detail-type": "Call Ended",
            "time": "2026-11-23T15:02:00.000Z",
            "detail": {
                "campaignId": "c",
                "attemptId": attempt,
                "dialMode": "predictive",
                **ANSWERED,
                **detail,
            },
        }
    )


class Run:
    """One run over these lines: exit code, what was written, what was complained."""

    def __init__(
        self,
        lines: list[str | bytes],
        definition: str | None = None,
        at: datetime | None = None,
        false_positive_rate: Fraction | None = None,
    ) -> None:
        self.written: list[str] = []
        self.complaints: list[str] = []
        self.code = run(
            lines,
            self.written.append,
            definition,
            at,
            self.complaints.append,
            false_positive_rate,
        )

    @property
    def lines(self) -> list[dict[str, object]]:
        """What was written, read back."""
        return [json.loads(line) for line in self.written]


def test_all_four_definitions() -> None:
    """Without a choice every campaign is reported under each, sorted."""
    done = Run([event("a"), event("b", connectedToAgent=None, disconnectedBy="system")])
    assert done.code == 0
    assert [line["definition"] for line in done.lines] == [
        "ca-crtc",
        "uk-ofcom",
        "us-fcc",
        "us-ftc",
    ]
    assert {(line["liveAnswered"], line["abandoned"]) for line in done.lines} == {(2, 1)}
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in done.written)


def test_one_definition() -> None:
    """The exact line as it is published."""
    done = Run([event("a")], "us-ftc")
    assert done.lines == [
        {
            "campaignId": "c",
            "definition": "us-ftc",
            "window": {"start": "2026-11-23T00:00:00Z", "end": "2026-12-23T00:00:00Z"},
            "liveAnswered": 1,
            "abandoned": 0,
            "ratePercent": 0.0,
            "limitPercent": 3.0,
            "withinLimit": True,
            "status": "safe_harbor",
        }
    ]


def test_the_estimate_comes_when_asked() -> None:
    """Only on uk-ofcom lines, after what the contract fixes; else each byte stays as it is."""
    machine = {"answeredBy": "machine", "connectedToAgent": None, "disconnectedBy": "system"}
    lines: list[str | bytes] = [event("a"), *(event(f"m{n}", **machine) for n in range(4))]
    plain = Run(lines)
    asked = Run(lines, false_positive_rate=Fraction(1, 40))
    changed = [(old, new) for old, new in zip(plain.written, asked.written, strict=True)]
    ((old, new),) = [pair for pair in changed if pair[0] != pair[1]]
    assert json.loads(old)["definition"] == "uk-ofcom"
    assert list(json.loads(new)) == [*json.loads(old), "estimate"]
    told = json.loads(new)
    # A tenth of a person lost, one person with an agent: 0.1 / 1.1.
    assert (told["abandoned"], told["ratePercent"], told["withinLimit"]) == (0, 9.09, False)
    assert (told["estimate"]["machinesDetected"], told["estimate"]["peopleAdded"]) == (4, 0.1)


def test_only_ended_calls_count() -> None:
    """Other events pass by unread, whatever their detail."""
    placed = json.dumps({"detail-type": "Call Placed", "detail": None})
    assert Run([placed, event("a")], "us-ftc").lines[0]["liveAnswered"] == 1


def test_copies_count_once() -> None:
    """Delivery is at least once."""
    assert Run([event("a")] * 5, "us-ftc").lines[0]["liveAnswered"] == 1


def test_at_chooses_the_windows() -> None:
    """Only the windows that hold the instant."""
    at = datetime(2026, 11, 30, tzinfo=UTC)
    assert [line["definition"] for line in Run([event("a")], at=at).lines] == [
        "ca-crtc",
        "us-fcc",
        "us-ftc",
    ]


@pytest.mark.parametrize("lines", [[], ["\n", "  \r\n"]])
def test_nothing_in_nothing_out(lines: list[str | bytes]) -> None:
    """No event is no line and no error; blank lines are passed over."""
    done = Run(lines)
    assert (done.code, done.written, done.complaints) == (0, [], [])


def test_bytes_do_as_well() -> None:
    """Standard input may be read as it comes."""
    assert Run([event("a").encode()], "us-ftc").lines[0]["liveAnswered"] == 1


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("{", "the line"),
        ("[]", "the line"),
        ("[" * 100_000, "the line"),
        (b'{"detail-type": "\xff"}', "the line"),
        ("{}", "detail-type"),
        ('{"detail-type": 7}', "detail-type"),
        ('{"detail-type": "Call Ended"}', "detail"),
        (event("a", answeredBy="alien"), "detail.answeredBy"),
        (event("a", campaignId=None), "detail.campaignId"),
        (event("a", connectedToSystem="+14155550100"), "detail.connectedToSystem"),
    ],
)
def test_bad_input(line: str | bytes, named: str) -> None:
    """Exit 2, one line that names line and field, no value repeated, nothing written."""
    done = Run([event("ok"), "\n", line, event("later")])
    assert (done.code, done.written) == (2, [])
    (complaint,) = done.complaints
    assert complaint.startswith(f"fairdial abandonment: line 3: {named}: ")
    assert complaint.count("\n") == 1
    assert "+1415" not in complaint


def test_an_unknown_definition() -> None:
    """Bad usage, with the names that there are."""
    done = Run([event("a")], "us-irs")
    assert (done.code, done.written) == (2, [])
    assert done.complaints == [
        "fairdial abandonment: --definition: must be one of us-ftc, us-fcc, uk-ofcom, ca-crtc\n"
    ]


def test_complaints_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output is for the figures alone."""
    assert run(["{"], lambda line: None) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("fairdial abandonment: line 1: ")
