"""A campaign's figures in this process: its events, folded as they come.

On PostgreSQL rows of the outbox become visible out of order: a transaction that took its ids
first may commit last. Each read therefore looks again at the ids just below the last one, and takes
those that it has not seen.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from app.database import Database
from app.web.store import CampaignEvents
from app.web.timeline import Timeline
from campaigns.metrics import CampaignMetrics
from dialer.limits import AnsweredCountries

OVERLAP = 10_000
"""How far below the last id rows may still appear."""
AT_ONCE = 10_000
"""So many events are folded for one page at most, so that it answers within a second."""
KEPT_CAMPAIGNS = 32


@dataclass(slots=True)
class Folded:
    """What the events of a campaign come to; `behind` of them are not folded yet.

    `countries` and `listed` are the countries of people who answered, and of the list's first
    contacts, once they were read.
    """

    metrics: CampaignMetrics
    timeline: Timeline = field(default_factory=Timeline)
    behind: int = 0
    last_id: int = 0
    seen: set[int] = field(default_factory=set)
    countries: AnsweredCountries = field(default_factory=AnsweredCountries)
    listed: frozenset[str] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class LiveFigures:
    """The folds of the campaigns that were looked at last."""

    def __init__(self, database: Database, overlap: int = OVERLAP, at_once: int = AT_ONCE) -> None:
        self._database = database
        self._overlap = overlap
        self._at_once = at_once
        self._folds: OrderedDict[str, Folded] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def of(self, campaign_id: str) -> Iterator[Folded]:
        """The campaign's fold, brought up to now or as far as one page may take.

        Nobody else folds into it until the caller has read it.
        """
        fold = self._fold(campaign_id)
        with fold.lock:
            with self._database.reading() as uow:
                self._read(CampaignEvents(uow.connection), campaign_id, fold)
            yield fold

    def _fold(self, campaign_id: str) -> Folded:
        with self._lock:
            fold = self._folds.pop(campaign_id, None) or Folded(CampaignMetrics(campaign_id))
            self._folds[campaign_id] = fold
            while len(self._folds) > KEPT_CAMPAIGNS:
                self._folds.popitem(last=False)
            return fold

    def _read(self, events: CampaignEvents, campaign_id: str, fold: Folded) -> None:
        after = fold.last_id - self._overlap
        ids = events.ids_after(campaign_id, after, len(fold.seen) + self._at_once)
        fresh = [one for one in ids if one not in fold.seen]
        if fresh:
            for one, body in events.between(campaign_id, fresh[0], fresh[-1]):
                if one not in fold.seen:
                    fold.seen.add(one)
                    envelope = json.loads(body)
                    fold.metrics.add(envelope)
                    fold.timeline.add(envelope)
            fold.last_id = max(fold.last_id, fresh[-1])
            fold.seen = {one for one in fold.seen if one > fold.last_id - self._overlap}
            fold.timeline.forget_old()
        full = len(fresh) >= self._at_once
        fold.behind = events.count_after(campaign_id, fold.last_id) if full else 0
