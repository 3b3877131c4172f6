"""The packet: everything that is kept about a call or a person, put together and checked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import version
from typing import Any

from pydantic import TypeAdapter

from app.database import SqlUnitOfWork
from app.evidence import document as doc
from app.evidence import sentences
from app.evidence.archive import Archive
from app.evidence.document import Facts, Packet, QuestionKind
from app.evidence.finding import Subject
from app.evidence.present import Around, permissions, standing, terms
from app.evidence.replay import case_again, entry_facts, replay
from app.evidence.summary import not_known, summary
from app.evidence.verifying import Tell, check, published_of
from campaigns.attempt import Attempt
from campaigns.campaign import Campaign
from campaigns.permissions import contact_key_of
from campaigns.ports import NotFoundError
from campaigns.record_store import SqlRecords
from compliance.evidence import EvidenceKind, SealedEvidence
from compliance.reasons import SENTENCES, ReasonCode
from compliance.time_zone import known_zones, zone

_ATTEMPT = TypeAdapter(Attempt)
_DECISIONS = ("allow", "defer", "deny")


def make_packet(
    uow: SqlUnitOfWork, archive: Archive, subject: Subject, now: datetime, tell: Tell | None
) -> Packet:
    """The packet of a subject; `tell` None: its chains are not checked, which may take a while."""
    facts = [entry_facts(each.evidence.body) or {} for each in subject.entries]
    versions = {str(each["rulebook"]) for each in facts if "rulebook" in each}
    around = Around(
        archive=archive,
        subject=subject,
        campaigns=_campaigns(uow, archive.account, subject),
        rulebooks=uow.rulebooks.contents(versions),
    )
    calls = [_call(attempt, around) for attempt in subject.attempts]
    packet = Packet(
        made_at=now,
        program=f"fairdial {version('fairdial')}",
        account=archive.account,
        question=subject.question,
        summary=[],
        person=_person(uow, around),
        timeline=[],
        standing=standing(uow, around),
        decisions=[_decision(each, around) for each in _of(subject, EvidenceKind.DECISION)],
        calls=calls,
        changes=[_change(each, around) for each in _of(subject, EvidenceKind.AUDIT)],
        **permissions(uow, around),
        campaigns=[terms(each) for _, each in sorted(around.campaigns.items())],
        not_known=[],
        integrity=None if tell is None else _integrity(uow, archive, subject, tell),
        entries=[_entry(each) for each in subject.entries],
        events=_events(uow, around),
        rulebooks=[
            doc.Rulebook(version=each, content=_content(around.rulebooks.get(each)))
            for each in sorted(versions)
        ],
    )
    packet = packet.model_copy(update={"timeline": _timeline(packet, subject)})
    return packet.model_copy(update={"summary": summary(packet), "not_known": not_known(packet)})


def _of(subject: Subject, kind: EvidenceKind) -> list[SealedEvidence]:
    return [each for each in subject.entries if each.evidence.kind is kind]


def _campaigns(uow: SqlUnitOfWork, account: str, subject: Subject) -> dict[str, Campaign]:
    """The campaigns that any row or entry names, as far as they are still there."""
    places = SqlRecords(uow.connection).places(account, subject.contact_ids)
    named = {each.campaign_id for each in subject.attempts} | {each.campaign_id for each in places}
    named |= {each.evidence.campaign_id for each in subject.entries if each.evidence.campaign_id}
    found = {}
    for campaign_id in named:
        try:
            found[campaign_id] = uow.campaigns.get(account, campaign_id)
        except NotFoundError:
            continue
    return found


def _person(uow: SqlUnitOfWork, around: Around) -> doc.Person:
    subject = around.subject
    lists = {each.id: each.name for each in uow.contact_lists.of_account(around.archive.account)}
    return doc.Person(
        contact_ids=list(subject.contact_ids),
        phones=sorted(subject.phones.values()),
        phone_hashes=list(subject.hashes),
        contacts=[
            doc.KnownContact(
                contact_id=one.id,
                list_id=one.contact_list_id,
                list_name=lists[one.contact_list_id],
                row=one.row,
                name=f"{one.first_name} {one.last_name}".strip(),
                phones=list(one.phones),
                country=one.country,
                region=one.region,
                postal_code=one.postal_code,
                time_zone=one.time_zone,
            )
            for one in subject.contacts
        ],
        is_erased=any(hashed not in subject.phones for hashed in subject.hashes),
    )


# ----------------------------------------------------------------------------------- the decisions
def _decision(entry: SealedEvidence, around: Around) -> doc.Decision:
    kept = entry.evidence
    facts = entry_facts(kept.body)
    told = facts or {}
    phone = around.subject.phones.get(kept.phone_hash or "")
    reasons = [_reason(each) for each in _dicts(told.get("reasons"))]
    what = told["decision"] if told.get("decision") in _DECISIONS else "unreadable"
    not_before = _instant(told.get("notBefore"))
    return doc.Decision(
        chain=kept.chain,
        entry=entry.number,
        at=kept.at,
        campaign_id=kept.campaign_id,
        contact_id=kept.contact_id,
        attempt_id=kept.attempt_id,
        phone=phone,
        decision=what,
        not_before=not_before,
        reasons=reasons,
        local_times=_local_times(kept.at, told.get("timeZones")),
        rulebook=str(told.get("rulebook", "")),
        lists=_texts(told.get("lists")),
        consents=_texts(told.get("consents")),
        overrides=_dicts(told.get("overrides")),
        case=case_again(told, phone) if isinstance(told.get("case"), dict) else {},
        replay=replay(facts, phone, around.rulebooks),
        sentence=sentences.decision(what, kept.at, not_before, reasons),
    )


def _reason(facts: Mapping[str, Any]) -> doc.Reason:
    code = str(facts.get("code"))
    known = SENTENCES.get(ReasonCode(code)) if code in set(ReasonCode) else None
    return doc.Reason(
        code=code,
        rule=str(facts.get("rule", "")),
        citation=str(facts.get("citation", "")),
        sentence=known or f"The entry says: {code}.",
    )


def _local_times(at: datetime, zones: object) -> list[doc.LocalTime]:
    return [
        doc.LocalTime(time_zone=name, time=at.astimezone(zone(name)).isoformat())
        for name in _texts(zones)
        if name in known_zones()
    ]


def _call(attempt: Attempt, around: Around) -> doc.Call:
    about = [e for e in around.subject.entries if e.evidence.attempt_id == attempt.id]
    kinds = {each.evidence.kind for each in about}
    outcome = next((e for e in about if e.evidence.kind is EvidenceKind.OUTCOME), None)
    return doc.Call(
        attempt_id=attempt.id,
        campaign_id=attempt.campaign_id,
        contact_id=attempt.contact_id,
        phone=attempt.phone or None,
        facts=_ATTEMPT.dump_python(attempt, mode="json"),
        outcome=None if outcome is None else entry_facts(outcome.evidence.body),
        has_decision_entry=EvidenceKind.DECISION in kinds,
        has_outcome_entry=outcome is not None,
        sentence=sentences.call(attempt),
    )


def _change(entry: SealedEvidence, around: Around) -> doc.Change:
    facts = entry_facts(entry.evidence.body)
    return doc.Change(
        chain=entry.evidence.chain,
        entry=entry.number,
        at=entry.evidence.at,
        facts=facts or {},
        sentence=sentences.change(facts, around.campaigns),
    )


# -------------------------------------------------------------------------- the story, its proof
def _timeline(packet: Packet, subject: Subject) -> list[doc.Step]:
    """Decisions, calls and changes, in the order in which they happened."""
    there = {attempt.id for attempt in subject.attempts}
    steps = [
        *(
            _step(
                each.at,
                EvidenceKind.DECISION,
                f"{each.sentence} {sentences.local_times(each.local_times)}",
                each.campaign_id,
                each.attempt_id,
            )
            for each in packet.decisions
        ),
        *(
            _step(
                each.placed_at or each.reserved_at,
                EvidenceKind.OUTCOME,
                sentences.call(each),
                each.campaign_id,
                each.id,
            )
            for each in subject.attempts
        ),
        *(
            _step(
                each.evidence.at,
                EvidenceKind.OUTCOME,
                sentences.end_alone(entry_facts(each.evidence.body)),
                each.evidence.campaign_id,
                each.evidence.attempt_id,
            )
            for each in _of(subject, EvidenceKind.OUTCOME)
            if each.evidence.attempt_id not in there
        ),
        *(_step(each.at, EvidenceKind.AUDIT, each.sentence) for each in packet.changes),
    ]
    return sorted(steps, key=lambda step: (step.at, list(EvidenceKind).index(step.kind)))


def _step(
    at: datetime,
    kind: EvidenceKind,
    sentence: str,
    campaign_id: str | None = None,
    attempt_id: str | None = None,
) -> doc.Step:
    return doc.Step(
        at=at, kind=kind, campaign_id=campaign_id, attempt_id=attempt_id, sentence=sentence
    )


def _events(uow: SqlUnitOfWork, around: Around) -> list[Facts]:
    """The events of the contacts and of the numbers, and how their campaigns' states changed."""
    subject, account = around.subject, around.archive.account
    keys = [contact_key_of(account, hashed) for hashed in subject.hashes]
    records = SqlRecords(uow.connection)
    about = _parsed(records.events(account, [*subject.contact_ids, *keys]))
    if subject.question.kind is QuestionKind.CALL:
        attempt_id = subject.question.key
        about = [
            event
            for event in about
            if event["detail"].get("attemptId") == attempt_id
            or event["detail"].get("contactId") in keys
        ]
    campaigns = [
        event
        for event in _parsed(records.events(account, sorted(around.campaigns)))
        if event["detail-type"].startswith("Campaign ")
    ]
    return sorted([*about, *campaigns], key=lambda event: str(event["time"]))


def _parsed(bodies: Iterable[str]) -> list[Facts]:
    return [json.loads(body) for body in bodies]


def _integrity(uow: SqlUnitOfWork, archive: Archive, subject: Subject, tell: Tell) -> doc.Integrity:
    chains = sorted({each.evidence.chain for each in subject.entries})
    checked = check(uow, archive, chains, published_of(uow, archive.account, chains), tell)
    whole = not any(each.flaws for each in checked)
    return doc.Integrity(
        whole=whole,
        chains=[
            doc.Chain(
                chain=each.chain,
                entries=each.entries,
                seal=None if each.head is None else each.head.seal,
                published=each.published,
                flaws=[str(flaw) for flaw in each.flaws],
            )
            for each in checked
        ],
        sentence=sentences.integrity(checked),
    )


def _entry(entry: SealedEvidence) -> doc.Entry:
    return doc.Entry(**asdict(entry.evidence), number=entry.number, seal=entry.seal)


def _content(text: str | None) -> Facts | None:
    return None if text is None else entry_facts(text)


# ----------------------------------------------------------- a changed entry may hold anything
def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def _dicts(value: object) -> list[Facts]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _instant(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None
