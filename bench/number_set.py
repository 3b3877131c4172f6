"""What a set of ten million telephone numbers costs: time to make it, memory, and one look into it.

Suppression lists and national registries are such sets. Memory is what the process grew by once its
garbage was collected (Linux); seconds are the process's own.

    python -m bench.number_set
    python -m bench.number_set --numbers 1000000
"""

from __future__ import annotations

import argparse
import gc
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from random import Random
from time import process_time

from compliance.number_set import NumberSet


@dataclass(frozen=True, slots=True)
class SetCost:
    """Seconds to make a set, bytes, and seconds for one look into it."""

    numbers: int
    making: float
    memory: int
    serialized: int
    hit: float
    miss: float


def set_cost(count: int, seed: int, looks: int = 200_000) -> SetCost:
    """Make a set of random American numbers; look for some that are in it, and for others."""
    rng = Random(f"numbers {seed}")
    gc.collect()
    before = _resident()
    started = process_time()
    numbers = NumberSet(_random_american(rng) for _ in range(count))
    making = process_time() - started
    gc.collect()
    memory = _resident() - before
    again = Random(f"numbers {seed}")
    inside = [_random_american(again) for _ in range(min(looks, count))]
    outside = [f"+44{rng.randrange(10**9, 10**10)}" for _ in range(looks // 2)]
    outside += [_random_american(rng) for _ in range(looks // 2)]
    return SetCost(
        numbers=len(numbers),
        making=making,
        memory=memory,
        serialized=len(numbers.to_bytes()),
        hit=_seconds_a_look(numbers, inside),
        miss=_seconds_a_look(numbers, outside),
    )


def _random_american(rng: Random) -> str:
    return f"+1{rng.randrange(2_000_000_000, 10_000_000_000)}"


def _seconds_a_look(numbers: NumberSet, phones: Sequence[str]) -> float:
    """The best of three rounds."""
    rounds = []
    for _ in range(3):
        started = process_time()
        for phone in phones:
            phone in numbers  # noqa: B015 - the look itself is what is timed
        rounds.append(process_time() - started)
    return min(rounds) / len(phones)


def _resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--numbers", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    cost = set_cost(given.numbers, given.seed)
    print(
        f"pyroaring {version('pyroaring')}: {cost.numbers:,} numbers, made in {cost.making:.1f} s;"
        f" {cost.memory / 1e6:.0f} MB in memory, {cost.serialized / 1e6:.0f} MB serialized;"
        f" one look {1e6 * cost.hit:.2f} us (there), {1e6 * cost.miss:.2f} us (not there)"
    )


if __name__ == "__main__":
    main()
