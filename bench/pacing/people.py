"""The model of people and agents, which the product shares: see `dialer/laboratory/people.py`."""

from dialer.laboratory.people import (
    BUSY,
    CONNECT_SECONDS,
    GRACE_SECONDS,
    INVALID,
    RING_MOST,
    Contacts,
    fate_of,
    lognormal,
    shift_of,
)
from dialer.laboratory.source import Absence, Fate, Shift

__all__ = [
    "BUSY",
    "CONNECT_SECONDS",
    "GRACE_SECONDS",
    "INVALID",
    "RING_MOST",
    "Absence",
    "Contacts",
    "Fate",
    "Shift",
    "fate_of",
    "lognormal",
    "shift_of",
]
