"""Cases of any shape, made up by chance, for what must hold for every case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from compliance.case import (
    AttemptLimit,
    CampaignTerms,
    Case,
    Channel,
    Consent,
    ConsentKind,
    ContactFacts,
    DialMode,
    Direction,
    OpenSpan,
    PastAttempt,
    PastOutcome,
    Purpose,
    RegistryCopy,
    RestrictedPeriod,
    Weekday,
)

PLACES = [
    ("+12125550123", None),
    ("+13055550123", "US-FL"),
    ("+19285550123", None),
    ("+14015550123", None),
    ("+12055550123", None),
    ("+12155550123", None),
    ("+14025550123", None),
    ("+18505550123", None),
    ("+18005550199", "US-AK"),
    ("+16045550123", None),
    ("+17095550123", None),
    ("+442079460958", None),
    ("+33140205050", None),
    ("+49303456789", None),
    ("+390612345678", None),
    ("+61412345678", "AU-NSW"),
    ("+61412345678", None),
    ("+6444729000", None),
]
START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 2 * 365 * 86_400).map(lambda seconds: START + timedelta(seconds=seconds))
NEAR_CHANGES = st.builds(
    lambda change, seconds: change + timedelta(seconds=seconds),
    st.sampled_from(
        [
            datetime(2026, 3, 8, 7, tzinfo=UTC),
            datetime(2026, 3, 29, 1, tzinfo=UTC),
            datetime(2026, 4, 4, 15, tzinfo=UTC),
            datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
            datetime(2026, 10, 25, 1, tzinfo=UTC),
            datetime(2026, 11, 1, 6, tzinfo=UTC),
        ]
    ),
    st.integers(-100_000, 100_000),
)
INSTANTS = st.one_of(MOMENTS, NEAR_CHANGES)
AGES = st.integers(0, 2 * 365 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
TIMES = st.times().map(
    lambda moment: moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
)
SPANS = st.builds(
    lambda one, other: OpenSpan(min(one, other), max(one, other)), TIMES, TIMES
).filter(lambda span: span.start < span.end)
OPEN_HOURS = st.one_of(
    st.none(),
    st.dictionaries(st.sampled_from(Weekday), st.lists(SPANS, max_size=2).map(tuple), min_size=3),
)
PERIODS = st.builds(
    lambda day, length: RestrictedPeriod("closed", day, day + timedelta(days=length)),
    MOMENTS.map(lambda moment: moment.date()),
    st.integers(0, 20),
)
ATTEMPTS = st.tuples(
    st.integers(0, 70 * 24).map(lambda hours: timedelta(hours=hours)),
    st.sampled_from([Channel.VOICE, Channel.VOICE, Channel.SMS]),
    st.sampled_from(PastOutcome),
    st.sampled_from(Direction),
)


def consents(at: datetime) -> st.SearchStrategy[Consent | None]:
    """No consent, or one that is on file at an instant, taken back at any time or never."""
    given_at = st.one_of(st.none(), AGES.map(lambda age: at - age))
    revoked_at = st.one_of(st.none(), MOMENTS)
    return st.one_of(
        st.none(), st.builds(Consent, st.sampled_from(ConsentKind), given_at, revoked_at)
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A case of any shape, with a history before its instant."""
    phone, region = draw(st.sampled_from(PLACES))
    at = draw(INSTANTS)
    history = tuple(
        PastAttempt(at - ago, channel, outcome, direction)
        for ago, channel, outcome, direction in draw(st.lists(ATTEMPTS, max_size=9))
    )
    campaign = CampaignTerms(
        purpose=draw(st.sampled_from(Purpose)),
        dial_mode=draw(st.sampled_from(DialMode)),
        max_ring=timedelta(seconds=draw(st.sampled_from([15, 25, 60]))),
        open_hours=draw(OPEN_HOURS),
        restricted_periods=tuple(draw(st.lists(PERIODS, max_size=1))),
        attempt_limits=draw(st.sampled_from([(), (AttemptLimit(3, 1),), (AttemptLimit(5, 7),)])),
    )
    registries = draw(
        st.sampled_from([(), (RegistryCopy("US", (at - timedelta(days=29)).date()),)])
    )
    return Case(
        at=at,
        channel=draw(st.sampled_from([Channel.VOICE, Channel.VOICE, Channel.SMS])),
        contact=ContactFacts(phone=phone, region=region, consent=draw(consents(at))),
        campaign=campaign,
        history=history,
        registries=registries,
    )
