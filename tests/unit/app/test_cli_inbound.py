"""`fairdial inbound`: what an ACD tells, and what is said to what cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.bootstrap import build
from app.cli import main
from app.settings import Settings
from campaigns.events import AgentState
from dialer.inbound_load import InboundLoad
from tests.builders import an_agent
from tests.web.site import ACCOUNT, seed_campaign, seed_list

NOBODY = "00000000-0000-0000-0000-000000000000"


class Acd:
    """A call distributor beside a service with one campaign and one agent."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self._parts = build(Settings(data=folder))
        self._capture = capture
        self.campaign = seed_campaign(self._parts, seed_list(self._parts)).id
        agent = an_agent(1, None, account=ACCOUNT, campaign_id=self.campaign)
        self.agent = agent.id
        with self._parts.database() as uow:
            uow.agents.add(agent)

    def tell(self, *arguments: object) -> tuple[int, str, str]:
        """Exit code, output and errors of `fairdial inbound ...`."""
        given = ["inbound", *map(str, arguments), "--data", str(self._parts.settings.data)]
        with pytest.raises(SystemExit) as stopped:
            main(given)
        printed = self._capture.readouterr()
        return int(stopped.value.code or 0), printed.out, printed.err

    def state(self) -> AgentState:
        """The agent's."""
        with self._parts.database.reading() as uow:
            return uow.agents.of_account(ACCOUNT)[0].state

    def load(self) -> InboundLoad | None:
        """What is known of inbound calls."""
        with self._parts.database.reading() as uow:
            return uow.inbound.of(self.campaign)


@pytest.fixture
def acd(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Acd:
    """Nothing has been told yet."""
    return Acd(tmp_path, capsys)


def test_reports_are_kept(acd: Acd) -> None:
    """The last one, and the worst of late."""
    assert acd.tell("report", acd.campaign, "--waiting", 3, "--arrived", 50) == (0, "", "")
    assert acd.tell("report", acd.campaign, "--waiting", 1, "--arrived", 52) == (0, "", "")
    load = acd.load()
    assert load is not None
    assert (load.waiting, load.worst, load.arrived) == (1, 3, 52)


def test_an_agent_goes_and_comes_back(acd: Acd) -> None:
    """Talk, wrap-up, free."""
    for step, state in (("take", "talk"), ("release", "wrap"), ("ready", "idle")):
        assert acd.tell(step, acd.agent) == (0, "", "")
        assert acd.state() == state


def test_bad_input_is_one_line(acd: Acd) -> None:
    """And nothing is changed."""
    for arguments, problem in (
        (("report", acd.campaign, "--waiting", -1, "--arrived", 1), "--waiting"),
        (("report", acd.campaign, "--waiting", 1), "--arrived"),
        (("report", NOBODY, "--waiting", 1, "--arrived", 1), "no campaign"),
        (("take", NOBODY), "no agent"),
        (("take", "Ada"), "Ada"),
        (("release", acd.agent), "is in state idle"),
        (("ready", acd.agent), "is in state idle"),
    ):
        code, printed, error = acd.tell(*arguments)
        assert (code, printed, error.count("\n")) == (2, "", 1)
        assert problem in error
    assert (acd.load(), acd.state()) == (None, "idle")
