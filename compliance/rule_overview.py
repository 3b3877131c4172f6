"""What holds for live calls to a place, all that applies taken together, in one row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from compliance.case import Channel
from compliance.quiet_time import intersection, merged
from compliance.rule_listing import count, span_words, words
from compliance.rules import (
    WHOLE_DAY,
    AttemptCap,
    Jurisdiction,
    LegalChannel,
    LocalSpan,
    Rulebook,
)

_LIVE = LegalChannel.VOICE_LIVE
_WEEKDAYS = range(1, 6)
_SATURDAY, _SUNDAY = 6, 7
_NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Overview:
    """What holds for live calls under an entry and those that it extends; `-`: nothing."""

    weekdays: str
    saturday: str
    sunday: str
    holidays: str
    caps: str
    consent: str
    list_age: str


def overview(code: str, rulebook: Rulebook) -> Overview:
    """One row about an entry.

    Raises:
        KeyError: there are no rules of that code.
    """
    chain = rulebook.chain(code)
    return Overview(
        weekdays=_weekdays(chain),
        saturday=_hours(chain, _SATURDAY),
        sunday=_hours(chain, _SUNDAY),
        holidays="; ".join(_holidays(chain)) or _NOTHING,
        caps="; ".join(_cap(cap) for one in chain for cap in one.caps if _is_live(cap)) or _NOTHING,
        consent="; ".join(_consents(chain)) or _NOTHING,
        list_age=_list_age(chain),
    )


def _weekdays(chain: Sequence[Jurisdiction]) -> str:
    """The hours from Monday to Friday; day by day if they differ."""
    by_day = {day: _hours(chain, day) for day in _WEEKDAYS}
    if len(set(by_day.values())) == 1:
        return by_day[1]
    names = ("Mon", "Tue", "Wed", "Thu", "Fri")
    return "; ".join(f"{names[day - 1]} {hours}" for day, hours in by_day.items())


def _hours(chain: Sequence[Jurisdiction], day: int) -> str:
    bound = [one for one in chain if any(_LIVE in window.channels for window in one.windows)]
    if not bound:
        return "no hours known"
    spans: tuple[LocalSpan, ...] = (WHOLE_DAY,)
    for one in bound:
        spans = tuple(common for span in _open(one, day) for common in intersection(spans, span))
    hours = ", ".join(span_words(span) for span in spans) or "closed"
    zones = sorted({zone for one in bound for zone in one.hours_zones or ()})
    return f"{hours} ({', '.join(zones)} time)" if zones and spans else hours


def _open(one: Jurisdiction, day: int) -> tuple[LocalSpan, ...]:
    return merged(
        window.span for window in one.windows if _LIVE in window.channels and day in window.days
    )


def _holidays(chain: Sequence[Jurisdiction]) -> Iterator[str]:
    for rule in (one.holidays for one in chain if one.holidays is not None):
        if rule.banned:
            yield "no calls"
        if rule.reduced is not None and _LIVE in rule.reduced.channels:
            yield f"only {span_words(rule.reduced.span)}"
        if rule.eve is not None:
            yield f"the day before only {span_words(rule.eve)}"


def _is_live(cap: AttemptCap) -> bool:
    return Channel.VOICE in cap.media and (cap.channels is None or _LIVE in cap.channels)


def _cap(cap: AttemptCap) -> str:
    period = f"{cap.period.hours} h" if cap.period.hours else count(cap.period.days, "day")
    if cap.period.calendar_month:
        period = "a calendar month"
    if cap.after is not None:
        return f"none for {period} after {cap.after.value}, per {cap.key.value}"
    return f"{cap.maximum} in {period} per {cap.key.value}"


def _consents(chain: Sequence[Jurisdiction]) -> Iterator[str]:
    for one in chain:
        for duty in one.consents:
            if _LIVE in duty.channels:
                but = f", not in {words(duty.except_modes)}" if duty.except_modes else ""
                yield f"{duty.kind.value.replace('_', ' ')}{but}"


def _list_age(chain: Sequence[Jurisdiction]) -> str:
    ages = [
        one.do_not_call.max_age_days
        for one in chain
        if one.do_not_call is not None and one.do_not_call.max_age_days is not None
    ]
    return count(min(ages), "day") if ages else _NOTHING
