"""`fairdial agents`: who is listed, who is assigned, and what is said to bad input."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.bootstrap import Parts, build
from app.cli import main
from app.settings import Settings
from campaigns.campaign import Campaign
from dialer.agent import Agent
from tests.builders import an_agent
from tests.web.site import ACCOUNT, seed_campaign, seed_list

NOBODY = "00000000-0000-0000-0000-000000000000"


class Shell:
    """Somebody at a terminal of a service with two campaigns and two agents."""

    def __init__(self, parts: Parts, capture: pytest.CaptureFixture[str]) -> None:
        self._parts = parts
        self._capture = capture
        contact_list = seed_list(parts)
        self.campaigns = [seed_campaign(parts, contact_list, name) for name in ("One", "Two")]
        self.agents = [
            an_agent(n, None, account=ACCOUNT, campaign_id=self.campaigns[0].id) for n in (1, 2)
        ]
        with parts.database() as uow:
            for agent in self.agents:
                uow.agents.add(agent)

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, output and errors of `fairdial agents ...`."""
        with pytest.raises(SystemExit) as stopped:
            main(["agents", *arguments, "--data", str(self._parts.settings.data)])
        printed = self._capture.readouterr()
        return int(stopped.value.code or 0), printed.out, printed.err

    def work_of(self, agent: Agent) -> set[str]:
        """The campaigns that they have been given."""
        with self._parts.database.reading() as uow:
            return {s.campaign_id for s in uow.agents.shares([agent.id]).get(agent.id, ())}

    def options(self, *campaigns: Campaign) -> list[str]:
        """These as options."""
        return [part for one in campaigns for part in ("--campaign", one.id)]


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Nobody has been given anything."""
    return Shell(build(Settings(data=tmp_path)), capsys)


def test_agents_are_assigned_and_listed(shell: Shell) -> None:
    """One of them to both campaigns, then everybody to one."""
    one, two = shell.agents
    assert shell.run("assign", one.id, *shell.options(*shell.campaigns)) == (0, "", "")
    assert shell.work_of(one) == {campaign.id for campaign in shell.campaigns}
    assert shell.work_of(two) == set()
    code, printed, _ = shell.run("list")
    (line,) = [line for line in printed.splitlines() if line.startswith(one.id)]
    given = ",".join(sorted(campaign.id for campaign in shell.campaigns))
    assert (code, line.split("\t")[1:]) == (0, [one.name, "idle", shell.campaigns[0].id, given])
    shell.run("assign", "--all", *shell.options(shell.campaigns[0]))
    assert shell.work_of(one) == shell.work_of(two) == {shell.campaigns[0].id}


def test_bad_input_is_one_line(shell: Shell) -> None:
    """And nobody is assigned."""
    one = shell.agents[0]
    campaign = shell.options(shell.campaigns[0])
    for arguments, problem in (
        (("assign", *campaign), "name the agents"),
        (("assign", one.id, "--all", *campaign), "name the agents"),
        (("assign", one.id), "--campaign"),
        (("assign", "Ada", *campaign), "AGENT"),
        (("assign", NOBODY, *campaign), "agent"),
        (("assign", one.id, "--campaign", NOBODY), "campaign"),
    ):
        code, printed, error = shell.run(*arguments)
        assert (code, printed, error.count("\n")) == (2, "", 1)
        assert problem in error
    assert shell.work_of(one) == set()
