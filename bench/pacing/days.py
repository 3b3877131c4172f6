"""The campaign days that policies are tried on, as data.

The eight of `PUBLIC` are those of the project's reference of pacing scenarios; `FURTHER` are others
of the same world. A policy sees none of what is true of a day, only its `settings`.
"""

from __future__ import annotations

from dialer.laboratory.day import Away, Day, Inbound, Rate, WrapBurst, steady, through

__all__ = [
    "DAYS",
    "FURTHER",
    "PUBLIC",
    "Away",
    "Day",
    "Inbound",
    "Rate",
    "WrapBurst",
    "steady",
    "through",
]

_JUMPS = through((0, 0.3), (2, 0.3), (2, 0.12), (4.5, 0.12), (4.5, 0.35), (6.5, 0.35), (6.5, 0.2))

PUBLIC: dict[str, Day] = {
    "5": Day(5, steady(0.25)),
    "10": Day(10, steady(0.20)),
    "25": Day(25, steady(0.25), breaks=0),
    "25-drift": Day(25, through((0, 0.15), (2, 0.38), (4, 0.20), (5.5, 0.33), (8, 0.12))),
    "25-uk": Day(
        25,
        steady(0.28),
        machines=0.12,
        uk=True,
        detection=False,
        breaks=8,
        break_seconds=(300.0, 1200.0),
    ),
    "50-walkout": Day(50, steady(0.22), away=(Away(14400.0, 14580.0, 0.6, 1800.0),)),
    "50-lines": Day(50, steady(0.18), lines=110, calls_per_second=4.0),
    "200": Day(200, steady(0.22), hours=6.0),
}
"""The eight days of the reference."""

FURTHER: dict[str, Day] = {
    "3": Day(3, steady(0.25)),
    "4-uk": Day(4, steady(0.30), machines=0.10, uk=True, detection=False),
    "5-jumps": Day(5, _JUMPS),
    "10-uk": Day(10, steady(0.25), uk=True, missed_machines=0.08),
    "10-lost": Day(10, steady(0.22), lost_people=0.01),
    "10-prior": Day(10, steady(0.22), prior_live=6000, prior_abandoned=174),
    "10-inbound": Day(10, steady(0.20), inbound=Inbound(60.0)),
    "25-jumps": Day(25, _JUMPS),
    "25-bursts": Day(
        25,
        steady(0.25),
        wrap_bursts=(WrapBurst(7200.0, 8100.0, 5.0), WrapBurst(18000.0, 18900.0, 5.0)),
    ),
    "25-churn": Day(25, steady(0.22), log_offs=10, late=0.4),
    "25-lost": Day(25, steady(0.24), lost_people=0.012),
    "25-prior": Day(25, steady(0.24), prior_live=20000, prior_abandoned=590),
    "25-inbound": Day(25, steady(0.25), breaks=0, inbound=Inbound(150.0)),
    "50-scarce": Day(50, steady(0.07)),
    "200-uk": Day(200, steady(0.26), hours=4.0, uk=True, machines=0.15),
    "200-drift": Day(
        200,
        through((0, 0.15), (1.5, 0.35), (3, 0.18), (4, 0.30)),
        hours=4.0,
        log_offs=3,
    ),
    "1000": Day(1000, steady(0.22), hours=1.5, breaks=1),
}
"""Days beside the reference: other sizes, jumps, bursts, churn, lost people, a spent window, and
inbound calls on the public days of 10 and 25 agents."""

DAYS: dict[str, Day] = PUBLIC | FURTHER
