"""What people change, as entries of evidence in their account's chain (invariant S8).

An entry says what was done, by whom, when and how far it reaches. It names a number by its keyed
hash alone and holds what people wrote as its SHA-256 alone, so that it can be kept for good.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from campaigns.events import instant_text
from compliance.consent_records import EVERYWHERE
from compliance.evidence import Evidence, EvidenceKind, account_chain, body_text


@dataclass(frozen=True, slots=True)
class Change:
    """Who changes something, when, and why in their own words."""

    by: str
    at: datetime
    reason: str = ""


def text_hash(text: str) -> str:
    """What stands for a text that a person wrote: whoever has the text can show that it was it."""
    return hashlib.sha256(text.encode()).hexdigest()


def audit_entry(
    account: str,
    action: str,
    by: str,
    at: datetime,
    scope: str,
    facts: Mapping[str, object],
    phone_hash: str | None = None,
) -> Evidence:
    """The entry of one change; `facts` are what else is to be said of it."""
    body = {
        "action": action,
        "by": by,
        "at": instant_text(at),
        "scope": scope,
        "phoneHash": phone_hash,
        **facts,
    }
    return Evidence(
        chain=account_chain(account),
        account=account,
        at=at,
        kind=EvidenceKind.AUDIT,
        body=body_text(body),
        campaign_id=None if scope == EVERYWHERE else scope,
        phone_hash=phone_hash,
    )
