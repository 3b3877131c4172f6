"""Suppression lists, areas, consents, messages to read, overrides and rulebooks in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from zlib import crc32

from sqlalchemy import (
    Connection,
    Insert,
    Row,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from compliance.case import Channel, ConsentKind, SuppressionEntry
from compliance.consent_records import ConsentAction, ConsentRecord, ConsentSource
from compliance.number_set import NumberSet
from compliance.opt_out import OptOutReview, ReviewDecision
from compliance.overrides import Override, OwnRule
from compliance.suppression_lists import ListKind, SuppressedArea, SuppressionList, of_scope
from compliance.tables import (
    consent_record,
    opt_out_review,
    override,
    rulebook,
    suppressed_area,
    suppression_list,
)

# A lock of the transaction, not of a row: those who share a row's lock starve who wants it alone.
# Two accounts of one checksum wait for each other now and then, and nothing worse.
_LOCK_SPACE = 0x46414952 << 32

_L, _A, _C, _R, _O = (
    suppression_list.c,
    suppressed_area.c,
    consent_record.c,
    opt_out_review.c,
    override.c,
)


def _insert_new(table: Table) -> Mapping[str, Insert]:
    """By dialect, an INSERT that leaves a row alone that is there already."""
    return {
        "postgresql": postgresql.insert(table).on_conflict_do_nothing(),
        "sqlite": sqlite.insert(table).on_conflict_do_nothing(),
    }


_ADD_AREA = _insert_new(suppressed_area)
_ADD_CONSENT = {
    name: add.returning(consent_record.c.id) for name, add in _insert_new(consent_record).items()
}
_HOLD = {
    # Without the option an INSERT's count of rows is unknown on PostgreSQL.
    name: hold.execution_options(preserve_rowcount=True)
    for name, hold in _insert_new(opt_out_review).items()
}
_KEEP_RULEBOOK = _insert_new(rulebook)
_ABOUT_LIST = [column for column in suppression_list.c if column.name != "content"]
_CONSENTS = (
    select(consent_record)
    .where(
        _C.account == bindparam("account"),
        _C.address.in_(bindparam("addresses", expanding=True)),
    )
    .order_by(_C.recorded_at, _C.id)
)
_HELD = select(_R.address).where(
    _R.account == bindparam("account"),
    _R.address.in_(bindparam("addresses", expanding=True)),
    _R.decision.is_(None),
)


_Copy = tuple[int, str, datetime]


class HeldNumbers:
    """The numbers of lists in memory, one copy for a process: what is read once serves all.

    A copy's version, the hash of its file and when it was imported name its content, so that
    nothing here can be out of date; a copy that was replaced is dropped when the next one is read.
    """

    def __init__(self) -> None:
        self._sets: dict[str, tuple[_Copy, NumberSet]] = {}

    def get(self, about: SuppressionList) -> NumberSet | None:
        """The numbers of this copy, if they are here."""
        found = self._sets.get(about.id)
        return found[1] if found is not None and found[0] == _copy(about) else None

    def put(self, about: SuppressionList, numbers: NumberSet) -> None:
        """Hold the numbers of this copy."""
        self._sets[about.id] = _copy(about), numbers


def _copy(about: SuppressionList) -> _Copy:
    return about.version, about.sha256, about.recorded_at


class SqlSuppressionLists:
    """The SuppressionLists port on a connection that is in a transaction."""

    def __init__(self, connection: Connection, held: HeldNumbers) -> None:
        self._connection = connection
        self._held = held
        self._dialect = connection.dialect.name

    def lock(self, account: str) -> None:
        """Shared with all who reserve."""
        self._lock(account, alone=False)

    def lock_for_change(self, account: str) -> None:
        """Alone."""
        self._lock(account, alone=True)

    def _lock(self, account: str, *, alone: bool) -> None:
        if self._connection.dialect.name == "sqlite":
            return  # SQLite has one writer at a time, which each unit of work is from its begin.
        lock = func.pg_advisory_xact_lock if alone else func.pg_advisory_xact_lock_shared
        self._connection.execute(select(lock(_LOCK_SPACE | crc32(account.encode()))))

    def put(self, suppression_list_: SuppressionList, numbers: NumberSet) -> None:
        """Keep a copy; it takes the place of the earlier one of that id."""
        self._connection.execute(delete(suppression_list).where(_L.id == suppression_list_.id))
        self._connection.execute(
            insert(suppression_list),
            {
                **{name: getattr(suppression_list_, name) for name in _LIST_FIELDS},
                "as_of": suppression_list_.as_of.isoformat(),
                "content": numbers.to_bytes(),
            },
        )

    def remove(self, account: str, list_id: str) -> bool:
        """Forget a list; False if there is none."""
        gone = delete(suppression_list).where(_L.account == account, _L.id == list_id)
        return self._connection.execute(gone).rowcount == 1

    def of_account(self, account: str) -> list[SuppressionList]:
        """The lists in use, by name."""
        rows = self._connection.execute(
            select(*_ABOUT_LIST).where(_L.account == account).order_by(_L.name)
        )
        return [_list_from_row(row) for row in rows]

    def entries(
        self, account: str, campaign_id: str, phones: Collection[str]
    ) -> dict[str, tuple[SuppressionEntry, ...]]:
        """The lists on which each number stands, for this campaign."""
        found: dict[str, tuple[SuppressionEntry, ...]] = {}
        for about in self.of_account(account):
            if of_scope(about.scope, campaign_id):
                numbers = self._numbers(about)
                for phone in phones:
                    if phone in numbers:
                        found[phone] = (*found.get(phone, ()), about.entry)
        return found

    def _numbers(self, about: SuppressionList) -> NumberSet:
        numbers = self._held.get(about)
        if numbers is None:
            content = self._connection.execute(
                select(_L.content).where(_L.id == about.id, _L.version == about.version)
            ).scalar_one()
            numbers = NumberSet.from_bytes(content)
            self._held.put(about, numbers)
        return numbers

    def add_area(self, area: SuppressedArea) -> bool:
        """Keep an area; False if it was there already."""
        result = self._connection.execute(
            # Without the option an INSERT's count of rows is unknown on PostgreSQL.
            _ADD_AREA[self._dialect].execution_options(preserve_rowcount=True),
            {name: getattr(area, name) for name in _AREA_FIELDS},
        )
        return result.rowcount == 1

    def remove_area(self, account: str, area: str, scope: str) -> bool:
        """Open an area again; False if there is none."""
        gone = delete(suppressed_area).where(
            _A.account == account, _A.area == area, _A.scope == scope
        )
        return self._connection.execute(gone).rowcount == 1

    def areas(self, account: str) -> list[SuppressedArea]:
        """The areas that are not called, by their beginning or code."""
        rows = self._connection.execute(
            select(suppressed_area).where(_A.account == account).order_by(_A.area, _A.scope)
        )
        return [SuppressedArea(**row._mapping) for row in rows]


_LIST_FIELDS = [column.name for column in _ABOUT_LIST]
_AREA_FIELDS = [column.name for column in suppressed_area.c]
_CONSENT_FIELDS = [column.name for column in consent_record.c]
_REVIEW_FIELDS = [column.name for column in opt_out_review.c]
_OVERRIDE_FIELDS = [column.name for column in override.c]


def _list_from_row(row: Row[tuple[object, ...]]) -> SuppressionList:
    fields = dict(row._mapping)
    fields["kind"] = ListKind(row.kind)
    fields["as_of"] = date.fromisoformat(row.as_of)
    return SuppressionList(**fields)


class SqlConsents:
    """The Consents port on a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name

    def add(self, records: Sequence[ConsentRecord]) -> set[str]:
        """Keep records; the ids of those that were not there already."""
        if not records:
            return set()
        rows = [{name: getattr(each, name) for name in _CONSENT_FIELDS} for each in records]
        return set(self._connection.execute(_ADD_CONSENT[self._dialect], rows).scalars())

    def of(self, account: str, addresses: Collection[str]) -> dict[str, tuple[ConsentRecord, ...]]:
        """All records of each address that has any, in the order in which they were recorded."""
        rows = self._connection.execute(
            _CONSENTS, {"account": account, "addresses": list(addresses)}
        )
        found: dict[str, list[ConsentRecord]] = defaultdict(list)
        for row in rows:
            found[row.address].append(_consent_from_row(row))
        return {address: tuple(records) for address, records in found.items()}

    def hold(self, review: OptOutReview) -> bool:
        """Keep a message, and hold its address until it is decided on; False if it was there."""
        row = {name: getattr(review, name) for name in _REVIEW_FIELDS}
        return self._connection.execute(_HOLD[self._dialect], row).rowcount == 1

    def held(self, account: str, addresses: Collection[str]) -> set[str]:
        """Those of the addresses that are held."""
        rows = self._connection.execute(_HELD, {"account": account, "addresses": list(addresses)})
        return set(rows.scalars())

    def reviews(self, account: str, limit: int) -> list[OptOutReview]:
        """The messages that wait for a reader, the oldest first."""
        rows = self._connection.execute(
            select(opt_out_review)
            .where(_R.account == account, _R.decision.is_(None))
            .order_by(_R.received_at, _R.id)
            .limit(limit)
        )
        return [_review_from_row(row) for row in rows]

    def lock_review(self, account: str, review_id: str) -> OptOutReview | None:
        """One message, its row locked; None if there is none."""
        row = self._connection.execute(
            select(opt_out_review)
            .where(_R.account == account, _R.id == review_id)
            .with_for_update()
        ).one_or_none()
        return None if row is None else _review_from_row(row)

    def save_review(self, review: OptOutReview) -> None:
        """Keep what was decided."""
        self._connection.execute(
            update(opt_out_review)
            .where(_R.id == review.id)
            .values(
                decision=review.decision,
                decided_by=review.decided_by,
                decided_at=review.decided_at,
            )
        )


def _consent_from_row(row: Row[tuple[object, ...]]) -> ConsentRecord:
    fields = dict(row._mapping)
    fields["action"] = ConsentAction(row.action)
    fields["kind"] = ConsentKind(row.kind)
    fields["channel"] = None if row.channel is None else Channel(row.channel)
    fields["source"] = ConsentSource(row.source)
    return ConsentRecord(**fields)


def _review_from_row(row: Row[tuple[object, ...]]) -> OptOutReview:
    fields = dict(row._mapping)
    fields["channel"] = Channel(row.channel)
    fields["decision"] = None if row.decision is None else ReviewDecision(row.decision)
    return OptOutReview(**fields)


class SqlOverrides:
    """The Overrides port on a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, override_: Override) -> None:
        """Keep one."""
        self._connection.execute(
            insert(override), {name: getattr(override_, name) for name in _OVERRIDE_FIELDS}
        )

    def end(self, override_id: str, at: datetime) -> None:
        """It ends at this instant, if it does not end before."""
        self._connection.execute(
            update(override).where(_O.id == override_id, _O.ends_at > at).values(ends_at=at)
        )

    def of_campaign(self, campaign_id: str) -> list[Override]:
        """All of a campaign, the newest first."""
        rows = self._connection.execute(
            select(override)
            .where(_O.campaign_id == campaign_id)
            .order_by(_O.starts_at.desc(), _O.id)
        )
        return [_override_from_row(row) for row in rows]


def _override_from_row(row: Row[tuple[object, ...]]) -> Override:
    fields = dict(row._mapping)
    fields["rule"] = OwnRule(row.rule)
    return Override(**fields)


class SqlRulebooks:
    """The Rulebooks port on a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name

    def keep(self, version: str, content: str, at: datetime) -> None:
        """Keep a rulebook's content, unless it is there already."""
        self._connection.execute(
            _KEEP_RULEBOOK[self._dialect],
            {"version": version, "content": content, "kept_at": at},
        )

    def contents(self, versions: Collection[str]) -> dict[str, str]:
        """The content of each version that is kept."""
        rows = self._connection.execute(
            select(rulebook.c.version, rulebook.c.content).where(
                rulebook.c.version.in_(list(versions))
            )
        )
        return {row.version: row.content for row in rows}
