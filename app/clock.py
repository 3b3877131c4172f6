"""The only reader of the clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What time it is: on the wall, and on a clock that nobody sets."""

    def now(self) -> datetime:
        """The instant, UTC, in whole milliseconds."""

    def monotonic(self) -> float:
        """Seconds since some fixed point; never goes back."""


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        """The instant, UTC, in whole milliseconds."""
        instant = datetime.now(UTC)
        return instant.replace(microsecond=instant.microsecond // 1000 * 1000)

    def monotonic(self) -> float:
        """Seconds since some fixed point; never goes back."""
        return time.monotonic()
