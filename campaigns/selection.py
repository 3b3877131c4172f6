"""Who is next, stated once as data.

A contact waits in the dial queue until its time has come, then it is ready. Among the ready ones
the larger priority goes first, then the longer wait, then the row in the list. Both steps are
walks along an index whatever the size of the list: a closed time zone, a wait before a retry or a
callback are all only a later `next_attempt_at`, never a filter over ready contacts.
"""

from __future__ import annotations

from typing import Final

READY_ORDER: Final = (
    ("priority", "descending"),
    ("next_attempt_at", "ascending"),
    ("row", "ascending"),
    ("contact_id", "ascending"),
)
"""The order in which ready contacts are claimed."""

WAKE_ORDER: Final = (
    ("next_attempt_at", "ascending"),
    ("priority", "descending"),
    ("row", "ascending"),
    ("contact_id", "ascending"),
)
"""The order in which waiting contacts become ready."""
