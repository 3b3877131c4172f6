"""The heads of evidence, told to others: what is outside the database nobody can put right in it.

Each head is a fact like any other, so that it goes to every publisher. A chain whose tail was cut
off, with its head set back to fit, is still shorter than it was said to be.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime

from campaigns.events import EvidenceSealed
from campaigns.identity import derive_id
from campaigns.ports import UnitOfWorkFactory
from compliance.evidence import ChainHead, campaign_of


def publish_heads(unit_of_work: UnitOfWorkFactory, account: str, now: datetime) -> int:
    """Tell of each chain of an account that has grown since the last time; how many.

    Two units of work: writers lock the events' rows before a chain's head, and so nothing may hold
    a head while it waits for those. If the second one fails, the same heads are told once more.
    """
    with unit_of_work() as uow:
        heads = uow.evidence.unpublished_heads(account)
        uow.outbox.append(account, *(_fact(head, now) for head in heads))
    with unit_of_work() as uow:
        uow.evidence.mark_published(heads)
    return len(heads)


def chain_subject(chain: str) -> str:
    """What the events of a chain are counted along that is no campaign's."""
    return derive_id("evidence chain", chain)


def _fact(head: ChainHead, now: datetime) -> EvidenceSealed:
    campaign_id = campaign_of(head.chain)
    return EvidenceSealed(
        occurred_at=now,
        campaign_id=campaign_id,
        contact_list_id=None if campaign_id else chain_subject(head.chain),
        chain=head.chain,
        entries=head.number,
        seal=head.seal,
    )


class NotAnEventError(ValueError):
    """A line is no event."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} is not an event; give the log of events as it was written")


def published_heads(lines: Iterable[str], account: str) -> Iterator[ChainHead]:
    """The heads of an account that event lines tell of.

    Raises:
        NotAnEventError: a line that should tell of a head is none.
    """
    for number, line in enumerate(lines, start=1):
        if EvidenceSealed.detail_type not in line:  # most lines: not worth reading
            continue
        try:
            event = json.loads(line)
            if (event["detail-type"], event["account"]) == (EvidenceSealed.detail_type, account):
                detail = event["detail"]
                yield ChainHead(
                    str(detail["chain"]), account, int(detail["entries"]), str(detail["seal"])
                )
        except (KeyError, TypeError, ValueError):
            raise NotAnEventError(number) from None
