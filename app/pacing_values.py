"""Settings of a forecast or a replay as a person writes them: `agents=30,limit=2%`."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from dataclasses import replace

from app.errors import BadInputError
from campaigns.campaign import (
    CALLS_PER_AGENT_LEAST,
    CALLS_PER_AGENT_MOST,
    INBOUND_RESERVE_MOST,
)
from compliance.case import DialMode
from dialer.assumptions import WITHOUT_FORECAST, Assumptions

LAW_PERCENT = 3.0
"""Of the calls that people answer may be abandoned at most: 16 CFR 310.4(b)(4)(i)."""

AGENTS_MOST, LINES_MOST = 5_000, 1_000_000

INBOUND_PER_HOUR_MOST = 100_000

_HOURS = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")


def _number(text: str, least: float, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError("must be a number") from None
    if not least <= value <= most:
        raise ValueError(f"must be {least:,.12g} to {most:,.12g}")
    return value


def _whole(text: str, least: int, most: int) -> int:
    value = _number(text, least, most)
    if value != int(value):
        raise ValueError("must be a whole number")
    return int(value)


def _percent(text: str, most: float = 100.0) -> float:
    return _number(text.removesuffix("%").strip(), 0.0, most) / 100.0


def _limit(text: str) -> float:
    percent = _number(text.removesuffix("%").strip(), 0.0, 100.0)
    if percent > LAW_PERCENT:
        raise ValueError(f"must be at most {LAW_PERCENT:g} %, the law's (16 CFR 310.4(b)(4)(i))")
    return percent / 100.0


MODES = tuple(mode.value for mode in DialMode if mode not in WITHOUT_FORECAST)


def _mode(text: str) -> DialMode:
    if text not in MODES:
        raise ValueError(f"must be one of {', '.join(MODES)}")
    return DialMode(text)


def _hours(text: str) -> tuple[float, float]:
    found = _HOURS.fullmatch(text)
    if found is None:
        raise ValueError("must be two times of day, such as 09:00-17:30")
    h1, m1, h2, m2 = map(int, found.groups())
    first, last = h1 + m1 / 60.0, h2 + m2 / 60.0
    if m1 > 59 or m2 > 59 or not first < last <= 24.0:
        raise ValueError("must be two times of one day, the earlier one first")
    return first, last


KEYS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "agents": ("agents", lambda text: _whole(text, 1, AGENTS_MOST)),
    "limit": ("limit", _limit),
    "answer-rate": ("answer_rate", _percent),
    "machine-rate": ("machine_rate", _percent),
    "mode": ("mode", _mode),
    "talk": ("talk", lambda text: _number(text, 1.0, 7_200.0)),
    "wrap": ("wrap", lambda text: _number(text, 1.0, 3_600.0)),
    "calls-per-agent": (
        "calls_per_agent",
        lambda text: _number(text, CALLS_PER_AGENT_LEAST, CALLS_PER_AGENT_MOST),
    ),
    "lines": ("lines", lambda text: _whole(text, 1, LINES_MOST)),
    "calls-per-second": ("calls_per_second", lambda text: _number(text, 0.1, 10_000.0)),
    "hours": ("hours", _hours),
    "inbound-per-hour": (
        "inbound_per_hour",
        lambda text: _number(text, 0.0, INBOUND_PER_HOUR_MOST),
    ),
    "inbound-reserve": ("inbound_reserve", lambda text: _whole(text, 0, INBOUND_RESERVE_MOST)),
}
"""Each key's name in `Assumptions`, and how its text is read."""

_NAMES = tuple(name for name, _ in KEYS.values())


def read(
    values: Mapping[str, str], base: Assumptions, names: Container[str] = frozenset(_NAMES)
) -> Assumptions:
    """`base` with these in their place; only those of `names` may be given.

    Raises:
        BadInputError: a key is not known, or its value is none; names both.
    """
    found: dict[str, object] = {}
    for key, text in values.items():
        if key not in KEYS or KEYS[key][0] not in names:
            known = ", ".join(known for known, (name, _) in KEYS.items() if name in names)
            raise BadInputError(f"{key}: is no setting that can be given here; those are {known}")
        name, convert = KEYS[key]
        try:
            found[name] = convert(text.strip())
        except ValueError as error:
            raise BadInputError(f"{key}: {error}") from None
    # KEYS converts each value to the type of its field.
    return replace(base, **found)  # type: ignore[arg-type]


def pairs(text: str) -> dict[str, str]:
    """`agents=30,limit=2%` as keys and texts.

    Raises:
        BadInputError: a part is no `key=value`, or a key comes twice.
    """
    found: dict[str, str] = {}
    for part in text.split(","):
        key, equals, value = part.strip().partition("=")
        key = key.strip().replace("_", "-")
        if not equals or not key:
            raise BadInputError(f"{part.strip()!r}: must be key=value, such as limit=2%")
        if key in found:
            raise BadInputError(f"{key}: is given twice")
        found[key] = value.strip()
    return found


def told(assumed: Assumptions) -> str:
    """What is assumed, as a person would write it; empty for nothing."""
    parts = []
    for key, (name, _) in KEYS.items():
        value = getattr(assumed, name)
        if value is None:
            continue
        if name in ("limit", "answer_rate", "machine_rate"):
            parts.append(f"{key} {100.0 * value:g} %")
        elif name == "hours":
            first, last = (f"{int(h):02d}:{round(h % 1 * 60):02d}" for h in value)
            parts.append(f"hours {first}-{last}")
        else:
            parts.append(f"{key} {value:.12g}" if not isinstance(value, str) else f"{key} {value}")
    return ", ".join(parts)
