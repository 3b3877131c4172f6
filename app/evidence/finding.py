"""Whom or what a question is about: everything that is kept is found from here."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.database import SqlUnitOfWork
from app.evidence.archive import Archive
from app.evidence.document import Question, QuestionKind
from campaigns.attempt import Attempt
from campaigns.contact import Contact
from campaigns.importing import phone_hash
from campaigns.ports import NotFoundError
from campaigns.record_store import SqlRecords
from compliance.columns import EPOCH
from compliance.evidence import EvidenceKind, SealedEvidence


@dataclass(frozen=True, slots=True)
class Subject:
    """What was found of a call or a person.

    `phones` are numbers by their keyed hash, as far as they are still kept; `hashes` are all that
    the entries name.
    """

    question: Question
    contact_ids: Sequence[str]
    contacts: Sequence[Contact]
    attempts: Sequence[Attempt]
    phones: dict[str, str]
    hashes: Sequence[str]
    entries: Sequence[SealedEvidence]


def find(uow: SqlUnitOfWork, archive: Archive, question: Question) -> Subject:
    """What a question is about.

    Raises:
        NotFoundError: nothing is kept about it in the account.
    """
    match question.kind:
        case QuestionKind.CALL:
            return find_call(uow, archive, question.key)
        case QuestionKind.CONTACT:
            return find_contact(uow, archive, question.key)
        case QuestionKind.NUMBER:
            return find_number(uow, archive, question.key)


def find_call(uow: SqlUnitOfWork, archive: Archive, attempt_id: str) -> Subject:
    """One attempt: its row, its entries, and what people changed about its number.

    Raises:
        NotFoundError: the account has no such attempt.
    """
    key = _id("call", attempt_id)
    attempt = SqlRecords(uow.connection).attempt(archive.account, key)
    entries = uow.evidence.of_attempt(archive.account, key)
    if attempt is None and not entries:
        raise NotFoundError("call", key)
    attempts = [] if attempt is None else [attempt]
    return _found(uow, archive, Question(kind=QuestionKind.CALL, key=key), attempts, entries)


def find_contact(uow: SqlUnitOfWork, archive: Archive, contact_id: str) -> Subject:
    """One contact of a list, in every campaign.

    Raises:
        NotFoundError: the account has, and had, no such contact.
    """
    key = _id("contact", contact_id)
    records = SqlRecords(uow.connection)
    attempts = records.attempts_of(archive.account, [key])
    entries = uow.evidence.of_contact(archive.account, key)
    if not (attempts or entries or records.contacts(archive.account, [key])):
        raise NotFoundError("contact", key)
    question = Question(kind=QuestionKind.CONTACT, key=key)
    return _found(uow, archive, question, attempts, entries, [key])


def find_number(uow: SqlUnitOfWork, archive: Archive, phone: str) -> Subject:
    """One number (E.164), on every list and in every campaign.

    Raises:
        NotFoundError: nothing is kept about it; the message does not name it.
    """
    records = SqlRecords(uow.connection)
    account, hashed = archive.account, phone_hash(archive.phone_key, phone)
    contacts = records.contacts_with(account, phone)
    attempts = uow.attempts.to_number(account, [phone], EPOCH).get(phone, [])
    decided = uow.evidence.of_number(account, hashed)
    made = {each.id for each in attempts}
    made |= {each.evidence.attempt_id for each in decided if each.evidence.attempt_id}
    blanked = [records.attempt(account, key) for key in sorted(made - {a.id for a in attempts})]
    attempts = [*attempts, *(attempt for attempt in blanked if attempt is not None)]
    told = [entry for key in sorted(made) for entry in uow.evidence.of_attempt(account, key)]
    known = (
        records.suppressions(account, [phone])
        or uow.consents.of(account, [phone])
        or uow.consents.held(account, [phone])
    )
    if not (contacts or attempts or decided or known):
        raise NotFoundError("number", "that anything is kept about")
    question = Question(kind=QuestionKind.NUMBER, key=phone)
    ids = [contact.id for contact in contacts]
    return _found(uow, archive, question, attempts, [*decided, *told], ids, [phone])


def _found(
    uow: SqlUnitOfWork,
    archive: Archive,
    question: Question,
    attempts: Sequence[Attempt],
    entries: Iterable[SealedEvidence],
    contact_ids: Sequence[str] = (),
    phones: Sequence[str] = (),
) -> Subject:
    """Add the contacts, the numbers, and what people changed about the numbers."""
    about = list(entries)
    ids = {*contact_ids, *(attempt.contact_id for attempt in attempts)}
    ids |= {each.evidence.contact_id for each in about if each.evidence.contact_id}
    contacts = SqlRecords(uow.connection).contacts(archive.account, sorted(ids))
    named = {each.evidence.phone_hash for each in about if each.evidence.phone_hash}
    numbers = _numbers(archive, question, attempts, contacts, phones, named)
    hashes = sorted(named | numbers.keys())
    for hashed in hashes:
        about += [
            entry
            for entry in uow.evidence.of_number(archive.account, hashed)
            if entry.evidence.kind is EvidenceKind.AUDIT
        ]
    once = {(entry.evidence.chain, entry.number): entry for entry in about}
    return Subject(
        question=question,
        contact_ids=sorted(ids),
        contacts=contacts,
        attempts=attempts,
        phones=numbers,
        hashes=hashes,
        entries=sorted(once.values(), key=_in_time),
    )


def _numbers(
    archive: Archive,
    question: Question,
    attempts: Iterable[Attempt],
    contacts: Iterable[Contact],
    given: Iterable[str],
    named: set[str],
) -> dict[str, str]:
    """The numbers by their hash: all of a contact's, but of a call or a number that one alone."""
    certain = {*given, *(attempt.phone for attempt in attempts if attempt.phone)}
    possible = {phone for contact in contacts for phone in contact.phones if phone}
    by_hash = {phone_hash(archive.phone_key, phone): phone for phone in sorted(certain | possible)}
    whole = question.kind is QuestionKind.CONTACT
    return {
        hashed: phone
        for hashed, phone in by_hash.items()
        if whole or phone in certain or hashed in named
    }


def _in_time(entry: SealedEvidence) -> tuple[object, ...]:
    return entry.evidence.at, entry.evidence.chain, entry.number


def is_id(text: str) -> bool:
    """Whether a text is spelled as an id, of anything."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _id(noun: str, text: str) -> str:
    """An id as it is kept; whatever is none is the id of nothing."""
    if not is_id(text):
        raise NotFoundError(noun, "of that id")
    return str(uuid.UUID(text))
