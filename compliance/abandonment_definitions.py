"""Who counts a call as abandoned, and how: one definition per regulator, as data with citations.

`abandonment.py` reads these; nothing here decides. Where the law leaves room, the reading taken
is the abandonment contract's (docs/abandonment.md), named at the field.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from compliance.case import DialMode


class ConnectionStartPoint(StrEnum):
    """The instant from which the time to an agent is counted (Amazon Connect's names)."""

    CONNECTED_TO_SYSTEM = "CONNECTED_TO_SYSTEM"
    GREETING_START = "GREETING_START"
    GREETING_END = "GREETING_END"


class AnsweredBy(StrEnum):
    """Who or what took the call, as far as the dialer could tell."""

    HUMAN = "human"
    MACHINE = "machine"
    UNKNOWN = "unknown"
    NOBODY = "nobody"


class DisconnectedBy(StrEnum):
    """Who ended an answered call."""

    CUSTOMER = "customer"
    AGENT = "agent"
    SYSTEM = "system"


class DefinitionName(StrEnum):
    """The published names of the regulators' definitions."""

    US_FTC = "us-ftc"
    US_FCC = "us-fcc"
    UK_OFCOM = "uk-ofcom"
    CA_CRTC = "ca-crtc"


class LimitStatus(StrEnum):
    """What it means to exceed the limit."""

    SAFE_HARBOR = "safe_harbor"
    """Below it one condition of the safe harbor is met; above it every abandoned call violates."""
    HARD_LIMIT = "hard_limit"
    """Above it the rule is broken."""
    OWN_CEILING = "own_ceiling"
    """The regulator names no safe level; the ceiling is our own."""


class WindowKind(StrEnum):
    """Over which span a rate is taken."""

    THIRTY_DAY_BLOCK = "thirty_day_block"
    """Successive blocks of 30 UTC dates from the date of the campaign's first call."""
    LONDON_DAY = "london_day"
    """Midnight to midnight in Europe/London."""
    UTC_MONTH = "utc_month"
    """A calendar month of UTC dates."""


class RateOf(StrEnum):
    """Of which calls the abandoned ones are a share."""

    LIVE_ANSWERED = "live_answered"
    PLACED = "placed"


AGENT_MODES = frozenset({DialMode.PREVIEW, DialMode.PROGRESSIVE, DialMode.PREDICTIVE})
"""An agentless call has no agent to wait for: it is in none of the figures (reading 1)."""

PERSONS = frozenset({AnsweredBy.HUMAN, AnsweredBy.UNKNOWN})
"""Who counts as a person: `unknown` does too, against us (reading 1)."""

SILENT_GREETING = timedelta(seconds=2)
"""A greeting whose end was not heard counts as over so long after the answer (reading 3)."""


@dataclass(frozen=True, slots=True)
class Definition:
    """How one regulator counts.

    `limit_millionths` is the share permitted, in millionths, so that every comparison stays in
    whole numbers; exactly the limit passes. `threshold` is inclusive. `early_hang_up_is_live`:
    a customer who left before an agent was owed counts as live-answered, else in no figure.
    `estimates_detection`: people whom detection took for machines are to be estimated and added.
    `country` is the ISO 3166-1 code of the regulator's country.
    """

    name: DefinitionName
    status: LimitStatus
    limit_millionths: int
    start_point: ConnectionStartPoint
    threshold: timedelta
    window: WindowKind
    dial_modes: frozenset[DialMode]
    rate_of: RateOf
    early_hang_up_is_live: bool
    citation: str
    country: str
    estimates_detection: bool = False

    @property
    def limit_percent(self) -> float:
        """The limit as published, in percent."""
        return self.limit_millionths / 10_000


_TWO_SECONDS = timedelta(seconds=2)

DEFINITIONS: dict[DefinitionName, Definition] = {
    definition.name: definition
    for definition in (
        Definition(
            name=DefinitionName.US_FTC,
            status=LimitStatus.SAFE_HARBOR,
            limit_millionths=30_000,
            start_point=ConnectionStartPoint.GREETING_END,
            threshold=_TWO_SECONDS,
            window=WindowKind.THIRTY_DAY_BLOCK,
            dial_modes=AGENT_MODES,
            rate_of=RateOf.LIVE_ANSWERED,
            early_hang_up_is_live=True,
            citation="16 CFR 310.4(b)(1)(iv), 310.4(b)(4); readings 1, 3 and 6",
            country="US",
        ),
        Definition(
            name=DefinitionName.US_FCC,
            status=LimitStatus.HARD_LIMIT,
            limit_millionths=30_000,
            start_point=ConnectionStartPoint.GREETING_END,
            threshold=_TWO_SECONDS,
            window=WindowKind.THIRTY_DAY_BLOCK,
            dial_modes=AGENT_MODES,
            rate_of=RateOf.LIVE_ANSWERED,
            early_hang_up_is_live=True,
            citation="47 CFR 64.1200(a)(6), (a)(7); readings 1, 3 and 6",
            country="US",
        ),
        Definition(
            name=DefinitionName.UK_OFCOM,
            status=LimitStatus.OWN_CEILING,
            limit_millionths=30_000,
            start_point=ConnectionStartPoint.GREETING_START,
            threshold=_TWO_SECONDS,
            window=WindowKind.LONDON_DAY,
            dial_modes=AGENT_MODES,
            rate_of=RateOf.LIVE_ANSWERED,
            early_hang_up_is_live=False,
            citation=(
                "Ofcom persistent misuse statement of 20 Dec 2016, in force 1 Mar 2017"
                " (Communications Act 2003 ss. 128-131), which names no safe level; the ceiling"
                " is that of the statement of 1 Oct 2010; readings 1, 4 and 6"
            ),
            country="GB",
            estimates_detection=True,
        ),
        Definition(
            name=DefinitionName.CA_CRTC,
            status=LimitStatus.HARD_LIMIT,
            limit_millionths=50_000,
            start_point=ConnectionStartPoint.CONNECTED_TO_SYSTEM,
            threshold=_TWO_SECONDS,
            window=WindowKind.UTC_MONTH,
            dial_modes=frozenset({DialMode.PREDICTIVE}),
            rate_of=RateOf.PLACED,
            early_hang_up_is_live=True,
            citation="CRTC Unsolicited Telecommunications Rules, Parts I and III;"
            " readings 1, 5 and 6",
            country="CA",
        ),
    )
}
"""Every definition by name."""
