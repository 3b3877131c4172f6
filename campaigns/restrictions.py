"""Lists and areas that are not called: the use cases of what holds for many numbers at once.

Each is one unit of work. It takes the account's lock alone, which all who reserve share, so that
once it is kept no attempt that it forbids is requested (D6); it asks for the end of the calls that
it forbids (D7); and it keeps one fact (E1) and one entry of evidence (S8).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from campaigns.attempt import Attempt
from campaigns.audit import Change, audit_entry, text_hash
from campaigns.events import (
    AreaOpened,
    AreaSuppressed,
    SuppressionListImported,
    SuppressionListRemoved,
)
from campaigns.identity import derive_id
from campaigns.permissions import PermissionRefusedError, check_reason, check_scope, tell
from campaigns.ports import NotFoundError, UnitOfWork
from campaigns.schedule import PACED
from compliance.number_set import NumberSet
from compliance.rules import Rulebook
from compliance.suppression_lists import (
    ListKind,
    SuppressedArea,
    SuppressionList,
    is_area,
    of_scope,
    places_of,
)

_FARTHEST_EAST = timedelta(hours=14)
"""How far the zone is ahead of UTC in which a day begins first (Line Islands, UTC+14)."""


class BadListError(PermissionRefusedError):
    """The list cannot be used as it is described."""


class OlderCopyError(PermissionRefusedError):
    """A newer copy is in use."""

    def __init__(self, held: SuppressionList) -> None:
        super().__init__(
            f"the copy of {held.name!r} in use is of {held.as_of.isoformat()}, which is newer; "
            "say expressly that this one is to be used though it is older (--even-if-older)"
        )


class UnknownAreaError(PermissionRefusedError):
    """This is no place that the rules know."""

    def __init__(self, area: str) -> None:
        super().__init__(
            f"{area[:40]!r} is no area: give how numbers begin (+1305), a region (US-FL) or a "
            "country (FR) that the rules know"
        )


@dataclass(frozen=True, slots=True)
class ListCopy:
    """A copy of a list on its way in; the fields are those of SuppressionList."""

    account: str
    name: str
    kind: ListKind
    jurisdiction: str | None
    scope: str
    as_of: date
    numbers: NumberSet
    sha256: str
    by: str
    now: datetime


# ----------------------------------------------------------------------------------------- lists
def import_suppression_list(
    uow: UnitOfWork, copy: ListCopy, rulebook: Rulebook, *, even_if_older: bool = False
) -> SuppressionList:
    """Use a copy of a list from now on, in the place of an earlier copy of that name.

    Raises:
        PermissionRefusedError, NotFoundError: as from `check_copy`.
    """
    uow.suppression_lists.lock_for_change(copy.account)
    held = check_copy(uow, copy, rulebook, even_if_older=even_if_older)
    kept = SuppressionList(
        id=_list_id(copy),
        account=copy.account,
        name=copy.name,
        kind=copy.kind,
        jurisdiction=copy.jurisdiction,
        scope=copy.scope,
        as_of=copy.as_of,
        numbers=len(copy.numbers),
        sha256=copy.sha256,
        version=1 if held is None else held.version + 1,
        recorded_by=copy.by,
        recorded_at=copy.now,
    )
    uow.suppression_lists.put(kept, copy.numbers)
    _end_calls(uow, kept.account, kept.scope, copy.now, lambda call: call.phone in copy.numbers)
    _wake_deferred(uow, kept.account, copy.now)
    fact = SuppressionListImported(
        occurred_at=copy.now,
        contact_list_id=kept.id,
        scope=kept.scope,
        kind=kept.kind,
        jurisdiction=kept.jurisdiction,
        list_version=kept.version,
        as_of=kept.as_of.isoformat(),
        numbers=kept.numbers,
        sha256=kept.sha256,
    )
    entry = audit_entry(
        kept.account,
        "suppression list imported",
        copy.by,
        copy.now,
        kept.scope,
        {
            **_about(kept),
            "numbers": kept.numbers,
        },
    )
    tell(uow, kept.account, fact, entry)
    return kept


def _wake_deferred(uow: UnitOfWork, account: str, now: datetime) -> None:
    """Screen again whom campaigns deferred: some may have waited for a newer copy."""
    for campaign in uow.campaigns.in_states(PACED):
        if campaign.account == account:
            uow.queue.wake_deferred(campaign.id, now)


def check_copy(
    uow: UnitOfWork, copy: ListCopy, rulebook: Rulebook, *, even_if_older: bool = False
) -> SuppressionList | None:
    """The copy in use whose place this one would take, whatever its numbers are.

    Raises:
        BadListError: what is said of it does not fit together, or not with the copy in use.
        OlderCopyError: the copy in use is newer, and `even_if_older` is not said.
        NotFoundError: there is no such campaign as the scope names.
    """
    _check(copy, rulebook)
    check_scope(uow, copy.account, copy.scope)
    held = _held(uow, copy.account, _list_id(copy))
    if held is not None:
        _check_replaces(copy, held, even_if_older=even_if_older)
    return held


def _list_id(copy: ListCopy) -> str:
    return derive_id("suppression-list", copy.account, copy.name)


def _held(uow: UnitOfWork, account: str, list_id: str) -> SuppressionList | None:
    lists = uow.suppression_lists.of_account(account)
    return next((each for each in lists if each.id == list_id), None)


def _about(kept: SuppressionList) -> dict[str, object]:
    return {
        "list": kept.id,
        "kind": kept.kind.value,
        "jurisdiction": kept.jurisdiction,
        "asOf": kept.as_of.isoformat(),
        "sha256": kept.sha256,
        "version": kept.version,
        "nameSha256": text_hash(kept.name),
    }


def _check(copy: ListCopy, rulebook: Rulebook) -> None:
    if not copy.name.strip() or not copy.name.isprintable() or len(copy.name) > 200:
        raise BadListError("give the list a name on one line, in 200 characters at most")
    if copy.kind is ListKind.NATIONAL and copy.jurisdiction is None:
        raise BadListError("a registry needs the code of its rules, such as US or US-TX")
    if copy.kind is not ListKind.NATIONAL and copy.jurisdiction is not None:
        raise BadListError(f"only a registry has a jurisdiction; this list is {copy.kind}")
    if copy.jurisdiction is not None and copy.jurisdiction not in rulebook.jurisdictions:
        raise BadListError(f"there are no rules of the code {copy.jurisdiction[:40]!r}")
    if copy.as_of > (copy.now + _FARTHEST_EAST).date():
        raise BadListError(f"the copy's date, {copy.as_of.isoformat()}, is still to come")


def _check_replaces(copy: ListCopy, held: SuppressionList, *, even_if_older: bool) -> None:
    if (copy.kind, copy.jurisdiction, copy.scope) != (held.kind, held.jurisdiction, held.scope):
        what = " ".join(filter(None, (held.kind, held.jurisdiction)))
        raise BadListError(
            f"{held.name!r} is in use as a list of another kind, jurisdiction or scope ({what}, "
            f"{held.scope}); remove that one first or give this one another name"
        )
    if copy.as_of < held.as_of and not even_if_older:
        raise OlderCopyError(held)


def remove_suppression_list(
    uow: UnitOfWork, account: str, list_id: str, change: Change
) -> SuppressionList:
    """Use a list no longer; what was kept of it as evidence stays.

    Raises:
        NoReasonError: `change` gives no reason.
        NotFoundError: the account has no such list.
    """
    check_reason(change)
    uow.suppression_lists.lock_for_change(account)
    held = _held(uow, account, list_id)
    if held is None:
        raise NotFoundError("suppression list", list_id)
    uow.suppression_lists.remove(account, list_id)
    fact = SuppressionListRemoved(
        occurred_at=change.at,
        contact_list_id=held.id,
        scope=held.scope,
        kind=held.kind,
        jurisdiction=held.jurisdiction,
        list_version=held.version,
        reason=change.reason,
    )
    entry = audit_entry(
        account,
        "suppression list removed",
        change.by,
        change.at,
        held.scope,
        {
            **_about(held),
            "reasonSha256": text_hash(change.reason),
        },
    )
    tell(uow, account, fact, entry)
    return held


# ----------------------------------------------------------------------------------------- areas
def suppress_area(uow: UnitOfWork, area: SuppressedArea, rulebook: Rulebook) -> bool:
    """Call nobody in an area from now on; False if it was closed already.

    Raises:
        UnknownAreaError: the rules know no such place.
        NotFoundError: there is no such campaign as the scope names.
    """
    if not is_area(area.area, rulebook):
        raise UnknownAreaError(area.area)
    check_scope(uow, area.account, area.scope)
    uow.suppression_lists.lock_for_change(area.account)
    if not uow.suppression_lists.add_area(area):
        return False
    _end_calls(
        uow, area.account, area.scope, area.recorded_at, lambda call: _is_in(uow, call, area)
    )
    fact = AreaSuppressed(
        occurred_at=area.recorded_at,
        contact_list_id=_area_key(area),
        scope=area.scope,
        area=area.area,
        basis=area.basis,
    )
    entry = audit_entry(
        area.account,
        "area suppressed",
        area.recorded_by,
        area.recorded_at,
        area.scope,
        {
            "area": area.area,
            "basisSha256": text_hash(area.basis),
        },
    )
    tell(uow, area.account, fact, entry)
    return True


def _is_in(uow: UnitOfWork, call: Attempt, area: SuppressedArea) -> bool:
    contact = uow.contact_lists.contact(call.contact_id)
    return area.covers(call.phone, places_of(call.phone, contact.country, contact.region))


def _area_key(area: SuppressedArea) -> str:
    """What the events of one area are counted along."""
    return derive_id("suppressed-area", area.account, area.area, area.scope)


def open_area(uow: UnitOfWork, area: SuppressedArea, change: Change) -> bool:
    """Let an area be called again; False if it was not closed.

    It is found by its account, code and scope. Contacts that were finished meanwhile stay so.

    Raises:
        NoReasonError: `change` gives no reason.
    """
    check_reason(change)
    uow.suppression_lists.lock_for_change(area.account)
    if not uow.suppression_lists.remove_area(area.account, area.area, area.scope):
        return False
    fact = AreaOpened(
        occurred_at=change.at,
        contact_list_id=_area_key(area),
        scope=area.scope,
        area=area.area,
        reason=change.reason,
    )
    entry = audit_entry(
        area.account,
        "area opened",
        change.by,
        change.at,
        area.scope,
        {
            "area": area.area,
            "reasonSha256": text_hash(change.reason),
        },
    )
    tell(uow, area.account, fact, entry)
    return True


# ------------------------------------------------------------------------------- calls in flight
def _end_calls(
    uow: UnitOfWork, account: str, scope: str, at: datetime, is_hit: Callable[[Attempt], bool]
) -> None:
    """Ask for the end of calls in flight on which no agent is yet (D7), in one order."""
    dialing = uow.attempts.campaigns_with_open()
    hit = [
        call
        for campaign in uow.campaigns.of_account(account)
        if campaign.id in dialing and of_scope(scope, campaign.id)
        for call in uow.attempts.open_of(campaign.id)
        if is_hit(call)
    ]
    for call in sorted(hit, key=lambda call: call.id):
        uow.attempts.ask_hang_up(account, call.phone, at, call.campaign_id)
