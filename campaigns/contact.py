"""A contact list and its contacts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ListState(StrEnum):
    """Where the import of a list stands; campaigns dial only from a `ready` one (invariant I1)."""

    IMPORTING = "importing"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ContactList:
    """An account's list; `accepted` + `rejected` + `duplicate` = `read` rows (invariant I2)."""

    id: str
    account: str
    name: str
    state: ListState
    read: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicate: int = 0


@dataclass(frozen=True, slots=True)
class Contact:
    """A person on a contact list, as the list gave them; text that is not known is empty.

    `row` is the place among the list's data rows, 1 for the first after the header. `phone` and
    `other_phones` (tried after it, in order) are E.164. `country` is ISO 3166-1 alpha-2, `region`
    ISO 3166-2, `time_zone` an IANA name. A larger `priority` is dialed first. `attributes` are
    the list's further columns by name.
    """

    id: str
    contact_list_id: str
    row: int
    phone: str
    other_phones: tuple[str, ...] = ()
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    country: str = ""
    region: str = ""
    postal_code: str = ""
    time_zone: str = ""
    priority: int = 0
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def phones(self) -> tuple[str, ...]:
        """All numbers, in the order in which they are tried."""
        return (self.phone, *self.other_phones)
