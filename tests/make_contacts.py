"""Makes contact files that look like real ones: `python -m tests.make_contacts FILE`.

The same seed makes the same file. The people are invented, and so are their numbers.
"""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

EAST = ("212", "215", "404", "617", "614")
ACROSS = (*EAST, "312", "303", "602", "213", "415", "206", "808")
SPLIT = ("270", "541", "812", "850", "605")
"""Area codes that reach over a border of time zones."""

HEADER = (
    "phone",
    "first_name",
    "last_name",
    "email",
    "country",
    "region",
    "postal_code",
    "time_zone",
    "priority",
    "policy",
)
_FIRST = ("Quillon", "Zephyrine", "Osgood", "Wilhelmina", "Thaddeus", "Isolde", "Barnaby")
_LAST = ("Featherstone", "Okonkwo-Brandt", "Vandermeer", "Castellanos", "Przybylski", "O'Hanlon")
_FOREIGN = (
    ("+442079460{:03d}", "GB"),
    ("+4930901820{:02d}", "DE"),
    ("+33142688{:03d}", "FR"),
    ("+61287654{:03d}", "AU"),
)
_BAD = (
    "not a number",
    "+1 555",
    "",
    "12",
    "+1 212 555 0123 ext. 4",
    "999-999-9999",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the file is to hold: so many good rows, and so many of each trouble among them."""

    good: int
    seed: int = 1
    area_codes: Sequence[str] = ACROSS
    duplicates: int = 0
    bad: int = 0
    foreign: int = 0
    multi_line: int = 0
    with_region: int = 0


@dataclass(slots=True)
class Made:
    """A contact file's text, and what must never be seen outside the program."""

    text: str
    phones: list[str] = field(default_factory=list)
    canaries: set[str] = field(default_factory=set)

    def write(self, path: Path, *, mark: bool = False) -> Path:
        """Write the file, with a byte-order mark if wanted; its path."""
        path.write_bytes(self.text.encode("utf-8-sig" if mark else "utf-8"))
        return path


def make(wanted: Wanted) -> Made:
    """The file. Troubles are spread over it, never in the first row."""
    random = Random(wanted.seed)
    made = Made("")
    phones: dict[str, None] = {}
    while len(phones) < wanted.good:
        phones[_american(random, random.choice(list(wanted.area_codes)))] = None
    rows = [_row(random, made, number, phone) for number, phone in enumerate(phones, start=1)]
    for row in random.sample(rows, wanted.multi_line):
        row["policy"] = 'two\nlines, a comma and a "quote"'
    for row in random.sample(rows, wanted.with_region):
        row["region"] = random.choice(("US-CA", "US-NY", "US-CO", "US-IL"))
    made.phones = list(phones)
    others: list[dict[str, str]] = []
    for _ in range(wanted.duplicates):
        first = random.choice(rows)
        others.append(first | {"phone": _spelled(random, first["phone"]), "policy": "again"})
    for number in range(wanted.bad):
        row = _row(random, made, 90_000 + number, _BAD[number % len(_BAD)])
        others.append(row)
    for number in range(wanted.foreign):
        pattern, country = _FOREIGN[number % len(_FOREIGN)]
        row = _row(random, made, 80_000 + number, pattern.format(number // len(_FOREIGN)))
        others.append(row | {"country": country})
    for row in others:
        rows.insert(random.randrange(len(rows) // 2 or 1, len(rows)) + 1, row)
    made.text = _csv(rows)
    return made


def _american(random: Random, area_code: str) -> str:
    exchange = random.randrange(220, 999)
    while exchange % 100 == 11 or exchange == 555:
        exchange += 2
    return f"+1{area_code}{exchange}{random.randrange(10_000):04d}"


def _spelled(random: Random, phone: str) -> str:
    code, exchange, line = phone[2:5], phone[5:8], phone[8:]
    spellings = (f"({code}) {exchange}-{line}", f"1.{code}.{exchange}.{line}", f" {phone} ")
    return random.choice(spellings)


def _row(random: Random, made: Made, number: int, phone: str) -> dict[str, str]:
    first, last = f"{random.choice(_FIRST)}{number}", f"{random.choice(_LAST)}{number}"
    email = f"{first.lower()}@canary{number}.example"
    made.canaries |= {first, last, email, phone.removeprefix("+")}
    return dict.fromkeys(HEADER, "") | {
        "phone": phone,
        "first_name": first,
        "last_name": last,
        "email": email,
        "priority": str(random.choice((0, 0, 0, 5))),
        "policy": f"P-{random.randrange(10**6):06d}",
    }


def _csv(rows: Sequence[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADER, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def main() -> None:
    """Write one file with everything in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--contacts", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    many = given.contacts // 30
    wanted = Wanted(
        good=given.contacts,
        seed=given.seed,
        area_codes=ACROSS + SPLIT,
        duplicates=many,
        bad=many,
        foreign=many // 2,
        multi_line=many,
        with_region=many,
    )
    make(wanted).write(given.file, mark=True)


if __name__ == "__main__":
    main()
