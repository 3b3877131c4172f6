"""Settings as a person writes them: what is read, and what is said about what is none."""

from __future__ import annotations

import pytest

from app.errors import BadInputError
from app.pacing_values import pairs, read, told
from compliance.case import DialMode
from dialer.assumptions import Assumptions


def test_each_setting_is_read() -> None:
    """Counts, shares in percent, seconds, a mode, hours of the day."""
    found = read(
        pairs(
            "agents=30, limit=2%, answer_rate=17.5, machine-rate=30%, mode=progressive,"
            "talk=95, wrap=12, lines=80, calls-per-second=2.5, hours=09:00-17:30,"
            "inbound-per-hour=45, inbound-reserve=2"
        ),
        Assumptions(),
    )
    assert found == Assumptions(
        agents=30,
        limit=0.02,
        answer_rate=0.175,
        machine_rate=0.3,
        mode=DialMode.PROGRESSIVE,
        talk=95.0,
        wrap=12.0,
        lines=80,
        calls_per_second=2.5,
        hours=(9.0, 17.5),
        inbound_per_hour=45.0,
        inbound_reserve=2,
    )


def test_a_second_setting_changes_the_first() -> None:
    """What it does not name stays."""
    first = Assumptions(agents=20, limit=0.03)
    assert read(pairs("limit=1%"), first) == Assumptions(agents=20, limit=0.01)


def test_it_is_told_as_it_is_written() -> None:
    """Only what is assumed."""
    assumed = Assumptions(agents=12, limit=0.015, mode=DialMode.PREDICTIVE, hours=(8.5, 12.0))
    assert told(assumed) == "agents 12, limit 1.5 %, mode predictive, hours 08:30-12:00"
    assert told(Assumptions(lines=1_000_000, talk=62.5)) == "talk 62.5, lines 1000000"
    assert told(Assumptions()) == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("agents=0", "agents: must be 1 to 5,000"),
        ("lines=0", "lines: must be 1 to 1,000,000"),
        ("agents", "'agents': must be key=value, such as limit=2%"),
        ("agents=2.5", "agents: must be a whole number"),
        ("agents=nan", "agents: must be 1 to 5,000"),
        ("agents=many", "agents: must be a number"),
        ("limit=4%", r"limit: must be at most 3 %, the law's \(16 CFR 310.4\(b\)\(4\)\(i\)\)"),
        ("answer-rate=101", "answer-rate: must be 0 to 100"),
        ("mode=preview", "mode: must be one of"),
        ("inbound-per-hour=-1", "inbound-per-hour: must be 0 to 100,000"),
        ("inbound-reserve=1.5", "inbound-reserve: must be a whole number"),
        ("talk=0", "talk: must be 1 to 7,200"),
        ("hours=17:00-9:00", "hours: must be two times of one day"),
        ("hours=9-17", "hours: must be two times of day"),
        ("agent=5", "agent: is no setting that can be given here; those are agents, limit"),
        ("agents", "'agents': must be key=value"),
        ("=5", "'=5': must be key=value"),
        ("agents=5,agents=6", "agents: is given twice"),
    ],
)
def test_what_is_none_is_said_in_one_line(text: str, says: str) -> None:
    """The key, and what it must be."""
    with pytest.raises(BadInputError, match=says):
        read(pairs(text), Assumptions())


def test_only_some_settings_may_be_given() -> None:
    """A replay's agents are those of the day."""
    with pytest.raises(BadInputError, match=r"agents: is no setting .* those are limit$"):
        read({"agents": "5"}, Assumptions(), ("limit",))
