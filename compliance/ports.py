"""What is asked of the storage of suppressions, as Protocols."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from compliance.case import SuppressionEntry, SuppressionSource

WHOLE_ACCOUNT = "account"
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
