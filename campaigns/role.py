"""What people are in an account: a role says what somebody may do."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """The roles of an account."""

    ADMINISTRATOR = "administrator"
    MANAGER = "manager"
    COMPLIANCE_OFFICER = "compliance_officer"
    AGENT = "agent"
