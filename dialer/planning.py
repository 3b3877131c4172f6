"""What a campaign has ahead of it and behind it: who is left and when, and what was seen.

Nothing is locked and nothing changed. Of a long list a part is screened, block by block over its
whole length, and stands for the rest.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns.campaign import Campaign, CampaignState
from campaigns.contact import Contact
from campaigns.events import Disposition
from compliance.abandonment_definitions import DEFINITIONS, PERSONS, AnsweredBy, DefinitionName
from compliance.abandonment_rates import window_at
from compliance.overrides import Override
from compliance.rulebook import Rulebook
from compliance.time_zone import zone
from dialer.dry_run import DryRun
from dialer.laboratory.habits import Seen
from dialer.laboratory.pool import Endings, Group
from dialer.ports import DialerUnitOfWork, DialerUnitOfWorkFactory
from dialer.rehearsing import CONTACTS_AT_ONCE, spells
from dialer.standing import Standing, case_of, read

SCREENED_MOST = 20_000
"""Contacts that are screened one by one."""

STEP = timedelta(minutes=15)
"""Allowed hours are followed in such steps."""

FOLLOWED = timedelta(days=31)
"""A forecast looks no further ahead."""

OPEN_STATES = (
    CampaignState.DRAFT,
    CampaignState.SCHEDULED,
    CampaignState.RUNNING,
    CampaignState.PAUSED,
)


class NothingAheadError(Exception):
    """The campaign is over: there is nothing to foresee."""

    def __init__(self, campaign: Campaign) -> None:
        super().__init__(
            f"campaign {campaign.settings.name!r} is over; a forecast is for one that has contacts "
            "to come"
        )


@dataclass(frozen=True, slots=True)
class PastCall:
    """What is looked at of a call that ended; instants, or None for what never happened."""

    dialed_at: datetime
    rang_at: datetime | None
    answered_at: datetime | None
    answered_by: AnsweredBy | None
    connected_at: datetime | None
    disconnected_at: datetime | None
    disposition: Disposition | None


Waiting = Callable[[Sequence[str]], Mapping[str, datetime]]
"""Those of some contacts who are still to be called, and from when on."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """Who is left: `contacts` in all, of whom so many were `screened` for the groups."""

    start: datetime
    end: datetime
    contacts: int
    screened: int
    groups: tuple[Group, ...]


def ahead_of(campaign: Campaign, now: datetime) -> tuple[datetime, datetime]:
    """From when to when a forecast of the campaign reaches.

    Raises:
        NothingAheadError: it is over.
    """
    settings = campaign.settings
    start = max(settings.start_at, now)
    end = min(settings.end_at, start + FOLLOWED)
    if campaign.state not in OPEN_STATES or start >= end:
        raise NothingAheadError(campaign)
    return start, end


def is_under_way(campaign: Campaign) -> bool:
    """Whether it has dialed already, or may have."""
    return campaign.state in (CampaignState.RUNNING, CampaignState.PAUSED)


@dataclass(frozen=True, slots=True)
class Block:
    """Some contacts: what stands for and against them, when their turn comes, how they ended."""

    contacts: Sequence[Contact]
    standing: Standing
    turns: Mapping[str, datetime]
    endings: Mapping[str, Endings]


def stride_of(listed: int) -> int:
    """Of how many contacts in a row one is screened."""
    return max(1, math.ceil(listed / SCREENED_MOST))


def kept_blocks(
    begin: DialerUnitOfWorkFactory,
    campaign: Campaign,
    listed: int,
    start: datetime,
    waiting: Waiting | None,
) -> Iterator[Block]:
    """The contacts of the campaign's list who are left, or so many blocks of them as are screened.

    `waiting`: of a campaign under way, who is left; None: all are.
    """
    row, stride = 0, stride_of(listed)
    while True:
        with begin() as uow:
            contacts = uow.contact_lists.contacts_after(
                campaign.contact_list_id, row, CONTACTS_AT_ONCE
            )
            if not contacts:
                return
            ids = [contact.id for contact in contacts]
            turns = dict.fromkeys(ids, start) if waiting is None else waiting(ids)
            due = [contact for contact in contacts if contact.id in turns]
            standing = read(uow, campaign, sorted({contact.phone for contact in due}), start)
            endings = _endings(uow, campaign, [contact.id for contact in due])
        yield Block(due, standing, turns, endings)
        row = contacts[-1].row + (stride - 1) * CONTACTS_AT_ONCE


def contacts_ahead(
    campaign: Campaign,
    blocks: Iterable[Block],
    stride: int,
    rulebook: Rulebook,
    overrides: Sequence[Override],
    now: datetime,
    progress: Callable[[int], None],
) -> Ahead:
    """Screen the contacts, as a reservation would, and group them by their hours.

    Args:
        campaign: Whose contacts.
        blocks: Those who are left, or a part of them.
        stride: For how many each of them stands.
        rulebook: By which rules.
        overrides: The campaign's.
        now: The present.
        progress: Is told for how many contacts those stand that were screened.
    """
    start, end = ahead_of(campaign, now)
    found = _Found(campaign, start, end, overrides, rulebook)
    for block in blocks:
        found.add(block)
        progress(found.screened * stride)
    return Ahead(start, end, found.screened * stride, found.screened, found.groups(stride))


class _Found:
    """Contacts screened so far, by the group of their hours, their turn and their endings."""

    def __init__(
        self,
        campaign: Campaign,
        start: datetime,
        end: datetime,
        overrides: Sequence[Override],
        rulebook: Rulebook,
    ) -> None:
        self._campaign, self._start = campaign, start
        time_zone = campaign.settings.default_time_zone or "UTC"
        self._run = DryRun(spells(campaign, overrides, start, end), rulebook, time_zone)
        self._turns: defaultdict[int, Counter[tuple[float, Endings]]] = defaultdict(Counter)
        self.screened = 0

    def add(self, block: Block) -> None:
        """Screen a block's contacts."""
        self.screened += len(block.contacts)
        for contact in block.contacts:
            if contact.phone in block.standing.held:
                continue
            case = case_of(contact, contact.phone, block.standing, self._campaign, self._start)
            placed = self._run.add(case)
            if placed is not None:
                group, callable_at = placed
                at = self._seconds(max(callable_at, block.turns.get(contact.id, self._start)))
                self._turns[group][at, block.endings.get(contact.id, ())] += 1

    def groups(self, stride: int) -> tuple[Group, ...]:
        """The groups; each contact stands for so many."""
        return tuple(
            Group(
                open=tuple((self._seconds(first), self._seconds(last)) for first, last in spans),
                waiting=tuple(
                    (at, ended, count * stride)
                    for (at, ended), count in sorted(self._turns[number].items())
                ),
            )
            for number, spans in enumerate(self._run.openings(STEP))
        )

    def _seconds(self, at: datetime) -> float:
        return max(0.0, (at - self._start).total_seconds())


def _endings(uow: DialerUnitOfWork, campaign: Campaign, ids: Sequence[str]) -> dict[str, Endings]:
    found: defaultdict[str, dict[Disposition, int]] = defaultdict(dict)
    for (contact_id, disposition), count in uow.attempts.endings(campaign.id, ids).items():
        found[contact_id][disposition] = count
    return {contact_id: tuple(sorted(ended.items())) for contact_id, ended in found.items()}


def seen_in(calls: Iterable[PastCall], wrap_ups: Sequence[float], time_zone: str) -> Seen:
    """What the calls teach; hours are by the zone's clocks."""
    counts: Counter[str] = Counter()
    hours: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    rings: list[float] = []
    answer: list[float] = []
    talk: list[float] = []
    here = zone(time_zone)
    for call in calls:
        # A machine that an agent found was taken for a person before.
        is_person = call.answered_by in PERSONS
        is_machine = call.answered_by is AnsweredBy.MACHINE
        hour = hours[call.dialed_at.astimezone(here).hour]
        hour[0] += 1
        hour[1] += is_person
        counts["calls"] += 1
        counts["people"] += is_person
        counts["machines"] += is_machine
        counts["missed"] += is_machine and call.connected_at is not None
        counts["busy"] += call.disposition is Disposition.BUSY
        counts["invalid"] += call.disposition is Disposition.INVALID_NUMBER
        if call.rang_at is not None:
            rings.append((call.rang_at - call.dialed_at).total_seconds())
            if is_person and call.answered_at is not None:
                answer.append((call.answered_at - call.rang_at).total_seconds())
        if is_person and call.connected_at is not None and call.disconnected_at is not None:
            talk.append((call.disconnected_at - call.connected_at).total_seconds())
    return Seen(
        calls=counts["calls"],
        people=counts["people"],
        machines=counts["machines"],
        busy=counts["busy"],
        invalid=counts["invalid"],
        missed=counts["missed"],
        by_hour={hour: (all_, people) for hour, (all_, people) in hours.items()},
        rings=rings,
        answer=answer,
        talk=talk,
        wrap=wrap_ups,
    )


def window_held(uow: DialerUnitOfWork, campaign: Campaign, now: datetime) -> tuple[int, int]:
    """People who answered and those abandoned, in the window that leaves the fewest to abandon.

    Of the campaign's own rolling window and the block of 30 days of 16 CFR 310.4(b)(4)(i).
    """
    target = campaign.settings.abandonment
    first = uow.attempts.first_placed_at(campaign.id)
    law = DEFINITIONS[DefinitionName.US_FTC]
    starts = (now - target.evaluation_window, window_at(law, now, first or now).start)
    windows = [uow.attempts.live_counts(campaign.id, start) for start in starts]
    held = min(windows, key=lambda one: target.target_rate * one.live - one.abandoned)
    return held.live, held.abandoned
