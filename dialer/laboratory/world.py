"""One campaign day as it unfolds: a discrete-event simulator.

It is not the product's carrier: it exists so that a policy or a setting can be tried on many days
in little time, and it judges by what is true, not by what a dialer can know.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from campaigns.events import Disposition
from dialer.forecast import (
    Abandoned,
    AgentChanged,
    AgentState,
    Answered,
    Connected,
    Dialed,
    GuestChanged,
    HungUp,
    InboundArrived,
    Live,
    Observation,
    Party,
    Result,
    TalkEnded,
)
from dialer.laboratory.day import Day
from dialer.laboratory.floor import Agent, Call, Score, disposition_of
from dialer.laboratory.people import CONNECT_SECONDS
from dialer.laboratory.source import (
    Caller,
    Contacts,
    Source,
    WholeList,
)
from dialer.pacing import AgentView, Bound, CallStage, CallView, Snapshot

NO_LIMIT = 10_000
_LOGGED_IN = frozenset({AgentState.IDLE, AgentState.TALK, AgentState.WRAP})


class World:
    """The day so far. `ticks` yields each second's view; the caller may `dial` in between.

    Attributes:
        day: what is run. source: whom it meets. contacts: who is left to be called.
        t: seconds since the start.
        score: what the day came to so far.
        agents: all of them. calls: those in flight, by id. waiting: the live ones among them.
        live, abandoned: the window as a dialer sees it, what it held before included.
    """

    def __init__(
        self,
        day: Day,
        source: Source,
        contacts: Contacts | None = None,
        callers: Iterable[Caller] = (),
    ) -> None:
        """`contacts`: without them the day's list, each of whom is callable at any time."""
        self.day, self.source = day, source
        self.contacts: Contacts = contacts or WholeList(day.contacts)
        self.t = 0.0
        self.score = Score()
        self.calls: dict[int, Call] = {}
        self.waiting: dict[int, Call] = {}
        self.live, self.abandoned = day.prior_live, day.prior_abandoned
        self._seen: list[Observation] = []
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._order = 0
        self._talking = 0
        self._credit = 0.0
        self._idle: dict[int, Agent] = {}
        self._callers: deque[Caller] = deque()
        self._arrived = 0
        self._told_at = 0.0
        self.agents = [Agent(id, source.conversations(id)) for id in range(day.agents)]
        for agent in self.agents:
            shift = source.shift(agent.id)
            self._at(shift.begins, self._free, agent)
            for absence in shift.absences:
                self._at(absence.at, self._asks_to_leave, agent, absence.seconds, absence.state)
        for caller in callers:
            self._at(caller.at, self._arrives, caller)
        self.advance(0.0)

    # ------------------------------------------------------------------ time
    def _at(self, t: float, do: Callable[..., None], *args: object) -> None:
        self._order += 1
        heapq.heappush(self._queue, (t, self._order, lambda: do(*args)))

    def advance(self, t: float) -> None:
        """Let everything happen up to and including `t`."""
        while self._queue and self._queue[0][0] <= t:
            self.t, _, do = heapq.heappop(self._queue)
            do()
        self.t = t

    def _before_close(self, first: float, last: float) -> float:
        """Seconds between two instants that lie before the close."""
        return max(0.0, min(last, self.day.close_at) - min(first, self.day.close_at))

    # ---------------------------------------------------------------- agents
    def _become(self, agent: Agent, state: AgentState) -> None:
        span = self._before_close(agent.since, self.t)
        if agent.state in _LOGGED_IN:
            self.score.logged_in_seconds += span
        if agent.state is AgentState.IDLE:
            self.score.idle_seconds += span
            self._idle.pop(agent.id)
        if agent.state is AgentState.BREAK:
            self.score.break_seconds += span
        if state is AgentState.IDLE:
            self._idle[agent.id] = agent
        agent.state, agent.since = state, self.t
        self._seen.append(AgentChanged(self.t, agent.id, state))

    def _asks_to_leave(self, agent: Agent, seconds: float, state: AgentState) -> None:
        if agent.state not in _LOGGED_IN:
            return
        agent.away_for, agent.away_as = seconds, state
        if agent.state is AgentState.IDLE:
            self._leave(agent)
        else:
            agent.leaving = True

    def _leave(self, agent: Agent) -> None:
        agent.leaving = False
        self._become(agent, agent.away_as)
        self._at(self.t + agent.away_for, self._free, agent)

    def _free(self, agent: Agent) -> None:
        if agent.leaving:
            self._leave(agent)
            return
        self._become(agent, AgentState.IDLE)
        # As in the service: of two who wait, who was called has the law's seconds, and goes first.
        if self.waiting:
            self._connect(self.waiting.pop(next(iter(self.waiting))), agent)
        elif self._callers:
            self._give_caller(agent)

    def _connect(self, call: Call, agent: Agent) -> None:
        self._become(agent, AgentState.TALK)
        del self.calls[call.id]
        self._talking += 1
        wait = max(0.0, self.t - call.dialed - call.fate.decided)
        self._seen.append(Connected(self.t, call.id, agent.id, wait))
        begins = self.t + CONNECT_SECONDS
        if not call.fate.person:
            agent.free_at = begins + call.fate.machine_talk
            self._at(agent.free_at, self._talk_ends, agent, call, call.fate.machine_talk, 0.0)
            return
        self.score.connected += 1
        self.contacts.ended(self.t, call.id, Disposition.CONVERSATION)
        self.score.waits.append(wait)
        talk, wrap = agent.work[agent.contacts]
        agent.contacts += 1
        wrap *= self.day.wrap_factor(begins + talk)
        agent.free_at = begins + talk + wrap
        self._at(begins + talk, self._talk_ends, agent, call, talk, wrap)

    def _talk_ends(self, agent: Agent, call: Call, talk: float, wrap: float) -> None:
        self._talking -= 1
        party = Party.HUMAN if call.fate.person else Party.MACHINE
        self._seen.append(TalkEnded(self.t, call.id, agent.id, talk, party))
        spoken = self._before_close(self.t - talk, self.t)
        if not call.fate.person:
            self.contacts.ended(self.t, call.id, Disposition.MACHINE)
            self.score.machine_seconds += spoken
            self._free(agent)
            return
        self.score.talk_seconds += spoken
        self.score.wrap_seconds += self._before_close(self.t, self.t + wrap)
        self._become(agent, AgentState.WRAP)
        self._at(self.t + wrap, self._free, agent)

    # --------------------------------------------------------- inbound calls
    def _arrives(self, caller: Caller) -> None:
        self._arrived += 1
        self._callers.append(caller)
        if self._idle:
            self._give_caller(self._idle[next(iter(self._idle))])

    def _give_caller(self, agent: Agent) -> None:
        caller = agent.caller = self._callers.popleft()
        self.score.caller_waits.append(self.t - caller.at)
        agent.free_at = self.t + caller.talk + caller.wrap
        self._become(agent, AgentState.TALK)
        self._seen.append(GuestChanged(self.t, agent.id, AgentState.TALK))
        self._at(self.t + caller.talk, self._caller_leaves, agent, caller)

    def _caller_leaves(self, agent: Agent, caller: Caller) -> None:
        spent = self._before_close(self.t - caller.talk, self.t + caller.wrap)
        self.score.inbound_seconds += spent
        agent.caller = None
        self._become(agent, AgentState.WRAP)
        self._seen.append(GuestChanged(self.t, agent.id, AgentState.WRAP))
        self._at(self.t + caller.wrap, self._free, agent)

    # ----------------------------------------------------------------- calls
    def dial(self, count: int) -> None:
        """Start that many calls now."""
        self._credit -= count
        for _ in range(count):
            self.score.dialed += 1
            number = self.score.dialed
            self.contacts.take(self.t, number)
            fate = self.source.fate(number, self.t)
            call = Call(number, self.t, fate, since=self.t)
            self.calls[number] = call
            self._seen.append(Dialed(self.t, number))
            if fate.rings < fate.decided:
                self._at(self.t + fate.rings, self._enters, call, CallStage.RINGING)
            if fate.answered < fate.decided:
                self._at(self.t + fate.answered, self._answers, call)
            self._at(self.t + fate.decided, self._is_decided, call)

    def _enters(self, call: Call, stage: CallStage) -> None:
        call.stage, call.since = stage, self.t

    def _answers(self, call: Call) -> None:
        self._enters(call, CallStage.ANSWERED)
        self._seen.append(Answered(self.t, call.id, call.fate.answered))

    def _is_decided(self, call: Call) -> None:
        fate = call.fate
        if fate.answered == fate.decided:  # no detection: live as soon as answered
            self._answers(call)
        self.score.people += fate.person
        self.score.lost += fate.lost
        if fate.outcome is not None:
            del self.calls[call.id]
            self.score.hung_up += fate.left
            self.contacts.ended(self.t, call.id, disposition_of(fate))
            self._seen.append(Result(self.t, call.id, fate.outcome, fate.decided))
            return
        self._enters(call, CallStage.WAITING)
        self.live += 1
        self._seen.append(Live(self.t, call.id, fate.answered))
        if self._idle:
            self._connect(call, self._idle[next(iter(self._idle))])
            return
        self.waiting[call.id] = call
        self._at(call.dialed + fate.due, self._gives_up, call)
        if fate.patience < fate.due:
            self._at(call.dialed + fate.patience, self._hangs_up, call)

    def _gives_up(self, call: Call) -> None:
        if self.waiting.pop(call.id, None) is None:
            return
        del self.calls[call.id]
        self.abandoned += 1
        self.contacts.ended(self.t, call.id, Disposition.ABANDONED)
        self.score.abandoned += call.fate.person
        self.score.window_over += self.abandoned > 0.03 * self.live
        self._seen.append(Abandoned(self.t, call.id))

    def _hangs_up(self, call: Call) -> None:
        if self.waiting.pop(call.id, None) is None:
            return
        del self.calls[call.id]
        self.score.hung_up += 1
        self.contacts.ended(self.t, call.id, Disposition.HUNG_UP)
        self._seen.append(HungUp(self.t, call.id))

    # ------------------------------------------------------------------ view
    @property
    def idle(self) -> int:
        """Agents who wait for a call now."""
        return len(self._idle)

    def room(self) -> tuple[int, Bound]:
        """How many calls lines, calls a second and the list permit now, and which of them."""
        limits = [(NO_LIMIT, Bound.TRUNK)]
        if self.day.lines is not None:
            used = len(self.calls) + self._talking
            limits.append((max(0, self.day.lines - used), Bound.TRUNK))
        if self.day.calls_per_second is not None:
            limits.append((int(self._credit), Bound.CALLS_PER_SECOND))
        limits.append((self.contacts.ready(self.t), Bound.LIST_FINISHED))
        return min(limits)

    def snapshot(self) -> Snapshot:
        """What a dialer sees now."""
        most, bound = self.room()
        t = self.t
        return Snapshot(
            t=t,
            max_calls=most,
            max_bound=bound,
            list_left=self.contacts.ready(t),
            agents=tuple(
                AgentView(a.id, a.state, t - a.since, a.leaving)
                for a in self.agents
                if a.state in _LOGGED_IN
            ),
            calls=tuple(
                CallView(c.id, c.stage, t - c.dialed, t - c.since) for c in self.calls.values()
            ),
            window_live=self.live,
            window_abandoned=self.abandoned,
            inbound_waiting=None if self.day.inbound is None else len(self._callers),
        )

    @property
    def over(self) -> bool:
        """Whether nothing is left to do: nobody to be called, no call, no contact at hand."""
        if self.calls or not self.contacts.finished:
            return False
        return not any(a.state in (AgentState.TALK, AgentState.WRAP) for a in self.agents)

    @property
    def asleep(self) -> bool:
        """Whether nobody is logged in and nothing is on its way, so that a tick changes nothing."""
        return not self.calls and not any(agent.state in _LOGGED_IN for agent in self.agents)

    def ticks(self, skipping: bool = False) -> Iterator[tuple[Snapshot, list[Observation]]]:
        """Each second's view and what has happened since.

        `skipping`: end when the day is over, and leave out seconds in which nobody is there.
        """
        rate = self.day.calls_per_second or 0.0
        second = 0
        while second < int(self.day.close_at):
            self.advance(float(second))
            if skipping and self.over:
                self._close(self.t)
                return
            if skipping and self.asleep:
                second = max(second + 1, self._next_second())
                continue
            self._credit = min(max(0.0, self._credit) + rate, max(rate, 1.0))
            yield self.snapshot(), self.unseen()
            second += 1
        self.advance(self.day.close_at + 60.0)  # the calls on their way still find their agents
        self._close(self.day.close_at)

    def unseen(self) -> list[Observation]:
        """What has happened since the last view."""
        if self.day.inbound is not None and self.t > self._told_at:
            self._seen.append(InboundArrived(self.t, self._arrived, self.t - self._told_at))
            self._arrived, self._told_at = 0, self.t
        seen, self._seen = self._seen, []
        return seen

    def _next_second(self) -> int:
        """The whole second by which something happens next; the close, if nothing does."""
        at = self._queue[0][0] if self._queue else math.inf
        return math.ceil(min(at, self.day.close_at))  # who never comes back does so at infinity

    def _close(self, at: float) -> None:
        """Count what is still going on up to `at`."""
        self.t = at
        for agent in self.agents:
            began = agent.since
            if agent.caller is not None:
                self.score.inbound_seconds += self._before_close(began, self.t)
            elif agent.state is AgentState.TALK:
                self.score.talk_seconds += self._before_close(began + CONNECT_SECONDS, self.t)
            self._become(agent, AgentState.OUT)
