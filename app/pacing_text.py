"""An explained pacing decision, as text for a terminal and as JSON for a program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from app.decision_finding import Found
from campaigns.campaign import Campaign
from campaigns.events import instant_text
from dialer.pacing.curve import Curve
from dialer.pacing.explaining import Explanation, explain

_BAR = 44
"""How many characters the longest bar has."""
_TOP_LEAST = 0.001
"""The longest bar stands for so much at the least, so that next to nothing looks like it."""
_ROWS = 24
"""So many numbers of calls are drawn, about."""

_HEADINGS = ("seen", "expected", "permitted", "why")


def as_json(campaign: Campaign, at: datetime, found: Found) -> dict[str, object]:
    """The fields that docs/pacing-explained.md describes."""
    decision = found.decision
    explained = explain(decision)
    return {
        "campaign": {"id": campaign.id, "name": campaign.settings.name},
        "at": instant_text(at),
        "inForce": found.in_force,
        "decidedAt": instant_text(decision.decided_at),
        "earlierAt": found.earlier_at and instant_text(found.earlier_at),
        "laterAt": found.later_at and instant_text(found.later_at),
        "calls": decision.calls,
        "placed": decision.placed,
        "bound": decision.bound,
        "untilAt": decision.until_at and instant_text(decision.until_at),
        "started": explained.started,
        **{name: list(getattr(explained, name)) for name in _HEADINGS},
        "ahead": [
            {
                "seconds": ahead.seconds,
                "calls": ahead.calls,
                "callsSpread": ahead.calls_spread,
                "freed": ahead.freed,
                "freedSpread": ahead.freed_spread,
            }
            for ahead in explained.ahead
        ],
        "curve": None if explained.curve is None else asdict(explained.curve),
        "figures": dict(decision.inputs),
    }


def lines(campaign: Campaign, at: datetime, found: Found) -> Iterator[str]:
    """The same in words, with a chart."""
    decision = found.decision
    explained = explain(decision)
    name, mode = campaign.settings.name, campaign.settings.dial_mode
    yield f"{name!r} ({mode}), decided at {instant_text(decision.decided_at)}"
    if not found.in_force:
        yield from _gap(at, found)
    yield ""
    yield explained.started
    for heading in _HEADINGS:
        sentences = getattr(explained, heading)
        if sentences:
            yield ""
            yield heading.capitalize() + ":"
            yield from (f"  {sentence}" for sentence in sentences)
    if explained.ahead:
        yield ""
        yield from _ahead(explained)
    if explained.curve is not None:
        yield ""
        yield from _chart(explained.curve)


def _gap(at: datetime, found: Found) -> Iterator[str]:
    """That the campaign was not paced at the instant."""
    yield (
        f"Nothing was decided at {instant_text(at)}: the campaign was not running, no dialer "
        "was, or nothing could happen in it. This is the last decision before, "
        f"{found.after.total_seconds():,.0f} s earlier."
    )
    if found.later_at is not None:
        yield f"The next one was made at {instant_text(found.later_at)}."


def _ahead(explained: Explanation) -> Iterator[str]:
    yield "Expected of the calls under way and of the busy agents, each ± its standard deviation:"
    for row in explained.ahead:
        yield (
            f"  within {row.seconds:5.1f} s: {row.calls:6.2f} ± {row.calls_spread:5.2f} people "
            f"answer, {row.freed:6.2f} ± {row.freed_spread:5.2f} agents become free"
        )


def _chart(curve: Curve) -> Iterator[str]:
    """A bar for a number of calls; the colon is the threshold, the arrow what was started."""
    yield "Chance that a person who answers the last of so many new calls finds nobody:"
    shown = _shown(curve)
    top = max(_TOP_LEAST, *(curve.nobody[calls - 1] for calls in shown))
    mark = None
    if curve.threshold is not None:
        top = max(top, curve.threshold)
        mark = round(_BAR * curve.threshold / top)
    for calls in shown:
        chance = curve.nobody[calls - 1]
        bar = ["#"] * (round(_BAR * chance / top))
        bar += [" "] * (_BAR + 1 - len(bar))
        if mark is not None:
            bar[mark] = ":"
        arrow = " <- decided" if calls == curve.calls else ""
        yield f"{calls:6,} {100 * chance:7.3f} % {''.join(bar)}{arrow}".rstrip()
    if curve.threshold is not None:
        yield f"{'':16} {' ' * (mark or 0)}: at most {100 * curve.threshold:.3f} %"


def _shown(curve: Curve) -> list[int]:
    """Numbers of calls that are drawn: evenly spread, and those on either side of the decision."""
    most = len(curve.nobody)
    step = -(-most // _ROWS)
    spread = set(range(1, most + 1, step)) | {curve.calls, curve.calls + 1, most}
    return sorted(calls for calls in spread if 1 <= calls <= most)
