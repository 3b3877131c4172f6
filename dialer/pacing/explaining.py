"""Why a tick started so many calls and not one more: a kept decision in words.

Everything comes from what the decision log keeps (`figures`). What an older version of the pacing
kept is told as far as it goes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from compliance.case import DialMode
from dialer.pacing.curve import MEDIAN, Ahead, Curve, Forecast, curve
from dialer.pacing.figures import MODES, VERSION, WINDOWS
from dialer.pacing.law import GUARD
from dialer.pacing.outlook import set_aside
from dialer.pacing.snapshot import Bound

_CAPS = {
    Bound.TRUNK: "by the lines {}",
    Bound.CALLS_PER_SECOND: "by calls a second {}",
    Bound.NOBODY_CALLABLE: "by the contacts who may be called now {}",
    Bound.LIST_FINISHED: "by the list {}",
}

_TINY = 0.00001
"""Below this a chance is no more than the rounding of its sum."""

_HELD = {
    Bound.NOBODY_CALLABLE: "Nobody of the list may be called now: each contact waits for an "
    "allowed hour, for the time of its next try, or for a permission.",
    Bound.LIST_FINISHED: "Nobody is left to call. Calls under way go on to their end.",
    Bound.CLOSED: "The campaign's end was reached, and nothing is dialed from then on.",
    Bound.NOT_RUNNING: "The dialer was being stopped. It starts no more calls, and lets those "
    "under way come to their end.",
    Bound.CARRIER_DOWN: "The carrier could place no calls. Dialing goes on by itself when it can.",
    Bound.LEASE_LOST: "This dialer's right to pace the campaign had run out before it was renewed, "
    "and another one may have it. Two never dial for one campaign.",
    Bound.STALE_FIGURES: "The count of abandoned calls was too old to go by. Without a fresh one "
    "nothing is dialed.",
    Bound.UNSAFE_CLOCK: "The machine's clock had jumped, or differed from the database's by more "
    "than 2 s. Nothing is dialed by a clock that may be wrong, since the law's hours depend on it.",
    Bound.RULES_UNREADABLE: "The operator's file of rules could not be read. Without its rules "
    "nobody may be called; the log says where it is wrong.",
}
"""What closes the dialing altogether."""


class Kept(Protocol):
    """A decision as the decision log keeps it."""

    @property
    def calls(self) -> int:
        """How many calls were decided."""

    @property
    def placed(self) -> int:
        """How many of them screening and the list let through."""

    @property
    def bound(self) -> str:
        """What held the number back."""

    @property
    def until_at(self) -> datetime | None:
        """When the next contact may be called, where nobody may be now."""

    @property
    def inputs(self) -> Mapping[str, float]:
        """The figures that decided."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision in words: what was started, seen, expected and permitted, and why not one more."""

    started: str
    seen: tuple[str, ...]
    expected: tuple[str, ...]
    permitted: tuple[str, ...]
    why: tuple[str, ...]
    ahead: tuple[Ahead, ...]
    curve: Curve | None


def explain(kept: Kept) -> Explanation:
    """All that is known of a decision, in words and as a curve."""
    forecast = Forecast.of(kept.inputs)
    threshold = kept.inputs.get("threshold")
    return Explanation(
        started=_started(kept),
        seen=tuple(_seen(kept.inputs)),
        expected=tuple(_expected(kept.inputs, forecast)),
        permitted=tuple(_permitted(kept.inputs)),
        why=tuple(_why(kept, forecast)),
        ahead=() if forecast is None else forecast.ahead(),
        curve=None if forecast is None else curve(forecast, kept.calls, threshold),
    )


# -------------------------------------------------------------------------------------- sentences
def _started(kept: Kept) -> str:
    if kept.placed < kept.calls:
        were = "was" if kept.calls == 1 else "were"
        return (
            f"{_count(kept.calls, 'call')} {were} permitted, and {kept.placed:,} started: "
            "screening held the others back, or the list had no more."
        )
    if _mode(kept.inputs) is DialMode.PREVIEW:
        shown = (
            _count(kept.calls, "contact was", "contacts were") if kept.calls else "No contact was"
        )
        return f"{shown} shown to an agent."
    return (
        f"{_count(kept.calls, 'call was', 'calls were') if kept.calls else 'No call was'} started."
    )


def _seen(figures: Mapping[str, float]) -> Iterator[str]:
    if "idle" in figures and _mode(figures) is not DialMode.AGENTLESS:
        idle, busy, wrap = (_whole(figures, name) for name in ("idle", "busy", "wrap"))
        parts = (
            f" ({busy - wrap:,} talking, {wrap:,} wrapping up)" if busy and "v" in figures else ""
        )
        yield f"{_count(idle, 'agent was', 'agents were')} free and {busy:,} busy{parts}."
        if held := _whole(figures, "held"):
            yield f"{_count(held, 'agent was', 'agents were')} kept for inbound calls."
        if inbound := figures.get("inbound"):
            yield f"{inbound:.1f} more inbound calls were to be expected while a call rings."
        if leaving := _whole(figures, "leaving"):
            yield f"{_count(leaving, 'agent was', 'agents were')} about to leave, and not counted."
    if "in_flight" in figures:
        yield _flight(figures)
    if "limit" in figures:
        live, abandoned = _whole(figures, "live"), _whole(figures, "abandoned")
        limit = _percent(figures["limit"])
        if live:
            yield (
                f"In the window that binds most{_whose(figures)}, {abandoned:,} of "
                f"{_count(live, 'person', 'people')} who answered had got nobody: "
                f"{_percent(abandoned / live)}, and at most {limit} may."
            )
        else:
            yield f"Nobody had answered yet in the window of the limit, which is {limit}."


def _whose(figures: Mapping[str, float]) -> str:
    """Whose window it is; decisions of earlier versions do not say."""
    if figures.get("v") != VERSION:
        return ""
    place = _whole(figures, "window")
    return f" ({WINDOWS[place]})" if place else " (the campaign's own)"


def _flight(figures: Mapping[str, float]) -> str:
    stages = [
        f"{_whole(figures, name):,} {words}"
        for name, words in (
            ("setup", "being set up"),
            ("ringing", "ringing"),
            ("answered", "answered, by whom is not known yet"),
            ("waiting", "with a person who waits for an agent"),
        )
        if _whole(figures, name)
    ]
    flying = _whole(figures, "in_flight")
    told = _count(flying, "call was", "calls were") if flying else "No call was"
    return f"{told} under way without an agent{': ' if stages else ''}{', '.join(stages)}."


def _expected(figures: Mapping[str, float], forecast: Forecast | None) -> Iterator[str]:
    if "live_rate" in figures:
        yield f"Of 100 calls, {100 * figures['live_rate']:.1f} reached a person lately."
    if forecast is not None and forecast.ahead():
        ahead = forecast.ahead()[MEDIAN]
        yield (
            f"Within {ahead.seconds:.0f} s, in which half of the people whom a new call reaches "
            f"have answered, {_about(ahead.calls, ahead.calls_spread)} of the calls under way "
            f"would reach a person, and {_about(ahead.freed, ahead.freed_spread)} of the busy "
            "agents would become free."
        )


def _permitted(figures: Mapping[str, float]) -> Iterator[str]:
    if "spare" in figures:
        spare = figures["spare"]
        if spare >= 0.0:
            yield f"{_borne(spare)} could still be borne within the limit, with a margin for doubt."
        else:
            yield (
                f"The limit was overrun by {-spare:.1f} abandoned calls, or by the margin for "
                "doubt that is left."
            )
    if "threshold" in figures:
        yield (
            "A new call might therefore find nobody with a chance of at most "
            f"{_percent(figures['threshold'])}."
        )
    caps = [
        words.format(_cap(figures, bound))
        for bound, words in _CAPS.items()
        if f"max_{bound}" in figures
    ]
    if caps:
        yield f"New calls that were possible otherwise: {', '.join(caps)}."
    elif "max" in figures:
        yield (
            "Lines, calls a second and the list permitted "
            f"{_count(_whole(figures, 'max'), 'new call')}."
        )


def _cap(figures: Mapping[str, float], bound: Bound) -> str:
    """How many it permits; contacts beyond what the lines permit are not counted."""
    most = _whole(figures, f"max_{bound}")
    more = bound is Bound.NOBODY_CALLABLE and most > _whole(figures, f"max_{Bound.TRUNK}")
    return f"at least {most:,}" if more else f"{most:,}"


def _why(kept: Kept, forecast: Forecast | None) -> Iterator[str]:
    match kept.bound:
        case Bound.NO_AGENTS:
            yield "No agent was signed in who could take a call, now or later."
        case Bound.TRUNK | Bound.CALLS_PER_SECOND:
            yield from _why_cut(kept, forecast)
        case Bound.NOBODY_CALLABLE | Bound.LIST_FINISHED if kept.calls:
            yield from _why_cut(kept, forecast)
        case Bound.NO_FREE_AGENT:
            yield from _why_no_agent(kept, forecast)
        case Bound.ABANDONMENT_BUDGET:
            yield from _why_budget(kept, forecast)
        case Bound.CALLS_PER_AGENT:
            yield from _why_ratio(kept)
        case Bound.INBOUND:
            yield "Free agents were kept for inbound calls that waited or were to be expected."
        case _ if kept.bound in _HELD:
            yield _HELD[Bound(kept.bound)]
        case _:
            yield f"What held the number back: {kept.bound.replace('_', ' ')}."
    if kept.until_at is not None:
        until = f"{kept.until_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        yield f"The next contact may be called from {until} on."


def _why_cut(kept: Kept, forecast: Forecast | None) -> Iterator[str]:
    calls = _count(kept.calls, "more call") if kept.calls else "no more call"
    match kept.bound:
        case Bound.TRUNK:
            yield f"The lines were the limit: those that were left permitted {calls}."
        case Bound.CALLS_PER_SECOND:
            yield f"The limit of calls a second permitted {calls} at this instant."
        case _:
            yield f"{_count(kept.calls, 'contact')} could be called at this instant, and no more."
    if _mode(kept.inputs) is DialMode.AGENTLESS:
        yield "A recorded message needs no agent, so that nothing else counts."
    threshold = kept.inputs.get("threshold")
    if forecast is not None and threshold is not None:
        chance = forecast.nobody(kept.calls + 1)
        if chance <= threshold:
            says = _apart(chance, threshold)
            yield (
                f"Agents would have borne more: one more call would have found nobody with a "
                f"chance of {says[0]}, and up to {says[1]} was acceptable."
            )


def _why_no_agent(kept: Kept, forecast: Forecast | None) -> Iterator[str]:
    figures = kept.inputs
    mode = _mode(figures)
    if mode in {DialMode.PREVIEW, DialMode.PROGRESSIVE}:
        yield (
            f"In {mode} mode each call under way has a free agent of its own: "
            f"{_whole(figures, 'idle'):,} free, {_whole(figures, 'in_flight'):,} under way before."
        )
        return
    threshold = figures.get("threshold")
    if kept.calls and kept.calls == _one_to_one(figures):
        yield "Each free agent without a call under way gets one, whatever is expected."
    if forecast is None or threshold is None:
        more = "One more call would have been too likely to find nobody"
        yield more + (f": at most {_percent(threshold)} was acceptable." if threshold else ".")
        return
    if kept.calls > _one_to_one(figures):
        yield (
            f"{'The last of these calls' if kept.calls > 1 else 'This call'} would find nobody "
            f"with a chance of {_percent(forecast.nobody(kept.calls))}, should a person answer it."
        )
    chance, most = _apart(forecast.nobody(kept.calls + 1), threshold)
    yield (
        f"One more would have found nobody with a chance of {chance}, and at most {most} was "
        f"acceptable, because {_borne(figures.get('spare', 0.0))} can still be borne."
    )


def _why_budget(kept: Kept, forecast: Forecast | None) -> Iterator[str]:
    figures = kept.inputs
    spare = figures.get("spare", 0.0)
    if spare < 0.0:
        yield (
            "No abandoned call could be borne any more, so that calls are started one to one: one "
            "for each free agent without a call under way."
        )
    elif "v" in figures and not figures.get("rung_out"):
        yield (
            "The first calls of this run had not rung out yet, so that nothing was known of people "
            "who answer late: until then calls are started one to one."
        )
    elif forecast is not None:
        chance, most = _apart(forecast.loss(kept.calls + 1), GUARD)
        yield (
            f"With one more, the calls under way could have cost more than {int(spare):,} "
            "abandoned calls at once, the most that could be borne, with a chance of "
            f"{chance}; at most {most} is acceptable."
        )
    else:
        yield "One more call could have taken the campaign over its abandonment limit."


def _why_ratio(kept: Kept) -> Iterator[str]:
    figures = kept.inputs
    ratio = figures.get("calls_per_agent")
    if ratio is None:
        yield "The campaign's fixed ratio of calls to free agents was reached."
        return
    yield (
        f"The campaign's fixed ratio is {ratio:g} calls for each free agent: "
        f"{_whole(figures, 'idle'):,} free, {_whole(figures, 'in_flight'):,} under way before."
    )


# ---------------------------------------------------------------------------------------- numbers
def _mode(figures: Mapping[str, float]) -> DialMode | None:
    return MODES[_whole(figures, "mode")] if figures.get("v") == VERSION else None


def _one_to_one(figures: Mapping[str, float]) -> int:
    expected = set_aside(figures.get("inbound", 0.0), figures.get("limit", 0.0))
    inbound = _whole(figures, "held") + expected
    return max(0, _whole(figures, "idle") - inbound - _whole(figures, "in_flight"))


def _whole(figures: Mapping[str, float], name: str) -> int:
    return int(figures.get(name, 0))


def _count(number: int, noun: str, plural: str | None = None) -> str:
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def _borne(spare: float) -> str:
    return f"{spare:.1f} abandoned calls"


def _about(mean: float, spread: float) -> str:
    return f"{mean:.1f} ± {spread:.1f}"


def _percent(share: float, digits: int = 2) -> str:
    """In percent, with so many significant digits."""
    if share < _TINY:
        return f"less than {100.0 * _TINY:g} %" if share > 0.0 else "0 %"
    places = max(0, digits - 1 - math.floor(math.log10(100.0 * share)))
    return f"{100.0 * share:.{places}f} %"


def _apart(one: float, other: float) -> tuple[str, str]:
    """Both in percent, with as many digits as it takes to tell them apart."""
    for digits in (2, 3, 4, 5):
        says = _percent(one, digits), _percent(other, digits)
        if says[0] != says[1]:
            break
    return says
