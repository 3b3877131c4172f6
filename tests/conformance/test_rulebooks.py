"""What the Rulebooks port promises, on every storage."""

from __future__ import annotations

from tests.builders import NOON, after
from tests.conformance.storage import Storage


def test_a_rulebook_is_kept_by_its_version(storage: Storage) -> None:
    """What was not kept is not there."""
    with storage() as uow:
        uow.rulebooks.keep("rules 1, zones 1", '{"a": 1}', NOON)
        uow.rulebooks.keep("rules 2, zones 1", '{"b": 2}', NOON)
    with storage() as uow:
        assert uow.rulebooks.contents(["rules 2, zones 1", "rules 3, zones 1"]) == {
            "rules 2, zones 1": '{"b": 2}'
        }
        assert uow.rulebooks.contents([]) == {}


def test_what_is_kept_never_changes(storage: Storage) -> None:
    """Each start of the service keeps its rulebook again."""
    with storage() as uow:
        uow.rulebooks.keep("rules 1, zones 1", "first", NOON)
        uow.rulebooks.keep("rules 1, zones 1", "second", after(1))
    with storage() as uow:
        uow.rulebooks.keep("rules 1, zones 1", "third", after(2))
    with storage() as uow:
        assert uow.rulebooks.contents(["rules 1, zones 1"]) == {"rules 1, zones 1": "first"}
