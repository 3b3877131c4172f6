"""How a day's abandonment is judged, and how many values are summed up."""

from __future__ import annotations

import math
from collections.abc import Iterable

from dialer.laboratory.day import Day
from dialer.laboratory.floor import Score


def judged_rate(day: Day, score: Score) -> float:
    """The abandonment rate that a day is judged by: its own or its window's, whichever is worse.

    FTC, 16 CFR 310.4(b)(4)(i): of the calls that a person answered, those abandoned or lost to a
    detection that took the person for a machine. Ofcom: of the live calls, those abandoned; the
    calls that people left while waiting count neither way.
    """
    abandoned = score.abandoned + (0 if day.uk else score.lost)
    whole = score.connected + score.abandoned if day.uk else score.people
    own = abandoned / whole if whole else 0.0
    window = day.prior_live + whole
    return max(own, (day.prior_abandoned + abandoned) / window if window else 0.0)


def quantile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least so large a share does not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0
