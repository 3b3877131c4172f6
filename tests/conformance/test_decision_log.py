"""What the DecisionLog port promises, on every storage."""

from __future__ import annotations

from tests.builders import NOON, a_campaign, a_decision, after, ident, keep_campaign
from tests.conformance.storage import Storage

CAMPAIGN = a_campaign().id


def kept(storage: Storage) -> None:
    """Decisions at 0, 1 and 2 seconds, and one of another campaign."""
    with storage() as uow:
        keep_campaign(uow)
        keep_campaign(uow, a_campaign("second"))
        for seconds in range(3):
            uow.decisions.add(a_decision(after(seconds), calls=seconds))
        uow.decisions.add(a_decision(after(9), "second"))


def test_a_decision_comes_back_as_it_was_kept(storage: Storage) -> None:
    """With its figures, and until when nobody is callable."""
    odd = a_decision(until_at=after(60), inputs={"idle": 3, "threshold": 0.0125, "busy": 0})
    with storage() as uow:
        keep_campaign(uow)
        uow.decisions.add(odd)
    with storage() as uow:
        assert uow.decisions.latest(CAMPAIGN, 1) == [odd]


def test_the_newest_come_first(storage: Storage) -> None:
    """As many as asked for, of one campaign; a new one is seen in its own unit of work."""
    kept(storage)
    with storage() as uow:
        assert [each.calls for each in uow.decisions.latest(CAMPAIGN, 2)] == [2, 1]
        uow.decisions.add(a_decision(after(3), calls=3))
        assert [each.calls for each in uow.decisions.latest(CAMPAIGN, 9)] == [3, 2, 1, 0]
        assert uow.decisions.latest(ident("nothing"), 9) == []


def test_the_decision_at_an_instant_is_the_last_up_to_it(storage: Storage) -> None:
    """The instant itself counts; before the first there is none."""
    kept(storage)
    with storage() as uow:
        found = [uow.decisions.at(CAMPAIGN, after(seconds)) for seconds in (-0.001, 0, 1.999, 99)]
    assert [None if each is None else each.calls for each in found] == [None, 0, 1, 2]
    assert found[1] is not None
    assert found[1].decided_at == NOON


def test_decisions_of_a_span_come_oldest_first(storage: Storage) -> None:
    """The start counts and the end does not; the first ones, where there are more than wanted."""
    kept(storage)

    def found(start: float, end: float, limit: int = 9) -> list[int]:
        with storage() as uow:
            within = uow.decisions.between(CAMPAIGN, after(start), after(end), limit)
        return [each.calls for each in within]

    assert found(0, 2) == [0, 1]
    assert found(0.5, 99) == [1, 2]
    assert found(0, 99, 2) == [0, 1]
    assert found(0, 99, 0) == found(3, 99) == found(2, 1) == []


def test_old_decisions_are_forgotten(storage: Storage) -> None:
    """What was decided at the instant stays, and so does every other campaign's."""
    kept(storage)
    with storage() as uow:
        assert uow.decisions.forget_before(CAMPAIGN, after(1), 9) == 1
        assert uow.decisions.forget_before(ident("nothing"), after(99), 9) == 0
        assert [each.calls for each in uow.decisions.latest(CAMPAIGN, 9)] == [2, 1]
    with storage() as uow:
        assert [each.calls for each in uow.decisions.latest(CAMPAIGN, 9)] == [2, 1]
        assert len(uow.decisions.latest(ident("campaign", "second"), 9)) == 1


def test_old_decisions_are_forgotten_in_parts(storage: Storage) -> None:
    """So many at once, the oldest first; the next part in the next transaction."""
    kept(storage)
    for expected, left in ((2, [2]), (1, []), (0, [])):
        with storage() as uow:
            assert uow.decisions.forget_before(CAMPAIGN, after(9), 2) == expected
        with storage() as uow:
            assert [each.calls for each in uow.decisions.latest(CAMPAIGN, 9)] == left
