"""Rows in dictionaries, and the fakes of lists, campaigns, the dial queue and attempts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import TypeVar

from campaigns.attempt import Attempt
from campaigns.campaign import Campaign, CampaignState
from campaigns.contact import Contact, ContactList, ListState
from campaigns.deliveries import Sink, Try
from campaigns.events import Disposition, Fact, FinishReason, SealedEvent
from campaigns.ports import Claimed, LiveCounts, NotFoundError, QueueEntry
from campaigns.webhooks import Endpoint
from compliance.abandonment import NO_CALLS, Counts
from compliance.abandonment_definitions import PERSONS, AnsweredBy, Definition
from compliance.consent_records import ConsentRecord
from compliance.evidence import ChainHead, SealedEvidence
from compliance.opt_out import OptOutReview
from compliance.overrides import Override
from compliance.phone_number import START_LENGTH
from compliance.ports import Suppression
from compliance.suppression_lists import SuppressedArea, SuppressionList
from dialer.agent import Agent
from dialer.inbound_load import InboundLoad
from dialer.ports import Lease, LoggedDecision
from dialer.sharing import Share

_Kept = TypeVar("_Kept")
_Owned = TypeVar("_Owned", ContactList, Campaign)


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that waits, is dead and why, or was made and when."""

    account: str
    publisher: str
    tries: int
    next_try_at: datetime
    event: SealedEvent
    dead_reason: str | None = None
    delivered_at: datetime | None = None
    failures: tuple[Try, ...] = ()


@dataclass(slots=True)
class Rows:
    """Everything that is kept. Values never change in place, so a copy of the dicts will do."""

    lists: dict[str, tuple[ContactList, datetime]] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    campaigns: dict[str, tuple[Campaign, datetime]] = field(default_factory=dict)
    enrolled: dict[str, datetime] = field(default_factory=dict)
    queue: dict[tuple[str, str], tuple[QueueEntry, bool]] = field(default_factory=dict)
    outcomes: dict[tuple[str, str], FinishReason] = field(default_factory=dict)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    suppressions: dict[tuple[str, str, str, str], Suppression] = field(default_factory=dict)
    suppression_lists: dict[str, tuple[SuppressionList, bytes]] = field(default_factory=dict)
    areas: dict[tuple[str, str, str], SuppressedArea] = field(default_factory=dict)
    consents: dict[str, ConsentRecord] = field(default_factory=dict)
    reviews: dict[str, OptOutReview] = field(default_factory=dict)
    overrides: dict[str, Override] = field(default_factory=dict)
    evidence: dict[tuple[str, int], SealedEvidence] = field(default_factory=dict)
    heads: dict[str, ChainHead] = field(default_factory=dict)
    published_heads: dict[str, int] = field(default_factory=dict)
    rulebooks: dict[str, str] = field(default_factory=dict)
    facts: dict[int, Fact] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)
    publishers: dict[tuple[str, str], Sink] = field(default_factory=dict)
    deliveries: dict[int, Due] = field(default_factory=dict)
    webhooks: dict[str, Endpoint] = field(default_factory=dict)
    runs: dict[tuple[str, datetime], str | None] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)
    shares: dict[tuple[str, str], Share] = field(default_factory=dict)
    inbound: dict[str, InboundLoad] = field(default_factory=dict)
    leases: dict[str, Lease] = field(default_factory=dict)
    decisions: dict[tuple[str, datetime], LoggedDecision] = field(default_factory=dict)

    def copy(self) -> Rows:
        """The rows as they are now."""
        return Rows(**{each.name: dict(getattr(self, each.name)) for each in fields(self)})


class Port:
    """A port over these rows."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows


class FakeContactLists(Port):
    """The ContactLists port."""

    def add(self, contact_list: ContactList, created_at: datetime) -> None:
        """Keep a new list."""
        self._rows.lists[contact_list.id] = contact_list, created_at

    def get(self, account: str, list_id: str) -> ContactList:
        """The list, or NotFoundError."""
        found = self._rows.lists.get(list_id)
        if found is None or found[0].account != account:
            raise NotFoundError("contact list", list_id)
        return found[0]

    def of_account(self, account: str) -> list[ContactList]:
        """All lists, newest first."""
        return _newest(self._rows.lists, account)

    def add_contacts(self, contacts: Sequence[Contact]) -> None:
        """Keep contacts."""
        self._rows.contacts.update({contact.id: contact for contact in contacts})

    def contact(self, contact_id: str) -> Contact:
        """One contact, or NotFoundError."""
        if contact_id not in self._rows.contacts:
            raise NotFoundError("contact", contact_id)
        return self._rows.contacts[contact_id]

    def contacts_after(self, list_id: str, row: int, limit: int) -> list[Contact]:
        """A list's contacts with a later row, in order of their rows, at most `limit`."""
        contacts = self._rows.contacts.values()
        later = [c for c in contacts if c.contact_list_id == list_id and c.row > row]
        return sorted(later, key=lambda c: c.row)[:limit]

    def save(self, contact_list: ContactList) -> None:
        """Keep the list's state and counts."""
        created_at = self._rows.lists[contact_list.id][1]
        self._rows.lists[contact_list.id] = contact_list, created_at

    def remove(self, list_id: str) -> None:
        """Forget a list and its contacts."""
        self._rows.lists.pop(list_id, None)
        kept = {k: c for k, c in self._rows.contacts.items() if c.contact_list_id != list_id}
        self._rows.contacts = kept

    def unfinished(self) -> list[ContactList]:
        """Lists whose import never ended."""
        lists = (each for each, _ in self._rows.lists.values())
        cut_off = [each for each in lists if each.state is ListState.IMPORTING]
        return sorted(cut_off, key=lambda each: each.id)


def _newest(kept: Mapping[str, tuple[_Owned, datetime]], account: str) -> list[_Owned]:
    mine = [each for each in kept.values() if each[0].account == account]
    return [each for each, _ in sorted(mine, key=lambda e: (-e[1].timestamp(), e[0].id))]


class FakeCampaigns(Port):
    """The Campaigns port."""

    def add(self, campaign: Campaign, created_at: datetime) -> None:
        """Keep a new campaign."""
        self._rows.campaigns[campaign.id] = campaign, created_at

    def get(self, account: str, campaign_id: str) -> Campaign:
        """The campaign, or NotFoundError."""
        found = self.lock(campaign_id)
        if found.account != account:
            raise NotFoundError("campaign", campaign_id)
        return found

    def lock(self, campaign_id: str) -> Campaign:
        """The campaign of any account, or NotFoundError."""
        if campaign_id not in self._rows.campaigns:
            raise NotFoundError("campaign", campaign_id)
        return self._rows.campaigns[campaign_id][0]

    def of_account(self, account: str) -> list[Campaign]:
        """All campaigns, newest first."""
        return _newest(self._rows.campaigns, account)

    def in_states(self, states: Iterable[CampaignState]) -> list[Campaign]:
        """The campaigns in these states, by id."""
        wanted = set(states)
        found = [each for each, _ in self._rows.campaigns.values() if each.state in wanted]
        return sorted(found, key=lambda each: each.id)

    def save(self, campaign: Campaign) -> None:
        """Keep state and settings."""
        created_at = self._rows.campaigns[campaign.id][1]
        self._rows.campaigns[campaign.id] = campaign, created_at

    def enrolled_at(self, campaign_id: str) -> datetime | None:
        """When its list was last read into the dial queue."""
        return self._rows.enrolled.get(campaign_id)


def _wake_order(entry: QueueEntry) -> tuple[datetime, int, int, str]:
    return entry.next_attempt_at, -entry.priority, entry.row, entry.contact_id


class FakeDialQueue(Port):
    """The DialQueue port."""

    def enroll(self, campaign: Campaign, at: datetime) -> int:
        """Queue the list's contacts that the campaign does not have yet; how many."""
        tried = {(a.campaign_id, a.contact_id) for a in self._rows.attempts.values()}
        known = tried | self._rows.queue.keys() | self._rows.outcomes.keys()
        fresh = [
            QueueEntry(contact.id, contact.priority, contact.row, at)
            for contact in self._rows.contacts.values()
            if contact.contact_list_id == campaign.contact_list_id
            and (campaign.id, contact.id) not in known
        ]
        self.put_back(campaign.id, fresh)
        self._rows.enrolled[campaign.id] = at
        return len(fresh)

    def _of(self, campaign_id: str, *, ready: bool) -> list[QueueEntry]:
        items = self._rows.queue.items()
        return [e for (key, _), (e, is_ready) in items if key == campaign_id and is_ready is ready]

    def wake(self, campaign_id: str, now: datetime, limit: int) -> int:
        """Make contacts ready whose time has come, at most `limit`; how many."""
        due = [e for e in self._of(campaign_id, ready=False) if e.next_attempt_at <= now]
        woken = sorted(due, key=_wake_order)[:limit]
        self._rows.queue.update({(campaign_id, e.contact_id): (e, True) for e in woken})
        return len(woken)

    def wake_deferred(self, campaign_id: str, now: datetime) -> int:
        """Let contacts that screening deferred be screened again now; how many."""
        waiting = [each for each in self._of(campaign_id, ready=False) if each.deferred]
        for entry in waiting:
            woken = replace(entry, next_attempt_at=now)
            self._rows.queue[campaign_id, entry.contact_id] = woken, False
        return len(waiting)

    def claim(self, campaign_id: str, limit: int) -> list[Claimed]:
        """Take the next ready contacts out of the queue, in order."""
        ready = self._of(campaign_id, ready=True)
        ready.sort(key=lambda e: (-e.priority, e.next_attempt_at, e.row, e.contact_id))
        for entry in ready[:limit]:
            del self._rows.queue[campaign_id, entry.contact_id]
        return [Claimed(entry, self._rows.contacts[entry.contact_id]) for entry in ready[:limit]]

    def put_back(self, campaign_id: str, entries: Sequence[QueueEntry]) -> None:
        """Queue contacts again for their `next_attempt_at`; who is queued already stays so."""
        for entry in entries:
            self._rows.queue.setdefault((campaign_id, entry.contact_id), (entry, False))

    def reopen(self, campaign_id: str, entry: QueueEntry) -> None:
        """Queue a finished contact again."""
        self._rows.outcomes.pop((campaign_id, entry.contact_id), None)
        self._rows.queue[campaign_id, entry.contact_id] = entry, False

    def ready_count(self, campaign_id: str, at_most: int) -> int:
        """How many contacts are ready, counted up to `at_most`."""
        return min(at_most, len(self._of(campaign_id, ready=True)))

    def next_due_at(self, campaign_id: str) -> datetime | None:
        """When the next contact that waits becomes ready; None when none waits."""
        waiting = self._of(campaign_id, ready=False)
        return min((entry.next_attempt_at for entry in waiting), default=None)

    def remaining(self, campaign_id: str) -> int:
        """How many contacts are in the queue."""
        return sum(1 for key, _ in self._rows.queue if key == campaign_id)

    def remove(self, campaign_id: str, limit: int) -> list[str]:
        """Take contacts out of the queue for good, in order of the list; their ids."""
        mine = [*self._of(campaign_id, ready=True), *self._of(campaign_id, ready=False)]
        mine.sort(key=lambda entry: (entry.row, entry.contact_id))
        for entry in mine[:limit]:
            del self._rows.queue[campaign_id, entry.contact_id]
        return [entry.contact_id for entry in mine[:limit]]

    def finish(
        self, campaign_id: str, contacts: Sequence[tuple[str, FinishReason]], at: datetime
    ) -> None:
        """Record that the campaign is done with these contacts."""
        for contact_id, reason in contacts:
            self._rows.outcomes[campaign_id, contact_id] = reason


class FakeAttempts(Port):
    """The Attempts port."""

    def _of(self, campaign_id: str) -> list[Attempt]:
        mine = [a for a in self._rows.attempts.values() if a.campaign_id == campaign_id]
        return sorted(mine, key=lambda a: (a.reserved_at, a.list_row, a.id))

    def add(self, attempts: Sequence[Attempt]) -> None:
        """Keep new attempts."""
        for attempt in attempts:
            assert attempt.id not in self._rows.attempts, "an attempt is made once"
            self._rows.attempts[attempt.id] = attempt

    def save(self, attempts: Sequence[Attempt]) -> None:
        """Keep changed attempts, all but `hang_up_asked_at`."""
        for attempt in attempts:
            asked_at = self._rows.attempts[attempt.id].hang_up_asked_at
            self._rows.attempts[attempt.id] = replace(attempt, hang_up_asked_at=asked_at)

    def campaigns_with_open(self) -> set[str]:
        """The campaigns of all accounts that have attempts which have not ended."""
        return {a.campaign_id for a in self._rows.attempts.values() if a.is_open}

    def ask_hang_up(
        self, account: str, phone: str, at: datetime, campaign_id: str | None = None
    ) -> int:
        """Ask the dialer to end calls to a number on which no agent is yet; how many."""
        asked = [
            replace(a, hang_up_asked_at=at)
            for a in self._rows.attempts.values()
            if (a.account, a.phone) == (account, phone)
            and a.is_open
            and a.assigned_at is None
            and a.hang_up_asked_at is None
            and campaign_id in (None, a.campaign_id)
        ]
        self._rows.attempts.update({attempt.id: attempt for attempt in asked})
        return len(asked)

    def lock(self, attempt_ids: Sequence[str]) -> dict[str, Attempt]:
        """The attempts that exist, by id."""
        return by_id(self._rows.attempts, attempt_ids)

    def open_of(self, campaign_id: str) -> list[Attempt]:
        """Attempts that have not ended, in order of reservation."""
        return [attempt for attempt in self._of(campaign_id) if attempt.is_open]

    def to_number(
        self, account: str, phones: Sequence[str], since: datetime
    ) -> dict[str, list[Attempt]]:
        """Attempts on these numbers in any campaign of the account, by number, oldest first."""
        found: dict[str, list[Attempt]] = defaultdict(list)
        for a in sorted(self._rows.attempts.values(), key=lambda a: (a.reserved_at, a.id)):
            if a.account == account and a.phone in phones and a.reserved_at > since:
                found[a.phone].append(a)
        return dict(found)

    def count_of(self, campaign_id: str, contact_ids: Sequence[str]) -> dict[str, int]:
        """How many attempts the campaign has made on each of these contacts."""
        return Counter(a.contact_id for a in self._of(campaign_id) if a.contact_id in contact_ids)

    def endings(
        self, campaign_id: str, contact_ids: Sequence[str]
    ) -> Mapping[tuple[str, Disposition], int]:
        """How often attempts on these contacts ended in each disposition."""
        return Counter(
            (a.contact_id, a.disposition)
            for a in self._of(campaign_id)
            if a.contact_id in contact_ids and a.disposition is not None
        )

    def live_counts(self, campaign_id: str, since: datetime) -> LiveCounts:
        """People who answered since then, and how many of them were abandoned."""
        people = {AnsweredBy.HUMAN, AnsweredBy.UNKNOWN}
        live = [
            a
            for a in self._of(campaign_id)
            if a.answered_by in people and a.answered_at is not None and a.answered_at >= since
        ]
        return LiveCounts(len(live), sum(1 for a in live if a.abandoned))

    def counts_under(
        self,
        campaign_id: str,
        definition: Definition,
        since: datetime,
        before: datetime | None = None,
    ) -> Counts:
        """People who answered since then, and the abandoned among them, as a regulator counts."""
        total = NO_CALLS
        for a in self._of(campaign_id):
            if a.answered_at and a.answered_at >= since and (not before or a.answered_at < before):
                total = total.plus(a.live_counts(definition))
        return Counts(total.live_answered, total.live_answered, total.abandoned)

    def answered_starts(self, campaign_id: str, since: datetime) -> set[str]:
        """How the numbers begin of people who answered since then."""
        return {
            a.phone[:START_LENGTH]
            for a in self._of(campaign_id)
            if a.answered_by in PERSONS and a.answered_at is not None and a.answered_at >= since
        }

    def made(self, campaign_id: str, before: datetime | None = None) -> int:
        """How many attempts the campaign has made, or had made before."""
        return sum(1 for a in self._of(campaign_id) if before is None or a.reserved_at < before)

    def first_placed_at(self, campaign_id: str) -> datetime | None:
        """When the campaign's first call was placed."""
        placed = (a.placed_at for a in self._of(campaign_id))
        return min((at for at in placed if at is not None), default=None)


def by_id(kept: Mapping[str, _Kept], ids: Iterable[str]) -> dict[str, _Kept]:
    """Those of these ids that are kept, in order of id."""
    return {key: kept[key] for key in sorted(ids) if key in kept}
