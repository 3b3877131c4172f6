"""Why a contact may not be reached: the published codes, and one reason with its source."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ReasonCode(StrEnum):
    """The published codes of what stands against an attempt."""

    OUTSIDE_CALLING_HOURS = "outside_calling_hours"
    HOLIDAY = "holiday"
    OUTSIDE_OPEN_HOURS = "outside_open_hours"
    RESTRICTED_PERIOD = "restricted_period"
    ATTEMPT_LIMIT = "attempt_limit"
    LEGAL_ATTEMPT_LIMIT = "legal_attempt_limit"
    COOLDOWN_AFTER_ABANDONED = "cooldown_after_abandoned"
    COOLDOWN_AFTER_CONVERSATION = "cooldown_after_conversation"
    COOLDOWN_AFTER_MACHINE = "cooldown_after_machine"
    SUPPRESSED = "suppressed"
    NATIONAL_DO_NOT_CALL = "national_do_not_call"
    REGISTRY_OUT_OF_DATE = "registry_out_of_date"
    NO_CONSENT = "no_consent"
    CONSENT_REVOKED = "consent_revoked"
    CHANNEL_PROHIBITED = "channel_prohibited"
    MODE_NOT_PERMITTED = "mode_not_permitted"
    INVALID_NUMBER = "invalid_number"
    UNKNOWN_TIME_ZONE = "unknown_time_zone"
    UNKNOWN_JURISDICTION = "unknown_jurisdiction"
    NO_COMMON_WINDOW = "no_common_window"


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that stands against an attempt: its code, its id and where it comes from."""

    code: ReasonCode
    rule: str
    citation: str
