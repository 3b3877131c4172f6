"""The model of people and agents, which the product shares: see `dialer/laboratory/people.py`."""

from dialer.laboratory.people import (
    BUSY,
    CONNECT_SECONDS,
    GRACE_SECONDS,
    INVALID,
    RING_MOST,
    Contacts,
    callers_of,
    fate_of,
    lognormal,
    shift_of,
)
from dialer.laboratory.source import Absence, Caller, Fate, Shift

__all__ = [
    "BUSY",
    "CONNECT_SECONDS",
    "GRACE_SECONDS",
    "INVALID",
    "RING_MOST",
    "Absence",
    "Caller",
    "Contacts",
    "Fate",
    "Shift",
    "callers_of",
    "fate_of",
    "lognormal",
    "shift_of",
]
