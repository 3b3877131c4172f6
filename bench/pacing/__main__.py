"""The pacing laboratory: policies side by side on the same simulated campaign days.

    python -m bench.pacing
    python -m bench.pacing --days 25 25-drift --policies fairdial "one to one" --seeds 3 --out DIR
    python -m bench.pacing --days all --policies fairdial --losses
    python -m bench.pacing cost
    python -m bench.pacing filter

Without `--seeds` a day is run 10 times with up to 15 agents and 6 times with more. Without `--days`
the eight public days are run. DIR gets the tables (Markdown, CSV) and the pictures (SVG).
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from bench.pacing import cost, outside, plots, table
from bench.pacing.days import DAYS, PUBLIC
from bench.pacing.judge import Verdict, rows, size_of
from bench.pacing.policies.catalogue import POLICIES
from bench.pacing.running import Job, all_judged, play

IN_COURSES = ("fairdial", "VICIdial tapered", "OverDial tuned", "clairvoyant")
"""What a day's course shows, of the policies that were run: more lines could not be told apart."""


def usual_seeds(agents: int) -> int:
    """How often a day is run unless said."""
    return 10 if agents <= 15 else 6


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.pacing",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--days", nargs="+", default=list(PUBLIC), choices=[*DAYS, "all"])
    parser.add_argument("--policies", nargs="+", default=list(POLICIES), choices=list(POLICIES))
    parser.add_argument("--seeds", type=_count, help="how often each day is run")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--processes", type=_count, default=os.cpu_count())
    parser.add_argument("--losses", action="store_true", help="also where idle time came from")
    parser.add_argument("--out", type=Path, help="folder for tables and pictures")
    what = parser.add_subparsers(dest="what")
    for name, says in (
        ("cost", "CPU of one decision at 10, 100 and 1,000 agents"),
        ("filter", "`fairdial pace` as a process: the same days, and how long its replies take"),
    ):
        timed = what.add_parser(name, help=says)
        timed.add_argument("--ticks", type=_count, default=900)
        timed.add_argument("--seed", type=int, default=1)
    return parser.parse_args(given)


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError("a whole number of at least 1 is needed")
    return count


def main(given: Sequence[str] | None = None) -> None:
    """Run and print."""
    asked = arguments(given)
    if asked.what == "cost":
        print(cost.report(cost.costs(asked.ticks, asked.seed)))
        return
    if asked.what == "filter":
        print(outside.report(asked.ticks, asked.seed))
        return
    days = list(DAYS) if "all" in asked.days else asked.days
    jobs = [
        Job(day, policy, seed)
        for day in days
        for policy in asked.policies
        for seed in range(
            asked.first_seed, asked.first_seed + (asked.seeds or usual_seeds(DAYS[day].agents))
        )
    ]
    verdicts = _with_progress(jobs, asked.processes)
    by_day = rows(verdicts, lambda v: v.day)
    by_size = rows(sorted(verdicts, key=lambda v: v.agents), lambda v: size_of(v.agents))
    print(table.text("day", by_day), table.text("agents", by_size), sep="\n\n")
    if asked.losses:
        print("", table.text("day", by_day, table.LOSSES), sep="\n")
    if asked.out:
        _write(asked.out, verdicts, asked.first_seed)


def _with_progress(jobs: Sequence[Job], processes: int) -> list[Verdict]:
    """The jobs' verdicts in the jobs' order; the bar goes to standard error."""
    found: dict[int, Verdict] = {}
    bar = Progress(
        BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True)
    )
    with bar:
        task = bar.add_task("days", total=len(jobs))
        for place, verdict in all_judged(jobs, processes):
            found[place] = verdict
            bar.advance(task)
    return [found[place] for place in range(len(jobs))]


def _write(folder: Path, verdicts: Sequence[Verdict], seed: int) -> None:
    """The tables and pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    by_day = rows(verdicts, lambda v: v.day)
    by_size = rows(sorted(verdicts, key=lambda v: v.agents), lambda v: size_of(v.agents))
    tables = (
        table.markdown("agents", by_size),
        table.markdown("day", by_day),
        table.markdown("day", by_day, table.LOSSES),
    )
    (folder / "tables.md").write_text("\n\n".join(tables) + "\n")
    (folder / "days.csv").write_text(table.days_csv(verdicts))
    for group in dict.fromkeys(row.group for row in by_size):
        of_group = [row for row in by_size if row.group == group]
        picture = plots.occupancy_by_abandonment(of_group, f"teams of {group}")
        (folder / f"occupancy-{group.replace(',', '')}.svg").write_text(picture)
    policies = dict.fromkeys(v.policy for v in verdicts)
    for name in dict.fromkeys(v.day for v in verdicts):
        courses = {
            policy: play(DAYS[name], seed, POLICIES[policy]).course
            for policy in policies
            if policy in IN_COURSES
        }
        if courses:
            picture = plots.course(f"day {name}, seed {seed}", courses, DAYS[name].hours)
            (folder / f"course-{name}.svg").write_text(picture)


if __name__ == "__main__":
    main()
