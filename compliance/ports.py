"""What is asked of the storage of suppressions, consents, overrides and evidence, as Protocols.

Each port has one conformance suite (tests/conformance) that every implementation passes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from compliance.case import SuppressionEntry, SuppressionSource
from compliance.consent_records import EVERYWHERE, ConsentRecord
from compliance.evidence import ChainHead, Evidence, SealedEvidence
from compliance.number_set import NumberSet
from compliance.opt_out import OptOutReview
from compliance.overrides import Override
from compliance.suppression_lists import SuppressedArea, SuppressionList

WHOLE_ACCOUNT = EVERYWHERE
"""The scope of a suppression that stands against every campaign of the account."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """A number (E.164) or e-mail address (lower case) that must not be reached.

    `scope` is WHOLE_ACCOUNT or one campaign's id; `basis` says why ("asked in a call").
    """

    account: str
    address: str
    scope: str
    source: SuppressionSource
    basis: str
    recorded_by: str
    recorded_at: datetime


class Suppressions(Protocol):
    """Numbers and addresses that must not be reached."""

    def lock_numbers(self, account: str, phones: Sequence[str]) -> None:
        """Hold the row of each number, so that suppressing and reserving never cross (D6)."""

    def add(self, suppression: Suppression) -> bool:
        """Keep an entry; False if it was there already."""

    def entries(
        self, account: str, campaign_id: str, addresses: Sequence[str]
    ) -> dict[str, tuple[SuppressionEntry, ...]]:
        """The entries that stand against each address, for this campaign."""

    def of_account(self, account: str, limit: int) -> list[Suppression]:
        """The newest entries."""

    def remove(self, account: str, address: str, scope: str, source: SuppressionSource) -> bool:
        """Forget an entry that was wrong; False if there is none."""


class SuppressionLists(Protocol):
    """Lists that were imported whole, and areas; `lock` and `lock_for_change` keep them apart."""

    def lock(self, account: str) -> None:
        """Shared with all who reserve: until this unit of work ends no list or area changes."""

    def lock_for_change(self, account: str) -> None:
        """Alone: to be held while a list, an area or an override of the account changes (D6)."""

    def put(self, suppression_list: SuppressionList, numbers: NumberSet) -> None:
        """Keep a copy; it takes the place of the earlier one of that id."""

    def remove(self, account: str, list_id: str) -> bool:
        """Forget a list; False if there is none."""

    def of_account(self, account: str) -> list[SuppressionList]:
        """The lists in use, by name."""

    def entries(
        self, account: str, campaign_id: str, phones: Collection[str]
    ) -> dict[str, tuple[SuppressionEntry, ...]]:
        """The lists on which each number stands, for this campaign."""

    def add_area(self, area: SuppressedArea) -> bool:
        """Keep an area; False if it was there already."""

    def remove_area(self, account: str, area: str, scope: str) -> bool:
        """Open an area again; False if there is none."""

    def areas(self, account: str) -> list[SuppressedArea]:
        """The areas that are not called, by their beginning or code."""


class Consents(Protocol):
    """Consent records, and messages that wait for a reader."""

    def add(self, records: Sequence[ConsentRecord]) -> set[str]:
        """Keep records; the ids of those that were not there already."""

    def of(self, account: str, addresses: Collection[str]) -> dict[str, tuple[ConsentRecord, ...]]:
        """All records of each address that has any, in the order in which they were recorded."""

    def hold(self, review: OptOutReview) -> bool:
        """Keep a message, and hold its address until it is decided on; False if it was there."""

    def held(self, account: str, addresses: Collection[str]) -> set[str]:
        """Those of the addresses that are held."""

    def reviews(self, account: str, limit: int) -> list[OptOutReview]:
        """The messages that wait for a reader, the oldest first."""

    def lock_review(self, account: str, review_id: str) -> OptOutReview | None:
        """One message, its row locked; None if there is none."""

    def save_review(self, review: OptOutReview) -> None:
        """Keep what was decided."""


class Overrides(Protocol):
    """Campaigns' own rules that a person lifted for a while."""

    def add(self, override: Override) -> None:
        """Keep one."""

    def end(self, override_id: str, at: datetime) -> None:
        """It ends at this instant, if it does not end before."""

    def of_campaign(self, campaign_id: str) -> list[Override]:
        """All of a campaign, the newest first."""


class EvidenceLog(Protocol):
    """The chains of evidence. What is added is sealed when the unit of work ends."""

    def add(self, entries: Sequence[Evidence]) -> None:
        """Keep entries, each chain's in this order."""

    def of_contact(self, account: str, contact_id: str) -> list[SealedEvidence]:
        """What was kept about a contact, in order of time, chain and number."""

    def of_attempt(self, account: str, attempt_id: str) -> list[SealedEvidence]:
        """What was kept about an attempt, in order."""

    def of_number(self, account: str, phone_hash: str) -> list[SealedEvidence]:
        """What was kept about a number, in order."""

    def chain(self, chain: str) -> Iterator[SealedEvidence]:
        """A whole chain, in order."""

    def heads(self, account: str) -> list[ChainHead]:
        """The head of each chain of an account, by chain."""

    def chains(self, account: str) -> list[str]:
        """The chains that have an entry or a head of the account, sorted."""

    def unpublished_heads(self, account: str) -> list[ChainHead]:
        """The heads that have moved since they were last published, by chain."""

    def mark_published(self, heads: Sequence[ChainHead]) -> None:
        """These heads were published; what was published later stays so."""


class Rulebooks(Protocol):
    """Every rulebook that decided, so that a decision can be made again."""

    def keep(self, version: str, content: str, at: datetime) -> None:
        """Keep a rulebook's content, unless it is there already."""

    def contents(self, versions: Collection[str]) -> Mapping[str, str]:
        """The content of each version that is kept."""
