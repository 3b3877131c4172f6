"""Every policy by name, and how it is made for a day."""

from __future__ import annotations

from collections.abc import Callable

from bench.pacing.policies.clairvoyant import Clairvoyant
from bench.pacing.policies.forecasts import ExpectedAnswers, TailBound, Window
from bench.pacing.policies.impact import Impact
from bench.pacing.policies.omnidialer import OmniDialer
from bench.pacing.policies.ours import Ours
from bench.pacing.policies.overdial import OverDial
from bench.pacing.policies.policy import Policy
from bench.pacing.policies.ratios import Issabel, Ratio, Wombat
from bench.pacing.policies.vicidial import Method, Vicidial
from bench.pacing.policies.webitel import Webitel
from bench.pacing.world import World

POLICIES: dict[str, Callable[[World], Policy]] = {
    "fairdial": lambda world: Ours(world.day.settings),
    "one to one": lambda _: Ratio(1.0),
    "ratio 2": lambda _: Ratio(2.0),
    "VICIdial hard": lambda world: Vicidial(Method.HARD, world.day.close_at),
    "VICIdial tapered": lambda world: Vicidial(Method.TAPERED, world.day.close_at),
    "VICIdial average": lambda world: Vicidial(Method.AVERAGE, world.day.close_at),
    "Issabel": lambda _: Issabel(),
    "Wombat 1.3": lambda _: Wombat(1.3),
    "Wombat 3": lambda _: Wombat(3.0),
    "OMniDialer": lambda world: OmniDialer(world.day.agents),
    "OverDial": lambda _: OverDial(),
    "OverDial tuned": lambda _: OverDial(lines=5.0, credit=0.5),
    "Impact": lambda _: Impact(),
    "Webitel": lambda _: Webitel(),
    "expected answers": lambda world: ExpectedAnswers(world.day.settings),
    "window": lambda world: Window(world.day.settings),
    "tail bound": lambda world: TailBound(world.day.settings),
    "clairvoyant": Clairvoyant,
}
"""Only the clairvoyant looks into the world; the others take what a campaign is set to."""
