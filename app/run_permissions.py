"""Suppressions, consents and overrides of a run: nobody else writes to its account.

There is nobody to lock out, and while there are none nothing is asked of the database.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection

from compliance.case import SuppressionEntry
from compliance.consent_records import ConsentRecord
from compliance.number_set import NumberSet
from compliance.opt_out import OptOutReview
from compliance.overrides import Override
from compliance.permission_store import (
    HeldNumbers,
    SqlConsents,
    SqlOverrides,
    SqlSuppressionLists,
)
from compliance.ports import Suppression
from compliance.store import SqlSuppressions
from compliance.suppression_lists import SuppressedArea, SuppressionList


class HeldPermissions:
    """Whether the run has any suppression, list, consent or override yet."""

    def __init__(self) -> None:
        self.suppresses = False
        self.restricts = False
        self.overrides = False
        self.numbers = HeldNumbers()


class OwnSuppressions(SqlSuppressions):
    """Suppressions of an account that nobody else writes to: there is nobody to lock out."""

    def __init__(self, connection: Connection, held: HeldPermissions) -> None:
        super().__init__(connection)
        self._run = held

    def lock_numbers(self, account: str, phones: Sequence[str]) -> None:
        """Nothing to do."""

    def add(self, suppression: Suppression) -> bool:
        """Keep an entry; False if it was there already."""
        self._run.suppresses = True
        return super().add(suppression)

    def entries(
        self, account: str, campaign_id: str, addresses: Sequence[str]
    ) -> dict[str, tuple[SuppressionEntry, ...]]:
        """The entries that stand against each address, for this campaign."""
        return super().entries(account, campaign_id, addresses) if self._run.suppresses else {}


class OwnSuppressionLists(SqlSuppressionLists):
    """Lists of an account that nobody else writes to: not asked for while there are none."""

    def __init__(self, connection: Connection, held: HeldPermissions) -> None:
        super().__init__(connection, held.numbers)
        self._run = held

    def lock(self, account: str) -> None:
        """Nothing to do."""

    def lock_for_change(self, account: str) -> None:
        """Nothing to do."""

    def put(self, suppression_list_: SuppressionList, numbers: NumberSet) -> None:
        """Keep a copy; it takes the place of the earlier one of that id."""
        self._run.restricts = True
        super().put(suppression_list_, numbers)

    def of_account(self, account: str) -> list[SuppressionList]:
        """The lists in use, by name."""
        return super().of_account(account) if self._run.restricts else []

    def add_area(self, area: SuppressedArea) -> bool:
        """Keep an area; False if it was there already."""
        self._run.restricts = True
        return super().add_area(area)

    def areas(self, account: str) -> list[SuppressedArea]:
        """The areas that are not called, by their beginning or code."""
        return super().areas(account) if self._run.restricts else []


class OwnConsents(SqlConsents):
    """Consents of an account that nobody else writes to: not asked for while there are none."""

    def __init__(self, connection: Connection, held: HeldPermissions) -> None:
        super().__init__(connection)
        self._run = held

    def add(self, records: Sequence[ConsentRecord]) -> set[str]:
        """Keep records; the ids of those that were not there already."""
        self._run.restricts = True
        return super().add(records)

    def of(self, account: str, addresses: Collection[str]) -> dict[str, tuple[ConsentRecord, ...]]:
        """All records of each address that has any, in the order in which they were recorded."""
        return super().of(account, addresses) if self._run.restricts else {}

    def hold(self, review: OptOutReview) -> bool:
        """Keep a message, and hold its address until it is decided on; False if it was there."""
        self._run.restricts = True
        return super().hold(review)

    def held(self, account: str, addresses: Collection[str]) -> set[str]:
        """Those of the addresses that are held."""
        return super().held(account, addresses) if self._run.restricts else set()


class OwnOverrides(SqlOverrides):
    """Overrides of an account that nobody else writes to: not asked for while there are none."""

    def __init__(self, connection: Connection, held: HeldPermissions) -> None:
        super().__init__(connection)
        self._run = held

    def add(self, override_: Override) -> None:
        """Keep one."""
        self._run.overrides = True
        super().add(override_)

    def of_campaign(self, campaign_id: str) -> list[Override]:
        """All of a campaign, the newest first."""
        return super().of_campaign(campaign_id) if self._run.overrides else []
