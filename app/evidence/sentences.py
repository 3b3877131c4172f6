"""Evidence in sentences that a lawyer reads: one for each decision, call, change and place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from app.evidence.document import Facts, LocalTime, Reason
from app.evidence.verifying import CheckedChain
from campaigns.attempt import Attempt, AttemptState
from campaigns.campaign import Campaign, CampaignState
from campaigns.events import Disposition, FinishReason
from campaigns.record_store import Place
from compliance.abandonment_definitions import AnsweredBy
from compliance.consent_records import EVERYWHERE

_DISPOSITIONS = {
    Disposition.NO_ANSWER: "Nobody answered.",
    Disposition.BUSY: "The line was busy.",
    Disposition.MACHINE: "A machine answered, and the call was ended.",
    Disposition.MESSAGE_LEFT: "A recorded message was played.",
    Disposition.ABANDONED: "A person answered and got no agent in time: an abandoned call.",
    Disposition.CONVERSATION: "There was a conversation with an agent.",
    Disposition.FAILED: "The call failed: the carrier could not place it.",
    Disposition.INVALID_NUMBER: "The carrier said that there is no such number.",
    Disposition.HUNG_UP: "The person hung up before an agent came.",
    Disposition.UNKNOWN: "What became of the call is not known; it counts as an attempt.",
}

_FINISHED = {
    FinishReason.CONVERSATION: "there was a conversation",
    FinishReason.MESSAGE_LEFT: "the message was left",
    FinishReason.HUNG_UP: "the person hung up before an agent came",
    FinishReason.UNKNOWN: "what became of the last call is not known",
    FinishReason.ATTEMPTS_EXHAUSTED: "all tries that the campaign allows were made",
    FinishReason.DENIED: "a rule stands against any call, now and later",
    FinishReason.SUPPRESSED: "the number is on a list of numbers that must not be called",
    FinishReason.INVALID_NUMBER: "the number cannot be called",
    FinishReason.CAMPAIGN_ENDED: "the campaign ended before it was this contact's turn",
    FinishReason.ERASED: "the person's data was erased",
}

_CAMPAIGN_STATES = {
    CampaignState.DRAFT: "has not been started",
    CampaignState.SCHEDULED: "has not begun; it starts by itself",
    CampaignState.RUNNING: "is running",
    CampaignState.PAUSED: "is paused: it places no call until somebody resumes it",
    CampaignState.STOPPED: "was stopped: it places no call unless somebody reopens it",
    CampaignState.COMPLETED: "is over",
    CampaignState.FAILED: "has failed: it places no call unless somebody reopens it",
}

_ANSWERED_BY = {
    AnsweredBy.HUMAN: "a person",
    AnsweredBy.MACHINE: "a machine",
    AnsweredBy.UNKNOWN: "somebody, perhaps a machine",
    AnsweredBy.NOBODY: "nobody",
}

_NOT_READ = "The entry cannot be read: it is not as it was written."


def instant(at: datetime) -> str:
    """An instant for a lawyer: the day, the time to the second, and the zone."""
    return f"{at.astimezone(UTC):%a %d %b %Y, %H:%M:%S} UTC"


def clock(local: LocalTime) -> str:
    """The time in one zone."""
    at = datetime.fromisoformat(local.time)
    return f"{at:%H:%M:%S} on {at:%a %d %b} in {local.time_zone}"


def and_list(parts: Sequence[str]) -> str:
    """A, B and C."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


# ------------------------------------------------------------------------------ what was decided
def decision(
    what: str, at: datetime, not_before: datetime | None, reasons: Sequence[Reason]
) -> str:
    """What was decided about a call, and why."""
    asked = f"At {instant(at)} it was checked whether the number may be called."
    if what == "allow":
        return f"{asked} Yes: no rule stood against it."
    why = " ".join(dict.fromkeys(f"{each.sentence} ({each.citation})" for each in reasons))
    if what == "defer" and not_before is not None:
        return f"{asked} Not yet: not before {instant(not_before)}. {why}"
    if what == "deny":
        return f"{asked} No, and no later time makes it right. {why}"
    return _NOT_READ


def local_times(clocks: Sequence[LocalTime]) -> str:
    """What time it was where the person may have been."""
    if not clocks:
        return "Where the person may have been is not known."
    return f"Where the person may have been it was {and_list([clock(each) for each in clocks])}."


def looked_at(explanation: Facts) -> str:
    """How many rules were looked at, and of which places; `explanation` is that of the replay."""
    looked = [rule for rule in explanation["rules"] if rule["verdict"] != "not_concerned"]
    places = and_list([f"{one['name']} ({one['code']})" for one in explanation["jurisdictions"]])
    return f"{how_many(len(looked), 'rule')} of {places or 'no place'} were looked at."


# --------------------------------------------------------------------------------------- the calls
def call(attempt: Attempt) -> str:
    """What became of an attempt."""
    if attempt.state is AttemptState.CANCELLED:
        return "The attempt was cancelled before anything was dialed."
    if attempt.placed_at is None:
        return "Nothing has been dialed: an agent is shown the contact first and decides."
    said = [f"The call was placed at {instant(attempt.placed_at)}."]
    if attempt.answered_at is not None and attempt.answered_by is not None:
        who = _ANSWERED_BY[attempt.answered_by]
        said.append(f"It was answered at {instant(attempt.answered_at)} by {who}.")
    if attempt.connected_at is not None:
        said.append(_connected(attempt, attempt.connected_at))
    if attempt.disposition is None:
        said.append("It has not ended.")
    else:
        said.append(_DISPOSITIONS[attempt.disposition])
    if attempt.abandoned and attempt.message_played:
        said.append("The recorded message that the law asks for was played.")
    if attempt.ended_at is not None:
        said.append(f"The attempt ended at {instant(attempt.ended_at)}.")
    return " ".join(said)


def _connected(attempt: Attempt, connected_at: datetime) -> str:
    heard = attempt.greeting_stop_at
    if heard is None:
        return f"An agent was on the line at {instant(connected_at)}."
    late = (connected_at - heard) / timedelta(seconds=1)
    return (
        f"An agent was on the line at {instant(connected_at)}, {max(0.0, late):.1f} s after the "
        "person's greeting ended."
    )


def end_alone(facts: Facts | None) -> str:
    """The end of a call whose attempt is not there."""
    if facts is None or "disposition" not in facts:
        return _NOT_READ
    how = str(facts["disposition"]).replace("_", " ")
    return f"An entry says that a call was placed and how it ended: {how}. Its row is not there."


# ------------------------------------------------------------------------------ what people changed
def change(facts: Facts | None, campaigns: Mapping[str, Campaign]) -> str:
    """What somebody did, and how far it reaches."""
    if facts is None or not isinstance(facts.get("action"), str):
        return _NOT_READ
    action = facts["action"].capitalize()
    by = f", by user {facts['by']}" if facts.get("by") else ""
    scope = facts.get("scope", EVERYWHERE)
    reach = "in every campaign" if scope == EVERYWHERE else f"in {named(scope, campaigns)}"
    told = [
        f"{_TOLD[name]} {str(value).replace('_', ' ')}"
        for name, value in facts.items()
        if name in _TOLD and value is not None
    ]
    return f"{action}{by}, {reach}{'; ' if told else ''}{', '.join(told)}."


_TOLD = {
    "source": "source:",
    "basis": "basis:",
    "kind": "of the kind",
    "channel": "by",
    "saidAt": "said at",
    "decision": "decided:",
}


# ------------------------------------------------------------------------------- where they stand
def standing(place: Place, campaigns: Mapping[str, Campaign]) -> str:
    """Why a contact is not being called now, or when it will be its turn."""
    where = named(place.campaign_id, campaigns)
    if place.reason is not None:
        return (
            f"In {where} the contact is finished since {instant(place.at)}: "
            f"{_FINISHED[place.reason]}."
        )
    campaign = campaigns.get(place.campaign_id)
    waits = f"In {where} the contact waits in the queue, not before {instant(place.at)}"
    why = ", because a rule stood against an earlier call" if place.deferred else ""
    if campaign is None or campaign.state is CampaignState.RUNNING:
        return f"{waits}{why}."
    return f"{waits}{why}; the campaign {_CAMPAIGN_STATES[campaign.state]}."


def named(campaign_id: str, campaigns: Mapping[str, Campaign]) -> str:
    """A campaign by its name."""
    campaign = campaigns.get(campaign_id)
    if campaign is None:
        return f"campaign {campaign_id}"
    return f"the campaign “{campaign.settings.name}”"


def held(received: Iterable[datetime]) -> list[str]:
    """Messages that wait for a reader."""
    return [
        f"A message from the number came at {instant(at)} and waits for a reader; until somebody "
        "has read it, the number is not called."
        for at in received
    ]


def integrity(chains: Sequence[CheckedChain]) -> str:
    """Whether the chains that were checked are as they were written."""
    if not chains:
        return "No entry is kept about it, so that there is no chain to check."
    found = [str(flaw) for each in chains for flaw in each.flaws]
    entries = how_many(sum(each.entries for each in chains), "entry", "entries")
    if found:
        return (
            f"The chains are not as they were written. Of {entries} these were found: "
            f"{'; '.join(found)}."
        )
    told = sum(each.published for each in chains)
    heads = (
        f"and by the {how_many(told, 'head')} that {'was' if told == 1 else 'were'} published"
        if told
        else "which has not been published yet"
    )
    return (
        f"All {entries} of {how_many(len(chains), 'chain')} are as they were written: each seal is "
        f"right, and no entry is missing by the chain's head, {heads}."
    )


def how_many(number: int, noun: str, plural: str | None = None) -> str:
    """So many of something."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
