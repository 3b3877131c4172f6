"""A campaign: its settings, its states, and which state may follow which."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from compliance.abandonment_definitions import (
    ConnectionStartPoint as ConnectionStartPoint,  # noqa: PLC0414 - offered from here too
)
from compliance.case import (
    AttemptLimit,
    CampaignTerms,
    DialMode,
    OpenHours,
    Purpose,
    RestrictedPeriod,
)


class CampaignState(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    COMPLETED = "completed"
    FAILED = "failed"


class CampaignAction(StrEnum):
    """What may be done to a campaign."""

    SCHEDULE = "schedule"
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    COMPLETE = "complete"
    FAIL = "fail"
    REOPEN = "reopen"


_S, _A = CampaignState, CampaignAction

STATE_CHANGES: dict[tuple[CampaignState, CampaignAction], CampaignState] = {
    (_S.DRAFT, _A.SCHEDULE): _S.SCHEDULED,
    (_S.DRAFT, _A.START): _S.RUNNING,
    (_S.SCHEDULED, _A.START): _S.RUNNING,
    (_S.SCHEDULED, _A.STOP): _S.STOPPED,
    (_S.RUNNING, _A.PAUSE): _S.PAUSED,
    (_S.RUNNING, _A.STOP): _S.STOPPED,
    (_S.RUNNING, _A.COMPLETE): _S.COMPLETED,
    (_S.RUNNING, _A.FAIL): _S.FAILED,
    (_S.PAUSED, _A.RESUME): _S.RUNNING,
    (_S.PAUSED, _A.STOP): _S.STOPPED,
    (_S.PAUSED, _A.COMPLETE): _S.COMPLETED,
    (_S.PAUSED, _A.FAIL): _S.FAILED,
    # Only a person reopens, and a reopened campaign waits for a person to resume it (invariant D8).
    (_S.STOPPED, _A.REOPEN): _S.PAUSED,
    (_S.FAILED, _A.REOPEN): _S.PAUSED,
}
"""Every permitted change. What is not listed is refused."""


class WrongStateError(Exception):
    """The campaign's state does not permit the action."""

    def __init__(self, state: CampaignState, action: CampaignAction) -> None:
        allowed = ", ".join(a for (s, a) in STATE_CHANGES if s is state) or "nothing"
        super().__init__(
            f"cannot {action} a campaign that is {state}; from there one can: {allowed}"
        )
        self.state = state
        self.action = action


def change_state(state: CampaignState, action: CampaignAction) -> CampaignState:
    """The state after `action`, or WrongStateError."""
    try:
        return STATE_CHANGES[state, action]
    except KeyError:
        raise WrongStateError(state, action) from None


class RetryReason(StrEnum):
    """Dispositions after which a contact may be tried again."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    MACHINE = "machine"
    ABANDONED = "abandoned"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RetryRule:
    """Wait so long, then try again, until `tries` attempts on the contact ended this way.

    `next_number`: go on with the contact's next number, if it has one.
    """

    wait: timedelta
    tries: int
    next_number: bool = True


DEFAULT_RETRY: dict[RetryReason, RetryRule] = {
    RetryReason.NO_ANSWER: RetryRule(timedelta(minutes=60), 3),
    RetryReason.BUSY: RetryRule(timedelta(minutes=15), 3),
    RetryReason.MACHINE: RetryRule(timedelta(minutes=120), 2),
    # 72 h: the British cool-down after an abandoned call (Ofcom, 2016), kept everywhere.
    RetryReason.ABANDONED: RetryRule(timedelta(hours=72), 2),
    RetryReason.FAILED: RetryRule(timedelta(minutes=15), 2),
}


_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class AbandonmentTarget:
    """The campaign's own limit, besides the law's: at most `target_rate` of live-answered
    calls get no agent within `connection_threshold`, over any `evaluation_window`.

    `detection_false_positive_rate`: of the calls that machine detection called machines, the share
    that were people, as the operator measured it; None: not measured, so nothing is estimated.
    """

    target_rate: float = 0.03
    connection_start_point: ConnectionStartPoint = ConnectionStartPoint.GREETING_END
    connection_threshold: timedelta = timedelta(seconds=2)
    evaluation_window: timedelta = timedelta(hours=24)
    detection_false_positive_rate: float | None = None

    @property
    def estimate_from(self) -> Fraction | None:
        """The measured rate, exact to the millionth, for Ofcom's reasoned estimate."""
        rate = self.detection_false_positive_rate
        return None if rate is None else Fraction(round(rate * _MILLION), _MILLION)


INBOUND_RESERVE_MOST = 10_000
"""At most so many idle agents are kept for inbound calls."""

WEIGHT_MOST = 100
"""A campaign weighs 1 to so much where it shares agents with others."""

CALLS_PER_AGENT_LEAST, CALLS_PER_AGENT_MOST = 1, 10
"""A fixed ratio lies between these."""


@dataclass(frozen=True, slots=True)
class CampaignSettings:
    """What a person decides about a campaign.

    `start_at` and `end_at` are UTC; `lines` is the most calls at once; `calls_per_second`
    None means no limit; `calls_per_agent` is a fixed ratio, of a predictive campaign alone, and
    None leaves it to the forecast; `weight` is its claim, beside those of others, on the agents
    that it shares with them; `inbound_reserve` is how many idle agents are kept for inbound calls;
    `refresh_every` is how often the list is read again for new
    contacts, None for once.
    """

    name: str
    start_at: datetime
    end_at: datetime
    lines: int
    purpose: Purpose = Purpose.TELEMARKETING
    subject: str | None = None
    dial_mode: DialMode = DialMode.PREDICTIVE
    calls_per_agent: float | None = None
    calls_per_second: float | None = None
    max_ring: timedelta = timedelta(seconds=25)
    default_time_zone: str | None = None
    attempt_limits: tuple[AttemptLimit, ...] = (AttemptLimit(max=3, days=1),)
    restricted_periods: tuple[RestrictedPeriod, ...] = ()
    rules: tuple[str, ...] = ()
    open_hours: OpenHours | None = None
    retry: dict[RetryReason, RetryRule] = field(default_factory=lambda: dict(DEFAULT_RETRY))
    abandonment: AbandonmentTarget = AbandonmentTarget()
    refresh_every: timedelta | None = None
    weight: int = 1
    inbound_reserve: int = 0

    @property
    def terms(self) -> CampaignTerms:
        """What screening needs to know of the campaign."""
        return CampaignTerms(
            purpose=self.purpose,
            subject=self.subject,
            dial_mode=self.dial_mode,
            max_ring=self.max_ring,
            open_hours=self.open_hours,
            restricted_periods=self.restricted_periods,
            attempt_limits=self.attempt_limits,
            rules=self.rules,
        )


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign of one account over one contact list."""

    id: str
    account: str
    contact_list_id: str
    state: CampaignState
    settings: CampaignSettings
