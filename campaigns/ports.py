"""What the use cases and the dialer ask of storage and of the bus, as Protocols.

Each port has one conformance suite (tests/conformance) that every implementation passes.
Methods whose name starts with `lock` hold the rows until the unit of work ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from campaigns.attempt import Attempt
from campaigns.campaign import Campaign, CampaignState
from campaigns.contact import Contact, ContactList
from campaigns.deliveries import DeadLetters, DeliveryRecord, DeliveryState, Sink
from campaigns.events import Disposition, Fact, FinishReason
from campaigns.publishing import OutgoingEvent, PublishResult
from campaigns.webhooks import Endpoint
from compliance.abandonment import Counts
from compliance.abandonment_definitions import Definition
from compliance.ports import (
    Consents,
    EvidenceLog,
    Overrides,
    Rulebooks,
    SuppressionLists,
    Suppressions,
)


class NotFoundError(LookupError):
    """There is no such thing, or it is another account's: both look the same."""

    def __init__(self, noun: str, key: str) -> None:
        super().__init__(f"there is no {noun} {key}")
        self.noun = noun
        self.key = key


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A contact's place in a campaign's dial queue; `deferred`: screening said to wait."""

    contact_id: str
    priority: int
    row: int
    next_attempt_at: datetime
    phone_index: int = 0
    deferred: bool = False


@dataclass(frozen=True, slots=True)
class Claimed:
    """A contact taken from the queue, with what dialing it needs."""

    entry: QueueEntry
    contact: Contact


@dataclass(frozen=True, slots=True)
class LiveCounts:
    """Calls that a person answered, and those of them that were abandoned."""

    live: int
    abandoned: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event that one sink has not got yet. `tries`: how often it was offered in vain."""

    id: int
    tries: int
    event: OutgoingEvent


class ContactLists(Protocol):
    """Contact lists and their contacts."""

    def add(self, contact_list: ContactList, created_at: datetime) -> None:
        """Keep a new list."""

    def get(self, account: str, list_id: str) -> ContactList:
        """The list, or NotFoundError."""

    def of_account(self, account: str) -> list[ContactList]:
        """All lists, newest first."""

    def add_contacts(self, contacts: Sequence[Contact]) -> None:
        """Keep contacts of a list that is being imported."""

    def contact(self, contact_id: str) -> Contact:
        """One contact, or NotFoundError."""

    def contacts_after(self, list_id: str, row: int, limit: int) -> list[Contact]:
        """A list's contacts with a later row, in order of their rows, at most `limit`."""

    def save(self, contact_list: ContactList) -> None:
        """Keep the list's state and counts."""

    def remove(self, list_id: str) -> None:
        """Forget a list and its contacts."""

    def unfinished(self) -> list[ContactList]:
        """Lists whose import never ended."""


class Campaigns(Protocol):
    """Campaigns and their states."""

    def add(self, campaign: Campaign, created_at: datetime) -> None:
        """Keep a new campaign."""

    def get(self, account: str, campaign_id: str) -> Campaign:
        """The campaign, or NotFoundError."""

    def lock(self, campaign_id: str) -> Campaign:
        """The campaign of any account, its row locked, or NotFoundError."""

    def of_account(self, account: str) -> list[Campaign]:
        """All campaigns, newest first."""

    def in_states(self, states: Iterable[CampaignState]) -> list[Campaign]:
        """The campaigns of all accounts in these states, by id."""

    def save(self, campaign: Campaign) -> None:
        """Keep state and settings."""

    def enrolled_at(self, campaign_id: str) -> datetime | None:
        """When its list was last read into the dial queue."""


class DialQueue(Protocol):
    """Who is next (campaigns/selection.py says in which order)."""

    def enroll(self, campaign: Campaign, at: datetime) -> int:
        """Queue the list's contacts that the campaign does not have yet; how many."""

    def wake(self, campaign_id: str, now: datetime, limit: int) -> int:
        """Make contacts ready whose time has come, at most `limit`; how many."""

    def wake_deferred(self, campaign_id: str, now: datetime) -> int:
        """Let contacts that screening deferred be screened again now; how many."""

    def claim(self, campaign_id: str, limit: int) -> list[Claimed]:
        """Take the next ready contacts out of the queue, in order."""

    def put_back(self, campaign_id: str, entries: Sequence[QueueEntry]) -> None:
        """Queue contacts again for their `next_attempt_at`; who is queued already stays so."""

    def reopen(self, campaign_id: str, entry: QueueEntry) -> None:
        """Queue a finished contact again, as after a promised callback."""

    def ready_count(self, campaign_id: str, at_most: int) -> int:
        """How many contacts are ready, counted up to `at_most`."""

    def next_due_at(self, campaign_id: str) -> datetime | None:
        """When the next contact that waits becomes ready; None when none waits."""

    def remaining(self, campaign_id: str) -> int:
        """How many contacts are in the queue."""

    def remove(self, campaign_id: str, limit: int) -> list[str]:
        """Take contacts out of the queue for good, in order; their ids."""

    def finish(
        self, campaign_id: str, contacts: Sequence[tuple[str, FinishReason]], at: datetime
    ) -> None:
        """Record that the campaign is done with these contacts."""


class Attempts(Protocol):
    """Attempts, open and final."""

    def add(self, attempts: Sequence[Attempt]) -> None:
        """Keep new attempts."""

    def save(self, attempts: Sequence[Attempt]) -> None:
        """Keep changed attempts, all but `hang_up_asked_at`."""

    def ask_hang_up(
        self, account: str, phone: str, at: datetime, campaign_id: str | None = None
    ) -> int:
        """Ask the dialer to end calls to a number on which no agent is yet; how many.

        Only those of one campaign if `campaign_id` is given.
        """

    def lock(self, attempt_ids: Sequence[str]) -> dict[str, Attempt]:
        """The attempts that exist, by id, their rows locked."""

    def campaigns_with_open(self) -> set[str]:
        """The campaigns of all accounts that have attempts which have not ended."""

    def open_of(self, campaign_id: str) -> list[Attempt]:
        """Attempts that have not ended, in order of reservation."""

    def to_number(
        self, account: str, phones: Sequence[str], since: datetime
    ) -> dict[str, list[Attempt]]:
        """Attempts on these numbers in any campaign of the account, by number, oldest first."""

    def count_of(self, campaign_id: str, contact_ids: Sequence[str]) -> dict[str, int]:
        """How many attempts the campaign has made on each of these contacts."""

    def endings(
        self, campaign_id: str, contact_ids: Sequence[str]
    ) -> Mapping[tuple[str, Disposition], int]:
        """How often attempts on these contacts ended in each disposition."""

    def live_counts(self, campaign_id: str, since: datetime) -> LiveCounts:
        """People who answered since then, and how many of them were abandoned."""

    def counts_under(
        self,
        campaign_id: str,
        definition: Definition,
        since: datetime,
        before: datetime | None = None,
    ) -> Counts:
        """People who answered since then, and the abandoned among them, as a regulator counts.

        If `before` is given: only those who answered before. `rate_of` are the people too, also
        where the definition takes another share.
        """

    def answered_starts(self, campaign_id: str, since: datetime) -> set[str]:
        """How the numbers begin of people who answered since then: `START_LENGTH` characters."""

    def made(self, campaign_id: str, before: datetime | None = None) -> int:
        """How many attempts the campaign has made; only those reserved `before`, if it is given."""

    def first_placed_at(self, campaign_id: str) -> datetime | None:
        """When the campaign's first call was placed."""


class Outbox(Protocol):
    """Facts, written in the transaction of the change that they tell of (E1)."""

    def append(self, account: str, *facts: Fact) -> None:
        """Publish these when the unit of work commits, each subject's in this order."""


class Deliveries(Protocol):
    """Which sink still has to get which event, and what became of those that it was offered."""

    def register(self, account: str, publisher: str) -> None:
        """From now on each event of the account is due to this sink too."""

    def unregister(self, account: str, publisher: str) -> None:
        """No later event is due to this sink, and nothing is kept of what it got or did not get."""

    def registered(self, account: str) -> list[str]:
        """The names of the account's sinks, sorted."""

    def take(self, account: str, publisher: str, now: datetime, limit: int) -> list[Delivery]:
        """Due deliveries, in order; none whose subject has an earlier one that still waits.

        None at all while the sink is held.
        """

    def done(self, deliveries: Sequence[Delivery], at: datetime) -> None:
        """The sink has these."""

    def retry(self, delivery: Delivery, at: datetime, answer: str, next_try_at: datetime) -> None:
        """Not now; later events of the same subject wait too."""

    def bury(self, delivery: Delivery, at: datetime, reason: str) -> None:
        """Never: into the dead-letter queue."""

    def close(self, account: str, publisher: str, at: datetime, reason: str) -> None:
        """No later event is due to this sink, and what it has not got yet is a dead letter."""

    def hold(
        self, account: str, publisher: str, at: datetime, answer: str, until: datetime
    ) -> None:
        """The sink cannot be reached: offer it nothing until then."""

    def reached(self, account: str, publisher: str) -> datetime | None:
        """The sink can be reached; since when it could not, if so."""

    def wake(self, account: str, publisher: str, now: datetime) -> None:
        """What waits for another try is due now."""

    def sink(self, account: str, publisher: str) -> Sink | None:
        """Whether the sink can be reached, without counts; None: nobody registered it."""

    def sinks(self, account: str) -> list[Sink]:
        """The account's sinks with what waits for each, by name."""

    def find(
        self, account: str, state: DeliveryState, publisher: str | None, limit: int
    ) -> list[DeliveryRecord]:
        """Deliveries in this state, to one sink or any: delivered ones newest first."""

    def of_event(self, account: str, event_id: str) -> list[DeliveryRecord]:
        """The event's delivery to each sink, with its failed tries, by the sink's name."""

    def revive(self, account: str, which: DeadLetters, now: datetime) -> int:
        """Offer dead letters of sinks that are registered again from now on; how many."""

    def forget_before(self, account: str, instant: datetime, most: int) -> int:
        """Delete records of what was delivered or tried before, `most` of each; how many.

        What waits or is dead stays.
        """

    def waiting(self, account: str, publisher: str) -> int:
        """How many events the sink has not got yet, dead letters aside."""

    def next_try_at(self, account: str, publisher: str) -> datetime | None:
        """When the next delivery is due."""


class Webhooks(Protocol):
    """Where events are posted."""

    def add(self, endpoint: Endpoint) -> None:
        """Keep a new endpoint."""

    def lock(self, account: str, webhook_id: str) -> Endpoint:
        """The endpoint, its row locked, or NotFoundError."""

    def get(self, account: str, webhook_id: str) -> Endpoint:
        """The endpoint, or NotFoundError."""

    def of_account(self, account: str) -> list[Endpoint]:
        """All endpoints, oldest first."""

    def save(self, endpoint: Endpoint) -> None:
        """Keep a changed endpoint."""


class EventPublisher(Protocol):
    """A bus, a log, or anyone else who is to get every event."""

    name: str

    def publish(self, events: Sequence[OutgoingEvent]) -> list[PublishResult]:
        """Send these in order; one result for each. An earlier copy may have arrived already."""


class JobRuns(Protocol):
    """Who runs a scheduled job."""

    def take(self, job: str, due_at: datetime, taken_by: str, now: datetime) -> bool:
        """True for the one caller that is to run this job for this instant."""

    def finish(self, job: str, due_at: datetime, now: datetime, error: str | None) -> None:
        """Record how the run ended."""

    def forget_before(self, instant: datetime) -> int:
        """Delete old rows; how many."""


class UnitOfWork(Protocol):
    """One transaction: all of it is kept on leaving, or none of it if an exception leaves."""

    @property
    def contact_lists(self) -> ContactLists: ...
    @property
    def campaigns(self) -> Campaigns: ...
    @property
    def queue(self) -> DialQueue: ...
    @property
    def attempts(self) -> Attempts: ...
    @property
    def suppressions(self) -> Suppressions: ...
    @property
    def suppression_lists(self) -> SuppressionLists: ...
    @property
    def consents(self) -> Consents: ...
    @property
    def overrides(self) -> Overrides: ...
    @property
    def evidence(self) -> EvidenceLog: ...
    @property
    def rulebooks(self) -> Rulebooks: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def deliveries(self) -> Deliveries: ...
    @property
    def webhooks(self) -> Webhooks: ...
    @property
    def job_runs(self) -> JobRuns: ...


class UnitOfWorkFactory(Protocol):
    """Begins a unit of work."""

    def __call__(self) -> AbstractContextManager[UnitOfWork]:
        """Enter to begin, leave to commit."""
