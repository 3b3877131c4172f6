"""What becomes of a contact after an attempt: tried again, and when, or finished."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from campaigns.campaign import RetryReason, RetryRule
from campaigns.events import Disposition, FinishReason


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Dial the contact's number `phone_index` again, not before `at`."""

    at: datetime
    phone_index: int


@dataclass(frozen=True, slots=True)
class Finished:
    """The campaign is done with the contact."""

    reason: FinishReason


_FINAL = {
    Disposition.CONVERSATION: FinishReason.CONVERSATION,
    Disposition.MESSAGE_LEFT: FinishReason.MESSAGE_LEFT,
    # Who hung up on us is not called again by the same campaign.
    Disposition.HUNG_UP: FinishReason.HUNG_UP,
}
_RETRIED = {
    Disposition.NO_ANSWER: RetryReason.NO_ANSWER,
    Disposition.BUSY: RetryReason.BUSY,
    Disposition.MACHINE: RetryReason.MACHINE,
    Disposition.ABANDONED: RetryReason.ABANDONED,
    Disposition.FAILED: RetryReason.FAILED,
    # It may have rung: it counts as an attempt (invariant D3), and is tried again as a failed one.
    Disposition.UNKNOWN: RetryReason.FAILED,
}


def after_attempt(
    disposition: Disposition,
    endings: Mapping[Disposition, int],
    plan: Mapping[RetryReason, RetryRule],
    phone_index: int,
    phones: int,
    now: datetime,
) -> TryAgain | Finished:
    """What follows an attempt that ended in `disposition` at `now`.

    `endings` counts how the campaign's attempts on the contact ended, this one included; `phones`
    is how many numbers the contact has, `phone_index` the one just dialed.
    """
    next_phone = (phone_index + 1) % phones
    if disposition in _FINAL:
        return Finished(_FINAL[disposition])
    if disposition is Disposition.INVALID_NUMBER:
        if endings.get(disposition, 0) < phones:
            return TryAgain(now, next_phone)
        return Finished(FinishReason.INVALID_NUMBER)
    reason = _RETRIED[disposition]
    rule = plan.get(reason)
    tried = sum(count for ended, count in endings.items() if _RETRIED.get(ended) is reason)
    if rule is None or tried >= rule.tries:
        return Finished(FinishReason.ATTEMPTS_EXHAUSTED)
    return TryAgain(now + rule.wait, next_phone if rule.next_number else phone_index)
