"""How long screening takes: alone, beside `phonenumbers.parse`, and within a whole reservation.

Everything is measured in one process on one core, in one run. Times depend on the machine; the
ratios hardly do, so each round times both sides one after the other and the median of the rounds'
ratios is printed. Each round asks about numbers that were never seen before. Seconds are the
process's own on the core, so that a busy machine counts little; a reservation, which waits for the
disk, is timed by the clock on the wall.

    python -m bench.screening
    python -m bench.screening --cases 500 --rounds 3 --contacts 500

Three things are printed:

- Screenings a second over a mix of contacts: split American states, debts with a history, Britain,
  France and Australia; fresh and with a history; allowed, deferred and denied.
- The rate of `phonenumbers.parse` alone on the same numbers, and how many parses a screening costs.
- Screening's share of a whole reservation: the service's own unit of work on SQLite in a file, from
  the claim to the commit. `screen` is timed inside it, rather than the reservation with it and
  without: without it another number of contacts would be reserved, and other rows written.
"""

from __future__ import annotations

import argparse
import gc
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter, process_time
from unittest.mock import patch

import phonenumbers

from app.bootstrap import Parts, build
from app.settings import Settings
from campaigns.campaign import Campaign, CampaignAction, CampaignSettings, CampaignState
from campaigns.contact import Contact, ContactList, ListState
from campaigns.identity import derive_id
from campaigns.service import act, create_campaign
from compliance.case import (
    AttemptLimit,
    CampaignTerms,
    Case,
    Channel,
    Consent,
    ConsentKind,
    ContactFacts,
    PastAttempt,
    PastOutcome,
    Purpose,
    RegistryCopy,
    SuppressionEntry,
    SuppressionSource,
)
from compliance.rulebook import Rulebook
from compliance.rulebook_file import load
from compliance.screening import Decision, screen
from dialer import reserving

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
"""12:00 in New York and 9:00 in Los Angeles."""

SPLIT_STATES = (
    ("850", "US-FL"),
    ("208", "US-ID"),
    ("219", "US-IN"),
    ("606", "US-KY"),
    ("906", "US-MI"),
    ("701", "US-ND"),
    ("308", "US-NE"),
    ("541", "US-OR"),
    ("605", "US-SD"),
    ("423", "US-TN"),
    ("432", "US-TX"),
)
WHOLE_STATES = (
    ("212", "US-NY"),
    ("305", "US-FL"),
    ("617", "US-MA"),
    ("213", "US-CA"),
    ("312", "US-IL"),
    ("206", "US-WA"),
    ("602", "US-AZ"),
    ("404", "US-GA"),
)


# --------------------------------------------------------------------------------------- the mix
def some_cases(count: int, seed: int) -> list[Case]:
    """So many cases of the mix; another seed gives other numbers."""
    rng = Random(f"screening {seed}")
    kinds = (_american, _american, _american, _split, _split, _debt, _british, _french, _australian)
    return [kinds[number % len(kinds)](rng) for number in range(count)]


def _american(rng: Random) -> Case:
    area_code, region = rng.choice(WHOLE_STATES)
    return _sales(rng, _nanp(rng, area_code), "US", region if rng.random() < 0.5 else None, 15)


def _split(rng: Random) -> Case:
    area_code, region = rng.choice(SPLIT_STATES)
    return _sales(rng, _nanp(rng, area_code), "US", region if rng.random() < 0.7 else None, 15)


def _british(rng: Random) -> Case:
    return _sales(rng, f"+4420{rng.randrange(70_000_000, 90_000_000)}", "GB", "GB-ENG", 10)


def _french(rng: Random) -> Case:
    return _sales(rng, f"+331{rng.randrange(40_000_000, 60_000_000)}", "FR", None, 9)


def _australian(rng: Random) -> Case:
    return _sales(rng, f"+614{rng.randrange(10_000_000, 80_000_000)}", "AU", "AU-NSW", 0)


def _debt(rng: Random) -> Case:
    """A debt with up to nine calls behind it: seven in seven days may be spent."""
    area_code, region = rng.choice((*SPLIT_STATES, *WHOLE_STATES))
    at = _some_time(rng, 15)
    debt = "account-1"
    ended = rng.choices((PastOutcome.NO_ANSWER, PastOutcome.MACHINE), k=rng.randrange(10))
    history = tuple(
        PastAttempt(_before(rng, at, 240), Channel.VOICE, outcome, debts=(debt,))
        for outcome in ended
    )
    return Case(
        at=at,
        channel=Channel.VOICE,
        contact=ContactFacts(
            phone=_nanp(rng, area_code), country="US", region=region, debts=(debt,)
        ),
        campaign=CampaignTerms(purpose=Purpose.DEBT_COLLECTION),
        history=history,
    )


def _sales(rng: Random, phone: str, country: str, region: str | None, opens: int) -> Case:
    """A sales call; four in five contacts agreed to it, half were called before."""
    at = _some_time(rng, opens)
    agreed = Consent(ConsentKind.EXPRESS_WRITTEN, at - timedelta(days=rng.randrange(1, 300)))
    history = tuple(
        PastAttempt(_before(rng, at, 1_400), Channel.VOICE, outcome)
        for outcome in rng.choices(tuple(PastOutcome), k=rng.choice((0, 0, 0, 1, 2, 4)))
    )
    listed = (SuppressionEntry(SuppressionSource.INTERNAL),) if rng.random() < 0.03 else ()
    return Case(
        at=at,
        channel=Channel.VOICE,
        contact=ContactFacts(
            phone=phone,
            country=country,
            region=region,
            consent=agreed if rng.random() < 0.8 else None,
        ),
        campaign=CampaignTerms(attempt_limits=(AttemptLimit(3, 1),)),
        history=history,
        suppressed=listed,
        registries=(RegistryCopy(country, (at - timedelta(days=10)).date()),),
    )


def _before(rng: Random, at: datetime, hours: int) -> datetime:
    return at - timedelta(hours=rng.uniform(1, hours))


def _some_time(rng: Random, opens: int) -> datetime:
    """Two in three within ten hours of `opens` (UTC) on a working day, else at any time."""
    if rng.random() < 2 / 3:
        day = MONDAY + timedelta(days=rng.randrange(5), hours=opens)
        return day + timedelta(seconds=rng.randrange(36_000))
    return MONDAY + timedelta(seconds=rng.randrange(7 * 86_400))


def _nanp(rng: Random, area_code: str) -> str:
    return f"+1{area_code}{rng.randrange(2_220_000, 9_990_000)}"


# ------------------------------------------------------------------- screening beside the parser
@dataclass(frozen=True, slots=True)
class Rates:
    """Seconds for one screening and for one parse, a round each; and what was decided."""

    screened: list[float]
    parsed: list[float]
    decisions: Counter[str]

    @property
    def ratio(self) -> float:
        """How many parses one screening costs."""
        return median(a / b for a, b in zip(self.screened, self.parsed, strict=True))


def rates(rulebook: Rulebook, count: int, rounds: int, seed: int) -> Rates:
    """Time both sides, in turns, on numbers that are new in each round."""
    found = Rates([], [], Counter())
    for number in range(rounds):
        cases = some_cases(count, seed + number)
        phones = [case.contact.phone or "" for case in cases]
        if number % 2:
            found.parsed.append(_timed(_parse_all, phones) / count)
            found.screened.append(_timed(_screen_all, cases, rulebook) / count)
        else:
            found.screened.append(_timed(_screen_all, cases, rulebook) / count)
            found.parsed.append(_timed(_parse_all, phones) / count)
        found.decisions.update(type(screen(case, rulebook)).__name__ for case in cases)
    return found


def _screen_all(cases: Sequence[Case], rulebook: Rulebook) -> None:
    for case in cases:
        screen(case, rulebook)


def _parse_all(phones: Sequence[str]) -> None:
    for phone in phones:
        phonenumbers.parse(phone)


def _timed(work: Callable[..., None], *arguments: object) -> float:
    gc.collect()
    gc.disable()
    started = process_time()
    work(*arguments)
    taken = process_time() - started
    gc.enable()
    return taken


# ----------------------------------------------------------------------------- a whole reservation
@dataclass(slots=True)
class Share:
    """Seconds of whole reservations, of their commits, and of screening in them."""

    whole: float = 0.0
    committing: float = 0.0
    screening: float = 0.0
    screened: int = 0
    reserved: int = 0


class FixedClock:
    """It is noon."""

    def now(self) -> datetime:
        """The instant."""
        return NOON

    def monotonic(self) -> float:
        """Seconds."""
        return 0.0


def reservations(contacts: int, at_once: int, seed: int) -> Share:
    """Reserve that many contacts, so many in a transaction, as the dial loop does."""
    share = Share()

    def timed_screen(case: Case, rulebook: Rulebook) -> Decision:
        started = perf_counter()
        decision = screen(case, rulebook)
        share.screening += perf_counter() - started
        share.screened += 1
        return decision

    with tempfile.TemporaryDirectory() as folder:
        parts = build(Settings(data=Path(folder)), FixedClock())
        campaign = _running_campaign(parts, contacts, seed)
        with patch.object(reserving, "screen", timed_screen):
            _reserve_all(parts, campaign, at_once, share)
        parts.database.engine.dispose()
    return share


def _reserve_all(parts: Parts, campaign: Campaign, at_once: int, share: Share) -> None:
    with_ = reserving.Reserving(
        campaign=campaign,
        rulebook=parts.rulebook,
        epoch=1,
        carrier="none",
        phone_key=parts.phone_key,
        now=NOON,
    )
    while True:
        started = perf_counter()
        with parts.database() as uow:
            reserved = reserving.reserve(uow, at_once, with_)
            ready = perf_counter()
        ended = perf_counter()
        if not reserved:
            return
        share.whole += ended - started
        share.committing += ended - ready
        share.reserved += len(reserved)


def _running_campaign(parts: Parts, contacts: int, seed: int) -> Campaign:
    account = parts.settings.account
    contact_list = ContactList(
        derive_id("bench", "list"), account, "bench", ListState.READY, contacts, contacts
    )
    campaign = Campaign(
        id=derive_id("bench", "campaign"),
        account=account,
        contact_list_id=contact_list.id,
        state=CampaignState.DRAFT,
        settings=CampaignSettings(
            name="bench", start_at=NOON, end_at=NOON + timedelta(hours=8), lines=contacts
        ),
    )
    with parts.database() as uow:
        uow.contact_lists.add(contact_list, NOON)
        uow.contact_lists.add_contacts(list(_some_contacts(contact_list.id, contacts, seed)))
        create_campaign(uow, campaign, NOON)
        act(uow, account, campaign.id, CampaignAction.START, NOON)
        uow.queue.enroll(campaign, NOON)
        uow.queue.wake(campaign.id, NOON, contacts)
    return campaign


def _some_contacts(list_id: str, count: int, seed: int) -> Iterator[Contact]:
    rng = Random(f"contacts {seed}")
    numbers = {_nanp(rng, rng.choice((*WHOLE_STATES, *SPLIT_STATES))[0]) for _ in range(2 * count)}
    for row, phone in enumerate(sorted(numbers)[:count], start=1):
        yield Contact(
            id=derive_id("bench", "contact", row),
            contact_list_id=list_id,
            row=row,
            phone=phone,
            country="US",
        )


# ------------------------------------------------------------------------------------------ main
def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=3_000, help="in each round")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--contacts", type=int, default=3_000, help="to be reserved")
    parser.add_argument("--at-once", type=int, default=10, help="reserved in a transaction")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    print(f"phonenumbers {version('phonenumbers')}")
    _print_rates(rates(load(), given.cases, given.rounds, given.seed))
    _print_share(reservations(given.contacts, given.at_once, given.seed), given.at_once)


def _print_rates(found: Rates) -> None:
    total = sum(found.decisions.values())
    mix = ", ".join(f"{100 * n / total:.0f} % {name}" for name, n in found.decisions.most_common())
    print(f"mix: {mix}; {len(found.screened)} rounds")
    for name, seconds in (("screening", found.screened), ("phonenumbers.parse", found.parsed)):
        print(
            f"{name + ':':20} median {1 / median(seconds):8,.0f} a second"
            f" ({1e6 * median(seconds):6.1f} us), best {1 / min(seconds):8,.0f} a second"
        )
    print(f"one screening costs {found.ratio:.2f} parses (median of paired rounds)")


def _print_share(share: Share, at_once: int) -> None:
    each = 1e6 / share.reserved
    without = share.whole - share.committing
    print(
        f"a whole reservation: {share.whole * each:.0f} us a contact, {at_once} at once, of it"
        f" screening {share.screening * each:.0f} us: {100 * share.screening / share.whole:.1f} %"
        f" ({100 * share.screening / without:.1f} % without the commit)"
    )
    print(f"screened {share.screened:,}, reserved {share.reserved:,}")


if __name__ == "__main__":
    main()
