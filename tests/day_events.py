"""A day that the laboratory played, as the events that a service would have published of it.

Instants have microseconds here, so that the day can be rebuilt as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from campaigns.events import AgentState
from dialer.forecast import (
    Abandoned,
    AgentChanged,
    CallOutcome,
    Connected,
    Dialed,
    HungUp,
    Live,
    Observation,
    Party,
    Result,
    TalkEnded,
)
from dialer.laboratory.day import Day
from dialer.laboratory.people import CONNECT_SECONDS, GRACE_SECONDS, People
from dialer.laboratory.playing import Policy
from dialer.laboratory.source import Fate
from dialer.laboratory.world import World

START = datetime(2026, 11, 23, 14, tzinfo=UTC)
CAMPAIGN = "c0ffee00-0000-5000-8000-000000000001"

_DISPOSITIONS = {
    CallOutcome.BUSY: "busy",
    CallOutcome.INVALID: "invalid_number",
    CallOutcome.NO_ANSWER: "no_answer",
    CallOutcome.MACHINE: "machine",
}


def played(day: Day, seed: int, policy: Policy) -> tuple[World, list[dict[str, Any]]]:
    """The day as the policy played it, and its events."""
    world = World(day, People(day, seed))
    seen: list[Observation] = []
    for snapshot, news in world.ticks():
        seen += news
        world.dial(min(snapshot.max_calls, policy.pace(snapshot, news)))
    seen += world.unseen()
    return world, _Teller(day, world).events(seen)


class _Teller:
    def __init__(self, day: Day, world: World) -> None:
        self._day, self._world = day, world
        self._events: list[dict[str, Any]] = []
        self._sequences: dict[str, int] = {}
        self._dialed: dict[int, float] = {}
        self._live: dict[int, float] = {}
        self._connected: dict[int, tuple[float, int]] = {}

    def events(self, seen: Sequence[Observation]) -> list[dict[str, Any]]:
        """All of them."""
        states: dict[int, AgentState] = {}
        for one in seen:
            match one:
                case AgentChanged():
                    before = states.get(int(one.agent), AgentState.OUT)
                    states[int(one.agent)] = one.state
                    self._tell(
                        "Agent State Changed",
                        one.t,
                        agentId=f"agent-{int(one.agent):03}",
                        state=one.state.value,
                        previousState=before.value,
                    )
                case Dialed():
                    self._dialed[int(one.call)] = one.t
                    self._tell("Call Placed", one.t, **self._of(int(one.call)), listRow=one.call)
                case Live():
                    self._live[int(one.call)] = one.t
                case Result():
                    self._ended(int(one.call), one.t, _DISPOSITIONS[one.outcome])
                case Connected():
                    self._connected[int(one.call)] = (one.t + CONNECT_SECONDS, int(one.agent))
                    wait = one.wait_seconds + CONNECT_SECONDS
                    told = self._of(int(one.call))
                    self._tell("Agent Connected", one.t + CONNECT_SECONDS, **told, waitSeconds=wait)
                case TalkEnded():
                    machine = one.party is Party.MACHINE
                    ended = "machine" if machine else "conversation"
                    self._ended(int(one.call), one.t, ended)
                case Abandoned():
                    self._ended(int(one.call), one.t, "abandoned")
                case HungUp():
                    self._ended(int(one.call), one.t, "hung_up")
                case _:
                    pass
        return self._events

    def _of(self, call: int) -> dict[str, Any]:
        return {"attemptId": f"attempt-{call:06}", "contactId": f"contact-{call:06}"}

    def _fate(self, call: int) -> Fate:
        return self._world.source.fate(call, self._dialed[call])

    def _ended(self, call: int, t: float, disposition: str) -> None:
        fate, dialed = self._fate(call), self._dialed[call]
        if fate.rings < fate.decided:
            self._tell("Call Ringing", dialed + fate.rings, **self._of(call), ringSeconds=0.0)
        answered = disposition not in ("busy", "invalid_number", "no_answer")
        person = disposition in ("conversation", "abandoned", "hung_up")
        if answered:
            decided = dialed + fate.decided
            self._tell("Call Classified", decided, **self._of(call), answeredBy="human")
        joined, agent = self._connected.get(call, (None, None))
        stop = dialed + fate.due - GRACE_SECONDS + CONNECT_SECONDS
        self._tell(
            "Call Ended",
            t,
            **self._of(call),
            agentId=None if agent is None else f"agent-{agent:03}",
            answeredBy=("human" if person else "machine") if answered else "nobody",
            dialMode="predictive",
            dialed=_text(dialed),
            rang=None,
            connectedToSystem=_text(dialed + fate.answered) if answered else None,
            customerGreetingStart=_text(stop) if call in self._live else None,
            customerGreetingStop=_text(stop) if call in self._live else None,
            connectedToAgent=None if joined is None else _text(joined),
            disconnected=_text(t) if answered else None,
            disconnectedBy="customer" if answered else None,
            recordedMessagePlayed=disposition == "abandoned",
            abandoned=disposition == "abandoned",
            disposition=disposition,
        )

    def _tell(self, detail_type: str, t: float, **detail: Any) -> None:
        subject = str(detail.get("contactId") or detail.get("agentId"))
        self._sequences[subject] = self._sequences.get(subject, 0) + 1
        at = _text(t)
        self._events.append(
            {
                "detail-type": detail_type,
                "time": at,
                "detail": {
                    "eventId": f"{subject}-{self._sequences[subject]}",
                    "sequence": self._sequences[subject],
                    "occurredAt": at,
                    "campaignId": CAMPAIGN,
                    **detail,
                },
            }
        )


def _text(t: float) -> str:
    at = START + timedelta(seconds=t)
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")
