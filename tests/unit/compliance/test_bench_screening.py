"""The benchmark of screening: its mix is what it says, and it measures what it says."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from bench import number_set
from bench import screening as bench
from compliance.rulebook_file import load
from compliance.screening import screen
from dialer import reserving


def test_the_mix_has_every_decision_and_country() -> None:
    """Allowed, deferred and denied; fresh and with a history; split states, debts and abroad."""
    cases = bench.some_cases(900, seed=1)
    rulebook = load()
    decisions = Counter(type(screen(case, rulebook)).__name__ for case in cases)
    assert min(decisions[name] for name in ("Allow", "Defer", "Deny")) > 40
    assert {case.contact.country for case in cases} == {"US", "GB", "FR", "AU"}
    assert {len(case.history) for case in cases} >= {0, 1, 2, 4, 9}
    assert sum(bool(case.contact.debts) for case in cases) == 100
    split = {region for _, region in bench.SPLIT_STATES}
    assert split <= {case.contact.region for case in cases}


def test_each_round_has_its_own_numbers_and_can_be_repeated() -> None:
    """Nothing is remembered from one round to the next; the same seed asks the same."""
    assert bench.some_cases(60, seed=1) == bench.some_cases(60, seed=1)
    phones = [{case.contact.phone for case in bench.some_cases(60, seed)} for seed in (1, 2)]
    assert not phones[0] & phones[1]


def test_a_short_run_prints_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    """Screening is timed within the reservation, and is itself again afterwards."""
    bench.main(["--cases", "90", "--rounds", "2", "--contacts", "40"])
    printed = capsys.readouterr().out
    for pattern in (
        r"screening: +median +[\d,]+ a second",
        r"phonenumbers.parse: +median +[\d,]+ a second",
        r"one screening costs \d+\.\d\d parses",
        r"screening \d+ us: \d+\.\d %",
        r"screened 40, reserved [1-9]\d?\b",
    ):
        assert re.search(pattern, printed), f"{pattern}\n{printed}"
    assert vars(reserving)["screen"] is screen


def test_the_set_of_numbers_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    """Its size, and a look for what is there and for what is not."""
    number_set.main(["--numbers", "2000"])
    printed = capsys.readouterr().out
    found = r": 2,000 numbers, made in \d+\.\d s; .* one look \d+\.\d\d us \(there\), \d+\.\d\d us"
    assert re.search(found, printed), printed
