"""Suppressions in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from compliance.case import SuppressionEntry, SuppressionSource
from compliance.ports import WHOLE_ACCOUNT, Suppression
from compliance.tables import number_lock, suppression

_ENTRIES = select(suppression.c.address, suppression.c.source, suppression.c.recorded_at).where(
    suppression.c.account == bindparam("account"),
    suppression.c.address.in_(bindparam("addresses", expanding=True)),
    suppression.c.scope.in_((WHOLE_ACCOUNT, bindparam("campaign_id"))),
)
_LOCK = (
    select(number_lock.c.phone)
    .where(
        number_lock.c.account == bindparam("account"),
        number_lock.c.phone.in_(bindparam("phones", expanding=True)),
    )
    .order_by(number_lock.c.phone)
    .with_for_update()
)
# Without the option an INSERT's count of rows is unknown on PostgreSQL.
_ADD = {
    name: dialect.insert(suppression)
    .on_conflict_do_nothing()
    .execution_options(preserve_rowcount=True)
    for name, dialect in (("postgresql", postgresql), ("sqlite", sqlite))
}
_MAKE_LOCK = postgresql.insert(number_lock).on_conflict_do_nothing()


class SqlSuppressions:
    """The Suppressions port on a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock_numbers(self, account: str, phones: Sequence[str]) -> None:
        """Hold the row of each number; in one order, so that two callers never deadlock."""
        ordered = sorted(set(phones))
        if not ordered or self._connection.dialect.name == "sqlite":
            return  # SQLite has one writer at a time, which each unit of work is from its begin.
        self._connection.execute(
            _MAKE_LOCK, [{"account": account, "phone": phone} for phone in ordered]
        )
        self._connection.execute(_LOCK, {"account": account, "phones": ordered}).all()

    def add(self, suppression: Suppression) -> bool:
        """Keep an entry; False if it was there already."""
        result = self._connection.execute(
            _ADD[self._connection.dialect.name],
            {
                "account": suppression.account,
                "address": suppression.address,
                "scope": suppression.scope,
                "source": suppression.source,
                "basis": suppression.basis,
                "recorded_by": suppression.recorded_by,
                "recorded_at": suppression.recorded_at,
            },
        )
        return result.rowcount == 1

    def remove(self, account: str, address: str, scope: str, source: SuppressionSource) -> bool:
        """Forget an entry that was wrong; False if there is none."""
        gone = delete(suppression).where(
            suppression.c.account == account,
            suppression.c.address == address,
            suppression.c.scope == scope,
            suppression.c.source == source,
        )
        return self._connection.execute(gone).rowcount == 1

    def entries(
        self, account: str, campaign_id: str, addresses: Sequence[str]
    ) -> dict[str, tuple[SuppressionEntry, ...]]:
        """The entries that stand against each address, for this campaign."""
        rows = self._connection.execute(
            _ENTRIES,
            {"account": account, "campaign_id": campaign_id, "addresses": list(addresses)},
        )
        found: dict[str, list[SuppressionEntry]] = defaultdict(list)
        for address, source, at in rows:
            found[address].append(SuppressionEntry(SuppressionSource(source), at))
        return {address: tuple(entries) for address, entries in found.items()}

    def of_account(self, account: str, limit: int) -> list[Suppression]:
        """The newest entries."""
        rows = self._connection.execute(
            select(suppression)
            .where(suppression.c.account == account)
            .order_by(suppression.c.recorded_at.desc(), suppression.c.address)
            .limit(limit)
        )
        return [
            Suppression(
                row.account,
                row.address,
                row.scope,
                SuppressionSource(row.source),
                row.basis,
                row.recorded_by,
                row.recorded_at,
            )
            for row in rows
        ]
