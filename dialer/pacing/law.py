"""The pacing law: from a tick's view and what was learnt to a number of calls.

In predictive mode the largest number of calls is started whose last one, should a person answer
it, finds nobody with a chance of at most a threshold. The threshold follows the abandonment that
the window still permits, and a guard stands before it: whatever could take the window over its
limit is dialed one call per idle agent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from compliance.case import DialMode
from dialer.forecast import Learnt
from dialer.pacing import figures
from dialer.pacing.outlook import WHOLE, Outlook, look
from dialer.pacing.snapshot import Bound, PacingDecision, PacingSettings, Snapshot

GUARD = 0.00005
"""Chance that the calls in flight cost the window more abandons than it can bear."""

DOUBT = 1.5
"""Standard deviations allowed for what is not known: how many abandoned calls were machines, and
how many people detection took for machines."""

UNTOUCHED, RESERVE = 0.3, 2.0
"""Of the abandons that the window can bear, so many are never risked; and how many more it takes
to spend at (1 - 1/e) of the limit. This shape and the surplus's are the solution of the day as a
dynamic programme: agents' gain grows like the logarithm of the rate spent, so running dry costs
most."""

LUMP = 10.0
"""Live calls on their way that make losses come in lumps: the reserve grows in proportion."""

KEPT, KEPT_PER_ROOT, SURPLUS_LEAST = 1.0, 0.8, 50.0
"""What the window can bear beyond these, so many and so many for each square root of the abandons
that the day still permits, is spread over the live calls until the close, this number at least."""

THRESHOLD_LEAST, THRESHOLD_MOST = 0.0005, 0.3
"""Between these the chance stays that a call may have of finding nobody."""


def decide(snapshot: Snapshot, settings: PacingSettings, learnt: Learnt) -> PacingDecision:
    """How many calls to start now. Reads `learnt` and changes nothing.

    The limit on abandoned calls is 16 CFR 310.4(b)(4)(i) and 47 CFR 64.1200(a)(7), or the
    campaign's own where that is stricter. It is never exceeded by this decision's own doing.
    """
    if snapshot.t >= settings.close_at:
        return PacingDecision(0, Bound.CLOSED)
    if snapshot.list_left <= 0:
        return PacingDecision(0, Bound.LIST_FINISHED)
    if settings.dial_mode is DialMode.AGENTLESS:
        seen = figures.seen(snapshot, settings)
        return PacingDecision(max(0, snapshot.max_calls), snapshot.max_bound, seen)
    outlook = look(snapshot, settings, learnt)
    seen = figures.seen(snapshot, settings)
    if snapshot.inbound_waiting is not None or outlook.held:
        seen |= {"held": outlook.held, "inbound": outlook.inbound}
    if outlook.idle + outlook.busy == 0:
        return PacingDecision(0, Bound.NO_AGENTS, seen)
    if settings.dial_mode is DialMode.PREDICTIVE:
        seen |= figures.foretold(outlook.nodes, learnt)
    if settings.dial_mode is DialMode.PREDICTIVE and settings.calls_per_agent is not None:
        return _fixed_ratio(snapshot, settings, learnt, outlook, seen, settings.calls_per_agent)
    if settings.dial_mode is DialMode.PREDICTIVE:
        return _predictive(snapshot, settings, learnt, outlook, seen)
    return _cut(snapshot, outlook.one_to_one, _for_want_of_agents(outlook), seen)


def _for_want_of_agents(outlook: Outlook) -> Bound:
    """What holds one to one dialing back: no free agent, or agents who are kept for inbound."""
    without_inbound = max(0, outlook.idle - outlook.in_flight)
    return Bound.NO_FREE_AGENT if outlook.one_to_one == without_inbound else Bound.INBOUND


def _cut(
    snapshot: Snapshot, calls: int, bound: Bound, inputs: Mapping[str, float], risk: float = 0.0
) -> PacingDecision:
    """The decision, cut to what lines, calls a second and the list permit."""
    most = max(0, snapshot.max_calls)
    if calls > most:
        calls, bound = most, snapshot.max_bound
    return PacingDecision(calls, bound, inputs, risk)


def _predictive(
    snapshot: Snapshot,
    settings: PacingSettings,
    learnt: Learnt,
    outlook: Outlook,
    seen: Mapping[str, float],
) -> PacingDecision:
    """As many calls as the threshold and the guard permit, at least one per idle agent."""
    limit = _limit(settings)
    spare = _spare(snapshot, learnt, limit, settings.false_positive_rate)
    start = outlook.one_to_one
    inputs = {**seen, "spare": round(spare, 3)}
    if _takes_no_chance(snapshot, settings, learnt, spare):
        return _cut(snapshot, start, Bound.ABANDONMENT_BUDGET, inputs)

    def bearable(calls: int) -> bool:
        return outlook.loss(calls, learnt, int(spare) + 1) <= GUARD

    if spare < 1.0:  # not one more: the guard alone decides
        calls = _most(start, snapshot.max_calls + 1, bearable)
        risk = _risk(snapshot, outlook, calls, learnt)
        return _cut(snapshot, calls, Bound.ABANDONMENT_BUDGET, inputs, risk)
    left = learnt.lives_within(settings.close_at - snapshot.t)
    threshold = _threshold(limit, spare, left, max(outlook.lives, outlook.free), learnt.calibration)

    def harmless(calls: int) -> bool:
        return outlook.nobody(calls - 1, learnt) <= threshold

    calls, bound = _most(start, snapshot.max_calls + 1, harmless), Bound.NO_FREE_AGENT
    if calls == start:
        bound = _for_want_of_agents(outlook)
    risk = threshold
    if calls > start and not bearable(calls):
        calls, bound = _most(start, calls - 1, bearable), Bound.ABANDONMENT_BUDGET
    if calls in (start, snapshot.max_calls + 1) or bound is Bound.ABANDONMENT_BUDGET:
        risk = min(threshold, _risk(snapshot, outlook, calls, learnt))
    inputs["threshold"] = round(threshold, figures.DIGITS)
    return _cut(snapshot, calls, bound, inputs, risk)


def _risk(snapshot: Snapshot, outlook: Outlook, calls: int, learnt: Learnt) -> float:
    """The chance that the last of the calls that can start finds nobody; nought without one."""
    started = min(calls, snapshot.max_calls)
    return outlook.nobody(started - 1, learnt) if started > 0 else 0.0


def _fixed_ratio(
    snapshot: Snapshot,
    settings: PacingSettings,
    learnt: Learnt,
    outlook: Outlook,
    seen: Mapping[str, float],
    ratio: float,
) -> PacingDecision:
    """So many calls in flight for each idle agent, as far as the predictive mode's guard permits.

    A ratio does not look at what comes of it; the limit binds it all the same.
    """
    spare = _spare(snapshot, learnt, _limit(settings), settings.false_positive_rate)
    start = outlook.one_to_one
    free = max(0.0, outlook.free - outlook.inbound)
    calls = max(start, math.floor(ratio * free + WHOLE) - outlook.in_flight)
    inputs = {**seen, "spare": round(spare, 3), "calls_per_agent": ratio}
    if calls == start:
        kept = _for_want_of_agents(outlook) is Bound.INBOUND
        return _cut(snapshot, start, Bound.INBOUND if kept else Bound.CALLS_PER_AGENT, inputs)
    if _takes_no_chance(snapshot, settings, learnt, spare):
        return _cut(snapshot, start, Bound.ABANDONMENT_BUDGET, inputs)

    on_their_way = max(1.0, outlook.lives, outlook.free)
    one_by_one = _rarely_more_than(int(spare)) / on_their_way / learnt.calibration

    def bearable(calls: int) -> bool:
        return (
            outlook.nobody(calls - 1, learnt) <= one_by_one
            and outlook.loss(calls, learnt, int(spare) + 1) <= GUARD
        )

    bound = Bound.CALLS_PER_AGENT
    if not bearable(calls):
        calls, bound = _most(start, calls - 1, bearable), Bound.ABANDONMENT_BUDGET
    risk = _risk(snapshot, outlook, calls, learnt)
    return _cut(snapshot, calls, bound, inputs, risk)


def _limit(settings: PacingSettings) -> float:
    """The share that may be abandoned of the live calls that the dialer can see.

    With a share f of people lost to detection the judged rate is f + (1 - f) times the seen one.
    """
    lost = settings.false_positive_rate
    return max(0.0, (settings.limit_rate - lost) / (1.0 - lost)) if lost < 1.0 else 0.0


def _takes_no_chance(
    snapshot: Snapshot, settings: PacingSettings, learnt: Learnt, spare: float
) -> bool:
    """Whether dialing is one to one: over the limit, or before the first calls have rung out.

    The window as counted may be over though `spare` says that the abandoned were machines.
    """
    is_over = snapshot.window_abandoned > settings.limit_rate * snapshot.window_live
    return spare < 0.0 or is_over or not learnt.rung_out


def _spare(snapshot: Snapshot, learnt: Learnt, limit: float, lost: float) -> float:
    """Abandons that can still be borne: by the window, and by the run so far on its own.

    The run is held to the limit too, so that a good past is not spent in one day. Neither people
    who left nor machines count as live; of the abandoned calls as many are taken for people as
    is likely, because nobody spoke with them. Of the people lost to detection only the estimated
    share is known, not the number, so that room for more of them is left.
    """
    machines = learnt.machine_rate
    people = 1.0 - machines

    def spare(live: int, abandoned: int) -> float:
        likely = abandoned * people + DOUBT * math.sqrt(abandoned * people * machines)
        unseen = DOUBT * math.sqrt(live * lost)
        borne = limit * people * max(0, live - learnt.hung_up)
        return borne - unseen - min(float(abandoned), likely)

    return min(
        spare(snapshot.window_live, snapshot.window_abandoned),
        spare(learnt.lives, learnt.abandons),
    )


def _threshold(
    limit: float, spare: float, lives_left: float, lives_on_their_way: float, calibration: float
) -> float:
    """The chance of finding nobody that the next call may have.

    First the share of live calls to be abandoned from here on: the limit's, less while the window
    can bear little, and the surplus over what remains of the day. Then the chance that leads to
    it, by what earlier chances have led to. Losses one by one among the calls on their way must
    hardly ever take the window over its limit; the guard sees to those that come at once.
    """
    lump = 1.0 + lives_on_their_way / LUMP
    share = limit * -math.expm1(min(0.0, UNTOUCHED - spare) / (RESERVE * lump))
    kept = KEPT + KEPT_PER_ROOT * math.sqrt(limit * lives_left)
    share += max(0.0, spare - kept) / max(SURPLUS_LEAST, lives_left)
    share = min(share, _rarely_more_than(int(spare)) / max(1.0, lives_on_their_way))
    return min(THRESHOLD_MOST, max(THRESHOLD_LEAST, share / calibration))


def _rarely_more_than(count: int) -> float:
    """The mean at which a Poisson number exceeds `count` with about the chance GUARD.

    The leading term of the tail, mean^(count + 1) / (count + 1)!, solved for the mean.
    """
    return math.exp((math.log(GUARD) + math.lgamma(count + 2)) / (count + 1))


def _most(least: int, most: int, permitted: Callable[[int], bool]) -> int:
    """The largest number from `least` to `most` that is permitted, `least` unasked."""
    step, low, high = 1, least, most + 1
    while low + step < high:
        if permitted(low + step):
            low += step
            step = max(1, min(2 * step, (high - low) // 2))
        else:
            high = low + step
            step = max(1, (high - low) // 2)
    return max(low, least)
