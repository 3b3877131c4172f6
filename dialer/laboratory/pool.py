"""A campaign's contacts over its time: who can be called when, and who is tried again."""

from __future__ import annotations

import heapq
import math
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from campaigns.campaign import RetryReason, RetryRule
from campaigns.events import Disposition
from campaigns.retry import TryAgain, after_attempt
from compliance.case import AttemptLimit

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_DAY_SECONDS = 86_400.0

Endings = tuple[tuple[Disposition, int], ...]
"""How a contact's attempts ended so far."""


@dataclass(frozen=True, slots=True)
class Group:
    """Contacts with the same allowed hours.

    Attributes:
        open: seconds [from, to) in which they can be called, in order.
        waiting: (seconds, endings so far, how many): from when on each can be called.
    """

    open: tuple[tuple[float, float], ...]
    waiting: tuple[tuple[float, Endings, int], ...]


@dataclass(slots=True)
class _Contact:
    group: _Group
    endings: Counter[Disposition] = field(default_factory=Counter)
    tried: list[float] = field(default_factory=list)


_Waiting = tuple[float, int, Endings, int, "_Contact | None"]
"""From when on, a number to keep the order, endings, how many; one who was called here already."""


@dataclass(slots=True)
class _Group:
    """A group as it stands: contacts that are due, in order; later ones, the soonest first."""

    open: deque[tuple[float, float]]
    later: list[_Waiting]
    due: deque[_Waiting] = field(default_factory=deque)
    due_count: int = 0

    def ready(self, t: float) -> int:
        while self.later and self.later[0][0] <= t:
            self.due.append(heapq.heappop(self.later))
            self.due_count += self.due[-1][3]
        while self.open and self.open[0][1] <= t:
            self.open.popleft()
        return self.due_count if self.open and self.open[0][0] <= t else 0

    def is_finished(self, end: float) -> bool:
        if not self.open or self.open[0][0] >= end:
            return True
        return not self.due and (not self.later or self.later[0][0] >= min(end, self.open[-1][1]))

    @property
    def since(self) -> float:
        """When the next contact could be called for the first time."""
        return max(self.due[0][0], self.open[0][0])

    def next(self) -> _Contact:
        at, order, endings, count, contact = self.due.popleft()
        self.due_count -= 1
        if count > 1:
            self.due.appendleft((at, order, endings, count - 1, contact))
        return contact or _Contact(self, Counter(dict(endings)))


class Pool:
    """The contacts of groups, tried as the campaign's plan says.

    Of the law's caps on attempts nothing is known here but the campaign's own limits, each counted
    over days of 24 hours; a contact has one number.
    """

    def __init__(
        self,
        groups: Iterable[Group],
        plan: Mapping[RetryReason, RetryRule],
        limits: Iterable[AttemptLimit] = (),
        end: float = math.inf,
    ) -> None:
        """`end`: whose turn would come only then, is not called any more."""
        self._plan = plan
        self._limits = tuple(limits)
        self._end = end
        self._order = 0
        self._called: dict[int, _Contact] = {}
        self._groups: list[_Group] = []
        for group in groups:
            later: list[_Waiting] = [
                (at, number, endings, count, None)
                for number, (at, endings, count) in enumerate(sorted(group.waiting))
            ]
            self._order = max(self._order, len(later))
            self._groups.append(_Group(deque(group.open), later))
        self.people = 0
        """Contacts that an agent has spoken with."""

    def ready(self, t: float) -> int:
        """How many can be called at `t`."""
        return sum(group.ready(t) for group in self._groups)

    def take(self, t: float, number: int) -> None:
        """The next one: who has waited longest; among equals, of the largest group."""
        ready = [group for group in self._groups if group.ready(t)]
        contact = min(ready, key=lambda group: (group.since, -group.due_count)).next()
        contact.tried.append(t)
        self._called[number] = contact

    def ended(self, t: float, number: int, disposition: Disposition) -> None:
        """Finish the contact, or have it wait for its next attempt."""
        contact = self._called.pop(number)
        self.people += disposition is Disposition.CONVERSATION
        contact.endings[disposition] += 1
        now = _EPOCH + timedelta(seconds=t)
        follows = after_attempt(disposition, contact.endings, self._plan, 0, 1, now)
        if isinstance(follows, TryAgain):
            at = self._within_limits(contact, (follows.at - _EPOCH).total_seconds())
            self._order += 1
            heapq.heappush(contact.group.later, (at, self._order, (), 1, contact))

    def _within_limits(self, contact: _Contact, at: float) -> float:
        for limit in self._limits:
            if len(contact.tried) >= limit.max:
                at = max(at, contact.tried[-limit.max] + limit.days * _DAY_SECONDS)
        return at

    @property
    def finished(self) -> bool:
        """Whether nobody is being called, and nobody's turn comes before the end."""
        return not self._called and all(group.is_finished(self._end) for group in self._groups)

    @property
    def left(self) -> int:
        """Contacts that are not finished: waiting, due, or being called."""
        return len(self._called) + sum(
            group.due_count + sum(entry[3] for entry in group.later) for group in self._groups
        )

    def give_up(self, t: float) -> None:
        """Nobody looks any more at what comes of the calls on their way: nobody answers them."""
        for number in list(self._called):
            self.ended(t, number, Disposition.NO_ANSWER)

    def thin(self, factor: int) -> None:
        """Keep one contact of `factor`: from now on one stands for so many."""
        for group in self._groups:
            group.due = deque(_thinned(group.due, factor))
            group.due_count = sum(entry[3] for entry in group.due)
            group.later = _thinned(sorted(group.later, key=lambda entry: entry[:2]), factor)


def _thinned(entries: Iterable[_Waiting], factor: int) -> list[_Waiting]:
    """Every `factor`-th contact, in order."""
    found: list[_Waiting] = []
    carried = 0
    for at, order, endings, count, contact in entries:
        carried += count
        if carried >= factor:
            found.append((at, order, endings, carried // factor, contact))
            carried %= factor
    return found
