"""Bans in an emergency: what an operator's entry means, and when it stands where a contact may be.

Some laws forbid sales calls while a governor has declared a state of emergency (La. R.S.
45:844.31). No calendar knows those days in advance, so the operator switches each ban on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from compliance.rule_format import RawEmergencyBan, RulebookError
from compliance.rules import EmergencyBan, Rule
from compliance.time_zone import start_of_day

_DAY = timedelta(days=1)


def read_ban(raw: RawEmergencyBan, place: Callable[[str], str | None]) -> EmergencyBan:
    """The ban of an entry; `place` gives the code under which a place is known, None: it is none.

    Raises:
        RulebookError: a place is not known, or the ban ends before it begins.
    """
    _check_end(raw)
    places = {code: place(code) for code in raw.places}
    unknown = [code for code, known in places.items() if known is None]
    if unknown:
        raise RulebookError(
            raw.id,
            "places",
            f"there is no place {unknown[0][:40]!r}; use the codes of countries and of their"
            " regions, such as US, US-LA or PR",
        )
    return EmergencyBan(
        rule=Rule(raw.id, raw.cite),
        places=frozenset(known for known in places.values() if known is not None),
        start=raw.start,
        end=raw.until,
        channels=frozenset(raw.channels),
        purposes=frozenset(raw.purposes),
        why=raw.reason,
    )


def _check_end(raw: RawEmergencyBan) -> None:
    if raw.until is None:
        return
    if isinstance(raw.start, datetime) != isinstance(raw.until, datetime):
        raise RulebookError(raw.id, "until", "give `from` and `until` both as dates or as instants")
    if raw.until < raw.start or (isinstance(raw.until, datetime) and raw.until == raw.start):
        raise RulebookError(raw.id, "until", "a ban ends after it begins")


def span_of(ban: EmergencyBan, zones: Iterable[str]) -> tuple[datetime | None, datetime | None]:
    """From when and until when a ban stands, in UTC: in any of the zones, if it names local dates.

    No beginning: it names dates, and no zone is known in which to read them. No end: not known yet.
    """
    names = tuple(zones)
    end = ban.end if ban.end is None or isinstance(ban.end, datetime) else ban.end + _DAY
    return _instant(ban.start, names, min), _instant(end, names, max)


def _instant(
    moment: date | None, zones: tuple[str, ...], choose: Callable[[Iterable[datetime]], datetime]
) -> datetime | None:
    if moment is None or isinstance(moment, datetime):
        return moment
    return choose(start_of_day(name, moment) for name in zones) if zones else None
