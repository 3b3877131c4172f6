"""What the Agents port promises, on every storage."""

from __future__ import annotations

from dataclasses import replace

from campaigns.events import AgentState
from dialer.sharing import Share
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
        assert uow.agents.find([ident("nobody"), an_agent(1).id, BUSY.id]) == found
        assert uow.agents.lock([]) == uow.agents.find([]) == {}


def test_agents_of_a_campaign_come_by_id(storage: Storage) -> None:
    """Locked or not, the same."""
    kept(storage)
    wanted = sorted([BUSY, an_agent(1)], key=lambda agent: agent.id)
    with storage() as uow:
        assert uow.agents.of_campaign(CAMPAIGN) == wanted
        assert uow.agents.lock_for([CAMPAIGN]) == wanted
        assert uow.agents.of_campaign(ident("nothing")) == []


def test_shared_agents_are_those_of_both_campaigns(storage: Storage) -> None:
    """Who serves a campaign is seen there; to be locked they are the next one's alone."""
    kept(storage)
    second = ident("campaign", "second")
    shared = replace(BUSY, campaign_id=second, serving_campaign_id=CAMPAIGN)
    with storage() as uow:
        uow.agents.save([shared])
    with storage() as uow:
        assert uow.agents.lock([BUSY.id])[BUSY.id] == shared
        assert shared in uow.agents.of_campaign(CAMPAIGN)
        assert shared in uow.agents.of_campaign(second)
        assert uow.agents.lock_for([CAMPAIGN]) == [an_agent(1)]


def test_agents_are_locked_once_and_by_id(storage: Storage) -> None:
    """Those of several campaigns and further ones, however often they are named."""
    kept(storage)
    everyone = [BUSY, an_agent(1), an_agent(3, campaign=None), an_agent(4, "second")]
    wanted = [CAMPAIGN, ident("campaign", "second")]
    with storage() as uow:
        found = uow.agents.lock_for(wanted, [BUSY.id, an_agent(3).id, ident("nobody")])
        assert [agent.id for agent in found] == sorted(agent.id for agent in everyone)
        assert uow.agents.lock_for([]) == []


def test_shares_come_back_by_agent(storage: Storage) -> None:
    """In order of the campaigns; changed, replaced, and taken away."""
    kept(storage)
    one, two = an_agent(1).id, BUSY.id
    second = ident("campaign", "second")
    mine = tuple(
        Share(one, key, 5_000_000_000 + n) for n, key in enumerate(sorted([CAMPAIGN, second]))
    )
    with storage() as uow:
        uow.agents.share(one, mine[::-1])
        uow.agents.share(two, [Share(two, second, 3)])
    with storage() as uow:
        asked = [two, one, an_agent(3).id]
        assert uow.agents.shares(asked) == {one: mine, two: (Share(two, second, 3),)}
        assert uow.agents.shares([]) == {}
        uow.agents.save_shares([Share(two, second, 4)])
        uow.agents.save_shares([])
        uow.agents.share(one, mine[:1])
    with storage() as uow:
        assert uow.agents.shares(asked) == {one: mine[:1], two: (Share(two, second, 4),)}
        uow.agents.share(one, [])
        assert one not in uow.agents.shares(asked)


def test_campaigns_with_idle_shared_agents_are_known(storage: Storage) -> None:
    """Who is not idle or has been given no campaigns is left out."""
    kept(storage)
    with storage() as uow:
        assert uow.agents.with_idle_sharers() == []
        uow.agents.share(BUSY.id, [Share(BUSY.id, CAMPAIGN, 0)])
        assert uow.agents.with_idle_sharers() == []
        uow.agents.share(an_agent(4).id, [Share(an_agent(4).id, CAMPAIGN, 0)])
        assert uow.agents.with_idle_sharers() == [ident("campaign", "second")]


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
