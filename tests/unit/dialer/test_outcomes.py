"""What follows from what has happened, on the fake unit of work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from campaigns.attempt import Attempt, AttemptState
from campaigns.campaign import Campaign, RetryReason, RetryRule
from campaigns.events import (
    AgentConnected,
    AgentState,
    AgentStateChanged,
    CallAbandoned,
    CallEnded,
    ContactFinished,
    Disposition,
    FinishReason,
)
from compliance.abandonment_definitions import AnsweredBy, DisconnectedBy
from compliance.case import DialMode
from dialer.agent import Agent, WrongAgentStateError
from dialer.call import CallReport, EndCause
from dialer.commands import Connect, HangUp, PlayMessage
from dialer.outcomes import (
    Outcome,
    abandon_overdue,
    apply_reports,
    change_agent,
    let_leave,
    may_need_agent,
    serve_waiting,
)
from tests.builders import (
    NOON,
    a_campaign,
    a_contact,
    after,
    an_agent,
    an_attempt,
    an_entry,
    ident,
    keep_campaign,
    some_settings,
)
from tests.fakes import FakeDatabase, FakeUnitOfWork

ONE, TWO = an_attempt(1), an_attempt(2)


class Floor:
    """A campaign with these attempts and agents, and what may happen on it."""

    def __init__(
        self, *have: Attempt | Agent, campaign: Campaign | None = None, now: datetime = NOON
    ) -> None:
        self.campaign = campaign or a_campaign()
        self.database = FakeDatabase(lambda: NOON)
        with self.database() as uow:
            keep_campaign(uow, self.campaign, [a_contact(row) for row in range(1, 10)])
            uow.attempts.add([each for each in have if isinstance(each, Attempt)])
            for each in have:
                if isinstance(each, Agent):
                    uow.agents.add(each)

    def do(self, what: Callable[[FakeUnitOfWork], Outcome]) -> Outcome:
        """In a unit of work of its own; whoever waits where an agent is free then is served."""
        with self.database() as uow:
            outcome = what(uow)
        if self.campaign.id in outcome.freed:
            with self.database() as uow:
                served = serve_waiting(uow, self.campaign, outcome.freed[self.campaign.id])
            outcome.commands += served.commands
            outcome.agent_facts += served.agent_facts
        return outcome

    def hear(self, *reports: CallReport, at: float = 0) -> Outcome:
        """The carrier reports."""
        return self.do(lambda uow: apply_reports(uow, reports, lambda _: self.campaign, after(at)))

    def expire(self, at: float) -> Outcome:
        """Whoever waited too long."""
        return self.do(lambda uow: abandon_overdue(uow, self.campaign, after(at)))

    def attempt(self, attempt: Attempt = ONE) -> Attempt:
        """As it is now."""
        return self.database.rows.attempts[attempt.id]

    def agent(self, number: int = 1) -> Agent:
        """As they are now."""
        return self.database.rows.agents[an_agent(number).id]


def answered(attempt: Attempt = ONE, at: float = 10, **known: Any) -> CallReport:
    """A person answered; the greeting is over after a second, the verdict after 1.5."""
    facts: dict[str, Any] = {
        "dialed_at": NOON,
        "rang_at": after(2),
        "answered_at": after(at),
        "greeting_start_at": after(at + 0.5),
        "greeting_stop_at": after(at + 1),
        "detected_at": after(at + 1.5),
        "detected_by": AnsweredBy.HUMAN,
    }
    return CallReport(attempt.id, **(facts | known))


def over(told: CallReport, at: float, by: DisconnectedBy = DisconnectedBy.CUSTOMER) -> CallReport:
    """And then the call ended."""
    return replace(told, ended_at=after(at), end_cause=EndCause.NORMAL, ended_by=by)


# ---------------------------------------------------------------------------- a person who answered
def test_a_person_gets_the_free_agent_at_once() -> None:
    """The attempt is theirs, they are in talk, and the carrier is told."""
    floor = Floor(ONE, an_agent())
    outcome = floor.hear(answered(), at=11.5)
    assert outcome.commands == [Connect(ONE.id, an_agent().id)]
    assert (floor.attempt().agent_id, floor.attempt().assigned_at) == (an_agent().id, after(11.5))
    assert (floor.agent().state, floor.agent().attempt_id) == (AgentState.TALK, ONE.id)
    assert [fact.state for fact in outcome.agent_facts] == [AgentState.TALK]
    assert len(floor.database.facts(AgentStateChanged)) == 1


def test_connecting_is_told_when_the_agent_is_on_the_line() -> None:
    """With the seconds that the person waited."""
    floor = Floor(ONE, an_agent())
    floor.hear(answered(), at=11.5)
    floor.hear(answered(agent_joined_at=after(11.7), found_by_agent=AnsweredBy.HUMAN), at=11.7)
    (fact,) = floor.database.facts(AgentConnected)
    assert (fact.agent_id, fact.wait_seconds) == (an_agent().id, 0.2)
    assert floor.attempt().state is AttemptState.CONNECTED


def test_without_a_free_agent_a_person_waits() -> None:
    """Until their deadline."""
    floor = Floor(ONE, an_agent(state=AgentState.TALK, attempt_id=TWO.id))
    outcome = floor.hear(answered(), at=11.5)
    assert outcome.commands == []
    assert floor.attempt().is_waiting
    assert floor.attempt().connect_by == after(13)


def test_a_freed_agent_serves_who_must_be_served_first() -> None:
    """Not who came last: the other goes on waiting."""
    floor = Floor(ONE, TWO, an_agent(state=AgentState.WRAP))
    floor.hear(answered(TWO, 10.4), answered(ONE, 10.0), at=12)
    outcome = floor.do(lambda uow: change_agent(uow, floor.agent(), AgentState.IDLE, after(12)))
    assert outcome.commands == [Connect(ONE.id, an_agent().id)]
    assert [fact.state for fact in outcome.agent_facts] == [AgentState.IDLE, AgentState.TALK]
    assert floor.attempt(TWO).is_waiting


def test_an_agent_whose_customer_left_before_them_serves_the_next() -> None:
    """They are idle again without wrap-up, and get the person who waits."""
    floor = Floor(ONE, TWO, an_agent())
    floor.hear(answered(ONE), at=11.5)
    floor.hear(answered(TWO), at=11.5)
    outcome = floor.hear(over(answered(ONE), 11.6), at=11.6)
    assert outcome.commands == [Connect(TWO.id, an_agent().id)]
    assert floor.attempt(ONE).disposition is Disposition.HUNG_UP
    assert (floor.agent().state, floor.agent().attempt_id) == (AgentState.TALK, TWO.id)
    told = [fact.state for fact in floor.database.facts(AgentStateChanged)]
    assert told == [AgentState.TALK, AgentState.IDLE, AgentState.TALK]


def test_a_conversation_leads_to_wrap_up_and_finishes_the_contact() -> None:
    """The agent keeps the call in hand until they have wrapped up."""
    floor = Floor(ONE, an_agent())
    floor.hear(answered(), at=11.5)
    joined = answered(agent_joined_at=after(11.7), found_by_agent=AnsweredBy.HUMAN)
    floor.hear(over(joined, 70), at=70)
    assert (floor.agent().state, floor.agent().attempt_id) == (AgentState.WRAP, ONE.id)
    (finished,) = floor.database.facts(ContactFinished)
    assert (finished.reason, finished.attempt_id) == (FinishReason.CONVERSATION, ONE.id)
    assert floor.database.rows.outcomes == {
        (floor.campaign.id, ONE.contact_id): FinishReason.CONVERSATION
    }
    assert floor.database.rows.queue == {}


# ------------------------------------------------------------------------------------- the deadline
def test_who_has_waited_as_long_as_permitted_hears_the_message() -> None:
    """At the deadline itself, not before; the contact may be tried again much later."""
    floor = Floor(ONE, an_agent(state=AgentState.TALK, attempt_id=TWO.id))
    floor.hear(answered(), at=11.5)
    assert floor.expire(12.999).commands == []
    assert floor.expire(13).commands == [PlayMessage(ONE.id)]
    assert (floor.attempt().state, floor.attempt().abandoned_at) == (
        AttemptState.ABANDONED,
        after(13),
    )
    assert floor.expire(14).commands == []
    played = answered(message_started_at=after(13))
    floor.hear(played, at=13)
    floor.hear(over(played, 20, DisconnectedBy.SYSTEM), at=20)
    (told,) = floor.database.facts(CallAbandoned)
    assert told.recorded_message_played
    assert floor.attempt().disposition is Disposition.ABANDONED
    ((entry, _),) = floor.database.rows.queue.values()
    assert entry.next_attempt_at == after(20) + timedelta(hours=72)


def test_who_was_given_up_gets_no_agent_any_more() -> None:
    """An agent who becomes free a moment later stays free."""
    floor = Floor(ONE, an_agent(state=AgentState.WRAP))
    floor.hear(answered(), at=11.5)
    floor.expire(13)
    outcome = floor.do(lambda uow: change_agent(uow, floor.agent(), AgentState.IDLE, after(13.1)))
    assert outcome.commands == []
    assert floor.agent().state is AgentState.IDLE


def test_abandoned_counts_at_once_in_the_figures() -> None:
    """Not only when the message is over: pacing must see it (P4, P7)."""
    floor = Floor(ONE)
    floor.hear(answered(), at=11.5)
    floor.expire(13)
    with floor.database() as uow:
        counts = uow.attempts.live_counts(floor.campaign.id, NOON)
    assert (counts.live, counts.abandoned) == (1, 1)


def test_a_customer_who_leaves_in_time_is_not_abandoned() -> None:
    """They hung up, and are not called again by this campaign."""
    floor = Floor(ONE)
    floor.hear(answered(), at=11.5)
    floor.hear(over(answered(), 12.5), at=12.5)
    assert floor.attempt().disposition is Disposition.HUNG_UP
    assert not floor.attempt().abandoned
    assert [fact.reason for fact in floor.database.facts(ContactFinished)] == [FinishReason.HUNG_UP]


@pytest.mark.parametrize("known", [answered(), CallReport(ONE.id, answered_at=after(10))])
def test_a_person_whose_call_was_lost_in_a_crash_counts_as_abandoned(known: CallReport) -> None:
    """They answered and got nobody, though the worker died at that moment (P8)."""
    floor = Floor(ONE)
    floor.hear(known, at=11.5)
    lost = CallReport(
        ONE.id, ended_at=after(60), end_cause=EndCause.LOST, ended_by=DisconnectedBy.SYSTEM
    )
    floor.hear(lost, at=60)
    assert floor.attempt().abandoned
    assert len(floor.database.facts(CallAbandoned)) == 1
    assert [fact.abandoned for fact in floor.database.facts(CallEnded)] == [True]


# ------------------------------------------------------------------------------ machines, agentless
MACHINE: dict[str, Any] = {
    "greeting_start_at": None,
    "greeting_stop_at": None,
    "detected_by": AnsweredBy.MACHINE,
}


def test_a_machine_is_hung_up() -> None:
    """Once, and no agent hears it; the contact is tried again as the plan says."""
    floor = Floor(ONE, an_agent())
    assert floor.hear(answered(**MACHINE), at=11.5).commands == [HangUp(ONE.id)]
    assert floor.hear(answered(**MACHINE), at=11.6).commands == []
    assert floor.agent().state is AgentState.IDLE
    floor.hear(over(answered(**MACHINE), 11.7, DisconnectedBy.SYSTEM), at=11.7)
    assert floor.attempt().disposition is Disposition.MACHINE
    assert len(floor.database.rows.queue) == 1


def test_an_agentless_call_plays_its_message_to_whoever_answers() -> None:
    """A person or a machine."""
    for known in (answered(), answered(**MACHINE)):
        floor = Floor(replace(ONE, dial_mode=DialMode.AGENTLESS), an_agent())
        assert floor.hear(known, at=11.5).commands == [PlayMessage(ONE.id)]
        assert floor.agent().state is AgentState.IDLE


# ------------------------------------------------------------------------------------------ preview
def test_in_preview_the_agent_gets_their_own_call() -> None:
    """Though another has been idle for longer; and is free again if nobody answers."""
    mine = replace(ONE, dial_mode=DialMode.PREVIEW, agent_id=an_agent(1).id)
    previewer = an_agent(1, attempt_id=ONE.id)
    floor = Floor(mine, previewer, an_agent(2, state_since=after(-9999)))
    assert floor.hear(answered(), at=11.5).commands == [Connect(ONE.id, an_agent(1).id)]
    floor = Floor(mine, previewer)
    floor.hear(CallReport(ONE.id, ended_at=after(30), end_cause=EndCause.NO_ANSWER), at=30)
    assert (floor.agent().state, floor.agent().attempt_id) == (AgentState.IDLE, None)
    assert floor.database.facts(AgentStateChanged) == []


# ------------------------------------------------------------------------------------------ retries
def test_a_contact_that_did_not_answer_waits_in_the_queue() -> None:
    """With its priority and row, for the plan's time."""
    plan = {RetryReason.NO_ANSWER: RetryRule(timedelta(minutes=7), 2)}
    campaign = a_campaign(settings=some_settings(retry=plan))
    floor = Floor(replace(ONE, priority=4), campaign=campaign)
    end = CallReport(ONE.id, ended_at=after(30), end_cause=EndCause.NO_ANSWER)
    floor.hear(end, at=31)
    assert list(floor.database.rows.queue.values()) == [
        (an_entry(1, after(30 + 420), priority=4), False)
    ]


def test_the_last_try_finishes_the_contact() -> None:
    """Counted over the campaign's attempts on it."""
    before = [
        an_attempt(1, n, ended_at=after(-n), disposition=Disposition.NO_ANSWER) for n in (1, 2)
    ]
    third = an_attempt(1, 3)
    floor = Floor(*before, third)
    floor.hear(CallReport(third.id, ended_at=after(30), end_cause=EndCause.NO_ANSWER), at=30)
    (fact,) = floor.database.facts(ContactFinished)
    assert fact.reason is FinishReason.ATTEMPTS_EXHAUSTED
    assert floor.database.rows.queue == {}


def test_copies_and_old_reports_change_nothing() -> None:
    """No second fact, no second command (E5)."""
    floor = Floor(ONE, an_agent())
    end = over(answered(agent_joined_at=after(11.7), found_by_agent=AnsweredBy.HUMAN), 70)
    floor.hear(answered(), at=11.5)
    floor.hear(end, end, at=70)
    before = dict(floor.database.rows.facts)
    outcome = floor.hear(answered(), end, at=80)
    assert (outcome.commands, outcome.changes, outcome.agent_facts) == ([], [], [])
    assert floor.database.rows.facts == before


def test_a_report_about_a_call_that_nobody_placed_is_handed_back() -> None:
    """The others are applied all the same."""
    floor = Floor(ONE)
    stranger = CallReport(ident("stranger"), answered_at=NOON)
    outcome = floor.hear(stranger, CallReport(ONE.id, rang_at=after(2)), at=2)
    assert outcome.unknown == [stranger]
    assert floor.attempt().state is AttemptState.RINGING


# --------------------------------------------------------------------------------------- who leaves
def test_an_agent_leaves_when_no_call_counts_on_them_any_more() -> None:
    """While one rings that was placed counting on them they stay."""
    leaving = an_agent(leaving=AgentState.BREAK, leaving_since=after(5))
    floor = Floor(ONE, leaving)
    with floor.database() as uow:
        assert let_leave(uow, [leaving], [ONE], after(6)).agent_facts == []
    with floor.database() as uow:
        outcome = let_leave(uow, [leaving], [], after(7))
    assert [fact.state for fact in outcome.agent_facts] == [AgentState.BREAK]
    assert floor.agent().state is AgentState.BREAK


def test_an_agents_change_that_is_not_permitted_changes_nothing() -> None:
    """From out there is no way to wrap-up."""
    floor = Floor(an_agent(state=AgentState.OUT))
    with pytest.raises(WrongAgentStateError), floor.database() as uow:
        change_agent(uow, floor.agent(), AgentState.WRAP, NOON)
    assert floor.agent().state is AgentState.OUT


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({}, True),
        ({"answered_at": after(1)}, True),
        ({"answered_by": AnsweredBy.HUMAN}, True),
        ({"answered_by": AnsweredBy.MACHINE}, False),
        ({"assigned_at": after(1)}, False),
        ({"abandoned_at": after(1)}, False),
        ({"ended_at": after(1)}, False),
        ({"dial_mode": DialMode.AGENTLESS}, False),
    ],
)
def test_which_calls_may_still_need_an_agent(changes: dict[str, Any], needed: bool) -> None:
    """Pacing counts these."""
    assert may_need_agent(an_attempt(**changes)) is needed
