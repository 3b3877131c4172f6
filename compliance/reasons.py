"""Why a contact may not be reached: the published codes, and one reason with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


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


_C = ReasonCode

SENTENCES: Mapping[ReasonCode, str] = MappingProxyType(
    {
        _C.OUTSIDE_CALLING_HOURS: "The law allows no calls at that local time.",
        _C.HOLIDAY: "The law allows no calls on that local date.",
        _C.OUTSIDE_OPEN_HOURS: "The campaign's own hours are closed then.",
        _C.RESTRICTED_PERIOD: "The date is left out by the campaign, or by an emergency ban.",
        _C.ATTEMPT_LIMIT: "The campaign's own limit of attempts is reached.",
        _C.LEGAL_ATTEMPT_LIMIT: "The law allows no more attempts for now.",
        _C.COOLDOWN_AFTER_ABANDONED: "The law asks to wait after an abandoned call.",
        _C.COOLDOWN_AFTER_CONVERSATION: "The law asks to wait after a conversation.",
        _C.COOLDOWN_AFTER_MACHINE: "The law asks to wait after a machine answered.",
        _C.SUPPRESSED: "The number is on one of your own lists: it must not be called.",
        _C.NATIONAL_DO_NOT_CALL: "The number is on a do-not-call registry.",
        _C.REGISTRY_OUT_OF_DATE: "Your copy of a registry is too old to tell: import a newer one.",
        _C.NO_CONSENT: "The consent that the law asks for is not on file.",
        _C.CONSENT_REVOKED: "The contact has taken consent back.",
        _C.CHANNEL_PROHIBITED: "The law bars such calls there.",
        _C.MODE_NOT_PERMITTED: "The law bars this dial mode there.",
        _C.INVALID_NUMBER: "It is no number that can be dialed.",
        _C.UNKNOWN_TIME_ZONE: "Nobody can tell what time it is there.",
        _C.UNKNOWN_JURISDICTION: "Nobody can tell which rules apply.",
        _C.NO_COMMON_WINDOW: "There is no allowed hour within a year.",
    }
)
"""What each code means, for people who plan."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that stands against an attempt: its code, its id and where it comes from."""

    code: ReasonCode
    rule: str
    citation: str
