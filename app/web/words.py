"""How pages say things: published values in plain words, and how figures are written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from jinja2 import Environment

from campaigns.campaign import STATE_CHANGES, CampaignAction, CampaignSettings, CampaignState
from campaigns.events import AgentState, FinishReason
from campaigns.importing import RejectReason
from compliance.abandonment_definitions import ConnectionStartPoint, DefinitionName, LimitStatus
from compliance.case import DialMode, Purpose, Weekday
from dialer.pacing import Bound
from dialer.ports import LoggedDecision

DIAL_MODES = {
    DialMode.PREDICTIVE: "Predictive: calls are placed ahead of free agents, within the limit",
    DialMode.PROGRESSIVE: "Progressive: one call for each free agent",
    DialMode.PREVIEW: "Preview: the agent sees the contact first and decides",
    DialMode.AGENTLESS: "Agentless: a recorded message, no agents",
}

FIXED_RATIO = "fixed_ratio"
"""What the form calls a predictive campaign whose ratio a person sets; to the law it is no mode."""

WAYS_OF_DIALING: dict[str, str] = {
    DialMode.PREDICTIVE: DIAL_MODES[DialMode.PREDICTIVE],
    FIXED_RATIO: "Fixed ratio: so many calls for each free agent, within the limit",
    DialMode.PROGRESSIVE: DIAL_MODES[DialMode.PROGRESSIVE],
    DialMode.PREVIEW: DIAL_MODES[DialMode.PREVIEW],
    DialMode.AGENTLESS: DIAL_MODES[DialMode.AGENTLESS],
}


def way_of_dialing(settings: CampaignSettings) -> str:
    """How a campaign dials, in a word or two."""
    if settings.calls_per_agent is not None:
        return f"Fixed ratio of {settings.calls_per_agent:g}"
    return DIAL_MODES[settings.dial_mode].partition(":")[0]


PURPOSES = {
    Purpose.TELEMARKETING: "Telemarketing",
    Purpose.DEBT_COLLECTION: "Debt collection",
    Purpose.INFORMATIONAL: "Information, such as a delivery or an appointment",
    Purpose.SURVEY: "Survey",
    Purpose.CHARITY: "Charity",
    Purpose.POLITICAL: "Political",
    Purpose.HEALTHCARE: "Healthcare",
}

STATES = {
    CampaignState.DRAFT: "Draft",
    CampaignState.SCHEDULED: "Scheduled",
    CampaignState.RUNNING: "Running",
    CampaignState.PAUSED: "Paused",
    CampaignState.STOPPED: "Stopped",
    CampaignState.COMPLETED: "Completed",
    CampaignState.FAILED: "Failed",
}

ACTIONS = {
    CampaignAction.START: "Start now",
    CampaignAction.SCHEDULE: "Schedule",
    CampaignAction.PAUSE: "Pause",
    CampaignAction.RESUME: "Resume",
    CampaignAction.STOP: "Stop…",
    CampaignAction.REOPEN: "Reopen",
}
"""What a person may do, in the order of the buttons."""

DONE = {
    CampaignAction.START: "The campaign is running.",
    CampaignAction.SCHEDULE: "The campaign will start by itself at its start time.",
    CampaignAction.PAUSE: "Paused: no new call is placed. Calls in progress go on to their end.",
    CampaignAction.RESUME: "The campaign dials again.",
    CampaignAction.STOP: "Stopped: no new call is placed until somebody reopens the campaign.",
    CampaignAction.REOPEN: "Reopened. It is paused: resume it when you are ready.",
}


def actions(state: CampaignState) -> list[CampaignAction]:
    """What a person may do in a state, in the order of the buttons."""
    return [action for action in ACTIONS if (state, action) in STATE_CHANGES]


AGENT_STATES = {
    AgentState.IDLE: "Free",
    AgentState.TALK: "Talking",
    AgentState.WRAP: "Wrapping up",
    AgentState.BREAK: "On a break",
    AgentState.OUT: "Signed out",
}

FINISH_REASONS = {
    FinishReason.CONVERSATION: "Spoke with an agent",
    FinishReason.MESSAGE_LEFT: "Message left",
    FinishReason.HUNG_UP: "Hung up before an agent",
    FinishReason.UNKNOWN: "Outcome not known",
    FinishReason.ATTEMPTS_EXHAUSTED: "All tries used",
    FinishReason.DENIED: "May not be called",
    FinishReason.SUPPRESSED: "Suppressed",
    FinishReason.INVALID_NUMBER: "Invalid number",
    FinishReason.CAMPAIGN_ENDED: "Campaign ended first",
    FinishReason.ERASED: "Erased",
}

REJECT_REASONS = {
    RejectReason.BAD_QUOTING: "A quote in the row has no partner",
    RejectReason.TOO_FEW_CELLS: "Fewer cells than the header has columns",
    RejectReason.TOO_MANY_CELLS: "More cells than the header has columns",
    RejectReason.CONTROL_CHARACTER: "A control character in a cell",
    RejectReason.VALUE_TOO_LONG: "The value is too long",
    RejectReason.PHONE_MISSING: "No phone number",
    RejectReason.PHONE_NOT_A_NUMBER: "Not a phone number",
    RejectReason.PHONE_HAS_EXTENSION: "A number with an extension cannot be dialed",
    RejectReason.PHONE_TOO_SHORT: "Too few digits",
    RejectReason.PHONE_TOO_LONG: "Too many digits",
    RejectReason.PHONE_WRONG_LENGTH: "A wrong count of digits",
    RejectReason.PHONE_NOT_ASSIGNED: "No such number in its country's numbering plan",
    RejectReason.PHONE_COUNTRY_UNKNOWN: "No numbering plan is known for its country",
    RejectReason.PHONE_INVALID: "Not a number that can be dialed",
    RejectReason.UNKNOWN_COUNTRY: "Not a country code (ISO 3166-1, such as US)",
    RejectReason.MALFORMED_REGION: "Not a region code (ISO 3166-2, such as US-FL)",
    RejectReason.UNKNOWN_REGION: "A region that is not known",
    RejectReason.REGION_OF_OTHER_COUNTRY: "A region of another country",
    RejectReason.UNKNOWN_TIME_ZONE: "Not a time zone (IANA, such as America/New_York)",
    RejectReason.MALFORMED_EMAIL: "Not an e-mail address",
    RejectReason.PRIORITY_NOT_INTEGER: "The priority is not a whole number",
    RejectReason.PRIORITY_OUT_OF_RANGE: "The priority is too large or too small",
}

REGULATORS = {
    DefinitionName.US_FTC: "United States (FTC)",
    DefinitionName.US_FCC: "United States (FCC)",
    DefinitionName.UK_OFCOM: "United Kingdom (Ofcom)",
    DefinitionName.CA_CRTC: "Canada (CRTC)",
}

LIMIT_STATUSES = {
    LimitStatus.SAFE_HARBOR: "a safe harbor",
    LimitStatus.HARD_LIMIT: "a hard limit",
    LimitStatus.OWN_CEILING: "our own ceiling; Ofcom names no safe level",
}

START_POINTS = {
    ConnectionStartPoint.CONNECTED_TO_SYSTEM: "the answer",
    ConnectionStartPoint.GREETING_START: "the start of the greeting",
    ConnectionStartPoint.GREETING_END: "the end of the greeting",
}
"""From when the time to an agent is counted."""

WEEKDAYS = {day: day.value.capitalize() for day in Weekday}

SUPPRESSION_REASONS = {
    "asked_in_call": "Asked in a call",
    "asked_in_writing": "Asked in writing",
    "complaint": "Complained",
    "wrong_number": "Wrong number",
    "other": "Another reason",
}
"""Kept as codes, never as free text: they are published, and free text holds names."""

_BOUNDS = {
    Bound.TRUNK: "all lines are in use",
    Bound.CALLS_PER_SECOND: "the limit of calls a second",
    Bound.CALLS_PER_AGENT: "the fixed ratio: each free agent has as many calls as it allows",
    Bound.INBOUND: "free agents are kept for inbound calls",
    Bound.NO_FREE_AGENT: "no free agent, and none expected soon enough for another call",
    Bound.ABANDONMENT_BUDGET: "the abandonment budget: another call could exceed the limit",
    Bound.NOBODY_CALLABLE: "nobody may be called now",
    Bound.LIST_FINISHED: "nobody is left to call; calls in progress finish",
    Bound.NO_AGENTS: "no agents are signed in",
    Bound.CLOSED: "the campaign's end is reached",
    Bound.NOT_RUNNING: "the campaign is not running",
    Bound.CARRIER_DOWN: "the carrier is down",
    Bound.LEASE_LOST: "this worker's right to dial ran out; another one takes over",
    Bound.STALE_FIGURES: "the abandonment figures are too old to trust",
    Bound.UNSAFE_CLOCK: "the machine's clock jumped; dialing waits until it is steady",
    Bound.RULES_UNREADABLE: "your file of rules cannot be read; the log says where it is wrong",
}

_NOT_RUNNING = {
    CampaignState.DRAFT: "Not started yet. Start it now, or schedule it for its start time.",
    CampaignState.SCHEDULED: "Starts by itself at its start time.",
    CampaignState.PAUSED: "Paused by a person: no new call is placed until somebody resumes it.",
    CampaignState.STOPPED: "Stopped by a person: nothing is dialed unless somebody reopens it.",
    CampaignState.COMPLETED: "Completed: every contact is finished or the end time is reached.",
    CampaignState.FAILED: "Failed: it could not go on. Reopen it once the cause is gone.",
}

SILENT_AFTER = timedelta(seconds=10)
"""A running campaign for which nothing was decided for so long has no dialer."""

DECISIONS_READ = 10
_LATELY = timedelta(seconds=5)


def what_holds(state: CampaignState, decisions: Sequence[LoggedDecision], now: datetime) -> str:
    """What holds the dialing now, as a sentence; `decisions` are the latest, newest first."""
    if state is not CampaignState.RUNNING:
        return _NOT_RUNNING[state]
    if not decisions:
        return "Waiting for the dialer's first decision. Is a dialer running?"
    newest = decisions[0]
    if now - newest.decided_at > SILENT_AFTER:
        return (
            f"The dialer has decided nothing since {instant(newest.decided_at)}. "
            "Is a dialer running?"
        )
    if newest.until_at is not None:
        return f"Nobody may be called until {instant(newest.until_at)}."
    placed = sum(one.placed for one in decisions if now - one.decided_at <= _LATELY)
    lately = f"in the last {_LATELY // timedelta(seconds=1)} seconds"
    said = f"{count(placed, 'call')} placed" if placed else "No call placed"
    return f"{said} {lately}. What limits more: {bound_words(newest.bound)}."


def bound_words(bound: str) -> str:
    """What holds the dialing back, in words; a code that is not known as it is."""
    try:
        return _BOUNDS[Bound(bound)]
    except ValueError:
        return bound.replace("_", " ")


def instant(value: datetime) -> str:
    """An instant for people, with its zone."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC".replace(":00 UTC", " UTC")


def number(value: int) -> str:
    """A whole number with its thousands apart."""
    return f"{value:,}"


def count(value: int, noun: str, plural: str | None = None) -> str:
    """So many of something."""
    return f"{value:,} {noun if value == 1 else plural or noun + 's'}"


def percent(rate: float | None, places: int = 1) -> str:
    """A share in percent; a dash where there is none yet."""
    return "–" if rate is None else f"{100 * rate:.{places}f} %"  # noqa: RUF001 (a dash)


def seconds(value: float | None) -> str:
    """A duration; a dash where there is none yet."""
    if value is None:
        return "–"  # noqa: RUF001 (a dash)
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def plain(code: str) -> str:
    """A code in words, where there are no better ones."""
    return code.replace("_", " ").capitalize()


def add_filters(environment: Environment) -> None:
    """Offer these to the templates."""
    environment.filters.update(
        instant=instant,
        number=number,
        count=count,
        percent=percent,
        seconds=seconds,
        plain=plain,
        state_words=lambda state: STATES[state],
        way_of_dialing=way_of_dialing,
        agent_words=lambda state: AGENT_STATES[state],
        finish_words=lambda reason: FINISH_REASONS.get(reason, plain(reason)),
        reject_words=lambda reason: REJECT_REASONS.get(reason, plain(reason)),
        suppression_words=lambda basis: SUPPRESSION_REASONS.get(basis, basis),
    )
