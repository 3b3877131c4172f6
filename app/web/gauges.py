"""Abandonment on the live page: the campaign's own target and every regulator, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from app.database import SqlUnitOfWork
from app.web import words
from app.web.figures import Folded
from app.web.store import first_starts
from campaigns.campaign import Campaign
from compliance.abandonment import Counts, applying, half_up, remaining, within_limit
from compliance.abandonment_definitions import DEFINITIONS, Definition, RateOf, WindowKind
from compliance.abandonment_rates import AbandonmentRate, Window
from compliance.detection_estimate import Estimate
from compliance.phone_number import country_of_start
from dialer.limits import own_limit
from dialer.snapshot import detects_machines

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Gauge:
    """One definition of abandonment against its limit; `rate` None: nobody is counted yet.

    `rule` says who counts as abandoned, `status` what the limit is, `note` what is estimated.
    """

    name: str
    window: str
    rule: str
    status: str
    counts: Counts
    limit_millionths: int
    rate_of: RateOf = RateOf.LIVE_ANSWERED
    estimated: Fraction | int = 0
    note: str = ""

    @property
    def limit(self) -> float:
        """The share that may be abandoned."""
        return self.limit_millionths / _MILLION

    @property
    def rate(self) -> float | None:
        """The share that was abandoned."""
        rate_of = Fraction(self.counts.rate_of + self.estimated)
        if rate_of <= 0:
            return None
        share = (self.counts.abandoned + self.estimated) / rate_of
        return half_up(share.numerator, share.denominator, 4)

    @property
    def counted(self) -> str:
        """How many were abandoned, of whom."""
        abandoned = f"{words.number(self.counts.abandoned)} abandoned of "
        people = words.count(self.counts.live_answered, "person", "people")
        if self.rate_of is RateOf.LIVE_ANSWERED:
            return abandoned + people
        placed = words.count(self.counts.rate_of, "call")
        return f"{abandoned}{placed} placed, which {people} answered"

    @property
    def level(self) -> str:
        """How near the limit: `good`, `near` from four fifths on, `over`."""
        if not within_limit(self.counts, self.limit_millionths, self.estimated):
            return "over"
        return "near" if self.rate is not None and self.rate >= 0.8 * self.limit else "good"

    @property
    def remaining(self) -> int:
        """How many more may be abandoned now; below 0: so many are too many."""
        return remaining(self.counts, self.limit_millionths, self.estimated)


def gauges_of(
    uow: SqlUnitOfWork, campaign: Campaign, fold: Folded, at: datetime
) -> tuple[list[Gauge], list[Gauge]]:
    """The campaign's own target with the definitions that hold for it; and the other ones."""
    holding = applying(_countries(uow, campaign, fold, at))
    rates = {
        definition.name: fold.metrics.abandonment_at(
            definition.name, at, campaign.settings.abandonment.estimate_from
        )
        for definition in DEFINITIONS.values()
    }
    shown = [_of_law(campaign, rates[definition.name]) for definition in holding]
    others = [_of_law(campaign, rate) for rate in rates.values() if rate.definition not in holding]
    return [_own(uow, campaign, at), *shown], others


def _countries(uow: SqlUnitOfWork, campaign: Campaign, fold: Folded, at: datetime) -> set[str]:
    """The countries of people who answered, and of the list's first contacts."""
    if fold.listed is None:
        starts = first_starts(uow.connection, campaign.contact_list_id)
        listed = (country_of_start(start) for start in starts)
        fold.listed = frozenset(country for country in listed if country)
    return fold.countries.read(uow.attempts, campaign.id, at) | fold.listed


def _own(uow: SqlUnitOfWork, campaign: Campaign, at: datetime) -> Gauge:
    target = campaign.settings.abandonment
    counted = uow.attempts.live_counts(campaign.id, at - target.evaluation_window)
    hours = target.evaluation_window // timedelta(hours=1)
    return Gauge(
        name="This campaign",
        window=f"Any {words.count(hours, 'hour')}",
        rule=_rule(target.connection_threshold, words.START_POINTS[target.connection_start_point]),
        status="its own target, within the law's 3 %",
        counts=Counts(counted.live, counted.live, counted.abandoned),
        limit_millionths=own_limit(target),
    )


def _of_law(campaign: Campaign, rate: AbandonmentRate) -> Gauge:
    definition = rate.definition
    return Gauge(
        name=words.REGULATORS[definition.name],
        window=_window(definition, rate.window),
        rule=_rule(definition.threshold, words.START_POINTS[definition.start_point]),
        status=words.LIMIT_STATUSES[definition.status],
        counts=rate.counts,
        limit_millionths=definition.limit_millionths,
        rate_of=definition.rate_of,
        estimated=0 if rate.estimate is None else rate.estimate.change,
        note=_note(campaign, rate.estimate) if definition.estimates_detection else "",
    )


def _rule(threshold: timedelta, start: str) -> str:
    return f"no agent within {threshold.total_seconds():g} s of {start}"


def _window(definition: Definition, window: Window) -> str:
    last = window.end - timedelta(seconds=1)
    match definition.window:
        case WindowKind.THIRTY_DAY_BLOCK:
            return f"30 days to {last:%Y-%m-%d}"
        case WindowKind.LONDON_DAY:
            return f"{last:%Y-%m-%d} in London"
        case WindowKind.UTC_MONTH:
            return f"{last:%Y-%m}, UTC"


def _note(campaign: Campaign, estimate: Estimate | None) -> str:
    """What the estimate for machine detection did, or that there is none."""
    if estimate is None:
        if not detects_machines(campaign):
            return ""
        return "Without an estimate of people whom machine detection hung up on: not measured."
    if estimate.people_added:
        people = f"{float(estimate.people_added):.1f}"
        return f"Includes {people} people whom detection took for machines, as estimated."
    if estimate.machines_deducted:
        machines = f"{float(estimate.machines_deducted):.1f}"
        return f"Without {machines} abandoned calls that were machines, as estimated."
    return ""
