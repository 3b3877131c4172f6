"""`fairdial deliveries`: what is shown, what is offered again, and what is said to bad input."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from app.bootstrap import build
from app.cli import main
from app.jobs import forget_deliveries, scheduler_jobs
from app.settings import Settings
from campaigns.deliveries import DeliveryState
from campaigns.events import instant_text
from tests.builders import NOON, a_contact_fact, after
from tests.web.site import TestClock

ACCOUNT = "default"
NOBODY = "00000000-0000-0000-0000-000000000000"


class Desk:
    """A service whose bus took one event of three, refused one, and cannot be reached."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture
        self.clock = TestClock(NOON)
        self.parts = build(Settings(data=folder), self.clock)
        with self.parts.database() as uow:
            uow.deliveries.register(ACCOUNT, "bus")
            uow.outbox.append(ACCOUNT, *[a_contact_fact(row, after(row)) for row in (1, 2, 3)])
        with self.parts.database() as uow:
            got, dead, waiting = uow.deliveries.take(ACCOUNT, "bus", after(9), 9)
            uow.deliveries.retry(got, after(4), "throttled", after(5))
            uow.deliveries.done([got], after(5))
            uow.deliveries.bury(dead, after(5), "MalformedDetail: \x1b[31mno")
            uow.deliveries.hold(ACCOUNT, "bus", after(6), "no answer", after(9))
        self.got, self.dead, self.waiting = (e.event.event_id for e in (got, dead, waiting))

    def tell(self, *arguments: object) -> tuple[int, str, str]:
        """Exit code, output and errors of `fairdial deliveries ...`."""
        given = ["deliveries", *map(str, arguments), "--data", str(self.parts.settings.data)]
        with pytest.raises(SystemExit) as stopped:
            main(given)
        printed = self._capture.readouterr()
        return int(stopped.value.code or 0), printed.out, printed.err

    def state(self, event: str) -> DeliveryState | None:
        """Of its delivery to the bus."""
        with self.parts.database.reading() as uow:
            found = {each.sink: each.state for each in uow.deliveries.of_event(ACCOUNT, event)}
        return found.get("bus")


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """Nobody has looked yet."""
    return Desk(tmp_path, capsys)


def test_sinks_are_told_with_what_waits_and_why(desk: Desk) -> None:
    """How far behind each is, and since when it cannot be reached."""
    code, out, _ = desk.tell("sinks")
    assert (code, out.splitlines()) == (
        0,
        [
            f"bus: 1 waiting, 1 dead; the oldest that waits is of {instant_text(after(3))}; cannot "
            f"be reached since {instant_text(after(6))}, tried 1 times, again at "
            f"{instant_text(after(9))}: no answer",
            f"local_log: 3 waiting, 0 dead; the oldest that waits is of {instant_text(after(1))}",
        ],
    )
    bus = json.loads(desk.tell("sinks", "--json")[1])[0]
    assert (bus["name"], bus["waiting"], bus["failing_since"]) == (
        "bus",
        1,
        instant_text(after(6)),
    )


def test_dead_letters_are_listed_with_the_reason(desk: Desk) -> None:
    """They are what somebody has to look at; a terminal is shown no control characters."""
    assert desk.tell("list")[1] == (
        f"{desk.dead} Contact Finished -> bus: given up at {instant_text(after(5))}, "
        "tried 1 times: MalformedDetail: \\x1b[31mno\n"
    )
    waiting = desk.tell("list", "--state", "waiting", "--sink", "bus")[1]
    assert waiting.startswith(f"{desk.waiting} Contact Finished -> bus: due at ")
    (record,) = json.loads(desk.tell("list", "--state", "delivered", "--json")[1])
    assert (record["event_id"], record["tries"]) == (desk.got, 2)


def test_an_event_is_followed_to_each_sink(desk: Desk) -> None:
    """Every failed try with its answer and time."""
    _, out, _ = desk.tell("show", desk.got)
    bus, failure, log = out.splitlines()
    assert bus.endswith(f"-> bus: delivered at {instant_text(after(5))}, tried 2 times")
    assert failure == f"  try 1, {instant_text(after(4))}: throttled"
    assert "-> local_log: due at" in log
    records = json.loads(desk.tell("show", desk.got, "--json")[1])
    assert [each["answer"] for each in records[0]["failures"]] == ["throttled"]


@pytest.mark.parametrize("how", ["one", "sink", "all"])
def test_dead_letters_are_offered_again(desk: Desk, how: str) -> None:
    """One, those of a sink, or all; who asks twice is told that there is none."""
    asked = {"one": [desk.dead], "sink": ["--all", "--sink", "bus"], "all": ["--all"]}[how]
    assert desk.tell("retry", *asked) == (0, "1 dead letters are offered again\n", "")
    assert desk.state(desk.dead) is DeliveryState.WAITING
    assert desk.tell("retry", *asked) == (2, "", "fairdial: there is no such dead letter\n")


def test_a_sink_that_is_no_more_is_closed(desk: Desk) -> None:
    """Nothing is kept for it any more; one of the settings or a webhook is closed elsewhere."""
    assert desk.tell("close", "bus") == (0, "", "")
    assert desk.state(desk.waiting) is DeliveryState.DEAD
    assert desk.tell("sinks")[1].startswith("local_log: ")
    for sink, said in (
        ("bus", "there is no sink bus"),
        ("local_log", "local_log is still among the settings"),
        ("webhook:1", "use fairdial webhooks disable"),
    ):
        code, _, err = desk.tell("close", sink)
        assert (code, err.count("\n")) == (2, 1)
        assert said in err


def test_bad_input_is_one_line(desk: Desk) -> None:
    """And changes nothing."""
    for arguments, said in (
        (["show", NOBODY], f"no delivery of an event {NOBODY} is kept"),
        (["show", "event"], "Invalid value for 'EVENT'"),
        (["retry"], "name the events whose dead letters to retry, or give --all"),
        (["retry", NOBODY, "--all"], "name the events"),
        (["retry", NOBODY], "there is no such dead letter"),
        (["retry", "--all", "--sink", "x"], "there is no sink x; there are: bus, local_log"),
        (["list", "--sink", "x"], "there is no sink x"),
        (["list", "--state", "lost"], "Invalid value for '--state'"),
    ):
        code, out, err = desk.tell(*arguments)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert said in err
    assert desk.state(desk.dead) is DeliveryState.DEAD


def test_a_bus_that_cannot_be_is_refused_before_anything_is_touched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else every later event would wait for it."""
    for name, value, said in (
        ("BUS", "two words", "'two words' is not the name or ARN of an event bus"),
        ("ENDPOINT_ID", "abcde", "'abcde' is not the id of a global endpoint"),
    ):
        monkeypatch.setenv("FAIRDIAL_EVENTBRIDGE_BUS", "fairdial")
        monkeypatch.setenv(f"FAIRDIAL_EVENTBRIDGE_{name}", value)
        with pytest.raises(SystemExit) as stopped:
            main(["deliveries", "sinks", "--data", str(tmp_path / "data")])
        err = capsys.readouterr().err
        assert (stopped.value.code, err.count("\n")) == (2, 1)
        assert said in err
        assert not (tmp_path / "data").exists()


def test_old_deliveries_are_forgotten(desk: Desk) -> None:
    """After the days that the settings say; what waits and what is dead stays."""
    desk.clock.move(timedelta(days=desk.parts.settings.deliveries_kept_days, seconds=5))
    forget_deliveries(desk.parts)
    assert desk.state(desk.got) is DeliveryState.DELIVERED
    desk.clock.move(timedelta(seconds=1))
    forget_deliveries(desk.parts)
    assert desk.state(desk.got) is None
    assert desk.state(desk.dead) is DeliveryState.DEAD
    assert desk.state(desk.waiting) is DeliveryState.WAITING
    assert "forget deliveries" in {job.name for job in scheduler_jobs(desk.parts)}
