"""The packet of a call and of a person: what it tells, what it proves, what it says it cannot."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from app.evidence.bundle import text_of
from app.evidence.document import Packet, QuestionKind, Replayed, schema
from app.evidence.report import report
from campaigns.audit import Change
from campaigns.permissions import record_consent, remove_suppression, suppress
from campaigns.ports import NotFoundError
from campaigns.sealing import publish_heads
from compliance.case import Channel, ConsentKind, SuppressionSource
from compliance.consent_records import EVERYWHERE, ConsentAction, ConsentRecord, ConsentSource
from compliance.number_set import NumberSet
from compliance.opt_out import OptOutReview
from compliance.ports import Suppression
from compliance.suppression_lists import ListKind, SuppressedArea, SuppressionList
from tests.archives import ADA, BEN, FAY, KAI, Kept, campaign_day, open_kept
from tests.builders import NOON, after, ident

CALL, CONTACT, NUMBER = QuestionKind
EVERYBODY = (ADA, FAY, KAI, BEN)
DOCS = Path(__file__).parents[3] / "docs" / "evidence"


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One campaign's database; to be copied."""
    return campaign_day(tmp_path_factory.mktemp("day"))


@pytest.fixture
def kept(day: Path, tmp_path: Path) -> Iterator[Kept]:
    """A copy of it for this test alone."""
    kept = open_kept(Path(shutil.copy(day, tmp_path)))
    yield kept
    kept.engine.dispose()


def said(packet: Packet) -> str:
    """The answer as one text."""
    return " ".join(packet.summary)


# ------------------------------------------------------------------------------------- a whole one
def test_the_packet_of_a_call_tells_why_and_what_became_of_it(kept: Kept) -> None:
    """The decision with its rules, the call, its events, and proof."""
    attempt = kept.attempts(ADA)[-1]
    packet = kept.packet(CALL, attempt.id)
    (decision,) = packet.decisions
    (call,) = packet.calls
    assert decision.decision == "allow"
    assert decision.attempt_id == call.attempt_id == attempt.id
    assert decision.phone == call.phone == ADA
    assert decision.case["contact"]["phone"] == ADA
    assert [local.time_zone for local in decision.local_times] == ["America/New_York"]
    assert decision.replay.status is Replayed.SAME
    assert call.facts["disposition"] == "conversation"
    assert call.outcome is not None
    assert call.outcome["disposition"] == "conversation"
    assert call.has_decision_entry
    assert packet.integrity is not None
    assert packet.integrity.whole
    kinds = [event["detail-type"] for event in packet.events]
    assert {"Campaign Started", "Call Placed", "Call Ended"} <= set(kinds)
    assert kinds.count("Call Ended") == 1
    assert [rulebook.version for rulebook in packet.rulebooks] == [decision.rulebook]
    assert packet.rulebooks[0].content is not None
    assert "no rule stood against it" in said(packet)
    assert "There was a conversation with an agent." in said(packet)
    assert not packet.person.is_erased


def test_the_packet_of_a_contact_tells_every_try(kept: Kept) -> None:
    """Also why a first one had to wait."""
    packet = kept.packet(CONTACT, kept.contact_id(KAI))
    assert [each.decision for each in packet.decisions] == ["defer", "allow", "allow", "allow"]
    waited = packet.decisions[0]
    assert waited.not_before == NOON.replace(hour=18)
    assert "The law allows no calls at that local time." in waited.sentence
    assert waited.local_times[0].time.startswith("2026-11-23T04:00:")
    assert [step.kind for step in packet.timeline][:3] == ["decision", "decision", "outcome"]
    assert "1 to wait" in said(packet)
    assert "the contact is finished" in said(packet)


def test_a_person_who_was_never_called_is_told_why(kept: Kept) -> None:
    """With the law that stood against it, and nothing left open."""
    packet = kept.packet(CONTACT, kept.contact_id(FAY))
    assert packet.calls == []
    (decision,) = packet.decisions
    assert decision.decision == "deny"
    assert [reason.code for reason in decision.reasons] == ["no_consent"]
    assert "Fla. Stat. 501.059(8)(a)" in said(packet)
    assert "0 calls were placed" in said(packet)
    assert "a rule stands against any call, now and later" in said(packet)
    (standing,) = packet.standing
    assert standing.finished_at is not None


@pytest.mark.parametrize("phone", EVERYBODY)
def test_a_number_finds_what_its_contact_finds(kept: Kept, phone: str) -> None:
    """Every decision and every call, each made again to the same end."""
    by_number = kept.packet(NUMBER, phone)
    by_contact = kept.packet(CONTACT, kept.contact_id(phone))
    assert by_number.entries == by_contact.entries
    assert by_number.decisions == by_contact.decisions
    assert by_number.calls == by_contact.calls
    assert by_number.events == by_contact.events
    assert {each.replay.status for each in by_number.decisions} == {Replayed.SAME}
    assert len(by_number.calls) == len(kept.attempts(phone))


def test_the_document_follows_its_schema(kept: Kept) -> None:
    """Which is committed, so that whoever reads packets can rely on it."""
    validator = Draft202012Validator(schema())
    for phone in EVERYBODY:
        validator.validate(json.loads(text_of(kept.packet(NUMBER, phone))))
    committed = (DOCS / "packet.v1.json").read_text()
    assert committed == json.dumps(schema(), indent=2) + "\n", (
        "the packet no longer has the schema in docs/evidence/packet.v1.json: a change that a "
        "reader could notice is a new version; else write `fairdial evidence schema` there"
    )


def test_unchecked_it_says_so(kept: Kept) -> None:
    """A page that is to be quick does not read whole chains."""
    packet = kept.packet(NUMBER, ADA, checked=False)
    assert packet.integrity is None
    assert any("were not checked" in each for each in packet.not_known)


# ---------------------------------------------------------------------------- what is not there
@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (CALL, ident("nobody's")),
        (CALL, "no id"),
        (CONTACT, ident("nobody's")),
        (NUMBER, "+12125559999"),
    ],
)
def test_what_is_not_kept_is_not_found(kept: Kept, kind: QuestionKind, key: str) -> None:
    """And a number stands in no message."""
    with pytest.raises(NotFoundError) as error:
        kept.packet(kind, key)
    assert "5559999" not in str(error.value)


def test_another_accounts_things_are_not_found(kept: Kept) -> None:
    """A foreign id looks like a missing one (S1)."""
    attempt, contact = kept.attempts(ADA)[0].id, kept.contact_id(ADA)
    for table in ("campaign", "contact_list", "attempt", "evidence", "evidence_head"):
        kept.sql(f"UPDATE {table} SET account = 'another'")
    for kind, key in ((CALL, attempt), (CONTACT, contact), (NUMBER, ADA)):
        with pytest.raises(NotFoundError):
            kept.packet(kind, key)


# ----------------------------------------------------------------------------------------- erasure
def test_an_erased_person_leaves_the_chain_whole(kept: Kept) -> None:
    """The packet says what was erased, and holds neither number nor name (S10)."""
    contact, attempts = kept.contact_id(ADA), kept.attempts(ADA)
    erase(kept)
    for kind, key in ((CONTACT, contact), (CALL, attempts[0].id)):
        packet = kept.packet(kind, key)
        assert packet.integrity is not None
        assert packet.integrity.whole
        assert packet.person.is_erased
        assert packet.person.phones == []
        assert {each.phone for each in packet.decisions} == {None}
        assert {each.replay.status for each in packet.decisions} == {Replayed.NUMBER_NOT_KNOWN}
        assert packet.not_known[0].startswith("The person's data was erased")
        for text in (text_of(packet), report(packet)):
            assert ADA[2:] not in text
            assert "Lovelace" not in text
        assert "erased" in report(packet)
    assert len(kept.packet(CONTACT, contact).calls) == len(attempts)


def test_who_gives_an_erased_number_can_show_that_it_is_the_one(kept: Kept) -> None:
    """Its hash finds the entries, and the decisions are made again with it."""
    before = kept.packet(NUMBER, ADA)
    erase(kept)
    packet = kept.packet(NUMBER, ADA)
    assert packet.entries == before.entries
    assert {each.replay.status for each in packet.decisions} == {Replayed.SAME}
    assert len(packet.calls) == len(before.calls)
    assert not packet.person.is_erased
    assert any("is on no list any more" in each for each in packet.not_known)


def erase(kept: Kept) -> None:
    """Forget Ada: her row, and her number in her attempts."""
    kept.sql(
        "UPDATE attempt SET phone = '' WHERE phone = :phone",
        "DELETE FROM contact WHERE phone = :phone",
        phone=ADA,
    )


# --------------------------------------------------------------------------------------- tampering
def test_a_changed_decision_is_found_twice(kept: Kept) -> None:
    """Its seal is wrong, and made again it comes to something else."""
    kept.sql(
        """UPDATE evidence SET body = replace(body, '"decision":"deny"', '"decision":"allow"')"""
    )
    packet = kept.packet(NUMBER, FAY)
    assert packet.integrity is not None
    assert not packet.integrity.whole
    assert packet.decisions[0].replay.status is Replayed.DIFFERENT
    assert "another one: deny" in packet.decisions[0].replay.sentence
    assert "not as they were written" in said(packet)
    assert 'class="answer flawed"' in report(packet)


@pytest.mark.parametrize(
    "body",
    [
        "no JSON",
        "{}",
        "[1]",
        '{"decision": {"a": 1}, "reasons": 3, "timeZones": "x", "case": [], "rulebook": 9}',
        '{"decision": "maybe", "rulebook": "r", "reasons": [{}, 4], "timeZones": ["Mars/Olympus"]}',
        '{"decision": "deny", "rulebook": "r", "reasons": [{"code": "new"}], "overrides": [{}], '
        '"case": {"contact": {"consent": 3}, "history": 7}, "notBefore": "soon"}',
    ],
)
def test_an_entry_that_says_anything_is_told_all_the_same(kept: Kept, body: str) -> None:
    """A spoilt entry spoils neither the packet nor the report."""
    kept.sql("UPDATE evidence SET body = :body", body=body)
    for phone in EVERYBODY:
        packet = kept.packet(NUMBER, phone)
        assert packet.integrity is not None
        assert not packet.integrity.whole
        assert Replayed.SAME not in {each.replay.status for each in packet.decisions}
        Draft202012Validator(schema()).validate(json.loads(text_of(packet)))
        assert "Proof that nothing was changed" in report(packet)


def test_what_is_missing_is_said(kept: Kept) -> None:
    """An attempt without entries, and entries without their attempt."""
    first, *_, last = kept.attempts(KAI)
    kept.sql("DELETE FROM evidence WHERE attempt_id = :id", id=first.id)
    kept.sql("DELETE FROM attempt WHERE id = :id", id=last.id)
    packet = kept.packet(NUMBER, KAI)
    assert f"Attempt {first.id}: no entry says why it was allowed." in packet.not_known
    assert f"Attempt {last.id}: entries tell of it, and its row is not there." in packet.not_known
    assert any("Its row is not there." in step.sentence for step in packet.timeline)
    assert "No entry says how it ended." in report(packet)


def test_a_rulebook_that_is_gone_or_was_changed_is_said(kept: Kept) -> None:
    """The decision is told, and that it cannot be made again."""
    kept.sql("UPDATE rulebook SET content = replace(content, '08:00', '09:00')")
    assert kept.packet(NUMBER, ADA).decisions[0].replay.status is Replayed.RULES_NOT_KEPT
    kept.sql("UPDATE rulebook SET content = 'no JSON'")
    assert kept.packet(NUMBER, ADA).decisions[0].replay.status is Replayed.RULES_NOT_KEPT
    kept.sql("DELETE FROM rulebook")
    packet = kept.packet(NUMBER, ADA)
    assert packet.decisions[0].replay.status is Replayed.RULES_NOT_KEPT
    assert packet.rulebooks[0].content is None
    assert packet.not_known


def test_published_heads_count(kept: Kept) -> None:
    """What was published is part of the proof."""
    publish_heads(kept.archive.database, kept.archive.account, NOON)
    packet = kept.packet(NUMBER, ADA)
    assert packet.integrity is not None
    assert packet.integrity.chains[0].published == 1
    assert "by the 1 head that was published" in packet.integrity.sentence
    kept.sql(
        "DELETE FROM evidence WHERE number > 9",
        "UPDATE evidence_head SET number = 9, seal = (SELECT seal FROM evidence WHERE number = 9)",
    )
    cut = kept.packet(NUMBER, ADA)
    assert cut.integrity is not None
    assert not cut.integrity.whole


# --------------------------------------------------------------------- what stands for and against
def test_lists_consent_and_messages_are_told(kept: Kept) -> None:
    """As they are now, with who recorded them."""
    account, key = kept.archive.account, kept.archive.phone_key
    suppression = Suppression(
        account, ADA, EVERYWHERE, SuppressionSource.INTERNAL, "asked_in_call", "olga", after(1)
    )
    consent = ConsentRecord(
        id="",
        account=account,
        address=ADA,
        action=ConsentAction.GIVEN,
        kind=ConsentKind.EXPRESS_WRITTEN,
        channel=None,
        scope=EVERYWHERE,
        at=after(-9),
        source=ConsentSource.WEB_FORM,
        basis="the order form",
        evidence="form 17",
        recorded_by="olga",
        recorded_at=after(2),
    )
    with kept.archive.database() as uow:
        suppress(uow, suppression, key)
        record_consent(uow, consent, key)
        uow.suppression_lists.put(a_list(account), NumberSet([ADA]))
        uow.suppression_lists.add_area(
            SuppressedArea(account, "US-TX", EVERYWHERE, "flood", "olga", NOON)
        )
        uow.consents.hold(OptOutReview(ident("m"), account, ADA, Channel.SMS, "no more", after(3)))
    packet = kept.packet(NUMBER, ADA)
    assert [each.basis for each in packet.suppressions] == ["asked_in_call"]
    assert [(each.kind, each.evidence) for each in packet.consents] == [
        ("express_written", "form 17")
    ]
    assert [(each.name, each.holds) for each in packet.lists] == [("Registry", True)]
    assert [each["area"] for each in packet.areas] == ["US-TX"]
    assert len(packet.messages) == 1
    assert [each.facts["action"] for each in packet.changes] == [
        "number suppressed",
        "consent given",
    ]
    assert [step.kind for step in packet.timeline][-2:] == ["audit", "audit"]
    kinds = {event["detail-type"] for event in packet.events}
    assert {"Contact Suppressed", "Consent Recorded"} <= kinds
    for words in (
        "suppressed in every campaign",
        "on the list “Registry”",
        "waits for a reader",
    ):
        assert words in said(packet)
    assert "no more" not in text_of(packet)
    other = kept.packet(NUMBER, BEN)
    assert (other.suppressions, other.consents, other.messages, other.changes) == ([], [], [], [])
    assert [each.holds for each in other.lists] == [False]


def a_list(account: str) -> SuppressionList:
    """A registry's copy."""
    return SuppressionList(
        id=ident("registry"),
        account=account,
        name="Registry",
        kind=ListKind.NATIONAL,
        jurisdiction="US",
        scope=EVERYWHERE,
        as_of=date(2026, 11, 20),
        numbers=1,
        sha256="0" * 64,
        version=1,
        recorded_by="olga",
        recorded_at=NOON,
    )


def test_a_number_on_no_list_of_contacts_can_be_asked_for(kept: Kept) -> None:
    """What was changed about it is kept, also once it is taken back."""
    account, key, phone = kept.archive.account, kept.archive.phone_key, "+12125550199"
    entry = Suppression(
        account, phone, EVERYWHERE, SuppressionSource.INTERNAL, "other", "olga", NOON
    )
    with kept.archive.database() as uow:
        suppress(uow, entry, key)
        remove_suppression(uow, entry, Change("olga", after(9), "a slip"), key)
    packet = kept.packet(NUMBER, phone)
    assert [each.facts["action"] for each in packet.changes] == [
        "number suppressed",
        "suppression removed",
    ]
    assert packet.suppressions == []
    assert "No campaign has asked yet whether to call; 0 calls were placed." in said(packet)


def test_who_waits_is_told_until_when(kept: Kept) -> None:
    """And that a campaign is over in which nobody is called any more."""
    contact = kept.contact_id(BEN)
    kept.sql(
        "DELETE FROM contact_outcome WHERE contact_id = :id",
        "INSERT INTO dial_queue (campaign_id, contact_id, ready, priority, next_attempt_at, row, "
        "phone_index, deferred) SELECT id, :id, 0, 0, 1795442400000, 4, 0, 1 FROM campaign",
        id=contact,
    )
    (standing,) = kept.packet(CONTACT, contact).standing
    assert "waits in the queue, not before" in standing.sentence
    assert "because a rule stood against an earlier call" in standing.sentence
    assert standing.sentence.endswith("the campaign is over.")
    assert standing.waits_until is not None
