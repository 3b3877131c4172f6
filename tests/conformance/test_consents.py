"""What the Consents port promises, on every storage."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from compliance.case import Channel, ConsentKind
from compliance.consent_records import ConsentRecord, ConsentSource
from compliance.opt_out import OptOutReview, ReviewDecision
from tests.builders import (
    ACCOUNT,
    NOON,
    a_campaign,
    a_consent,
    a_contact,
    a_revocation,
    after,
    ident,
)
from tests.conformance.storage import Storage

PHONE, OTHER = a_contact(1).phone, a_contact(2).phone
EMAIL = f"{'x' * 60}@{'example.' * 20}com"


def consent(name: str, address: str = PHONE, **changes: Any) -> ConsentRecord:
    """A consent with an id of its own."""
    return replace(a_consent(address), id=ident("consent", name), **changes)


def a_review(name: str = "message", **changes: Any) -> OptOutReview:
    """A message of NOON that waits for a reader."""
    made = OptOutReview(
        id=ident("review", name),
        account=ACCOUNT,
        address=PHONE,
        channel=Channel.SMS,
        text="no más\npor favor 🙏",
        received_at=NOON,
    )
    return replace(made, **changes)


# --------------------------------------------------------------------------------------- records
def test_records_come_back_whole_in_the_order_in_which_they_were_recorded(
    storage: Storage,
) -> None:
    """Of the addresses asked for that have any."""
    revoked = replace(
        a_revocation(PHONE, recorded_at=after(60), scope=a_campaign().id), id=ident("consent", "r")
    )
    texts = consent("s", channel=Channel.SMS, kind=ConsentKind.EXPRESS, source=ConsentSource.LIST)
    later = replace(texts, recorded_at=after(1))
    by_mail = consent("m", EMAIL, basis="Größe\n" * 99, evidence="")
    with storage() as uow:
        assert uow.consents.add([revoked, later, by_mail]) == {revoked.id, later.id, by_mail.id}
    with storage() as uow:
        assert uow.consents.of(ACCOUNT, [PHONE, EMAIL, OTHER]) == {
            PHONE: (later, revoked),
            EMAIL: (by_mail,),
        }
        assert uow.consents.of("other", [PHONE]) == {}
        assert uow.consents.of(ACCOUNT, []) == {}


def test_records_of_one_instant_have_one_order(storage: Storage) -> None:
    """That of their ids."""
    records = [consent(str(number)) for number in range(5)]
    with storage() as uow:
        uow.consents.add(records)
    with storage() as uow:
        found = uow.consents.of(ACCOUNT, {PHONE})[PHONE]
    assert found == tuple(sorted(records, key=lambda record: record.id))


def test_a_record_is_kept_once(storage: Storage) -> None:
    """What is new is told; what is there stays as it was."""
    first, second = consent("1"), consent("2")
    with storage() as uow:
        assert uow.consents.add([first]) == {first.id}
        assert uow.consents.add([]) == set()
    with storage() as uow:
        changed = replace(first, basis="another form")
        assert uow.consents.add([changed, second]) == {second.id}
        assert set(uow.consents.of(ACCOUNT, [PHONE])[PHONE]) == {first, second}


def test_many_records_are_kept_at_once(storage: Storage) -> None:
    """More than a statement has room for."""
    records = [consent(str(row), a_contact(row).phone) for row in range(1, 3001)]
    with storage() as uow:
        assert len(uow.consents.add(records)) == 3000
        assert len(uow.consents.add(records)) == 0


# -------------------------------------------------------------------------------------- messages
def test_a_message_holds_its_address(storage: Storage) -> None:
    """Of its account, until it is decided on; the same message twice is one."""
    with storage() as uow:
        assert uow.consents.hold(a_review())
        assert not uow.consents.hold(a_review(text="another text"))
        assert uow.consents.hold(a_review("mail", address=EMAIL, channel=Channel.EMAIL))
    with storage() as uow:
        assert uow.consents.held(ACCOUNT, {PHONE, OTHER, EMAIL}) == {PHONE, EMAIL}
        assert uow.consents.held("other", [PHONE]) == set()
        assert uow.consents.held(ACCOUNT, []) == set()
        assert uow.consents.lock_review(ACCOUNT, a_review().id) == a_review()


def test_the_oldest_message_is_read_first(storage: Storage) -> None:
    """As many as asked for."""
    reviews = [a_review(str(row), received_at=after(-row)) for row in range(3)]
    with storage() as uow:
        for review in reviews:
            uow.consents.hold(review)
        uow.consents.hold(a_review("theirs", account="other"))
    with storage() as uow:
        assert uow.consents.reviews(ACCOUNT, 2) == [reviews[2], reviews[1]]
        assert uow.consents.reviews(ACCOUNT, 9) == reviews[::-1]
        assert uow.consents.reviews("nobody", 9) == []


def test_a_decision_ends_the_hold_of_its_message_alone(storage: Storage) -> None:
    """Another message from the same address holds on; what was decided is kept."""
    first, second = a_review("1"), a_review("2")
    decided = replace(
        first, decision=ReviewDecision.DOES_NOT, decided_by="user-2", decided_at=after(9)
    )
    with storage() as uow:
        uow.consents.hold(first)
        uow.consents.hold(second)
        uow.consents.save_review(decided)
    with storage() as uow:
        assert uow.consents.held(ACCOUNT, [PHONE]) == {PHONE}
        assert uow.consents.reviews(ACCOUNT, 9) == [second]
        assert uow.consents.lock_review(ACCOUNT, first.id) == decided
        uow.consents.save_review(replace(decided, id=second.id))
        assert uow.consents.held(ACCOUNT, [PHONE]) == set()


def test_a_foreign_message_looks_like_a_missing_one(storage: Storage) -> None:
    """To whoever is to decide on it (S1)."""
    with storage() as uow:
        uow.consents.hold(a_review())
        assert uow.consents.lock_review("other", a_review().id) is None
        assert uow.consents.lock_review(ACCOUNT, a_review("none").id) is None
