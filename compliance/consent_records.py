"""Consent as records: each was given or taken back once, somewhere, with its evidence.

Nothing is overwritten. What stands at an instant follows from all records of an address, and the
strictest reading wins: what is taken back by any channel is taken back for every channel
(47 CFR 64.1200(a)(10); its narrower scope is waived until 31 January 2027).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from compliance.case import Channel, Consent, ConsentKind

EVERYWHERE = "account"
"""The scope of a consent or a suppression that holds for every campaign of the account."""

_STRENGTH = {kind: place for place, kind in enumerate(reversed(ConsentKind))}


class ConsentAction(StrEnum):
    """What happened to a consent."""

    GIVEN = "given"
    REVOKED = "revoked"


class ConsentSource(StrEnum):
    """By which way it reached us."""

    WEB_FORM = "web_form"
    PAPER = "paper"
    CALL = "call"
    KEY_PRESS = "key_press"
    SMS = "sms"
    EMAIL = "email"
    IN_PERSON = "in_person"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """One consent, given or taken back.

    Attributes:
        account: Whose record it is.
        address: E.164 number or lower-case e-mail address.
        action: Given or taken back.
        kind: What was agreed to; of a revocation the strongest that it ends: EXPRESS_WRITTEN.
        channel: The channel that it is for; None: every one. A revocation is for every one.
        scope: EVERYWHERE or one campaign's id.
        at: When the person said so.
        source: By which way.
        basis: What was agreed to, in words: the form's or the contract's name.
        evidence: Where the proof is kept: a recording, a scan, a page's version.
        recorded_by: Who wrote it down.
        recorded_at: When it was written down.
        id: A UUID, made from what it is about when it is kept (campaigns/permissions.py).
    """

    account: str
    address: str
    action: ConsentAction
    kind: ConsentKind
    channel: Channel | None
    scope: str
    at: datetime
    source: ConsentSource
    basis: str
    evidence: str
    recorded_by: str
    recorded_at: datetime
    id: str = ""


def standing_consent(
    records: Iterable[ConsentRecord], channel: Channel, campaign_id: str
) -> Consent | None:
    """The consent on file for a channel and a campaign, as screening asks for it.

    Of what was given since the last revocation the strongest kind counts, and of two of one kind
    the later. A revocation without a later consent is told by `revoked_at`.
    """
    mine = [record for record in records if record.scope in (EVERYWHERE, campaign_id)]
    given = [
        record
        for record in mine
        if record.action is ConsentAction.GIVEN and record.channel in (None, channel)
    ]
    revoked_at = max(
        (record.at for record in mine if record.action is ConsentAction.REVOKED), default=None
    )
    if revoked_at is None:
        return None if not given else _as_consent(_strongest(given), None)
    since = [record for record in given if record.at > revoked_at]
    if since:
        return _as_consent(_strongest(since), revoked_at)
    if given:
        return _as_consent(_strongest(given), revoked_at)
    return Consent(ConsentKind.NONE, None, revoked_at)


def _strongest(given: Sequence[ConsentRecord]) -> ConsentRecord:
    return max(given, key=lambda record: (_STRENGTH[record.kind], record.at))


def _as_consent(record: ConsentRecord, revoked_at: datetime | None) -> Consent:
    return Consent(record.kind, record.at, revoked_at)
