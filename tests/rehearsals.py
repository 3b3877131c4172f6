"""A campaign that can be rehearsed and then really dialed, on the fake unit of work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from campaigns.campaign import Campaign
from campaigns.contact import Contact
from campaigns.events import AttemptDeferred, AttemptDenied, CallPlaced
from compliance.case import Case
from compliance.reasons import ReasonCode
from compliance.rulebook import Rulebook
from dialer.outlook import Outlook
from dialer.rehearsing import kept_batches, rehearse
from dialer.reserving import Reserving, reserve
from dialer.standing import case_of, read
from tests.builders import keep_campaign
from tests.fakes import FakeDatabase

EVERYBODY = 10_000
"""So many calls that nobody waits for another."""


class Rehearsal:
    """A campaign over these contacts; what else is kept is up to the test."""

    def __init__(
        self, rulebook: Rulebook, campaign: Campaign, contacts: Sequence[Contact] = ()
    ) -> None:
        self.rulebook = rulebook
        self.campaign = campaign
        self.start = campaign.settings.start_at
        self.contacts = contacts
        self.database = FakeDatabase(lambda: self.start)
        with self.database() as uow:
            keep_campaign(uow, campaign, contacts)

    def rehearse(self, start: datetime | None = None) -> Outlook:
        """The dry run; nothing may be different after it."""
        before = self.database.rows
        with self.database() as uow:
            overrides = uow.overrides.of_campaign(self.campaign.id)
        start = start or self.start
        batches = kept_batches(self.database, self.campaign, start)
        found = rehearse(self.campaign, self.rulebook, start, batches, overrides)
        assert self.database.rows == before, "a dry run changes nothing"
        return found

    def case(self, contact: Contact) -> Case:
        """The question that is asked of a contact at the start."""
        with self.database() as uow:
            standing = read(uow, self.campaign, [contact.phone], self.start)
            return case_of(contact, contact.phone, standing, self.campaign, self.start)

    def dial(self) -> None:
        """The real thing: from the start to the end, whoever is due is screened and dialed.

        Nobody answers and nobody is tried again, so that each contact is called once at most.
        """
        with self.database() as uow:
            uow.queue.enroll(self.campaign, self.start)
        now: datetime | None = self.start
        while now is not None and now < self.campaign.settings.end_at:
            with self.database() as uow:
                uow.queue.wake(self.campaign.id, now, EVERYBODY)
                terms = Reserving(self.campaign, self.rulebook, 1, "simulated", b"key", now)
                reserve(uow, EVERYBODY, terms)
                following = uow.queue.next_due_at(self.campaign.id)
            assert following is None or following > now
            now = following

    @property
    def placed(self) -> Mapping[str, datetime]:
        """When each contact was first called."""
        return {fact.contact_id: fact.placed_at for fact in self.database.facts(CallPlaced)}

    @property
    def denied(self) -> dict[str, AttemptDenied]:
        """Who was finished by screening."""
        return {fact.contact_id: fact for fact in self.database.facts(AttemptDenied)}

    @property
    def deferred_at_start(self) -> dict[str, AttemptDeferred]:
        """Who was told to wait at the start."""
        facts = self.database.facts(AttemptDeferred)
        return {fact.contact_id: fact for fact in facts if fact.occurred_at == self.start}

    @property
    def wait_for_copy(self) -> set[str]:
        """Who waits, as told last, for a newer copy of a registry."""
        last = {fact.contact_id: fact for fact in self.database.facts(AttemptDeferred)}
        return {key for key, fact in last.items() if lacks_a_copy(fact)}


def lacks_a_copy(fact: AttemptDeferred) -> bool:
    """Whether the contact was told to wait for a newer copy."""
    return any(reason.code == ReasonCode.REGISTRY_OUT_OF_DATE for reason in fact.reasons)


def hours(count: float) -> timedelta:
    """So many hours."""
    return timedelta(hours=count)
