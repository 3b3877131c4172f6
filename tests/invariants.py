"""What must never break, checked from outside: violations found in the records of a campaign.

Nothing here imports the program. The database is read with plain SQL, events and the simulated
carrier's own log ("the truth") as JSON lines, and every figure, zone and hour is worked out anew
from the published contracts. A check returns its violations; an empty list is good news.
"""

from __future__ import annotations

import json
import math
import sqlite3
import zoneinfo
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
from jsonschema import Draft202012Validator

Line = Mapping[str, Any]
"""One JSON line: an event, a line of the truth, a row of the database."""

PEOPLE = ("human", "unknown")
"""Who counts as a live person: what is not known for a machine is one (abandonment.md, 1)."""

GRACE = timedelta(seconds=2)
RING_MARGIN = timedelta(seconds=2)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that must never be and was: which invariant, about what, and how."""

    invariant: str
    about: str
    problem: str

    def __str__(self) -> str:
        """As a test's output shows it."""
        return f"{self.invariant} {self.about}: {self.problem}"


# ------------------------------------------------------------------------------- reading records
def read_lines(path: Path) -> list[Line]:
    """The JSON lines of a file; one that was cut off by a kill at the file's end is left out."""
    text = path.read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n")[:-1]]


@dataclass(frozen=True, slots=True)
class Database:
    """The rows of one account's tables, as the database holds them."""

    attempts: Sequence[Line]
    contacts: Sequence[Line]
    outcomes: Sequence[Line]
    queue: Sequence[Line]
    outbox: Sequence[Line]
    deliveries: Sequence[Line]
    evidence: Sequence[Line]
    evidence_heads: Sequence[Line]
    instance: Sequence[Line]


def read_database(url: str) -> Database:
    """Every row that the checks look at, over sqlite3 or psycopg."""
    with _rows(url) as rows:
        return Database(
            attempts=rows("SELECT * FROM attempt ORDER BY reserved_at, id"),
            contacts=rows("SELECT * FROM contact ORDER BY id"),
            outcomes=rows("SELECT * FROM contact_outcome ORDER BY campaign_id, contact_id"),
            queue=rows("SELECT * FROM dial_queue ORDER BY campaign_id, contact_id"),
            outbox=rows("SELECT * FROM outbox ORDER BY id"),
            deliveries=rows("SELECT * FROM delivery ORDER BY id"),
            evidence=rows("SELECT * FROM evidence ORDER BY chain, number"),
            evidence_heads=rows("SELECT * FROM evidence_head ORDER BY chain"),
            instance=rows("SELECT * FROM instance ORDER BY key"),
        )


def count_rows(url: str) -> dict[str, int]:
    """How many rows each table has; a database without tables has none."""
    with _rows(url) as rows:
        names = [
            row["name"]
            for row in rows(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
                if url.startswith("sqlite")
                else "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
            )
        ]
        return {name: rows(f'SELECT count(*) AS n FROM "{name}"')[0]["n"] for name in names}


class _rows:  # noqa: N801 - used like a function
    """A context in which a statement gives its rows as mappings."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> Callable[[str], list[Line]]:
        if self._url.startswith("sqlite"):
            path = self._url.removeprefix("sqlite:///")
            self._connection: Any = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        else:
            self._connection = psycopg.connect(self._url.replace("+psycopg", ""))
        return self._run

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def _run(self, statement: str) -> list[Line]:
        cursor = self._connection.execute(statement)
        names = [column[0] for column in cursor.description]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        return [
            {
                key: str(value) if key.endswith("id") and value is not None else value
                for key, value in row.items()
            }
            for row in found
        ]


def instant(text: str | None) -> datetime | None:
    """An instant as events and the truth write it."""
    return None if text is None else datetime.fromisoformat(text)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _of(events: Iterable[Line], detail_type: str) -> list[Line]:
    return [event["detail"] for event in events if event["detail-type"] == detail_type]


# --------------------------------------------------------------------------- D1, D2: what rang
def calls_of_truth(truth: Iterable[Line]) -> dict[str, Line]:
    """Each call's last line: a service writes one when it dials and another at the end."""
    return {line["attemptId"]: line for line in truth}


def check_dialed_once(truth: Sequence[Line]) -> list[Violation]:
    """D2: no attempt was dialed twice, whatever was killed in between."""
    dialed: dict[str, set[str]] = defaultdict(set)
    lines: Counter[tuple[str, bool]] = Counter()
    for line in truth:
        dialed[line["attemptId"]].add(line["dialed"])
        lines[line["attemptId"], line["ended"] is not None] += 1
    found = [
        Violation("D2", attempt, f"dialed at {sorted(instants)}")
        for attempt, instants in dialed.items()
        if len(instants) > 1
    ]
    found += [
        Violation("D2", attempt, f"{count} lines of the truth for one moment")
        for (attempt, _), count in lines.items()
        if count > 1
    ]
    return found


def check_committed_before_dialing(
    truth: Sequence[Line], events: Sequence[Line], attempts: Sequence[Line] | None
) -> list[Violation]:
    """D1: each dialed call has one attempt row and one `Call Placed`, both from before the dial."""
    placed: dict[str, list[Line]] = defaultdict(list)
    for detail in _of(events, "Call Placed"):
        placed[detail["attemptId"]].append(detail)
    found: list[Violation] = []
    for attempt, call in calls_of_truth(truth).items():
        events_of = placed.get(attempt, [])
        if len(events_of) != 1:
            found.append(Violation("D1", attempt, f"{len(events_of)} Call Placed for one call"))
        elif _at(events_of[0]["placedAt"]) > _at(call["dialed"]):
            found.append(Violation("D1", attempt, "dialed before it was placed"))
        elif events_of[0]["contactId"] != call["contactId"]:
            found.append(Violation("D1", attempt, "placed for another contact"))
    found += [
        Violation("D2", attempt, f"{len(events_of)} Call Placed")
        for attempt, events_of in placed.items()
        if len(events_of) > 1
    ]
    if attempts is not None:
        found += _check_rows(truth, placed, attempts)
    return found


def _check_rows(
    truth: Sequence[Line], placed: Mapping[str, object], attempts: Sequence[Line]
) -> Iterator[Violation]:
    rows = Counter(row["id"] for row in attempts)
    requested = {row["id"] for row in attempts if row["placed_at"] is not None}
    for attempt in calls_of_truth(truth):
        if rows[attempt] != 1:
            yield Violation("D1", attempt, f"{rows[attempt]} attempt rows for one call")
    for attempt in requested ^ placed.keys():
        where = "an attempt row" if attempt in requested else "a Call Placed"
        yield Violation("E1", attempt, f"{where} without the other")


# ------------------------------------------------------------------------------ D3: how often
def check_attempt_limits(
    truth: Sequence[Line], limits: Sequence[tuple[int, int]]
) -> list[Violation]:
    """D3: at most `max` dials of one number in any `days` x 24 h; a call that old no longer counts.

    Args:
        truth: the carrier's own log.
        limits: pairs of (max, days).
    """
    dialed: dict[str, list[datetime]] = defaultdict(list)
    for call in calls_of_truth(truth).values():
        dialed[call["phone"]].append(_at(call["dialed"]))
    found = []
    for number, instants in enumerate(map(sorted, dialed.values()), start=1):
        for most, days in limits:
            for first, one_too_many in zip(instants, instants[most:], strict=False):
                if one_too_many - first < timedelta(days=days):
                    problem = f"{most + 1} dials in less than {days} d from {first}"
                    found.append(Violation("D3", f"number {number}", problem))
    return found


def check_retry_waits(
    events: Sequence[Line], waits: Mapping[str, timedelta], tries: Mapping[str, int]
) -> list[Violation]:
    """After each disposition the plan's wait passes; at most so many attempts end that way."""
    ended: dict[str, list[Line]] = defaultdict(list)
    for detail in _of(events, "Call Ended"):
        ended[detail["contactId"]].append(detail)
    found = []
    for contact, calls in ended.items():
        calls.sort(key=lambda call: call["occurredAt"])
        for before, after in pairwise(calls):
            wait = waits.get(before["disposition"])
            if wait is None:
                problem = f"dialed again after {before['disposition']}"
                found.append(Violation("retry", contact, problem))
            elif _at(after["dialed"]) < _at(before["occurredAt"]) + wait:
                problem = f"dialed again before {wait} after {before['disposition']}"
                found.append(Violation("retry", contact, problem))
        counts = Counter(call["disposition"] for call in calls)
        found += [
            Violation("retry", contact, f"{counts[ending]} attempts ended in {ending}")
            for ending, most in tries.items()
            if counts[ending] > most
        ]
    return found


def check_deferrals(events: Sequence[Line]) -> list[Violation]:
    """A contact that was deferred is not dialed before its `notBefore`."""
    not_before: dict[str, datetime] = {}
    found = []
    for event in events:
        detail = event["detail"]
        contact = detail.get("contactId")
        if event["detail-type"] == "Attempt Deferred":
            not_before[contact] = _at(detail["notBefore"])
            if not_before[contact] <= _at(detail["occurredAt"]):
                found.append(Violation("defer", contact, "deferred to an instant that is past"))
        placed = event["detail-type"] == "Call Placed"
        if placed and _at(detail["placedAt"]) < not_before.pop(contact, _EPOCH):
            found.append(Violation("defer", contact, "dialed before its notBefore"))
    return found


# ------------------------------------------------------------------- D4, D5: when, and where
_E, _C, _M, _P = (
    ("America/New_York",),
    ("America/Chicago",),
    ("America/Denver",),
    ("America/Los_Angeles",),
)
_PLACES: dict[str, tuple[tuple[str, ...], str]] = {
    "201": (_E, "NJ"),
    "202": (_E, "DC"),
    "206": (_P, "WA"),
    "212": (_E, "NY"),
    "213": (_P, "CA"),
    "214": (_C, "TX"),
    "215": (_E, "PA"),
    "270": (_C + _E, "KY"),
    "303": (_M, "CO"),
    "305": (_E, "FL"),
    "312": (_C, "IL"),
    "313": (_E, "MI"),
    "404": (_E, "GA"),
    "406": (_M, "MT"),
    "415": (_P, "CA"),
    "502": (_E, "KY"),
    "503": (_P, "OR"),
    "504": (_C, "LA"),
    "541": (_M + _P, "OR"),
    "602": (("America/Phoenix",), "AZ"),
    "605": (_C + _M, "SD"),
    "612": (_C, "MN"),
    "614": (_E, "OH"),
    "617": (_E, "MA"),
    "701": (_C + _M, "ND"),
    "702": (_P, "NV"),
    "801": (_M, "UT"),
    "808": (("Pacific/Honolulu",), "HI"),
    "812": (_C + _E, "IN"),
    "850": (_C + _E, "FL"),
    "907": (("America/Adak", "America/Anchorage"), "AK"),
    "971": (_P, "OR"),
}
"""US area codes of the test data: every zone in them, and the state."""

_ABROAD = {
    "+44": (("Europe/London",), "GB"),
    "+61": (("Australia/Perth", "Australia/Adelaide", "Australia/Sydney"), "AU"),
}
"""Other countries of the test data, by country code: their outermost zones."""

_REGION_ZONES = {
    "US-CA": _P,
    "US-CO": _M,
    "US-NY": _E,
    "US-OH": _E,
    "US-PA": _E,
    "US-IL": _C,
    "US-HI": ("Pacific/Honolulu",),
    "US-WA": _P,
    "US-MN": _C,
}
"""US states of the test data's addresses, each in one zone."""

_HOURS = {
    "AU": (time(9), time(17)),
    "FL": (time(8), time(20)),
    "KY": (time(10), time(21)),
    "LA": (time(8), time(20)),
    "MA": (time(8), time(20)),
    "NV": (time(9), time(20)),
    "SD": (time(9), time(21)),
    "TX": (time(9), time(21)),
    "WA": (time(8), time(20)),
}
"""Telephone sales hours stricter than the federal ones, Monday to Saturday."""
_NO_SUNDAYS = {"AU", "LA", "SD", "UT"}
_SUNDAY_FROM = {"GB": time(9), "TX": time(12)}
_FEDERAL = (time(8), time(21))


@cache
def _zone(key: str) -> zoneinfo.ZoneInfo:
    # The data of PyPI's tzdata, not the system's: the two differ for some zones since 2026.
    from importlib.resources import files  # noqa: PLC0415

    with files("tzdata").joinpath("zoneinfo", *key.split("/")).open("rb") as data:
        return zoneinfo.ZoneInfo.from_file(data, key)


def local_time(at: datetime, zone: str) -> datetime:
    """The wall clock in a zone at an instant."""
    return at.astimezone(_zone(zone))


@dataclass(frozen=True, slots=True)
class Hours:
    """A campaign's own hours: weekday (Monday = 0) to (open, close); closed dates besides."""

    open: Mapping[int, tuple[time, time]] | None = None
    closed: frozenset[date] = frozenset()


def check_calling_hours(
    truth: Sequence[Line],
    max_ring: timedelta,
    regions: Mapping[str, str] | None = None,
    hours: Hours | None = None,
) -> list[Violation]:
    """D4, D5: each call's start, and start + longest ring + 2 s, are in hours in every zone.

    The zones are those of the area code together with those of the address; the hours are the
    federal ones and the stricter ones of the states that the number and the address name.

    Args:
        truth: the carrier's own log.
        max_ring: the longest ring.
        regions: the address's region by number, where it has one.
        hours: the campaign's own.
    """
    found = []
    for call in calls_of_truth(truth).values():
        phone, dialed = call["phone"], _at(call["dialed"])
        place = _place(phone)
        if place is None:
            found.append(Violation("D5", call["attemptId"], f"no zone known for {phone[:5]}..."))
            continue
        zones, state = place
        region = (regions or {}).get(phone, "")
        states = {state, region.removeprefix("US-")} - {""}
        for zone in {*zones, *_REGION_ZONES.get(region, ())}:
            for at in (dialed, dialed + max_ring + RING_MARGIN):
                problem = _closed(local_time(at, zone), states, hours or Hours())
                if problem:
                    found.append(Violation("D4", call["attemptId"], f"{problem} in {zone}"))
    return found


def _place(phone: str) -> tuple[tuple[str, ...], str] | None:
    if phone.startswith("+1"):
        return _PLACES.get(phone[2:5])
    return _ABROAD.get(phone[:3])


def _closed(local: datetime, states: Iterable[str], hours: Hours) -> str | None:
    """Why nobody may be called at this local time; None: they may."""
    clock = local.time()
    sunday = local.weekday() == 6
    for state in ("US", *sorted(states)):
        opens, closes = _HOURS.get(state, _FEDERAL)
        opens = _SUNDAY_FROM.get(state, opens) if sunday else opens
        if not opens <= clock < closes or (sunday and state in _NO_SUNDAYS):
            return f"{local} is outside {state}'s hours"
    if hours.open is not None:
        own = hours.open.get(local.weekday())
        if own is None or not own[0] <= clock < own[1]:
            return f"{local} is outside the campaign's hours"
    if local.date() in hours.closed:
        return f"{local} is in a restricted period"
    return None


# --------------------------------------------------------------------------- D8, D9, D10: calls
def check_stopped_means_stopped(events: Sequence[Line]) -> list[Violation]:
    """D8: nothing is placed while a campaign is not running, as the log's order tells."""
    running: dict[str, bool] = {}
    starts = {"Campaign Started", "Campaign Resumed"}
    ends = {"Campaign Paused", "Campaign Stopped", "Campaign Completed", "Campaign Failed"}
    found = []
    for event in sorted(events, key=lambda event: event["time"]):
        kind, campaign = event["detail-type"], event["detail"].get("campaignId")
        if kind in starts | ends:
            running[campaign] = kind in starts
        elif kind == "Call Placed" and not running.get(campaign, False):
            about = event["detail"]["attemptId"]
            found.append(Violation("D8", about, "placed while the campaign was not running"))
    return found


def check_calls_finish(
    events: Sequence[Line], longest: timedelta, at: datetime | None = None
) -> list[Violation]:
    """D9: no call goes on for longer than `longest`; `at`: now, for calls that are still open."""
    ended = {detail["attemptId"]: detail for detail in _of(events, "Call Ended")}
    found = []
    for placed in _of(events, "Call Placed"):
        end = ended.get(placed["attemptId"])
        until = at if end is None else _at(end["occurredAt"])
        if until is not None and until - _at(placed["placedAt"]) > longest:
            problem = "is still open" if end is None else "took too long"
            found.append(Violation("D9", placed["attemptId"], problem))
    return found


def check_lines(truth: Sequence[Line], lines: int) -> list[Violation]:
    """D10: never more calls at once than lines; one that ends frees its line at that instant."""
    changes = []
    for call in calls_of_truth(truth).values():
        changes.append((_at(call["dialed"]), 1))
        if call["ended"] is not None:
            changes.append((_at(call["ended"]), -1))
    live = 0
    for at, change in sorted(changes):
        live += change
        if live > lines:
            return [Violation("D10", "lines", f"{live} calls at once at {at}, {lines} permitted")]
    return []


def check_calls_per_second(truth: Sequence[Line], most: float) -> list[Violation]:
    """No second, wherever it begins, sees more dials than permitted."""
    dialed = sorted(_at(call["dialed"]) for call in calls_of_truth(truth).values())
    permitted = max(1, math.floor(most))
    return [
        Violation("rate", "calls per second", f"{permitted + 1} dials from {first} on")
        for first, over in zip(dialed, dialed[permitted:], strict=False)
        if over - first < timedelta(seconds=1)
    ]


# ------------------------------------------------------------------------ P6, P7: abandonment
def is_live(call: Line) -> bool:
    """Whether a call counts as answered by a live person (abandonment.md, 1)."""
    return call["dialMode"] != "agentless" and call["answeredBy"] in PEOPLE


def is_abandoned_ftc(call: Line) -> bool:
    """Under us-ftc: no agent within 2.000 s of the greeting's end (abandonment.md, 3 and 6)."""
    stop = instant(call["customerGreetingStop"])
    answered = instant(call["connectedToSystem"])
    if not is_live(call) or (stop is None and answered is None):
        return False
    counted_from = stop if stop is not None else _at(call["connectedToSystem"]) + GRACE
    return not _served(call, counted_from + GRACE)


def is_abandoned_ofcom(call: Line) -> bool:
    """Under uk-ofcom: no agent within 2.000 s of the greeting's start (abandonment.md, 4)."""
    start = instant(call["customerGreetingStart"]) or instant(call["connectedToSystem"])
    return is_live(call) and start is not None and not _served(call, start + GRACE)


def _served(call: Line, by: datetime) -> bool:
    """An agent came in time, or the customer left before the time was up."""
    agent = instant(call["connectedToAgent"])
    if agent is not None:
        return agent <= by
    gone = instant(call["disconnected"])
    return call["disconnectedBy"] == "customer" and gone is not None and gone < by


def check_abandonment(events: Sequence[Line], limit_percent: float = 3.0) -> list[Violation]:
    """P6: the us-ftc rate is within the limit at the end, and after every live call on the way.

    Calls count in the order in which they were answered. The way begins with the 34th live call:
    before it a single abandoned call is more than 3 % and no pacing could do anything about it
    but never risk one.
    """
    live = sorted(
        (call for call in _of(events, "Call Ended") if is_live(call)),
        key=lambda call: (call["connectedToSystem"], call["attemptId"]),
    )
    abandoned = 0
    found = []
    for count, call in enumerate(live, start=1):
        abandoned += is_abandoned_ftc(call)
        if (count >= 34 or count == len(live)) and abandoned * 100 > limit_percent * count:
            problem = f"{abandoned} of {count} live calls abandoned, limit {limit_percent} %"
            found.append(Violation("P6", call["connectedToSystem"], problem))
    return found


def check_abandonment_from_attempts(
    events: Sequence[Line], attempts: Sequence[Line]
) -> list[Violation]:
    """P7: live and abandoned calls counted over attempt rows equal those counted over events."""
    calls = _of(events, "Call Ended")
    told = Counter((bool(call["abandoned"]),) for call in calls if is_live(call))
    kept = Counter(
        (bool(row["abandoned"]),)
        for row in attempts
        if row["ended_at"] is not None
        and row["dial_mode"] != "agentless"
        and row["answered_by"] in PEOPLE
    )
    return [] if told == kept else [Violation("P7", "abandonment", f"{told} told, {kept} kept")]


# -------------------------------------------------------------------------------- P9: agents
def check_agents(events: Sequence[Line]) -> list[Violation]:
    """P9: no agent has two calls at once, no call has two agents."""
    found = []
    agents: dict[str, set[str]] = defaultdict(set)
    for detail in _of(events, "Agent Connected"):
        agents[detail["attemptId"]].add(detail["agentId"])
    found += [
        Violation("P9", attempt, f"connected to {len(ids)} agents")
        for attempt, ids in agents.items()
        if len(ids) > 1
    ]
    spans: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for call in _of(events, "Call Ended"):
        if call["connectedToAgent"] is None:
            continue
        spans[call["agentId"]].append((_at(call["connectedToAgent"]), _at(call["disconnected"])))
        if agents.get(call["attemptId"]) != {call["agentId"]}:
            found.append(Violation("P9", call["attemptId"], "its end names another agent"))
    for agent, calls in spans.items():
        calls.sort()
        if any(later[0] < earlier[1] for earlier, later in pairwise(calls)):
            found.append(Violation("P9", agent, "two calls at once"))
    return found + _check_agent_states(events)


def _check_agent_states(events: Sequence[Line]) -> list[Violation]:
    """Each change of an agent begins where the last one ended, and time does not run back."""
    last: dict[str, Line] = {}
    found = []
    for detail in _of(events, "Agent State Changed"):
        before = last.get(detail["agentId"])
        if before is not None and before["state"] != detail["previousState"]:
            problem = f"from {detail['previousState']}, but was {before['state']}"
            found.append(Violation("E1", detail["agentId"], problem))
        if before is not None and before["occurredAt"] > detail["occurredAt"]:
            found.append(Violation("E1", detail["agentId"], "changed before its last change"))
        last[detail["agentId"]] = detail
    return found


# -------------------------------------------------------------------------------- E1, E3: events
def subject_of(detail: Line) -> str:
    """What an event's sequence counts along (events.md)."""
    for name in ("contactId", "agentId", "campaignId", "contactListId"):
        if detail.get(name):
            return str(detail[name])
    return "?"


def check_sequences(events: Sequence[Line]) -> list[Violation]:
    """E1, E3: 1, 2, 3... for each subject, in the order of the log; ids are all different."""
    found = []
    last: Counter[str] = Counter()
    ids: set[str] = set()
    for event in events:
        detail = event["detail"]
        subject = subject_of(detail)
        if detail["sequence"] != last[subject] + 1:
            problem = f"{detail['sequence']} after {last[subject]}"
            found.append(Violation("E1", f"{event['detail-type']} {subject}", problem))
        last[subject] = detail["sequence"]
        if event["id"] in ids or event["id"] != detail["eventId"]:
            found.append(Violation("E1", event["id"], "an id stands twice, or is not eventId"))
        ids.add(event["id"])
        if event["time"] != detail["occurredAt"]:
            found.append(Violation("E1", event["id"], "time is not occurredAt"))
    return found


def check_call_stories(events: Sequence[Line], *, finished: bool = True) -> list[Violation]:
    """Each `Call Placed` has one `Call Ended` and one `Disposition Recorded`, which agree.

    `finished`: False while calls may still be going on.
    """
    placed = {detail["attemptId"] for detail in _of(events, "Call Placed")}
    ended = _of(events, "Call Ended")
    recorded = _of(events, "Disposition Recorded")
    found = []
    for name, details in (("Call Ended", ended), ("Disposition Recorded", recorded)):
        counts = Counter(detail["attemptId"] for detail in details)
        for attempt in placed | counts.keys():
            expected = {1} if finished else {0, 1}
            if counts[attempt] not in expected or attempt not in placed:
                found.append(Violation("E1", attempt, f"{counts[attempt]} {name}"))
    dispositions = {detail["attemptId"]: detail["disposition"] for detail in recorded}
    for call in ended:
        if dispositions.get(call["attemptId"]) != call["disposition"]:
            found.append(Violation("E1", call["attemptId"], "two dispositions for one call"))
        found += _check_order_of_life(call)
    return found


_LIFE = (
    "dialed",
    "rang",
    "connectedToSystem",
    "customerGreetingStart",
    "customerGreetingStop",
    "disconnected",
)


def _check_order_of_life(call: Line) -> list[Violation]:
    steps = [call[name] for name in _LIFE if call[name] is not None]
    agent = call["connectedToAgent"]
    fits = agent is None or call["connectedToSystem"] <= agent <= call["disconnected"]
    if steps == sorted(steps) and fits:
        return []
    return [Violation("E1", call["attemptId"], f"its instants are out of order: {steps}, {agent}")]


def check_truth_told(events: Sequence[Line], truth: Sequence[Line]) -> list[Violation]:
    """What the events say of a call is what the carrier's own log says."""
    names = (("dialed", "dialed"), ("rang", "rang"), ("connectedToSystem", "answered"))
    calls = calls_of_truth(truth)
    found = []
    for told in _of(events, "Call Ended"):
        call = calls.get(told["attemptId"])
        if call is None:
            if told["dialed"] is not None:
                found.append(Violation("truth", told["attemptId"], "never reached the carrier"))
            continue
        if told["disposition"] == "unknown":
            continue
        found += [
            Violation("truth", told["attemptId"], f"{name} {told[name]}, really {call[real]}")
            for name, real in (*names, ("occurredAt", "ended"))
            if told[name] != call[real]
        ]
    return found


_AFTERWARDS = {
    "Wrap Up Recorded",
    "Callback Requested",
    "Contact Suppressed",
    "Consent Recorded",
    "Consent Revoked",
}
"""What may still be said of a contact with which the campaign is done."""


def check_contacts_finish_once(events: Sequence[Line]) -> list[Violation]:
    """No contact finishes twice, and after that it is not dialed, deferred or denied again."""
    finished: set[str] = set()
    found = []
    for event in events:
        contact = event["detail"].get("contactId")
        if contact in finished and event["detail-type"] not in _AFTERWARDS:
            found.append(Violation("contact", contact, f"{event['detail-type']} after the end"))
        if event["detail-type"] == "Contact Finished":
            finished.add(contact)
    return found


def check_contacts_kept(database: Database, events: Sequence[Line]) -> list[Violation]:
    """Each contact of a campaign stands in one place: queue, open attempt, or outcome."""
    places: Counter[tuple[str, str]] = Counter()
    for row in (*database.queue, *database.outcomes):
        places[row["campaign_id"], row["contact_id"]] += 1
    for row in database.attempts:
        if row["ended_at"] is None:
            places[row["campaign_id"], row["contact_id"]] += 1
    found = [
        Violation("contact", contact, f"stands in {count} places")
        for (_, contact), count in places.items()
        if count > 1
    ]
    told = {(d["contactId"], d["reason"]) for d in _of(events, "Contact Finished")}
    kept = {(row["contact_id"], row["reason"]) for row in database.outcomes}
    found += [Violation("E1", contact, f"{why}: told or kept only") for contact, why in told ^ kept]
    lists = {row["campaign_id"] for row in (*database.queue, *database.outcomes)}
    missing = {row["id"] for row in database.contacts} - {contact for _, contact in places}
    if lists and missing:
        found.append(Violation("contact", "contacts", f"{len(missing)} stand nowhere"))
    return found


def check_outbox(
    database: Database, log: Sequence[str], publisher: str | None = None
) -> list[Violation]:
    """E2: what the log holds and what still waits together are the outbox, byte for byte.

    `publisher`: whose deliveries wait; None when there may be none.
    """
    written = {json.loads(line)["id"]: line for line in log}
    waiting = {row["event_id"] for row in database.deliveries if row["publisher"] == publisher}
    kept = {row["event_id"]: row["body"] for row in database.outbox}
    found = [
        Violation("E2", event, "is in the outbox, and neither written nor waiting")
        for event in kept.keys() - written.keys() - waiting
    ]
    found += [
        Violation("E2", event, "was written and is not in the outbox")
        for event in written.keys() - kept.keys()
    ]
    found += [
        Violation("E2", event, "was written with other bytes")
        for event in written.keys() & kept.keys()
        if written[event] != kept[event]
    ]
    return found


def check_attempts_told(events: Sequence[Line], attempts: Sequence[Line]) -> list[Violation]:
    """E1: each attempt row that ended says the same as its `Call Ended`."""
    ended = {detail["attemptId"]: detail for detail in _of(events, "Call Ended")}
    found = []
    for row in attempts:
        if row["placed_at"] is None:
            continue
        told = ended.get(row["id"])
        if (told is None) is not (row["ended_at"] is None):
            found.append(Violation("E1", row["id"], "ended in the row or in the events only"))
        elif told is not None:
            at = _EPOCH + timedelta(milliseconds=row["ended_at"])
            same = (told["disposition"], told["answeredBy"], bool(told["abandoned"])) == (
                row["disposition"],
                row["answered_by"],
                bool(row["abandoned"]),
            )
            if not same or _at(told["occurredAt"]) != at:
                found.append(Violation("E1", row["id"], "the row and the event disagree"))
    return found


def check_schemas(
    events: Sequence[Line], schemas: Mapping[str, Mapping[str, Any]]
) -> list[Violation]:
    """Each event fits its detail-type's published schema."""
    validators = {name: Draft202012Validator(schema) for name, schema in schemas.items()}
    found = []
    for event in events:
        validator = validators.get(event["detail-type"])
        if validator is None:
            found.append(Violation("schema", event["id"], f"no schema of {event['detail-type']}"))
            continue
        error = next(validator.iter_errors(event), None)
        if error is not None:
            problem = f"{event['detail-type']}: {error.json_path} {error.validator}"
            found.append(Violation("schema", event["id"], problem))
    return found


def check_no_personal_data(texts: Mapping[str, str], canaries: Iterable[str]) -> list[Violation]:
    """S4: none of the customers' numbers, addresses and names is in any of these texts."""
    secrets = {canary for canary in canaries if len(canary) >= 4}
    return [
        Violation("S4", where, f"holds a customer's data ({len(canary)} characters)")
        for where, text in texts.items()
        for canary in secrets
        if canary in text
    ]


# ------------------------------------------------------------------------------- I2: the import
def check_import(lines: Sequence[Line], report: Line) -> list[Violation]:
    """I2: accepted + rejected + duplicate = read, as lines, as figures, and in the events."""
    told = report["import"]
    counted = Counter(line["status"] for line in lines)
    found = []
    if told["read"] != len(lines) or any(
        told[status] != counted[status] for status in ("accepted", "rejected", "duplicate")
    ):
        found.append(Violation("I2", "import", f"{dict(counted)} lines, {told} told"))
    accepted = [line["contactId"] for line in lines if line["status"] == "accepted"]
    if len(set(accepted)) != len(accepted):
        found.append(Violation("I2", "import", "one contact was accepted twice"))
    for line in lines:
        about = f"line {line['line']}"
        if line["status"] == "rejected" and (line["reason"] is None or line["contactId"]):
            found.append(Violation("I2", about, "rejected without a reason, or as a contact"))
        if line["status"] == "duplicate" and line["contactId"] not in accepted:
            found.append(Violation("I2", about, "a duplicate of nobody"))
    numbers = [line["line"] for line in lines]
    if numbers != sorted(set(numbers)) or (numbers and numbers[0] < 2):
        found.append(Violation("I2", "import", "line numbers do not rise from 2"))
    return found


# ---------------------------------------------------------------------------- E4: the report
def recount(events: Sequence[Line]) -> dict[str, Any]:
    """REPORT.json's figures, counted from the events as main-job.md defines them."""
    calls = _of(events, "Call Ended")
    imported = _of(events, "Contact List Imported")
    finished = Counter(detail["reason"] for detail in _of(events, "Contact Finished"))
    accepted = sum(detail["accepted"] for detail in imported)
    to_agent = [
        _seconds(call["connectedToSystem"], call["connectedToAgent"])
        for call in calls
        if call["connectedToSystem"] and call["connectedToAgent"]
    ]
    lasted = [
        _seconds(call["connectedToSystem"], call["disconnected"])
        for call in calls
        if call["connectedToSystem"] and call["disconnected"]
    ]
    return {
        "import": {
            name: sum(detail[name] for detail in imported)
            for name in ("read", "accepted", "rejected", "duplicate")
        },
        "contacts": {"finished": dict(finished), "remaining": accepted - sum(finished.values())},
        "attempts": {
            "total": len(_of(events, "Call Placed")),
            "byDisposition": dict(
                Counter(detail["disposition"] for detail in _of(events, "Disposition Recorded"))
            ),
        },
        "agents": _recount_agents(events),
        "timeToAgentSeconds": _mean_and_p95(to_agent),
        "contactDurationSeconds": _mean_and_p95(lasted),
        "abandonment": _recount_abandonment(events),
    }


def _seconds(since: str, until: str) -> Decimal:
    return Decimal((_at(until) - _at(since)) // timedelta(milliseconds=1)) / 1000


def _half_up(value: Decimal, places: str) -> float:
    return float(value.quantize(Decimal(places), ROUND_HALF_UP))


def _mean_and_p95(values: Sequence[Decimal]) -> dict[str, float | None]:
    if not values:
        return {"mean": None, "p95": None}
    rank = math.ceil(Decimal("0.95") * len(values))
    mean = sum(values, Decimal()) / len(values)
    return {"mean": _half_up(mean, "0.001"), "p95": float(sorted(values)[rank - 1])}


@dataclass(slots=True)
class _AgentDay:
    since: str = ""
    state: str = "out"
    spent: Counter[str] = field(default_factory=Counter)


def _recount_agents(events: Sequence[Line]) -> dict[str, Any]:
    days: dict[str, _AgentDay] = {}
    for detail in _of(events, "Agent State Changed"):
        day = days.setdefault(detail["agentId"], _AgentDay(since=detail["occurredAt"]))
        day.spent[day.state] += int(_seconds(day.since, detail["occurredAt"]) * 1000)
        day.since, day.state = detail["occurredAt"], detail["state"]
    last = max((event["detail"]["occurredAt"] for event in events), default="")
    for day in days.values():
        day.spent[day.state] += int(_seconds(day.since, last) * 1000)
    total: Counter[str] = sum((day.spent for day in days.values()), Counter())
    logged_in = Decimal(sum(total[state] for state in ("idle", "talk", "wrap", "break")))
    busy = Decimal(total["talk"] + total["wrap"])
    talk = Decimal(total["talk"])
    return {
        "count": len(days),
        "loggedInSeconds": float(logged_in / 1000),
        "occupancy": _half_up(busy / logged_in, "0.0001") if logged_in else None,
        "talkMinutesPerHour": _half_up(60 * talk / logged_in, "0.001") if logged_in else None,
    }


def _recount_abandonment(events: Sequence[Line]) -> set[tuple[str, str, str, int, int]]:
    """(definition, start, end, live, abandoned) of each window with a counted call."""
    placed = [_at(detail["placedAt"]) for detail in _of(events, "Call Placed")]
    first = min(placed, default=_EPOCH).date()
    counts: dict[tuple[str, str, str], list[int]] = {}
    for call in _of(events, "Call Ended"):
        if not is_live(call):
            continue
        at = _at(call["connectedToSystem"])
        block = (at.date() - first).days // 30
        starts = datetime.combine(first + timedelta(days=30 * block), time(), UTC)
        _count(counts, ("us-ftc", starts, starts + timedelta(days=30)), is_abandoned_ftc(call))
        london = local_time(at, "Europe/London").date()
        if _left_at_once(call):
            continue
        day = [
            datetime.combine(london + timedelta(days=n), time(), _zone("Europe/London"))
            for n in (0, 1)
        ]
        _count(counts, ("uk-ofcom", day[0], day[1]), is_abandoned_ofcom(call))
    return {(*window, live, abandoned) for window, (live, abandoned) in counts.items()}


def _left_at_once(call: Line) -> bool:
    """A customer who hangs up within the two seconds is in neither British figure."""
    start = instant(call["customerGreetingStart"]) or _at(call["connectedToSystem"])
    by_customer = call["disconnectedBy"] == "customer" and call["connectedToAgent"] is None
    return bool(by_customer and _at(call["disconnected"]) < start + GRACE)


def _count(
    counts: dict[tuple[str, str, str], list[int]],
    window: tuple[str, datetime, datetime],
    abandoned: bool,
) -> None:
    name, start, end = window
    key = (name, _z(start), _z(end))
    counts.setdefault(key, [0, 0])
    counts[key][0] += 1
    counts[key][1] += abandoned


def _z(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def check_report(report: Line, events: Sequence[Line]) -> list[Violation]:
    """E4: each figure of the report equals its recount from the events."""
    counted = recount(events)
    told = dict(report) | {
        "abandonment": {
            (
                rate["definition"],
                rate["window"]["start"],
                rate["window"]["end"],
                rate["liveAnswered"],
                rate["abandoned"],
            )
            for rate in report["abandonment"]
        }
    }
    found = [
        Violation("E4", name, f"{told[name]} told, {counted[name]} counted")
        for name in counted
        if told[name] != counted[name]
    ]
    for rate in report["abandonment"]:
        percent = Decimal(100 * rate["abandoned"]) / rate["liveAnswered"]
        if rate["ratePercent"] != _half_up(percent, "0.01"):
            found.append(Violation("E4", "ratePercent", f"{rate['ratePercent']} told"))
    return found
