"""What the Agents port promises, on every storage."""

from __future__ import annotations

from dataclasses import replace

from campaigns.events import AgentState
from tests.builders import (
    ACCOUNT,
    a_campaign,
    after,
    an_agent,
    an_attempt,
    ident,
    keep_campaign,
)
from tests.conformance.storage import Storage

CAMPAIGN = a_campaign().id
BUSY = an_agent(
    2,
    state=AgentState.TALK,
    state_since=after(1.5),
    seen_at=after(2),
    attempt_id=an_attempt().id,
    leaving=AgentState.BREAK,
    leaving_since=after(3),
    simulated=False,
)


def kept(storage: Storage) -> None:
    """Agents 1 and 2 of `campaign`, 3 of none, 4 of another account's."""
    with storage() as uow:
        keep_campaign(uow)
        keep_campaign(uow, a_campaign("second"))
        for agent in (
            BUSY,
            an_agent(1),
            an_agent(3, campaign=None),
            an_agent(4, "second", account="other"),
        ):
            uow.agents.add(agent)


def test_agents_come_back_as_they_were_kept(storage: Storage) -> None:
    """By id; ids that nobody has are left out."""
    kept(storage)
    with storage() as uow:
        found = uow.agents.lock([BUSY.id, an_agent(1).id, ident("nobody")])
        assert found == {BUSY.id: BUSY, an_agent(1).id: an_agent(1)}
        assert list(found) == sorted(found)
        assert uow.agents.lock([]) == {}


def test_agents_of_a_campaign_come_by_id(storage: Storage) -> None:
    """Locked or not, the same."""
    kept(storage)
    wanted = sorted([BUSY, an_agent(1)], key=lambda agent: agent.id)
    with storage() as uow:
        assert uow.agents.of_campaign(CAMPAIGN) == wanted
        assert uow.agents.lock_of_campaign(CAMPAIGN) == wanted
        assert uow.agents.of_campaign(ident("nothing")) == []


def test_agents_of_an_account_come_by_id(storage: Storage) -> None:
    """Those at work on nothing too."""
    kept(storage)
    mine = [BUSY, an_agent(1), an_agent(3, campaign=None)]
    with storage() as uow:
        found = uow.agents.of_account(ACCOUNT)
    assert found == sorted(mine, key=lambda agent: agent.id)


def test_saving_keeps_every_change(storage: Storage) -> None:
    """Also a change of campaign; seen at once and later on."""
    kept(storage)
    moved = replace(
        BUSY,
        campaign_id=ident("campaign", "second"),
        state=AgentState.BREAK,
        attempt_id=None,
        leaving=None,
        leaving_since=None,
    )
    with storage() as uow:
        uow.agents.save([moved])
        uow.agents.save([])
        assert uow.agents.of_campaign(CAMPAIGN) == [an_agent(1)]
    with storage() as uow:
        assert uow.agents.of_campaign(CAMPAIGN) == [an_agent(1)]
        assert uow.agents.lock([BUSY.id])[BUSY.id] == moved
