"""A lifted rule from the deferral to the dial and back: the law's hours hold all the while."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from campaigns.events import AttemptDeferred, CallPlaced
from campaigns.overriding import Wanted, end_override, override
from campaigns.role import Role
from compliance.case import OpenSpan, Weekday
from compliance.evidence import EvidenceKind
from compliance.overrides import Override, OwnRule
from compliance.rulebook import Rulebook
from compliance.rulebook_file import load
from dialer.reserving import Reserving, reserve
from tests.builders import (
    ACCOUNT,
    NOON,
    a_campaign,
    a_contact,
    keep_campaign,
    some_settings,
)
from tests.fakes import FakeDatabase

HOUR = timedelta(hours=1)
MORNINGS = {
    day: (OpenSpan(NOON.time().replace(hour=9), NOON.time().replace(hour=11)),) for day in Weekday
}
"""In the contact's own time; at NOON it is 12 in New York."""


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    """The bundled rules."""
    return load()


class Mornings:
    """A campaign that calls New Yorkers from 9 to 11, at noon."""

    def __init__(self, rulebook: Rulebook, contacts: int) -> None:
        self.rulebook = rulebook
        self.database = FakeDatabase(lambda: NOON)
        settings = some_settings(
            open_hours=MORNINGS, attempt_limits=(), end_at=NOON + timedelta(days=2)
        )
        people = [a_contact(row) for row in range(1, contacts + 1)]
        with self.database() as uow:
            self.campaign = keep_campaign(uow, a_campaign(settings=settings), people)
            uow.queue.enroll(self.campaign, NOON)

    def dial(self, now: datetime, calls: int = 9) -> list[int]:
        """Wake who is due, reserve; the rows that are dialed."""
        with self.database() as uow:
            uow.queue.wake(self.campaign.id, now, 99)
            terms = Reserving(self.campaign, self.rulebook, 1, "simulated", b"key", now)
            return [each.attempt.list_row for each in reserve(uow, calls, terms)]

    def lift(self, now: datetime, until: datetime) -> Override:
        """Lift the open hours."""
        wanted = Wanted(
            OwnRule.OPEN_HOURS, "user-1", Role.ADMINISTRATOR, "Recall of a product", until
        )
        with self.database() as uow:
            return override(uow, ACCOUNT, self.campaign.id, wanted, now)

    def deferrals(self) -> list[set[str]]:
        """The codes of each deferral so far."""
        return [{r.code for r in f.reasons} for f in self.database.facts(AttemptDeferred)]


def test_deferred_then_dialed_then_deferred_again(rulebook: Rulebook) -> None:
    """Outside the open hours; while they are lifted; and once the override has ended."""
    room = Mornings(rulebook, 3)
    assert room.dial(NOON) == []
    assert room.deferrals() == [{"outside_open_hours"}] * 3
    made = room.lift(NOON + HOUR, NOON + 3 * HOUR)
    assert room.dial(NOON + HOUR, calls=2) == [1, 2]
    # Its end needs nobody: the third contact, ready since, is deferred again.
    assert room.dial(made.ends_at) == []
    assert room.deferrals()[3:] == [{"outside_open_hours"}]
    assert len(room.database.facts(CallPlaced)) == 2


def test_an_override_that_was_ended_early_lifts_nothing_more(rulebook: Rulebook) -> None:
    """From the instant of its end on."""
    room = Mornings(rulebook, 2)
    made = room.lift(NOON, NOON + 3 * HOUR)
    assert room.dial(NOON, calls=1) == [1]
    with room.database() as uow:
        end_override(
            uow, ACCOUNT, room.campaign.id, made.id, "user-2", Role.ADMINISTRATOR, NOON + HOUR
        )
    assert room.dial(NOON + HOUR) == []
    assert room.deferrals() == [{"outside_open_hours"}]


def test_the_laws_hours_are_not_lifted(rulebook: Rulebook) -> None:
    """At 22:00 in New York the law defers to 8:00 all the same, and says so alone."""
    room = Mornings(rulebook, 1)
    night = NOON + 10 * HOUR
    room.lift(night, night + 20 * HOUR)
    assert room.dial(night) == []
    (told,) = room.database.facts(AttemptDeferred)
    assert {reason.code for reason in told.reasons} == {"outside_calling_hours"}
    assert told.not_before == datetime(2026, 11, 24, 13, 0, tzinfo=NOON.tzinfo)
    assert room.dial(told.not_before) == [1]


def test_each_decision_names_the_overrides_in_force(rulebook: Rulebook) -> None:
    """The evidence of a call that an override let through tells of it; the next tells of none."""
    room = Mornings(rulebook, 2)
    made = room.lift(NOON, NOON + HOUR)
    room.dial(NOON, calls=1)
    room.dial(NOON + HOUR)
    with room.database() as uow:
        entries = [
            [each.evidence for each in uow.evidence.of_contact(ACCOUNT, a_contact(row).id)]
            for row in (1, 2)
        ]
    decisions = [
        [json.loads(each.body) for each in of_contact if each.kind is EvidenceKind.DECISION]
        for of_contact in entries
    ]
    assert [[each["decision"] for each in found] for found in decisions] == [["allow"], ["defer"]]
    assert decisions[0][0]["overrides"] == [{"id": made.id, "rule": "open_hours", "by": "user-1"}]
    assert decisions[1][0]["overrides"] == []
