"""A dry run: what becomes of a list's contacts under the rules, before anything rings.

Each contact is screened once, as a reservation at the campaign's start would screen it. Contacts of
one place share the hours of their clocks, so that a long campaign costs hardly more than a short
one. All that is kept are counts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from compliance.case import CampaignTerms, Case
from compliance.consent import lifts, standing
from compliance.location import InvalidCaseError, Location
from compliance.objections import Objection, QuietTime
from compliance.reasons import Reason, ReasonCode
from compliance.rules import Rulebook, legal_purpose
from compliance.screening import (
    Decision,
    Defer,
    Deny,
    Examination,
    decide,
    examine,
    first_free,
    lacks_only_a_copy,
    no_case,
)
from compliance.suppression import AgingCopy
from dialer.outlook import AgingRegistry, Held, HoldingRule, Outlook, Place, Slot, bounds

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Spell:
    """A part [start, end) of the campaign with the same terms: one ends where an override does."""

    start_at: datetime
    end_at: datetime
    terms: CampaignTerms


_PlaceKey = tuple[tuple[str, ...], tuple[str, ...], frozenset[str], tuple[str, ...]]


@dataclass(slots=True)
class _Place:
    """Contacts who may be in the same places."""

    location: Location
    contacts: int = 0


@dataclass(slots=True)
class _Clocks:
    """Contacts with the same allowed hours: by spell what may close them, by slot who begins."""

    number: int
    objections: list[list[Objection]]
    beginning: Counter[int] = field(default_factory=Counter)


@dataclass(slots=True)
class _Holding:
    """Whom a code holds, counted so far."""

    for_good: int = 0
    for_now: int = 0
    first_until: datetime | None = None
    last_until: datetime | None = None
    rules: Counter[tuple[str, str]] = field(default_factory=Counter)


class DryRun:
    """Counts over a list's contacts: add each once, in any order, then ask for the outlook."""

    def __init__(self, spells: Sequence[Spell], rulebook: Rulebook, time_zone: str) -> None:
        """`spells` are the whole span of the campaign, from its start to its end."""
        self._spells = spells
        self._start, self._end = spells[0].start_at, spells[-1].end_at
        self._rulebook = rulebook
        self._time_zone = time_zone
        self._bounds = bounds(self._start, self._end, time_zone)
        self._places: dict[_PlaceKey, _Place] = {}
        self._clocks: dict[tuple[_PlaceKey, tuple[bool, ...]], _Clocks] = {}
        self._held: dict[ReasonCode, _Holding] = {}
        self._counts: Counter[str] = Counter()
        self._copies: dict[str, date] = {}
        self._first: datetime | None = None

    def add(self, case: Case) -> tuple[int, datetime] | None:
        """Count a contact; the case is asked at the campaign's start.

        From when on it can be called, and with which group of contacts it shares its hours; None:
        not before the end.
        """
        self._counts["contacts"] += 1
        try:
            found = examine(case, self._rulebook)
        except InvalidCaseError as error:
            self._counts["for_good"] += 1
            self._hold(no_case(error, self._rulebook).reasons, None, for_good=True)
            return None
        key = self._place_of(found)
        decision = decide(found, self._rulebook)
        asked, last = self._followed(case, decision)
        if isinstance(last, Deny):
            self._tally_denied(found, asked, last)
            return None
        callable_at = last.not_before if isinstance(last, Defer) else asked.at
        if isinstance(decision, Defer):
            self._hold(decision.reasons, callable_at, for_good=False)
        if callable_at >= self._end:
            self._counts["after_end"] += 1
            return None
        self._counts["callable_later" if isinstance(decision, Defer) else "callable_at_start"] += 1
        return self._begin(key, found, callable_at), callable_at

    def add_unread(self) -> None:
        """Count a contact whose message waits for a reader: nothing else is asked about them."""
        self._counts["contacts"] += 1
        self._counts["wait_for_reader"] += 1

    # ------------------------------------------------------------------------------ one contact
    def _spell_at(self, at: datetime) -> Spell:
        begun = [spell for spell in self._spells if spell.start_at <= at]
        return begun[-1]

    def _followed(self, case: Case, decision: Decision) -> tuple[Case, Decision]:
        """What the dial loop decides in the end, and of which case: it asks after each deferral.

        Under the same terms the answer is known; where an override has ended by then it is not.
        """
        while isinstance(decision, Defer) and decision.not_before < self._end:
            spell = self._spell_at(decision.not_before)
            if spell is self._spell_at(case.at):
                break
            case = replace(case, at=decision.not_before, campaign=spell.terms)
            decision = decide(examine(case, self._rulebook), self._rulebook)
        return case, decision

    def _tally_denied(self, found: Examination, asked: Case, last: Deny) -> None:
        """Count a contact who cannot be called: for good, or until a newer copy is there."""
        if lacks_only_a_copy(asked, last, self._rulebook):
            self._counts["wait_for_copy"] += 1
            old = [each for each in last.reasons if each.code is ReasonCode.REGISTRY_OUT_OF_DATE]
            self._hold(old, None, for_good=False)
        else:
            self._counts["for_good"] += 1
            self._hold(_final(found, last), None, for_good=True)

    def _hold(self, reasons: Iterable[Reason], until: datetime | None, *, for_good: bool) -> None:
        distinct = tuple(dict.fromkeys(reasons))
        for code in {reason.code for reason in distinct}:
            held = self._held.setdefault(code, _Holding())
            if for_good:
                held.for_good += 1
            else:
                held.for_now += 1
            if until is not None:
                held.first_until = min(held.first_until or until, until)
                held.last_until = max(held.last_until or until, until)
        for reason in distinct:
            self._held[reason.code].rules[reason.rule, reason.citation] += 1

    def _place_of(self, found: Examination) -> _PlaceKey:
        """Count the contact where it may be. Equal places are one, however they were found."""
        location = found.location
        key = (
            location.time_zones,
            tuple(each.code for each in location.jurisdictions),
            location.regions,
            tuple(ban.rule.id for ban in location.emergency_bans),
        )
        if key not in self._places:
            self._places[key] = _Place(location)
        self._places[key].contacts += 1
        for copy in found.case.registries:
            self._copies[copy.name] = min(copy.as_of, self._copies.get(copy.name, copy.as_of))
        return key

    def _begin(self, place: _PlaceKey, found: Examination, at: datetime) -> int:
        """Count the contact under its clocks from the instant on; which group that is.

        Consent may lift some of the closed days; what it lifts then it is taken to lift to the end.
        """
        lifted = tuple(_is_lifted(each, at) for each in _liftable(found.objections))
        clocks = self._clocks.get((place, lifted))
        if clocks is None:
            closing = [self._closing(found.case, spell, lifted) for spell in self._spells]
            clocks = self._clocks[place, lifted] = _Clocks(len(self._clocks), closing)
        clocks.beginning[self._slot_at(at)] += 1
        self._first = min(self._first or at, at)
        return clocks.number

    def _closing(self, case: Case, spell: Spell, lifted: Sequence[bool]) -> list[Objection]:
        """What may close hours of a spell to all who share the contact's clocks."""
        contact = replace(case.contact, consent=None)
        shared = replace(case, contact=contact, campaign=spell.terms, history=(), suppressed=())
        objections = examine(shared, self._rulebook).objections
        gone = {
            id(each)
            for each, is_lifted in zip(_liftable(objections), lifted, strict=True)
            if is_lifted
        }
        # What is final is about this contact's lists and consent: it has passed all that.
        return [each for each in objections if id(each) not in gone and not each.is_final(case.at)]

    def _slot_at(self, at: datetime) -> int:
        return bisect_right(self._bounds, at, key=lambda slot: slot[0]) - 1

    # ---------------------------------------------------------------------------------- the sum
    def outlook(self) -> Outlook:
        """What was found so far."""
        return Outlook(
            start_at=self._start,
            end_at=self._end,
            time_zone=self._time_zone,
            rulebook=self._rulebook.version,
            contacts=self._counts["contacts"],
            callable_at_start=self._counts["callable_at_start"],
            callable_later=self._counts["callable_later"],
            after_end=self._counts["after_end"],
            for_good=self._counts["for_good"],
            wait_for_reader=self._counts["wait_for_reader"],
            wait_for_copy=self._counts["wait_for_copy"],
            first_callable_at=self._first,
            slots=self._slots(),
            held=tuple(
                sorted(
                    (_held(code, held) for code, held in self._held.items()),
                    key=lambda each: (-(each.for_good + each.for_now), each.code),
                )
            ),
            registries=tuple(self._aging()),
            jurisdictions=self._jurisdictions(),
        )

    def _slots(self) -> tuple[Slot, ...]:
        becoming: Counter[int] = Counter()
        within: Counter[int] = Counter()
        for clocks in self._clocks.values():
            becoming.update(clocks.beginning)
            is_open = self._open_slots(clocks)
            so_far = 0
            for number in range(len(self._bounds)):
                so_far += clocks.beginning[number]
                within[number] += so_far if number in is_open else 0
        return tuple(
            Slot(start, end, becoming[number], within[number])
            for number, (start, end) in enumerate(self._bounds)
        )

    def openings(self, step: timedelta) -> list[tuple[tuple[datetime, datetime], ...]]:
        """The spans [from, to) of each group that `add` named, looked at in steps."""
        return [tuple(self._opened(clocks, step)) for clocks in self._clocks.values()]

    def _opened(self, clocks: _Clocks, step: timedelta) -> Iterator[tuple[datetime, datetime]]:
        """Spans that are open at their start and at each step from it."""
        for spell, objections in zip(self._spells, clocks.objections, strict=True):
            at = spell.start_at
            while at < spell.end_at:
                opens, _ = first_free(at, objections)
                if opens is None or opens >= spell.end_at:
                    break
                at = opens + step
                while at < spell.end_at and first_free(at, objections)[0] == at:
                    at += step
                yield opens, min(at, spell.end_at)

    def _open_slots(self, clocks: _Clocks) -> set[int]:
        """The slots that have an allowed instant."""
        found: set[int] = set()
        for spell, objections in zip(self._spells, clocks.objections, strict=True):
            at = spell.start_at
            while at < spell.end_at:
                free, _ = first_free(at, objections)
                if free is None or free >= spell.end_at:
                    break
                number = self._slot_at(free)
                found.add(number)
                at = self._bounds[number][1]
        return found

    def _jurisdictions(self) -> tuple[Place, ...]:
        counted: Counter[tuple[str, str]] = Counter()
        for place in self._places.values():
            for each in place.location.jurisdictions:
                counted[each.code, each.name] += place.contacts
        most_first = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        return tuple(Place(code, name, contacts) for (code, name), contacts in most_first)

    def _aging(self) -> list[AgingRegistry]:
        """Registries that bind contacts here, without a copy that lasts until the end."""
        bound: Counter[str] = Counter()
        purpose = legal_purpose(self._spells[0].terms.purpose)
        for place in self._places.values():
            for each in place.location.jurisdictions:
                if purpose in each.purposes and self._lacks_copy(each.code, place.location):
                    bound[each.code] += place.contacts
        most_first = sorted(bound.items(), key=lambda item: (-item[1], item[0]))
        return [self._registry(code, contacts) for code, contacts in most_first]

    def _lacks_copy(self, code: str, location: Location) -> bool:
        register = self._rulebook.jurisdictions[code].do_not_call
        if register is None or register.max_age_days is None:
            return False
        as_of = self._copies.get(code)
        if as_of is None:
            return True
        copy = AgingCopy(register.rule, as_of, register.max_age_days)
        return copy.is_too_old(self._end - _SECOND, location.time_zones)

    def _registry(self, code: str, contacts: int) -> AgingRegistry:
        jurisdiction = self._rulebook.jurisdictions[code]
        register, as_of = jurisdiction.do_not_call, self._copies.get(code)
        assert register is not None
        lasts = timedelta(days=register.max_age_days or 0)
        return AgingRegistry(
            jurisdiction=code,
            name=jurisdiction.name,
            citation=register.rule.citation,
            contacts=contacts,
            as_of=as_of,
            last_day=None if as_of is None else as_of + lasts,
        )


def _liftable(objections: Iterable[Objection]) -> list[QuietTime]:
    """The closed days that some consent lifts."""
    return [each for each in objections if isinstance(each, QuietTime) and each.lifted_by]


def _is_lifted(quiet: QuietTime, at: datetime) -> bool:
    return lifts(standing(quiet.consent, at), quiet.lifted_by, at)


def _final(found: Examination, decision: Deny) -> Sequence[Reason]:
    """The reasons that nothing ever ends; or those that come to stand later, or else all."""
    at = found.case.at
    final = [
        reason
        for objection in found.objections
        if objection.is_final(at)
        for reason in objection.reasons_at(at)
    ]
    now = {reason for objection in found.objections for reason in objection.reasons_at(at)}
    later = [reason for reason in decision.reasons if reason not in now]
    return final or later or decision.reasons


def _held(code: ReasonCode, holding: _Holding) -> Held:
    most_first = sorted(holding.rules.items(), key=lambda item: (-item[1], item[0]))
    return Held(
        code=code,
        for_good=holding.for_good,
        for_now=holding.for_now,
        first_until=holding.first_until,
        last_until=holding.last_until,
        rules=tuple(HoldingRule(rule, citation, n) for (rule, citation), n in most_first),
    )
