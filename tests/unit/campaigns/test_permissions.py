"""Suppressions, consents and messages: what is kept, published, ended and put into evidence."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from campaigns.attempt import Attempt
from campaigns.audit import Change, text_hash
from campaigns.events import (
    ConsentRecorded,
    ConsentRevoked,
    ContactSuppressed,
    Fact,
    OptOutReviewDecided,
    OptOutReviewOpened,
    SuppressionRemoved,
)
from campaigns.messages import ReviewDecidedError, decide_review, take_in_message
from campaigns.permissions import (
    FutureInstantError,
    NoReasonError,
    PermissionRefusedError,
    record_consent,
    record_consents,
    remove_suppression,
    revoke_consent,
    suppress,
)
from campaigns.ports import NotFoundError, UnitOfWork
from compliance.case import Channel, Consent, ConsentKind, SuppressionSource
from compliance.consent_records import ConsentSource, standing_consent
from compliance.evidence import Evidence, EvidenceKind, account_chain
from compliance.opt_out import Asks, OptOutReview, ReviewDecision
from tests.builders import (
    ACCOUNT,
    NOON,
    a_campaign,
    a_consent,
    a_contact,
    a_message,
    a_revocation,
    a_suppression,
    after,
    an_attempt,
    ident,
    keep_campaign,
)
from tests.fakes import FakeDatabase

KEY = b"key"
PHONE, OTHER = a_contact(1).phone, a_contact(2).phone
CAMPAIGN, SECOND = a_campaign().id, ident("campaign", "second")
CHANGE = Change("user-2", after(60), "taken for somebody else")


@pytest.fixture
def database() -> FakeDatabase:
    """Two campaigns, each calling PHONE and OTHER; an agent is on none of the calls."""
    database = FakeDatabase(lambda: NOON)
    with database() as uow:
        for name in ("campaign", "second"):
            keep_campaign(uow, a_campaign(name))
            uow.attempts.add([an_attempt(1, campaign=name), an_attempt(2, campaign=name)])
    return database


def asked(database: FakeDatabase) -> set[tuple[str, int]]:
    """Which calls were asked to end: campaign and row."""
    names = {CAMPAIGN: "first", SECOND: "second"}
    calls = database.rows.attempts.values()
    return {(names[a.campaign_id], a.list_row) for a in calls if a.hang_up_asked_at is not None}


def audit(database: FakeDatabase) -> list[Evidence]:
    """The account's chain."""
    with database() as uow:
        return [entry.evidence for entry in uow.evidence.chain(account_chain(ACCOUNT))]


def told(database: FakeDatabase) -> list[Fact]:
    """Every fact that was published."""
    return list(database.rows.facts.values())


# ---------------------------------------------------------------------------------- suppressions
def test_suppressing_asks_for_the_calls_in_flight_to_end(database: FakeDatabase) -> None:
    """And publishes a hash, never the number (D7, S4)."""
    with database() as uow:
        assert suppress(uow, a_suppression(PHONE, recorded_at=after(5)), KEY)
    assert asked(database) == {("first", 1), ("second", 1)}
    (fact,) = database.facts(ContactSuppressed)
    assert PHONE not in fact.model_dump_json()
    assert (fact.scope, fact.basis, fact.source) == ("account", "asked in a call", "internal")


def test_a_suppression_in_one_campaign_leaves_the_others_calls(database: FakeDatabase) -> None:
    """It reaches as far as its scope; a campaign that does not exist is no scope."""
    with database() as uow:
        assert suppress(uow, a_suppression(PHONE, scope=CAMPAIGN), KEY)
    assert asked(database) == {("first", 1)}
    (entry,) = audit(database)
    assert entry.campaign_id == CAMPAIGN
    with pytest.raises(NotFoundError), database() as uow:
        suppress(uow, a_suppression(PHONE, scope=ident("no", "campaign")), KEY)


def test_suppressing_again_says_so_and_publishes_nothing(database: FakeDatabase) -> None:
    """Another list's entry on the number is a fact of its own, counted along the same subject."""
    entry = a_suppression(PHONE)
    with database() as uow:
        assert suppress(uow, entry, KEY)
        assert not suppress(uow, entry, KEY)
        assert suppress(uow, replace(entry, source=SuppressionSource.NATIONAL), KEY)
    first, second = database.facts(ContactSuppressed)
    assert first.subject == second.subject
    assert len(audit(database)) == 2


def test_a_wrong_entry_is_taken_away_for_a_reason(database: FakeDatabase) -> None:
    """Only that one; its fact and its evidence follow those of the suppression."""
    wrong = a_suppression(PHONE)
    with database() as uow:
        suppress(uow, wrong, KEY)
        suppress(uow, a_suppression(PHONE, scope=CAMPAIGN), KEY)
    with database() as uow:
        assert remove_suppression(uow, wrong, CHANGE, KEY)
        assert not remove_suppression(uow, wrong, CHANGE, KEY)
        assert len(uow.suppressions.entries(ACCOUNT, CAMPAIGN, [PHONE])[PHONE]) == 1
        assert uow.suppressions.entries(ACCOUNT, SECOND, [PHONE]) == {}
    (fact,) = database.facts(SuppressionRemoved)
    assert (fact.reason, fact.subject) == (CHANGE.reason, told(database)[0].subject)
    assert len(told(database)) == len(audit(database)) == 3


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
def test_nothing_is_taken_away_without_a_reason(database: FakeDatabase, reason: str) -> None:
    """The entry stays."""
    with database() as uow:
        suppress(uow, a_suppression(PHONE), KEY)
    with pytest.raises(NoReasonError), database() as uow:
        remove_suppression(uow, a_suppression(PHONE), replace(CHANGE, reason=reason), KEY)
    assert len(database.rows.suppressions) == 1


# -------------------------------------------------------------------------------------- consents
def standing(database: FakeDatabase, campaign: str = CAMPAIGN) -> Consent | None:
    """The consent on file to call PHONE."""
    with database() as uow:
        records = uow.consents.of(ACCOUNT, [PHONE]).get(PHONE, ())
    return standing_consent(records, Channel.VOICE, campaign)


def test_a_consent_is_kept_once_however_often_it_comes(database: FakeDatabase) -> None:
    """With one fact; another instant or kind is another consent."""
    consent = a_consent(PHONE)
    with database() as uow:
        assert record_consent(uow, consent, KEY)
        assert not record_consent(uow, replace(consent, recorded_at=after(9)), KEY)
    with database() as uow:
        assert record_consents(uow, [consent, consent, a_consent(OTHER), consent], KEY) == 1
        assert record_consent(uow, replace(consent, at=consent.at - timedelta(days=1)), KEY)
        assert record_consent(uow, replace(consent, kind=ConsentKind.EXPRESS), KEY)
        assert record_consents(uow, [], KEY) == 0
    assert standing(database) == Consent(ConsentKind.EXPRESS_WRITTEN, consent.at, None)
    assert len(database.facts(ConsentRecorded)) == len(audit(database)) == 4
    assert asked(database) == set()


def test_a_revocation_ends_calls_and_consent(database: FakeDatabase) -> None:
    """For every channel, whichever it came by (47 CFR 64.1200(a)(10)); kept once."""
    with database() as uow:
        record_consent(uow, a_consent(PHONE), KEY)
    with database() as uow:
        assert revoke_consent(uow, a_consent(PHONE, at=NOON, channel=Channel.SMS), KEY)
        assert not revoke_consent(uow, a_consent(PHONE, at=NOON, channel=Channel.VOICE), KEY)
    stands = standing(database)
    assert stands is not None
    assert stands.revoked_at == NOON
    assert asked(database) == {("first", 1), ("second", 1)}
    (fact,) = database.facts(ConsentRevoked)
    assert (fact.basis, fact.source) == ("express_written", "web_form")
    assert fact.subject == database.facts(ConsentRecorded)[0].subject


def test_a_revocation_for_one_campaign_leaves_the_others(database: FakeDatabase) -> None:
    """Neither their calls nor their consent end."""
    with database() as uow:
        record_consent(uow, a_consent(PHONE), KEY)
        revoke_consent(uow, a_revocation(PHONE, scope=CAMPAIGN), KEY)
    assert asked(database) == {("first", 1)}
    other = standing(database, SECOND)
    assert other is not None
    assert other.revoked_at is None


def test_nothing_is_dated_later_than_it_was_written_down(database: FakeDatabase) -> None:
    """A slip in the year would otherwise end consent that is yet to be given."""
    for at, refused in ((NOON, False), (after(1), True)):
        if refused:
            with pytest.raises(FutureInstantError), database() as uow:
                record_consents(uow, [a_consent(OTHER), a_consent(PHONE, at=at)], KEY)
        else:
            with database() as uow:
                assert record_consent(uow, a_consent(PHONE, at=at), KEY)
    assert len(database.rows.consents) == 1


def test_a_consent_of_no_campaign_is_refused(database: FakeDatabase) -> None:
    """Its scope is the account or a campaign that there is."""
    with pytest.raises(NotFoundError), database() as uow:
        record_consent(uow, a_consent(PHONE, scope=ident("no", "campaign")), KEY)


def test_ids_do_not_give_numbers_away(database: FakeDatabase) -> None:
    """Another key gives another id: nobody finds the number by trying them all (S4, S10)."""
    with database() as uow:
        assert record_consent(uow, a_consent(PHONE), KEY)
        assert record_consent(uow, a_consent(PHONE), b"another key")


# -------------------------------------------------------------------------------------- messages
@pytest.mark.parametrize("text", ["STOP", " stop. ", "Unsubscribe!", "opt-out"])
def test_a_stop_word_revokes_at_once(database: FakeDatabase, text: str) -> None:
    """As of the message's instant, for every channel; a second copy changes nothing."""
    with database() as uow:
        record_consent(uow, a_consent(PHONE), KEY)
    for _ in range(2):
        with database() as uow:
            assert take_in_message(uow, a_message(text, PHONE), KEY) is Asks.TO_STOP
    stands = standing(database)
    assert stands is not None
    assert stands.revoked_at == NOON
    assert asked(database) == {("first", 1), ("second", 1)}
    (fact,) = database.facts(ConsentRevoked)
    assert fact.source == ConsentSource.SMS
    assert database.rows.reviews == {}


def test_a_stop_of_a_clock_that_is_ahead_counts_all_the_same(database: FakeDatabase) -> None:
    """From the instant on at which it came."""
    ahead = a_message("STOP", PHONE, at=after(3600))
    with database() as uow:
        take_in_message(uow, ahead, KEY)
    stands = standing(database)
    assert stands is not None
    assert stands.revoked_at == ahead.now


def test_a_plea_for_help_changes_nothing(database: FakeDatabase) -> None:
    """Nobody need read it."""
    with database() as uow:
        assert take_in_message(uow, a_message("HELP", PHONE), KEY) is Asks.HELP
    assert (told(database), audit(database), database.rows.reviews) == ([], [], {})


def take_in(database: FakeDatabase, text: str = "no more pls") -> OptOutReview:
    """A message that somebody must read."""
    with database() as uow:
        assert take_in_message(uow, a_message(text, PHONE), KEY) is Asks.A_READER
        (review,) = uow.consents.reviews(ACCOUNT, 9)
    return review


def test_other_words_hold_the_number_until_somebody_reads_them(database: FakeDatabase) -> None:
    """Nobody is on its calls yet: they end. What came twice waits once."""
    assert take_in(database) == take_in(database)
    with database() as uow:
        assert uow.consents.held(ACCOUNT, [PHONE, OTHER]) == {PHONE}
    assert asked(database) == {("first", 1), ("second", 1)}
    (fact,) = database.facts(OptOutReviewOpened)
    assert fact.channel == "sms"
    assert len(audit(database)) == 1


@pytest.mark.parametrize("decision", list(ReviewDecision))
def test_a_reader_decides(database: FakeDatabase, decision: ReviewDecision) -> None:
    """A revocation counts from the message on; either way the number is held no longer."""
    review = take_in(database)
    with database() as uow:
        decided = decide_review(uow, ACCOUNT, review.id, decision, CHANGE, KEY)
    assert (decided.decision, decided.decided_by, decided.decided_at) == (
        decision,
        "user-2",
        after(60),
    )
    with database() as uow:
        assert uow.consents.held(ACCOUNT, [PHONE]) == set()
        assert uow.consents.reviews(ACCOUNT, 9) == []
    revokes = decision is ReviewDecision.REVOKES
    stands = standing(database)
    assert (stands.revoked_at if stands else None) == (NOON if revokes else None)
    assert len(database.facts(OptOutReviewDecided)) == 1
    assert len(database.facts(ConsentRevoked)) == int(revokes)
    assert len(audit(database)) == 2 + int(revokes)


def test_a_message_is_decided_on_once(database: FakeDatabase) -> None:
    """By one reader of its own account."""
    review = take_in(database)
    with pytest.raises(NotFoundError), database() as uow:
        decide_review(uow, "other", review.id, ReviewDecision.DOES_NOT, CHANGE, KEY)
    with database() as uow:
        decide_review(uow, ACCOUNT, review.id, ReviewDecision.REVOKES, CHANGE, KEY)
    with pytest.raises(ReviewDecidedError, match="already: revokes"), database() as uow:
        decide_review(uow, ACCOUNT, review.id, ReviewDecision.DOES_NOT, CHANGE, KEY)
    assert issubclass(ReviewDecidedError, PermissionRefusedError)


# -------------------------------------------------------------------------------------- evidence
def test_evidence_names_no_person(database: FakeDatabase) -> None:
    """Numbers by their keyed hash, what people wrote by its SHA-256, in one chain (S8)."""
    words = f"Ann Smith says {PHONE} is hers"
    uses: list[Callable[[UnitOfWork], Any]] = [
        lambda uow: suppress(uow, a_suppression(PHONE), KEY),
        lambda uow: remove_suppression(
            uow, a_suppression(PHONE), replace(CHANGE, reason=words), KEY
        ),
        lambda uow: record_consent(uow, a_consent(PHONE, basis=words, evidence=words), KEY),
        lambda uow: revoke_consent(uow, a_revocation(PHONE, basis=words), KEY),
        lambda uow: take_in_message(uow, a_message(words, PHONE), KEY),
    ]
    for use in uses:
        with database() as uow:
            use(uow)
    entries = audit(database)
    assert [json.loads(entry.body)["action"] for entry in entries] == [
        "number suppressed",
        "suppression removed",
        "consent given",
        "consent revoked",
        "message held for a reader",
    ]
    (hashed,) = {entry.phone_hash for entry in entries}
    for entry in entries:
        assert entry.kind is EvidenceKind.AUDIT
        assert PHONE[1:] not in entry.body
        assert "Ann" not in entry.body
        body = json.loads(entry.body)
        assert body["by"] in {"user-1", "user-2", "gateway"}
        assert (body["phoneHash"], body["scope"]) == (hashed, "account")
    assert sum(text_hash(words) in entry.body for entry in entries) == 4
    assert PHONE[1:] not in "".join(fact.model_dump_json() for fact in told(database))


def test_an_agent_on_the_line_is_left_alone(database: FakeDatabase) -> None:
    """Whichever way consent ends (D7)."""

    def with_agent(attempt: Attempt) -> Attempt:
        return replace(attempt, agent_id=ident("agent", 1), assigned_at=NOON)

    with database() as uow:
        uow.attempts.save([with_agent(an_attempt(1)), with_agent(an_attempt(2))])
        revoke_consent(uow, a_revocation(PHONE), KEY)
        take_in_message(uow, a_message("please", OTHER), KEY)
    assert asked(database) == {("second", 1), ("second", 2)}
