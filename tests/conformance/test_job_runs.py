"""What the JobRuns port promises, on every storage: a UNIQUE row decides who runs a job."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from app.database import Database
from tests.builders import NOON, after
from tests.conformance.storage import Storage, noon, sqlite_engine

WORKERS = 8


def test_one_caller_runs_a_job_for_an_instant(storage: Storage) -> None:
    """Whoever comes second, in the same unit of work or a later one, does not."""
    with storage() as uow:
        assert uow.job_runs.take("relay", NOON, "a", NOON)
        assert not uow.job_runs.take("relay", NOON, "b", after(1))
    with storage() as uow:
        assert not uow.job_runs.take("relay", NOON, "a", after(2))


def test_other_jobs_and_other_instants_are_their_own(storage: Storage) -> None:
    """The pair of job and instant is taken, no more."""
    with storage() as uow:
        assert uow.job_runs.take("relay", NOON, "a", NOON)
        assert uow.job_runs.take("start", NOON, "a", NOON)
        assert uow.job_runs.take("relay", after(5), "b", after(5))


def test_a_finished_run_stays_taken(storage: Storage) -> None:
    """Failed or not, it is not run again."""
    with storage() as uow:
        uow.job_runs.take("relay", NOON, "a", NOON)
        uow.job_runs.take("start", NOON, "a", NOON)
        uow.job_runs.finish("relay", NOON, after(1), None)
        uow.job_runs.finish("start", NOON, after(1), "no route to host")
    with storage() as uow:
        assert not uow.job_runs.take("relay", NOON, "b", after(2))
        assert not uow.job_runs.take("start", NOON, "b", after(2))


def test_old_runs_are_forgotten(storage: Storage) -> None:
    """Those before an instant, not the one at it."""
    with storage() as uow:
        for seconds in (-2, -1, 0):
            uow.job_runs.take("relay", after(seconds), "a", NOON)
    with storage() as uow:
        assert uow.job_runs.forget_before(NOON) == 2
        assert uow.job_runs.forget_before(NOON) == 0
        assert not uow.job_runs.take("relay", NOON, "b", NOON)
        assert uow.job_runs.take("relay", after(-1), "b", NOON)


def takers(database: Database) -> list[str]:
    """Who of many threads got the job, each asking at the same moment."""
    start = Barrier(WORKERS)

    def ask(name: str) -> str | None:
        start.wait(timeout=60)
        with database() as uow:
            return name if uow.job_runs.take("relay", NOON, name, NOON) else None

    with ThreadPoolExecutor(WORKERS) as pool:
        answers = list(pool.map(ask, [f"worker {n}" for n in range(WORKERS)]))
    return [name for name in answers if name is not None]


def test_many_threads_on_postgresql_run_it_once(postgres: Database) -> None:
    """One gets it, whoever that is."""
    assert len(takers(postgres)) == 1


def test_many_threads_on_sqlite_run_it_once(migrated_sqlite: Path, tmp_path: Path) -> None:
    """One gets it, whoever that is."""
    with sqlite_engine(migrated_sqlite, tmp_path) as engine:
        assert len(takers(Database(engine, noon, "test", b"evidence key"))) == 1
