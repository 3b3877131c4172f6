"""The answer at the head of a packet, and what the packet cannot tell."""

from __future__ import annotations

from collections import Counter

from app.evidence import sentences
from app.evidence.document import Packet, QuestionKind, Replayed
from campaigns.events import Disposition
from compliance.consent_records import EVERYWHERE

_how_many = sentences.how_many


def summary(packet: Packet) -> list[str]:
    """Why the person was called, or was not; first the answer, then what it stands on."""
    if packet.question.kind is QuestionKind.CALL:
        answer = [*_allowed(packet), *_ends(packet)]
    else:
        answer = [_counted(packet), *_not_called(packet)]
    answer += _on_lists(packet)
    answer += sentences.held(each.received_at for each in packet.messages)
    answer += [each.sentence for each in packet.standing]
    answer += _made_again(packet)
    if packet.integrity is not None:
        answer.append(packet.integrity.sentence)
    return answer


def _allowed(packet: Packet) -> list[str]:
    told = []
    for each in packet.decisions:
        told += [each.sentence, sentences.local_times(each.local_times)]
        if each.replay.explanation is not None:
            told.append(sentences.looked_at(each.replay.explanation))
    return told


def _ends(packet: Packet) -> list[str]:
    ends = [step.sentence for step in packet.timeline if step.kind == "outcome"]
    return ends or ["No row and no entry tells of a call."]


def _counted(packet: Packet) -> str:
    kinds = Counter(each.decision for each in packet.decisions)
    placed = sum(1 for each in packet.calls if each.facts["placed_at"] is not None)
    called = f"{_how_many(placed, 'call')} {'was' if placed == 1 else 'were'} placed"
    if not packet.decisions:
        return f"No campaign has asked yet whether to call; {called}."
    told = sentences.and_list(
        [f"{kinds[kind]:,} {words}" for kind, words in _DECIDED.items() if kinds[kind]]
    )
    kept = _how_many(len(packet.decisions), "decision")
    return f"{kept} {'is' if len(packet.decisions) == 1 else 'are'} kept: {told}; {called}."


_DECIDED = {
    "allow": "to call",
    "defer": "to wait",
    "deny": "not to call",
    "unreadable": "that cannot be read",
}


def _not_called(packet: Packet) -> list[str]:
    """The last decision, if it was no."""
    last = packet.decisions[-1] if packet.decisions else None
    return [] if last is None or last.decision == "allow" else [last.sentence]


def _on_lists(packet: Packet) -> list[str]:
    return [
        *(
            f"The number is suppressed {_reach(each.scope)} since "
            f"{sentences.instant(each.recorded_at)}."
            for each in packet.suppressions
        ),
        *(
            f"The number is on the list “{each.name}” ({each.kind}), whose copy in use is of "
            f"{each.as_of}."
            for each in packet.lists
            if each.holds
        ),
    ]


def _reach(scope: str) -> str:
    return "in every campaign" if scope == EVERYWHERE else "in one campaign"


def _made_again(packet: Packet) -> list[str]:
    found = Counter(each.replay.status for each in packet.decisions)
    same, different = found[Replayed.SAME], found[Replayed.DIFFERENT]
    told = []
    if same:
        told.append(
            f"{_how_many(same, 'decision')} made again today from {'its' if same == 1 else 'their'}"
            f" entr{'y' if same == 1 else 'ies'}, with the rulebook of then: the same."
        )
    if different:
        told.append(f"{_how_many(different, 'decision')} made again today: another one.")
    return told


def not_known(packet: Packet) -> list[str]:
    """What nobody can tell from this packet, and why."""
    told = []
    if packet.person.is_erased:
        told.append(
            "The person's data was erased, or the number of a contact was changed: entries name a "
            "number that is not kept any more. Its decisions and calls are told without it."
        )
    gone = set(packet.person.contact_ids) - {each.contact_id for each in packet.person.contacts}
    told += [
        f"Contact {each} is on no list any more: name and address are not known."
        for each in sorted(gone)
    ]
    for decision in packet.decisions:
        if decision.replay.status not in (Replayed.SAME, Replayed.DIFFERENT):
            told.append(f"Entry {decision.entry} of {decision.chain}: {decision.replay.sentence}")
    for call in packet.calls:
        if not call.has_decision_entry:
            told.append(f"Attempt {call.attempt_id}: no entry says why it was allowed.")
        if call.facts["disposition"] == Disposition.UNKNOWN:
            told.append(f"Attempt {call.attempt_id}: what became of the call.")
    rows = {call.attempt_id for call in packet.calls}
    told += [
        f"Attempt {each}: entries tell of it, and its row is not there."
        for each in sorted({each.attempt_id for each in packet.entries if each.attempt_id} - rows)
    ]
    if not packet.consents and packet.person.phones:
        told.append(
            "No consent record is kept for the number: whether the person agreed elsewhere is not "
            "known here."
        )
    if packet.integrity is None:
        told.append("Whether the chains are as they were written: they were not checked for this.")
    return told
