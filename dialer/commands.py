"""What the carrier is to do about a call; sent once the transaction that decided it is kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dialer.ports import Carrier


@dataclass(frozen=True, slots=True)
class Connect:
    """Bring an agent and an answered call together."""

    attempt_id: str
    agent_id: str


@dataclass(frozen=True, slots=True)
class PlayMessage:
    """Play the recorded message, then hang up."""

    attempt_id: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call."""

    attempt_id: str


Command = Connect | PlayMessage | HangUp


def send(carrier: Carrier, commands: Iterable[Command]) -> None:
    """Tell the carrier, in order."""
    for command in commands:
        match command:
            case Connect(attempt_id, agent_id):
                carrier.connect(attempt_id, agent_id)
            case PlayMessage(attempt_id):
                carrier.play_message(attempt_id)
            case HangUp(attempt_id):
                carrier.hang_up(attempt_id)
