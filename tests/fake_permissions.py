"""Suppression lists, consents, overrides, evidence and rulebooks in dictionaries."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from compliance.case import SuppressionEntry
from compliance.consent_records import ConsentRecord
from compliance.evidence import (
    ChainHead,
    Evidence,
    SealedEvidence,
    empty_chain,
    head_after,
    sealed,
)
from compliance.number_set import NumberSet
from compliance.opt_out import OptOutReview
from compliance.overrides import Override
from compliance.suppression_lists import SuppressedArea, SuppressionList, of_scope
from tests.fake_rows import Port, Rows

EVIDENCE_KEY = b"evidence key"


class FakeSuppressionLists(Port):
    """The SuppressionLists port; one thread at a time needs no locks."""

    def lock(self, account: str) -> None:
        """Nobody else is here."""

    def lock_for_change(self, account: str) -> None:
        """Nobody else is here."""

    def put(self, suppression_list: SuppressionList, numbers: NumberSet) -> None:
        """Keep a copy; it takes the place of the earlier one of that id."""
        content = numbers.to_bytes()
        self._rows.suppression_lists[suppression_list.id] = suppression_list, content

    def remove(self, account: str, list_id: str) -> bool:
        """Forget a list; False if there is none."""
        found = self._rows.suppression_lists.get(list_id)
        if found is None or found[0].account != account:
            return False
        del self._rows.suppression_lists[list_id]
        return True

    def of_account(self, account: str) -> list[SuppressionList]:
        """The lists in use, by name."""
        mine = (about for about, _ in self._rows.suppression_lists.values())
        return sorted((a for a in mine if a.account == account), key=lambda a: a.name)

    def entries(
        self, account: str, campaign_id: str, phones: Collection[str]
    ) -> dict[str, tuple[SuppressionEntry, ...]]:
        """The lists on which each number stands, for this campaign."""
        found: dict[str, tuple[SuppressionEntry, ...]] = {}
        for about in self.of_account(account):
            numbers = NumberSet.from_bytes(self._rows.suppression_lists[about.id][1])
            for phone in phones:
                if of_scope(about.scope, campaign_id) and phone in numbers:
                    found[phone] = (*found.get(phone, ()), about.entry)
        return found

    def add_area(self, area: SuppressedArea) -> bool:
        """Keep an area; False if it was there already."""
        key = area.account, area.area, area.scope
        is_new = key not in self._rows.areas
        self._rows.areas.setdefault(key, area)
        return is_new

    def remove_area(self, account: str, area: str, scope: str) -> bool:
        """Open an area again; False if there is none."""
        return self._rows.areas.pop((account, area, scope), None) is not None

    def areas(self, account: str) -> list[SuppressedArea]:
        """The areas that are not called, by their beginning or code."""
        return [area for key, area in sorted(self._rows.areas.items()) if key[0] == account]


class FakeConsents(Port):
    """The Consents port."""

    def add(self, records: Sequence[ConsentRecord]) -> set[str]:
        """Keep records; the ids of those that were not there already."""
        fresh = {record.id: record for record in records if record.id not in self._rows.consents}
        self._rows.consents.update(fresh)
        return set(fresh)

    def of(self, account: str, addresses: Collection[str]) -> dict[str, tuple[ConsentRecord, ...]]:
        """All records of each address that has any, in the order in which they were recorded."""
        found: dict[str, tuple[ConsentRecord, ...]] = {}
        for record in sorted(self._rows.consents.values(), key=lambda r: (r.recorded_at, r.id)):
            if record.account == account and record.address in addresses:
                found[record.address] = (*found.get(record.address, ()), record)
        return found

    def hold(self, review: OptOutReview) -> bool:
        """Keep a message, and hold its address until it is decided on; False if it was there."""
        is_new = review.id not in self._rows.reviews
        self._rows.reviews.setdefault(review.id, review)
        return is_new

    def _waiting(self, account: str) -> list[OptOutReview]:
        mine = (each for each in self._rows.reviews.values() if each.account == account)
        waiting = [each for each in mine if each.decision is None]
        return sorted(waiting, key=lambda each: (each.received_at, each.id))

    def held(self, account: str, addresses: Collection[str]) -> set[str]:
        """Those of the addresses that are held."""
        return {each.address for each in self._waiting(account) if each.address in addresses}

    def reviews(self, account: str, limit: int) -> list[OptOutReview]:
        """The messages that wait for a reader, the oldest first."""
        return self._waiting(account)[:limit]

    def lock_review(self, account: str, review_id: str) -> OptOutReview | None:
        """One message; None if there is none."""
        found = self._rows.reviews.get(review_id)
        return found if found is not None and found.account == account else None

    def save_review(self, review: OptOutReview) -> None:
        """Keep what was decided."""
        self._rows.reviews[review.id] = review


class FakeOverrides(Port):
    """The Overrides port."""

    def add(self, override: Override) -> None:
        """Keep one."""
        self._rows.overrides[override.id] = override

    def end(self, override_id: str, at: datetime) -> None:
        """It ends at this instant, if it does not end before."""
        found = self._rows.overrides.get(override_id)
        if found is not None and found.ends_at > at:
            self._rows.overrides[override_id] = replace(found, ends_at=at)

    def of_campaign(self, campaign_id: str) -> list[Override]:
        """All of a campaign, the newest first."""
        mine = [each for each in self._rows.overrides.values() if each.campaign_id == campaign_id]
        return sorted(mine, key=lambda each: (-each.starts_at.timestamp(), each.id))


class FakeEvidenceLog(Port):
    """The EvidenceLog port."""

    def __init__(self, rows: Rows) -> None:
        super().__init__(rows)
        self._waiting: list[Evidence] = []

    def add(self, entries: Sequence[Evidence]) -> None:
        """Keep entries, each chain's in this order."""
        self._waiting.extend(entries)

    def flush(self) -> None:
        """Seal what was added."""
        waiting, self._waiting = self._waiting, []
        for evidence in waiting:
            head = self._rows.heads.get(evidence.chain)
            head = head or empty_chain(evidence.chain, evidence.account)
            (entry,) = sealed([evidence], head, EVIDENCE_KEY)
            self._rows.evidence[evidence.chain, entry.number] = entry
            self._rows.heads[evidence.chain] = head_after(head, entry)

    def _where(self, is_wanted: Callable[[Evidence], bool]) -> list[SealedEvidence]:
        self.flush()
        found = [each for each in self._rows.evidence.values() if is_wanted(each.evidence)]
        return sorted(found, key=lambda e: (e.evidence.at, e.evidence.chain, e.number))

    def of_contact(self, account: str, contact_id: str) -> list[SealedEvidence]:
        """What was kept about a contact, in order of time, chain and number."""
        return self._where(lambda e: (e.account, e.contact_id) == (account, contact_id))

    def of_attempt(self, account: str, attempt_id: str) -> list[SealedEvidence]:
        """What was kept about an attempt, in order."""
        return self._where(lambda e: (e.account, e.attempt_id) == (account, attempt_id))

    def of_number(self, account: str, phone_hash: str) -> list[SealedEvidence]:
        """What was kept about a number, in order."""
        return self._where(lambda e: (e.account, e.phone_hash) == (account, phone_hash))

    def chain(self, chain: str) -> Iterator[SealedEvidence]:
        """A whole chain, in order."""
        self.flush()
        mine = [each for (name, _), each in self._rows.evidence.items() if name == chain]
        yield from sorted(mine, key=lambda each: each.number)

    def heads(self, account: str) -> list[ChainHead]:
        """The head of each chain of an account, by chain."""
        self.flush()
        return [head for _, head in sorted(self._rows.heads.items()) if head.account == account]

    def chains(self, account: str) -> list[str]:
        """The chains that have an entry or a head of the account, sorted."""
        self.flush()
        entries = self._rows.evidence.values()
        mine = {e.evidence.chain for e in entries if e.evidence.account == account}
        return sorted(mine | {head.chain for head in self.heads(account)})

    def unpublished_heads(self, account: str) -> list[ChainHead]:
        """The heads that have moved since they were last published, by chain."""
        published = self._rows.published_heads
        return [h for h in self.heads(account) if h.number > published.get(h.chain, 0)]

    def mark_published(self, heads: Sequence[ChainHead]) -> None:
        """These heads were published; what was published later stays so."""
        published = self._rows.published_heads
        published.update({h.chain: max(h.number, published.get(h.chain, 0)) for h in heads})


class FakeRulebooks(Port):
    """The Rulebooks port."""

    def keep(self, version: str, content: str, at: datetime) -> None:
        """Keep a rulebook's content, unless it is there already."""
        self._rows.rulebooks.setdefault(version, content)

    def contents(self, versions: Collection[str]) -> dict[str, str]:
        """The content of each version that is kept."""
        return {key: text for key, text in self._rows.rulebooks.items() if key in versions}
