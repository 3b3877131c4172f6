"""All that is kept of a number or an address, and what it means for the campaigns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.database import SqlUnitOfWork
from app.web.permission_words import CHANNELS, consent_words
from campaigns.record_store import SqlRecords
from compliance.case import Channel, SuppressionSource
from compliance.consent import is_revoked
from compliance.consent_records import EVERYWHERE, ConsentRecord, standing_consent
from compliance.ports import Suppression
from compliance.suppression_lists import ListKind, SuppressedArea, SuppressionList, places_of


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of one number or address; `waits`: a message of it waits for a reader."""

    address: str
    entries: tuple[Suppression, ...]
    lists: tuple[SuppressionList, ...]
    areas: tuple[SuppressedArea, ...]
    consents: tuple[ConsentRecord, ...]
    waits: bool

    @property
    def is_on_registry(self) -> bool:
        """Whether a do-not-call registry has the number."""
        return any(each.kind is ListKind.NATIONAL for each in self.lists) or any(
            each.source is SuppressionSource.NATIONAL for each in self.entries
        )


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that keeps the campaigns of a scope from a number whatever they are for."""

    scope: str
    why: str


def look_up(uow: SqlUnitOfWork, account: str, address: str) -> Kept:
    """Read all that is kept of a number or an address."""
    areas = uow.suppression_lists.areas(account) if address.startswith("+") else []
    places = places_of(address, "", "")
    return Kept(
        address=address,
        entries=tuple(SqlRecords(uow.connection).suppressions(account, [address])),
        lists=_lists_with(uow, account, address),
        areas=tuple(area for area in areas if area.covers(address, places)),
        consents=uow.consents.of(account, [address]).get(address, ()),
        waits=address in uow.consents.held(account, [address]),
    )


def _lists_with(uow: SqlUnitOfWork, account: str, phone: str) -> tuple[SuppressionList, ...]:
    """The lists that hold a number, those of single campaigns among them."""
    lists = uow.suppression_lists.of_account(account)
    names = {
        entry.list_name
        for scope in {each.scope for each in lists}
        for entry in uow.suppression_lists.entries(account, scope, [phone]).get(phone, ())
    }
    return tuple(each for each in lists if each.name in names)


def scopes_of(records: Iterable[ConsentRecord]) -> list[str]:
    """How far the records reach: the whole account first, then each campaign that has its own."""
    return [EVERYWHERE, *sorted({record.scope for record in records} - {EVERYWHERE})]


def standing(records: Iterable[ConsentRecord], now: datetime) -> dict[str, dict[str, str]]:
    """What stands now, in words, by scope and channel."""
    kept = tuple(records)
    return {
        scope: {
            name: consent_words(standing_consent(kept, channel, scope), now)
            for channel, name in CHANNELS.items()
        }
        for scope in scopes_of(kept)
    }


def bars(kept: Kept, now: datetime) -> Iterator[Bar]:
    """What keeps campaigns from calling a number; a registry binds some campaigns only."""
    for entry in kept.entries:
        if entry.source is SuppressionSource.INTERNAL:
            yield Bar(entry.scope, "it has an entry of its own")
    for each in kept.lists:
        if each.kind is not ListKind.NATIONAL:
            yield Bar(each.scope, f"it is on the list “{each.name}”")
    for area in kept.areas:
        yield Bar(area.scope, f"its area {area.area} is closed")
    if kept.waits:
        yield Bar(EVERYWHERE, "a message of it waits for a reader")
    revoked, free = _by_revocation(kept.consents, now)
    if not free or EVERYWHERE in free:
        yield from (Bar(scope, "consent was taken back") for scope in revoked)


def _by_revocation(records: Iterable[ConsentRecord], now: datetime) -> tuple[list[str], list[str]]:
    """The scopes for which consent to calls stands as taken back, and the others."""
    kept = tuple(records)
    scopes = scopes_of(kept)
    revoked = [
        scope for scope in scopes if is_revoked(standing_consent(kept, Channel.VOICE, scope), now)
    ]
    return revoked, [scope for scope in scopes if scope not in revoked]


def meaning(kept: Kept, now: datetime, campaigns: Mapping[str, str]) -> str:
    """What all of it means for a number, to be read after it; `campaigns` are names by id."""
    found = list(dict.fromkeys(bars(kept, now)))
    everywhere = [bar.why for bar in found if bar.scope == EVERYWHERE]
    if everywhere:
        return f"is suppressed: no campaign reaches it, because {_listed(everywhere)}."
    said = list(_for_some(kept, found, now, campaigns))
    if not said:
        return "is not suppressed: nothing that is kept here stands against it."
    return " ".join(["is not suppressed for every campaign.", *said])


def _for_some(
    kept: Kept, found: Iterable[Bar], now: datetime, campaigns: Mapping[str, str]
) -> Iterator[str]:
    """What keeps some campaigns from calling a number."""
    if kept.is_on_registry:
        yield (
            "It is on a do-not-call registry: a campaign that the registry binds does not call it, "
            "unless a consent that the registry's law accepts is on file."
        )
    revoked, again = _by_revocation(kept.consents, now)
    if EVERYWHERE in revoked:
        yield (
            "Consent was taken back: only campaigns that got it again since may call it, "
            f"{_names(again, campaigns)}."
        )
    barred = [bar.scope for bar in found]
    if barred:
        yield f"It is not called by {_names(barred, campaigns)}."


def _names(scopes: Iterable[str], campaigns: Mapping[str, str]) -> str:
    return _listed(sorted({f"“{campaigns.get(scope, scope)}”" for scope in scopes}))


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
