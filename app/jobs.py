"""What wakes when: APScheduler as a local alarm clock, and nothing more.

Every process has its own clock. Who may pace a campaign is decided by its lease; who runs any
other job at its instant is decided by a UNIQUE (job, due_at) row (two schedulers on one store ran
a job twice, which is why the store is in memory here).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from app.bootstrap import Parts
from app.dialer_worker import DialerWorker
from app.webhook_relay import WebhookRelay
from campaigns.campaign import CampaignAction, CampaignState, WrongStateError
from campaigns.ports import EventPublisher
from campaigns.relay import relay
from campaigns.schedule import due_to_start, is_refresh_due
from campaigns.sealing import publish_heads
from campaigns.service import CampaignOverError, ListNotReadyError, act, read_list
from compliance.columns import EPOCH

log = structlog.get_logger()

RUNS_KEPT_FOR = timedelta(days=1)

RECORDS_AT_ONCE = 5_000
"""So many records of deliveries are deleted in one transaction."""

DECISIONS_AT_ONCE = 5_000
"""So many are deleted in one transaction, in a small part of a second."""


@dataclass(frozen=True, slots=True)
class Job:
    """A function and how often it is called. `shared`: by one process only for each instant."""

    name: str
    every: timedelta
    run: Callable[[], object]
    shared: bool = False


def dialer_jobs(worker: DialerWorker) -> list[Job]:
    """What the dialer role does."""
    return [
        Job("tick", timedelta(seconds=1), worker.tick),
        Job("pump", timedelta(milliseconds=100), worker.pump),
    ]


def relay_jobs(parts: Parts, publishers: list[EventPublisher], random: Random) -> list[Job]:
    """What the relay role does: each publisher on its own, so that none waits for another."""
    every = timedelta(milliseconds=500)
    return [
        Job(f"relay {publisher.name}", every, _relayer(parts, publisher, random))
        for publisher in publishers
    ]


def webhook_jobs(webhooks: WebhookRelay) -> list[Job]:
    """What the relay role does besides."""
    return [Job("relay webhooks", timedelta(milliseconds=500), webhooks.look)]


def _relayer(parts: Parts, publisher: EventPublisher, random: Random) -> Callable[[], None]:
    def drain() -> None:
        account = parts.settings.account
        while relay(parts.database, account, publisher, parts.clock.now(), random):
            pass

    return drain


def scheduler_jobs(parts: Parts) -> list[Job]:
    """What the scheduler role does."""
    return [
        Job("start campaigns", timedelta(seconds=2), lambda: start_due(parts), shared=True),
        Job("read lists again", timedelta(seconds=30), lambda: refresh(parts), shared=True),
        Job("seal evidence", timedelta(minutes=10), lambda: seal_evidence(parts), shared=True),
        Job("forget job runs", timedelta(hours=1), lambda: forget_runs(parts), shared=True),
        Job("forget decisions", timedelta(hours=1), lambda: forget_decisions(parts), shared=True),
        Job("forget deliveries", timedelta(hours=1), lambda: forget_deliveries(parts), shared=True),
    ]


def start_due(parts: Parts) -> None:
    """Start the scheduled campaigns whose time has come; one that cannot start has failed."""
    now = parts.clock.now()
    with parts.database.reading() as uow:
        scheduled = uow.campaigns.in_states([CampaignState.SCHEDULED])
    for campaign in due_to_start(scheduled, now):
        try:
            with parts.database() as uow:
                act(uow, campaign.account, campaign.id, CampaignAction.START, now, "scheduled")
        except WrongStateError:
            continue  # A person was faster.
        except (CampaignOverError, ListNotReadyError) as error:
            with parts.database() as uow:
                act(uow, campaign.account, campaign.id, CampaignAction.STOP, now, str(error))


def refresh(parts: Parts) -> None:
    """Read the lists of running campaigns again where it is time to."""
    now = parts.clock.now()
    with parts.database.reading() as uow:
        due = [
            campaign
            for campaign in uow.campaigns.in_states([CampaignState.RUNNING])
            if is_refresh_due(campaign, uow.campaigns.enrolled_at(campaign.id), now)
        ]
    for campaign in due:
        with parts.database() as uow:
            if uow.campaigns.lock(campaign.id).state is CampaignState.RUNNING:
                read_list(uow, campaign, now)


def seal_evidence(parts: Parts) -> None:
    """Publish how far each chain of evidence reaches by now."""
    publish_heads(parts.database, parts.settings.account, parts.clock.now())


def forget_runs(parts: Parts) -> None:
    """Delete the rows of long past runs."""
    with parts.database() as uow:
        uow.job_runs.forget_before(parts.clock.now() - RUNS_KEPT_FOR)


def forget_decisions(parts: Parts) -> None:
    """Delete old pacing decisions, a campaign at a time."""
    before = parts.clock.now() - timedelta(days=parts.settings.decisions_kept_days)
    with parts.database.reading() as uow:
        campaigns = uow.campaigns.of_account(parts.settings.account)
    for campaign in campaigns:
        left = True
        while left:
            # In parts: a dialer that waits for one long transaction dials nothing meanwhile.
            with parts.database() as uow:
                deleted = uow.decisions.forget_before(campaign.id, before, DECISIONS_AT_ONCE)
            left = deleted == DECISIONS_AT_ONCE


def forget_deliveries(parts: Parts) -> None:
    """Delete what became of events that were delivered long ago; dead letters stay."""
    before = parts.clock.now() - timedelta(days=parts.settings.deliveries_kept_days)
    deleted = RECORDS_AT_ONCE
    while deleted:
        with parts.database() as uow:
            account = parts.settings.account
            deleted = uow.deliveries.forget_before(account, before, RECORDS_AT_ONCE)


def start(parts: Parts, jobs: list[Job]) -> BackgroundScheduler:
    """Wake these jobs from now on, each at most once at a time; what was missed is not made up."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(max(4, len(jobs)))},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone="UTC",
    )
    for job in jobs:
        scheduler.add_job(
            _guarded(parts, job),
            "interval",
            seconds=job.every.total_seconds(),
            id=job.name,
            next_run_time=parts.clock.now(),
        )
    scheduler.start()
    return scheduler


def _guarded(parts: Parts, job: Job) -> Callable[[], None]:
    """The job, taken by one process where it is shared; a failure is logged, never lost."""

    def run() -> None:
        due_at = _slot(parts.clock.now(), job.every)
        try:
            if not job.shared:
                job.run()
            elif _take(parts, job, due_at):
                job.run()
                _finish(parts, job, due_at, None)
        except Exception as error:
            log.exception("job failed", job=job.name)
            if job.shared:
                _finish(parts, job, due_at, type(error).__name__)

    return run


def _slot(now: datetime, every: timedelta) -> datetime:
    """The instant that this wake-up stands for: the same in every process."""
    return EPOCH + (now - EPOCH) // every * every


def _take(parts: Parts, job: Job, due_at: datetime) -> bool:
    with parts.database() as uow:
        return uow.job_runs.take(job.name, due_at, parts.worker, parts.clock.now())


def _finish(parts: Parts, job: Job, due_at: datetime, error: str | None) -> None:
    with parts.database() as uow:
        uow.job_runs.finish(job.name, due_at, parts.clock.now(), error)
